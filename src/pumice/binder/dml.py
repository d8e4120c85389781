"""INSERT, UPDATE and DELETE: the source of rows, the new values,
and the TableWrite that keeps table and indexes true."""

from __future__ import annotations

from pumice import errors
from pumice.binder import from_clause
from pumice.binder.aggregate import Grouping
from pumice.binder.compare import vector
from pumice.binder.cte import settle_shared
from pumice.binder.expr import conjuncts
from pumice.binder.rewrite import column_ids, walk
from pumice.binder.scope import Scope, Source, WithScope, find_cte
from pumice.binder.table_row import generated_exprs, new_row, row_scope
from pumice.catalog.objects import Column, Table, View
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.sql import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pumice.binder.binder import Binder
    from pumice.plan.logical.expr import BoundExpr

_ROWID_NAMES = ("rowid", "_rowid_", "oid")


def target_table(b: Binder, item: ast.TableName, event: str) -> Table:
    """The table a statement writes. Raises: no such table, and what may not be modified."""
    found = from_clause.find_table(b, item)
    if type(found) is View:
        from_clause.view_query(b, found, item.pos)      # what is wrong with it comes first
        if any(trigger.definition.event == event for trigger in found.triggers):
            raise errors.not_supported("triggers", item.pos)
        raise errors.sql_error(f"cannot modify {found.name} because it is a view", item.pos)
    assert type(found) is Table
    if found.read_only and not b.options.schema_writable:
        raise errors.sql_error(f"table {found.name} may not be modified", item.pos)
    if any(trigger.definition.event == event for trigger in found.triggers):
        raise errors.not_supported("triggers", item.pos)
    return found


def table_write(b: Binder, table: Table, conflict: str | None) -> logical.TableWrite:
    """Constraints and indexes of `table` bound over a row, their conflict actions resolved."""
    row = new_row(b, table)
    scope = row_scope(b, table, row)
    not_null = []
    for at, column in enumerate(table.columns):
        if column.not_null is not None and at != table.rowid_alias:
            not_null.append((at, conflict or column.not_null,
                             default_value(b, column) if column.default is not None else None))
    kept = table.checks if b.options.check_constraints else ()
    checks = tuple([(b.expr(check.expr, scope), check.label, _check_action(conflict)) for check in kept])
    indexes = []
    for index in table.indexes:
        keys = tuple([bound.Column(row[c.column]) if c.column != -2 else b.expr(c.expr, scope)     # type: ignore[arg-type]
                      for c in index.columns])
        where = b.expr(index.where, scope) if index.where is not None else None
        indexes.append(logical.IndexWrite(index, keys, where, conflict or index.conflict or "abort"))
    generated: tuple[tuple[int, BoundExpr], ...] = ()
    if any(column.generated is not None for column in table.columns):
        generated = tuple(generated_exprs(b, table, row))
    return logical.TableWrite(table, row, tuple(not_null), checks, tuple(indexes),
                              conflict or table.rowid_conflict or "abort", b.columns,
                              conflict, generated)


def _check_action(conflict: str | None) -> str:
    """CHECK has no conflict clause of its own, and for it REPLACE means ABORT."""
    return "abort" if conflict is None or conflict == "replace" else conflict


def default_value(b: Binder, column: Column) -> BoundExpr:
    """DEFAULT of a column, NULL when it has none. A lone name is a string."""
    expr = column.default
    if expr is None:
        return bound.Const(None)
    if type(expr) is ast.Name and expr.table is None and expr.column.lower() not in ("true", "false"):
        return bound.Const(expr.column)
    return b.expr(expr, Scope(None, None))


def _with(b: Binder, clause: ast.With | None) -> WithScope | None:
    return WithScope(clause, None) if clause is not None else None


def _no_returning(statement: ast.Insert | ast.Update | ast.Delete) -> None:
    if statement.returning:
        raise errors.not_supported("RETURNING", statement.pos)


# ---- INSERT


def bind_insert(b: Binder, statement: ast.Insert) -> logical.Insert:
    table = target_table(b, statement.table, "insert")
    _no_returning(statement)
    if statement.upserts:
        raise errors.not_supported("INSERT ... ON CONFLICT", statement.pos)
    given = _insert_columns(table, statement)
    if statement.select is None:
        if given is not None:
            raise errors.sql_error(f"0 values for {len(given)} columns", statement.pos)
        source: logical.Plan = logical.SingleRow()
    else:
        source = b.query(statement.select, None, _with(b, statement.with_)).plan
        _check_count(table, statement, given, len(source.columns))
    if given is None:
        given = ([i for i, c in enumerate(table.columns) if c.generated is None and not c.hidden]
                 if statement.select is not None else [])
    values, rowid = _insert_values(b, table, given, source)
    source = settle_shared(b, source)
    return logical.Insert(table_write(b, table, statement.conflict), source, values, rowid, _reads(source, table))


