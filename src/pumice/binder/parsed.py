"""Integer constants that SQLite's parser makes of an expression, before any name in it is looked up.

    5 IS NULL => 0      'x' NOTNULL => 1      0 AND anything => 0

So the names in `anything` need not exist, and ORDER BY and GROUP BY take the result for a column's number. An AND with
a function in it is left alone. Source: sqlite3ExprAnd, sqlite3PExprIsNull.
"""

from __future__ import annotations

from pumice.node import Node
from pumice.sql import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FALSE = ast.Literal(0)
_FUNCTIONS = (ast.Call, ast.Like, ast.CurrentTime)


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
    false, calls = _is_false(node), _calls(node)
    for term in reversed(chain):
        calls = calls or _calls(term)
        false = (false or _is_false(term)) and not calls
        if false:
            terms = [FALSE]
        else:
            terms.append(term)
    return terms


def _calls(node: Any) -> bool:
    """Is there a function outside of subqueries?"""
    kind = type(node)
    if kind is tuple or kind is list:
        return any(_calls(item) for item in node)
    if not isinstance(node, Node) or isinstance(node, ast.Select):
        return False
    if kind in _FUNCTIONS or (kind is ast.Binary and node.op in ("->", "->>")):
        return True
    return any(_calls(getattr(node, name)) for name in node.__match_args__)


def _is_false(expr: ast.Expr) -> bool:
    """0, or FALSE as the parser makes it of `x IN ()` (which is no number of a column)."""
    return parsed_integer(expr) == 0 or (type(expr) is ast.InList and not expr.items and not expr.negated)


def _never_null(expr: ast.Expr) -> bool:
    while type(expr) is ast.Unary and expr.op in ("+", "-"):
        expr = expr.operand
    return (type(expr) is ast.Literal and expr.value is not None) or parsed_integer(expr) is not None
