"""The token cursor under every part of the parser: looking, accepting, names, parameters, errors.

The parser is recursive descent with precedence climbing for expressions. It accepts SQLite's LALR grammar and reports
the same token: an error is always raised at the first token that cannot continue the statement. A keyword that may also
be a name is taken as a keyword wherever the grammar knows it there, as SQLite's parser does.

Source: SQLite's parse.y.  Tests: tests/unit/sql
"""

from __future__ import annotations

from pumice.errors import sql_error
from pumice.sql.tokenizer import ID_OR_STRING_KINDS, NAME_KINDS, dequote, tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

# SQLITE_MAX_VARIABLE_NUMBER, the largest parameter number.
MAX_PARAM = 32766

# SQLITE_MAX_COLUMN: columns of a table, an index or a result, terms of GROUP BY, ORDER BY or SET.
MAX_COLUMNS = 2000

# SQLITE_MAX_EXPR_DEPTH, the largest height of an expression tree.
MAX_EXPR_DEPTH = 1000

# SQLITE_MAX_FUNCTION_ARG.
MAX_FUNCTION_ARGS = 1000

# SQLITE_MAX_COMPOUND_SELECT.
MAX_COMPOUND_TERMS = 500

# SQLITE_MAX_SRCLIST, the terms of one FROM clause.
MAX_FROM_TERMS = 200

SPACE = " \t\n\v\f\r"


class Cursor:
    """A position in the tokens of one statement.

    Invariant: the token lists end with ";" or "EOF", and `i` never moves past it except by `extend`.
    """

    __slots__ = (
        "sql", "kinds", "texts", "starts",
        "i",            # index of the current token
        "end",          # offset in `sql` after the last token read
        "params",       # name per parameter number, None for a plain `?`
        "param_index",  # parameter name -> number
        "height",       # height of the expression parsed last
        "max_height",   # largest height of an expression since it was last reset
        "label",        # CONSTRAINT name that the next unnamed constraint goes by
        "int_min",      # the literal 9223372036854775808 read last: an integer only behind a minus sign
    )

    def __init__(self, sql: str, start: int = 0, slots: bool = False) -> None:
        self.sql = sql
        self.kinds: list[str] = []
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.end = tokenize(sql, start, self.kinds, self.texts, self.starts, slots)
        self.i = 0
        self.params: list[str | None] = []
        self.param_index: dict[str, int] = {}
        self.height = 0
        self.max_height = 0
        self.label: str | None = None
        self.int_min: object = None

    def extend(self) -> None:
        """Read on past the semicolon that ends the token lists, to the next one."""
        self.end = tokenize(self.sql, self.end, self.kinds, self.texts, self.starts)

    def fail(self) -> NoReturn:
        """Raise the syntax error for the current token."""
        kind, text, start = self.kinds[self.i], self.texts[self.i], self.starts[self.i]
        if kind == "EOF":
            raise sql_error("incomplete input")
        if kind == "ILLEGAL":
            raise sql_error(f'unrecognized token: "{text}"', start)
        raise sql_error(f'near "{text}": syntax error', start)

    def accept(self, kind: str) -> bool:
        if self.kinds[self.i] == kind:
            self.i += 1
            return True
        return False

    def expect(self, kind: str) -> None:
        if self.kinds[self.i] != kind:
            self.fail()
        self.i += 1

    def expect_all(self, *kinds: str) -> None:
        for kind in kinds:
            self.expect(kind)

    def pos(self) -> int:
        """The offset of the current token."""
        return self.starts[self.i]

    def name(self) -> str:
        """`nm`: a name of any kind, quotes removed."""
        if self.kinds[self.i] not in NAME_KINDS:
            self.fail()
        text = self.texts[self.i]
        self.i += 1
        return dequote(text)

    def id_or_string(self) -> str:
        """`ids`: a name that is no join keyword, quotes removed."""
        if self.kinds[self.i] not in ID_OR_STRING_KINDS:
            self.fail()
        text = self.texts[self.i]
        self.i += 1
        return dequote(text)

    def qualified_name(self) -> tuple[str | None, str]:
        """`nm [. nm]` as (schema, name)."""
        name = self.name()
        if self.accept("."):
            return name, self.name()
        return None, name

    def name_list(self) -> tuple[str, ...]:
        """`nm, nm, ...` without parentheses."""
        names = [self.name()]
        while self.accept(","):
            names.append(self.name())
        return tuple(names)

    def plain_columns(self) -> tuple[str, ...]:
        """`(a, b, ...)` where SQLite's grammar also takes COLLATE and ASC/DESC, to refuse them in words of its own."""
        self.expect("(")
        names = []
        while True:
            token = self.texts[self.i]
            names.append(self.name())
            refused = False
            if self.accept("COLLATE"):
                self.id_or_string()
                refused = True
            if self.accept("ASC") or self.accept("DESC"):
                refused = True
            if refused:
                raise sql_error(f'syntax error after column name "{token}"')
            if not self.accept(","):
                break
        self.expect(")")
        return tuple(names)

    def if_not_exists(self) -> bool:
        if self.accept("IF"):
            self.expect_all("NOT", "EXISTS")
            return True
        return False

    def if_exists(self) -> bool:
        if self.accept("IF"):
            self.expect("EXISTS")
            return True
        return False

    def source_text(self, first: int) -> str:
        """The text from token `first` up to the current token, trimmed; a comment between is part of it."""
        return self.sql[self.starts[first] : self.starts[self.i]].strip(SPACE)

    def end_of(self, index: int) -> int:
        """The offset after token `index`."""
        return self.starts[index] + len(self.texts[index])

    def assign_param(self, text: str, start: int) -> int:
        """The number of the parameter written `text`, as SQLite assigns it.

        Source: sqlite3ExprAssignVarNumber in expr.c
        """
        params = self.params
        if text == "?":
            number = len(params) + 1
            params.append(None)
        elif text[0] == "?":
            number = int(text[1:]) if len(text) < 12 else 0
            if not 1 <= number <= MAX_PARAM:
                raise sql_error(f"variable number must be between ?1 and ?{MAX_PARAM}", start)
            if number > len(params):
                params.extend([None] * (number - len(params)))
            if params[number - 1] is None:
                params[number - 1] = text
        else:
            number = self.param_index.get(text, 0)
            if not number:
                params.append(text)
                number = self.param_index[text] = len(params)
        if number > MAX_PARAM:
            raise sql_error("too many SQL variables", start)
        return number
