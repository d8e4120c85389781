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
    cdef int reset(self) except -1 nogil            # statement restart or rebinding: forget memoised subquery results, close cursors
