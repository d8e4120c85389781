# cython: boundscheck=True, wraparound=True
"""Cursor: executes statements and hands out rows. Surface, defaults and messages are those of CPython's sqlite3.Cursor."""

from cpython.buffer cimport PyObject_CheckBuffer
from libc.stdint cimport int64_t
from pumice.dbapi.row cimport Row, make_row
from pumice.dbapi.state cimport ConnectionState
from pumice.engine.statement cimport Statement

from pumice import errors
from pumice.dbapi.adapters import adapt_parameter, adapted_base_types
from pumice.dbapi.convert import Text, column_converters, converted
from pumice.engine.session import MultipleStatements


cdef class Cursor:
    def __init__(self, connection, /):
        if not isinstance(connection, ConnectionState):
            raise TypeError(f"Cursor() argument 1 must be pumice.Connection, not {type(connection).__name__}")
        if self.running:
            raise errors.ProgrammingError("Recursive use of cursors not allowed.")
        self.release()
        self.closed = False
        self.columns = None
        self.has_rowid = False
        self.begin(connection)

    cdef int begin(self, ConnectionState state) except -1:
        state.check()
        self.state = state
        self.row_factory = state.row_factory
        self.arraysize = 1
        self.n_rows = -1
        return 0

    # ---- attributes

    @property
    def connection(self):
        return self.state

    @property
    def description(self):
        """A tuple (name, None, None, None, None, None, None) per column of the last query, or None."""
        return self.columns

    @property
    def rowcount(self):
        return self.n_rows

    @property
    def lastrowid(self):
        return self.last_rowid if self.has_rowid else None

    # ---- around every call

    cdef int enter(self) except -1:
        """Takes the connection's lock. Raises ProgrammingError where the cursor cannot be used."""
        if self.state is None:
            raise errors.ProgrammingError("Base Cursor.__init__ not called.")
        self.state.enter()
        if self.closed or self.running:
            self.state.leave()
            raise errors.ProgrammingError("Cannot operate on a closed cursor." if self.closed
                                          else "Recursive use of cursors not allowed.")
        self.running = True
        return 0

    cdef int leave(self) except -1:
        self.running = False
        return self.state.leave()

    cdef int release(self) except -1:
        """Gives up the rows that are still to fetch."""
        cdef Statement statement = self.statement
        if statement is not None:
            self.statement = None
            statement.finish()
        return 0

    # ---- executing

    def execute(self, sql, parameters=(), /):
        """Runs one statement. Raises ProgrammingError for wrong bindings or more than one statement."""
        self.run(sql, parameters)
        return self

    cdef int run(self, object sql, object parameters) except -1:
        cdef ConnectionState state
        cdef Statement statement
        cdef int64_t changed
        self.enter()
        try:
            state = self.state
            statement = self.prepare(sql, "execute")
            if statement.is_dml:
                self.n_rows = 0
                state.begin_if_needed()
                self.n_rows = statement.start(bind_values(statement.param_names, parameters))
                self.columns = None
                self.converters = None
            else:
                self.n_rows = -1
                statement.start(definition_values(statement, parameters) if statement.is_ddl
                                else bind_values(statement.param_names, parameters))
                self.describe(statement)
                if statement.busy:
                    self.statement = statement
            self.last_rowid = state.session.last_insert_rowid
            self.has_rowid = True
        finally:
            self.leave()
        return 0

    def executemany(self, sql, parameters, /):
        """Runs one statement that changes data, or the schema, for each item of `parameters`."""
        cdef Statement statement
        self.enter()
        try:
            statement = self.prepare(sql, "executemany")
            if not statement.is_dml and not statement.is_ddl:
                raise errors.ProgrammingError("executemany() can only execute DML statements.")
            self.n_rows = 0 if statement.is_dml else -1
            self.columns = None
            self.converters = None
            if statement.is_dml:
                self.run_many(statement, iter(parameters))
            else:
                for item in parameters:
                    statement.start(bind_values(statement.param_names, item))
        finally:
            self.leave()
        return self

    cdef int run_many(self, Statement statement, object items) except -1:
        cdef ConnectionState state = self.state
        for item in items:
            state.begin_if_needed()
            self.n_rows += statement.start(bind_values(statement.param_names, item))
            if statement.runs_in_series():
                self.run_series(statement, items)
        return 0

    cdef int run_series(self, Statement statement, object items) except -1:
        """The rest of `items`, with the statement's cursors kept in place for as long as nothing else uses the connection meanwhile."""
        cdef ConnectionState state = self.state
        cdef tuple names = statement.param_names
        cdef unsigned long seen = state.n_entered
        statement.start_series()
        try:
            for item in items:
                if state.n_entered != seen or state.session.transaction.autocommit:
                    # The iterator itself has used the connection.
                    statement.end_series()
                    state.begin_if_needed()
                    statement.start_series()
                    seen = state.n_entered
                statement.run_once(bind_values(names, item))
                self.n_rows += state.session.changes
        finally:
            statement.end_series()
        return 0

    def executescript(self, sql_script, /):
        """Commits, then runs all statements of the text; rows are dropped."""
        self.enter()
        try:
            if not isinstance(sql_script, str):
                raise TypeError(f"executescript() argument must be str, not {_kind(sql_script)}")
            sql_script.encode()
            if "\0" in sql_script:
                raise ValueError("embedded null character")
            self.release()
            if not self.state.session.transaction.autocommit:
                self.state.session.commit()
            self.state.session.run_script(sql_script)
        finally:
            self.leave()
        return self

    cdef Statement prepare(self, object sql, str method):
        """The cached or new statement of a text; what this cursor was fetching ends. `method` is named where the text is none."""
        cdef Statement statement
        if not isinstance(sql, str):
            raise TypeError(f"{method}() argument 1 must be str, not {_kind(sql)}")
        self.release()
        statement = self.state.cache.find(sql)
        if statement is not None:
            return statement
        if "\0" in sql:
            raise errors.ProgrammingError("the query contains a null character")
        sql.encode()
        try:
            return self.state.session.prepare(sql)
        except MultipleStatements:
            raise errors.ProgrammingError("You can only execute one statement at a time.") from None

    cdef int describe(self, Statement statement) except -1:
        cdef object names
        self.converters = None
        self.columns = statement.description
        if self.columns is None:
            return 0
        if self.state.detect_types:
            self.converters, names = column_converters(statement.names, statement.types, self.state.detect_types)
            self.columns = tuple([(name, None, None, None, None, None, None) for name in names])
        if statement.busy:
            statement.set_text_factory(self.state.text_factory if self.converters is None else Text)
        return 0

    # ---- fetching

    cdef object next_row(self):
        """The next row as it is shown, or None at the end."""
        cdef Statement statement
        cdef tuple row
        self.enter()
        try:
            statement = self.statement
            if statement is None:
                return None
            if not statement.busy:
                self.statement = None
                return None
            row = statement.row()
            if row is None or not statement.busy:
                self.statement = None
            if row is not None and self.converters is not None:
                row = converted(row, self.converters, self.state.text_factory)
        except BaseException:
            self.release()
            raise
        finally:
            self.leave()
        return row if row is None or self.row_factory is None else self.shape(row)

    cdef object shape(self, tuple row):
        """A row as the row factory makes it."""
        if self.row_factory is Row:
            return make_row(self.columns, row)
        return self.row_factory(self, row)

    def fetchone(self):
        """The next row, or None."""
        return self.next_row()

    def fetchmany(self, size=None):
        cdef list rows = []
        cdef object row
        for _ in range(self.arraysize if size is None else size):
            row = self.next_row()
            if row is None:
                break
            rows.append(row)
        return rows

    def fetchall(self):
        cdef Statement statement
        cdef list rows
        cdef Py_ssize_t i
        self.enter()
        try:
            statement = self.statement
            self.statement = None
            if statement is None or not statement.busy:
                return []
            rows = statement.all_rows()
            if self.converters is not None:
                rows = [converted(row, self.converters, self.state.text_factory) for row in rows]
        finally:
            self.leave()
        if self.row_factory is not None:
            for i in range(len(rows)):
                rows[i] = self.shape(rows[i])
        return rows

    def __iter__(self):
        return self

    def __next__(self):
        row = self.next_row()
        if row is None:
            raise StopIteration
        return row

    # ---- the rest of PEP 249

    def close(self):
        if self.state is None:
            raise errors.ProgrammingError("Base Cursor.__init__ not called.")
        if self.running:
            raise errors.ProgrammingError("Recursive use of cursors not allowed.")
        self.state.enter()
        try:
            self.release()
            self.closed = True
        finally:
            self.state.leave()

    def setinputsizes(self, sizes, /):
        """Does nothing."""

    def setoutputsize(self, size, column=None, /):
        """Does nothing."""

    def __del__(self):
        # The last reference may go in any thread: the statement is given back, the thread is not checked.
        cdef Statement statement = self.statement
        if statement is not None:
            self.statement = None
            self.state.lock()
            try:
                if self.state.session is not None:
                    statement.finish()
            finally:
                self.state.leave()


