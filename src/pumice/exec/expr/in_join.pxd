"""JoinFilter: the keys of a hash join's table as a bit set, by which the scan of the other side drops rows that will find no match.

One bit per hash, so a row that passes may still have no match; who has no key of the set never passes. Filled by the join when its table is
complete and before it asks its left side for rows; read by the scans on that side, in any thread.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.row_store cimport RowStore

cdef class JoinFilter:
    cdef uint64_t* bits             # owned
    cdef int shift                  # 64 minus the number of bits of a position
    cdef bint ready                 # else every row passes: keys that are no integers, too many, or written to files
    cdef int64_t generation         # grows with each fill
    cdef void forget(self) noexcept nogil
    cdef int fill(self, RowStore keys, uint32_t column) except -1 nogil

cdef class InJoin(Expr):
    cdef JoinFilter keys
    cdef Expr operand
    cdef int64_t seen_generation
    cdef int64_t n_asked, n_passed  # of this generation
