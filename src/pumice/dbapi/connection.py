"""Connection: opens a database, controls its transactions, registers functions. Surface and messages of CPython's sqlite3.Connection.

One re-entrant lock serialises all use of a connection, so with check_same_thread=False it can be shared by threads.
"""

from __future__ import annotations

import os
import threading
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pumice import errors
from pumice.dbapi.cursor import Cursor
from pumice.engine.session import Session
from pumice.functions.user import user_aggregate, user_function
from pumice.storage.record.key_info import Collation

_LEVELS = ("", "DEFERRED", "IMMEDIATE", "EXCLUSIVE")


class Connection:
    """A connection to one database file, or to a database in memory (":memory:")."""

    Warning = errors.Warning
    Error = errors.Error
    InterfaceError = errors.InterfaceError
    DatabaseError = errors.DatabaseError
    DataError = errors.DataError
    OperationalError = errors.OperationalError
    IntegrityError = errors.IntegrityError
    InternalError = errors.InternalError
    ProgrammingError = errors.ProgrammingError
    NotSupportedError = errors.NotSupportedError

    def __init__(self, database: Any, timeout: float = 5.0, detect_types: int = 0, isolation_level: str | None = "",
                 check_same_thread: bool = True, cached_statements: int = 128, uri: bool = False) -> None:
        self._session: Session | None = None
        self._lock = threading.RLock()
        self._thread = threading.get_ident()
        self._check_same_thread = check_same_thread
        self._detect_types = detect_types
        self.isolation_level = isolation_level
        self.row_factory: Callable[[Cursor, tuple], Any] | None = None
        self.text_factory: Any = str
        path = os.fsdecode(database)
        read_only, create = False, True
        if uri and path.startswith("file:"):
            path, read_only, create = _parse_uri(path)
        self._session = Session(path, read_only=read_only, create=create, timeout=timeout, cached_statements=cached_statements)

    # ---- checks

    def _check(self) -> Session:
        if self._check_same_thread and threading.get_ident() != self._thread:
            raise errors.ProgrammingError(
                "SQLite objects created in a thread can only be used in that same thread. "
                f"The object was created in thread id {self._thread} and this is thread id {threading.get_ident()}.")
        session = getattr(self, "_session", None)
        if session is None:
            if not hasattr(self, "_lock"):
                raise errors.ProgrammingError("Base Connection.__init__ not called.")
            raise errors.ProgrammingError("Cannot operate on a closed database.")
        return session

    # ---- statements

    def cursor(self, factory: Callable[[Connection], Any] = Cursor) -> Any:
        self._check()
        cursor = factory(self)
        if not isinstance(cursor, Cursor):
            raise TypeError(f"factory must return a cursor, not {type(cursor).__name__}")
        if self.row_factory is not None:
            cursor.row_factory = self.row_factory
        return cursor

    def execute(self, sql: str, parameters: Any = (), /) -> Cursor:
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor:
        return self.cursor().executemany(sql, parameters)

    def executescript(self, sql_script: str, /) -> Cursor:
        return self.cursor().executescript(sql_script)

    __call__ = execute

    # ---- transactions

    @property
    def isolation_level(self) -> str | None:
        return self._isolation_level

    @isolation_level.setter
    def isolation_level(self, level: str | None) -> None:
        if level is None:
            self._isolation_level = None
            if getattr(self, "_session", None) is not None:
                self.commit()
            return
        if not isinstance(level, str):
            raise TypeError("isolation_level must be str or None")
        if level.upper() not in _LEVELS:
            raise ValueError("isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'")
        self._isolation_level = level.upper() if level else ""

    def _begin_if_needed(self) -> None:
        """The legacy transaction control: a data-changing statement opens a transaction."""
        if self._isolation_level is not None and self._session.transaction.autocommit:
            self._session.transaction.begin(self._isolation_level.lower() or "deferred")

    @property
    def in_transaction(self) -> bool:
        self._check()
        return self._session.in_transaction

    def commit(self) -> None:
        """Makes the open transaction durable; does nothing without one."""
        session = self._check()
        with self._lock:
            if session.in_transaction:
                session.transaction.commit()

    def rollback(self) -> None:
        """Undoes the open transaction; does nothing without one."""
        session = self._check()
        with self._lock:
            if session.in_transaction:
                session.transaction.rollback()
                session.forget_schema()

    def __enter__(self) -> Connection:
        self._check()
        return self

    def __exit__(self, kind: Any, value: Any, trace: Any) -> bool:
        if kind is None:
            try:
                self.commit()
            except BaseException:
                self.rollback()
                raise
        else:
            self.rollback()
        return False

    # ---- functions and collations

    def create_function(self, name: str, narg: int, func: Callable[..., Any] | None, *, deterministic: bool = False) -> None:
        session = self._check()
        _check_function(name, narg)
        session.functions.define(None if func is None else user_function(name, narg, func, deterministic), name, narg)

    def create_aggregate(self, name: str, n_arg: int, aggregate_class: Callable[[], Any] | None) -> None:
        session = self._check()
        _check_function(name, n_arg)
        session.functions.define(None if aggregate_class is None else user_aggregate(name, n_arg, aggregate_class), name, n_arg)

    def create_collation(self, name: str, callback: Callable[[str, str], int] | None, /) -> None:
        session = self._check()
        if callback is None:
            session.collations.pop(name.upper(), None)
        elif not callable(callback):
            raise TypeError("parameter must be callable")
        else:
            session.collations[name.upper()] = Collation.from_python(name.upper(), callback)
        session.forget_schema()

    # ---- the rest

    @property
    def total_changes(self) -> int:
        return self._check().total_changes

    def interrupt(self) -> None:
        """Makes the running statement of this connection stop with OperationalError("interrupted"). May be called from any thread."""
        session = self._session
        if session is None:
            raise errors.ProgrammingError("Cannot operate on a closed database.")
        session.interrupt()

    def iterdump(self) -> Iterator[str]:
        """The database as SQL text, a statement at a time."""
        from pumice.dbapi.dump import iterdump

        self._check()
        return iterdump(self)

    def close(self) -> None:
        """Closes the connection; an open transaction is rolled back. Idempotent."""
        if self._check_same_thread and self._session is not None:
            self._check()
        with self._lock:
            session, self._session = self._session, None
            if session is not None:
                session.close()

    def __del__(self) -> None:
        session = getattr(self, "_session", None)
        if session is not None:
            self._session = None
            session.close()

    def __getattr__(self, name: str) -> Any:
        if name in _LATER:
            raise errors.not_supported(f"Connection.{name}")
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


