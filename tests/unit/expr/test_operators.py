# ruff: noqa: E501  (tables of test values)
"""Operators against the oracle: every pair of edge values, random expression trees, selection vectors, errors on undecided lanes only."""

import random

import pytest
from pumice.exec.context import ExecContext
from pumice.exec.expr._testing import Rows

from pumice.exec.expr import _testing
from pumice.exec.expr.build import build_expr
from tests.unit.expr import kernel_driver as d
from tests.unit.expr.kernel_driver import b

C0, C1, C2 = b.Column(0), b.Column(1), b.Column(2)
ARITH = ["+", "-", "*", "/", "%", "&", "|", "<<", ">>", "||"]
COMPARE = ["=", "<>", "<", "<=", ">", ">=", "is", "isnot"]


def pairs(left, right):
    """Row chunks of at most 1024 with every pair."""
    rows = [(x, y, None) for x in left for y in right]
    return [rows[i:i + 1024] for i in range(0, len(rows), 1024)]


@pytest.fixture(scope="module")
def all_pairs():
    values = [v for v in d.EVERYTHING if not (isinstance(v, bytes) and len(v) > 100)]
    rng = random.Random(5)
    rows = [(x, y, None) for x in values for y in values]
    rng.shuffle(rows)
    return [rows[i:i + 1024] for i in range(0, 8 * 1024, 1024)]


def test_every_operator_on_every_pair(all_pairs):
    expressions = [b.Arith(op, C0, C1) for op in ARITH] + [b.Compare(op, C0, C1) for op in COMPARE]
    expressions += [b.Compare(op, C0, C1, c) for op in COMPARE for c in ("NOCASE", "RTRIM")]
    expressions += [b.And((C0, C1)), b.Or((C0, C1)), b.InList(C0, (C1, b.Const(1))), b.InList(C0, (C1, b.Const(None)), negated=True)]
    for rows in all_pairs:
        d.fill_table(rows)
        for e in expressions:
            d.check(e, rows, filled=True)


