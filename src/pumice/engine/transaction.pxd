"""See transaction.pyx."""

from libc.stdint cimport int64_t

cdef enum:
    MAX_DATABASES = 128                # main, temp, attached

cdef class TransactionControl:
    cdef readonly list btrees
    cdef public bint autocommit
    cdef public int n_reading          # statements with rows still to fetch
    cdef readonly list savepoints
    cdef bint writing[128]             # per database: this connection has a write transaction open
    cdef int n_writing                 # how many have
    cdef bint keeps_read               # inside BEGIN a statement has read: the snapshot stays until the end
    cdef public int holding            # > 0 while a statement is at work: `settle` waits for it
    cdef public bint schema_changed    # since the transaction began: a rollback takes the schema away from those that read
    cdef int64_t n_aborts              # how often the statements that were reading then have lost what they read ...
    cdef tuple abort_reason            # ... and what the last of them get to hear: an error's name and message
    cdef public bint query_only        # PRAGMA query_only: no write transaction begins

    cpdef int begin_read(self) except -1
    cpdef int64_t schema_cookie(self, int db) except? -1
    cpdef int begin_write(self, int db, bint exclusive=*) except -1
    cpdef int settle(self, bint ran=*) except -1
    cdef int end_reads(self) except -1
    cpdef int begin(self, str kind) except -1
    cpdef int commit(self) except -1
    cdef int commit_all(self) except -1
    cdef int commit_or_undo(self, bint can_retry) except -1
    cpdef int rollback_all(self, bint by_user=*) except -1
    cdef int abort_readers(self, str name, str message) except -1
    cpdef int open_savepoint(self, str name) except -1
    cdef int find(self, str name) except -1
    cpdef int release_at(self, int at) except -1
    cpdef int rollback_at(self, int at) except -1
