"""LaneFunction: a scalar function written for one row; the loop over lanes is here. And what such functions need: UTF-8, results, errors.

Text arguments end at their size, but many of SQLite's functions stop at a NUL; each function says so.
"""

from libc.math cimport isnan
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stddef cimport size_t
from pumice.functions.scalar.scalar cimport ScalarFunction
from pumice.memory cimport Arena
from pumice.storage.record.key_info cimport CollateFn
from pumice.values cimport TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value

cdef enum:
    MAX_LENGTH = 1000000000       # bytes of a TEXT or BLOB (SQLITE_MAX_LENGTH)

cdef struct Frame:
    # What a call hands to every lane.
    void* ctx                     # the ExecContext, borrowed
    Arena* arena                  # of the output vector: results and scratch
    CollateFn fn                  # NULL: BINARY
    void* collate_context
    int64_t variant               # tells functions that share a body apart

# Computes one lane: `out` is NULL-tagged on entry; text results point into the arena or an argument.
ctypedef int (*LaneFn)(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil

cdef class LaneFunction(ScalarFunction):
    cdef LaneFn fn
    cdef int64_t variant
    cdef bint strict              # a NULL argument gives NULL without a call

cdef LaneFunction lane_function(str name, LaneFn fn, int64_t variant, bint strict)

cdef int raise_error(const char* message) except -1 nogil         # SQLITE_ERROR
cdef int raise_too_big() except -1 nogil
cdef uint8_t* result_bytes(Frame* f, uint64_t n) except NULL nogil   # room for a TEXT/BLOB result; raises when it is too big
cdef int text_of(Frame* f, const Value* v, Value* out) except -1 nogil   # as sqlite3_value_text: numbers are rendered; NULL: p NULL, size 0

cdef uint32_t append_utf8(uint8_t* out, uint32_t c) noexcept nogil   # bytes written, at most 4

cdef inline void set_int(Value* out, int64_t i) noexcept nogil:
    out.tag = TAG_INT
    out.num.i = i

cdef inline void set_real(Value* out, double r) noexcept nogil:
    """NaN is NULL."""
    out.num.r = r
    out.tag = TAG_NULL if isnan(r) else TAG_REAL

cdef inline void set_text(Value* out, const uint8_t* p, uint32_t n) noexcept nogil:
    out.tag = TAG_TEXT
    out.num.p = p
    out.size = n

cdef inline const uint8_t* skip_utf8(const uint8_t* z, const uint8_t* end) noexcept nogil:
    """Past one character (z < end): a lead byte takes all continuation bytes after it, any other byte stands alone."""
    cdef uint8_t lead = z[0]
    z += 1
    if lead >= 0xC0:
        while z < end and z[0] & 0xC0 == 0x80:
            z += 1
    return z

cdef inline uint32_t read_utf8(const uint8_t** at, const uint8_t* end) noexcept nogil:
    """The next character, as sqlite3Utf8Read decodes it (overlong forms and surrogates give U+FFFD); 0 at the end."""
    cdef const uint8_t* z = at[0]
    cdef uint32_t c
    if z >= end:
        return 0
    c = z[0]
    z += 1
    if c >= 0xC0:
        if c < 0xE0:
            c &= 0x1F
        elif c < 0xF0:
            c &= 0x0F
        elif c < 0xF8:
            c &= 0x07
        elif c < 0xFC:
            c &= 0x03
        else:
            c = c == 0xFD
        while z < end and z[0] & 0xC0 == 0x80:
            c = (c << 6) + (z[0] & 0x3F)
            z += 1
        if c < 0x80 or c >> 11 == 0x1B:
            c = 0xFFFD
    at[0] = z
    return c

cdef inline uint32_t until_nul(const Value* text) noexcept nogil:
    """Bytes before the first NUL."""
    cdef const void* nul
    if text.size == 0:
        return 0
    nul = memchr(text.num.p, 0, text.size)
    return text.size if nul == NULL else <uint32_t>(<const uint8_t*>nul - text.num.p)

cdef extern from "<string.h>" nogil:
    const void* memchr(const void* p, int c, size_t n) noexcept
