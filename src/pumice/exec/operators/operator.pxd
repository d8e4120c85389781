"""Operator: the Volcano interface over batches.

`open` (re)starts the operator: it may be called again after close, and after other parameters or outer registers were set.
`next(want, &batch)` returns 1 and a batch of at least one live row, or 0 at the end. `want` (1..BATCH_MAX) is a hint: the caller can use no more
rows than that now; an operator must not return more live rows than `want`. The batch and its text are valid until the operator's following
call. `close` unpins and drops everything but the allocated vectors; it is called on every open operator, also after an error.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.vector.vector cimport Batch, Vector
from pumice.exec.spill_count cimport SpillCount
from pumice.values cimport Value

cdef class Operator:
    cdef ExecContext ctx
    cdef Batch out                          # the batch handed out; cols array owned by the operator
    cdef readonly object node               # the physical plan node (EXPLAIN ANALYZE)
    cdef readonly tuple children            # the input operators
    cdef readonly SpillCount spills         # None for operators that never write temporary files
    # What every operator may use for its output; allocated by make_output.
    cdef Vector** cols                      # owned array, for out.cols when the operator makes columns of its own
    cdef Vector* vecs                       # owned vectors
    cdef uint32_t n_vecs
    cdef uint16_t* sel_buf                  # owned, BATCH_MAX lanes
    # Live lanes found but not yet handed out (a batch that held more than `want`).
    cdef const uint16_t* pend_sel
    cdef uint32_t pend_at
    cdef uint32_t pend_n
    cdef int make_output(self, uint32_t n_cols, uint32_t n_vecs) except -1
    cdef int emit_pending(self, uint32_t want, Batch** out) noexcept nogil
    cdef int open(self) except -1 nogil
    cdef int next(self, uint32_t want, Batch** out) except -1 nogil
    cdef int close(self) except -1 nogil

cdef class ExprList:
    """Expressions as a C array, so that loops without the GIL can call them."""
    cdef readonly tuple exprs
    cdef PyObject** items                   # borrowed from `exprs`
    cdef readonly uint32_t n
    cdef Vector** results                   # owned, n entries, filled by eval_all
    cdef int eval_all(self, Batch* batch, const uint16_t* sel, uint32_t n) except -1 nogil
    # Conditions joined by AND: the live lanes that meet all of them, to `out`; returns how many.
    cdef int64_t select_all(self, Batch* batch, const uint16_t* sel, uint32_t n, uint16_t* out) except -1 nogil
    cdef int eval_row(self, Value* out) except -1 nogil     # each expression over no columns at all: constants, parameters, registers

cdef class OperatorList:
    cdef readonly tuple operators
    cdef PyObject** items                   # borrowed from `operators`
    cdef readonly uint32_t n

cdef const uint16_t* identity_lanes() noexcept nogil        # 0, 1, 2, ... BATCH_MAX - 1
cdef int eval_single(Expr expr, Value* out) except -1 nogil  # as ExprList.eval_row, for one
cdef int make_null_vector(Vector* v) except -1               # a constant NULL
