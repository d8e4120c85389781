"""INSERT: rows of the source through the TableWriter.

Input: any operator; `values` give each column over the source's columns. A source that reads the target is read to its end first.
A source of one constant row is not opened at all: its expressions are the values (`single`).
"""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memset
from pumice.exec.context cimport ExecContext
from pumice.exec.dml.dml cimport DmlOperator, StoredRows
from pumice.exec.dml.writer cimport TableWriter
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, vec_get


cdef class Insert(DmlOperator):
    cdef bint has_rowid             # the last of `values` is the rowid
    cdef readonly bint single
    cdef Batch no_columns

    def __init__(self, node, ExecContext ctx, TableWriter writer, Operator source, list values, bint has_rowid, StoredRows stored):
        self.node = node
        self.ctx = ctx
        self.writer = writer
        self.source = source
        self.values = ExprList(values)
        self.has_rowid = has_rowid
        self.stored = stored
        self.single = self.one_row = source is None
        memset(&self.no_columns, 0, sizeof(Batch))
        self.no_columns.n = self.no_columns.n_sel = 1

    cdef int64_t apply(self) except -1 nogil:
        cdef Batch* batch
        if self.single:
            self.write_batch(&self.no_columns)
        elif self.stored is not None:
            self.stored.collect(self.source)
            while self.stored.next(&batch):
                self.ctx.check_interrupt()
                self.write_batch(batch)
        else:
            self.source.open()
            while self.source.next(BATCH_MAX, &batch):
                self.ctx.check_interrupt()
                self.write_batch(batch)
        self.writer.save_sequence()
        return 0

    cdef int write_batch(self, Batch* batch) except -1 nogil:
        cdef uint32_t k, c, lane, n = self.values.n
        self.values.eval_all(batch, batch.sel, batch.n_sel)
        for k in range(batch.n_sel):
            lane = k if batch.sel == NULL else batch.sel[k]
            for c in range(n):
                vec_get(self.values.results[c], lane, &self.writer.row[c])
            if self.writer.insert(self.has_rowid):
                self.changed += 1
                if not self.writer.without_rowid:
                    self.inserted = True
                    self.new_rowid = self.writer.row[self.writer.n_cols].num.i
        return 0
