"""integrity_check and quick_check: the trees' structure, then each table against its indexes and constraints.

Source: https://sqlite.org/pragma.html#pragma_integrity_check. quick_check leaves out the comparison of index content.
"""

from __future__ import annotations

from typing import Any

from pumice.catalog.objects import Index, Table
from pumice.engine.pragmas.call import PragmaCall

Result = tuple[tuple[str, ...], list[tuple]]
_DEFAULT_LIMIT = 100


def _check(session: Any, call: PragmaCall) -> Result:
    quick = call.name == "quick_check"
    only = None
    limit = _DEFAULT_LIMIT
    if call.value is not None:
        if isinstance(call.value, str) and not call.value.lstrip("-").isdigit():
            only = session.catalog.find(call.value, call.schema)
        else:
            limit = call.integer() if call.integer() > 0 else _DEFAULT_LIMIT
    messages: list[str] = []
    for schema in session.catalog.schemas:
        if call.schema is not None and schema.db != call.db:
            continue
        tree = session.btrees[schema.db]
        if tree.pager.n_pages == 0:
            continue
        tables = [t for t in schema.tables.values() if not t.read_only] if only is None else [only]
        if only is None:
            roots = [1, *(t.root for t in tables), *(i.root for t in tables for i in t.indexes if i.root)]
            messages += tree.integrity_check([root for root in dict.fromkeys(roots) if root], limit, quick)
        for table in tables:
            if len(messages) < limit:
                messages += _table_rows(session, table, quick)
    return (call.name,), [(message,) for message in messages[:limit]] or [("ok",)]


def _table_rows(session: Any, table: Table, quick: bool) -> list[str]:
    """Counts of table and index agree, NOT NULL and CHECK hold, every row is found in every index."""
    source = f'"{table.schema}"."{table.name}"'
    found = []
    for column in table.columns:
        if column.not_null is not None:
            name = column.name.replace('"', '""')
            n = session.execute_internal(f'SELECT count(*) FROM {source} NOT INDEXED WHERE "{name}" IS NULL')[0][0]
            found += [f"NULL value in {table.name}.{column.name}"] * n
    if quick:
        return found
    n_rows = session.execute_internal(f"SELECT count(*) FROM {source} NOT INDEXED WHERE 1 + rowid IS NOT NULL OR 1"
                                      if not table.without_rowid else f"SELECT count(*) FROM {source} NOT INDEXED")[0][0]
    for index in table.indexes:
        if index.root and index.where is None and not (table.without_rowid and index.origin == "pk"):
            n_entries = session.btrees[table.db].py_count_rows(index.root)
            if n_entries != n_rows:
                found.append(f"wrong # of entries in index {index.name}")
            elif all(c.column >= -1 for c in index.columns):
                found += _missing_entries(session, table, index, source)
    return found


def _missing_entries(session: Any, table: Table, index: Index, source: str) -> list[str]:
    """Rows whose values are not what the index holds, by comparing the two as sets."""
    if table.without_rowid:
        return []
    names = ", ".join('"' + table.columns[c.column].name.replace('"', '""') + '"' if c.column >= 0 else "rowid" for c in index.columns)
    name = index.name.replace('"', '""')
    rows = session.execute_internal(f'SELECT rowid, {names} FROM {source} NOT INDEXED EXCEPT SELECT rowid, {names} FROM {source} INDEXED BY "{name}"')
    return [f"row {row[0]} missing from index {index.name}" for row in rows]


CHECK_PRAGMAS = {"integrity_check": _check, "quick_check": _check}
