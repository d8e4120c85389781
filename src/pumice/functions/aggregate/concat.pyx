"""group_concat and string_agg: the texts of a group in the order they come, with a separator (",") in front of all but the first.

The separator is that of the row it precedes; NULL for one means none. NULL values are left out; without values the result is NULL.
Raises DataError `string or blob too big` beyond 10^9 bytes.
Source: "Built-in Aggregate Functions". Tests: tests/unit/functions/test_aggregate.py.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.convert cimport REAL_TEXT_MAX, value_to_text
from pumice.exec.vector.vector cimport Vector, sel_lane, vec_get
from pumice.functions.aggregate.aggregate cimport AggregateFunction
from pumice.functions.scalar.lane cimport MAX_LENGTH, raise_too_big
from pumice.memory cimport Arena, arena_alloc, mem_free, mem_realloc
from pumice.storage.record.key_info cimport Collation
from pumice.values cimport TAG_NULL, TAG_TEXT, Value

cdef struct ConcatState:
    uint8_t* text           # owned
    uint64_t n
    uint64_t capacity
    bint any


cdef int append(ExecContext ctx, ConcatState* s, const uint8_t* p, uint32_t n) except -1 nogil:
    cdef uint64_t capacity
    if s.n + n > MAX_LENGTH:
        raise_too_big()
    if s.n + n > s.capacity:
        capacity = s.capacity * 2 if s.capacity else 32
        while capacity < s.n + n:
            capacity *= 2
        s.text = <uint8_t*>mem_realloc(s.text, capacity, 1)
        ctx.state_bytes += capacity - s.capacity
        s.capacity = capacity
    if n:
        memcpy(s.text + s.n, p, n)
    s.n += n
    return 0


cdef class GroupConcat(AggregateFunction):
    def __init__(self, str name):
        self.name = name
        self.state_size = sizeof(ConcatState)

    cdef int update(self, ExecContext ctx, Collation collation, uint8_t** states, uint8_t* single, Vector** args, uint32_t n_args,
                    const uint16_t* sel, uint32_t n, uint8_t* changed) except -1 nogil:
        cdef uint32_t k, i
        cdef ConcatState* s = <ConcatState*>single
        cdef Value v, text
        cdef uint8_t digits[REAL_TEXT_MAX]
        for k in range(n):
            i = sel_lane(sel, k)
            vec_get(args[0], i, &v)
            if v.tag == TAG_NULL:
                continue
            if states != NULL:
                s = <ConcatState*>states[k]
            if s.any:
                if n_args == 1:
                    append(ctx, s, <const uint8_t*>b",", 1)
                else:
                    vec_get(args[1], i, &text)
                    value_to_text(&text, digits, &text)
                    append(ctx, s, text.num.p, text.size)
            s.any = True
            value_to_text(&v, digits, &text)
            append(ctx, s, text.num.p, text.size)
        return 0

    cdef int final(self, ExecContext ctx, uint8_t* state, Arena* arena, Value* out) except -1 nogil:
        cdef ConcatState* s = <ConcatState*>state
        cdef uint8_t* p
        out.tag = TAG_NULL
        if not s.any:
            return 0
        p = arena_alloc(arena, s.n)
        if s.n:
            memcpy(p, s.text, s.n)
        out.tag = TAG_TEXT
        out.num.p = p
        out.size = <uint32_t>s.n
        return 0

    cdef void destroy(self, uint8_t* state) noexcept nogil:
        mem_free((<ConcatState*>state).text)
        (<ConcatState*>state).text = NULL


def table():
    """(name, min_args, max_args, implementation, keywords of FunctionDef)."""
    raising = {"flags": frozenset(["text"]), "can_raise": True}
    return [
        ("group_concat", 1, 2, GroupConcat("group_concat"), raising),
        ("string_agg", 2, 2, GroupConcat("string_agg"), raising),
    ]
