"""Conversions between storage classes, by SQLite's rules, and between Values and Python objects at the API edge.

Source: "Datatypes In SQLite" (affinity, sections 3 and 4), "SQL Language Expressions" (CAST expressions).
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.memory cimport Arena
from pumice.values cimport Value

cdef enum:
    REAL_TEXT_MAX = 40            # bytes that real_to_text may write
    INT_TEXT_MAX = 24             # bytes that int_to_text may write

cdef enum:
    # What text_to_real found.
    NUM_NONE = 0                  # not a number; *out is the value of the longest integer-like prefix (0.0 without one)
    NUM_INT = 1                   # the whole text is an integer
    NUM_REAL = 2                  # the whole text is a number with a point or an exponent
    NUM_REAL_PREFIX = -1          # a prefix is a number with a point or an exponent, other text follows

cdef enum:
    # What text_to_int found.
    INT_OK = 0                    # the whole text is an int64
    INT_NONE = -1                 # no digits at all
    INT_PREFIX = 1                # other text follows the digits
    INT_TOO_BIG = 2               # outside int64: *out is clamped

cdef int text_to_real(const uint8_t* z, uint32_t n, double* out) noexcept nogil
cdef int text_to_int(const uint8_t* z, uint32_t n, int64_t* out) noexcept nogil

cdef uint32_t int_to_text(int64_t i, uint8_t* out) noexcept nogil          # bytes written
cdef uint32_t real_to_text(double r, uint8_t* out) noexcept nogil          # bytes written; NaN is never stored and gives "NULL"

cdef int64_t real_to_int(double r) noexcept nogil                          # truncates, clamps to int64 (CAST)
cdef bint real_is_int(double r, int64_t* out) noexcept nogil               # r is an int64 exactly, within SQLite's safe range for affinity
cdef int compare_int_real(int64_t i, double r) noexcept nogil              # exact; -1, 0, 1

cdef void to_numeric(const Value* v, Value* out) noexcept nogil            # for arithmetic: TEXT/BLOB prefix -> INT or REAL, else unchanged
# INT, REAL, or TEXT that is a number as a whole (stays INT or REAL as written).
cdef bint strict_number(const Value* v, Value* out) noexcept nogil
cdef int64_t value_to_int(const Value* v) noexcept nogil                   # sqlite3_value_int64
cdef double value_to_real(const Value* v) noexcept nogil                   # sqlite3_value_double
cdef bint value_is_true(const Value* v) noexcept nogil                     # non-zero number; NULL is not true
# TEXT or BLOB: the bytes themselves; numbers are written into `scratch` (REAL_TEXT_MAX bytes); NULL: size 0 and p NULL. `out` is TEXT.
cdef void value_to_text(const Value* v, uint8_t* scratch, Value* out) noexcept nogil

cdef int apply_affinity(Value* v, int affinity, Arena* arena) except -1 nogil   # in place; new text goes to `arena`
# A rowid, a LIMIT: `v` becomes INT when it is an int64 exactly (of texts those that INTEGER affinity makes one, so not
# '-9223372036854775808.0'), else it is left and the answer is False.
cdef bint must_be_int(Value* v) except -1 nogil
# `encoding` is the database's (ENC_*); all in place. New bytes go to `arena`.
cdef int blob_to_text(Value* v, int encoding, Arena* arena) except -1 nogil     # a BLOB to the TEXT that its bytes are in that encoding
cdef int text_to_blob(Value* v, int encoding, Arena* arena) except -1 nogil     # a TEXT to the BLOB of its bytes in that encoding
cdef int cast_value(Value* v, int affinity, int encoding, Arena* arena) except -1 nogil

# Python edge (GIL held).
cdef object lane_to_python(const Value* v, object text_factory)            # text_factory None: str
# Borrows bytes from `obj` or a copy of it; whatever must stay alive is appended to `owner`. Raises OverflowError, UnicodeEncodeError,
# DataError (too big) and UnsupportedType, whose argument is the type's name.
cdef int value_from_python(object obj, Value* out, list owner) except -1
