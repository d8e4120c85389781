"""Filling an index: its entries come sorted from a SELECT over the table,
and the tree is built from them page after page.

    SELECT key columns, rowid or primary key FROM t NOT INDEXED [WHERE ...] ORDER BY the same   ->   IndexBuilder

The sort spills as any sort does; a duplicate in a unique index shows as two equal neighbours.
"""

from __future__ import annotations

from pumice import errors
from pumice.catalog.objects import IndexColumn
from pumice.exec.build import build_plan
from pumice.exec.context import ExecContext
from pumice.exec.dml.build import key_info
from pumice.exec.dml.trees import IndexBuilder
from pumice.exec.dml.writer import unique_message
from pumice.sql import ast
from pumice.values import AFF_REAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.catalog.objects import Index, Table

_ROWID_NAMES = ("rowid", "_rowid_", "oid")


def entry_columns(table: Table, index: Index) -> list[IndexColumn]:
    """What the entries of `index` hold, the way to the row at the end."""
    if table.without_rowid:
        return [*index.columns, *index.suffix]
    return [*index.columns, IndexColumn(-1, None, "BINARY", False)]


def index_cursor(session: Any, table: Table, index: Index, root: int) -> Any:
    context = _context(session)
    return session.btrees[table.db].cursor(root, key_info(entry_columns(table, index), context, table.db))


def fill_index(session: Any, table: Table, index: Index, root: int) -> int:
    """Fills the empty tree at `root`; returns the number of entries.

    Raises IntegrityError for a duplicate in a unique index."""
    columns = entry_columns(table, index)
    exprs = [_expr(table, column) for column in columns]
    select = ast.Select(
        ast.SelectCore(tuple([ast.ResultColumn(expr) for expr in exprs]),
                       source=ast.TableName(table.name, table.schema, not_indexed=True), where=index.where),
        # By number: a term may itself be one.
        order=tuple([ast.OrderTerm(ast.Collate(ast.Literal(i), column.collation), column.desc)
                     for i, column in enumerate(columns, 1)]),
    )
    statement = session.prepare_ast(select, session.sql_text, ())
    context = _context(session)
    compact = [c.column >= 0 and table.columns[c.column].affinity == AFF_REAL for c in columns]
    tree = session.btrees[table.db]
    builder = IndexBuilder(context, tree, root, key_info(columns, context, table.db), len(index.columns), compact,
                           index.unique, tree.encoding)
    n_entries = builder.run(build_plan(statement.bound.plan, context))
    if n_entries < 0:
        code = "SQLITE_CONSTRAINT_PRIMARYKEY" if index.origin == "pk" else "SQLITE_CONSTRAINT_UNIQUE"
        raise errors.make(code, unique_message(table, index))
    return n_entries


def _context(session: Any) -> ExecContext:
    return ExecContext(session.btrees, session.collations, 0, session, session.btrees[0].encoding)


def _expr(table: Table, column: IndexColumn) -> ast.Expr:
    if column.column == -2:
        assert column.expr is not None
        return column.expr
    if column.column >= 0:
        return ast.Name(table.columns[column.column].name, table.name)
    return ast.Name(rowid_name(table), table.name)


def rowid_name(table: Table) -> str:
    """A name under which the rowid can be read."""
    if table.rowid_alias >= 0:
        return table.columns[table.rowid_alias].name
    taken = {c.name.lower() for c in table.columns}
    for name in _ROWID_NAMES:
        if name not in taken:
            return name
    raise errors.not_supported(f"an index of table {table.name}, whose columns hide every name of the rowid")
