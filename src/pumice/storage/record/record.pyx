"""Encoding of rows as records; see record.pxd.

    header size | serial type ... | body ...          all three parts of variable length

Integers take the smallest of 0, 1, 2, 3, 4, 6 and 8 bytes. A REAL stays a REAL: storing 2.0 as an integer is the table writer's decision,
who knows the column's affinity. NaN has no place in SQLite and is written as NULL.
Source: SQLite file format, "Record Format" (2.1).  Tests: tests/unit/record
"""

from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy
from pumice.values cimport TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value


cdef inline uint64_t serial_of_fast(const Value* v) noexcept nogil:
    cdef uint64_t u
    if v.tag == TAG_INT:
        u = <uint64_t>v.num.i
        if <int64_t>u < 0:
            u = ~u
        if u <= 127:
            if v.num.i == 0 or v.num.i == 1:
                return 8 + <uint64_t>v.num.i
            return 1
        if u <= 32767:
            return 2
        if u <= 8388607:
            return 3
        if u <= 2147483647:
            return 4
        if u < <uint64_t>1 << 47:
            return 5
        return 6
    if v.tag == TAG_TEXT:
        return <uint64_t>v.size * 2 + 13
    if v.tag == TAG_BLOB:
        return <uint64_t>v.size * 2 + 12
    if v.tag == TAG_REAL and v.num.r == v.num.r:
        return 7
    return 0


cdef inline void put_be(uint8_t* p, uint64_t v, uint32_t n) noexcept nogil:
    while n:
        n -= 1
        p[n] = <uint8_t>v
        v >>= 8


cdef uint64_t serial_of(const Value* v) noexcept nogil:
    return serial_of_fast(v)


cdef inline size_t header_size_of(size_t n_types) noexcept nogil:
    """The header's size including the varint that says it."""
    cdef size_t n = n_types + varint_size(n_types)
    if varint_size(n) != varint_size(n_types):
        n += 1
    return n


cdef size_t record_size(const Value* values, uint32_t n) noexcept nogil:
    cdef size_t n_types = 0, body = 0
    cdef uint64_t serial
    cdef uint32_t i
    for i in range(n):
        serial = serial_of_fast(&values[i])
        n_types += varint_size(serial)
        body += serial_size(serial)
    return header_size_of(n_types) + body


cdef size_t encode_record(const Value* values, uint32_t n, uint8_t* out) noexcept nogil:
    cdef size_t n_types = 0, header
    cdef uint64_t serial, bits
    cdef uint32_t i, size
    cdef uint8_t* p
    cdef uint8_t* body
    for i in range(n):
        n_types += varint_size(serial_of_fast(&values[i]))
    header = header_size_of(n_types)
    p = out + put_varint(out, header)
    body = out + header
    for i in range(n):
        serial = serial_of_fast(&values[i])
        if serial < 0x80:
            p[0] = <uint8_t>serial
            p += 1
        else:
            p += put_varint(p, serial)
        if serial >= 12:
            size = values[i].size
            if size:
                memcpy(body, values[i].num.p, size)
            body += size
        elif serial == 7:
            memcpy(&bits, &values[i].num.r, 8)
            put_be(body, bits, 8)
            body += 8
        elif 1 <= serial <= 6:
            size = <uint32_t>serial_size(serial)
            put_be(body, <uint64_t>values[i].num.i, size)
            body += size
    return <size_t>(body - out)
