"""LaneFunction: a scalar function written for one row; see lane.pxd."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.convert cimport REAL_TEXT_MAX, value_to_text
from pumice.exec.vector.vector cimport Vector, sel_lane, vec_get, vec_put
from pumice.memory cimport arena_alloc, mem_alloc, mem_free
from pumice.storage.record.key_info cimport Collation

from pumice import errors

cdef enum:
    STACK_ARGS = 8              # more arguments than this are collected on the heap


cdef int raise_error(const char* message) except -1 nogil:
    with gil:
        raise errors.sql_error(message.decode())


cdef int raise_too_big() except -1 nogil:
    with gil:
        raise errors.make("SQLITE_TOOBIG", "string or blob too big")


cdef uint8_t* result_bytes(Frame* f, uint64_t n) except NULL nogil:
    if n > MAX_LENGTH:
        raise_too_big()
    return arena_alloc(f.arena, n)


cdef int text_of(Frame* f, const Value* v, Value* out) except -1 nogil:
    cdef uint8_t* scratch = NULL
    if v.tag == TAG_INT or v.tag == TAG_REAL:
        scratch = arena_alloc(f.arena, REAL_TEXT_MAX)
    value_to_text(v, scratch, out)
    return 0


cdef uint32_t append_utf8(uint8_t* out, uint32_t c) noexcept nogil:
    if c < 0x80:
        out[0] = <uint8_t>c
        return 1
    if c < 0x800:
        out[0] = 0xC0 + <uint8_t>((c >> 6) & 0x1F)
        out[1] = 0x80 + <uint8_t>(c & 0x3F)
        return 2
    if c < 0x10000:
        out[0] = 0xE0 + <uint8_t>((c >> 12) & 0x0F)
        out[1] = 0x80 + <uint8_t>((c >> 6) & 0x3F)
        out[2] = 0x80 + <uint8_t>(c & 0x3F)
        return 3
    out[0] = 0xF0 + <uint8_t>((c >> 18) & 0x07)
    out[1] = 0x80 + <uint8_t>((c >> 12) & 0x3F)
    out[2] = 0x80 + <uint8_t>((c >> 6) & 0x3F)
    out[3] = 0x80 + <uint8_t>(c & 0x3F)
    return 4


cdef LaneFunction lane_function(str name, LaneFn fn, int64_t variant, bint strict):
    cdef LaneFunction function = LaneFunction.__new__(LaneFunction)
    function.name = name
    function.fn = fn
    function.variant = variant
    function.strict = strict
    return function


cdef class LaneFunction(ScalarFunction):
    cdef int call(self, ExecContext ctx, Collation collation, Vector** args, uint32_t n_args, const uint16_t* sel, uint32_t n,
                  Vector* out) except -1 nogil:
        cdef Value on_stack[STACK_ARGS]
        cdef Value* values = on_stack
        cdef Frame f
        cdef LaneFn fn = self.fn
        cdef Value result
        cdef uint32_t k, i, j, mask = 0
        cdef bint skip
        f.ctx = <void*>ctx
        f.arena = &out.arena
        f.fn = NULL
        f.collate_context = NULL
        f.variant = self.variant
        if collation is not None:
            f.fn = collation.fn
            f.collate_context = collation.context
        if n_args > STACK_ARGS:
            values = <Value*>mem_alloc(n_args, sizeof(Value))
        memset(&result, 0, sizeof(Value))
        try:
            for k in range(n):
                i = sel_lane(sel, k)
                result.tag = TAG_NULL
                skip = False
                for j in range(n_args):
                    vec_get(args[j], i, &values[j])
                    skip |= values[j].tag == TAG_NULL
                if not (skip and self.strict):
                    fn(&f, values, n_args, &result)
                vec_put(out, i, &result)
                mask |= <uint32_t>1 << result.tag
        finally:
            if values != on_stack:
                mem_free(values)
        out.mask = mask
        return 0
