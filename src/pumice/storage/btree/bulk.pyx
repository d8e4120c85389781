"""BulkBuilder: building a tree bottom-up; see bulk.pxd.

    level 1   | (child 7) 40 | (child 8) 80 | ...        the right child is the page that is being filled below
    level 0   | 81 | 83 | 90 | ...                       full pages have been written already

When a page is full, it is written and a divider goes up: for a table the last rowid of the leaf, for an index the last entry itself, taken
from the page. So every page that is begun gets at least one cell, and the last pages of all levels need no repair at the end. The root keeps its
number: `finish` writes the topmost page into it.

Input: records in the tree's order (rowids ascending), which is not checked beyond rowids. The tree is empty; a write transaction is open.
Other cursors must not be on the tree while it is built.
Tests: tests/unit/btree/test_bulk.py
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from pumice.memory cimport arena_alloc, arena_reset, mem_alloc, mem_free
from pumice.storage.btree.btree cimport Btree
from pumice.storage.btree.layout cimport (
    INDEX_INNER, INDEX_LEAF, MIN_CELL, TABLE_INNER, TABLE_LEAF, cell_size_at, get32, header_at, n_cells_of, put32, raise_corrupt,
    rowid_varint, skip_varint,
)
from pumice.storage.btree.page_edit cimport build_page
from pumice.storage.btree.page_store cimport PTR_BTREE
from pumice.storage.btree.payload cimport NewCell, make_cell
from pumice.storage.pager.pager cimport Page
from pumice.storage.record.record cimport put_varint

cdef enum:
    MAX_LEVELS = 20
    INNER_HEAD = 12               # header bytes of an inner page, leaves have 8
    LEAF_HEAD = 8


cdef int raise_misuse(const char* what) except -1 nogil:
    with gil:
        raise ValueError(what.decode())


cdef class BulkBuilder:
    """Args: the Btree, the root of an empty tree (not page 1), whether it is a table tree."""

    def __cinit__(self, Btree tree not None, uint32_t root, bint is_table):
        cdef Page* page
        cdef bint empty
        memset(self.levels, 0, sizeof(self.levels))
        self.tree = tree
        self.root = root
        self.is_table = is_table
        if root < 2:
            raise_corrupt("the schema table is not built in bulk", root)
        page = tree.btree_page(root)
        empty = n_cells_of(page) == 0 and page.data[header_at(page)] == (TABLE_LEAF if is_table else INDEX_LEAF)
        tree.pager.unpin(page)
        if not empty:
            raise_corrupt("the tree is not empty, or of another kind", root)
        self.open_level(0)

    def __dealloc__(self):
        cdef int i
        for i in range(self.n_levels):
            mem_free(self.levels[i].bytes)
            mem_free(self.levels[i].at)

    cdef int open_level(self, int level) except -1 nogil:
        cdef uint32_t usable = self.tree.lim.usable
        if level >= MAX_LEVELS:
            return raise_misuse(b"tree too deep")
        self.levels[level].bytes = <uint8_t*>mem_alloc(usable, 1)
        self.n_levels = level + 1
        self.levels[level].at = <uint32_t*>mem_alloc(usable // (MIN_CELL + 2) + 2, sizeof(uint32_t))
        self.levels[level].n = 0
        self.levels[level].at[0] = 0
        self.levels[level].room = usable - (INNER_HEAD if level else LEAF_HEAD)
        return 0

    cdef int add(self, const uint8_t* record, uint32_t n, int64_t rowid) except -1 nogil:
        cdef NewCell cell
        if self.finished or (self.is_table and self.n_rows and rowid <= self.last_rowid):
            return raise_misuse(b"rows are added in ascending order, before finish()")
        arena_reset(&self.tree.work)
        make_cell(self.tree, self.is_table, rowid, record, n, &cell)
        self.push(0, cell.head, cell.n_head, cell.body, cell.n_body)
        self.last_rowid = rowid
        self.n_rows += 1
        return 0

    cdef int push(self, int level, const uint8_t* a, uint32_t n_a, const uint8_t* b, uint32_t n_b) except -1 nogil:
        """A cell of two parts at the end of the level's page, after writing that page out when it is full."""
        cdef Level* page = &self.levels[level]
        cdef uint32_t size = n_a + n_b if n_a + n_b > MIN_CELL else MIN_CELL
        cdef uint8_t* p
        if size + 2 > page.room:
            self.flush(level)
            page = &self.levels[level]
        p = page.bytes + page.at[page.n]
        memcpy(p, a, n_a)
        if n_b:
            memcpy(p + n_a, b, n_b)
        if n_a + n_b < size:
            memset(p + n_a + n_b, 0, size - n_a - n_b)
        page.n += 1
        page.at[page.n] = page.at[page.n - 1] + size
        page.room -= size + 2
        return 0

    cdef int flush(self, int level) except -1 nogil:
        """Writes the full page of a level and sends a divider up."""
        cdef Level* page = &self.levels[level]
        cdef uint32_t n_keep = page.n, size, pgno
        cdef uint8_t* divider
        cdef uint8_t* last
        if page.n < (1 if level == 0 and self.is_table else 2):
            return raise_corrupt("cell larger than its page", self.root)
        last = page.bytes + page.at[page.n - 1]
        size = page.at[page.n] - page.at[page.n - 1]
        divider = arena_alloc(&self.tree.work, size + 16)
        if level == 0 and self.is_table:
            pgno = self.write_page(0, page.n, 0, 0)
            size = 4 + put_varint(divider + 4, <uint64_t>rowid_varint(skip_varint(last)))
        elif level == 0:
            pgno = self.write_page(0, page.n - 1, 0, 0)
            memcpy(divider + 4, last, size)
            size = cell_size_at(&self.tree.lim, INDEX_INNER, divider, divider + 4 + size)
        else:
            # The last cell's child becomes the rightmost one.
            pgno = self.write_page(level, page.n - 1, get32(last), 0)
            memcpy(divider, last, size)
        put32(divider, pgno)
        page.n = 0
        page.room = self.tree.lim.usable - (INNER_HEAD if level else LEAF_HEAD)
        if level + 1 == self.n_levels:
            self.open_level(level + 1)
        return self.push(level + 1, divider, size, NULL, 0)

    cdef uint32_t write_page(self, int level, uint32_t n, uint32_t right_child, uint32_t pgno) except 0 nogil:
        """The first n cells of the level on a page of their own: `pgno`, or a new one for 0. Its children's map entries are made too."""
        cdef Level* page = &self.levels[level]
        cdef Page* out
        cdef uint8_t flag
        cdef uint8_t** cells = <uint8_t**>arena_alloc(&self.tree.work, (n + 1) * sizeof(uint8_t*))
        cdef uint32_t* sizes = <uint32_t*>arena_alloc(&self.tree.work, (n + 1) * sizeof(uint32_t))
        cdef uint32_t i
        for i in range(n):
            cells[i] = page.bytes + page.at[i]
            sizes[i] = page.at[i + 1] - page.at[i]
        if self.is_table:
            flag = TABLE_INNER if level else TABLE_LEAF
        else:
            flag = INDEX_INNER if level else INDEX_LEAF
        out = self.tree.pager.get_zeroed(pgno) if pgno else self.tree.allocate()
        pgno = out.pgno
        try:
            build_page(&self.tree.lim, out, flag, n, cells, sizes, right_child)
            if self.tree.auto_vacuum:
                self.tree.map_children(out)
        finally:
            self.tree.pager.unpin(out)
        return pgno

    cdef int finish(self) except -1 nogil:
        """Writes the unfinished page of every level, the topmost into the root."""
        cdef uint32_t below = 0
        cdef int level
        if self.finished:
            return raise_misuse(b"finish() is called once")
        self.finished = True
        arena_reset(&self.tree.work)
        for level in range(self.n_levels):
            below = self.write_page(level, self.levels[level].n, below, self.root if level == self.n_levels - 1 else 0)
        self.tree.write_seq += 1
        return 0

    # ---- for Python

    def py_add(self, bytes record not None, int64_t rowid=0):
        self.add(<const uint8_t*><const char*>record, <uint32_t>len(record), rowid)

    def py_finish(self):
        self.finish()
