"""ANALYZE: row counts and average rows per distinct key prefix of every index, into sqlite_stat1.

    (tbl, idx, "nRow avg1 avg2 ...")    one row an index; (tbl, NULL, "nRow") for a table without a full index.
Empty trees have no row, but for partial indexes.

With PRAGMA analysis_limit only so many entries of each index are read; averages are those of the part,
and the row count is an estimate.

Source: analyze.c, stat_get: avg = ceil(nRow / nDistinct), 1 instead of 2 when it is close to 1.
"""

from __future__ import annotations

from pumice import errors
from pumice.catalog.objects import Index, Schema, Table, View
from pumice.engine.ddl_index import entry_columns, index_cursor
from pumice.engine.ddl_schema import add_schema_row, check_database, qualified
from pumice.exec.context import ExecContext
from pumice.exec.dml.build import table_cursor
from pumice.exec.dml.trees import create_tree, distinct_prefixes
from pumice.sql import ast
from pumice.storage.btree.measure import count_rows, estimate_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OTHER_STATS = ("sqlite_stat3", "sqlite_stat4")


def run_analyze(statement: ast.Analyze, session: Any) -> None:
    """`ANALYZE`, `ANALYZE schema`, `ANALYZE [schema.]table_or_index`."""
    catalog = session.catalog
    check_database(session, statement.schema)
    if statement.name is None:
        for schema in catalog.schemas:
            if schema.db != 1:
                _analyze_schema(session, schema, None, None)
        return
    named = catalog.search(statement.name) if statement.schema is None else []
    if named:
        _analyze_schema(session, named[0], None, None)
        return
    found = catalog.find_index(statement.name, statement.schema)
    if found is not None:
        schema, index = found
        _analyze_schema(session, schema, schema.tables[index.table.lower()], index)
        return
    table = catalog.find(statement.name, statement.schema)
    if table is None:
        raise errors.sql_error(f"no such table: {qualified(statement.name, statement.schema)}")
    _analyze_schema(session, catalog.schemas[table.db], table, None)


def _analyze_schema(session: Any, schema: Schema, table: Table | View | None, index: Index | None) -> None:
    session.begin_change(schema.db)
    name = schema.name.replace('"', '""')
    if "sqlite_stat1" not in schema.tables:
        add_schema_row(session, schema.db, "table", "sqlite_stat1", "sqlite_stat1",
                       create_tree(session.btrees[schema.db], True), "CREATE TABLE sqlite_stat1(tbl,idx,stat)")
        session.schema_changed(schema.db)
        schema = session.catalog.schemas[schema.db]
    for stat in ("sqlite_stat1", *_OTHER_STATS):
        if stat not in schema.tables:
            continue
        if index is not None:
            session.execute_internal(f'DELETE FROM "{name}".{stat} WHERE idx=?', (index.name,))
        elif table is not None:
            session.execute_internal(f'DELETE FROM "{name}".{stat} WHERE tbl=?', (table.name,))
        else:
            session.execute_internal(f'DELETE FROM "{name}".{stat}')
    tables = list(schema.tables.values()) if table is None else []
    if isinstance(table, Table):
        tables = [schema.tables[table.name.lower()]]
    for item in tables:
        if item.read_only or item.name.lower().startswith("sqlite_"):
            continue
        for row in _statistics(session, item, index):
            session.execute_internal(f'INSERT INTO "{name}".sqlite_stat1(tbl,idx,stat) VALUES(?,?,?)', row)
    session.schema_changed(schema.db)


def _statistics(session: Any, table: Table, only: Index | None) -> list[tuple[str, str | None, str]]:
    rows: list[tuple[str, str | None, str]] = []
    tree = session.btrees[table.db]
    limit = session.settings["analysis_limit"]
    needs_count = only is None
    if table.without_rowid and (only is None or only.origin == "pk"):
        context = ExecContext(session.btrees, session.collations, 0, session, session.btrees[0].encoding)
        n_rows, distinct = distinct_prefixes(table_cursor(table, context), len(table.primary_key), tree.encoding, limit)
        if n_rows:
            rows.append((table.name, table.name,
                         _stat_text(n_rows, distinct, _n_rows(session, table, table.root, n_rows))))
        needs_count = False
    for index in table.indexes:
        if (only is not None and index.name != only.name or not index.root
                or (table.without_rowid and index.origin == "pk")):
            continue
        cursor = index_cursor(session, table, index, index.root)
        n_rows, distinct = distinct_prefixes(cursor, len(entry_columns(table, index)), tree.encoding, limit)
        if n_rows or index.where is not None:       # a partial index is noted even when it is empty
            rows.append((table.name, index.name, _stat_text(n_rows, distinct[:len(index.columns)],
                                                            _n_rows(session, table, index.root, n_rows))))
        if index.where is None:
            needs_count = False
    if needs_count:
        n_rows = count_rows(tree, table.root) if limit == 0 else int(estimate_rows(tree, table.root))
        if n_rows:
            rows.append((table.name, None, str(n_rows)))
    return rows


def _n_rows(session: Any, table: Table, root: int, n_seen: int) -> int:
    """Entries of a tree of which `n_seen` were looked at: all of them, unless PRAGMA analysis_limit ended the walk."""
    limit = session.settings["analysis_limit"]
    return n_seen if limit == 0 or n_seen < limit else max(n_seen, int(estimate_rows(session.btrees[table.db], root)))


def _stat_text(n_rows: int, distinct: list[int], n_all: int) -> str:
    """`n_rows` were looked at, of `n_all`."""
    averages = []
    for n in distinct:
        n = max(n, 1)
        average = (n_rows + n - 1) // n
        if average == 2 and n_rows * 10 <= n * 11:
            average = 1
        averages.append(average)
    return " ".join(map(str, (n_all, *averages)))
