"""The schema table's rows turned into a Schema.

    (type, name, tbl_name, rootpage, sql)  --parse-->  CREATE ...  --constraints.py-->  Table, Index, View, Trigger

Indexes of PRIMARY KEY and UNIQUE constraints have rows without SQL; they are matched by name with the ones the table's
constraints call for. Raises SQLITE_CORRUPT, "malformed database schema (name) - reason", for a row that makes no sense.
Tests: tests/unit/catalog
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from pumice import errors
from pumice.catalog.constraints import ignore_desc, in_walk_order, index_from_ast, index_suffix, table_from_ast
from pumice.catalog.objects import Column, Index, IndexStat, Schema, Table, Trigger, View
from pumice.sql import ast
from pumice.sql.parser import parse
from pumice.values import AFF_INTEGER, AFF_TEXT

_DESC_FORMAT = 4            # schema format from which DESC indexes exist

SchemaRow = tuple[str | None, str | None, str | None, int | None, str | None]


_KEPT = 16                  # schemas
_loaded: dict[tuple, Schema] = {}


def load_schema(name: str, db: int, rows: Iterable[SchemaRow], stat_rows: Iterable[Sequence] = (),
                file_format: int = 4) -> Schema:
    """The schema of database number `db`, called `name` ("main", "temp", ...).

    Args: rows of the schema table in rowid order; stat_rows: (tbl, idx, stat) of sqlite_stat1. Equal arguments give the
    same Schema, for all connections of the process: it is never changed,
    so a file that is opened again and again is parsed once.
    """
    key = (name, db, tuple(rows), tuple(stat_rows), file_format)
    schema = _loaded.pop(key, None)
    if schema is None:
        schema = _make_schema(*key)
        if len(_loaded) >= _KEPT:
            _loaded.pop(next(iter(_loaded)), None)
    _loaded[key] = schema               # the one used last is the last to go
    return schema


def statistics_table(name: str, db: int, rows: Iterable[SchemaRow]) -> Table | None:
    """sqlite_stat1, if there is one with its three columns: what to read `stat_rows` of, ahead of the other objects."""
    own = tuple([row for row in rows if str(row[2]).lower() == "sqlite_stat1"])
    table = _make_schema(name, db, own, (), _DESC_FORMAT).tables.get("sqlite_stat1") if own else None
    return table if table is not None and [c.name.lower() for c in table.columns] == ["tbl", "idx", "stat"] else None


@lru_cache(maxsize=4096)
def _parsed(sql: str) -> ast.Statement:
    """Each change of a schema loads it again, mostly from the same texts."""
    return parse(sql)


def _make_schema(name: str, db: int, rows: tuple[SchemaRow, ...], stat_rows: tuple[Sequence, ...],
                 file_format: int) -> Schema:
    schema = Schema(name, db, file_format)
    own = schema_table(name, db)
    schema.tables[own.name] = own
    missing: dict[str, Index] = {}          # automatic indexes whose row has not come yet
    for row in rows:
        _load_row(schema, row, missing)
    for index in missing.values():
        raise _malformed(index.table, f"missing row of index {index.name}")
    if file_format < _DESC_FORMAT:
        for table in schema.tables.values():
            for index in (*table.indexes, *((table.key_index,) if table.key_index is not None else ())):
                ignore_desc(index)
    _attach_triggers(schema)
    for stat in stat_rows:
        _apply_stat(schema, stat)
    return schema


def schema_table(schema: str, db: int) -> Table:
    """The schema table itself, which no row describes."""
    columns = tuple([
        Column(name, type_name, AFF_INTEGER if type_name == "INT" else AFF_TEXT)
        for name, type_name in (("type", "TEXT"), ("name", "TEXT"), ("tbl_name", "TEXT"), ("rootpage", "INT"),
                                ("sql", "TEXT"))
    ])
    name = "sqlite_temp_master" if db == 1 else "sqlite_master"
    return Table(name, schema, db, 1, columns, None, storage_order=(0, 1, 2, 3, 4), read_only=True)


def _malformed(name: object, reason: str) -> Exception:
    shown = "?" if name is None else name
    return errors.make("SQLITE_CORRUPT", f"malformed database schema ({shown}) - {reason}" if reason
                       else f"malformed database schema ({shown})")


def _load_row(schema: Schema, row: SchemaRow, missing: dict[str, Index]) -> None:
    """Source: sqlite3InitCallback."""
    _, name, _, root, sql = row
    if root is None:
        raise _malformed(name, "")
    if sql and str(sql)[:2].lower() == "cr":
        try:
            _add_object(schema, _parsed(str(sql)), row, _root(name, root), missing)
        except errors.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_CORRUPT":
                raise
            raise _malformed(name, str(error)) from error
    elif name is None or sql:
        raise _malformed(name, "")
    else:
        index = missing.pop(str(name).lower(), None)
        if index is None:
            raise _malformed(name, "orphan index")
        index.root = _root(name, root)
        if index.root < 2:
            raise _malformed(name, "invalid rootpage")


def _root(name: object, root: object, n_pages: int = 0xFFFFFFFF) -> int:
    """A root page's number, which a text may hold, too. 0 passes here and is refused where it is used."""
    text = str(root)
    if not (text.isascii() and text.isdigit()) or int(text) > n_pages:
        raise _malformed(name, "invalid rootpage")
    return int(text)


