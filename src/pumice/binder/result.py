"""What a bound query shows: its plan, its result columns, and their names for the user and for an enclosing query."""

from __future__ import annotations

from pumice.binder.affinity import affinity_of, collation_of, explicit_collation, held_affinity
from pumice.binder.rewrite import walk
from pumice.node import replace
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import ColumnMeta
from pumice.sql import ast
from pumice.values import AFF_REAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pumice.binder.binder import Binder
    from pumice.binder.scope import Scope
    from pumice.plan.logical.expr import BoundExpr


class ResultItem:
    """A result column. `alias`: from AS or from `*`; `expr` is None for a column that came from `*`."""

    __slots__ = ("expr", "bound", "alias", "text")

    def __init__(self, expr: ast.Expr | None, result: BoundExpr, alias: str | None, text: str) -> None:
        self.expr = expr
        self.bound = result
        self.alias = alias
        self.text = text


class Query:
    """A bound query. `items` are the result columns of the left-most SELECT, which names the columns; `selects` the
    result expressions of every SELECT, when there are several (the rows of VALUES count as such)."""

    __slots__ = ("plan", "items", "selects")

    def __init__(self, plan: logical.Plan, items: list[ResultItem],
                 selects: list[Sequence[BoundExpr]] | None = None) -> None:
        self.plan = plan
        self.items = items
        self.selects = selects if selects is not None else [[item.bound for item in items]]

    def as_operand(self, b: Binder) -> logical.Plan:
        """The plan for use in an expression, which takes affinity and collation from the right-most SELECT (a FROM
        clause does not)."""
        if len(self.selects) > 1:
            for i, expr in zip(self.plan.columns, self.selects[-1], strict=True):
                b.metas[i] = replace(result_meta(b, expr, b.metas[i].name), mixed=True)
        return self.plan

    def as_row(self, b: Binder) -> logical.Plan:
        """The plan for use as a value: of its rows only the first counts."""
        return first_row(self.as_operand(b))

    def as_source(self, b: Binder) -> logical.Plan:
        """The plan for use in FROM: integers in a REAL column read as reals, as from a table."""
        return as_reals(b, self.plan, self.selects) if len(self.selects) > 1 else self.plan

    def result_names(self, b: Binder) -> tuple[str, ...]:
        """As cursor.description shows them: the alias, the name of a column, or the text of the expression."""
        names = []
        for i, item in enumerate(self.items):
            if item.alias is not None:
                names.append(item.alias)
            elif (type(item.expr) is ast.Name and type(item.bound) is bound.Column
                    and (b.options.short_names or b.options.full_names)):
                meta = b.metas[item.bound.id]
                names.append(f"{meta.table}.{meta.name}" if b.options.full_names and meta.table is not None
                             else meta.name)
            else:
                names.append(item.text or f"column{i + 1}")
        return tuple(names)

    def column_names(self, b: Binder, resolved: bool = False) -> list[str]:
        """The names an enclosing query sees, made unique. For a view (`resolved`) a column keeps the name it has in its
        table, for a subquery the name as written here."""
        names = []
        for i, item in enumerate(self.items):
            name = item.alias
            if name is None:
                inner = item.expr
                while type(inner) is ast.Collate:
                    inner = inner.operand
                if type(inner) is ast.Name:
                    if resolved:
                        name = b.metas[item.bound.id].name if type(item.bound) is bound.Column else item.text
                    else:
                        name = inner.column
                else:
                    name = item.text
            if not name or name.lower() in ("true", "false"):
                name = f"column{i + 1}"
            names.append(name)
        return unique_names(names)

    def explicit_collations(self, b: Binder) -> list[str | None]:
        return [explicit_collation(b, expr) for expr in self.selects[-1]]


def first_row(plan: logical.Plan) -> logical.Plan:
    """`plan` for LIMIT 1 without OFFSET, where SQLite takes UNION for UNION ALL unless there is an ORDER BY: it gives
    the first row of the left-most SELECT that has one, and not the least."""
    if type(plan) is logical.SetOp and plan.op in ("union", "union all"):
        return logical.SetOp("union all", first_row(plan.left), plan.right, plan.columns, plan.collations)
    return plan


def as_reals(b: Binder, plan: logical.Plan, selects: list[Sequence[BoundExpr]]) -> logical.Plan:
    """`plan` with the integers of its REAL columns converted. `selects`: where its columns come from."""
    mixed = {i for at, i in enumerate(plan.columns)
             if b.metas[i].affinity == AFF_REAL and not all(_is_real(b, select[at]) for select in selects)}
    if not mixed:
        return plan
    ids = tuple([b.columns.new(b.metas[i]) for i in plan.columns])
    return logical.Project(plan, ids, tuple([_as_real(b, i) if i in mixed else bound.Column(i) for i in plan.columns]))


def _as_real(b: Binder, i: int) -> BoundExpr:
    column = bound.Column(i)
    real = bound.Affinity(column, AFF_REAL)
    if not b.metas[i].mixed:
        return real
    # There may be texts, which stay what they are.
    kind = bound.Function(b.functions.lookup("typeof", 1), (column,))
    return bound.Case(None, ((bound.Compare("=", kind, bound.Const("integer"), "BINARY"), real),), column)


def _is_real(b: Binder, expr: BoundExpr) -> bool:
    """Whether a value of REAL affinity can be no integer."""
    return type(expr) in (bound.Column, bound.Cast) and held_affinity(b, expr) == AFF_REAL


def unique_names(names: Iterable[str]) -> list[str]:
    """Repeated names get ":1", ":2", ... as sqlite3ColumnsFromExprList gives them."""
    seen: set[str] = set()
    result = []
    for name in names:
        count = 0
        while name.lower() in seen:
            head, colon, tail = name.rpartition(":")
            count += 1
            name = f"{head if colon and tail.isdigit() else name}:{count}"
        seen.add(name.lower())
        result.append(name)
    return result


def uses_aggregate(scope: Scope, expr: BoundExpr) -> bool:
    """Whether `expr` contains an aggregate of `scope`."""
    ids = {call.id for call in scope.aggregates}
    return any(type(node) is bound.Column and node.id in ids for node in walk(expr))


def result_meta(b: Binder, expr: BoundExpr, name: str) -> ColumnMeta:
    """What an enclosing query knows about a column whose value is `expr`."""
    kind = type(expr)
    if kind is bound.Column:
        meta = b.metas[expr.id]
        collation = meta.collation
        if b.collated:
            collation = explicit_collation(b, expr) or collation
        if name == meta.name and collation == meta.collation:
            return meta         # shared on purpose: descriptions are never changed
        return replace(meta, name=name, collation=collation)
    decl_type = None
    if kind is bound.ScalarSubquery:
        decl_type = b.metas[expr.plan.columns[expr.column]].decl_type
    not_null = (kind is bound.Const and expr.value is not None) or (kind is bound.Param and expr.type is not None)
    affinity = affinity_of(b, expr)
    return ColumnMeta(name, affinity, collation_of(b, expr), not_null, None, decl_type,
                      held_affinity(b, expr) != affinity)
