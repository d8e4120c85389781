"""Translator: logical plans to physical ones, and the subqueries in their expressions with them.

One method a logical node, in a table. Each is given the ids that are needed above it (a plan may give more, in any
order: `exact` settles that where positions matter) and the order that would be liked; it returns the plan and whether
the rows come in that order.

The visible order is SQLite's: a join is left-major, groups ascend, DISTINCT keeps the first of equal rows in its place.
Tests: tests/unit/plan/test_translate.py
"""

from __future__ import annotations

from collections.abc import Callable

from pumice.node import replace
from pumice.plan import cost
from pumice.plan.access.base import BaseTable
from pumice.plan.access.emit import Emitter
from pumice.plan.access.order import Wanted, ascending
from pumice.plan.aggregates import plan_aggregate
from pumice.plan.joins import Result, plan_block, plan_outer
from pumice.plan.late_rows import with_late_rows
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import AggCall, Column, ColumnMeta, Const, InSubquery, Param, SortKey
from pumice.plan.physical import nodes as physical
from pumice.plan.rules import rewrite
from pumice.plan.skip_repeats import without_repeats
from pumice.plan.stats import cardinality
from pumice.plan.stats.look import DEFAULT_ROWS, Look
from pumice.plan.walk import SUBQUERIES, columns_of, has_subquery, map_children
from pumice.values import AFF_INTEGER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.catalog.objects import Table
    from pumice.plan.logical.expr import BoundExpr, Columns

_ACCESS = (physical.TableScan, physical.RowidAccess, physical.IndexAccess, physical.MultiIndex, physical.RowFetch)
NO_LOOK = Look()
UNKNOWN_LIMIT = 100.0  # rows that a LIMIT with a parameter is taken for


