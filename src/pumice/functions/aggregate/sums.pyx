"""count, sum, total, avg: one state each, tight loops where a batch is all INTEGER or all REAL.

sum of INTEGERs is an INTEGER and raises `integer overflow`; a REAL among them, or text that is no integer, makes it a REAL, summed with
the error term of Kahan, Babuska and Neumaier as SQLite does since 3.43. NULLs do not count. Without rows: count and total 0, else NULL.
Source: "Built-in Aggregate Functions"; https://en.wikipedia.org/wiki/Kahan_summation_algorithm.
Tests: tests/unit/functions/test_aggregate.py.
"""

from libc.math cimport fabs, isfinite
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.convert cimport blob_to_text, strict_number, value_to_real
from pumice.exec.vector.vector cimport Vector, sel_lane, vec_get
from pumice.functions.aggregate.aggregate cimport AggregateFunction
from pumice.memory cimport Arena, arena_free, arena_init
from pumice.storage.record.key_info cimport Collation
from pumice.values cimport MASK_INT, MASK_NULL, MASK_REAL, TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, Num, Value

from pumice import errors

cdef extern from *:
    bint add_overflow "__builtin_add_overflow"(int64_t a, int64_t b, int64_t* out) noexcept nogil

cdef struct SumState:
    double sum                  # meaningful once `approximate`
    double error                # what rounding has lost
    int64_t int_sum             # exact so far, until `approximate`
    int64_t count               # not NULL
    uint8_t approximate
    uint8_t overflow            # only INTEGERs so far, and they overflowed

cdef enum:
    SUM, TOTAL, AVG


cdef inline void add_real(SumState* s, double r) noexcept nogil:
    cdef double t = s.sum + r
    if fabs(s.sum) > fabs(r):
        s.error += (s.sum - t) + r
    else:
        s.error += (r - t) + s.sum
    s.sum = t


cdef inline void add_int(SumState* s, int64_t i) noexcept nogil:
    """Halves that a double cannot hold exactly are added in two parts."""
    cdef int64_t small
    if i <= -(<int64_t>1 << 52) or i >= <int64_t>1 << 52:
        small = i % 16384
        add_real(s, <double>(i - small))
        add_real(s, <double>small)
    else:
        add_real(s, <double>i)


cdef void become_approximate(SumState* s) noexcept nogil:
    cdef int64_t i = s.int_sum, small
    s.approximate = 1
    if i <= -(<int64_t>1 << 52) or i >= <int64_t>1 << 52:
        small = i % 16384
        s.sum = <double>(i - small)
        s.error = <double>small
    else:
        s.sum = <double>i
        s.error = 0.0


cdef inline void step_int(SumState* s, int64_t i) noexcept nogil:
    s.count += 1
    if s.approximate:
        add_int(s, i)
    elif add_overflow(s.int_sum, i, &i):
        # `i` holds the wrapped sum: undo it to get the addend back.
        i = <int64_t>(<uint64_t>i - <uint64_t>s.int_sum)
        s.overflow = 1
        become_approximate(s)
        add_int(s, i)
    else:
        s.int_sum = i


cdef inline void step_real(SumState* s, double r) noexcept nogil:
    s.count += 1
    if not s.approximate:
        become_approximate(s)
    else:
        s.overflow = 0
    add_real(s, r)


cdef inline void step_value(SumState* s, const Value* v) noexcept nogil:
    cdef Value number
    if v.tag == TAG_INT:
        step_int(s, v.num.i)
    elif v.tag == TAG_REAL:
        step_real(s, v.num.r)
    elif v.tag != TAG_NULL:
        if strict_number(v, &number) and number.tag == TAG_INT:
            step_int(s, number.num.i)
        else:
            step_real(s, value_to_real(v))


