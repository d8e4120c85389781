"""Balancing of B-trees: pages that overflow are split, pages that run empty are joined with their neighbours.

    deeper     the root overflows: its content moves into a new child, then that child is balanced        depth + 1
    quick      the last table leaf overflows at its end: the new cell alone starts a new leaf              (appends leave full pages)
    siblings   up to three neighbours and the dividers between them are laid out anew on 1 to 5 pages
    shallower  the root has one child left and its content fits: it moves into the root                    depth - 1

    parent     ... | d0 | d1 | ...            index leaves and inner pages: dividers are entries and take part:  a d0 b d1 c
                  a    b    c                 table leaves: dividers are copies of rowids, and are made anew

Cells that do not fit into a page are Pending: the page and its pending cells together are the page's logical content. The new layout is
computed over copies of the old pages, so the pages themselves can be overwritten in any order, and they are taken in ascending order of
number for the sake of scans. A failure half way leaves the tree broken: the caller's transaction must be rolled back.
Source: src/btree.c balance, balance_nonroot, balance_quick, balance_deeper.  Tests: tests/property/test_btree.py, tests/format
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from pumice.memory cimport arena_alloc
from pumice.storage.btree.layout cimport (
    LEAF_BIT, MIN_CELL, TABLE_INNER, TABLE_LEAF, CellInfo, cell_at, cell_size_at, cells_at, child_of, get16, get32, header_at,
    leaf_rowid, n_cells_of, parse_cell, put32, raise_corrupt, rowid_varint, skip_varint,
)
from pumice.storage.btree.page_edit cimport build_page, drop_cell, empty_page, free_bytes, insert_cell
from pumice.storage.btree.page_store cimport PTR_BTREE, PTR_OVERFLOW1, PageStore
from pumice.storage.pager.pager cimport Page
from pumice.storage.record.record cimport put_varint

cdef enum:
    MAX_OLD = 3                   # siblings that take part
    MAX_NEW = 5                   # pages they may need afterwards

cdef struct Cells:
    # The logical content of the siblings, left to right.
    uint8_t** cell
    uint32_t* size
    uint32_t n


cdef bint is_underfull(PageStore store, uint32_t n_free) noexcept nogil:
    return n_free * 3 > store.lim.usable * 2


cdef int balance(PageStore store, Page** pages, uint16_t* idx, int* n_held, int level, Pending* pending, bint append) except -1 nogil:
    cdef Page* page
    while True:
        page = pages[level]
        if pending.n == 0 and (level == 0 or not is_underfull(store, <uint32_t>free_bytes(&store.lim, page))):
            return level
        if level == 0:
            balance_deeper(store, pages, idx, n_held)
            level = 1
            continue
        if (append and pending.n == 1 and page.data[header_at(page)] == TABLE_LEAF and pending.at[0] == n_cells_of(page)
                and pages[level - 1].pgno != 1 and idx[level - 1] == n_cells_of(pages[level - 1])):
            balance_quick(store, pages, n_held, level, pending)
        else:
            balance_siblings(store, pages, idx, n_held, level, pending, append)
        level -= 1


cdef int balance_deeper(PageStore store, Page** pages, uint16_t* idx, int* n_held) except -1 nogil:
    """The root's content goes to a new child, whose pin becomes pages[1]; pending cells are now the child's."""
    cdef Page* root
    cdef Page* child
    cdef uint8_t flag
    cdef uint32_t hdr
    cdef Cells cells
    pages[0] = store.writable(pages[0])
    root = pages[0]
    hdr = header_at(root)
    flag = root.data[hdr]
    child = store.allocate()
    pages[1] = child
    n_held[0] = 2
    # If the root is page 1, the freelist in its header may have changed just now, on a newer copy of the page.
    pages[0] = store.writable(root)
    root = pages[0]
    cells_init(store, &cells, n_cells_of(root))
    load_cells(store, &cells, root, root.data, NULL)
    build_page(&store.lim, child, flag, cells.n, cells.cell, cells.size, get32(root.data + hdr + 8))
    empty_page(&store.lim, root, flag & ~LEAF_BIT)
    put32(root.data + hdr + 8, child.pgno)
    idx[0] = 0
    if store.auto_vacuum:
        store.map_put(child.pgno, PTR_BTREE, root.pgno)
        store.map_children(child)
    return 0


cdef int balance_quick(PageStore store, Page** pages, int* n_held, int level, Pending* pending) except -1 nogil:
    """The new last cell on a leaf of its own; the old leaf's last rowid becomes a divider."""
    cdef Page* leaf = pages[level]
    cdef Page* parent
    cdef Page* fresh
    cdef CellInfo info
    cdef uint32_t n
    cdef uint8_t* divider = arena_alloc(&store.work, 16)
    cdef uint8_t* cells[1]
    cdef uint32_t sizes[1]
    pages[level - 1] = store.writable(pages[level - 1])
    parent = pages[level - 1]
    fresh = store.allocate()
    try:
        cells[0] = pending.cell[0]
        sizes[0] = pending.size[0]
        build_page(&store.lim, fresh, TABLE_LEAF, 1, cells, sizes, 0)
        if store.auto_vacuum:
            store.map_put(fresh.pgno, PTR_BTREE, parent.pgno)
            store.map_children(fresh)
        pending.n = 0
        put32(divider, leaf.pgno)
        n = 4 + put_varint(divider + 4, <uint64_t>leaf_rowid(leaf, n_cells_of(leaf) - 1))
        put_divider(store, parent, n_cells_of(parent), divider, n, pending)
        put32(parent.data + header_at(parent) + 8, fresh.pgno)
    finally:
        store.pager.unpin(fresh)
    store.pager.unpin(leaf)
    n_held[0] = level
    return 0


