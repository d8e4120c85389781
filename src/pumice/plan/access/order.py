"""Which order a path gives, and whether it is the wanted one.

    index (a, b DESC), a = 5:   rows come by b descending, then rowid          ORDER BY a, b DESC, rowid is free;
    ORDER BY b backwards too

Columns with one value do not count. Once the order so far tells every row from the next (rowid, or a whole unique
index without NULLs), further keys over the same table do not matter. Tests: tests/unit/plan/test_access.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pumice.catalog.objects import record_columns
from pumice.plan import cost
from pumice.plan.logical.expr import Column, SortKey
from pumice.plan.walk import columns_of

if TYPE_CHECKING:
    from pumice.plan.access.base import BaseTable
    from pumice.plan.access.paths import Path


class Wanted:
    """An order that someone above would like: `keys`, how many rows they will take (None: all), and whether only for
    grouping."""

    __slots__ = ("keys", "limit", "grouping")

    def __init__(self, keys: tuple[SortKey, ...], limit: float | None = None, grouping: bool = False) -> None:
        self.keys = keys
        self.limit = limit
        self.grouping = grouping

    def penalty(self, rows: float) -> float:
        """Cost of making up for a stream of `rows` that is not in this order."""
        if self.grouping:
            return rows * (cost.HASH_GROUP_ROW - cost.SORTED_GROUP_ROW)
        return cost.sort(rows, self.limit)

    def early_cost(self, total: float, rows: float) -> float:
        """Cost when only `limit` rows are taken of a stream that is in order."""
        if self.limit is None or rows <= self.limit:
            return total
        return total * self.limit / rows


def serves(
    base: BaseTable, path: Path, wanted: Wanted, available: frozenset[int] | set[int] = frozenset()
) -> bool | None:
    """False: `path` gives the wanted order as it is, True: walked in reverse, None: not."""
    order = path_order(base, path)
    fixed = base.fixed_columns(available)
    seen: set[int] = set()
    reverse: bool | None = None
    i = 0
    for k, key in enumerate(wanted.keys):
        if type(key.expr) is not Column:
            return None
        column = base.position.get(key.expr.id)
        if column is None:
            return None
        if column in seen or (column in fixed and fixed[column] in (key.collation, "")):
            continue
        while i < len(order) and order[i][0] in fixed and order[i][0] != column:
            i += 1
        if i >= len(order) or order[i][0] != column:
            return None
        _, desc, collation = order[i]
        if collation != key.collation and column != -1:
            return None
        if key.nulls_first == key.desc and not base.metas[key.expr.id].not_null and column != -1:
            return None
        turned = desc != key.desc
        if reverse is None:
            reverse = turned
        elif reverse != turned:
            return None
        seen.add(column)
        i += 1
        if column == -1 or _tells_all(base, path, order, i):
            # What is left is free only if it depends on this row alone: a joined table's rows come in an order of their
            # own.
            if any(not columns_of((later.expr,)) <= base.position.keys() for later in wanted.keys[k + 1 :]):
                return None
            break
    return bool(reverse)


def path_order(base: BaseTable, path: Path) -> list[tuple[int, bool, str]]:
    """(column, descending, collation) of the rows' order, most significant first."""
    table = base.table
    if path.kind == "or":
        return []
    if path.kind != "index":
        return [(-1, False, "BINARY")]
    if path.index is None:
        return [(c.column, c.desc, c.collation) for c in table.primary_key]
    keys = record_columns(table, path.index)
    return [(at, c.desc, c.collation) for at, c in zip(base.key_columns(path.index), keys, strict=True)]


def _tells_all(base: BaseTable, path: Path, order: list[tuple[int, bool, str]], i: int) -> bool:
    """Do the first `i` order columns tell all rows apart?"""
    if path.kind != "index":
        return False
    if path.index is None:
        return i >= len(base.table.primary_key)
    if not path.index.unique or i < len(path.index.columns):
        return False
    return all(c.column >= 0 and base.table.columns[c.column].not_null is not None for c in path.index.columns)
