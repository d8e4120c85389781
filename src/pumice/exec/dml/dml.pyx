"""DmlOperator: runs one INSERT, UPDATE or DELETE to its end; StoredRows: source rows read before the first change."""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memset
from pumice.exec.context cimport ExecContext
from pumice.exec.dml.writer cimport TableWriter
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.operators.row_buffer cimport RowBuffer, RowBufferReader
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector
from pumice.memory cimport mem_free, mem_zalloc


cdef class DmlOperator:
    cpdef int64_t run(self) except -1:
        """Runs the statement; returns the number of changed rows. On an error nothing is undone: that is the caller's part."""
        try:
            self.start_series()
            self.run_once()
        finally:
            self.finish()
        return self.changed

    cdef int start_series(self) except -1:
        """Before run_once, which may be called many times; then `finish`. Nothing else changes the tables in between."""
        self.changed = 0
        self.inserted = False
        with nogil:
            self.writer.start()
        return 0

    cdef int run_once(self) except -1:
        self.changed = 0
        self.inserted = False
        with nogil:
            self.apply()
        return 0

    cdef int finish(self) except -1:
        """Gives all pins back; idempotent."""
        self.writer.finish()
        if self.stored is not None:
            self.stored.clear()
        if self.source is not None:
            self.source.close()
        return 0

    cdef int64_t apply(self) except -1 nogil:
        with gil:
            raise NotImplementedError


cdef class StoredRows:
    """Args: the context, the positions of the source's columns to keep."""

    def __cinit__(self, ExecContext ctx not None, columns):
        cdef int i
        self.picked = NULL
        self.columns = NULL
        self.rows = RowBuffer(ctx, <uint32_t>len(columns), None)
        self.reader = RowBufferReader(self.rows)
        self.picked = <Vector**>mem_zalloc(len(columns) + 1, sizeof(Vector*))
        self.columns = <int*>mem_zalloc(len(columns) + 1, sizeof(int))
        for i in range(<int>len(columns)):
            self.columns[i] = columns[i]
        memset(&self.batch, 0, sizeof(Batch))
        self.batch.n_cols = <uint32_t>len(columns)
        self.batch.cols = self.reader.cols

    def __dealloc__(self):
        mem_free(self.picked)
        mem_free(self.columns)

    cdef int collect(self, Operator source) except -1 nogil:
        """Reads `source` to its end and closes it."""
        cdef Batch* batch
        cdef uint32_t i
        cdef uint32_t want = 1
        self.clear()
        source.open()
        while source.next(want, &batch):
            for i in range(self.batch.n_cols):
                self.picked[i] = batch.cols[self.columns[i]]
            if self.batch.n_cols == 0:
                self.n_rows += batch.n_sel
            else:
                self.rows.append(self.picked, batch.sel, batch.n_sel)
            want = want * 8 if want < BATCH_MAX // 8 else BATCH_MAX
        self.rows.finish()
        source.close()
        return 0

    cdef int next(self, Batch** out) except -1 nogil:
        cdef uint32_t n
        if self.batch.n_cols == 0:
            n = BATCH_MAX if self.n_rows > BATCH_MAX else <uint32_t>self.n_rows
            self.n_rows -= n
        else:
            self.reader.next()
            n = self.reader.n
        self.batch.n = self.batch.n_sel = n
        self.batch.sel = NULL
        out[0] = &self.batch
        return n > 0

    cdef void clear(self) noexcept nogil:
        self.rows.clear()
        self.reader.rewind()
        self.n_rows = 0
