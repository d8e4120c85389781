"""PageSet: a set of page numbers as a bit map; its memory is touched only where there are members."""

from libc.stdint cimport uint8_t, uint32_t

cdef struct PageSet:
    uint8_t* bits            # owned; NULL: empty
    uint32_t capacity        # page numbers below this have a bit

cdef int page_set_add(PageSet* s, uint32_t pgno, uint32_t n_pages) except -1 nogil     # n_pages: about how many there are, >= pgno
cdef void page_set_clear(PageSet* s) noexcept nogil

cdef inline bint page_set_has(const PageSet* s, uint32_t pgno) noexcept nogil:
    return pgno < s.capacity and (s.bits[pgno >> 3] >> (pgno & 7)) & 1
