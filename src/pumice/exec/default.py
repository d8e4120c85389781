"""The value that a column added by ALTER TABLE ADD COLUMN has in rows written before it.

SQLite takes it from the text of DEFAULT and not from the expression's value: a real number in a TEXT column keeps its
spelling (1e300 stays '1e300', where a new row gets '1.0e+300'). Source: sqlite3ValueFromExpr.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pumice.exec.operators.key_values import python_affinity
from pumice.sql import ast
from pumice.values import AFF_NUMERIC, AFF_TEXT

if TYPE_CHECKING:
    from pumice.catalog.objects import Column

_NUMBER = re.compile(r"[0-9.][0-9a-zA-Z_.]*(?:(?<=[eE])[+-][0-9_]+)?")
_LEADING_NUMBER = re.compile(rb"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")


def stored_default(column: Column) -> Any:
    if column.default is None:
        return None
    return python_affinity(_value(column.default, column), column.affinity)


def _value(expr: ast.Expr, column: Column) -> Any:
    if isinstance(expr, ast.Literal):
        return _spelled(expr.value, "", column)
    if isinstance(expr, ast.Name) and expr.table is None:
        return {"true": 1, "false": 0}.get(expr.column.lower(), expr.column)
    if not isinstance(expr, ast.Unary) or expr.op not in "+-":
        return None
    operand = expr.operand
    if expr.op == "+":
        return _value(operand, column)
    if isinstance(operand, ast.Literal) and isinstance(operand.value, (int, float)):
        return _spelled(-operand.value, "-", column)
    value = _number(_value(operand, column))
    return None if value is None else -value


def _spelled(value: Any, sign: str, column: Column) -> Any:
    """A real number for a TEXT column as it is written."""
    if isinstance(value, float) and column.affinity == AFF_TEXT and column.default_text is not None:
        found = _NUMBER.search(column.default_text)
        if found is not None:
            return sign + found[0].replace("_", "")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, (str, bytes)):
        found = _LEADING_NUMBER.match(value.encode() if isinstance(value, str) else value)
        return 0 if found is None else python_affinity(found[1].decode(), AFF_NUMERIC)
    return value
