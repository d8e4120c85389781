"""InJoin: the condition of a scan that its row may find a match in a hash join above; see in_join.pxd."""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.row_store cimport CHUNK_LANES, CHUNK_SHIFT, RowStore
from pumice.exec.vector.vector cimport Batch, Vector, sel_lane
from pumice.memory cimport mem_free, mem_zalloc
from pumice.values cimport MASK_INT, TAG_INT

cdef enum:
    BITS_PER_KEY = 16           # one row in 16 without a match passes
    MIN_BITS = 10               # of a position
    MAX_BITS = 23               # ... a megabyte of positions: what the processor's cache may hold
    TRIAL = 4096                # rows after which a filter that most rows pass is left alone
cdef uint64_t MIX = <uint64_t>0x9E3779B97F4A7C15


cdef class JoinFilter:
    def __cinit__(self):
        self.bits = NULL

    def __dealloc__(self):
        mem_free(self.bits)

    cdef void forget(self) noexcept nogil:
        self.ready = False
        self.generation += 1

    cdef int fill(self, RowStore keys, uint32_t column) except -1 nogil:
        """Takes the keys in `column`, unless not all of them are integers."""
        cdef int n_bits = MIN_BITS
        cdef uint32_t row
        cdef uint64_t h
        self.forget()
        if keys.masks[column] & ~<uint32_t>MASK_INT or keys.n_rows > 1 << (MAX_BITS - 2):
            return 0
        while n_bits < MAX_BITS and <uint64_t>1 << n_bits < <uint64_t>keys.n_rows * BITS_PER_KEY:
            n_bits += 1
        mem_free(self.bits)
        self.bits = NULL
        self.bits = <uint64_t*>mem_zalloc(<uint64_t>1 << (n_bits - 6), sizeof(uint64_t))
        self.shift = 64 - n_bits
        for row in range(keys.n_rows):
            h = (<uint64_t>keys.chunks[row >> CHUNK_SHIFT][column].num[row & CHUNK_LANES].i * MIX) >> self.shift
            self.bits[h >> 6] |= <uint64_t>1 << (h & 63)
        self.ready = True
        return 0


cdef class InJoin(Expr):
    def __init__(self, JoinFilter keys not None, Expr operand not None):
        self.keys = keys
        self.operand = operand
        self.seen_generation = -1

    cdef int64_t select(self, Batch* batch, const uint16_t* sel, uint32_t n, uint16_t* out) except -1 nogil:
        cdef uint32_t k
        cdef Vector* v
        cdef int64_t n_passed
        if self.seen_generation != self.keys.generation:
            self.seen_generation = self.keys.generation
            self.n_asked = self.n_passed = 0
        v = self.operand.eval(batch, sel, n)
        if not self.keys.ready or v.lane_mask == 0 or (self.n_asked > TRIAL and self.n_passed * 2 > self.n_asked):
            for k in range(n):
                out[k] = sel_lane(sel, k)
            return n
        n_passed = lanes_in(v, self.keys.bits, self.keys.shift, sel, n, out)
        self.n_asked += n
        self.n_passed += n_passed
        return n_passed


cdef uint32_t lanes_in(Vector* v, const uint64_t* bits, int shift, const uint16_t* sel, uint32_t n, uint16_t* out) noexcept nogil:
    """The live lanes that may be a key, to `out`: a REAL may equal an integer."""
    cdef uint32_t k, m = 0
    cdef uint16_t i
    cdef uint64_t h
    for k in range(n):
        i = sel_lane(sel, k)
        h = (<uint64_t>v.num[i].i * MIX) >> shift
        out[m] = i
        m += <uint32_t>(v.tag[i] != TAG_INT) | <uint32_t>((bits[h >> 6] >> (h & 63)) & 1)
    return m
