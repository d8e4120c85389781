"""Conditions as near to the tables as they may go; outer joins made inner on the way (outer_to_inner.py).

    Filter(a.x = 1 AND b.y = 2 | Join(a, b))      =>   Join(Filter(a.x = 1 | a), Filter(b.y = 2 | b))
    Filter(k = 1 AND n > 2 | Aggregate by k)      =>   Filter(n > 2 | Aggregate by k (Filter(k = 1)))

Laws: through a projection by substitution; through an inner join to the side that has all its columns; to the
preserved side of an outer join; an ON condition of a LEFT JOIN to its right side; through UNION ALL to both. Through
GROUP BY, DISTINCT, UNION, INTERSECT and EXCEPT only on keys compared under BINARY, and only comparisons: rows that
these hold equal (1 and 1.0) differ for functions such as typeof(). Never past LIMIT. A volatile condition (random())
stays where it was written.
"""

from __future__ import annotations

from pumice.plan.logical.expr import Affinity, And, BoundExpr, Column, Compare, Const, InList, IsNull, Or, Param, Unary
from pumice.plan.logical.nodes import (
    Aggregate,
    Distinct,
    Filter,
    Join,
    Keep,
    Plan,
    Project,
    Recursive,
    Scan,
    SetOp,
    Shared,
    Sort,
)
from pumice.plan.rules.outer_to_inner import join_kind
from pumice.plan.walk import any_expr, columns_of, has_subquery, is_pure, is_volatile, map_inputs, split_and, substitute
from pumice.values import AFF_TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Conditions = list[BoundExpr]


def push_down(plan: Plan, context: Any) -> Plan:
    return _push(plan, [])


def _push(plan: Plan, conditions: Conditions) -> Plan:
    """`plan` with `conditions` (written above it) applied at their best places."""
    method = _METHODS.get(type(plan))
    if method is not None:
        return method(plan, conditions)
    if type(plan) is not Shared and type(plan) is not Recursive:
        plan = map_inputs(plan, lambda below: _push(below, []))
    return _above(plan, conditions)


def _above(plan: Plan, conditions: Conditions) -> Plan:
    return Filter(plan, tuple(conditions)) if conditions else plan


def _split(conditions: Conditions, may_pass: Any) -> tuple[Conditions, Conditions]:
    """(those that pass, those that stay)."""
    passing: Conditions = []
    staying: Conditions = []
    for c in conditions:
        (passing if not is_volatile(c) and may_pass(c) else staying).append(c)
    return passing, staying


def _filter(plan: Filter, conditions: Conditions) -> Plan:
    own = list(plan.conditions) if not any(type(c) is And for c in plan.conditions) else split_and(plan.conditions)
    new = _push(plan.input, own + conditions)
    same = type(new) is Filter and new.input is plan.input and len(new.conditions) == len(plan.conditions)
    return plan if same and all(a is b for a, b in zip(new.conditions, plan.conditions, strict=True)) else new


def _project(plan: Project, conditions: Conditions) -> Plan:
    at = dict(zip(plan.columns, plan.exprs, strict=True))
    passing, staying = _split(conditions, lambda c: all(is_pure(at[i]) for i in columns_of(c) if i in at))
    below = _push(plan.input, [substitute(c, at) for c in passing])
    if below is not plan.input:
        plan = Project(below, plan.columns, plan.exprs)
    return _above(plan, staying)


def _join(plan: Join, conditions: Conditions) -> Plan:
    left_ids, right_ids = set(plan.left.columns), set(plan.right.columns)
    kind = plan.kind
    own = split_and(plan.conditions)
    if conditions and kind in ("left", "right", "full"):
        kind = join_kind(kind, conditions, left_ids, right_ids)
    if kind in ("inner", "cross"):
        volatile = [c for c in conditions if is_volatile(c)]
        pool = own + [c for c in conditions if not is_volatile(c)]
        to_left, pool = _split(pool, lambda c: _only(c, left_ids, right_ids))
        to_right, pool = _split(pool, lambda c: _only(c, right_ids, left_ids))
        return _above(_rejoin(plan, kind, to_left, to_right, pool), volatile)
    to_left = to_right = []
    staying = conditions
    if kind in ("left", "semi", "anti"):
        to_left, staying = _split(conditions, lambda c: _only(c, left_ids, right_ids))
        to_right, own = _split(own, lambda c: _only(c, right_ids, left_ids))
        if kind == "semi":
            more, own = _split(own, lambda c: _only(c, left_ids, right_ids) and not has_subquery(c))
            to_left = to_left + more
    elif kind == "right":
        to_right, staying = _split(conditions, lambda c: _only(c, right_ids, left_ids))
        to_left, own = _split(own, lambda c: _only(c, left_ids, right_ids))
    return _above(_rejoin(plan, kind, to_left, to_right, own), staying)


