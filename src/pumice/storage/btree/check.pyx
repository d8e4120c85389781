"""The structural integrity check: every page of the file is somebody's, once, and every tree is in order.

Walks the freelist, then every tree from its root, and at the end looks for pages that nobody reached. It reads pages raw and goes on after an
error, so it does not use cursors; a page it cannot make sense of is reported and not entered. Messages are SQLite's where the finding is
the same. Order within index trees is checked where a KeyInfo is given.
Source: src/btree.c sqlite3BtreeIntegrityCheck, checkTreePage, checkList, checkPtrmap.  Tests: tests/format/test_integrity.py
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcpy, memset
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
    UNKNOWN = -1


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
    cdef bint has_last
    cdef int64_t last_rowid
    cdef bytes last_record
    cdef Arena arena
    cdef Arena scratch
    cdef int leaf_depth

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
            if self.store.auto_vacuum:
                self.check_map(at, PTR_FREE, 0, where)
            found += 1
            page = self.store.pager.get(at)
            try:
                n = get32(page.data + 4)
                if n > self.store.lim.usable // 4 - 2:
                    self.report(f"{where}freelist leaf count too big on page {at}")
                    break
                for i in range(n):
                    pgno = get32(page.data + 8 + 4 * i)
                    if self.visit(pgno, where) and self.store.auto_vacuum:
                        self.check_map(pgno, PTR_FREE, 0, where)
                found += n
                at = get32(page.data)
            finally:
                self.store.pager.unpin(page)
        if found != expected and not self.errors:
            self.report(f"{where}size is {found} but should be {expected}")
        return 0

    cdef int check_chain(self, const CellInfo* info, uint32_t pgno, str where) except -1:
        cdef uint32_t room = self.store.lim.usable - 4
        cdef uint32_t n = (info.n_payload - info.n_local + room - 1) // room
        cdef uint32_t expected = n
        cdef uint32_t at = info.overflow, before = pgno
        cdef bint first = True
        cdef Page* page
        while n and not self.full():
            if at == 0 or not self.visit(at, where):
                break
            if self.store.auto_vacuum:
                self.check_map(at, PTR_OVERFLOW1 if first else PTR_OVERFLOW2, before, where)
            first = False
            n -= 1
            before = at
            page = self.store.pager.get(at)
            at = get32(page.data)
            self.store.pager.unpin(page)
        if n and not self.full():
            self.report(f"{where}overflow list length is {expected - n} but should be {expected}")
        elif n == 0 and at:
            self.report(f"{where}overflow list length is {expected + 1} but should be {expected}")
        return 0

    cdef int check_tree(self, uint32_t root) except -1:
        cdef str where = f"Tree {root} page {root}: "
        self.tree_root = root
        self.has_last = False
        self.leaf_depth = UNKNOWN
        if not self.visit(root, where):
            return 0
        if self.store.auto_vacuum and root > 1:
            self.check_map(root, PTR_ROOT, 0, where)
        self.check_page(root, 0, 0, False, 0)
        return 0

    cdef int check_page(self, uint32_t pgno, int level, uint8_t kind, bint bounded, int64_t bound) except -1:
        """One page and all below it, in order. `bound`: rowids must not be above it."""
        cdef Page* page = self.store.pager.get(pgno)
        cdef str where = f"Tree {self.tree_root} page {pgno}: "
        cdef uint8_t flag
        cdef uint32_t hdr, first, n, start, i, at, child
        cdef const uint8_t* end = page.data + self.store.lim.usable
        cdef CellInfo info
        cdef bint sound = True
        try:
            hdr = header_at(page)
            flag = page.data[hdr]
            if (flag != TABLE_LEAF and flag != TABLE_INNER and flag != INDEX_LEAF and flag != INDEX_INNER) or (kind and flag | LEAF_BIT != kind):
                self.report(f"{where}btreeInitPage() returns error code 11")
                return 0
            n = n_cells_of(page)
            first = cells_at(page)
            start = content_start(page)
            if n * (MIN_CELL + 2) > self.store.lim.usable - first or start > self.store.lim.usable or start < first + 2 * n:
                self.report(f"{where}btreeInitPage() returns error code 11")
                return 0
            if level >= MAX_LEVELS:
                self.report(f"{where}Child page depth differs")
                return 0
            if n == 0 and level > 0:
                self.report(f"{where}btreeInitPage() returns error code 11")
                return 0
            kind = flag | LEAF_BIT
            if flag & LEAF_BIT:
                if self.leaf_depth == UNKNOWN:
                    self.leaf_depth = level
                elif self.leaf_depth != level:
                    self.report(f"{where}Child page depth differs")
            for i in range(n):
                if self.full():
                    return 0
                at = get16(page.data + first + 2 * i)
                if at < start or at > self.store.lim.usable - MIN_CELL:
                    self.report(f"Tree {self.tree_root} page {pgno} cell {i}: Offset {at} out of range {start}..{self.store.lim.usable - MIN_CELL}")
                    sound = False
                    continue
                if not parse_cell(&self.store.lim, flag, page.data + at, end, &info):
                    self.report(f"Tree {self.tree_root} page {pgno} cell {i}: Extends off end of page")
                    sound = False
                    continue
                if not flag & LEAF_BIT:
                    child = get32(page.data + at)
                    self.check_child(child, page.pgno, level, kind, flag == TABLE_INNER, info.rowid)
                if flag == TABLE_LEAF or flag == TABLE_INNER:
                    if self.has_last and (info.rowid <= self.last_rowid if flag == TABLE_LEAF else info.rowid < self.last_rowid) or (
                            bounded and info.rowid > bound):
                        self.report(f"Tree {self.tree_root} page {pgno} cell {i}: Rowid {info.rowid} out of order")
                    self.has_last = True
                    self.last_rowid = info.rowid
                if info.n_payload > info.n_local:
                    self.check_chain(&info, pgno, f"Tree {self.tree_root} page {pgno} cell {i}: ")
                if flag != TABLE_LEAF and flag != TABLE_INNER and self.key_info is not None:
                    self.check_order(&info, pgno, i)
            if not flag & LEAF_BIT:
                self.check_child(get32(page.data + hdr + 8), page.pgno, level, kind, bounded, bound)
            if sound:
                self.check_space(page, flag, n, where)
        finally:
            self.store.pager.unpin(page)
        return 0

    cdef int check_child(self, uint32_t child, uint32_t parent, int level, uint8_t kind, bint bounded, int64_t bound) except -1:
        cdef str where = f"Tree {self.tree_root} page {parent}: "
        if self.full() or not self.visit(child, where):
            return 0
        if self.store.auto_vacuum:
            self.check_map(child, PTR_BTREE, parent, where)
        return self.check_page(child, level + 1, kind, bounded, bound)

    cdef int check_order(self, const CellInfo* info, uint32_t pgno, uint32_t i) except -1:
        """Index entries ascend under the KeyInfo; equal ones on all its columns are out of order too."""
        cdef bytes record
        cdef RecordKey key
        cdef const uint8_t* p
        cdef int order
        if info.n_payload > <uint64_t>self.n_pages * self.store.lim.usable:
            return 0
        record = self.read(info)
        if record is None:
            return 0
        p = <const uint8_t*><const char*>record
        try:
            if self.has_last:
                arena_reset(&self.arena)
                prepare_from_record(self.key_info, <const uint8_t*><const char*>self.last_record, <uint32_t>len(self.last_record), &key, &self.arena)
                order = compare_record(self.key_info, &key, p, <uint32_t>len(record), &self.scratch)
                if order <= 0:
                    self.report(f"Tree {self.tree_root} page {pgno} cell {i}: entries out of order")
        except Exception:
            self.report(f"Tree {self.tree_root} page {pgno} cell {i}: malformed record")
            return 0
        self.has_last = True
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

    cdef int check_space(self, Page* page, uint8_t flag, uint32_t n, str where) except -1:
        """Cells and freeblocks do not overlap, and the pieces between them add up to the fragment count."""
        cdef uint32_t usable = self.store.lim.usable
        cdef uint32_t first = cells_at(page), hdr = header_at(page)
        cdef uint32_t start = content_start(page)
        cdef uint64_t* spans = <uint64_t*>mem_alloc(n + usable // 4 + 2, sizeof(uint64_t))
        cdef uint32_t n_spans = 0, i, at, size, gaps = 0, end
        cdef CellInfo info
        try:
            for i in range(n):
                at = get16(page.data + first + 2 * i)
                parse_cell(&self.store.lim, flag, page.data + at, page.data + usable, &info)
                spans[n_spans] = (<uint64_t>at << 32) | (at + info.size)
                n_spans += 1
            at = get16(page.data + hdr + 1)
            end = 0
            while at:
                if at > usable - 4 or at < start or at <= end:
                    self.report(f"{where}free space corruption")
                    return 0
                size = get16(page.data + at + 2)
                if size < 4 or at + size > usable:
                    self.report(f"{where}free space corruption")
                    return 0
                spans[n_spans] = (<uint64_t>at << 32) | (at + size)
                n_spans += 1
                end = at
                at = get16(page.data + at)
            qsort(spans, n_spans, sizeof(uint64_t), compare_spans)
            end = start
            for i in range(n_spans):
                at = <uint32_t>(spans[i] >> 32)
                if at < end:
                    self.report(f"Multiple uses for byte {at} of page {page.pgno}")
                    return 0
                gaps += at - end
                end = <uint32_t>spans[i]
            gaps += usable - end
            if gaps != page.data[hdr + 7]:
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


def check(PageStore store not None, roots, int max_errors, bint quick, key_infos):
    """Messages, [] for a sound file. `roots`: all trees, 1 first, or without 1 some trees, and then neither the freelist nor unused pages
    are looked at; `key_infos`: root -> KeyInfo of the index trees whose order is checked."""
    cdef Checker c
    cdef Page* one
    cdef uint32_t largest, incremental, root
    cdef bint whole = 1 in roots
    if store.pager.n_pages == 0:
        return []
    c = Checker(store, max_errors)
    if whole:
        c.check_freelist()
    one = store.pager.get(1)
    largest = get32(one.data + LARGEST_ROOT_AT)
    incremental = get32(one.data + INCR_VACUUM_AT)
    store.pager.unpin(one)
    if not whole:
        pass
    elif store.auto_vacuum:
        highest = max(roots, default=0)
        if highest != largest and not (highest <= 1 and largest <= 1):
            c.report(f"max rootpage ({highest}) disagrees with header ({largest})")
    elif incremental:
        c.report("incremental_vacuum enabled with a max rootpage of zero")
    for root in roots:
        if c.full():
            break
        if root:
            c.key_info = key_infos.get(root) if key_infos and not quick else None
            c.check_tree(root)
    if whole:
        c.check_unused()
    return c.errors
