"""Which order a path gives, and whether it is the wanted one.

    index (a, b DESC), a = 5:   rows come by b descending, then rowid          ORDER BY a, b DESC, rowid is free;
    ORDER BY b backwards too

Columns with one value do not count. Once the order so far tells every row from the next (rowid, or a whole unique
index without NULLs), further keys over the same table do not matter. Tests: tests/unit/plan/test_access.py
"""

from __future__ import annotations

from pumice.catalog.objects import record_columns
from pumice.plan import cost
from pumice.plan.logical.expr import Column, SortKey
from pumice.plan.stats import cardinality
from pumice.plan.walk import columns_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.plan.access.base import BaseTable
    from pumice.plan.access.paths import Path


class Wanted:
    """An order that someone above would like: `keys` (none: any order), how many rows they will take (None: all), and
    whether only for grouping. Who can do with an order by the first keys alone sets `partly` and finds their number in
    it, where the plan gives that much only. `free`: the keys may be taken in another order, and each in either
    direction."""

    __slots__ = ("keys", "limit", "grouping", "partly", "free")

    def __init__(
        self,
        keys: tuple[SortKey, ...],
        limit: float | None = None,
        grouping: bool = False,
        partly: list[int] | None = None,
        free: bool = False,
    ) -> None:
        self.keys = keys
        self.limit = limit
        self.grouping = grouping
        self.partly = partly
        self.free = free

    def penalty(self, rows: float) -> float:
        """Cost of making up for a stream of `rows` that is not in this order."""
        if self.grouping:
            return rows * (cost.group_row(cardinality.groups(rows, len(self.keys))) - cost.SORTED_GROUP_ROW)
        return cost.sort(rows, self.limit)

    def partly_cost(self, total: float, rows: float, together: float) -> float:
        """Cost of a stream of `rows` that is in order but for runs of `together` rows, which are sorted one by one."""
        total += rows * cost.sort(together) / together + rows / together * cost.SORT_RUN
        if self.limit is None or rows <= self.limit:
            return total
        return total * min(max(self.limit, together), rows) / rows

    def early_cost(self, total: float, rows: float) -> float:
        """Cost when only `limit` rows are taken of a stream that is in order."""
        return total * self.taken(rows)

    def taken(self, rows: float) -> float:
        """The fraction of a stream of `rows` in order that is asked for."""
        if self.limit is None:
            return 1.0
        given = cardinality.groups(rows, len(self.keys)) if self.grouping else rows
        return self.limit / given if given > self.limit else 1.0


def served(base: BaseTable, path: Path, wanted: Wanted, fixed: dict[int, str]) -> tuple[int, bool]:
    """(how many of the wanted keys, from the first on, `path` gives in order; must it be walked in reverse for it).
    `fixed`: BaseTable.fixed_columns."""
    order = path_order(base, path)
    keys = wanted.keys
    if wanted.free:
        place = {column: i for i, (column, _, _) in reversed(list(enumerate(order)))}
        at = [base.position.get(k.expr.id) if type(k.expr) is Column else None for k in keys]
        keys = tuple([keys[i] for i in sorted(range(len(keys)), key=lambda i: place.get(at[i], len(order)))])
    seen: set[int] = set()
    reverse: bool | None = None
    i = k = 0
    for k, key in enumerate(keys):
        column = base.position.get(key.expr.id) if type(key.expr) is Column else None
        if column is None:
            break
        if column in seen or (column in fixed and fixed[column] in (key.collation, "")):
            continue
        while i < len(order) and order[i][0] in fixed and order[i][0] != column:
            i += 1
        if i >= len(order) or order[i][0] != column:
            break
        _, desc, collation = order[i]
        if collation != key.collation and column != -1:
            break
        if key.nulls_first == key.desc and not base.metas[key.expr.id].not_null and column != -1:
            break
        turned = desc != key.desc and not wanted.free
        if reverse is None:
            reverse = turned
        elif reverse != turned:
            break
        seen.add(column)
        i += 1
        if column == -1 or _tells_all(base, path, order, i):
            # What is left is free only if it depends on this row alone: a joined table's rows come in an order of their
            # own.
            if all(columns_of((later.expr,)) <= base.position.keys() for later in keys[k + 1 :]):
                return len(keys), bool(reverse)
            k += 1
            break
    else:
        return len(keys), bool(reverse)
    return k, bool(reverse)


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


def ascending(keys: tuple[SortKey, ...], columns: tuple[int, ...], collations: tuple[str, ...]) -> bool:
    """Are `keys` the first of `columns`, ascending under their collations?"""
    if len(keys) > len(columns):
        return False
    for key, column, collation in zip(keys, columns, collations, strict=False):
        if (
            type(key.expr) is not Column
            or key.expr.id != column
            or key.desc
            or not key.nulls_first
            or key.collation != collation
        ):
            return False
    return True
