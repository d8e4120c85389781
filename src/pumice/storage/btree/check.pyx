"""The structural integrity check: every page of the file is somebody's, once, and every tree is in order.

Walks the freelist, then every tree from its root, and at the end looks for pages that nobody reached. It reads pages raw and goes on after an
error, so it does not use cursors; a page it cannot make sense of is reported and not entered. Messages are SQLite's, and so is the order: a page
is read from its last cell to its first, a rowid being compared with the one behind it. Rowids are all that is compared here, unless KeyInfos are
given (by tests of trees); the rows' checks (exec/dml/row_check.pyx) find index entries that are out of order.
Source: src/btree.c sqlite3BtreeIntegrityCheck, checkTreePage, checkList, checkPtrmap.  Tests: tests/format/test_integrity.py
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcpy
from pumice.memory cimport Arena, arena_alloc, arena_free, arena_init, arena_reset, mem_alloc, mem_free, mem_zalloc
from pumice.storage.btree.layout cimport (
    INDEX_INNER, INDEX_LEAF, LEAF_BIT, MIN_CELL, TABLE_INNER, TABLE_LEAF, CellInfo, cells_at, content_start, get16, get32, header_at, n_cells_of, parse_cell,
)
from pumice.storage.btree.page_store cimport (
    FREE_COUNT_AT, FREELIST_AT, LARGEST_ROOT_AT, PTR_BTREE, PTR_FREE, PTR_OVERFLOW1, PTR_OVERFLOW2, PTR_ROOT, PageStore,
)
from pumice.storage.pager.pager cimport Page
from pumice.storage.record.compare cimport RecordKey, compare_record, prepare_from_record
from pumice.storage.record.key_info cimport KeyInfo

cdef enum:
    MAX_LEVELS = 20
    INCR_VACUUM_AT = 64           # offset in page 1

cdef int64_t MAX_ROWID = 0x7FFFFFFFFFFFFFFF


cdef int compare_spans(const void* a, const void* b) noexcept nogil:
    cdef uint64_t x = (<const uint64_t*>a)[0], y = (<const uint64_t*>b)[0]
    return (x > y) - (x < y)


cdef class Checker:
    """One run. Errors are collected as text until `max_errors` are there."""

    cdef PageStore store
    cdef uint8_t* seen                # owned: one byte a page
    cdef uint32_t n_pages
    cdef list errors
    cdef int max_errors
    cdef uint32_t tree_root           # of the tree under way, for messages
    cdef KeyInfo key_info
    cdef int64_t n_rows               # of that tree
    cdef bytes last_record            # the entry behind the one under way
    cdef Arena arena
    cdef Arena scratch

    def __cinit__(self, PageStore store, int max_errors):
        arena_init(&self.arena)
        arena_init(&self.scratch)
        self.store = store
        self.n_pages = store.pager.n_pages
        self.seen = <uint8_t*>mem_zalloc(self.n_pages + 1, 1)
        self.errors = []
        self.max_errors = max_errors

    def __dealloc__(self):
        mem_free(self.seen)
        arena_free(&self.arena)
        arena_free(&self.scratch)

    cdef int report(self, str message) except -1:
        if len(self.errors) < self.max_errors:
            self.errors.append(message)
        return 0

    cdef bint full(self):
        return len(self.errors) >= self.max_errors

    cdef int visit(self, uint32_t pgno, str where) except -1:
        """Notes that `pgno` has an owner: 1, or 0 when it is out of range or has one already."""
        if pgno == 0 or pgno > self.n_pages:
            self.report(f"{where}invalid page number {pgno}")
            return 0
        if self.seen[pgno]:
            self.report(f"{where}2nd reference to page {pgno}")
            return 0
        self.seen[pgno] = 1
        return 1

    cdef int check_map(self, uint32_t pgno, int kind, uint32_t parent, str where) except -1:
        cdef uint8_t have = 0
        cdef uint32_t of = 0
        if not self.store.auto_vacuum:
            return 0
        try:
            self.store.map_get(pgno, &have, &of)
        except Exception:
            self.report(f"{where}Failed to read ptrmap key={pgno}")
            return 0
        if have != kind or of != parent:
            self.report(f"{where}Bad ptr map entry key={pgno} expected=({kind},{parent}) got=({have},{of})")
        return 0

    cdef int check_freelist(self) except -1:
        cdef Page* page = self.store.pager.get(1)
        cdef uint32_t at = get32(page.data + FREELIST_AT)
        cdef int64_t expected = get32(page.data + FREE_COUNT_AT), found = 0
        cdef uint32_t n, i, pgno
        cdef str where = "Freelist: "
        self.store.pager.unpin(page)
        while at and not self.full():
            if not self.visit(at, where):
                break
            found += 1
            page = self.store.pager.get(at)
            try:
                n = get32(page.data + 4)
                self.check_map(at, PTR_FREE, 0, where)
                if n > self.store.lim.usable // 4 - 2:
                    self.report(f"{where}freelist leaf count too big on page {at}")
                    n = 0
                for i in range(n):
                    pgno = get32(page.data + 8 + 4 * i)
                    self.check_map(pgno, PTR_FREE, 0, where)
                    self.visit(pgno, where)
                found += n
                at = get32(page.data)
            finally:
                self.store.pager.unpin(page)
        if found != expected and not self.errors:
            self.report(f"{where}size is {found} but should be {expected}")
        return 0

    cdef int check_chain(self, const CellInfo* info, uint32_t pgno, str where) except -1:
        cdef uint32_t room = self.store.lim.usable - 4
        cdef uint32_t expected = (info.n_payload - info.n_local + room - 1) // room
        cdef uint32_t at = info.overflow, found = 0
        cdef Py_ssize_t before = len(self.errors)
        cdef Page* page
        self.check_map(at, PTR_OVERFLOW1, pgno, where)
        while at and not self.full():
            if not self.visit(at, where):
                break
            found += 1
            page = self.store.pager.get(at)
            pgno, at = at, get32(page.data)
            self.store.pager.unpin(page)
            if found < expected:
                self.check_map(at, PTR_OVERFLOW2, pgno, where)
        if found != expected and len(self.errors) == before:
            self.report(f"{where}overflow list length is {found} but should be {expected}")
        return 0

    cdef int64_t check_tree(self, uint32_t root, bint whole) except -1:
        """Returns the number of rows or entries."""
        cdef int64_t largest = MAX_ROWID
        self.tree_root = root
        self.n_rows = 0
        self.last_record = None
        if whole and root > 1:
            self.check_map(root, PTR_ROOT, 0, "")
        self.check_page(root, 0, &largest, 0, "")
        return self.n_rows

    cdef int check_page(self, uint32_t pgno, int level, int64_t* bound, int32_t cell, str where) except -1:
        """One page and all below it, the last first; returns its height. `bound`: rowids must not be above it; the smallest of them on return.
        `where` leads the messages about the reference to it, which is in `cell` of its parent (as SQLite tells it)."""
        cdef Page* page
        cdef uint8_t flag
        cdef uint32_t hdr, first, start, at
        cdef int32_t n, i
        cdef int height = -1, below
        cdef CellInfo info
        cdef bint sound = True, may_equal = True
        if self.full() or pgno == 0 or not self.visit(pgno, where):      # no page: SQLite says nothing of it
            return 0
        where = f"Tree {self.tree_root} page {pgno}: "
        page = self.store.pager.get(pgno)
        try:
            hdr = header_at(page)
            flag = page.data[hdr]
            n = <int32_t>n_cells_of(page)
            if (flag != TABLE_LEAF and flag != TABLE_INNER and flag != INDEX_LEAF and flag != INDEX_INNER
                    or n > <int32_t>((self.store.pager.page_size - 8) // 6) or level >= MAX_LEVELS):
                self.report(f"{where}btreeInitPage() returns error code 11")
                return 0
            if not self.free_space_is_sound(page, n):
                self.report(f"{where}free space corruption")
                return 0
            first = cells_at(page)
            start = content_start(page)
            if flag & LEAF_BIT or flag == INDEX_INNER:
                self.n_rows += n
            if not flag & LEAF_BIT:
                where = f"Tree {self.tree_root} page {pgno} {'right child' if self.store.auto_vacuum else f'cell {cell}'}: "
                at = get32(page.data + hdr + 8)
                self.check_map(at, PTR_BTREE, pgno, where)
                height = self.check_page(at, level + 1, bound, cell, where)
                may_equal = False
            for i in range(n - 1, -1, -1):
                if self.full():
                    break
                where = f"Tree {self.tree_root} page {pgno} cell {i}: "
                at = get16(page.data + first + 2 * i)
                if at < start or at > self.store.lim.usable - MIN_CELL:
                    self.report(f"{where}Offset {at} out of range {start}..{self.store.lim.usable - MIN_CELL}")
                    sound = False
                    continue
                if not parse_cell(&self.store.lim, flag, page.data + at, page.data + self.store.lim.usable, &info):
                    self.report(f"{where}Extends off end of page")
                    sound = False
                    continue
                if flag == TABLE_LEAF or flag == TABLE_INNER:
                    if info.rowid > bound[0] or (info.rowid == bound[0] and not may_equal):
                        self.report(f"{where}Rowid {info.rowid} out of order")
                    bound[0] = info.rowid
                    may_equal = False
                if info.n_payload > info.n_local:
                    self.check_chain(&info, pgno, where)
                if self.key_info is not None and flag != TABLE_LEAF and flag != TABLE_INNER:
                    self.check_order(&info, where)
                if not flag & LEAF_BIT:
                    at = get32(page.data + at)
                    self.check_map(at, PTR_BTREE, pgno, where)
                    below = self.check_page(at, level + 1, bound, i, where)
                    may_equal = False
                    if below != height:
                        self.report(f"{where}Child page depth differs")
                        height = below
            if sound and not self.full():
                self.check_space(page, flag, <uint32_t>n)
        finally:
            self.store.pager.unpin(page)
        return height + 1

    cdef bint free_space_is_sound(self, Page* page, uint32_t n_cells):
        """Freeblocks ascend within the content area, and all that is free fits between the cells' offsets and the page's end."""
        cdef uint32_t usable = self.store.lim.usable
        cdef uint32_t hdr = header_at(page), top = content_start(page)
        cdef uint32_t free = page.data[hdr + 7] + top
        cdef uint32_t at = get16(page.data + hdr + 1), size = 0, next
        if at:
            if at < top:
                return False
            while True:
                if at > usable - 4:
                    return False
                next = get16(page.data + at)
                size = get16(page.data + at + 2)
                free += size
                if next <= at + size + 3:
                    break
                at = next
            if next or at + size > usable:
                return False
        return cells_at(page) + 2 * n_cells <= free <= usable

    cdef int check_order(self, const CellInfo* info, str where) except -1:
        """Index entries ascend under the KeyInfo; equal ones on all its columns are out of order too. They come from the last to the first."""
        cdef bytes record
        cdef RecordKey key
        if info.n_payload > <uint64_t>self.n_pages * self.store.lim.usable:
            return 0
        record = self.read(info)
        if record is None:
            return 0
        try:
            if self.last_record is not None:
                arena_reset(&self.arena)
                prepare_from_record(self.key_info, <const uint8_t*><const char*>record, <uint32_t>len(record), &key, &self.arena)
                if compare_record(self.key_info, &key, <const uint8_t*><const char*>self.last_record, <uint32_t>len(self.last_record),
                                  &self.scratch) <= 0:
                    self.report(f"{where}entries out of order")
        except Exception:
            self.report(f"{where}malformed record")
            return 0
        self.last_record = record
        return 0

    cdef bytes read(self, const CellInfo* info):
        """The whole payload, or None when its chain is broken (which has been reported)."""
        cdef bytearray out = bytearray(info.n_payload)
        cdef uint8_t* p = <uint8_t*><char*>out
        cdef uint32_t at = info.overflow, left = info.n_payload - info.n_local, take
        cdef Page* page
        memcpy(p, info.payload, info.n_local)
        p += info.n_local
        while left:
            if at < 2 or at > self.n_pages:
                return None
            page = self.store.pager.get(at)
            take = self.store.lim.usable - 4
            if take > left:
                take = left
            memcpy(p, page.data + 4, take)
            p += take
            left -= take
            at = get32(page.data)
            self.store.pager.unpin(page)
        return bytes(out)

    cdef int check_space(self, Page* page, uint8_t flag, uint32_t n) except -1:
        """Cells and freeblocks do not overlap, and the pieces between them add up to the fragment count."""
        cdef uint32_t usable = self.store.lim.usable
        cdef uint32_t first = cells_at(page), hdr = header_at(page)
        cdef uint32_t start = content_start(page)
        cdef uint64_t* spans = <uint64_t*>mem_alloc(n + usable // 4 + 2, sizeof(uint64_t))
        cdef uint32_t n_spans = 0, i, at, gaps = 0, end
        cdef bint complete = True
        cdef CellInfo info
        try:
            for i in range(n):
                at = get16(page.data + first + 2 * i)
                parse_cell(&self.store.lim, flag, page.data + at, page.data + usable, &info)
                spans[n_spans] = (<uint64_t>at << 32) | (at + info.size)
                n_spans += 1
            at = get16(page.data + hdr + 1)
            while at:           # free_space_is_sound has seen them
                spans[n_spans] = (<uint64_t>at << 32) | (at + get16(page.data + at + 2))
                n_spans += 1
                at = get16(page.data + at)
            qsort(spans, n_spans, sizeof(uint64_t), compare_spans)
            end = start
            for i in range(n_spans):
                at = <uint32_t>(spans[i] >> 32)
                if at < end:
                    self.report(f"Multiple uses for byte {at} of page {page.pgno}")
                    complete = i == n_spans - 1
                    break
                gaps += at - end
                end = <uint32_t>spans[i]
            gaps += usable - end
            if complete and gaps != page.data[hdr + 7]:
                self.report(f"Fragmentation of {gaps} bytes reported as {page.data[hdr + 7]} on page {page.pgno}")
        finally:
            mem_free(spans)
        return 0

    cdef int check_unused(self) except -1:
        cdef uint32_t pgno
        cdef bint is_map
        for pgno in range(1, self.n_pages + 1):
            if self.full():
                break
            is_map = self.store.auto_vacuum and self.store.map_page_of(pgno) == pgno
            if pgno == self.store.lock_page():
                continue
            if not self.seen[pgno] and not is_map:
                self.report(f"Page {pgno}: never used")
            elif self.seen[pgno] and is_map:
                self.report(f"Page {pgno}: pointer map referenced")
        return 0


def check(PageStore store not None, roots, bint whole, int max_errors, key_infos):
    """(messages, [] for a sound file; rows or entries by root). `roots`: all trees when the file is looked at as a `whole`, its freelist and unused
    pages with it; the freelist also when the first of some trees is 1. `key_infos`: root -> KeyInfo of index trees whose order is checked."""
    cdef Checker c
    cdef Page* one
    cdef uint32_t largest, incremental
    cdef dict n_rows = {}
    if store.pager.n_pages == 0:
        return [], n_rows
    c = Checker(store, max_errors)
    if whole or roots[0] == 1:
        c.check_freelist()
    one = store.pager.get(1)
    largest = get32(one.data + LARGEST_ROOT_AT)
    incremental = get32(one.data + INCR_VACUUM_AT)
    store.pager.unpin(one)
    if not whole:
        pass
    elif store.auto_vacuum:
        highest = max(roots, default=0)
        if highest != largest:
            c.report(f"max rootpage ({highest}) disagrees with header ({largest})")
    elif incremental:
        c.report("incremental_vacuum enabled with a max rootpage of zero")
    for root in roots:
        if c.full():
            break
        if root:
            c.key_info = key_infos.get(root)
            n_rows[root] = c.check_tree(root, whole)
    if whole:
        c.check_unused()
    return c.errors, n_rows
