"""Aggregate: groups rows by keys and computes aggregate functions over each group.

Input: any. Output: key columns, aggregate results, bare columns. NULL keys form one group.

Modes: "hash": groups come out in key order; "sorted": the input is already grouped, groups come out as they came, some hundred at a time;
"scalar": no keys, exactly one group, also over no rows.

    batch -> keys -> group numbers (KeyTable) -> per call: filter, DISTINCT, then update(states of the lanes)

Bare columns are taken from the group's first row, or from the row that made the extremum when min()/max() rules them.

Memory (hash): one key row, one block of aggregate states and the bare values per group. When they have used up their share of the budget no new groups
are made: rows of known groups go on to be aggregated, those of others go to a Sorter by key. In the end its rows are aggregated as in
"sorted" mode and merged, by key, with the groups in memory:

    held      groups in memory, sorted by key  --+
    late      rows of other groups, sorted --> passing, some hundred groups at a time --+--> output

Both see a group's rows in input order, which float sums, group_concat and bare columns depend on. When the states of known groups go on growing (the
texts of group_concat), their rows go to `late` too, and `passing` adopts what `held` has of a group and goes on with it. (Not with DISTINCT
or ORDER BY in a call: what these have put off belongs to no group's state.)
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from libc.string cimport memset
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.groups cimport Groups
from pumice.exec.operators.operator cimport ExprList, Operator, identity_lanes
from pumice.exec.operators.order cimport make_ordering
from pumice.exec.operators.row_store cimport store_get
from pumice.exec.operators.sorter cimport Sorter
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, vec_free, vec_init, vec_put, vec_reserve
from pumice.memory cimport arena_reset, mem_alloc, mem_free, mem_zalloc
from pumice.values cimport Value

cdef enum:
    MAX_TEXTS = 1 << 20         # bytes of one column's results in a batch
    FLUSH_GROUPS = 64           # groups complete in grouped input that are gathered before they are handed out


cdef class Aggregate(Operator):
    cdef Operator input
    cdef ExprList keys
    cdef uint32_t n_keys, n_in
    cdef bint sorted_input, scalar
    cdef Groups held                    # hash, scalar: all groups that fit the budget
    cdef Groups passing                 # grouped input: those under way
    cdef size_t charged                 # bytes accounted for in ctx
    cdef size_t frozen_at               # bytes when `held` stopped to take new groups
    cdef bint filled
    cdef bint frozen                    # `held` takes no new groups
    cdef bint stopped                   # `held` takes no rows at all
    cdef bint merging                   # both `held` and `passing` have groups to hand out
    cdef bint grouped_done              # the grouped input is at its end
    cdef uint32_t ask                   # rows to ask it for next: grows
    # Hash: rows of groups that do not fit
    cdef Sorter late                    # input columns, then the computed keys
    cdef tuple late_cols                # per key: its column in `late`
    cdef tuple collations               # per key
    cdef uint32_t n_late
    cdef uint32_t* computed             # owned; per column of `late` behind the input's: its key
    cdef Vector** late_row              # owned, n_late
    cdef Vector* late_vecs              # owned, n_late: sorted rows
    cdef Vector** late_ptrs             # owned, n_late
    cdef Vector** late_keys             # owned, per key
    cdef Batch late_batch
    cdef uint16_t* known                # owned, BATCH_MAX
    cdef uint16_t* others               # owned, BATCH_MAX
    # Grouped input: the rest of a batch whose first groups are being handed out
    cdef Batch* batch                   # borrowed
    cdef Vector** batch_keys            # borrowed
    cdef const uint16_t* rest
    cdef uint32_t n_rest

    def __cinit__(self, *args, **kwargs):
        self.computed = NULL
        self.late_row = self.late_ptrs = self.late_keys = NULL
        self.late_vecs = NULL
        self.known = self.others = NULL

    def __init__(self, node, ExecContext ctx, Operator input, keys, collations, calls, bare, int64_t bare_from, str mode, uint32_t n_in,
                 late_cols, SpillCount spills):
        """`late_cols`: per key, its place in a row of the input's `n_in` columns and then the keys that are not plain columns."""
        cdef uint32_t i, n_out
        cdef ExprList bare_list = ExprList(bare)
        self.node = node
        self.ctx = ctx
        self.input = input
        self.children = (input,)
        self.spills = spills
        self.keys = ExprList(keys)
        self.n_keys = self.keys.n
        self.n_in = n_in
        self.scalar = mode == "scalar"
        self.sorted_input = mode == "sorted"
        if not self.sorted_input:
            self.held = Groups(ctx, tuple(calls), bare_list, bare_from, collations, self.scalar)
        if not self.scalar:
            self.passing = Groups(ctx, tuple(calls), bare_list, bare_from, collations, False)
        self.late_cols = tuple(late_cols)
        self.n_late = n_in
        self.computed = <uint32_t*>mem_zalloc(self.n_keys, sizeof(uint32_t))
        for i in range(self.n_keys):
            if late_cols[i] >= n_in:
                self.computed[<uint32_t>late_cols[i] - n_in] = i
                self.n_late += 1
        self.late_row = <Vector**>mem_zalloc(self.n_late, sizeof(Vector*))
        self.late_ptrs = <Vector**>mem_zalloc(self.n_late, sizeof(Vector*))
        self.late_vecs = <Vector*>mem_zalloc(self.n_late, sizeof(Vector))
        for i in range(self.n_late):
            vec_init(&self.late_vecs[i])
            self.late_ptrs[i] = &self.late_vecs[i]
        self.late_keys = <Vector**>mem_zalloc(self.n_keys, sizeof(Vector*))
        for i in range(self.n_keys):
            self.late_keys[i] = &self.late_vecs[<uint32_t>late_cols[i]]
        memset(&self.late_batch, 0, sizeof(Batch))
        self.late_batch.n_cols = n_in
        self.late_batch.cols = self.late_ptrs
        self.known = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))
        self.others = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))
        n_out = self.n_keys + <uint32_t>len(calls) + bare_list.n
        self.make_output(n_out, n_out)
        self.collations = tuple(collations)

    def __dealloc__(self):
        cdef uint32_t i
        if self.late_vecs != NULL:
            for i in range(self.n_late):
                vec_free(&self.late_vecs[i])
        mem_free(self.computed)
        mem_free(self.late_row)
        mem_free(self.late_vecs)
        mem_free(self.late_ptrs)
        mem_free(self.late_keys)
        mem_free(self.known)
        mem_free(self.others)

    cdef void forget(self) noexcept nogil:
        if not self.sorted_input:
            self.held.clear()
        if not self.scalar:
            self.passing.clear()
        self.ctx.charge(&self.charged, 0)
        if self.frozen:
            self.frozen = False
            self.late.clear()
        self.filled = self.merging = self.grouped_done = self.stopped = False
        self.n_rest = 0
        self.ask = 0

    cdef int open(self) except -1 nogil:
        self.forget()
        return self.input.open()

    # ---- all groups in memory, or as many as fit

    cdef int fill(self) except -1 nogil:
        cdef Batch* batch
        self.filled = True
        if self.scalar:
            self.held.add_group()
        while self.input.next(BATCH_MAX, &batch):
            if self.scalar:
                self.held.absorb(batch, batch.sel, batch.n_sel)
                continue
            self.keys.eval_all(batch, batch.sel, batch.n_sel)
            if self.frozen:
                self.take_known(batch)
                continue
            self.held.enter(self.keys.results, batch.sel, batch.n_sel)
            self.held.absorb(batch, batch.sel, batch.n_sel)
            # The other half of the budget is for sorting the rows of later groups.
            if self.ctx.charge(&self.charged, self.held.size_bytes()) or self.charged > self.ctx.work_mem // 2:
                self.freeze()
        self.held.settle()
        self.held.list_groups(self.held.n_groups, not self.scalar)
        if self.frozen:
            self.late.finish()
            self.merging = True
        return 0

    cdef int freeze(self) except -1 nogil:
        self.frozen = True
        self.frozen_at = self.charged
        with gil:
            self.make_late()
        return 0

    def make_late(self):
        if self.late is None:
            n = self.n_keys
            self.late = Sorter(self.ctx, self.n_late, make_ordering(self.late_cols, [False] * n, [True] * n, self.collations), self.spills)

    cdef int take_known(self, Batch* batch) except -1 nogil:
        """The rows of groups that are there are aggregated, the others put off."""
        cdef uint32_t i, n = 0
        cdef const uint16_t* others = batch.sel
        if not self.stopped:
            others = self.others
            n = <uint32_t>self.held.find(self.keys.results, batch.sel, batch.n_sel, self.known, self.others)
            self.held.absorb(batch, self.known, n)
            if self.held.plain and (self.ctx.charge(&self.charged, self.held.size_bytes()) or self.charged > self.ctx.work_mem // 2):
                # No more than before: what has grown since is the states.
                self.stopped = self.charged > self.frozen_at + self.frozen_at // 8
            if n == batch.n_sel:
                return 0
        for i in range(self.n_in):
            self.late_row[i] = batch.cols[i]
        for i in range(self.n_in, self.n_late):
            self.late_row[i] = self.keys.results[self.computed[i - self.n_in]]
        return self.late.add(self.late_row, others, batch.n_sel - n)

    # ---- grouped input, some hundred groups at a time

    cdef int next_grouped(self, uint32_t most) except -1 nogil:
        """The next batch of grouped input, as `batch`, `batch_keys`, `rest`; 0 at the end. `most`: groups wanted."""
        cdef int64_t n
        if self.sorted_input:
            self.ask = self.ask * 4 if self.ask else most * 2 + 2
            if self.ask > BATCH_MAX:
                self.ask = BATCH_MAX
            if not self.input.next(self.ask, &self.batch):
                return 0
            self.keys.eval_all(self.batch, self.batch.sel, self.batch.n_sel)
            self.batch_keys = self.keys.results
        else:
            n = self.late.next(BATCH_MAX, self.n_late, self.late_vecs)
            if n == 0:
                return 0
            self.late_batch.n = self.late_batch.n_sel = <uint32_t>n
            self.batch = &self.late_batch
            self.batch_keys = self.late_keys
        self.rest = identity_lanes() if self.batch.sel == NULL else self.batch.sel
        self.n_rest = self.batch.n_sel
        return 1

    cdef int fill_passing(self, uint32_t want) except -1 nogil:
        """Takes grouped rows until enough groups are complete, or to the end; these groups are then listed. A batch is split at its last group."""
        cdef uint32_t n, k, last
        cdef uint32_t most = want if want < FLUSH_GROUPS else FLUSH_GROUPS
        self.passing.clear()
        while True:
            if self.n_rest == 0 and not self.next_grouped(most):
                self.grouped_done = True
                break
            n = self.n_rest
            self.passing.enter(self.batch_keys, self.rest, n)
            last = self.passing.n_groups - 1
            k = n
            if self.passing.n_groups > most or self.passing.text_bytes > self.ctx.work_mem // 8:
                k = 0
                while k < n and self.passing.dense[k] != last:
                    k += 1
                if k < n and not self.passing.is_new[k]:
                    k = n               # it began in an earlier batch and may go on in the next
            if self.stopped:
                self.passing.adopt(self.held, self.batch_keys, self.rest, k)
            self.passing.absorb(self.batch, self.rest, k)
            self.rest += k
            self.n_rest -= k
            if k < n:
                self.passing.drop_last()
                break
        self.passing.settle()
        return self.passing.list_groups(self.passing.n_groups, False)

    # ---- output

    cdef int reserve(self, uint32_t n) except -1 nogil:
        """Room for n rows of results."""
        cdef uint32_t i
        for i in range(self.n_keys, self.n_vecs):
            vec_reserve(&self.vecs[i], n)
            arena_reset(&self.vecs[i].arena)
            self.vecs[i].mask = 0
        return 0

    cdef int emit(self, Groups groups, uint32_t want) except -1 nogil:
        """The next groups of one list; returns how many."""
        cdef uint32_t n = groups.n_rows - groups.row_at, k
        if n > want:
            n = want
        groups.emit_keys(n, self.vecs)
        self.reserve(n)
        for k in range(n):
            groups.emit_values(groups.rows[groups.row_at + k], k, &self.vecs[self.n_keys])
            if self.is_full():
                n = k + 1
                break
        groups.row_at += n
        return <int>n

    cdef bint is_full(self) noexcept nogil:
        """The batch under way has long texts: it ends here."""
        cdef uint32_t i
        for i in range(self.n_keys, self.n_vecs):
            if self.vecs[i].arena.total > MAX_TEXTS:
                return True
        return False

    cdef int emit_merged(self, uint32_t want) except -1 nogil:
        """The next groups of both lists, by key; returns how many. It ends where `passing` must be filled again, whose texts have been handed out."""
        cdef uint32_t n = 0, i, group
        cdef bint from_held
        cdef Value value
        self.reserve(want)
        for i in range(self.n_keys):
            vec_reserve(&self.vecs[i], want)
            self.vecs[i].mask = 0
        while n < want and not self.is_full():
            if self.passing.row_at == self.passing.n_rows and not self.grouped_done:
                if n:
                    break
                self.fill_passing(FLUSH_GROUPS)
                continue
            while self.held.row_at < self.held.n_rows and self.held.groups[self.held.rows[self.held.row_at]] == NULL:
                self.held.row_at += 1           # adopted
            from_held = self.held.row_at < self.held.n_rows
            if from_held and self.passing.row_at < self.passing.n_rows:
                from_held = self.held_first()
            elif not from_held and self.passing.row_at == self.passing.n_rows:
                break
            if from_held:
                group = self.held.rows[self.held.row_at]
                self.held.row_at += 1
                for i in range(self.n_keys):
                    store_get(self.held.table.keys, group, i, &value)
                    vec_put(&self.vecs[i], n, &value)
                    self.vecs[i].mask |= <uint32_t>1 << value.tag
                self.held.emit_values(group, n, &self.vecs[self.n_keys])
            else:
                group = self.passing.rows[self.passing.row_at]
                self.passing.row_at += 1
                for i in range(self.n_keys):
                    store_get(self.passing.table.keys, group, i, &value)
                    vec_put(&self.vecs[i], n, &value)
                    self.vecs[i].mask |= <uint32_t>1 << value.tag
                self.passing.emit_values(group, n, &self.vecs[self.n_keys])
            n += 1
        self.held.ordering.check()
        return <int>n

    cdef bint held_first(self) noexcept nogil:
        """The next group of `held` comes before that of `passing`."""
        cdef uint32_t i
        cdef Value a, b
        cdef int order
        for i in range(self.n_keys):
            store_get(self.held.table.keys, self.held.rows[self.held.row_at], i, &a)
            store_get(self.passing.table.keys, self.passing.rows[self.passing.row_at], i, &b)
            order = self.held.ordering.compare_values_at(&a, &b, i)
            if order != 0:
                return order < 0
        return True

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t n
        if self.sorted_input:
            while self.passing.row_at == self.passing.n_rows:
                if self.grouped_done:
                    return 0
                self.fill_passing(want)
            n = self.emit(self.passing, want)
        else:
            if not self.filled:
                self.fill()
            n = self.emit_merged(want) if self.merging else self.emit(self.held, want)
        if n == 0:
            return 0
        self.out.n = self.out.n_sel = n
        self.out.sel = NULL
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.forget()
        return self.input.close()
