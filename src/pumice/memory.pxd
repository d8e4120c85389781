"""Allocation for the kernels: overflow-checked blocks, and arenas for text that lives as long as a batch.

An Arena is a list of chunks; `arena_reset` makes all of it free at once and keeps the largest chunk. Pointers into an arena are
valid until its next reset. An Arena struct is zero-initialised (memset or arena_init) before use and freed by its owner.

With AddressSanitizer (setup.py, PUMICE_ASAN) memory that is allocated but that nobody may touch is poisoned: arena bytes that were not handed
out or were reset, content of pages that nobody has pinned. Without it the calls are nothing.
"""

from libc.stdint cimport uint8_t
from libc.stddef cimport size_t

cdef extern from *:
    """
    #ifdef __SANITIZE_ADDRESS__
    #include <sanitizer/asan_interface.h>
    #define pumice_poison(p, n) __asan_poison_memory_region(p, n)
    #define pumice_unpoison(p, n) __asan_unpoison_memory_region(p, n)
    #define PUMICE_ARENA_GAP 8
    #else
    #define pumice_poison(p, n) ((void)0)
    #define pumice_unpoison(p, n) ((void)0)
    #define PUMICE_ARENA_GAP 0
    #endif
    """
    void mem_poison "pumice_poison"(const void* p, size_t n) noexcept nogil         # touching the n bytes is an error ...
    void mem_unpoison "pumice_unpoison"(const void* p, size_t n) noexcept nogil     # ... until this
    const size_t ARENA_GAP "PUMICE_ARENA_GAP"       # poisoned bytes between two pieces of an arena; a multiple of 8

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
cdef uint8_t* arena_grow(Arena* a, size_t n) except NULL nogil      # a new chunk with room for n bytes; returns the new `at`
cdef void arena_reset(Arena* a) noexcept nogil
cdef void arena_free(Arena* a) noexcept nogil

cdef inline uint8_t* arena_alloc(Arena* a, size_t n) except NULL nogil:
    """`n` bytes, aligned to 8."""
    cdef uint8_t* p = a.at
    cdef size_t whole = ((n + 7) & ~<size_t>7) + ARENA_GAP
    if p == NULL or <size_t>(a.end - p) < whole:
        p = arena_grow(a, whole)
    a.at = p + whole
    mem_unpoison(p, n)
    return p
