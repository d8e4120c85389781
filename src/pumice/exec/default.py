"""The value that a column added by ALTER TABLE ADD COLUMN has in rows written before it.

SQLite takes it from the text of DEFAULT and not from the expression's value: a real number in a TEXT column keeps its
spelling (1e300 stays '1e300', where a new row gets '1.0e+300'). Source: sqlite3ValueFromExpr.
"""

from __future__ import annotations

from pumice.exec.operators.key_values import python_affinity, python_numeric
from pumice.sql import ast
from pumice.sql.tokenizer import tokenize
from pumice.values import AFF_TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.catalog.objects import Column

_NUMBERS = ("FLOAT", "INTEGER", "QNUMBER")


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
        return _spelled(_negated(operand.value), "-", column)
    value = python_numeric(_value(operand, column))
    return None if value is None else _negated(value)


def _negated(value: int | float) -> int | float:
    return -float(value) if value == -1 << 63 else -value


def _spelled(value: Any, sign: str, column: Column) -> Any:
    """A real number for a TEXT column as it is written."""
    if isinstance(value, float) and column.affinity == AFF_TEXT and column.default_text is not None:
        kinds: list[str] = []
        texts: list[str] = []
        tokenize(column.default_text, 0, kinds, texts, [])
        for kind, text in zip(kinds, texts, strict=True):
            if kind in _NUMBERS:
                return sign + text.replace("_", "")
    return value
