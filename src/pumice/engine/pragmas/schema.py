"""Pragmas that describe the schema: table_info, index_list, collation_list and their kin."""

from __future__ import annotations

from pumice.catalog.constraints import walk_with_key
from pumice.catalog.objects import Index, IndexColumn, Table, View
from pumice.engine.pragmas.call import Pragma, PragmaCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INNOCUOUS = 0x200000
_DETERMINISTIC = 0x800
_INFO = ("cid", "name", "type", "notnull", "dflt_value", "pk")


def _table(session: Any, call: PragmaCall) -> Table | View | None:
    return session.catalog.find(str(call.value), call.schema) if call.value is not None else None


def _table_info(session: Any, call: PragmaCall) -> list[tuple]:
    found = _table(session, call)
    rows: list[tuple] = []
    if isinstance(found, View):
        statement = session.prepare(f'SELECT * FROM "{found.schema}"."{found.name}"')
        types = statement.types
        rows = [(i, name, types[i] or "", 0, None, 0) for i, name in enumerate(found.columns or statement.names)]
        rows = [row if call.name == "table_info" else (*row, 0) for row in rows]
    elif found is not None:
        at = 0
        for column in found.columns:
            kind = 0 if column.generated is None else 3 if column.stored else 2
            if kind and call.name == "table_info":
                continue
            row = (at, column.name, column.type_name or "", int(column.not_null is not None), column.default_text,
                   column.primary_key)
            rows.append(row if call.name == "table_info" else (*row, kind))
            at += 1
    return rows


def _table_list(session: Any, call: PragmaCall) -> list[tuple]:
    rows = []
    for schema in session.catalog.schemas:
        if call.schema is not None and schema.name.lower() != call.schema.lower():
            continue
        for table in reversed(schema.tables.values()):
            if call.value is None or table.name.lower() == str(call.value).lower():
                name = table.name.replace("sqlite_master", "sqlite_schema").replace("temp_master", "temp_schema")
                rows.append((schema.name, name, "table", len(table.columns), int(table.without_rowid),
                             int(table.strict)))
        for view in schema.views.values():
            if call.value is None or view.name.lower() == str(call.value).lower():
                n = len(view.columns or session.prepare(f'SELECT * FROM "{schema.name}"."{view.name}"').names)
                rows.append((schema.name, view.name, "view", n, 0, 0))
    return rows


def _index_list(session: Any, call: PragmaCall) -> list[tuple]:
    found = _table(session, call)
    if not isinstance(found, Table):
        return []
    return [(i, index.name, int(index.unique), index.origin, int(index.where is not None))
            for i, index in enumerate(walk_with_key(found))]


def _index(session: Any, call: PragmaCall) -> tuple[Table, Index] | None:
    """The index of that name, or the key of the WITHOUT ROWID table that has it."""
    if call.value is None:
        return None
    found = session.catalog.find_index(str(call.value), call.schema)
    if found is not None:
        schema, index = found
        return schema.tables[index.table.lower()], index
    table = _table(session, call)
    return (table, table.key_index) if isinstance(table, Table) and table.key_index is not None else None


def _index_info(session: Any, call: PragmaCall) -> list[tuple]:
    found = _index(session, call)
    if found is None:
        return []
    table, index = found
    extended = call.name == "index_xinfo"
    n_key = len(index.columns)
    columns = [*index.columns, *_rest_of_entry(table, index)] if extended else index.columns
    rows = []
    for seq, column in enumerate(columns):
        name = table.columns[column.column].name if column.column >= 0 else None
        row: tuple = (seq, column.column, name)
        rows.append((*row, int(column.desc), column.collation, int(seq < n_key)) if extended else row)
    return rows


def _rest_of_entry(table: Table, index: Index) -> list[IndexColumn]:
    """What an index's entries hold behind its own columns."""
    if not table.without_rowid:
        return [IndexColumn(-1, None, "BINARY", False)]
    if index is table.key_index:
        return [IndexColumn(at, None, "BINARY", False) for at in table.storage_order[len(table.primary_key):]]
    return list(index.suffix)


def _foreign_key_list(session: Any, call: PragmaCall) -> list[tuple]:
    found = _table(session, call)
    rows = []
    if isinstance(found, Table):
        for key_id, key in enumerate(reversed(found.foreign_keys)):
            target = key.references
            for seq, column in enumerate(key.columns):
                rows.append((key_id, seq, target.table, column, target.columns[seq] if target.columns else None,
                             (target.on_update or "no action").upper(), (target.on_delete or "no action").upper(),
                             "NONE"))
    return rows


def _collation_list(session: Any, call: PragmaCall) -> list[tuple]:
    return list(enumerate(reversed(session.collations)))


def _function_list(session: Any, call: PragmaCall) -> list[tuple]:
    rows = []
    for function in session.functions.all():
        builtin = "user" not in function.flags
        flags = ((_INNOCUOUS if builtin else 0)
                 | (_DETERMINISTIC if function.deterministic and function.kind == "scalar" else 0))
        rows.append((function.name, int(builtin), "s" if function.kind == "scalar" else "w" if builtin else "a", "utf8",
                     function.max_args, flags))
    return rows


SCHEMA_PRAGMAS: dict[str, Pragma] = {
    "table_info": Pragma(_table_info, _INFO),
    "table_xinfo": Pragma(_table_info, (*_INFO, "hidden")),
    "table_list": Pragma(_table_list, ("schema", "name", "type", "ncol", "wr", "strict")),
    "index_list": Pragma(_index_list, ("seq", "name", "unique", "origin", "partial")),
    "index_info": Pragma(_index_info, ("seqno", "cid", "name")),
    "index_xinfo": Pragma(_index_info, ("seqno", "cid", "name", "desc", "coll", "key")),
    "foreign_key_list": Pragma(_foreign_key_list,
                               ("id", "seq", "table", "from", "to", "on_update", "on_delete", "match")),
    "collation_list": Pragma(_collation_list, ("seq", "name"), reads=""),
    "function_list": Pragma(_function_list, ("name", "builtin", "type", "enc", "narg", "flags"), reads=""),
    "module_list": Pragma(lambda session, call: [], ("name",), reads=""),
}
