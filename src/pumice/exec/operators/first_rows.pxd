"""FirstRows: which rows are the first of their kind, as DISTINCT wants it; beyond the memory budget that is found out at the end.

    insert     while the key table may grow: says of each row at once whether it is new. When the budget is used up the table is frozen: rows
               that it does not hold become candidates, in arrival order, and count as not new for now
    finish     sorts the candidates by their columns, keeps the first of equal ones, and sorts those back by arrival
    next       the new rows among the candidates, in arrival order: all of them came later than those that `insert` found

NULLs are equal to each other; texts compare by the columns' collations. What the frozen table holds is kept in memory, so that a few frequent rows
never reach a file.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.key_table cimport KeyTable
from pumice.exec.operators.order cimport Ordering
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.operators.sorter cimport Sorter
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport Vector

cdef class FirstRows:
    cdef ExecContext ctx
    cdef SpillCount count
    cdef uint32_t n_cols
    cdef tuple collations
    cdef KeyTable table
    cdef size_t charged                     # bytes accounted for in ctx
    cdef bint frozen
    cdef int64_t n_candidates
    cdef Sorter candidates                  # the columns, then the arrival number; None until frozen
    cdef Sorter rest                        # the new ones of them, by arrival number
    cdef RowStore last                      # the row before a sorted batch
    cdef Vector arrival                     # owned
    cdef Vector* vecs                       # owned, n_cols + 1
    cdef Vector** cols                      # owned, n_cols + 1
    cdef uint32_t* entries                  # owned, BATCH_MAX
    cdef uint16_t* lanes                    # owned, BATCH_MAX
    cdef int insert(self, Vector** cols, const uint16_t* sel, uint32_t n, uint8_t* is_new) except -1 nogil
    cdef int finish(self) except -1 nogil
    cdef int64_t next(self, uint32_t want, Vector* out) except -1 nogil     # as Sorter.next; for a frozen table only
    cdef void clear(self) noexcept nogil
    cdef int freeze(self) except -1 nogil
    cdef int keep_candidates(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil
