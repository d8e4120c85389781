"""Partitions of rows by hash; see partitions.pxd."""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset
from pumice.exec.spill cimport SpillFile, SpillRows
from pumice.exec.vector.vector cimport BATCH_MAX, Vector, sel_lane, vec_free, vec_init, vec_reserve
from pumice.memory cimport mem_alloc, mem_free, mem_zalloc
from pumice.values cimport MASK_INT, TAG_INT

cdef enum:
    N_PARTS = 1 << PARTITION_BITS


cdef class Partitions:
    """Args: the file, columns of a row, whether the rows' last column is their number already (n_cols does not count it)."""

    def __cinit__(self, SpillFile file not None, uint32_t n_cols, bint numbered):
        cdef uint32_t p
        self.c_parts = NULL
        self.cols = NULL
        self.lanes = NULL
        vec_init(&self.number)
        self.n_cols = n_cols
        self.numbered = numbered
        self.parts = tuple([SpillRows(file, n_cols + 1) for _ in range(N_PARTS)])
        self.c_parts = <void**>mem_zalloc(N_PARTS, sizeof(void*))
        for p in range(N_PARTS):
            self.c_parts[p] = <void*>self.parts[p]
        self.cols = <Vector**>mem_zalloc(n_cols + 1, sizeof(Vector*))
        self.lanes = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))

    def __dealloc__(self):
        mem_free(self.c_parts)
        mem_free(self.cols)
        mem_free(self.lanes)
        vec_free(&self.number)

    cdef int begin(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef uint32_t k, lane
        for k in range(self.n_cols):
            self.cols[k] = cols[k]
        if self.numbered:
            self.cols[self.n_cols] = cols[self.n_cols]
            return 0
        vec_reserve(&self.number, BATCH_MAX)
        for k in range(n):
            lane = sel_lane(sel, k)
            self.number.tag[lane] = TAG_INT
            self.number.num[lane].i = self.n_rows + k
        self.number.mask = MASK_INT
        self.n_rows += n
        self.cols[self.n_cols] = &self.number
        return 0

    cdef int add(self, const uint16_t* lanes, uint32_t n, const uint64_t* hashes, int shift) except -1 nogil:
        cdef uint32_t starts[N_PARTS + 1]
        cdef uint32_t at[N_PARTS]
        cdef uint32_t k, p
        memset(starts, 0, sizeof(starts))
        for k in range(n):
            starts[((hashes[k] >> shift) & (N_PARTS - 1)) + 1] += 1
        for p in range(N_PARTS):
            starts[p + 1] += starts[p]
            at[p] = starts[p]
        for k in range(n):
            p = (hashes[k] >> shift) & (N_PARTS - 1)
            self.lanes[at[p]] = lanes[k]
            at[p] += 1
        for p in range(N_PARTS):
            if starts[p + 1] > starts[p]:
                (<SpillRows>self.c_parts[p]).append(self.cols, self.lanes + starts[p], starts[p + 1] - starts[p])
        return 0

    cdef int flush(self) except -1 nogil:
        cdef uint32_t p
        for p in range(N_PARTS):
            (<SpillRows>self.c_parts[p]).flush()
        return 0
