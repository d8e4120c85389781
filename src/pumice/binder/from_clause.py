"""FROM: tables, views, subqueries, joins with USING and NATURAL, and the expansion of `*`.

The plan is a left-deep tree of Join nodes in the order written. ON conditions are bound when every source is known
(SQLite resolves them together with WHERE); until then the Join waits in `scope.pending`.
"""

from __future__ import annotations

from pumice import errors
from pumice.binder import cte as ctes
from pumice.binder.affinity import compare
from pumice.binder.aggregate import replace_not_null
from pumice.binder.expr import conjuncts
from pumice.binder.result import unique_names
from pumice.binder.rewrite import column_ids, rewrite
from pumice.binder.scope import Entry, Scope, Source, TableNames, find_cte, merge, resolve, table_names
from pumice.binder.table_row import generated_exprs
from pumice.catalog.objects import Table, View
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.sql import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.binder.binder import Binder
    from pumice.binder.result import Query
    from pumice.plan.logical.expr import BoundExpr

MAX_TABLES = 64         # the bits of SQLite's table masks
_TABLE_FUNCTIONS = frozenset(("json_each", "json_tree", "jsonb_each", "jsonb_tree", "generate_series"))


def bind_from(b: Binder, item: ast.FromItem, scope: Scope) -> logical.Plan:
    """The plan of a FROM clause; its items are added to `scope`."""
    joins = []
    while True:
        if type(item) is ast.Join:
            joins.append(item)
            item = item.left
        elif type(item) is ast.ParenFrom and item.alias is None and type(item.item) is ast.Join:
            item = item.item        # parentheses around the left-most join change nothing
        else:
            break
    plan, source = bind_item(b, item, scope)
    scope.sources.append(source)
    for join in reversed(joins):
        plan = _bind_join(b, join, plan, scope)
    if len(scope.sources) > MAX_TABLES:
        raise errors.sql_error(f"at most {MAX_TABLES} tables in a join")
    return plan


def bind_item(b: Binder, item: ast.FromItem, scope: Scope) -> tuple[logical.Plan, Source]:
    kind = type(item)
    if kind is ast.TableName:
        return _bind_table_name(b, item, scope)
    if kind is ast.SubqueryFrom:
        plan, names = _bind_subquery(b, item.select, scope)
        return plan, ctes.source_of(b, plan, names, item.alias, item.alias is not None)
    if kind is ast.ParenFrom:
        inner = item.item
        if type(inner) is ast.Join:
            return _bind_nested(b, inner, item.alias, scope)
        plan, source = bind_item(b, inner, scope)
        if item.alias is not None:
            source.alias, source.key, source.has_alias = item.alias, item.alias.lower(), True
        elif source.has_alias and source.table is not None:
            # SQLite forgets an alias inside parentheses.
            source.alias, source.key, source.has_alias = source.table.name, source.table.name.lower(), False
        return plan, source
    if kind is ast.Join:
        return _bind_nested(b, item, None, scope)
    assert kind is ast.TableFunction
    return _bind_table_function(b, item, scope)


def _bind_subquery(b: Binder, select: ast.Select, scope: Scope) -> tuple[logical.Plan, list[str]]:
    query = b.query(select, scope.parent, scope.withs)
    return query.as_source(b), query.column_names(b)


def _bind_table_function(b: Binder, item: ast.TableFunction, scope: Scope) -> tuple[logical.Plan, Source]:
    known = b.catalog.find(item.name, item.schema)
    if known is not None or (item.schema is None and find_cte(scope.withs, item.name) is not None):
        raise errors.sql_error(f"'{item.name}' is not a function", item.pos)
    lower = item.name.lower()
    if lower in _TABLE_FUNCTIONS or lower.startswith("pragma_"):
        raise errors.not_supported("table-valued functions", item.pos)
    raise no_such_table(b, item.name, item.schema, item.pos)


def no_such_table(b: Binder, name: str, schema: str | None, pos: int) -> Exception:
    if schema is None and b.views and b.views[-1].db != 1:
        schema = b.views[-1].schema
    shown = f"{schema}.{name}" if schema is not None else name
    return errors.sql_error(f"no such table: {shown}", pos)


