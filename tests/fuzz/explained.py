"""Mismatches that COMPAT.md explains, under "Known differences"."""

from __future__ import annotations

import re

from tests.oracle.engines import Outcome, Pumice, Sqlite, difference, same_rows

_SELECT = re.compile(r"\bSELECT\b|\bv\d+\b")       # a view holds another one
_SUMS = re.compile(r"\b(sum|total|avg)\(")
_OUTER_JOIN = re.compile(r"\b(LEFT|RIGHT|FULL) JOIN\b")
_ROWID_RANGE = "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"


def is_explained(mine: Pumice, theirs: Sqlite, sql: str, got: Outcome, expected: Outcome) -> bool:
    return (_rows_not_reached(sql, got, expected) or _another_row_fails(mine, theirs, sql, got, expected)
            or _sums_cancel_out(sql, got, expected) or _like_on_rowid(theirs, sql, got, expected))


def _rows_not_reached(sql: str, got: Outcome, expected: Outcome) -> bool:
    """Which rows of an inner query are computed, and so whether one overflows, is the plan's affair."""
    return ((got.rows is None) != (expected.rows is None) and "integer overflow" in (got.message, expected.message)
            and len(_SELECT.findall(sql)) > 1)


def _another_row_fails(mine: Pumice, theirs: Sqlite, sql: str, got: Outcome, expected: Outcome) -> bool:
    """Which of several rows that fail an UPDATE meets first, where the engines search them in other ways."""
    return (sql.startswith("UPDATE") and _searches(mine, sql) != _searches(theirs, sql)
            and all(outcome.code in (19, 20) or outcome.message == "integer overflow" for outcome in (got, expected)))


def _searches(engine: Pumice | Sqlite, sql: str) -> list[str]:
    """How the tables are read."""
    rows = engine.run(f"EXPLAIN QUERY PLAN {sql}").rows or []
    return [row[3].replace("COVERING ", "") for row in rows if row[3].startswith(("SCAN", "SEARCH"))]


def _sums_cancel_out(sql: str, got: Outcome, expected: Outcome) -> bool:
    """1e300 and -1e300 leave of a sum what was added after both of them."""
    if got.rows is None or expected.rows is None or _SUMS.search(sql) is None:
        return False
    mine, theirs = ([tuple(0.0 if isinstance(value, float) else value for value in row) for row in outcome.rows]
                    for outcome in (got, expected))
    largest = max((abs(value) for outcome in (got, expected) for row in outcome.rows for value in row
                   if isinstance(value, float)), default=0.0)
    return largest < 1e280 and same_rows(mine, theirs, ordered=False)


def _like_on_rowid(theirs: Sqlite, sql: str, got: Outcome, expected: Outcome) -> bool:
    """LIKE on an INTEGER PRIMARY KEY makes SQLite lose the rows of an outer join that match nothing: it finds them when
    the pattern's prefix cannot be a range."""
    if got.rows is None or "LIKE" not in sql or _OUTER_JOIN.search(sql) is None:
        return False
    plan = theirs.run(f"EXPLAIN QUERY PLAN {sql}").rows
    if plan is None or not any(_ROWID_RANGE in row[3] for row in plan):
        return False
    without = theirs.run(re.sub(r"LIKE ('[^']*')", r"LIKE (\1 || '')", sql))
    return difference(got, without, False, loose=True) is None
