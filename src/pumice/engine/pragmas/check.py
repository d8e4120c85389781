"""integrity_check and quick_check: the trees' structure, then each table against its indexes and constraints.
foreign_key_check.

Source: https://sqlite.org/pragma.html#pragma_integrity_check. quick_check leaves out the comparison of index content.
"""

from __future__ import annotations

from pumice import errors
from pumice.catalog.objects import Index, Table, View
from pumice.engine.ddl_schema import qualified
from pumice.engine.pragmas.call import Pragma, PragmaCall
from pumice.sql import ast
from pumice.sql.unparse import quote_name, unparse
from pumice.storage.btree.measure import count_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DEFAULT_LIMIT = 100


def _check(session: Any, call: PragmaCall) -> list[tuple]:
    """One table's trees when a table is named, else whole files: their freelists and unused pages as well."""
    quick = call.name == "quick_check"
    only = None
    limit = _DEFAULT_LIMIT
    if call.value is not None:
        number = call.number()
        if number is None:
            only = _named_table(session, call)
            if isinstance(only, View):
                return [("ok",)]
        elif number > 0:
            limit = number
    messages: list[str] = []
    for schema in session.catalog.schemas:
        tree = session.btrees[schema.db]
        if ((call.schema is not None and schema.db != call.db) or tree.pager.n_pages == 0
                or (only is not None and only.db != schema.db)):
            continue
        tables = [t for t in schema.tables.values() if not t.read_only] if only is None else [only]
        roots = [*((1,) if only is None else ()), *(t.root for t in tables),
                 *(i.root for t in tables for i in t.indexes)]
        messages += tree.integrity_check([root for root in dict.fromkeys(roots) if root], limit, quick)
        for table in tables:
            if len(messages) < limit:
                messages += _table_rows(session, table, quick)
    return [(message,) for message in messages[:limit]] or [("ok",)]


def _named_table(session: Any, call: PragmaCall) -> Table | View:
    found = session.catalog.find(str(call.value), call.schema)
    if found is None:
        raise errors.sql_error(f"no such table: {qualified(str(call.value), call.schema)}")
    return found


def _table_rows(session: Any, table: Table, quick: bool) -> list[str]:
    """Counts of table and index agree, NOT NULL and CHECK hold, every row is found in every index."""
    source = f'"{table.schema}"."{table.name}"'
    found = []
    for column in table.columns:
        if column.not_null is not None:
            name = column.name.replace('"', '""')
            n = session.execute_internal(f'SELECT count(*) FROM {source} NOT INDEXED WHERE "{name}" IS NULL')[0][0]
            found += [f"NULL value in {table.name}.{column.name}"] * n
    if table.checks and not session.settings["ignore_check_constraints"]:
        conditions = " OR ".join(f"NOT ({unparse(check.expr)})" for check in table.checks)
        n = session.execute_internal(f"SELECT count(*) FROM {source} NOT INDEXED WHERE {conditions}")[0][0]
        found += [f"CHECK constraint failed in {table.name}"] * n
    if quick:
        return found
    n_rows = session.execute_internal(f"SELECT count(*) FROM {source} NOT INDEXED WHERE 1 + rowid IS NOT NULL OR 1"
                                      if not table.without_rowid
                                      else f"SELECT count(*) FROM {source} NOT INDEXED")[0][0]
    for index in table.indexes:
        if index.root and index.where is None and not (table.without_rowid and index.origin == "pk"):
            n_entries = count_rows(session.btrees[table.db], index.root)
            if n_entries != n_rows:
                found.append(f"wrong # of entries in index {index.name}")
            elif all(c.column >= -1 for c in index.columns):
                found += _missing_entries(session, table, index, source)
    return found


def _missing_entries(session: Any, table: Table, index: Index, source: str) -> list[str]:
    """Rows whose values are not what the index holds, by comparing the two as sets."""
    if table.without_rowid:
        return []
    names = ", ".join('"' + table.columns[c.column].name.replace('"', '""') + '"' if c.column >= 0 else "rowid"
                      for c in index.columns)
    name = index.name.replace('"', '""')
    rows = session.execute_internal(f'SELECT rowid FROM (SELECT rowid, {names} FROM {source} NOT INDEXED EXCEPT '
                                    f'SELECT rowid, {names} FROM {source} INDEXED BY "{name}")')
    return [f"row {row[0]} missing from index {index.name}" for row in rows]


