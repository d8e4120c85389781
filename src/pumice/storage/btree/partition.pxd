"""Cuts: a table tree divided into key ranges of about equally many leaf pages, by a walk over its inner pages.

    inner page   [ 10 | 20 | 30 ]      n_leaves = 2: cut after 20, so the ranges are  .. 20,  21 ..
    leaves      a    b    c    d

Forwards a key ends its range; backwards (`reverse`) ranges are numbered from the last rows on and a key is the last one that is not in its
range. Ranges tile all int64 keys. Keys that do not ascend (descend), as only a corrupt file has them, give no cuts.
"""

from libc.stdint cimport int64_t, uint32_t
from pumice.storage.btree.btree cimport Btree

cdef class Cuts:
    cdef int64_t* keys                  # owned; in walking order
    cdef readonly uint32_t n
    cdef uint32_t capacity
    cdef uint32_t n_leaves              # leaf pages per range
    cdef uint32_t at_most               # cuts wanted
    cdef bint reverse
    cdef uint32_t pending               # leaf pages since the last cut
    cdef uint32_t left                  # pages that may still be visited; more would be a cycle

    # Needs a read transaction. With `at_most` 1 only the way down to the first leaves is read.
    cdef int find(self, Btree tree, uint32_t root, uint32_t n_leaves, bint reverse, uint32_t at_most) except -1 nogil
    cdef void bounds(self, uint32_t i, int64_t* low, int64_t* high) noexcept nogil      # inclusive, of range i in 0..n
    cdef int walk(self, Btree tree, uint32_t pgno, int level) except -1 nogil
    cdef int add(self, int64_t key) except -1 nogil