cdef class Sum(AggregateFunction):
    """sum, total or avg."""

    cdef int which

    def __init__(self, str name, int which):
        self.name = name
        self.which = which
        self.state_size = sizeof(SumState)

    cdef int update(self, ExecContext ctx, Collation collation, uint8_t** states, uint8_t* single, Vector** args, uint32_t n_args,
                    const uint16_t* sel, uint32_t n, uint8_t* changed) except -1 nogil:
        cdef Vector* a = args[0]
        cdef uint32_t k, i, mask = a.lane_mask
        cdef SumState* s = <SumState*>single
        cdef SumState local
        cdef Value v
        cdef Arena arena                    # of text made from BLOBs
        cdef Num* num = a.num
        if a.mask == MASK_INT:
            if states == NULL:
                local = s[0]
                for k in range(n):
                    step_int(&local, num[sel_lane(sel, k) & mask].i)
                s[0] = local
            else:
                for k in range(n):
                    step_int(<SumState*>states[k], num[sel_lane(sel, k) & mask].i)
        elif a.mask == MASK_REAL:
            if states == NULL:
                local = s[0]
                for k in range(n):
                    step_real(&local, num[sel_lane(sel, k) & mask].r)
                s[0] = local
            else:
                for k in range(n):
                    step_real(<SumState*>states[k], num[sel_lane(sel, k) & mask].r)
        elif a.mask != MASK_NULL:
            arena_init(&arena)
            try:
                for k in range(n):
                    vec_get(a, sel_lane(sel, k), &v)
                    if v.tag == TAG_BLOB:
                        # A REAL whatever its text looks like.
                        blob_to_text(&v, ctx.encoding, &arena)
                        v.num.r = value_to_real(&v)
                        v.tag = TAG_REAL
                    step_value(s if states == NULL else <SumState*>states[k], &v)
            finally:
                arena_free(&arena)
        return 0

    cdef int final(self, ExecContext ctx, uint8_t* state, Arena* arena, Value* out) except -1 nogil:
        cdef SumState* s = <SumState*>state
        cdef double r
        out.tag = TAG_NULL
        if s.count == 0 and self.which != TOTAL:
            return 0
        if self.which == SUM and not s.approximate:
            out.tag = TAG_INT
            out.num.i = s.int_sum
            return 0
        if self.which == SUM and s.overflow:
            with gil:
                raise errors.sql_error("integer overflow")
        if s.approximate:
            r = s.sum + s.error if isfinite(s.error) else s.sum
        else:
            r = <double>s.int_sum
        if self.which == AVG:
            r = r / <double>s.count
        out.num.r = r
        out.tag = TAG_REAL if r == r else TAG_NULL
        return 0


cdef class Count(AggregateFunction):
    """count(*) without an argument, count(x) of what is not NULL."""

    def __init__(self):
        self.name = "count"
        self.state_size = sizeof(int64_t)

    cdef int update(self, ExecContext ctx, Collation collation, uint8_t** states, uint8_t* single, Vector** args, uint32_t n_args,
                    const uint16_t* sel, uint32_t n, uint8_t* changed) except -1 nogil:
        cdef uint32_t k, mask
        cdef uint8_t* tag
        cdef int64_t count = 0
        cdef bint all_lanes = n_args == 0 or args[0].mask & MASK_NULL == 0
        if states == NULL:
            if all_lanes:
                count = n
            else:
                tag = args[0].tag
                mask = args[0].lane_mask
                for k in range(n):
                    count += tag[sel_lane(sel, k) & mask] != TAG_NULL
            (<int64_t*>single)[0] += count
        elif all_lanes:
            for k in range(n):
                (<int64_t*>states[k])[0] += 1
        else:
            tag = args[0].tag
            mask = args[0].lane_mask
            for k in range(n):
                (<int64_t*>states[k])[0] += tag[sel_lane(sel, k) & mask] != TAG_NULL
        return 0

    cdef int final(self, ExecContext ctx, uint8_t* state, Arena* arena, Value* out) except -1 nogil:
        out.tag = TAG_INT
        out.num.i = (<int64_t*>state)[0]
        return 0


def table():
    """(name, min_args, max_args, implementation, keywords of FunctionDef)."""
    return [
        ("count", 0, 0, Count(), {"flags": frozenset(["counts_star"])}),
        ("count", 1, 1, Count(), {}),
        ("sum", 1, 1, Sum("sum", SUM), {"can_raise": True}),
        ("total", 1, 1, Sum("total", TOTAL), {}),
        ("avg", 1, 1, Sum("avg", AVG), {}),
    ]
