"""Transitive equality: what equals a constant lends it to what equals that.

    a.x = 5 AND a.x = b.y     =>   a.x = 5 AND b.y = 5
    a.x = b.y AND b.y = c.z AND c.z = ?   =>   all three = ?

Exact: comparisons work on values as they are (affinities stand in the tree), so equality under one collation is
transitive; the condition between the columns follows from the two with the constant and is dropped. Only between
plain columns under the same collation.
Gain: both tables can be sought or filtered before the join.
"""

from __future__ import annotations

from pumice.plan.logical.expr import Affinity, BoundExpr, Column, Compare, Const, Param
from pumice.plan.logical.nodes import Filter, Join, Plan, Recursive, Scan, Shared
from pumice.plan.walk import map_inputs, split_and

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def propagate_constants(plan: Plan, context: Any) -> Plan:
    kind = type(plan)
    if kind is Scan or kind is Shared or kind is Recursive:
        return plan
    if kind is Filter or (kind is Join and plan.kind in ("inner", "cross")):
        return _replace(plan, context, _changes(plan))
    return map_inputs(plan, lambda below: propagate_constants(below, context))


Known = dict[tuple[int, str], BoundExpr]


def _conditions(plan: Plan, into: list[BoundExpr]) -> None:
    if type(plan) is Filter:
        _conditions(plan.input, into)
        into += split_and(plan.conditions)
    elif type(plan) is Join and plan.kind in ("inner", "cross"):
        _conditions(plan.left, into)
        _conditions(plan.right, into)
        into += split_and(plan.conditions)


def _learn(conditions: list[BoundExpr], known: Known) -> None:
    for c in conditions:
        if type(c) is Compare and c.op == "=":
            for column, value in ((c.left, c.right), (c.right, c.left)):
                if type(column) is Column and _is_constant(value):
                    known.setdefault((column.id, c.collation), value)


def _is_constant(e: BoundExpr) -> bool:
    if type(e) is Affinity:
        e = e.operand
    return type(e) is Const or type(e) is Param


def _apply(c: BoundExpr, known: Known) -> BoundExpr:
    if type(c) is Compare and c.op == "=" and type(c.left) is Column and type(c.right) is Column:
        left, right = known.get((c.left.id, c.collation)), known.get((c.right.id, c.collation))
        if left is not None and right is None:
            return Compare("=", c.right, left, c.collation)
        if right is not None and left is None:
            return Compare("=", c.left, right, c.collation)
    return c


def _changes(plan: Plan) -> dict[int, BoundExpr]:
    """By identity of the condition: what replaces column = column where one side's constant is known. Each
    replacement teaches a new constant."""
    known: Known = {}
    conditions: list[BoundExpr] = []
    _conditions(plan, conditions)
    _learn(conditions, known)
    changes: dict[int, BoundExpr] = {}
    if not known:
        return changes
    pending = [
        c
        for c in conditions
        if type(c) is Compare and c.op == "=" and type(c.left) is Column and type(c.right) is Column
    ]
    moved = True
    while moved:
        moved = False
        for c in pending:
            if id(c) not in changes:
                new = _apply(c, known)
                if new is not c:
                    changes[id(c)] = new
                    _learn([new], known)
                    moved = True
    return changes


def _replace(plan: Plan, context: Any, changes: dict[int, BoundExpr]) -> Plan:
    if type(plan) is Filter:
        below = _replace(plan.input, context, changes)
        conditions = _changed(plan.conditions, changes)
        return plan if below is plan.input and conditions is plan.conditions else Filter(below, conditions)
    if type(plan) is Join and plan.kind in ("inner", "cross"):
        left, right = _replace(plan.left, context, changes), _replace(plan.right, context, changes)
        conditions = _changed(plan.conditions, changes)
        same = left is plan.left and right is plan.right and conditions is plan.conditions
        return plan if same else Join(plan.kind, left, right, conditions)
    return propagate_constants(plan, context)


def _changed(conditions: tuple[BoundExpr, ...], changes: dict[int, BoundExpr]) -> tuple[BoundExpr, ...]:
    if not changes:
        return conditions
    parts = split_and(conditions)
    if not any(id(c) in changes for c in parts):
        return conditions
    return tuple([changes.get(id(c), c) for c in parts])
