"""CREATE TABLE, INDEX, VIEW and TRIGGER."""

from __future__ import annotations

from pumice import errors
from pumice.binder.table_row import check_index, check_table
from pumice.catalog.constraints import ignore_desc
from pumice.catalog.loader import index_from_ast, table_from_ast
from pumice.catalog.objects import Schema, Table, View
from pumice.engine.ddl_index import fill_index
from pumice.engine.ddl_schema import (
    add_schema_row,
    binder,
    check_object_name,
    collation_exists,
    find_table,
    has_parameters,
    is_system_table,
    table_name_taken,
    target_schema,
)
from pumice.engine.ddl_text import stored_text, text_of_columns
from pumice.exec.context import ExecContext
from pumice.exec.dml.build import build_dml
from pumice.exec.dml.trees import create_tree
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.sql import ast
from pumice.sql.parser import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SEQUENCE_SQL = "CREATE TABLE sqlite_sequence(name,seq)"


# ---- tables


def create_table(create: ast.CreateTable, session: Any) -> None:
    schema = target_schema(session, create.schema, create.temp)
    if table_name_taken(session, schema, create.name, create.if_not_exists):
        return
    if create.select is not None:
        _create_table_as(create, session, schema)
    else:
        _make_table(create, session, schema, stored_text("table", session.sql_text))
        session.schema_changed(schema.db)


def _make_table(create: ast.CreateTable, session: Any, schema: Schema, sql: str) -> Table:
    """Trees and schema rows of a new table and its automatic indexes."""
    definition = table_from_ast(create, schema.name, schema.db, 0, sql, collation_exists(session))
    table = definition.table
    check_table(binder(session), table)
    session.begin_change(schema.db)
    tree = session.btrees[schema.db]
    table.root = create_tree(tree, not table.without_rowid)
    add_schema_row(session, schema.db, "table", table.name, table.name, table.root, sql)
    for index in definition.auto_indexes:
        if table.without_rowid and index.origin == "pk":
            continue
        index.root = create_tree(tree, False)
        add_schema_row(session, schema.db, "index", index.name, table.name, index.root, None)
    if table.autoincrement and "sqlite_sequence" not in schema.tables:
        add_schema_row(session, schema.db, "table", "sqlite_sequence", "sqlite_sequence", create_tree(tree, True),
                       _SEQUENCE_SQL)
    return table


def _create_table_as(create: ast.CreateTable, session: Any, schema: Schema) -> None:
    """The query is planned before the table exists, so that its names mean what they meant then."""
    names, values = session.sql_params
    query = session.prepare_ast(create.select, session.sql_text, names).bound
    ids = query.plan.columns
    affinities = [query.all_columns.metas[column].affinity for column in ids]
    columns = list(zip(_unique_names(query.names), affinities, strict=True))
    sql = text_of_columns(create.name, columns)
    parsed = parse(sql)
    assert isinstance(parsed, ast.CreateTable)
    table = _make_table(parsed, session, schema, sql)
    write = logical.TableWrite(table, tuple(range(len(columns) + 1)), (), (), (), "abort", query.all_columns)
    insert = logical.Insert(write, query.plan, tuple([bound.Column(column) for column in ids]), None)
    context = ExecContext(session.btrees, session.collations, len(names), session, session.btrees[0].encoding)
    context.bind(values)
    build_dml(insert, context).run()
    session.schema_changed(schema.db)


def _unique_names(names: tuple[str, ...]) -> list[str]:
    """A name that occurs again gets ":1", ":2" ... Source: sqlite3ColumnsFromExprList."""
    taken: set[str] = set()
    found = []
    for name in names:
        n = 0
        unique = name
        while unique.lower() in taken:
            stem = unique
            head, colon, digits = unique.rpartition(":")
            if colon and digits.isdigit():
                stem = head
            n += 1
            unique = f"{stem}:{n}"
        taken.add(unique.lower())
        found.append(unique)
    return found


# ---- indexes


def create_index(create: ast.CreateIndex, session: Any) -> None:
    if create.schema is not None:
        schema = target_schema(session, create.schema)
        table = schema.tables.get(create.table.lower()) or schema.views.get(create.table.lower())
    else:
        # The table's database is the index's; a temporary table hides one of main.
        schemas = session.catalog.schemas
        schema = schemas[1] if create.table.lower() in schemas[1].tables else schemas[0]
        table = session.catalog.find(create.table, schema.name)
    if table is None:
        if schema.db == 1 and session.catalog.find(create.table) is not None:
            raise errors.sql_error(f'cannot create a TEMP index on non-TEMP table "{create.table}"')
        raise errors.sql_error(f"no such table: {schema.name}.{create.table}")
    if isinstance(table, View):
        raise errors.sql_error("views may not be indexed")
    if is_system_table(table):
        raise errors.sql_error(f"table {table.name} may not be indexed")
    key = create.name.lower()
    check_object_name(session, create.name)
    if key in schema.tables or key in schema.views:
        raise errors.sql_error(f"there is already a table named {create.name}")
    if key in schema.indexes:
        if create.if_not_exists:
            return
        raise errors.sql_error(f"index {create.name} already exists")
    sql = stored_text("index", session.sql_text, unique=create.unique)
    index = index_from_ast(create, table, 0, sql, collation_exists(session))
    if schema.file_format < 4:
        ignore_desc(index)
    check_index(binder(session), table, index)
    session.begin_change(schema.db)
    root = create_tree(session.btrees[schema.db], False)
    fill_index(session, table, index, root)
    add_schema_row(session, schema.db, "index", create.name, table.name, root, sql)
    session.schema_changed(schema.db)


# ---- views and triggers


def create_view(create: ast.CreateView, session: Any) -> None:
    if has_parameters(create.select):
        raise errors.sql_error("parameters are not allowed in views")
    schema = target_schema(session, create.schema, create.temp)
    if table_name_taken(session, schema, create.name, create.if_not_exists):
        return
    session.begin_change(schema.db)
    add_schema_row(session, schema.db, "view", create.name, create.name, 0, stored_text("view", session.sql_text))
    session.schema_changed(schema.db)


def create_trigger(create: ast.CreateTrigger, session: Any) -> None:
    if create.temp:
        if create.schema is not None:
            raise errors.sql_error("temporary trigger may not have qualified name")
        schema = session.catalog.schemas[1]
        table = find_table(session, create.table, None)
    else:
        schema = target_schema(session, create.schema)
        table = session.catalog.find(create.table, create.schema)
        if create.schema is None and table is not None:
            schema = session.catalog.schemas[table.db]
        if table is None:
            raise errors.sql_error(f"no such table: {schema.name}.{create.table}")
    check_object_name(session, create.name)
    if create.name.lower() in schema.triggers:
        if create.if_not_exists:
            return
        raise errors.sql_error(f"trigger {create.name} already exists")
    if isinstance(table, Table) and is_system_table(table):
        raise errors.sql_error("cannot create trigger on system table")
    if isinstance(table, View):
        if create.time != "instead of":
            raise errors.sql_error(f"cannot create {(create.time or 'before').upper()} trigger on view: {table.name}")
    elif create.time == "instead of":
        raise errors.sql_error(f"cannot create INSTEAD OF trigger on table: {table.name}")
    session.begin_change(schema.db)
    add_schema_row(session, schema.db, "trigger", create.name, create.table, 0,
                   stored_text("trigger", session.sql_text))
    session.schema_changed(schema.db)