cdef int put_divider(PageStore store, Page* parent, uint32_t at, uint8_t* cell, uint32_t size, Pending* pending) except -1 nogil:
    """Into the parent, or among its pending cells once one of them did not fit. `at` counts the pending ones too."""
    cdef uint8_t flag = parent.data[header_at(parent)]
    cdef CellInfo info
    if pending.n == 0 and insert_cell(&store.lim, parent, at, cell, size, NULL, 0):
        if store.auto_vacuum and flag != TABLE_INNER:
            if not parse_cell(&store.lim, flag, cell, cell + size, &info):
                return raise_corrupt("divider", parent.pgno)
            if info.overflow:
                store.map_put(info.overflow, PTR_OVERFLOW1, parent.pgno)
        return 0
    if pending.n >= MAX_PENDING:
        return raise_corrupt("too many dividers", parent.pgno)
    pending.at[pending.n] = at
    pending.cell[pending.n] = cell
    pending.size[pending.n] = size
    pending.n += 1
    return 0


cdef int cells_init(PageStore store, Cells* cells, uint32_t n_max) except -1 nogil:
    cells.cell = <uint8_t**>arena_alloc(&store.work, (n_max + 1) * sizeof(uint8_t*))
    cells.size = <uint32_t*>arena_alloc(&store.work, (n_max + 1) * sizeof(uint32_t))
    cells.n = 0
    return 0


cdef int load_cells(PageStore store, Cells* cells, Page* page, uint8_t* data, const Pending* pending) except -1 nogil:
    """Adds the cells of `page`, whose bytes are read from `data`, and its pending ones in their places."""
    cdef uint8_t flag = data[header_at(page)]
    cdef uint32_t first = cells_at(page)
    cdef uint32_t n = n_cells_of(page), i, k = 0, at = 0, size
    cdef uint8_t* cell
    for i in range(n + 1):
        while pending != NULL and k < pending.n and pending.at[k] == at:
            cells.cell[cells.n] = pending.cell[k]
            cells.size[cells.n] = pending.size[k]
            cells.n += 1
            k += 1
            at += 1
        if i == n:
            break
        cell = data + get16(data + first + 2 * i)
        size = cell_size_at(&store.lim, flag, cell, data + store.lim.usable)
        if size == 0:
            return raise_corrupt("cell", page.pgno)
        cells.cell[cells.n] = cell
        cells.size[cells.n] = size
        cells.n += 1
        at += 1
    if pending != NULL and k < pending.n:
        return raise_corrupt("pending cell out of place", page.pgno)
    return 0


cdef int balance_siblings(PageStore store, Page** pages, uint16_t* idx, int* n_held, int level, Pending* pending, bint append) except -1 nogil:
    """Lays pages[level] and its neighbours out anew. On return pages[level - 1] is their parent, `pending` what did not fit into it."""
    cdef Page* set_of_pages[MAX_OLD + MAX_NEW]
    cdef int i, n
    cdef Page* current = pages[level]
    memset(set_of_pages, 0, sizeof(set_of_pages))
    try:
        pages[level - 1] = store.writable(pages[level - 1])
        n_held[0] = level             # the pin of pages[level] is one of `set_of_pages` from here on
        set_of_pages[MAX_OLD + MAX_NEW - 1] = current
        lay_out(store, pages, idx, level, pending, append, set_of_pages)
    finally:
        for i in range(MAX_OLD + MAX_NEW):
            if set_of_pages[i] != NULL:
                store.pager.unpin(set_of_pages[i])
    return 0


