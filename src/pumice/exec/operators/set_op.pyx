"""SetOp: UNION ALL, UNION, INTERSECT and EXCEPT of two inputs with the same number of columns.

Output: as many columns. UNION ALL streams left, then right. The others buffer their distinct rows in a key table and give them in ascending
order of the whole row, as SQLite does; NULLs are equal to each other and come first.
"""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memset
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.key_table cimport NO_ENTRY, CollationList, KeyTable
from pumice.exec.operators.operator cimport Operator
from pumice.exec.operators.order cimport Ordering, make_ordering
from pumice.exec.vector.vector cimport BATCH_MAX, Batch
from pumice.memory cimport mem_free, mem_realloc

cdef enum:
    UNION = 0
    INTERSECT = 1
    EXCEPT = 2


cdef class UnionAll(Operator):
    cdef Operator left, right
    cdef bint on_right

    def __init__(self, node, ExecContext ctx, Operator left, Operator right):
        self.node = node
        self.ctx = ctx
        self.left = left
        self.right = right
        self.children = (left, right)
        self.make_output(0, 0)

    cdef int open(self) except -1 nogil:
        self.on_right = False
        return self.left.open()

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        if not self.on_right:
            if self.left.next(want, out):
                return 1
            self.left.close()
            self.right.open()
            self.on_right = True
        return self.right.next(want, out)

    cdef int close(self) except -1 nogil:
        self.left.close()
        return self.right.close()


cdef class SetOp(Operator):
    cdef Operator left, right
    cdef int op
    cdef KeyTable table
    cdef Ordering ordering
    cdef uint8_t* on_right              # owned; per entry: right has the row too
    cdef uint32_t* rows                 # owned; entries in output order
    cdef uint32_t n_rows, row_at
    cdef bint filled
    cdef uint32_t entries[1024]
    cdef uint8_t is_new[1024]

    def __cinit__(self, *args, **kwargs):
        self.on_right = NULL
        self.rows = NULL

    def __init__(self, node, ExecContext ctx, Operator left, Operator right, str op, collations):
        cdef uint32_t n = <uint32_t>len(collations)
        self.node = node
        self.ctx = ctx
        self.left = left
        self.right = right
        self.children = (left, right)
        self.op = {"union": UNION, "intersect": INTERSECT, "except": EXCEPT}[op]
        self.table = KeyTable(CollationList(collations))
        self.ordering = make_ordering(range(n), [False] * n, [True] * n, collations)
        self.make_output(n, n)

    def __dealloc__(self):
        mem_free(self.on_right)
        mem_free(self.rows)

    cdef int open(self) except -1 nogil:
        self.table.clear()
        self.filled = False
        self.n_rows = self.row_at = 0
        return 0

    cdef int add(self, Batch* batch) except -1 nogil:
        """Of equal rows the last one stays, as SQLite's index of the result has it."""
        self.table.insert(batch.cols, batch.sel, batch.n_sel, self.entries, self.is_new)
        if not self.table.int_only:
            self.table.overwrite(batch.cols, batch.sel, batch.n_sel, self.entries, self.is_new)
        return 0

    cdef int fill(self) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t k, n = 0, total
        self.filled = True
        self.left.open()
        while self.left.next(BATCH_MAX, &batch):
            self.add(batch)
        self.left.close()
        if self.op != UNION:
            self.on_right = <uint8_t*>mem_realloc(self.on_right, self.table.keys.n_rows, 1)
            memset(self.on_right, 0, self.table.keys.n_rows)
        self.right.open()
        while self.right.next(BATCH_MAX, &batch):
            if self.op == UNION:
                self.add(batch)
            else:
                self.table.find(batch.cols, batch.sel, batch.n_sel, self.entries)
                for k in range(batch.n_sel):
                    if self.entries[k] != NO_ENTRY:
                        self.on_right[self.entries[k]] = 1
        self.right.close()
        total = self.table.keys.n_rows
        self.rows = <uint32_t*>mem_realloc(self.rows, total, sizeof(uint32_t))
        for k in range(total):
            if self.op == UNION or self.on_right[k] == (self.op == INTERSECT):
                self.rows[n] = k
                n += 1
        self.n_rows = n
        self.row_at = 0
        return self.ordering.sort(self.table.keys, self.rows, n)

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t n, c
        if not self.filled:
            self.fill()
        n = self.n_rows - self.row_at
        if n == 0:
            return 0
        if n > want:
            n = want
        for c in range(self.n_vecs):
            self.table.keys.gather(c, self.rows + self.row_at, n, &self.vecs[c])
        self.row_at += n
        self.out.n = self.out.n_sel = n
        self.out.sel = NULL
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.table.clear()
        self.n_rows = self.row_at = 0
        self.left.close()
        return self.right.close()
