"""Python access to B-trees, cursors and records, for tests; not shipped."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from pumice.memory cimport Arena, arena_free, arena_init, mem_alloc, mem_free
from pumice.storage.btree cimport btree
from pumice.storage.btree.btree cimport BtreeCursor, CellInfo
from pumice.storage.btree.page_edit cimport free_bytes
from pumice.storage.pager.cache cimport PageCache
from pumice.storage.pager.page cimport Page
from pumice.storage.record.key_info cimport KeyInfo, compare_values
from pumice.storage.record.record cimport encode_record, record_size
from pumice.values cimport TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value


cdef class Values:
    """C values made of Python ones; text is UTF-8 or, when `encoding` says so, UTF-16."""
    cdef Value* v
    cdef uint32_t n
    cdef list keep

    def __cinit__(self, values, int encoding=1):
        cdef uint32_t i
        cdef bytes text
        self.n = <uint32_t>len(values)
        self.v = <Value*>mem_alloc(self.n + 1, sizeof(Value))
        self.keep = []
        for i in range(self.n):
            value = values[i]
            self.v[i].size = 0
            if value is None:
                self.v[i].tag = TAG_NULL
            elif isinstance(value, int):
                self.v[i].tag = TAG_INT
                self.v[i].num.i = value
            elif isinstance(value, float):
                self.v[i].tag = TAG_REAL
                self.v[i].num.r = value
            else:
                if isinstance(value, str):
                    text = value.encode(("utf-8", "utf-16-le", "utf-16-be")[encoding - 1])
                    self.v[i].tag = TAG_TEXT
                else:
                    text = bytes(value)
                    self.v[i].tag = TAG_BLOB
                self.keep.append(text)
                self.v[i].num.p = <const uint8_t*><const char*>text
                self.v[i].size = <uint32_t>len(text)

    def __dealloc__(self):
        mem_free(self.v)


def encode(values, int encoding=1):
    """The record of a sequence of Python values."""
    cdef Values v = Values(values, encoding)
    cdef size_t n = record_size(v.v, v.n)
    cdef uint8_t* out = <uint8_t*>mem_alloc(n + 1, 1)
    cdef size_t wrote
    try:
        wrote = encode_record(v.v, v.n, out)
        assert wrote == n, (wrote, n)
        return (<char*>out)[:n]
    finally:
        mem_free(out)


def compare(a, b, KeyInfo info=None):
    cdef Values v = Values([a, b])
    return compare_values(&v.v[0], &v.v[1], info.fns[0] if info is not None else NULL, info.contexts[0] if info is not None else NULL)


cdef class Btree(btree.Btree):
    def py_begin_read(self):
        self.begin_read()

    def py_end_read(self):
        self.end_read()

    def py_begin_write(self, bint exclusive=False):
        self.begin_write(exclusive, self.pager.lock >= 1)

    def py_commit(self):
        self.commit(False)

    def py_rollback(self):
        self.rollback(False)

    def py_savepoint_open(self):
        return self.savepoint_open()

    def py_savepoint_release(self, int index):
        self.savepoint_release(index)

    def py_savepoint_rollback(self, int index):
        self.savepoint_rollback(index)

    def py_create_tree(self, bint is_table):
        return self.create_tree(is_table)

    def py_drop_tree(self, uint32_t root):
        return self.drop_tree(root)

    def py_clear_tree(self, uint32_t root):
        cdef int64_t n_rows = 0
        self.clear_tree(root, &n_rows)
        return n_rows


cdef class Cursor:
    cdef readonly BtreeCursor c

    def __init__(self, btree.Btree tree, uint32_t root, KeyInfo info=None):
        self.c = tree.cursor(root, info)

    def first(self):
        return self.c.first()

    def last(self):
        return self.c.last()

    def next(self):
        return self.c.next()

    def prev(self):
        return self.c.prev()

    def next_leaf(self):
        return self.c.next_leaf()

    def walk(self, n_leaves, int64_t last_rowid=0x7FFFFFFFFFFFFFFF):
        """Reads so many leaves from the beginning, up to a rowid of the last one."""
        self.c.last_rowid = last_rowid
        found = self.c.first()
        for _ in range(n_leaves - 1):
            found = self.c.next_leaf()
        return found

    def seek_rowid(self, int64_t rowid):
        """None for an empty tree, else the sign of (entry - rowid)."""
        cdef int cmp = 99
        return cmp if self.c.seek_rowid(rowid, &cmp) else None

    def seek_key(self, key, int bias=0):
        cdef Values v = Values(key)
        cdef int cmp = 99
        return cmp if self.c.seek_key(v.v, v.n, bias, &cmp) else None

    def compare_key(self, key):
        cdef Values v = Values(key)
        cdef int cmp = 99
        self.c.compare_key(v.v, v.n, &cmp)
        return cmp

    def entry(self):
        """(rowid or 0, payload bytes)."""
        cdef CellInfo info
        cdef Arena arena
        arena_init(&arena)
        try:
            self.c.cell(&info)
            return info.rowid, (<const char*>self.c.payload(&info, &arena))[:info.n_payload]
        finally:
            arena_free(&arena)

    def leaf(self):
        """The rest of the current leaf, as a scan reads it."""
        cdef CellInfo info
        cdef Arena arena
        cdef uint16_t i
        arena_init(&arena)
        found = []
        try:
            for i in range(self.c.idx[self.c.depth], self.c.n_cells):
                self.c.leaf_cell(i, &info)
                found.append((info.rowid, (<const char*>self.c.payload(&info, &arena))[:info.n_payload]))
            return found
        finally:
            arena_free(&arena)

    def read(self, uint32_t offset, uint32_t n):
        cdef CellInfo info
        cdef bytearray out = bytearray(n)
        cdef uint8_t[:] view = out
        self.c.cell(&info)
        self.c.read_payload(&info, offset, n, &view[0] if n else NULL)
        return bytes(out)

    def entries(self):
        """All entries, first to last."""
        found = []
        more = self.c.first()
        while more:
            found.append(self.entry())
            more = self.c.next()
        return found

    def insert_row(self, int64_t rowid, const uint8_t[:] payload, bint append=False):
        self.c.insert_row(rowid, &payload[0] if payload.shape[0] else NULL, <uint32_t>payload.shape[0], append)

    def append_many(self, int64_t first, int64_t n, const uint8_t[:] payload):
        cdef int64_t i
        with nogil:
            for i in range(n):
                self.c.insert_row(first + i, &payload[0], <uint32_t>payload.shape[0], True)

    def scatter(self, int64_t n, const uint8_t[:] payload):
        """Inserts n rows with scattered rowids. For timing."""
        cdef int64_t i, rowid = 0
        with nogil:
            for i in range(n):
                rowid = (rowid + 0x1E3779B1) & 0x3FFFFFFF
                self.c.insert_row(rowid, &payload[0], <uint32_t>payload.shape[0], False)

    def seek_many(self, int64_t first, int64_t n, int64_t step):
        """Seeks n rowids; returns how many were there. For timing."""
        cdef int64_t i, hits = 0
        cdef int cmp = 1
        with nogil:
            for i in range(n):
                if self.c.seek_rowid(first + i * step, &cmp) and cmp == 0:
                    hits += 1
        return hits

    def walk(self):
        """Number of entries by next(). For timing."""
        cdef int64_t n = 0
        with nogil:
            if self.c.first():
                n = 1
                while self.c.next():
                    n += 1
        return n

    def insert_key(self, values):
        cdef Values v = Values(values, self.c.key_info.encoding)
        cdef Values key = Values(values)
        record = encode(values, self.c.key_info.encoding)
        self.c.insert_key(<const uint8_t*><const char*>record, <uint32_t>len(record), key.v, key.n if key.n < self.c.key_info.n_key else self.c.key_info.n_key)

    def erase(self):
        self.c.erase()

    def close(self):
        self.c.close()


def check_free_known(btree.Btree tree):
    """What cached pages remember of their free bytes is what counting them gives; returns how many pages remember."""
    cdef PageCache* cache = &tree.pager.cache
    cdef Page* page
    cdef uint32_t i, known
    cdef int n = 0
    for i in range(cache.mask + 1):
        page = cache.buckets[i]
        while page != NULL:
            if page.btree_ok and page.free_known:
                known = page.free_known
                page.free_known = 0
                tree.pager.get(page.pgno)
                if <uint32_t>free_bytes(&tree.lim, page) + 1 != known:
                    raise AssertionError(page.pgno)
                tree.pager.unpin(page)
                n += 1
            page = page.hash_next
    return n
