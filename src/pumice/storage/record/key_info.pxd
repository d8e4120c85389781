"""KeyInfo: how the entries of one index tree (or a WITHOUT ROWID table) compare. Collations are C functions with a context."""

from libc.stdint cimport uint8_t, uint32_t
from pumice.values cimport ENC_UTF8, ENC_UTF16BE, ENC_UTF16LE, Value

# memcmp-like comparison of two UTF-8 texts. A Python-defined collation takes the GIL inside and returns -2 on an error already set.
ctypedef int (*CollateFn)(void* context, const uint8_t* a, uint32_t n_a, const uint8_t* b, uint32_t n_b) noexcept nogil

cdef class Collation:
    """A named text ordering; `fn` NULL means BINARY (memcmp, then length), which callers test to take the fast way."""
    cdef readonly str name
    cdef CollateFn fn
    cdef void* context           # borrowed from this object (a PyObject* for user collations)
    cdef object callback         # keeps a user collation's Python function alive

cdef Collation BINARY, NOCASE, RTRIM

# How BINARY orders texts held as UTF-8 in a database of that encoding (ENC_*): as memcmp orders their UTF-16 forms. None for ENC_UTF8.
cdef Collation binary_of(int encoding)

cdef class KeyInfo:
    cdef readonly uint32_t n_key         # leading columns that take part in comparisons
    cdef CollateFn* fns                  # owned, n_key entries, NULL = BINARY
    cdef void** contexts                 # owned array, entries borrowed from `collations`
    cdef uint8_t* desc                   # owned, n_key entries, 1 = descending
    cdef readonly int encoding           # ENC_*: of TEXT inside records; keys to seek are always UTF-8
    cdef readonly tuple collations       # Collation objects

cdef int compare_values(const Value* a, const Value* b, CollateFn fn, void* context) noexcept nogil   # -1, 0, 1 in SQLite's order (NULL < numbers < text < blob); exact int64/double
