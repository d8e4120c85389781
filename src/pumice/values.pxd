"""Value: one SQL value in C, and the names of the five storage classes. A lane of a Vector is the same three fields.

TEXT is UTF-8, NUL bytes and invalid sequences kept as they are; `p` is borrowed: whoever keeps a Value copies the bytes.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t

cdef enum:
    # Text encodings of a database.
    ENC_UTF8 = 1
    ENC_UTF16LE = 2
    ENC_UTF16BE = 3

cdef enum:
    # Storage classes, in SQLite's sort order (INTEGER and REAL compare with each other by number).
    TAG_NULL = 0
    TAG_INT = 1
    TAG_REAL = 2
    TAG_TEXT = 3
    TAG_BLOB = 4

cdef enum:
    # A set of storage classes, `1 << tag`.
    MASK_NULL = 1
    MASK_INT = 2
    MASK_REAL = 4
    MASK_TEXT = 8
    MASK_BLOB = 16

cdef enum:
    AFF_NONE = 0     # an expression without affinity
    AFF_BLOB = 1
    AFF_TEXT = 2
    AFF_NUMERIC = 3
    AFF_INTEGER = 4
    AFF_REAL = 5

cdef union Num:
    int64_t i
    double r
    const uint8_t* p

cdef struct Value:
    Num num
    uint32_t size        # bytes of TEXT or BLOB, else unused
    uint8_t tag