class Translator:
    """Plans the queries of one statement."""

    def __init__(
        self,
        columns: Columns,
        look: Look = NO_LOOK,
        disabled: frozenset[str] = frozenset(),
    ) -> None:
        self.columns = columns
        self.look = look
        self.subplans: dict[int, tuple[logical.Plan, physical.Physical]] = {}  # by identity: row values share a plan
        self.shared_plans: dict[int, physical.Physical] = {}  # by Shared.key
        self.n_costly = 0  # aggregates whose rows may be worth sharing (same_rows.py)
        self.known_rows: dict[int, tuple[Table, float]] = {}
        self.estimates: dict[int, tuple[logical.Plan, float]] = {}  # by identity
        self.disabled = disabled  # names of rules that are switched off
        self.emitter = Emitter(self.expr, self.subplan, self.rowid_id)

    def table_rows(self, table: Table) -> float:
        known = self.known_rows.get(id(table))
        if known is None:
            known = self.known_rows[id(table)] = (table, cardinality.table_rows(table, self.look))
        return known[1]

    def estimate(self, plan: logical.Plan) -> float:
        """Estimated rows of a logical plan, for rules that must weigh."""
        known = self.estimates.get(id(plan))
        if known is None:
            known = self.estimates[id(plan)] = (plan, self.plan(plan, set(plan.columns), None)[0].rows)
        return known[1]

    def rowid_id(self, base: BaseTable) -> int:
        """A new id for a rowid."""
        return self.columns.new(ColumnMeta("rowid", AFF_INTEGER, None, True, base.table.name))

    # ---- expressions

    def expr(self, expr: BoundExpr) -> BoundExpr:
        """`expr` with physical plans in its subqueries."""
        return self._translated(expr) if has_subquery(expr) else expr

    def _translated(self, expr: BoundExpr) -> BoundExpr:
        kind = type(expr)
        new = map_children(expr, self._translated)
        if kind in SUBQUERIES and isinstance(new.plan, logical.Plan):
            plan = self.subplan(new.plan, None if kind is InSubquery else 1.0)
            if kind is InSubquery:
                return InSubquery(new.operands, plan, new.affinities, new.collations, new.negated)
            return replace(new, plan=plan)
        return new

    def exprs(self, exprs: tuple[BoundExpr, ...]) -> tuple[BoundExpr, ...]:
        return tuple([self.expr(e) for e in exprs]) if exprs else exprs

    def optional(self, expr: BoundExpr | None) -> BoundExpr | None:
        return None if expr is None else self.expr(expr)

    def sort_keys(self, keys: tuple[SortKey, ...]) -> tuple[SortKey, ...]:
        return tuple([SortKey(self.expr(k.expr), k.desc, k.nulls_first, k.collation) for k in keys])

    def calls(self, calls: tuple[AggCall, ...]) -> tuple[AggCall, ...]:
        return tuple(
            [
                AggCall(
                    c.id,
                    c.function,
                    self.exprs(c.args),
                    c.distinct,
                    self.optional(c.filter),
                    self.sort_keys(c.order),
                    c.collation,
                )
                for c in calls
            ]
        )

    def subplan(self, plan: logical.Plan, limit: float | None = None) -> physical.Physical:
        """`limit`: rows that will be asked for."""
        known = self.subplans.get(id(plan))
        if known is None:
            known = self.subplans[id(plan)] = (plan, self.query(plan, limit))
        return known[1]

    # ---- plans

    def query(self, plan: logical.Plan, limit: float | None = None) -> physical.Physical:
        """The physical plan of a whole query: rules, then translation. Gives exactly the columns of `plan`. `limit`:
        rows that will be asked for."""
        return _without_renaming(self.source(plan, limit))

    def source(self, plan: logical.Plan, limit: float | None = None) -> physical.Physical:
        """As `query`, for a reader that goes by column ids and not by position."""
        columns = plan.columns
        plan = rewrite(plan, self)
        return exact(self.plan(plan, set(columns), _first_rows(plan, limit))[0], columns)

    def plan(self, plan: logical.Plan, needed: set[int], wanted: Wanted | None) -> Result:
        return _METHODS[type(plan)](self, plan, needed, wanted)

    def single_row(self, plan: logical.SingleRow, needed: set[int], wanted: Wanted | None) -> Result:
        return physical.SingleRow(plan.columns), True

    def values(self, plan: logical.Values, needed: set[int], wanted: Wanted | None) -> Result:
        return physical.Values(plan.columns, tuple([self.exprs(row) for row in plan.rows]), float(len(plan.rows))), len(
            plan.rows
        ) < 2

    def block(self, plan: logical.Plan, needed: set[int], wanted: Wanted | None) -> Result:
        return plan_block(self, plan, needed, wanted)

    def join(self, plan: logical.Join, needed: set[int], wanted: Wanted | None) -> Result:
        if plan.kind in ("inner", "cross"):
            return plan_block(self, plan, needed, wanted)
        return plan_outer(self, plan, needed, wanted)

    def project(self, plan: logical.Project, needed: set[int], wanted: Wanted | None) -> Result:
        columns, exprs = [], []
        for column, expr in zip(plan.columns, plan.exprs, strict=True):
            if column in needed:
                columns.append(column)
                exprs.append(expr)
        below_wanted = _through_project(wanted, plan) if wanted is not None else None
        below, ordered = self.plan(plan.input, columns_of(tuple(exprs)), below_wanted)
        ordered = ordered and (wanted is None or below_wanted is not None)
        if all(type(e) is Column and e.id == c for c, e in zip(columns, exprs, strict=True)):
            return below, ordered
        return physical.Project(
            below, tuple(columns), self.exprs(tuple(exprs)), below.rows, below.cost + below.rows * cost.CONDITION
        ), ordered

    def aggregate(self, plan: logical.Aggregate, needed: set[int], wanted: Wanted | None) -> Result:
        return plan_aggregate(self, plan, needed, wanted)

    def distinct(self, plan: logical.Distinct, needed: set[int], wanted: Wanted | None) -> Result:
        """Keeps the order of its input, so it passes a wish on. An input in an order of all columns, the wanted ones
        first, saves the hash table."""
        columns = plan.columns
        liked = _distinct_order(plan, wanted)
        below, ordered = self.plan(plan.input, set(columns), liked or wanted)
        is_sorted = ordered and liked is not None
        if liked is not None and wanted is not None and not ordered:
            below, ordered = self.plan(plan.input, set(columns), wanted)
        below = exact(below, columns)
        if is_sorted:
            below = without_repeats(below)
        rows = max(below.rows * 0.5, min(below.rows, 1.0))
        each = cost.SORTED_GROUP_ROW if is_sorted else cost.group_row(rows)
        return physical.Distinct(
            below, plan.collations, is_sorted, rows, below.cost + below.rows * each
        ), ordered and wanted is not None

    def sort(
        self, plan: logical.Sort, needed: set[int], wanted: Wanted | None, limit: logical.Limit | None = None
    ) -> Result:
        keys = _useful_keys(plan.keys)
        most = _limit_rows(limit) if limit is not None else None
        used = needed | columns_of(keys)
        partly = [0]
        below, ordered = self.plan(plan.input, used, Wanted(keys, most, partly=partly))
        if ordered or not keys:
            return below, False
        kept = below.rows if most is None else min(most, below.rows)
        top = limit if limit is not None and limit.limit is not None else None
        ordered_rows = physical.Sort(
            below,
            self.sort_keys(keys),
            None if top is None else self.optional(top.limit),
            None if top is None else self.optional(top.offset),
            partly[0],
            kept,
            below.cost + cost.sort(below.rows, most),
        )
        return ordered_rows if top is None else with_late_rows(ordered_rows, kept, self.columns), False

    def keep(self, plan: logical.Keep, needed: set[int], wanted: Wanted | None) -> Result:
        return self.plan(plan.input, needed, wanted)

    def limit(self, plan: logical.Limit, needed: set[int], wanted: Wanted | None) -> Result:
        """A sort right below (through Keep and Project) keeps only what the limit lets pass."""
        source = plan.input
        while type(source) is logical.Keep:
            source = source.input
        if type(source) is logical.Sort:
            below = self.sort(source, needed, None, plan)[0]
        elif type(source) is logical.Project and type(source.input) is logical.Sort:
            below = self._project_of_sort(source, source.input, needed, plan)
        else:
            below = self.plan(source, needed, _first_rows(source, _limit_rows(plan)))[0]
        rows = min(_limit_rows(plan), max(below.rows, 0.01))
        total = (
            below.cost
            if isinstance(below, (physical.Sort, physical.Aggregate))
            else below.cost * min(1.0, rows / max(below.rows, 0.01))
        )
        return physical.Limit(below, self.optional(plan.limit), self.optional(plan.offset), rows, total), False

    def _project_of_sort(
        self, project: logical.Project, sort: logical.Sort, needed: set[int], limit: logical.Limit
    ) -> physical.Physical:
        kept = [(c, e) for c, e in zip(project.columns, project.exprs, strict=True) if c in needed]
        exprs = tuple([e for _, e in kept])
        below = self.sort(sort, columns_of(exprs), None, limit)[0]
        return physical.Project(below, tuple([c for c, _ in kept]), self.exprs(exprs), below.rows, below.cost)

    def set_op(self, plan: logical.SetOp, needed: set[int], wanted: Wanted | None) -> Result:
        left = exact(self.plan(plan.left, set(plan.left.columns), None)[0], plan.left.columns)
        right = exact(self.plan(plan.right, set(plan.right.columns), None)[0], plan.right.columns)
        rows, total = left.rows + right.rows, left.cost + right.cost
        ordered = False
        if plan.op != "union all":
            total += cost.sort(rows)
            rows = {"union": rows * 0.75, "intersect": min(left.rows, right.rows) * 0.5, "except": left.rows * 0.5}[
                plan.op
            ]
            ordered = wanted is not None and ascending(wanted.keys, plan.columns, plan.collations)
        return physical.SetOp(plan.op, left, right, plan.columns, plan.collations, rows, total), ordered

    def shared(self, plan: logical.Shared, needed: set[int], wanted: Wanted | None) -> Result:
        below = self.shared_plans.get(plan.key)
        if below is None:
            below = self.shared_plans[plan.key] = self.query(plan.input)
        return physical.Shared(plan.key, below, plan.columns, plan.name, below.rows, below.cost), False

    def recursive(self, plan: logical.Recursive, needed: set[int], wanted: Wanted | None) -> Result:
        initial, step = self.query(plan.initial), self.query(plan.step)
        rows = max(initial.rows + step.rows * 10.0, 10.0)
        return physical.Recursive(
            plan.key,
            plan.columns,
            initial,
            step,
            plan.all,
            plan.collations,
            self.sort_keys(plan.order),
            self.optional(plan.limit),
            self.optional(plan.offset),
            plan.name,
            rows,
            initial.cost + step.cost * 10.0,
        ), False

    def recursive_ref(self, plan: logical.RecursiveRef, needed: set[int], wanted: Wanted | None) -> Result:
        return physical.RecursiveRef(plan.key, plan.columns, plan.name, 1.0, 1.0), False


