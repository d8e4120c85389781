"""Statement: one prepared statement and its run state.

start(values) --> rows: row() until it is no longer `busy`, or finish
             \-> writes: run to the end, finished at once

start_series --> run_once(values) ... --> end_series        the same write many times, its cursors kept in place (executemany)

For a query `start` opens the operators under a read transaction and finds the first row; `finish` closes them and lets the transaction
settle; the last row finishes by itself. A write runs inside a write transaction and a statement savepoint, so a failed statement leaves
nothing behind (except ON CONFLICT FAIL, which keeps earlier rows). A write of one row checks all before it changes anything and so needs
no savepoint; should its change itself break off (full disk), the whole transaction is undone, as in SQLite.
Before each start the statement is planned again if the schema or the functions have changed since.
"""

from libc.stdint cimport int64_t
from pumice.engine.state cimport SessionState
from pumice.engine.transaction cimport TransactionControl
from pumice.exec.context cimport ExecContext
from pumice.exec.dml.dml cimport DmlOperator
from pumice.exec.operators.result cimport ResultReader

from weakref import ref

from pumice import errors
from pumice.plan.logical import nodes as logical
from pumice.sql import ast as _ast
from pumice.sql.parser import parse_with_params

cdef tuple _DDL = (_ast.CreateTable, _ast.CreateIndex, _ast.CreateView, _ast.CreateTrigger, _ast.CreateVirtualTable, _ast.Drop,
                   _ast.AlterTable, _ast.Reindex, _ast.Analyze)


