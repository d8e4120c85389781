"""Groups of an aggregation; see groups.pxd."""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from libc.string cimport memcpy, memset
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.first_rows cimport FirstRows
from pumice.exec.operators.key_table cimport NO_ENTRY, CollationList, KeyTable
from pumice.exec.operators.operator cimport ExprList
from pumice.exec.operators.order cimport Ordering, make_ordering
from pumice.exec.operators.row_store cimport CHUNK_LANES, CHUNK_SHIFT
from pumice.exec.operators.sorter cimport Sorter
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, sel_lane, vec_free, vec_get, vec_init, vec_put, vec_reserve
from pumice.functions.aggregate.aggregate cimport AggregateFunction
from pumice.memory cimport Arena, arena_alloc, arena_free, arena_init, arena_reset, mem_alloc, mem_free, mem_realloc, mem_zalloc
from pumice.storage.record.key_info cimport Collation
from pumice.values cimport MASK_INT, TAG_INT, TAG_TEXT, Value


cdef class Call:
    """Args: the function and its collation, arguments and FILTER as Exprs, DISTINCT with its collations, ORDER BY."""

    def __cinit__(self, *args, **kwargs):
        self.cols = NULL
        self.vecs = NULL

    def __init__(self, ExecContext ctx, SpillCount count, AggregateFunction function, Collation collation, args, Expr filter, bint distinct,
                 distinct_collations, order_keys, desc, nulls_first, order_collations):
        cdef uint32_t n_args = <uint32_t>len(args), n_order = <uint32_t>len(order_keys), i
        self.function = function
        self.collation = collation
        self.args = ExprList(args)
        self.filter = filter
        self.has_filter = filter is not None
        self.is_distinct = distinct
        self.is_ordered = n_order > 0
        self.order_keys = ExprList(order_keys)
        if distinct:
            self.seen = FirstRows(ctx, [None, *distinct_collations], count)
        if self.is_ordered:
            self.rows = Sorter(ctx, 1 + n_order + n_args, make_ordering(
                range(1 + n_order), [False, *desc], [True, *nulls_first], [None, *order_collations]), count)
        self.n_vecs = 1 + n_order + n_args
        self.cols = <Vector**>mem_zalloc(self.n_vecs, sizeof(Vector*))
        self.vecs = <Vector*>mem_zalloc(self.n_vecs + 1, sizeof(Vector))
        for i in range(self.n_vecs + 1):
            vec_init(&self.vecs[i])

    def __dealloc__(self):
        cdef uint32_t i
        if self.vecs != NULL:
            for i in range(self.n_vecs + 1):
                vec_free(&self.vecs[i])
        mem_free(self.vecs)
        mem_free(self.cols)

    cdef void forget(self) noexcept nogil:
        if self.is_distinct:
            self.seen.clear()
        if self.is_ordered:
            self.rows.clear()


