"""Records: varints, serial types, decoding of one column, encoding of a row.

A record is `header size varint, serial type varints, bodies`. All readers here take an end pointer or are named `_unchecked`.
Source: SQLite file format, "Record Format" (2.1) and "A variable-length integer" (1.6).
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stddef cimport size_t
from libc.string cimport memcpy
from pumice.values cimport TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value

cdef inline int get_varint(const uint8_t* p, const uint8_t* end, uint64_t* out) noexcept nogil:
    """Bytes read (1 to 9), or 0 when the varint runs past `end`."""
    cdef uint64_t v
    cdef int i
    if p >= end:
        return 0
    if p[0] < 0x80:
        out[0] = p[0]
        return 1
    v = p[0] & 0x7F
    for i in range(1, 8):
        if p + i >= end:
            return 0
        v = (v << 7) | (p[i] & 0x7F)
        if p[i] < 0x80:
            out[0] = v
            return i + 1
    if p + 8 >= end:
        return 0
    out[0] = (v << 8) | p[8]
    return 9

cdef inline int varint_size(uint64_t v) noexcept nogil:
    cdef int n = 1
    if v >> 56:
        return 9
    while v >= 0x80:
        v >>= 7
        n += 1
    return n

cdef inline int put_varint(uint8_t* p, uint64_t v) noexcept nogil:
    """Writes 1 to 9 bytes; returns how many."""
    cdef int n, i
    if v < 0x80:
        p[0] = <uint8_t>v
        return 1
    if v >> 56:
        p[8] = <uint8_t>v
        v >>= 8
        for i in range(7, -1, -1):
            p[i] = <uint8_t>((v & 0x7F) | 0x80)
            v >>= 7
        return 9
    n = varint_size(v)
    for i in range(n - 1, -1, -1):
        p[i] = <uint8_t>((v & 0x7F) | 0x80)
        v >>= 7
    p[n - 1] &= 0x7F
    return n

cdef inline uint64_t serial_size(uint64_t serial) noexcept nogil:
    """Bytes of a body of this serial type."""
    if serial >= 12:
        return (serial - 12) >> 1
    if serial < 5:
        return serial
    if serial == 5:
        return 6
    if serial < 8:
        return 8
    return 0

cdef inline uint64_t read_be64_unchecked(const uint8_t* p) noexcept nogil:
    return ((<uint64_t>p[0] << 56) | (<uint64_t>p[1] << 48) | (<uint64_t>p[2] << 40) | (<uint64_t>p[3] << 32)
            | (<uint64_t>p[4] << 24) | (<uint64_t>p[5] << 16) | (<uint64_t>p[6] << 8) | <uint64_t>p[7])

cdef inline bint is_integer(uint64_t serial) noexcept nogil:
    return serial - 1 < 9 and serial != 7

cdef inline int64_t integer_unchecked(uint64_t serial, const uint8_t* p) noexcept nogil:
    """The body at `p` of a serial type that is_integer, all bytes of it being there."""
    if serial == 1:
        return <int64_t><signed char>p[0]
    if serial == 2:
        return (<int64_t><signed char>p[0] << 8) | p[1]
    if serial == 3:
        return (<int64_t><signed char>p[0] << 16) | (p[1] << 8) | p[2]
    if serial == 4:
        return (<int64_t><signed char>p[0] << 24) | (p[1] << 16) | (p[2] << 8) | p[3]
    if serial == 5:
        return ((<int64_t><signed char>p[0] << 40) | (<int64_t>p[1] << 32) | (<int64_t>p[2] << 24)
                | (p[3] << 16) | (p[4] << 8) | p[5])
    if serial == 6:
        return <int64_t>read_be64_unchecked(p)
    return serial == 9

cdef inline void decode_serial_unchecked(uint64_t serial, const uint8_t* p, Value* out) noexcept nogil:
    """The value whose body of `serial_size(serial)` bytes starts at `p` (the caller checked that they are there).

    TEXT is in the database's encoding: the caller converts UTF-16. A NaN body reads as NULL, as in SQLite.
    """
    cdef uint64_t bits
    if serial >= 12:
        out.tag = TAG_TEXT if serial & 1 else TAG_BLOB
        out.size = <uint32_t>((serial - 12) >> 1)
        out.num.p = p
    elif is_integer(serial):
        out.tag = TAG_INT
        out.num.i = integer_unchecked(serial, p)
    elif serial == 7:
        bits = read_be64_unchecked(p)
        memcpy(&out.num.r, &bits, 8)
        out.tag = TAG_REAL if out.num.r == out.num.r else TAG_NULL
    else:
        out.tag = TAG_NULL

cdef uint64_t serial_of(const Value* v) noexcept nogil                      # smallest serial type that holds the value (format 4)
cdef size_t record_size(const Value* values, uint32_t n) noexcept nogil     # bytes that encode_record will write
cdef size_t encode_record(const Value* values, uint32_t n, uint8_t* out) noexcept nogil
