"""Changes inside one B-tree page; see page_edit.pxd.

All arithmetic on offsets that stand in the page is checked: a freeblock list that leaves the page, goes backwards or overlaps raises.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy, memmove, memset
from pumice.memory cimport mem_alloc, mem_free
from pumice.storage.btree.layout cimport (
    LEAF_BIT, MIN_CELL, Limits, cell_size_at, cells_at, content_start, get16, header_at, n_cells_of, put16, put32, raise_corrupt,
)
from pumice.storage.pager.pager cimport Page

cdef enum:
    MAX_FRAGMENTS = 57            # no new fragments above this, so that the one-byte total holds


cdef int free_bytes(const Limits* lim, Page* page) except -1 nogil:
    cdef uint8_t* data = page.data
    cdef uint32_t hdr = header_at(page)
    cdef uint32_t start = content_start(page)
    cdef uint32_t end = cells_at(page) + 2 * n_cells_of(page)
    cdef uint32_t total, at, size, after
    if page.free_known:
        return page.free_known - 1
    if start < end or start > lim.usable:
        return raise_corrupt("start of cell content", page.pgno)
    total = start - end + data[hdr + 7]
    at = get16(data + hdr + 1)
    if at and at < start:
        return raise_corrupt("freeblock before the cell content", page.pgno)
    while at:
        if at > lim.usable - 4:
            return raise_corrupt("freeblock beyond the page", page.pgno)
        after = get16(data + at)
        size = get16(data + at + 2)
        if size < 4 or at + size > lim.usable or (after and after < at + size + 4):
            return raise_corrupt("freeblock size or order", page.pgno)
        total += size
        at = after
    if total > lim.usable - hdr:
        return raise_corrupt("free space", page.pgno)
    page.free_known = <uint16_t>(total + 1)
    return total


cdef int find_slot(const Limits* lim, Page* page, uint32_t size) except -1 nogil:
    """Takes `size` bytes from the first freeblock that has them; returns their offset, 0 when none has."""
    cdef uint8_t* data = page.data
    cdef uint32_t hdr = header_at(page)
    cdef uint32_t link = hdr + 1
    cdef uint32_t at = get16(data + link)
    cdef uint32_t low = content_start(page)
    cdef uint32_t block, rest
    while at:
        if at < low or at > lim.usable - 4:
            return raise_corrupt("freeblock", page.pgno)
        block = get16(data + at + 2)
        if at + block > lim.usable:
            return raise_corrupt("freeblock beyond the page", page.pgno)
        if block >= size:
            rest = block - size
            if rest < 4:
                if data[hdr + 7] > MAX_FRAGMENTS:
                    return 0
                data[link] = data[at]
                data[link + 1] = data[at + 1]
                data[hdr + 7] += <uint8_t>rest
                return at
            put16(data + at + 2, rest)
            return at + rest
        link = at
        low = at + block
        at = get16(data + at)
    return 0


cdef int free_space(const Limits* lim, Page* page, uint32_t start, uint32_t size) except -1 nogil:
    """Gives [start, start + size) back, merged with what is free around it. Source: freeSpace."""
    cdef uint8_t* data = page.data
    cdef uint32_t hdr = header_at(page)
    cdef uint32_t end = start + size
    cdef uint32_t link = hdr + 1
    cdef uint32_t block = get16(data + link)
    cdef uint32_t fragments = 0, link_end, content
    if end > lim.usable:
        return raise_corrupt("cell beyond the page's end", page.pgno)
    if lim.wipe:
        memset(data + start, 0, size)
    while block and block < start:
        if block <= link and link != hdr + 1:
            return raise_corrupt("freeblock order", page.pgno)
        if block > lim.usable - 4 or block < hdr + 8:
            return raise_corrupt("freeblock", page.pgno)
        link = block
        block = get16(data + block)
        if block and block <= link:
            return raise_corrupt("freeblock order", page.pgno)
    if block > lim.usable - 4:
        return raise_corrupt("freeblock beyond the page", page.pgno)
    if block and end + 3 >= block:
        if end > block:
            return raise_corrupt("freeblock within a cell", page.pgno)
        fragments = block - end
        end = block + get16(data + block + 2)
        if end > lim.usable:
            return raise_corrupt("freeblock beyond the page", page.pgno)
        block = get16(data + block)
    if link > hdr + 1:
        link_end = link + get16(data + link + 2)
        if link_end + 3 >= start:
            if link_end > start:
                return raise_corrupt("freeblock within a cell", page.pgno)
            fragments += start - link_end
            start = link
    if fragments > data[hdr + 7]:
        return raise_corrupt("fragmented bytes", page.pgno)
    data[hdr + 7] -= <uint8_t>fragments
    content = content_start(page)
    if start <= content:
        if start < content or (link != hdr + 1 and link != start):
            return raise_corrupt("start of cell content", page.pgno)
        put16(data + hdr + 1, block)
        put16(data + hdr + 5, end)
        return 0
    if link != start:
        put16(data + link, start)
    put16(data + start, block)
    put16(data + start + 2, end - start)
    return 0


cdef int defragment(const Limits* lim, Page* page) except -1 nogil:
    """Moves all cells to the page's end, so that all free bytes are in the gap."""
    cdef uint32_t hdr = header_at(page)
    cdef uint32_t first = cells_at(page)
    cdef uint32_t n = n_cells_of(page)
    cdef uint32_t at = lim.usable, i, size
    cdef uint8_t flag = page.data[hdr]
    cdef uint8_t* copy = <uint8_t*>mem_alloc(lim.usable, 1)
    cdef const uint8_t* cell
    cdef bint sound = True
    memcpy(copy, page.data, lim.usable)
    for i in range(n):
        cell = copy + get16(copy + first + 2 * i)
        size = cell_size_at(lim, flag, cell, copy + lim.usable)
        if size == 0 or size > at - (first + 2 * n):
            sound = False
            break
        at -= size
        memcpy(page.data + at, cell, size)
        put16(page.data + first + 2 * i, at)
    mem_free(copy)
    if lim.wipe and sound:
        memset(page.data + first + 2 * n, 0, at - (first + 2 * n))
    if not sound:
        page.btree_ok = 0
        return raise_corrupt("cells larger than the page", page.pgno)
    put16(page.data + hdr + 1, 0)
    put16(page.data + hdr + 5, at)
    page.data[hdr + 7] = 0
    return 0


