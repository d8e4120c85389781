"""How wide a row or an index entry is, from the declared types.

Source: sqlite3AffinityType, estimateTableWidth (szEst, in units of 4 bytes).
Tests: tests/unit/plan/test_access_paths.py
"""

from __future__ import annotations

from pumice.values import AFF_TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.catalog.objects import Column, Index, Table

UNIT_BYTES = 4


def width(column: Column) -> int:
    """In units of UNIT_BYTES."""
    if column.type_name is None or column.affinity > AFF_TEXT:
        return 1
    upper = column.type_name.upper()
    if "CHAR" in upper or "BLOB(" in upper:
        digits = "".join([c if c.isdigit() else " " for c in upper]).split()
        return min((int(digits[0]) if digits else 0) // UNIT_BYTES + 1, 255)
    return 5


def index_width(table: Table, index: Index) -> int:
    stored = (*index.columns, *index.suffix) if table.without_rowid else index.columns
    widths = [width(table.columns[c.column]) if c.column >= 0 else 1 for c in stored]
    return sum(widths) + (0 if table.without_rowid else 1)


def table_width(table: Table) -> int:
    return sum([width(c) for c in table.columns]) + (1 if table.rowid_alias < 0 else 0)


def row_bytes(table: Table) -> int:
    return UNIT_BYTES * table_width(table)


def index_bytes(table: Table, index: Index) -> int:
    return UNIT_BYTES * index_width(table, index)
