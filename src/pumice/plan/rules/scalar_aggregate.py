"""A correlated scalar aggregate as a grouped left join.

    SELECT (SELECT sum(y) FROM u WHERE u.k = t.k) FROM t
    =>   SELECT g.s FROM t LEFT JOIN (SELECT k, sum(y) AS s FROM u GROUP BY k) g ON t.k = g.k

Exact: the correlated conditions are equalities `inner = outer`, groups are formed under their collation, so each
outer row meets at most one group; without one the aggregate over no rows is NULL, but 0 for count() and 0.0 for
total(): those are put in. Only built-in aggregates, whose value over no rows is known, and a harmless subquery. Made
when grouping all of `u` costs less than seeking it for each outer row.
"""

from __future__ import annotations

from pumice.plan import cost
from pumice.plan.logical.expr import (
    AggCall,
    BoundExpr,
    Case,
    Column,
    ColumnMeta,
    Compare,
    Const,
    IsNull,
    ScalarSubquery,
)
from pumice.plan.logical.nodes import Aggregate, Filter, Join, Keep, Limit, Plan, Project, Recursive, Scan, Shared
from pumice.plan.rules.flatten import flatten
from pumice.plan.rules.pull import is_harmless, pull_correlated
from pumice.plan.rules.push_down import push_down
from pumice.plan.stats import cardinality
from pumice.plan.walk import (
    SUBQUERIES,
    any_expr,
    columns_of,
    has_subquery,
    is_pure,
    map_all,
    map_children,
    map_inputs,
    substitute,
)
from pumice.values import AFF_NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Value over no rows.
_EMPTY: dict[str, Any] = {"count": 0, "total": 0.0, "sum": None, "avg": None, "min": None, "max": None}


def scalar_aggregate(plan: Plan, context: Any) -> Plan:
    kind = type(plan)
    if kind is Scan or kind is Shared or kind is Recursive:
        return plan
    plan = map_inputs(plan, lambda below: scalar_aggregate(below, context))
    if kind is not Project and kind is not Aggregate:
        return plan
    # Both read their input by column ids, so it may grow columns.
    source = plan.input
    if type(source) is Filter:
        source = _filter(source, context)
    if kind is Aggregate:
        if source is plan.input:
            return plan
        return Aggregate(
            source, plan.key_ids, plan.keys, plan.collations, plan.calls, plan.bare_ids, plan.bare, plan.bare_from
        )
    rewriter = _Rewriter(source, context)
    exprs = map_all(plan.exprs, rewriter.expr)
    if source is plan.input and exprs is plan.exprs:
        return plan
    return Project(rewriter.source, plan.columns, exprs)


def _filter(plan: Filter, context: Any) -> Plan:
    ids = set(plan.columns)
    rewriter = _Rewriter(plan.input, context)
    conditions = []
    for c in plan.conditions:
        # A condition with a correlated subquery is checked last, on the rows that the others leave.
        rewriter.first = tuple([o for o in plan.conditions if o is not c and not _has_correlated(o, ids)])
        conditions.append(rewriter.expr(c))
    if all(new is old for new, old in zip(conditions, plan.conditions, strict=True)):
        return plan
    # Conditions without subqueries go below the new join.
    early = tuple([c for c in conditions if not has_subquery(c) and columns_of(c).isdisjoint(rewriter.added)])
    late = tuple([c for c in conditions if c not in early])
    source = _under(rewriter.source, early)
    return Filter(source, late) if late else source


def _under(plan: Plan, conditions: tuple[BoundExpr, ...]) -> Plan:
    """`conditions` below the left joins that were added on top of the source."""
    if not conditions:
        return plan
    if type(plan) is Join and plan.kind == "left" and type(plan.right) is Aggregate:
        return Join("left", _under(plan.left, conditions), plan.right, plan.conditions)
    return Filter(plan, conditions)


def _has_correlated(e: BoundExpr, outer: set[int]) -> bool:
    return any_expr(e, lambda part: type(part) in SUBQUERIES and not columns_of(part.plan).isdisjoint(outer))