def find_table(b: Binder, item: ast.TableName) -> Table | View:
    """The stored table or view that `item` names. Inside a view of a database, names are those of that database."""
    schema = item.schema
    if schema is None and b.views and b.views[-1].db != 1:
        schema = b.views[-1].schema
    found = b.catalog.find(item.name, schema)
    if found is None:
        lower = item.name.lower()
        if item.schema is None and (lower in _TABLE_FUNCTIONS or lower.startswith("pragma_")):
            raise errors.not_supported("table-valued functions", item.pos)
        raise no_such_table(b, item.name, item.schema, item.pos)
    return found


def _bind_table_name(b: Binder, item: ast.TableName, scope: Scope) -> tuple[logical.Plan, Source]:
    alias = item.alias or item.name
    if item.schema is None and scope.withs is not None:
        cte = find_cte(scope.withs, item.name)
        if cte is not None:
            plan, names = ctes.bind_reference(b, cte, item, scope.parent)
            return plan, ctes.source_of(b, plan, names, alias, item.alias is not None)
    found = find_table(b, item)
    if type(found) is View:
        return _bind_view(b, found, item, alias)
    return scan_named(b, found, item)


def scan_named(b: Binder, table: Table, item: ast.TableName) -> tuple[logical.Plan, Source]:
    """A scan of the table that `item` names. Raises: no such index."""
    if item.indexed is not None:
        wanted = item.indexed.lower()
        key = table.key_index
        if (not any(index.name.lower() == wanted for index in table.indexes)
                and (key is None or key.name.lower() != wanted)):
            raise errors.sql_error(f"no such index: {item.indexed}", item.pos)
    return scan(b, table, item.alias, item.indexed, item.not_indexed)


def scan(b: Binder, table: Table, alias: str | None, indexed: str | None = None,
         not_indexed: bool = False) -> tuple[logical.Plan, Source]:
    """A scan of all columns of a table, VIRTUAL generated columns computed above it."""
    known = table_names(table)
    metas = b.metas
    first = len(metas)
    metas.extend(known.metas)
    ids = tuple(range(first, len(metas)))
    n_columns = len(table.columns)
    rowid = -1
    if not table.without_rowid:
        rowid = first + (table.rowid_alias if table.rowid_alias >= 0 else n_columns)
    source = Source(alias or table.name, table.schema, known.names, known.positions, ids[:n_columns], table, rowid,
                    alias is not None)
    name = alias or table.name
    if known.virtual:
        return _scan_generated(b, table, known, name, ids, indexed, not_indexed), source
    return logical.Scan(table, name, ids, known.table_columns, indexed, not_indexed), source


def _scan_generated(b: Binder, table: Table, known: TableNames, name: str, ids: tuple[int, ...], indexed: str | None,
                    not_indexed: bool) -> logical.Plan:
    """Project(Scan): the scan gives what is stored, the projection computes VIRTUAL columns under their own ids."""
    computed = {ids[column]: expr
                for column, expr in generated_exprs(b, table, ids) if not table.columns[column].stored}
    stored = [(i, at) for i, at in zip(ids, known.table_columns, strict=True) if i not in computed]
    plan = logical.Scan(table, name, tuple([i for i, _ in stored]), tuple([at for _, at in stored]), indexed,
                        not_indexed)

    def expand(expr: BoundExpr) -> BoundExpr:
        # A generated column may use another one.
        return rewrite(expr, lambda n: expand(computed[n.id]) if type(n) is bound.Column and n.id in computed else None)

    return logical.Project(plan, ids, tuple([expand(computed[i]) if i in computed else bound.Column(i) for i in ids]))


def view_query(b: Binder, view: View, pos: int) -> Query:
    if any(view is open_view for open_view in b.views):
        raise errors.sql_error(f"view {view.name} is circularly defined", pos)
    b.views.append(view)
    try:
        return b.query(view.select, None, None)
    finally:
        b.views.pop()


