"""RecordBuffer: values <-> record bytes; see record_buffer.pxd."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stddef cimport size_t
from pumice.memory cimport Arena, mem_free, mem_realloc, mem_zalloc
from pumice.storage.record.record cimport decode_serial_unchecked, encode_record, get_varint, record_size, serial_size
from pumice.storage.record.utf cimport stored_to_utf8, utf8_to_stored
from pumice.values cimport TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value

from pumice import errors

cdef enum:
    MAX_RECORD = 1000000000           # bytes; SQLITE_MAX_LENGTH's default
    COMPACT_MAX = 140737488355327     # 2^47 - 1: integral REALs up to here are stored as integers (of at most 6 bytes)


cdef int raise_too_big() except -1 with gil:
    raise errors.make("SQLITE_TOOBIG", "string or blob too big")


cdef int raise_corrupt(const char* where) except -1 with gil:
    raise errors.corrupt(where.decode())


cdef class RecordBuffer:
    def __cinit__(self, uint32_t n_max, int encoding):
        self.n_max = n_max
        self.encoding = encoding
        self.p = NULL
        self.fields = <Value*>mem_zalloc(n_max, sizeof(Value))

    def __dealloc__(self):
        mem_free(self.fields)
        mem_free(self.p)

    cdef int encode(self, const Value* values, const int32_t* source, const uint8_t* compact, uint32_t n, Arena* arena) except -1 nogil:
        cdef uint32_t i
        cdef Value* v
        cdef size_t size
        cdef int64_t integral
        for i in range(n):
            v = &self.fields[i]
            if source != NULL and source[i] < 0:
                v.tag = TAG_NULL
                continue
            v[0] = values[i if source == NULL else <uint32_t>source[i]]
            if v.tag == TAG_REAL:
                if compact[i] and -<double>COMPACT_MAX - 1 <= v.num.r <= <double>COMPACT_MAX:
                    integral = <int64_t>v.num.r
                    if <double>integral == v.num.r:
                        v.tag = TAG_INT
                        v.num.i = integral
            elif v.tag == TAG_TEXT:
                utf8_to_stored(v, self.encoding, arena)
        size = record_size(self.fields, n)
        if size > MAX_RECORD:
            return raise_too_big()
        if size > self.cap:
            self.p = <uint8_t*>mem_realloc(self.p, size + size // 4 + 64, 1)
            self.cap = <uint32_t>(size + size // 4 + 64)
        self.n = <uint32_t>encode_record(self.fields, n, self.p)
        return 0

    cdef int decode(self, const uint8_t* p, uint32_t n, Value* out, uint32_t n_out, Arena* arena) except -1 nogil:
        cdef uint64_t header, serial, size
        cdef const uint8_t* end
        cdef const uint8_t* q
        cdef uint64_t body
        cdef uint32_t i = 0
        cdef int used = get_varint(p, p + n, &header)
        if used == 0 or header > n:
            return raise_corrupt("record header")
        q = p + used
        end = p + header
        body = header
        while i < n_out and q < end:
            used = get_varint(q, end, &serial)
            if used == 0:
                return raise_corrupt("serial type")
            q += used
            size = serial_size(serial)
            if size > n - body:
                return raise_corrupt("record body")
            decode_serial_unchecked(serial, p + body, &out[i])
            if out[i].tag == TAG_TEXT:
                stored_to_utf8(&out[i], self.encoding, arena)
            body += size
            i += 1
        if q == end and body != n:
            return raise_corrupt("record longer than its fields")
        while i < n_out:
            out[i].tag = MISSING_TAG
            i += 1
        return 0
