"""Allocation for the kernels; see memory.pxd."""

from libc.stdint cimport uint8_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memset

cdef enum:
    FIRST_CHUNK = 4096          # bytes; most point queries never need a second chunk
    MAX_CHUNK = 1 << 20         # bytes; chunks double up to here


cdef int raise_no_memory() except -1 nogil:
    with gil:
        raise MemoryError()


cdef void* mem_alloc(size_t n, size_t size) except NULL nogil:
    cdef void* p
    if size != 0 and n > (<size_t>-1 >> 1) // size:
        raise_no_memory()
        return NULL
    p = malloc(n * size if n * size else 1)
    if p == NULL:
        raise_no_memory()
    return p


cdef void* mem_zalloc(size_t n, size_t size) except NULL nogil:
    cdef void* p = calloc(n if n else 1, size if size else 1)
    if p == NULL:
        raise_no_memory()
    return p


cdef void* mem_realloc(void* p, size_t n, size_t size) except NULL nogil:
    cdef void* q
    if size != 0 and n > (<size_t>-1 >> 1) // size:
        raise_no_memory()
        return NULL
    q = realloc(p, n * size if n * size else 1)
    if q == NULL:
        raise_no_memory()
    return q


cdef void mem_free(void* p) noexcept nogil:
    free(p)


cdef void arena_init(Arena* a) noexcept nogil:
    memset(a, 0, sizeof(Arena))


cdef uint8_t* arena_grow(Arena* a, size_t n) except NULL nogil:
    cdef size_t size = FIRST_CHUNK
    cdef ArenaChunk* chunk
    if a.chunks != NULL:
        size = a.chunks.size * 2
        if size > MAX_CHUNK:
            size = MAX_CHUNK
    if size < n + sizeof(ArenaChunk):
        size = n + sizeof(ArenaChunk)
    chunk = <ArenaChunk*>mem_alloc(1, size)
    chunk.next = a.chunks
    chunk.size = size
    a.chunks = chunk
    a.total += size
    use_chunk(a, chunk)
    return a.at


cdef void use_chunk(Arena* a, ArenaChunk* chunk) noexcept nogil:
    """All of the chunk is free."""
    a.at = <uint8_t*>chunk + sizeof(ArenaChunk)
    a.end = <uint8_t*>chunk + chunk.size
    mem_poison(a.at, chunk.size - sizeof(ArenaChunk))


cdef void arena_reset(Arena* a) noexcept nogil:
    cdef ArenaChunk* keep = a.chunks
    cdef ArenaChunk* chunk
    if keep == NULL:
        return
    chunk = keep.next
    while chunk != NULL:
        keep.next = chunk.next
        a.total -= chunk.size
        free(chunk)
        chunk = keep.next
    if keep.size > MAX_CHUNK:
        # A single huge value must not stay allocated for the life of the operator.
        free(keep)
        memset(a, 0, sizeof(Arena))
        return
    use_chunk(a, keep)


cdef void arena_free(Arena* a) noexcept nogil:
    cdef ArenaChunk* chunk = a.chunks
    cdef ArenaChunk* next_chunk
    while chunk != NULL:
        next_chunk = chunk.next
        free(chunk)
        chunk = next_chunk
    memset(a, 0, sizeof(Arena))