def _shown(item: ast.TableName) -> str:
    return f"{item.schema}.{item.name}" if item.schema is not None else item.name


def _insert_columns(table: Table, statement: ast.Insert) -> list[int] | None:
    """Positions of the listed columns (-1 the rowid) or None."""
    if statement.columns is None:
        return None
    positions = {column.name.lower(): i for i, column in enumerate(table.columns)}
    given: list[int] = []
    for name in statement.columns:
        at = positions.get(name.lower())
        if at is None:
            if name.lower() not in _ROWID_NAMES or table.without_rowid:
                raise errors.sql_error(f"table {_shown(statement.table)} has no column named {name}", statement.pos)
            at = -1
        elif table.columns[at].generated is not None:
            raise errors.sql_error(f'cannot INSERT into generated column "{table.columns[at].name}"', statement.pos)
        given.append(at)
    return given


def _check_count(table: Table, statement: ast.Insert, given: list[int] | None, n_values: int) -> None:
    if given is None:
        expected = sum(1 for c in table.columns if c.generated is None and not c.hidden)
        if n_values != expected:
            raise errors.sql_error(f"table {_shown(statement.table)} has {expected} columns but {n_values} "
                                   "values were supplied", statement.pos)
    elif n_values != len(given):
        raise errors.sql_error(f"{n_values} values for {len(given)} columns", statement.pos)


def _insert_values(b: Binder, table: Table, given: list[int],
                   source: logical.Plan) -> tuple[tuple[BoundExpr, ...], BoundExpr | None]:
    """A value for each column (NULL for the rowid's alias and generated columns), and the rowid's."""
    place_of: dict[int, int] = {}
    for place, at in enumerate(given):
        place_of.setdefault(at, place)      # a column listed twice: the first counts
    rowid: BoundExpr | None = None
    if not table.without_rowid:
        for place, at in enumerate(given):      # of the rowid under several names the last counts
            if at == -1 or at == table.rowid_alias:
                rowid = bound.Column(source.columns[place])
    values: list[BoundExpr] = []
    for at, column in enumerate(table.columns):
        place = place_of.get(at)
        if at == table.rowid_alias or column.generated is not None:
            values.append(bound.Const(None))
        elif place is not None:
            values.append(bound.Column(source.columns[place]))
        else:
            values.append(default_value(b, column))
    return tuple(values), rowid


def _reads(source: logical.Plan, table: Table) -> bool:
    if (type(source) is logical.Values
            and all(type(x) in (bound.Const, bound.Param) for row in source.rows for x in row)):
        return False
    return any(type(node) is logical.Scan and node.table is table for node in walk(source))


# ---- UPDATE and DELETE


def _target(b: Binder, item: ast.TableName, table: Table, scope: Scope) -> tuple[logical.Plan, Source, tuple[int, ...]]:
    """The scan of the target, its FROM item, and the ids of its rows (every column, then the rowid)."""
    plan, source = from_clause.scan_named(b, table, item)
    scope.sources.append(source)
    ids = plan.columns
    if table.without_rowid:
        # keeps the row's layout; nothing gives it a value
        ids = (*ids, b.columns.new(bound.ColumnMeta("rowid", 0, None)))
    return plan, source, ids


def _no_order(statement: ast.Update | ast.Delete) -> None:
    if statement.order or statement.limit is not None:
        raise errors.not_supported("ORDER BY and LIMIT in UPDATE and DELETE", statement.pos)


def bind_delete(b: Binder, statement: ast.Delete) -> logical.Delete:
    table = target_table(b, statement.table, "delete")
    _no_returning(statement)
    _no_order(statement)
    scope = Scope(None, _with(b, statement.with_))
    plan, _, old_ids = _target(b, statement.table, table, scope)
    if statement.where is not None:
        plan = logical.Filter(plan, conjuncts(b.expr(statement.where, scope)))
    plan = settle_shared(b, plan)
    return logical.Delete(table_write(b, table, None), plan, old_ids, statement.where is None)


