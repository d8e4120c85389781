"""KeyTable: an open-addressing hash table of key rows. Grouping, joins, DISTINCT, set operations, IN sets and memos are built on it.

Entry e is row e of `keys` (0, 1, 2, ... in the order of insertion). Keys are equal as GROUP BY has it: NULL equals NULL, 1 equals 1.0,
text by the column's collation. While all keys are one INTEGER column the 64-bit hash determines the key, and no key is looked at.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stddef cimport size_t
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.vector.vector cimport Vector
from pumice.storage.record.key_info cimport CollateFn
from pumice.values cimport Value

cdef enum:
    FOLD_BINARY = 0
    FOLD_NOCASE = 1
    FOLD_RTRIM = 2
    FOLD_UTF16 = 4              # BINARY of a UTF-16 database: equal as bytes, but another order
    FOLD_OTHER = 3              # a user collation: all texts hash alike and are compared

cdef enum:
    NO_ENTRY = 0xFFFFFFFF

cdef class CollationList:
    """Collations of some columns as C arrays."""
    cdef readonly tuple collations
    cdef readonly uint32_t n
    cdef CollateFn* fns                 # owned; NULL = BINARY
    cdef void** contexts                # owned array
    cdef uint8_t* folds                 # owned; FOLD_*

cdef struct KeySlot:
    uint64_t hash
    uint32_t entry                      # entry + 1; 0 = free
    uint32_t pad

cdef class KeyTable:
    cdef readonly uint32_t n_keys
    cdef CollationList collations
    cdef RowStore keys
    cdef KeySlot* slots                 # owned, slot_mask + 1 of them
    cdef uint32_t slot_mask
    cdef bint exact                     # 1 and 1.0 are different keys (memos: their uses may differ)
    cdef bint int_only                  # one key column, nothing but INTEGER so far
    cdef uint64_t* hashes               # owned, BATCH_MAX: of the current batch's live lanes
    cdef uint16_t* new_lanes            # owned, BATCH_MAX
    cdef int grow(self, uint32_t n_more) except -1 nogil
    cdef bint same_key(self, uint32_t entry, Vector** cols, uint32_t lane, bint* failed) noexcept nogil
    cdef int hash_lanes(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil
    # entries[k] for the k-th live lane; is_new[k] (may be NULL) = 1 where the lane added it
    cdef int insert(self, Vector** cols, const uint16_t* sel, uint32_t n, uint32_t* entries, uint8_t* is_new) except -1 nogil
    cdef int find(self, Vector** cols, const uint16_t* sel, uint32_t n, uint32_t* entries) except -1 nogil   # NO_ENTRY where absent
    # After insert: lanes that were there already overwrite their equal but not identical key (1 and 1.0, 'a' and 'A'): the last one stays.
    cdef int overwrite(self, Vector** cols, const uint16_t* sel, uint32_t n, const uint32_t* entries, const uint8_t* is_new) except -1 nogil
    cdef size_t size_bytes(self) noexcept nogil
    cdef void clear(self) noexcept nogil