_LATER = frozenset(("backup", "blobopen", "create_window_function", "deserialize", "serialize", "getlimit", "setlimit",
                    "set_authorizer", "set_progress_handler", "set_trace_callback", "enable_load_extension", "load_extension"))


def _check_function(name: str, narg: int) -> None:
    if not isinstance(name, str):
        raise TypeError("name must be str")
    if not -1 <= narg <= 127:
        raise errors.ProgrammingError("Error creating function")


def _parse_uri(uri: str) -> tuple[str, bool, bool]:
    """(path, read_only, create) of a `file:` URI. Source: https://sqlite.org/uri.html"""
    parts = urllib.parse.urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        raise errors.make("SQLITE_ERROR", f"invalid uri authority: {parts.netloc}")
    path = urllib.parse.unquote(parts.path)
    options = dict(urllib.parse.parse_qsl(parts.query))
    mode = options.get("mode", "rwc")
    if mode not in ("ro", "rw", "rwc", "memory"):
        raise errors.make("SQLITE_ERROR", f"no such access mode: {mode}")
    if mode == "memory":
        return ":memory:", False, True
    return path, mode == "ro" or options.get("immutable") == "1", mode == "rwc"


def connect(database: Any, timeout: float = 5.0, detect_types: int = 0, isolation_level: str | None = "",
            check_same_thread: bool = True, factory: type[Connection] = Connection, cached_statements: int = 128,
            uri: bool = False) -> Connection:
    """Opens a connection to the database file `database`; ":memory:" opens one in memory."""
    return factory(database, timeout, detect_types, isolation_level, check_same_thread, cached_statements=cached_statements, uri=uri)
