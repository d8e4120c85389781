"""BulkBuilder: fills an empty tree from sorted records, pages left to right, each written once."""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.storage.btree.btree cimport Btree

cdef struct Level:
    # The page under construction at one height; leaves are level 0.
    uint8_t* bytes                # owned: cells one after the other
    uint32_t* at                  # owned: offset of each in `bytes`; at[n] is the end
    uint32_t n
    uint32_t room                 # bytes that are left on the page

cdef class BulkBuilder:
    cdef Btree tree
    cdef readonly uint32_t root
    cdef bint is_table
    cdef Level levels[20]
    cdef int n_levels
    cdef int64_t last_rowid
    cdef readonly int64_t n_rows
    cdef bint finished

    cdef int add(self, const uint8_t* record, uint32_t n, int64_t rowid) except -1 nogil      # index trees: rowid is ignored
    cdef int finish(self) except -1 nogil
    cdef int open_level(self, int level) except -1 nogil
    cdef int push(self, int level, const uint8_t* a, uint32_t n_a, const uint8_t* b, uint32_t n_b) except -1 nogil
    cdef int flush(self, int level) except -1 nogil
    cdef uint32_t write_page(self, int level, uint32_t n, uint32_t right_child, uint32_t pgno) except 0 nogil
