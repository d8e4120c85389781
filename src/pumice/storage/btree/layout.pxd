"""Layout of a B-tree page: where things are in its bytes, and how a cell is read.

    [100-byte file header, page 1 only]
    hdr + 0   flag: 2 inner index, 5 inner table, 10 leaf index, 13 leaf table
        + 1   first freeblock, 0 if none            + 3   number of cells
        + 5   start of cell content (0 = 65536)     + 7   fragmented free bytes (pieces of 1 to 3)
        + 8   rightmost child, inner pages only
    then      2-byte cell offsets in key order | unallocated gap | cell content and freeblocks ... usable end

    leaf table   varint payload size, varint rowid, payload[, overflow page]        inner table   child, varint rowid
    leaf index   varint payload size, payload[, overflow page]                      inner index   child, then as leaf index

A page is checked by page_fault when it comes into the cache (`Page.btree_ok`); the readers here rely on that for cell offsets, and
parse_cell checks what it reads against the page's end all the same.
Source: SQLite file format, "B-tree Pages" (1.6); src/btree.c btreeParseCellPtr, btreeInitPage.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from pumice.storage.pager.pager cimport Page
from pumice.storage.record.record cimport get_varint

cdef enum:
    INDEX_INNER = 2
    TABLE_INNER = 5
    INDEX_LEAF = 10
    TABLE_LEAF = 13
    LEAF_BIT = 8
    MIN_CELL = 4                  # bytes that every cell takes at least, so that it can become a freeblock
    MAX_PAYLOAD = 0x7FFFFFFF

cdef struct CellInfo:
    int64_t rowid                 # table trees
    const uint8_t* payload        # local part, in the pinned page
    uint32_t n_payload            # total bytes
    uint32_t n_local              # bytes in the page; less than n_payload when the rest is on overflow pages
    uint32_t overflow             # first overflow page, 0 if none
    uint32_t size                 # bytes of the whole cell in the page

cdef struct Limits:
    uint32_t usable               # bytes of a page that may be used
    uint32_t max_local            # payload bytes that an index cell keeps in the page at most
    uint32_t max_leaf             # the same for a leaf table cell
    uint32_t min_local            # bytes kept in the page, at least, when the rest overflows
    bint wipe                     # PRAGMA secure_delete: bytes that are given up are overwritten with zeros

cdef int raise_corrupt(const char* where, uint32_t pgno) except -1 nogil
cdef const char* header_fault(const Limits* lim, Page* page) noexcept nogil     # NULL, or what is wrong; cells are not looked at
cdef const char* page_fault(const Limits* lim, Page* page) noexcept nogil       # NULL after setting page.btree_ok, or what is wrong
cdef void limits_init(Limits* lim, uint32_t usable) noexcept nogil

cdef inline uint32_t get16(const uint8_t* p) noexcept nogil:
    return (<uint32_t>p[0] << 8) | p[1]

cdef inline uint32_t get32(const uint8_t* p) noexcept nogil:
    return (<uint32_t>p[0] << 24) | (<uint32_t>p[1] << 16) | (<uint32_t>p[2] << 8) | p[3]

cdef inline void put16(uint8_t* p, uint32_t v) noexcept nogil:
    p[0] = <uint8_t>(v >> 8)
    p[1] = <uint8_t>v

cdef inline void put32(uint8_t* p, uint32_t v) noexcept nogil:
    p[0] = <uint8_t>(v >> 24)
    p[1] = <uint8_t>(v >> 16)
    p[2] = <uint8_t>(v >> 8)
    p[3] = <uint8_t>v

cdef inline uint32_t header_at(const Page* page) noexcept nogil:
    return 100 if page.pgno == 1 else 0

cdef inline bint is_leaf(const Page* page) noexcept nogil:
    return page.data[header_at(page)] & LEAF_BIT

cdef inline uint32_t cells_at(const Page* page) noexcept nogil:
    """Offset of the array of cell offsets."""
    cdef uint32_t hdr = header_at(page)
    return hdr + (8 if page.data[hdr] & LEAF_BIT else 12)

cdef inline uint32_t n_cells_of(const Page* page) noexcept nogil:
    return get16(page.data + header_at(page) + 3)

cdef inline uint32_t content_start(const Page* page) noexcept nogil:
    cdef uint32_t at = get16(page.data + header_at(page) + 5)
    return at if at else 65536

cdef inline uint8_t* cell_at(const Page* page, uint32_t i) noexcept nogil:
    return page.data + get16(page.data + cells_at(page) + 2 * i)

cdef inline uint32_t child_of(const Page* page, uint32_t i) noexcept nogil:
    """Page number of the i-th child of an inner page; the one after the last cell is the rightmost."""
    cdef uint32_t hdr = header_at(page)
    if i < get16(page.data + hdr + 3):
        return get32(page.data + get16(page.data + hdr + 12 + 2 * i))
    return get32(page.data + hdr + 8)

cdef inline uint32_t run_of_children(const Page* page, uint32_t i, uint32_t most) noexcept nogil:
    """How many children from the i-th on, at most `most`, lie one behind the other in the file."""
    cdef uint32_t first = child_of(page, i), n = 1, left = n_cells_of(page) - i + 1
    if most > left:
        most = left
    while n < most and child_of(page, i + n) == first + n:
        n += 1
    return n

cdef inline uint32_t local_size(const Limits* lim, uint32_t max_local, uint32_t n_payload) noexcept nogil:
    """Bytes of an overflowing payload that stay in the page."""
    cdef uint32_t n = lim.min_local + (n_payload - lim.min_local) % (lim.usable - 4)
    return n if n <= max_local else lim.min_local

cdef inline const uint8_t* skip_varint(const uint8_t* p) noexcept nogil:
    cdef const uint8_t* end = p + 9
    while p[0] & 0x80:
        p += 1
        if p == end:
            return p
    return p + 1

cdef inline int64_t rowid_varint(const uint8_t* p) noexcept nogil:
    """The varint at `p`; page_fault has seen it."""
    cdef uint64_t v = 0
    if p[0] < 0x80:
        return p[0]
    if p[1] < 0x80:
        return (p[0] & 0x7f) << 7 | p[1]
    if p[2] < 0x80:
        return (p[0] & 0x7f) << 14 | (p[1] & 0x7f) << 7 | p[2]
    get_varint(p, p + 9, &v)
    return <int64_t>v

cdef inline int64_t leaf_rowid(const Page* page, uint32_t i) noexcept nogil:
    return rowid_varint(skip_varint(cell_at(page, i)))

cdef inline int64_t inner_rowid(const Page* page, uint32_t i) noexcept nogil:
    return rowid_varint(cell_at(page, i) + 4)

cdef inline int parse_cell(const Limits* lim, uint8_t flag, const uint8_t* p, const uint8_t* end, CellInfo* out) noexcept nogil:
    """Reads the cell at `p` of a page of this flag; 0 when it does not fit before `end`."""
    cdef const uint8_t* start = p
    cdef uint64_t n = 0, rowid = 0
    cdef uint32_t max_local
    cdef int used
    if end - p < MIN_CELL:
        return 0
    if not flag & LEAF_BIT:
        p += 4
        if flag == TABLE_INNER:
            used = get_varint(p, end, &rowid)
            out.rowid = <int64_t>rowid
            out.payload = p
            out.n_payload = out.n_local = out.overflow = 0
            out.size = 4 + used
            return used
    used = get_varint(p, end, &n)
    if used == 0 or n > MAX_PAYLOAD:
        return 0
    p += used
    max_local = lim.max_local
    out.rowid = 0
    if flag == TABLE_LEAF:
        used = get_varint(p, end, &rowid)
        if used == 0:
            return 0
        p += used
        out.rowid = <int64_t>rowid
        max_local = lim.max_leaf
    out.payload = p
    out.n_payload = <uint32_t>n
    if n <= max_local:
        if n > <uint64_t>(end - p):
            return 0
        out.n_local = <uint32_t>n
        out.overflow = 0
        out.size = <uint32_t>(p - start) + <uint32_t>n
        if out.size < MIN_CELL:
            out.size = MIN_CELL
        return 1
    out.n_local = local_size(lim, max_local, <uint32_t>n)
    if <int64_t>out.n_local + 4 > end - p:
        return 0
    out.overflow = get32(p + out.n_local)
    out.size = <uint32_t>(p - start) + out.n_local + 4
    return 1

cdef inline uint32_t cell_size_at(const Limits* lim, uint8_t flag, const uint8_t* p, const uint8_t* end) noexcept nogil:
    """Bytes of the cell at `p`; 0 when it is malformed."""
    cdef CellInfo info
    cdef uint32_t size
    if flag == INDEX_LEAF and p < end and p[0] < 0x80 and p[0] <= lim.max_local:
        size = 1 + p[0] if p[0] >= MIN_CELL else MIN_CELL
        return size if <int64_t>size <= end - p else 0
    if not parse_cell(lim, flag, p, end, &info):
        return 0
    return info.size
