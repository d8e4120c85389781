"""FirstRows: the first of equal rows, with as many of them as there may be; see first_rows.pxd."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memset
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.key_table cimport NO_ENTRY, CollationList, KeyTable
from pumice.exec.operators.order cimport Ordering, make_ordering
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.operators.sorter cimport Sorter
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Vector, sel_lane, vec_free, vec_init, vec_reserve
from pumice.memory cimport mem_alloc, mem_free, mem_zalloc
from pumice.values cimport MASK_INT, TAG_INT


cdef class FirstRows:
    """Args: the context, a collation (or None) per column, where to count spills."""

    def __cinit__(self, ExecContext ctx not None, collations, SpillCount count):
        cdef uint32_t c
        self.vecs = NULL
        self.cols = NULL
        self.entries = NULL
        self.lanes = NULL
        vec_init(&self.arrival)
        self.ctx = ctx
        self.count = count
        self.collations = tuple(collations)
        self.n_cols = <uint32_t>len(self.collations)
        self.table = KeyTable(CollationList(self.collations))
        self.vecs = <Vector*>mem_zalloc(self.n_cols + 1, sizeof(Vector))
        self.cols = <Vector**>mem_zalloc(self.n_cols + 1, sizeof(Vector*))
        for c in range(self.n_cols + 1):
            vec_init(&self.vecs[c])
        self.entries = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.lanes = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))

    def __dealloc__(self):
        cdef uint32_t c
        if self.vecs != NULL:
            for c in range(self.n_cols + 1):
                vec_free(&self.vecs[c])
        mem_free(self.vecs)
        mem_free(self.cols)
        mem_free(self.entries)
        mem_free(self.lanes)
        vec_free(&self.arrival)

    cdef void clear(self) noexcept nogil:
        self.table.clear()
        self.ctx.charge(&self.charged, 0)
        if self.frozen:
            self.frozen = False
            self.n_candidates = 0
            self.candidates.clear()
            self.rest.clear()
            self.last.clear()

    cdef int insert(self, Vector** cols, const uint16_t* sel, uint32_t n, uint8_t* is_new) except -1 nogil:
        cdef uint32_t k, m = 0
        if not self.frozen:
            self.table.insert(cols, sel, n, self.entries, is_new)
            # The other half of the budget is for sorting the candidates.
            if self.ctx.charge(&self.charged, self.table.size_bytes()) or self.charged > self.ctx.work_mem // 2:
                self.freeze()
            return 0
        memset(is_new, 0, n)
        self.table.find(cols, sel, n, self.entries)
        for k in range(n):
            self.lanes[m] = <uint16_t>sel_lane(sel, k)
            m += self.entries[k] == NO_ENTRY
        if m:
            self.keep_candidates(cols, self.lanes, m)
        return 0

    cdef int freeze(self) except -1 nogil:
        self.frozen = True
        self.n_candidates = 0
        with gil:
            self.make_sorters()
        return 0

    def make_sorters(self):
        cdef uint32_t n = self.n_cols
        if self.candidates is None:
            self.candidates = Sorter(self.ctx, n + 1, make_ordering(range(n), [False] * n, [True] * n, self.collations), self.count)
            self.rest = Sorter(self.ctx, n + 1, make_ordering([n], [False], [True], [None]), self.count)
            self.last = RowStore(n)

    cdef int keep_candidates(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef uint32_t k, c, lane
        vec_reserve(&self.arrival, BATCH_MAX)
        for k in range(n):
            lane = sel[k]
            self.arrival.tag[lane] = TAG_INT
            self.arrival.num[lane].i = self.n_candidates + k
        self.arrival.mask = MASK_INT
        self.n_candidates += n
        for c in range(self.n_cols):
            self.cols[c] = cols[c]
        self.cols[self.n_cols] = &self.arrival
        return self.candidates.add(self.cols, sel, n)

    cdef int finish(self) except -1 nogil:
        cdef uint32_t k, c, m
        cdef int64_t n
        cdef bint first
        if not self.frozen:
            return 0
        self.candidates.finish()
        for c in range(self.n_cols + 1):
            self.cols[c] = &self.vecs[c]
        while True:
            n = self.candidates.next(BATCH_MAX, self.n_cols + 1, self.vecs)
            if n == 0:
                break
            m = 0
            for k in range(<uint32_t>n):
                if k:
                    first = self.candidates.ordering.compare_lanes(self.cols, k, self.cols, k - 1, 0) != 0
                else:
                    first = self.last.n_rows == 0 or self.candidates.ordering.compare_lane(self.cols, 0, self.last, 0) != 0
                self.lanes[m] = <uint16_t>k
                m += first
            self.candidates.ordering.check()
            self.last.clear()
            self.last.append_lane(self.cols, <uint32_t>n - 1)
            if m:
                self.rest.add(self.cols, self.lanes, m)
        self.candidates.clear()
        return self.rest.finish()

    cdef int64_t next(self, uint32_t want, Vector* out) except -1 nogil:
        return self.rest.next(want, self.n_cols, out)