def _bind_view(b: Binder, view: View, item: ast.TableName, alias: str) -> tuple[logical.Plan, Source]:
    if item.indexed is not None:
        raise errors.sql_error(f"no such index: {item.indexed}", item.pos)
    query = view_query(b, view, item.pos)
    if view.columns is None:
        names = query.column_names(b, resolved=True)
    else:
        names = list(view.columns)
        if len(names) != len(query.items):
            raise errors.sql_error(f"expected {len(names)} columns for '{view.name}' but got {len(query.items)}",
                                   item.pos)
    plan = query.as_source(b)
    source = ctes.source_of(b, plan, names, alias, item.alias is not None)
    source.schema = view.schema
    return plan, source


# ---- joins


def _bind_join(b: Binder, join: ast.Join, left: logical.Plan, scope: Scope) -> logical.Plan:
    right, source = bind_item(b, join.right, scope)
    if join.natural and (join.on is not None or join.using is not None):
        raise errors.sql_error("a NATURAL join may not have an ON or USING clause", join.pos)
    source.is_left = join.kind in ("left", "full")
    source.is_right = join.kind in ("right", "full")
    using: list[str] = []
    if join.natural:
        using = [name for name in _shown_names(source) if any(_position(s, name) is not None for s in scope.sources)]
    elif join.using is not None:
        using = list(join.using)
    conditions = tuple([_using_condition(b, name, source, scope, join) for name in using])
    source.using = frozenset([name.lower() for name in using])
    scope.sources.append(source)
    if source.is_left:
        _make_nullable(b, right.columns)
    if source.is_right:
        _make_nullable(b, left.columns)
    node = logical.Join(join.kind, left, right, conditions)
    if join.on is not None:
        scope.pending.append((node, join.on))
    return node


def _make_nullable(b: Binder, ids: tuple[int, ...]) -> None:
    for i in ids:
        b.metas[i] = replace_not_null(b.metas[i])


def _shown_names(source: Source) -> list[str]:
    """Names that NATURAL compares."""
    if source.table is not None:
        return [source.names[i] for i in table_names(source.table).visible]
    return list(source.names)


def _position(source: Source, name: str) -> int | None:
    return source.positions.get(name.lower())


def _using_condition(b: Binder, name: str, source: Source, scope: Scope, join: ast.Join) -> BoundExpr:
    right_at = _position(source, name)
    lefts = [(s, at) for s in scope.sources if (at := _position(s, name)) is not None]
    if right_at is None or not lefts:
        raise errors.sql_error(f"cannot join using column {name} - column not present in both tables", join.pos)
    first, at = lefts[0]
    left = first.ref(at)
    if len(lefts) > 1 and (source.is_right or any(s.is_right for s in scope.sources)):
        # With a RIGHT or FULL JOIN about, every table on the left that has the column counts.
        exprs = [left]
        for other, other_at in lefts[1:]:
            if name.lower() not in other.using:
                raise errors.sql_error(f"ambiguous reference to {name} in USING()", join.pos)
            exprs.append(other.ref(other_at))
        left = merge(b, exprs)
    return compare(b, "=", left, source.ref(right_at))


def _bind_nested(b: Binder, join: ast.Join, alias: str | None, scope: Scope) -> tuple[logical.Plan, Source]:
    """A parenthesised join: one source whose tables stay visible by name."""
    inner = Scope(scope.parent, scope.withs)
    plan = bind_from(b, join, inner)
    extra = bind_on_conditions(b, inner) if inner.pending else ()
    if extra:
        plan = logical.Filter(plan, extra)
    entries: list[Entry] = []
    for at, source in enumerate(inner.sources):
        following = inner.sources[at + 1] if at + 1 < len(inner.sources) else None
        if following is not None:
            for name in following.using:
                merged = _merged_column(b, name, inner)
                entries.append(Entry(None, None, _display(following, name), merged, True, True))
        hidden_names = {e.name.lower() for e in entries if e.merged}
        if source.entries is not None:
            entries.extend([Entry(e.table, e.schema, e.name, e.expr, e.merged,
                                  e.expands and e.name.lower() not in hidden_names)
                            for e in source.entries])
            continue
        positions = table_names(source.table).visible if source.table is not None else range(len(source.names))
        for i in positions:
            name = source.names[i]
            entries.append(Entry(source.key, source.schema, name, source.ref(i), False,
                                 name.lower() not in hidden_names))
    names = tuple(unique_names([e.name for e in entries]))
    for entry, name in zip(entries, names, strict=True):
        entry.shown = name
    nested = Source(alias, None, names, {name.lower(): i for i, name in enumerate(names)}, (),
                    has_alias=alias is not None)
    nested.entries = entries
    return plan, nested


