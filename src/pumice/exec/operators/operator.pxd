"""Operator: the Volcano interface over batches.

`open` (re)starts the operator: it may be called again after close, and after other parameters or outer registers were set.
`next(want, &batch)` returns 1 and a batch of at least one live row, or 0 at the end. `want` (1..BATCH_MAX) is a hint: the caller can use no more
rows than that now; an operator must not return more live rows than `want`. The batch and its text are valid until the operator's following
call. `close` unpins and drops everything but the allocated vectors; it is called on every open operator, also after an error.
"""

from libc.stdint cimport uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.vector cimport Batch

cdef class Operator:
    cdef ExecContext ctx
    cdef Batch out                          # the batch handed out; cols array owned by the operator
    cdef readonly object node               # the physical plan node (EXPLAIN ANALYZE)
    cdef int open(self) except -1 nogil
    cdef int next(self, uint32_t want, Batch** out) except -1 nogil
    cdef int close(self) except -1 nogil
