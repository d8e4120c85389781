"""Expr: a compiled expression. A tree of nodes, each with one output vector that it owns.

`eval` computes the lanes named by (sel, n) and returns a vector in which those lanes (same lane numbers) hold the results;
other lanes are undefined. The vector is valid until this node's next eval. A column reference returns the batch's own vector.
`select` is for conditions: it writes the lanes that are true to `out` (room for n) and returns how many; `out` may be `sel` itself.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from pumice.exec.vector.vector cimport Batch, Vector

cdef class Expr:
    cdef Vector out          # owned
    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil
    cdef int64_t select(self, Batch* batch, const uint16_t* sel, uint32_t n, uint16_t* out) except -1 nogil

# The live lanes whose value is true, to `out` (which may be `sel`); returns their number.
cdef int64_t select_true(Vector* v, const uint16_t* sel, uint32_t n, uint16_t* out) noexcept nogil

cdef inline uint32_t lanes_needed(const uint16_t* sel, uint32_t n) noexcept nogil:
    """Lanes to reserve for (sel, n): the highest live lane + 1."""
    if n == 0:
        return 1
    return n if sel == NULL else <uint32_t>sel[n - 1] + 1

cdef inline uint32_t dense_lanes(const uint16_t* sel, uint32_t n) noexcept nogil:
    """Non-zero when `sel` names lanes 0..n-1 in order (it is ascending), so kernels may run without it."""
    return sel == NULL or n == 0 or sel[n - 1] == n - 1
