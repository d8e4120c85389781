"""Terms of ORDER BY and GROUP BY: positions, their errors, and COLLATE around them."""

from __future__ import annotations

from pumice import errors
from pumice.binder.parsed import parsed_integer
from pumice.sql import ast
from pumice.sql.parser.core import MAX_COLUMNS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pumice.binder.binder import Binder


_MAX_POSITION = 0xFFFF


def without_collate(expr: ast.Expr) -> ast.Expr:
    while type(expr) is ast.Collate:
        expr = expr.operand
    return expr


def collate_of(b: Binder, expr: ast.Expr) -> str:
    """The outer-most collation of `x COLLATE c ...`, checked."""
    assert type(expr) is ast.Collate
    return checked_collation(b, expr.collation)


def checked_collation(b: Binder, name: str) -> str:
    """The collation's name in upper case. Raises: no such collation sequence."""
    if b.collation_exists is not None and not b.collation_exists(name):
        raise errors.missing_collation(name)
    return name.upper()


def integer_of(expr: ast.Expr) -> int | None:
    """The value of an integer constant, maybe signed, in ORDER BY or GROUP BY."""
    sign = 1
    while type(expr) is ast.Unary and expr.op in ("+", "-"):
        if expr.op == "-":
            sign = -sign
        expr = expr.operand
    value = parsed_integer(expr)
    return sign * value if value is not None and -2147483648 <= value <= 2147483647 else None


def checked_position(number: int, at: int, n_columns: int, clause: str, pos: int,
                     late: list[Exception] | None = None) -> int:
    """The place of the result column with this number. `late`, if given, takes the error of a number that is too large
    but could be a column's: it is for `check_terms`, when all terms have been looked at."""
    if not 1 <= number <= n_columns:
        error = errors.sql_error(
            f"{ordinal(at + 1)} {clause} BY term out of range - should be between 1 and {n_columns}", pos)
        if late is None or not 1 <= number <= _MAX_POSITION:
            raise error
        late.append(error)
        return 0
    return number - 1


def check_terms(terms: Sequence, clause: str, late: Sequence[Exception] = ()) -> None:
    if len(terms) > MAX_COLUMNS:
        raise errors.sql_error(f"too many terms in {clause} BY clause")
    if late:
        raise late[0]


def ordinal(n: int) -> str:
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"
