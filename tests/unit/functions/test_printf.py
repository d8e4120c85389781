# ruff: noqa: E501  (tables of test values)
"""format() against the oracle: random conversions with random arguments, and the corner cases of each."""

import random

from tests.unit.expr import kernel_driver as d
from tests.unit.expr.kernel_driver import b

C0, C1 = b.Column(0), b.Column(1)


def conversion(rng, kinds):
    flags = "".join(rng.sample("-+ #!0,", rng.choice([0, 0, 1, 1, 2, 3])))
    width = rng.choice(["", "", str(rng.randrange(1, 30)), "*"])
    precision = rng.choice(["", "", "." + str(rng.randrange(0, 25)), ".", ".*"])
    return "%" + flags + width + precision + rng.choice(["", "", "l", "ll"]) + rng.choice(kinds)


def run(kinds, values, seed, n=2500):
    rng = random.Random(seed)
    rows = []
    for _ in range(n):
        spec = conversion(rng, kinds)
        args = [rng.choice([rng.randrange(-20, 20), 5]) for _ in range(spec.count("*"))] + [rng.choice(values)]
        rows.append((f"<{spec}>", *args, *[None] * (3 - len(args))))
    for i in range(0, n, 1000):
        d.check(d.call("format", C0, C1, b.Column(2), b.Column(3)), rows[i:i + 1000])


def test_integers():
    run("diuxXocrp", d.INTS + [None, "12", 1.5, b"7"], 1)


def test_reals():
    rng = random.Random(2)
    values = d.REALS + [rng.uniform(-1e5, 1e5) for _ in range(50)] + [10.0 ** rng.randrange(-30, 30) for _ in range(30)] + [None, "1.5", 3]
    run("feEgG", values, 2, 4000)


def test_texts():
    run("szqQwc", [t for t in d.TEXTS] + d.RAW + [None, 1, 1.5, b"blob"], 3)


def test_odd_formats():
    rows = [(f, 5) for f in ("", "%", "%%", "100%", "%y", "a%yb", "%d%", "%5", "%-", "%l", "%ll", "%ld", "%lld", "%n%d", "%T", "%S", "abc\0%d",
                             "%d %d %d", "%s %s", "%.3", "%0", "%5%", "%-5%|", "%.*d", "%*", "%2147483648d", "%.2147483648d", "%é", "é%dé",
                             "%c", "%.3c", "%5.3c", "%-8.3c|", "%r", "%!s", "%,d", "%,f", "%+,.2f", "%3$d")]
    for row in rows:
        d.check(d.call("format", C0, C1), [row])
    d.check(d.call("printf", C0), [(None,), (1,), (1.5,), (b"%d",)])
    d.check(d.call("format", "%s", "x" * 1000), [(1,)])
    d.check(d.call("format", "%.1000f", 1.5), [(1,)])
    d.check(d.call("format", "%1000d", 1), [(1,)])
    assert str(d.kernel(d.call("format", "%2000000000d", 1), [(1,)])) == "string or blob too big"
