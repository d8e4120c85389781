"""Project: computes the output columns from the input's. Keep: passes some of them on, in another order.

Input: any. Output: one column per expression; a plain column is passed on without a copy. Order kept; streaming; the expressions' own vectors.
"""

from libc.stdint cimport uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.vector.vector cimport Batch
from pumice.memory cimport mem_alloc, mem_free


cdef class Project(Operator):
    cdef Operator input
    cdef ExprList exprs

    def __init__(self, node, ExecContext ctx, Operator input, exprs):
        self.node = node
        self.ctx = ctx
        self.input = input
        self.children = (input,)
        self.exprs = ExprList(exprs)
        self.make_output(0, 0)
        self.out.n_cols = self.exprs.n
        self.out.cols = self.exprs.results

    cdef int open(self) except -1 nogil:
        return self.input.open()

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef Batch* batch
        if not self.input.next(want, &batch):
            return 0
        self.exprs.eval_all(batch, batch.sel, batch.n_sel)
        self.out.n = batch.n
        self.out.n_sel = batch.n_sel
        self.out.sel = batch.sel
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        return self.input.close()


cdef class Keep(Operator):
    cdef Operator input
    cdef uint32_t* positions            # owned; output column -> input column

    def __cinit__(self, *args, **kwargs):
        self.positions = NULL

    def __init__(self, node, ExecContext ctx, Operator input, positions):
        cdef uint32_t i
        self.node = node
        self.ctx = ctx
        self.input = input
        self.children = (input,)
        self.positions = <uint32_t*>mem_alloc(len(positions), sizeof(uint32_t))
        for i in range(<uint32_t>len(positions)):
            self.positions[i] = positions[i]
        self.make_output(<uint32_t>len(positions), 0)

    def __dealloc__(self):
        mem_free(self.positions)

    cdef int open(self) except -1 nogil:
        return self.input.open()

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef Batch* batch
        cdef uint32_t i
        if not self.input.next(want, &batch):
            return 0
        for i in range(self.out.n_cols):
            self.cols[i] = batch.cols[self.positions[i]]
        self.out.n = batch.n
        self.out.n_sel = batch.n_sel
        self.out.sel = batch.sel
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        return self.input.close()
