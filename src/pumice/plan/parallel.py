"""Which parts of a plan run in several threads: Gather nodes over pipelines that read one large table, PortionGather
nodes over pipelines that look up much for each row of something else.

    Aggregate                        Aggregate
      NestedLoopJoin lookup            PortionGather 2 threads
        Project                          NestedLoopJoin lookup
          TableScan t filter    ->         Portion
        IndexAccess u                        Gather 2 threads
                                               Project
                                                 TableScan t filter
                                           IndexAccess u

The last step of planning. The first kind of pipeline is Project, Filter and Keep over a scan of a rowid table; the
second has lookup joins and correlated subqueries too, and begins above the first of them that many rows come to. An
access by an index that fetches many rows is taken apart for it, into the entries and a RowFetch above them. Every
expression of theirs gives the same in any thread: no user function (it needs the interpreter's lock and may have
effects), no random() or changes(), no user collation, no column of an enclosing query, and no subquery that runs once
for all rows. Both are left serial where they would be opened once per row of something else, where little is estimated
to be done, and under a LIMIT that any rows satisfy. EXPLAIN QUERY PLAN does not show them.

PUMICE_PARALLEL_SCALE (a factor, for tests: 0 makes every scan parallel over ranges of one leaf page) scales what counts
as large.
Tests: tests/unit/operators/test_gather.py, tests/unit/operators/test_portion_gather.py
"""

from __future__ import annotations

import os

from pumice.functions.builtins import builtin_functions
from pumice.node import replace
from pumice.plan import cost
from pumice.plan.logical.expr import (
    Affinity,
    And,
    Arith,
    BoundExpr,
    Column,
    ColumnMeta,
    Compare,
    Const,
    Function,
    InSubquery,
    IsNull,
    Or,
    Param,
    Unary,
)
from pumice.plan.physical import nodes
from pumice.plan.stats.cardinality import selectivity_of
from pumice.plan.walk import (
    SUBQUERIES,
    any_expr,
    columns_of,
    has_subquery,
    inputs,
    map_children,
    map_inputs,
    own_exprs,
    subqueries_of,
)
from pumice.values import AFF_INTEGER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pumice.plan.logical.expr import Columns

MIN_COST = 80_000.0  # of a scan, in scanned rows (plan/cost.py): a millisecond, several times what threads cost
MIN_WORK = 20_000.0  # ... of a pipeline over portions, which starts threads only when as many rows came as are guessed
PORTION_COST = 12_000.0  # of a portion: a hundred and fifty microseconds, as a range
MIN_PORTION, MAX_PORTION = 4, 4096  # rows
MIN_ROWS = 64.0  # rows to make portions of; fewer are the portions of a join above
FIRST_PORTIONS = 2  # portions' rows that pass before threads are started
N_LEAVES = 32  # leaf pages per range: a hundred microseconds of work, far more than handing a range over
MIN_RANGES = 16  # fewer are not worth a thread
MAX_DEFAULT = 4  # threads; more share the memory bus, and the caller's own work is not divided
MAX_THREADS = 8  # SQLite's limit for PRAGMA threads

_COLLATIONS = (None, "BINARY", "NOCASE", "RTRIM")
_PLAIN = frozenset((Affinity, And, Arith, Column, Const, IsNull, Or, Param, Unary))  # no function, no collation


def default_threads() -> int:
    """Cores this process may use, up to MAX_DEFAULT; 0, off, with a single one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MAX_DEFAULT) if cores > 1 else 0


def parallel_scale() -> float:
    return float(os.environ.get("PUMICE_PARALLEL_SCALE", "1"))


def parallelise(plan: nodes.Physical, threads: int, columns: Columns) -> nodes.Physical:
    """`plan` with Gather nodes for up to `threads` threads; below two it stays so. `columns`: the statement's."""
    if threads < 2:
        return plan
    scale = parallel_scale()
    n_leaves, min_ranges = max(1, int(N_LEAVES * scale)), max(2, int(MIN_RANGES * scale))
    return _Parallel(threads, columns, scale, n_leaves, min_ranges).visit(plan, False)


