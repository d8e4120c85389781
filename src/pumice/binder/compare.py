"""Comparisons: operators, IS TRUE, BETWEEN, IN, simple CASE, and row values.

A row comparison becomes comparisons of its items:

    (a, b) =  (x, y)     a = x AND b = y
    (a, b) <  (x, y)     a < x OR (a = x AND b < y)
    (a, b) IS (x, y)     a IS x AND b IS y
"""

from __future__ import annotations

from pumice import errors
from pumice.binder.affinity import (
    affinity_of,
    collation_of,
    compare,
    comparison_collation,
    explicit_collation,
    looked_up_affinity,
    note_collation,
    with_affinity,
)
from pumice.binder.rewrite import contains_subquery
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import ColumnMeta
from pumice.sql import ast
from pumice.values import AFF_BLOB, AFF_NONE, AFF_NUMERIC, AFF_TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.binder.binder import Binder
    from pumice.binder.scope import Scope
    from pumice.plan.logical.expr import BoundExpr

_STRICT = {"<": "<", "<=": "<", ">": ">", ">=": ">"}


def vector(b: Binder, e: ast.Expr, scope: Scope) -> list[BoundExpr]:
    """The items of a row value or of a subquery's row; one item for a scalar."""
    if type(e) is ast.RowValue:
        return [b.expr(item, scope) for item in e.items]
    if type(e) is ast.Subquery:
        prohibit_subquery(scope, e.pos)
        plan = b.query(e.select, scope, scope.withs).as_row(b)
        return [bound.ScalarSubquery(plan, i) for i in range(len(plan.columns))]
    return [b.expr(e, scope)]


def prohibit_subquery(scope: Scope, pos: int) -> None:
    if scope.prohibit is not None:
        raise errors.sql_error(f"subqueries prohibited in {scope.prohibit}", pos)


def _may_be_row(e: ast.Expr) -> bool:
    return type(e) is ast.RowValue or type(e) is ast.Subquery


def _check_sizes(pos: int, *sides: ast.Expr) -> None:
    """Rows of unlike size are found before any name in them is looked up; what a subquery gives is known later."""
    if len({len(e.items) if type(e) is ast.RowValue else 1 for e in sides if type(e) is not ast.Subquery}) > 1:
        raise errors.sql_error("row value misused", pos)


def bind_comparison(b: Binder, op: str, e: ast.Binary, scope: Scope) -> BoundExpr:
    if op == "is" or op == "isnot":
        special = _is_special(b, op, e, scope)
        if special is not None:
            return special
    if _may_be_row(e.left) or _may_be_row(e.right):
        _check_sizes(e.pos, e.left, e.right)
        left = vector(b, e.left, scope)
        right = vector(b, e.right, scope)
        if len(left) != len(right):
            raise errors.sql_error("row value misused", e.pos)
        return compare_rows(b, op, left, right)
    return compare(b, op, b.expr(e.left, scope), b.expr(e.right, scope))


def _is_special(b: Binder, op: str, e: ast.Binary, scope: Scope) -> BoundExpr | None:
    """`x IS [NOT] NULL` and `x IS [NOT] TRUE/FALSE`."""
    right = e.right
    if type(right) is ast.Literal and right.value is None and not _may_be_row(e.left):
        return bound.IsNull(b.expr(e.left, scope), op == "isnot")
    while type(right) is ast.Collate:
        right = right.operand
    if (type(right) is ast.Name and right.table is None and not right.quoted
            and right.column.lower() in ("true", "false") and not _may_be_row(e.left)):
        left = b.expr(e.left, scope)
        value = b.expr(e.right, scope)
        if type(value) is bound.Const and type(value.value) is int:     # no column has that name
            return bound.IsTruth(left, value.value == 1, op == "isnot")
        return compare(b, op, left, value)
    if type(right) is ast.InList and not right.items and not _may_be_row(e.left):
        # SQLite's parser makes FALSE of `x IN ()`, and TRUE of `x NOT IN ()`.
        return bound.IsTruth(b.expr(e.left, scope), right.negated, op == "isnot")
    return None


