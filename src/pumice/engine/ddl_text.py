"""The text of a CREATE statement as the schema table keeps it: "CREATE TABLE " and the original from the name on.

    create table  if not exists main.t (a, b) -- note        ->  CREATE TABLE t (a, b)
    create unique index i on t(a)                            ->  CREATE UNIQUE INDEX i on t(a)

Source: sqlite3EndTable, sqlite3CreateIndex, sqlite3FinishTrigger, createTableStmt.
"""

from __future__ import annotations

from collections.abc import Sequence

from pumice.sql.tokenizer import tokenize
from pumice.sql.unparse import quote_name
from pumice.values import AFF_INTEGER, AFF_NUMERIC, AFF_REAL, AFF_TEXT

_SHORT = 50     # characters of names; longer definitions get a line per column
_TYPES = {AFF_TEXT: " TEXT", AFF_NUMERIC: " NUM", AFF_INTEGER: " INT", AFF_REAL: " REAL"}
_KEYWORDS = {"table": "TABLE", "index": "INDEX", "view": "VIEW", "trigger": "TRIGGER"}


class Tokens:
    """All tokens of a text, semicolons included; `kinds[-1]` is "EOF"."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.kinds: list[str] = []
        self.texts: list[str] = []
        self.starts: list[int] = []
        at = 0
        while not self.kinds or self.kinds[-1] != "EOF":
            at = tokenize(sql, at, self.kinds, self.texts, self.starts)

    def end(self, i: int) -> int:
        return self.starts[i] + len(self.texts[i])

    def name_at(self) -> int:
        """Number of the token that is the unqualified name in CREATE [TEMP] [UNIQUE] kind [IF NOT EXISTS]
        [schema.]name."""
        i = 1
        while self.kinds[i] not in ("TABLE", "INDEX", "VIEW", "TRIGGER"):
            i += 1
        i += 1
        if self.kinds[i] == "IF" and self.kinds[i + 1] == "NOT":
            i += 3
        return i + 2 if self.kinds[i + 1] == "." else i


def stored_text(kind: str, sql: str, *, unique: bool = False) -> str:
    """`kind`: "table", "index", "view", "trigger"."""
    tokens = Tokens(sql)
    start = tokens.starts[tokens.name_at()]
    end = len(sql.rstrip())
    last = len(tokens.kinds) - 2
    while last > 0 and tokens.kinds[last] == ";":
        last -= 1
        end = tokens.starts[last + 1]
    # A table without options ends at its parenthesis, a trigger at END; the others keep a comment that follows.
    if kind == "trigger" or (kind == "table" and tokens.kinds[last] == ")"):
        end = tokens.end(last)
    return (f"CREATE {'UNIQUE ' if unique else ''}{_KEYWORDS[kind]} "
            f"{sql[start:end].rstrip() if kind == 'view' else sql[start:end]}")


def raw_name(sql: str) -> str:
    """The name as written, quotes included, for messages like `table "t" already exists`."""
    tokens = Tokens(sql)
    return tokens.texts[tokens.name_at()]


def text_of_columns(name: str, columns: Sequence[tuple[str, int]]) -> str:
    """CREATE TABLE of a CREATE TABLE AS: (name, affinity) of each column."""
    length = sum(len(column) + column.count('"') + 2 + 5 for column, _ in columns) + len(name) + name.count('"') + 2
    first, between, last = ("", ",", ")") if length < _SHORT else ("\n  ", ",\n  ", "\n)")
    listed = between.join(quote_name(column) + _TYPES.get(affinity, "") for column, affinity in columns)
    return f"CREATE TABLE {quote_name(name)}({first}{listed}{last}"
