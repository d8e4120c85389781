"""Terms that every alternative of an OR shares, taken out of it.

    (a = b AND c = 1) OR (a = b AND c = 2)   =>   a = b AND (c = 1 OR c = 2)

Exact in three-valued logic (AND distributes over OR there too) for pure terms, which may be evaluated for more rows.
Gain: the shared term can be a join key, be pushed down or seek an index.
"""

from __future__ import annotations

from pumice.plan.logical.expr import And, BoundExpr, Or
from pumice.plan.logical.nodes import Filter, Join, Plan, Recursive, Scan, Shared
from pumice.plan.walk import is_pure, join_and, map_all, map_inputs, split_and

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def factor_or(plan: Plan, context: Any) -> Plan:
    kind = type(plan)
    if kind is Scan or kind is Shared or kind is Recursive:
        return plan
    plan = map_inputs(plan, lambda below: factor_or(below, context))
    if kind is Filter or kind is Join:
        conditions = map_all(plan.conditions, factored)
        if conditions is not plan.conditions:
            flat = tuple(split_and(conditions))
            return Filter(plan.input, flat) if kind is Filter else Join(plan.kind, plan.left, plan.right, flat)
    return plan


def factored(e: BoundExpr) -> BoundExpr:
    if type(e) is not Or:
        return e
    alternatives = [split_and([arg]) for arg in e.args]
    if any(len(terms) < 2 for terms in alternatives) and not any(len(terms) > 1 for terms in alternatives):
        return e
    shared = [t for t in alternatives[0] if is_pure(t) and all(t in other for other in alternatives[1:])]
    if not shared:
        return e
    rests = [[t for t in terms if t not in shared] for terms in alternatives]
    if not all(rests):  # one alternative is the shared terms alone: it implies the others
        return join_and(shared)
    return And((*shared, Or(tuple([join_and(rest) for rest in rests]))))
