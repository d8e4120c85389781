"""Affinity and collation of bound expressions, and what a comparison makes of them.

A bound column's affinity and collation stand in its ColumnMeta. What a bound tree cannot show is kept beside it in the
binder: `collated` (a COLLATE operator in or above the expression) and `merged` (the COALESCE that stands for a USING
column of a FULL JOIN, which has the properties of its first argument). Both are keyed by the identity of the bound node
and keep that node alive.

Source: Datatypes In SQLite, 4.2 (comparison affinity), 7.1 (collation of comparisons).  Tests: tests/unit/binder
"""

from __future__ import annotations

from pumice.node import Node
from pumice.plan.logical import expr as bound
from pumice.values import AFF_BLOB, AFF_NONE, AFF_NUMERIC, AFF_REAL, AFF_TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.binder.binder import Binder
    from pumice.plan.logical.expr import BoundExpr

# Results are numbers or NULL: numeric affinity changes nothing.
_NUMERIC_RESULTS = (bound.Compare, bound.And, bound.Or, bound.IsNull, bound.IsTruth, bound.Unary, bound.InList,
                    bound.InSubquery, bound.Exists)

# Types that a value of an expression can have (sqlite3ExprDataType).
MAY_BE_NUMBER, MAY_BE_TEXT, MAY_BE_BLOB = 1, 2, 4


def affinity_of(b: Binder, expr: BoundExpr) -> int:
    """The affinity that `expr` brings into a comparison; AFF_NONE for an expression that is no column."""
    kind = type(expr)
    if kind is bound.Column:
        return b.metas[expr.id].affinity
    if kind is bound.Cast or kind is bound.Affinity:
        return expr.affinity
    if kind is bound.ScalarSubquery:
        return b.metas[expr.plan.columns[expr.column]].affinity
    if kind is bound.Function and id(expr) in b.merged:
        return affinity_of(b, expr.args[0])
    return AFF_NONE


def held_affinity(b: Binder, expr: BoundExpr) -> int:
    """The affinity that every value of `expr` has gone through; it may have less of one than it brings into a
    comparison: the value of a compound, or of a merged USING column, may be another part's."""
    kind = type(expr)
    if kind is bound.Column:
        return b.metas[expr.id].held_affinity
    if kind is bound.ScalarSubquery:
        return b.metas[expr.plan.columns[expr.column]].held_affinity
    return affinity_of(b, expr) if kind is bound.Cast or kind is bound.Affinity else AFF_NONE


def explicit_collation(b: Binder, expr: BoundExpr) -> str | None:
    """The collation of a COLLATE operator in `expr`, which beats that of a column."""
    found = b.collated.get(id(expr))
    return found[0] if found is not None else None


def collation_of(b: Binder, expr: BoundExpr) -> str | None:
    """The collation that `expr` brings into a comparison, or None."""
    if b.collated:
        found = b.collated.get(id(expr))
        if found is not None:
            return found[0]
    kind = type(expr)
    while kind is bound.Cast or kind is bound.Affinity:     # CAST and unary plus keep the operand's collation
        expr = expr.operand
        kind = type(expr)
    if kind is bound.Column:
        return b.metas[expr.id].collation
    if kind is bound.Function and id(expr) in b.merged:
        return collation_of(b, expr.args[0])
    return None


def comparison_collation(b: Binder, left: BoundExpr, right: BoundExpr) -> str:
    """Explicit left, explicit right, column left, column right, BINARY."""
    if b.collated:
        explicit = explicit_collation(b, left) or explicit_collation(b, right)
        if explicit:
            return explicit
    return collation_of(b, left) or collation_of(b, right) or "BINARY"


def first_collation(b: Binder, exprs: tuple[BoundExpr, ...]) -> str | None:
    """The collation a function such as min() or nullif() takes from its arguments."""
    for expr in exprs:
        found = collation_of(b, expr)
        if found is not None:
            return found
    return None


def comparison_affinity(left: int, right: int) -> int:
    """The one affinity applied to both operands, AFF_NONE for none."""
    if left != AFF_NONE and right != AFF_NONE:
        return AFF_NUMERIC if left >= AFF_NUMERIC or right >= AFF_NUMERIC else AFF_NONE
    one = left if left != AFF_NONE else right
    if one >= AFF_NUMERIC:
        return AFF_NUMERIC
    return AFF_TEXT if one == AFF_TEXT else AFF_NONE


def looked_up_affinity(operand: int, column: int) -> int:
    """The one affinity for `operand IN (SELECT column ...)`: that of the only side which has one, even INTEGER or REAL,
    which makes reals of large integers as a comparison does not. Source: exprINAffinity."""
    if operand != AFF_NONE and column != AFF_NONE:
        return comparison_affinity(operand, column)
    return operand if operand != AFF_NONE else column


