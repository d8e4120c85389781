"""AggregateFunction: an aggregate as init / update / final over fixed-size states.

A state is `state_size` bytes, zeroed before `init`; the owner of the states (the aggregation operator) keeps them in its own memory, moves
them only with memcpy, and calls `destroy` on each. What a state keeps beyond its bytes it allocates by mem_alloc, adds to ctx.state_bytes and frees in
destroy. A zeroed state may be destroyed.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.vector cimport Vector
from pumice.memory cimport Arena
from pumice.storage.record.key_info cimport Collation
from pumice.values cimport Value

cdef class AggregateFunction:
    cdef readonly str name
    cdef readonly size_t state_size
    cdef int init(self, uint8_t* state) except -1 nogil
    # Adds lanes (sel, n). states[k] belongs to the k-th live lane; with `states` NULL all lanes go to `single`.
    # changed (may be NULL; min/max only): changed[k] = 1 when the k-th live lane became the group's new extremum.
    cdef int update(self, ExecContext ctx, Collation collation, uint8_t** states, uint8_t* single, Vector** args, uint32_t n_args,
                    const uint16_t* sel, uint32_t n, uint8_t* changed) except -1 nogil
    # The result; TEXT/BLOB bytes go to `arena`.
    cdef int final(self, ExecContext ctx, uint8_t* state, Arena* arena, Value* out) except -1 nogil
    cdef void destroy(self, uint8_t* state) noexcept nogil
