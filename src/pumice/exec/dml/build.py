"""From a bound INSERT, UPDATE or DELETE to the operator that runs it.

    build_dml(bound, ctx)  ->  DmlOperator        run() -> changed rows
"""

from __future__ import annotations

from pumice import errors
from pumice.catalog.constraints import walk_with_key
from pumice.catalog.objects import IndexColumn
from pumice.exec.build import Builder, key_position, used_columns
from pumice.exec.default import stored_default
from pumice.exec.dml.delete import Delete
from pumice.exec.dml.dml import StoredRows
from pumice.exec.dml.insert import Insert
from pumice.exec.dml.update import Update
from pumice.exec.dml.writer import TableWriter
from pumice.node import descendants
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.plan.physical import nodes as physical
from pumice.storage.record.key_info import KeyInfo
from pumice.values import AFF_REAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pumice.catalog.objects import Table
    from pumice.exec.context import ExecContext
    from pumice.exec.dml.dml import DmlOperator

_ROWID = IndexColumn(-1, None, "BINARY", False)


def build_dml(statement: logical.Insert | logical.Update | logical.Delete, ctx: ExecContext) -> DmlOperator:
    """The run state of a bound statement whose `source` is a physical plan."""
    return _BUILDERS[type(statement)](statement, Builder(ctx))


# ---- INSERT


def _insert(node: logical.Insert, builder: Builder) -> DmlOperator:
    table = node.write.table
    exprs = list(node.values)
    has_rowid = False
    if not table.without_rowid:
        rowid = node.rowid
        if rowid is None and table.rowid_alias >= 0:
            rowid = exprs[table.rowid_alias]
        has_rowid = rowid is not None and rowid != bound.Const(None)
        if table.rowid_alias >= 0:
            exprs[table.rowid_alias] = bound.Const(None)        # filled in by the writer
        if has_rowid:
            exprs.append(rowid)
    writer = _writer(node.write, builder, None)
    single = _single_row(node.source, exprs)
    if single is not None:
        values = builder.exprs(single, {})
        return Insert(node, builder.ctx, writer, None, values, has_rowid, None)
    source = builder.build(node.source)
    columns = node.source.columns
    values = builder.exprs(exprs, {column: i for i, column in enumerate(columns)})
    stored = StoredRows(builder.ctx, tuple(range(len(columns)))) if node.reads_target else None
    return Insert(node, builder.ctx, writer, source, values, has_rowid, stored)


def _single_row(source: Any, exprs: list[bound.BoundExpr]) -> list[bound.BoundExpr] | None:
    """`exprs` over no columns when `source` is one constant row, else None."""
    if isinstance(source, (physical.SingleRow, logical.SingleRow)):
        return exprs
    if not isinstance(source, physical.Values) or len(source.exprs) != 1:
        return None
    row = dict(zip(source.columns, source.exprs[0], strict=True))
    found = []
    for expr in exprs:
        if isinstance(expr, bound.Column) and expr.id in row:
            expr = row[expr.id]
        elif not isinstance(expr, (bound.Const, bound.Param)) and used_columns([expr]) & row.keys():
            return None
        found.append(expr)
    return found


# ---- UPDATE


def _update(node: logical.Update, builder: Builder) -> DmlOperator:
    table = node.write.table
    n = len(table.columns)
    rowid = node.rowid
    assigned = dict(enumerate(node.values))
    if not table.without_rowid and table.rowid_alias >= 0:
        alias_value = assigned.pop(table.rowid_alias)
        rowid = rowid if rowid is not None else alias_value
    sets = [(slot, expr) for slot, expr in assigned.items() if expr is not None]
    if rowid is not None and not table.without_rowid:
        sets.append((n, rowid))
    changed = node.changed
    writer = _writer(node.write, builder, changed)
    source = builder.build(node.source)
    exprs = [expr for _, expr in sets]
    used = used_columns(exprs) | set(node.old_ids)
    columns = [c for c in node.source.columns if c in used]
    layout = {column: i for i, column in enumerate(columns)}
    positions = {column: i for i, column in enumerate(node.source.columns)}
    stored = StoredRows(builder.ctx, [positions[c] for c in columns])
    old_slots = [layout.get(c, -1) for c in node.old_ids]
    old_slots += [-1] * (n + 1 - len(old_slots))
    set_builder = _SetBuilder(builder.ctx, table)
    values = set_builder.exprs(exprs, layout)
    sets_key = table.without_rowid and any(k.column in changed for k in table.primary_key)
    return Update(node, builder.ctx, writer, source, stored, old_slots, values, [slot for slot, _ in sets],
                  n in changed, sets_key, set_builder.row_by_row, _one_row(node.source))


class _SetBuilder(Builder):
    """Builds the expressions of SET. A correlated subquery over the table itself sees the rows that were changed
    before, as in SQLite, so such a statement computes its values row by row and remembers no result of the subquery."""

    def __init__(self, ctx: ExecContext, table: Table) -> None:
        super().__init__(ctx)
        self.table = table
        self.row_by_row = False

    def reads_queues(self, plan: physical.Physical) -> bool:
        if super().reads_queues(plan):
            return True
        if self.free(plan) and any(getattr(item, "table", None) is self.table for item in descendants(plan)):
            self.row_by_row = True
            return True
        return False


# ---- DELETE


