"""ScalarFunction: a scalar SQL function as a kernel over vectors."""

from libc.stdint cimport uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.vector cimport Vector
from pumice.storage.record.key_info cimport Collation

cdef class ScalarFunction:
    cdef readonly str name
    # Computes lanes (sel, n) of `out` (reserved by the caller for the highest lane + 1; out.arena was reset) and sets out.mask.
    # `args` are n_args vectors (some may be constant). `collation` is None unless the function uses one.
    cdef int call(self, ExecContext ctx, Collation collation, Vector** args, uint32_t n_args, const uint16_t* sel, uint32_t n, Vector* out) except -1 nogil
