"""See statement_cache.pyx."""

from pumice.engine.statement cimport Statement

cdef class StatementCache:
    cdef dict statements          # SQL text -> Statement, in the order of the clock's hand
    cdef readonly Py_ssize_t limit

    cdef Statement find(self, str sql)
