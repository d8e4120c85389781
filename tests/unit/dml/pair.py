"""The same statements on two files, one by Pumice and one by SQLite (apsw); rows, errors, schema text and the file
itself must agree.
"""

from __future__ import annotations

from typing import Any

import apsw

import pumice


class Pair:
    """`both(sql)` runs a statement on both sides and compares; `check()` compares the whole databases and has SQLite
    check Pumice's file."""

    def __init__(self, folder: Any, setup: str = "") -> None:
        self.path = str(folder / "pumice.db")
        self.mine = pumice.connect(self.path, isolation_level=None)
        self.theirs = apsw.Connection(str(folder / "sqlite.db"))
        self.theirs.config(apsw.SQLITE_DBCONFIG_DQS_DML, 1)
        self.theirs.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 1)
        self.script(setup)

    def script(self, text: str) -> None:
        """Statements, each ended by a semicolon at the end of a line."""
        for sql in _split(text):
            self.both(sql)

    def both(self, sql: str, params: tuple = (), messages: bool = True) -> Any:
        mine = self.run_mine(sql, params)
        theirs = self.run_theirs(sql, params)
        if "order by" not in sql.lower() and isinstance(mine, list) and isinstance(theirs, list):
            # Which of several access paths a planner takes is not the point here.
            mine.sort(key=repr)
            theirs.sort(key=repr)
        if not messages and mine[:1] == theirs[:1] == ("error",):
            assert mine[1] & 0xFF == theirs[1] & 0xFF
            return mine
        assert mine == theirs, f"{sql}\n  pumice: {mine}\n  sqlite: {theirs}"
        return mine

    def run_mine(self, sql: str, params: tuple = ()) -> Any:
        try:
            return typed(self.mine.execute(sql, params).fetchall())
        except pumice.Error as error:
            return ("error", getattr(error, "sqlite_errorcode", None), str(error))

    def run_theirs(self, sql: str, params: tuple = ()) -> Any:
        try:
            return typed(self.theirs.execute(sql, params).fetchall())
        except apsw.Error as error:
            return ("error", error.extendedresult, str(error))

    def check(self) -> None:
        """Both hold the same; Pumice's file is sound in SQLite's eyes."""
        tables = self.both("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name <> 'sqlite_stat4'")
        for kind, name, _, _ in [[value for _, value in row] for row in tables]:
            if kind == "table":
                self.both(f'SELECT * FROM "{name}"')
        other = apsw.Connection(self.path)
        try:
            assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            for kind, name, _, _ in [[value for _, value in row] for row in tables]:
                if kind == "table":
                    found = typed(other.execute(f'SELECT * FROM "{name}"').fetchall())
                    assert sorted(found, key=repr) == sorted(self.run_theirs(f'SELECT * FROM "{name}"'), key=repr)
        finally:
            other.close()

    def close(self) -> None:
        self.mine.close()
        self.theirs.close()


def typed(rows: list[tuple]) -> list[tuple]:
    """Values with their types: 1 and 1.0 differ."""
    return [tuple((type(value).__name__, value) for value in row) for row in rows]


def _split(text: str) -> list[str]:
    found = []
    for part in text.split(";\n"):
        if part.strip():
            found.append(part.strip().removesuffix(";"))
    return found
