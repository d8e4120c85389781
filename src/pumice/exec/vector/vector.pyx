"""Vector memory: making room for lanes and setting constants; the layout and its invariants are in vector.pxd."""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memset
from pumice.memory cimport arena_free, mem_free, mem_realloc
from pumice.values cimport Num, Value

cdef enum:
    MIN_LANES = 8       # a point query uses one lane; the next batch sizes are 8, 64, ...


cdef void vec_init(Vector* v) noexcept nogil:
    memset(v, 0, sizeof(Vector))
    v.lane_mask = ALL_LANES


cdef int vec_reserve(Vector* v, uint32_t n) except -1 nogil:
    cdef uint32_t capacity
    v.lane_mask = ALL_LANES
    if n <= v.capacity:
        return 0
    capacity = MIN_LANES
    while capacity < n:
        capacity *= 2
    # Each array is stored back as soon as it has moved, so that a failure in between leaves a vector that can be freed.
    v.num = <Num*>mem_realloc(v.num, capacity, sizeof(Num))
    v.size = <uint32_t*>mem_realloc(v.size, capacity, sizeof(uint32_t))
    v.tag = <uint8_t*>mem_realloc(v.tag, capacity, 1)
    v.capacity = capacity
    return 0


cdef void vec_free(Vector* v) noexcept nogil:
    mem_free(v.tag)
    mem_free(v.num)
    mem_free(v.size)
    arena_free(&v.arena)
    memset(v, 0, sizeof(Vector))


cdef int vec_set_const(Vector* v, const Value* value) except -1 nogil:
    vec_reserve(v, 1)
    v.tag[0] = value.tag
    v.num[0] = value.num
    v.size[0] = value.size
    v.mask = <uint32_t>1 << value.tag
    v.lane_mask = 0
    return 0