cdef int lay_out(PageStore store, Page** pages, uint16_t* idx, int level, Pending* pending, bint append, Page** held) except -1 nogil:
    """`held`: every pinned page: slots 0..2 the old siblings; the last the current page until it is among them; else new pages."""
    cdef Page* parent = pages[level - 1]
    cdef Page* current = held[MAX_OLD + MAX_NEW - 1]
    cdef Page* swap
    cdef uint8_t flag = current.data[header_at(current)]
    cdef uint8_t parent_flag = parent.data[header_at(parent)]
    cdef bint leaf = (flag & LEAF_BIT) != 0
    cdef bint leaf_data = flag == TABLE_LEAF
    cdef uint32_t fix = 4 if leaf else 0          # bytes of a divider that a cell of the siblings does not have: the child
    cdef uint32_t n_parent = n_cells_of(parent), first, n_max, size, last_right = 0, pgno, start, end, n
    cdef int n_old, n_new, n_all, i, k, at_current = -1
    cdef uint8_t* copy
    cdef uint8_t* cell
    cdef Cells cells
    cdef uint32_t count_old[MAX_OLD]
    cdef uint32_t count_new[MAX_NEW]
    cdef uint32_t right

    # Which siblings.
    if idx[level - 1] > n_parent:
        return raise_corrupt("child index", parent.pgno)
    if n_parent < 2:
        first = 0
        n_old = <int>n_parent + 1
    elif append and idx[level - 1] == n_parent:
        first = n_parent - 1
        n_old = 2
    else:
        first = 0 if idx[level - 1] == 0 else n_parent - 2 if idx[level - 1] == n_parent else idx[level - 1] - 1
        n_old = 3
    n_max = pending.n + n_old
    for i in range(n_old):
        pgno = child_of(parent, first + i)
        if pgno == current.pgno and at_current < 0:
            held[MAX_OLD + MAX_NEW - 1] = NULL
            held[i] = current
            at_current = i
        else:
            for k in range(level):
                if pages[k].pgno == pgno:
                    return raise_corrupt("page among its own ancestors", pgno)
            for k in range(i):
                if held[k].pgno == pgno:
                    return raise_corrupt("page with two places in its parent", pgno)
            held[i] = store.btree_page(pgno)
            if held[i].data[header_at(held[i])] != flag:
                return raise_corrupt("sibling of another kind", pgno)
        n_max += n_cells_of(held[i])
    if at_current < 0:
        return raise_corrupt("page is not a child of its parent", current.pgno)

    # Their content, with the dividers, which leave the parent.
    cells_init(store, &cells, n_max)
    for i in range(n_old):
        copy = arena_alloc(&store.work, store.lim.usable)
        memcpy(copy, held[i].data, store.lim.usable)
        load_cells(store, &cells, held[i], copy, pending if i == at_current else NULL)
        count_old[i] = cells.n
        if not leaf:
            last_right = get32(copy + 8)
        if i == n_old - 1:
            break
        cell = cell_at(parent, first)
        size = cell_size_at(&store.lim, parent_flag, cell, parent.data + store.lim.usable)
        if size == 0:
            return raise_corrupt("cell", parent.pgno)
        if not leaf_data:
            copy = arena_alloc(&store.work, size + MIN_CELL)
            memset(copy, 0, size + MIN_CELL)
            memcpy(copy, cell, size)
            if not leaf:
                put32(copy, last_right)
            cells.cell[cells.n] = copy + fix
            cells.size[cells.n] = size - fix if size - fix > MIN_CELL else MIN_CELL
            cells.n += 1
        drop_cell(&store.lim, parent, first, size)
    pending.n = 0

    n_new = distribute(store, &cells, n_old, count_old, leaf, leaf_data, append, count_new, parent.pgno)
    if n_new < 1:
        return -1

    # The pages: the old ones, more if needed, in ascending order of number.
    n_all = n_old if n_old > n_new else n_new
    for i in range(n_all):
        if i < n_old:
            held[i] = store.writable(held[i])
        else:
            held[i] = store.allocate()
    # If the parent is page 1, allocation may have changed its header, on a newer copy of the page.
    pages[level - 1] = store.writable(parent)
    parent = pages[level - 1]
    for i in range(1, n_all):
        k = i
        while k > 0 and held[k - 1].pgno > held[k].pgno:
            swap = held[k]
            held[k] = held[k - 1]
            held[k - 1] = swap
            k -= 1

    # Is this the root's last child, and small enough to become the root?
    n = n_cells_of(parent)
    if level == 1 and n == 0 and n_new == 1:
        size = header_at(parent) + (8 if leaf else 12)
        for i in range(<int>cells.n):
            size += cells.size[i] + 2
        if size <= store.lim.usable:
            build_page(&store.lim, parent, flag, cells.n, cells.cell, cells.size, last_right)
            if store.auto_vacuum:
                store.map_children(parent)
            for i in range(n_all):
                held[i].btree_ok = 0
                store.free_page(held[i].pgno)
            return 0

    # The parent's pointer to the last of them, then pages and dividers.
    pgno = held[n_new - 1].pgno
    if first < n:
        put32(cell_at(parent, first), pgno)
    else:
        put32(parent.data + header_at(parent) + 8, pgno)
    start = 0
    for i in range(n_new):
        end = count_new[i]
        right = 0
        if not leaf:
            right = get32(cells.cell[end]) if i < n_new - 1 else last_right
        build_page(&store.lim, held[i], flag, end - start, cells.cell + start, cells.size + start, right)
        if store.auto_vacuum:
            store.map_put(held[i].pgno, PTR_BTREE, parent.pgno)
            store.map_children(held[i])
        if i < n_new - 1:
            if leaf_data:
                cell = arena_alloc(&store.work, 16)
                size = 4 + put_varint(cell + 4, <uint64_t>rowid_varint(skip_varint(cells.cell[end - 1])))
            elif leaf:
                cell = arena_alloc(&store.work, cells.size[end] + 4)
                memcpy(cell + 4, cells.cell[end], cells.size[end])
                size = cells.size[end] + 4
                if cells.size[end] == MIN_CELL:
                    # Perhaps padded to the least size of a cell; with a child in front it needs no padding.
                    size = cell_size_at(&store.lim, parent_flag, cell, cell + size)
            else:
                cell = arena_alloc(&store.work, cells.size[end])
                memcpy(cell, cells.cell[end], cells.size[end])
                size = cells.size[end]
            put32(cell, held[i].pgno)
            put_divider(store, parent, first + i, cell, size, pending)
        start = end if leaf_data else end + 1
    for i in range(n_new, n_all):
        held[i].btree_ok = 0
        store.free_page(held[i].pgno)
    return 0


