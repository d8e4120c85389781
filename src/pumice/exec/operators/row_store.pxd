"""RowStore: copied rows that outlive their batches, in columnar chunks of BATCH_MAX rows; text in one arena.

    row r, column c  ->  chunks[r / BATCH_MAX][c], lane r % BATCH_MAX

Sort, joins, grouping and shared plans keep their rows here. Rows are numbered from 0 in the order of appending and never move,
so a row number stands for the row.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from pumice.exec.vector.vector cimport Batch, Vector, vec_get
from pumice.memory cimport Arena
from pumice.values cimport Value

cdef enum:
    CHUNK_SHIFT = 10                    # BATCH_MAX is 1 << CHUNK_SHIFT
    CHUNK_LANES = 1023                  # BATCH_MAX - 1

cdef enum:
    NO_ROW = 0xFFFFFFFF                 # in lists of row numbers: a row of NULLs

cdef class RowStore:
    cdef readonly uint32_t n_cols
    cdef uint32_t n_rows
    cdef Vector** chunks                # owned; arrays of n_cols Vectors (one at least)
    cdef uint32_t n_chunks
    cdef uint32_t cap_chunks
    cdef uint32_t last_cap              # lanes reserved in the last chunk
    cdef bint spare                     # chunks[0] is allocated, with FIRST_LANES lanes, though n_chunks is 0
    cdef uint32_t* masks                # owned, n_cols: MASK_* of each whole column
    cdef Arena arena                    # owned
    cdef uint32_t room(self, uint32_t wanted) except 0 nogil
    cdef int append(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil      # copies live lanes of cols[0 .. n_cols)
    cdef int append_lane(self, Vector** cols, uint32_t lane) except -1 nogil
    cdef int append_row(self, const Value* values) except -1 nogil
    cdef int gather(self, uint32_t col, const uint32_t* rows, uint32_t n, Vector* out) except -1 nogil    # lanes 0 .. n-1 of `out`; text is borrowed
    cdef void view(self, uint32_t chunk, Vector** cols) noexcept nogil                        # column pointers of a chunk, no copy
    cdef uint32_t chunk_rows(self, uint32_t chunk) noexcept nogil
    cdef size_t size_bytes(self) noexcept nogil
    cdef void clear(self) noexcept nogil
    cdef void free_chunk(self, uint32_t chunk) noexcept nogil

# Copies live lanes at .. at+n of `src` to lanes used .. of `dst` (reserved by the caller, who also joins the masks); text into `arena`, or
# borrowed when that is NULL.
cdef int copy_lanes(Vector* src, const uint16_t* sel, uint32_t at, uint32_t n, Vector* dst, uint32_t used, Arena* arena) except -1 nogil

cdef inline void store_get(RowStore s, uint32_t row, uint32_t col, Value* out) noexcept nogil:
    cdef Vector* v = &s.chunks[row >> CHUNK_SHIFT][col]
    row = row & CHUNK_LANES
    out.tag = v.tag[row]
    out.num = v.num[row]
    out.size = v.size[row]
