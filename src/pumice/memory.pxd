"""Allocation for the kernels: overflow-checked blocks, and arenas for text that lives as long as a batch.

An Arena is a list of chunks; `arena_reset` makes all of it free at once and keeps the largest chunk. Pointers into an arena are
valid until its next reset. An Arena struct is zero-initialised (memset or arena_init) before use and freed by its owner.
"""

from libc.stdint cimport uint8_t
from libc.stddef cimport size_t

cdef struct ArenaChunk:
    ArenaChunk* next
    size_t size

cdef struct Arena:
    uint8_t* at           # next free byte
    uint8_t* end
    ArenaChunk* chunks    # owned; newest first
    size_t total          # bytes in all chunks

cdef int raise_no_memory() except -1 nogil
cdef void* mem_alloc(size_t n, size_t size) except NULL nogil       # n * size bytes, not zeroed; never returns NULL without MemoryError
cdef void* mem_zalloc(size_t n, size_t size) except NULL nogil      # zeroed
cdef void* mem_realloc(void* p, size_t n, size_t size) except NULL nogil
cdef void mem_free(void* p) noexcept nogil

cdef void arena_init(Arena* a) noexcept nogil
cdef uint8_t* arena_grow(Arena* a, size_t n) except NULL nogil
cdef void arena_reset(Arena* a) noexcept nogil
cdef void arena_free(Arena* a) noexcept nogil

cdef inline uint8_t* arena_alloc(Arena* a, size_t n) except NULL nogil:
    """`n` bytes, aligned to 8."""
    cdef uint8_t* p = a.at
    n = (n + 7) & ~<size_t>7
    if p != NULL and <size_t>(a.end - p) >= n:
        a.at = p + n
        return p
    return arena_grow(a, n)
