# cython: boundscheck=True, wraparound=True
"""Connection: opens a database, controls its transactions, registers functions. Surface and messages of CPython's sqlite3.Connection.

The lock that makes it safe across threads (check_same_thread=False) is in state.pyx.
"""

import os

from pumice.dbapi.cursor cimport Cursor
from pumice.dbapi.state cimport ConnectionState

from pumice import errors
from pumice.engine.session import Session
from pumice.functions.user import user_aggregate, user_function
from pumice.storage.record.key_info import Collation

cdef extern from "pythread.h":
    unsigned long PyThread_get_thread_ident() noexcept nogil

_OTHER_VFS = ("unix-dotfile", "unix-excl", "unix-none", "memdb")      # that SQLite has on Linux
_LEVELS = ("", "DEFERRED", "IMMEDIATE", "EXCLUSIVE")


cdef class Connection(ConnectionState):
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

    def __init__(self, database, timeout=5.0, detect_types=0, isolation_level="", check_same_thread=True, cached_statements=128, uri=False):
        path = os.fsdecode(database)
        read_only, create = False, True
        self.leave_session()
        self.thread = PyThread_get_thread_ident()
        self.check_same_thread = check_same_thread
        self.detect_types = detect_types
        self.row_factory = None
        self.text_factory = str
        self.set_level(isolation_level)
        if uri and path.startswith("file:"):
            path, read_only, create = _parse_uri(path)
        self.session = Session(path, read_only=read_only, create=create, timeout=timeout, cached_statements=cached_statements)
        self.cache = self.session.cache
        self.initialised = True

    cdef int leave_session(self) except -1:
        """Called again, __init__ begins anew. Cursors that still fetch keep the old session, which then goes with the last of them."""
        self.initialised = False
        if self.session is not None and self.session.transaction.n_reading == 0:
            self.shut()
        self.session = None
        return 0

    # ---- statements

    def cursor(self, factory=Cursor):
        self.check()
        cursor = factory(self)
        if not issubclass(type(cursor), Cursor):
            raise TypeError(f"factory must return a cursor, not {type(cursor).__name__}")
        if self.row_factory is not None:
            cursor.row_factory = self.row_factory
        return cursor

    cdef Cursor plain_cursor(self):
        """A Cursor for the shortcuts below, which leave out an overridden cursor(), as those of sqlite3."""
        cdef Cursor cursor = Cursor.__new__(Cursor)
        cursor.begin(self)
        return cursor

    def execute(self, sql, parameters=(), /):
        cdef Cursor cursor = self.plain_cursor()
        cursor.run(sql, parameters)
        return cursor

    def executemany(self, sql, parameters, /):
        return self.plain_cursor().executemany(sql, parameters)

    def executescript(self, sql_script, /):
        return self.plain_cursor().executescript(sql_script)

    def __call__(self, *arguments):
        self.check()
        return self.execute(*arguments)

    # ---- transactions

    @property
    def isolation_level(self):
        self.check()
        return None if self.level is None else self.shown_level

    @isolation_level.setter
    def isolation_level(self, level):
        self.set_level(level)
        if level is None and self.session is not None:
            self.commit()

    @isolation_level.deleter
    def isolation_level(self):
        raise AttributeError("cannot delete attribute")

    cdef int set_level(self, level) except -1:
        if level is None:
            self.level = None
            return 0
        if not isinstance(level, str):
            raise TypeError("isolation_level must be str or None")
        if str.upper(level) not in _LEVELS:
            raise ValueError("isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'")
        self.shown_level = str.upper(level)
        self.level = str.lower(level) or "deferred"
        return 0

    @property
    def in_transaction(self):
        self.check()
        return not self.session.transaction.autocommit

    def commit(self):
        """Makes the open transaction durable; does nothing without one."""
        self.enter()
        try:
            if not self.session.transaction.autocommit:
                self.session.commit()
        finally:
            self.leave()

    def rollback(self):
        """Undoes the open transaction; does nothing without one."""
        self.enter()
        try:
            if not self.session.transaction.autocommit:
                self.session.transaction.rollback()
                self.session.forget_schema()
        finally:
            self.leave()

    def __enter__(self):
        self.check()
        return self

    def __exit__(self, kind, value, trace):
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

    def create_function(self, name, narg, func, *, deterministic=False):
        self.check()
        _check_function(name, narg)
        self.session.define_function(None if func is None else user_function(name, narg, func, deterministic), name, narg)

    def create_aggregate(self, name, n_arg, aggregate_class):
        self.check()
        _check_function(name, n_arg)
        self.session.define_function(None if aggregate_class is None else user_aggregate(name, n_arg, aggregate_class), name, n_arg)

    def create_collation(self, name, callback, /):
        self.check()
        if not isinstance(name, str):
            raise TypeError(f"create_collation() argument 1 must be str, not {None if name is None else type(name).__name__}")
        str.encode(name)
        if callback is not None and not callable(callback):
            raise TypeError("parameter must be callable")
        name = str.upper(name)
        self.session.define_collation(name, None if callback is None else Collation.from_python(name, callback))

    # ---- the rest

    @property
    def total_changes(self):
        self.check()
        return self.session.total_changes

    def interrupt(self):
        """Makes the running statements of this connection stop with OperationalError("interrupted"). May be called from any thread."""
        cdef object session = self.session
        if session is None:
            raise errors.ProgrammingError("Cannot operate on a closed database.")
        session.interrupt()

    def iterdump(self):
        """The database as SQL text, a statement at a time."""
        from pumice.dbapi.dump import iterdump

        self.check()
        return iterdump(self)

    def close(self):
        """Closes the connection; an open transaction is rolled back. Idempotent."""
        if not self.initialised or self.session is not None:
            self.check()
        self.lock()
        try:
            self.shut()
        finally:
            self.leave()

    cdef int shut(self) except -1:
        cdef object session = self.session
        if session is not None:
            self.session = None
            self.cache = None
            session.close()
        return 0

    def __del__(self):
        self.shut()

    def __getattr__(self, name):
        if name in _LATER:
            raise errors.not_supported(f"Connection.{name}")
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