def _delete(node: logical.Delete, builder: Builder) -> DmlOperator:
    table = node.write.table
    n = len(table.columns)
    writer = _writer(node.write, builder, None)
    if node.everything:
        return Delete(node, builder.ctx, writer, None, StoredRows(builder.ctx, ()), [-1] * (n + 1), True, False)
    ids = node.write.row_ids
    needed = {k.column for k in table.primary_key} if table.without_rowid else {n}
    for write in node.write.indexes:
        used = used_columns([*write.keys, write.where])
        needed |= {slot for slot, column in enumerate(ids) if column in used}
        needed |= {c.column for c in write.index.suffix}
    source = builder.build(node.source)
    positions = {column: i for i, column in enumerate(node.source.columns)}
    slots = [slot for slot in sorted(needed) if slot < len(node.old_ids) and node.old_ids[slot] in positions]
    stored = StoredRows(builder.ctx, [positions[node.old_ids[slot]] for slot in slots])
    old_slots = [-1] * (n + 1)
    for i, slot in enumerate(slots):
        old_slots[slot] = i
    return Delete(node, builder.ctx, writer, source, stored, old_slots, False, _one_row(node.source))


# ---- the writer


def build_writer(write: logical.TableWrite, ctx: ExecContext) -> TableWriter:
    """A planned TableWrite on its own."""
    return _writer(write, Builder(ctx), None)


def _writer(write: logical.TableWrite, builder: Builder, changed: frozenset[int] | None) -> TableWriter:
    """`changed`: the slots of the row that an UPDATE assigns; None for INSERT and DELETE."""
    table = write.table
    ctx = builder.ctx
    layout = {column: i for i, column in enumerate(write.row_ids)}
    tree = ctx.btrees[table.db]
    alias = -1 if table.without_rowid else table.rowid_alias
    fields = list(table.storage_order or range(len(table.columns)))
    not_null = [(column, action, None if default is None else builder.expr(default, {}))
                for column, action, default in write.not_null
                if column != alias and (changed is None or column in changed)]
    checks = [(builder.condition(expr, layout), label, action)
              for expr, label, action in write.checks
              if changed is None or {layout.get(c) for c in used_columns([expr])} & changed]
    parts = {
        "tree": tree,
        "encoding": tree.encoding,
        "cursor": table_cursor(table, ctx),
        "fields": [-1 if column == alias else column for column in fields],
        "field_column": fields,
        "compact": [table.columns[column].affinity == AFF_REAL for column in fields],
        "pk": [k.column for k in table.primary_key] if table.without_rowid else [],
        "defaults": [stored_default(column) for column in table.columns],
        "not_null": not_null,
        "checks": checks,
        "generated": [(column, builder.expr(expr, layout)) for column, expr in write.generated],
        "indexes": [_index(item, table, builder, layout, changed) for item in write.indexes],
        # Before which index the table's own key is checked: a rowid first.
        "key_place": walk_with_key(table).index(table.key_index) if table.key_index is not None else 0,
        "sequence": _sequence(table, ctx),
    }
    return TableWriter(ctx, write, parts)


def _index(item: logical.IndexWrite, table: Table, builder: Builder, layout: dict[int, int],
           changed: frozenset[int] | None) -> dict[str, Any]:
    index = item.index
    n = len(table.columns)
    columns = [*index.columns, *index.suffix] if table.without_rowid else [*index.columns, _ROWID]
    source: list[int] = []
    exprs = []
    for key in item.keys:
        if isinstance(key, bound.Column) and key.id in layout:
            source.append(layout[key.id])
        else:
            source.append(-1 - len(exprs))
            exprs.append(key)
    source += [n if c.column < 0 else c.column for c in columns[len(index.columns):]]
    used = {layout.get(c) for c in used_columns([*item.keys, item.where])}
    return {
        "cursor": builder.ctx.btrees[table.db].cursor(index.root, builder.key_info(columns)),
        "n_key": len(index.columns),
        "source": source,
        "compact": [0 <= s < n and table.columns[s].affinity == AFF_REAL for s in source],
        "exprs": builder.exprs(exprs, layout),
        "where": None if item.where is None else builder.condition(item.where, layout),
        "unique": index.unique,
        "action": item.conflict,
        "touched": changed is None or bool(used & changed),
        "key_at": [key_position(columns, key) for key in table.primary_key] if table.without_rowid else [],
    }


def _sequence(table: Table, ctx: ExecContext) -> Any:
    """A cursor of sqlite_sequence for a table with AUTOINCREMENT."""
    if not table.autoincrement:
        return None
    found = ctx.connection.catalog.schemas[table.db].tables.get("sqlite_sequence")
    if found is None or found.without_rowid or len(found.columns) != 2:
        raise errors.corrupt("sqlite_sequence")
    return ctx.btrees[table.db].cursor(found.root)


# ---- helpers


def _one_row(source: Any) -> bool:
    """Whether the plan gives one row at most: a look-up by rowid."""
    while isinstance(source, (physical.Filter, physical.Project, physical.Keep)):
        source = source.input
    return isinstance(source, physical.RowidAccess) and isinstance(source.eq, bound.BoundExpr)


def table_cursor(table: Table, ctx: ExecContext) -> Any:
    """A cursor of the table's own tree."""
    keys = key_info(table.primary_key, ctx, table.db) if table.without_rowid else None
    return ctx.btrees[table.db].cursor(table.root, keys)


def key_info(columns: Iterable[IndexColumn], ctx: ExecContext, db: int) -> KeyInfo:
    """How entries of these columns compare."""
    columns = list(columns)
    collations = [ctx.key_collation(column.collation) for column in columns]
    return KeyInfo(collations, [column.desc for column in columns], ctx.btrees[db].encoding)


_BUILDERS = {logical.Insert: _insert, logical.Update: _update, logical.Delete: _delete}
