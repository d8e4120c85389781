"""DmlOperator: runs one INSERT, UPDATE or DELETE to its end."""

from libc.stdint cimport int64_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.dml.writer cimport TableWriter
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.operators.row_buffer cimport RowBuffer, RowBufferReader
from pumice.exec.vector.vector cimport Batch, Vector

cdef class StoredRows:
    """The rows of an operator, copied, handed out as batches of up to BATCH_MAX; beyond the memory budget they wait in a temporary file."""
    cdef RowBuffer rows
    cdef RowBufferReader reader
    cdef int64_t n_rows                     # without columns: how many rows are still to be handed out
    cdef Vector** picked                    # owned, one per column
    cdef int* columns                       # owned: which columns of the source are kept
    cdef Batch batch
    cdef int collect(self, Operator source) except -1 nogil
    cdef int next(self, Batch** out) except -1 nogil
    cdef void clear(self) noexcept nogil

cdef class DmlOperator:
    cdef ExecContext ctx
    cdef readonly TableWriter writer
    cdef readonly Operator source
    cdef StoredRows stored                  # source rows that are read before the first change, or None
    cdef readonly object node               # the bound statement
    cdef ExprList values                    # over the source's columns
    cdef readonly int64_t changed           # rows changed by the last run, also when it failed
    cdef readonly bint one_row              # changes one row at most, so it makes all its checks before its first change
    cdef readonly bint inserted             # the last run inserted rows, `new_rowid` being the last one's
    cdef readonly int64_t new_rowid
    cpdef int64_t run(self) except -1
    cdef int start_series(self) except -1
    cdef int run_once(self) except -1
    cdef int finish(self) except -1
    cdef int64_t apply(self) except -1 nogil