def bind_update(b: Binder, statement: ast.Update) -> logical.Update:
    table = target_table(b, statement.table, "update")
    _no_returning(statement)
    _no_order(statement)
    scope = Scope(None, _with(b, statement.with_))
    plan, _, old_ids = _target(b, statement.table, table, scope)
    conditions: tuple[BoundExpr, ...] = ()
    if statement.source is not None:
        for assignment in statement.assignments:
            for name in assignment.columns:
                _assigned(table, name, assignment.pos)      # an error in these comes before those of FROM
        plan, conditions = _join_from(b, statement, plan, scope)
    changes = _assignments(b, statement, table, scope)
    if statement.where is not None:
        conditions += conjuncts(b.expr(statement.where, scope))
    if conditions:
        plan = logical.Filter(plan, conditions)
    if statement.source is not None:
        plan, old_ids, changes = _one_match_each(b, table, plan, old_ids, changes)
    rowid = changes.pop(-1, None)
    if table.rowid_alias in changes and table.rowid_alias >= 0:
        rowid = changes.pop(table.rowid_alias)
    values = tuple([changes.get(at) for at in range(len(table.columns))])
    # Plans inside values (subqueries) may hold Shared nodes too; they and the source are settled alike.
    plan = settle_shared(b, plan)
    values = tuple([None if v is None else settle_shared(b, v) for v in values])        # type: ignore[arg-type, misc]
    rowid = None if rowid is None else settle_shared(b, rowid)      # type: ignore[arg-type, assignment]
    write = table_write(b, table, statement.conflict)
    return logical.Update(write, plan, old_ids, values, rowid, _changed(write, changes.keys(), rowid is not None),
                          statement.source is not None)


def _changed(write: logical.TableWrite, columns: Iterable[int], rowid: bool) -> frozenset[int]:
    """Places of the row that change with these columns (and the rowid)."""
    found = set(columns)
    if rowid:
        found.add(len(write.table.columns))
        if write.table.rowid_alias >= 0:
            found.add(write.table.rowid_alias)
    for at, expr in write.generated:        # each behind those it depends on
        if not found.isdisjoint(write.row_ids.index(i) for i in column_ids(expr)):
            found.add(at)
    return frozenset(found)


def _assignments(b: Binder, statement: ast.Update, table: Table, scope: Scope) -> dict[int, BoundExpr]:
    """New value by column position (-1 the rowid); of several for one column the last counts."""
    changes: dict[int, BoundExpr] = {}
    for assignment in statement.assignments:
        if len(assignment.columns) == 1:
            values = [b.expr(assignment.value, scope)]
        else:
            values = vector(b, assignment.value, scope)
            if len(values) != len(assignment.columns):
                raise errors.sql_error(f"{len(assignment.columns)} columns assigned {len(values)} values",
                                       assignment.pos)
        for name, value in zip(assignment.columns, values, strict=True):
            at = _assigned(table, name, assignment.pos)
            changes.pop(at, None)
            changes[at] = value
    if -1 in changes and table.rowid_alias >= 0 and table.rowid_alias in changes:
        changes.pop(-1 if list(changes).index(-1) < list(changes).index(table.rowid_alias) else table.rowid_alias)
    return changes


def _assigned(table: Table, name: str, pos: int) -> int:
    """The position of a column that UPDATE may set, -1 for the rowid."""
    key = name.lower()
    for at, column in enumerate(table.columns):
        if column.name.lower() == key:
            if column.generated is not None:
                raise errors.sql_error(f'cannot UPDATE generated column "{column.name}"', pos)
            return at
    if key not in _ROWID_NAMES or table.without_rowid:
        raise errors.sql_error(f"no such column: {name}", pos)
    return -1


def _join_from(b: Binder, statement: ast.Update, plan: logical.Plan,
               scope: Scope) -> tuple[logical.Plan, tuple[BoundExpr, ...]]:
    """UPDATE ... FROM: the target joined with the FROM items."""
    item = statement.source
    if type(item) is ast.TableName and item.alias is None and item.schema is None and statement.table.alias is None \
            and item.name.lower() == statement.table.name.lower() and find_cte(scope.withs, item.name) is None:
        raise errors.sql_error(f"target object/alias may not appear in FROM clause: {item.name}", item.pos)
    inner = Scope(None, scope.withs)
    right = from_clause.bind_from(b, item, inner)       # type: ignore[arg-type]
    scope.sources.extend(inner.sources)
    scope.pending.extend(inner.pending)
    conditions = from_clause.bind_on_conditions(b, scope) if scope.pending else ()
    return logical.Join("inner", plan, right), conditions


def _one_match_each(b: Binder, table: Table, plan: logical.Plan, old_ids: tuple[int, ...],
                    changes: dict[int, BoundExpr]) -> tuple[logical.Plan, tuple[int, ...], dict[int, BoundExpr]]:
    """Each row of the target once, with the first of its matches: a GROUP BY over the row's key."""
    if table.without_rowid:
        keys: list[BoundExpr] = [bound.Column(old_ids[k.column]) for k in table.primary_key]
        kept = old_ids[:-1]
    else:
        keys = [bound.Column(old_ids[-1])]
        kept = old_ids
    grouping = Grouping(b, plan, keys, [])
    new_ids = tuple([grouping.over_groups(bound.Column(i)).id for i in kept])      # type: ignore[attr-defined]
    new_changes = {at: grouping.over_groups(value) for at, value in changes.items()}
    return grouping.plan(), new_ids + old_ids[len(kept):], new_changes
