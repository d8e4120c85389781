"""What DDL and ANALYZE do to trees: make, drop, fill an index from sorted entries, append a schema row, count distinct keys."""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy
from pumice.exec.context cimport ExecContext
from pumice.exec.dml.record_buffer cimport MISSING_TAG, RecordBuffer
from pumice.exec.operators.operator cimport Operator
from pumice.exec.vector.convert cimport value_from_python
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, vec_get
from pumice.memory cimport Arena, arena_alloc, arena_free, arena_init, arena_reset, mem_free, mem_zalloc
from pumice.storage.btree.btree cimport Btree, BtreeCursor, CellInfo
from pumice.storage.btree.bulk cimport BulkBuilder
from pumice.storage.record.key_info cimport KeyInfo, compare_values
from pumice.values cimport TAG_NULL, TAG_TEXT, Value

from pumice import errors


def create_tree(Btree tree, bint is_table):
    """Root page of a new empty tree."""
    return tree.create_tree(is_table)


def drop_tree(Btree tree, uint32_t root):
    """Frees a tree. Returns the root page number that an auto-vacuum file has moved to `root`, or 0."""
    return tree.drop_tree(root)


def clear_tree(Btree tree, uint32_t root):
    cdef int64_t n_rows = 0
    tree.clear_tree(root, &n_rows)
    return n_rows


def append_row(Btree tree, uint32_t root, values):
    """Adds a row of Python values at the end of a table tree; returns its rowid."""
    cdef uint32_t i, n = <uint32_t>len(values)
    cdef RecordBuffer record = RecordBuffer(n, tree.encoding)
    cdef BtreeCursor cursor = tree.cursor(root)
    cdef Value* fields = <Value*>mem_zalloc(n, sizeof(Value))
    cdef uint8_t* compact = <uint8_t*>mem_zalloc(n, 1)
    cdef Arena arena
    cdef CellInfo info
    cdef int64_t rowid = 1
    cdef list owner = []
    cdef Value value
    arena_init(&arena)
    try:
        for i in range(n):
            value_from_python(values[i], &value, owner)
            fields[i] = value
        if cursor.last():
            cursor.cell(&info)
            rowid = info.rowid + 1
        record.encode(fields, NULL, compact, n, &arena)
        cursor.insert_row(rowid, record.p, record.n, True)
    finally:
        cursor.close()
        arena_free(&arena)
        mem_free(fields)
        mem_free(compact)
    return rowid


cdef class IndexBuilder:
    """Fills an empty index tree, page after page, each written once, from an operator that emits its entries in key order.

    Args: the ExecContext, the tree and its root, how its entries compare, `n_key` columns that a UNIQUE index (`unique`) compares, `compact`
    per column.
    """

    cdef ExecContext ctx
    cdef BulkBuilder pages
    cdef KeyInfo key_info
    cdef RecordBuffer record
    cdef uint32_t n_key, n_all
    cdef bint unique
    cdef uint8_t* compact           # owned
    cdef Value* key                 # owned
    cdef Value* previous            # owned; its text in `kept`
    cdef Arena arena
    cdef Arena kept
    cdef int64_t n_rows

    def __cinit__(self, *args):
        arena_init(&self.arena)
        arena_init(&self.kept)

    def __init__(self, ExecContext ctx, Btree tree, uint32_t root, KeyInfo key_info, uint32_t n_key, list compact, bint unique, int encoding):
        cdef uint32_t i
        self.ctx = ctx
        self.pages = BulkBuilder(tree, root, False)
        self.key_info = key_info
        self.n_key = n_key
        self.n_all = <uint32_t>len(compact)
        self.unique = unique
        self.record = RecordBuffer(self.n_all, encoding)
        self.compact = <uint8_t*>mem_zalloc(self.n_all, 1)
        self.key = <Value*>mem_zalloc(self.n_all, sizeof(Value))
        self.previous = <Value*>mem_zalloc(self.n_all, sizeof(Value))
        for i in range(self.n_all):
            self.compact[i] = compact[i]

    def __dealloc__(self):
        mem_free(self.compact)
        mem_free(self.key)
        mem_free(self.previous)
        arena_free(&self.arena)
        arena_free(&self.kept)

    def run(self, Operator source):
        """Returns the number of entries, or -1 at the first duplicate in a unique index."""
        cdef int64_t result
        try:
            with nogil:
                result = self.fill(source)
        finally:
            source.close()
        return result

    cdef int64_t fill(self, Operator source) except -2 nogil:
        cdef Batch* batch
        cdef uint32_t k, c, lane
        self.n_rows = 0
        source.open()
        while source.next(BATCH_MAX, &batch):
            self.ctx.check_interrupt()
            for k in range(batch.n_sel):
                lane = k if batch.sel == NULL else batch.sel[k]
                for c in range(self.n_all):
                    vec_get(batch.cols[c], lane, &self.key[c])
                if self.unique:
                    if self.n_rows and self.repeats():
                        return -1
                    self.keep()
                arena_reset(&self.arena)
                self.record.encode(self.key, NULL, self.compact, self.n_all, &self.arena)
                self.pages.add(self.record.p, self.record.n, 0)
                self.n_rows += 1
        self.pages.finish()
        return self.n_rows

    cdef bint repeats(self) noexcept nogil:
        cdef uint32_t i
        for i in range(self.n_key):
            if self.key[i].tag == TAG_NULL or compare_values(&self.key[i], &self.previous[i], self.key_info.fns[i],
                                                            self.key_info.contexts[i]) != 0:
                return False
        return True

    cdef int keep(self) except -1 nogil:
        cdef uint32_t i
        cdef uint8_t* copy
        arena_reset(&self.kept)
        for i in range(self.n_key):
            self.previous[i] = self.key[i]
            if self.key[i].tag >= TAG_TEXT:
                copy = arena_alloc(&self.kept, self.key[i].size)
                memcpy(copy, self.key[i].num.p, self.key[i].size)
                self.previous[i].num.p = copy
        return 0


