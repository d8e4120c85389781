"""What the DDL statements share: which schema a name belongs to, whether a name is free, rows of the schema table."""

from __future__ import annotations

from pumice import errors
from pumice.binder.binder import Binder, BindOptions
from pumice.catalog.objects import Schema, Table
from pumice.engine.ddl_text import raw_name
from pumice.exec.dml.trees import append_row
from pumice.node import descendants
from pumice.sql import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEMA_ROOT = 1     # page of the schema table in every file


def target_schema(session: Any, name: str | None, temp: bool = False) -> Schema:
    """Where CREATE puts an object: the named schema, temp for TEMP, else main."""
    if temp:
        if name is not None and name.lower() != "temp":
            raise errors.sql_error("temporary table name must be unqualified")
        return session.catalog.schemas[1]
    if name is None:
        return session.catalog.schemas[0]
    check_database(session, name)
    return session.catalog.search(name)[0]


def check_database(session: Any, name: str | None) -> None:
    """Raises: unknown database."""
    if name is not None and not session.catalog.search(name):
        raise errors.sql_error(f"unknown database {name}")


def check_object_name(session: Any, name: str) -> None:
    if name.lower().startswith("sqlite_") and not session.settings["writable_schema"]:
        raise errors.sql_error(f"object name reserved for internal use: {name}")


def table_name_taken(session: Any, schema: Schema, name: str, if_not_exists: bool) -> bool:
    """Whether CREATE TABLE or CREATE VIEW has nothing to do. Raises when the name is taken."""
    key = name.lower()
    check_object_name(session, name)
    kind = "table" if key in schema.tables else "view" if key in schema.views else None
    if kind is not None:
        if if_not_exists:
            return True
        raise errors.sql_error(f"{kind} {raw_name(session.sql_text)} already exists")
    if key in schema.indexes:
        raise errors.sql_error(f"there is already an index named {name}")
    return False


def find_table(session: Any, name: str, schema: str | None) -> Any:
    """A table or view; unqualified names look in temp, main, attached.

    Raises: no such table."""
    found = session.catalog.find(name, schema)
    if found is None:
        raise errors.sql_error(f"no such table: {qualified(name, schema)}")
    return found


def qualified(name: str, schema: str | None) -> str:
    return name if schema is None else f"{schema}.{name}"


def schema_table(db: int) -> str:
    return "sqlite_temp_master" if db == 1 else "sqlite_master"


def schema_source(session: Any, db: int) -> str:
    """The schema table of a database, for SQL."""
    name = session.catalog.schemas[db].name.replace('"', '""')
    return f'"{name}".{schema_table(db)}'


def add_schema_row(session: Any, db: int, kind: str, name: str, table: str, root: int, sql: str | None) -> None:
    append_row(session.btrees[db], SCHEMA_ROOT, (kind, name, table, root, sql))


def binder(session: Any, quoted_strings: bool = True) -> Binder:
    options = BindOptions(quoted_strings=quoted_strings)
    return Binder(session.catalog, session.functions, lambda name: name.upper() in session.collations, options)


def collation_exists(session: Any) -> Any:
    return lambda name: name.upper() in session.collations


def has_parameters(node: Any) -> bool:
    return any(type(item) is ast.Param for item in descendants(node))


def is_system_table(table: Table) -> bool:
    return table.name.lower().startswith("sqlite_")
