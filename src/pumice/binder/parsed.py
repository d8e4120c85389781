"""Integer constants that SQLite's parser makes of an expression, before any name in it is looked up.

    5 IS NULL => 0      'x' NOTNULL => 1      0 AND anything => 0

So the names in `anything` need not exist, and ORDER BY and GROUP BY take the result for a column's number. Source:
sqlite3ExprAnd, sqlite3PExprIsNull.
"""

from __future__ import annotations

from pumice.sql import ast


def parsed_integer(expr: ast.Expr) -> int | None:
    kind = type(expr)
    if kind is ast.Literal:
        return expr.value if type(expr.value) is int else None
    if kind is ast.IsNull:
        return int(expr.negated) if _never_null(expr.operand) else None
    if kind is ast.Binary:
        if expr.op == "and":
            return 0 if has_false_term(expr) else None
        if expr.op in ("is", "is not") and type(expr.right) is ast.Literal and expr.right.value is None:
            return int(expr.op == "is not") if _never_null(expr.left) else None
    return None


def has_false_term(expr: ast.Binary) -> bool:
    """Whether a term of a chain of ANDs is 0 as parsed."""
    node: ast.Expr = expr
    while type(node) is ast.Binary and node.op == "and":
        if _is_false(node.right):
            return True
        node = node.left
    return _is_false(node)


def _is_false(expr: ast.Expr) -> bool:
    """0, or FALSE as the parser makes it of `x IN ()` (which is no number of a column)."""
    return parsed_integer(expr) == 0 or (type(expr) is ast.InList and not expr.items and not expr.negated)


def _never_null(expr: ast.Expr) -> bool:
    while type(expr) is ast.Unary and expr.op in ("+", "-"):
        expr = expr.operand
    return (type(expr) is ast.Literal and expr.value is not None) or parsed_integer(expr) is not None
