"""Integer constants that SQLite's parser makes of an expression, before any name in it is looked up.

    5 IS NULL => 0      'x' NOTNULL => 1      0 AND anything => 0

So the names in `anything` need not exist, and ORDER BY and GROUP BY take the result for a column's number. An AND with
a function in it is left alone. Source: sqlite3ExprAnd, sqlite3PExprIsNull.
"""

from __future__ import annotations

from pumice.node import descendants
from pumice.sql import ast

FALSE = ast.Literal(0)
_FUNCTIONS = (ast.Call, ast.Like, ast.CurrentTime)
_SUBQUERIES = (ast.Select,)


def parsed_integer(expr: ast.Expr) -> int | None:
    kind = type(expr)
    if kind is ast.Literal:
        return expr.value if type(expr.value) is int else None
    if kind is ast.IsNull:
        return int(expr.negated) if _never_null(expr.operand) else None
    if kind is ast.Binary:
        if expr.op == "and":
            return 0 if and_terms(expr) == [FALSE] else None
        if expr.op in ("is", "is not") and type(expr.right) is ast.Literal and expr.right.value is None:
            return int(expr.op == "is not") if _never_null(expr.left) else None
    return None


def and_terms(expr: ast.Binary) -> list[ast.Expr]:
    """The terms of a chain of ANDs, first to last. Its pairs are folded in this order."""
    chain: list[ast.Expr] = []
    node: ast.Expr = expr
    while type(node) is ast.Binary and node.op == "and":
        chain.append(node.right)
        node = node.left
    terms = [node]
    pending = [node]  # terms that were not looked at for functions yet
    false, calls = _is_false(node), False
    for term in reversed(chain):
        pending.append(term)
        false = false or _is_false(term)
        if false:
            calls = calls or any(_calls(e) for e in pending)
            pending.clear()
            false = not calls
        if false:
            terms = [FALSE]
        else:
            terms.append(term)
    return terms


def _calls(expr: ast.Expr) -> bool:
    """Is there a function outside of subqueries?"""
    return any(
        type(node) in _FUNCTIONS or (type(node) is ast.Binary and node.op in ("->", "->>"))
        for node in descendants(expr, _SUBQUERIES)
    )


def _is_false(expr: ast.Expr) -> bool:
    """0, or FALSE as the parser makes it of `x IN ()` (which is no number of a column)."""
    return parsed_integer(expr) == 0 or (type(expr) is ast.InList and not expr.items and not expr.negated)


def _never_null(expr: ast.Expr) -> bool:
    while type(expr) is ast.Unary and expr.op in ("+", "-"):
        expr = expr.operand
    return (type(expr) is ast.Literal and expr.value is not None) or parsed_integer(expr) is not None
