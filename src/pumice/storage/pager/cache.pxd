"""PageCache: pages by number, and which of them may go when room is needed.

    in the hash     the current version of a page; at most one per number
    idle list       cached, clean, unpinned pages, most recently used first: the tail is evicted
    dirty lists     cached, dirty pages, most recently used first (not kept for a database in memory): `dirty` those that may be written to
                    the file, `unsynced` those whose before-image is not known to be durable yet
    nowhere         superseded snapshots (`cached` = 0): freed at their last unpin

A page is on at most one list: dirty ? a dirty list : pins == 0 ? idle list : none. A database in memory marks every page dirty, so
none of them is ever idle. Page and content are one allocation.
Source: SQLite pcache.c, pcache1.c.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stddef cimport size_t
from pumice.memory cimport mem_poison, mem_unpoison
from pumice.storage.pager.page cimport Page

cdef struct PageCache:
    Page** buckets           # owned; n_buckets hash chains by pgno & mask
    uint32_t mask            # n_buckets - 1; n_buckets is a power of two
    uint32_t n_pages         # pages in the hash
    uint32_t n_dirty         # pages on the dirty lists
    uint32_t page_size       # bytes
    Page idle                # sentinel: idle.lru_next is the most recently used, idle.lru_prev the next to go
    Page dirty               # sentinels of the dirty lists
    Page unsynced
    Page* spare              # owned: freed pages kept for the next allocation, linked by hash_next
    uint32_t n_spare
    uint32_t n_superseded    # snapshots out of the hash that someone still pins
    uint8_t no_spares        # freed pages may have another size: give them back to malloc

cdef int cache_init(PageCache* c, uint32_t page_size) except -1 nogil
cdef void cache_free(PageCache* c) noexcept nogil
cdef int cache_set_page_size(PageCache* c, uint32_t page_size) except -1 nogil
cdef Page* page_new(PageCache* c, uint32_t pgno) except NULL nogil             # content not zeroed; in no list, pins 0
cdef void page_free(PageCache* c, Page* page) noexcept nogil
cdef int cache_insert(PageCache* c, Page* page) except -1 nogil                # into the hash; `cached` becomes 1
cdef void cache_remove(PageCache* c, Page* page) noexcept nogil                # out of the hash and its list; freed when not pinned
cdef void cache_clear(PageCache* c) noexcept nogil                             # cache_remove of all
cdef void cache_drop_above(PageCache* c, uint32_t n_pages) noexcept nogil      # cache_remove of all with a greater number
cdef Page** cache_dirty_sorted(PageCache* c, uint32_t* n) except NULL nogil    # dirty pages by number; the caller frees the array
cdef void sort_pages(Page** pages, uint32_t n) noexcept nogil                  # by number
cdef void cache_all_synced(PageCache* c) noexcept nogil                        # the unsynced pages become the newest of `dirty`

cdef inline Page* cache_find(PageCache* c, uint32_t pgno) noexcept nogil:
    cdef Page* page = c.buckets[pgno & c.mask]
    while page != NULL and page.pgno != pgno:
        page = page.hash_next
    return page

cdef inline void page_seal(PageCache* c, Page* page) noexcept nogil:
    """Nobody pins the page: checked builds report who touches its content until page_unseal."""
    mem_poison(page.data, c.page_size)

cdef inline void page_unseal(PageCache* c, Page* page) noexcept nogil:
    mem_unpoison(page.data, c.page_size)

cdef inline void list_remove(Page* page) noexcept nogil:
    page.lru_prev.lru_next = page.lru_next
    page.lru_next.lru_prev = page.lru_prev
    page.lru_next = NULL
    page.lru_prev = NULL

cdef inline void list_push(Page* head, Page* page) noexcept nogil:
    page.lru_next = head.lru_next
    page.lru_prev = head
    head.lru_next.lru_prev = page
    head.lru_next = page

cdef inline void list_append(Page* head, Page* page) noexcept nogil:
    page.lru_prev = head.lru_prev
    page.lru_next = head
    head.lru_prev.lru_next = page
    head.lru_prev = page
