"""Partitions: rows in temporary files by the hash of their keys, each with its number in the order of arrival as the last column."""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from pumice.exec.spill cimport SpillFile, SpillRows
from pumice.exec.vector.vector cimport Vector

cdef enum:
    PARTITION_BITS = 5                  # 32 files' worth of buffers fit the budget, and 64 MiB of it then serve 2 GiB of rows

cdef class Partitions:
    cdef readonly tuple parts           # SpillRows
    cdef void** c_parts                 # owned array, borrowed from `parts`
    cdef uint32_t n_cols                # without the number
    cdef bint numbered                  # the rows come with their number already
    cdef int64_t n_rows                 # numbered so far
    cdef Vector number                  # owned; by lane
    cdef Vector** cols                  # owned, n_cols + 1
    cdef uint16_t* lanes                # owned, BATCH_MAX; grouped by partition
    # Takes the columns of a batch and numbers its live lanes; `add` then takes some of these at a time.
    cdef int begin(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil
    cdef int add(self, const uint16_t* lanes, uint32_t n, const uint64_t* hashes, int shift) except -1 nogil
    cdef int flush(self) except -1 nogil
