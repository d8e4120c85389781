"""See result.pyx."""

from libc.stdint cimport int64_t, uint16_t, uint32_t
from pumice.exec.operators.operator cimport Operator
from pumice.exec.vector.vector cimport Batch, Vector

cdef class ResultReader:
    cdef readonly Operator operator
    cdef public object text_factory         # str, bytes, or a callable(bytes)
    cdef public object names                # column names for messages, or None
    cdef bint opened
    cdef readonly bint done                 # no more rows: `ready` is empty and the operators are closed
    cdef uint32_t want
    cdef Batch* pending                     # the batch that follows `ready`, not yet converted; valid until the operator's next call
    cdef list ready                         # rows converted but not yet returned, last first
    cdef readonly int64_t n_rows            # rows produced since start

    cpdef int start(self, uint32_t want=*) except -1
    cpdef int close(self) except -1
    cdef int advance(self) except -1
    cpdef tuple fetch_row(self)
    cpdef list fetch_all(self)
    cdef list convert_pending(self)
    cdef list convert(self, Batch* batch)
    cdef int fill_column(self, list rows, uint32_t c, Vector* v, const uint16_t* sel, uint32_t n) except -1
    cdef object bad_text(self, uint32_t c, Vector* v, uint32_t lane)