def compare_rows(b: Binder, op: str, left: list[BoundExpr], right: list[BoundExpr]) -> BoundExpr:
    """`left op right` for rows of one length."""
    pairs = list(zip(left, right, strict=True))
    if len(pairs) == 1:
        return compare(b, op, *pairs[0])
    if op in ("=", "is"):
        return bound.And(tuple([compare(b, op, x, y) for x, y in pairs]))
    if op in ("<>", "isnot"):
        return bound.Or(tuple([compare(b, op, x, y) for x, y in pairs]))
    x, y = pairs[-1]
    result: BoundExpr = compare(b, op, x, y)
    for x, y in reversed(pairs[:-1]):
        rest = result.args if type(result) is bound.And else (result,)
        result = bound.Or((compare(b, _STRICT[op], x, y), bound.And((compare(b, "=", x, y), *rest))))
    return result


def bind_between(b: Binder, e: ast.Between, scope: Scope) -> BoundExpr:
    first, second, made = (("<", ">", bound.Or) if e.negated else (">=", "<=", bound.And))
    if _may_be_row(e.operand) or _may_be_row(e.low) or _may_be_row(e.high):
        _check_sizes(e.pos, e.operand, e.low, e.high)
        sides = [vector(b, side, scope) for side in (e.operand, e.low, e.high)]
        if len({len(side) for side in sides}) != 1:
            raise errors.sql_error("row value misused", e.pos)
        again = vector(b, e.operand, scope) if any(contains_subquery(x) for x in sides[0]) else sides[0]
        return _flat(made, compare_rows(b, first, sides[0], sides[1]), compare_rows(b, second, again, sides[2]))
    operand = b.expr(e.operand, scope)
    again_one = b.expr(e.operand, scope) if contains_subquery(operand) else operand
    low = compare(b, first, operand, b.expr(e.low, scope))
    return made((low, compare(b, second, again_one, b.expr(e.high, scope))))


def _flat(made: type, *terms: BoundExpr) -> BoundExpr:
    args: list[BoundExpr] = []
    for term in terms:
        args.extend(term.args if type(term) is made else (term,))       # type: ignore[attr-defined]
    return made(tuple(args))


# ---- CASE x WHEN y


def bind_simple_case(b: Binder, e: ast.Case, scope: Scope) -> BoundExpr:
    """CASE with an operand: each condition is a Compare with CaseOperand() on the left.
    A row operand becomes a searched CASE."""
    assert e.operand is not None
    if _may_be_row(e.operand):
        items = vector(b, e.operand, scope)
        if len(items) != 1:
            return _row_case(b, e, items, scope)
        operand = items[0]
    else:
        operand = b.expr(e.operand, scope)
    whens = []
    for value, result in e.whens:
        condition = compare(b, "=", operand, b.expr(value, scope))
        marker: BoundExpr = bound.CaseOperand()
        if condition.left is not operand:
            marker = bound.Affinity(marker, condition.left.affinity)        # type: ignore[attr-defined]
        test = bound.Compare("=", marker, condition.right, condition.collation)
        if b.collated:
            note_collation(b, test)
        whens.append((test, b.expr(result, scope)))
    return bound.Case(operand, tuple(whens), b.expr(e.otherwise, scope) if e.otherwise is not None else None)


def _row_case(b: Binder, e: ast.Case, items: list[BoundExpr], scope: Scope) -> BoundExpr:
    whens = []
    for value, result in e.whens:
        right = vector(b, value, scope)
        if len(right) != len(items):
            raise errors.sql_error("row value misused", e.pos)
        whens.append((compare_rows(b, "=", items, right), b.expr(result, scope)))
    return bound.Case(None, tuple(whens), b.expr(e.otherwise, scope) if e.otherwise is not None else None)


# ---- IN


