"""Pager: gives, pins, journals and commits fixed-size pages of one database file.

Pages are reference counted. `get` returns a pinned page; every pin is given back with `unpin`. A page that someone else has pinned
is never changed in place: `write` copies it (copy on write), so a reader's pinned page is an immutable snapshot until it is unpinned,
also across writes and rollbacks. Page 1 holds the database header; the pager itself reads and writes only the fields it must
(page size, change counter, size in pages, version-valid-for, read/write version).

All methods run with or without the GIL and raise through `errors.make`. One connection uses a pager at a time.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from pumice.storage.pager.cache cimport PageCache
from pumice.storage.pager.gate cimport ReadGate
from pumice.storage.pager.journal cimport Journal
from pumice.storage.pager.page_set cimport PageMap, PageSet
from pumice.storage.pager.page cimport Page          # part of this contract: `from pumice.storage.pager.pager cimport Page`
from pumice.storage.pager.undo cimport UndoEntry, UndoLog
from pumice.storage.pager.wal cimport WalReader
from pumice.storage.vfs.vfs cimport Vfs, VfsFile

cdef enum:
    LOCK_NONE = 0
    LOCK_SHARED = 1
    LOCK_RESERVED = 2
    LOCK_PENDING = 3
    LOCK_EXCLUSIVE = 4

cdef enum:
    READ_MAX = 32                            # pages that one read_ahead takes at most

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
    # A hint: `get` of these n pages will follow, pgno first. How many of them were read.
    cdef int read_ahead(self, uint32_t pgno, uint32_t n) except -1 nogil
    cdef Page* get_zeroed(self, uint32_t pgno) except NULL nogil        # pinned, writable, zero-filled
    cdef int discard(self, uint32_t pgno) except -1 nogil               # nobody needs its content from now on: it becomes a free page
    cdef Page* reuse(self, uint32_t pgno) except NULL nogil             # as get_zeroed, for a free page: neither read nor journaled unless
                                                                        # it was discarded in this transaction
    cdef void pin(self, Page* page) noexcept nogil                      # one more pin on a pinned page
    cdef void unpin(self, Page* page) noexcept nogil
    cdef Page* write(self, Page* page) except NULL nogil                # the caller's pin moves to the returned writable page (may be a copy)
    cdef int set_n_pages(self, uint32_t n) except -1 nogil              # grow or truncate the database inside a write transaction

    cdef int begin_read(self) except -1 nogil                           # idempotent; recovers a hot journal; reloads page 1 when the file changed
    cdef int end_read(self) except -1 nogil                             # releases SHARED (no-op in a write transaction)
    # RESERVED (or EXCLUSIVE) lock; waits for other connections unless the open read transaction has to be kept (`keep_read`).
    # When it fails only that one is left.
    cdef int begin_write(self, bint exclusive, bint keep_read) except -1 nogil
    # These two end the write transaction and, unless `keep_read`, the read transaction.
    cdef int commit(self, bint keep_read) except -1 nogil               # durable when it returns
    cdef int rollback(self, bint keep_read) except -1 nogil             # before-images restored; when it fails no transaction is left
    cdef int savepoint_open(self) except -1 nogil                       # index of the new savepoint, 0-based, nested
    cdef int savepoint_release(self, int index) except -1 nogil         # drops `index` and all inside it, keeping changes
    cdef int savepoint_rollback(self, int index) except -1 nogil        # restores the state at its opening; the savepoint stays open
    cdef int statement_begin(self) except -1 nogil                      # = savepoint_open, for statement atomicity

    # ---- private from here on
    cdef Vfs vfs                       # None for a database in memory
    cdef VfsFile file                  # None for a database in memory
    cdef bytes path                    # absolute; b"" for a temporary file or memory
    cdef bytes journal_path
    cdef const char* c_journal_path    # borrowed from journal_path
    cdef Journal journal               # None for a database in memory
    cdef WalReader wal                 # None unless the file is in WAL mode
    cdef bint is_memory                # no file: every cached page is dirty and stays
    cdef bint is_temp                  # a file nobody else can see: no locks, no syncs
    cdef bint is_closed
    cdef bint keep_locked              # locking_mode = exclusive
    cdef bint known_file               # file_version and page size come from the file
    cdef uint8_t file_version[16]      # header bytes 24..39 when the cache was last known to match the file
    cdef uint8_t next_version[16]      # the same bytes as the commit under way writes them
    cdef ReadGate gate                 # None until another thread reads this connection's pages (snapshot.pxd)
    cdef PageCache cache
    cdef uint32_t cache_limit          # pages; from cache_pragma
    cdef uint32_t write_limit          # pages during a write transaction: more than cache_limit unless cache_size was set
    cdef bint cache_is_set             # cache_pragma was given by the user
    cdef int64_t cache_pragma          # PRAGMA cache_size: pages when > 0, -KiB when < 0
    cdef uint32_t max_pages            # PRAGMA max_page_count: the file does not grow past it
    cdef bint may_spill                # PRAGMA cache_spill: dirty pages may be written before the commit ...
    cdef uint32_t spill_from           # ... once the cache holds this many pages
    cdef int sync_level                # SYNC_*
    cdef public int timeout_ms         # how long a lock is waited for
    cdef int64_t data_changes          # times another connection's commit was seen

    # write transaction
    cdef int64_t last_seq              # newest savepoint or transaction number
    cdef int64_t txn_seq               # of the open write transaction
    cdef int64_t top_seq               # of the newest savepoint, or txn_seq
    cdef uint32_t orig_pages           # n_pages when the write transaction began
    cdef uint32_t file_pages           # pages that can be read from the file in this transaction; later ones are new: zeros
    cdef uint32_t disk_pages           # pages the file has on disk (>= file_pages after a truncation inside the transaction)
    cdef bint counter_changed          # the change counter was raised in this transaction
    cdef bint spilled                  # the database file was written in this transaction
    cdef uint32_t next_spill           # cache size in pages at which spilling is tried again, after it was not possible
    cdef PageSet discarded             # pages discarded in this transaction
    cdef int64_t discarded_end         # journal_end of the last one that was dropped from the cache
    cdef UndoLog undo
    cdef PageMap gone                  # pages evicted in this transaction that hold a before-image -> their savepoint_seq

    cdef int64_t n_hits                # gets served from the cache
    cdef int64_t n_misses
    cdef int64_t n_reads               # pages read from a file
    cdef int64_t n_writes              # pages written to the database file
    cdef int64_t n_spills

    cdef Page* load(self, uint32_t pgno) except NULL nogil
    cdef int fill(self, Page* page) except -1 nogil
    cdef Page* new_page(self, uint32_t pgno) except NULL nogil
    cdef int make_room(self) except -1 nogil
    cdef int spill(self) except -1 nogil
    cdef uint32_t oldest_writable(self, Page** pages, uint32_t n) noexcept nogil
    cdef int sync_journal(self, bint more) except -1 nogil
    cdef Page* dirty_list(self, Page* page) noexcept nogil
    cdef void comes_back(self, Page* page) noexcept nogil
    cdef Page* unread(self, uint32_t pgno) except NULL nogil
    cdef Page* write_slow(self, Page* page) except NULL nogil
    cdef int save_before(self, Page* page, bint moving) except -1 nogil
    cdef bint wants_image(self, uint32_t pgno) noexcept nogil
    cdef void mark_dirty(self, Page* page) noexcept nogil
    cdef void release(self, Page* page) noexcept nogil
    cdef int drop(self, Page* page) except -1 nogil
    cdef int drop_above(self, uint32_t n) except -1 nogil
    cdef int apply_undo(self, uint32_t down_to) except -1 nogil
    cdef int restore(self, UndoEntry* entry) except -1 nogil
    cdef int forget_undo(self, uint32_t down_to) noexcept nogil
    cdef int write_dirty(self) except -1 nogil
    cdef int raise_counter(self) except -1 nogil
    cdef int end_write(self, bint keep_read) except -1 nogil
    cdef int undo_file(self) except -1 nogil
    cdef int try_begin_read(self) except -1 nogil
    cdef int try_begin_write(self, bint exclusive, bint keep_read) except -1 nogil
    cdef int read_header(self) except -1 nogil
    cdef int take_header(self, const uint8_t* h) except -1 nogil
    cdef int read_wal(self, const uint8_t* h) except -1 nogil
    cdef int take_page_size(self, uint32_t page_size, uint32_t reserved) except -1 nogil
    cdef int settle_read(self) except -1 nogil
    cdef int write_pages(self, Page** pages, uint32_t n) except -1 nogil
    cdef int write_run(self, Page** pages, uint32_t n) except -1 nogil
    cdef void mark_written(self, Page* page) noexcept nogil
    cdef void quiet_unlock(self, int level) noexcept nogil
    cdef int abandon(self) noexcept nogil
    cdef int drop_dirty(self) noexcept nogil
    cdef int set_cache_limit(self) noexcept nogil
    cdef int trim(self) noexcept nogil
    cdef uint32_t count_pages(self, int64_t n) noexcept nogil
    cdef int commit_file(self) except -1 nogil
    cdef int wait_exclusive(self) except -1 nogil
    cdef int unlock(self, int level) except -1 nogil
    cdef int open_temporary(self) except -1
    cdef int open_named(self, bytes name, bint read_only, bint create) except -1
    cdef int check_open(self) except -1 nogil
