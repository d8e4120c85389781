"""MultiIndex: rows that any ("or") or all ("and") of several access paths find, each row fetched once.

Inputs: access paths over the same rowid table that yield the rowid as their single column. Output as TableScan. Order: first-found for
"or", ascending rowid for "and". Buffers the rowids.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.key_table cimport NO_ENTRY, CollationList, KeyTable
from pumice.exec.operators.operator cimport Operator, OperatorList
from pumice.exec.operators.order cimport Ordering, make_ordering
from pumice.exec.operators.row_source cimport MAX_OVERFLOW, RowSource
from pumice.exec.operators.row_store cimport store_get
from pumice.exec.vector.vector cimport BATCH_MAX, Batch
from pumice.memory cimport mem_alloc, mem_free, mem_realloc, mem_zalloc
from pumice.storage.btree.btree cimport BtreeCursor
from pumice.values cimport Value


cdef class MultiIndex(RowSource):
    cdef OperatorList inputs
    cdef bint all_of                    # "and"
    cdef KeyTable found                 # rowids, in first-found order
    cdef Ordering ordering
    cdef uint32_t* rows                 # owned; entries of `found` to fetch
    cdef uint32_t n_rows, row_at
    cdef uint32_t* seen                 # owned; "and": inputs that found the entry
    cdef uint32_t entries[1024]
    cdef bint loaded

    def __cinit__(self, *args, **kwargs):
        self.rows = self.seen = NULL

    def __init__(self, node, ExecContext ctx, BtreeCursor table, list outputs, list filter, inputs, bint all_of):
        self.ctx = ctx
        self.make_source(node, outputs, filter)
        self.attach(table)
        self.inputs = OperatorList(inputs)
        self.children = self.inputs.operators
        self.all_of = all_of
        self.found = KeyTable(CollationList([None]))
        self.ordering = make_ordering([0], [False], [True], [None])

    def __dealloc__(self):
        mem_free(self.rows)
        mem_free(self.seen)

    cdef int open(self) except -1 nogil:
        self.release()
        self.loaded = False
        self.found.clear()
        self.n_rows = self.row_at = 0
        return 0

    cdef int load(self) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t i, k, n = 0
        self.loaded = True
        for i in range(self.inputs.n):
            (<Operator>self.inputs.items[i]).open()
            while (<Operator>self.inputs.items[i]).next(BATCH_MAX, &batch):
                if self.all_of and i > 0:
                    self.found.find(batch.cols, batch.sel, batch.n_sel, self.entries)
                    for k in range(batch.n_sel):
                        if self.entries[k] != NO_ENTRY and self.seen[self.entries[k]] == i:
                            self.seen[self.entries[k]] = i + 1
                else:
                    self.found.insert(batch.cols, batch.sel, batch.n_sel, self.entries, NULL)
            (<Operator>self.inputs.items[i]).close()
            if self.all_of and i == 0:
                self.seen = <uint32_t*>mem_realloc(self.seen, self.found.keys.n_rows, sizeof(uint32_t))
                for k in range(self.found.keys.n_rows):
                    self.seen[k] = 1
                if self.found.keys.n_rows == 0:
                    break
        self.rows = <uint32_t*>mem_realloc(self.rows, self.found.keys.n_rows, sizeof(uint32_t))
        for k in range(self.found.keys.n_rows):
            if not self.all_of or self.seen[k] == self.inputs.n:
                self.rows[n] = k
                n += 1
        self.n_rows = n
        if self.all_of:
            self.ordering.sort(self.found.keys, self.rows, n)
        return 0

    cdef int fill(self, uint32_t ask) except -1 nogil:
        cdef Value v
        if not self.loaded:
            self.load()
        while self.row_at < self.n_rows and self.n_lanes < ask and self.n_pins < self.max_pins and self.n_overflow < MAX_OVERFLOW:
            store_get(self.found.keys, self.rows[self.row_at], 0, &v)
            self.row_at += 1
            self.push_rowid(v.num.i)
        return 0

    cdef int close(self) except -1 nogil:
        cdef uint32_t i
        self.release()
        self.found.clear()
        self.n_rows = self.row_at = 0
        for i in range(self.inputs.n):
            (<Operator>self.inputs.items[i]).close()
        return self.source.close()
