"""From a physical plan to operators: one function a node type, in a table.

    build_plan(plan, ctx)  ->  Operator        layout of a node's input: {column id: position}

A column id that an expression uses and its input does not have is a correlated reference: it becomes a register of the
context (`ctx.outer_slot`), which the join or subquery that re-opens the subplan sets. `free_columns` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pumice.catalog.objects import record_columns
from pumice.exec.context import ExecContext
from pumice.exec.default import stored_default
from pumice.exec.expr import subquery as compiled
from pumice.exec.expr.build import build_arguments, build_condition, build_expr
from pumice.exec.expr.in_join import InJoin, JoinFilter
from pumice.exec.operators.aggregate import Aggregate
from pumice.exec.operators.count_rows import CountRows
from pumice.exec.operators.distinct import Distinct
from pumice.exec.operators.filter import Filter
from pumice.exec.operators.gather import Gather, Portion
from pumice.exec.operators.group_sort import GroupFeed, GroupSort
from pumice.exec.operators.groups import Call
from pumice.exec.operators.hash_join import HashJoin
from pumice.exec.operators.index_access import IndexAccess
from pumice.exec.operators.key_values import KeySet
from pumice.exec.operators.limit import Limit
from pumice.exec.operators.measured import Measured
from pumice.exec.operators.multi_index import MultiIndex
from pumice.exec.operators.nested_loop import NestedLoopJoin
from pumice.exec.operators.portion_gather import PortionGather
from pumice.exec.operators.project import Keep, Project
from pumice.exec.operators.recursive import Queue, Recursive, RecursiveRef
from pumice.exec.operators.row_fetch import RowFetch
from pumice.exec.operators.rowid_access import RowidAccess
from pumice.exec.operators.set_op import SetOp, UnionAll
from pumice.exec.operators.shared import Shared
from pumice.exec.operators.sort import Sort
from pumice.exec.operators.table_scan import TableScan
from pumice.exec.operators.values import SingleRow, Values
from pumice.exec.spill_count import SpillCount
from pumice.node import Node, descendants
from pumice.plan.logical import expr as bound
from pumice.plan.physical import nodes
from pumice.storage.record.key_info import KeyInfo
from pumice.values import AFF_REAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.catalog.objects import IndexColumn, Table
    from pumice.exec.expr.expr import Expr
    from pumice.exec.operators.operator import Operator

    Layout = dict[int, int]


def build_plan(plan: nodes.Physical, ctx: ExecContext, measured: dict[int, Measured] | None = None) -> Operator:
    return Builder(ctx, measured).build(plan)


def build_copy(plan: nodes.Physical, ctx: ExecContext, measured: dict[int, Measured] | None,
               join_filters: dict[int, Any]) -> Operator:
    """A pipeline once more, for another thread: down to its Portion, if it has one."""
    builder = Builder(ctx, measured)
    builder.is_copy = True
    builder.join_filters = join_filters
    return builder.build(plan)


def free_columns(plan: nodes.Physical) -> tuple[int, ...]:
    """Ids that `plan` uses and does not produce: its correlated references, ascending."""
    return _free(plan, {})[0]


def _free(plan: Node,
          known: dict[int, tuple[tuple[int, ...], tuple[int, ...]]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(free column ids, keys of recursive tables read but not made) of a plan or expression; `known` by identity."""
    found = known.get(id(plan))
    if found is None:
        below = descendants(plan)
        used = {node.id for node in below if type(node) is bound.Column}
        reads = {node.key for node in below if type(node) is nodes.RecursiveRef}
        for node in below:
            if isinstance(node, nodes.Physical):
                used.difference_update(node.columns)
                if type(node) is nodes.Recursive:
                    reads.discard(node.key)
        found = known[id(plan)] = (tuple(sorted(used)), tuple(sorted(reads)))
    return found


def used_columns(items: Iterable[Any]) -> set[int]:
    """Ids used in expressions, inside subplans too."""
    return {node.id for node in descendants(tuple(items)) if type(node) is bound.Column}


def _layout(plan: nodes.Physical) -> Layout:
    return {column: i for i, column in enumerate(plan.columns)}


