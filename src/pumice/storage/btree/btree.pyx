"""B-trees over a pager: transactions, header fields, and cursors; see btree.pxd.

A cursor is a stack of (page, cell index) pairs, root first:

    root  [ 10 | 20 | 30 ]      pages[0], idx[0] = 1: the child that was followed
                |
    leaf  [ 11 | 14 | 19 ]      pages[1], idx[1] = 2: the current entry; depth = 1

Positions:  on an entry (depth >= 0)  --change elsewhere in the tree-->  stale  --next/prev-->  key saved from the pinned page, sought again
            lost (depth = -1, lost)   the entry's key is in saved_rowid / saved
            at_end                    neither

Invariants: pages[0 .. n_held-1] are pinned; those above `depth` are left from an earlier path and spare a later seek the page lookup. They are
trusted only while write_seq and change_seq are those at which they were pinned.
Every descent checks the kind of the page, its cell count and the depth, so a corrupt file ends in an error and not in a wrong row.
Source: SQLite file format, 1.6; src/btree.c sqlite3BtreeTableMoveto, sqlite3BtreeIndexMoveto, btreeNext.
Tests: tests/unit/btree, tests/format, tests/property/test_btree.py
"""

cimport cython
from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove, memset
from pumice.memory cimport Arena, arena_alloc, arena_free, arena_init, arena_reset, mem_free, mem_realloc
from pumice.storage.btree.balance cimport Pending, balance, is_underfull
from pumice.storage.btree.clear cimport clear_pages
from pumice.storage.btree.layout cimport (
    INDEX_INNER, INDEX_LEAF, LEAF_BIT, MIN_CELL, TABLE_INNER, TABLE_LEAF, cell_at, cell_size_at, cells_at, child_of, get16, get32, header_at,
    inner_rowid, is_leaf, leaf_rowid, limits_init, n_cells_of, parse_cell, put16, put32, raise_corrupt, run_of_children,
)
from pumice.storage.btree.page_edit cimport drop_cell, empty_page, free_bytes, insert_cell
from pumice.storage.btree.page_store cimport PTR_OVERFLOW1, WIPE_NONE, PageStore, fetch
from pumice.storage.btree.payload cimport NewCell, free_chain, make_cell
from pumice.storage.btree.vacuum cimport next_root_below, place_for_root, relocate, vacuum_at_commit, vacuum_steps
from pumice.storage.pager.pager cimport READ_MAX, Page, Pager
from pumice.storage.record.compare cimport RecordKey, compare_record, prepare_from_record, prepare_key
from pumice.storage.record.key_info cimport KeyInfo
from pumice.values cimport Value

from pumice import errors
from pumice.storage.btree.check import check

cdef enum:
    META_AT = 36                  # offset in page 1 of meta field 0; 4 bytes each
    N_META = 16
    CHILD_BYTES = 4               # before an entry of an inner page

cdef int64_t ROWID_MAX = 0x7FFFFFFFFFFFFFFF


