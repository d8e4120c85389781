"""Same rows: what several aggregates of a statement read alike is computed once.

    Filter (sum > (subquery))                      Filter (sum > (subquery))
      Aggregate by part, sum(cost)                   Aggregate by part, sum(cost)
        HashJoin stock, supplier          ->           Shared
    subquery                                             HashJoin stock, supplier
      Aggregate sum(cost)                          subquery
        HashJoin stock, supplier                     Aggregate sum(cost)
                                                       Shared (the same)

A share of a total, a sum compared with its average: such statements repeat a FROM and WHERE. Two physical plans are the
same when they differ in nothing but column ids and in which columns they read; that with all of them is kept. Only
below aggregates, which read every row, and only where a row is much cheaper to keep than to make again.
EXPLAIN QUERY PLAN does not show it.
Tests: tests/unit/plan/test_same_rows.py
"""

from __future__ import annotations

from pumice.node import Node, replace
from pumice.plan.logical.expr import BoundExpr, Column, InJoin
from pumice.plan.physical import nodes
from pumice.plan.walk import columns_of, map_children, volatile_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MIN_COST = 20_000.0  # of making the rows (plan/cost.py)
KEEP_ROW = 6.0  # to keep a row and read it again, twice that: estimates err

_ACCESSES = (nodes.TableScan, nodes.IndexAccess, nodes.RowidAccess)
_MATCHED = (*_ACCESSES, nodes.HashJoin, nodes.NestedLoopJoin, nodes.Filter, nodes.Project, nodes.Keep)
# Fields that may differ, or that are looked at by themselves.
_APART = ("alias", "columns", "table_columns", "exprs", "input", "left", "right", "filters", "rows", "cost")


def share_rows(plan: nodes.Physical) -> nodes.Physical:
    """`plan` with Shared nodes below aggregates that read the same."""
    found: list[nodes.Aggregate] = []
    _find(plan, found)
    groups: list[list[Any]] = []  # aggregates of the same rows, the one with all columns first
    for aggregate in found:
        for group in groups:
            if _match(group[0].input, aggregate.input, {}):
                group.append(aggregate)
                break
            if _match(aggregate.input, group[0].input, {}):
                group.insert(0, aggregate)
                break
        else:
            if _is_worth(aggregate.input):
                groups.append([aggregate])
    shared: dict[int, nodes.Physical] = {}
    for number, group in enumerate(groups):
        if len(group) > 1:
            for aggregate in group:
                shared[id(aggregate)] = _shared(~number, group[0].input, aggregate.input)
    return _with(plan, shared, {}) if shared else plan


def _find(item: Any, found: list[nodes.Aggregate]) -> None:
    """All aggregates, also those in plans of expressions and keys."""
    if type(item) is tuple:
        for part in item:
            _find(part, found)
    elif isinstance(item, Node):
        if type(item) is nodes.Aggregate and not any(item is known for known in found):
            found.append(item)
        for name in item.__match_args__:
            _find(getattr(item, name), found)


def _is_worth(plan: Any) -> bool:
    return plan.cost >= max(MIN_COST, plan.rows * KEEP_ROW) and not columns_of(plan) and not volatile_plan(plan)


def _shared(key: int, wide: Any, narrow: Any) -> nodes.Physical:
    """`key`: below those of CTEs. Columns that `narrow` has not keep their ids, which nothing there reads."""
    ids: dict[int, int] = {}
    _match(wide, narrow, ids)
    names = {ids[column]: column for column in narrow.columns}
    columns = tuple([names.get(column, column) for column in wide.columns])
    return nodes.Shared(key, wide, columns, "", wide.rows, wide.cost)


def _match(wide: Any, narrow: Any, ids: dict[int, int]) -> bool:
    """Does `wide` give the rows of `narrow` and all its columns? `ids` (those of `narrow` -> of `wide`) grows."""
    kind = type(wide)
    if type(narrow) is not kind or kind not in _MATCHED:
        return False
    if kind in _ACCESSES:
        known = dict(zip(wide.table_columns, wide.columns, strict=True))
        if wide.table is not narrow.table or not known.keys() >= set(narrow.table_columns):
            return False
        ids.update(zip(narrow.columns, [known[column] for column in narrow.table_columns], strict=True))
    elif kind is nodes.HashJoin or kind is nodes.NestedLoopJoin:
        if kind is nodes.HashJoin:
            if [key for _, key in wide.filters] != [key for _, key in narrow.filters]:
                return False
            ids.update(zip([n for n, _ in narrow.filters], [n for n, _ in wide.filters], strict=True))
        if not _match(wide.left, narrow.left, ids) or not _match(wide.right, narrow.right, ids):
            return False
    elif not _match(wide.input, narrow.input, ids):
        return False
    for name in wide.__match_args__:
        if name not in _APART and _renamed(getattr(narrow, name), ids) != getattr(wide, name):
            return False
    if kind is nodes.Project:
        exprs = _renamed(narrow.exprs, ids)
        # What it does not compute itself might fail.
        if any(e not in wide.exprs for e in exprs) or any(type(e) is not Column and e not in exprs for e in wide.exprs):
            return False
        ids.update(zip(narrow.columns, [wide.columns[wide.exprs.index(e)] for e in exprs], strict=True))
    return all(ids.get(column) in wide.columns for column in narrow.columns)


def _renamed(item: Any, ids: dict[int, int]) -> Any:
    kind = type(item)
    if kind is Column:
        return Column(ids.get(item.id, item.id))
    if kind is InJoin:
        return InJoin(_renamed(item.operand, ids), ids.get(item.join, item.join))
    if isinstance(item, BoundExpr):
        return map_children(item, lambda e: _renamed(e, ids))
    if kind is tuple:
        return tuple([_renamed(part, ids) for part in item])
    if isinstance(item, (nodes.Bound, nodes.InKeys)):
        return replace(item, **{name: _renamed(getattr(item, name), ids) for name in item.__match_args__})
    return item


def _with(item: Any, shared: dict[int, nodes.Physical], done: dict[int, tuple[Any, Any]]) -> Any:
    """`item` with the inputs of some aggregates, by their identity, replaced. What is one object stays one."""
    if type(item) is tuple:
        parts = tuple([_with(part, shared, done) for part in item])
        return item if all(a is b for a, b in zip(item, parts, strict=True)) else parts
    if not isinstance(item, Node):
        return item
    if id(item) not in done:
        changes = {}
        for name in item.__match_args__:
            old = getattr(item, name)
            new = shared[id(item)] if id(item) in shared and name == "input" else _with(old, shared, done)
            if new is not old:
                changes[name] = new
        done[id(item)] = item, replace(item, **changes) if changes else item
    return done[id(item)][1]
