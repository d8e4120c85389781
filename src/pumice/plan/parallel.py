"""Which parts of a plan run in several threads: Gather nodes over pipelines that read one large table.

    Aggregate                        Aggregate
      Project                          Gather 2 threads
        TableScan t filter      ->       Project
                                           TableScan t filter

The last step of planning. A pipeline is Project, Filter and Keep over a scan of a rowid table, as long as every
expression gives the same in any thread: no user function (it needs the interpreter's lock and may have effects), no
random() or changes(), no user collation, no subquery, no column of an enclosing query. It is left serial where it would
be opened once per row of something else, where the table is estimated to be small, and under a LIMIT that any rows
satisfy. EXPLAIN QUERY PLAN does not show it.

PUMICE_PARALLEL_SCALE (a factor, for tests: 0 makes every scan parallel over ranges of one leaf page) scales what counts
as large.
Tests: tests/unit/plan/test_parallel.py, tests/unit/operators/test_gather.py
"""

from __future__ import annotations

import os

from pumice.functions.builtins import builtin_functions
from pumice.node import replace
from pumice.plan.logical.expr import BoundExpr, Function
from pumice.plan.physical import nodes
from pumice.plan.walk import SUBQUERIES, any_expr, columns_of, map_inputs, own_exprs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MIN_COST = 20_000.0  # of the scan, in scanned rows: about a millisecond
N_LEAVES = 32  # leaf pages per range: a hundred microseconds of work, far more than handing a range over
MIN_RANGES = 16  # fewer are not worth a thread
MAX_DEFAULT = 4  # threads; more share the memory bus, and the caller's own work is not divided
MAX_THREADS = 8  # SQLite's limit for PRAGMA threads

_COLLATIONS = (None, "BINARY", "NOCASE", "RTRIM")


def default_threads() -> int:
    """Cores this process may use, up to MAX_DEFAULT; 0, off, with a single one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MAX_DEFAULT) if cores > 1 else 0


def parallelise(plan: nodes.Physical, threads: int) -> nodes.Physical:
    """`plan` with Gather nodes for up to `threads` threads; below two it stays as it is."""
    if threads < 2:
        return plan
    scale = float(os.environ.get("PUMICE_PARALLEL_SCALE", "1"))
    n_leaves, min_ranges = max(1, int(N_LEAVES * scale)), max(2, int(MIN_RANGES * scale))
    return _Parallel(threads, MIN_COST * scale, n_leaves, min_ranges).visit(plan, False)


class _Parallel:
    def __init__(self, threads: int, min_cost: float, n_leaves: int, min_ranges: int) -> None:
        self.threads = threads
        self.min_cost = min_cost
        self.n_leaves = n_leaves
        self.min_ranges = min_ranges

    def visit(self, plan: Any, limited: bool) -> Any:
        """`limited`: the first rows may be all that is wanted."""
        kind = type(plan)
        if kind in _PIPELINE:
            scan = _scan_of(plan)
            if scan is not None:
                if scan.cost < self.min_cost or (limited and not _has_filter(plan)):
                    return plan
                return nodes.Gather(plan, self.threads, self.n_leaves, self.min_ranges, plan.rows, plan.cost)
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
        if kind is nodes.Recursive:
            return _changed(plan, {"initial": self.visit(plan.initial, False)})
        if kind in _OPENED_ONCE:
            return map_inputs(plan, lambda below: self.visit(below, limited))
        return plan


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
    nodes.Shared,
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


def _portable(plan: Any) -> bool:
    return not any(any_expr(expr, _bound_to_thread) for expr in own_exprs(plan))


def _bound_to_thread(expr: BoundExpr) -> bool:
    if type(expr) is Function:
        function = expr.function
        if not function.deterministic and "stable" not in function.flags:
            return True
        if not any(function is known for known in builtin_functions().get(function.name, ())):
            return True
    return type(expr) in SUBQUERIES or getattr(expr, "collation", None) not in _COLLATIONS
