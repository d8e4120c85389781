"""Skip repeats: DISTINCT over an index whose first columns have few values reads one entry of each.

    SELECT DISTINCT kind FROM events     =>  index (kind, ts): the first entry, then the first behind its kind, ...

Where ANALYZE found enough entries a value; as a skip scan with nothing behind the skipped columns
(access/paths.py `_skip_scan`). Source: SQLite's OP_SeekGT in codeDistinct ("skip-ahead-distinct").
Tests: tests/unit/plan/test_access_paths.py
"""

from __future__ import annotations

from pumice.catalog.objects import record_columns
from pumice.node import replace
from pumice.plan import cost
from pumice.plan.access.paths import SKIP_ROWS, SKIP_SEEKS
from pumice.plan.logical.expr import Column
from pumice.plan.physical import nodes as physical


def without_repeats(plan: physical.Physical) -> physical.Physical:
    """`plan`, whose equal rows are adjacent, with most of them left out where an index lets skip them."""
    if type(plan) is physical.Keep or (
        type(plan) is physical.Project and all(type(e) is Column for e in plan.exprs)
    ):
        below = without_repeats(plan.input)
        return plan if below is plan.input else replace(plan, input=below, rows=below.rows, cost=below.cost)
    if type(plan) is not physical.IndexAccess or plan.index is None or not plan.covering or plan.filter:
        return plan
    if plan.eq or plan.lower or plan.upper or plan.not_null or plan.n_skip or plan.index.stat is None:
        return plan
    keys = [c.column for c in record_columns(plan.table, plan.index)]
    n = len(set(plan.table_columns))
    if not 0 < n <= len(plan.index.columns) or set(keys[:n]) != set(plan.table_columns):
        return plan
    entries, each = plan.index.stat.n_rows, plan.index.stat.per_prefix[n - 1]
    if each < SKIP_ROWS:
        return plan
    values = max(entries / each, 1.0)
    total = values * (SKIP_SEEKS * cost.index_seek(entries) + cost.INDEX_ROW)
    return replace(plan, n_skip=n, first_only=True, rows=values, cost=total)
