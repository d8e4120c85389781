"""Translator: logical plans to physical ones, and the subqueries in their expressions with them.

One method a logical node, in a table. The result's order is SQLite's visible one: a join is left-major, groups ascend, DISTINCT keeps the
first of equal rows in its place.  Tests: tests/unit/plan/test_translate.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pumice.node import replace
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import AggCall, Column, Const, InSubquery, Param, SortKey
from pumice.plan.physical import nodes as physical
from pumice.plan.rules import rewrite
from pumice.plan.walk import SUBQUERIES, map_children

if TYPE_CHECKING:
    from pumice.catalog.objects import Table
    from pumice.plan.logical.expr import BoundExpr, Columns


class Translator:
    """Plans the queries of one statement."""

    def __init__(self, columns: Columns, estimator: Callable[[Table], float] | None = None) -> None:
        self.columns = columns
        self.estimator = estimator
        self.subplans: dict[int, tuple[logical.Plan, physical.Physical]] = {}   # by identity: row values share a plan

    # ---- expressions

    def expr(self, expr: BoundExpr) -> BoundExpr:
        """`expr` with physical plans in its subqueries."""
        kind = type(expr)
        if kind is Column or kind is Const or kind is Param:
            return expr
        new = map_children(expr, self.expr)
        if kind in SUBQUERIES and isinstance(new.plan, logical.Plan):
            plan = self.subplan(new.plan)
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
        return tuple([
            AggCall(c.id, c.function, self.exprs(c.args), c.distinct, self.optional(c.filter), self.sort_keys(c.order), c.collation)
            for c in calls
        ])

    def subplan(self, plan: logical.Plan) -> physical.Physical:
        known = self.subplans.get(id(plan))
        if known is None:
            known = self.subplans[id(plan)] = (plan, self.query(plan))
        return known[1]

    # ---- plans

    def query(self, plan: logical.Plan) -> physical.Physical:
        """The physical plan of a whole query: rules, then translation."""
        return self.plan(rewrite(plan, self))

    def plan(self, plan: logical.Plan) -> physical.Physical:
        return _METHODS[type(plan)](self, plan)

    def single_row(self, plan: logical.SingleRow) -> physical.Physical:
        return physical.SingleRow(plan.columns)

    def values(self, plan: logical.Values) -> physical.Physical:
        return physical.Values(plan.columns, tuple([self.exprs(row) for row in plan.rows]), float(len(plan.rows)))

    def scan(self, plan: logical.Scan) -> physical.Physical:
        return physical.TableScan(plan.table, plan.alias, plan.columns, plan.table_columns)

    def filter(self, plan: logical.Filter) -> physical.Physical:
        source = self.plan(plan.input)
        conditions = self.exprs(plan.conditions)
        if type(source) is physical.TableScan:
            return replace(source, filter=source.filter + conditions)
        return physical.Filter(source, conditions)

    def project(self, plan: logical.Project) -> physical.Physical:
        return physical.Project(self.plan(plan.input), plan.columns, self.exprs(plan.exprs))

    def join(self, plan: logical.Join) -> physical.Physical:
        kind = "inner" if plan.kind == "cross" else plan.kind
        return physical.NestedLoopJoin(kind, self.plan(plan.left), self.plan(plan.right), self.exprs(plan.conditions))

    def aggregate(self, plan: logical.Aggregate) -> physical.Physical:
        return physical.Aggregate("hash" if plan.keys else "scalar", self.plan(plan.input), plan.key_ids, self.exprs(plan.keys), plan.collations,
                                  self.calls(plan.calls), plan.bare_ids, self.exprs(plan.bare), plan.bare_from)

    def distinct(self, plan: logical.Distinct) -> physical.Physical:
        return physical.Distinct(self.plan(plan.input), plan.collations)

    def sort(self, plan: logical.Sort) -> physical.Physical:
        return physical.Sort(self.plan(plan.input), self.sort_keys(plan.keys))

    def keep(self, plan: logical.Keep) -> physical.Physical:
        return physical.Keep(self.plan(plan.input), plan.columns)

    def limit(self, plan: logical.Limit) -> physical.Physical:
        return physical.Limit(self.plan(plan.input), self.optional(plan.limit), self.optional(plan.offset))

    def set_op(self, plan: logical.SetOp) -> physical.Physical:
        return physical.SetOp(plan.op, self.plan(plan.left), self.plan(plan.right), plan.columns, plan.collations)

    def shared(self, plan: logical.Shared) -> physical.Physical:
        return physical.Shared(plan.key, self.subplan(plan.input), plan.columns, plan.name)

    def recursive(self, plan: logical.Recursive) -> physical.Physical:
        return physical.Recursive(plan.key, plan.columns, self.query(plan.initial), self.query(plan.step), plan.all, plan.collations,
                                  self.sort_keys(plan.order), self.optional(plan.limit), self.optional(plan.offset), plan.name)

    def recursive_ref(self, plan: logical.RecursiveRef) -> physical.Physical:
        return physical.RecursiveRef(plan.key, plan.columns, plan.name)


_METHODS: dict[type, Callable[[Translator, Any], physical.Physical]] = {
    logical.SingleRow: Translator.single_row,
    logical.Values: Translator.values,
    logical.Scan: Translator.scan,
    logical.Filter: Translator.filter,
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
