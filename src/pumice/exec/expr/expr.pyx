"""Expr: the base of compiled expressions; a condition's generic `select` and the truth of a vector's lanes. See expr.pxd."""

from libc.stdint cimport int64_t, uint16_t, uint32_t
from pumice.exec.vector.convert cimport value_is_true
from pumice.exec.vector.vector cimport Batch, Vector, sel_lane, vec_free, vec_get, vec_init
from pumice.values cimport MASK_INT, MASK_NULL, MASK_REAL, TAG_INT, TAG_NULL, Value


cdef class Expr:
    def __cinit__(self, *args, **kwargs):
        vec_init(&self.out)

    def __dealloc__(self):
        vec_free(&self.out)

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        with gil:
            raise NotImplementedError(f"{type(self).__name__}.eval")

    cdef int64_t select(self, Batch* batch, const uint16_t* sel, uint32_t n, uint16_t* out) except -1 nogil:
        if n == 0:
            return 0
        return select_true(self.eval(batch, sel, n), sel, n, out)


cdef int64_t select_true(Vector* v, const uint16_t* sel, uint32_t n, uint16_t* out) noexcept nogil:
    """The live lanes whose value is true, to `out` (which may be `sel`); returns their number."""
    cdef uint32_t k, m = 0
    cdef uint16_t i
    cdef Value value
    if v.lane_mask == 0:
        vec_get(v, 0, &value)
        if not value_is_true(&value):
            return 0
        for k in range(n):
            out[k] = sel_lane(sel, k)
        return n
    if v.mask & ~<uint32_t>(MASK_NULL | MASK_INT) == 0:
        if sel == NULL:
            for k in range(n):
                out[m] = <uint16_t>k
                m += (v.tag[k] == TAG_INT) & (v.num[k].i != 0)
        else:
            for k in range(n):
                i = sel[k]
                out[m] = i
                m += (v.tag[i] == TAG_INT) & (v.num[i].i != 0)
        return m
    for k in range(n):
        i = sel_lane(sel, k)
        vec_get(v, i, &value)
        out[m] = i
        m += value_is_true(&value)
    return m