cdef class Statement:
    def __init__(self, SessionState session, str sql, parsed, tuple param_names, Py_ssize_t n_slots=0):
        self.session = session
        self.transaction = session.transaction
        self.sql = sql
        self.ast = parsed
        self.param_names = param_names
        self.n_params = len(param_names) + n_slots
        self.is_dml = isinstance(parsed, (_ast.Insert, _ast.Update, _ast.Delete))
        self.is_ddl = isinstance(parsed, _DDL)
        self.names = ()
        self.types = ()

    # ---- set by the session while planning and building

    def set_plan(self, bound):
        self.bound = bound
        self.context = None
        self.reader = None
        self.writer = None
        self.is_query = isinstance(bound, logical.Select)
        if self.is_query:
            self.set_columns(bound.names, bound.types)
        else:
            self.db = bound.write.table.db

    def set_rows(self, names):
        self.set_columns(tuple(names), (None,) * len(names))

    def set_columns(self, tuple names, tuple types):
        self.names = names
        self.types = types
        self.description = tuple([(name, None, None, None, None, None, None) for name in names]) if names else None

    def set_reader(self, ExecContext context, ResultReader reader):
        self.context = context
        self.reader = reader

    def set_writer(self, ExecContext context, DmlOperator writer):
        self.context = context
        self.writer = writer

    # ---- templates (see template.pyx)

    cdef Statement variant(self, str sql, list literals, tuple names):
        """The statement of a text of which this one is the template."""
        cdef Statement made = Statement.__new__(Statement)
        made.session = self.session
        made.transaction = self.transaction
        made.sql = sql
        made.ast = self.ast
        made.param_names = self.param_names
        made.n_params = self.n_params
        made.literals = literals
        made.prototype = self
        made.bound = self.bound
        made.is_query = self.is_query
        made.is_dml = self.is_dml
        made.db = self.db
        made.generation = self.generation
        made.set_columns(names, self.types)
        return made

    cdef bint borrow(self) except -1:
        """Takes over the prototype's run state; False when another variant is using it."""
        cdef Statement prototype = self.prototype, user = None
        if prototype.user is not None:
            user = prototype.user()
        if user is not None:
            if user.busy:
                return False
            user.context = None
            user.reader = None
            user.writer = None
        if prototype.context is None:
            self.session.build(prototype)
        prototype.user = ref(self)
        self.context = prototype.context
        self.reader = prototype.reader
        self.writer = prototype.writer
        if self.reader is not None:
            self.reader.names = self.names
        return True

    cdef int leave(self) except -1:
        """The template is out of date: from now on a statement of its own text."""
        self.prototype = None
        self.literals = None
        self.n_params = len(self.param_names)
        self.ast = parse_with_params(self.sql)[0]
        return 0

    # ---- running

    cdef int bind(self, values) except -1:
        self.context.restart()
        self.context.bind(values if self.literals is None else [*values, *self.literals])
        return 0

    cdef int refresh(self) except -1:
        """Plans again when the schema or the functions changed. A read transaction is open afterwards."""
        self.transaction.holding += 1
        try:
            self.renew()
        finally:
            self.transaction.holding -= 1
        return 0

    cdef int renew(self) except -1:
        cdef SessionState session = self.session
        session.ensure_schema()
        if self.generation != session.generation:
            if self.prototype is not None:
                self.leave()
            session.plan(self)
            session.ensure_schema()
        if self.context is None and (self.prototype is None or not self.borrow()):
            session.build(self)
        return 0

    cpdef int64_t start(self, values) except? -2:
        """Binds `values` and begins. Returns the number of changed rows for a write, -1 otherwise."""
        cdef TransactionControl transaction = self.transaction
        cdef object rows
        self.session.forget_interrupt()
        if self.bound is None:
            rows = self.session.run_other(self, values)
            self.has_rows = self.busy = rows is not None and len(self.names) > 0
            self.rows = None if rows is None else rows[::-1]
            return -1
        try:
            self.refresh()
            if not self.is_query:
                return self.write(values)
            self.bind(values)
            transaction.n_reading += 1
            self.n_aborts = transaction.n_aborts
            self.busy = self.has_rows = True
            self.reader.start()
            if self.reader.done:
                self.finish()
        except BaseException:
            if self.busy:
                self.finish()
            else:
                transaction.settle()
            raise
        return -1

    cdef int begin_change(self, values) except -1:
        """The write transaction, and the parameters bound."""
        self.transaction.begin_write(self.db)
        if not self.session.is_loaded(self.db):
            self.refresh()
        self.bind(values)
        return 0

    cdef int64_t write(self, values) except? -2:
        cdef TransactionControl transaction = self.transaction
        cdef int at = -1
        self.begin_change(values)
        if not self.writer.one_row and (not transaction.autocommit or transaction.n_reading > 0 or transaction.holding > 0):
            at = transaction.open_savepoint(None)
        # A function called by this statement may run others.
        self.busy = True
        transaction.holding += 1
        try:
            self.writer.run()
        except BaseException as error:
            self.undo(error, at)
            raise
        finally:
            transaction.holding -= 1
            self.busy = False
        if at >= 0:
            transaction.release_at(at)
        transaction.settle()
        self.count(self.writer.changed)
        return self.writer.changed

    cdef int undo(self, error, int at) except -1:
        """After a failed write; `at` is its savepoint, or -1."""
        cdef TransactionControl transaction = self.transaction
        cdef object action = getattr(error, "conflict", "abort")
        # A failed statement counts as no change, unless ON CONFLICT FAIL kept its earlier rows; its last rowid stands either way.
        self.count(self.writer.changed if action == "fail" else 0)
        if action == "rollback":
            transaction.rollback_all(True)
            self.session.forget_schema()
        elif at >= 0:
            if action != "fail":
                transaction.rollback_at(at)
            transaction.release_at(at)
        elif action != "fail" and (not self.writer.one_row or self.writer.writer.halfway
                                   or getattr(error, "sqlite_errorname", None) == "SQLITE_FULL"):       # also for want of a rowid
            transaction.rollback_all()
            self.session.forget_schema()
        return 0

    cdef int count(self, int64_t changed) except -1:
        self.session.changes = changed
        self.session.total_changes += changed
        if self.writer.inserted:
            self.session.last_insert_rowid = self.writer.new_rowid
        return 0

    # ---- a series of runs

    cdef bint runs_in_series(self):
        """Whether start_series may be used: a write of one row a run, in an open transaction. The statement is planned."""
        return self.writer is not None and self.writer.one_row and not self.transaction.autocommit

    cdef int start_series(self) except -1:
        """Begins the write transaction. Until end_series nothing else may use the connection."""
        self.refresh()
        self.transaction.begin_write(self.db)
        if not self.session.is_loaded(self.db):
            self.refresh()
        self.writer.start_series()
        self.busy = True
        return 0

    cdef int run_once(self, values) except -1:
        """One run; an error leaves the runs before it, and end_series is still due."""
        self.bind(values)
        try:
            self.writer.run_once()
        except BaseException as error:
            self.writer.finish()
            self.undo(error, -1)
            raise
        self.count(self.writer.changed)
        return 0

    cdef int end_series(self) except -1:
        self.busy = False
        self.writer.finish()
        self.transaction.settle()
        return 0

    # ---- rows

    cpdef row(self):
        """The next row as a tuple, or None at the end. The statement is finished with its last row."""
        cdef tuple row
        if self.reader is None:
            row = self.rows.pop() if self.rows else None
            if not self.rows:
                self.finish()
            return row
        try:
            self.check_alive()
            row = self.reader.fetch_row()
        except BaseException:
            self.finish()
            raise
        if self.reader.done:
            self.finish()
        return row

    cpdef list all_rows(self):
        """All remaining rows; the statement is then finished."""
        try:
            if self.reader is None:
                return self.rows[::-1] if self.rows else []
            self.check_alive()
            return self.reader.fetch_all()
        finally:
            self.finish()

    cdef int check_alive(self) except -1:
        """Raises what has ended the reading, if something has."""
        if self.n_aborts != self.transaction.n_aborts:
            raise errors.make(*self.transaction.abort_reason)
        return 0

    def set_text_factory(self, factory):
        if self.reader is not None:
            self.reader.text_factory = factory
        elif factory is not str and self.rows:
            self.rows = [tuple([factory(value.encode()) if type(value) is str else value for value in row]) for row in self.rows]

    cpdef int finish(self) except -1:
        """Closes the operators; idempotent."""
        if not self.busy:
            return 0
        self.busy = False
        self.rows = None
        if self.reader is not None:
            self.transaction.n_reading -= 1
            try:
                self.reader.close()
            finally:
                self.transaction.settle()
        return 0

    def run_nested(self, values):
        """Runs to the end inside the transaction of an outer statement; returns the rows of a query."""
        self.session.build(self)
        self.bind(values)
        if self.is_query:
            self.reader.start()
            return self.reader.fetch_all()
        self.writer.run()
        return []

    def explain_analyze(self, values, explain_tree):
        """Runs the query in a tree of its own that counts, and returns the plan's lines with what each operator did."""
        cdef dict measured = {}
        self.refresh()
        if not self.is_query:
            self.transaction.settle()
            return explain_tree(self.bound)
        self.session.build(self, measured)
        self.start(values)
        self.all_rows()
        return explain_tree(self.bound, {node: counter.figures() for node, counter in measured.items()})