class Builder:
    def __init__(self, ctx: ExecContext, measured: dict[int, Measured] | None = None) -> None:
        self.ctx = ctx
        self.measured = measured                # EXPLAIN ANALYZE: filled with a counter per plan node,
                                                # by the node's identity
        self.known_free: dict[int, Any] = {}
        self.plans: dict[Any, Any] = {}         # subquery plan (by identity) and its registers -> its run state, shared
                                                # by the columns of a row value
        self.queues: dict[int, Any] = {}        # Recursive key -> its queue
        self.is_copy = False                    # for another thread
        self.join_filters: dict[int, Any] = {}  # by the number of an InJoin
        self.alive: list[Any] = []              # keeps plans alive while their identities are keys

    # ---- helpers

    def build(self, plan: nodes.Physical) -> Operator:
        operator = _BUILDERS[type(plan)](self, plan)
        if self.measured is None:
            return operator
        counter = Measured(operator)
        self.count(id(plan), counter)
        return counter

    def count(self, plan: int, counter: Measured) -> None:
        """A plan that is shared is built for each place, and counted as one."""
        assert self.measured is not None
        if plan in self.measured:
            self.measured[plan].copies.append(counter)
        else:
            self.measured[plan] = counter

    def expr(self, expr: bound.BoundExpr, layout: Layout) -> Expr:
        return build_expr(expr, layout, self.ctx, self.subquery)

    def exprs(self, exprs: Iterable[bound.BoundExpr], layout: Layout) -> list[Expr]:
        return [self.expr(e, layout) for e in exprs]

    def condition(self, expr: bound.BoundExpr, layout: Layout) -> Expr:
        return build_condition(expr, layout, self.ctx, self.subquery)

    def conditions(self, exprs: Iterable[bound.BoundExpr], layout: Layout) -> list[Expr]:
        return [self.condition(e, layout) for e in exprs]

    def optional(self, expr: bound.BoundExpr | None) -> Expr | None:
        """An expression over no columns (LIMIT, OFFSET)."""
        return None if expr is None else self.expr(expr, {})

    def collations(self, names: Iterable[str | None]) -> list[Any]:
        return [self.ctx.collation(name) for name in names]

    def free(self, plan: nodes.Physical) -> tuple[int, ...]:
        self.alive.append(plan)
        return _free(plan, self.known_free)[0]

    def reads_queues(self, plan: nodes.Physical) -> bool:
        """The plan reads a recursive table that is made outside it: its result changes from step to step."""
        self.alive.append(plan)
        return bool(_free(plan, self.known_free)[1])

    # ---- subqueries in expressions

    def subquery(self, expr: bound.BoundExpr, layout: Layout) -> Expr:
        """What is made of more than its operands: subqueries, and keys of a join."""
        if isinstance(expr, bound.InJoin):
            return InJoin(self.join_filter(expr.join), self.expr(expr.operand, layout))
        inner = [(self.ctx.outer_slot(c), layout.get(c, -1)) for c in self.free(expr.plan)]
        key = (id(expr.plan), tuple(inner))
        run = self.plans.get(key)
        if run is None:
            run = compiled.SubqueryRun(self.ctx, self.build(expr.plan), len(expr.plan.columns), inner,
                                       self.reads_queues(expr.plan))
            self.plans[key] = run
        if isinstance(expr, bound.ScalarSubquery):
            return compiled.ScalarSubquery(run, expr.column)
        if isinstance(expr, bound.Exists):
            return compiled.Exists(run, expr.negated)
        return compiled.InSubquery(run, self.exprs(expr.operands, layout), list(expr.affinities),
                                   self.collations(expr.collations), expr.negated)

    def join_filter(self, number: int) -> Any:
        """The one that a join and the scans below it share, in all threads."""
        if number not in self.join_filters:
            self.join_filters[number] = JoinFilter()
        return self.join_filters[number]

    # ---- access paths

    def outputs(self, plan: Any, positions: dict[int, int],
                expression_positions: dict[int, int]) -> list[tuple[int, bool, bool, Any]]:
        """Per output column: record position, needed by the filter?, INTEGER to REAL?, value for short records."""
        table: Table = plan.table
        used = used_columns(plan.filter)
        result = []
        for column_id, column in zip(plan.columns, plan.table_columns, strict=True):
            early = column_id in used
            if column_id in expression_positions:
                result.append((expression_positions[column_id], early, False, None))
            elif column < 0 or (column == table.rowid_alias and not table.without_rowid):
                result.append((positions.get(-1, -1), early, False, None))
            else:
                meta = table.columns[column]
                result.append((positions[column], early, meta.affinity == AFF_REAL, stored_default(meta)))
        return result

    def filters(self, plan: Any) -> list[Expr]:
        return self.conditions(plan.filter, _layout(plan))

    def table_cursor(self, table: Table) -> Any:
        return self.ctx.btrees[table.db].cursor(table.root, self.table_key_info(table))

    def table_key_info(self, table: Table) -> Any:
        if not table.without_rowid:
            return None
        return self.key_info(table.primary_key)

    def key_info(self, columns: Iterable[Any]) -> Any:
        columns = list(columns)
        collations = [self.ctx.key_collation(c.collation) for c in columns]
        return KeyInfo(collations, [c.desc for c in columns], self.ctx.encoding)

    def table_scan(self, plan: nodes.TableScan) -> Operator:
        if plan.table.without_rowid:
            return self.index_access(nodes.IndexAccess(plan.table, None, plan.alias, plan.columns, plan.table_columns,
                                                       covering=True, filter=plan.filter, reverse=plan.reverse,
                                                       rows=plan.rows, cost=plan.cost), plan)
        outputs = self.outputs(plan, _positions(plan.table), {})
        return TableScan(plan, self.ctx, self.table_cursor(plan.table), outputs, self.filters(plan), plan.reverse)

    def rowid_access(self, plan: nodes.RowidAccess) -> Operator:
        outputs = self.outputs(plan, _positions(plan.table), {})
        keys = None if plan.eq is None else self.key_set(plan.eq, [None], [plan.reverse], False)
        lower, lower_inclusive, upper, upper_inclusive = self.bounds(plan)
        return RowidAccess(plan, self.ctx, self.table_cursor(plan.table), outputs, self.filters(plan), plan.reverse,
                           keys, lower[0] if lower else None, lower_inclusive,
                           upper[0] if upper else None, upper_inclusive)

    def bounds(self, plan: Any) -> tuple[list[Expr], bool, list[Expr], bool]:
        lower, upper = ([] if end is None else self.exprs((end.expr, *end.more), {})
                        for end in (plan.lower, plan.upper))
        return (lower, plan.lower is not None and plan.lower.inclusive,
                upper, plan.upper is not None and plan.upper.inclusive)

    def key_set(self, key: Any, collations: list[Any], descending: list[bool], null_ok: bool) -> Any:
        """`collations`, `descending`: of as many columns as `key` has values for."""
        if isinstance(key, nodes.InKeys):
            inner = None if key.plan is None else self.build(key.plan)
            return KeySet(self.ctx, self.exprs(key.items, {}), inner, key.columns, key.affinities, collations,
                          descending, False, False)
        return KeySet(self.ctx, [self.expr(key, {})], None, (0,), (0,), collations, descending, True, null_ok)

    def index_access(self, plan: nodes.IndexAccess, node: Any = None) -> Operator:
        table, index = plan.table, plan.index
        if index is None:
            keys: tuple[Any, ...] = table.primary_key
            cursor = self.table_cursor(table)
            own = _positions(table)
            covering = True
        else:
            keys = record_columns(table, index)
            cursor = self.ctx.btrees[table.db].cursor(index.root, self.key_info(keys))
            own = {}
            for i, column in enumerate((*index.columns, *index.suffix)):
                own.setdefault(column.column, i)
            if not table.without_rowid:
                own[-1] = len(index.columns)
            covering = plan.covering
        primary = None
        if covering:
            outputs = self.outputs(plan, own, dict(plan.index_exprs))
            fetched = None
        else:
            outputs = self.outputs(plan, _positions(table), {})
            fetched = self.table_cursor(table)
            if table.without_rowid:
                primary = [key_position(keys, key) for key in table.primary_key]
        eq_null = plan.eq_null or (False,) * len(plan.eq)
        key_sets = []
        for i, (key, null_ok) in enumerate(zip(plan.eq, eq_null, strict=True), plan.n_skip):
            if key is not nodes.SAME_ROW:
                own_keys = keys[i:i + (len(key.columns) if isinstance(key, nodes.InKeys) else 1)]
                key_sets.append(self.key_set(key, [self.ctx.collation(k.collation) for k in own_keys],
                                             [k.desc != plan.reverse for k in own_keys], null_ok))
        last = plan.n_skip + len(plan.eq)
        descending = keys[last].desc if last < len(keys) else False
        return IndexAccess(node or plan, self.ctx, cursor, fetched, primary, outputs, self.filters(plan), plan.reverse,
                           key_sets, *self.bounds(plan), descending, plan.not_null, plan.n_skip, plan.first_only)

    def multi_index(self, plan: nodes.MultiIndex) -> Operator:
        return MultiIndex(plan, self.ctx, self.table_cursor(plan.table), self.outputs(plan, _positions(plan.table), {}),
                          self.filters(plan), [self.build(p) for p in plan.inputs], plan.op == "and")

    def row_fetch(self, plan: nodes.RowFetch) -> Operator:
        return RowFetch(plan, self.ctx, self.table_cursor(plan.table), self.outputs(plan, _positions(plan.table), {}),
                        self.filters(plan), self.build(plan.input))

    def count_rows(self, plan: nodes.CountRows) -> Operator:
        tree = self.ctx.btrees[plan.table.db]
        return CountRows(plan, self.ctx, tree, plan.table.root if plan.index is None else plan.index.root)

    # ---- one input, no state

    def single_row(self, plan: nodes.SingleRow) -> Operator:
        return SingleRow(plan, self.ctx)

    def values(self, plan: nodes.Values) -> Operator:
        return Values(plan, self.ctx, [self.exprs(row, {}) for row in plan.exprs])

    def filter(self, plan: nodes.Filter) -> Operator:
        return Filter(plan, self.ctx, self.build(plan.input), self.conditions(plan.conditions, _layout(plan.input)))

    def project(self, plan: nodes.Project) -> Operator:
        return Project(plan, self.ctx, self.build(plan.input), self.exprs(plan.exprs, _layout(plan.input)))

    def keep(self, plan: nodes.Keep) -> Operator:
        layout = _layout(plan.input)
        return Keep(plan, self.ctx, self.build(plan.input), [layout[c] for c in plan.columns])

    def gather(self, plan: nodes.Gather) -> Operator:
        return Gather(plan, self.ctx, *self.pipeline(plan), plan.threads, plan.n_leaves, plan.min_ranges)

    def portion_gather(self, plan: nodes.PortionGather) -> Operator:
        return PortionGather(plan, self.ctx, *self.pipeline(plan), plan.threads, self.ctx.btrees[plan.db], plan.size,
                             plan.first)

    def portion(self, plan: nodes.Portion) -> Operator:
        return Portion(plan, self.ctx, None if self.is_copy else self.build(plan.input), len(plan.columns))

    def pipeline(self, plan: nodes.Gather | nodes.PortionGather) -> tuple[Operator, Callable[..., Any]]:
        """The operators below `plan`, and how to make them once more."""
        ctx = self.ctx
        # Only the counters below: with all of them the operator would hold itself.
        everywhere, counted = self.measured, None if self.measured is None else {}
        self.measured = counted
        own = self.build(plan.input)
        self.measured = everywhere
        for key, counter in (counted or {}).items():
            self.count(key, counter)

        def copy(btrees: list[Any]) -> tuple[ExecContext, Operator]:
            """The pipeline once more, for another thread, over other trees and with a context of its own."""
            context = ExecContext(btrees, ctx.collations, ctx.n_params, ctx.connection, ctx.encoding)
            counters: dict[int, Measured] | None = None if counted is None else {}
            operator = build_copy(plan.input, context, counters, self.join_filters)
            if counted is not None and counters is not None:
                for node, counter in counters.items():
                    counted[node].copies.append(counter)
            return context, operator

        return own, copy

    def limit(self, plan: nodes.Limit) -> Operator:
        return Limit(plan, self.ctx, self.build(plan.input), self.optional(plan.limit), self.optional(plan.offset))

    def sort(self, plan: nodes.Sort) -> Operator:
        layout = _layout(plan.input)
        keys, source = plan.keys[plan.n_ordered:], self.build(plan.input)
        feed = None
        if plan.n_ordered:
            first = plan.keys[:plan.n_ordered]
            source = feed = GroupFeed(plan, self.ctx, source, [layout[k.expr.id] for k in first],
                                      self.collations(k.collation for k in first))
        key_cols, computed = self.store_columns([k.expr for k in keys], layout, len(plan.input.columns))
        sort = Sort(plan, self.ctx, source, len(plan.input.columns), key_cols, self.exprs(computed, layout),
                    [k.desc for k in keys], [k.nulls_first for k in keys], self.collations(k.collation for k in keys),
                    self.optional(plan.limit), self.optional(plan.offset))
        return sort if feed is None else GroupSort(plan, self.ctx, sort, feed)

    def aggregate(self, plan: nodes.Aggregate) -> Operator:
        layout = _layout(plan.input)
        n_in = len(plan.input.columns)
        spills = SpillCount()
        return Aggregate(plan, self.ctx, self.build(plan.input), self.exprs(plan.keys, layout),
                         self.collations(plan.collations),
                         [self.aggregate_call(call, layout, spills) for call in plan.calls],
                         self.exprs(plan.bare, layout), plan.bare_from, plan.mode, n_in,
                         self.store_columns(plan.keys, layout, n_in)[0], spills)

    def aggregate_call(self, call: bound.AggCall, layout: Layout, spills: Any) -> Any:
        collation = self.ctx.collation(call.collation)
        args = build_arguments(call.function, call.args, layout, self.ctx, self.subquery)
        return Call(self.ctx, spills, call.function.impl, collation, args,
                    None if call.filter is None else self.condition(call.filter, layout), call.distinct,
                    [collation] * len(call.args), self.exprs([k.expr for k in call.order], layout),
                    [k.desc for k in call.order], [k.nulls_first for k in call.order],
                    self.collations(k.collation for k in call.order))

    def distinct(self, plan: nodes.Distinct) -> Operator:
        return Distinct(plan, self.ctx, self.build(plan.input), self.collations(plan.collations), plan.sorted)

    # ---- two inputs

    def nested_loop(self, plan: nodes.NestedLoopJoin) -> Operator:
        left = _layout(plan.left)
        n_left = len(plan.left.columns)
        layout = {**{column: n_left + i for i, column in enumerate(plan.right.columns)}, **left}
        again = plan.lookup or plan.lateral
        registers = [(self.ctx.outer_slot(c), left[c]) for c in self.free(plan.right) if c in left] if again else []
        shown = sorted({left[c] for c in used_columns(plan.conditions) if c in left})
        return NestedLoopJoin(plan, self.ctx, self.build(plan.left), self.build(plan.right),
                              self.conditions(plan.conditions, layout), plan.kind,
                              again, n_left, len(plan.right.columns), registers, shown)

    def hash_join(self, plan: nodes.HashJoin) -> Operator:
        left, right = _layout(plan.left), _layout(plan.right)
        n_left, n_right = len(plan.left.columns), len(plan.right.columns)
        layout = {**{column: n_left + i for i, column in enumerate(plan.right.columns)}, **left}
        join = HashJoin(plan, self.ctx, self.build(plan.left), self.build(plan.right), self.exprs(plan.left_keys, left),
                        self.exprs(plan.right_keys, right), self.collations(plan.collations),
                        self.conditions(plan.conditions, layout), plan.null_safe, plan.kind, plan.null_aware, n_left,
                        n_right)
        if plan.filters:
            join.use_filters(tuple([(self.join_filter(number), key) for number, key in plan.filters]))
        return join

    def set_op(self, plan: nodes.SetOp) -> Operator:
        left, right = self.build(plan.left), self.build(plan.right)
        if plan.op == "union all":
            return UnionAll(plan, self.ctx, left, right)
        return SetOp(plan, self.ctx, left, right, plan.op, self.collations(plan.collations))

    # ---- buffers read in several places

    def shared(self, plan: nodes.Shared) -> Operator:
        registers = [self.ctx.outer_slot(c) for c in self.free(plan.input)]
        return Shared(plan, self.ctx, self.build(plan.input), plan.key, len(plan.columns), registers,
                      self.reads_queues(plan.input))

    def recursive(self, plan: nodes.Recursive) -> Operator:
        queue = self.queues[plan.key] = Queue(len(plan.columns))
        layout = _layout(plan)
        key_cols, computed = self.store_columns([k.expr for k in plan.order], layout, len(plan.columns))
        collations = self.collations(plan.collations) if plan.collations else [None] * len(plan.columns)
        return Recursive(plan, self.ctx, self.build(plan.initial), self.build(plan.step), queue, not plan.all,
                         collations, not plan.order and _keeps_queue_order(plan.step, plan.key), key_cols,
                         self.exprs(computed, layout), [k.desc for k in plan.order],
                         [k.nulls_first for k in plan.order], self.collations(k.collation for k in plan.order),
                         self.optional(plan.limit), self.optional(plan.offset))

    def recursive_ref(self, plan: nodes.RecursiveRef) -> Operator:
        return RecursiveRef(plan, self.ctx, self.queues[plan.key])

    def store_columns(self, keys: list[bound.BoundExpr], layout: Layout,
                      n_in: int) -> tuple[list[int], list[bound.BoundExpr]]:
        """Where each key stands in a stored row (the input's columns, then what must be computed),
        and what must be computed."""
        computed: list[bound.BoundExpr] = []
        where = []
        for key in keys:
            if isinstance(key, bound.Column) and key.id in layout:
                where.append(layout[key.id])
            else:
                where.append(n_in + len(computed))
                computed.append(key)
        return where, computed