def _foreign_key_check(session: Any, call: PragmaCall) -> list[tuple]:
    """(table, rowid, parent, number of the key) of each row whose parent is missing."""
    if call.value is not None:
        found = _named_table(session, call)
        tables = [found] if isinstance(found, Table) else []
    else:
        schemas = session.catalog.schemas if call.schema is None else session.catalog.search(call.schema)
        tables = [table for schema in schemas for table in schema.tables.values()]
    return [row for table in tables if table.foreign_keys for row in _orphans(session, table)]


def _orphans(session: Any, table: Table) -> list[tuple]:
    """Row by row, the keys whose parent is missing; the rowid is NULL where there is none.
    A key with a NULL refers to nothing."""
    keys = list(reversed(table.foreign_keys))
    lacks = [_lacks_parent(session, table, key) for key in keys]
    rowid = "NULL" if table.without_rowid else "c.rowid"
    source = f"{quote_name(table.schema)}.{quote_name(table.name)} AS c NOT INDEXED"
    rows = session.execute_internal(f"SELECT {rowid}, {', '.join(lacks)} FROM {source} WHERE {' OR '.join(lacks)}")
    return [(table.name, row[0], keys[number].references.table, number) for row in rows
            for number, lacking in enumerate(row[1:]) if lacking]


def _lacks_parent(session: Any, table: Table, key: ast.ForeignKey) -> str:
    """The condition on a row c of `table`."""
    parent = session.catalog.find(key.references.table, table.schema)
    conditions = [f"c.{quote_name(name)} IS NOT NULL" for name in key.columns]
    if parent is not None:
        targets = _parent_columns(table, parent, key)
        # The + takes the child's affinity away: the parent's affinity and collation decide.
        matches = " AND ".join(f"p.{quote_name(to)} = +c.{quote_name(name)}"
                               for to, name in zip(targets, key.columns, strict=True))
        conditions.append(f"NOT EXISTS (SELECT 1 FROM {quote_name(parent.schema)}.{quote_name(parent.name)} AS p "
                          f"WHERE {matches})")
    return f"({' AND '.join(conditions)})"


def _parent_columns(table: Table, parent: Table | View, key: ast.ForeignKey) -> list[str]:
    """The columns that the key refers to, which must be a key of the parent. Source: fkey.c, sqlite3FkLocateIndex."""
    mismatch = errors.sql_error(f'foreign key mismatch - "{table.name}" referencing "{key.references.table}"')
    if not isinstance(parent, Table):
        raise mismatch
    names = [column.name for column in parent.columns]
    primary = sorted((column.primary_key, at) for at, column in enumerate(parent.columns) if column.primary_key)
    if key.references.columns:
        positions = {name.lower(): at for at, name in enumerate(names)}
        wanted = [positions.get(name.lower(), -1) for name in key.references.columns]
    else:
        wanted = [at for _, at in primary]
    keys = [index.columns for index in parent.indexes if index.unique and index.where is None]
    if parent.key_index is not None:
        keys.append(parent.key_index.columns)
    candidates = [sorted(column.column for column in columns) for columns in keys
                  if all(column.column >= 0 and column.collation == parent.columns[column.column].collation
                         for column in columns)]
    if parent.rowid_alias >= 0:
        candidates.append([parent.rowid_alias])
    if len(wanted) != len(key.columns) or sorted(wanted) not in candidates:
        raise mismatch
    return [names[at] for at in wanted]


CHECK_PRAGMAS: dict[str, Pragma] = {
    "integrity_check": Pragma(_check, ("integrity_check",)),
    "quick_check": Pragma(_check, ("quick_check",)),
    "foreign_key_check": Pragma(_foreign_key_check, ("table", "rowid", "parent", "fkid")),
}
