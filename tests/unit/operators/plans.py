"""Physical plans by hand, run by Pumice, and the same question as SQL, answered by SQLite.

A `Rows` is a table of Python values that both sides see: as a Values node with fresh column ids, and as a temporary
table without declared types, so nothing is converted on the way in.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

import apsw
from pumice.exec.context import ExecContext
from pumice.exec.operators.result import ResultReader
from pumice.storage.record.key_info import builtin_collations

from pumice.exec.build import build_plan
from pumice.functions.builtins import builtin_functions
from pumice.functions.registry import FunctionSet
from pumice.plan.logical.expr import Affinity, AggCall, And, Arith, Column, Compare, Const, SortKey
from pumice.plan.physical import nodes

COLLATIONS = builtin_collations()
FUNCTIONS = FunctionSet(builtin_functions())
_ids = itertools.count()


def context(btrees: list[Any] | None = None, params: tuple[Any, ...] = (), encoding: int = 1) -> ExecContext:
    return ExecContext(btrees or [], COLLATIONS, len(params), None, encoding)


def new_ids(n: int) -> tuple[int, ...]:
    return tuple(next(_ids) for _ in range(n))


def values(rows: list[tuple], width: int | None = None) -> nodes.Physical:
    """The rows as a plan with fresh ids."""
    width = len(rows[0]) if rows else width or 1
    if rows:
        return nodes.Values(new_ids(width), tuple(tuple(Const(v) for v in row) for row in rows))
    return nodes.Filter(nodes.Values(new_ids(width), (tuple(Const(None) for _ in range(width)),)), (Const(0),))


def col(plan: nodes.Physical, i: int) -> Column:
    return Column(plan.columns[i])


def eq(left: Any, right: Any, collation: str = "BINARY") -> Compare:
    return Compare("=", left, right, collation)


def key(expr: Any, desc: bool = False, nulls_first: bool | None = None, collation: str = "BINARY") -> SortKey:
    return SortKey(expr, desc, (not desc) if nulls_first is None else nulls_first, collation)


def call(name: str, *args: Any, **options: Any) -> AggCall:
    (new,) = new_ids(1)
    return AggCall(new, FUNCTIONS.lookup(name, len(args)), tuple(args), **options)


def project(plan: nodes.Physical, *exprs: Any) -> nodes.Project:
    return nodes.Project(plan, new_ids(len(exprs)), tuple(exprs))


def run(
    plan: nodes.Physical, params: tuple[Any, ...] = (), btrees: list[Any] | None = None, encoding: int = 1
) -> list[tuple]:
    """All rows, read twice (whole, then row by row with growing batches): operators can be used again and batch size
    does not matter."""
    ctx = context(btrees, params, encoding)
    reader = ResultReader(build_plan(plan, ctx))
    ctx.restart()
    ctx.bind(params)
    reader.start()
    whole = reader.fetch_all()
    ctx.restart()
    reader.start()
    single = []
    while (row := reader.fetch_row()) is not None:
        single.append(row)
    assert same(whole, single), "row by row differs from all at once"
    ctx.restart()
    reader.start()
    assert same(whole[:3], reader.fetch_many(3)), "the first rows differ"
    reader.close()
    return whole


def typed(rows: list[tuple]) -> list[tuple]:
    return [tuple((type(v).__name__, v) for v in row) for row in rows]


def same(a: list[tuple], b: list[tuple]) -> bool:
    return typed(a) == typed(b)


def oracle(sql: str, **tables: list[tuple]) -> list[tuple]:
    connection = apsw.Connection(":memory:")
    for name, rows in tables.items():
        width = len(rows[0]) if rows else 1
        load(connection, name, rows, width)
    return connection.execute(sql).fetchall()


def load(connection: apsw.Connection, name: str, rows: list[tuple], width: int) -> None:
    columns = ", ".join("abcdefgh"[:width])
    connection.execute(f"CREATE TABLE {name} ({columns})")
    connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * width)})", rows)


def random_value(rng: random.Random, kind: str) -> Any:
    """A value of a mix: "int" and "mixed" repeat often enough to group and join."""
    if kind == "int":
        return rng.randrange(-5, 12)
    if kind == "wide":
        return rng.randrange(-(1 << 40), 1 << 40)
    if kind == "real":
        return rng.choice([0.5, -1.25, 3.0, 1e300, -0.0, 2.0])
    if kind == "text":
        return rng.choice(["", "a", "A", "ab", "abcdefgh", "abcdefghi", "abcdefgh\0", "b ", "b", "é", "zz" * 20])
    if kind == "null":
        return rng.choice([None, None, 1, 2])
    return rng.choice(
        [None, 0, 1, 2, 1.0, 2.5, -3, "1", "a", "A", "b", b"a", b"", b"\xff", 1 << 60, float(1 << 60), "abcdefghij"]
    )


def random_rows(rng: random.Random, n: int, *kinds: str) -> list[tuple]:
    return [tuple(random_value(rng, kind) for kind in kinds) for _ in range(n)]


__all__ = [
    "AggCall",
    "Affinity",
    "And",
    "Arith",
    "COLLATIONS",
    "Column",
    "Compare",
    "Const",
    "SortKey",
    "call",
    "col",
    "context",
    "eq",
    "key",
    "load",
    "new_ids",
    "nodes",
    "oracle",
    "project",
    "random_rows",
    "random_value",
    "run",
    "same",
    "typed",
    "values",
]
