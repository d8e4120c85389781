"""RowBuffer: rows in memory and, beyond the budget, in a temporary file; see row_buffer.pxd."""

from libc.stdint cimport int64_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.spill cimport SpillFile, SpillReader, SpillRows
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport Vector
from pumice.memory cimport mem_free, mem_zalloc


cdef class RowBuffer:
    """Args: the context, columns of a row, where to count spills (may be None)."""

    def __cinit__(self, ExecContext ctx not None, uint32_t n_cols, SpillCount count):
        self.ctx = ctx
        self.n_cols = n_cols
        self.count = count
        self.store = RowStore(n_cols)

    cdef int append(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil:
        self.n_rows += n
        if self.spilled:
            return self.rest.append(cols, sel, n)
        self.store.append(cols, sel, n)
        if self.ctx.charge(&self.charged, self.store.size_bytes()):
            with gil:
                self.begin_rest()
        return 0

    cdef int begin_rest(self) except -1:
        self.rest = SpillRows(SpillFile(self.ctx, self.count), self.n_cols)
        self.spilled = True
        return 0

    cdef int finish(self) except -1 nogil:
        if self.spilled:
            self.rest.flush()
        return 0

    cdef void clear(self) noexcept nogil:
        self.store.clear()
        self.n_rows = 0
        self.ctx.charge(&self.charged, 0)
        if self.spilled:
            self.spilled = False
            with gil:
                self.rest = None


cdef class RowBufferReader:
    """Args: the buffer."""

    def __cinit__(self, RowBuffer buffer not None):
        self.cols = NULL
        self.buffer = buffer
        self.cols = <Vector**>mem_zalloc(buffer.n_cols, sizeof(Vector*))

    def __dealloc__(self):
        mem_free(self.cols)

    cdef void rewind(self) noexcept nogil:
        self.chunk = self.n = 0
        self.first = 0
        self.in_rest = False

    cdef int begin_rest(self) except -1:
        """Reads buffer.rest from its begin; a reader of what the buffer held before it was cleared is of no use."""
        if self.reader is None or self.reader.rows is not self.buffer.rest:
            self.reader = SpillReader(self.buffer.rest)
        self.reader.rewind()
        self.in_rest = True
        return 0

    cdef int next(self) except -1 nogil:
        cdef uint32_t c
        self.first += self.n
        self.n = 0
        if self.chunk < self.buffer.store.n_chunks:
            self.buffer.store.view(self.chunk, self.cols)
            self.n = self.buffer.store.chunk_rows(self.chunk)
            self.chunk += 1
            return 1
        if not self.buffer.spilled:
            return 0
        if not self.in_rest:
            with gil:
                self.begin_rest()
        self.buffer.ctx.check_interrupt()
        if not self.reader.next():
            return 0
        for c in range(self.buffer.n_cols):
            self.cols[c] = self.reader.cols[c]
        self.n = self.reader.n
        return 1
