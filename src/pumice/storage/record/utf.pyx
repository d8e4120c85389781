"""UTF-8 to and from UTF-16; see utf.pxd.

Malformed UTF-8 (overlong, surrogates, U+FFFE/U+FFFF) becomes U+FFFD; a lone surrogate at the end of UTF-16 text is kept as three bytes.
Source: SQLite src/utf.c, READ_UTF8, READ_UTF16LE, WRITE_UTF8.  Tests: tests/unit/record/test_record.py
"""

from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t

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
        if 0xD800 <= c < 0xE000 and p < end:
            low = read_unit(p, big_endian)
            p += 2
            c = (low & 0x3FF) + ((c & 0x3F) << 10) + (((c & 0x3C0) + 0x40) << 10)
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


cdef size_t utf8_to_utf16(const uint8_t* p, size_t n, bint big_endian, uint8_t* out) noexcept nogil:
    cdef const uint8_t* end = p + n
    cdef uint8_t* q = out
    cdef uint32_t c
    while p < end:
        c = p[0]
        p += 1
        if c >= 0xC0:
            if c >= 0xF8:
                c = c & 0x03 if c < 0xFE else 0         # as SQLite's table of lead bytes has it
            else:
                c = c & 0x07 if c >= 0xF0 else c & 0x0F if c >= 0xE0 else c & 0x1F
            while p < end and (p[0] & 0xC0) == 0x80:
                c = (c << 6) | (p[0] & 0x3F)
                p += 1
            if c < 0x80 or (c & <uint32_t>0xFFFFF800) == 0xD800 or (c & <uint32_t>0xFFFFFFFE) == 0xFFFE or c > 0x10FFFF:
                c = REPLACEMENT
        if c < 0x10000:
            q = put_unit(q, c, big_endian)
        else:
            c -= 0x10000
            q = put_unit(q, 0xD800 | (c >> 10), big_endian)
            q = put_unit(q, 0xDC00 | (c & 0x3FF), big_endian)
    return <size_t>(q - out)
