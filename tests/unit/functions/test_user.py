# ruff: noqa: E501  (tables of test values)
"""User-defined functions and aggregates behave as in the standard library's sqlite3: values, results, errors."""

import math
import sqlite3

import pytest
from pumice.exec.context import ExecContext
from pumice.exec.expr._testing import Rows
from pumice.functions.user import user_aggregate, user_function

from pumice import errors
from pumice.exec.expr import _testing
from pumice.functions.registry import FunctionSet
from tests.unit.expr import kernel_driver as d
from tests.unit.expr.kernel_driver import b

CTX = ExecContext()


def call(f, *args):
    return d.kernel(b.Function(user_function("f", len(args), f), tuple(b.Const(a) for a in args)), [(0,)])


def in_sqlite3(f, *args):
    con = sqlite3.connect(":memory:")
    con.create_function("f", len(args), f)
    try:
        return con.execute(f"SELECT f({','.join('?' * len(args))})", args).fetchall()[0][0]
    except Exception as error:  # noqa: BLE001
        return error


def test_arguments_and_results():
    for value in (None, 1, -2**63, 1.5, "text", "é\0x", b"blob", b"", "", 2**63 - 1, math.inf):
        assert call(lambda x: x, value) == [value]
    assert call(lambda *a: len(a), 1, 2, 3) == [3]
    assert call(lambda: 5) == [5]
    assert call(lambda x: bytearray(x), b"abc") == [b"abc"]
    assert call(lambda: math.nan) == [None]
    assert call(lambda x: [type(x).__name__].pop(), b"x") == ["bytes"]


def boom():
    raise ZeroDivisionError("no")


def huge():
    raise OverflowError


def no_memory():
    raise MemoryError


@pytest.mark.parametrize("f", [boom, huge, no_memory, object, lambda: 2**63, lambda: "\ud800"])
def test_errors(f):
    got, want = call(f), in_sqlite3(f)
    assert isinstance(got, type(want)) and str(got) == str(want), (got, want)


def test_many_rows():
    calls = []
    f = user_function("f", 1, lambda x: calls.append(x) or (x * 2 if x is not None else None))
    rows = [(1,), (None,), ("ab",), (2.5,)]
    assert d.kernel(b.Function(f, (b.Column(0),)), rows, sel=[0, 2]) == [2, "abab"]
    assert calls == [1, "ab"]


class Total:
    def __init__(self):
        self.values = []

    def step(self, *args):
        self.values.append(args)

    def finalize(self):
        return str(self.values)


def broken(method):
    def fail(self, *args):
        raise ZeroDivisionError
    methods = {"step": lambda self, x: None, "finalize": lambda self: 1, method: fail}
    return type("Broken", (), methods)


class NoStep:
    def finalize(self):
        return 1


class NoFinalize:
    def step(self, x):
        pass


class BadResult(NoFinalize):
    def finalize(self):
        return object()


def aggregate(cls, rows, groups=None):
    try:
        return _testing.aggregate(user_aggregate("agg", len(rows[0]), cls).impl, CTX, Rows(rows), groups)
    except errors.Error as error:
        return error


def test_aggregate():
    assert aggregate(Total, [(1, "a"), (None, b"x")]) == "[(1, 'a'), (None, b'x')]"
    assert aggregate(Total, [(1,), (2,), (3,)], [0, 1, 0]) == ["[(1,), (3,)]", "[(2,)]"]
    assert _testing.aggregate(user_aggregate("agg", 1, Total).impl, CTX, Rows([(1,)], [])) is None


@pytest.mark.parametrize("cls", [broken("__init__"), broken("step"), broken("finalize"), NoStep, NoFinalize, BadResult])
def test_aggregate_errors(cls):
    con = sqlite3.connect(":memory:")
    con.create_aggregate("agg", 1, cls)
    with pytest.raises(sqlite3.Error) as want:
        con.execute("SELECT agg(1)").fetchall()
    got = aggregate(cls, [(1,)])
    assert isinstance(got, want.type) and str(got) == str(want.value)


def test_registry():
    functions = FunctionSet(_testing.function_set()._builtins)
    functions.define(user_function("ABS", 1, lambda x: "mine"), "ABS", 1)
    assert functions.lookup("abs", 1).impl.name == "ABS"
    functions.define(None, "abs", 1)
    assert functions.lookup("abs", 1).impl.name == "abs"
    functions.define(user_function("f", -1, lambda *a: len(a)), "f", -1)
    functions.define(user_function("f", 2, lambda x, y: "two"), "f", 2)
    assert functions.lookup("F", 2).max_args == 2 and functions.lookup("f", 3).max_args == -1
