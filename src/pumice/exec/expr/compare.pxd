"""Comparison of vectors, for the nodes that compare inside: IN lists, CASE, NULLIF."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.vector cimport Vector
from pumice.storage.record.key_info cimport CollateFn, Collation

cdef Collation find_collation(ExecContext ctx, str name)      # None for BINARY; raises "no such collation sequence: x"
cdef int raise_pending() except -1 nogil                      # after a collation returned -2
