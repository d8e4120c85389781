# ruff: noqa: E501  (tables of test values)
"""Evaluates bound expressions over rows, by the kernels and by the oracle (apsw), and values to do it with.

Columns of the rows are c0, c1, ... without affinity. `check` compares the two, value by value and type by type.
"""

import math
import random
import struct

import apsw
from pumice.exec.context import ExecContext
from pumice.exec.expr._testing import RawText, Rows

from pumice.exec.expr import _testing
from pumice.exec.expr.build import build_expr
from pumice.plan.logical import expr as b

FUNCTIONS = _testing.function_set()
CAST_TYPES = {1: "BLOB", 2: "TEXT", 3: "NUMERIC", 4: "INTEGER", 5: "REAL"}
ORACLE = apsw.Connection(":memory:")


def call(name, *args, collation=None):
    """A function call; `args` are bound expressions or Python values."""
    args = tuple(a if isinstance(a, b.BoundExpr) else b.Const(a) for a in args)
    return b.Function(FUNCTIONS.lookup(name, len(args)), args, collation)


def to_sql(e, params):
    """SQL that means `e` (which has no Affinity nodes) for the oracle; constants become parameters. A + keeps a CAST's affinity away."""
    def sub(x):
        return to_sql(x, params)

    def plain(x):
        return f"(+({to_sql(x, params)}))"

    match e:
        case b.Const(value):
            if isinstance(value, RawText):
                params.append(bytes(value))
                return "CAST(? AS TEXT)"
            params.append(value)
            return "?"
        case b.Column(index):
            return f"c{index}"
        case b.Unary(op, operand):
            return f"({ {'neg': '-', 'bitnot': '~', 'not': 'NOT '}[op] }({sub(operand)}))"
        case b.Arith(op, left, right):
            return f"({sub(left)} {op} {sub(right)})"
        case b.Compare(op, left, right, collation):
            op = {"is": "IS", "isnot": "IS NOT"}.get(op, op)
            return f"({plain(left)} COLLATE {collation} {op} {plain(right)})"
        case b.And(args):
            return "(" + " AND ".join(sub(a) for a in args) + ")"
        case b.Or(args):
            return "(" + " OR ".join(sub(a) for a in args) + ")"
        case b.IsNull(operand, negated):
            return f"({sub(operand)} IS {'NOT ' if negated else ''}NULL)"
        case b.IsTruth(operand, truth, negated):
            return f"({sub(operand)} IS {'NOT ' if negated else ''}{'TRUE' if truth else 'FALSE'})"
        case b.Cast(operand, affinity):
            return f"CAST({sub(operand)} AS {CAST_TYPES[affinity]})"
        case b.InList(operand, items, collation, negated):
            left = plain(operand)           # before the items: parameters are numbered from left to right
            inside = ", ".join(plain(i) for i in items)
            return f"({left} COLLATE {collation} {'NOT ' if negated else ''}IN ({inside}))"
        case b.Case(operand, whens, otherwise):
            head = "" if operand is None else plain(operand)
            parts = "".join(f" WHEN {plain(c.right) if operand is not None else sub(c)} THEN {sub(r)}" for c, r in whens)
            return f"(CASE {head}{parts}{'' if otherwise is None else ' ELSE ' + sub(otherwise)} END)"
        case b.Function(function, args, collation):
            inner = [sub(a) for a in args]
            if collation:
                inner[0] = f"({inner[0]}) COLLATE {collation}"
            return f"{function.name}({', '.join(inner)})"
    raise NotImplementedError(e)


def kernel(e, rows, sel=None, constant=(), params=()):
    """Values of `e` for the live lanes of `rows` (at most 1024), or the exception."""
    ctx = ExecContext(collations=_testing.collations(), n_params=len(params))
    ctx.bind(params)
    width = len(rows[0]) if rows else 0
    compiled = build_expr(e, {i: i for i in range(width)}, ctx)
    try:
        return _testing.evaluate(compiled, Rows(rows, sel, constant))
    except Exception as error:  # noqa: BLE001 - compared with the oracle's
        return error


def fill_table(rows):
    """Makes `rows` the oracle's table t."""
    width = len(rows[0])
    cur = ORACLE.cursor()
    cur.execute("DROP TABLE IF EXISTS t")
    cur.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, " + ", ".join(f"c{i}" for i in range(width)) + ")")
    for row in rows:
        marks = ", ".join("CAST(? AS TEXT)" if isinstance(v, RawText) else "?" for v in row)
        cur.execute(f"INSERT INTO t VALUES (NULL, {marks})", [bytes(v) if isinstance(v, RawText) else v for v in row])


def oracle(e):
    """What the oracle computes over table t, or its error."""
    params = []
    sql = to_sql(e, params)
    text = f"SELECT typeof(v), CASE typeof(v) WHEN 'text' THEN CAST(v AS BLOB) ELSE v END FROM (SELECT {sql} AS v FROM t ORDER BY id)"
    try:
        found = ORACLE.cursor().execute(text, params).fetchall()
    except (apsw.Error, OverflowError) as error:
        return error
    return [as_text(v) if kind == "text" else v for kind, v in found]


