"""Sorter: puts rows in order, in memory while they fit, else by an external merge sort.

    add, add, ...   rows gather in `store`; when the budget is used up they are sorted and written to a file as a run
    finish          in memory: one sort. With runs: the rest becomes the last run; more runs than can be merged at once are merged in groups first
    next            the rows in order

Stable: runs are in the order of arrival, and of equal rows the merge takes the one of the earlier run. Sorting, grouping, DISTINCT, set
operations, aggregates with ORDER BY and joins are built on it.
"""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.stddef cimport size_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.order cimport Item, Ordering
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.spill cimport SpillFile, SpillReader, SpillRows
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport Vector

cdef class Sorter:
    cdef ExecContext ctx
    cdef Ordering ordering
    cdef SpillCount count
    cdef readonly uint32_t n_cols
    cdef RowStore store
    cdef uint32_t* rows                 # owned; the store's rows in order, after `sort_store`
    cdef uint32_t n_rows, row_at
    cdef size_t charged                 # bytes accounted for in ctx
    cdef SpillFile file                 # None: nothing is spilled
    cdef list runs                      # SpillRows, in order of arrival
    cdef Merger merger                  # while rows come from runs
    cdef bint spilled
    cdef Vector* vecs                   # owned, n_cols; rows on their way to a run
    cdef Vector** cols                  # owned
    cdef int add(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil
    cdef int finish(self) except -1 nogil
    cdef int64_t next(self, uint32_t want, uint32_t n_out, Vector* out) except -1 nogil   # n rows, 0: the end; to lanes 0 .. n-1 of out[0 .. n_out)
    cdef void clear(self) noexcept nogil
    cdef int check_budget(self) except -1 nogil                             # spills when the budget is used up
    cdef int sort_store(self) except -1 nogil                               # rows[0 .. n_rows) = the store in order
    cdef int64_t gather(self, uint32_t want, uint32_t n_out, Vector* out) except -1 nogil
    cdef SpillRows new_run(self, SpillFile file)
    cdef int write_run(self) except -1
    cdef int begin_merge(self) except -1
    cdef SpillRows merge_to(self, SpillFile target, list runs)
    cdef int spill_run(self) except -1 nogil

cdef struct Source:
    Vector** cols                       # borrowed from its reader; the current block
    Item* items                         # owned, BATCH_MAX; first key of the block's rows
    uint32_t at, n                      # position and rows of the block; at == n: no more rows

cdef class Merger:
    """Merges sorted runs by a loser tree: log2(runs) comparisons a row, most of them of the items' 8 bytes."""
    cdef Ordering ordering
    cdef ExecContext ctx
    cdef tuple readers
    cdef void** c_readers               # owned array, borrowed from `readers`
    cdef uint32_t n                     # sources
    cdef uint32_t n_cols
    cdef Source* sources                # owned
    cdef uint32_t* losers               # owned, n; [0] is the winner
    cdef uint32_t first                 # the first key that an item does not settle
    cdef uint32_t mask                  # of the first key's column in all runs
    cdef bint refill                    # the winner's block is used up; its texts are valid until the next call
    cdef uint32_t* from_source          # owned, BATCH_MAX
    cdef uint32_t* from_lane            # owned, BATCH_MAX
    cdef int start(self) except -1 nogil
    cdef int load(self, uint32_t s) except -1 nogil
    cdef bint before(self, uint32_t a, uint32_t b) noexcept nogil
    cdef void replay(self, uint32_t s) noexcept nogil
    cdef int64_t next(self, uint32_t want, uint32_t n_out, Vector* out) except -1 nogil
