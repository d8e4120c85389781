"""Distinct: the first of equal rows, in input order.

Input: any. Output: the input's columns, by a selection vector. Streaming; holds one key row per distinct row, or, when equal rows are
adjacent (`sorted`), only the last row. NULLs are equal to each other; texts compare by the columns' collations.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.key_table cimport CollationList, KeyTable
from pumice.exec.operators.operator cimport Operator
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, sel_lane


cdef class Distinct(Operator):
    cdef Operator input
    cdef KeyTable table
    cdef bint adjacent
    cdef uint32_t entries[1024]
    cdef uint8_t is_new[1024]

    def __init__(self, node, ExecContext ctx, Operator input, collations, bint adjacent):
        self.node = node
        self.ctx = ctx
        self.input = input
        self.children = (input,)
        self.table = KeyTable(CollationList(collations))
        self.adjacent = adjacent
        self.make_output(0, 0)

    cdef int open(self) except -1 nogil:
        self.table.clear()
        self.pend_at = self.pend_n = 0
        return self.input.open()

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t k, n, ask = want
        cdef uint16_t last
        if self.pend_at < self.pend_n:
            return self.emit_pending(want, out)
        while self.input.next(ask, &batch):
            self.table.insert(batch.cols, batch.sel, batch.n_sel, self.entries, self.is_new)
            n = 0
            for k in range(batch.n_sel):
                self.sel_buf[n] = <uint16_t>sel_lane(batch.sel, k)
                n += self.is_new[k]
            if self.adjacent:
                # Only the last row can come again.
                last = <uint16_t>sel_lane(batch.sel, batch.n_sel - 1)
                self.table.clear()
                self.table.insert(batch.cols, &last, 1, self.entries, NULL)
            if n:
                self.out = batch[0]
                self.pend_sel = self.sel_buf
                self.pend_at = 0
                self.pend_n = n
                return self.emit_pending(want, out)
            ask = ask * 4 if ask < BATCH_MAX // 4 else BATCH_MAX
        return 0

    cdef int close(self) except -1 nogil:
        self.table.clear()
        self.pend_at = self.pend_n = 0
        return self.input.close()