cdef object definition_values(Statement statement, object parameters):
    """As bind_values; but what is wrong with the values is to be raised when the statement has found nothing wrong with itself, so it is given."""
    try:
        return bind_values(statement.param_names, parameters)
    except errors.Error as error:
        return error


cdef object bind_values(tuple names, object parameters):
    """The parameter values in order, as a list or tuple. Raises ProgrammingError as sqlite3 does."""
    cdef object values, name, value
    cdef Py_ssize_t at
    if isinstance(parameters, (tuple, list)) or (not isinstance(parameters, dict) and is_sequence(parameters)):
        if len(parameters) != len(names):
            raise errors.ProgrammingError(
                f"Incorrect number of bindings supplied. The current statement uses {len(names)}, "
                f"and there are {len(parameters)} supplied.")
        values = parameters if type(parameters) is tuple or type(parameters) is list else [parameters[at] for at in range(len(names))]
    elif hasattr(parameters, "__getitem__"):
        values = []
        for at, name in enumerate(names):
            if name is None:
                raise errors.ProgrammingError(
                    f"Binding {at + 1} has no name, but you supplied a dictionary (which has only names).")
            try:
                values.append(parameters[name.lstrip(":@$?")])
            except LookupError:
                raise errors.ProgrammingError(
                    f"You did not supply a value for binding parameter :{name.lstrip(':@$?')}.") from None
    else:
        raise errors.ProgrammingError("parameters are of unsupported type")
    for value in values:
        if not is_plain(value):
            # By position: an adapter may change the list.
            return [checked(at, values[at]) for at in range(len(names))]
    return values


cdef list _adapted_base_types = adapted_base_types


cdef inline bint is_plain(object value):
    """Of a class that is bound as it stands, without a look at the adapters."""
    cdef object kind = type(value)
    if _adapted_base_types:
        return value is None
    return kind is str or kind is int or value is None or kind is float or kind is bytes


cdef str _kind(object value):
    """What CPython calls a wrong argument in its TypeErrors."""
    return "None" if value is None else type(value).__name__


cdef bint is_sequence(object parameters):
    return hasattr(parameters, "__getitem__") and hasattr(parameters, "__len__") and not hasattr(parameters, "keys")


cdef object checked(Py_ssize_t at, object value):
    """A parameter adapted to one of the SQL types."""
    if is_plain(value):
        return value
    value = adapt_parameter(value)
    if isinstance(value, (int, float, str, bytes)) or value is None:
        return value
    if not PyObject_CheckBuffer(value):
        raise errors.ProgrammingError(f"Error binding parameter {at + 1}: type '{type(value).__name__}' is not supported")
    return value
