"""Cursor: executes statements and hands out rows. Surface, defaults and messages are those of CPython's sqlite3.Cursor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pumice import errors
from pumice.dbapi.adapters import adapt_parameter
from pumice.dbapi.convert import Text, column_converters, converted
from pumice.engine.session import MultipleStatements

if TYPE_CHECKING:
    from pumice.dbapi.connection import Connection
    from pumice.engine.statement import Statement

_PLAIN = (int, str, float, bytes, type(None))


class Cursor:
    arraysize = 1

    def __init__(self, connection: Connection, /) -> None:
        from pumice.dbapi.connection import Connection

        if not isinstance(connection, Connection):
            raise TypeError(f"Cursor() argument 1 must be pumice.Connection, not {type(connection).__name__}")
        self.connection = connection
        self.row_factory = connection.row_factory
        self.description: tuple[tuple, ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._statement: Statement | None = None
        self._converters: list[Any] | None = None
        self._closed = False
        self._running = False

    # ---- checks

    def _open_connection(self) -> Connection:
        connection = getattr(self, "connection", None)
        if connection is None:
            raise errors.ProgrammingError("Base Cursor.__init__ not called.")
        connection._check()
        if self._closed:
            raise errors.ProgrammingError("Cannot operate on a closed cursor.")
        if self._running:
            raise errors.ProgrammingError("Recursive use of cursors not allowed.")
        return connection

    def _release(self) -> None:
        statement, self._statement = self._statement, None
        if statement is not None:
            statement.finish()

    # ---- executing

    def execute(self, sql: str, parameters: Any = (), /) -> Cursor:
        """Runs one statement. Raises ProgrammingError for wrong bindings or more than one statement."""
        connection = self._open_connection()
        with connection._lock:
            statement = self._prepare(connection, sql)
            self.rowcount = 0 if statement.is_dml else -1
            values = bind_values(statement.param_names, parameters)
            if statement.is_dml:
                connection._begin_if_needed()
            self._running = True
            try:
                changed = statement.start(values)
            finally:
                self._running = False
            self._describe(statement, connection)
            if statement.is_dml:
                self.rowcount = changed
                self.lastrowid = connection._session.last_insert_rowid
            elif statement.has_rows:
                self._statement = statement
                if statement.busy:
                    statement.set_text_factory(connection.text_factory if self._converters is None else Text)
            if self.lastrowid is None and connection._session.last_insert_rowid:
                self.lastrowid = connection._session.last_insert_rowid
        return self

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor:
        """Runs one data-changing statement for each item of `parameters`."""
        connection = self._open_connection()
        with connection._lock:
            statement = self._prepare(connection, sql)
            if not statement.is_dml:
                raise errors.ProgrammingError("executemany() can only execute DML statements.")
            self.rowcount = 0
            names = statement.param_names
            self._running = True
            try:
                for item in parameters:
                    values = bind_values(names, item)
                    connection._begin_if_needed()
                    self.rowcount += statement.start(values)
            finally:
                self._running = False
            self._describe(statement, connection)
        return self

    def executescript(self, sql_script: str, /) -> Cursor:
        """Commits, then runs all statements of the text; rows are dropped."""
        connection = self._open_connection()
        if not isinstance(sql_script, str):
            raise TypeError(f"executescript() argument must be str, not {type(sql_script).__name__}")
        if "\0" in sql_script:
            raise ValueError("embedded null character")
        with connection._lock:
            self._release()
            if connection._session.in_transaction:
                connection._session.transaction.commit()
            connection._session.run_script(sql_script)
        return self

    def _prepare(self, connection: Connection, sql: str) -> Statement:
        if not isinstance(sql, str):
            raise TypeError(f"execute() argument 1 must be str, not {type(sql).__name__}")
        self._release()
        if "\0" in sql:
            raise errors.ProgrammingError("the query contains a null character")
        sql.encode()
        try:
            return connection._session.prepare(sql)
        except MultipleStatements:
            raise errors.ProgrammingError("You can only execute one statement at a time.") from None

    def _describe(self, statement: Statement, connection: Connection) -> None:
        self._converters = None
        names = statement.names
        if not names:
            self.description = None
            return
        if connection._detect_types:
            self._converters, names = column_converters(names, statement.types, connection._detect_types)
        self.description = tuple([(name, None, None, None, None, None, None) for name in names])

    # ---- fetching

    def fetchone(self) -> Any:
        """The next row, or None."""
        connection = self._open_connection()
        statement = self._statement
        if statement is None:
            return None
        with connection._lock:
            self._running = True
            try:
                row = statement.row()
            except BaseException:
                self._statement = None
                raise
            finally:
                self._running = False
        if row is None:
            self._statement = None
            return None
        return self._shape(row)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        rows = []
        for _ in range(self.arraysize if size is None else size):
            row = self.fetchone()
            if row is None:
                break
            rows.append(row)
        return rows

    def fetchall(self) -> list[Any]:
        connection = self._open_connection()
        statement, self._statement = self._statement, None
        if statement is None:
            return []
        with connection._lock:
            self._running = True
            try:
                rows = statement.all_rows()
            finally:
                self._running = False
        if self.row_factory is None and self._converters is None:
            return rows
        return [self._shape(row) for row in rows]

    def _shape(self, row: tuple) -> Any:
        if self._converters is not None:
            row = converted(row, self._converters, self.connection.text_factory)
        return row if self.row_factory is None else self.row_factory(self, row)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    # ---- the rest of PEP 249

    def close(self) -> None:
        connection = getattr(self, "connection", None)
        if connection is None:
            raise errors.ProgrammingError("Base Cursor.__init__ not called.")
        if self._running:
            raise errors.ProgrammingError("Recursive use of cursors not allowed.")
        connection._check()
        self._release()
        self._closed = True

    def setinputsizes(self, sizes: Any, /) -> None:
        """Does nothing."""

    def setoutputsize(self, size: Any, column: Any = None, /) -> None:
        """Does nothing."""

    def __del__(self) -> None:
        statement = getattr(self, "_statement", None)
        if statement is not None:
            self._statement = None
            connection = self.connection
            if connection._session is not None:
                with connection._lock:
                    statement.finish()


def bind_values(names: tuple[str | None, ...], parameters: Any) -> list[Any] | tuple[Any, ...]:
    """The parameter values in order. Raises ProgrammingError as sqlite3 does."""
    kind = type(parameters)
    if kind is tuple or kind is list or (not isinstance(parameters, Mapping) and _is_sequence(parameters)):
        if len(parameters) != len(names):
            raise errors.ProgrammingError(f"Incorrect number of bindings supplied. The current statement uses {len(names)}, "
                                          f"and there are {len(parameters)} supplied.")
        values = parameters if kind is tuple or kind is list else [parameters[i] for i in range(len(parameters))]
    elif isinstance(parameters, Mapping) or hasattr(parameters, "__getitem__"):
        values = []
        for at, name in enumerate(names):
            if name is None:
                raise errors.ProgrammingError(f"Binding {at + 1} has no name, but you supplied a dictionary (which has only names).")
            try:
                values.append(parameters[name.lstrip(":@$?")])
            except LookupError:
                raise errors.ProgrammingError(f"You did not supply a value for binding parameter :{name.lstrip(':@$?')}.") from None
    else:
        raise errors.ProgrammingError("parameters are of unsupported type")
    for value in values:
        if type(value) not in _PLAIN:
            return [checked(at, value, names) for at, value in enumerate(values)]
    return values


def _is_sequence(parameters: Any) -> bool:
    return hasattr(parameters, "__getitem__") and hasattr(parameters, "__len__") and not hasattr(parameters, "keys")


def checked(at: int, value: Any, names: tuple[str | None, ...]) -> Any:
    """A parameter adapted to one of the SQL types."""
    if type(value) in _PLAIN:
        return value
    value = adapt_parameter(value)
    if isinstance(value, (int, float, str, bytes, type(None))):
        return value
    try:
        view = memoryview(value)
    except TypeError:
        label = f":{names[at][1:]}" if names[at] and names[at][0] in ":@$" else str(at + 1)
        raise errors.ProgrammingError(f"Error binding parameter {label}: type '{type(value).__name__}' is not supported") from None
    return bytes(view)
