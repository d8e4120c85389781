"""Cells and their overflow chains; see payload.pxd. Source: SQLite file format 1.7; src/btree.c fillInCell, clearCellOverflow."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy
from pumice.memory cimport arena_alloc
from pumice.storage.btree.layout cimport MAX_PAYLOAD, CellInfo, get32, local_size, put32, raise_corrupt
from pumice.storage.btree.page_store cimport PTR_OVERFLOW2, PageStore
from pumice.storage.pager.pager cimport Page
from pumice.storage.record.record cimport put_varint

from pumice import errors


cdef int make_cell(PageStore store, bint is_table, int64_t rowid, const uint8_t* payload, uint32_t n, NewCell* out) except -1 nogil:
    cdef uint32_t max_local = store.lim.max_leaf if is_table else store.lim.max_local
    cdef uint32_t local
    cdef uint8_t* body
    out.n_head = put_varint(out.head, n)
    if is_table:
        out.n_head += put_varint(out.head + out.n_head, <uint64_t>rowid)
    out.overflow = 0
    if n <= max_local:
        out.body = payload
        out.n_body = n
        return 0
    if n > MAX_PAYLOAD:
        with gil:
            raise errors.make("SQLITE_TOOBIG", "string or blob too big")
    local = local_size(&store.lim, max_local, n)
    body = arena_alloc(&store.work, local + 4)
    memcpy(body, payload, local)
    out.overflow = write_chain(store, payload + local, n - local)
    put32(body + local, out.overflow)
    out.body = body
    out.n_body = local + 4
    return 0


cdef uint32_t write_chain(PageStore store, const uint8_t* p, uint32_t n) except 0 nogil:
    """The first page of a new chain that holds `n` bytes."""
    cdef uint32_t room = store.lim.usable - 4, take, first = 0, last = 0
    cdef Page* before = NULL
    cdef Page* page
    try:
        while n:
            page = store.allocate()
            if before != NULL:
                put32(before.data, page.pgno)
                store.pager.unpin(before)
                before = page
                if store.auto_vacuum:
                    store.map_put(page.pgno, PTR_OVERFLOW2, last)
            else:
                first = page.pgno
                before = page
            last = page.pgno
            take = room if n > room else n
            memcpy(page.data + 4, p, take)
            p += take
            n -= take
    finally:
        if before != NULL:
            store.pager.unpin(before)
    return first


cdef int free_chain(PageStore store, const CellInfo* info, uint32_t pgno) except -1 nogil:
    cdef uint32_t room = store.lim.usable - 4
    cdef uint32_t n_pages, at = info.overflow
    cdef Page* page
    if info.n_local >= info.n_payload:
        return 0
    n_pages = (info.n_payload - info.n_local + room - 1) // room
    while n_pages:
        n_pages -= 1
        if at < 2 or at > store.pager.n_pages:
            return raise_corrupt("overflow chain", pgno)
        pgno = at
        if n_pages:
            page = store.pager.get(at)
            at = get32(page.data)
            store.pager.unpin(page)
        store.free_page(pgno)
    return 0
