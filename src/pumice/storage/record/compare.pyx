"""Comparison of stored records with keys; see compare.pxd.

A record that is shorter than its header says raises: nothing outside its bytes is read.
Source: SQLite src/vdbeaux.c, sqlite3VdbeRecordCompareWithSkip, vdbeRecordCompareInt, vdbeRecordCompareString.
Tests: tests/unit/record, tests/property/test_btree.py
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy
from pumice.memory cimport Arena, arena_alloc, arena_reset
from pumice.storage.record.key_info cimport ENC_UTF16BE, ENC_UTF8, CollateFn, KeyInfo, compare_values
from pumice.storage.record.record cimport decode_serial_unchecked, get_varint, integer_unchecked, is_integer, serial_size
from pumice.storage.record.utf cimport utf16_bound, utf16_to_utf8, utf8_bound, utf8_to_utf16
from pumice.values cimport TAG_INT, TAG_TEXT, Value

from pumice import errors

cdef int raise_corrupt(const char* where) except -2 nogil:
    with gil:
        raise errors.corrupt(where.decode())


cdef int prepare_key(KeyInfo info, const Value* values, uint32_t n, RecordKey* key, Arena* arena) except -1 nogil:
    cdef uint32_t i
    cdef uint8_t* out
    if n > info.n_key:
        n = info.n_key
    key.n = n
    if info.encoding == ENC_UTF8:
        key.fields = <Value*>values
    else:
        key.fields = <Value*>arena_alloc(arena, (n + 1) * sizeof(Value))
        memcpy(key.fields, values, n * sizeof(Value))
        for i in range(n):
            if values[i].tag == TAG_TEXT and info.fns[i] == NULL:
                out = arena_alloc(arena, utf16_bound(values[i].size))
                key.fields[i].size = <uint32_t>utf8_to_utf16(values[i].num.p, values[i].size, info.encoding == ENC_UTF16BE, out)
                key.fields[i].num.p = out
    return 0


cdef int prepare_from_record(KeyInfo info, const uint8_t* record, uint32_t n_record, RecordKey* key, Arena* arena) except -1 nogil:
    cdef const uint8_t* end = record + n_record
    cdef const uint8_t* p
    cdef const uint8_t* types_end
    cdef uint64_t header = 0, serial, size
    cdef uint64_t body
    cdef uint8_t* out
    cdef uint32_t i = 0
    cdef int used = get_varint(record, end, &header)
    if used == 0 or header > n_record:
        raise_corrupt("record header")
        return -1
    key.fields = <Value*>arena_alloc(arena, (info.n_key + 1) * sizeof(Value))
    p = record + used
    types_end = record + header
    body = header
    while i < info.n_key and p < types_end:
        used = get_varint(p, types_end, &serial)
        size = serial_size(serial)
        if used == 0 or size > n_record - body:
            raise_corrupt("record body")
            return -1
        p += used
        decode_serial_unchecked(serial, record + body, &key.fields[i])
        if key.fields[i].tag == TAG_TEXT and info.encoding != ENC_UTF8 and info.fns[i] != NULL:
            out = arena_alloc(arena, utf8_bound(size))
            key.fields[i].size = <uint32_t>utf16_to_utf8(record + body, size, info.encoding == ENC_UTF16BE, out)
            key.fields[i].num.p = out
        body += size
        i += 1
    key.n = i
    return 0


cdef int compare_record(KeyInfo info, const RecordKey* key, const uint8_t* record, uint32_t n_record, Arena* scratch) except -2 nogil:
    cdef const uint8_t* end = record + n_record
    cdef const uint8_t* p
    cdef const uint8_t* types_end
    cdef const uint8_t* body
    cdef const Value* want
    cdef uint64_t header = 0, serial = 0, size
    cdef uint32_t i = 0, n
    cdef int used, order
    cdef int64_t stored
    cdef Value v
    cdef CollateFn fn
    cdef uint8_t* out
    if n_record and record[0] < 0x80:
        header = record[0]
        used = 1
    else:
        used = get_varint(record, end, &header)
    if used == 0 or header > n_record:
        return raise_corrupt("record header")
    p = record + used
    types_end = record + header
    body = types_end
    if key.n and key.fields[0].tag == TAG_INT and p < types_end and is_integer(p[0]) and serial_size(p[0]) <= <uint64_t>(end - body):
        # INTEGER against INTEGER, which most comparisons are, and end with.
        stored = integer_unchecked(p[0], body)
        if stored != key.fields[0].num.i:
            return -1 if (stored < key.fields[0].num.i) != info.desc[0] else 1
        body += serial_size(p[0])
        p += 1
        i = 1
    while i < key.n and p < types_end:
        if p[0] < 0x80:
            serial = p[0]
            p += 1
        else:
            used = get_varint(p, types_end, &serial)
            if used == 0:
                return raise_corrupt("serial type")
            p += used
        size = serial_size(serial)
        if size > <uint64_t>(end - body):
            return raise_corrupt("record body")
        want = &key.fields[i]
        fn = info.fns[i]
        if want.tag == TAG_INT and is_integer(serial):
            stored = integer_unchecked(serial, body)
            order = (stored > want.num.i) - (stored < want.num.i)
        elif want.tag == TAG_TEXT and fn == NULL and serial >= 13 and serial & 1:
            n = <uint32_t>size if size < want.size else want.size
            order = memcmp(body, want.num.p, n) if n else 0
            if order == 0:
                order = (size > want.size) - (size < want.size)
        else:
            decode_serial_unchecked(serial, body, &v)
            if fn != NULL and v.tag == TAG_TEXT and want.tag == TAG_TEXT and info.encoding != ENC_UTF8:
                arena_reset(scratch)
                out = arena_alloc(scratch, utf8_bound(size))
                v.size = <uint32_t>utf16_to_utf8(body, size, info.encoding == ENC_UTF16BE, out)
                v.num.p = out
            order = compare_values(&v, want, fn, info.contexts[i])
            if order == -2:
                return -2
        if order != 0:
            order = -1 if order < 0 else 1
            return -order if info.desc[i] else order
        body += size
        i += 1
    return 0
