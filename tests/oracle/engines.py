"""The two engines side by side: the same SQL through Pumice and through SQLite (apsw's), and how their outcomes
compare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import apsw

import pumice

TOO_LONG = 9          # SQLITE_INTERRUPT
_STEPS = 100_000      # between two looks at the limit
UNDECODABLE = -1      # the rows hold text that is not UTF-8, which neither driver hands out as str


@dataclass
class Outcome:
    """Rows, or the error's primary code and message."""

    rows: list[tuple] | None = None
    code: int = 0
    message: str = ""

    def __str__(self) -> str:
        return f"error {self.code}: {self.message}" if self.rows is None else repr(self.rows[:20])


class Sqlite:
    def __init__(self, path: str = ":memory:", most_steps: int = 0) -> None:
        """A statement of more than about `most_steps` steps of SQLite's machine ends with TOO_LONG; 0: no limit."""
        self.connection = apsw.Connection(path)
        self._left = 0
        self._most = most_steps // _STEPS
        if most_steps:
            self.connection.set_progress_handler(self._tick, _STEPS)
        # Double-quoted strings are accepted by default builds; apsw's default turns them off.
        self.connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 1)
        self.connection.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 1)

    def _tick(self) -> bool:
        self._left -= 1
        return self._left < 0

    def run(self, sql: str, params: Any = ()) -> Outcome:
        self._left = self._most
        try:
            # a row may have no columns
            return Outcome([tuple(row) for row in self.connection.execute(sql, params) if row])
        except apsw.Error as error:
            return Outcome(None, getattr(error, "result", 1), str(error))
        except UnicodeDecodeError:
            return Outcome(None, UNDECODABLE)

    def close(self) -> None:
        self.connection.close()


class Pumice:
    def __init__(self, path: str = ":memory:", work_mem: int = 0) -> None:
        """`work_mem`: the memory budget, 0 for the default."""
        self.connection = pumice.connect(path, isolation_level=None)
        self.connection.execute(f"PRAGMA work_mem = {work_mem}")

    def run(self, sql: str, params: Any = ()) -> Outcome:
        try:
            return Outcome(self.connection.execute(sql, params).fetchall())
        except pumice.Error as error:
            return Outcome(None, getattr(error, "sqlite_errorcode", 1) & 0xFF, str(error))

    def close(self) -> None:
        self.connection.close()


def sort_key(row: tuple) -> tuple:
    """A total order over rows of mixed types, reals rounded so that equal-enough rows sort alike."""
    return tuple((0, 0) if v is None else (1, _rounded(v), isinstance(v, int)) if isinstance(v, (int, float))
                 else (2, v) if isinstance(v, str) else (3, v) for v in row)


def _rounded(value: int | float) -> float | int:
    if isinstance(value, float) and not (math.isnan(value) or math.isinf(value)):
        return float(f"{value:.9g}")
    return value


def same_value(a: Any, b: Any, loose: bool = False, folds: bool = False) -> bool:
    """Equal in type and value; reals to 12 digits, since the order of additions is free. `loose`: 1 and 1.0 are the
    same; `folds`: so are texts that NOCASE or RTRIM takes for equal."""
    if folds and type(a) is str and type(b) is str:
        return folded(a) == folded(b)
    if type(a) is not type(b):
        if loose and isinstance(a, (int, float)) and isinstance(b, (int, float)):
            return a == b
        return False
    if isinstance(a, float):
        return a == b or math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-300) or (math.isnan(a) and math.isnan(b))
    return a == b


def folded(text: str) -> str:
    """NOCASE compares up to a NUL, and then the lengths in bytes."""
    compared, nul, rest = text.partition("\0")
    compared = "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in compared)
    return (compared + nul * (1 + len(rest.encode("utf-8", "surrogatepass")))).rstrip(" ")


def same_rows(mine: list[tuple], theirs: list[tuple], ordered: bool, loose: bool = False, folds: bool = False) -> bool:
    if len(mine) != len(theirs):
        return False
    if not ordered:
        key = folded_key if folds else loose_key if loose else sort_key
        mine, theirs = sorted(mine, key=key), sorted(theirs, key=key)
    return all(len(a) == len(b) and all(same_value(x, y, loose, folds) for x, y in zip(a, b, strict=True))
               for a, b in zip(mine, theirs, strict=True))


def loose_key(row: tuple) -> tuple:
    """sort_key that does not tell 1 from 1.0; the integers themselves decide only between rows that are alike as
    rounded reals."""
    rounded = tuple(part[:2] for part in sort_key(tuple(float(v) if isinstance(v, int) else v for v in row)))
    return rounded, tuple(v if isinstance(v, int) else 0 for v in row)


def folded_key(row: tuple) -> tuple:
    return loose_key(tuple(folded(v) if isinstance(v, str) else v for v in row))


def difference(mine: Outcome, theirs: Outcome, ordered: bool = False, loose: bool = False,
               folds: bool = False) -> str | None:
    """None when both did the same, else both outcomes. `loose` is for statements that keep one of several equal rows
    (DISTINCT, GROUP BY, compound selects, LIMIT): which of 1 and 1.0 is kept is not defined, nor which of 'a' and 'A'
    when there are collations about (`folds`)."""
    if theirs.code == UNDECODABLE and (mine.message.startswith("Could not decode to UTF-8")
                                       or mine.message == "integer overflow"):
        return None         # where apsw stopped, an overflow may have been still to come
    if mine.rows is None or theirs.rows is None:
        if mine.rows is None and theirs.rows is None and mine.code == theirs.code and mine.message == theirs.message:
            return None
    elif same_rows(mine.rows, theirs.rows, ordered, loose, folds):
        return None
    return f"pumice: {mine}\n  sqlite: {theirs}"