_LATER = frozenset(("backup", "blobopen", "create_window_function", "deserialize", "serialize", "getlimit", "setlimit",
                    "set_authorizer", "set_progress_handler", "set_trace_callback", "enable_load_extension", "load_extension"))


def _check_function(name, narg):
    if not isinstance(name, str):
        raise TypeError("name must be str")
    if not -1 <= narg <= 127:
        raise errors.OperationalError("Error creating function")


def _parse_uri(uri):
    """(path, read_only, create) of a `file:` URI. Source: https://sqlite.org/uri.html"""
    import urllib.parse

    parts = urllib.parse.urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        raise errors.make("SQLITE_ERROR", f"invalid uri authority: {parts.netloc}")
    path = os.fsdecode(urllib.parse.unquote_to_bytes(parts.path))
    options = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
    mode = options.get("mode", "rwc")
    if mode not in ("ro", "rw", "rwc", "memory"):
        raise errors.make("SQLITE_ERROR", f"no such access mode: {mode}")
    if options.get("cache", "private") not in ("private", "shared"):
        raise errors.make("SQLITE_ERROR", f"no such cache mode: {options['cache']}")
    vfs = options.get("vfs", "unix")
    if vfs in _OTHER_VFS:
        raise errors.not_supported(f"vfs={vfs}")
    if vfs != "unix":
        raise errors.make("SQLITE_ERROR", f"no such vfs: {vfs}")
    if mode == "memory":
        return ":memory:", False, True
    return path, mode == "ro" or options.get("immutable") == "1", mode == "rwc"


def connect(database, *arguments, **options):
    """Opens a connection to the database file `database`; ":memory:" opens one in memory.

    As Connection(database, timeout=5.0, detect_types=0, isolation_level="", check_same_thread=True, cached_statements=128, uri=False), with
    `factory`, a subclass of Connection, in the sixth place or by name."""
    factory = options.pop("factory", Connection)
    if len(arguments) > 4:
        factory = arguments[4]
        arguments = arguments[:4] + arguments[5:]
    return factory(database, *arguments, **options)