def bind_in_list(b: Binder, e: ast.InList, scope: Scope) -> BoundExpr:
    if not e.items:         # the operand is not even looked at
        return bound.Const(1 if e.negated else 0)
    if _may_be_row(e.operand):
        operands = vector(b, e.operand, scope)
        if len(operands) > 1:
            return _in_rows(b, e, operands, scope)
        if type(e.operand) is ast.RowValue:
            raise errors.sql_error("row value misused", e.pos)
        operand = operands[0]
    else:
        operand = b.expr(e.operand, scope)
    own = affinity_of(b, operand)
    affinity = AFF_NUMERIC if own >= AFF_NUMERIC else AFF_TEXT if own == AFF_TEXT else AFF_NONE
    items = []
    for item in e.items:
        value = b.expr(item, scope)
        items.append(with_affinity(b, value, affinity) if affinity else value)
    collation = collation_of(b, operand) or "BINARY"
    return bound.InList(with_affinity(b, operand, affinity), tuple(items), collation, e.negated)


def _in_rows(b: Binder, e: ast.InList, operands: list[BoundExpr], scope: Scope) -> BoundExpr:
    """`(a, b) IN ((1, 2), (3, 4))`: a subquery over the constant rows."""
    width = len(operands)
    rows = []
    for item in e.items:
        size = len(item.items) if type(item) is ast.RowValue else 1
        if size != width:
            raise errors.sql_error(f"IN(...) element has {size} term{'' if size == 1 else 's'} - expected {width}",
                                   e.pos)
        rows.append(tuple([b.expr(x, scope) for x in item.items]))      # type: ignore[attr-defined]
    ids = tuple([b.columns.new(ColumnMeta(f"column{i + 1}", affinity_of(b, rows[-1][i]), None, mixed=True))
                 for i in range(width)])
    collations = [explicit_collation(b, rows[-1][i]) for i in range(width)]
    return _in_plan(b, operands, logical.Values(ids, tuple(rows)), e.negated, collations)


def bind_in_select(b: Binder, e: ast.InSelect, scope: Scope) -> BoundExpr:
    prohibit_subquery(scope, e.pos)
    operands = vector(b, e.operand, scope)
    query = b.query(e.select, scope, scope.withs)
    plan = query.as_operand(b)
    _check_width(operands, plan, e)
    return _in_plan(b, operands, plan, e.negated, query.explicit_collations(b))


def bind_in_table(b: Binder, e: ast.InTable, scope: Scope) -> BoundExpr:
    prohibit_subquery(scope, e.pos)
    operands = vector(b, e.operand, scope)
    everything = ast.SelectCore((ast.ResultColumn(star=True, pos=e.pos),), source=e.source, pos=e.pos)
    plan = b.query(ast.Select(everything), scope, scope.withs).plan
    _check_width(operands, plan, e)
    return _in_plan(b, operands, plan, e.negated, [None] * len(operands))


def _check_width(operands: list[BoundExpr], plan: logical.Plan, e: ast.InSelect | ast.InTable) -> None:
    if len(plan.columns) != len(operands):
        raise errors.sql_error(f"sub-select returns {len(plan.columns)} columns - expected {len(operands)}", e.pos)


def _in_plan(b: Binder, operands: list[BoundExpr], plan: logical.Plan, negated: bool,
             collations: list[str | None]) -> BoundExpr:
    """`collations`: those of COLLATE operators on the plan's columns."""
    left, affinities, chosen = [], [], []
    for i, operand in enumerate(operands):
        column = bound.Column(plan.columns[i])
        if collations[i] is not None:
            b.collated[id(column)] = (collations[i], column)        # type: ignore[assignment]
        own = affinity_of(b, operand)
        affinity = looked_up_affinity(own, affinity_of(b, column))
        # SQLite trusts a lone operand to have gone through its affinity.
        left.append(operand if affinity == own and len(operands) == 1 else with_affinity(b, operand, affinity))
        affinities.append(affinity if affinity != AFF_BLOB else AFF_NONE)
        chosen.append(comparison_collation(b, operand, column))
    return bound.InSubquery(tuple(left), plan, tuple(affinities), tuple(chosen), negated)