class _Parallel:
    def __init__(self, threads: int, columns: Columns, scale: float, n_leaves: int, min_ranges: int) -> None:
        self.threads = threads
        self.columns = columns
        self.scale = scale
        self.min_cost = MIN_COST * scale
        self.n_leaves = n_leaves
        self.min_ranges = min_ranges
        self.visited: dict[int, tuple[Any, Any]] = {}  # by identity: a plan read in several places, what it became

    def visit(self, plan: Any, limited: bool) -> Any:
        """`limited`: the first rows may be all that is wanted."""
        kind = type(plan)
        if kind in _PIPELINE:
            scan = _scan_of(plan)
            if scan is not None:
                if scan.cost < self.min_cost or (limited and not _has_filter(plan)):
                    return plan
                return nodes.Gather(plan, self.threads, self.n_leaves, self.min_ranges, plan.rows, plan.cost)
        if not limited and (kind in _DEALT or kind in _ACCESSES):
            dealt = self.deal(plan)
            if dealt is not None:
                return dealt
        plan = self.with_subplans(plan)
        if kind is nodes.Limit:
            limited = True
        elif kind not in _STREAMING:
            limited = False
        if kind is nodes.NestedLoopJoin:
            changes = {"left": self.visit(plan.left, limited)}
            if not plan.lookup and not plan.lateral:
                changes["right"] = self.visit(plan.right, False)
            return _changed(plan, changes)
        if kind is nodes.HashJoin:
            return _changed(plan, {"left": self.visit(plan.left, limited), "right": self.visit(plan.right, False)})
        if kind is nodes.Shared:
            return _changed(plan, {"input": self.once(plan.input, limited)})
        if kind is nodes.Recursive:
            return _changed(plan, {"initial": self.visit(plan.initial, False)})
        if kind in _OPENED_ONCE:
            return map_inputs(plan, lambda below: self.visit(below, limited))
        return plan

    # ---- subqueries that run once

    def with_subplans(self, plan: Any) -> Any:
        """`plan` with the plans of uncorrelated subqueries in its own expressions and keys visited."""
        changes = {}
        for name in plan.__match_args__:
            old = getattr(plan, name)
            new = self.part(old)
            if new is not old:
                changes[name] = new
        return replace(plan, **changes) if changes else plan

    def part(self, item: Any) -> Any:
        if isinstance(item, BoundExpr):
            return self.expr(item) if has_subquery(item) else item
        if type(item) is nodes.InKeys and item.plan is not None:
            plan = self.subplan(item.plan, False)
            return item if plan is item.plan else replace(item, plan=plan)
        if type(item) is tuple and item and isinstance(item[0], (BoundExpr, nodes.InKeys)):
            parts = tuple([self.part(part) for part in item])
            return item if all(a is b for a, b in zip(item, parts, strict=True)) else parts
        return item

    def expr(self, e: BoundExpr) -> BoundExpr:
        e = map_children(e, self.expr)
        if type(e) not in SUBQUERIES:
            return e
        plan = self.subplan(e.plan, type(e) is not InSubquery)  # type: ignore[attr-defined]
        return e if plan is e.plan else replace(e, plan=plan)  # type: ignore[attr-defined]

    def subplan(self, plan: Any, limited: bool) -> Any:
        return plan if columns_of(plan) else self.once(plan, limited)

    def once(self, plan: Any, limited: bool) -> Any:
        """The columns of a row value share one plan, and so do the places that read a CTE: it stays one."""
        if id(plan) not in self.visited:
            self.visited[id(plan)] = plan, self.visit(plan, limited)
        return self.visited[id(plan)][1]

    # ---- portions

    def deal(self, plan: Any) -> Any:
        """`plan` as a PortionGather, or None."""
        chain: list[Any] = []
        cut = 0
        below = self.split(plan)
        while type(below) in _DEALT and _dealable(below):
            chain.append(below)
            below = self.split(_source(below))
            looks_up = type(chain[-1]) in _LOOK_UPS or _subqueries(chain[-1])
            if looks_up and below.rows >= MIN_ROWS * self.scale:
                cut = len(chain)
        if cut == 0:
            return None
        chain = chain[:cut]
        source = _source(chain[-1])
        work = sum([_work(node) for node in chain])
        pipeline = _on(chain, nodes.Values(source.columns, ()))
        if work < MIN_WORK * self.scale or columns_of(pipeline):
            return None
        databases = {table.db for table in _tables(pipeline)}
        if len(databases) != 1:
            return None
        # With a scale of 0 no work is enough.
        size = int(PORTION_COST * self.scale * source.rows / max(work, 1.0))
        size = max(1, int(MIN_PORTION * self.scale), min(size, MAX_PORTION))
        portion = nodes.Portion(self.visit(source, False), source.rows, source.cost)
        return nodes.PortionGather(_on(chain, portion), databases.pop(), self.threads, size, size * FIRST_PORTIONS,
                                   plan.rows, plan.cost)

    def split(self, plan: Any) -> Any:
        """An access path whose filter has correlated subqueries, as a Filter for these over the rest of it; one that
        fetches many rows, as a RowFetch over the index entries."""
        if type(plan) not in _ACCESSES:
            return plan
        late = tuple([e for e in plan.filter if subqueries_of([e])])
        if late and all(columns_of(sub.plan) for sub in subqueries_of(late)):
            rows = plan.rows / max(selectivity_of(late), 1e-6)
            early = replace(plan, filter=tuple([e for e in plan.filter if e not in late]), rows=rows)
            return nodes.Filter(early, late, plan.rows, plan.cost)
        if type(plan) is not nodes.IndexAccess or plan.covering or plan.table.without_rowid or plan.index_exprs or late:
            return plan
        rows = plan.rows / max(selectivity_of(plan.filter), 1e-6)
        walk = plan.cost * cost.entries_part(1.0)
        if rows < MIN_ROWS * self.scale or plan.cost - walk < MIN_WORK * self.scale:
            return plan
        rowid = self.columns.new(ColumnMeta("rowid", AFF_INTEGER, None, True, plan.table.name))
        entries = replace(
            plan, columns=(rowid,), table_columns=(-1,), covering=True, filter=(), rows=rows, cost=walk
        )
        return nodes.RowFetch(
            entries, plan.table, plan.alias, plan.columns, plan.table_columns, plan.filter, plan.rows, plan.cost
        )


