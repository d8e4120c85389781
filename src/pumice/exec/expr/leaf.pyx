"""Leaves of an expression: columns of the batch, constants, parameters and references to an enclosing query's row.

A column is the batch's own vector, the others are one-lane (constant) vectors; nothing is copied a lane at a time.
"""

from libc.stdint cimport uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.vector.convert cimport value_from_python
from pumice.exec.vector.vector cimport Batch, Vector, vec_set_const
from pumice.values cimport Value


cdef class ColumnRef(Expr):
    """Column `slot` of the batch."""

    cdef readonly uint32_t slot

    def __init__(self, uint32_t slot):
        self.slot = slot

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        return batch.cols[self.slot]


cdef class ConstExpr(Expr):
    """A literal. Raises OverflowError for an int outside int64 (the binder made REALs of those)."""

    cdef list owner             # keeps the bytes of a str or bytes constant alive

    def __init__(self, value):
        cdef Value v
        self.owner = []
        value_from_python(value, &v, self.owner)
        vec_set_const(&self.out, &v)

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        return &self.out


cdef class ParamRef(Expr):
    """Parameter `index` (0-based) of the statement, as bound when evaluated."""

    cdef ExecContext ctx
    cdef readonly uint32_t index

    def __init__(self, ExecContext ctx, uint32_t index):
        if index >= ctx.n_params:
            raise ValueError("parameter index out of range")
        self.ctx = ctx
        self.index = index

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        vec_set_const(&self.out, &self.ctx.params[self.index])
        return &self.out


cdef class OuterRef(Expr):
    """A correlated column: register `slot` of the context, set by the operator that re-opens the subplan."""

    cdef ExecContext ctx
    cdef readonly uint32_t slot

    def __init__(self, ExecContext ctx, uint32_t slot):
        self.ctx = ctx
        self.slot = slot

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        vec_set_const(&self.out, &self.ctx.outer[self.slot])
        return &self.out
