"""What an OR over several tables says about each of them alone, as a condition of its own.

    (a.x = 1 AND b.y = 2) OR (a.x = 3 AND b.y = 4)   =>   ... AND (a.x = 1 OR a.x = 3) AND (b.y = 2 OR b.y = 4)

Exact: each part follows from the OR, which stays; terms are pure, so they may be evaluated for more rows.
Gain: the table is filtered, or sought by an index, before the join.
"""

from __future__ import annotations

from pumice.plan.logical.expr import BoundExpr, Or
from pumice.plan.logical.nodes import Filter, Join, Plan, Recursive, Scan, Shared
from pumice.plan.stats.cardinality import DIFFERENT, selectivity
from pumice.plan.walk import columns_of, is_pure, join_and, map_inputs, split_and

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def or_parts(plan: Plan, context: Any) -> Plan:
    kind = type(plan)
    if kind is Scan or kind is Shared or kind is Recursive:
        return plan
    plan = map_inputs(plan, lambda below: or_parts(below, context))
    if kind is Filter and type(plan.input) is Join:
        more = _parts(plan.conditions, _leaves(plan.input))
        return Filter(plan.input, plan.conditions + more) if more else plan
    if kind is Join and plan.kind in ("inner", "cross"):
        more = _parts(plan.conditions, _leaves(plan))
        return Join(plan.kind, plan.left, plan.right, plan.conditions + more) if more else plan
    return plan


def part_of(e: Or, ids: set[int]) -> BoundExpr | None:
    """The condition over the columns `ids` alone that `e` implies; None where it says nothing."""
    alternatives = []
    for arg in e.args:
        terms = [t for t in split_and([arg]) if _reads_only(t, ids) and is_pure(t)]
        if not terms:
            return None
        alternatives.append(join_and(terms))
    return Or(tuple(alternatives))


def _reads_only(e: BoundExpr, ids: set[int]) -> bool:
    used = columns_of(e)
    return bool(used) and used <= ids


def _leaves(plan: Plan) -> list[set[int]]:
    if type(plan) is Filter:
        return _leaves(plan.input)
    if type(plan) is Join:
        return _leaves(plan.left) + (_leaves(plan.right) if plan.kind not in ("semi", "anti") else [])
    return [set(plan.columns)]


def _parts(conditions: tuple[BoundExpr, ...], leaves: list[set[int]]) -> tuple[BoundExpr, ...]:
    found = []
    for e in split_and(conditions):
        if type(e) is not Or:
            continue
        used = columns_of(e)
        reads = [ids for ids in leaves if not ids.isdisjoint(used)]
        if len(reads) < 2:
            continue
        for ids in reads:
            part = part_of(e, ids)
            if part is not None and selectivity(part) < DIFFERENT:
                found.append(part)
    return tuple(found)
