"""The parser: SQL text to AST.

    core.py    token cursor, names, parameters, errors
    expr.py    expressions, windows            <- core
    select.py  queries, FROM, WITH             <- expr
    dml.py     INSERT, UPDATE, DELETE          <- select
    ddl.py     CREATE, DROP, ALTER             <- dml
    misc.py    the other statements, the choice between all

Each file adds a layer to one class, so that every rule can call every other. Errors are OperationalError with SQLite's
message and, where SQLite gives one, the offset in characters.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache

from pumice.errors import ProgrammingError, sql_error
from pumice.sql.ast.expr import Expr
from pumice.sql.ast.select import Select
from pumice.sql.ast.statement import Statement
from pumice.sql.parser.misc import Parser
from pumice.sql.tokenizer import complete_statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["complete_statement", "parse", "parse_expr", "parse_script", "parse_template", "parse_with_params",
           "remembered"]

_REMEMBERED = 256, 4096         # texts, and the longest of them

# Frames given to a text that Python's own limit does not suffice for: 1000 levels of expression and parentheses around
# them at up to 6 frames each.
_DEEP_FRAMES = 20_000


def remembered(parser: Callable[[str], Any]) -> Callable[[str], Any]:
    """`parser` that keeps what it made of the last texts, for the other connections of the process."""
    n_kept, longest = _REMEMBERED
    kept = lru_cache(maxsize=n_kept)(parser)
    return lambda sql: (kept if len(sql) <= longest else parser)(sql)


def parse_with_params(sql: str, start: int = 0) -> tuple[Statement | Select | None, int, tuple[str | None, ...]]:
    """The first statement at or after `start`.

    Returns: the statement (None when only white space, comments and semicolons are left), the offset where the text
    after its semicolon begins, and the name of each parameter (":a", "?3"; None for a plain `?` or a skipped number).
    """
    return _guarded(_statement, sql, start)


def parse_template(sql: str) -> tuple[Statement | Select | None, tuple[str | None, ...]]:
    """The one statement in `sql`, where slots stand for literals (Slot), and the names of its parameters."""
    return _guarded(_template, sql, 0)


def parse_script(sql: str, start: int = 0) -> tuple[Statement | Select | None, int]:
    """The first statement at or after `start`, and the offset where the rest begins."""
    statement, tail, _ = _guarded(_statement, sql, start)
    return statement, tail


def parse(sql: str) -> Statement | Select | None:
    """The one statement in `sql`, or None when there is none.

    Raises: ProgrammingError when there is a second one.
    """
    statement, tail, _ = _guarded(_statement, sql, 0)
    if statement is not None and not is_blank(sql, tail):
        raise ProgrammingError("You can only execute one statement at a time.")
    return statement


def is_blank(sql: str, start: int) -> bool:
    """Whether only white space, comments and semicolons are left."""
    if start >= len(sql):
        return True
    parser = Parser(sql, start)
    while parser.kinds[parser.i] == ";":
        parser.extend()
        parser.i += 1
    return parser.kinds[parser.i] == "EOF"


def parse_expr(sql: str) -> Expr:
    """The lone expression in `sql`."""
    return _guarded(_expression, sql, 0)


def _statement(sql: str, start: int) -> tuple[Statement | Select | None, int, tuple[str | None, ...]]:
    parser = Parser(sql, start)
    statement = parser.statement()
    return statement, parser.end, tuple(parser.params)


def _template(sql: str, start: int) -> tuple[Statement | Select | None, tuple[str | None, ...]]:
    parser = Parser(sql, start, slots=True)
    return parser.statement(), tuple(parser.params)


def _expression(sql: str, start: int) -> Expr:
    parser = Parser(sql, start)
    expr = parser.expr()
    if parser.kinds[parser.i] != "EOF":
        parser.fail()
    return expr


def _guarded(rule: Callable[[str, int], Any], sql: str, start: int) -> Any:
    """Run `rule`; where nesting is too deep for Python's stack, again with a larger one, then fail as SQLite does."""
    try:
        return rule(sql, start)
    except RecursionError:
        pass
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(max(limit, _DEEP_FRAMES))
        return rule(sql, start)
    except RecursionError:
        raise sql_error("Recursion limit") from None
    finally:
        sys.setrecursionlimit(limit)
