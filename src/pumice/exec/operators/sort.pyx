"""Sort: all rows in the order of its keys, stable. With a limit it is a top-N that keeps only the first limit + offset rows.

Input: any. Output: the input's columns. Buffers its whole input (top-N: a few times N rows); NULLs first or last as each key says.

Top-N: when the buffer has grown to twice N, it is sorted and cut to N rows; from then on a row whose keys are not before the N-th
row's is dropped on arrival. Rows that arrived earlier stay before later equal ones, as a stable sort has it.
"""

from libc.stdint cimport int64_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.count_value cimport count_value
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.operators.order cimport Ordering, make_ordering
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector
from pumice.memory cimport mem_alloc, mem_free, mem_realloc

cdef enum:
    TOP_MAX = 1 << 20           # rows; above this a full sort is no worse than cutting the buffer again and again


cdef class Sort(Operator):
    cdef Operator input
    cdef ExprList keys                  # those that are not plain columns; stored behind the input's columns
    cdef Ordering ordering
    cdef Expr limit, offset             # may be None
    cdef bint has_limit, has_offset
    cdef RowStore store, spare
    cdef uint32_t* rows                 # owned; the sorted row numbers
    cdef uint32_t n_rows, row_at
    cdef int64_t top                    # rows to keep, -1: all
    cdef bint filled
    cdef bint cut                       # the buffer starts with the sorted first `top` rows of what came so far
    cdef uint32_t n_in                  # input columns
    cdef Vector** row_cols              # owned; input columns then computed keys
    cdef Vector** key_cols              # owned; per key

    def __cinit__(self, *args, **kwargs):
        self.rows = NULL
        self.row_cols = NULL
        self.key_cols = NULL

    def __init__(self, node, ExecContext ctx, Operator input, uint32_t n_in, key_cols, keys, desc, nulls_first, collations, Expr limit,
                 Expr offset):
        """`key_cols`: the store column of each key; columns from n_in on are the computed `keys`, in order."""
        self.node = node
        self.ctx = ctx
        self.input = input
        self.children = (input,)
        self.n_in = n_in
        self.keys = ExprList(keys)
        self.ordering = make_ordering(key_cols, desc, nulls_first, collations)
        self.limit = limit
        self.offset = offset
        self.has_limit = limit is not None
        self.has_offset = offset is not None
        self.store = RowStore(n_in + self.keys.n)
        self.spare = RowStore(n_in + self.keys.n)
        self.row_cols = <Vector**>mem_alloc(n_in + self.keys.n, sizeof(Vector*))
        self.key_cols = <Vector**>mem_alloc(self.ordering.n, sizeof(Vector*))
        self.make_output(n_in, n_in + self.keys.n)

    def __dealloc__(self):
        mem_free(self.rows)
        mem_free(self.row_cols)
        mem_free(self.key_cols)

    cdef int open(self) except -1 nogil:
        cdef int64_t skip = 0
        self.store.clear()
        self.filled = False
        self.cut = False
        self.top = -1
        if self.has_limit:
            count_value(self.limit, &self.top)
            if self.has_offset:
                count_value(self.offset, &skip)
            if self.top < 0 or self.top > TOP_MAX or skip > TOP_MAX:
                self.top = -1
            elif skip > 0:
                self.top += skip
        return self.input.open()

    cdef int fill(self) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t i, n
        cdef uint16_t* sel
        while self.top != 0 and self.input.next(BATCH_MAX, &batch):
            self.keys.eval_all(batch, batch.sel, batch.n_sel)
            for i in range(self.n_in):
                self.row_cols[i] = batch.cols[i]
            for i in range(self.keys.n):
                self.row_cols[self.n_in + i] = self.keys.results[i]
            sel = batch.sel
            n = batch.n_sel
            if self.cut:
                n = self.keep_early(sel, n)
                sel = self.sel_buf
            if n:
                self.store.append(self.row_cols, sel, n)
            if self.top > 0 and self.store.n_rows >= 2 * self.top + BATCH_MAX:
                self.cut_to_top()
        self.sort_rows()
        if self.top >= 0 and self.n_rows > self.top:
            self.n_rows = <uint32_t>self.top
        self.row_at = 0
        self.filled = True
        return 0

    cdef int sort_rows(self) except -1 nogil:
        cdef uint32_t i
        self.n_rows = self.store.n_rows
        self.rows = <uint32_t*>mem_realloc(self.rows, self.n_rows, sizeof(uint32_t))
        for i in range(self.n_rows):
            self.rows[i] = i
        return self.ordering.sort(self.store, self.rows, self.n_rows)

    cdef uint32_t keep_early(self, const uint16_t* sel, uint32_t n) except? 0 nogil:
        """The lanes that sort before the top-th row, to sel_buf; returns how many."""
        cdef uint32_t i
        for i in range(self.ordering.n):
            self.key_cols[i] = self.row_cols[self.ordering.cols[i]]
        return self.ordering.lanes_before(self.key_cols, sel, n, self.store, <uint32_t>(self.top - 1), self.sel_buf)

    cdef int cut_to_top(self) except -1 nogil:
        cdef uint32_t at = 0, n, c, total = <uint32_t>self.top
        self.sort_rows()
        self.spare.clear()
        while at < total:
            n = total - at if total - at < BATCH_MAX else BATCH_MAX
            for c in range(self.store.n_cols):
                self.row_cols[c] = &self.vecs[c]
                self.store.gather(c, self.rows + at, n, self.row_cols[c])
            self.spare.append(self.row_cols, NULL, n)
            at += n
        self.swap()
        self.cut = True
        return 0

    cdef int swap(self) except -1 nogil:
        with gil:
            self.store, self.spare = self.spare, self.store
        self.spare.clear()
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t n, c
        if not self.filled:
            self.fill()
        n = self.n_rows - self.row_at
        if n == 0:
            return 0
        if n > want:
            n = want
        for c in range(self.n_in):
            self.store.gather(c, self.rows + self.row_at, n, &self.vecs[c])
        self.row_at += n
        self.out.n = self.out.n_sel = n
        self.out.sel = NULL
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.store.clear()
        self.spare.clear()
        self.n_rows = self.row_at = 0
        return self.input.close()
