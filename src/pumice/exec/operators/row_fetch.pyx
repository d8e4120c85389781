"""RowFetch: the rows of a table whose rowids its input gives, each fetched as it comes.

Input: an index access that has looked at its entries' own columns, or what sorted them; the rowid is its last column. Output as
TableScan. Order: the input's. Streaming.
"""

from libc.stdint cimport uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.operator cimport Operator
from pumice.exec.operators.row_source cimport MAX_OVERFLOW, RowSource
from pumice.exec.vector.vector cimport Batch, Vector
from pumice.storage.btree.btree cimport BtreeCursor

from pumice import errors


cdef int raise_missing_row() except -1 nogil:
    with gil:
        raise errors.corrupt("index entry without a row", 0)


cdef class RowFetch(RowSource):
    cdef Operator input
    cdef Batch* batch                   # borrowed from `input` until its next call; NULL: none
    cdef uint32_t at                    # its next row
    cdef bint ended

    def __init__(self, node, ExecContext ctx, BtreeCursor table, list outputs, list filter, Operator input):
        self.ctx = ctx
        self.make_source(node, outputs, filter)
        self.attach(table)
        self.input = input
        self.children = (input,)

    cdef int open(self) except -1 nogil:
        self.release()
        self.batch = NULL
        self.ended = False
        return self.input.open()

    cdef int fill(self, uint32_t ask) except -1 nogil:
        cdef uint32_t lane
        cdef Vector* rowids
        while self.n_lanes < ask and self.n_pins < self.max_pins and self.n_overflow < MAX_OVERFLOW:
            if self.batch == NULL or self.at == self.batch.n_sel:
                self.batch = NULL
                if self.ended or not self.input.next(ask - self.n_lanes, &self.batch):
                    self.batch = NULL
                    self.ended = True
                    break
                self.at = 0
                continue
            lane = self.at if self.batch.sel == NULL else self.batch.sel[self.at]
            self.at += 1
            rowids = self.batch.cols[self.batch.n_cols - 1]
            if not self.push_rowid(rowids.num[lane & rowids.lane_mask].i):
                return raise_missing_row()
        return 0

    cdef int close(self) except -1 nogil:
        self.release()
        self.batch = NULL
        self.input.close()
        return self.source.close()