def as_text(raw):
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return RawText(raw)


def same(x, y):
    """Equal in type and value; floats bit by bit except for the sign of zero, which SQL does not show."""
    if type(x) is not type(y):
        return False
    return x == y if not isinstance(x, float) else x == y or struct.pack("d", x) == struct.pack("d", y)


def check(e, rows, filled=False):
    """Asserts that kernel and oracle agree on every row; errors must agree in their message."""
    if not filled:
        fill_table(rows)
    want = oracle(e)
    got = kernel(e, rows)
    if isinstance(want, Exception) or isinstance(got, Exception):
        message = str(want).split(": ", 1)[-1] if isinstance(want, Exception) else None
        assert isinstance(got, Exception) and isinstance(want, Exception) and str(got) == message, (to_sql(e, []), got, want)
        return
    for row, x, y in zip(rows, got, want, strict=True):
        assert same(x, y), f"{to_sql(e, [])} over {row!r}: kernel {x!r}, oracle {y!r}; {e!r}"


INTS = [0, 1, -1, 2, 3, 7, 10, 42, -5, 63, 64, 65, -63, -64, -65, 127, 255, 1000, 65536, 2**31 - 1, 2**31, -2**31, 2**32, 2**53 - 1, 2**53,
        2**53 + 1, -2**53 - 1, 10**15, 10**18, 2**62, 2**63 - 1, -2**63, -2**63 + 1, 4503599627370497]
REALS = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 0.1, 1 / 3, 3.14159, 100.0, 1e3, 1e15, 1e16, 1e17, 123456789012345678.0, 9007199254740993.0,
         4503599627370497.5, 9.223372036854775e18, 9223372036854775808.0, -9223372036854775808.0, 1e19, 1e20, 1e100, 1e300, 1.7976931348623157e308,
         5e-324, 2.2250738585072014e-308, 1e-5, 0.0001, 123.456, -49.47, math.inf, -math.inf]
TEXTS = ["", " ", "a", "abc", "ABC", "aBc", "abcd", "ab", "b", "hello world", "0", "1", "-1", "+1", "12", "12.5", "1e3", "1E+3", "1e", "1e+", ".5",
         "5.", ".", "-", "+", "e5", "12abc", "12.5abc", " 12 ", "\t12\n", "12 3", "0x1F", "9223372036854775807", "9223372036854775808",
         "-9223372036854775808", "-9223372036854775809", "99999999999999999999", "1e400", "-1e400", "1e-400", "0.1", "1.0", "1.0e2", "00012",
         "-0", "-0.0", "inf", "nan", "12\0", "12\x003", "abc\0def", "\0", "é", "É", "日本語", "naïve", "😀", "a😀b", "%", "_", "a%c", "it's", 'say "x"',
         "\\", "a\\0041", "null", "true", "abc ", "abc  ", "line\nbreak", "tab\t", "x" * 100, "3.5e", "1_000", "１"]
BLOBS = [b"", b"a", b"abc", b"\x00", b"\xff\xfe", b"12", b"12.5x", b"abc\x00def", bytes(range(256)), "é".encode()]
RAW = [RawText(r) for r in (b"\xff", b"a\xffb", b"\xc3", b"\xc3(", b"\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"ab\xe2\x82",
                            b"\xf0\x9f\x98\x80\xbf\xbf", b"%\xff", b"\xfe\xfd\xfc", b"12\xff")]
EVERYTHING = [None, *INTS, *REALS, *TEXTS, *BLOBS, *RAW]


def random_value(rng, kinds="nirtbx"):
    """A value: n NULL, i INTEGER, r REAL, t TEXT, b BLOB, x TEXT that is not UTF-8; half of them from the lists above."""
    kind = rng.choice(kinds)
    edge = rng.random() < 0.5
    if kind == "n":
        return None
    if kind == "i":
        return rng.choice(INTS) if edge else rng.choice([rng.randrange(-20, 20), rng.getrandbits(64) - 2**63, rng.randrange(-10**6, 10**6)])
    if kind == "r":
        if edge:
            return rng.choice(REALS)
        value = rng.choice([rng.uniform(-100, 100), struct.unpack("d", rng.randbytes(8))[0], round(rng.uniform(-1000, 1000), 2)])
        return 0.25 if value != value else value
    if kind == "t":
        return rng.choice(TEXTS) if edge else "".join(rng.choice("aAbBc1.%_ é日-e") for _ in range(rng.randrange(8)))
    if kind == "b":
        return rng.choice(BLOBS) if edge else rng.randbytes(rng.randrange(6))
    return rng.choice(RAW)


def random_rows(seed, n=200, width=3, kinds="nirtb"):
    rng = random.Random(seed)
    return [tuple(random_value(rng, kinds) for _ in range(width)) for _ in range(n)]
