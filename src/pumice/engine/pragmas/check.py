"""integrity_check and quick_check: the trees' structure (storage/btree/check.pyx), then the rows of each table against
its constraints and indexes (exec/dml/row_check.pyx). foreign_key_check.

Source: https://sqlite.org/pragma.html#pragma_integrity_check. quick_check leaves out keys and index content.
"""

from __future__ import annotations

from pumice import errors
from pumice.catalog.objects import Table, View
from pumice.engine.ddl_schema import qualified
from pumice.engine.pragmas.call import Pragma, PragmaCall
from pumice.exec.dml.row_check import check_rows
from pumice.sql import ast
from pumice.sql.unparse import quote_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.catalog.objects import Schema

_DEFAULT_LIMIT = 100
_CORRUPT = 11


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
    found: list[str] = []
    try:
        for schema in session.catalog.schemas:
            if (call.schema is None or schema.db == call.db) and (only is None or only.db == schema.db):
                _check_schema(session, schema, only, quick, limit, found)
    except errors.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != _CORRUPT:
            raise
        found.append(str(error))        # what cannot be read ends the check
    return [(message,) for message in found] or [("ok",)]


def _check_schema(session: Any, schema: Schema, only: Table | None, quick: bool, limit: int, found: list[str]) -> None:
    """Adds messages to `found` as long as there is room for them: one for all that is wrong with the trees' structure
    (which counts as many times as it has lines), one for each index of a wrong size, then those about rows."""
    tree = session.btrees[schema.db]
    # Source: SQLite walks its hash of tables, in which the newest come first.
    tables = list(reversed(schema.tables.values())) if only is None else [only]
    room = limit - len(found)
    if tree.pager.n_pages == 0 or room <= 0:
        return
    roots = [root for table in tables for root in (table.root, *(index.root for index in table.indexes)) if root]
    faults, n_rows = tree.integrity_check(dict.fromkeys(roots), only is None, room)
    if faults:
        found.append("\n".join((f"*** in database {schema.name} ***", *faults)))
        room -= len(faults)
    wrong = [f"wrong # of entries in index {index.name}" for table in tables for index in table.indexes
             if index.where is None and index.root and n_rows.get(index.root) != n_rows.get(table.root)]
    found += wrong[:max(room, 0)]
    room -= len(wrong)
    for table in tables:
        if room <= 0:
            return
        n_found = len(found)
        check_rows(session.table_writer(table), quick, room, found)
        room -= len(found) - n_found


def _named_table(session: Any, call: PragmaCall) -> Table | View:
    found = session.catalog.find(str(call.value), call.schema)
    if found is None:
        raise errors.sql_error(f"no such table: {qualified(str(call.value), call.schema)}")
    return found


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
