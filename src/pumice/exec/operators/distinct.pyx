"""Distinct: the first of equal rows, in input order.

Input: any. Output: the input's columns. Streaming by a selection vector while one key row per distinct row fits the memory budget; the distinct
rows that do not fit come at the end, through temporary files. When equal rows are adjacent (`sorted`) only the last row is held.
NULLs are equal to each other; texts compare by the columns' collations.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.first_rows cimport FirstRows
from pumice.exec.operators.operator cimport Operator
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, sel_lane


cdef class Distinct(Operator):
    cdef Operator input
    cdef FirstRows seen
    cdef bint adjacent
    cdef bint input_done
    cdef uint32_t entries[1024]
    cdef uint8_t is_new[1024]

    def __init__(self, node, ExecContext ctx, Operator input, collations, bint adjacent):
        cdef uint32_t n = <uint32_t>len(collations)
        self.node = node
        self.ctx = ctx
        self.input = input
        self.children = (input,)
        self.spills = SpillCount()
        self.seen = FirstRows(ctx, collations, self.spills)
        self.adjacent = adjacent
        self.make_output(n, n)

    cdef int open(self) except -1 nogil:
        self.seen.clear()
        self.input_done = False
        self.pend_at = self.pend_n = 0
        return self.input.open()

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t k, n, ask = want
        cdef uint16_t last
        if self.pend_at < self.pend_n:
            return self.emit_pending(want, out)
        while not self.input_done and self.input.next(ask, &batch):
            if self.adjacent:
                self.seen.table.insert(batch.cols, batch.sel, batch.n_sel, self.entries, self.is_new)
            else:
                self.seen.insert(batch.cols, batch.sel, batch.n_sel, self.is_new)
            n = 0
            for k in range(batch.n_sel):
                self.sel_buf[n] = <uint16_t>sel_lane(batch.sel, k)
                n += self.is_new[k]
            if self.adjacent:
                # Only the last row can come again.
                last = <uint16_t>sel_lane(batch.sel, batch.n_sel - 1)
                self.seen.table.clear()
                self.seen.table.insert(batch.cols, &last, 1, self.entries, NULL)
            if n:
                self.out = batch[0]
                self.pend_sel = self.sel_buf
                self.pend_at = 0
                self.pend_n = n
                return self.emit_pending(want, out)
            ask = ask * 4 if ask < BATCH_MAX // 4 else BATCH_MAX
        if not self.input_done:
            self.input_done = True
            self.seen.finish()
        return self.next_rest(want, out)

    cdef int next_rest(self, uint32_t want, Batch** out) except -1 nogil:
        """The distinct rows that were met when the table was full."""
        cdef int64_t n
        if not self.seen.frozen:
            return 0
        n = self.seen.next(want, self.vecs)
        if n == 0:
            return 0
        self.out.n_cols = self.n_vecs
        self.out.cols = self.cols
        self.out.n = self.out.n_sel = <uint32_t>n
        self.out.sel = NULL
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.seen.clear()
        self.pend_at = self.pend_n = 0
        return self.input.close()
