"""ORDER BY with LIMIT over UNION ALL: of each SELECT, only as many rows as the whole may give.

    SELECT * FROM (SELECT a FROM t UNION ALL SELECT b FROM u) ORDER BY 1 LIMIT 10
    =>   the same over (SELECT a FROM t ORDER BY 1 LIMIT 10  UNION ALL  SELECT b FROM u ORDER BY 1 LIMIT 10)

Exact: what a SELECT has behind its first LIMIT + OFFSET rows in that order has as many rows before it in the whole;
among equals the sorts keep the order they come in. Not where a key is computed above the compound. An index that gives
a SELECT's order then ends early.
"""

from __future__ import annotations

from pumice.node import replace
from pumice.plan.logical.expr import Arith, BoundExpr, Case, Column, Compare, Const, SortKey
from pumice.plan.logical.nodes import Keep, Limit, Plan, Project, Recursive, Scan, SetOp, Shared, Sort
from pumice.plan.walk import map_inputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MANY = 1 << 31  # from which on a limit is none: its sum with an offset must not overflow


def limit_arms(plan: Plan, context: Any) -> Plan:
    kind = type(plan)
    if kind is Scan or kind is Shared or kind is Recursive:
        return plan
    plan = map_inputs(plan, lambda below: limit_arms(below, context))
    if kind is Limit and plan.limit is not None:
        below = _with_limits(plan.input, (), _kept(plan))
        if below is not plan.input:
            return Limit(below, plan.limit, plan.offset)
    return plan


def _kept(plan: Limit) -> BoundExpr:
    """How many rows of any order the limit can need; negative: all."""
    assert plan.limit is not None
    if plan.offset is None:
        return plan.limit
    if type(plan.limit) is Const and type(plan.offset) is Const:
        n, skipped = plan.limit.value, plan.offset.value
        if type(n) is int and type(skipped) is int:
            return Const(n + max(skipped, 0) if 0 <= n < _MANY and skipped < _MANY else -1)
    none = [(Compare(op, e, Const(end), "BINARY"), Const(-1)) for e, op, end in
            ((plan.limit, "<", 0), (plan.limit, ">", _MANY), (plan.offset, ">", _MANY))]
    least = (Compare("<", plan.offset, Const(0), "BINARY"), plan.limit)
    return Case(None, (*none, least), Arith("+", plan.limit, plan.offset))


def _with_limits(plan: Plan, keys: tuple[SortKey, ...], kept: BoundExpr) -> Plan:
    """`plan`, whose first `kept` rows in the order of `keys` are wanted, with that said of a compound's SELECTs."""
    kind = type(plan)
    if kind is Sort and not keys:
        below = _with_limits(plan.input, plan.keys, kept)
        return plan if below is plan.input else Sort(below, plan.keys)
    if kind is Keep or (kind is Project and not keys):
        below = _with_limits(plan.input, keys, kept)
        return plan if below is plan.input else replace(plan, input=below)
    if not keys or not all(type(key.expr) is Column for key in keys):
        return plan
    if kind is Project:
        at = dict(zip(plan.columns, plan.exprs, strict=True))
        below = _with_limits(plan.input, tuple([replace(key, expr=at[key.expr.id]) for key in keys]), kept)
        return plan if below is plan.input else replace(plan, input=below)
    if kind is not SetOp or plan.op != "union all":
        return plan
    sides = []
    for side in (plan.left, plan.right):
        ids = dict(zip(plan.columns, side.columns, strict=True))
        own = tuple([replace(key, expr=Column(ids[key.expr.id])) for key in keys])
        sides.append(Limit(Sort(_with_limits(side, own, kept), own), kept, None))
    return replace(plan, left=sides[0], right=sides[1])
