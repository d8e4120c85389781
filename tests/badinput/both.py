"""One bad call on three engines: Pumice, the standard library's sqlite3, and today's SQLite (apsw's), whose code and
message decide.

An outcome is the rows, or (exception class, sqlite_errorcode, sqlite_errorname, message).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

import pumice

# Class that sqlite3 raises for a primary result code (CPython, Modules/_sqlite/util.c).
_CLASSES = {
    7: "MemoryError",
    11: "DatabaseError",
    18: "DataError",
    19: "IntegrityError",
    20: "IntegrityError",
    21: "InterfaceError",
    25: "InterfaceError",
    26: "DatabaseError",
    23: "DatabaseError",
    24: "DatabaseError",
}
_NAMES = {**apsw.mapping_extended_result_codes, **apsw.mapping_result_codes}


def failure(error: Exception) -> tuple:
    return (
        type(error).__name__,
        getattr(error, "sqlite_errorcode", None),
        getattr(error, "sqlite_errorname", None),
        str(error),
    )


def outcome(call: Callable[..., Any], *args: Any) -> Any:
    """What the call returns, or its failure. For calls of pumice and of sqlite3."""
    try:
        return call(*args)
    except Exception as error:
        return failure(error)


def run(connection: Any, sql: str, params: Any = ()) -> Any:
    return outcome(lambda: connection.execute(sql, params).fetchall())


def run_apsw(connection: apsw.Connection, sql: str, params: Any = ()) -> Any:
    """The outcome on apsw's connection, told in the words of sqlite3; None where apsw itself refuses."""
    try:
        return [tuple(row) for row in connection.execute(sql, params)]
    except (apsw.BindingsError, UnicodeError, TypeError, OverflowError):
        return None
    except apsw.Error as error:
        code = error.extendedresult
        return _CLASSES.get(code & 0xFF, "OperationalError"), code, _NAMES[code], str(error)


def open_apsw(path: Any) -> apsw.Connection:
    """Double-quoted strings are accepted, as default builds do."""
    connection = apsw.Connection(str(path))
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 1)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 1)
    return connection


def content(path: Path) -> list:
    """Everything in the file as SQLite reads it, after its integrity_check."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
        tables = [name for kind, name, *_ in schema if kind == "table"]
        return [schema, *(connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables)]
    finally:
        connection.close()


class Three:
    """The same database in one file for each engine, autocommit, made by `setup`."""

    def __init__(self, folder: Path, setup: str) -> None:
        self.paths = [folder / f"{name}.db" for name in ("pumice", "sqlite3", "apsw")]
        for path in self.paths:
            connection = sqlite3.connect(path)
            connection.executescript(setup)
            connection.close()
        self.pumice = pumice.connect(self.paths[0], isolation_level=None)
        self.sqlite3 = sqlite3.connect(self.paths[1], isolation_level=None)
        self.apsw = open_apsw(self.paths[2])

    def all(self, sql: str, params: Any = ()) -> tuple[Any, Any, Any]:
        """(Pumice's, sqlite3's, today's SQLite's) outcome."""
        return run(self.pumice, sql, params), run(self.sqlite3, sql, params), run_apsw(self.apsw, sql, params)

    def same(self, sql: str, params: Any = ()) -> Any:
        """Runs it on all. Pumice's outcome must be today's SQLite's, in the class that sqlite3 itself has for the
        message. What the sqlite3
        module refuses by itself decides alone."""
        mine, old, new = self.all(sql, params)
        if not isinstance(new, tuple) and isinstance(old, tuple) and old[1] is None:
            assert mine == old, sql
        else:
            assert mine == new, sql
            if isinstance(old, tuple) and isinstance(new, tuple) and old[3] == new[3]:
                assert mine[0] == old[0], sql
        return mine

    def state(self) -> tuple:
        """Whether a transaction is open and how much was changed, which must be as in today's SQLite."""
        mine = self.pumice.in_transaction, self.pumice.total_changes
        assert mine == (self.apsw.in_transaction, self.apsw.total_changes())
        return mine

    def intact(self) -> list:
        """What Pumice's file holds: sound, and what is in today's SQLite's."""
        mine = content(self.paths[0])
        assert mine == content(self.paths[2])
        return mine

    def close(self) -> None:
        for connection in (self.pumice, self.sqlite3, self.apsw):
            connection.close()


def in_transaction(engines: Three, sql: str) -> Any:
    """The outcome within a transaction, which stays as it was when the statement fails; then it is rolled back."""
    engines.same("BEGIN")
    engines.same("INSERT INTO u VALUES (1, 2)")
    result = engines.same(sql)
    engines.state()
    engines.same("SELECT count(*) FROM u")
    if engines.pumice.in_transaction:
        engines.same("ROLLBACK")
    engines.intact()
    return result
