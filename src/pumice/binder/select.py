"""Queries: one SELECT core with its ORDER BY, LIMIT and grouping; VALUES; and the choice among them and compounds.

    Limit -> Keep -> Sort -> Distinct -> Project -> Filter(HAVING) -> Aggregate -> Filter(WHERE) -> FROM

Names are resolved in SQLite's order: FROM, LIMIT, result columns, HAVING, ON and WHERE, ORDER BY, GROUP BY, and the
last SELECT of a compound first; that decides which of several errors is reported, and what aliases are visible where.
"""

from __future__ import annotations

from pumice import errors
from pumice.binder import compound, from_clause
from pumice.binder.affinity import affinity_of, collation_of
from pumice.binder.aggregate import Grouping, sort_key
from pumice.binder.expr import conjuncts
from pumice.binder.order import (
    check_terms,
    checked_collation,
    checked_position,
    collate_of,
    integer_of,
    without_collate,
)
from pumice.binder.result import Query, ResultItem, first_row, result_meta
from pumice.binder.rewrite import walk
from pumice.binder.scope import Scope, WithScope
from pumice.node import replace
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import ColumnMeta
from pumice.sql import ast
from pumice.sql.parser.core import MAX_COLUMNS
from pumice.values import AFF_NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pumice.binder.binder import Binder
    from pumice.plan.logical.expr import BoundExpr

_VARIABLE = (bound.Column, bound.Function, bound.CurrentTime, bound.ScalarSubquery, bound.Exists, bound.InSubquery)


def bind_query(b: Binder, select: ast.Select, parent: Scope | None, withs: WithScope | None) -> Query:
    if select.with_ is not None:
        withs = WithScope(select.with_, withs)
    body = select.body
    kind = type(body)
    if kind is ast.SelectCore:
        start = Start(b, body, parent, withs)
        limits = _limits(b, select, withs)
        query, _ = bind_core(b, start, select.order)
    elif kind is ast.Values and not select.order:
        limits = _limits(b, select, withs)
        query = bind_values(b, body, parent, withs)
    else:
        starts = compound.start_arms(b, select, parent, withs)
        limits = _limits(b, select, withs)
        query = compound.bind_compound(b, select, starts)
    if select.limit is not None:
        if select.offset is None and integer_of(select.limit) == 1:
            query.plan = first_row(query.plan)
        query.plan = logical.Limit(query.plan, *limits)
    return query


def _limits(b: Binder, select: ast.Select,
            withs: WithScope | None) -> tuple[BoundExpr | None, BoundExpr | None]:
    """LIMIT and OFFSET, in which no column is visible."""
    return b.const_expr(select.limit, withs), b.const_expr(select.offset, withs)


class Start:
    """A SELECT core of which the tables of FROM and what * stands for are known."""

    __slots__ = ("core", "scope", "plan", "stars")

    def __init__(self, b: Binder, core: ast.SelectCore, parent: Scope | None, withs: WithScope | None) -> None:
        self.core = core
        self.scope = Scope(parent, withs)
        self.plan: logical.Plan = (from_clause.bind_from(b, core.source, self.scope) if core.source is not None
                                   else logical.SingleRow())
        self.stars = [from_clause.expand_star(b, self.scope, column) if column.star else None
                      for column in core.columns]


def bind_values(b: Binder, values: ast.Values, parent: Scope | None, withs: WithScope | None) -> Query:
    scope = Scope(parent, withs)
    rows = [tuple([b.expr(item, scope) for item in row]) for row in reversed(values.rows)]
    rows.reverse()
    if any(len(row) != len(rows[0]) for row in rows):
        raise errors.sql_error("all VALUES must have the same number of terms", values.pos)
    items = [ResultItem(e, x, None, "") for e, x in zip(values.rows[0], rows[0], strict=True)]
    selects = _values_selects(b, rows) if len(rows) > 1 else None
    metas = []
    for i, item in enumerate(items):
        meta = result_meta(b, item.bound, f"column{i + 1}")
        if selects is not None:
            meta = compound.column_meta(b, [select[i] for select in selects], meta.name)
        metas.append(replace(meta, not_null=False, table=None))
    ids = tuple([b.columns.new(meta) for meta in metas])
    return Query(logical.Values(ids, tuple(rows)), items, selects)


def _values_selects(b: Binder, rows: list[tuple[BoundExpr, ...]]) -> list[Sequence[BoundExpr]]:
    """SQLite takes the rows of VALUES as a compound of as many SELECTs; except that constant rows after one without
    affinities are one SELECT from a subquery, whose columns have no affinity and the collation of the first row."""
    found: list[Sequence[BoundExpr]] = [rows[0]]
    apart = False
    for row in rows[1:]:
        if apart and _is_constant(row):
            continue
        apart = _is_constant(row) and _is_constant(found[-1]) and all(affinity_of(b, x) == AFF_NONE for x in found[-1])
        if apart:
            found[-1] = [bound.Column(b.columns.new(ColumnMeta("", AFF_NONE, collation_of(b, x) or "BINARY")))
                         for x in found[-1]]
        else:
            found.append(row)
    return found