def with_affinity(b: Binder, expr: BoundExpr, affinity: int) -> BoundExpr:
    """`expr` under an Affinity node where `affinity` can change its value."""
    if affinity == AFF_NONE or affinity == AFF_BLOB:
        return expr
    kind = type(expr)
    own = held_affinity(b, expr)
    if affinity == AFF_TEXT:
        if (own == AFF_TEXT or (kind is bound.Const and not isinstance(expr.value, (int, float)))
                or (kind is bound.Param and expr.type is str)):
            return expr
        return bound.Affinity(expr, AFF_TEXT)
    if affinity == AFF_REAL:
        return expr if own == AFF_REAL else bound.Affinity(expr, AFF_REAL)
    if own >= AFF_NUMERIC or kind in _NUMERIC_RESULTS:
        return expr
    if (kind is bound.Const and not isinstance(expr.value, str)) or (kind is bound.Param and expr.type in (int, float)):
        return expr
    if kind is bound.Arith and expr.op != "||":
        return expr
    return bound.Affinity(expr, AFF_NUMERIC)


def compare(b: Binder, op: str, left: BoundExpr, right: BoundExpr) -> bound.Compare:
    """`left op right` with the affinity and collation rules applied."""
    collation = comparison_collation(b, left, right)
    affinity = comparison_affinity(affinity_of(b, left), affinity_of(b, right))
    if affinity != AFF_NONE:
        left = with_affinity(b, left, affinity)
        right = with_affinity(b, right, affinity)
    return bound.Compare(op, left, right, collation)


def possible_types(b: Binder, expr: BoundExpr) -> int:
    """Mask of MAY_BE_*: what a value of `expr` can be. Decides whether a compound's column keeps its affinity."""
    kind = type(expr)
    if kind is bound.Const:
        value = expr.value
        return (0 if value is None else MAY_BE_TEXT if isinstance(value, str)
                else MAY_BE_BLOB if isinstance(value, bytes) else MAY_BE_NUMBER)
    if kind is bound.Affinity:
        return possible_types(b, expr.operand)
    if kind is bound.Arith:
        return MAY_BE_TEXT | MAY_BE_BLOB if expr.op == "||" else MAY_BE_NUMBER
    if kind is bound.Column or kind is bound.Cast or kind is bound.ScalarSubquery:
        affinity = affinity_of(b, expr)
        if affinity >= AFF_NUMERIC:
            return MAY_BE_NUMBER | MAY_BE_BLOB
        return MAY_BE_TEXT | MAY_BE_BLOB if affinity == AFF_TEXT else 7
    if kind is bound.Case:
        results = [result for _, result in expr.whens]
        if expr.otherwise is not None:
            results.append(expr.otherwise)
        mask = 0
        for result in results:
            mask |= possible_types(b, result)
        return mask
    if kind is bound.Param and expr.type is not None:
        return MAY_BE_TEXT if expr.type is str else MAY_BE_NUMBER
    return 7 if kind in (bound.Function, bound.Param, bound.CurrentTime) else MAY_BE_NUMBER


def note_collation(b: Binder, expr: BoundExpr) -> None:
    """Carries a COLLATE inside `expr` up to `expr` itself (the left-most wins), as SQLite's EP_Collate flag does."""
    if id(expr) not in b.collated:
        for child in _operands(expr):
            found = b.collated.get(id(child))
            if found is not None:
                b.collated[id(expr)] = (found[0], expr)
                return


def _operands(expr: BoundExpr) -> list[BoundExpr]:
    """Operand expressions in order, Affinity nodes looked through; subqueries end the search."""
    found: list[BoundExpr] = []
    _collect(expr, found)
    return found


def _collect(expr: BoundExpr, into: list[BoundExpr]) -> None:
    for name in expr.__match_args__:
        value = getattr(expr, name)
        if isinstance(value, tuple):
            for item in value:
                _collect_one(item, into)
        else:
            _collect_one(value, into)


def _collect_one(value: object, into: list[BoundExpr]) -> None:
    if isinstance(value, tuple):
        for item in value:
            _collect_one(item, into)
    elif isinstance(value, bound.BoundExpr):
        into.append(value)
        if type(value) is bound.Affinity:
            _collect(value, into)


def copy_node(expr: Node) -> Node:
    """A new node equal to `expr`: one that can carry its own collation."""
    return type(expr)(*[getattr(expr, name) for name in expr.__match_args__])
