"""PageCache; see cache.pxd."""

from libc.stdint cimport uint8_t, uint32_t
from libc.stdlib cimport free, qsort
from libc.string cimport memset
from pumice.memory cimport mem_alloc, mem_free, mem_zalloc
from pumice.storage.pager.page cimport Page

cdef enum:
    FIRST_BUCKETS = 64        # a small database's hash fits a few cache lines
    MAX_SPARE = 32            # pages; enough for the before-images of one small transaction
    SLACK = 16                # zero bytes behind the content, so that reading a 9-byte varint at the very end stays in bounds
    LINE = 64                 # content begins a cache line: the kernel copies a tenth faster to there


cdef int cache_init(PageCache* c, uint32_t page_size) except -1 nogil:
    memset(c, 0, sizeof(PageCache))
    c.idle.lru_next = &c.idle
    c.idle.lru_prev = &c.idle
    c.dirty.lru_next = &c.dirty
    c.dirty.lru_prev = &c.dirty
    c.unsynced.lru_next = &c.unsynced
    c.unsynced.lru_prev = &c.unsynced
    c.page_size = page_size
    c.buckets = <Page**>mem_zalloc(FIRST_BUCKETS, sizeof(Page*))
    c.mask = FIRST_BUCKETS - 1
    return 0


cdef void cache_free(PageCache* c) noexcept nogil:
    """Frees everything; pages that are still pinned are freed too, so nobody may use them afterwards."""
    cdef Page* page
    cdef uint32_t i
    if c.buckets == NULL:
        return
    for i in range(c.mask + 1):
        page = c.buckets[i]
        while page != NULL:
            c.buckets[i] = page.hash_next
            free(page)
            page = c.buckets[i]
    free_spares(c)
    mem_free(c.buckets)
    c.buckets = NULL


cdef void free_spares(PageCache* c) noexcept nogil:
    cdef Page* page = c.spare
    while page != NULL:
        c.spare = page.hash_next
        free(page)
        page = c.spare
    c.n_spare = 0


cdef inline uint8_t* content_of(Page* page) noexcept nogil:
    return <uint8_t*>((<size_t>page + sizeof(Page) + LINE - 1) & ~<size_t>(LINE - 1))


cdef Page* page_new(PageCache* c, uint32_t pgno) except NULL nogil:
    cdef Page* page = c.spare
    if page != NULL:
        c.spare = page.hash_next
        c.n_spare -= 1
    else:
        page = <Page*>mem_alloc(1, sizeof(Page) + LINE - 1 + c.page_size + SLACK)
        memset(content_of(page) + c.page_size, 0, SLACK)
    memset(page, 0, sizeof(Page))
    page.data = content_of(page)
    page.pgno = pgno
    page_unseal(c, page)
    return page


cdef void page_free(PageCache* c, Page* page) noexcept nogil:
    if c.n_spare < MAX_SPARE and not c.no_spares:
        page_seal(c, page)
        page.hash_next = c.spare
        c.spare = page
        c.n_spare += 1
    else:
        free(page)


cdef int grow(PageCache* c) except -1 nogil:
    cdef uint32_t n = (c.mask + 1) * 2
    cdef Page** buckets = <Page**>mem_zalloc(n, sizeof(Page*))
    cdef Page* page
    cdef Page* next_page
    cdef uint32_t i, at
    for i in range(c.mask + 1):
        page = c.buckets[i]
        while page != NULL:
            next_page = page.hash_next
            at = page.pgno & (n - 1)
            page.hash_next = buckets[at]
            buckets[at] = page
            page = next_page
    mem_free(c.buckets)
    c.buckets = buckets
    c.mask = n - 1
    return 0


cdef int cache_insert(PageCache* c, Page* page) except -1 nogil:
    cdef Page** bucket
    if c.n_pages > c.mask and c.mask < 0x3fffffff:
        grow(c)
    bucket = &c.buckets[page.pgno & c.mask]
    page.hash_next = bucket[0]
    bucket[0] = page
    page.cached = 1
    c.n_pages += 1
    return 0


cdef void cache_remove(PageCache* c, Page* page) noexcept nogil:
    cdef Page** at = &c.buckets[page.pgno & c.mask]
    while at[0] != page:
        at = &at[0].hash_next
    at[0] = page.hash_next
    page.hash_next = NULL
    page.cached = 0
    c.n_pages -= 1
    if page.lru_next != NULL:
        if page.dirty:
            c.n_dirty -= 1
        list_remove(page)
    page.dirty = 0
    if page.pins == 0:
        page_free(c, page)
    else:
        c.n_superseded += 1


cdef void cache_clear(PageCache* c) noexcept nogil:
    cache_drop_above(c, 0)


cdef void cache_drop_above(PageCache* c, uint32_t n_pages) noexcept nogil:
    cdef Page* page
    cdef Page* next_page
    cdef uint32_t i
    for i in range(c.mask + 1):
        page = c.buckets[i]
        while page != NULL:
            next_page = page.hash_next
            if page.pgno > n_pages:
                cache_remove(c, page)
            page = next_page


cdef int by_number(const void* a, const void* b) noexcept nogil:
    cdef uint32_t x = (<Page**>a)[0].pgno
    cdef uint32_t y = (<Page**>b)[0].pgno
    return (x > y) - (x < y)


cdef Page** cache_dirty_sorted(PageCache* c, uint32_t* n) except NULL nogil:
    cdef Page** pages = <Page**>mem_alloc(c.n_dirty + 1, sizeof(Page*))
    cdef Page* page
    cache_all_synced(c)
    page = c.dirty.lru_next
    n[0] = 0
    while page != &c.dirty:
        pages[n[0]] = page
        n[0] += 1
        page = page.lru_next
    sort_pages(pages, n[0])
    return pages


cdef void sort_pages(Page** pages, uint32_t n) noexcept nogil:
    if n > 1:
        qsort(pages, n, sizeof(Page*), by_number)


cdef void cache_all_synced(PageCache* c) noexcept nogil:
    cdef Page* first = c.unsynced.lru_next
    cdef Page* last = c.unsynced.lru_prev
    if first == &c.unsynced:
        return
    last.lru_next = c.dirty.lru_next
    c.dirty.lru_next.lru_prev = last
    c.dirty.lru_next = first
    first.lru_prev = &c.dirty
    c.unsynced.lru_next = &c.unsynced
    c.unsynced.lru_prev = &c.unsynced


cdef int cache_set_page_size(PageCache* c, uint32_t page_size) except -1 nogil:
    """Empties the cache. Snapshots of the old size that are still pinned are freed at their last unpin, never used again."""
    cache_clear(c)
    free_spares(c)
    if c.n_superseded:
        c.no_spares = 1
    c.page_size = page_size
    return 0
