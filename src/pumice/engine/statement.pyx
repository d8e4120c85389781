"""Statement: one prepared statement and its run state.

    start(values) --> rows: row() until None --> finish
                 \-> writes: run to the end, finished at once

For a query `start` opens the operators under a read transaction; `finish` closes them and lets the transaction settle. A write runs inside a write
transaction and a statement savepoint, so a failed statement leaves nothing behind (except ON CONFLICT FAIL, which keeps earlier rows).
Before each start the statement is planned again if the schema or the functions have changed since.
"""

from pumice.engine.transaction cimport TransactionControl

from pumice.plan.logical import nodes as logical
from pumice.sql import ast as _ast


cdef class Statement:
    cdef readonly object session
    cdef TransactionControl transaction
    cdef readonly str sql
    cdef readonly object ast              # None for an empty text
    cdef readonly tuple param_names       # a name or None per parameter
    cdef readonly object bound            # the planned statement, or None when it is not a plan
    cdef readonly bint is_query
    cdef readonly bint is_dml             # INSERT, UPDATE, DELETE: what the legacy transaction control opens a transaction for
    cdef readonly int db                  # database that a write goes to
    cdef readonly tuple names             # column names, () when there is no result
    cdef readonly tuple types             # declared types
    cdef public object generation         # of the schema at planning
    cdef public object functions_version
    cdef readonly bint busy               # rows are being fetched
    cdef object context, reader, writer
    cdef list rows                        # result of a statement that is not a plan, reversed
    cdef readonly bint has_rows

    def __init__(self, session, str sql, parsed, tuple param_names):
        self.session = session
        self.transaction = session.transaction
        self.sql = sql
        self.ast = parsed
        self.param_names = param_names
        self.is_dml = isinstance(parsed, (_ast.Insert, _ast.Update, _ast.Delete))
        self.names = ()
        self.types = ()

    # ---- set by the session while planning and building

    def set_plan(self, bound):
        self.bound = bound
        self.context = self.reader = self.writer = None
        self.is_query = isinstance(bound, logical.Select)
        if self.is_query:
            self.names = bound.names
            self.types = bound.types
        else:
            self.db = bound.write.table.db

    def set_rows(self, names):
        self.names = tuple(names)
        self.types = (None,) * len(self.names)

    def set_reader(self, context, reader):
        self.context = context
        self.reader = reader

    def set_writer(self, context, writer):
        self.context = context
        self.writer = writer

    # ---- running

    cdef int refresh(self) except -1:
        """Plans again when the schema or the functions changed. A read transaction is open afterwards."""
        cdef object session = self.session
        self.transaction.holding += 1
        try:
            self.renew(session)
        finally:
            self.transaction.holding -= 1
        return 0

    cdef int renew(self, session) except -1:
        session.ensure_schema()
        if self.generation != session.generation or self.functions_version != session.functions.version:
            session.plan(self)
            session.ensure_schema()
        if self.context is None:
            session.build(self)
        return 0

    def start(self, values):
        """Binds `values` and begins. Returns the number of changed rows for a write, -1 otherwise."""
        cdef TransactionControl transaction = self.transaction
        if self.bound is None:
            self.rows = self.session.run_other(self, values)
            self.has_rows = self.rows is not None and len(self.names) > 0
            if self.rows is not None:
                self.rows = list(reversed(self.rows))
                self.busy = self.has_rows
            return -1
        try:
            self.refresh()
            if self.is_query:
                self.context.restart()
                self.context.bind(values)
                transaction.n_reading += 1
                self.busy = True
                self.reader.start()
                self.has_rows = True
                return -1
            return self.write(values)
        except BaseException:
            if self.busy:
                self.finish()
            else:
                transaction.settle()
            raise

    cdef object write(self, values):
        cdef TransactionControl transaction = self.transaction
        cdef object session = self.session
        cdef int at = -1
        cdef long changed
        if self.db == 1:
            transaction.begin_write(1)
        else:
            transaction.begin_write(self.db)
        if session.loaded_cookies[self.db] != transaction.schema_cookie(self.db):
            self.refresh()
        self.context.restart()
        self.context.bind(values)
        if not transaction.autocommit or transaction.n_reading > 0:
            at = transaction.open_savepoint(None)
        try:
            self.writer.reset()
            changed = self.writer.run()
        except BaseException as error:
            action = getattr(error, "conflict", "abort")
            # A failed statement counts as no change, unless ON CONFLICT FAIL kept its earlier rows; its last rowid stands either way.
            session.changes = self.writer.changed if action == "fail" else 0
            session.total_changes += session.changes
            if self.writer.last_rowid is not None:
                session.last_insert_rowid = self.writer.last_rowid
            self.writer.reset()
            if action == "rollback":
                transaction.rollback_all()
                session.forget_schema()
            elif action == "fail":
                if at >= 0:
                    transaction.release_at(at)
            elif at >= 0:
                transaction.rollback_at(at)
                transaction.release_at(at)
            else:
                transaction.rollback_all()
            raise
        if at >= 0:
            transaction.release_at(at)
        transaction.settle()
        session.changes = changed
        session.total_changes += changed
        if self.writer.last_rowid is not None:
            session.last_insert_rowid = self.writer.last_rowid
        return changed

    def row(self):
        """The next row as a tuple, or None at the end (the statement is then finished)."""
        if self.reader is None:
            if self.rows:
                return self.rows.pop()
            self.finish()
            return None
        try:
            row = self.reader.fetch_row()
        except BaseException:
            self.finish()
            raise
        if row is None:
            self.finish()
        return row

    def all_rows(self):
        """All remaining rows; the statement is then finished."""
        try:
            if self.reader is None:
                rows = list(reversed(self.rows)) if self.rows else []
            else:
                rows = self.reader.fetch_all()
        finally:
            self.finish()
        return rows

    def set_text_factory(self, factory):
        if self.reader is not None:
            self.reader.text_factory = factory

    def finish(self):
        """Closes the operators; idempotent."""
        if not self.busy:
            return
        self.busy = False
        self.rows = None
        if self.reader is not None:
            self.transaction.n_reading -= 1
            try:
                self.reader.close()
            finally:
                self.transaction.settle()

    def run_nested(self, values):
        """Runs to the end inside the transaction of an outer statement; returns the rows of a query."""
        self.session.build(self)
        self.context.restart()
        self.context.bind(values)
        if self.is_query:
            self.reader.start()
            try:
                return self.reader.fetch_all()
            finally:
                self.reader.close()
        self.writer.reset()
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
