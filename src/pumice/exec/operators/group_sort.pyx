"""GroupSort: rows that come ordered by the first sort keys, ordered by the rest within each run of equal first keys.

    input by index (a):  a=1 b=9 | a=1 b=4 | a=2 b=7 | ...       ORDER BY a, b:  a run is sorted and handed on before the next is read

    GroupSort -> Sort (the other keys) -> GroupFeed -> input

Input: ordered by the first keys. Output: the input's columns. Buffers one run, in Sort; a LIMIT above reads no further runs. NULLs are
equal to each other.
"""

from libc.stdint cimport uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.operator cimport Operator
from pumice.exec.operators.order cimport Ordering, make_ordering
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, sel_lane
from pumice.memory cimport mem_alloc, mem_free


cdef class GroupFeed(Operator):
    """The input up to where its first keys change. `open` and `close` are those of a run; `start` and `finish` of the whole."""

    cdef Operator input
    cdef Ordering ordering              # the first keys, columns 0, 1, ... of `store`
    cdef RowStore store                 # one row: the run's first keys
    cdef uint32_t* key_at               # owned; input column of each key
    cdef Vector** key_cols              # owned; their vectors in the current batch
    cdef Batch* batch                   # borrowed from the input, lanes from `at` on are still to be given
    cdef uint32_t at
    cdef bint done                      # the input has ended

    def __cinit__(self, *args, **kwargs):
        self.key_at = NULL
        self.key_cols = NULL

    def __init__(self, node, ExecContext ctx, Operator input, key_at, collations):
        cdef uint32_t i, n = <uint32_t>len(key_at)
        self.node = node
        self.ctx = ctx
        self.input = input
        self.children = (input,)
        self.store = RowStore(n)
        self.ordering = make_ordering(list(range(n)), [False] * n, [True] * n, collations)
        self.key_at = <uint32_t*>mem_alloc(n, sizeof(uint32_t))
        self.key_cols = <Vector**>mem_alloc(n, sizeof(Vector*))
        for i in range(n):
            self.key_at[i] = key_at[i]
        self.make_output(0, 0)

    def __dealloc__(self):
        mem_free(self.key_at)
        mem_free(self.key_cols)

    cdef int start(self) except -1 nogil:
        self.batch = NULL
        self.done = False
        return self.input.open()

    cdef int more(self) except -1 nogil:
        """Makes sure that there is a batch with lanes left; 0 at the input's end."""
        cdef uint32_t i
        while not self.done and (self.batch == NULL or self.at >= self.batch.n_sel):
            self.batch = NULL
            self.at = 0
            if not self.input.next(BATCH_MAX, &self.batch):
                self.batch = NULL
                self.done = True
                return 0
            for i in range(self.ordering.n):
                self.key_cols[i] = self.batch.cols[self.key_at[i]]
        return not self.done

    cdef int open(self) except -1 nogil:
        self.store.clear()
        if self.more():
            self.store.append_lane(self.key_cols, sel_lane(self.batch.sel, self.at))
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t n = 0
        cdef uint16_t lane
        if not self.more():
            return 0
        while self.at < self.batch.n_sel and n < want:
            lane = <uint16_t>sel_lane(self.batch.sel, self.at)
            if self.ordering.compare_lane(self.key_cols, lane, self.store, 0) != 0:
                break
            self.sel_buf[n] = lane
            n += 1
            self.at += 1
        if self.ordering.failed:
            self.ordering.check()
        if n == 0:
            return 0
        self.out.n = self.batch.n
        self.out.cols = self.batch.cols
        self.out.n_cols = self.batch.n_cols
        self.out.sel = self.sel_buf
        self.out.n_sel = n
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        return 0

    cdef int finish(self) except -1 nogil:
        self.store.clear()
        self.batch = NULL
        return self.input.close()


cdef class GroupSort(Operator):
    cdef Operator sort                  # over `feed`
    cdef GroupFeed feed
    cdef bint inside                    # `sort` is open

    def __init__(self, node, ExecContext ctx, Operator sort, GroupFeed feed):
        self.node = node
        self.ctx = ctx
        self.sort = sort
        self.feed = feed
        self.children = feed.children

    cdef int open(self) except -1 nogil:
        self.inside = False
        return self.feed.start()

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        while True:
            if not self.inside:
                self.ctx.check_interrupt()
                if not self.feed.more():
                    return 0
                self.inside = True
                self.sort.open()
            if self.sort.next(want, out):
                return 1
            self.sort.close()
            self.inside = False

    cdef int close(self) except -1 nogil:
        if self.inside:
            self.sort.close()
            self.inside = False
        return self.feed.finish()
