"""Sorter: rows in order, in memory or by an external merge sort; see sorter.pxd.

Memory: the store and, while it is sorted, two items and a row number for each row. While merging: one block for each run, at most
half the budget together; a merge in several passes writes each pass to a new file and drops the old one.
"""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.stddef cimport size_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.order cimport Item, Ordering
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.spill cimport SpillFile, SpillReader, SpillRows
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Vector, vec_free, vec_init, vec_reserve
from pumice.memory cimport mem_alloc, mem_free, mem_realloc, mem_zalloc
from pumice.values cimport MASK_BLOB, MASK_TEXT

cdef enum:
    MIN_FAN_IN = 8              # runs merged at once, however small the budget
    SORT_BYTES = 36             # per row while sorting: two items and a row number


cdef class Sorter:
    """Args: the context, columns of a row, the order (over these columns), where to count spills."""

    def __cinit__(self, ExecContext ctx not None, uint32_t n_cols, Ordering ordering not None, SpillCount count):
        cdef uint32_t c
        self.rows = NULL
        self.vecs = NULL
        self.cols = NULL
        self.ctx = ctx
        self.n_cols = n_cols
        self.ordering = ordering
        self.count = count
        self.store = RowStore(n_cols)
        self.runs = []
        self.vecs = <Vector*>mem_zalloc(n_cols, sizeof(Vector))
        self.cols = <Vector**>mem_zalloc(n_cols, sizeof(Vector*))
        for c in range(n_cols):
            vec_init(&self.vecs[c])
            self.cols[c] = &self.vecs[c]

    def __dealloc__(self):
        cdef uint32_t c
        if self.vecs != NULL:
            for c in range(self.n_cols):
                vec_free(&self.vecs[c])
        mem_free(self.vecs)
        mem_free(self.cols)
        mem_free(self.rows)

    cdef void clear(self) noexcept nogil:
        self.store.clear()
        self.n_rows = self.row_at = 0
        self.ctx.charge(&self.charged, 0)
        if self.spilled:
            self.spilled = False
            with gil:
                self.merger = None
                self.runs.clear()
                self.file = None

    cdef int add(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil:
        self.store.append(cols, sel, n)
        return self.check_budget()

    cdef int check_budget(self) except -1 nogil:
        if self.ctx.charge(&self.charged, self.store.size_bytes() + <size_t>self.store.n_rows * SORT_BYTES):
            self.spill_run()
        return 0

    cdef int sort_store(self) except -1 nogil:
        cdef uint32_t i
        self.n_rows = self.store.n_rows
        self.row_at = 0
        self.rows = <uint32_t*>mem_realloc(self.rows, self.n_rows, sizeof(uint32_t))
        for i in range(self.n_rows):
            self.rows[i] = i
        return self.ordering.sort(self.store, self.rows, self.n_rows)

    cdef int64_t gather(self, uint32_t want, uint32_t n_out, Vector* out) except -1 nogil:
        """The next sorted rows of the store."""
        cdef uint32_t n = self.n_rows - self.row_at, c
        if n > want:
            n = want
        if n:
            for c in range(n_out):
                self.store.gather(c, self.rows + self.row_at, n, &out[c])
            self.row_at += n
        return n

    cdef SpillRows new_run(self, SpillFile file):
        return SpillRows(file, self.n_cols)

    cdef int spill_run(self) except -1 nogil:
        """Sorts what is in the store, writes it as a run and empties the store."""
        self.ctx.check_interrupt()
        with gil:
            self.write_run()
        self.store.clear()
        self.n_rows = self.row_at = 0
        mem_free(self.rows)
        self.rows = NULL
        self.ctx.charge(&self.charged, 0)
        return 0

    cdef int write_run(self) except -1:
        cdef int64_t n
        cdef SpillRows run
        if self.file is None:
            self.file = SpillFile(self.ctx, self.count)
            self.spilled = True
        run = self.new_run(self.file)
        self.runs.append(run)
        with nogil:
            self.sort_store()
            while True:
                n = self.gather(BATCH_MAX, self.n_cols, self.vecs)
                if n == 0:
                    break
                run.write(self.cols, NULL, <uint32_t>n)
        return 0

    cdef int finish(self) except -1 nogil:
        if not self.spilled:
            return self.sort_store()
        if self.store.n_rows:
            self.spill_run()
        with gil:
            self.begin_merge()
        return 0

    cdef int begin_merge(self) except -1:
        """Merges groups of runs until those that are left can be merged at once."""
        cdef uint32_t fan_in = <uint32_t>max(MIN_FAN_IN, self.ctx.work_mem // 2 // self.file.block_bytes)
        cdef SpillFile target
        cdef list merged
        while len(self.runs) > fan_in:
            target = SpillFile(self.ctx, self.count)
            merged = []
            for at in range(0, len(self.runs), fan_in):
                merged.append(self.merge_to(target, self.runs[at:at + fan_in]))
            self.runs = merged
            self.file = target
        self.merger = Merger(self.ctx, self.ordering, self.runs)
        with nogil:
            self.merger.start()
        return 0

    cdef SpillRows merge_to(self, SpillFile target, list runs):
        cdef Merger merger = Merger(self.ctx, self.ordering, runs)
        cdef SpillRows run = self.new_run(target)
        cdef int64_t n
        with nogil:
            merger.start()
            while True:
                n = merger.next(BATCH_MAX, self.n_cols, self.vecs)
                if n == 0:
                    break
                # A merged batch ends where a source's block ends: several of them make a block.
                run.append(self.cols, NULL, <uint32_t>n)
            run.flush()
        return run

    cdef int64_t next(self, uint32_t want, uint32_t n_out, Vector* out) except -1 nogil:
        if self.spilled:
            return self.merger.next(want, n_out, out)
        return self.gather(want, n_out, out)


cdef class Merger:
    """Args: the context, the order, the runs (SpillRows), earlier ones first."""

    def __cinit__(self, ExecContext ctx, Ordering ordering, list runs):
        cdef uint32_t i
        cdef SpillRows run
        self.c_readers = NULL
        self.sources = NULL
        self.losers = self.from_source = self.from_lane = NULL
        self.ctx = ctx
        self.ordering = ordering
        self.readers = tuple([SpillReader(run) for run in runs])
        self.n = <uint32_t>len(runs)
        self.c_readers = <void**>mem_zalloc(self.n, sizeof(void*))
        self.sources = <Source*>mem_zalloc(self.n + 1, sizeof(Source))
        self.losers = <uint32_t*>mem_zalloc(self.n + 1, sizeof(uint32_t))
        self.from_source = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.from_lane = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.mask = 0
        for i in range(self.n):
            run = runs[i]
            self.n_cols = run.n_cols
            self.c_readers[i] = <void*>self.readers[i]
            self.sources[i].cols = (<SpillReader>self.readers[i]).cols
            self.sources[i].items = <Item*>mem_alloc(BATCH_MAX, sizeof(Item))
            if ordering.n:
                self.mask |= run.masks[ordering.cols[0]]
        self.first = 1 if ordering.n and ordering.exact(self.mask) else 0

    def __dealloc__(self):
        cdef uint32_t i
        if self.sources != NULL:
            for i in range(self.n):
                mem_free(self.sources[i].items)
        mem_free(self.c_readers)
        mem_free(self.sources)
        mem_free(self.losers)
        mem_free(self.from_source)
        mem_free(self.from_lane)

    cdef int load(self, uint32_t s) except -1 nogil:
        """The next block of a source."""
        cdef Source* source = &self.sources[s]
        (<SpillReader>self.c_readers[s]).next()
        source.at = 0
        source.n = (<SpillReader>self.c_readers[s]).n
        if self.ordering.n:
            self.ordering.fill_block(source.cols[self.ordering.cols[0]], source.n, self.mask, source.items)
        return 0

    cdef bint before(self, uint32_t a, uint32_t b) noexcept nogil:
        """The current row of source a comes before that of source b; a source without rows comes last."""
        cdef Source* x = &self.sources[a]
        cdef Source* y = &self.sources[b]
        cdef Item* i
        cdef Item* j
        cdef int order
        if x.at == x.n:
            return False
        if y.at == y.n:
            return True
        if self.ordering.n:
            i = &x.items[x.at]
            j = &y.items[y.at]
            if i.cls != j.cls:
                return i.cls < j.cls
            if i.key != j.key:
                return i.key < j.key
            order = self.ordering.compare_lanes(x.cols, x.at, y.cols, y.at, self.first)
            if order != 0:
                return order < 0
        return a < b

    cdef int start(self) except -1 nogil:
        """Loads the first blocks and plays the tournament: losers[i], i > 0, is the loser at inner node i, losers[0] the winner."""
        cdef uint32_t s, node, winner
        cdef uint32_t empty = self.n            # a node that no one has reached yet
        for s in range(self.n):
            self.load(s)
            self.losers[s] = empty
        self.refill = False
        for s in range(self.n):
            winner = s
            node = (s + self.n) // 2
            while node > 0:
                if self.losers[node] == empty:
                    self.losers[node] = winner
                    winner = empty
                    break
                if self.before(self.losers[node], winner):
                    winner, self.losers[node] = self.losers[node], winner
                node //= 2
            if winner != empty:
                self.losers[0] = winner
        return self.ordering.check()

    cdef void replay(self, uint32_t s) noexcept nogil:
        """Source s has moved on: finds the new winner on its path to the root."""
        cdef uint32_t node = (s + self.n) // 2, swap
        while node > 0:
            if self.before(self.losers[node], s):
                swap = self.losers[node]
                self.losers[node] = s
                s = swap
            node //= 2
        self.losers[0] = s

    cdef int64_t next(self, uint32_t want, uint32_t n_out, Vector* out) except -1 nogil:
        """The next rows in order; fewer than `want` where a source's block ends, since its texts must stay valid."""
        cdef uint32_t n = 0, c, k, s, mask
        cdef Source* source
        cdef Vector* v
        if self.refill:
            self.refill = False
            self.ctx.check_interrupt()
            s = self.losers[0]
            self.load(s)
            self.replay(s)
        while n < want:
            s = self.losers[0]
            source = &self.sources[s]
            if source.at == source.n:
                break
            self.from_source[n] = s
            self.from_lane[n] = source.at
            n += 1
            source.at += 1
            if source.at == source.n:
                self.refill = True
                break
            self.replay(s)
        self.ordering.check()
        for c in range(n_out):
            vec_reserve(&out[c], n if n else 1)
            mask = 0
            for s in range(self.n):
                mask |= self.sources[s].cols[c].mask
            out[c].mask = mask
            if mask & (MASK_TEXT | MASK_BLOB):
                for k in range(n):
                    v = self.sources[self.from_source[k]].cols[c]
                    out[c].tag[k] = v.tag[self.from_lane[k]]
                    out[c].num[k] = v.num[self.from_lane[k]]
                    out[c].size[k] = v.size[self.from_lane[k]]
            else:
                for k in range(n):
                    v = self.sources[self.from_source[k]].cols[c]
                    out[c].tag[k] = v.tag[self.from_lane[k]]
                    out[c].num[k] = v.num[self.from_lane[k]]
        return n
