"""DELETE: the keys of the rows to delete are read first (with the columns that index entries need), then the rows go.

`everything` clears the trees without looking at rows.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.dml.dml cimport DmlOperator, StoredRows
from pumice.exec.dml.writer cimport TableWriter
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.vector.vector cimport Batch, vec_get
from pumice.memory cimport mem_alloc, mem_free


cdef class Delete(DmlOperator):
    cdef int32_t* old_slots         # owned; per slot of the row: column of the stored rows, or -1 where nothing needs it
    cdef bint everything

    def __cinit__(self, *args):
        self.old_slots = NULL

    def __init__(self, node, ExecContext ctx, TableWriter writer, Operator source, StoredRows stored, list old_slots, bint everything,
                 bint one_row):
        cdef uint32_t i
        self.node = node
        self.ctx = ctx
        self.writer = writer
        self.source = source
        self.stored = stored
        self.everything = everything
        self.one_row = one_row
        self.old_slots = <int32_t*>mem_alloc(writer.n_cols + 1, sizeof(int32_t))
        for i in range(writer.n_cols + 1):
            self.old_slots[i] = old_slots[i]

    def __dealloc__(self):
        mem_free(self.old_slots)

    cdef int64_t apply(self) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t k, c, n_slots = self.writer.n_cols + 1
        if self.everything:
            self.changed = self.writer.clear()
            return 0
        self.stored.collect(self.source)
        while self.stored.next(&batch):
            self.ctx.check_interrupt()
            for k in range(batch.n_sel):
                for c in range(n_slots):
                    if self.old_slots[c] >= 0:
                        vec_get(batch.cols[self.old_slots[c]], k, &self.writer.old[c])
                self.changed += self.writer.remove()
        return 0
