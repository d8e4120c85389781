"""What is to be known of a tree without reading its entries: see measure.pxd. Tests: tests/unit/btree/test_cursor.py"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp
from pumice.storage.btree.btree cimport MAX_DEPTH
from pumice.storage.btree.layout cimport (
    LEAF_BIT, TABLE_INNER, CellInfo, Limits, cell_at, child_of, header_at, header_fault, is_leaf, n_cells_of, parse_cell,
    raise_corrupt, run_of_children,
)
from pumice.storage.btree.page_store cimport PageStore, fetch
from pumice.storage.pager.pager cimport READ_MAX, Page, Pager
from pumice.storage.record.record cimport decode_serial_unchecked, get_varint, serial_size
from pumice.values cimport Value


cdef enum:
    TELLING = 20                        # entries; of a tree that has fewer, what it will be like when it has grown is not known


cdef enum:
    TOLD = 1                            # what first_values says of an entry
    NULL_FIRST = 2


cdef struct Prefix:                     # the first values of a record, on a pinned page
    const uint8_t* types
    const uint8_t* bytes
    size_t n_types
    size_t n_bytes


cpdef int64_t count_rows(PageStore tree, uint32_t root) except -1 nogil:
    cdef uint32_t left = tree.pager.n_pages
    if tree.pager.n_pages == 0:
        return 0
    return count_below(tree, root, 0, &left)


cdef Page* fetch_counted(Pager pager, const Limits* lim, uint32_t pgno) except NULL nogil:
    """A page of which a leaf's cells have not been looked at: its header tells how many they are (a sixth of the time)."""
    cdef Page* page = pager.get(pgno)
    if page.btree_ok or (header_fault(lim, page) == NULL and page.data[header_at(page)] & LEAF_BIT):
        return page
    pager.unpin(page)
    return fetch(pager, lim, pgno)


cdef int64_t count_below(PageStore tree, uint32_t pgno, int level, uint32_t* left) except -1 nogil:
    """Entries of the subtree; `left` pages may still be visited, more would be a cycle."""
    cdef Page* page
    cdef int64_t n
    cdef uint32_t i, n_cells, behind = 0
    cdef uint8_t flag
    if level >= MAX_DEPTH or left[0] == 0:
        return raise_corrupt("tree deeper or larger than the file", pgno)
    left[0] -= 1
    page = fetch_counted(tree.pager, &tree.lim, pgno)
    n_cells = n_cells_of(page)
    flag = page.data[header_at(page)]
    n = n_cells if flag != TABLE_INNER else 0
    if not flag & LEAF_BIT:
        try:
            for i in range(n_cells + 1):
                if i == behind:
                    behind += max(1, tree.pager.read_ahead(child_of(page, i), run_of_children(page, i, READ_MAX)))
                n += count_below(tree, child_of(page, i), level + 1, left)
        finally:
            tree.pager.unpin(page)
    else:
        tree.pager.unpin(page)
    return n


