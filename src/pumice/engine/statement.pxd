"""See statement.pyx."""

from libc.stdint cimport int64_t
from pumice.engine.state cimport SessionState
from pumice.engine.transaction cimport TransactionControl
from pumice.exec.context cimport ExecContext
from pumice.exec.dml.dml cimport DmlOperator
from pumice.exec.operators.result cimport ResultReader

cdef class Statement:
    cdef readonly SessionState session
    cdef TransactionControl transaction
    cdef readonly str sql
    cdef readonly object ast              # None for an empty text
    cdef readonly tuple param_names       # a name or None per parameter
    cdef readonly Py_ssize_t n_params     # these and the slots of a template
    cdef list literals                    # what fills the slots, None without
    cdef Statement prototype              # of a variant: the template's statement, whose plan and run state it uses
    cdef object user                      # of a prototype: weak reference to the variant that has its run state, or None
    cdef object __weakref__
    cdef readonly object bound            # the planned statement, or None when it is not a plan
    cdef readonly bint is_query
    cdef readonly bint is_dml             # INSERT, UPDATE, DELETE: what the legacy transaction control opens a transaction for
    cdef readonly bint is_ddl             # it changes the schema, or what belongs to it
    cdef readonly int db                  # database that a write goes to
    cdef readonly tuple names             # column names, () when there is no result
    cdef readonly tuple types             # declared types
    cdef readonly tuple description       # PEP 249's, None when there is no result
    cdef public int64_t generation        # of the session at planning
    cdef int64_t n_aborts                 # of the transaction control when the rows began
    cdef readonly bint busy               # rows are being fetched, or executemany is at work
    cdef bint recent                      # used since the cache's clock passed
    cdef ExecContext context
    cdef ResultReader reader
    cdef DmlOperator writer
    cdef list rows                        # result of a statement that is not a plan, reversed
    cdef readonly bint has_rows

    cdef Statement variant(self, str sql, list literals, tuple names)
    cdef bint borrow(self) except -1
    cdef int leave(self) except -1
    cdef int bind(self, values) except -1
    cdef int refresh(self) except -1
    cdef int renew(self) except -1
    cpdef int64_t start(self, values) except? -2
    cdef int64_t write(self, values) except? -2
    cdef int begin_change(self, values) except -1
    cdef int undo(self, error, int at) except -1
    cdef int count(self, int64_t changed) except -1
    cdef bint runs_in_series(self)
    cdef int start_series(self) except -1
    cdef int run_once(self, values) except -1
    cdef int end_series(self) except -1
    cdef int check_alive(self) except -1
    cpdef row(self)
    cpdef list all_rows(self)
    cpdef int finish(self) except -1