cdef class Btree(PageStore):
    """Args: the Pager of the file."""

    def __init__(self, Pager pager not None):
        self.pager = pager
        self.encoding = 1
        self.refreshed_seq = -1
        self.cursors = NULL

    # ---- transactions

    cdef int begin_read(self) except -1 nogil:
        cdef int64_t encoding
        self.pager.begin_read()
        if self.refreshed_seq != self.pager.change_seq or self.lim.usable != self.pager.usable:
            self.refresh()
            if self.pager.n_pages:
                encoding = self.get_meta(META_TEXT_ENCODING)
                self.encoding = <int>(encoding & 3) or 1      # the low bits only, as SQLite
            self.refreshed_seq = self.pager.change_seq
        return 0

    cdef int renew(self, Btree origin) except -1:
        self.refresh()
        self.encoding = origin.encoding
        self.write_seq += 1
        return 0

    cdef int end_read(self) except -1 nogil:
        return self.pager.end_read()

    cdef int64_t get_meta(self, int which) except? -1 nogil:
        cdef Page* one
        cdef int64_t value
        if which < 0 or which >= N_META or self.pager.n_pages == 0:
            return 0
        one = self.pager.get(1)
        value = get32(one.data + META_AT + 4 * which)
        self.pager.unpin(one)
        return value

    cdef int begin_write(self, bint exclusive, bint keep_read) except -1 nogil:
        self.pager.begin_write(exclusive, keep_read)
        self.begin_read()
        if self.pager.n_pages == 0:
            self.make_first_page()
        return 0

    cdef int make_first_page(self) except -1 nogil:
        """The database header and an empty schema table. Source: SQLite file format 1.3; src/btree.c newDatabase."""
        cdef Page* one = self.pager.get_zeroed(1)
        cdef uint8_t* p = one.data
        memcpy(p, <const char*>b"SQLite format 3\0", 16)
        put16(p + 16, self.pager.page_size if self.pager.page_size < 65536 else 1)
        p[18] = p[19] = 1             # rollback journal
        p[20] = <uint8_t>(self.pager.page_size - self.pager.usable)
        p[21] = 64                    # payload fractions, fixed by the format
        p[22] = p[23] = 32
        limits_init(&self.lim, self.pager.usable)
        put32(p + META_AT + 4 * META_TEXT_ENCODING, self.encoding if 1 <= self.encoding <= 3 else 1)
        self.auto_vacuum = self.auto_vacuum_mode != 0
        put32(p + META_AT + 4 * META_LARGEST_ROOT, 1 if self.auto_vacuum_mode else 0)
        put32(p + META_AT + 4 * META_INCR_VACUUM, 1 if self.auto_vacuum_mode == 2 else 0)
        empty_page(&self.lim, one, TABLE_LEAF)
        self.pager.unpin(one)
        self.write_seq += 1
        return 0

    cdef int commit(self, bint keep_read) except -1 nogil:
        if self.pager.in_write and self.auto_vacuum and self.pager.n_pages and self.get_meta(META_INCR_VACUUM) == 0:
            if self.get_meta(META_FREE_PAGES):
                self.protect(0, NULL)
                vacuum_at_commit(self)
        return self.pager.commit(keep_read)

    cdef int rollback(self, bint keep_read) except -1 nogil:
        self.write_seq += 1
        self.refreshed_seq = -1
        return self.pager.rollback(keep_read)

    cdef int savepoint_open(self) except -1 nogil:
        return self.pager.savepoint_open()

    cdef int savepoint_release(self, int index) except -1 nogil:
        return self.pager.savepoint_release(index)

    cdef int savepoint_rollback(self, int index) except -1 nogil:
        self.write_seq += 1
        return self.pager.savepoint_rollback(index)

    cdef int set_meta(self, int which, uint32_t value) except -1 nogil:
        cdef Page* one
        if which < 0 or which >= N_META:
            with gil:
                raise ValueError("no such header field")
        one = self.header_page()
        put32(one.data + META_AT + 4 * which, value)
        if which == META_FILE_FORMAT and get32(one.data + META_AT + 4 * META_TEXT_ENCODING) == 0:
            # A file made by SQLite that has no table yet: it sets both fields with the first one.
            put32(one.data + META_AT + 4 * META_TEXT_ENCODING, self.encoding)
        self.pager.unpin(one)
        return 0

    # ---- trees

    cdef int64_t create_tree(self, bint is_table) except -1 nogil:
        cdef Page* page
        cdef uint32_t root
        self.write_seq += 1
        if self.auto_vacuum:
            self.protect(0, NULL)
            root = place_for_root(self)
            page = self.pager.get_zeroed(root)
        else:
            page = self.allocate()
            root = page.pgno
        empty_page(&self.lim, page, TABLE_LEAF if is_table else INDEX_LEAF)
        self.pager.unpin(page)
        return root

    cdef int64_t drop_tree(self, uint32_t root) except -1 nogil:
        cdef uint32_t last
        cdef int64_t moved = 0
        self.protect(0, NULL)
        if root < 2:
            return raise_corrupt("root page to drop", root)
        clear_pages(self, root)
        self.write_seq += 1
        if not self.auto_vacuum:
            self.free_page(root)
            return 0
        last = <uint32_t>self.get_meta(META_LARGEST_ROOT)
        if last < root:
            return raise_corrupt("largest root page", last)
        if last != root:
            relocate(self, last, root)
            moved = last
        self.free_page(last)
        self.set_meta(META_LARGEST_ROOT, next_root_below(self, last))
        return moved

    cdef int clear_tree(self, uint32_t root, int64_t* n_rows) except -1 nogil:
        self.protect(0, NULL)
        self.write_seq += 1
        n_rows[0] = clear_pages(self, root)
        return 0

    cdef int protect(self, uint32_t root, PyObject* writer) except -1 nogil:
        """Before a change: cursors of index tree `root` (0: of all) that stand on an entry with overflow pages save its key.

        Pages are snapshots, so all other positions can be read when they are needed; overflow pages are not pinned.
        """
        cdef PyObject* at = self.cursors
        while at != NULL:
            if at != writer and not (<BtreeCursor>at).is_table and (root == 0 or (<BtreeCursor>at).root == root):
                (<BtreeCursor>at).save_overflow()
            at = (<BtreeCursor>at).link_next
        return 0

    cpdef BtreeCursor cursor(self, uint32_t root, KeyInfo key_info=None):
        return BtreeCursor(self, root, key_info)

    # ---- for Python

    def py_set_meta(self, int which, uint32_t value):
        self.set_meta(which, value)

    def incremental_vacuum(self, int64_t n=0):
        """Gives up to `n` free pages (0: all) back to the file system, in a write transaction of an auto-vacuum file; returns how many."""
        if not self.auto_vacuum or self.pager.n_pages == 0:
            return 0
        self.protect(0, NULL)
        return vacuum_steps(self, n)

    def integrity_check(self, roots, bint whole=True, int max_errors=100, key_infos=None):
        """(structural faults of the file as SQLite words them, [] when there are none; rows or entries of each tree); see check.pyx.

        Needs a read transaction.
        """
        return check(self, list(roots), whole, max_errors, key_infos or {})

    @property
    def secure_delete(self):
        """PRAGMA secure_delete: 0 off, 1 on, 2 fast."""
        return self.wiping

    @secure_delete.setter
    def secure_delete(self, int mode):
        self.wiping = mode
        self.lim.wipe = mode != WIPE_NONE

    def py_get_meta(self, int which):
        return self.get_meta(which)