def exact(plan: physical.Physical, columns: tuple[int, ...]) -> physical.Physical:
    """`plan` giving exactly these columns in this order."""
    if plan.columns == columns:
        return plan
    if type(plan) is physical.Project:
        at = {c: e for c, e in zip(plan.columns, plan.exprs, strict=True)}
        return physical.Project(plan.input, columns, tuple([at[c] for c in columns]), plan.rows, plan.cost)
    if type(plan) in _ACCESS and len(columns) == len(plan.columns) and set(columns) == set(plan.columns):
        at = dict(zip(plan.columns, plan.table_columns, strict=True))
        return replace(plan, columns=columns, table_columns=tuple([at[c] for c in columns]))
    return physical.Keep(plan, columns, plan.rows, plan.cost)


def _without_renaming(plan: physical.Physical) -> physical.Physical:
    """A projection at the top that only renames and reorders an access path's columns becomes that path: a query's
    result is read by position."""
    if (
        type(plan) is not physical.Project
        or type(plan.input) not in _ACCESS
        or len(plan.exprs) != len(plan.input.columns)
    ):
        return plan
    if not all(type(e) is Column for e in plan.exprs):
        return plan
    ids = tuple([e.id for e in plan.exprs])  # type: ignore[attr-defined]
    return exact(plan.input, ids) if set(ids) == set(plan.input.columns) else plan