def _keeps_queue_order(step: nodes.Physical, key: int) -> bool:
    """The step's rows for a batch of queue rows come in the order they would come row by row."""
    while True:
        if isinstance(step, nodes.RecursiveRef):
            return step.key == key
        if isinstance(step, (nodes.Filter, nodes.Project, nodes.Keep)):
            step = step.input
        elif isinstance(step, (nodes.NestedLoopJoin, nodes.HashJoin)) and step.kind not in ("right", "full"):
            step = step.left
        else:
            return False


def key_position(columns: Sequence[IndexColumn], key: IndexColumn) -> int:
    """Where a primary key column stands in an index entry of a WITHOUT ROWID table; the key may hold a column twice,
    under two collations."""
    return next(i for i, c in enumerate(columns) if c.column == key.column and c.collation == key.collation)


def _positions(table: Table) -> dict[int, int]:
    """Column position -> record position."""
    order = table.storage_order or range(len(table.columns))
    return {column: i for i, column in enumerate(order)}


_BUILDERS: dict[type, Callable[[Builder, Any], Any]] = {
    nodes.SingleRow: Builder.single_row,
    nodes.Values: Builder.values,
    nodes.TableScan: Builder.table_scan,
    nodes.Filter: Builder.filter,
    nodes.Project: Builder.project,
    nodes.Keep: Builder.keep,
    nodes.Gather: Builder.gather,
    nodes.Portion: Builder.portion,
    nodes.PortionGather: Builder.portion_gather,
    nodes.Limit: Builder.limit,
    nodes.Sort: Builder.sort,
    nodes.RowidAccess: Builder.rowid_access,
    nodes.IndexAccess: Builder.index_access,
    nodes.MultiIndex: Builder.multi_index,
    nodes.RowFetch: Builder.row_fetch,
    nodes.CountRows: Builder.count_rows,
    nodes.Aggregate: Builder.aggregate,
    nodes.Distinct: Builder.distinct,
    nodes.NestedLoopJoin: Builder.nested_loop,
    nodes.HashJoin: Builder.hash_join,
    nodes.SetOp: Builder.set_op,
    nodes.Shared: Builder.shared,
    nodes.Recursive: Builder.recursive,
    nodes.RecursiveRef: Builder.recursive_ref,
}
