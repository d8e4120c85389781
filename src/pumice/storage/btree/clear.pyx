"""Emptying whole trees; see clear.pxd. Source: src/btree.c clearDatabasePage."""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.storage.btree.layout cimport (
    LEAF_BIT, TABLE_INNER, CellInfo, cell_at, child_of, header_at, n_cells_of, parse_cell, raise_corrupt,
)
from pumice.storage.btree.page_edit cimport empty_page
from pumice.storage.btree.page_store cimport PageStore
from pumice.storage.btree.payload cimport free_chain
from pumice.storage.pager.pager cimport Page

cdef enum:
    MAX_LEVELS = 20


cdef int64_t clear_pages(PageStore store, uint32_t root) except -1 nogil:
    cdef uint32_t left = store.pager.n_pages
    cdef Page* page
    cdef int64_t n = clear_below(store, root, 0, &left, 0)
    page = store.btree_page(root)
    try:
        page = store.writable(page)
        empty_page(&store.lim, page, page.data[header_at(page)] | LEAF_BIT)
    finally:
        store.pager.unpin(page)
    return n


cdef int64_t clear_below(PageStore store, uint32_t pgno, int level, uint32_t* left, uint8_t kind) except -1 nogil:
    """Frees what hangs below `pgno`, and the page itself unless it is the root. `left`: pages that may still be visited."""
    cdef Page* page
    cdef const uint8_t* end
    cdef uint32_t n_cells, i
    cdef uint8_t flag
    cdef int64_t n = 0
    cdef CellInfo info
    if level >= MAX_LEVELS or left[0] == 0:
        return raise_corrupt("tree deeper or larger than the file", pgno)
    left[0] -= 1
    page = store.btree_page(pgno)
    try:
        flag = page.data[header_at(page)]
        if kind and (flag | LEAF_BIT) != kind:
            return raise_corrupt("child page of another kind", pgno)
        n_cells = n_cells_of(page)
        end = page.data + store.lim.usable
        for i in range(n_cells):
            if not flag & LEAF_BIT:
                n += clear_below(store, child_of(page, i), level + 1, left, flag | LEAF_BIT)
            if not parse_cell(&store.lim, flag, cell_at(page, i), end, &info):
                return raise_corrupt("cell", pgno)
            if info.n_local < info.n_payload:
                free_chain(store, &info, pgno)
        if not flag & LEAF_BIT:
            n += clear_below(store, child_of(page, n_cells), level + 1, left, flag | LEAF_BIT)
        if flag != TABLE_INNER:
            n += n_cells
    finally:
        store.pager.unpin(page)
    if level:
        store.free_page(pgno)
    return n