class _Rewriter:
    """Replaces scalar subqueries in expressions over `source`, which grows a left join for each. `first`: conditions
    that rows meet before the expressions are evaluated."""

    def __init__(self, source: Plan, context: Any) -> None:
        self.source = source
        self.first: tuple[BoundExpr, ...] = ()
        self.outer = set(source.columns)
        self.context = context
        self.added: set[int] = set()

    def expr(self, e: BoundExpr) -> BoundExpr:
        e = map_children(e, self.expr)
        if (
            type(e) is not ScalarSubquery
            or e.column != 0
            or len(e.plan.columns) != 1
            or columns_of(e.plan).isdisjoint(self.outer)
        ):
            return e
        return self.replaced(e)

    def replaced(self, e: ScalarSubquery) -> BoundExpr:
        plan = e.plan
        while type(plan) is Keep or (
            type(plan) is Limit and type(plan.limit) is Const and plan.limit.value == 1 and plan.offset is None
        ):
            plan = plan.input
        plan = flatten(plan, self.context)
        aggregate = plan.input if type(plan) is Project else plan
        if (
            type(aggregate) is not Aggregate
            or aggregate.keys
            or aggregate.bare
            or not all(_is_known(c) for c in aggregate.calls)
        ):
            return e
        if type(plan) is Project and not (
            is_pure(plan.exprs[0]) and columns_of(plan.exprs[0]) <= set(aggregate.columns)
        ):
            return e
        if not _calls_only_read(aggregate, self.outer):
            return e
        found = pull_correlated(aggregate.input, self.outer)
        if found is None or not found[1]:
            return e
        below, conditions = found
        keys = [_key(c, self.outer, set(below.columns)) for c in conditions]
        if any(k is None for k in keys) or not is_harmless(below) or not self.pays(e, below, len(keys)):
            return e
        return self.join(plan, aggregate, below, keys)

    def pays(self, e: ScalarSubquery, below: Plan, n_keys: int) -> bool:
        outer = push_down(_under(self.source, self.first), self.context)
        n_outer = self.context.estimate(outer)
        # Answers are remembered by the outer values: at most one run for each combination of rows that these are from.
        n_runs = min(n_outer, _combinations(outer, columns_of(e.plan) & self.outer, self.context))
        each = self.context.plan(e.plan, set(e.plan.columns), None)[0].cost + cost.CORRELATED
        inner = self.context.plan(below, set(below.columns), None)[0]
        groups = cardinality.groups(inner.rows, n_keys)
        grouped = inner.cost + inner.rows * cost.group_row(groups) + groups * cost.BUILD_ROW + n_outer * cost.PROBE_ROW
        return n_runs * each > grouped

    def join(self, plan: Plan, aggregate: Aggregate, below: Plan, keys: list[Any]) -> BoundExpr:
        ids = []
        for _ in keys:
            ids.append(self.context.columns.new(ColumnMeta("key", AFF_NONE, None)))
        grouped = Aggregate(
            below, tuple(ids), tuple([inner for inner, _, _ in keys]), tuple([n for _, _, n in keys]), aggregate.calls
        )
        on = tuple([Compare("=", outer, Column(i), n) for i, (_, outer, n) in zip(ids, keys, strict=True)])
        self.source = Join("left", self.source, grouped, on)
        self.added.update(grouped.columns)
        at: dict[int, BoundExpr] = {}
        for call in aggregate.calls:
            empty = _EMPTY[call.function.name]
            column: BoundExpr = Column(call.id)
            at[call.id] = column if empty is None else Case(None, ((IsNull(column), Const(empty)),), column)
        return substitute(plan.exprs[0] if type(plan) is Project else Column(aggregate.columns[0]), at)


def _combinations(plan: Plan, ids: set[int], context: Any) -> float:
    """How many values the columns `ids` of `plan` have together, at most: the rows of the parts that give them."""
    if ids.isdisjoint(plan.columns):
        return 1.0
    if type(plan) is Filter and type(plan.input) is not Scan:
        return _combinations(plan.input, ids, context)
    if type(plan) is Join:
        return _combinations(plan.left, ids, context) * _combinations(plan.right, ids, context)
    return context.estimate(plan)


def _is_known(call: AggCall) -> bool:
    return (
        call.function.name in _EMPTY
        and not call.order
        and "user" not in call.function.flags
        and not (call.function.can_raise and call.function.name != "sum")
    )


def _calls_only_read(aggregate: Aggregate, outer: set[int]) -> bool:
    """The aggregates' arguments read no outer column, and are harmless."""
    for call in aggregate.calls:
        for e in (*call.args, *((call.filter,) if call.filter is not None else ())):
            if not columns_of(e).isdisjoint(outer) or not is_pure(e):
                return False
    return True


def _key(c: BoundExpr, outer: set[int], inner: set[int]) -> tuple[BoundExpr, BoundExpr, str] | None:
    """(inner side, outer side, collation) of an equality between the two."""
    if type(c) is not Compare or c.op != "=" or not is_pure(c):
        return None
    for mine, theirs in ((c.left, c.right), (c.right, c.left)):
        reads, other = columns_of(mine), columns_of(theirs)
        if reads and reads <= inner and other.isdisjoint(inner) and not other.isdisjoint(outer):
            return mine, theirs, c.collation
    return None
