"""Look: what the planner may ask about the stored trees beside the statistics that ANALYZE wrote.

This class stands for "nothing is known": SQLite's default size, everything in the cache. The engine gives one that
looks (engine/look.py). A look costs a few page accesses.
"""

from __future__ import annotations

from math import inf

from pumice.plan.stats.width import row_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.catalog.objects import Index, Table

DEFAULT_ROWS = 1_048_576.0


class Look:
    cache_bytes: float = inf  # room for pages

    def rows(self, table: Table) -> float:
        """Rows of the table, roughly."""
        return DEFAULT_ROWS

    def row_bytes(self, table: Table) -> float:
        """What a row takes of a page of the table's tree."""
        return row_bytes(table)

    def same_keys(self, table: Table, index: Index, n: int) -> float:
        """Entries of the index that agree on its first `n` columns, roughly; 0: not known."""
        return 0.0

    def nulls(self, table: Table, index: Index) -> float | None:
        """The fraction [0, 1] of the index's entries whose first column is NULL; None: not known."""
        return None

    def locality(self, table: Table, index: Index, near: int) -> float:
        """Of the neighbours in the index, the fraction [0, 1] whose rowids differ by at most `near`."""
        return 1.0


class RecordedLook(Look):
    """Another look, and what it was asked: whether a plan made with it is what would be made with a third."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.cache_bytes = look.cache_bytes
        self.answers: dict[tuple, float] = {}  # (method, its arguments) -> answer

    def rows(self, table: Table) -> float:
        return self._ask("rows", table)

    def row_bytes(self, table: Table) -> float:
        return self._ask("row_bytes", table)

    def same_keys(self, table: Table, index: Index, n: int) -> float:
        return self._ask("same_keys", table, index, n)

    def nulls(self, table: Table, index: Index) -> float | None:
        return self._ask("nulls", table, index)

    def locality(self, table: Table, index: Index, near: int) -> float:
        return self._ask("locality", table, index, near)

    def _ask(self, method: str, *args: object) -> float:
        key = method, args
        if key not in self.answers:
            self.answers[key] = getattr(self.look, method)(*args)
        return self.answers[key]

    def answers_like(self, look: Look) -> bool:
        return look.cache_bytes == self.cache_bytes and all(
            [getattr(look, method)(*args) == answer for (method, args), answer in self.answers.items()]
        )