def _on(chain: list[Any], source: Any) -> Any:
    """The nodes of `chain`, the highest first, over `source`."""
    for node in reversed(chain):
        source = replace(node, **{"left" if type(node) is nodes.NestedLoopJoin else "input": source})
    return source


def _source(plan: Any) -> Any:
    return plan.left if type(plan) is nodes.NestedLoopJoin else plan.input


def _work(plan: Any) -> float:
    """Estimated cost of what `plan` itself does: the planner's, which leaves out the runs of correlated subqueries."""
    source = _source(plan)
    return plan.cost - source.cost + source.rows * sum([sub.plan.cost + cost.CORRELATED for sub in _subqueries(plan)])


def _subqueries(plan: Any) -> list[Any]:
    return subqueries_of(own_exprs(plan))


def _tables(plan: Any) -> Iterator[Any]:
    """Those of all access paths in `plan`, also in subqueries of its expressions."""
    if hasattr(plan, "table"):
        yield plan.table
    for below in [*inputs(plan), *[sub.plan for sub in _subqueries(plan)]]:
        yield from _tables(below)


def _dealable(plan: Any) -> bool:
    """It may run in any thread, for some of its rows."""
    if type(plan) is nodes.NestedLoopJoin:
        right = plan.right
        while type(right) in (nodes.Project, nodes.Filter, nodes.Keep):
            right = right.input
        if not plan.lookup or plan.lateral or type(right) not in _ACCESSES or not _repeatable(plan.right):
            return False
    return _portable(plan, _repeatable)


def _repeatable(plan: Any) -> bool:
    """Any thread may run it, for rows of its own: nothing in it is made once for all."""
    keys = plan.eq if type(plan) is nodes.IndexAccess else (plan.eq,) if type(plan) is nodes.RowidAccess else ()
    if any(type(key) is nodes.InKeys and key.plan is not None for key in keys):
        return False
    if type(plan) not in _REPEATED or not _portable(plan, _repeatable):
        return False
    return all(_repeatable(below) for below in inputs(plan))


_ACCESSES = (nodes.IndexAccess, nodes.RowidAccess, nodes.RowFetch)
_REPEATED = (
    *_ACCESSES,
    nodes.TableScan,
    nodes.Project,
    nodes.Filter,
    nodes.Keep,
    nodes.Limit,
    nodes.Aggregate,
    nodes.NestedLoopJoin,
)
_LOOK_UPS = (nodes.NestedLoopJoin, nodes.RowFetch)
_DEALT = (*_LOOK_UPS, nodes.Project, nodes.Filter, nodes.Keep)
_PIPELINE = (nodes.TableScan, nodes.Project, nodes.Filter, nodes.Keep)
_STREAMING = (
    nodes.Project,
    nodes.Filter,
    nodes.Keep,
    nodes.NestedLoopJoin,
    nodes.HashJoin,
    nodes.Distinct,
    nodes.SetOp,
)
_OPENED_ONCE = (
    nodes.Project,
    nodes.Filter,
    nodes.Keep,
    nodes.Limit,
    nodes.Sort,
    nodes.Aggregate,
    nodes.Distinct,
    nodes.SetOp,
    nodes.RowFetch,
)


def _changed(plan: Any, changes: dict[str, Any]) -> Any:
    return replace(plan, **changes) if any(getattr(plan, name) is not new for name, new in changes.items()) else plan


def _scan_of(plan: Any) -> nodes.TableScan | None:
    """The scan at the bottom of a pipeline that may run in any thread."""
    below = plan
    while type(below) in (nodes.Project, nodes.Filter, nodes.Keep):
        if not _portable(below):
            return None
        below = below.input
    if type(below) is not nodes.TableScan or below.table.without_rowid or not _portable(below) or columns_of(plan):
        return None
    return below


def _has_filter(plan: Any) -> bool:
    while type(plan) is not nodes.TableScan:
        if type(plan) is nodes.Filter:
            return True
        plan = plan.input
    return bool(plan.filter)


def _nowhere(plan: Any) -> bool:
    return False


def _portable(plan: Any, subplan: Callable[[Any], bool] = _nowhere) -> bool:
    """Its expressions give the same in any thread. `subplan`: whether a correlated subquery's plan may run there."""
    return not any(any_expr(e, _bound_to_thread) for e in own_exprs(plan)) and all(
        columns_of(sub.plan) and subplan(sub.plan) for sub in _subqueries(plan)
    )


def _bound_to_thread(expr: BoundExpr) -> bool:
    kind = type(expr)
    if kind is Compare:
        return expr.collation not in _COLLATIONS
    if kind in _PLAIN:
        return False
    if kind is Function:
        function = expr.function
        if not function.deterministic and "stable" not in function.flags:
            return True
        if not any(function is known for known in builtin_functions().get(function.name, ())):
            return True
    return any(name not in _COLLATIONS for name in (getattr(expr, "collation", None), *getattr(expr, "collations", ())))
