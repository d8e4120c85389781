"""UTF-8 to and from UTF-16; invalid sequences become U+FFFD, as in SQLite."""

from libc.stdint cimport uint8_t, uint32_t
from pumice.memory cimport Arena, arena_alloc
from pumice.values cimport Value

cdef enum:
    REPLACEMENT = 0xFFFD


cdef inline uint32_t next_utf8(const uint8_t** at, const uint8_t* end) noexcept nogil:
    """The code point at `at`, which moves on. Source: sqlite3Utf8Read's treatment of overlong and surrogate forms."""
    cdef const uint8_t* p = at[0]
    cdef uint32_t c = p[0]
    p += 1
    if c >= 0xC0:
        if c >= 0xF0:
            c = c & 0x07
        elif c >= 0xE0:
            c = c & 0x0F
        else:
            c = c & 0x1F
        while p < end and (p[0] & 0xC0) == 0x80:
            c = (c << 6) | (p[0] & 0x3F)
            p += 1
        if c < 0x80 or c >> 11 == 0x1B or c >> 1 == 0x7FFF:
            c = REPLACEMENT
    at[0] = p
    return c


cdef inline void put_unit(uint8_t* p, uint32_t unit, bint big_endian) noexcept nogil:
    if big_endian:
        p[0] = <uint8_t>(unit >> 8)
        p[1] = <uint8_t>unit
    else:
        p[0] = <uint8_t>unit
        p[1] = <uint8_t>(unit >> 8)


cdef int text_to_utf16(Value* v, bint big_endian, Arena* arena) except -1 nogil:
    cdef const uint8_t* p = v.num.p
    cdef const uint8_t* end = p + v.size
    # A UTF-8 byte makes at most one 16-bit unit.
    cdef uint8_t* out = arena_alloc(arena, <size_t>v.size * 2 + 2)
    cdef uint8_t* q = out
    cdef uint32_t c
    while p < end:
        c = next_utf8(&p, end)
        if c > 0x10FFFF:
            c = REPLACEMENT
        if c < 0x10000:
            put_unit(q, c, big_endian)
            q += 2
        else:
            c -= 0x10000
            put_unit(q, 0xD800 | (c >> 10), big_endian)
            put_unit(q + 2, 0xDC00 | (c & 0x3FF), big_endian)
            q += 4
    v.num.p = out
    v.size = <uint32_t>(q - out)
    return 0


cdef int text_from_utf16(Value* v, bint big_endian, Arena* arena) except -1 nogil:
    cdef const uint8_t* p = v.num.p
    cdef uint32_t n_units = v.size >> 1
    cdef uint8_t* out = arena_alloc(arena, <size_t>n_units * 3 + 1)
    cdef uint8_t* q = out
    cdef uint32_t i = 0, c, low
    cdef int hi_at = 0 if big_endian else 1
    while i < n_units:
        c = (<uint32_t>p[2 * i + hi_at] << 8) | p[2 * i + 1 - hi_at]
        i += 1
        if 0xD800 <= c < 0xE000 and i < n_units:
            low = (<uint32_t>p[2 * i + hi_at] << 8) | p[2 * i + 1 - hi_at]
            i += 1
            c = (low & 0x3FF) + ((c & 0x3F) << 10) + (((c & 0x3C0) + 0x40) << 10)
        if c < 0x80:
            q[0] = <uint8_t>c
            q += 1
        elif c < 0x800:
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
    v.num.p = out
    v.size = <uint32_t>(q - out)
    return 0
