"""RecordKey: a key prepared once for many comparisons with records, and the comparison itself.

A key column has two faces: the UTF-8 text that collation functions want, and the bytes as the database's encoding stores them, which BINARY
compares. In UTF-8 databases they are the same bytes.
"""

from libc.stdint cimport uint8_t, uint32_t
from pumice.memory cimport Arena
from pumice.storage.record.key_info cimport KeyInfo
from pumice.values cimport Value

cdef struct RecordKey:
    Value* fields         # n; TEXT as the KeyInfo's comparison wants it: stored bytes for BINARY, UTF-8 for other collations
    uint32_t n

# Fills `key` (fields: room for n, in `arena` or the caller's) from UTF-8 values. Text that needs no conversion is borrowed.
cdef int prepare_key(KeyInfo info, const Value* values, uint32_t n, RecordKey* key, Arena* arena) except -1 nogil
# The same from a stored record: its first min(n_key, its columns) columns, borrowed from `record`.
cdef int prepare_from_record(KeyInfo info, const uint8_t* record, uint32_t n_record, RecordKey* key, Arena* arena) except -1 nogil

# Sign of (record - key) on the key's columns, descending columns reversed. -2: an error is set.
cdef int compare_record(KeyInfo info, const RecordKey* key, const uint8_t* record, uint32_t n_record, Arena* scratch) except -2 nogil
