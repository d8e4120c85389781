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

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from pumice.memory cimport Arena, arena_alloc, arena_free, arena_init, arena_reset, mem_free, mem_realloc
from pumice.storage.btree.layout cimport (
    INDEX_INNER, INDEX_LEAF, LEAF_BIT, TABLE_INNER, TABLE_LEAF, cell_at, cells_at, child_of, get16, get32, header_at, inner_rowid,
    is_leaf, leaf_rowid, n_cells_of, parse_cell, put32, raise_corrupt,
)
from pumice.storage.btree.page_store cimport PageStore, fetch
from pumice.storage.pager.pager cimport Page, Pager
from pumice.storage.record.compare cimport RecordKey, compare_record, prepare_from_record, prepare_key
from pumice.storage.record.key_info cimport KeyInfo
from pumice.values cimport Value

from pumice import errors

cdef enum:
    META_AT = 36                  # offset in page 1 of meta field 0; 4 bytes each
    N_META = 16


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
                self.encoding = <int>encoding if 1 <= encoding <= 3 else 1
            self.refreshed_seq = self.pager.change_seq
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

    cdef int begin_write(self, bint exclusive) except -1 nogil:
        self.begin_read()
        self.pager.begin_write(exclusive)
        return self.begin_read()

    cdef int commit(self) except -1 nogil:
        return self.pager.commit()

    cdef int rollback(self) except -1 nogil:
        return self.pager.rollback()

    cdef int savepoint_open(self) except -1 nogil:
        return self.pager.savepoint_open()

    cdef int savepoint_release(self, int index) except -1 nogil:
        return self.pager.savepoint_release(index)

    cdef int savepoint_rollback(self, int index) except -1 nogil:
        return self.pager.savepoint_rollback(index)

    cdef int set_meta(self, int which, uint32_t value) except -1 nogil:
        with gil:
            raise NotImplementedError

    cdef int64_t create_tree(self, bint is_table) except -1 nogil:
        with gil:
            raise NotImplementedError

    cdef int64_t drop_tree(self, uint32_t root) except -1 nogil:
        with gil:
            raise NotImplementedError

    cdef int clear_tree(self, uint32_t root, int64_t* n_rows) except -1 nogil:
        with gil:
            raise NotImplementedError

    # ---- counting

    cdef int64_t count_rows(self, uint32_t root) except -1 nogil:
        cdef uint32_t left = self.pager.n_pages
        return self.count_below(root, 0, &left)

    cdef int64_t count_below(self, uint32_t pgno, int level, uint32_t* left) except -1 nogil:
        """Entries of the subtree; `left` pages may still be visited, more would be a cycle."""
        cdef Page* page
        cdef int64_t n
        cdef uint32_t i, n_cells
        cdef uint8_t flag
        if level >= MAX_DEPTH or left[0] == 0:
            return raise_corrupt("tree deeper or larger than the file", pgno)
        left[0] -= 1
        page = fetch(self.pager, &self.lim, pgno)
        n_cells = n_cells_of(page)
        flag = page.data[header_at(page)]
        n = n_cells if flag != TABLE_INNER else 0
        if not flag & LEAF_BIT:
            try:
                for i in range(n_cells + 1):
                    n += self.count_below(child_of(page, i), level + 1, left)
            finally:
                self.pager.unpin(page)
        else:
            self.pager.unpin(page)
        return n

    cdef double estimate_rows(self, uint32_t root) except -1 nogil:
        """Fan-outs along the path of middle children, multiplied."""
        cdef Page* page
        cdef uint32_t pgno = root, n
        cdef double product = 1.0
        cdef bint leaf
        cdef int level
        for level in range(MAX_DEPTH):
            page = fetch(self.pager, &self.lim, pgno)
            n = n_cells_of(page)
            leaf = is_leaf(page)
            if not leaf:
                pgno = child_of(page, n // 2)
            self.pager.unpin(page)
            if leaf:
                return product * n
            product *= n + 1
        raise_corrupt("tree too deep", root)
        return -1

    cpdef BtreeCursor cursor(self, uint32_t root, KeyInfo key_info=None):
        return BtreeCursor(self, root, key_info)

    # ---- for Python

    def py_begin_read(self):
        self.begin_read()

    def py_end_read(self):
        self.end_read()

    def py_get_meta(self, int which):
        return self.get_meta(which)

    def py_count_rows(self, uint32_t root):
        return self.count_rows(root)

    def py_estimate_rows(self, uint32_t root):
        return self.estimate_rows(root)


cdef class BtreeCursor:
    """Args: the Btree, the tree's root page, and the KeyInfo of an index tree (None: a table tree)."""

    def __cinit__(self, Btree tree not None, uint32_t root, KeyInfo key_info=None):
        self.tree = tree
        self.root = root
        self.key_info = key_info
        self.is_table = key_info is None
        self.depth = -1
        self.at_end = True
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
                self.enter_child(self.idx[level] + 1)
                return self.leftmost()
            level -= 1
        return self.end_of_walk()

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
        cdef int low = 0, high = self.n_cells, mid
        cdef int64_t key, first = leaf_rowid(page, 0)
        # Rowids without gaps, the common case, are found at once.
        if rowid >= first and <uint64_t>rowid - <uint64_t>first < <uint64_t>high:
            mid = <int>(rowid - first)
            if leaf_rowid(page, mid) == rowid:
                self.idx[self.depth] = <uint16_t>mid
                cmp[0] = 0
                return 1
        while low < high:
            mid = (low + high) >> 1
            key = leaf_rowid(page, mid)
            if key < rowid:
                low = mid + 1
            elif key > rowid:
                high = mid
            else:
                self.idx[self.depth] = <uint16_t>mid
                cmp[0] = 0
                return 1
        if low < self.n_cells:
            self.idx[self.depth] = <uint16_t>low
            cmp[0] = 1
        else:
            self.idx[self.depth] = <uint16_t>(low - 1)
            cmp[0] = -1
        return 1

    cdef int seek_rowid(self, int64_t rowid, int* cmp) except -1 nogil:
        cdef Page* page
        cdef int low, high, mid
        if self.depth >= 0 and self.on_leaf and self.n_cells and self.fresh():
            page = self.pages[self.depth]
            if leaf_rowid(page, 0) <= rowid <= leaf_rowid(page, self.n_cells - 1):
                self.skip = 0
                self.n_steps = 0
                return self.search_leaf(rowid, cmp)
        self.enter_root()
        while not self.on_leaf:
            page = self.pages[self.depth]
            low = 0
            high = self.n_cells
            while low < high:
                mid = (low + high) >> 1
                if inner_rowid(page, mid) < rowid:
                    low = mid + 1
                else:
                    high = mid
            self.enter_child(low)
        if self.n_cells == 0:
            return self.end_of_walk()
        return self.search_leaf(rowid, cmp)

    # ---- seeking in index trees

    cdef int compare_cell(self, const RecordKey* key, Page* page, uint32_t i) except -2 nogil:
        """Sign of (entry i of `page` - key)."""
        cdef const uint8_t* end = page.data + self.tree.lim.usable
        cdef CellInfo info
        if not parse_cell(&self.tree.lim, page.data[header_at(page)], cell_at(page, i), end, &info):
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
        return self.seek_prepared(&prepared, bias, cmp)

    cdef int seek_prepared(self, const RecordKey* key, int bias, int* cmp) except -1 nogil:
        """Each level keeps the sign of the entry at which it turned, for the case that the leaf below has nothing on the wanted side."""
        cdef int low, high, mid, order, level
        cdef int low_sign = -1, high_sign = 1
        cdef int8_t low_signs[MAX_DEPTH]
        cdef int8_t high_signs[MAX_DEPTH]
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
            while low < high:
                mid = (low + high) >> 1
                order = self.compare_cell(key, page, mid)
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
        page.pins += 1
        return page

    cdef int insert_row(self, int64_t rowid, const uint8_t* payload, uint32_t n, bint append_hint) except -1 nogil:
        with gil:
            raise NotImplementedError

    cdef int insert_key(self, const uint8_t* record, uint32_t n, const Value* key, uint32_t n_key) except -1 nogil:
        with gil:
            raise NotImplementedError

    cdef int erase(self) except -1 nogil:
        with gil:
            raise NotImplementedError
