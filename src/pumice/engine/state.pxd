"""See state.pyx."""

from libc.stdint cimport int64_t
from pumice.engine.transaction cimport MAX_DATABASES, TransactionControl
from pumice.exec.context cimport InterruptFlag

cdef class SessionState:
    cdef readonly TransactionControl transaction
    cdef readonly list btrees                     # Btree per database number
    cdef public int64_t generation                # grows with every change of schema or functions: older plans are made again
    cdef public int64_t changes
    cdef public int64_t total_changes
    cdef public int64_t last_insert_rowid
    cdef int64_t cookies[128]                     # per database: the cookie of the loaded schema, -1: none
    cdef readonly InterruptFlag interrupt_flag

    cpdef int forget_interrupt(self) except -1
    cpdef int ensure_schema(self) except -1
    cdef bint is_loaded(self, int db) except -1
