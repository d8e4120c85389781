"""ScalarFunction: the base class of scalar kernels; see scalar.pxd."""

from libc.stdint cimport uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.vector cimport Vector
from pumice.storage.record.key_info cimport Collation


cdef class ScalarFunction:
    cdef int call(self, ExecContext ctx, Collation collation, Vector** args, uint32_t n_args, const uint16_t* sel, uint32_t n,
                  Vector* out) except -1 nogil:
        with gil:
            raise NotImplementedError(f"{type(self).__name__}.call")
