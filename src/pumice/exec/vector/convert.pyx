"""Conversions between storage classes, by SQLite's rules, and between Values and Python objects at the API edge; see convert.pxd.

Text that is not a number as a whole still has a numeric value, that of its longest prefix: CAST and arithmetic use it, affinity does not.

    text        text_to_real        arithmetic      CAST AS INTEGER     NUMERIC affinity
    ' 12 '      NUM_INT, 12.0       12              12                  12
    '1e2'       NUM_REAL, 100.0     100.0           1                   100
    '1.5x'      NUM_REAL_PREFIX     1.5             1                   '1.5x'
    'x'         NUM_NONE, 0.0       0               0                   'x'

Source: "Datatypes In SQLite", "CAST expressions"; tests/unit/expr/test_convert.py compares with the oracle.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_CheckBuffer, PyObject_GetBuffer
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_FromDouble
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_FromLongLong
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.math cimport isnan
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy
from pumice.exec.vector.float_text cimport Decimal, decimal_to_double, double_to_decimal
from pumice.memory cimport Arena, arena_alloc
from pumice.storage.record.utf cimport stored_to_utf8, utf8_to_stored
from pumice.values cimport (AFF_BLOB, AFF_INTEGER, AFF_NUMERIC, AFF_REAL, AFF_TEXT, TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT,
                            Value)

from pumice import errors

cdef extern from "<stdint.h>":
    const int64_t INT64_MIN
    const int64_t INT64_MAX

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL

cdef enum:
    REAL_DIGITS = 17           # significant digits of a REAL as text (SQLITE_DBCONFIG_FP_DIGITS' default)
    MAX_LENGTH = 1000000000    # bytes of a TEXT or BLOB (SQLITE_MAX_LENGTH)



class UnsupportedType(TypeError):
    """A Python object that is no SQL value; the argument is the name of its type. Callers turn it into their own error."""


cdef inline bint is_space(uint8_t c) noexcept nogil:
    return c == 32 or (c >= 9 and c <= 13)


cdef inline bint is_digit(uint8_t c) noexcept nogil:
    return c >= 48 and c <= 57


cdef int text_to_real(const uint8_t* z, uint32_t n, double* out) noexcept nogil:
    """Reads a NUL as the end of the text, as SQLite does."""
    cdef const uint8_t* end = z + n
    cdef const uint8_t* mark
    cdef bint negative = False, seen_digit = False, is_real = False, exp_negative
    cdef uint64_t s = 0
    cdef uint64_t room = (<uint64_t>0xFFFFFFFFFFFFFFFFULL - 9) // 10     # one more digit fits below
    cdef int d = 0, exp
    out[0] = 0.0
    while z < end and is_space(z[0]):
        z += 1
    if z < end and (z[0] == c'-' or z[0] == c'+'):
        negative = z[0] == c'-'
        z += 1
    while z < end and is_digit(z[0]):
        seen_digit = True
        if s < room:
            s = s * 10 + (z[0] - 48)
        else:
            d += 1
        z += 1
    if z < end and z[0] == c'.':
        mark = z + 1
        while mark < end and is_digit(mark[0]):
            seen_digit = True
            if s < room:
                s = s * 10 + (mark[0] - 48)
                d -= 1
            mark += 1
        if seen_digit:
            is_real = True
            z = mark
    if not seen_digit:
        return NUM_NONE
    if z < end and (z[0] == c'e' or z[0] == c'E'):
        mark = z + 1
        exp_negative = False
        if mark < end and (mark[0] == c'-' or mark[0] == c'+'):
            exp_negative = mark[0] == c'-'
            mark += 1
        if mark < end and is_digit(mark[0]):
            is_real = True
            exp = 0
            while mark < end and is_digit(mark[0]):
                if exp < 10000:
                    exp = exp * 10 + (mark[0] - 48)
                mark += 1
            d += -exp if exp_negative else exp
            z = mark
    if s != 0:
        # Exact and fast for what most texts hold.
        if d == 0 and s < (<uint64_t>1 << 53):
            out[0] = <double>s
        else:
            out[0] = decimal_to_double(s, d)
    if negative:
        out[0] = -out[0]
    while z < end and is_space(z[0]):
        z += 1
    if z >= end or z[0] == 0:
        return NUM_REAL if is_real else NUM_INT
    return NUM_REAL_PREFIX if is_real else NUM_NONE


cdef int text_to_int(const uint8_t* z, uint32_t n, int64_t* out) noexcept nogil:
    cdef const uint8_t* end = z + n
    cdef const uint8_t* start
    cdef bint negative = False
    cdef uint64_t u = 0
    cdef uint32_t digits = 0
    cdef bint any_digit, too_big
    cdef int rc = INT_OK
    while z < end and is_space(z[0]):
        z += 1
    if z < end and (z[0] == c'-' or z[0] == c'+'):
        negative = z[0] == c'-'
        z += 1
    start = z
    while z < end and z[0] == c'0':
        z += 1
    while z < end and is_digit(z[0]):
        if digits < 20:
            digits += 1
            u = u * 10 + (z[0] - 48)
        z += 1
    any_digit = z != start
    # 19 digits always fit into uint64; with 20 or more the number is too big whatever u holds.
    too_big = digits >= 20 or u > (<uint64_t>INT64_MAX) + <uint64_t>negative
    if too_big:
        out[0] = INT64_MIN if negative else INT64_MAX
        return INT_TOO_BIG
    out[0] = <int64_t>(0 - u) if negative else <int64_t>u
    if not any_digit:
        return INT_NONE
    while z < end:
        if not is_space(z[0]):
            return INT_PREFIX
        z += 1
    return INT_OK


cdef uint32_t int_to_text(int64_t i, uint8_t* out) noexcept nogil:
    cdef uint8_t buf[INT_TEXT_MAX]
    cdef int at = INT_TEXT_MAX
    cdef uint64_t x = 0 - <uint64_t>i if i < 0 else <uint64_t>i
    while x >= 10:
        at -= 1
        buf[at] = 48 + <uint8_t>(x % 10)
        x //= 10
    at -= 1
    buf[at] = 48 + <uint8_t>x
    if i < 0:
        at -= 1
        buf[at] = c'-'
    memcpy(out, &buf[at], INT_TEXT_MAX - at)
    return INT_TEXT_MAX - at


cdef uint32_t real_to_text(double r, uint8_t* out) noexcept nogil:
    """`%!.17g`: 17 digits at most, always a point or an exponent."""
    cdef Decimal d
    cdef uint32_t at = 0
    cdef int i, exp
    double_to_decimal(r, REAL_DIGITS, 26, &d)
    if d.special == 2:
        memcpy(out, b"NULL", 4)
        return 4
    if d.negative:
        out[0] = c'-'
        at = 1
    if d.special == 1:
        memcpy(out + at, b"Inf", 3)
        return at + 3
    exp = d.point - 1
    if exp < -4 or exp > REAL_DIGITS - 1:
        out[at] = d.digits[0]
        out[at + 1] = c'.'
        at += 2
        if d.n == 1:
            out[at] = c'0'
            at += 1
        else:
            memcpy(out + at, &d.digits[1], d.n - 1)
            at += d.n - 1
        out[at] = c'e'
        out[at + 1] = c'-' if exp < 0 else c'+'
        at += 2
        if exp < 0:
            exp = -exp
        if exp >= 100:
            out[at] = 48 + <uint8_t>(exp // 100)
            at += 1
            exp %= 100
        out[at] = 48 + <uint8_t>(exp // 10)
        out[at + 1] = 48 + <uint8_t>(exp % 10)
        return at + 2
    if d.point <= 0:
        out[at] = c'0'
        out[at + 1] = c'.'
        at += 2
        for i in range(-d.point):
            out[at] = c'0'
            at += 1
        memcpy(out + at, d.digits, d.n)
        return at + d.n
    for i in range(d.point):
        out[at] = d.digits[i] if i < d.n else c'0'
        at += 1
    out[at] = c'.'
    at += 1
    if d.n <= d.point:
        out[at] = c'0'
        return at + 1
    memcpy(out + at, &d.digits[d.point], d.n - d.point)
    return at + d.n - d.point


cdef int64_t real_to_int(double r) noexcept nogil:
    if r < -9223372036854774784.0:
        return INT64_MIN
    if r > 9223372036854774784.0:
        return INT64_MAX
    if isnan(r):
        return 0
    return <int64_t>r


cdef inline bint real_same_as_int(double r, int64_t* out) noexcept nogil:
    """For CAST AS NUMERIC and text: r is an integer of at most 51 bits."""
    out[0] = real_to_int(r)
    return r == 0.0 or (<double>out[0] == r and out[0] >= -(<int64_t>1 << 51) and out[0] < <int64_t>1 << 51)


cdef bint real_is_int(double r, int64_t* out) noexcept nogil:
    cdef int64_t i = real_to_int(r)
    if <double>i == r and i > INT64_MIN and i < INT64_MAX:
        out[0] = i
        return True
    return False


cdef int compare_int_real(int64_t i, double r) noexcept nogil:
    cdef int64_t y
    cdef double s
    if isnan(r):
        return 1            # NaN counts as NULL, the smallest
    if r < -9223372036854775808.0:
        return 1
    if r >= 9223372036854775808.0:
        return -1
    y = <int64_t>r
    if i < y:
        return -1
    if i > y:
        return 1
    s = <double>i
    return (s > r) - (s < r)


cdef void to_numeric(const Value* v, Value* out) noexcept nogil:
    cdef double r
    cdef int64_t i
    cdef int kind
    if v.tag != TAG_TEXT and v.tag != TAG_BLOB:
        out[0] = v[0]
        return
    kind = text_to_real(v.num.p, v.size, &r)
    if kind == NUM_NONE:
        if text_to_int(v.num.p, v.size, &i) != INT_TOO_BIG:
            out.tag = TAG_INT
            out.num.i = i
            return
    elif kind == NUM_INT and text_to_int(v.num.p, v.size, &i) == INT_OK:
        # An integer before a NUL with more text behind it is REAL.
        out.tag = TAG_INT
        out.num.i = i
        return
    out.tag = TAG_REAL
    out.num.r = r


cdef inline bint also_an_int(const Value* text, double r, int64_t* out) noexcept nogil:
    """Whether a text that is an integer of value `r` is an int64. One before a NUL with more text behind it is so only where it is small."""
    return real_same_as_int(r, out) or text_to_int(text.num.p, text.size, out) == INT_OK


cdef bint strict_number(const Value* v, Value* out) noexcept nogil:
    cdef double r
    cdef int64_t i
    cdef int kind
    if v.tag == TAG_INT or v.tag == TAG_REAL:
        out[0] = v[0]
        return True
    if v.tag != TAG_TEXT:
        return False
    kind = text_to_real(v.num.p, v.size, &r)
    if kind <= 0:
        return False
    if kind == NUM_INT and also_an_int(v, r, &i):
        out.tag = TAG_INT
        out.num.i = i
    else:
        out.tag = TAG_REAL
        out.num.r = r
    return True


cdef int64_t value_to_int(const Value* v) noexcept nogil:
    cdef int64_t i
    if v.tag == TAG_INT:
        return v.num.i
    if v.tag == TAG_REAL:
        return real_to_int(v.num.r)
    if v.tag == TAG_NULL:
        return 0
    text_to_int(v.num.p, v.size, &i)
    return i


cdef double value_to_real(const Value* v) noexcept nogil:
    cdef double r
    if v.tag == TAG_REAL:
        return v.num.r
    if v.tag == TAG_INT:
        return <double>v.num.i
    if v.tag == TAG_NULL:
        return 0.0
    text_to_real(v.num.p, v.size, &r)
    return r


cdef bint value_is_true(const Value* v) noexcept nogil:
    if v.tag == TAG_INT:
        return v.num.i != 0
    if v.tag == TAG_NULL:
        return False
    return value_to_real(v) != 0.0


cdef void value_to_text(const Value* v, uint8_t* scratch, Value* out) noexcept nogil:
    cdef uint8_t tag = v.tag
    if tag == TAG_TEXT or tag == TAG_BLOB:
        out.num.p = v.num.p
        out.size = v.size
    elif tag == TAG_INT:
        out.size = int_to_text(v.num.i, scratch)
        out.num.p = scratch
    elif tag == TAG_REAL:
        out.size = real_to_text(v.num.r, scratch)
        out.num.p = scratch
    else:
        out.size = 0
        out.num.p = NULL
    out.tag = TAG_TEXT


cdef int number_to_text(Value* v, Arena* arena) except -1 nogil:
    """INT or REAL to TEXT in `arena`."""
    cdef uint8_t* p = arena_alloc(arena, REAL_TEXT_MAX)
    if v.tag == TAG_INT:
        v.size = int_to_text(v.num.i, p)
    else:
        v.size = real_to_text(v.num.r, p)
    v.num.p = p
    v.tag = TAG_TEXT
    return 0


cdef int apply_affinity(Value* v, int affinity, Arena* arena) except -1 nogil:
    cdef double r
    cdef int64_t i
    cdef int kind
    if affinity >= AFF_NUMERIC:
        if v.tag == TAG_TEXT:
            kind = text_to_real(v.num.p, v.size, &r)
            if kind <= 0:
                return 0
            if kind == NUM_INT and also_an_int(v, r, &i):
                v.tag = TAG_INT
                v.num.i = i
            else:
                v.tag = TAG_REAL
                v.num.r = r
        if affinity == AFF_REAL:
            if v.tag == TAG_INT:
                v.tag = TAG_REAL
                v.num.r = <double>v.num.i
        elif v.tag == TAG_REAL and real_is_int(v.num.r, &i):
            v.tag = TAG_INT
            v.num.i = i
    elif affinity == AFF_TEXT:
        if v.tag == TAG_INT or v.tag == TAG_REAL:
            number_to_text(v, arena)
    return 0


cdef bint must_be_int(Value* v) except -1 nogil:
    if v.tag == TAG_TEXT:
        apply_affinity(v, AFF_INTEGER, NULL)        # makes no text, needs no arena
    elif v.tag == TAG_REAL and -9223372036854775808.0 <= v.num.r < 9223372036854775808.0 and <double><int64_t>v.num.r == v.num.r:
        v.num.i = <int64_t>v.num.r
        v.tag = TAG_INT
    return v.tag == TAG_INT


cdef int blob_to_text(Value* v, int encoding, Arena* arena) except -1 nogil:
    v.tag = TAG_TEXT
    return stored_to_utf8(v, encoding, arena)


cdef int text_to_blob(Value* v, int encoding, Arena* arena) except -1 nogil:
    v.tag = TAG_BLOB
    return utf8_to_stored(v, encoding, arena)


cdef int cast_value(Value* v, int affinity, int encoding, Arena* arena) except -1 nogil:
    cdef double r
    cdef int64_t i
    cdef int kind
    if v.tag == TAG_NULL:
        return 0
    if v.tag == TAG_BLOB:
        if affinity == AFF_BLOB:
            return 0
        blob_to_text(v, encoding, arena)
    if affinity == AFF_TEXT or affinity == AFF_BLOB:
        if v.tag != TAG_TEXT:
            number_to_text(v, arena)
        if affinity == AFF_BLOB:
            text_to_blob(v, encoding, arena)
    elif affinity == AFF_INTEGER:
        v.num.i = value_to_int(v)
        v.tag = TAG_INT
    elif affinity == AFF_REAL:
        v.num.r = value_to_real(v)
        v.tag = TAG_REAL
    elif affinity == AFF_NUMERIC:
        if v.tag == TAG_TEXT:
            kind = text_to_real(v.num.p, v.size, &r)
            if ((kind == NUM_NONE or kind == NUM_INT) and text_to_int(v.num.p, v.size, &i) != INT_TOO_BIG) or real_same_as_int(r, &i):
                v.tag = TAG_INT
                v.num.i = i
            else:
                v.tag = TAG_REAL
                v.num.r = r
    return 0


cdef object lane_to_python(const Value* v, object text_factory):
    """None, int, float, bytes, or for TEXT: str (text_factory None), else text_factory(bytes)."""
    if v.tag == TAG_INT:
        return PyLong_FromLongLong(v.num.i)
    if v.tag == TAG_TEXT:
        if text_factory is None:
            try:
                return PyUnicode_DecodeUTF8(<const char*>v.num.p, v.size, NULL)
            except UnicodeDecodeError:
                text = PyBytes_FromStringAndSize(<const char*>v.num.p, v.size).decode("utf-8", "replace")
                raise errors.OperationalError(f"Could not decode to UTF-8 column with text '{text}'") from None
        return text_factory(PyBytes_FromStringAndSize(<const char*>v.num.p, v.size))
    if v.tag == TAG_REAL:
        return PyFloat_FromDouble(v.num.r)
    if v.tag == TAG_BLOB:
        return PyBytes_FromStringAndSize(<const char*>v.num.p, v.size)
    return None


cdef int _check_length(Py_ssize_t size) except -1:
    if size > MAX_LENGTH:
        raise errors.make("SQLITE_TOOBIG", "string or blob too big")
    return 0


cdef bytes bytes_of(object obj):
    """A copy of a buffer, which may change while the statement runs. Raises BufferError for one that is not contiguous."""
    cdef Py_buffer view
    PyObject_GetBuffer(obj, &view, PyBUF_SIMPLE)
    try:
        return PyBytes_FromStringAndSize(<const char*>view.buf, view.len)
    finally:
        PyBuffer_Release(&view)


cdef int value_from_python(object obj, Value* out, list owner) except -1:
    """None, int (and bool), float (NaN is NULL), str, and whatever has the buffer protocol (bytes are borrowed, others copied)."""
    cdef int overflow = 0
    cdef Py_ssize_t size
    cdef double r
    out.size = 0
    if obj is None:
        out.tag = TAG_NULL
        out.num.i = 0
        return 0
    if isinstance(obj, int):
        out.num.i = PyLong_AsLongLongAndOverflow(obj, &overflow)
        if overflow:
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        out.tag = TAG_INT
        return 0
    if isinstance(obj, float):
        r = PyFloat_AS_DOUBLE(obj)
        if isnan(r):
            out.tag = TAG_NULL
            out.num.i = 0
            return 0
        out.tag = TAG_REAL
        out.num.r = r
        return 0
    if isinstance(obj, str):
        out.num.p = <const uint8_t*>PyUnicode_AsUTF8AndSize(obj, &size)
        _check_length(size)
        owner.append(obj)
        out.size = <uint32_t>size
        out.tag = TAG_TEXT
        return 0
    if not isinstance(obj, bytes):
        if not PyObject_CheckBuffer(obj):
            raise UnsupportedType(type(obj).__name__)
        obj = bytes_of(obj)
    size = PyBytes_GET_SIZE(obj)
    _check_length(size)
    owner.append(obj)
    out.num.p = <const uint8_t*>PyBytes_AS_STRING(obj)
    out.size = <uint32_t>size
    out.tag = TAG_BLOB
    return 0