cdef Page* middle_leaf(PageStore tree, uint32_t root, double* n_leaves) except NULL nogil:
    """The leaf at the end of the path of middle children, pinned; `n_leaves`: the fan-outs on the way, multiplied."""
    cdef Page* page
    cdef uint32_t pgno = root, n
    cdef int level
    n_leaves[0] = 1.0
    for level in range(MAX_DEPTH):
        page = fetch(tree.pager, &tree.lim, pgno)
        if is_leaf(page):
            return page
        n = n_cells_of(page)
        pgno = child_of(page, n // 2)
        tree.pager.unpin(page)
        n_leaves[0] *= n + 1
    raise_corrupt("tree too deep", root)
    return NULL


cpdef double estimate_rows(PageStore tree, uint32_t root) except -1 nogil:
    """Fan-outs along the path of middle children, multiplied."""
    cdef double n_leaves
    cdef Page* page = middle_leaf(tree, root, &n_leaves)
    cdef uint32_t n = n_cells_of(page)
    tree.pager.unpin(page)
    return n_leaves * n


cpdef double leaf_bytes(PageStore tree, uint32_t root) except -1 nogil:
    """Bytes of a leaf page for each of its entries, on the middle leaf; 0 for a tree of one page."""
    cdef double n_leaves
    cdef Page* page = middle_leaf(tree, root, &n_leaves)
    cdef uint32_t n = n_cells_of(page)
    cdef bint alone = page.pgno == root
    tree.pager.unpin(page)
    return 0.0 if alone or n == 0 else <double>tree.lim.usable / n


cpdef double locality(PageStore tree, uint32_t root, int64_t near) except -1 nogil:
    """Of neighbouring entries of an index over a rowid table, the fraction whose rowids differ by at most `near`: on the middle
    leaf."""
    cdef uint32_t i, close = 0, seen = 0
    cdef int64_t rowid, before = 0
    cdef double n_leaves
    cdef Page* page = middle_leaf(tree, root, &n_leaves)
    for i in range(n_cells_of(page)):
        if not last_integer(tree, page, i, &rowid):
            continue
        if seen:
            close += -near <= rowid - before <= near
        seen += 1
        before = rowid
    tree.pager.unpin(page)
    return <double>close / (seen - 1) if seen > 1 else 1.0


cpdef double null_part(PageStore tree, uint32_t root, bint descending) except -1 nogil:
    """The fraction of an index's entries whose first value is NULL: these come first, or last if it is `descending`, so that one page
    of each level tells where they end."""
    cdef double part = 0.0, width = 1.0
    cdef Prefix prefix
    cdef Page* page
    cdef uint32_t pgno = root, n, i, nulls
    cdef bint leaf
    cdef int level
    for level in range(MAX_DEPTH):
        page = fetch(tree.pager, &tree.lim, pgno)
        leaf = is_leaf(page)
        n = n_cells_of(page)
        nulls = 0
        for i in range(n):
            nulls += first_values(tree, page, i, 1, &prefix) == NULL_FIRST
        if not leaf:
            pgno = child_of(page, n - nulls if descending else nulls)
            n += 1
        tree.pager.unpin(page)
        if n:
            part += width * nulls / n
            width /= n
        if leaf:
            return part
    return part


cpdef double run_length(PageStore tree, uint32_t root, uint32_t n) except -1 nogil:
    """Entries of an index that have the same first `n` values, on average: on the middle leaf, those with NULL as the first left out;
    0 when these are all, or too few to tell."""
    cdef uint32_t i, seen = 0, runs = 0
    cdef double n_leaves
    cdef Prefix prefix, before
    cdef Page* page = middle_leaf(tree, root, &n_leaves)
    for i in range(n_cells_of(page)):
        if first_values(tree, page, i, n, &prefix) != TOLD:
            continue
        runs += (seen == 0 or prefix.n_types != before.n_types or prefix.n_bytes != before.n_bytes
                 or memcmp(prefix.types, before.types, prefix.n_types) != 0 or memcmp(prefix.bytes, before.bytes, prefix.n_bytes) != 0)
        seen += 1
        before = prefix
    tree.pager.unpin(page)
    return <double>seen / runs if seen >= TELLING else 0.0


cdef int first_values(PageStore tree, Page* page, uint32_t i, uint32_t n, Prefix* out) noexcept nogil:
    """The first `n` values of an index page's i-th entry; NULL_FIRST when the first is NULL, 0 when they reach onto an overflow page."""
    cdef CellInfo info
    cdef uint64_t header = 0, serial = 0, size = 0
    cdef const uint8_t* p
    cdef const uint8_t* end
    cdef uint32_t k
    cdef int used
    if not parse_cell(&tree.lim, page.data[header_at(page)], cell_at(page, i), page.data + tree.lim.usable, &info):
        return 0
    p = info.payload
    used = get_varint(p, p + info.n_local, &header)
    if used == 0 or header > info.n_local:
        return 0
    end = p + header
    p += used
    out.types = p
    for k in range(n):
        used = get_varint(p, end, &serial)
        if used == 0:
            return 0
        if k == 0 and serial == 0:
            return NULL_FIRST
        p += used
        size += serial_size(serial)
        if size > info.n_local - header:
            return 0
    out.n_types = p - out.types
    out.bytes = info.payload + header
    out.n_bytes = size
    return TOLD


cdef int last_integer(PageStore tree, Page* page, uint32_t i, int64_t* out) noexcept nogil:
    """The last value of an index leaf's i-th entry; 0 when it is no integer or lies on an overflow page."""
    cdef CellInfo info
    cdef uint64_t header = 0, serial = 0, body, size = 0
    cdef const uint8_t* p
    cdef const uint8_t* end
    cdef int used
    cdef Value value
    if not parse_cell(&tree.lim, page.data[header_at(page)], cell_at(page, i), page.data + tree.lim.usable, &info):
        return 0
    p = info.payload
    used = get_varint(p, p + info.n_local, &header)
    if used == 0 or header > info.n_local:
        return 0
    end = p + header
    p += used
    body = header
    while p < end:
        body += size
        used = get_varint(p, end, &serial)
        if used == 0:
            return 0
        p += used
        size = serial_size(serial)
    if serial < 1 or serial > 9 or serial == 7 or body + size > info.n_local:
        return 0
    decode_serial_unchecked(serial, info.payload + body, &value)
    out[0] = value.num.i
    return 1