cdef int insert_cell(const Limits* lim, Page* page, uint32_t i, const uint8_t* head, uint32_t n_head, const uint8_t* body,
                     uint32_t n_body) except -1 nogil:
    cdef uint8_t* data = page.data
    cdef uint32_t hdr = header_at(page)
    cdef uint32_t n = get16(data + hdr + 3)
    cdef uint32_t first = cells_at(page)
    cdef uint32_t end = first + 2 * n
    cdef uint32_t start = content_start(page)
    cdef uint32_t size = n_head + n_body
    cdef uint32_t at = 0
    cdef uint8_t* cell
    if size < MIN_CELL:
        size = MIN_CELL
    if i > n or start < end:
        return raise_corrupt("B-tree page header", page.pgno)
    if data[hdr + 1] | data[hdr + 2] and start >= end + 2:
        at = find_slot(lim, page, size)
    if at == 0:
        if start < end + 2 + size:
            if <uint32_t>free_bytes(lim, page) < size + 2:
                return 0
            defragment(lim, page)
            start = content_start(page)
            if start < end + 2 + size:
                return raise_corrupt("free space", page.pgno)
        at = start - size
        put16(data + hdr + 5, at)
    cell = data + at
    memcpy(cell, head, n_head)
    if n_body:
        memcpy(cell + n_head, body, n_body)
    if n_head + n_body < MIN_CELL:
        memset(cell + n_head + n_body, 0, MIN_CELL - n_head - n_body)
    if i < n:
        memmove(data + first + 2 * i + 2, data + first + 2 * i, 2 * (n - i))
    put16(data + first + 2 * i, at)
    put16(data + hdr + 3, n + 1)
    if page.free_known:
        page.free_known -= <uint16_t>(size + 2)
    return 1


cdef int drop_cell(const Limits* lim, Page* page, uint32_t i, uint32_t size) except -1 nogil:
    cdef uint8_t* data = page.data
    cdef uint32_t hdr = header_at(page)
    cdef uint32_t n = get16(data + hdr + 3)
    cdef uint32_t first = cells_at(page)
    if i >= n:
        return raise_corrupt("cell index", page.pgno)
    free_space(lim, page, get16(data + first + 2 * i), size)
    n -= 1
    if n == 0:
        empty_page(lim, page, data[hdr])
        return 0
    if i < n:
        memmove(data + first + 2 * i, data + first + 2 * i + 2, 2 * (n - i))
    put16(data + hdr + 3, n)
    if page.free_known:
        page.free_known += <uint16_t>(size + 2)
    return 0


cdef void empty_page(const Limits* lim, Page* page, uint8_t flag) noexcept nogil:
    """No cells; the rightmost child of an inner page is left as it is."""
    cdef uint8_t* p = page.data + header_at(page)
    p[0] = flag
    memset(p + 1, 0, 7)
    put16(p + 5, lim.usable)
    if lim.wipe:
        memset(p + (8 if flag & LEAF_BIT else 12), 0, lim.usable - header_at(page) - (8 if flag & LEAF_BIT else 12))
    page.btree_ok = 1
    page.free_known = <uint16_t>(lim.usable - cells_at(page) + 1)


cdef int build_page(const Limits* lim, Page* page, uint8_t flag, uint32_t n, uint8_t** cells, const uint32_t* sizes,
                    uint32_t right_child) except -1 nogil:
    cdef uint32_t hdr = header_at(page)
    cdef uint32_t first = hdr + (8 if flag & LEAF_BIT else 12)
    cdef uint32_t at = lim.usable, i
    cdef uint8_t* data = page.data
    empty_page(lim, page, flag)
    if not flag & LEAF_BIT:
        put32(data + hdr + 8, right_child)
    for i in range(n):
        if sizes[i] + first + 2 * n > at:
            page.btree_ok = 0
            return raise_corrupt("cells larger than the page", page.pgno)
        at -= sizes[i]
        memcpy(data + at, cells[i], sizes[i])
        put16(data + first + 2 * i, at)
    put16(data + hdr + 3, n)
    put16(data + hdr + 5, at)
    page.free_known = <uint16_t>(at - first - 2 * n + 1)
    return 0
