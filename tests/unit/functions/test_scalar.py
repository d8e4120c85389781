# ruff: noqa: E501  (tables of test values)
"""Scalar functions against the oracle: every edge value alone, random combinations for more arguments."""

import random

import pytest

from tests.unit.expr import kernel_driver as d
from tests.unit.expr.kernel_driver import b

C0, C1, C2 = b.Column(0), b.Column(1), b.Column(2)

ONE = ["abs", "hex", "length", "lower", "upper", "ltrim", "rtrim", "trim", "octet_length", "quote", "unistr_quote", "round", "sign", "typeof",
       "unhex", "unicode", "unistr", "char", "concat", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "ceiling", "cos", "cosh",
       "degrees", "exp", "floor", "ln", "log", "log10", "log2", "radians", "sin", "sinh", "sqrt", "tan", "tanh", "trunc", "likely", "unlikely"]
TWO = ["substr", "substring", "ltrim", "rtrim", "trim", "instr", "nullif", "max", "min", "round", "unhex", "char", "concat", "concat_ws",
       "ifnull", "coalesce", "atan2", "mod", "pow", "power", "log", "iif", "like", "glob"]
THREE = ["substr", "replace", "max", "min", "concat", "concat_ws", "coalesce", "iif", "if", "char"]


def check_each(e, rows):
    """Like check, but where some row raises, compares row by row."""
    d.fill_table(rows)
    want = d.oracle(e)
    if not isinstance(want, Exception):
        d.check(e, rows, filled=True)
        return
    for row in rows:
        d.check(e, [row])


@pytest.mark.parametrize("name", ONE)
def test_one_argument(name):
    rng = random.Random(name)
    rows = [(v,) for v in d.EVERYTHING] + [(d.random_value(rng),) for _ in range(100)]
    check_each(d.call(name, C0), rows)


@pytest.mark.parametrize("name", TWO)
def test_two_arguments(name):
    rng = random.Random(name)
    small = [None, -3, -2, -1, 0, 1, 2, 3, 5, 2**31, 2**32 + 1, -2**63, 2**63 - 1, 1.5, "2", "a", " ", "", "é", "ab", b"a", b"", "%b%", "a%", "*b*"]
    rows = [(rng.choice(d.EVERYTHING), rng.choice([rng.choice(small), rng.choice(d.EVERYTHING)])) for _ in range(700)]
    check_each(d.call(name, C0, C1), rows)


@pytest.mark.parametrize("name", THREE)
def test_three_arguments(name):
    rng = random.Random(name)
    small = [None, -3, -2, -1, 0, 1, 2, 3, 5, 2**31, -2**63, 2**63 - 1, 1.5, "2", "a", " ", "", "é", "ab", b"a", b"", "\0"]
    rows = [(rng.choice(d.EVERYTHING), rng.choice(small), rng.choice(small + d.INTS)) for _ in range(700)]
    check_each(d.call(name, C0, C1, C2), rows)


@pytest.mark.parametrize("name", ["max", "min", "nullif"])
def test_collation(name):
    rng = random.Random(name)
    rows = [(rng.choice(d.TEXTS), rng.choice(d.TEXTS)) for _ in range(300)] + [("a", "A"), ("A", "a"), ("a ", "a")]
    for collation in ("NOCASE", "RTRIM"):
        d.check(d.call(name, C0, C1, collation=collation), rows)


def test_round_with_digits():
    rng = random.Random(9)
    rows = [(rng.choice([rng.uniform(-1000, 1000), rng.uniform(-1, 1), round(rng.uniform(-100, 100), 3), rng.choice(d.REALS)]), rng.randrange(-2, 35))
            for _ in range(1000)]
    d.check(d.call("round", C0, C1), rows)


def test_substr_and_instr_random():
    rng = random.Random(10)
    texts = ["".join(rng.choice("abcé日😀") for _ in range(rng.randrange(10))) for _ in range(50)]
    blobs = [rng.randbytes(rng.randrange(8)) for _ in range(20)]
    rows = [(rng.choice(texts + blobs), rng.randrange(-12, 12), rng.randrange(-12, 12)) for _ in range(1000)]
    d.check(d.call("substr", C0, C1, C2), rows)
    d.check(d.call("substr", C0, C1), rows)
    rows = [(rng.choice(texts + blobs + d.RAW), rng.choice([t[1:3] for t in texts] + [x[1:2] for x in blobs] + d.RAW)) for _ in range(1000)]
    d.check(d.call("instr", C0, C1), rows)
    rows = [(rng.choice(texts), rng.choice("abc"), rng.choice(["", "x", "long text", "é"])) for _ in range(500)]
    d.check(d.call("replace", C0, C1, C2), rows)


def test_many_arguments():
    row = tuple(range(20))
    for name in ("max", "min", "char", "concat", "coalesce"):
        d.check(d.call(name, *(b.Column(i) for i in range(20))), [row, row[::-1]])
    d.check(d.call("concat"[:6], C0, C1, C2), [("a", None, 1.5), (b"x", "é", None)])


def test_no_arguments():
    assert d.kernel(d.call("pi"), [(1,)]) == [3.141592653589793]
    d.check(d.call("sqlite_version"), [(1,)])
    d.check(d.call("char"), [(1,)])
    d.check(d.call("format"), [(1,)])
    assert d.kernel(d.call("changes"), [(1,), (2,)]) == [0, 0]


def test_random():
    values = d.kernel(d.call("random"), [(i,) for i in range(1000)])
    assert len(set(values)) == 1000 and all(-2**63 < v < 2**63 for v in values)
    blobs = d.kernel(d.call("randomblob", C0), [(i,) for i in range(-2, 50)])
    assert [len(x) for x in blobs] == [max(i, 1) for i in range(-2, 50)]
    assert d.kernel(d.call("zeroblob", C0), [(0,), (3,), (-1,), (None,), ("2x",)]) == [b"", b"\0\0\0", b"", b"", b"\0\0"]
    assert str(d.kernel(d.call("zeroblob", C0), [(2**31,)])) == "string or blob too big"


def test_wrong_number_of_arguments():
    from pumice import errors

    with pytest.raises(errors.OperationalError, match=r"wrong number of arguments to function abs\(\)"):
        d.call("abs", 1, 2)
    with pytest.raises(errors.OperationalError, match="no such function: soundex"):
        d.call("soundex", 1)
