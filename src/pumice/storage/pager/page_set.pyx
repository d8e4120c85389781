"""PageSet; see page_set.pxd."""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcpy
from pumice.memory cimport mem_free, mem_zalloc

cdef enum:
    LARGEST = 0xfffffff8


cdef int page_set_add(PageSet* s, uint32_t pgno, uint32_t n_pages) except -1 nogil:
    cdef uint32_t capacity
    cdef uint8_t* bits
    if pgno >= s.capacity:
        # Room for a file half as large again: a growing file seldom needs another.
        capacity = LARGEST if n_pages > LARGEST // 2 else (n_pages + n_pages // 2 + 64) & LARGEST
        bits = <uint8_t*>mem_zalloc(capacity // 8, 1)
        if s.bits != NULL:
            memcpy(bits, s.bits, s.capacity // 8)
            mem_free(s.bits)
        s.bits = bits
        s.capacity = capacity
    s.bits[pgno >> 3] |= <uint8_t>1 << (pgno & 7)
    return 0


cdef void page_set_clear(PageSet* s) noexcept nogil:
    mem_free(s.bits)
    s.bits = NULL
    s.capacity = 0
