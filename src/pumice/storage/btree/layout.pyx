"""Checking of B-tree pages; see layout.pxd."""

from libc.stdint cimport uint8_t, uint32_t
from pumice.storage.pager.pager cimport Page

from pumice import errors

cdef enum:
    MAX_VARINT = 9


cdef int raise_corrupt(const char* where, uint32_t pgno) except -1 nogil:
    with gil:
        raise errors.corrupt(where.decode(), pgno)


cdef void limits_init(Limits* lim, uint32_t usable) noexcept nogil:
    lim.usable = usable
    lim.max_local = (usable - 12) * 64 // 255 - 23
    lim.min_local = (usable - 12) * 32 // 255 - 23
    lim.max_leaf = usable - 35


cdef inline bint plainly_fits(const Limits* lim, uint8_t flag, const uint8_t* p, uint32_t left) noexcept nogil:
    """A cell of `left` bytes at most needs no closer look: its payload does not overflow, and ends within them whatever its rowid
    takes. True of most cells, so that a page check seldom reads more than the first bytes of each."""
    cdef uint32_t head = 1, n
    if not flag & LEAF_BIT:
        if flag == TABLE_INNER:
            return left >= 4 + MAX_VARINT
        p += 4
        head += 4
        if left < MIN_CELL + 2:
            return False
    n = p[0]
    if n & 0x80:
        if p[1] & 0x80:
            return False
        n = (n & 0x7F) << 7 | p[1]
        head += 1
    if flag == TABLE_LEAF:
        return n <= lim.max_leaf and head + MAX_VARINT + n <= left
    return n <= lim.max_local and head + n <= left


cdef const char* header_fault(const Limits* lim, Page* page) noexcept nogil:
    cdef uint8_t flag = page.data[header_at(page)]
    cdef uint32_t n, first, start
    if flag != TABLE_LEAF and flag != INDEX_LEAF and flag != TABLE_INNER and flag != INDEX_INNER:
        return "B-tree page type"
    n = n_cells_of(page)
    first = cells_at(page)
    start = content_start(page)
    if n * (MIN_CELL + 2) > lim.usable - first or start > lim.usable or start < first + 2 * n:
        return "B-tree page header"
    return NULL


cdef const char* page_fault(const Limits* lim, Page* page) noexcept nogil:
    """The header and every cell lie within the page, so that all later reads of it may be raw."""
    cdef uint8_t flag = page.data[header_at(page)]
    cdef uint32_t first = cells_at(page), start = content_start(page), at, i
    cdef const uint8_t* end = page.data + lim.usable
    cdef const char* fault = header_fault(lim, page)
    cdef CellInfo info
    if fault != NULL:
        return fault
    for i in range(n_cells_of(page)):
        at = get16(page.data + first + 2 * i)
        if at < start or at > lim.usable - MIN_CELL:
            return "cell offset"
        if plainly_fits(lim, flag, page.data + at, lim.usable - at):
            continue
        if not parse_cell(lim, flag, page.data + at, end, &info):
            return "cell beyond the page's end"
    page.btree_ok = 1
    page.free_known = 0
    return NULL
