"""EXISTS, NOT EXISTS and correlated IN in WHERE as semi and anti joins.

    WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k)          =>   t SEMI JOIN u ON u.k = t.k
    WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k)      =>   t ANTI JOIN u ON u.k = t.k
    WHERE t.x IN (SELECT y FROM u WHERE u.k = t.k)          =>   t SEMI JOIN u ON u.k = t.k AND t.x = u.y

Exact: WHERE keeps a row only if the condition is true, and EXISTS is never NULL; IN is true just when a row compares
equal. NOT IN is true when no row compares equal or NULL, so it becomes an anti join only where neither side can be
NULL. An uncorrelated IN stays: its list is made once and serves as keys for an index. The subquery must be harmless
(rules/pull.py): a join may evaluate it for more rows. A subquery over several tables is kept where the outer rows are
few: seeking it for each is then cheaper than making it whole.
"""

from __future__ import annotations

from pumice.plan.access.match import affinity_is_idle
from pumice.plan.logical.expr import Affinity, BoundExpr, Column, Compare, Exists, InSubquery, Unary
from pumice.plan.logical.nodes import Filter, Join, Plan, Project, Recursive, Scan, Shared
from pumice.plan.rules.flatten import flatten
from pumice.plan.rules.pull import is_harmless, pull_correlated, without_order
from pumice.plan.walk import columns_of, has_subquery, map_inputs
from pumice.values import AFF_BLOB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FEW_ROWS = 64.0  # outer rows for which a correlated subquery over several tables is as well left alone


def decorrelate(plan: Plan, context: Any) -> Plan:
    kind = type(plan)
    if kind is Scan or kind is Shared or kind is Recursive:
        return plan
    plan = map_inputs(plan, lambda below: decorrelate(below, context))
    if kind is not Filter or not any(has_subquery(c) for c in plan.conditions):
        return plan
    kept: list[BoundExpr] = []
    joins: list[tuple[str, Plan, list[BoundExpr]]] = []
    for condition in plan.conditions:
        found = _join_of(condition, plan.input, context)
        if found is None:
            kept.append(condition)
        else:
            joins.append(found)
    if not joins:
        return plan
    # Conditions that are not subqueries first: they are cheap and leave fewer rows to join.
    simple = [c for c in kept if not has_subquery(c)]
    others = [c for c in kept if has_subquery(c)]
    result: Plan = Filter(plan.input, tuple(simple)) if simple else plan.input
    for join_kind, right, conditions in joins:
        result = Join(join_kind, result, right, tuple(conditions))
    return Filter(result, tuple(others)) if others else result


def _join_of(condition: BoundExpr, source: Plan, context: Any) -> tuple[str, Plan, list[BoundExpr]] | None:
    negated = False
    while type(condition) is Unary and condition.op == "not":
        condition, negated = condition.operand, not negated
    if type(condition) is Exists:
        return _exists(condition, negated != condition.negated, source, context)
    if type(condition) is InSubquery:
        return _in(condition, negated != condition.negated, source, context)
    return None


def _exists(e: Exists, negated: bool, source: Plan, context: Any) -> tuple[str, Plan, list[BoundExpr]] | None:
    outer = set(source.columns)
    if columns_of(e.plan).isdisjoint(outer):
        return None
    found = pull_correlated(flatten(without_order(e.plan), context), outer)
    if found is None or not found[1] or not is_harmless(found[0]) or not _pays(found[0], source, context):
        return None
    right, conditions = found
    return "anti" if negated else "semi", right, conditions


def _in(e: InSubquery, negated: bool, source: Plan, context: Any) -> tuple[str, Plan, list[BoundExpr]] | None:
    outer = set(source.columns)
    if columns_of(e.plan).isdisjoint(outer) or any(has_subquery(o) for o in e.operands):
        return None
    found = pull_correlated(flatten(e.plan, context), outer)
    if found is None or not is_harmless(found[0]) or not _pays(found[0], source, context):
        return None
    right, conditions = found
    sure: set[int] = set()
    if negated:
        sure = not_null_ids(source, context) | not_null_ids(right, context)
    for operand, column, affinity, collation in zip(
        e.operands, e.plan.columns, e.affinities, e.collations, strict=True
    ):
        if negated and not (_is_sure(operand, sure) and column in sure):
            return None
        value: BoundExpr = Column(column)
        if affinity > AFF_BLOB and not affinity_is_idle(affinity, context.columns.metas[column].held_affinity):
            value = Affinity(value, affinity)
        conditions.append(Compare("=", operand, value, collation))
    return "anti" if negated else "semi", right, conditions


def _is_sure(e: BoundExpr, sure: set[int]) -> bool:
    while type(e) is Affinity:
        e = e.operand
    return type(e) is Column and e.id in sure


def not_null_ids(plan: Plan, context: Any) -> set[int]:
    """Columns of a plan of scans, filters, projections and joins that are never NULL."""
    kind = type(plan)
    if kind is Scan:
        table = plan.table
        return {
            i
            for i, c in zip(plan.columns, plan.table_columns, strict=True)
            if c == -1 or (c == table.rowid_alias and not table.without_rowid) or table.columns[c].not_null is not None
        }
    if kind is Filter:
        return not_null_ids(plan.input, context)
    if kind is Project:
        below = not_null_ids(plan.input, context)
        return {c for c, e in zip(plan.columns, plan.exprs, strict=True) if type(e) is Column and e.id in below}
    if kind is Join:
        left = not_null_ids(plan.left, context) if plan.kind not in ("right", "full") else set()
        right = not_null_ids(plan.right, context) if plan.kind in ("inner", "cross", "right") else set()
        return left | right
    return set()


def _pays(right: Plan, source: Plan, context: Any) -> bool:
    """A single table can be looked up in a join as well as in a subquery; anything bigger must be worth making
    whole."""
    inner = right
    while type(inner) is Filter or type(inner) is Project:
        inner = inner.input
    return type(inner) is Scan or context.estimate(source) > FEW_ROWS
