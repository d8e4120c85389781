"""Checking of B-tree pages; see layout.pxd."""

from libc.stdint cimport uint8_t, uint32_t
from pumice.storage.pager.pager cimport Page

from pumice import errors


cdef int raise_corrupt(const char* where, uint32_t pgno) except -1 nogil:
    with gil:
        raise errors.corrupt(where.decode(), pgno)


cdef void limits_init(Limits* lim, uint32_t usable) noexcept nogil:
    lim.usable = usable
    lim.max_local = (usable - 12) * 64 // 255 - 23
    lim.min_local = (usable - 12) * 32 // 255 - 23
    lim.max_leaf = usable - 35


cdef const char* page_fault(const Limits* lim, Page* page) noexcept nogil:
    """The header and every cell lie within the page, so that all later reads of it may be raw."""
    cdef uint32_t hdr = header_at(page)
    cdef uint8_t flag = page.data[hdr]
    cdef uint32_t n, first, start, at, i
    cdef const uint8_t* end = page.data + lim.usable
    cdef CellInfo info
    if flag != TABLE_LEAF and flag != INDEX_LEAF and flag != TABLE_INNER and flag != INDEX_INNER:
        return "B-tree page type"
    n = n_cells_of(page)
    first = cells_at(page)
    start = content_start(page)
    if n * (MIN_CELL + 2) > lim.usable - first or start > lim.usable or start < first + 2 * n:
        return "B-tree page header"
    for i in range(n):
        at = get16(page.data + first + 2 * i)
        if at < start or at > lim.usable - MIN_CELL:
            return "cell offset"
        if not parse_cell(lim, flag, page.data + at, end, &info):
            return "cell beyond the page's end"
    page.btree_ok = 1
    page.free_known = 0
    return NULL
