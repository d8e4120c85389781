"""How many rows: of a table, for an index key, after a condition, for a value of a column.

Source: `sqlite_stat1` where ANALYZE ran (Table.stat_rows, Index.stat), else the look at the B-trees that the engine
gives, else SQLite's defaults (sqlite3DefaultRowEst): 1,048,576 rows, 10 rows for the first column of an index, 9, 8,
7, 6, 5 for more, 1 for a whole unique key.
Tests: tests/unit/plan/test_cardinality.py
"""

from __future__ import annotations

from pumice.plan.logical.expr import And, Compare, Const, Function, InList, InSubquery, IsNull, Or, Unary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pumice.catalog.objects import Index, Table
    from pumice.plan.logical.expr import BoundExpr
    from pumice.plan.stats.look import Look

PER_KEY = (10.0, 9.0, 8.0, 7.0, 6.0, 5.0)  # rows per prefix of an index without statistics
RANGE = 0.25  # fraction left by one end of a range
CLOSED = 0.25  # ... and by its having two: SQLite's 1/64 (whereRangeScanEst)
EQUAL = 0.1  # ... by `column = value` without an index
DIFFERENT = 0.9
HAVING = 0.02  # of groups: who asks for some by their aggregates means the exceptional ones
NOT_NULL = 0.95
NULLS = 2.0  # rows that have NULL, for each that has one given value: SQLite's guess
LIKE = 0.25
WILD = "%_*?["
BLOBS = 0.001  # of the values in a TEXT column are BLOBs
SOUGHT = 32.0  # rows of a table, for each that a look at an index expects of a value, at least
IN_SUBQUERY = 25.0  # values that an IN subquery gives, as far as SQLite knows
FEW = 500.0  # ... and up to so many as we know: a small table counts as one of so many rows (engine/look.py)
PARTIAL = 0.3  # of a table's rows are in a partial index


def table_rows(table: Table, look: Look) -> float:
    """Estimated rows of a table, at least 1."""
    if table.stat_rows is not None:
        return max(table.stat_rows, 1.0)
    for index in table.indexes:
        if index.stat is not None and index.where is None:
            return max(index.stat.n_rows, 1.0)
    return max(look.rows(table), 1.0)


def index_entries(index: Index, rows: float) -> float:
    """Entries of `index` over a table of `rows`."""
    if index.stat is not None:
        return max(index.stat.n_rows, 1.0)
    return max(rows * PARTIAL, 1.0) if index.where is not None else rows


def rows_per_key(index: Index, rows: float, n_equal: int, seen: Callable[[int], float] | None = None) -> float:
    """Rows that agree on the first `n_equal` columns of `index`. `seen`: what a look at the index says of so many
    columns, where there are no statistics; 0: nothing."""
    if n_equal == 0:
        return index_entries(index, rows)
    if n_equal > len(index.columns) or (index.unique and n_equal == len(index.columns)):
        return 1.0
    if index.stat is not None and n_equal <= len(index.stat.per_prefix):
        return max(min(index.stat.per_prefix[n_equal - 1], rows), 1.0)
    estimate = PER_KEY[min(n_equal, len(PER_KEY)) - 1]
    found = seen(n_equal) if seen is not None and index.stat is None else 0.0
    if found:
        # Values are of unequal weight: never so many rows that those of a rare one would not be sought.
        return min(found, max(rows / SOUGHT, estimate, 1.0))
    # An index of a small table without statistics: half of it at most, as SQLite assumes.
    return max(min(estimate, rows / 2), 1.0)


def key_rows(table: Table, n_equal: int, rows: float) -> float:
    """Rows of a WITHOUT ROWID table that agree on the first `n_equal` key columns."""
    if n_equal >= len(table.primary_key):
        return 1.0
    stat = table.key_index.stat if table.key_index is not None else None
    if stat is not None and 0 < n_equal <= len(stat.per_prefix):
        return max(stat.per_prefix[n_equal - 1], 1.0)
    return rows if n_equal == 0 else max(min(PER_KEY[min(n_equal, len(PER_KEY)) - 1], rows / 2), 1.0)


def column_rows(table: Table, column: int, rows: float) -> float:
    """Rows that have one given value in `column` (-1 the rowid), from the indexes that start with it."""
    if column < 0 or column == table.rowid_alias:
        return 1.0
    best = None
    for index in table.indexes:
        if index.columns and index.columns[0].column == column and index.where is None:
            found = rows_per_key(index, rows, 1)
            best = found if best is None else min(best, found)
    if table.without_rowid and table.primary_key and table.primary_key[0].column == column:
        found = key_rows(table, 1, rows)
        best = found if best is None else min(best, found)
    if best is not None:
        return best
    return max(min(PER_KEY[0], rows / 2), 1.0)


def groups(rows: float, n_keys: int) -> float:
    """Groups that `rows` fall into: a guess between few large ones and one per row."""
    return rows ** (0.8 if n_keys == 1 else 0.9) if rows > 1.0 else rows


def selectivity(condition: BoundExpr) -> float:
    """Fraction of rows that meet `condition`, by its form alone."""
    kind = type(condition)
    if kind is Compare:
        if condition.op == "=" or condition.op == "is":
            return EQUAL
        return DIFFERENT if condition.op in ("<>", "isnot") else RANGE
    if kind is And:
        result = 1.0
        for part in condition.args:
            result *= selectivity(part)
        return result
    if kind is Or:
        rest = 1.0
        for part in condition.args:
            rest *= 1.0 - selectivity(part)
        return 1.0 - rest
    if kind is IsNull:
        return NOT_NULL if condition.negated else EQUAL
    if kind is InList:
        found = min(EQUAL * len(condition.items), 0.5)
        return 1.0 - found if condition.negated else found
    if kind is InSubquery:
        return 0.5
    if kind is Unary and condition.op == "not":
        return 1.0 - selectivity(condition.operand)
    if kind is Function and condition.function.name in ("like", "glob"):
        pattern = condition.args[0]
        if type(pattern) is Const and type(pattern.value) is str and pattern.value[:1] not in ("", *WILD):
            return RANGE * RANGE * CLOSED  # of what begins so
        return LIKE
    if kind is Const:
        return 1.0 if condition.value else 0.0
    return 0.5


def selectivity_of(conditions: tuple[BoundExpr, ...] | list[BoundExpr]) -> float:
    result = 1.0
    for condition in conditions:
        result *= selectivity(condition)
    return result