cdef class Groups:
    """Args: the context, the calls, bare expressions and the call that rules them (or -1), key collations, whether there is one group and no key.

    Several Groups may share their calls, one after the other: `settle` leaves nothing of the earlier one in them."""

    def __cinit__(self, *args, **kwargs):
        self.c_calls = NULL
        self.groups = NULL
        self.bares = NULL
        self.lane_group = self.dense = self.rows = NULL
        self.is_new = self.changed = NULL
        self.states = NULL
        self.key_cols = NULL
        self.picked = NULL
        arena_init(&self.blocks)
        vec_init(&self.group_vector)

    def __init__(self, ExecContext ctx, tuple calls, ExprList bare, int64_t bare_from, collations, bint scalar):
        cdef uint32_t i
        cdef Call call
        self.ctx = ctx
        self.calls = calls
        self.bare = bare
        self.n_keys = <uint32_t>len(collations)
        self.n_bare = bare.n
        self.n_calls = <uint32_t>len(calls)
        self.bare_from = bare_from
        self.scalar = scalar
        self.table = KeyTable(CollationList(collations))
        self.ordering = make_ordering(range(self.n_keys), [False] * self.n_keys, [True] * self.n_keys, collations)
        self.c_calls = <PyObject**>mem_zalloc(self.n_calls, sizeof(PyObject*))
        self.block_size = 0
        self.plain = True
        for i in range(self.n_calls):
            call = calls[i]
            self.c_calls[i] = <PyObject*>call
            call.offset = self.block_size
            if call.is_distinct or call.is_ordered:
                self.plain = False
            self.block_size += (call.function.state_size + 15) & ~<size_t>15
        self.lane_group = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.dense = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.is_new = <uint8_t*>mem_alloc(BATCH_MAX, 1)
        self.changed = <uint8_t*>mem_alloc(BATCH_MAX, 1)
        self.states = <uint8_t**>mem_alloc(BATCH_MAX, sizeof(uint8_t*))
        self.key_cols = <Vector**>mem_zalloc(self.n_keys, sizeof(Vector*))
        self.picked = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))

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
        mem_free(self.key_cols)
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
            if self.groups[g] == NULL:
                continue
            for i in range(self.n_calls):
                (<Call>self.c_calls[i]).function.destroy(self.groups[g] + (<Call>self.c_calls[i]).offset)
            for i in range(self.n_bare):
                mem_free(self.bares[<size_t>g * self.n_bare + i].text)
        self.n_groups = first

    cdef void clear(self) noexcept nogil:
        cdef uint32_t i
        self.destroy_groups(0)
        arena_reset(&self.blocks)
        self.table.clear()
        self.n_rows = self.row_at = 0
        self.any_taken = False
        self.text_bytes = 0
        for i in range(self.n_calls):
            (<Call>self.c_calls[i]).forget()

    cdef size_t size_bytes(self) noexcept nogil:
        # A group also has a place in the arrays and in the output order, and two items while that is made.
        return self.table.size_bytes() + self.blocks.total + self.text_bytes + self.cap_groups * (sizeof(void*) + self.n_bare * sizeof(BareSlot) + 36)

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

    cdef void drop_last(self) noexcept nogil:
        self.destroy_groups(self.n_groups - 1)

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
                    self.text_bytes += v.size - slot.cap
                    slot.cap = v.size
                memcpy(slot.text, v.num.p, v.size)
                slot.value.num.p = slot.text
        return 0

    # ---- input

    cdef int enter(self, Vector** keys, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef uint32_t k
        self.table.insert(keys, sel, n, self.dense, self.is_new)
        while self.n_groups < self.table.keys.n_rows:
            self.add_group()
        for k in range(n):
            self.lane_group[sel_lane(sel, k)] = self.dense[k]
        return 0

    cdef int64_t find(self, Vector** keys, const uint16_t* sel, uint32_t n, uint16_t* known, uint16_t* others) except -1 nogil:
        cdef uint32_t k, lane, m = 0
        self.table.find(keys, sel, n, self.dense)
        for k in range(n):
            lane = sel_lane(sel, k)
            if self.dense[k] == NO_ENTRY:
                others[k - m] = <uint16_t>lane
                continue
            known[m] = <uint16_t>lane
            self.lane_group[lane] = self.dense[k]
            self.dense[m] = self.dense[k]
            m += 1
        memset(self.is_new, 0, m)
        return m

    cdef int absorb(self, Batch* batch, const uint16_t* sel, uint32_t n) except -1 nogil:
        """Lanes whose groups `enter` or `find` has just found (the first n of them)."""
        cdef uint32_t k, i
        cdef size_t before = self.ctx.state_bytes
        if n == 0:
            return 0
        if self.n_bare:
            self.bare.eval_all(batch, sel, n)
            if self.scalar:
                if not self.any_taken:
                    self.keep_bare(0, sel_lane(sel, 0))
            else:
                for k in range(n):
                    if self.is_new[k]:
                        self.keep_bare(self.dense[k], sel_lane(sel, k))
        self.any_taken = True
        for i in range(self.n_calls):
            self.update(<Call>self.c_calls[i], batch, sel, n, i == self.bare_from)
        self.text_bytes += self.ctx.state_bytes - before
        return 0

    cdef int adopt(self, Groups other, Vector** keys, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef uint32_t k, g, h, i
        cdef uint16_t lane
        cdef uint8_t not_new = 0
        other.table.find(keys, sel, n, other.dense)
        for k in range(n):
            if not self.is_new[k] or other.dense[k] == NO_ENTRY:
                continue
            # Its first row, which the key shown and bare values are taken from, came earlier.
            self.is_new[k] = 0
            g = self.dense[k]
            h = other.dense[k]
            other.table.keys.view(h >> CHUNK_SHIFT, self.key_cols)
            lane = h & CHUNK_LANES
            self.table.overwrite(self.key_cols, &lane, 1, &g, &not_new)
            for i in range(self.n_calls):
                (<Call>self.c_calls[i]).function.destroy(self.groups[g] + (<Call>self.c_calls[i]).offset)
            memcpy(self.groups[g], other.groups[h], self.block_size)
            other.groups[h] = NULL
            if self.n_bare:
                memcpy(&self.bares[<size_t>g * self.n_bare], &other.bares[<size_t>h * self.n_bare], self.n_bare * sizeof(BareSlot))
        return 0

    cdef int update(self, Call call, Batch* batch, const uint16_t* sel, uint32_t n, bint rules_bare) except -1 nogil:
        cdef uint32_t k, m, i
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
            call.seen.insert(call.cols, sel, n, self.changed)
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
            return call.rows.add(call.cols, sel, n)
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

    cdef int settle(self) except -1 nogil:
        cdef uint32_t i
        cdef int64_t n
        for i in range(self.n_calls):
            if (<Call>self.c_calls[i]).is_distinct:
                if (<Call>self.c_calls[i]).seen.frozen:
                    (<Call>self.c_calls[i]).seen.finish()
                    while True:
                        n = (<Call>self.c_calls[i]).seen.next(BATCH_MAX, (<Call>self.c_calls[i]).vecs)
                        if n == 0:
                            break
                        self.feed_back(<Call>self.c_calls[i], (<Call>self.c_calls[i]).vecs, 1, <uint32_t>n)
                (<Call>self.c_calls[i]).seen.clear()
            if (<Call>self.c_calls[i]).is_ordered:
                (<Call>self.c_calls[i]).rows.finish()
                while True:
                    n = (<Call>self.c_calls[i]).rows.next(BATCH_MAX, (<Call>self.c_calls[i]).rows.n_cols, (<Call>self.c_calls[i]).vecs)
                    if n == 0:
                        break
                    self.feed_back(<Call>self.c_calls[i], (<Call>self.c_calls[i]).vecs, 1 + (<Call>self.c_calls[i]).order_keys.n, <uint32_t>n)
                (<Call>self.c_calls[i]).rows.clear()
        return 0

    cdef int feed_back(self, Call call, Vector* vecs, uint32_t first_arg, uint32_t n) except -1 nogil:
        """Rows that were put off, to their groups' states: the group's number in vecs[0], the arguments from vecs[first_arg] on."""
        cdef uint32_t i, k
        self.ctx.check_interrupt()
        for i in range(call.args.n):
            call.cols[i] = &vecs[first_arg + i]
        for k in range(n):
            self.states[k] = self.groups[vecs[0].num[k].i] + call.offset
        return call.function.update(self.ctx, call.collation, self.states, NULL, call.cols, call.args.n, NULL, n, NULL)

    # ---- output

    cdef int list_groups(self, uint32_t n, bint in_key_order) except -1 nogil:
        cdef uint32_t i
        self.rows = <uint32_t*>mem_realloc(self.rows, n, sizeof(uint32_t))
        for i in range(n):
            self.rows[i] = i
        self.n_rows = n
        self.row_at = 0
        if in_key_order:
            self.ordering.sort(self.table.keys, self.rows, n)
        return 0

    cdef int emit_keys(self, uint32_t n, Vector* out) except -1 nogil:
        cdef uint32_t i
        for i in range(self.n_keys):
            self.table.keys.gather(i, self.rows + self.row_at, n, &out[i])
        return 0

    cdef int emit_values(self, uint32_t group, uint32_t lane, Vector* out) except -1 nogil:
        """out[0 .. n_calls + n_bare), whose lanes are reserved."""
        cdef uint32_t i
        cdef Value value
        for i in range(self.n_calls):
            (<Call>self.c_calls[i]).function.final(self.ctx, self.groups[group] + (<Call>self.c_calls[i]).offset, &out[i].arena, &value)
            vec_put(&out[i], lane, &value)
            out[i].mask |= <uint32_t>1 << value.tag
        out += self.n_calls
        for i in range(self.n_bare):
            vec_put(&out[i], lane, &self.bares[<size_t>group * self.n_bare + i].value)
            out[i].mask |= <uint32_t>1 << out[i].tag[lane]
        return 0
