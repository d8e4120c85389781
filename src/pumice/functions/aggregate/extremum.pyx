"""min and max: the extremum under a collation, and which rows made it (for bare columns beside a lone min or max).

`changed[k]` is 1 for a row that is the new extremum, and for a NULL row while there is none: SQLite takes the bare columns of an all-NULL
group from its last row. NULLs are ignored; without any other value the result is NULL. Ties keep the first row.
Source: "Built-in Aggregate Functions"; "SELECT", section 2.5 (bare columns). Tests: tests/unit/functions/test_aggregate.py.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy
from pumice.exec.context cimport ExecContext, raise_pending
from pumice.exec.vector.vector cimport Vector, sel_lane, vec_get
from pumice.functions.aggregate.aggregate cimport AggregateFunction
from pumice.memory cimport Arena, arena_alloc, mem_free, mem_realloc
from pumice.storage.record.key_info cimport CollateFn, Collation, compare_values
from pumice.values cimport MASK_INT, MASK_REAL, TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Num, Value

cdef struct BestState:
    Value best              # TAG_NULL: none yet; TEXT/BLOB bytes are in `bytes`
    uint8_t* bytes          # owned
    uint32_t capacity


cdef int keep(ExecContext ctx, BestState* s, const Value* v) except -1 nogil:
    """Makes `v` the extremum; copies its bytes."""
    if v.tag == TAG_TEXT or v.tag == TAG_BLOB:
        if v.size > s.capacity:
            s.bytes = <uint8_t*>mem_realloc(s.bytes, v.size, 1)
            ctx.state_bytes += v.size - s.capacity
            s.capacity = v.size
        if v.size:
            memcpy(s.bytes, v.num.p, v.size)
        s.best.num.p = s.bytes
        s.best.size = v.size
        s.best.tag = v.tag
        return 0
    s.best = v[0]
    return 0


cdef class Extremum(AggregateFunction):
    cdef bint is_max

    def __init__(self, str name, bint is_max):
        self.name = name
        self.is_max = is_max
        self.state_size = sizeof(BestState)

    cdef int update(self, ExecContext ctx, Collation collation, uint8_t** states, uint8_t* single, Vector** args, uint32_t n_args,
                    const uint16_t* sel, uint32_t n, uint8_t* changed) except -1 nogil:
        cdef Vector* a = args[0]
        cdef uint32_t k, i, mask = a.lane_mask
        cdef BestState* s = <BestState*>single
        cdef CollateFn fn = NULL
        cdef void* context = NULL
        cdef Value v
        cdef int64_t x
        cdef double r
        cdef int c
        cdef bint better
        cdef bint is_max = self.is_max
        if collation is not None:
            fn = collation.fn
            context = collation.context
        if a.mask == MASK_INT:
            for k in range(n):
                if states != NULL:
                    s = <BestState*>states[k]
                x = a.num[sel_lane(sel, k) & mask].i
                if s.best.tag == TAG_INT:
                    better = x > s.best.num.i if is_max else x < s.best.num.i
                    if better:
                        s.best.num.i = x
                elif s.best.tag == TAG_NULL:
                    better = True
                    s.best.tag = TAG_INT
                    s.best.num.i = x
                else:
                    v.tag = TAG_INT
                    v.num.i = x
                    c = compare_values(&v, &s.best, fn, context)
                    better = c > 0 if is_max else c < 0
                    if better:
                        s.best = v
                if changed != NULL:
                    changed[k] = better
            return 0
        if a.mask == MASK_REAL:
            for k in range(n):
                if states != NULL:
                    s = <BestState*>states[k]
                r = a.num[sel_lane(sel, k) & mask].r
                v.tag = TAG_REAL
                v.num.r = r
                if s.best.tag == TAG_REAL:
                    better = r > s.best.num.r if is_max else r < s.best.num.r
                elif s.best.tag == TAG_NULL:
                    better = True
                else:
                    c = compare_values(&v, &s.best, fn, context)
                    better = c > 0 if is_max else c < 0
                if better:
                    s.best.tag = TAG_REAL
                    s.best.num.r = r
                if changed != NULL:
                    changed[k] = better
            return 0
        for k in range(n):
            if states != NULL:
                s = <BestState*>states[k]
            vec_get(a, sel_lane(sel, k), &v)
            if s.best.tag == TAG_NULL:
                better = True
            elif v.tag == TAG_NULL:
                better = False
            else:
                c = compare_values(&v, &s.best, fn, context)
                if c == -2:
                    raise_pending()
                better = c > 0 if is_max else c < 0
            if better and v.tag != TAG_NULL:
                keep(ctx, s, &v)
            if changed != NULL:
                changed[k] = better
        return 0

    cdef int final(self, ExecContext ctx, uint8_t* state, Arena* arena, Value* out) except -1 nogil:
        cdef BestState* s = <BestState*>state
        cdef uint8_t* p
        out[0] = s.best
        if s.best.tag == TAG_TEXT or s.best.tag == TAG_BLOB:
            p = arena_alloc(arena, s.best.size)
            if s.best.size:
                memcpy(p, s.bytes, s.best.size)
            out.num.p = p
        return 0

    cdef void destroy(self, uint8_t* state) noexcept nogil:
        mem_free((<BestState*>state).bytes)
        (<BestState*>state).bytes = NULL


def table():
    """(name, min_args, max_args, implementation, keywords of FunctionDef)."""
    minmax = {"uses_collation": True, "flags": frozenset(["minmax"])}
    return [("min", 1, 1, Extremum("min", False), minmax), ("max", 1, 1, Extremum("max", True), minmax)]