def _is_constant(row: Sequence[BoundExpr]) -> bool:
    return not any(type(expr) is not bound.Const and any(type(node) in _VARIABLE for node in walk(expr))
                   for expr in row)


def bind_core(b: Binder, start: Start, order: tuple[ast.OrderTerm, ...] = ()) -> tuple[Query, Scope]:
    """One SELECT ... FROM ... WHERE ... GROUP BY ... with the ORDER BY that belongs to it."""
    core, scope, plan = start.core, start.scope, start.plan
    scope.allow_aggregates = True
    items = _result_items(b, start)
    scope.results = items
    grouped = bool(core.group_by or scope.aggregates)
    scope.allow_aggregates = grouped
    if core.having is not None or core.where is not None or order or core.group_by or scope.pending:
        scope.aliases = _aliases(items)
    having: tuple[BoundExpr, ...] = ()
    if core.having is not None:
        if not grouped:
            raise errors.sql_error("HAVING clause on a non-aggregate query",
                                   core.having.pos if core.having is not None else -1)
        having = conjuncts(b.expr(core.having, scope))
    plan = _filtered(b, core, scope, plan)
    late: list[Exception] = []
    keys = [_order_term(b, term, at, items, scope, late) for at, term in enumerate(order)] if order else []
    check_terms(keys, "ORDER", late)
    group = _group_terms(b, core, items, scope) if core.group_by else []
    results = [item.bound for item in items]
    metas = [result_meta(b, x, name) for x, name in zip(results, _plain_names(b, items), strict=True)]
    if grouped:
        grouping = Grouping(b, plan, group, scope.aggregates)
        results = [grouping.over_groups(x) for x in results]
        having = tuple([grouping.over_groups(x) for x in having])
        keys = [key if type(key) is tuple
                else bound.SortKey(grouping.over_groups(key.expr), key.desc, key.nulls_first, key.collation)
                for key in keys]
        plan = grouping.plan()
        if having:
            plan = logical.Filter(plan, having)
    plan = _projected(b, core.distinct, plan, results, metas, keys)
    return Query(plan, items), scope


def _plain_names(b: Binder, items: list[ResultItem]) -> list[str]:
    return [item.alias or (b.metas[item.bound.id].name if type(item.bound) is bound.Column else item.text)
            for item in items]


def _filtered(b: Binder, core: ast.SelectCore, scope: Scope, plan: logical.Plan) -> logical.Plan:
    """ON conditions put into their joins, WHERE as a Filter above."""
    if core.where is None and not scope.pending:
        return plan
    scope.phase = "where"
    conditions = from_clause.bind_on_conditions(b, scope) if scope.pending else ()
    if core.where is not None:
        where = b.expr(core.where, scope)
        conditions += conjuncts(where)
        _refuse_aggregates(scope, core, where)
    scope.phase = ""
    return logical.Filter(plan, conditions) if conditions else plan


def _refuse_aggregates(scope: Scope, core: ast.SelectCore, where: BoundExpr) -> None:
    found = _aggregate_in(where, scope)
    if found is not None:
        raise errors.sql_error(f"misuse of aggregate: {found.function.name}()",
                               core.where.pos)      # type: ignore[union-attr]


def _aggregate_in(expr: BoundExpr, scope: Scope) -> bound.AggCall | None:
    """An aggregate of `scope` in `expr`."""
    calls = {call.id: call for call in scope.aggregates}
    if not calls:
        return None
    return next((calls[node.id] for node in walk(expr) if type(node) is bound.Column and node.id in calls), None)


def _result_items(b: Binder, start: Start) -> list[ResultItem]:
    items: list[ResultItem] = []
    for column, star in zip(start.core.columns, start.stars, strict=True):
        if star is not None:
            items.extend([ResultItem(None, x, name, "") for name, x in star])
        else:
            items.append(ResultItem(column.expr, b.expr(column.expr, start.scope),      # type: ignore[arg-type]
                                    column.alias, column.text))
    if len(items) > MAX_COLUMNS:
        raise errors.sql_error("too many columns in result set")
    return items


def _aliases(items: list[ResultItem]) -> dict[str, int]:
    aliases: dict[str, int] = {}
    for i, item in enumerate(items):
        if item.alias is not None:
            aliases.setdefault(item.alias.lower(), i)
    return aliases


# ---- ORDER BY and GROUP BY


