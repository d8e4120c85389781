"""UTF-8 to and from UTF-16, with SQLite's treatment of malformed text."""

from libc.stddef cimport size_t
from libc.stdint cimport uint8_t

# Each returns the bytes written to `out`. `out` must hold utf8_bound(n) or utf16_bound(n) bytes; an odd last byte of UTF-16 is dropped.
cdef size_t utf16_to_utf8(const uint8_t* p, size_t n, bint big_endian, uint8_t* out) noexcept nogil
cdef size_t utf8_to_utf16(const uint8_t* p, size_t n, bint big_endian, uint8_t* out) noexcept nogil

cdef inline size_t utf8_bound(size_t n_utf16) noexcept nogil:
    """A 16-bit unit becomes at most 3 bytes."""
    return (n_utf16 >> 1) * 3 + 4

cdef inline size_t utf16_bound(size_t n_utf8) noexcept nogil:
    """A UTF-8 byte becomes at most one 16-bit unit."""
    return n_utf8 * 2 + 4
