"""SpillScan: the rows of a temporary file as an operator, in the order they were written.

Input: none; the rows are complete before it is opened. Output: their columns, block by block, without copying again. Holds one block.
"""

from libc.stdint cimport uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.operator cimport Operator, identity_lanes
from pumice.exec.spill cimport SpillReader, SpillRows
from pumice.exec.vector.vector cimport Batch


cdef class SpillScan(Operator):
    """Args: the context, the rows."""

    cdef SpillReader reader
    cdef uint32_t row_at                # in the block

    def __init__(self, ExecContext ctx, SpillRows rows):
        self.ctx = ctx
        self.reader = SpillReader(rows)
        self.out.n_cols = rows.n_cols
        self.out.cols = self.reader.cols

    cdef int open(self) except -1 nogil:
        self.reader.rewind()
        self.row_at = 0
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t n
        if self.row_at == self.reader.n:
            self.ctx.check_interrupt()
            self.row_at = 0
            if not self.reader.next():
                return 0
        n = self.reader.n - self.row_at
        if n > want:
            n = want
        self.out.n = self.row_at + n
        self.out.n_sel = n
        self.out.sel = <uint16_t*>identity_lanes() + self.row_at if self.row_at else NULL
        self.row_at += n
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.reader.rewind()
        self.row_at = 0
        return 0
