"""A growing text in an arena, and the pieces of format() that quote() needs."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from pumice.memory cimport Arena
from pumice.values cimport Value

cdef struct TextBuffer:
    uint8_t* p              # in the arena
    uint64_t n
    uint64_t capacity
    Arena* arena

cdef struct Spec:
    # One conversion
    int64_t width
    int64_t precision               # -1: none given
    bint left
    bint alternate
    bint alternate2
    bint zero_pad
    uint8_t sign                    # '+', ' ' or 0
    bint thousands
    uint8_t kind                    # the conversion's letter

cdef int buffer_reserve(TextBuffer* b, uint64_t n) except -1 nogil                    # room for n more bytes
cdef int buffer_append(TextBuffer* b, const uint8_t* p, uint64_t n) except -1 nogil
cdef int buffer_fill(TextBuffer* b, uint8_t c, int64_t n) except -1 nogil            # n times c; nothing for n <= 0
cdef int append_quoted(TextBuffer* b, const Value* text, bint escape) except -1 nogil   # %Q or, with `escape`, %#Q
cdef int put_real(TextBuffer* b, Spec* s, double r) except -1 nogil                # %f %e %g
