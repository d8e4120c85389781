"""Measured: stands in front of an operator for EXPLAIN ANALYZE and counts what it hands out.

Input and output are the operator's, untouched: batches pass through. Figures: rows, batches, times opened, and nanoseconds spent in the operator with all
below it. Used only in a tree that is built for one EXPLAIN ANALYZE; other statements pay nothing.
"""

from libc.stdint cimport int64_t, uint32_t
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from pumice.exec.operators.operator cimport Operator
from pumice.exec.vector.vector cimport Batch


cdef int64_t now_ns() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return <int64_t>t.tv_sec * 1000000000 + t.tv_nsec


cdef class Measured(Operator):
    """Args: the operator."""

    cdef Operator inner
    cdef int64_t n_rows, n_batches, n_opens, ns
    cdef readonly list copies           # Measured: the same operator in other threads, or in other places of the plan

    def __init__(self, Operator inner not None):
        self.inner = inner
        self.ctx = inner.ctx
        self.node = inner.node
        self.children = (inner,)
        self.copies = []

    cdef int open(self) except -1 nogil:
        cdef int64_t start = now_ns()
        self.n_opens += 1
        self.inner.open()
        self.ns += now_ns() - start
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef int64_t start = now_ns()
        cdef int found = self.inner.next(want, out)
        self.ns += now_ns() - start
        if found:
            self.n_rows += out[0].n_sel
            self.n_batches += 1
        return found

    cdef int close(self) except -1 nogil:
        return self.inner.close()

    cdef Measured total(self, Measured sum):
        """Adds what this one and its copies counted; `sum` shows the operator that ran."""
        cdef Measured copy
        if sum.n_opens == 0:
            sum.inner = self.inner
        sum.n_rows += self.n_rows
        sum.n_batches += self.n_batches
        sum.n_opens += self.n_opens
        sum.ns += self.ns
        for copy in self.copies:
            copy.total(sum)
        return sum

    def figures(self):
        """What EXPLAIN ANALYZE shows, as text."""
        cdef Measured sum = self.total(Measured(self.inner))
        own = sum.inner.figures()
        spilled = "" if sum.inner.spills is None else sum.inner.spills.figures()
        return (f"actual rows {sum.n_rows}, batches {sum.n_batches}, opened {sum.n_opens}, {sum.ns / 1e6:.3f} ms"
                + (f", {own}" if own else "") + spilled)
