"""Filter: passes the rows that meet all conditions.

Input: any. Output: the input's columns, by a selection vector (no value is moved). Order kept; streaming; holds one selection vector.
A condition that is NULL rejects the row. While nothing is found it asks its input for ever larger batches, so a selective filter
under LIMIT 1 does not crawl a row at a time.
"""

from libc.stdint cimport uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.vector.vector cimport BATCH_MAX, Batch


cdef class Filter(Operator):
    cdef Operator input
    cdef ExprList conditions

    def __init__(self, node, ExecContext ctx, Operator input, conditions):
        self.node = node
        self.ctx = ctx
        self.input = input
        self.children = (input,)
        self.conditions = ExprList(conditions)
        self.make_output(0, 0)

    cdef int open(self) except -1 nogil:
        self.pend_at = self.pend_n = 0
        return self.input.open()

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t ask = want
        if self.pend_at < self.pend_n:
            return self.emit_pending(want, out)
        while self.input.next(ask, &batch):
            self.pend_n = <uint32_t>self.conditions.select_all(batch, batch.sel, batch.n_sel, self.sel_buf)
            self.pend_at = 0
            if self.pend_n:
                self.out = batch[0]
                self.pend_sel = self.sel_buf
                return self.emit_pending(want, out)
            ask = ask * 4 if ask < BATCH_MAX // 4 else BATCH_MAX
        return 0

    cdef int close(self) except -1 nogil:
        self.pend_at = self.pend_n = 0
        return self.input.close()
