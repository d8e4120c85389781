"""Aggregate: groups rows by keys and computes aggregate functions over each group.

Input: any. Output: key columns, aggregate results, bare columns. Buffers one key row, one block of aggregate states and the bare values per
group (and the arguments of aggregates with ORDER BY). NULL keys form one group.

Modes: "hash": groups come out in key order; "sorted": the input is already grouped, groups come out as they came (those that are complete
are handed out after each input batch); "scalar": no keys, exactly one group, also over no rows.

    batch -> keys -> group numbers (KeyTable) -> per call: filter, DISTINCT, then update(states of the lanes)

Bare columns are taken from the group's first row, or from the row that made the extremum when min()/max() rules them.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from libc.string cimport memcpy, memset
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.key_table cimport CollationList, KeyTable
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.operators.order cimport Ordering, make_ordering
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.vector.vector cimport (BATCH_MAX, Batch, Vector, sel_lane, vec_free, vec_get, vec_init, vec_put, vec_reserve, vec_set_const)
from pumice.functions.aggregate.aggregate cimport AggregateFunction
from pumice.memory cimport Arena, arena_alloc, arena_free, arena_init, arena_reset, mem_alloc, mem_free, mem_realloc, mem_zalloc
from pumice.storage.record.key_info cimport Collation
from pumice.values cimport MASK_INT, TAG_INT, TAG_NULL, TAG_TEXT, Value

cdef enum:
    FLUSH_GROUPS = 64           # sorted mode: complete groups to gather before they are handed out


cdef struct BareSlot:
    Value value
    uint8_t* text               # owned copy of a TEXT or BLOB
    uint32_t cap


cdef class Call:
    """One aggregate of the list."""
    cdef AggregateFunction function
    cdef Collation collation            # or None
    cdef ExprList args
    cdef Expr filter                    # or None
    cdef bint has_filter, is_distinct, is_ordered
    cdef KeyTable seen                  # DISTINCT: (group, arguments) met so far
    cdef RowStore rows                  # ORDER BY: group, sort keys, arguments
    cdef ExprList order_keys
    cdef Ordering ordering              # over `rows`, group first
    cdef size_t offset                  # of its state in a group's block
    cdef Vector** cols                  # owned; scratch: group vector, keys, arguments

    def __cinit__(self, *args, **kwargs):
        self.cols = NULL

    def __init__(self, AggregateFunction function, Collation collation, args, Expr filter, bint distinct, distinct_collations,
                 order_keys, desc, nulls_first, order_collations):
        cdef uint32_t n_args = <uint32_t>len(args), n_order = <uint32_t>len(order_keys)
        self.function = function
        self.collation = collation
        self.args = ExprList(args)
        self.filter = filter
        self.has_filter = filter is not None
        self.is_distinct = distinct
        self.is_ordered = n_order > 0
        self.order_keys = ExprList(order_keys)
        if distinct:
            self.seen = KeyTable(CollationList([None, *distinct_collations]))
        if self.is_ordered:
            self.rows = RowStore(1 + n_order + n_args)
            self.ordering = make_ordering(range(1 + n_order), [False, *desc], [True, *nulls_first], [None, *order_collations])
        self.cols = <Vector**>mem_zalloc(1 + n_order + n_args, sizeof(Vector*))

    def __dealloc__(self):
        mem_free(self.cols)

    cdef void forget(self) noexcept nogil:
        if self.is_distinct:
            self.seen.clear()
        if self.is_ordered:
            self.rows.clear()


cdef class Aggregate(Operator):
    cdef Operator input
    cdef ExprList keys, bare
    cdef tuple calls
    cdef PyObject** c_calls             # owned array, borrowed from `calls`
    cdef uint32_t n_keys, n_calls, n_bare
    cdef int64_t bare_from
    cdef bint sorted_input, scalar
    cdef KeyTable table
    cdef Ordering ordering              # of the key rows
    cdef size_t block_size              # bytes of all states of a group
    cdef Arena blocks                   # owned; state blocks
    cdef uint8_t** groups               # owned; per group: its block
    cdef BareSlot* bares                # owned; n_bare per group
    cdef uint32_t n_groups, cap_groups
    cdef uint32_t* lane_group           # owned, BATCH_MAX: by lane
    cdef uint32_t* dense                # owned, BATCH_MAX: by k-th live lane
    cdef uint8_t* is_new                # owned, BATCH_MAX
    cdef uint8_t* changed               # owned, BATCH_MAX
    cdef uint8_t** states               # owned, BATCH_MAX
    cdef uint16_t* picked               # owned, BATCH_MAX
    cdef Vector group_vector            # owned; group numbers as INTEGERs
    cdef uint32_t* rows                 # owned; groups in output order
    cdef uint32_t n_rows, row_at
    cdef bint filled, input_done
    cdef int64_t n_taken                # input rows so far
    cdef RowStore carry                 # sorted: the key of the group that goes on

    def __cinit__(self, *args, **kwargs):
        self.c_calls = NULL
        self.groups = NULL
        self.bares = NULL
        self.lane_group = self.dense = self.rows = NULL
        self.is_new = self.changed = NULL
        self.states = NULL
        self.picked = NULL
        self.n_groups = self.cap_groups = 0
        arena_init(&self.blocks)
        vec_init(&self.group_vector)

    def __init__(self, node, ExecContext ctx, Operator input, keys, collations, calls, bare, int64_t bare_from, str mode):
        cdef uint32_t i
        cdef Call call
        self.node = node
        self.ctx = ctx
        self.input = input
        self.children = (input,)
        self.keys = ExprList(keys)
        self.bare = ExprList(bare)
        self.calls = tuple(calls)
        self.n_keys = self.keys.n
        self.n_bare = self.bare.n
        self.n_calls = <uint32_t>len(self.calls)
        self.bare_from = bare_from
        self.scalar = mode == "scalar"
        self.sorted_input = mode == "sorted"
        self.table = KeyTable(CollationList(collations))
        self.carry = RowStore(self.n_keys)
        self.ordering = make_ordering(range(self.n_keys), [False] * self.n_keys, [True] * self.n_keys, collations)
        self.c_calls = <PyObject**>mem_zalloc(self.n_calls, sizeof(PyObject*))
        self.block_size = 0
        for i in range(self.n_calls):
            call = self.calls[i]
            self.c_calls[i] = <PyObject*>call
            call.offset = self.block_size
            self.block_size += (call.function.state_size + 15) & ~<size_t>15
        self.lane_group = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.dense = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.is_new = <uint8_t*>mem_alloc(BATCH_MAX, 1)
        self.changed = <uint8_t*>mem_alloc(BATCH_MAX, 1)
        self.states = <uint8_t**>mem_alloc(BATCH_MAX, sizeof(uint8_t*))
        self.picked = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))
        self.make_output(self.n_keys + self.n_calls + self.n_bare, self.n_keys + self.n_calls + self.n_bare)

    def __dealloc__(self):
        self.destroy_groups(0)
        mem_free(self.c_calls)
        mem_free(self.groups)
        mem_free(self.bares)
        mem_free(self.lane_group)
        mem_free(self.dense)
        mem_free(self.rows)
        mem_free(self.is_new)
        mem_free(self.changed)
        mem_free(self.states)
        mem_free(self.picked)
        vec_free(&self.group_vector)
        arena_free(&self.blocks)

    # ---- groups

    cdef void destroy_groups(self, uint32_t first) noexcept nogil:
        """Frees what the groups from `first` on keep."""
        cdef uint32_t g, i
        if self.calls is None or self.c_calls == NULL:
            return
        for g in range(first, self.n_groups):
            for i in range(self.n_calls):
                (<Call>self.c_calls[i]).function.destroy(self.groups[g] + (<Call>self.c_calls[i]).offset)
            for i in range(self.n_bare):
                mem_free(self.bares[<size_t>g * self.n_bare + i].text)
        self.n_groups = first

    cdef void forget(self) noexcept nogil:
        cdef uint32_t i
        self.destroy_groups(0)
        arena_reset(&self.blocks)
        self.table.clear()
        self.n_rows = self.row_at = 0
        for i in range(self.n_calls):
            (<Call>self.c_calls[i]).forget()

    cdef int add_group(self) except -1 nogil:
        cdef uint32_t i, cap
        cdef uint8_t* block
        if self.n_groups == self.cap_groups:
            cap = self.cap_groups * 2 if self.cap_groups else 16
            self.groups = <uint8_t**>mem_realloc(self.groups, cap, sizeof(uint8_t*))
            self.bares = <BareSlot*>mem_realloc(self.bares, <size_t>cap * self.n_bare, sizeof(BareSlot))
            self.cap_groups = cap
        block = arena_alloc(&self.blocks, self.block_size)
        memset(block, 0, self.block_size)
        self.groups[self.n_groups] = block
        if self.n_bare:
            memset(&self.bares[<size_t>self.n_groups * self.n_bare], 0, self.n_bare * sizeof(BareSlot))
        self.n_groups += 1
        for i in range(self.n_calls):
            (<Call>self.c_calls[i]).function.init(block + (<Call>self.c_calls[i]).offset)
        return 0

    cdef int keep_bare(self, uint32_t group, uint32_t lane) except -1 nogil:
        """The group's bare values become those of this lane (the bare expressions have been evaluated)."""
        cdef uint32_t i
        cdef Value v
        cdef BareSlot* slot
        for i in range(self.n_bare):
            vec_get(self.bare.results[i], lane, &v)
            slot = &self.bares[<size_t>group * self.n_bare + i]
            slot.value = v
            if v.tag >= TAG_TEXT:
                if slot.cap < v.size or slot.text == NULL:
                    slot.text = <uint8_t*>mem_realloc(slot.text, v.size, 1)
                    slot.cap = v.size
                memcpy(slot.text, v.num.p, v.size)
                slot.value.num.p = slot.text
        return 0

    # ---- input

    cdef int take(self, Batch* batch) except -1 nogil:
        """Adds one input batch to the groups."""
        cdef uint32_t k, i, n = batch.n_sel
        if self.scalar:
            if self.n_bare:
                self.bare.eval_all(batch, batch.sel, n)
                if self.n_taken == 0:
                    self.keep_bare(0, sel_lane(batch.sel, 0))
        else:
            self.keys.eval_all(batch, batch.sel, n)
            self.table.insert(self.keys.results, batch.sel, n, self.dense, self.is_new)
            while self.n_groups < self.table.keys.n_rows:
                self.add_group()
            for k in range(n):
                self.lane_group[sel_lane(batch.sel, k)] = self.dense[k]
            if self.n_bare:
                self.bare.eval_all(batch, batch.sel, n)
                for k in range(n):
                    if self.is_new[k]:
                        self.keep_bare(self.dense[k], sel_lane(batch.sel, k))
        for i in range(self.n_calls):
            self.update(<Call>self.c_calls[i], batch, i == self.bare_from)
        self.n_taken += n
        return 0

    cdef int update(self, Call call, Batch* batch, bint rules_bare) except -1 nogil:
        cdef const uint16_t* sel = batch.sel
        cdef uint32_t n = batch.n_sel, k, m, i
        cdef uint16_t lane
        if call.has_filter:
            n = <uint32_t>call.filter.select(batch, sel, n, self.picked)
            sel = self.picked
            if n == 0:
                return 0
        call.args.eval_all(batch, sel, n)
        if call.is_distinct:
            self.fill_group_vector(sel, n)
            call.cols[0] = &self.group_vector
            for i in range(call.args.n):
                call.cols[1 + i] = call.args.results[i]
            call.seen.insert(call.cols, sel, n, self.dense, self.changed)
            m = 0
            for k in range(n):
                self.picked[m] = <uint16_t>sel_lane(sel, k)
                m += self.changed[k]
            n = m
            sel = self.picked
            if n == 0:
                return 0
        if call.is_ordered:
            call.order_keys.eval_all(batch, sel, n)
            self.fill_group_vector(sel, n)
            call.cols[0] = &self.group_vector
            for i in range(call.order_keys.n):
                call.cols[1 + i] = call.order_keys.results[i]
            for i in range(call.args.n):
                call.cols[1 + call.order_keys.n + i] = call.args.results[i]
            return call.rows.append(call.cols, sel, n)
        if rules_bare:
            memset(self.changed, 0, n)
        if self.scalar:
            call.function.update(self.ctx, call.collation, NULL, self.groups[0] + call.offset, call.args.results, call.args.n, sel, n,
                                 self.changed if rules_bare else NULL)
        else:
            if sel == NULL:
                for k in range(n):
                    self.states[k] = self.groups[self.lane_group[k]] + call.offset
            else:
                for k in range(n):
                    self.states[k] = self.groups[self.lane_group[sel[k]]] + call.offset
            call.function.update(self.ctx, call.collation, self.states, NULL, call.args.results, call.args.n, sel, n,
                                 self.changed if rules_bare else NULL)
        if rules_bare and self.n_bare:
            for k in range(n):
                if self.changed[k]:
                    lane = <uint16_t>sel_lane(sel, k)
                    self.keep_bare(0 if self.scalar else self.lane_group[lane], lane)
        return 0

    cdef int fill_group_vector(self, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef uint32_t k, lane
        cdef Vector* v = &self.group_vector
        vec_reserve(v, BATCH_MAX)
        for k in range(n):
            lane = sel_lane(sel, k)
            v.tag[lane] = TAG_INT
            v.num[lane].i = 0 if self.scalar else self.lane_group[lane]
        v.mask = MASK_INT
        return 0

    cdef int feed_ordered(self, Call call) except -1 nogil:
        """Gives the buffered arguments of an aggregate with ORDER BY to its states, in order."""
        cdef uint32_t n = call.rows.n_rows, at = 0, m, k, i
        cdef uint32_t* rows = <uint32_t*>mem_alloc(n, sizeof(uint32_t))
        cdef Vector* vecs = NULL
        cdef uint32_t n_cols = call.rows.n_cols
        try:
            vecs = <Vector*>mem_zalloc(n_cols, sizeof(Vector))
            for k in range(n):
                rows[k] = k
            call.ordering.sort(call.rows, rows, n)
            while at < n:
                m = n - at if n - at < BATCH_MAX else BATCH_MAX
                for i in range(n_cols):
                    if i == 0 or i > call.order_keys.n:
                        call.rows.gather(i, rows + at, m, &vecs[i])
                    if i > call.order_keys.n:
                        call.cols[i - call.order_keys.n - 1] = &vecs[i]
                for k in range(m):
                    self.states[k] = self.groups[vecs[0].num[k].i] + call.offset
                call.function.update(self.ctx, call.collation, self.states, NULL, call.cols, call.args.n, NULL, m, NULL)
                at += m
            call.rows.clear()
        finally:
            if vecs != NULL:
                for i in range(n_cols):
                    vec_free(&vecs[i])
            mem_free(vecs)
            mem_free(rows)
        return 0

    # ---- output

    cdef int fill(self) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t i
        self.filled = True
        if self.scalar:
            self.add_group()
        while self.input.next(BATCH_MAX, &batch):
            self.take(batch)
            if self.sorted_input and self.n_groups > FLUSH_GROUPS and not self.has_buffers():
                self.list_groups(self.n_groups - 1)
                return 0
        self.input_done = True
        for i in range(self.n_calls):
            if (<Call>self.c_calls[i]).is_ordered:
                self.feed_ordered(<Call>self.c_calls[i])
        self.list_groups(self.n_groups)
        if not self.sorted_input and not self.scalar:
            self.ordering.sort(self.table.keys, self.rows, self.n_rows)
        return 0

    cdef bint has_buffers(self) noexcept nogil:
        """Some call keeps rows or values by group number, which starting over would confuse."""
        cdef uint32_t i
        for i in range(self.n_calls):
            if (<Call>self.c_calls[i]).is_ordered or (<Call>self.c_calls[i]).is_distinct:
                return True
        return False

    cdef int list_groups(self, uint32_t n) except -1 nogil:
        cdef uint32_t i
        self.rows = <uint32_t*>mem_realloc(self.rows, n, sizeof(uint32_t))
        for i in range(n):
            self.rows[i] = i
        self.n_rows = n
        self.row_at = 0
        return 0

    cdef int start_over(self) except -1 nogil:
        """Sorted mode: all groups but the last have been handed out; the last one becomes group 0."""
        cdef uint32_t last = self.n_groups - 1, i
        cdef uint8_t* block
        self.carry.clear()
        for i in range(self.n_keys):
            self.cols[i] = &self.vecs[i]
            self.table.keys.gather(i, &last, 1, &self.vecs[i])
        self.carry.append(self.cols, NULL, 1)
        block = <uint8_t*>mem_alloc(1, self.block_size)
        memcpy(block, self.groups[last], self.block_size)
        self.n_groups -= 1
        # The states of `last` live on in `block`; its bare values move below.
        for i in range(self.n_bare):
            mem_free(self.bares[i].text)
            self.bares[i] = self.bares[<size_t>last * self.n_bare + i]
        self.drop_first(last)
        arena_reset(&self.blocks)
        self.groups[0] = arena_alloc(&self.blocks, self.block_size)
        memcpy(self.groups[0], block, self.block_size)
        mem_free(block)
        self.n_groups = 1
        self.table.clear()
        self.carry.view(0, self.cols)
        self.table.insert(self.cols, NULL, 1, self.dense, NULL)
        for i in range(self.n_keys):
            self.cols[i] = &self.vecs[i]
        return 0

    cdef void drop_first(self, uint32_t n) noexcept nogil:
        """Frees the states of groups 0 .. n-1 and the bare values of groups 1 .. n-1."""
        cdef uint32_t g, i
        for g in range(n):
            for i in range(self.n_calls):
                (<Call>self.c_calls[i]).function.destroy(self.groups[g] + (<Call>self.c_calls[i]).offset)
            if g:
                for i in range(self.n_bare):
                    mem_free(self.bares[<size_t>g * self.n_bare + i].text)

    cdef int open(self) except -1 nogil:
        self.forget()
        self.filled = self.input_done = False
        self.n_taken = 0
        return self.input.open()

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t n, i, k, g
        cdef Vector* v
        cdef Value value
        while self.row_at == self.n_rows:
            if self.filled:
                if self.input_done:
                    return 0
                self.start_over()
            self.fill()
        n = self.n_rows - self.row_at
        if n > want:
            n = want
        for i in range(self.n_keys):
            self.table.keys.gather(i, self.rows + self.row_at, n, &self.vecs[i])
        for i in range(self.n_calls):
            v = &self.vecs[self.n_keys + i]
            vec_reserve(v, n)
            arena_reset(&v.arena)
            v.mask = 0
            for k in range(n):
                g = self.rows[self.row_at + k]
                (<Call>self.c_calls[i]).function.final(self.ctx, self.groups[g] + (<Call>self.c_calls[i]).offset, &v.arena, &value)
                vec_put(v, k, &value)
                v.mask |= <uint32_t>1 << value.tag
        for i in range(self.n_bare):
            v = &self.vecs[self.n_keys + self.n_calls + i]
            vec_reserve(v, n)
            v.mask = 0
            for k in range(n):
                g = self.rows[self.row_at + k]
                vec_put(v, k, &self.bares[<size_t>g * self.n_bare + i].value)
                v.mask |= <uint32_t>1 << v.tag[k]
        self.row_at += n
        self.out.n = self.out.n_sel = n
        self.out.sel = NULL
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.forget()
        return self.input.close()
