"""Auto-vacuum; see vacuum.pxd.

    | 1 | map | root ... | data | free | data | free | free | data |      the last pages move into free ones before them,
    | 1 | map | root ... | data | data | data |                           then the file is cut

The pointer map tells for every page who points to it, so a move needs no search. Moving a page's content is copying it to another number:
the pager journals both. Roots occupy the lowest numbers (up to META_LARGEST_ROOT) so that they never need to move at a commit.
Source: SQLite file format 1.8; src/btree.c relocatePage, modifyPagePointer, incrVacuumStep, finalDbSize, btreeCreateTable.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy
from pumice.storage.btree.layout cimport (
    LEAF_BIT, CellInfo, cell_at, get32, header_at, n_cells_of, parse_cell, put32, raise_corrupt,
)
from pumice.storage.btree.page_store cimport (
    FREE_COUNT_AT, FREELIST_AT, LARGEST_ROOT_AT, PTR_BTREE, PTR_FREE, PTR_OVERFLOW1, PTR_OVERFLOW2, PTR_ROOT, PageStore,
)
from pumice.storage.pager.pager cimport Page


cdef int relocate(PageStore store, uint32_t source, uint32_t target) except -1 nogil:
    cdef uint8_t kind = 0
    cdef uint32_t parent = 0
    cdef Page* page
    cdef Page* copy
    store.map_get(source, &kind, &parent)
    if kind == PTR_FREE or source < 3 or target < 3:
        return raise_corrupt("page to move", source)
    store.write_seq += 1
    if kind == PTR_OVERFLOW1 or kind == PTR_OVERFLOW2:
        page = store.pager.get(source)
    else:
        page = store.btree_page(source)
    try:
        copy = store.pager.get_zeroed(target)
        memcpy(copy.data, page.data, store.pager.page_size)
        copy.btree_ok = page.btree_ok
        copy.free_known = page.free_known
        page.btree_ok = 0
        store.pager.unpin(page)
        page = copy
        if kind == PTR_BTREE or kind == PTR_ROOT:
            store.map_children(page)
        elif get32(page.data):
            store.map_put(get32(page.data), PTR_OVERFLOW2, target)
    finally:
        store.pager.unpin(page)
    store.map_put(target, kind, parent)
    if kind != PTR_ROOT:
        repoint(store, parent, kind, source, target)
    return 0


cdef int repoint(PageStore store, uint32_t pgno, uint8_t kind, uint32_t source, uint32_t target) except -1 nogil:
    """The one pointer to `source` that page `pgno` holds names `target` from now on."""
    cdef Page* page
    cdef uint8_t flag
    cdef uint8_t* cell
    cdef uint32_t i, hdr
    cdef CellInfo info
    if kind == PTR_OVERFLOW2:
        page = store.pager.get(pgno)
    else:
        page = store.btree_page(pgno)
    try:
        page = store.writable(page)
        if kind == PTR_OVERFLOW2:
            if get32(page.data) != source:
                return raise_corrupt("pointer-map entry of an overflow page", source)
            put32(page.data, target)
            return 0
        hdr = header_at(page)
        flag = page.data[hdr]
        for i in range(n_cells_of(page)):
            cell = cell_at(page, i)
            if not parse_cell(&store.lim, flag, cell, page.data + store.lim.usable, &info):
                return raise_corrupt("cell", pgno)
            if kind == PTR_OVERFLOW1:
                if info.overflow == source:
                    put32(cell + (info.payload - cell) + info.n_local, target)
                    return 0
            elif not flag & LEAF_BIT and get32(cell) == source:
                put32(cell, target)
                return 0
        if kind == PTR_BTREE and not flag & LEAF_BIT and get32(page.data + hdr + 8) == source:
            put32(page.data + hdr + 8, target)
            return 0
        return raise_corrupt("pointer-map entry", source)
    finally:
        store.pager.unpin(page)


cdef int set_header(PageStore store, uint32_t at, uint32_t value) except -1 nogil:
    cdef Page* one = store.header_page()
    put32(one.data + at, value)
    store.pager.unpin(one)
    return 0


cdef uint32_t get_header(PageStore store, uint32_t at) except? 0 nogil:
    cdef Page* one = store.pager.get(1)
    cdef uint32_t value = get32(one.data + at)
    store.pager.unpin(one)
    return value


cdef inline bint is_reserved(PageStore store, uint32_t pgno) noexcept nogil:
    return pgno == store.lock_page() or store.map_page_of(pgno) == pgno


cdef uint32_t place_for_root(PageStore store) except 0 nogil:
    cdef uint32_t root = get_header(store, LARGEST_ROOT_AT) + 1
    cdef uint32_t target
    cdef uint8_t kind = 0
    cdef uint32_t parent = 0
    cdef Page* page
    if root > store.pager.n_pages + 1:
        raise_corrupt("largest root page", root)
        return 0
    while is_reserved(store, root):
        root += 1
    if root > store.pager.n_pages:
        while store.pager.n_pages < root:
            target = store.extend()
            page = store.pager.get_zeroed(target)
            store.pager.unpin(page)
    else:
        store.map_get(root, &kind, &parent)
        if kind == PTR_ROOT:
            raise_corrupt("root page above the largest root", root)
            return 0
        if kind == PTR_FREE:
            if store.take_free(root, root) != root:
                raise_corrupt("free page that is not on the freelist", root)
                return 0
        else:
            page = store.allocate()
            target = page.pgno
            store.pager.unpin(page)
            relocate(store, root, target)
        page = store.pager.get_zeroed(root)
        store.pager.unpin(page)
    store.map_put(root, PTR_ROOT, 0)
    set_header(store, LARGEST_ROOT_AT, root)
    return root


cdef uint32_t next_root_below(PageStore store, uint32_t root) noexcept nogil:
    """Where the last root is once the one at `root` is gone."""
    root -= 1
    while root > 1 and is_reserved(store, root):
        root -= 1
    return root


cdef int64_t final_size(PageStore store, uint32_t n_pages, uint32_t n_free) except -1 nogil:
    """Pages of the file when `n_free` are gone, and the map pages that only they needed."""
    cdef int64_t per_map = store.lim.usable // 5
    cdef int64_t n_maps = (<int64_t>n_free - n_pages + store.map_page_of(n_pages) + per_map) // per_map
    cdef int64_t n = <int64_t>n_pages - n_free - n_maps
    if n_pages > store.lock_page() and n < store.lock_page():
        n -= 1
    while n > 1 and is_reserved(store, <uint32_t>n):
        n -= 1
    if n < 1 or n > n_pages or n_free >= n_pages:
        return raise_corrupt("freelist count", 1)
    return n


cdef int vacuum_at_commit(PageStore store) except -1 nogil:
    cdef uint32_t n_free = get_header(store, FREE_COUNT_AT)
    cdef uint32_t n_pages = store.pager.n_pages
    cdef uint32_t last = n_pages, target
    cdef int64_t size
    cdef uint8_t kind = 0
    cdef uint32_t parent = 0
    cdef Page* page
    if n_free == 0:
        return 0
    if is_reserved(store, n_pages):
        return raise_corrupt("file that ends in a map page", n_pages)
    size = final_size(store, n_pages, n_free)
    while last > size:
        if not is_reserved(store, last):
            store.map_get(last, &kind, &parent)
            if kind == PTR_ROOT:
                return raise_corrupt("root page at the file's end", last)
            if kind != PTR_FREE:
                # Free pages that lie beyond the new end are taken off the list and dropped.
                while True:
                    if get_header(store, FREE_COUNT_AT) == 0:
                        return raise_corrupt("freelist count", 1)
                    page = store.allocate()
                    target = page.pgno
                    store.pager.unpin(page)
                    if target > n_pages:
                        return raise_corrupt("freelist", target)
                    if target <= size:
                        break
                relocate(store, last, target)
        last -= 1
    set_header(store, FREELIST_AT, 0)
    set_header(store, FREE_COUNT_AT, 0)
    store.pager.set_n_pages(<uint32_t>size)
    store.write_seq += 1
    return 0


cdef int64_t vacuum_steps(PageStore store, int64_t n) except -1 nogil:
    cdef int64_t done = 0, size
    cdef uint32_t n_free, last, target
    cdef uint8_t kind = 0
    cdef uint32_t parent = 0
    cdef Page* page
    while n <= 0 or done < n:
        n_free = get_header(store, FREE_COUNT_AT)
        if n_free == 0:
            break
        last = store.pager.n_pages
        size = final_size(store, last, n_free)
        if is_reserved(store, last):
            return raise_corrupt("file that ends in a map page", last)
        store.map_get(last, &kind, &parent)
        if kind == PTR_ROOT:
            return raise_corrupt("root page at the file's end", last)
        if kind == PTR_FREE:
            if store.take_free(last, last) != last:
                return raise_corrupt("free page that is not on the freelist", last)
        else:
            target = store.take_free(2, <uint32_t>size)
            if target == 0:
                return raise_corrupt("freelist count", 1)
            relocate(store, last, target)
        last -= 1
        while last > 1 and is_reserved(store, last):
            last -= 1
        store.pager.set_n_pages(last)
        done += 1
    store.write_seq += 1
    return done
