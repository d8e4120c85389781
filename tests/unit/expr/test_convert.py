# ruff: noqa: E501  (tables of test values)
"""Numbers and text: printing and reading of doubles, affinity, exact comparison of INTEGER with REAL, all against the oracle."""

import random
import struct
from fractions import Fraction

from pumice.exec.expr import _testing
from tests.unit.expr import kernel_driver as d
from tests.unit.expr.kernel_driver import b


def random_double(rng):
    kind = rng.random()
    if kind < 0.4:
        value = struct.unpack("d", rng.randbytes(8))[0]
        return value if value == value else 0.5
    if kind < 0.6:
        return rng.uniform(-1e6, 1e6)
    if kind < 0.75:
        return round(rng.uniform(-1e4, 1e4), rng.randrange(6))
    if kind < 0.85:
        return float(rng.randrange(-10**18, 10**18))
    return rng.randrange(10**6) / rng.choice([3, 7, 10, 100, 1000, 1e10, 1e-10])


def chunks(make, n, size=500):
    for _ in range(n // size):
        yield [make() for _ in range(size)]


def test_real_to_text():
    rng = random.Random(1)
    cur = d.ORACLE.cursor()
    for values in chunks(lambda: random_double(rng), 100_000):
        want = cur.execute("SELECT " + ", ".join(["CAST(? AS TEXT)"] * len(values)), values).fetchall()[0]
        assert [_testing.real_text(v) for v in values] == list(want)
    for value in d.REALS:
        assert _testing.real_text(value) == cur.execute("SELECT CAST(? AS TEXT)", (value,)).fetchall()[0][0]


def random_numeral(rng):
    digits = "".join(rng.choice("0123456789") for _ in range(rng.choice([1, 3, 5, 9, 15, 17, 18, 19, 20, 21, 25, 30])))
    if rng.random() < 0.6:
        at = rng.randrange(len(digits) + 1)
        digits = digits[:at] + "." + digits[at:]
    if rng.random() < 0.5:
        digits += "e" + rng.choice(["", "-", "+"]) + str(rng.choice([rng.randrange(30), rng.randrange(340)]))
    return rng.choice(["", "-", "+", " "]) + digits + rng.choice(["", "", "", "x", " ", "e"])


def test_text_to_real():
    rng = random.Random(2)
    cur = d.ORACLE.cursor()
    for texts in chunks(lambda: random_numeral(rng), 50_000):
        want = cur.execute("SELECT " + ", ".join(["CAST(? AS REAL)"] * len(texts)), texts).fetchall()[0]
        for text, value in zip(texts, want, strict=True):
            assert struct.pack("d", _testing.text_real(text.encode())[1]) == struct.pack("d", value), text


def test_affinity():
    """Every value stored into a column of every affinity."""
    rng = random.Random(3)
    values = d.EVERYTHING + [random_numeral(rng) for _ in range(300)] + [random_double(rng) for _ in range(300)]
    cur = d.ORACLE.cursor()
    cur.execute("DROP TABLE IF EXISTS typed")
    cur.execute("CREATE TABLE typed(c1 BLOB, c2 TEXT, c3 NUMERIC, c4 INTEGER, c5 REAL)")
    for v in values:
        mark = "CAST(? AS TEXT)" if isinstance(v, d.RawText) else "?"
        cur.execute(f"INSERT INTO typed VALUES ({', '.join([mark] * 5)})", [bytes(v) if isinstance(v, d.RawText) else v] * 5)
    rows = [(v,) for v in values]
    for affinity in d.CAST_TYPES:
        want = [d.as_text(v) if kind == "text" else v for kind, v in cur.execute(
            f"SELECT typeof(c{affinity}), CASE typeof(c{affinity}) WHEN 'text' THEN CAST(c{affinity} AS BLOB) ELSE c{affinity} END FROM typed")]
        got = []
        for i in range(0, len(rows), 1000):
            got += d.kernel(b.Affinity(b.Column(0), affinity), rows[i:i + 1000])
        for v, x, y in zip(values, got, want, strict=True):
            assert d.same(x, y), (affinity, v, x, y)


def test_int_against_real_is_exact():
    rng = random.Random(4)
    for _ in range(20_000):
        i = rng.choice([rng.choice(d.INTS), rng.getrandbits(64) - 2**63, rng.randrange(2**53 - 10, 2**53 + 10)])
        r = rng.choice([float(i), float(i) + rng.randrange(-3, 3), random_double(rng)])
        if r in (float("inf"), float("-inf")):
            want = -1 if r > 0 else 1
        else:
            want = (Fraction(i) > Fraction(r)) - (Fraction(i) < Fraction(r))
        assert _testing.order_int_real(i, r) == want, (i, r)