def _display(source: Source, name: str) -> str:
    at = source.positions.get(name)
    return source.names[at] if at is not None else name


def _merged_column(b: Binder, name: str, scope: Scope) -> BoundExpr:
    return resolve(b, ast.Name(name), scope)


def bind_on_conditions(b: Binder, scope: Scope) -> tuple[BoundExpr, ...]:
    """Binds the pending ON terms into their joins. Returns conditions of inner joins that use tables further right:
    they belong to WHERE."""
    late: tuple[BoundExpr, ...] = ()
    everything = {i for source in scope.sources for i in source.ids}
    everything.update(i for source in scope.sources for e in source.entries or () for i in column_ids(e.expr))
    for node, on in scope.pending:
        inside = set(node.columns)
        kept = []
        for condition in conjuncts(b.expr(on, scope)):
            if column_ids(condition) & everything <= inside:
                kept.append(condition)
            elif node.kind in ("inner", "cross"):
                late += (condition,)
            else:
                raise errors.sql_error("ON clause references tables to its right", on.pos)
        node.conditions += tuple(kept)
    scope.pending.clear()
    return late


# ---- star


def expand_star(b: Binder, scope: Scope, column: ast.ResultColumn) -> list[tuple[str, BoundExpr]]:
    """(name, column) for `*` or `table.*`."""
    long_names = b.options.full_names and not b.options.short_names
    wanted = column.table.lower() if column.table is not None else None
    if len(scope.sources) > 1:
        _refuse_same_names(scope, column)
    found: list[tuple[str, BoundExpr]] = []
    seen = False
    for at, source in enumerate(scope.sources):
        if source.entries is not None:
            for entry in source.entries:
                if wanted is not None and entry.table != wanted:
                    continue
                seen = True
                if wanted is None and (not entry.expands or entry.name.lower() in source.using):
                    continue
                shown = f"{entry.table}.{entry.shown}" if long_names and entry.table else entry.shown
                found.append((shown, _starred(b, scope, at, entry.name, entry.expr, wanted)))
            continue
        if wanted is not None and not source.is_named(wanted, None):
            continue
        seen = True
        positions = range(len(source.names)) if source.table is None else table_names(source.table).visible
        for i in positions:
            name = source.names[i]
            if wanted is None and at and name.lower() in source.using:
                continue
            shown = f"{source.alias}.{name}" if long_names else name
            found.append((shown, _starred(b, scope, at, name, source.ref(i), wanted)))
    if not seen:
        if wanted is not None:
            raise errors.sql_error(f"no such table: {column.table}", column.pos)
        raise errors.sql_error("no tables specified", column.pos)
    return found


def _refuse_same_names(scope: Scope, column: ast.ResultColumn) -> None:
    """Two items of one name: their columns cannot be told apart (SQLite expands `*` to qualified names)."""
    seen: dict[str, Source] = {}
    for source in scope.sources:
        if source.key is None:
            continue
        other = seen.setdefault(source.key, source)
        if other is not source and other.schema == source.schema:
            for name in other.names:
                if name.lower() in source.positions and name.lower() not in source.using:
                    shown = ".".join([part for part in (other.schema, other.alias, name) if part is not None])
                    raise errors.sql_error(f"ambiguous column name: {shown}", column.pos)


def _starred(b: Binder, scope: Scope, at: int, name: str, expr: BoundExpr, wanted: str | None) -> BoundExpr:
    """To the left of a RIGHT or FULL JOIN a column that USING names is what its bare name stands for."""
    if wanted is None:
        later = scope.sources[at + 1:]
        if any(source.is_right for source in later) and any(name.lower() in source.using for source in later):
            return _merged_column(b, name, scope)
    return expr


__all__ = ["bind_from", "bind_on_conditions", "expand_star", "find_table", "scan"]
