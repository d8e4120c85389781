"""UTF-8 to and from UTF-16; see utf.pxd.

UTF-16 of a file comes back as it was, whatever it holds, or the entries of an index would not be found again: a lone surrogate is three
bytes of UTF-8 here. Malformed UTF-8 (overlong forms, beyond U+10FFFF) becomes U+FFFD.
Source: SQLite src/utf.c, READ_UTF8, WRITE_UTF8; "The WTF-8 encoding" (Sapin).
Tests: tests/unit/record/test_record.py, tests/format/test_utf16.py
"""

from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcmp
from pumice.memory cimport Arena, arena_alloc
from pumice.values cimport ENC_UTF16BE, ENC_UTF16LE, Value

cdef enum:
    REPLACEMENT = 0xFFFD


cdef inline uint32_t read_unit(const uint8_t* p, bint big_endian) noexcept nogil:
    if big_endian:
        return (<uint32_t>p[0] << 8) | p[1]
    return (<uint32_t>p[1] << 8) | p[0]


cdef inline uint8_t* put_unit(uint8_t* p, uint32_t unit, bint big_endian) noexcept nogil:
    if big_endian:
        p[0] = <uint8_t>(unit >> 8)
        p[1] = <uint8_t>unit
    else:
        p[0] = <uint8_t>unit
        p[1] = <uint8_t>(unit >> 8)
    return p + 2


cdef size_t utf16_to_utf8(const uint8_t* p, size_t n, bint big_endian, uint8_t* out) noexcept nogil:
    cdef const uint8_t* end = p + (n & ~<size_t>1)
    cdef uint8_t* q = out
    cdef uint32_t c, low
    while p < end:
        c = read_unit(p, big_endian)
        p += 2
        if c < 0x80:
            q[0] = <uint8_t>c
            q += 1
            continue
        if 0xD800 <= c < 0xDC00 and p < end:
            low = read_unit(p, big_endian)
            if 0xDC00 <= low < 0xE000:
                p += 2
                c = 0x10000 + ((c & 0x3FF) << 10) + (low & 0x3FF)
        if c < 0x800:
            q[0] = <uint8_t>(0xC0 | (c >> 6))
            q[1] = <uint8_t>(0x80 | (c & 0x3F))
            q += 2
        elif c < 0x10000:
            q[0] = <uint8_t>(0xE0 | (c >> 12))
            q[1] = <uint8_t>(0x80 | ((c >> 6) & 0x3F))
            q[2] = <uint8_t>(0x80 | (c & 0x3F))
            q += 3
        else:
            q[0] = <uint8_t>(0xF0 | ((c >> 18) & 0x07))
            q[1] = <uint8_t>(0x80 | ((c >> 12) & 0x3F))
            q[2] = <uint8_t>(0x80 | ((c >> 6) & 0x3F))
            q[3] = <uint8_t>(0x80 | (c & 0x3F))
            q += 4
    return <size_t>(q - out)


cdef inline uint32_t read_char(const uint8_t** at, const uint8_t* end) noexcept nogil:
    """The character at `at` (before `end`), which moves on."""
    cdef const uint8_t* p = at[0]
    cdef uint32_t c = p[0]
    p += 1
    if c >= 0xC0:
        if c >= 0xF8:
            c = c & 0x03 if c < 0xFE else 0         # as SQLite's table of lead bytes has it
        else:
            c = c & 0x07 if c >= 0xF0 else c & 0x0F if c >= 0xE0 else c & 0x1F
        while p < end and (p[0] & 0xC0) == 0x80:
            c = (c << 6) | (p[0] & 0x3F)
            p += 1
        if c < 0x80 or c > 0x10FFFF:
            c = REPLACEMENT
    at[0] = p
    return c


cdef inline uint8_t* put_char(uint8_t* q, uint32_t c, bint big_endian) noexcept nogil:
    if c < 0x10000:
        return put_unit(q, c, big_endian)
    c -= 0x10000
    q = put_unit(q, 0xD800 | (c >> 10), big_endian)
    return put_unit(q, 0xDC00 | (c & 0x3FF), big_endian)


cdef size_t utf8_to_utf16(const uint8_t* p, size_t n, bint big_endian, uint8_t* out) noexcept nogil:
    cdef const uint8_t* end = p + n
    cdef uint8_t* q = out
    while p < end:
        q = put_char(q, read_char(&p, end), big_endian)
    return <size_t>(q - out)


cdef int compare_utf16(const uint8_t* a, size_t n_a, const uint8_t* b, size_t n_b, bint big_endian) noexcept nogil:
    cdef const uint8_t* a_end = a + n_a
    cdef const uint8_t* b_end = b + n_b
    cdef uint8_t x[4]
    cdef uint8_t y[4]
    cdef size_t n_x, n_y
    cdef uint32_t c, d
    cdef int order
    while a < a_end and b < b_end:
        c = read_char(&a, a_end)
        d = read_char(&b, b_end)
        if c != d:
            n_x = <size_t>(put_char(x, c, big_endian) - x)
            n_y = <size_t>(put_char(y, d, big_endian) - y)
            order = memcmp(x, y, n_x if n_x < n_y else n_y)
            if order == 0:                      # a lone surrogate and a pair that starts with it
                return -1 if n_x < n_y else 1
            return -1 if order < 0 else 1
    return (a < a_end) - (b < b_end)


cdef int stored_to_utf8(Value* v, int encoding, Arena* arena) except -1 nogil:
    cdef uint8_t* text
    if encoding == ENC_UTF16LE or encoding == ENC_UTF16BE:
        text = arena_alloc(arena, utf8_bound(v.size))
        v.size = <uint32_t>utf16_to_utf8(v.num.p, v.size, encoding == ENC_UTF16BE, text)
        v.num.p = text
    return 0


cdef int utf8_to_stored(Value* v, int encoding, Arena* arena) except -1 nogil:
    cdef uint8_t* text
    if encoding == ENC_UTF16LE or encoding == ENC_UTF16BE:
        text = arena_alloc(arena, utf16_bound(v.size))
        v.size = <uint32_t>utf8_to_utf16(v.num.p, v.size, encoding == ENC_UTF16BE, text)
        v.num.p = text
    return 0
