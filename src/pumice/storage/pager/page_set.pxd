"""What a transaction remembers of pages that it does not hold in the cache.

    PageSet    page numbers, as a bit map whose memory is touched only where there are members
    PageMap    page number -> number above 0, a hash table with open addressing
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t

cdef struct PageSet:
    uint8_t* bits            # owned; NULL: empty
    uint32_t capacity        # page numbers below this have a bit

cdef struct PageMap:
    uint32_t* pgno           # owned; 0: an unused place
    int64_t* value           # owned
    uint32_t n
    uint32_t capacity        # a power of two, or 0

cdef int page_map_put(PageMap* m, uint32_t pgno, int64_t value) except -1 nogil
cdef int64_t page_map_get(const PageMap* m, uint32_t pgno) noexcept nogil              # 0: there is none
cdef void page_map_clear(PageMap* m) noexcept nogil

cdef int page_set_add(PageSet* s, uint32_t pgno, uint32_t n_pages) except -1 nogil     # n_pages: about how many there are, >= pgno
cdef void page_set_clear(PageSet* s) noexcept nogil

cdef inline bint page_set_has(const PageSet* s, uint32_t pgno) noexcept nogil:
    return pgno < s.capacity and (s.bits[pgno >> 3] >> (pgno & 7)) & 1
