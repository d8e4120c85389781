"""Collations, and how the entries of an index compare; see key_info.pxd.

NOCASE folds the 26 ASCII letters, RTRIM ignores trailing spaces, BINARY is memcmp then length of the text in the database's encoding.
Source: SQLite src/main.c (nocaseCollatingFunc, rtrimCollFunc), src/vdbeaux.c (sqlite3MemCompare, sqlite3IntFloatCompare).
Tests: tests/unit/record
"""

from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcmp
from pumice.memory cimport mem_free, mem_zalloc
from pumice.storage.record.utf cimport compare_utf16
from pumice.values cimport TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value

cdef extern from "Python.h":
    void PyErr_SetObject(object, object) noexcept


cdef inline uint8_t fold(uint8_t c) noexcept nogil:
    return c + 32 if 65 <= c <= 90 else c


cdef inline int compare_bytes(const uint8_t* a, uint32_t n_a, const uint8_t* b, uint32_t n_b) noexcept nogil:
    cdef uint32_t n = n_a if n_a < n_b else n_b
    cdef int c = memcmp(a, b, n) if n else 0
    if c != 0:
        return -1 if c < 0 else 1
    return (n_a > n_b) - (n_a < n_b)


cdef int collate_nocase(void* context, const uint8_t* a, uint32_t n_a, const uint8_t* b, uint32_t n_b) noexcept nogil:
    cdef uint32_t n = n_a if n_a < n_b else n_b
    cdef uint32_t i
    cdef uint8_t x, y
    for i in range(n):
        x = fold(a[i])
        y = fold(b[i])
        if x != y:
            return -1 if x < y else 1
        if x == 0:
            # As sqlite3StrNICmp: a NUL ends the comparison of characters, lengths decide.
            break
    return (n_a > n_b) - (n_a < n_b)


cdef int collate_rtrim(void* context, const uint8_t* a, uint32_t n_a, const uint8_t* b, uint32_t n_b) noexcept nogil:
    while n_a and a[n_a - 1] == 32:
        n_a -= 1
    while n_b and b[n_b - 1] == 32:
        n_b -= 1
    return compare_bytes(a, n_a, b, n_b)


cdef int collate_utf16le(void* context, const uint8_t* a, uint32_t n_a, const uint8_t* b, uint32_t n_b) noexcept nogil:
    return compare_utf16(a, n_a, b, n_b, False)


cdef int collate_utf16be(void* context, const uint8_t* a, uint32_t n_a, const uint8_t* b, uint32_t n_b) noexcept nogil:
    return compare_utf16(a, n_a, b, n_b, True)


cdef int collate_python(void* context, const uint8_t* a, uint32_t n_a, const uint8_t* b, uint32_t n_b) noexcept nogil:
    cdef int result = -2
    with gil:
        error = None
        try:
            order = (<object>context)(PyUnicode_DecodeUTF8(<char*>a, n_a, NULL), PyUnicode_DecodeUTF8(<char*>b, n_b, NULL))
            result = (order > 0) - (order < 0) if isinstance(order, int) else 0      # sqlite3 takes anything else for equal
        except BaseException as raised:
            error = raised
        if error is not None:
            # Left set for the caller, who sees -2.
            PyErr_SetObject(type(error), error)
    return result


cdef class Collation:
    def __init__(self, str name not None):
        self.name = name
        self.fn = NULL
        self.context = NULL

    @staticmethod
    def from_python(str name not None, callback):
        """A collation that asks `callback(str, str) -> int`."""
        cdef Collation c = Collation(name)
        if not callable(callback):
            raise TypeError("parameter must be callable")
        c.callback = callback
        c.fn = collate_python
        c.context = <void*>callback
        return c

    def compare(self, str a not None, str b not None):
        """-1, 0 or 1: how the texts order."""
        cdef bytes x = a.encode("utf-8", "surrogatepass")
        cdef bytes y = b.encode("utf-8", "surrogatepass")
        cdef const uint8_t* p = x
        cdef const uint8_t* q = y
        if self.fn == NULL:
            return compare_bytes(p, <uint32_t>len(x), q, <uint32_t>len(y))
        return checked(self.fn(self.context, p, <uint32_t>len(x), q, <uint32_t>len(y)))

    def __repr__(self):
        return f"Collation({self.name!r})"


