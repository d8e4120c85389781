"""PortionGather: a pipeline that does much for each row of its input, run by several threads over portions of these rows.

Input: lookup joins, Filter, Project and Keep over a Portion, below which is any operator. Output: the pipeline's batches. Order kept. Memory:
`n_ring` portions of rows and what becomes of them (gather.pyx).

    NestedLoopJoin lookup                 source    read by the caller's thread alone
      Portion  <- rows of `source`        portion   `size` rows of it, copied into inputs[portion % n_ring]
      IndexAccess

The first `first` rows pass through without a copy, and all others where no worker can be had; so a statement of few rows pays nothing, and
one inside a write transaction runs as it would alone. After them the caller keeps the ring full of portions and otherwise does as in a Gather:
works on portions itself, hands out the finished ones in order. Errors of `source` come up to a ring of portions early; those of the pipeline
at their place.
Tests: tests/unit/operators/test_portion_gather.py
"""

cimport cython
from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.gather cimport Gather, Lane, Portion
from pumice.exec.operators.operator cimport Operator, identity_lanes
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.vector.vector cimport BATCH_MAX, Batch
from pumice.memory cimport mem_free, mem_zalloc
from pumice.storage.btree.btree cimport Btree
from pumice.storage.pager.gate cimport pthread_cond_broadcast, pthread_mutex_lock, pthread_mutex_unlock

cdef enum:
    LOOKUP_PAGES = 128              # cache of a worker: the inner pages and a portion's leaves; more is memory to touch first and little to find again
    PORTION_BYTES = 1 << 20         # after which a portion takes no other batch: rows may be large
cdef int64_t NO_LIMIT = 0x7FFFFFFFFFFFFFFF


@cython.no_gc_clear      # as Gather
cdef class PortionGather(Gather):
    cdef Portion portion                # the caller's
    cdef uint32_t size                  # rows of a portion
    cdef int64_t first                  # rows that pass through before workers are hired
    cdef bint source_open
    cdef bint dealing                   # portions are made; else rows pass through
    cdef list inputs                    # RowStore, one per ring slot
    cdef PyObject** c_inputs            # owned array, borrowed from `inputs`
    cdef Batch* batch                   # borrowed from source; NULL: none
    cdef uint32_t batch_at              # its next live lane

    def __cinit__(self, *args, **kwargs):
        self.c_inputs = NULL

    def __init__(self, node, ExecContext ctx, Operator input, make_copy, uint32_t threads, Btree tree not None, uint32_t size, int64_t first):
        cdef uint32_t i, n_cols
        self.make_gather(node, ctx, input, make_copy, threads)
        self.own.tree = tree
        self.portion = self.own.bottom
        self.size = size
        self.first = first
        self.snapshot_pages = LOOKUP_PAGES
        n_cols = self.portion.out.n_cols
        self.inputs = [RowStore(n_cols) for i in range(self.n_ring)]
        self.c_inputs = <PyObject**>mem_zalloc(self.n_ring, sizeof(PyObject*))
        for i in range(self.n_ring):
            self.c_inputs[i] = <PyObject*>self.inputs[i]

    def __dealloc__(self):
        # Workers read the portions.
        self.dismiss()
        mem_free(self.c_inputs)

    cdef int begin(self) except -1 nogil:
        self.look(self.own.tree)
        self.dealing = False
        self.pass_through(self.first if self.max_workers else NO_LIMIT)
        self.portion.ended = False
        self.n_pieces = 1
        self.source_open = True
        return self.portion.source.open()

    cdef int pass_through(self, int64_t limit) noexcept nogil:
        self.portion.store = NULL
        self.portion.n_passed = 0
        self.portion.limit = limit
        return 0

    cdef int prepare(self) except -1 nogil:
        if self.at == 1 and not self.decided:
            self.decided = True
            if self.portion.ended:
                self.complete = True
            elif self.has_changed(self.own.tree):
                self.pass_through(NO_LIMIT)
                self.n_pieces = 2
            else:
                self.dealing = True
                self.batch = NULL
                self.next_free = 1
                with gil:
                    self.hire()
        if self.dealing and not self.complete:
            self.deal()
        return self.at < self.n_pieces

    cdef int deal(self) except -1 nogil:
        """Portions until the ring is full or the source at its end."""
        cdef bint ended = False
        while not ended and self.n_pieces < self.at + self.n_ring:
            ended = self.fill_portion(<RowStore>self.c_inputs[self.n_pieces % self.n_ring])
            pthread_mutex_lock(&self.mutex)
            self.n_pieces += (<RowStore>self.c_inputs[self.n_pieces % self.n_ring]).n_rows > 0
            self.complete = ended
            pthread_cond_broadcast(&self.space)
            pthread_mutex_unlock(&self.mutex)
        return 0

    cdef bint fill_portion(self, RowStore store) except -1 nogil:
        """1 when the source has no more."""
        cdef uint32_t n
        store.clear()
        while store.n_rows < self.size and store.size_bytes() < PORTION_BYTES:
            if self.batch == NULL or self.batch_at == self.batch.n_sel:
                self.batch = NULL
                if not self.portion.source.next(BATCH_MAX, &self.batch):
                    self.batch = NULL
                    return 1
                self.batch_at = 0
            n = min(self.size - store.n_rows, self.batch.n_sel - self.batch_at)
            store.append(self.batch.cols, (<const uint16_t*>self.batch.sel if self.batch.sel != NULL else identity_lanes()) + self.batch_at, n)
            self.batch_at += n
        return 0

    cdef int place(self, Lane lane, uint32_t r) except -1 nogil:
        return self.hold(<Portion>lane.bottom, r)

    cdef int hold(self, Portion portion, uint32_t r) noexcept nogil:
        if self.dealing:
            portion.store = self.c_inputs[r % self.n_ring]
        return 0

    cdef int close(self) except -1 nogil:
        cdef uint32_t i
        Gather.close(self)
        for i in range(self.n_ring):
            (<RowStore>self.c_inputs[i]).clear()
        if self.source_open:
            self.source_open = False
            self.portion.source.close()
        return 0

    def figures(self):
        return f"workers {self.n_started}, portions {self.n_pieces}, {self.n_ahead} of them by workers"
