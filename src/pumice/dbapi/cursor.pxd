"""See cursor.pyx."""

from libc.stdint cimport int64_t
from pumice.dbapi.state cimport ConnectionState
from pumice.engine.statement cimport Statement

cdef class Cursor:
    cdef object __weakref__
    cdef ConnectionState state
    cdef Statement statement              # whose rows are being fetched, or None
    cdef tuple columns                    # the description
    cdef list converters                  # per column a converter or None; None: no detect_types
    cdef public object row_factory
    cdef public object arraysize
    cdef int64_t n_rows                   # rowcount
    cdef int64_t last_rowid
    cdef bint has_rowid                   # last_rowid is one
    cdef bint closed
    cdef bint running                     # this cursor is inside a call: another one is refused

    cdef int begin(self, ConnectionState state) except -1
    cdef int enter(self) except -1
    cdef int leave(self) except -1
    cdef int release(self) except -1
    cdef Statement prepare(self, object sql, str method)
    cdef int describe(self, Statement statement) except -1
    cdef int run(self, object sql, object parameters) except -1
    cdef int run_many(self, Statement statement, object parameters) except -1
    cdef int run_series(self, Statement statement, object items) except -1
    cdef object next_row(self)
    cdef object shape(self, tuple row)
