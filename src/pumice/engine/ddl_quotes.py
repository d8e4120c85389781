"""Strings in double quotes within stored texts, put into single quotes before ALTER TABLE takes or renames a column.

    CHECK (a <> "x")   ->   CHECK (a <> 'x')       where no column is called x

From then on what stands in double quotes is a column, and one that is gone is missed instead of becoming a string.
Triggers keep theirs. Source: sqlite_rename_quotefix in alter.c.
"""

from __future__ import annotations

from pumice import errors
from pumice.binder.table_row import check_index, check_table
from pumice.catalog.objects import Index, Table, View
from pumice.engine.ddl_schema import binder, schema_source
from pumice.engine.ddl_text import Tokens
from pumice.node import descendants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def settle_quotes(session: Any, db: int) -> None:
    """Rewrites the stored texts of a database; its schema is read again where one changed."""
    schema = session.catalog.schemas[db]
    objects: list[tuple[str, Table | View | Index, Table | None]] = [("view", view, None)
                                                                     for view in schema.views.values()]
    for table in schema.tables.values():
        objects.append(("table", table, None))
        objects += [("index", index, table) for index in table.indexes]
    changed = False
    for kind, found, table in objects:
        if found.sql is not None and '"' in found.sql:
            sql = _settled(session, found, table)
            if sql != found.sql:
                session.execute_internal(f"UPDATE {schema_source(session, db)} SET sql=? WHERE type=? AND name=?",
                                         (sql, kind, found.name))
                changed = True
    if changed:
        session.schema_changed(db)


def _settled(session: Any, found: Table | View | Index, table: Table | None) -> str:
    """The text of `found`; as it is when it does not make sense."""
    assert found.sql is not None
    b = binder(session)
    try:
        if isinstance(found, View):
            b.bind(found.select)
        elif isinstance(found, Table):
            check_table(b, found)
        else:
            assert table is not None
            check_index(b, table, found)
    except errors.OperationalError:
        return found.sql
    strings = [name.pos for name in b.quoted_strings]
    if isinstance(found, View):         # without those of views that it reads
        own = {id(node) for node in descendants(found.select)}
        strings = [name.pos for name in b.quoted_strings if id(name) in own]
    sql = found.sql
    tokens = Tokens(sql)
    for i in range(len(tokens.kinds) - 1, -1, -1):
        if tokens.starts[i] in strings and tokens.texts[i].startswith('"'):
            value = tokens.texts[i][1:-1].replace('""', '"').replace("'", "''")
            sql = f"{sql[:tokens.starts[i]]}'{value}'{sql[tokens.end(i):]}"
    return sql
