"""RecordBuffer: values <-> record bytes in the database's encoding, through one growing buffer.

A REAL in a column of REAL affinity whose value is integral is stored as an integer (`compact`), as SQLite does to save space.
"""

from libc.stdint cimport int32_t, uint8_t, uint32_t
from pumice.memory cimport Arena
from pumice.values cimport Value

cdef enum:
    MISSING_TAG = 0xFF            # decode: the record ends before this field

cdef class RecordBuffer:
    cdef uint32_t n_max           # fields at most
    cdef int encoding             # ENC_*
    cdef Value* fields            # owned, n_max; scratch of encode
    cdef uint8_t* p               # owned; the record that encode made
    cdef uint32_t n               # its bytes
    cdef uint32_t cap
    # The record of values[source[i]] (NULL where source[i] < 0; source NULL: values[i]). UTF-16 text goes through `arena`.
    cdef int encode(self, const Value* values, const int32_t* source, const uint8_t* compact, uint32_t n, Arena* arena) except -1 nogil
    # The first `n_out` fields of a record of n bytes; MISSING_TAG where it has none. Text is borrowed from `p`, or from `arena` when converted.
    cdef int decode(self, const uint8_t* p, uint32_t n, Value* out, uint32_t n_out, Arena* arena) except -1 nogil
