"""Page: one cached page. Part of pager.pxd's contract; apart from it so that the cache and the undo log can name it."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

cdef struct Page:
    uint8_t* data            # page_size bytes, owned by this Page
    uint32_t pgno            # 1-based
    int32_t pins             # pins held by callers
    uint8_t cached           # the cache maps pgno to this Page (a superseded snapshot is not cached; it is freed at the last unpin)
    uint8_t dirty            # differs from the file; must be written at commit
    uint8_t btree_ok         # for the btree layer: the page header and cell pointers were verified; 0 whenever content is (re)loaded
    uint16_t free_known      # for the btree layer: free bytes in the page + 1; 0: not counted yet. Holds only while btree_ok
    Page* hash_next          # the pager's own
    Page* lru_prev
    Page* lru_next
    int64_t savepoint_seq    # the pager's own: newest savepoint or transaction that holds this page's before-image
    int64_t journal_end      # the pager's own: where its record in the transaction's journal ends, or less when there is none
