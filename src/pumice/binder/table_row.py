"""Lone expressions over one row of a table: CHECK, DEFAULT, generated columns, index expressions,
partial index conditions."""

from __future__ import annotations

from pumice import errors
from pumice.binder.rewrite import column_ids
from pumice.binder.scope import Scope, Source, table_names
from pumice.plan.logical import expr as bound
from pumice.values import AFF_BLOB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.binder.binder import Binder
    from pumice.catalog.objects import Index, Table
    from pumice.plan.logical.expr import BoundExpr
    from pumice.sql import ast

CHECK = "CHECK constraints"
PARTIAL_INDEX = "partial index WHERE clauses"
INDEX_EXPRESSION = "index expressions"
GENERATED = "generated columns"


def row_scope(b: Binder, table: Table, row_ids: tuple[int, ...] | None = None, purpose: str | None = None) -> Scope:
    """A scope in which the columns of `table` stand for `row_ids` (every column, then the rowid; new ids when None)."""
    known = table_names(table)
    if row_ids is None:
        row_ids = new_row(b, table)
    n = len(table.columns)
    rowid = -1
    if not table.without_rowid:
        rowid = row_ids[table.rowid_alias] if table.rowid_alias >= 0 else row_ids[n]
    scope = Scope(None, None)
    scope.prohibit = purpose
    scope.sources.append(Source(table.name, table.schema, known.names, known.positions, row_ids[:n], table, rowid))
    return scope


def new_row(b: Binder, table: Table) -> tuple[int, ...]:
    """Fresh ids for a row of `table`: every column, then the rowid (also for WITHOUT ROWID, where nothing uses it)."""
    first = len(b.metas)
    b.metas.extend(table_names(table).metas)
    if table.without_rowid:
        b.metas.append(bound.ColumnMeta("rowid", AFF_BLOB, None))
    return tuple(range(first, len(b.metas)))


def bind_row_expr(b: Binder, expr: ast.Expr, table: Table, purpose: str,
                  row_ids: tuple[int, ...] | None = None) -> BoundExpr:
    """`expr` over a row of `table`.

    Raises: what SQLite raises in CREATE TABLE and CREATE INDEX: unknown columns,
    "subqueries prohibited in CHECK constraints", ...
    """
    return b.expr(expr, row_scope(b, table, row_ids, purpose))


def generated_exprs(b: Binder, table: Table, row_ids: tuple[int, ...]) -> list[tuple[int, BoundExpr]]:
    """(column, expression with the column's affinity) of each generated column, those that others depend on first.

    Raises: generated column loop.
    """
    pending: dict[int, BoundExpr] = {}
    for at, column in enumerate(table.columns):
        if column.generated is not None:
            expr = bind_row_expr(b, column.generated, table, GENERATED, row_ids)
            if column.affinity > AFF_BLOB:
                expr = bound.Affinity(expr, column.affinity)
            pending[at] = expr
    position = {row_ids[at]: at for at in pending}
    needs = {at: {position[i] for i in column_ids(expr) if i in position} for at, expr in pending.items()}
    ordered: list[tuple[int, BoundExpr]] = []
    done: set[int] = set()
    while pending:
        ready = [at for at in pending if needs[at] <= done]
        if not ready:
            name = table.columns[max(pending)].name
            raise errors.sql_error(f'generated column loop on "{name}"')
        for at in ready:
            ordered.append((at, pending.pop(at)))
            done.add(at)
    return ordered


def check_table(b: Binder, table: Table) -> None:
    """Binds every expression of a new table, for the errors."""
    row = new_row(b, table)
    for check in table.checks:
        bind_row_expr(b, check.expr, table, CHECK, row)
    generated_exprs(b, table, row)


def check_index(b: Binder, table: Table, index: Index) -> None:
    """Binds every expression of a new index, for the errors."""
    row = new_row(b, table)
    for column in index.columns:
        if column.expr is not None:
            bind_row_expr(b, column.expr, table, INDEX_EXPRESSION, row)
    if index.where is not None:
        bind_row_expr(b, index.where, table, PARTIAL_INDEX, row)
