"""Pager: gives, pins, journals and commits fixed-size pages of one database file.

Pages are reference counted. `get` returns a pinned page; every pin is given back with `unpin`. A page that someone else has pinned
is never changed in place: `write` copies it (copy on write), so a reader's pinned page is an immutable snapshot until it is unpinned,
also across writes and rollbacks. Page 1 holds the database header; the pager itself reads and writes only the fields it must
(page size, change counter, size in pages, version-valid-for, read/write version).

All methods run with or without the GIL and raise through `errors.make`. One connection uses a pager at a time.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

cdef struct Page:
    uint8_t* data            # page_size bytes, owned by this Page
    uint32_t pgno            # 1-based
    int32_t pins             # pins held by callers
    uint8_t cached           # the cache maps pgno to this Page (a superseded snapshot is not cached; it is freed at the last unpin)
    uint8_t dirty            # differs from the file; must be written at commit
    uint8_t btree_ok         # for the btree layer: the page header and cell pointers were verified; 0 whenever content is (re)loaded
    Page* hash_next          # the pager's own
    Page* lru_prev
    Page* lru_next
    int64_t savepoint_seq    # the pager's own: newest savepoint or transaction that holds this page's before-image

cdef enum:
    LOCK_NONE = 0
    LOCK_SHARED = 1
    LOCK_RESERVED = 2
    LOCK_PENDING = 3
    LOCK_EXCLUSIVE = 4

cdef class Pager:
    cdef readonly uint32_t page_size        # bytes
    cdef readonly uint32_t usable           # page_size minus the reserved bytes at each page's end
    cdef readonly uint32_t n_pages          # size of the database in pages as this transaction sees it
    cdef readonly int lock                  # LOCK_*: how far this connection has locked the file
    cdef readonly bint in_write             # a write transaction is open
    cdef readonly bint read_only
    cdef readonly int64_t change_seq        # grows by one whenever cached content may have changed under a reader: another
                                            # process committed, a rollback, a savepoint rollback

    cdef Page* get(self, uint32_t pgno) except NULL nogil               # pinned; CorruptError when pgno is 0 or > n_pages
    cdef Page* get_zeroed(self, uint32_t pgno) except NULL nogil        # pinned, writable, zero-filled, not read from the file
    cdef void unpin(self, Page* page) noexcept nogil
    cdef Page* write(self, Page* page) except NULL nogil                # the caller's pin moves to the returned writable page (may be a copy)
    cdef int set_n_pages(self, uint32_t n) except -1 nogil              # grow or truncate the database inside a write transaction

    cdef int begin_read(self) except -1 nogil                           # idempotent; recovers a hot journal; reloads page 1 when the file changed
    cdef int end_read(self) except -1 nogil                             # releases SHARED (no-op in a write transaction)
    cdef int begin_write(self, bint exclusive) except -1 nogil          # RESERVED (or EXCLUSIVE) lock, busy handler applies
    cdef int commit(self) except -1 nogil                               # durable when it returns; ends read and write transaction
    cdef int rollback(self) except -1 nogil                             # before-images restored; ends read and write transaction
    cdef int savepoint_open(self) except -1 nogil                       # index of the new savepoint, 0-based, nested
    cdef int savepoint_release(self, int index) except -1 nogil         # drops `index` and all inside it, keeping changes
    cdef int savepoint_rollback(self, int index) except -1 nogil        # restores the state at its opening; the savepoint stays open
    cdef int statement_begin(self) except -1 nogil                      # = savepoint_open, for statement atomicity
