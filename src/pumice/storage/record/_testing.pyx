"""Python access to text conversion, for tests; not shipped."""

from libc.stddef cimport size_t
from libc.stdint cimport uint8_t
from pumice.memory cimport mem_alloc, mem_free
from pumice.storage.record.utf cimport utf16_bound, utf16_to_utf8, utf8_bound, utf8_to_utf16


def to_utf16(bytes text not None, bint big_endian):
    cdef uint8_t* out = <uint8_t*>mem_alloc(utf16_bound(len(text)), 1)
    cdef size_t n = utf8_to_utf16(<const uint8_t*><const char*>text, len(text), big_endian, out)
    try:
        return (<char*>out)[:n]
    finally:
        mem_free(out)


def to_utf8(bytes text not None, bint big_endian):
    cdef uint8_t* out = <uint8_t*>mem_alloc(utf8_bound(len(text)), 1)
    cdef size_t n = utf16_to_utf8(<const uint8_t*><const char*>text, len(text), big_endian, out)
    try:
        return (<char*>out)[:n]
    finally:
        mem_free(out)
