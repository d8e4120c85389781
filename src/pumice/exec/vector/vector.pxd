"""Vector and Batch: up to BATCH_MAX rows, a column at a time. The unit that operators hand to each other.

    Vector   tag[]  num[]  size[]     struct of arrays; lane i of a constant vector is lane 0 (`lane_mask` is 0)
             mask                     storage classes that occur (a superset), so kernels choose a typed loop once a batch

    Batch    n lanes; `sel` (ascending lane numbers, n_sel of them) names the rows still alive, NULL = all of them;
             cols[] point to vectors owned by whoever made them

TEXT/BLOB lanes point into a pinned page or an arena and are valid until the next `next()` of the operator (or the next eval
of the expression) that made them. Whoever keeps values longer copies them.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from pumice.memory cimport Arena
from pumice.values cimport Num, Value

cdef enum:
    BATCH_MAX = 1024              # lanes; small enough that a few vectors stay in the L1/L2 cache

cdef struct Vector:
    uint8_t* tag                  # owned, `capacity` entries
    Num* num                      # owned
    uint32_t* size                # owned; bytes of TEXT/BLOB lanes
    uint32_t mask                 # MASK_* of all live lanes (superset)
    uint32_t lane_mask            # ALL_LANES, or 0 for a constant: lane i is stored at i & lane_mask
    uint32_t capacity             # allocated lanes
    Arena arena                   # owned; bytes of lanes computed here

cdef enum:
    ALL_LANES = 0xFFFF

cdef struct Batch:
    uint32_t n                    # lanes
    uint32_t n_sel                # live lanes (= n when sel is NULL)
    uint16_t* sel                 # borrowed or owned by the maker; NULL = lanes 0..n-1
    uint32_t n_cols
    Vector** cols                 # array owned by the maker of the batch; vectors borrowed

cdef void vec_init(Vector* v) noexcept nogil                          # zero
cdef int vec_reserve(Vector* v, uint32_t n) except -1 nogil           # at least n lanes (contents kept); clears lane_mask to ALL_LANES
cdef void vec_free(Vector* v) noexcept nogil
cdef int vec_set_const(Vector* v, const Value* value) except -1 nogil   # one lane for all; text is borrowed

cdef inline void vec_get(const Vector* v, uint32_t i, Value* out) noexcept nogil:
    i = i & v.lane_mask
    out.tag = v.tag[i]
    out.num = v.num[i]
    out.size = v.size[i]

cdef inline void vec_put(Vector* v, uint32_t i, const Value* value) noexcept nogil:
    """Stores a lane; text is borrowed. The caller reserved the lane and keeps `mask` true."""
    v.tag[i] = value.tag
    v.num[i] = value.num
    v.size[i] = value.size

cdef inline uint32_t sel_lane(const uint16_t* sel, uint32_t k) noexcept nogil:
    """The k-th live lane."""
    return k if sel == NULL else sel[k]
