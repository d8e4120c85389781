"""DROP TABLE, INDEX, VIEW and TRIGGER; REINDEX."""

from __future__ import annotations

from pumice import errors
from pumice.catalog.objects import Index, Schema, Table, View
from pumice.engine.ddl_index import fill_index
from pumice.engine.ddl_schema import check_database, qualified, schema_source
from pumice.exec.dml.trees import clear_tree, drop_tree
from pumice.sql import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STAT_TABLES = ("sqlite_stat1", "sqlite_stat3", "sqlite_stat4")


def drop(statement: ast.Drop, session: Any) -> None:
    _DROPS[statement.kind](statement, session)


def _drop_table(statement: ast.Drop, session: Any) -> None:
    found = session.catalog.find(statement.name, statement.schema)
    wants_view = statement.kind == "view"
    if found is None:
        if statement.if_exists:
            return
        raise errors.sql_error(f"no such {statement.kind}: {qualified(statement.name, statement.schema)}")
    if isinstance(found, Table) and not _may_be_dropped(found.name):
        raise errors.sql_error(f"table {found.name} may not be dropped")
    if wants_view and isinstance(found, Table):
        raise errors.sql_error(f"use DROP TABLE to delete table {found.name}")
    if not wants_view and isinstance(found, View):
        raise errors.sql_error(f"use DROP VIEW to delete view {found.name}")
    db = found.db
    schema = session.catalog.schemas[db]
    source = schema_source(session, db)
    session.begin_change(db)
    for trigger in found.triggers:
        if trigger.schema != found.schema:      # a temporary trigger on a table of another database
            session.transaction.begin_write(1)
            session.execute_internal(f"DELETE FROM {schema_source(session, 1)} WHERE name=? AND type='trigger'",
                                     (trigger.name,))
            session.schema_changed(1)
    if isinstance(found, Table):
        if found.autoincrement and "sqlite_sequence" in schema.tables:
            session.execute_internal(f'DELETE FROM "{_escaped(schema.name)}".sqlite_sequence WHERE name=?',
                                     (found.name,))
        _forget_statistics(session, schema, "tbl", found.name)
    session.execute_internal(f"DELETE FROM {source} WHERE tbl_name=? COLLATE NOCASE AND type!='trigger'", (found.name,))
    session.execute_internal(f"DELETE FROM {source} WHERE tbl_name=? COLLATE NOCASE AND type='trigger'", (found.name,))
    if isinstance(found, Table):
        drop_trees(session, db, [found.root, *(index.root for index in found.indexes)])
    session.schema_changed(db)


def _may_be_dropped(name: str) -> bool:
    key = name.lower()
    return not key.startswith("sqlite_") or key.startswith(("sqlite_stat", "sqlite_parameters"))


def _drop_index(statement: ast.Drop, session: Any) -> None:
    found = session.catalog.find_index(statement.name, statement.schema)
    if found is None:
        if statement.if_exists:
            return
        raise errors.sql_error(f"no such index: {qualified(statement.name, statement.schema)}")
    schema, index = found
    if index.origin != "c":
        raise errors.sql_error("index associated with UNIQUE or PRIMARY KEY constraint cannot be dropped")
    session.begin_change(schema.db)
    session.execute_internal(f"DELETE FROM {schema_source(session, schema.db)} WHERE name=? AND type='index'",
                             (index.name,))
    _forget_statistics(session, schema, "idx", index.name)
    drop_trees(session, schema.db, [index.root])
    session.schema_changed(schema.db)


def _drop_trigger(statement: ast.Drop, session: Any) -> None:
    key = statement.name.lower()
    schema = next((s for s in session.catalog.search(statement.schema) if key in s.triggers), None)
    if schema is None:
        if statement.if_exists:
            return
        raise errors.sql_error(f"no such trigger: {qualified(statement.name, statement.schema)}")
    trigger = schema.triggers[key]
    session.begin_change(schema.db)
    session.execute_internal(f"DELETE FROM {schema_source(session, schema.db)} WHERE name=? AND type='trigger'",
                             (trigger.name,))
    session.schema_changed(schema.db)


_DROPS = {"table": _drop_table, "view": _drop_table, "index": _drop_index, "trigger": _drop_trigger}


def drop_trees(session: Any, db: int, roots: list[int]) -> None:
    """Frees trees, the one with the largest root first: in an auto-vacuum file the last root moves into the gap, so it
    is never one still to be freed. The schema table follows such a move."""
    for root in sorted(set(roots), reverse=True):
        moved = drop_tree(session.btrees[db], root)
        if moved:
            session.execute_internal(f"UPDATE {schema_source(session, db)} SET rootpage=? WHERE rootpage=?",
                                     (root, moved))
            session.load_schema(db)     # what follows in this statement must find the moved tree


def _forget_statistics(session: Any, schema: Schema, column: str, name: str) -> None:
    for stat in _STAT_TABLES:
        if stat in schema.tables:
            session.execute_internal(f'DELETE FROM "{_escaped(schema.name)}".{stat} WHERE {column}=?', (name,))


def _escaped(name: str) -> str:
    return name.replace('"', '""')


# ---- REINDEX


def reindex(statement: ast.Reindex, session: Any) -> None:
    """All indexes, those of one table, one index, or those that use a collation."""
    check_database(session, statement.schema)
    todo: list[tuple[Table, Index]] = []
    all_tables = [table for schema in session.catalog.schemas for table in schema.tables.values()]
    if statement.name is None:
        todo = [(table, index) for table in all_tables for index in table.indexes]
    elif statement.schema is None and statement.name.upper() in session.collations:
        collation = statement.name.upper()
        todo = [(table, index) for table in all_tables
                for index in table.indexes if any(c.collation == collation for c in index.columns)]
    else:
        table = session.catalog.find(statement.name, statement.schema)
        found = session.catalog.find_index(statement.name, statement.schema)
        if isinstance(table, Table):
            todo = [(table, index) for index in table.indexes]
        elif found is not None:
            schema, index = found
            todo = [(schema.tables[index.table.lower()], index)]
        else:
            raise errors.sql_error("unable to identify the object to be reindexed")
    for table, index in todo:
        if index.root and not (table.without_rowid and index.origin == "pk"):
            session.begin_change(table.db)
            clear_tree(session.btrees[table.db], index.root)
            fill_index(session, table, index, index.root)
