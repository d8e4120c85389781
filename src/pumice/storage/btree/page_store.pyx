"""Pages for B-trees: freelist and pointer map; see page_store.pxd.

Source: src/btree.c allocateBtreePage, freePage2, ptrmapPut, setChildPtrmaps.
Tests: tests/unit/btree, tests/format
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.memory cimport arena_free, arena_init
from pumice.storage.btree.layout cimport (
    LEAF_BIT, TABLE_INNER, CellInfo, cell_at, get32, header_at, limits_init, n_cells_of, parse_cell, put32, raise_corrupt,
)
from pumice.storage.pager.pager cimport Page, Pager

cdef enum:
    LOCK_BYTE = 0x40000000


cdef class PageStore:
    def __cinit__(self, *args, **kwargs):
        limits_init(&self.lim, 4096)
        arena_init(&self.work)

    def __dealloc__(self):
        arena_free(&self.work)

    cdef int refresh(self) except -1 nogil:
        cdef Page* one
        if self.lim.usable != self.pager.usable:
            limits_init(&self.lim, self.pager.usable)
        self.auto_vacuum = False
        if self.pager.n_pages:
            one = self.pager.get(1)
            self.auto_vacuum = get32(one.data + LARGEST_ROOT_AT) != 0
            self.pager.unpin(one)
        return 0

    cdef Page* btree_page(self, uint32_t pgno) except NULL nogil:
        return fetch(self.pager, &self.lim, pgno)

    cdef Page* writable(self, Page* page) except NULL nogil:
        cdef uint8_t ok = page.btree_ok
        page = self.pager.write(page)
        page.btree_ok = ok
        return page

    cdef Page* writable_at(self, uint32_t pgno) except NULL nogil:
        """A page of any kind, pinned and writable."""
        cdef Page* page = self.pager.get(pgno)
        cdef Page* result = NULL
        try:
            result = self.writable(page)
        finally:
            if result == NULL:
                self.pager.unpin(page)
        return result

    cdef Page* header_page(self) except NULL nogil:
        return self.writable_at(1)

    cdef uint32_t lock_page(self) noexcept nogil:
        return LOCK_BYTE // self.pager.page_size + 1

    # ---- freelist

    cdef int64_t n_free(self) except -1 nogil:
        cdef Page* one = self.pager.get(1)
        cdef int64_t n = get32(one.data + FREE_COUNT_AT)
        self.pager.unpin(one)
        return n

    cdef uint32_t extend(self) except 0 nogil:
        cdef uint32_t pgno = self.pager.n_pages + 1
        cdef Page* page
        if pgno == self.lock_page():
            pgno += 1
        if self.auto_vacuum and self.map_page_of(pgno) == pgno:
            page = self.pager.get_zeroed(pgno)
            self.pager.unpin(page)
            pgno += 1
            if pgno == self.lock_page():
                pgno += 1
        return pgno

    cdef Page* allocate(self) except NULL nogil:
        cdef uint32_t pgno = 0
        cdef Page* one = self.pager.get(1)
        cdef bint any_free = get32(one.data + FREE_COUNT_AT) != 0, is_trunk = False
        self.pager.unpin(one)
        if any_free:
            pgno = self.take_any(&is_trunk)
            if not is_trunk:
                return self.pager.reuse(pgno)
        if pgno == 0:
            pgno = self.extend()
        return self.pager.get_zeroed(pgno)

    cdef uint32_t take_any(self, bint* is_trunk) except? 0 nogil:
        """The last leaf of the first trunk, or the trunk itself when it has none."""
        cdef Page* one = self.header_page()
        cdef Page* trunk = NULL
        cdef uint32_t at, n, pgno = 0
        cdef uint32_t count = get32(one.data + FREE_COUNT_AT)
        try:
            at = get32(one.data + FREELIST_AT)
            if count >= self.pager.n_pages or at < 2 or at > self.pager.n_pages:
                return raise_corrupt("freelist", at)
            trunk = self.pager.get(at)
            n = get32(trunk.data + 4)
            is_trunk[0] = n == 0
            if n == 0:
                pgno = at
                put32(one.data + FREELIST_AT, get32(trunk.data))
            else:
                if n > self.lim.usable // 4 - 2:
                    return raise_corrupt("freelist trunk", at)
                pgno = get32(trunk.data + 4 + 4 * n)
                if pgno < 2 or pgno > self.pager.n_pages or pgno == at:
                    return raise_corrupt("freelist leaf", at)
                trunk = self.writable(trunk)
                put32(trunk.data + 4, n - 1)
            put32(one.data + FREE_COUNT_AT, count - 1)
        finally:
            self.pager.unpin(one)
            if trunk != NULL:
                self.pager.unpin(trunk)
        return pgno

    cdef uint32_t take_free(self, uint32_t low, uint32_t high) except? 0 nogil:
        """Walks the whole freelist; only vacuuming and root placement need that."""
        cdef Page* one = self.header_page()
        cdef Page* trunk = NULL
        cdef Page* before = NULL
        cdef Page* leaf = NULL
        cdef uint32_t at, n, i, k, pgno, first_leaf, n_steps = 0
        cdef uint32_t count = get32(one.data + FREE_COUNT_AT)
        try:
            at = get32(one.data + FREELIST_AT)
            while at:
                n_steps += 1
                if at < 2 or at > self.pager.n_pages or n_steps > self.pager.n_pages or count == 0:
                    return raise_corrupt("freelist", at)
                trunk = self.pager.get(at)
                n = get32(trunk.data + 4)
                if n > self.lim.usable // 4 - 2:
                    return raise_corrupt("freelist trunk", at)
                for i in range(n):
                    pgno = get32(trunk.data + 8 + 4 * i)
                    if low <= pgno <= high:
                        if pgno < 2 or pgno > self.pager.n_pages:
                            return raise_corrupt("freelist leaf", at)
                        trunk = self.writable(trunk)
                        put32(trunk.data + 8 + 4 * i, get32(trunk.data + 4 + 4 * n))
                        put32(trunk.data + 4, n - 1)
                        put32(one.data + FREE_COUNT_AT, count - 1)
                        return pgno
                if low <= at <= high:
                    first_leaf = get32(trunk.data)
                    if n:
                        # Its first leaf becomes the trunk in its place.
                        first_leaf = get32(trunk.data + 8)
                        if first_leaf < 2 or first_leaf > self.pager.n_pages or first_leaf == at:
                            return raise_corrupt("freelist leaf", at)
                        leaf = self.pager.get_zeroed(first_leaf)
                        put32(leaf.data, get32(trunk.data))
                        put32(leaf.data + 4, n - 1)
                        for k in range(1, n):
                            put32(leaf.data + 4 + 4 * k, get32(trunk.data + 8 + 4 * k))
                    if before == NULL:
                        put32(one.data + FREELIST_AT, first_leaf)
                    else:
                        before = self.writable(before)
                        put32(before.data, first_leaf)
                    put32(one.data + FREE_COUNT_AT, count - 1)
                    return at
                at = get32(trunk.data)
                if before != NULL:
                    self.pager.unpin(before)
                before = trunk
                trunk = NULL
            return 0
        finally:
            self.pager.unpin(one)
            if trunk != NULL:
                self.pager.unpin(trunk)
            if before != NULL:
                self.pager.unpin(before)
            if leaf != NULL:
                self.pager.unpin(leaf)

    cdef int free_page(self, uint32_t pgno) except -1 nogil:
        """As a leaf of the first trunk while that has room (its content need not be written then), else as a new trunk.

        Six places of a trunk stay unused for the sake of SQLite before 3.6, as SQLite itself does.
        """
        cdef Page* one
        cdef Page* trunk = NULL
        cdef Page* page = NULL
        cdef uint32_t at, n, count
        if pgno < 2 or pgno > self.pager.n_pages:
            return raise_corrupt("page to free", pgno)
        one = self.header_page()
        try:
            count = get32(one.data + FREE_COUNT_AT)
            at = get32(one.data + FREELIST_AT)
            put32(one.data + FREE_COUNT_AT, count + 1)
            if self.auto_vacuum:
                self.map_put(pgno, PTR_FREE, 0)
            if count:
                if at < 2 or at > self.pager.n_pages or at == pgno:
                    return raise_corrupt("freelist", at)
                trunk = self.pager.get(at)
                n = get32(trunk.data + 4)
                if n > self.lim.usable // 4 - 2:
                    return raise_corrupt("freelist trunk", at)
                if n < self.lim.usable // 4 - 8:
                    trunk = self.writable(trunk)
                    trunk.btree_ok = 0
                    put32(trunk.data + 4, n + 1)
                    put32(trunk.data + 8 + 4 * n, pgno)
                    if self.wiping != WIPE_ALL:
                        return self.pager.discard(pgno)
                    page = self.pager.get_zeroed(pgno)
                    return 0
            else:
                at = 0
            page = self.pager.get_zeroed(pgno)
            put32(page.data, at)
            put32(one.data + FREELIST_AT, pgno)
        finally:
            self.pager.unpin(one)
            if trunk != NULL:
                self.pager.unpin(trunk)
            if page != NULL:
                self.pager.unpin(page)
        return 0

    # ---- pointer map

    cdef uint32_t map_page_of(self, uint32_t pgno) noexcept nogil:
        cdef uint32_t per_map = self.lim.usable // 5 + 1
        cdef uint32_t at
        if pgno < 2:
            return 0
        at = (pgno - 2) // per_map * per_map + 2
        return at + 1 if at == self.lock_page() else at

    cdef int map_put(self, uint32_t pgno, uint8_t kind, uint32_t parent) except -1 nogil:
        cdef uint32_t map_at = self.map_page_of(pgno)
        cdef uint32_t offset = 5 * (pgno - map_at - 1)
        cdef Page* page
        if pgno <= map_at or map_at == 0 or map_at > self.pager.n_pages or offset + 5 > self.lim.usable:
            return raise_corrupt("page without a pointer-map entry", pgno)
        page = self.pager.get(map_at)
        try:
            if page.data[offset] != kind or get32(page.data + offset + 1) != parent:
                page = self.pager.write(page)
                page.btree_ok = 0
                page.data[offset] = kind
                put32(page.data + offset + 1, parent)
        finally:
            self.pager.unpin(page)
        return 0

    cdef int map_get(self, uint32_t pgno, uint8_t* kind, uint32_t* parent) except -1 nogil:
        cdef uint32_t map_at = self.map_page_of(pgno)
        cdef uint32_t offset = 5 * (pgno - map_at - 1)
        cdef Page* page
        if pgno <= map_at or map_at == 0 or offset + 5 > self.lim.usable:
            return raise_corrupt("page without a pointer-map entry", pgno)
        page = self.pager.get(map_at)
        kind[0] = page.data[offset]
        parent[0] = get32(page.data + offset + 1)
        self.pager.unpin(page)
        if kind[0] < PTR_ROOT or kind[0] > PTR_BTREE:
            return raise_corrupt("pointer-map entry", map_at)
        return 0

    cdef int map_children(self, Page* page) except -1 nogil:
        cdef uint32_t hdr = header_at(page)
        cdef uint8_t flag = page.data[hdr]
        cdef const uint8_t* end = page.data + self.lim.usable
        cdef uint32_t i
        cdef CellInfo info
        for i in range(n_cells_of(page)):
            if not parse_cell(&self.lim, flag, cell_at(page, i), end, &info):
                return raise_corrupt("cell", page.pgno)
            if info.overflow:
                self.map_put(info.overflow, PTR_OVERFLOW1, page.pgno)
            if not flag & LEAF_BIT:
                self.map_put(get32(cell_at(page, i)), PTR_BTREE, page.pgno)
        if not flag & LEAF_BIT:
            self.map_put(get32(page.data + hdr + 8), PTR_BTREE, page.pgno)
        return 0
