"""OR of equalities on one column as an IN list.

    x = 1 OR x = ? OR x IN (7, 8)   =>   x IN (1, ?, 7, 8)

Exact in three-valued logic when all compare the same operand under one collation. Values are constants and
parameters, which cannot raise.
Gain: one lookup a row, and an index on x serves it.
"""

from __future__ import annotations

from pumice.plan.logical.expr import Affinity, And, BoundExpr, Column, Compare, Const, InList, Or, Param
from pumice.plan.logical.nodes import Filter, Join, Plan, Recursive, Scan, Shared
from pumice.plan.walk import map_all, map_inputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def or_to_in(plan: Plan, context: Any) -> Plan:
    kind = type(plan)
    if kind is Scan or kind is Shared or kind is Recursive:
        return plan
    plan = map_inputs(plan, lambda below: or_to_in(below, context))
    if kind is Filter:
        conditions = map_all(plan.conditions, merge)
        return plan if conditions is plan.conditions else Filter(plan.input, conditions)
    if kind is Join:
        conditions = map_all(plan.conditions, merge)
        return plan if conditions is plan.conditions else Join(plan.kind, plan.left, plan.right, conditions)
    return plan


def merge(e: BoundExpr) -> BoundExpr:
    if type(e) is And:
        args = map_all(e.args, merge)
        return e if args is e.args else And(args)
    if type(e) is not Or:
        return e
    args = map_all(e.args, merge)
    groups: list[tuple[BoundExpr, str, list[BoundExpr]] | BoundExpr] = []
    merged = False
    for arg in args:
        found = _equality(arg)
        if found is None:
            groups.append(arg)
            continue
        operand, collation, items = found
        for group in groups:
            if type(group) is tuple and group[1] == collation and group[0] == operand:
                group[2].extend(items)
                merged = True
                break
        else:
            groups.append((operand, collation, items))
    if not merged:
        return e if args is e.args else Or(args)
    result = []
    for group in groups:
        if type(group) is not tuple:
            result.append(group)
        elif len(group[2]) == 1:
            result.append(Compare("=", group[0], group[2][0], group[1]))
        else:
            result.append(InList(group[0], tuple(group[2]), group[1]))
    return result[0] if len(result) == 1 else Or(tuple(result))


def _equality(e: BoundExpr) -> tuple[BoundExpr, str, list[BoundExpr]] | None:
    if type(e) is InList and not e.negated and _is_operand(e.operand) and all(_is_value(i) for i in e.items):
        return e.operand, e.collation, list(e.items)
    if type(e) is Compare and e.op == "=":
        if _is_operand(e.left) and _is_value(e.right):
            return e.left, e.collation, [e.right]
        if _is_operand(e.right) and _is_value(e.left):
            return e.right, e.collation, [e.left]
    return None


def _is_operand(e: BoundExpr) -> bool:
    return type(e) is Column or (type(e) is Affinity and type(e.operand) is Column)


def _is_value(e: BoundExpr) -> bool:
    if type(e) is Affinity:
        e = e.operand
    return type(e) is Const or type(e) is Param
