"""UTF-8 to and from UTF-16, with SQLite's treatment of malformed text."""

from libc.stddef cimport size_t
from libc.stdint cimport uint8_t
from pumice.memory cimport Arena
from pumice.values cimport Value

# In place, the tag unchanged: bytes of a text in a database's encoding to UTF-8 and the reverse. New bytes go to `arena`.
cdef int stored_to_utf8(Value* v, int encoding, Arena* arena) except -1 nogil
cdef int utf8_to_stored(Value* v, int encoding, Arena* arena) except -1 nogil

# Each returns the bytes written to `out`. `out` must hold utf8_bound(n) or utf16_bound(n) bytes; an odd last byte of UTF-16 is dropped.
cdef size_t utf16_to_utf8(const uint8_t* p, size_t n, bint big_endian, uint8_t* out) noexcept nogil
cdef size_t utf8_to_utf16(const uint8_t* p, size_t n, bint big_endian, uint8_t* out) noexcept nogil

# memcmp's order (-1, 0, 1) of the UTF-16 forms of two UTF-8 texts.
cdef int compare_utf16(const uint8_t* a, size_t n_a, const uint8_t* b, size_t n_b, bint big_endian) noexcept nogil

cdef inline size_t utf8_bound(size_t n_utf16) noexcept nogil:
    """A 16-bit unit becomes at most 3 bytes."""
    return (n_utf16 >> 1) * 3 + 4

cdef inline size_t utf16_bound(size_t n_utf8) noexcept nogil:
    """A UTF-8 byte becomes at most one 16-bit unit."""
    return n_utf8 * 2 + 4
