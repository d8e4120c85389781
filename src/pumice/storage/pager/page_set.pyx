"""PageSet and PageMap; see page_set.pxd."""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memset
from pumice.memory cimport mem_free, mem_zalloc

cdef enum:
    LARGEST = 0xfffffff8
    FIRST_PLACES = 256       # of a map


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


cdef uint32_t place_of(const PageMap* m, uint32_t pgno) noexcept nogil:
    """Where `pgno` is in the map, or belongs."""
    cdef uint32_t at = (pgno * <uint32_t>0x9E3779B1) & (m.capacity - 1)
    while m.pgno[at] and m.pgno[at] != pgno:
        at = (at + 1) & (m.capacity - 1)
    return at


cdef int page_map_grow(PageMap* m) except -1 nogil:
    cdef PageMap larger
    cdef uint32_t i, at
    cdef bint done = False
    memset(&larger, 0, sizeof(PageMap))
    larger.capacity = m.capacity * 2 if m.capacity else FIRST_PLACES
    try:
        larger.pgno = <uint32_t*>mem_zalloc(larger.capacity, sizeof(uint32_t))
        larger.value = <int64_t*>mem_zalloc(larger.capacity, sizeof(int64_t))
        done = True
    finally:
        if not done:
            page_map_clear(&larger)
    for i in range(m.capacity):
        if m.pgno[i]:
            at = place_of(&larger, m.pgno[i])
            larger.pgno[at] = m.pgno[i]
            larger.value[at] = m.value[i]
    larger.n = m.n
    page_map_clear(m)
    m[0] = larger
    return 0


cdef int page_map_put(PageMap* m, uint32_t pgno, int64_t value) except -1 nogil:
    cdef uint32_t at
    if (m.n + 1) * 2 > m.capacity:
        page_map_grow(m)
    at = place_of(m, pgno)
    if m.pgno[at] == 0:
        m.pgno[at] = pgno
        m.n += 1
    m.value[at] = value
    return 0


cdef int64_t page_map_get(const PageMap* m, uint32_t pgno) noexcept nogil:
    return m.value[place_of(m, pgno)] if m.n else 0


cdef void page_map_clear(PageMap* m) noexcept nogil:
    mem_free(m.pgno)
    mem_free(m.value)
    memset(m, 0, sizeof(PageMap))
