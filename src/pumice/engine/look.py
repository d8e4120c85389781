"""TreeLook: a session's trees, as far as the planner asks about them (plan/stats/look.py)."""

from __future__ import annotations

from math import inf

from pumice.plan.stats.look import Look
from pumice.storage.btree.measure import estimate_rows, leaf_bytes, locality, null_part, run_length

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.catalog.objects import Index, Table
    from pumice.storage.btree.btree import Btree

# Rows that a smaller table counts as: it may grow while the statement is cached, and an index never costs much.
_FEW_ROWS = 500.0
_KIB = 1024


class TreeLook(Look):
    def __init__(self, btrees: list[Btree], in_memory: bool) -> None:
        self.btrees = btrees
        self.in_memory = in_memory

    @property
    def cache_bytes(self) -> float:  # type: ignore[override]
        """Of the main database, whose cache it is that random accesses miss."""
        if self.in_memory:
            return inf
        pager = self.btrees[0].pager
        size = pager.cache_size
        return float(size * pager.page_size if size > 0 else -size * _KIB)

    def rows(self, table: Table) -> float:
        tree = self.btrees[table.db]
        return max(_FEW_ROWS, estimate_rows(tree, table.root)) if tree.pager.n_pages else _FEW_ROWS

    def row_bytes(self, table: Table) -> float:
        tree = self.btrees[table.db]
        return (leaf_bytes(tree, table.root) if tree.pager.n_pages else 0.0) or super().row_bytes(table)

    def same_keys(self, table: Table, index: Index, n: int) -> float:
        return run_length(self.btrees[table.db], index.root, n)

    def nulls(self, table: Table, index: Index) -> float:
        return null_part(self.btrees[table.db], index.root, index.columns[0].desc)

    def locality(self, table: Table, index: Index, near: int) -> float:
        return locality(self.btrees[table.db], index.root, near)
