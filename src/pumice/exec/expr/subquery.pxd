"""Subqueries as expressions: (SELECT ...), EXISTS (SELECT ...), x IN (SELECT ...)."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.key_table cimport KeyTable
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.vector.vector cimport Batch, Vector
from pumice.memory cimport Arena
from pumice.values cimport Value

cdef class SubqueryRun:
    """The plan of a subquery with its correlated references: what its expressions share."""
    cdef ExecContext ctx
    cdef Operator plan
    cdef readonly uint32_t n_cols
    cdef uint32_t n_regs
    cdef uint32_t* slots                # owned; registers that the plan reads
    cdef int64_t* positions             # owned; batch column each is set from, -1: set by an enclosing query
    cdef Vector* consts                 # owned, n_regs: registers of enclosing queries as vectors
    cdef Value* saved                   # owned, n_regs
    cdef Vector** keys                  # owned, n_regs: the registers' values for a batch
    cdef bint changing                  # reads a recursive table: nothing is remembered
    cdef int64_t seen_run               # ctx.run that the memo belongs to
    cdef KeyTable memo                  # distinct register values
    cdef RowStore first                 # per memo entry: first row (NULLs without one)
    cdef uint8_t* exists                # owned; per memo entry
    cdef uint32_t cap_exists
    cdef uint32_t* entries              # owned, BATCH_MAX: per k-th live lane
    cdef uint8_t* is_new                # owned, BATCH_MAX
    cdef Value* row                     # owned, n_cols
    cdef int begin(self, Batch* batch) except -1 nogil
    cdef int load(self, Batch* batch, const uint16_t* sel, uint32_t n) except -1 nogil
    cdef int run_first(self, uint32_t entry) except -1 nogil
    cdef int set_registers(self, uint32_t lane) except -1 nogil
    cdef void save(self) noexcept nogil
    cdef void restore(self) noexcept nogil
    cdef void forget(self) noexcept nogil
