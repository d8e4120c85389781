"""Limit: skips OFFSET rows and passes LIMIT rows.

Input: any. Output: the input's columns. Order kept; streaming; holds nothing. The remaining count goes down to the input as `want`, so
nothing is computed that is not shown. A negative limit means none, a negative offset 0; both must be integers ("datatype mismatch").
"""

from libc.stdint cimport int64_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.count_value cimport count_rows
from pumice.exec.operators.operator cimport Operator, identity_lanes
from pumice.exec.vector.vector cimport BATCH_MAX, Batch


cdef class Limit(Operator):
    cdef Operator input
    cdef Expr limit                     # may be None
    cdef Expr offset                    # may be None
    cdef bint has_limit, has_offset
    cdef int64_t left                   # rows still to pass; -1: no limit
    cdef int64_t skip                   # rows still to skip

    def __init__(self, node, ExecContext ctx, Operator input, Expr limit, Expr offset):
        self.node = node
        self.ctx = ctx
        self.input = input
        self.children = (input,)
        self.limit = limit
        self.offset = offset
        self.has_limit = limit is not None
        self.has_offset = offset is not None
        self.make_output(0, 0)

    cdef int open(self) except -1 nogil:
        count_rows(self.limit, self.has_limit, self.offset, self.has_offset, &self.left, &self.skip)
        return self.input.open()

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef Batch* batch
        cdef int64_t ask
        cdef uint32_t drop
        while self.left != 0:
            ask = want
            if self.left > 0 and self.left < ask:
                ask = self.left
            if self.skip > 0:
                # Skipped and wanted rows together, but never more than will be passed at once.
                ask = min(ask + min(self.skip, <int64_t>BATCH_MAX), <int64_t>BATCH_MAX)
            if not self.input.next(<uint32_t>ask, &batch):
                return 0
            if self.skip >= batch.n_sel:
                self.skip -= batch.n_sel
                continue
            drop = <uint32_t>self.skip
            self.skip = 0
            self.out = batch[0]
            self.out.n_sel = batch.n_sel - drop
            if drop:
                self.out.sel = (<unsigned short*>identity_lanes() if batch.sel == NULL else batch.sel) + drop
            if self.left > 0:
                if self.out.n_sel > self.left:
                    self.out.n_sel = <uint32_t>self.left
                    if self.out.sel == NULL:
                        self.out.sel = <unsigned short*>identity_lanes()
                self.left -= self.out.n_sel
            out[0] = &self.out
            return 1
        return 0

    cdef int close(self) except -1 nogil:
        return self.input.close()