def test_numbers_only():
    """The typed loops: all INTEGER and all REAL batches, with and without NULL, against column and constant."""
    for kinds in (d.INTS, d.REALS, d.INTS + [None], d.REALS + [None], d.INTS + d.REALS, [t for t in d.TEXTS if len(t) < 50]):
        for rows in pairs(kinds, kinds):
            d.fill_table(rows)
            for op in ARITH + COMPARE:
                make = b.Arith if op in ARITH else b.Compare
                d.check(make(op, C0, C1), rows, filled=True)
                for constant in (kinds[0], kinds[-2], kinds[len(kinds) // 2]):
                    d.check(make(op, C0, b.Const(constant)), rows, filled=True)
                    d.check(make(op, b.Const(constant), C0), rows, filled=True)


def test_unary():
    rows = [(v, None) for v in d.EVERYTHING]
    d.fill_table(rows)
    for op in ("neg", "bitnot", "not"):
        d.check(b.Unary(op, C0), rows, filled=True)
    for affinity in d.CAST_TYPES:
        d.check(b.Cast(C0, affinity), rows, filled=True)
    for negated in (False, True):
        d.check(b.IsNull(C0, negated), rows, filled=True)
        for truth in (False, True):
            d.check(b.IsTruth(C0, truth, negated), rows, filled=True)


def random_tree(rng, depth):
    if depth == 0 or rng.random() < 0.15:
        return rng.choice([C0, C1, C2, C0, C1, b.Const(d.random_value(rng, "nirtb"))])

    def sub():
        return random_tree(rng, depth - 1)

    kind = rng.randrange(10)
    if kind == 0:
        return b.Arith(rng.choice(ARITH), sub(), sub())
    if kind == 1:
        return b.Arith(rng.choice("+-*"), sub(), sub())
    if kind == 2:
        return b.Compare(rng.choice(COMPARE), sub(), sub(), rng.choice(["BINARY", "BINARY", "NOCASE", "RTRIM"]))
    if kind == 3:
        return rng.choice([b.And, b.Or])(tuple(sub() for _ in range(rng.randrange(2, 4))))
    if kind == 4:
        return b.Unary(rng.choice(["neg", "bitnot", "not"]), sub())
    if kind == 5:
        return rng.choice([b.IsNull(sub(), rng.random() < 0.5), b.IsTruth(sub(), rng.random() < 0.5, rng.random() < 0.5)])
    if kind == 6:
        return b.Cast(sub(), rng.choice(list(d.CAST_TYPES)))
    if kind == 7:
        items = tuple(rng.choice([b.Const(d.random_value(rng, "nirtb")), C1]) for _ in range(rng.randrange(1, 10)))
        if rng.random() < 0.6:
            items = tuple(b.Const(d.random_value(rng, "niiirtb")) for _ in range(rng.randrange(1, 20)))
        return b.InList(sub(), items, "BINARY", rng.random() < 0.5)
    if kind == 8:
        whens = tuple((sub(), sub()) for _ in range(rng.randrange(1, 3)))
        return b.Case(None, whens, sub() if rng.random() < 0.6 else None)
    operand = sub()
    whens = tuple((b.Compare("=", b.CaseOperand(), sub()), sub()) for _ in range(rng.randrange(1, 3)))
    return rng.choice([b.Case(operand, whens, sub()), d.call("coalesce", operand, sub(), sub()), d.call("iif", operand, sub(), sub()),
                       d.call("ifnull", operand, sub())])


@pytest.mark.parametrize("seed", range(12))
def test_random_trees(seed):
    rng = random.Random(seed)
    kinds = rng.choice(["nirtb", "i", "r", "in", "irn", "t", "tn"])
    rows = d.random_rows(seed, 60, 3, kinds)
    d.fill_table(rows)
    for _ in range(60):
        e = random_tree(rng, rng.randrange(1, 4))
        try:
            d.check(e, rows, filled=True)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error


@pytest.mark.parametrize("seed", range(8))
def test_selection_and_select(seed):
    """Live lanes only; `select` agrees with the truth of `eval`, also when its output is the selection vector."""
    rng = random.Random(100 + seed)
    rows = d.random_rows(seed, 100, 3, rng.choice(["nirtb", "i", "r", "in"]))
    ctx = ExecContext(collations=_testing.collations())
    for _ in range(60):
        e = random_tree(rng, 3)
        sel = sorted(rng.sample(range(100), rng.randrange(0, 100)))
        everything = d.kernel(e, rows)
        if isinstance(everything, Exception):
            continue
        assert all(d.same(x, everything[i]) for i, x in zip(sel, d.kernel(e, rows, sel), strict=True)), e
        true = d.kernel(b.IsTruth(e, True), rows)
        compiled = build_expr(e, {0: 0, 1: 1, 2: 2}, ctx)
        assert _testing.select(compiled, Rows(rows)) == [i for i in range(100) if true[i]], e
        want = [i for i in sel if true[i]]
        assert _testing.select(compiled, Rows(rows, sel)) == want, e
        assert _testing.select(compiled, Rows(rows, sel), in_place=True) == want, e


def test_constant_columns():
    """Vectors of one lane give the same as full ones."""
    rng = random.Random(7)
    for _ in range(100):
        value = d.random_value(rng)
        rows = [(value, d.random_value(rng), None) for _ in range(9)]
        e = random_tree(rng, 2)
        got, want = d.kernel(e, rows, constant=(0, 2)), d.kernel(e, rows)
        if isinstance(want, Exception):
            assert str(got) == str(want)
        else:
            assert all(map(d.same, got, want)), e


def test_empty_in_list():
    assert d.kernel(b.InList(C0, ()), [(None,), (1,)]) == [0, 0]
    assert d.kernel(b.InList(C0, (), negated=True), [(None,), (1,)]) == [1, 1]


def test_only_undecided_lanes_are_evaluated():
    """abs() of the smallest INTEGER raises; a decided AND, OR, CASE, COALESCE or IN must not call it."""
    rows = [(1, -2**63), (0, 5)]
    boom = d.call("abs", C1)
    first = b.Compare("=", C0, b.Const(1))
    assert isinstance(d.kernel(boom, rows), Exception)
    assert d.kernel(b.Or((first, boom)), rows) == [1, 1]
    assert d.kernel(b.And((b.Unary("not", first), boom)), rows) == [0, 1]
    assert d.kernel(b.Case(None, ((first, b.Const("x")),), boom), rows) == ["x", 5]
    assert d.kernel(b.Case(None, ((b.Unary("not", first), boom),), None), rows) == [None, 5]
    assert d.kernel(d.call("coalesce", b.Case(None, ((first, b.Const(9)),), None), boom), rows) == [9, 5]
    assert d.kernel(b.InList(b.Const(1), (C0, boom)), rows) == [1, 0]
    assert str(d.kernel(b.Or((b.Unary("not", first), boom)), rows)) == "integer overflow"


def test_case_operand_is_the_nearest():
    inner = b.Case(C1, ((b.Compare("=", b.CaseOperand(), b.Const(2)), b.Const("inner")),), b.Const("none"))
    outer = b.Case(C0, ((b.Compare("=", b.CaseOperand(), b.Const(1)), inner), (b.Compare("=", b.CaseOperand(), b.Const(3)), C1)), None)
    assert d.kernel(outer, [(1, 2), (1, 4), (3, "x"), (5, 5)]) == ["inner", "none", "x", None]


def test_parameters_and_outer_columns():
    rows = [(1,), (2,)]
    assert d.kernel(b.Arith("+", C0, b.Param(0)), rows, params=(10,)) == [11, 12]
    assert d.kernel(b.InList(C0, tuple(b.Param(i) for i in range(8))), rows, params=(2, 3, 4, 5, 6, 7, 8, None)) == [None, 1]
    ctx = ExecContext()
    compiled = build_expr(b.Arith("||", C0, b.Column(99)), {0: 0}, ctx)
    assert ctx.n_outer == 1 and ctx.outer_slot(99) == 0
    assert _testing.evaluate(compiled, Rows(rows)) == [None, None]


def test_in_set_is_rebuilt_in_the_next_run():
    ctx = ExecContext(n_params=8)
    ctx.bind(list(range(8)))
    compiled = build_expr(b.InList(C0, tuple(b.Param(i) for i in range(8))), {0: 0}, ctx)
    rows = Rows([(3,), (100,)])
    assert _testing.evaluate(compiled, rows) == [1, 0]
    ctx.bind([100 + i for i in range(8)])
    ctx.restart()
    assert _testing.evaluate(compiled, rows) == [0, 1]


def test_binding_errors():
    from pumice import errors

    ctx = ExecContext(n_params=1)
    with pytest.raises(OverflowError, match="Python int too large to convert to SQLite INTEGER"):
        ctx.bind([2**63])
    with pytest.raises(UnicodeEncodeError):
        ctx.bind(["\ud800"])
    with pytest.raises(errors.ProgrammingError, match="Error binding parameter 1: type 'object' is not supported"):
        ctx.bind([object()])
    with pytest.raises(errors.ProgrammingError, match="Incorrect number of bindings"):
        ctx.bind([])
    ctx.bind([float("nan")])
    compiled = build_expr(b.Param(0), {}, ctx)
    assert _testing.evaluate(compiled, Rows([(1,)])) == [None]
    for value in (True, b"x", bytearray(b"x"), memoryview(b"x"), "é\0", 1.5, None):
        ctx.bind([value])
        want = bytes(value) if isinstance(value, (bytearray, memoryview)) else value
        assert _testing.evaluate(compiled, Rows([(1,)])) == [want]