@cython.no_gc_clear      # __dealloc__ takes the cursor off its tree's list, also as part of a cycle
cdef class BtreeCursor:
    """Args: the Btree, the tree's root page, and the KeyInfo of an index tree (None: a table tree)."""

    def __cinit__(self, Btree tree not None, uint32_t root, KeyInfo key_info=None):
        self.tree = tree
        self.root = root
        self.key_info = key_info
        self.is_table = key_info is None
        self.depth = -1
        self.at_end = True
        self.last_rowid = ROWID_MAX
        arena_init(&self.key_arena)
        arena_init(&self.scratch)
        self.link_next = tree.cursors
        if tree.cursors != NULL:
            (<BtreeCursor>tree.cursors).link_prev = <PyObject*>self
        tree.cursors = <PyObject*>self

    def __dealloc__(self):
        if self.tree is None:
            return
        self.release()
        mem_free(self.saved)
        mem_free(self.whole)
        arena_free(&self.key_arena)
        arena_free(&self.scratch)
        if self.link_prev != NULL:
            (<BtreeCursor>self.link_prev).link_next = self.link_next
        else:
            self.tree.cursors = self.link_next
        if self.link_next != NULL:
            (<BtreeCursor>self.link_next).link_prev = self.link_prev

    # ---- the stack

    cdef void release(self) noexcept nogil:
        """Gives back every pin."""
        cdef int i
        for i in range(self.n_held):
            self.tree.pager.unpin(self.pages[i])
        self.n_held = 0
        self.depth = -1

    cdef int close(self) except -1 nogil:
        self.release()
        self.lost = False
        self.skip = 0
        self.at_end = True
        return 0

    cdef inline int fresh(self) noexcept nogil:
        """Nothing has changed since the held pages were pinned."""
        return self.seen_write_seq == self.tree.write_seq and self.seen_change_seq == self.tree.pager.change_seq

    cdef inline int hold(self, int level, uint32_t pgno) except -1 nogil:
        """Makes `pgno` the page of `level`, pinned."""
        cdef Page* page
        if level < self.n_held:
            if self.pages[level].pgno == pgno:
                return 0
            page = fetch(self.tree.pager, &self.tree.lim, pgno)
            self.tree.pager.unpin(self.pages[level])
            self.pages[level] = page
            return 0
        self.pages[level] = fetch(self.tree.pager, &self.tree.lim, pgno)
        self.n_held = level + 1
        return 0

    cdef int enter_root(self) except -1 nogil:
        """Starts a new descent: the stack holds the root."""
        cdef uint8_t flag
        if not self.fresh():
            self.release()
            self.seen_write_seq = self.tree.write_seq
            self.seen_change_seq = self.tree.pager.change_seq
        self.depth = -1
        self.lost = False
        self.skip = 0
        self.n_steps = 0
        self.at_end = True
        if self.tree.pager.n_pages == 0:
            # A file without pages yet: its schema table is empty.
            self.on_leaf = True
            self.n_cells = 0
            return 0
        self.hold(0, self.root)
        flag = self.pages[0].data[header_at(self.pages[0])]
        if (flag & ~LEAF_BIT) != (TABLE_INNER if self.is_table else INDEX_INNER):
            return raise_corrupt("root page of another kind of tree", self.root)
        self.depth = 0
        self.on_leaf = (flag & LEAF_BIT) != 0
        self.n_cells = <uint16_t>n_cells_of(self.pages[0])
        self.at_end = False
        return 0

    cdef inline int enter_child(self, uint32_t i) except -1 nogil:
        """Follows the i-th child of the current page."""
        cdef int level = self.depth
        cdef Page* page
        cdef uint8_t flag
        self.idx[level] = <uint16_t>i
        if level + 1 >= MAX_DEPTH:
            self.release()
            return raise_corrupt("tree too deep", self.root)
        # Until the child has proved sound the cursor is nowhere.
        self.depth = -1
        self.at_end = True
        self.hold(level + 1, child_of(self.pages[level], i))
        page = self.pages[level + 1]
        flag = page.data[header_at(page)]
        self.n_cells = <uint16_t>n_cells_of(page)
        if self.n_cells == 0 or (flag & ~LEAF_BIT) != (TABLE_INNER if self.is_table else INDEX_INNER):
            return raise_corrupt("child page of another kind, or empty", page.pgno)
        self.on_leaf = (flag & LEAF_BIT) != 0
        self.depth = level + 1
        self.at_end = False
        return 0

    cdef int leftmost(self) except -1 nogil:
        """From the current page down to the first entry of its subtree."""
        while not self.on_leaf:
            self.enter_child(0)
        self.idx[self.depth] = 0
        return 1

    cdef int rightmost(self) except -1 nogil:
        while not self.on_leaf:
            self.enter_child(self.n_cells)
        self.idx[self.depth] = self.n_cells - 1
        return 1

    cdef inline int end_of_walk(self) noexcept nogil:
        self.depth = -1
        self.at_end = True
        self.skip = 0
        self.lost = False
        return 0

    # ---- steps

    cdef int first(self) except -1 nogil:
        self.enter_root()
        if self.on_leaf and self.n_cells == 0:
            return self.end_of_walk()
        return self.leftmost()

    cdef int last(self) except -1 nogil:
        self.enter_root()
        if self.on_leaf and self.n_cells == 0:
            return self.end_of_walk()
        return self.rightmost()

    cdef int next(self) except -1 nogil:
        cdef uint16_t i
        if self.depth < 0 or self.skip or not self.fresh():
            if not self.settle():
                return 0
            if self.skip > 0:
                self.skip = 0
                if self.idx[self.depth] < self.n_cells:
                    return 1
                return self.step_up_next()
            self.skip = 0
        i = self.idx[self.depth]
        if self.on_leaf:
            if i + 1 < self.n_cells:
                self.idx[self.depth] = i + 1
                return 1
            return self.step_up_next()
        # An index entry on an inner page: the next one is the leftmost of the child after it.
        self.read_ahead(i + 1)
        self.enter_child(i + 1)
        return self.leftmost()

    cdef int step_up_next(self) except -1 nogil:
        """From the end of a leaf to the entry after it."""
        cdef int level = self.depth - 1
        cdef Page* page
        self.n_steps += 1
        if self.n_steps > 2 * <int64_t>self.tree.pager.n_pages + 2:
            self.release()
            self.at_end = True
            return raise_corrupt("tree with a cycle", self.root)
        while level >= 0:
            page = self.pages[level]
            if self.idx[level] < n_cells_of(page):
                self.depth = level
                self.on_leaf = False
                self.n_cells = <uint16_t>n_cells_of(page)
                if not self.is_table:
                    return 1
                self.read_ahead(self.idx[level] + 1)
                self.enter_child(self.idx[level] + 1)
                return self.leftmost()
            level -= 1
        return self.end_of_walk()

    cdef int read_ahead(self, uint32_t i) except -1 nogil:
        """The walk goes on to the i-th child of the current page: has the pager read it together with the children after it that lie behind it
        in the file. No more than were walked over so far, so that a short walk reads nothing in vain."""
        cdef Page* page = self.pages[self.depth]
        cdef uint32_t n
        if self.n_steps < 2:
            return 0
        n = run_of_children(page, i, <uint32_t>min(self.n_steps, <int64_t>READ_MAX))
        while n > 1 and self.is_table and inner_rowid(page, i + n - 2) >= self.last_rowid:
            n -= 1
        self.tree.pager.read_ahead(child_of(page, i), n)
        return 0

    cdef int next_leaf(self) except -1 nogil:
        if self.depth < 0 or self.skip or not self.fresh():
            if not self.settle():
                return 0
            if self.skip > 0 and self.idx[self.depth] < self.n_cells:
                # The next entry has moved to this place: what follows it has not been seen either.
                self.skip = 0
                return 1
            self.skip = 0
        if not self.on_leaf:
            return self.next()
        return self.step_up_next()

    cdef int prev(self) except -1 nogil:
        cdef int level
        self.n_steps = 0
        if self.depth < 0 or self.skip or not self.fresh():
            if not self.settle():
                return 0
            if self.skip < 0:
                self.skip = 0
                return 1
            self.skip = 0
        if not self.on_leaf:
            self.enter_child(self.idx[self.depth])
            return self.rightmost()
        if self.idx[self.depth] > 0:
            self.idx[self.depth] -= 1
            return 1
        level = self.depth - 1
        while level >= 0:
            if self.idx[level] > 0:
                self.depth = level
                self.on_leaf = False
                self.n_cells = <uint16_t>n_cells_of(self.pages[level])
                if not self.is_table:
                    self.idx[level] -= 1
                    return 1
                self.enter_child(self.idx[level] - 1)
                return self.rightmost()
            level -= 1
        return self.end_of_walk()

    # ---- positions that survive changes

    cdef int save_position(self) except -1 nogil:
        """Holds the current entry by its key, read from the pinned snapshot, in place of the pages."""
        cdef CellInfo info
        cdef int8_t skip = self.skip
        if self.depth < 0:
            return 0
        if self.idx[self.depth] >= self.n_cells:
            # After an erase at the end of a leaf: `saved` still holds the erased entry's key.
            self.release()
            self.lost = True
            return 0
        self.cell(&info)
        if self.is_table:
            self.saved_rowid = info.rowid
        else:
            self.n_saved = info.n_payload
            self.read_whole(&info, &self.saved, &self.saved_capacity)
        self.release()
        self.lost = True
        self.skip = skip
        return 0

    cdef int restore(self) except -1 nogil:
        """Seeks the saved key: 0 when the tree is empty. `skip` says on which side of it the cursor has come down."""
        cdef int cmp = 0, found
        cdef int8_t skip = self.skip
        cdef RecordKey key
        if self.is_table:
            found = self.seek_rowid(self.saved_rowid, &cmp)
        else:
            arena_reset(&self.key_arena)
            prepare_from_record(self.key_info, self.saved, self.n_saved, &key, &self.key_arena)
            found = self.seek_prepared(&key, 0, &cmp)
        if not found:
            self.end_of_walk()
            return 0
        self.skip = 1 if cmp > 0 else -1 if cmp < 0 else skip
        return 1

    cdef int settle(self) except -1 nogil:
        """Brings a stale or lost position back onto a page; 0 when there is none."""
        if self.depth >= 0 and not self.fresh():
            self.save_position()
        if self.lost:
            return self.restore()
        return self.depth >= 0

    # ---- seeking in table trees

    cdef inline int search_leaf(self, int64_t rowid, int* cmp) noexcept nogil:
        """Binary search in the current leaf, which is not empty."""
        cdef Page* page = self.pages[self.depth]
        cdef int low = 0, high = self.n_cells - 1, mid
        cdef int64_t first = leaf_rowid(page, 0), last = leaf_rowid(page, high)
        if rowid > last:
            low = high
        elif rowid > first:
            # Rowids differ, so an entry is no farther from either end than its rowid is: where there are no gaps, the common case, one is left.
            if <uint64_t>rowid - <uint64_t>first < <uint64_t>high:
                high = <int>(rowid - first)
            if <uint64_t>last - <uint64_t>rowid < <uint64_t>self.n_cells:
                low = max(0, self.n_cells - 1 - <int>(last - rowid))
            while low < high:
                mid = (low + high) >> 1
                if leaf_rowid(page, mid) < rowid:
                    low = mid + 1
                else:
                    high = mid
        first = leaf_rowid(page, low)
        self.idx[self.depth] = <uint16_t>low
        cmp[0] = (first > rowid) - (first < rowid)
        return 1

    cdef int search_near(self, int64_t rowid, int* cmp) noexcept nogil:
        """As search_leaf, from the current entry on: rows are often sought in order. 0 when the row, if there is one, is on another leaf."""
        cdef Page* page = self.pages[self.depth]
        cdef int low = self.idx[self.depth], high, step = 1
        cdef int64_t key
        if low >= self.n_cells:
            return 0
        key = leaf_rowid(page, low)
        if key > rowid:
            return leaf_rowid(page, 0) <= rowid and self.search_leaf(rowid, cmp)
        # Steps that double, then halves: rowids at `low` and before are smaller than the one sought, that at `high` is not.
        high = low
        while key < rowid:
            low = high
            high = low + step
            if high >= self.n_cells:
                high = self.n_cells - 1
                if low == high:
                    return 0
            key = leaf_rowid(page, high)
            step *= 2
        while high - low > 1:
            if leaf_rowid(page, (low + high) >> 1) < rowid:
                low = (low + high) >> 1
            else:
                high = (low + high) >> 1
                key = leaf_rowid(page, high)
        self.idx[self.depth] = <uint16_t>high
        cmp[0] = 1 if key > rowid else 0
        return 1

    cdef int seek_rowid(self, int64_t rowid, int* cmp) except -1 nogil:
        cdef Page* page
        cdef int low, high, mid
        if self.depth >= 0 and self.on_leaf and self.fresh() and self.search_near(rowid, cmp):
            self.skip = 0
            self.n_steps = 0
            return 1
        self.enter_root()
        while not self.on_leaf:
            page = self.pages[self.depth]
            low = 0
            high = self.n_cells
            while low < high:
                mid = (low + high - 1) >> 1
                if inner_rowid(page, mid) < rowid:
                    low = mid + 1
                else:
                    high = mid
            self.enter_child(low)
        if self.n_cells == 0:
            return self.end_of_walk()
        return self.search_leaf(rowid, cmp)

    # ---- seeking in index trees

    cdef inline int compare_cell(self, const RecordKey* key, Page* page, uint32_t i) except -2 nogil:
        """Sign of (entry i of `page` - key)."""
        return self.compare_entry(key, page, cell_at(page, i) + (0 if is_leaf(page) else CHILD_BYTES))

    cdef inline int compare_entry(self, const RecordKey* key, Page* page, const uint8_t* p) except -2 nogil:
        """The same for the entry whose payload size is at `p`."""
        if p[0] < 0x80 and p[0] <= self.tree.lim.max_local and p + 1 + p[0] <= page.data + self.tree.lim.usable:
            # A short entry, the common case.
            return compare_record(self.key_info, key, p + 1, p[0], &self.scratch)
        return self.compare_long(key, page, p)

    cdef int compare_long(self, const RecordKey* key, Page* page, const uint8_t* p) except -2 nogil:
        cdef CellInfo info
        if not parse_cell(&self.tree.lim, INDEX_LEAF, p, page.data + self.tree.lim.usable, &info):
            raise_corrupt("cell", page.pgno)
            return -2
        if info.n_local < info.n_payload:
            if self.read_whole(&info, &self.whole, &self.whole_capacity) < 0:
                return -2
            return compare_record(self.key_info, key, self.whole, info.n_payload, &self.scratch)
        return compare_record(self.key_info, key, info.payload, info.n_payload, &self.scratch)

    cdef int seek_key(self, const Value* key, uint32_t n_key, int bias, int* cmp) except -1 nogil:
        cdef RecordKey prepared
        arena_reset(&self.key_arena)
        prepare_key(self.key_info, key, n_key, &prepared, &self.key_arena)
        self.sought = True
        return self.seek_prepared(&prepared, bias, cmp)

    cdef int seek_prepared(self, const RecordKey* key, int bias, int* cmp) except -1 nogil:
        """Each level keeps the sign of the entry at which it turned, for the case that the leaf below has nothing on the wanted side."""
        cdef int low, high, mid, order, level
        cdef int low_sign = -1, high_sign = 1
        cdef int8_t low_signs[MAX_DEPTH]
        cdef int8_t high_signs[MAX_DEPTH]
        cdef const uint8_t* cells
        cdef const uint8_t* entries
        cdef Page* page
        self.enter_root()
        if self.on_leaf and self.n_cells == 0:
            return self.end_of_walk()
        while True:
            page = self.pages[self.depth]
            low = 0
            high = self.n_cells
            low_sign = -1
            high_sign = 1
            cells = page.data + cells_at(page)
            entries = page.data + (0 if self.on_leaf else CHILD_BYTES)
            while low < high:
                mid = (low + high - 1) >> 1
                order = self.compare_entry(key, page, entries + get16(cells + 2 * mid))
                if order == 0 and bias == 0:
                    self.idx[self.depth] = <uint16_t>mid
                    cmp[0] = 0
                    return 1
                if order < 0 or (order == 0 and bias > 0):
                    low = mid + 1
                    low_sign = order
                else:
                    high = mid
                    high_sign = order
            if self.on_leaf:
                break
            low_signs[self.depth] = <int8_t>low_sign
            high_signs[self.depth] = <int8_t>high_sign
            self.enter_child(low)
        level = self.depth
        if bias < 0 and low == self.n_cells:
            # Nothing >= key in this leaf: the entry that follows it, if there is one.
            level -= 1
            while level >= 0 and self.idx[level] >= n_cells_of(self.pages[level]):
                level -= 1
            if level >= 0:
                return self.land(level, self.idx[level], high_signs[level], cmp)
            return self.land(self.depth, self.n_cells - 1, low_sign, cmp)
        if bias > 0 and low == 0:
            level -= 1
            while level >= 0 and self.idx[level] == 0:
                level -= 1
            if level >= 0:
                return self.land(level, self.idx[level] - 1, low_signs[level], cmp)
            return self.land(self.depth, 0, high_sign, cmp)
        if bias > 0 or low == self.n_cells:
            return self.land(level, low - 1, low_sign, cmp)
        return self.land(level, low, high_sign, cmp)

    cdef inline int land(self, int level, int i, int sign, int* cmp) noexcept nogil:
        if level != self.depth:
            self.depth = level
            self.on_leaf = False
            self.n_cells = <uint16_t>n_cells_of(self.pages[level])
        self.idx[level] = <uint16_t>i
        cmp[0] = sign
        return 1

    cdef int compare_key(self, const Value* key, uint32_t n_key, int* cmp) except -1 nogil:
        cdef RecordKey prepared
        cdef int order
        if self.depth < 0:
            self.settle()
        if self.depth < 0 or self.idx[self.depth] >= self.n_cells:
            return self.raise_unpositioned()
        arena_reset(&self.key_arena)
        prepare_key(self.key_info, key, n_key, &prepared, &self.key_arena)
        order = self.compare_cell(&prepared, self.pages[self.depth], self.idx[self.depth])
        cmp[0] = order
        return 0

    cdef int raise_unpositioned(self) except -1 nogil:
        with gil:
            raise errors.make("SQLITE_INTERNAL", "the cursor is not on an entry")

    # ---- reading

    cdef int cell(self, CellInfo* out) except -1 nogil:
        if self.depth < 0:
            self.settle()
        if self.depth < 0 or self.idx[self.depth] >= self.n_cells:
            return self.raise_unpositioned()
        return self.leaf_cell(self.idx[self.depth], out)

    cdef int leaf_cell(self, uint16_t i, CellInfo* out) except -1 nogil:
        cdef Page* page = self.pages[self.depth]
        if i >= self.n_cells or not parse_cell(&self.tree.lim, page.data[header_at(page)], cell_at(page, i), page.data + self.tree.lim.usable, out):
            return raise_corrupt("cell", page.pgno)
        return 0

    cdef const uint8_t* payload(self, const CellInfo* info, Arena* arena) except NULL nogil:
        cdef uint8_t* out
        if info.n_local == info.n_payload:
            return info.payload
        if info.n_payload > <uint64_t>self.tree.pager.n_pages * self.tree.lim.usable:
            raise_corrupt("payload larger than the file", self.pages[self.depth].pgno if self.depth >= 0 else self.root)
            return NULL
        out = arena_alloc(arena, info.n_payload)
        memcpy(out, info.payload, info.n_local)
        self.copy_chain(info.overflow, 0, info.n_payload - info.n_local, out + info.n_local)
        return out

    cdef int read_payload(self, const CellInfo* info, uint32_t offset, uint32_t n, uint8_t* out) except -1 nogil:
        cdef uint32_t here
        if <uint64_t>offset + n > info.n_payload:
            return raise_corrupt("read past the payload", self.root)
        if offset < info.n_local:
            here = info.n_local - offset
            if here > n:
                here = n
            memcpy(out, info.payload + offset, here)
            out += here
            n -= here
            offset += here
        if n:
            return self.copy_chain(info.overflow, offset - info.n_local, n, out)
        return 0

    cdef int copy_chain(self, uint32_t pgno, uint32_t skip_bytes, uint32_t n, uint8_t* out) except -1 nogil:
        """`n` bytes of an overflow chain after its first `skip_bytes`. Ends after so many bytes, whatever the chain's links are."""
        cdef uint32_t room = self.tree.lim.usable - 4, take
        cdef Page* page
        while n:
            if pgno < 2 or pgno > self.tree.pager.n_pages:
                return raise_corrupt("overflow chain", pgno)
            page = self.tree.pager.get(pgno)
            if skip_bytes >= room:
                skip_bytes -= room
            else:
                take = room - skip_bytes
                if take > n:
                    take = n
                memcpy(out, page.data + 4 + skip_bytes, take)
                out += take
                n -= take
                skip_bytes = 0
            pgno = get32(page.data)
            self.tree.pager.unpin(page)
        return 0

    cdef int read_whole(self, const CellInfo* info, uint8_t** buffer, uint32_t* capacity) except -1 nogil:
        """All payload bytes into an owned buffer that grows."""
        if info.n_payload > <uint64_t>self.tree.pager.n_pages * self.tree.lim.usable:
            return raise_corrupt("payload larger than the file", self.root)
        if info.n_payload > capacity[0]:
            buffer[0] = <uint8_t*>mem_realloc(buffer[0], info.n_payload + 64, 1)
            capacity[0] = info.n_payload + 64
        memcpy(buffer[0], info.payload, info.n_local)
        if info.n_local < info.n_payload:
            return self.copy_chain(info.overflow, 0, info.n_payload - info.n_local, buffer[0] + info.n_local)
        return 0

    cdef Page* pin_leaf(self) noexcept nogil:
        cdef Page* page = self.pages[self.depth]
        self.tree.pager.pin(page)
        return page

    # ---- changes

    cdef int save_overflow(self) except -1 nogil:
        cdef CellInfo info
        if self.depth < 0 or not self.fresh() or self.idx[self.depth] >= self.n_cells:
            return 0
        self.cell(&info)
        if info.n_local < info.n_payload:
            return self.save_position()
        return 0

    cdef inline bint at_right_edge(self) noexcept nogil:
        """The current leaf is the tree's last."""
        cdef int level
        for level in range(self.depth):
            if self.idx[level] != n_cells_of(self.pages[level]):
                return False
        return True

    cdef void release_above(self, int level) noexcept nogil:
        """Gives back the pins of the levels above `level`."""
        while self.n_held > level + 1:
            self.n_held -= 1
            self.tree.pager.unpin(self.pages[self.n_held])

    cdef int put_cell(self, uint32_t i, const NewCell* cell, bint append) except -1 nogil:
        """The new cell at index i of the current page. Returns 1 when the cursor stands on it, 0 when the tree had to be balanced: then the
        caller says where the position is held."""
        cdef Page* page = self.pages[self.depth]
        cdef Pending pending
        cdef uint8_t* copy
        self.tree.write_seq += 1
        if insert_cell(&self.tree.lim, page, i, cell.head, cell.n_head, cell.body, cell.n_body):
            if cell.overflow and self.tree.auto_vacuum:
                self.tree.map_put(cell.overflow, PTR_OVERFLOW1, page.pgno)
            self.n_cells = <uint16_t>n_cells_of(page)
            self.idx[self.depth] = <uint16_t>i
            self.seen_write_seq = self.tree.write_seq
            self.at_end = False
            self.lost = False
            self.skip = 0
            return 1
        pending.n = 1
        pending.at[0] = i
        pending.size[0] = cell.n_head + cell.n_body if cell.n_head + cell.n_body > MIN_CELL else MIN_CELL
        copy = arena_alloc(&self.tree.work, pending.size[0])
        memset(copy, 0, pending.size[0])
        memcpy(copy, cell.head, cell.n_head)
        memcpy(copy + cell.n_head, cell.body, cell.n_body)
        pending.cell[0] = copy
        self.release_above(self.depth)
        balance(self.tree, self.pages, self.idx, &self.n_held, self.depth, &pending, append)
        self.release()
        return 0

    cdef int insert_row(self, int64_t rowid, const uint8_t* payload, uint32_t n, bint append_hint) except -1 nogil:
        cdef int cmp = 1
        cdef uint32_t i
        cdef bint append = False
        cdef NewCell cell
        cdef CellInfo old
        cdef Page* page
        cdef Py_ssize_t offset
        if not self.is_table:
            return self.raise_unpositioned()
        if append_hint:
            if self.depth < 0 or not self.on_leaf or not self.fresh() or not self.at_right_edge():
                if not self.last():
                    self.enter_root()
            append = self.n_cells == 0 or leaf_rowid(self.pages[self.depth], self.n_cells - 1) < rowid
            i = self.n_cells
        if not append:
            if not self.seek_rowid(rowid, &cmp):
                self.enter_root()
                i = 0
            else:
                i = self.idx[self.depth] + (1 if cmp < 0 else 0)
            append = i == self.n_cells and self.at_right_edge()
        arena_reset(&self.tree.work)
        if cmp == 0:
            self.leaf_cell(i, &old)
            if old.n_payload == n and n <= self.tree.lim.max_leaf:
                # Same size: overwritten where it is; the same bytes need no write at all.
                self.idx[self.depth] = <uint16_t>i
                self.skip = 0
                if memcmp(old.payload, payload, n) == 0:
                    return 0
                offset = old.payload - self.pages[self.depth].data
                page = self.tree.writable(self.pages[self.depth])
                self.pages[self.depth] = page
                memcpy(page.data + offset, payload, n)
                self.tree.write_seq += 1
                self.seen_write_seq = self.tree.write_seq
                return 0
        make_cell(self.tree, True, rowid, payload, n, &cell)
        if cmp == 0:
            free_chain(self.tree, &old, self.pages[self.depth].pgno)
        # After the last change to the freelist, whose header may share the page.
        self.pages[self.depth] = self.tree.writable(self.pages[self.depth])
        if cmp == 0:
            drop_cell(&self.tree.lim, self.pages[self.depth], i, old.size)
        if not self.put_cell(i, &cell, append):
            self.saved_rowid = rowid
            self.lost = True
            self.at_end = False
            self.skip = 0
        return 0

    cdef int find_place(self, const RecordKey* key, uint32_t* i) except -2 nogil:
        """Puts the cursor on the leaf where `key` belongs, at index i; returns 0, or 1 when an equal entry is at i of the current page.

        First looks in the current leaf: behind its last entry when rows come in order, and around the current one where the caller has just
        sought the key, or erased what it replaces.
        """
        cdef int cmp = 0
        cdef uint32_t at
        if self.depth >= 0 and self.on_leaf and self.n_cells and self.fresh() and self.idx[self.depth] < self.n_cells:
            at = self.idx[self.depth]
            if at + 1 == self.n_cells and self.at_right_edge():
                if self.compare_cell(key, self.pages[self.depth], at) < 0:
                    i[0] = at + 1
                    return 0
            elif self.sought:
                cmp = self.find_near(key, at, i)
                if cmp >= 0:
                    return cmp
        if not self.seek_prepared(key, 0, &cmp):
            self.enter_root()
            i[0] = 0
            return 0
        i[0] = self.idx[self.depth]
        if cmp == 0:
            return 1
        if cmp < 0:
            i[0] += 1
        return 0

    cdef int find_near(self, const RecordKey* key, uint32_t at, uint32_t* i) except -2 nogil:
        """As find_place, in the current leaf from entry `at` on; -1 when the key is not known to belong there.
        The neighbour first, then, if the leaf's end on that side is beyond the key, halves."""
        cdef Page* page = self.pages[self.depth]
        cdef int order = self.compare_cell(key, page, at), side = -order
        cdef uint32_t low, high, end
        # Entry `low` is below the key, and `high` above it.
        low = high = at
        if order != 0:
            end = self.n_cells - 1 if side > 0 else 0
            if at == end:
                return -1
            order = self.compare_cell(key, page, at + side)
            if order == -side and at + side != end:
                order = self.compare_cell(key, page, end)
                at = end
            else:
                at += side
            if order == -side:
                return -1
            if side > 0:
                high = at
            else:
                low = at
        while order != 0 and low + 1 < high:
            at = (low + high) >> 1
            order = self.compare_cell(key, page, at)
            if order < 0:
                low = at
            else:
                high = at
        i[0] = at if order == 0 else high
        return order == 0

    cdef int insert_key(self, const uint8_t* record, uint32_t n, const Value* key, uint32_t n_key) except -1 nogil:
        cdef RecordKey prepared
        cdef NewCell cell
        cdef CellInfo old
        cdef uint32_t i = 0
        cdef int equal
        cdef bint append
        cdef uint8_t child[4]
        if self.is_table:
            return self.raise_unpositioned()
        self.tree.protect(self.root, <PyObject*>self)
        arena_reset(&self.key_arena)
        prepare_key(self.key_info, key, n_key, &prepared, &self.key_arena)
        equal = self.find_place(&prepared, &i)
        self.sought = False
        append = self.on_leaf and i == self.n_cells and self.at_right_edge()
        arena_reset(&self.tree.work)
        make_cell(self.tree, False, 0, record, n, &cell)
        self.pages[self.depth] = self.tree.writable(self.pages[self.depth])
        if equal:
            # An entry may not be there twice: as SQLite does, the new one takes its place.
            self.leaf_cell(i, &old)
            if not self.on_leaf:
                memcpy(child, cell_at(self.pages[self.depth], i), 4)
                memmove(cell.head + 4, cell.head, cell.n_head)
                memcpy(cell.head, child, 4)
                cell.n_head += 4
            free_chain(self.tree, &old, self.pages[self.depth].pgno)
            drop_cell(&self.tree.lim, self.pages[self.depth], i, old.size)
        if not self.put_cell(i, &cell, append):
            self.keep_record(record, n)
        return 0

    cdef int keep_record(self, const uint8_t* record, uint32_t n) except -1 nogil:
        """The position is lost and held as this record."""
        if n > self.saved_capacity:
            self.saved = <uint8_t*>mem_realloc(self.saved, n + 64, 1)
            self.saved_capacity = n + 64
        memcpy(self.saved, record, n)
        self.n_saved = n
        self.lost = True
        self.at_end = False
        self.skip = 0
        return 0

    cdef int erase(self) except -1 nogil:
        cdef CellInfo info
        cdef Pending pending
        cdef Page* page
        cdef uint32_t i, n_free
        if self.skip == 0 and (self.lost or self.depth >= 0 and not self.fresh()):
            if not self.settle() or self.skip:
                # The page's entries are in no order, or another tree has the page too.
                return raise_corrupt("entry not found where it was", self.root)
        if self.depth < 0 or self.skip or self.idx[self.depth] >= self.n_cells:
            return self.raise_unpositioned()
        if not self.is_table:
            self.tree.protect(self.root, <PyObject*>self)
        arena_reset(&self.tree.work)
        i = self.idx[self.depth]
        self.cell(&info)
        if not self.on_leaf:
            return self.erase_inner()
        self.release_above(self.depth)
        n_free = <uint32_t>free_bytes(&self.tree.lim, self.pages[self.depth]) + info.size + 2
        if (self.depth > 0 and is_underfull(self.tree, n_free)) or i + 1 == self.n_cells:
            if self.is_table:
                self.saved_rowid = info.rowid
            else:
                self.n_saved = info.n_payload
                self.read_whole(&info, &self.saved, &self.saved_capacity)
        free_chain(self.tree, &info, self.pages[self.depth].pgno)
        page = self.tree.writable(self.pages[self.depth])
        self.pages[self.depth] = page
        drop_cell(&self.tree.lim, page, i, info.size)
        self.tree.write_seq += 1
        if self.depth > 0 and is_underfull(self.tree, n_free):
            pending.n = 0
            balance(self.tree, self.pages, self.idx, &self.n_held, self.depth, &pending, False)
            self.release()
            self.lost = True
            self.skip = 0
            return 0
        self.n_cells = <uint16_t>n_cells_of(page)
        self.seen_write_seq = self.tree.write_seq
        self.skip = 1
        self.sought = True
        return 0

    cdef int erase_inner(self) except -1 nogil:
        """An index entry on an inner page: the entry before it, the last of a leaf, takes its place there."""
        cdef CellInfo info, last
        cdef Pending pending
        cdef int level = self.depth, leaf_level, cmp = 0, stopped
        cdef uint32_t i = self.idx[level]
        cdef uint32_t n, n_free
        cdef uint8_t* cell
        cdef RecordKey key
        self.cell(&info)
        self.n_saved = info.n_payload
        self.read_whole(&info, &self.saved, &self.saved_capacity)
        self.enter_child(i)
        self.rightmost()
        leaf_level = self.depth
        self.release_above(leaf_level)
        self.leaf_cell(self.idx[leaf_level], &last)
        cell = arena_alloc(&self.tree.work, last.size + 4)
        memcpy(cell, cell_at(self.pages[level], i), 4)
        memcpy(cell + 4, cell_at(self.pages[leaf_level], self.idx[leaf_level]), last.size)
        # A cell padded to the least size needs no padding behind a child pointer.
        n = cell_size_at(&self.tree.lim, INDEX_INNER, cell, cell + last.size + 4)
        self.tree.write_seq += 1
        free_chain(self.tree, &info, self.pages[level].pgno)
        self.pages[level] = self.tree.writable(self.pages[level])
        drop_cell(&self.tree.lim, self.pages[level], i, info.size)
        pending.n = 0
        if insert_cell(&self.tree.lim, self.pages[level], i, cell, n, NULL, 0):
            if last.overflow and self.tree.auto_vacuum:
                self.tree.map_put(last.overflow, PTR_OVERFLOW1, self.pages[level].pgno)
        else:
            # No room: the inner page is balanced first, with the entry in both places, then the one in the leaf is found again.
            pending.n = 1
            pending.at[0] = i
            pending.cell[0] = cell
            pending.size[0] = n
            self.whole_capacity = self.grow(&self.whole, self.whole_capacity, last.n_payload)
            self.read_payload(&last, 0, last.n_payload, self.whole)
            self.release_above(level)
            balance(self.tree, self.pages, self.idx, &self.n_held, level, &pending, False)
            self.release()
            arena_reset(&self.key_arena)
            cell = arena_alloc(&self.key_arena, last.n_payload + 1)
            memcpy(cell, self.whole, last.n_payload)
            prepare_from_record(self.key_info, cell, last.n_payload, &key, &self.key_arena)
            n = last.n_payload
            if not self.seek_prepared(&key, -1, &cmp) or cmp != 0 or not self.on_leaf:
                return raise_corrupt("entry not found where it was", self.root)
            leaf_level = self.depth
            level = leaf_level
            self.release_above(leaf_level)
            self.leaf_cell(self.idx[leaf_level], &last)
            pending.n = 0
        self.pages[leaf_level] = self.tree.writable(self.pages[leaf_level])
        drop_cell(&self.tree.lim, self.pages[leaf_level], self.idx[leaf_level], last.size)
        self.tree.write_seq += 1
        stopped = balance(self.tree, self.pages, self.idx, &self.n_held, leaf_level, &pending, False)
        if stopped > level:
            # The replaced entry may have left its inner page short.
            self.release_above(level)
            balance(self.tree, self.pages, self.idx, &self.n_held, level, &pending, False)
        self.release()
        self.lost = True
        self.at_end = False
        self.skip = 0
        return 0

    cdef uint32_t grow(self, uint8_t** buffer, uint32_t capacity, uint32_t n) except? 0 nogil:
        if n <= capacity:
            return capacity
        buffer[0] = <uint8_t*>mem_realloc(buffer[0], n + 64, 1)
        return n + 64