cdef int distribute(PageStore store, Cells* cells, int n_old, const uint32_t* count_old, bint leaf, bint leaf_data, bint append,
                    uint32_t* count_new, uint32_t pgno) except -1 nogil:
    """How many of the cells end each new page: page i ends before cell count_new[i], which is a divider unless `leaf_data`.

    First greedily to the left, then evened out from the right (not for appends, which leave the left page full).
    Returns the number of pages.
    """
    cdef int64_t room = store.lim.usable - (8 if leaf else 12)
    cdef int64_t sizes[MAX_NEW + 1]
    cdef int64_t size, left, right, moved
    cdef uint32_t start = 0, j
    cdef int64_t r, d
    cdef int n_new = n_old, i
    for i in range(n_old):
        sizes[i] = 0
        for j in range(start, count_old[i]):
            sizes[i] += cells.size[j] + 2
        count_new[i] = count_old[i]
        start = count_old[i] if leaf_data else count_old[i] + 1
    i = 0
    while i < n_new:
        while sizes[i] > room:
            if i + 1 >= n_new:
                n_new = i + 2
                if n_new > MAX_NEW:
                    return raise_corrupt("cells larger than their pages", pgno)
                sizes[n_new - 1] = 0
                count_new[n_new - 1] = cells.n
            if count_new[i] == 0:
                return raise_corrupt("cells larger than their pages", pgno)
            size = 2 + cells.size[count_new[i] - 1]
            sizes[i] -= size
            if not leaf_data:
                size = 2 + cells.size[count_new[i]] if count_new[i] < cells.n else 0
            sizes[i + 1] += size
            count_new[i] -= 1
        while count_new[i] < cells.n:
            size = 2 + cells.size[count_new[i]]
            if sizes[i] + size > room:
                break
            sizes[i] += size
            count_new[i] += 1
            if not leaf_data:
                size = 2 + cells.size[count_new[i]] if count_new[i] < cells.n else 0
            sizes[i + 1] -= size
        if count_new[i] >= cells.n:
            n_new = i + 1
        elif count_new[i] <= (count_new[i - 1] if i > 0 else 0):
            return raise_corrupt("empty page in a layout", pgno)
        i += 1
    for i in range(n_new - 1, 0, -1):
        right = sizes[i]
        left = sizes[i - 1]
        r = <int64_t>count_new[i - 1] - 1
        d = r + 1 - leaf_data
        while r >= 0:
            if right != 0 and (append or right + cells.size[d] + 2 > left - (cells.size[r] + (0 if i == n_new - 1 else 2))):
                break
            right += cells.size[d] + 2
            left -= cells.size[r] + 2
            count_new[i - 1] = <uint32_t>r
            r -= 1
            d -= 1
        sizes[i] = right
        sizes[i - 1] = left
        if count_new[i - 1] <= (count_new[i - 2] if i > 1 else 0):
            return raise_corrupt("empty page in a layout", pgno)
    return n_new
