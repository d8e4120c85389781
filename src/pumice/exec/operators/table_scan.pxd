"""TableScan: rows of a rowid table in rowid order, straight from its leaf pages."""

from libc.stdint cimport int64_t, uint32_t
from pumice.exec.operators.row_source cimport RowSource
from pumice.storage.btree.btree cimport BtreeCursor

cdef class TableScan(RowSource):
    cdef bint reverse
    cdef int64_t min_rowid, max_rowid   # inclusive bounds of the walk
    cdef int64_t range_low, range_high  # the part of the table that this operator reads; Gather sets it before `open`
    cdef bint started
    cdef bint done
    cdef bint need_step                 # the cursor stands on a row that was already taken
    cdef uint32_t max_local             # bytes: longer payloads overflow
    cdef int start(self) except -1 nogil
    cdef int take_leaf(self, BtreeCursor cursor, uint32_t ask) except -1 nogil
