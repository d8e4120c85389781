"""RowBuffer: rows kept in the order they come, to be read any number of times; what does not fit the memory budget goes to a temporary file.

    append ... finish     writes
    RowBufferReader       reads, a chunk or block at a time; several may read one buffer. Its columns are valid until its next call

CTEs that are read several times, the buffered side of nested loops, queues of recursive CTEs and the rows of UPDATE and DELETE are kept so.
"""

from libc.stdint cimport int64_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.spill cimport SpillReader, SpillRows
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport Vector

cdef class RowBuffer:
    cdef ExecContext ctx
    cdef SpillCount count
    cdef readonly uint32_t n_cols
    cdef readonly int64_t n_rows
    cdef RowStore store                 # the first rows
    cdef SpillRows rest                 # the others; None while there are none
    cdef bint spilled
    cdef size_t charged                 # bytes accounted for in ctx
    cdef int append(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil
    cdef int finish(self) except -1 nogil               # before reading
    cdef void clear(self) noexcept nogil                # readers rewind afterwards
    cdef int begin_rest(self) except -1

cdef class RowBufferReader:
    cdef RowBuffer buffer
    cdef SpillReader reader             # of buffer.rest; None until it is read
    cdef uint32_t chunk                 # next chunk of the store
    cdef bint in_rest
    cdef Vector** cols                  # owned array; the current rows
    cdef uint32_t n                     # how many
    cdef int64_t first                  # number of the first of them
    cdef int next(self) except -1 nogil                 # 1 there are rows, 0 the end
    cdef void rewind(self) noexcept nogil
    cdef int begin_rest(self) except -1
