"""UTF-8 to and from the UTF-16 of a database's records; text in vectors is always UTF-8."""

from libc.stdint cimport uint8_t, uint32_t
from pumice.memory cimport Arena
from pumice.values cimport Value

cdef int text_to_utf16(Value* v, bint big_endian, Arena* arena) except -1 nogil    # in place; new bytes in `arena`
cdef int text_from_utf16(Value* v, bint big_endian, Arena* arena) except -1 nogil
