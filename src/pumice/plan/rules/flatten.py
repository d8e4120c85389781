"""Flattening: projections of subqueries and views merged into what stands above them, so that filters and joins
become one block.

    Project(f(y) | Project(y = g(x) | R))          =>   Project(f(g(x)) | R)
    Join(Project(y = x | A), B) on y = z           =>   Project(... | Join(A, B) on x = z)
    Filter(y > 1 | Project(y = x | R))             =>   Project(y = x | Filter(x > 1 | R))
    Aggregate(sum(y) | Project(y = x | R))         =>   Aggregate(sum(x) | R)

Exact when the moved expressions are pure (the same value each time, no error, no subquery) and a computed one is not
evaluated more often than before: it is used once, or costs nothing (a column or constant). On the null-extended side
of an outer join only columns move, as anything else would not become NULL there.
"""

from __future__ import annotations

from pumice.plan.logical.expr import AggCall, BoundExpr, Column, Const, SortKey
from pumice.plan.logical.nodes import Aggregate, Filter, Join, Plan, Project, Recursive, Scan, Shared
from pumice.plan.walk import SUBQUERIES, children, columns_of, is_pure, map_inputs, substitute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def flatten(plan: Plan, context: Any) -> Plan:
    kind = type(plan)
    if kind is Scan or kind is Shared or kind is Recursive:
        return plan
    plan = map_inputs(plan, lambda below: flatten(below, context))
    if kind is Project:
        return _project(plan)
    if kind is Filter:
        return _filter(plan)
    if kind is Join:
        return _join(plan)
    return _aggregate(plan) if kind is Aggregate else plan


def _count_uses(item: Any, into: dict[int, int]) -> None:
    """How often each column is read; a read inside a subquery counts as many."""
    if type(item) is Column:
        into[item.id] = into.get(item.id, 0) + 1
    elif type(item) is tuple:
        for part in item:
            _count_uses(part, into)
    elif isinstance(item, BoundExpr):
        for child in children(item):
            _count_uses(child, into)
        if type(item) in SUBQUERIES:
            for i in columns_of(item.plan):  # type: ignore[attr-defined]
                into[i] = into.get(i, 0) + 2
    elif isinstance(item, AggCall):
        _count_uses((item.args, item.order), into)
        if item.filter is not None:
            _count_uses(item.filter, into)
    elif isinstance(item, SortKey):
        _count_uses(item.expr, into)


def _cheap(e: BoundExpr) -> bool:
    return type(e) is Column or type(e) is Const


def _may_move(project: Project, users: Any) -> bool:
    """May `users` hold the projection's expressions in place of its columns?"""
    if all(_cheap(e) for e in project.exprs):
        return True
    uses: dict[int, int] = {}
    _count_uses(users, uses)
    return all(
        _cheap(e) or (uses.get(c, 0) <= 1 and is_pure(e)) for c, e in zip(project.columns, project.exprs, strict=True)
    )


def _project(plan: Project) -> Plan:
    below = plan.input
    if type(below) is not Project or not _may_move(below, plan.exprs):
        return plan
    return Project(
        below.input, plan.columns, substitute(plan.exprs, dict(zip(below.columns, below.exprs, strict=True)))
    )


def _filter(plan: Filter) -> Plan:
    below = plan.input
    if type(below) is Filter:
        return Filter(below.input, below.conditions + plan.conditions)
    if type(below) is not Project:
        return plan
    read = columns_of(plan.conditions)
    if not all(is_pure(e) for c, e in zip(below.columns, below.exprs, strict=True) if c in read):
        return plan
    conditions = substitute(plan.conditions, dict(zip(below.columns, below.exprs, strict=True)))
    return Project(_filter(Filter(below.input, conditions)), below.columns, below.exprs)


def _join(plan: Join) -> Plan:
    left, right = plan.left, plan.right
    semi = plan.kind in ("semi", "anti")
    moves_left = type(left) is Project and _side_may_move(left, plan.kind in ("right", "full"))
    moves_right = type(right) is Project and _side_may_move(right, plan.kind in ("left", "full"))
    if not moves_left and not moves_right:
        return plan
    at: dict[int, BoundExpr] = {}
    columns: list[int] = []
    exprs: list[BoundExpr] = []
    for side, moves in ((left, moves_left), (right, moves_right)):
        if moves:
            at.update(zip(side.columns, side.exprs, strict=True))  # type: ignore[attr-defined]
        if side is right and semi:
            continue
        columns += side.columns
        exprs += side.exprs if moves else [Column(i) for i in side.columns]  # type: ignore[attr-defined]
    new_left = left.input if moves_left else left
    new_right = right.input if moves_right else right
    if moves_left and not columns_of(right).isdisjoint(left.columns):
        new_right = substitute(new_right, dict(zip(left.columns, left.exprs, strict=True)))  # type: ignore[attr-defined]
    joined = Join(plan.kind, new_left, new_right, substitute(plan.conditions, at))
    return Project(joined, tuple(columns), tuple(exprs)) if moves_left or not semi else joined


def _side_may_move(side: Project, null_extended: bool) -> bool:
    if all(type(e) is Column for e in side.exprs):
        return True
    # A computed column is evaluated once for each joined row then, which is the price of planning the tables below as
    # one block.
    return not null_extended and all(is_pure(e) for e in side.exprs) and type(side.input) in (Scan, Filter, Join)


def _aggregate(plan: Aggregate) -> Plan:
    below = plan.input
    if type(below) is not Project or not _may_move(below, (plan.keys, plan.calls, plan.bare)):
        return plan
    at = dict(zip(below.columns, below.exprs, strict=True))
    return Aggregate(
        below.input,
        plan.key_ids,
        substitute(plan.keys, at),
        plan.collations,
        substitute(plan.calls, at),
        plan.bare_ids,
        substitute(plan.bare, at),
        plan.bare_from,
    )