def check_roots(rows: Iterable[SchemaRow], n_pages: int) -> None:
    """Raises for a root page that lies beyond the file. Not a part of load_schema, whose result does not depend on
    the file's size.
    """
    for _, name, _, root, _ in rows:
        if root is not None:
            _root(name, root, n_pages)


def _check_names(row: SchemaRow, kind: str, name: str, table: str) -> None:
    """The row's columns must say what its text says."""
    if [str(value).lower() for value in row[:3]] != [kind, name.lower(), table.lower()]:
        raise _malformed(row[1], "")


def _add_object(schema: Schema, created: object, row: SchemaRow, root: int, missing: dict[str, Index]) -> None:
    kind = type(created)
    sql = str(row[4])
    if kind is ast.CreateTable:
        _check_names(row, "table", created.name, created.name)
        _check_new(schema, created.name)
        if root == 1:
            raise _malformed(row[1], "")        # the schema table's own
        definition = table_from_ast(created, schema.name, schema.db, root, sql)
        schema.tables[created.name.lower()] = definition.table
        for index in definition.auto_indexes:
            schema.indexes[index.name.lower()] = index
            missing[index.name.lower()] = index
    elif kind is ast.CreateIndex:
        table = schema.tables.get(created.table.lower())
        if table is None:
            raise _malformed(row[1], f"no such table: {schema.name}.{created.table}")
        _check_names(row, "index", created.name, created.table)
        if created.name.lower() in schema.indexes:
            raise _malformed(row[1], f"index {created.name} already exists")
        if any(root == other.root for other in table.indexes):
            raise _malformed(row[1], "invalid rootpage")
        index = index_from_ast(created, table, root, sql)
        schema.indexes[created.name.lower()] = index
        table.indexes = in_walk_order([index, *table.indexes])
    elif kind is ast.CreateView:
        _check_names(row, "view", created.name, created.name)
        _check_new(schema, created.name)
        view = View(created.name, schema.name, schema.db, created.columns, created.select, sql)
        schema.views[created.name.lower()] = view
    elif kind is ast.CreateTrigger:
        _check_names(row, "trigger", created.name, created.table)
        schema.triggers[created.name.lower()] = Trigger(created.name, schema.name, created.table, created, sql)
    elif kind is not ast.CreateVirtualTable:        # TODO: when virtual tables exist, their modules give the columns
        raise _malformed(row[1], "")


def _check_new(schema: Schema, name: str) -> None:
    kind = "table" if name.lower() in schema.tables else "view" if name.lower() in schema.views else None
    if kind is not None:
        raise _malformed(name, f"{kind} {name} already exists")


def _attach_triggers(schema: Schema) -> None:
    for trigger in schema.triggers.values():
        target = schema.tables.get(trigger.table.lower()) or schema.views.get(trigger.table.lower())
        if target is None and schema.db != 1:
            raise _malformed(trigger.name, f"no such table: {schema.name}.{trigger.table}")
        if target is not None:      # a temporary trigger may belong to another database's table: the engine attaches it
            target.triggers.append(trigger)


# ---- statistics


def _apply_stat(schema: Schema, row: Sequence) -> None:
    """One row of sqlite_stat1; what cannot be read is ignored, as SQLite does."""
    table_name, index_name, text = row
    table = schema.tables.get(str(table_name).lower())
    if table is None or text is None:
        return
    stat = parse_stat(str(text))
    if stat is None:
        return
    if index_name is None:
        table.stat_rows = stat.n_rows
        return
    key = str(index_name).lower()
    if table.without_rowid and key == table.name.lower():
        table.stat_rows = stat.n_rows       # the primary key of a WITHOUT ROWID table has the table's name
        if table.key_index is not None:
            table.key_index.stat = stat
        return
    index = schema.indexes.get(key)
    if index is not None and index.table.lower() == table.name.lower():
        index.stat = stat
        if index.where is None:
            table.stat_rows = stat.n_rows


def parse_stat(text: str) -> IndexStat | None:
    """`1000 10 1 [unordered] [sz=N] [noskipscan]`."""
    numbers: list[float] = []
    unordered = no_skip_scan = False
    for word in text.split():
        if word.isdigit():
            numbers.append(float(word))
        elif word.startswith("unordered"):
            unordered = True
        elif word.startswith("noskipscan"):
            no_skip_scan = True
    if not numbers:
        return None
    return IndexStat(numbers[0], tuple(numbers[1:]), unordered, no_skip_scan)


__all__ = ["index_from_ast", "index_suffix", "load_schema", "schema_table", "table_from_ast"]