def _order_term(b: Binder, term: ast.OrderTerm, at: int, items: list[ResultItem], scope: Scope,
                late: list[Exception]) -> bound.SortKey | tuple:
    """A SortKey over the input, or (result column, desc, nulls_first, collation) when the term is a result column."""
    nulls_first = not term.desc if term.nulls is None else term.nulls == "first"
    inner = without_collate(term.expr)
    position = -1
    if type(inner) is ast.Name and inner.table is None:
        position = scope.aliases.get(inner.column.lower(), -1)      # type: ignore[union-attr]
    if position < 0:
        number = integer_of(inner)
        if number is not None:
            position = checked_position(number, at, len(items), "ORDER", term.expr.pos, late)
    if position >= 0:
        collation = collation_of(b, items[position].bound)
        if inner is not term.expr:
            collation = collate_of(b, term.expr)
        return position, term.desc, nulls_first, checked_collation(b, collation or "BINARY")
    scope.phase = "order"
    key = sort_key(b, b.expr(term.expr, scope), term.desc, term.nulls)
    scope.phase = ""
    checked_collation(b, key.collation)
    for i, item in enumerate(items):
        if type(item.bound) is type(key.expr) and item.bound == key.expr:
            return i, term.desc, nulls_first, key.collation
    return key


def _group_terms(b: Binder, core: ast.SelectCore, items: list[ResultItem], scope: Scope) -> list[BoundExpr]:
    terms = []
    late: list[Exception] = []
    later: list[Exception] = []
    before = len(scope.aggregates)
    for at, expr in enumerate(core.group_by):
        inner = without_collate(expr)
        number = integer_of(inner)
        if number is None:
            scope.phase = "group"
            term = b.expr(expr, scope)
            scope.phase = ""
        else:
            term = items[checked_position(number, at, len(items), "GROUP", expr.pos, late)].bound
            if inner is not expr:
                term = _collated(b, term, collate_of(b, expr))
        if number is not None and inner is not expr and (found := _aggregate_in(term, scope)) is not None:
            later.append(errors.sql_error(f"misuse of aggregate: {found.function.name}()", expr.pos))
        elif len(scope.aggregates) > before or _aggregate_in(term, scope) is not None:
            later.append(errors.sql_error("aggregate functions are not allowed in the GROUP BY clause", expr.pos))
        terms.append(term)
    check_terms(terms, "GROUP", late)
    if later:
        raise later[0]
    return terms


def _collated(b: Binder, expr: BoundExpr, collation: str) -> BoundExpr:
    copy = type(expr)(*[getattr(expr, name) for name in expr.__match_args__])
    b.collated[id(copy)] = (collation, copy)
    return copy


# ---- the top of the plan


def _projected(b: Binder, distinct: bool, plan: logical.Plan, results: list[BoundExpr], metas: list[ColumnMeta],
               keys: list) -> logical.Plan:
    """Project, Distinct, Sort and Keep over the grouped and filtered input."""
    new = b.columns.new
    ids = tuple([new(meta) for meta in metas])
    if not keys:
        plan = logical.Project(plan, ids, tuple(results))
        return logical.Distinct(plan, _collations(metas)) if distinct else plan
    hidden: list[tuple[int, BoundExpr]] = []
    sort_keys = []
    for key in keys:
        if type(key) is tuple:
            position, desc, nulls_first, collation = key
            sort_keys.append(bound.SortKey(bound.Column(ids[position]), desc, nulls_first, collation))
        else:
            column = new(ColumnMeta("", affinity_of(b, key.expr), key.collation))
            hidden.append((column, key.expr))
            sort_keys.append(bound.SortKey(bound.Column(column), key.desc, key.nulls_first, key.collation))
    hidden_ids = tuple([column for column, _ in hidden])
    plan = logical.Project(plan, ids + hidden_ids, tuple(results) + tuple([x for _, x in hidden]))
    if distinct and not hidden:
        plan = logical.Distinct(plan, _collations(metas))
    elif distinct:
        plan, ids, sort_keys = _distinct_with_hidden(b, plan, ids, hidden_ids, metas, sort_keys)
    plan = logical.Sort(plan, tuple(sort_keys))
    return logical.Keep(plan, ids) if hidden else plan


def _distinct_with_hidden(b: Binder, plan: logical.Plan, ids: tuple[int, ...], hidden: tuple[int, ...],
                          metas: list[ColumnMeta],
                          sort_keys: list[bound.SortKey]) -> tuple[logical.Plan, tuple[int, ...], list[bound.SortKey]]:
    """SELECT DISTINCT a ... ORDER BY b: the rows are distinct in the result columns only; the first row of each gives
    the sort key. That is a GROUP BY over the result columns with the sort keys as bare columns."""
    key_ids = tuple([b.columns.new(meta) for meta in metas])
    bare_ids = tuple([b.columns.new(b.metas[i]) for i in hidden])
    moved = dict(zip(ids + hidden, key_ids + bare_ids, strict=True))
    grouped = logical.Aggregate(plan, key_ids, tuple([bound.Column(i) for i in ids]), _collations(metas), (), bare_ids,
                                tuple([bound.Column(i) for i in hidden]))
    keys = [bound.SortKey(bound.Column(moved[k.expr.id]), k.desc, k.nulls_first, k.collation)     # type: ignore[attr-defined]
            for k in sort_keys]
    return grouped, key_ids, keys


def _collations(metas: list[ColumnMeta]) -> tuple[str, ...]:
    return tuple([meta.collation or "BINARY" for meta in metas])
