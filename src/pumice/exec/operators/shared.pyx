"""Shared: a plan read in several places (a CTE) is computed once per execution, into a buffer that every reference reads.

Input: any, run by whichever reference is read first. Output: its rows, in its order, without copying again. The buffer lives in ctx.shared
until the statement ends, its rows beyond the memory budget in a temporary file. A shared plan with correlated references is computed again when the registers it reads have changed, one
that reads a recursive table at every open.
"""

from libc.stdint cimport int64_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.key_values cimport keep_text
from pumice.exec.operators.operator cimport Operator, identity_lanes
from pumice.exec.operators.row_buffer cimport RowBuffer, RowBufferReader
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Batch
from pumice.memory cimport Arena, arena_free, arena_init, arena_reset, mem_free, mem_zalloc
from pumice.storage.record.key_info cimport compare_values
from pumice.values cimport TAG_NULL, Value


cdef class Materialized:
    """The rows of one shared plan in one execution, and the registers they were computed with."""
    cdef RowBuffer rows
    cdef bint filled
    cdef int64_t version                # grows when the rows are computed again
    cdef Value* outer                   # owned
    cdef Arena arena                    # owned; text of `outer`

    def __cinit__(self, ExecContext ctx, uint32_t n_cols, SpillCount count, uint32_t n_regs):
        arena_init(&self.arena)
        self.rows = RowBuffer(ctx, n_cols, count)
        self.outer = <Value*>mem_zalloc(n_regs, sizeof(Value))

    def __dealloc__(self):
        mem_free(self.outer)
        arena_free(&self.arena)


cdef class Shared(Operator):
    cdef Operator input
    cdef object key
    cdef Materialized state             # None until opened
    cdef uint32_t n_cols, n_regs
    cdef uint32_t* regs                 # owned; registers that the plan reads
    cdef bint changing                  # reads a recursive table
    cdef RowBufferReader reader         # of state.rows
    cdef uint32_t lane_at               # in the reader's rows
    cdef bint started

    def __cinit__(self, *args, **kwargs):
        self.regs = NULL

    def __init__(self, node, ExecContext ctx, Operator input, key, uint32_t n_cols, registers, bint changing):
        cdef uint32_t i
        self.node = node
        self.ctx = ctx
        self.input = input
        self.children = (input,)
        self.key = key
        self.n_cols = n_cols
        self.n_regs = <uint32_t>len(registers)
        self.regs = <uint32_t*>mem_zalloc(self.n_regs, sizeof(uint32_t))
        for i in range(self.n_regs):
            self.regs[i] = registers[i]
        self.changing = changing
        self.spills = SpillCount()
        self.make_output(n_cols, 0)

    def __dealloc__(self):
        mem_free(self.regs)

    cdef int open(self) except -1 nogil:
        self.started = False
        with gil:
            self.find_state()
        if self.changing:
            self.state.filled = False
        return 0

    cdef int find_state(self) except -1:
        self.state = self.ctx.shared.get(self.key)
        if self.state is None:
            self.state = Materialized(self.ctx, self.n_cols, self.spills, self.n_regs)
            self.ctx.shared[self.key] = self.state
        if self.reader is None or self.reader.buffer is not self.state.rows:
            self.reader = RowBufferReader(self.state.rows)
            self.out.cols = self.reader.cols
        return 0

    cdef bint stale(self) noexcept nogil:
        cdef uint32_t i
        cdef Value* now
        cdef Value* then
        if not self.state.filled:
            return True
        for i in range(self.n_regs):
            now = &self.ctx.outer[self.regs[i]]
            then = &self.state.outer[i]
            if now.tag != then.tag or (now.tag != TAG_NULL and compare_values(now, then, NULL, NULL) != 0):
                return True
        return False

    cdef int fill(self) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t i
        self.state.filled = False
        self.state.rows.clear()
        self.input.open()
        while self.input.next(BATCH_MAX, &batch):
            self.state.rows.append(batch.cols, batch.sel, batch.n_sel)
        self.state.rows.finish()
        self.input.close()
        arena_reset(&self.state.arena)
        for i in range(self.n_regs):
            self.state.outer[i] = self.ctx.outer[self.regs[i]]
            keep_text(&self.state.outer[i], &self.state.arena)
        self.state.filled = True
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t n
        if not self.started:
            self.started = True
            if self.stale():
                self.fill()
            self.reader.rewind()
            self.lane_at = 0
        if self.lane_at == self.reader.n:
            self.lane_at = 0
            if not self.reader.next():
                return 0
        n = self.reader.n - self.lane_at
        if n > want:
            n = want
        self.out.n = self.lane_at + n
        self.out.n_sel = n
        self.out.sel = <unsigned short*>identity_lanes() + self.lane_at if self.lane_at else NULL
        self.lane_at += n
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.started = False
        return self.input.close()
