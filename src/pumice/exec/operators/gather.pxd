"""Gather: what the two kinds of it share. A pipeline's work comes in pieces, numbered in the order of their rows:

    Gather           ranges of the scanned table's keys                     (gather.pyx)
    PortionGather    portions of the rows of another operator               (portion_gather.pyx)

    piece      0      1      2      3      4      5      6 ...
    state      -----consumed-----   DONE   CLAIMED (worker)  FREE      states[piece % n_ring]: only that many are ever in flight
                                    ^at           ^next_free
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.operator cimport Operator
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.operators.table_scan cimport TableScan
from pumice.exec.vector.vector cimport Batch
from pumice.storage.btree.btree cimport Btree
from pumice.storage.btree.partition cimport Cuts
from pumice.storage.pager.gate cimport pthread_cond_t, pthread_mutex_t
from pumice.storage.pager.snapshot cimport SnapshotPager

cdef class Lane:
    """One copy of the pipeline."""
    cdef Operator top
    cdef Operator bottom                # a TableScan or a Portion: where a piece is placed
    cdef ExecContext ctx
    cdef SnapshotPager pager            # None for the caller's own
    cdef Btree tree
    cdef PyObject* gather               # borrowed: it waits for its workers before it goes
    cdef int fill(self, uint32_t r, RowStore store, const bint* stop) except -1 nogil

cdef class Portion(Operator):
    """Where a pipeline over portions begins: hands out the rows of `store` or, without one, passes on what `source` gives until `limit`
    rows have passed. Who opens and closes `source` is the PortionGather."""
    cdef Operator source                # None in a worker's copy
    cdef PyObject* store                # borrowed RowStore, or NULL
    cdef uint32_t row_at
    cdef int64_t n_passed, limit
    cdef bint ended                     # source has no more

cdef class Gather(Operator):
    cdef Lane own
    cdef object make_copy               # (list of Btrees) -> (ExecContext, Operator): the pipeline once more
    cdef uint32_t max_workers
    cdef uint32_t n_leaves              # leaf pages per range
    cdef uint32_t min_ranges            # fewer are not worth a thread
    cdef uint32_t snapshot_pages        # page cache of each worker
    cdef list lanes                     # of the workers; made when first needed
    cdef list stores                    # RowStore, one per ring slot
    cdef PyObject** ring                # borrowed from `stores`
    cdef uint32_t n_ring
    cdef int64_t seen_write_seq, seen_change_seq    # the tree's at the first piece
    # This run
    cdef Cuts cuts
    cdef uint8_t* states                # owned; n_ring; under the mutex while workers run, as are:
    cdef uint32_t at                    # the piece to hand out
    cdef uint32_t next_free             # pieces from here on are FREE
    cdef uint32_t n_pieces              # pieces there are so far
    cdef bint complete                  # ... and there will be no more
    cdef int n_running                  # workers that may touch this object
    cdef bint stop
    cdef bint opened, decided
    cdef int phase
    cdef uint32_t row_at                # SHOWING: next row of the buffer
    cdef pthread_mutex_t mutex
    cdef pthread_cond_t ready           # a piece is done, or a worker has gone
    cdef pthread_cond_t space           # the caller has consumed a piece, or made one, or `stop`
    cdef int pid                        # the process that has the workers
    # Figures of EXPLAIN ANALYZE
    cdef uint32_t n_started
    cdef uint32_t n_ahead               # pieces that workers did
    cdef int make_gather(self, object node, ExecContext ctx, Operator input, object make_copy, uint32_t threads) except -1
    cdef int look(self, Btree tree) noexcept nogil
    cdef bint has_changed(self, Btree tree) noexcept nogil
    # What a kind of Gather is
    cdef int begin(self) except -1 nogil                            # the first piece(s) of a run
    cdef int prepare(self) except -1 nogil                          # before piece `at` is taken: 0 when there is none
    cdef int place(self, Lane lane, uint32_t r) except -1 nogil     # the lane's next open is of piece r
    # Ranges
    cdef int cut(self, TableScan scan, uint32_t at_most) except -1 nogil
    cdef int decide(self, TableScan scan) except -1 nogil
    cdef int bound(self, TableScan scan, uint32_t r) noexcept nogil
    # Pieces
    cdef int advance(self) noexcept nogil
    cdef uint32_t claim(self) noexcept nogil
    cdef int take(self) except -1 nogil
    # Workers
    cdef int hire(self) except -1
    cdef int make_lanes(self) except -1
    cdef void work(self, Lane lane) noexcept nogil
    cdef void forget_workers(self) noexcept nogil
    cdef void dismiss(self) noexcept nogil
