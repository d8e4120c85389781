"""`x IN (item, ...)`: a hash set for long constant lists, else a comparison with item after item.

    x NULL                      NULL (0 for the empty list)
    x equals an item            1
    no item equal, one is NULL  NULL
    else                        0                                    NOT IN turns 0 and 1 around

With items one after another, an item is evaluated only on the lanes that no item before it equalled.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy
from pumice.exec.context cimport ExecContext, find_collation, raise_pending
from pumice.exec.expr.expr cimport Expr, lanes_needed
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, sel_lane, vec_get, vec_reserve
from pumice.memory cimport Arena, arena_alloc, arena_free, arena_init, arena_reset, mem_alloc, mem_free, mem_zalloc
from pumice.storage.record.key_info cimport CollateFn, Collation, compare_values
from pumice.values cimport MASK_INT, MASK_NULL, MASK_TEXT, TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value

cdef enum:
    HASH_FROM = 6           # items; below, comparing is as fast and needs no set


cdef inline uint64_t mix(uint64_t h) noexcept nogil:
    h ^= h >> 32
    h *= <uint64_t>0x9E3779B97F4A7C15ULL
    return h ^ (h >> 29)


cdef inline void normal_form(Value* v) noexcept nogil:
    """Equal values get the same bits: a REAL that is an integer becomes that INTEGER."""
    cdef double r = v.num.r
    if v.tag == TAG_REAL and r >= -9223372036854775808.0 and r < 9223372036854775808.0 and <double><int64_t>r == r:
        v.tag = TAG_INT
        v.num.i = <int64_t>r


cdef uint64_t hash_value(const Value* v) noexcept nogil:
    cdef uint64_t h
    cdef uint32_t i
    if v.tag == TAG_INT or v.tag == TAG_REAL:
        return mix(<uint64_t>v.num.i + v.tag)
    h = <uint64_t>0xCBF29CE484222325ULL + v.tag
    for i in range(v.size):
        h = (h ^ v.num.p[i]) * <uint64_t>0x100000001B3ULL
    return mix(h)


cdef inline bint same_value(const Value* a, const Value* b) noexcept nogil:
    if a.tag != b.tag:
        return False
    if a.tag == TAG_INT:
        return a.num.i == b.num.i
    if a.tag == TAG_REAL:
        return a.num.r == b.num.r
    return a.size == b.size and (a.size == 0 or memcmp(a.num.p, b.num.p, a.size) == 0)


cdef class InList(Expr):
    """`operand [NOT] IN (items)`. `constant` says that the items change only when the statement is bound again."""

    cdef ExecContext ctx
    cdef Expr operand
    cdef list items
    cdef uint32_t n_items
    cdef void** nodes               # borrowed from `items`
    cdef bint negated
    cdef bint constant
    cdef Collation collation        # None: BINARY
    cdef CollateFn fn
    cdef void* context
    # The set: open addressing, a power of two of entries; TAG_NULL marks a free one. Text points into `text`.
    cdef Value* table               # owned
    cdef uint32_t table_mask
    cdef Arena text                 # owned
    cdef bint has_null              # an item is NULL
    cdef int set_state              # 0 not tried, 1 in use, -1 the items cannot be hashed
    cdef int64_t seen_run           # ctx.run that the set belongs to

    def __cinit__(self, *args, **kwargs):
        arena_init(&self.text)

    def __init__(self, ExecContext ctx, Expr operand not None, items, str collation, bint negated, bint constant):
        self.ctx = ctx
        self.operand = operand
        self.items = list(items)
        self.n_items = len(self.items)
        self.nodes = <void**>mem_alloc(self.n_items, sizeof(void*))
        for i in range(self.n_items):
            item = <Expr?>self.items[i]
            self.nodes[i] = <void*>item
        self.negated = negated
        self.constant = constant
        self.collation = find_collation(ctx, collation)
        self.fn = NULL
        self.context = NULL
        if self.collation is not None and self.collation is not ctx.binary:     # only equality matters here
            self.fn = self.collation.fn
            self.context = self.collation.context

    def __dealloc__(self):
        mem_free(self.nodes)
        mem_free(self.table)
        arena_free(&self.text)

    cdef int build_set(self, Batch* batch) except -1 nogil:
        cdef uint32_t j, at, size = 16
        cdef Vector* v
        cdef Value item
        cdef uint8_t* p
        mem_free(self.table)
        self.table = NULL
        arena_reset(&self.text)
        self.has_null = False
        while size < 2 * self.n_items:
            size *= 2
        self.table = <Value*>mem_zalloc(size, sizeof(Value))
        self.table_mask = size - 1
        self.set_state = -1
        self.seen_run = self.ctx.run
        for j in range(self.n_items):
            v = (<Expr>self.nodes[j]).eval(batch, NULL, 1)
            vec_get(v, 0, &item)
            if item.tag == TAG_NULL:
                self.has_null = True
                continue
            if item.tag == TAG_TEXT and self.fn != NULL:
                return 0            # equality under this collation is not equality of bytes
            normal_form(&item)
            at = <uint32_t>hash_value(&item) & self.table_mask
            while self.table[at].tag != TAG_NULL and not same_value(&self.table[at], &item):
                at = (at + 1) & self.table_mask
            if self.table[at].tag != TAG_NULL:
                continue
            if item.tag == TAG_TEXT or item.tag == TAG_BLOB:
                p = arena_alloc(&self.text, item.size)
                if item.size:
                    memcpy(p, item.num.p, item.size)
                item.num.p = p
            self.table[at] = item
        self.set_state = 1
        return 0

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* out = &self.out
        cdef Vector* a
        cdef uint32_t k, i, mask = MASK_INT, at
        cdef Value v
        cdef int found
        vec_reserve(out, lanes_needed(sel, n))
        if self.n_items == 0:
            for k in range(n):
                i = sel_lane(sel, k)
                out.tag[i] = TAG_INT
                out.num[i].i = self.negated
            out.mask = MASK_INT
            return out
        a = self.operand.eval(batch, sel, n)
        if self.constant and self.n_items >= HASH_FROM and n > 0:
            if self.set_state == 0 or self.seen_run != self.ctx.run:
                self.build_set(batch)
            if self.set_state == 1:
                for k in range(n):
                    i = sel_lane(sel, k)
                    vec_get(a, i, &v)
                    out.tag[i] = TAG_INT
                    if v.tag == TAG_NULL:
                        out.tag[i] = TAG_NULL
                        mask |= MASK_NULL
                        continue
                    normal_form(&v)
                    at = <uint32_t>hash_value(&v) & self.table_mask
                    while self.table[at].tag != TAG_NULL and not same_value(&self.table[at], &v):
                        at = (at + 1) & self.table_mask
                    if self.table[at].tag != TAG_NULL:
                        out.num[i].i = not self.negated
                    elif self.has_null:
                        out.tag[i] = TAG_NULL
                        mask |= MASK_NULL
                    else:
                        out.num[i].i = self.negated
                out.mask = mask
                return out
        self.compare_items(batch, a, sel, n)
        return out

    cdef int compare_items(self, Batch* batch, Vector* a, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef Vector* out = &self.out
        cdef Vector* b
        cdef uint16_t open_lanes[BATCH_MAX]
        cdef uint32_t i, j, k, m = 0, n_open, mask = MASK_INT
        cdef Value v, w
        cdef int c
        for k in range(n):
            i = sel_lane(sel, k)
            if a.tag[i & a.lane_mask] == TAG_NULL:
                out.tag[i] = TAG_NULL
                mask |= MASK_NULL
            else:
                out.tag[i] = TAG_INT
                out.num[i].i = self.negated
                open_lanes[m] = <uint16_t>i
                m += 1
        n_open = m
        for j in range(self.n_items):
            if n_open == 0:
                break
            b = (<Expr>self.nodes[j]).eval(batch, open_lanes, n_open)
            m = 0
            for k in range(n_open):
                i = open_lanes[k]
                vec_get(a, i, &v)
                vec_get(b, i, &w)
                if w.tag == TAG_NULL:
                    out.tag[i] = TAG_NULL
                    mask |= MASK_NULL
                else:
                    if v.tag == TAG_INT and w.tag == TAG_INT:
                        c = v.num.i != w.num.i
                    else:
                        c = compare_values(&v, &w, self.fn, self.context)
                        if c == -2:
                            raise_pending()
                    if c == 0:
                        out.tag[i] = TAG_INT
                        out.num[i].i = not self.negated
                        continue
                open_lanes[m] = <uint16_t>i
                m += 1
            n_open = m
        out.mask = mask
        return 0