cdef inline int checked(int order) except? -2:
    return order


cdef Collation make_builtin(str name, CollateFn fn):
    cdef Collation c = Collation(name)
    c.fn = fn
    return c


cdef Collation BINARY = Collation("BINARY")
cdef Collation NOCASE = make_builtin("NOCASE", collate_nocase)
cdef Collation RTRIM = make_builtin("RTRIM", collate_rtrim)
cdef Collation BINARY_UTF16LE = make_builtin("BINARY", collate_utf16le)
cdef Collation BINARY_UTF16BE = make_builtin("BINARY", collate_utf16be)
globals().update(BINARY=BINARY, NOCASE=NOCASE, RTRIM=RTRIM)     # the same objects for Python code


cdef Collation binary_of(int encoding):
    return BINARY_UTF16LE if encoding == ENC_UTF16LE else BINARY_UTF16BE if encoding == ENC_UTF16BE else None


def builtin_collations():
    """A new dict name -> Collation of the three built-in ones."""
    return {c.name: c for c in (BINARY, NOCASE, RTRIM)}


cdef class KeyInfo:
    """Args: Collation (or None for BINARY) and descending flag per key column, the database's encoding."""

    def __cinit__(self, *args, **kwargs):
        self.fns = NULL
        self.contexts = NULL
        self.desc = NULL

    def __init__(self, collations, desc_flags, int encoding=ENC_UTF8):
        cdef Collation c
        cdef uint32_t i
        if self.fns != NULL:
            raise RuntimeError("a KeyInfo is initialised once")
        self.collations = tuple([BINARY if each is None else each for each in collations])
        flags = tuple(desc_flags)
        if len(flags) != len(self.collations):
            raise ValueError("one descending flag per collation")
        self.n_key = <uint32_t>len(self.collations)
        self.encoding = encoding if ENC_UTF8 <= encoding <= ENC_UTF16BE else ENC_UTF8
        self.fns = <CollateFn*>mem_zalloc(self.n_key, sizeof(CollateFn))
        self.contexts = <void**>mem_zalloc(self.n_key, sizeof(void*))
        self.desc = <uint8_t*>mem_zalloc(self.n_key, 1)
        for i in range(self.n_key):
            c = self.collations[i]
            self.fns[i] = c.fn
            self.contexts[i] = c.context
            self.desc[i] = 1 if flags[i] else 0

    def __dealloc__(self):
        mem_free(self.fns)
        mem_free(self.contexts)
        mem_free(self.desc)


cdef int compare_int_real(int64_t i, double r) noexcept nogil:
    """Exact order of an int64 and a double. Source: sqlite3IntFloatCompare."""
    cdef int64_t y
    cdef double x
    if r != r:
        return 1          # a NaN reads as NULL, which is below every number
    if r < -9223372036854775808.0:
        return 1
    if r >= 9223372036854775808.0:
        return -1
    y = <int64_t>r        # truncates
    if i != y:
        return -1 if i < y else 1
    x = <double>i
    return (x > r) - (x < r)


cdef int compare_values(const Value* a, const Value* b, CollateFn fn, void* context) noexcept nogil:
    cdef uint8_t s = a.tag, t = b.tag
    if s == t:
        if s == TAG_INT:
            return (a.num.i > b.num.i) - (a.num.i < b.num.i)
        if s == TAG_TEXT and fn != NULL:
            return fn(context, a.num.p, a.size, b.num.p, b.size)
        if s >= TAG_TEXT:
            return compare_bytes(a.num.p, a.size, b.num.p, b.size)
        if s == TAG_REAL:
            return (a.num.r > b.num.r) - (a.num.r < b.num.r)
        return 0
    if s == TAG_INT and t == TAG_REAL:
        return compare_int_real(a.num.i, b.num.r)
    if s == TAG_REAL and t == TAG_INT:
        return -compare_int_real(b.num.i, a.num.r)
    return -1 if s < t else 1
