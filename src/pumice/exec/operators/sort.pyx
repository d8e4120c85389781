"""Sort: all rows in the order of its keys, stable. With a limit it is a top-N that keeps only the first limit + offset rows.

Input: any. Output: the input's columns. Buffers its whole input, beyond the memory budget in temporary files (top-N: a few times N rows, and
when those exceed the budget it goes on as a full sort); NULLs first or last as each key says.

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
from pumice.exec.operators.sorter cimport Sorter
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector
from pumice.memory cimport mem_alloc, mem_free

cdef enum:
    TOP_MAX = 1 << 20           # rows; above this a full sort is no worse than cutting the buffer again and again


cdef class Sort(Operator):
    cdef Operator input
    cdef ExprList keys                  # those that are not plain columns; stored behind the input's columns
    cdef Ordering ordering
    cdef Expr limit, offset             # may be None
    cdef bint has_limit, has_offset
    cdef Sorter sorter
    cdef RowStore spare
    cdef int64_t top                    # rows to keep, -1: all
    cdef int64_t left                   # rows still to hand out, -1: all
    cdef bint filled
    cdef bint cut                       # the buffer starts with the sorted first `top` rows of what came so far
    cdef uint32_t n_in                  # input columns
    cdef Vector** row_cols              # owned; input columns then computed keys
    cdef Vector** key_cols              # owned; per key

    def __cinit__(self, *args, **kwargs):
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
        self.spills = SpillCount()
        self.sorter = Sorter(ctx, n_in + self.keys.n, self.ordering, self.spills)
        self.spare = RowStore(n_in + self.keys.n)
        self.row_cols = <Vector**>mem_alloc(n_in + self.keys.n, sizeof(Vector*))
        self.key_cols = <Vector**>mem_alloc(self.ordering.n, sizeof(Vector*))
        self.make_output(n_in, n_in + self.keys.n)

    def __dealloc__(self):
        mem_free(self.row_cols)
        mem_free(self.key_cols)

    cdef int open(self) except -1 nogil:
        cdef int64_t skip = 0
        self.sorter.clear()
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
        self.left = self.top
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
                self.sorter.add(self.row_cols, sel, n)
                if self.sorter.spilled and self.top > 0:
                    # The kept rows came before all others: a full sort of both has the same first rows.
                    self.top = -1
                    self.cut = False
            if self.top > 0 and self.sorter.store.n_rows >= 2 * self.top + BATCH_MAX:
                self.cut_to_top()
        self.sorter.finish()
        self.filled = True
        return 0

    cdef uint32_t keep_early(self, const uint16_t* sel, uint32_t n) except? 0 nogil:
        """The lanes that sort before the top-th row, to sel_buf; returns how many."""
        cdef uint32_t i
        for i in range(self.ordering.n):
            self.key_cols[i] = self.row_cols[self.ordering.cols[i]]
        return self.ordering.lanes_before(self.key_cols, sel, n, self.sorter.store, <uint32_t>(self.top - 1), self.sel_buf)

    cdef int cut_to_top(self) except -1 nogil:
        cdef uint32_t at = 0, n, c, total = <uint32_t>self.top
        self.sorter.sort_store()
        self.spare.clear()
        while at < total:
            n = total - at if total - at < BATCH_MAX else BATCH_MAX
            for c in range(self.spare.n_cols):
                self.row_cols[c] = &self.vecs[c]
                self.sorter.store.gather(c, self.sorter.rows + at, n, self.row_cols[c])
            self.spare.append(self.row_cols, NULL, n)
            at += n
        self.swap()
        self.cut = True
        return 0

    cdef int swap(self) except -1 nogil:
        with gil:
            self.sorter.store, self.spare = self.spare, self.sorter.store
        self.spare.clear()
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef int64_t n
        if not self.filled:
            self.fill()
        if self.left >= 0 and self.left < want:
            want = <uint32_t>self.left
        n = self.sorter.next(want, self.n_in, self.vecs) if want else 0
        if n == 0:
            return 0
        if self.left > 0:
            self.left -= n
        self.out.n = self.out.n_sel = <uint32_t>n
        self.out.sel = NULL
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.sorter.clear()
        self.spare.clear()
        return self.input.close()