def _distinct_order(plan: logical.Distinct, wanted: Wanted | None) -> Wanted | None:
    """An order of the input that puts equal rows side by side: any of all columns, but `wanted` first; None where that
    asks for another order than by columns as they are compared."""
    left = {c: SortKey(Column(c), collation=n) for c, n in zip(plan.columns, plan.collations, strict=True)}
    if wanted is None:
        return Wanted(tuple(left.values()), grouping=True, free=True)
    first = wanted.keys[0] if wanted.keys else None
    for key in wanted.keys:
        mine = left.pop(key.expr.id, None) if type(key.expr) is Column else None
        if mine is None or mine.collation != key.collation:
            return None
    rest = [SortKey(k.expr, first.desc, first.nulls_first, k.collation) for k in left.values()] if first else []
    return Wanted((*wanted.keys, *rest), wanted.limit, wanted.grouping)


def _useful_keys(keys: tuple[SortKey, ...]) -> tuple[SortKey, ...]:
    """Without constants and repetitions, which order nothing."""
    kept: list[SortKey] = []
    for key in keys:
        if type(key.expr) is Const or type(key.expr) is Param:
            continue
        if any(key.expr == other.expr and key.collation == other.collation for other in kept):
            continue
        kept.append(key)
    return keys if len(kept) == len(keys) else tuple(kept)


def _limit_rows(limit: logical.Limit) -> float:
    total = 0.0
    for part in (limit.limit, limit.offset):
        if part is None:
            continue
        value = part.value if type(part) is Const else None
        if isinstance(value, (int, float)):
            total += max(value, 0.0) if part is limit.offset or value >= 0 else DEFAULT_ROWS
        else:
            total += UNKNOWN_LIMIT
    return DEFAULT_ROWS if limit.limit is None else max(total, 1.0)


def _first_rows(plan: logical.Plan, limit: float | None) -> Wanted | None:
    """The wish of who takes `limit` rows of a join, or groups, in any order. A lone table's rows come as if there were
    no limit: by the path that SQLite would take."""
    source = plan
    while type(source) in (logical.Project, logical.Filter, logical.Keep):
        source = source.input  # type: ignore[attr-defined]
    return Wanted((), limit) if limit is not None and type(source) in (logical.Join, logical.Aggregate) else None


def _through_project(wanted: Wanted, plan: logical.Project) -> Wanted | None:
    """The wanted order in terms of the projection's input; None where a key is computed."""
    at: dict[int, Any] = dict(zip(plan.columns, plan.exprs, strict=True))
    keys = []
    for key in wanted.keys:
        if type(key.expr) is not Column:
            return None
        expr = at.get(key.expr.id)
        if type(expr) is Const:
            continue
        if type(expr) is not Column:
            return None
        keys.append(SortKey(expr, key.desc, key.nulls_first, key.collation))
    # Keys that drop out here would upset the count of those that are in order.
    partly = wanted.partly if len(keys) == len(wanted.keys) else None
    return Wanted(tuple(keys), wanted.limit, wanted.grouping, partly, wanted.free)


_METHODS: dict[type, Callable[[Translator, Any, set[int], Wanted | None], Result]] = {
    logical.SingleRow: Translator.single_row,
    logical.Values: Translator.values,
    logical.Scan: Translator.block,
    logical.Filter: Translator.block,
    logical.Project: Translator.project,
    logical.Join: Translator.join,
    logical.Aggregate: Translator.aggregate,
    logical.Distinct: Translator.distinct,
    logical.Sort: Translator.sort,
    logical.Keep: Translator.keep,
    logical.Limit: Translator.limit,
    logical.SetOp: Translator.set_op,
    logical.Shared: Translator.shared,
    logical.Recursive: Translator.recursive,
    logical.RecursiveRef: Translator.recursive_ref,
}
