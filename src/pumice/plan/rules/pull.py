"""Correlated conditions pulled out of a subquery: what decorrelation to joins rests on.

    SELECT y FROM u WHERE u.k = t.k AND u.z > 1     =>   (SELECT y, u.k FROM u WHERE u.z > 1), pulled: u.k = t.k

Exact where the subquery only filters and joins: a filter commutes with inner joins, projections (widened by the
columns the condition reads) and the left side of outer, semi and anti joins. A correlated reference anywhere else
(below an aggregate, LIMIT, DISTINCT, UNION, in the right side of an outer join, in a select list) means that the
subquery stays as it is.
"""

from __future__ import annotations

from pumice.plan.logical.expr import BoundExpr, Column, Const, Function
from pumice.plan.logical.nodes import Distinct, Filter, Join, Keep, Limit, Plan, Project, Sort
from pumice.plan.walk import all_exprs, any_expr, columns_of, fixed_in_run, has_subquery, split_and


def pull_correlated(plan: Plan, outer: set[int]) -> tuple[Plan, list[BoundExpr]] | None:
    """(`plan` free of the columns `outer`, the conditions that read them), or None. The new plan gives at least the
    old one's columns."""
    pulled: list[BoundExpr] = []
    new = _pull(plan, outer, pulled)
    if new is None or any(has_subquery(c) or _has_effect(c) for c in pulled):
        return None
    return new, pulled


def _pull(plan: Plan, outer: set[int], pulled: list[BoundExpr]) -> Plan | None:
    if columns_of(plan).isdisjoint(outer):
        return plan
    kind = type(plan)
    if kind is Filter:
        below = _pull(plan.input, outer, pulled)
        if below is None:
            return None
        kept = _take(plan.conditions, outer, pulled)
        return Filter(below, tuple(kept)) if kept else below
    if kind is Project:
        start = len(pulled)
        below = _pull(plan.input, outer, pulled)
        if below is None or not columns_of(plan.exprs).isdisjoint(outer):
            return None
        read = columns_of(tuple(pulled[start:])) - outer
        more = tuple([i for i in below.columns if i in read and i not in plan.columns])
        return Project(below, plan.columns + more, plan.exprs + tuple([Column(i) for i in more]))
    if kind is Join:
        left = _pull(plan.left, outer, pulled)
        if left is None:
            return None
        if plan.kind in ("inner", "cross"):
            right = _pull(plan.right, outer, pulled)
            return None if right is None else Join(plan.kind, left, right, tuple(_take(plan.conditions, outer, pulled)))
        if plan.kind in ("left", "semi", "anti") and (columns_of(plan.right) | columns_of(plan.conditions)).isdisjoint(
            outer
        ):
            return Join(plan.kind, left, plan.right, plan.conditions)
    return None


def _take(conditions: tuple[BoundExpr, ...], outer: set[int], pulled: list[BoundExpr]) -> list[BoundExpr]:
    """The conditions that stay; those that read `outer` go to `pulled`."""
    kept = []
    for c in split_and(conditions):
        (kept if columns_of(c).isdisjoint(outer) else pulled).append(c)
    return kept


def without_order(plan: Plan) -> Plan:
    """A subquery asked only for existence: without what orders, repeats or cuts at one row or more."""
    while True:
        if type(plan) is Sort or type(plan) is Distinct or type(plan) is Keep:
            plan = plan.input
        elif (
            type(plan) is Limit
            and type(plan.limit) is Const
            and type(plan.limit.value) is int
            and plan.limit.value != 0
            and (plan.offset is None or (type(plan.offset) is Const and plan.offset.value == 0))
        ):
            # LIMIT n, n > 0, changes nothing about existence.
            plan = plan.input
        else:
            return plan


def is_harmless(plan: Plan) -> bool:
    """May the plan be evaluated for rows for which it was not before? No expression that is volatile, can raise or
    holds a subquery."""
    return not any(_has_effect(e) or has_subquery(e) for e in all_exprs(plan))


def _has_effect(e: BoundExpr) -> bool:
    return any_expr(
        e,
        lambda part: (
            type(part) is Function
            and (
                not fixed_in_run(part.function)
                or (part.function.can_raise and part.function.name not in ("like", "glob"))
            )
        ),
    )
