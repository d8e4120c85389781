# ruff: noqa: E501  (tables of test values)
"""Aggregates against the oracle: one group and many, every mix of types, extremes that overflow."""

import math
import random

import pytest
from pumice.exec.context import ExecContext
from pumice.exec.expr._testing import Rows

from pumice import errors
from pumice.exec.expr import _testing
from tests.unit.expr import kernel_driver as d

CTX = ExecContext(collations=_testing.collations())
ONE = ["count", "sum", "total", "avg", "min", "max", "group_concat"]


def ours(name, rows, groups=None, collation=None, sel=None):
    impl = d.FUNCTIONS.lookup(name, len(rows[0])).impl
    try:
        return _testing.aggregate(impl, CTX, Rows(rows, sel), groups, collation)
    except errors.Error as error:
        return str(error)


def theirs(name, rows, groups=None, collation=None):
    d.fill_table([(0 if groups is None else groups[i], *row) for i, row in enumerate(rows)])
    args = ", ".join(f"c{i + 1}" for i in range(len(rows[0])))
    call = f"{name}({args}{' COLLATE ' + collation if collation else ''})"
    sql = f"SELECT typeof(v), CASE typeof(v) WHEN 'text' THEN CAST(v AS BLOB) ELSE v END FROM (SELECT {call} AS v FROM t GROUP BY c0 ORDER BY c0)"
    try:
        found = d.ORACLE.cursor().execute(sql).fetchall()
    except d.apsw.Error as error:
        return str(error).split(": ", 1)[-1]
    found = [d.as_text(v) if kind == "text" else v for kind, v in found]
    return found if groups is not None else found[0]


def agree(name, rows, groups=None, collation=None):
    got, want = ours(name, rows, groups, collation), theirs(name, rows, groups, collation)
    if groups is None:
        assert d.same(got, want), (name, rows, got, want)
    else:
        assert len(got) == len(want) and all(map(d.same, got, want)), (name, rows, groups, got, want)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("kinds", ["i", "r", "in", "rn", "ir", "t", "nirtbx", "tb"])
def test_random(name, kinds):
    rng = random.Random(name + kinds)
    for _ in range(25):
        n = rng.choice([1, 2, 5, 40])
        rows = [(d.random_value(rng, kinds),) for _ in range(n)]
        agree(name, rows)
        groups = [*range(4), *(rng.randrange(4) for _ in range(n))]
        rows = [(d.random_value(rng, kinds),) for _ in range(4)] + rows
        got, want = ours(name, rows, groups), theirs(name, rows, groups)
        if isinstance(want, list):
            assert all(map(d.same, got, want)), (name, rows, groups, got, want)
        else:
            assert got == want


@pytest.mark.parametrize("name", ["sum", "total", "avg"])
def test_overflow(name):
    big = 2**63 - 1
    for values in ([big, 1], [-big - 1, -1], [big, 1, -1], [big, 1, 0.5], [big, 0.5, 1], [0.5, big, big], [big, "1"], ["9223372036854775808"],
                   [1e308, 1e308], [1e308, 1e308, -1e308], [math.inf, -math.inf], [math.inf, 1], [big - 1, 1], [2**62, 2**62], [0.1] * 10,
                   [1e100, 1.0, -1e100], ["1.5", "abc", b"2"], [4503599627370497, 0.5, 4503599627370497], [None, None], [None, big, None, 1]):
        agree(name, [(v,) for v in values])


def test_separator():
    rng = random.Random(3)
    for name in ("group_concat", "string_agg"):
        for _ in range(40):
            rows = [(d.random_value(rng, "nirtb"), d.random_value(rng, "nittt")) for _ in range(rng.randrange(1, 8))]
            agree(name, rows)


@pytest.mark.parametrize("collation", ["NOCASE", "RTRIM"])
def test_extremum_collation(collation):
    rng = random.Random(4)
    for name in ("min", "max"):
        for _ in range(30):
            agree(name, [(rng.choice(d.TEXTS),) for _ in range(10)], collation=collation)


def test_changed_flags():
    """Which rows made the extremum; a NULL counts while there is none."""
    rows = [(None,), (5,), (3,), (None,), (3,), (1.5,), ("a",), (0,)]
    for name, want in (("min", [1, 1, 1, 0, 0, 1, 0, 1]), ("max", [1, 1, 0, 0, 0, 0, 1, 0])):
        impl = d.FUNCTIONS.lookup(name, 1).impl
        assert _testing.aggregate(impl, CTX, Rows(rows), None, None, True)[1] == want
    rows = [(5,), (3,), (7,), (7,)]
    impl = d.FUNCTIONS.lookup("max", 1).impl
    assert _testing.aggregate(impl, CTX, Rows(rows), [0, 1, 0, 1], None, True) == ([7, 7], [1, 1, 1, 1])


def test_selection_vector():
    rows = [(i,) for i in range(100)]
    sel = [1, 5, 99]
    for name, want in (("count", 3), ("sum", 105), ("total", 105.0), ("avg", 35.0), ("min", 1), ("max", 99), ("group_concat", "1,5,99")):
        assert ours(name, rows, sel=sel) == want


def test_count_star():
    impl = d.FUNCTIONS.lookup("count", 0).impl
    assert "counts_star" in d.FUNCTIONS.lookup("count", 0).flags
    assert _testing.aggregate(impl, CTX, Rows([(), (), ()])) == 3


def test_no_rows():
    for name, want in (("count", 0), ("sum", None), ("total", 0.0), ("avg", None), ("min", None), ("max", None), ("group_concat", None)):
        assert ours(name, [(1,)], sel=[]) == want
