"""SpillCount: what one operator has written to temporary files, for EXPLAIN ANALYZE."""

from libc.stdint cimport int64_t

cdef class SpillCount:
    cdef readonly int64_t n_bytes
    cdef readonly int64_t n_parts           # sorted runs, partitions or buffers