def _only(c: BoundExpr, mine: set[int], theirs: set[int]) -> bool:
    used = columns_of(c)
    return not used.isdisjoint(mine) and used.isdisjoint(theirs)


def _rejoin(plan: Join, kind: str, to_left: Conditions, to_right: Conditions, own: Conditions) -> Join:
    left, right = _push(plan.left, to_left), _push(plan.right, to_right)
    same = left is plan.left and right is plan.right and kind == plan.kind and len(own) == len(plan.conditions)
    if same and all(a is b for a, b in zip(own, plan.conditions, strict=True)):
        return plan
    return Join(kind, left, right, tuple(own))


def _aggregate(plan: Aggregate, conditions: Conditions) -> Plan:
    keys = {
        i: e for i, e, n in zip(plan.key_ids, plan.keys, plan.collations, strict=True) if n == "BINARY" and is_pure(e)
    }
    mine = set(plan.columns)
    passing, staying = _split(conditions, lambda c: _compares_only(c) and _all_in(c, mine, keys))
    below = _push(plan.input, [substitute(c, keys) for c in passing])
    if below is not plan.input:
        plan = Aggregate(
            below, plan.key_ids, plan.keys, plan.collations, plan.calls, plan.bare_ids, plan.bare, plan.bare_from
        )
    return _above(plan, staying)


def _all_in(c: BoundExpr, mine: set[int], allowed: Any) -> bool:
    """Reads some of the node's columns, and of these only allowed ones."""
    used = columns_of(c) & mine
    return bool(used) and all(i in allowed for i in used)


def _compares_only(c: BoundExpr) -> bool:
    """Same answer for values that are equal under BINARY, although they may be of different classes (1 and 1.0)."""
    return not any_expr(
        c,
        lambda e: (
            type(e) not in _COMPARING
            or (type(e) is Affinity and e.affinity == AFF_TEXT and type(e.operand) is not Const)
            or (type(e) is Unary and e.op != "not")
        ),
    )


_COMPARING = (Compare, InList, IsNull, And, Or, Unary, Column, Const, Param, Affinity)


def _distinct(plan: Distinct, conditions: Conditions) -> Plan:
    mine = set(plan.columns)
    binary = {i for i, n in zip(plan.columns, plan.collations, strict=True) if n == "BINARY"}
    passing, staying = _split(conditions, lambda c: _compares_only(c) and _all_in(c, mine, binary))
    below = _push(plan.input, passing)
    return _above(plan if below is plan.input else Distinct(below, plan.collations), staying)


def _set_op(plan: SetOp, conditions: Conditions) -> Plan:
    mine = set(plan.columns)
    binary = {i for i, n in zip(plan.columns, plan.collations, strict=True) if n == "BINARY"}
    if plan.op == "union all":
        passing, staying = _split(conditions, lambda c: not columns_of(c).isdisjoint(mine))
    elif len(binary) < len(
        mine
    ):  # rows are compared whole: one column under NOCASE can merge rows that differ in another's case
        passing, staying = [], conditions
    else:
        passing, staying = _split(conditions, lambda c: _compares_only(c) and _all_in(c, mine, binary))
    sides = []
    for side in (plan.left, plan.right):
        at: dict[int, BoundExpr] = {i: Column(j) for i, j in zip(plan.columns, side.columns, strict=True)}
        sides.append(_push(side, [substitute(c, at) for c in passing]))
    if sides[0] is not plan.left or sides[1] is not plan.right:
        plan = SetOp(plan.op, sides[0], sides[1], plan.columns, plan.collations)
    return _above(plan, staying)


def _sort(plan: Sort, conditions: Conditions) -> Plan:
    passing, staying = _split(conditions, lambda c: True)
    below = _push(plan.input, passing)
    return _above(plan if below is plan.input else Sort(below, plan.keys), staying)


def _keep(plan: Keep, conditions: Conditions) -> Plan:
    passing, staying = _split(conditions, lambda c: True)
    below = _push(plan.input, passing)
    return _above(plan if below is plan.input else Keep(below, plan.columns), staying)


def _scan(plan: Scan, conditions: Conditions) -> Plan:
    return _above(plan, conditions)


_METHODS: dict[type, Any] = {
    Scan: _scan,
    Filter: _filter,
    Project: _project,
    Join: _join,
    Aggregate: _aggregate,
    Distinct: _distinct,
    SetOp: _set_op,
    Sort: _sort,
    Keep: _keep,
}
