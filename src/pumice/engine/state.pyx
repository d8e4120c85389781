"""SessionState: what every run of a prepared statement looks at, as C fields. Session (session.py) adds all that happens once a statement.

Invariant: a plan is valid while `generation` is what it was at planning and every database's schema cookie is the one that was loaded.
"""

from libc.stdint cimport int64_t
from pumice.engine.transaction cimport MAX_DATABASES, TransactionControl
from pumice.exec.context cimport InterruptFlag


cdef class SessionState:
    def __init__(self, btrees):
        self.btrees = list(btrees)
        self.transaction = TransactionControl(self.btrees)
        self.interrupt_flag = InterruptFlag()
        self.forget_schema()

    def interrupt(self):
        """Asks the running statements to stop; without one it does nothing. From any thread."""
        self.interrupt_flag.raised = True

    cpdef int forget_interrupt(self) except -1:
        """At the beginning of a statement: with no other at work, an interrupt came before it and is not meant for it."""
        if self.transaction.n_reading == 0 and self.transaction.holding == 0:
            self.interrupt_flag.raised = False
        return 0

    cpdef int ensure_schema(self) except -1:
        """Loads the schema of each database whose cookie differs from the loaded one. A read transaction is open afterwards, unless it fails."""
        cdef int db
        self.transaction.begin_read()
        try:
            for db in range(len(self.btrees)):
                if not self.is_loaded(db):
                    self.load_schema(db)
        except BaseException:
            self.transaction.settle(False)
            raise
        return 0

    cdef bint is_loaded(self, int db) except -1:
        """Whether the loaded schema of a database is the one in its file, under an open read transaction."""
        return self.cookies[db] == self.transaction.schema_cookie(db)

    def schema_loaded(self, int db, int64_t cookie):
        self.cookies[db] = cookie
        self.generation += 1

    def forget_schema(self):
        """After a rollback that may have undone DDL, or a change of what schemas are made with."""
        cdef int db
        for db in range(MAX_DATABASES):
            self.cookies[db] = -1
        self.generation += 1

    def load_schema(self, int db):
        raise NotImplementedError