def distinct_prefixes(BtreeCursor cursor, uint32_t n_columns, int encoding, int64_t limit):
    """(number of entries, [distinct values of the first column, of the first two, ...]) of an index tree; NULLs count as equal.
    With a `limit` other than 0 only so many entries are looked at."""
    cdef RecordBuffer record = RecordBuffer(n_columns, encoding)
    cdef Value* current = <Value*>mem_zalloc(n_columns, sizeof(Value))
    cdef Value* previous = <Value*>mem_zalloc(n_columns, sizeof(Value))
    cdef int64_t* distinct = <int64_t*>mem_zalloc(n_columns, sizeof(int64_t))
    cdef Value* swap
    cdef Arena arenas[2]
    cdef Arena* arena
    cdef CellInfo info
    cdef uint8_t* copy
    cdef uint32_t i, same
    cdef int64_t n_rows = 0
    cdef int found, which = 0
    arena_init(&arenas[0])
    arena_init(&arenas[1])
    try:
        with nogil:
            found = cursor.first()
            while found and (limit == 0 or n_rows < limit):
                arena = &arenas[which]
                arena_reset(arena)
                cursor.cell(&info)
                copy = arena_alloc(arena, info.n_payload + 1)
                cursor.read_payload(&info, 0, info.n_payload, copy)
                record.decode(copy, info.n_payload, current, n_columns, arena)
                same = 0
                if n_rows:
                    while same < n_columns and compare_values(&current[same], &previous[same], cursor.key_info.fns[same],
                                                              cursor.key_info.contexts[same]) == 0:
                        same += 1
                for i in range(same, n_columns):
                    distinct[i] += 1
                n_rows += 1
                swap = previous
                previous = current
                current = swap
                which = 1 - which
                found = cursor.next()
        return n_rows, [distinct[i] for i in range(n_columns)]
    finally:
        cursor.close()
        mem_free(current)
        mem_free(previous)
        mem_free(distinct)
        arena_free(&arenas[0])
        arena_free(&arenas[1])


def copy_without_field(BtreeCursor source, BtreeCursor target, uint32_t field, uint32_t n_fields, int encoding):
    """Copies all records of one tree to another, empty one, leaving out a field (ALTER TABLE DROP COLUMN)."""
    cdef RecordBuffer record = RecordBuffer(n_fields, encoding)
    cdef Value* values = <Value*>mem_zalloc(n_fields, sizeof(Value))
    cdef uint8_t* compact = <uint8_t*>mem_zalloc(n_fields, 1)
    cdef Arena arena
    cdef CellInfo info
    cdef uint8_t* copy
    cdef uint32_t i, n
    cdef int found
    arena_init(&arena)
    try:
        with nogil:
            found = source.first()
            while found:
                arena_reset(&arena)
                source.cell(&info)
                copy = arena_alloc(&arena, info.n_payload + 1)
                source.read_payload(&info, 0, info.n_payload, copy)
                record.decode(copy, info.n_payload, values, n_fields, &arena)
                n = 0
                for i in range(n_fields):
                    if values[i].tag == MISSING_TAG:
                        break
                    if i != field:
                        values[n] = values[i]
                        n += 1
                record.encode(values, NULL, compact, n, &arena)
                if target.is_table:
                    target.insert_row(info.rowid, record.p, record.n, True)
                else:
                    target.insert_key(record.p, record.n, values, target.key_info.n_key)
                found = source.next()
    finally:
        source.close()
        target.close()
        mem_free(values)
        mem_free(compact)
        arena_free(&arena)
