"""AggregateFunction: the base class of aggregates; see aggregate.pxd."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.vector cimport Vector
from pumice.memory cimport Arena
from pumice.storage.record.key_info cimport Collation
from pumice.values cimport Value


cdef class AggregateFunction:
    cdef int init(self, uint8_t* state) except -1 nogil:
        return 0

    cdef int update(self, ExecContext ctx, Collation collation, uint8_t** states, uint8_t* single, Vector** args, uint32_t n_args,
                    const uint16_t* sel, uint32_t n, uint8_t* changed) except -1 nogil:
        with gil:
            raise NotImplementedError(f"{type(self).__name__}.update")

    cdef int final(self, ExecContext ctx, uint8_t* state, Arena* arena, Value* out) except -1 nogil:
        with gil:
            raise NotImplementedError(f"{type(self).__name__}.final")

    cdef void destroy(self, uint8_t* state) noexcept nogil:
        pass
