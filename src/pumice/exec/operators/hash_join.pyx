"""HashJoin: equality join by a hash table over the right side.

Inputs: right, read whole at the first `next` (build side); left, streamed (probe side). Output: left's columns then right's (semi, anti: left's).
Order: left order, matches of one left row in right order. NULL keys match nothing unless null_safe; `null_aware` makes "anti" mean NOT IN: any
NULL on the right leaves no row, a NULL on the left is kept only if right is empty.

    right rows   r0 r1 r2 ...    stored once
    key entry    first_row ->  next_row[r0] -> ...    rows of one key, in right order
    candidates   (left lane, right row) pairs, up to a batch of them; further conditions run over the pairs

Memory: the right side and its key table. When these exceed the budget both sides are written to partitions by the hash of their keys, each row with
its number, and each pair of partitions is joined by a HashJoin of its own. A left row's matches are all in one partition and in right order, so
merging the partitions' results by the left rows' numbers gives the order of the join in memory:

    left   -> left.0  left.1  ... --+
    right  -> right.0 right.1 ... --+--> join k -> result k, ascending left numbers --> merge --> output

Right and full joins keep the unmatched right rows apart and merge them by their own numbers in the end. A partition that is too large is partitioned
again by other bits of the hash; when that does not split it (one key has most of the rows) it is joined in memory.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stddef cimport size_t
from libc.string cimport memset
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.in_join cimport JoinFilter
from pumice.exec.operators.key_table cimport NO_ENTRY, CollationList, KeyTable
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.operators.order cimport make_ordering
from pumice.exec.operators.partitions cimport PARTITION_BITS, Partitions
from pumice.exec.operators.row_store cimport NO_ROW, RowStore, copy_lanes
from pumice.exec.operators.sorter cimport Merger
from pumice.exec.spill cimport SpillFile, SpillRows
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, sel_lane, vec_reserve
from pumice.memory cimport mem_alloc, mem_free, mem_realloc
from pumice.values cimport MASK_NULL, TAG_NULL

from pumice.exec.operators.nested_loop import KINDS
from pumice.exec.operators.spill_scan import SpillScan

cdef enum:
    INNER = 0
    LEFT = 1
    RIGHT = 2
    FULL = 3
    SEMI = 4
    ANTI = 5

cdef enum:
    MAX_DEPTH = 6               # times that a partition is partitioned again


cdef inline uint32_t roomier(uint32_t n) noexcept nogil:
    """Entries to allocate for n and more: what is not used counts towards the budget too."""
    return n + n // 4 + BATCH_MAX


cdef class HashJoin(Operator):
    cdef Operator left, right
    cdef ExprList left_keys, right_keys, conditions
    cdef str kind_name
    cdef int kind
    cdef bint null_aware
    cdef uint32_t n_left, n_right, n_keys
    cdef uint8_t* null_safe             # owned; per key
    cdef KeyTable table
    cdef RowStore store                 # right rows
    cdef uint32_t* first_row            # owned; per key entry
    cdef uint32_t* last_row             # owned; per key entry, while building
    cdef uint32_t* next_row             # owned; per right row, NO_ROW ends the chain
    cdef uint32_t cap_entries, cap_rows
    cdef uint8_t* matched               # owned; right/full: per right row
    cdef bint built
    cdef bint right_null                # a right key was NULL
    cdef bint right_empty
    cdef Batch* left_batch              # borrowed; NULL: none
    cdef uint32_t left_at               # k-th live lane
    cdef uint32_t row                   # next right row of that lane, if inside
    cdef bint inside
    cdef bint found                     # the lane has had a match
    cdef bint left_done
    cdef uint32_t rest_at
    cdef uint32_t* entries              # owned, BATCH_MAX: per k-th live lane of the left batch
    cdef uint32_t* dense                # owned, BATCH_MAX: entries of the lanes with a key
    cdef uint16_t* lanes                # owned, BATCH_MAX: lanes with a key
    cdef uint16_t* pair_lane            # owned, BATCH_MAX
    cdef uint32_t* pair_row             # owned
    cdef uint8_t* pair_last             # owned; the lane's last candidate
    cdef uint16_t* passed               # owned; pairs that meet the conditions
    cdef size_t charged                 # bytes accounted for in ctx
    # A join of partitions: the last column of left and right is the row's number. Each output batch shows, at column `number_at`, the number of
    # its left rows, or, when `in_rest`, of its right rows.
    cdef bint numbered
    cdef uint32_t number_at
    cdef bint in_rest
    cdef int depth
    cdef bint may_spill
    # Beyond the budget
    cdef bint spilled
    cdef Partitions left_parts, right_parts
    cdef Merger merger                  # of the results, then of the unmatched right rows
    cdef Merger rest_merger             # None: no right or full join
    cdef Vector** row_cols              # owned; an output row and its number
    cdef uint64_t* pair_hash            # owned, BATCH_MAX; hashes of the lanes in pair_lane
    cdef tuple filters                  # (JoinFilter, key) for scans on the left side; None: there are none

    def __cinit__(self, *args, **kwargs):
        self.null_safe = self.matched = self.pair_last = NULL
        self.first_row = self.last_row = self.next_row = self.entries = self.dense = self.pair_row = NULL
        self.lanes = self.pair_lane = self.passed = NULL
        self.row_cols = NULL
        self.pair_hash = NULL

    def __init__(self, node, ExecContext ctx, Operator left, Operator right, left_keys, right_keys, collations, conditions, null_safe,
                 str kind, bint null_aware, uint32_t n_left, uint32_t n_right, SpillCount spills=None, bint numbered=False, int depth=0,
                 bint may_spill=True):
        """`n_left` and `n_right` do not count the numbers of `numbered` inputs."""
        cdef uint32_t i, n_all = n_left + n_right + numbered
        self.node = node
        self.ctx = ctx
        self.left = left
        self.right = right
        self.children = (left, right)
        self.left_keys = ExprList(left_keys)
        self.right_keys = ExprList(right_keys)
        self.conditions = ExprList(conditions)
        self.kind_name = kind
        self.kind = KINDS[kind]
        self.spills = SpillCount() if spills is None else spills
        self.numbered = numbered
        self.depth = depth
        self.may_spill = may_spill
        self.null_aware = null_aware
        self.n_left = n_left
        self.n_right = n_right
        self.n_keys = self.left_keys.n
        self.null_safe = <uint8_t*>mem_alloc(self.n_keys, 1)
        for i in range(self.n_keys):
            self.null_safe[i] = 1 if null_safe and null_safe[i] else 0
        self.table = KeyTable(CollationList(collations))
        self.store = RowStore(n_right + numbered)
        self.row_cols = <Vector**>mem_alloc(n_all + 1, sizeof(Vector*))
        self.entries = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.dense = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.lanes = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))
        self.pair_lane = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))
        self.pair_row = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.pair_last = <uint8_t*>mem_alloc(BATCH_MAX, 1)
        self.passed = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))
        self.pair_hash = <uint64_t*>mem_alloc(BATCH_MAX, sizeof(uint64_t))
        # Conditions of semi and anti joins see right's columns too.
        self.make_output(n_all, n_left + n_right + 1)
        self.number_at = n_left + n_right
        if self.kind == SEMI or self.kind == ANTI:
            self.out.n_cols = n_left

    def __dealloc__(self):
        mem_free(self.null_safe)
        mem_free(self.matched)
        mem_free(self.pair_last)
        mem_free(self.first_row)
        mem_free(self.last_row)
        mem_free(self.next_row)
        mem_free(self.entries)
        mem_free(self.dense)
        mem_free(self.pair_row)
        mem_free(self.lanes)
        mem_free(self.pair_lane)
        mem_free(self.passed)
        mem_free(self.row_cols)
        mem_free(self.pair_hash)

    cdef int open(self) except -1 nogil:
        self.forget()
        self.built = False
        self.left_done = False
        self.rest_at = 0
        self.in_rest = False
        self.pend_at = self.pend_n = 0
        return self.left.open()

    def use_filters(self, tuple filters):
        self.filters = filters

    cdef int fill_filters(self) except -1:
        """Tells the scans on the left side which keys there are; when they went to files, nothing."""
        cdef JoinFilter keys
        for keys, key in self.filters:
            if self.spilled:
                keys.forget()
            else:
                keys.fill(self.table.keys, key)
        return 0

    cdef void forget(self) noexcept nogil:
        self.table.clear()
        self.store.clear()
        self.left_batch = NULL
        self.inside = False
        self.ctx.charge(&self.charged, 0)
        if self.spilled:
            self.spilled = False
            with gil:
                self.left_parts = self.right_parts = None
                self.merger = self.rest_merger = None

    # ---- build

    cdef uint32_t lanes_with_key(self, Vector** keys, const uint16_t* sel, uint32_t n) noexcept nogil:
        """The live lanes whose keys can match, to `lanes`."""
        cdef uint32_t k, c, m = n, at
        cdef uint16_t lane
        cdef Vector* v
        for k in range(n):
            self.lanes[k] = <uint16_t>sel_lane(sel, k)
        for c in range(self.n_keys):
            v = keys[c]
            if self.null_safe[c] or not v.mask & MASK_NULL:
                continue
            at = 0
            for k in range(m):
                lane = self.lanes[k]
                self.lanes[at] = lane
                at += v.tag[lane & v.lane_mask] != TAG_NULL
            m = at
        return m

    cdef int build(self) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t k, row, entry, m
        cdef const uint16_t* sel
        cdef bint keep_all = self.kind == RIGHT or self.kind == FULL
        self.built = True
        self.right_null = False
        self.right_empty = True
        self.right.open()
        while self.right.next(BATCH_MAX, &batch):
            self.right_empty = False
            self.right_keys.eval_all(batch, batch.sel, batch.n_sel)
            m = self.lanes_with_key(self.right_keys.results, batch.sel, batch.n_sel)
            if m < batch.n_sel:
                self.right_null = True
            if self.spilled:
                self.partition(self.right_parts, self.right_keys, batch, m, keep_all)
                continue
            row = self.store.n_rows
            if keep_all and m < batch.n_sel:
                # Rows without a key are kept too, behind the others of their batch in no chain... in right order all the same.
                self.store.append(batch.cols, batch.sel, batch.n_sel)
            else:
                self.store.append(batch.cols, self.lanes, m)
            if self.store.n_rows > self.cap_rows:
                self.cap_rows = roomier(self.store.n_rows)
                self.next_row = <uint32_t*>mem_realloc(self.next_row, self.cap_rows, sizeof(uint32_t))
            if m == 0:
                self.check_budget()
                continue
            entry = self.table.keys.n_rows
            self.table.insert(self.right_keys.results, self.lanes, m, self.entries, NULL)
            if self.table.keys.n_rows > self.cap_entries:
                self.cap_entries = roomier(self.table.keys.n_rows)
                self.first_row = <uint32_t*>mem_realloc(self.first_row, self.cap_entries, sizeof(uint32_t))
                self.last_row = <uint32_t*>mem_realloc(self.last_row, self.cap_entries, sizeof(uint32_t))
            for k in range(entry, self.table.keys.n_rows):
                self.first_row[k] = NO_ROW
            self.chain(batch.sel, batch.n_sel, m, row, keep_all and m < batch.n_sel)
            self.check_budget()
        self.right.close()
        if self.filters is not None:
            with gil:
                self.fill_filters()
        if self.spilled:
            return self.join_partitions()
        if keep_all:
            self.matched = <uint8_t*>mem_realloc(self.matched, self.store.n_rows, 1)
            memset(self.matched, 0, self.store.n_rows)
        return 0

    cdef int check_budget(self) except -1 nogil:
        cdef size_t size = self.store.size_bytes() + self.table.size_bytes() + (<size_t>self.cap_rows + 2 * self.cap_entries) * sizeof(uint32_t)
        if self.ctx.charge(&self.charged, size) and self.may_spill:
            self.spill()
        return 0

    cdef void chain(self, const uint16_t* sel, uint32_t n, uint32_t m, uint32_t row, bint gaps) noexcept nogil:
        """Appends the m rows with a key to their entries' chains; with `gaps` the batch's other rows lie between them."""
        cdef uint32_t k, at = 0, entry
        for k in range(m):
            if gaps:
                while sel_lane(sel, at) != self.lanes[k]:
                    at += 1
            else:
                at = k
            entry = self.entries[k]
            self.next_row[row + at] = NO_ROW
            if self.first_row[entry] == NO_ROW:
                self.first_row[entry] = row + at
            else:
                self.next_row[self.last_row[entry]] = row + at
            self.last_row[entry] = row + at

    # ---- probe

    cdef int next_left(self, uint32_t ask) except -1 nogil:
        """The next left batch and its lanes' entries; 0 at the end."""
        cdef uint32_t k, m, at = 0
        cdef Batch* batch
        self.left_batch = NULL
        self.ctx.check_interrupt()
        if not self.left.next(ask, &batch):
            self.left_done = True
            return 0
        self.left_keys.eval_all(batch, batch.sel, batch.n_sel)
        m = self.lanes_with_key(self.left_keys.results, batch.sel, batch.n_sel)
        if m == batch.n_sel:
            self.table.find(self.left_keys.results, self.lanes if batch.sel != NULL else NULL, m, self.entries)
        else:
            self.table.find(self.left_keys.results, self.lanes, m, self.dense)
            for k in range(batch.n_sel):
                if at < m and self.lanes[at] == sel_lane(batch.sel, k):
                    self.entries[k] = self.dense[at]
                    at += 1
                else:
                    self.entries[k] = NO_ENTRY
            if self.null_aware and self.kind == ANTI and not self.right_empty:
                # NULL NOT IN (something) is NULL.
                self.drop_null_lanes(batch, m)
        self.left_batch = batch
        self.left_at = 0
        self.inside = False
        return 1

    cdef void drop_null_lanes(self, Batch* batch, uint32_t m) noexcept nogil:
        cdef uint32_t k
        for k in range(m):
            self.entries[k] = self.dense[k]
        batch.sel = self.lanes
        batch.n_sel = m

    cdef int select_left(self, uint32_t want, Batch** out) except -1 nogil:
        """Semi and anti joins without conditions: the left batch itself, with a selection."""
        cdef uint32_t k, ask = want, n = 0
        while self.next_left(ask):
            n = 0
            for k in range(self.left_batch.n_sel):
                self.sel_buf[n] = <uint16_t>sel_lane(self.left_batch.sel, k)
                n += (self.entries[k] != NO_ENTRY) == (self.kind == SEMI)
            if n:
                self.out.n = self.left_batch.n
                self.out.cols = self.left_batch.cols
                self.number_at = self.n_left
                self.pend_sel = self.sel_buf
                self.pend_at = 0
                self.pend_n = n
                return self.emit_pending(want, out)
            ask = ask * 4 if ask < BATCH_MAX // 4 else BATCH_MAX
        return 0

    cdef uint32_t collect(self, uint32_t limit) noexcept nogil:
        """Candidate pairs from the current left position on; a lane without any gives a pair with NO_ROW if its kind of join may emit it."""
        cdef uint32_t n = 0, entry
        cdef bint lonely = self.kind == LEFT or self.kind == FULL or self.kind == ANTI
        while n < limit and self.left_at < self.left_batch.n_sel:
            if not self.inside:
                entry = self.entries[self.left_at]
                if entry == NO_ENTRY:
                    if lonely:
                        self.pair_lane[n] = <uint16_t>sel_lane(self.left_batch.sel, self.left_at)
                        self.pair_row[n] = NO_ROW
                        self.pair_last[n] = 1
                        n += 1
                    self.left_at += 1
                    continue
                self.row = self.first_row[entry]
                self.inside = True
            self.pair_lane[n] = <uint16_t>sel_lane(self.left_batch.sel, self.left_at)
            self.pair_row[n] = self.row
            self.row = self.next_row[self.row]
            self.pair_last[n] = self.row == NO_ROW
            n += 1
            if self.row == NO_ROW:
                self.inside = False
                self.left_at += 1
        return n

    cdef int gather(self, uint32_t n) except -1 nogil:
        """The columns of `n` pairs in the output vectors."""
        cdef uint32_t c
        cdef Vector* v
        for c in range(self.n_left):
            v = self.left_batch.cols[c]
            vec_reserve(&self.vecs[c], n)
            copy_lanes(v, self.pair_lane, 0, n, &self.vecs[c], 0, NULL)
            self.vecs[c].mask = v.mask
        for c in range(self.n_right):
            self.store.gather(c, self.pair_row, n, &self.vecs[self.n_left + c])
        if self.numbered:
            c = self.n_left + self.n_right
            vec_reserve(&self.vecs[c], n)
            copy_lanes(self.left_batch.cols[self.n_left], self.pair_lane, 0, n, &self.vecs[c], 0, NULL)
            self.vecs[c].mask = self.left_batch.cols[self.n_left].mask
        self.out.n = n
        return 0

    cdef int64_t judge(self, uint32_t n) except -1 nogil:
        """Runs the conditions over the pairs and writes the lanes to emit to sel_buf; returns how many."""
        cdef uint32_t k, at = 0, c, m = 0
        cdef uint32_t n_real = 0
        cdef int64_t n_passed
        cdef bint passed
        cdef uint32_t n_cols = self.out.n_cols
        for k in range(n):
            self.passed[n_real] = <uint16_t>k
            n_real += self.pair_row[k] != NO_ROW
        self.out.n_cols = self.n_left + self.n_right
        self.out.sel = NULL
        self.out.n_sel = n
        n_passed = self.conditions.select_all(&self.out, self.passed, n_real, self.passed)
        self.out.n_cols = n_cols
        for k in range(n):
            passed = at < n_passed and self.passed[at] == k
            at += passed
            if self.pair_row[k] == NO_ROW:
                self.sel_buf[m] = <uint16_t>k       # a lane without candidates
                m += 1
                continue
            if passed:
                if self.kind == RIGHT or self.kind == FULL:
                    self.matched[self.pair_row[k]] = 1
                if self.kind != ANTI and not (self.kind == SEMI and self.found):
                    self.sel_buf[m] = <uint16_t>k
                    m += 1
                self.found = True
            if self.pair_last[k]:
                if not self.found and self.kind == ANTI:
                    self.sel_buf[m] = <uint16_t>k
                    m += 1
                elif not self.found and (self.kind == LEFT or self.kind == FULL):
                    for c in range(self.n_left, self.n_left + self.n_right):
                        self.vecs[c].tag[k] = TAG_NULL
                        self.vecs[c].mask |= MASK_NULL
                    self.sel_buf[m] = <uint16_t>k
                    m += 1
                self.found = False
        return m

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t n, k, ask = want
        if self.pend_at < self.pend_n:
            return self.emit_pending(want, out)
        if not self.built:
            self.build()
            self.found = False
        if self.spilled:
            return self.next_merged(want, out)
        if self.null_aware and self.kind == ANTI and self.right_null:
            return 0
        if self.right_empty and (self.kind == INNER or self.kind == SEMI or self.kind == RIGHT):
            return 0
        if self.conditions.n == 0 and (self.kind == SEMI or self.kind == ANTI):
            return self.select_left(want, out)
        while not self.left_done:
            if self.left_batch == NULL or self.left_at >= self.left_batch.n_sel:
                if not self.next_left(ask):
                    break
            n = self.collect(ask)
            ask = ask * 4 if ask < BATCH_MAX // 4 else BATCH_MAX
            if n == 0:
                continue
            self.gather(n)
            if self.conditions.n == 0:
                if self.kind == RIGHT or self.kind == FULL:
                    for k in range(n):
                        if self.pair_row[k] != NO_ROW:
                            self.matched[self.pair_row[k]] = 1
                if n <= want:
                    self.out.sel = NULL
                    self.out.n_sel = n
                    out[0] = &self.out
                    return 1
                for k in range(n):
                    self.sel_buf[k] = <uint16_t>k
                self.pend_n = n
            else:
                self.pend_n = <uint32_t>self.judge(n)
            self.pend_at = 0
            self.pend_sel = self.sel_buf
            if self.pend_n:
                return self.emit_pending(want, out)
        if self.kind == RIGHT or self.kind == FULL:
            return self.put_rest(want, out)
        return 0

    cdef int put_rest(self, uint32_t want, Batch** out) except -1 nogil:
        """Right rows that matched nothing, with NULLs on the left."""
        cdef uint32_t c, n = 0
        while self.rest_at < self.store.n_rows and n < want:
            if not self.matched[self.rest_at]:
                self.pair_row[n] = self.rest_at
                n += 1
            self.rest_at += 1
        if n == 0:
            return 0
        for c in range(self.n_left):
            vec_reserve(&self.vecs[c], n)
            memset(self.vecs[c].tag, TAG_NULL, n)
            self.vecs[c].mask = MASK_NULL
        for c in range(self.n_right + self.numbered):
            self.store.gather(c, self.pair_row, n, &self.vecs[self.n_left + c])
        self.in_rest = True
        self.out.sel = NULL
        self.out.n = self.out.n_sel = n
        out[0] = &self.out
        return 1

    # ---- beyond the budget

    cdef int partition(self, Partitions parts, ExprList keys, Batch* batch, uint32_t m, bint keep_all) except -1 nogil:
        """A batch to its partitions. `keys` have been evaluated and `lanes` are the m lanes that have one; those without one, if `keep_all`, go to
        the first partition, in their order among the others."""
        cdef uint32_t k, at = 0
        cdef int shift = 64 - PARTITION_BITS * (self.depth + 1)
        self.ctx.check_interrupt()
        parts.begin(batch.cols, batch.sel, batch.n_sel)
        self.table.hash_lanes(keys.results, self.lanes, m)
        if not keep_all or m == batch.n_sel:
            return parts.add(self.lanes, m, self.table.hashes, shift)
        for k in range(batch.n_sel):
            self.pair_lane[k] = <uint16_t>sel_lane(batch.sel, k)
            self.pair_hash[k] = 0
            if at < m and self.lanes[at] == self.pair_lane[k]:
                self.pair_hash[k] = self.table.hashes[at]
                at += 1
        return parts.add(self.pair_lane, batch.n_sel, self.pair_hash, shift)

    cdef int spill(self) except -1 nogil:
        """The right rows stored so far go to partitions, where all others follow."""
        cdef uint32_t chunk, m
        cdef Batch batch
        self.spilled = True
        with gil:
            self.make_partitions()
        memset(&batch, 0, sizeof(Batch))
        batch.n_cols = self.store.n_cols
        batch.cols = self.row_cols
        for chunk in range(self.store.n_chunks):
            self.store.view(chunk, self.row_cols)
            batch.n = batch.n_sel = self.store.chunk_rows(chunk)
            self.right_keys.eval_all(&batch, NULL, batch.n)
            m = self.lanes_with_key(self.right_keys.results, NULL, batch.n)
            self.partition(self.right_parts, self.right_keys, &batch, m, True)
        self.store.clear()
        self.table.clear()
        self.ctx.charge(&self.charged, 0)
        return 0

    def make_partitions(self):
        cdef SpillFile file = SpillFile(self.ctx, self.spills)
        self.right_parts = Partitions(file, self.n_right, self.numbered)
        self.left_parts = Partitions(file, self.n_left, self.numbered)

    cdef int join_partitions(self) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t m
        # Left rows without a key match nothing; NULL NOT IN (something) is NULL.
        cdef bint keep_all = self.kind == LEFT or self.kind == FULL or (self.kind == ANTI and not self.null_aware)
        self.right_parts.flush()
        if not (self.null_aware and self.kind == ANTI and self.right_null):
            while self.left.next(BATCH_MAX, &batch):
                self.left_keys.eval_all(batch, batch.sel, batch.n_sel)
                m = self.lanes_with_key(self.left_keys.results, batch.sel, batch.n_sel)
                self.partition(self.left_parts, self.left_keys, batch, m, keep_all)
            self.left_parts.flush()
        with gil:
            self.join_pairs()
        return 0

    cdef int join_pairs(self) except -1:
        """Joins partition with partition; the results, with their numbers, go to a file of their own."""
        cdef SpillFile file = SpillFile(self.ctx, self.spills)
        cdef bint keeps_right = self.kind == RIGHT or self.kind == FULL
        cdef uint32_t n_out = self.n_left if self.kind == SEMI or self.kind == ANTI else self.n_left + self.n_right
        cdef SpillRows left, right, result, rest
        cdef int64_t n_right = sum([(<SpillRows>part).n_rows for part in self.right_parts.parts])
        cdef HashJoin join
        results = []
        rests = []
        for left, right in zip(self.left_parts.parts, self.right_parts.parts):
            if left.n_rows == 0 and not (keeps_right and right.n_rows):
                continue
            join = HashJoin(self.node, self.ctx, SpillScan(self.ctx, left), SpillScan(self.ctx, right), self.left_keys.exprs,
                            self.right_keys.exprs, self.table.collations.collations, self.conditions.exprs,
                            [self.null_safe[i] for i in range(self.n_keys)], self.kind_name, False, self.n_left, self.n_right, self.spills, True,
                            self.depth + 1, self.depth < MAX_DEPTH and right.n_rows < n_right - n_right // 8)
            result = SpillRows(file, n_out + 1)
            rest = SpillRows(file, n_out + 1)
            try:
                with nogil:
                    join.run_to(result, rest, n_out)
            finally:
                join.close()
            results.append(result)
            rests.append(rest)
        self.left_parts = self.right_parts = None
        ordering = make_ordering([n_out], [False], [True], [None])
        self.merger = Merger(self.ctx, ordering, results)
        self.rest_merger = Merger(self.ctx, ordering, rests) if keeps_right else None
        with nogil:
            self.merger.start()
            if keeps_right:
                self.rest_merger.start()
        self.number_at = n_out
        self.out.cols = self.cols
        for i in range(n_out):
            self.cols[i] = &self.vecs[i]
        return 0

    cdef int run_to(self, SpillRows result, SpillRows rest, uint32_t n_out) except -1 nogil:
        """Runs this join of two partitions; n_out columns and the number of each row go to `result` or, of unmatched right rows, to `rest`."""
        cdef Batch* batch
        cdef uint32_t c
        self.open()
        while self.next(BATCH_MAX, &batch):
            for c in range(n_out):
                self.row_cols[c] = batch.cols[c]
            self.row_cols[n_out] = batch.cols[self.number_at]
            if self.in_rest:
                rest.append(self.row_cols, batch.sel, batch.n_sel)
            else:
                result.append(self.row_cols, batch.sel, batch.n_sel)
        result.flush()
        return rest.flush()

    cdef int next_merged(self, uint32_t want, Batch** out) except -1 nogil:
        cdef int64_t n = self.merger.next(want, self.number_at + 1, self.vecs)
        if n == 0 and not self.in_rest and (self.kind == RIGHT or self.kind == FULL):
            self.in_rest = True
            with gil:
                self.merger = self.rest_merger
            n = self.merger.next(want, self.number_at + 1, self.vecs)
        if n == 0:
            return 0
        self.out.sel = NULL
        self.out.n = self.out.n_sel = <uint32_t>n
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.forget()
        self.pend_at = self.pend_n = 0
        self.left.close()
        return self.right.close()
