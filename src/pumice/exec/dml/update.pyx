"""UPDATE: the rows to change are read first, then each is rewritten.

Input: an operator that emits the old rows (and what FROM adds). All of them are copied before the first change, so the search never meets a row
that it has changed. A row that an earlier row's REPLACE deleted is skipped. Where REPLACE and a changed key can put another row in
the place of one that is still to come, that one is read again, as SQLite does.
"""

from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.dml.dml cimport DmlOperator, StoredRows
from pumice.exec.dml.writer cimport TableWriter
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.vector.vector cimport Batch, vec_get, vec_put
from pumice.memory cimport mem_alloc, mem_free


cdef class Update(DmlOperator):
    cdef int32_t* old_slots         # owned; per slot of the row: column of the stored rows, or -1
    cdef int32_t* set_slots         # owned; per entry of `values`: slot of the row
    cdef bint sets_rowid
    cdef bint sets_key
    cdef bint row_by_row            # values depend on rows changed before
    cdef bint reread

    def __cinit__(self, *args):
        self.old_slots = NULL
        self.set_slots = NULL

    def __init__(self, node, ExecContext ctx, TableWriter writer, Operator source, StoredRows stored, list old_slots, list values,
                 list set_slots, bint sets_rowid, bint sets_key, bint row_by_row, bint one_row):
        cdef uint32_t i
        self.node = node
        self.ctx = ctx
        self.writer = writer
        self.source = source
        self.stored = stored
        self.values = ExprList(values)
        self.one_row = one_row
        self.sets_rowid = sets_rowid
        self.sets_key = sets_key
        self.reread = writer.may_replace and (sets_rowid or sets_key)
        self.row_by_row = row_by_row or self.reread
        self.old_slots = <int32_t*>mem_alloc(writer.n_cols + 1, sizeof(int32_t))
        for i in range(writer.n_cols + 1):
            self.old_slots[i] = old_slots[i]
        self.set_slots = <int32_t*>mem_alloc(len(set_slots) + 1, sizeof(int32_t))
        for i in range(<uint32_t>len(set_slots)):
            self.set_slots[i] = set_slots[i]

    def __dealloc__(self):
        mem_free(self.old_slots)
        mem_free(self.set_slots)

    cdef int64_t apply(self) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t k, c, n_slots = self.writer.n_cols + 1
        cdef uint16_t one
        self.stored.collect(self.source)
        while self.stored.next(&batch):
            self.ctx.check_interrupt()
            if not self.row_by_row:
                self.values.eval_all(batch, NULL, batch.n_sel)
            for k in range(batch.n_sel):
                for c in range(n_slots):
                    if self.old_slots[c] >= 0:
                        vec_get(batch.cols[self.old_slots[c]], k, &self.writer.old[c])
                if self.reread:
                    if not self.writer.read_old():
                        continue
                    for c in range(n_slots):
                        if self.old_slots[c] >= 0:
                            vec_put(batch.cols[self.old_slots[c]], k, &self.writer.old[c])
                            batch.cols[self.old_slots[c]].mask |= <uint32_t>1 << self.writer.old[c].tag
                if self.row_by_row:
                    one = <uint16_t>k
                    self.values.eval_all(batch, &one, 1)
                for c in range(n_slots):
                    self.writer.row[c] = self.writer.old[c]
                for c in range(self.values.n):
                    vec_get(self.values.results[c], k, &self.writer.row[self.set_slots[c]])
                self.changed += self.writer.update(self.sets_rowid, self.sets_key)
        return 0
