"""Pragmas that describe the schema: table_info, index_list, collation_list and their kin."""

from __future__ import annotations

from typing import Any

from pumice.catalog.objects import Index, Table, View
from pumice.engine.pragmas.call import PragmaCall

Result = tuple[tuple[str, ...], list[tuple]]
_INFO = ("cid", "name", "type", "notnull", "dflt_value", "pk")


def _table(session: Any, call: PragmaCall) -> Table | View | None:
    return session.catalog.find(str(call.value), call.schema) if call.value is not None else None


def _table_info(session: Any, call: PragmaCall) -> Result:
    names = _INFO if call.name == "table_info" else (*_INFO, "hidden")
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
            row = (at, column.name, column.type_name or "", int(column.not_null is not None), column.default_text, column.primary_key)
            rows.append(row if call.name == "table_info" else (*row, kind))
            at += 1
    return (names, rows) if rows else ((), [])


def _table_list(session: Any, call: PragmaCall) -> Result:
    rows = []
    for schema in session.catalog.schemas:
        if call.schema is not None and schema.name.lower() != call.schema.lower():
            continue
        for table in reversed(schema.tables.values()):
            if call.value is None or table.name.lower() == str(call.value).lower():
                name = table.name.replace("sqlite_master", "sqlite_schema").replace("temp_master", "temp_schema")
                rows.append((schema.name, name, "table", len(table.columns), int(table.without_rowid), int(table.strict)))
        for view in schema.views.values():
            if call.value is None or view.name.lower() == str(call.value).lower():
                n = len(view.columns or session.prepare(f'SELECT * FROM "{schema.name}"."{view.name}"').names)
                rows.append((schema.name, view.name, "view", n, 0, 0))
    return ("schema", "name", "type", "ncol", "wr", "strict"), rows


def _index_list(session: Any, call: PragmaCall) -> Result:
    found = _table(session, call)
    if not isinstance(found, Table) or not found.indexes:
        return (), []
    rows = [(i, index.name, int(index.unique), index.origin, int(index.where is not None)) for i, index in enumerate(found.indexes)]
    return ("seq", "name", "unique", "origin", "partial"), rows


def _index(session: Any, call: PragmaCall) -> tuple[Table, Index] | None:
    found = session.catalog.find_index(str(call.value), call.schema) if call.value is not None else None
    if found is None:
        return None
    schema, index = found
    return schema.tables[index.table.lower()], index


def _index_info(session: Any, call: PragmaCall) -> Result:
    found = _index(session, call)
    if found is None:
        return (), []
    table, index = found
    extended = call.name == "index_xinfo"
    rows = []
    for seq, column in enumerate((*index.columns, *index.suffix) if extended else index.columns):
        name = table.columns[column.column].name if column.column >= 0 else None
        row: tuple = (seq, column.column, name)
        if extended:
            row += (int(column.desc), column.collation, int(seq < len(index.columns)))
        rows.append(row)
    if extended and not table.without_rowid and not index.suffix:
        rows.append((len(rows), -1, None, 0, "BINARY", 0))
    return ("seqno", "cid", "name", *(("desc", "coll", "key") if extended else ())), rows


def _foreign_key_list(session: Any, call: PragmaCall) -> Result:
    found = _table(session, call)
    rows = []
    if isinstance(found, Table):
        for key_id, key in enumerate(reversed(found.foreign_keys)):
            target = key.references
            for seq, column in enumerate(key.columns):
                rows.append((key_id, seq, target.table, column, target.columns[seq] if target.columns else None,
                             (target.on_update or "no action").upper(), (target.on_delete or "no action").upper(), "NONE"))
    return (("id", "seq", "table", "from", "to", "on_update", "on_delete", "match"), rows) if rows else ((), [])


def _collation_list(session: Any, call: PragmaCall) -> Result:
    return ("seq", "name"), [(i, name) for i, name in enumerate(session.collations)]


def _function_list(session: Any, call: PragmaCall) -> Result:
    rows = []
    for function in session.functions.all():
        kind = "s" if function.kind == "scalar" else "w"
        rows.append((function.name, int("user" not in function.flags), kind, "utf8", function.max_args, 2048 if function.deterministic else 0))
    return ("name", "builtin", "type", "enc", "narg", "flags"), rows


SCHEMA_PRAGMAS = {
    "table_info": _table_info, "table_xinfo": _table_info, "table_list": _table_list, "index_list": _index_list,
    "index_info": _index_info, "index_xinfo": _index_info, "foreign_key_list": _foreign_key_list,
    "collation_list": _collation_list, "function_list": _function_list,
}
