"""Outer joins that a condition above makes inner.

    a LEFT JOIN b ON ... WHERE b.x = 5      =>   a JOIN b ON ... WHERE b.x = 5
    a FULL JOIN b ON ... WHERE a.x > 1      =>   a LEFT JOIN b ON ... WHERE a.x > 1

Law: a condition that is not true when all columns of the null-extended side are NULL discards every null-extended
row. `rejects_null` proves it by form: a comparison (but IS), IN, LIKE, arithmetic over a NULL is NULL; `x IS NOT
NULL` is false.
"""

from __future__ import annotations

from pumice.plan.logical.expr import (
    Affinity,
    And,
    Arith,
    BoundExpr,
    Cast,
    Column,
    Compare,
    Function,
    InList,
    InSubquery,
    IsNull,
    IsTruth,
    Or,
    Unary,
)

Ids = set[int] | frozenset[int]


def join_kind(kind: str, conditions: list[BoundExpr], left: Ids, right: Ids) -> str:
    """The kind of a join below `conditions`; `left` and `right` are the columns of its sides."""
    if kind in ("left", "full") and any(rejects_null(c, right) for c in conditions):
        kind = "inner" if kind == "left" else "right"
    if kind in ("right", "full") and any(rejects_null(c, left) for c in conditions):
        kind = "inner" if kind == "right" else "left"
    return kind


def rejects_null(e: BoundExpr, ids: Ids) -> bool:
    """Is `e` never true while all columns `ids` are NULL?"""
    kind = type(e)
    if kind is And:
        return any(rejects_null(a, ids) for a in e.args)
    if kind is Or:
        return all(rejects_null(a, ids) for a in e.args)
    if kind is IsNull:
        return e.negated and is_null(e.operand, ids)
    if kind is IsTruth:
        return not e.negated and is_null(e.operand, ids)
    if kind is InSubquery:
        # NULL IN (...) is NULL, or false if there are no rows; NOT IN would be true then.
        return not e.negated and any(is_null(o, ids) for o in e.operands)
    return is_null(e, ids)


def is_null(e: BoundExpr, ids: Ids) -> bool:
    """Is `e` NULL while all columns `ids` are NULL?"""
    kind = type(e)
    if kind is Column:
        return e.id in ids
    if kind is Compare:
        return e.op not in ("is", "isnot") and (is_null(e.left, ids) or is_null(e.right, ids))
    if kind is Arith:
        return is_null(e.left, ids) or is_null(e.right, ids)
    if kind is Affinity or kind is Cast or kind is Unary:
        return is_null(e.operand, ids)
    if kind is InList:
        return is_null(e.operand, ids)
    if kind is Function:
        return e.function.name in ("like", "glob") and len(e.args) == 2 and any(is_null(a, ids) for a in e.args)
    return False
