"""Pager: one connection's view of one database file as numbered pages. The contract is pager.pxd.

    lock     NONE --begin_read--> SHARED --begin_write--> RESERVED --commit, spill--> EXCLUSIVE --> NONE
    pages    get: cache -> (WAL frame) -> file      write: before-image -> copy if shared -> dirty list
    walks    read_ahead: a run of pages from the file into the cache by one call
    room     a full cache evicts the clean page that was used longest ago; when nine tenths are dirty, the oldest of those are spilled
    commit   raise the change counter; journal.sync; EXCLUSIVE; write dirty pages; sync; journal.finish (the commit); unlock
    rollback drop the dirty pages; when some were spilled into the file, play the journal back

Numbers: every write transaction and savepoint gets the next `last_seq`; a page whose `savepoint_seq` is below `top_seq` has no
before-image for the newest of them, and `write` makes one first. Opening a savepoint is therefore one push.
A database in memory (path None) is this cache alone: no page leaves it, and the undo log does what the journal does for a file.

Invariants: the cache holds no page above n_pages; pages of the cache equal the file unless dirty; a dirty page of the file's original
range is in the journal; the file is not written before the journal that can undo it is durable.
Source: SQLite pager.c.  Tests: tests/unit/pager, tests/crash.
"""

import os

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport free
from libc.string cimport memcmp, memcpy, memset
from pumice.memory cimport mem_free
from pumice.storage.pager.busy cimport busy_wait, raise_busy
from pumice.storage.pager.cache cimport (cache_all_synced, cache_clear, cache_dirty_sorted, cache_drop_above, cache_find, cache_free, cache_init,
                                         cache_insert, cache_remove, cache_set_page_size, list_append, list_push, list_remove, page_free, page_new,
                                         page_seal, page_unseal, sort_pages)
from pumice.storage.pager.hot_journal cimport recover
from pumice.storage.pager.journal cimport (JOURNAL_DELETE, JOURNAL_MEMORY, JOURNAL_OFF, SYNC_FULL, SYNC_OFF, Journal,
                                           get_u32, put_u32)
from pumice.storage.pager.page cimport Page
from pumice.storage.pager.page_set cimport page_map_clear, page_map_get, page_map_put, page_set_add, page_set_clear, page_set_has
from pumice.storage.pager.playback cimport play_back
from pumice.storage.pager.undo cimport Savepoint, UndoEntry, undo_free, undo_open, undo_push, undo_reserve
from pumice.storage.pager.wal cimport WalReader
from pumice.storage.vfs.posix cimport PosixVfs
from pumice.storage.vfs.temporary cimport open_temporary
from pumice.storage.vfs.vfs cimport OPEN_CREATE, OPEN_FALL_BACK, OPEN_READONLY, raise_named

from pumice import errors

cdef extern from "stdlib.h" nogil:
    char* c_realpath "realpath" (const char* path, char* resolved)

cdef enum:
    # Written to header bytes 96..99 as "the library that wrote last": the SQLite version whose behaviour we track.
    SQLITE_VERSION = 3054001
    HEADER = 100                     # bytes of the database header
    MAX_VERSION = 2                  # of the file format, for reading and for writing: a rollback journal or a WAL
    DEFAULT_CACHE = -2000            # KiB, as SQLite
    WRITE_CACHE = 16 << 20           # bytes of pages that a write transaction may hold before it spills, unless cache_size was set
    MIN_CACHE = 10                   # pages: a B-tree descent with balancing pins that many
    MAX_PAGES = 0xfffffffe
    RUN_MAX = 32                     # pages that one call writes
    AHEAD_BYTES = 1 << 16            # read ahead of a walk: more no longer makes a page cheaper
    AHEAD_SHARE = 4                  # ... and no more than this part of the cache
    SPILL_BATCH = 32                 # pages that one spill writes

JOURNAL_MODES = ("delete", "persist", "off", "truncate", "memory", "wal")


cdef Page* raise_bad_page(uint32_t pgno) except NULL nogil:
    with gil:
        raise errors.corrupt("page number out of range", pgno)


cdef uint32_t page_size_of(const uint8_t* h) noexcept nogil:
    """What the header of a file says, 0 where it is no page size."""
    cdef uint32_t n = (<uint32_t>h[16] << 8) | (<uint32_t>h[17] << 16)
    return n if 512 <= n <= 65536 and n & (n - 1) == 0 else 0


cdef bytes real_path(bytes name):
    """As os.path.realpath, which takes longer than opening the file."""
    cdef char* real = c_realpath(name, NULL)
    cdef bytes path
    if real == NULL:
        return os.path.realpath(name)         # no such file yet
    path = real
    free(real)
    return path


cdef int raise_internal(const char* message) except -1 nogil:
    with gil:
        raise errors.make("SQLITE_INTERNAL", message.decode())


cdef int write_version(Pager pager) except -1 nogil:
    """The header's number of what one must know to write the file."""
    cdef Page* one = pager.get(1)
    cdef int version = one.data[18]
    pager.unpin(one)
    return version


cdef class Pager:
    def __cinit__(self):
        memset(&self.cache, 0, sizeof(self.cache))
        memset(&self.undo, 0, sizeof(self.undo))
        memset(&self.discarded, 0, sizeof(self.discarded))
        memset(&self.gone, 0, sizeof(self.gone))

    def __init__(self, path, *, bint read_only=False, bint create=True, uint32_t page_size=4096, uint32_t reserved=0, vfs=None):
        """Opens `path` (None or ":memory:": in memory, "": a temporary file) without reading it."""
        if self.cache.buckets != NULL:
            raise errors.make("SQLITE_MISUSE", "a pager is initialised once")
        if page_size < 512 or page_size > 65536 or page_size & (page_size - 1) or reserved > 255 or page_size - reserved < 480:
            raise ValueError("page_size is a power of two from 512 to 65536")
        self.page_size = page_size
        self.usable = page_size - reserved
        self.read_only = read_only
        self.change_seq = 1
        self.sync_level = SYNC_FULL
        self.cache_pragma = DEFAULT_CACHE
        self.max_pages = MAX_PAGES
        self.may_spill = True
        self.path = b""
        name = b":memory:" if path is None else os.fsencode(path)
        cache_init(&self.cache, page_size)
        self.set_cache_limit()
        if name == b":memory:":
            self.is_memory = True
            self.known_file = True
            return
        self.vfs = PosixVfs() if vfs is None else vfs
        if name == b"":
            self.open_temporary()
        else:
            self.open_named(name, read_only, create)

    cdef int open_temporary(self) except -1:
        self.file = open_temporary(self.vfs)
        self.is_temp = True
        self.known_file = True
        self.sync_level = SYNC_OFF
        self.journal = Journal(self.vfs, b"", JOURNAL_MEMORY)
        return 0

    cdef int open_named(self, bytes name, bint read_only, bint create) except -1:
        if b"\0" in name:
            raise ValueError("embedded null character")
        self.file = self.vfs.new_file()
        # The journal belongs beside the real file, not beside a symbolic link to it.
        self.path = real_path(name)
        self.file.open(self.path, OPEN_READONLY if read_only else OPEN_FALL_BACK | (OPEN_CREATE if create else 0), 0)
        self.read_only = self.file.read_only
        self.journal_path = self.path + b"-journal"
        self.c_journal_path = self.journal_path
        self.journal = Journal(self.vfs, self.journal_path, JOURNAL_DELETE)
        self.journal.db = self.file
        return 0

    def __dealloc__(self):
        if self.cache.buckets != NULL:
            self.forget_undo(0)
            cache_free(&self.cache)
        undo_free(&self.undo)
        page_set_clear(&self.discarded)
        page_map_clear(&self.gone)

    # ---- pages

    cdef Page* get(self, uint32_t pgno) except NULL nogil:
        cdef Page* page = cache_find(&self.cache, pgno)
        if page == NULL:
            return self.load(pgno)
        if page.pins == 0:
            page_unseal(&self.cache, page)
            if not page.dirty:
                list_remove(page)
        page.pins += 1
        self.n_hits += 1
        return page

    cdef void pin(self, Page* page) noexcept nogil:
        page.pins += 1

    cdef void unpin(self, Page* page) noexcept nogil:
        page.pins -= 1
        if page.pins == 0:
            self.release(page)

    cdef void release(self, Page* page) noexcept nogil:
        """The last pin is gone."""
        if not page.cached:
            self.cache.n_superseded -= 1
            page_free(&self.cache, page)
            return
        if not self.is_memory or self.gate is None:
            page_seal(&self.cache, page)        # else other threads read it without a pin (snapshot.pxd)
        if not page.dirty:
            list_push(&self.cache.idle, page)
        elif page.lru_next != NULL:
            list_remove(page)
            list_push(self.dirty_list(page), page)

    cdef inline Page* dirty_list(self, Page* page) noexcept nogil:
        return &self.cache.unsynced if page.journal_end > self.journal.synced else &self.cache.dirty

    cdef Page* load(self, uint32_t pgno) except NULL nogil:
        """A page that the cache does not hold."""
        cdef Page* page
        cdef bint done = False
        if pgno == 0 or pgno > self.n_pages:
            return raise_bad_page(pgno)
        if self.is_memory and self.gate is not None:
            self.gate.shut()                # the hash is about to change
        self.n_misses += 1
        page = self.new_page(pgno)
        try:
            self.fill(page)
            cache_insert(&self.cache, page)
            done = True
        finally:
            if not done:
                page_free(&self.cache, page)
        page.pins = 1
        page.dirty = self.is_memory
        self.comes_back(page)
        return page

    cdef void comes_back(self, Page* page) noexcept nogil:
        """For a new Page of a number that may have been in the cache before in this transaction."""
        if self.gone.n:
            page.savepoint_seq = page_map_get(&self.gone, page.pgno)
            if page_set_has(&self.discarded, page.pgno):
                page.journal_end = self.discarded_end     # evicted ones were written, so their record is durable

    cdef int fill(self, Page* page) except -1 nogil:
        cdef uint32_t frame
        if self.is_memory or (self.in_write and page.pgno > self.file_pages):
            memset(page.data, 0, self.page_size)
            return 0
        self.n_reads += 1
        if self.wal is not None:
            frame = self.wal.find(page.pgno)
            if frame:
                return self.wal.read_frame(frame, page.data)
        self.file.read(<int64_t>(page.pgno - 1) * self.page_size, page.data, self.page_size)
        return 0

    cdef int read_ahead(self, uint32_t pgno, uint32_t n) except -1 nogil:
        """Reads as many of them as the cache lacks, with one call to the file. None in a write transaction, whose pages may be others than
        the file's; those in the log end the run. Pages that cannot be read are left to `get`, which will say why if they are wanted."""
        cdef Page* pages[READ_MAX]
        cdef uint8_t* pieces[READ_MAX]
        cdef uint32_t i = 0, n_made = 0, n_read = 0
        if n < 2 or self.in_write or self.is_memory or pgno == 0 or pgno > self.n_pages:
            return 0
        n = min(n, <uint32_t>READ_MAX, <uint32_t>AHEAD_BYTES // self.page_size, self.cache_limit // AHEAD_SHARE, self.n_pages - pgno + 1)
        while i < n and cache_find(&self.cache, pgno + i) == NULL and (self.wal is None or not self.wal.find(pgno + i)):
            i += 1
        n = i
        while n > 1 and self.cache.n_pages + n > self.cache_limit:
            if self.cache.idle.lru_prev == &self.cache.idle:
                n -= 1
            else:
                self.drop(self.cache.idle.lru_prev)
        if n < 2:
            return 0
        i = 0
        try:
            while n_made < n:
                pages[n_made] = page_new(&self.cache, pgno + n_made)
                pieces[n_made] = pages[n_made].data
                n_made += 1
            n_read = self.file.read_pieces(<int64_t>(pgno - 1) * self.page_size, pieces, n, self.page_size)
            self.n_reads += n_read
            while i < n_read:
                cache_insert(&self.cache, pages[i])
                page_seal(&self.cache, pages[i])
                list_push(&self.cache.idle, pages[i])
                i += 1
        finally:
            while i < n_made:
                page_free(&self.cache, pages[i])
                i += 1
        return n_read

    cdef Page* new_page(self, uint32_t pgno) except NULL nogil:
        if not self.is_memory and self.cache.n_pages >= self.cache_limit:
            self.make_room()
        return page_new(&self.cache, pgno)

    cdef int make_room(self) except -1 nogil:
        """Evicts idle pages until one more fits. Dirty pages are written out before they fill the cache: a part of it stays for the pages that
        are only read, the upper levels of the trees above all."""
        cdef Page* page
        cdef uint32_t limit = self.write_limit if self.in_write else self.cache_limit
        if self.in_write and self.cache.n_dirty >= limit - limit // 10:
            self.spill()
        while self.cache.n_pages >= limit:
            page = self.cache.idle.lru_prev
            if page != &self.cache.idle:
                self.drop(page)
            elif not self.in_write or self.cache.n_dirty == 0 or not self.spill():
                break
        return 0

    cdef int drop(self, Page* page) except -1 nogil:
        """Out of the cache; in a write transaction its savepoint_seq is remembered."""
        if self.in_write and page.savepoint_seq >= self.txn_seq and not self.is_memory:
            page_map_put(&self.gone, page.pgno, page.savepoint_seq)
        cache_remove(&self.cache, page)
        return 0

    cdef int drop_above(self, uint32_t n) except -1 nogil:
        """Drops the pages above n, which may not be on disk at all."""
        cdef Page* page
        cdef Page* next_page
        cdef uint32_t i
        for i in range(self.cache.mask + 1):
            page = self.cache.buckets[i]
            while page != NULL:
                next_page = page.hash_next
                if page.pgno > n:
                    self.drop(page)
                page = next_page
        return 0

    cdef Page* get_zeroed(self, uint32_t pgno) except NULL nogil:
        cdef Page* page
        if not self.in_write:
            raise_internal(b"get_zeroed outside a write transaction")
        if pgno == 0 or pgno > MAX_PAGES:
            return raise_bad_page(pgno)
        if pgno > self.max_pages and pgno > self.n_pages:
            raise_named(b"SQLITE_FULL", b"database or disk is full")
        page = cache_find(&self.cache, pgno)
        if page != NULL or (self.wants_image(pgno) and (self.gone.n == 0 or page_map_get(&self.gone, pgno) < self.top_seq)):
            # The old content is needed for a rollback.
            if pgno > self.n_pages:
                self.n_pages = pgno
            page = self.get(pgno)
            page = self.write(page)
        else:
            page = self.unread(pgno)
            if pgno > self.n_pages:
                self.n_pages = pgno
        memset(page.data, 0, self.page_size)
        page.btree_ok = 0
        return page

    cdef Page* unread(self, uint32_t pgno) except NULL nogil:
        """A writable page that the cache does not hold and whose old content nobody needs."""
        cdef Page* page = self.new_page(pgno)
        cache_insert(&self.cache, page)
        page.pins = 1
        self.comes_back(page)
        page.savepoint_seq = self.top_seq
        self.mark_dirty(page)
        return page

    cdef int discard(self, uint32_t pgno) except -1 nogil:
        cdef Page* page = cache_find(&self.cache, pgno)
        page_set_add(&self.discarded, pgno, self.n_pages)
        if page != NULL and page.dirty and not self.is_memory and page.savepoint_seq >= self.top_seq:
            # What it held before can be restored, what it holds now need not be written.
            self.discarded_end = max(self.discarded_end, page.journal_end)
            self.drop(page)
        return 0

    cdef Page* reuse(self, uint32_t pgno) except NULL nogil:
        cdef Page* page
        if not self.in_write:
            raise_internal(b"reuse outside a write transaction")
        if page_set_has(&self.discarded, pgno) or pgno == 0 or pgno > self.n_pages:
            return self.get_zeroed(pgno)
        # It was free when the transaction began and when each savepoint was opened: its content is not needed to go back to any of them.
        page = cache_find(&self.cache, pgno)
        if page == NULL:
            page = self.unread(pgno)
        else:
            if page.savepoint_seq < self.top_seq:
                page.savepoint_seq = self.top_seq
            page = self.get(pgno)
            page = self.write(page)
        memset(page.data, 0, self.page_size)
        page.btree_ok = 0
        return page

    cdef bint wants_image(self, uint32_t pgno) noexcept nogil:
        """Whether going back, to the newest savepoint or to the transaction's begin, would show this page."""
        if pgno <= self.orig_pages:
            return True
        return self.undo.n_savepoints and pgno <= self.undo.savepoints[self.undo.n_savepoints - 1].n_pages

    cdef Page* write(self, Page* page) except NULL nogil:
        if page.dirty and page.pins == 1 and page.savepoint_seq >= self.top_seq and page.cached and self.in_write:
            return page
        return self.write_slow(page)

    cdef Page* write_slow(self, Page* page) except NULL nogil:
        cdef Page* copy
        if not self.in_write:
            raise_internal(b"write outside a write transaction")
        if not page.cached:
            copy = self.get(page.pgno)
            self.unpin(page)
            page = copy
        if page.pins == 1:
            if page.savepoint_seq < self.top_seq:
                self.save_before(page, False)
            self.mark_dirty(page)
            return page
        # Someone else reads it: they keep this content, the caller goes on with a copy.
        copy = page_new(&self.cache, page.pgno)
        memcpy(copy.data, page.data, self.page_size)
        copy.btree_ok = page.btree_ok
        copy.free_known = page.free_known
        if page.savepoint_seq < self.top_seq:
            self.save_before(page, True)
        copy.savepoint_seq = page.savepoint_seq
        copy.journal_end = page.journal_end
        page.pins -= 1
        cache_remove(&self.cache, page)
        cache_insert(&self.cache, copy)
        copy.pins = 1
        self.mark_dirty(copy)
        return copy

    cdef void mark_dirty(self, Page* page) noexcept nogil:
        """For a pinned, cached page."""
        if not page.dirty:
            page.dirty = 1
            if not self.is_memory:
                list_push(self.dirty_list(page), page)
                self.cache.n_dirty += 1

    cdef int save_before(self, Page* page, bint moving) except -1 nogil:
        """Makes the before-images that the transaction and the newest savepoint lack.

        `moving`: the page is about to be superseded and can itself be the image.
        """
        cdef int64_t seq = page.savepoint_seq
        cdef int64_t at = -1
        cdef Page* image
        if seq < self.txn_seq and page.pgno <= self.orig_pages and not self.is_memory and self.journal.mode != JOURNAL_OFF:
            if not self.journal.active:
                self.journal.begin(self.page_size, self.orig_pages, self.sync_level == SYNC_OFF)
            at = self.journal.append(page.pgno, page.data)
            page.journal_end = self.journal.end
        if (self.undo.n_savepoints or self.is_memory) and self.wants_image(page.pgno):
            undo_reserve(&self.undo)
            if at >= 0:
                undo_push(&self.undo, page.pgno, seq, NULL, at)
            elif moving:
                page.pins += 1
                undo_push(&self.undo, page.pgno, seq, page, -1)
            else:
                image = page_new(&self.cache, page.pgno)
                memcpy(image.data, page.data, self.page_size)
                image.pins = 1
                self.cache.n_superseded += 1
                undo_push(&self.undo, page.pgno, seq, image, -1)
        page.savepoint_seq = self.top_seq
        return 0

    cdef int set_n_pages(self, uint32_t n) except -1 nogil:
        cdef uint32_t pgno
        cdef Page* page
        if not self.in_write:
            raise_internal(b"set_n_pages outside a write transaction")
        if n > self.max_pages and n > self.n_pages:
            raise_named(b"SQLITE_FULL", b"database or disk is full")
        for pgno in range(self.n_pages, n, -1):
            page = cache_find(&self.cache, pgno)
            if self.wants_image(pgno):
                if page == NULL and self.gone.n and page_map_get(&self.gone, pgno) >= self.top_seq:
                    continue
                page = self.get(pgno)
                if page.savepoint_seq < self.top_seq:
                    self.save_before(page, False)
                self.drop(page)
                self.unpin(page)
            elif page != NULL:
                self.drop(page)
        if n < self.file_pages:
            self.file_pages = n
        self.n_pages = n
        return 0

    # ---- savepoints

    cdef int savepoint_open(self) except -1 nogil:
        if not self.in_write:
            raise_internal(b"savepoint outside a write transaction")
        undo_open(&self.undo, self.last_seq + 1, self.n_pages)
        self.last_seq += 1
        self.top_seq = self.last_seq
        return self.undo.n_savepoints - 1

    cdef int statement_begin(self) except -1 nogil:
        return self.savepoint_open()

    cdef int savepoint_release(self, int index) except -1 nogil:
        cdef int64_t outer_seq = self.txn_seq
        cdef uint32_t outer_pages = self.orig_pages
        cdef uint32_t i, kept
        cdef UndoEntry* entry
        if index < 0 or <uint32_t>index >= self.undo.n_savepoints:
            raise_internal(b"no such savepoint")
        kept = self.undo.savepoints[index].log_top
        if index:
            outer_seq = self.undo.savepoints[index - 1].seq
            outer_pages = self.undo.savepoints[index - 1].n_pages
        if index or self.is_memory:
            # The enclosing savepoint inherits the images it has not got itself.
            for i in range(kept, self.undo.n_entries):
                entry = &self.undo.entries[i]
                if entry.seq < outer_seq and entry.pgno <= outer_pages:
                    self.undo.entries[kept] = entry[0]
                    kept += 1
                elif entry.image != NULL:
                    self.unpin(entry.image)
            self.undo.n_entries = kept
        else:
            self.forget_undo(kept)
        self.undo.n_savepoints = index
        self.top_seq = outer_seq
        return 0

    cdef int savepoint_rollback(self, int index) except -1 nogil:
        cdef Savepoint* sp
        cdef uint32_t before = self.n_pages
        if index < 0 or <uint32_t>index >= self.undo.n_savepoints:
            raise_internal(b"no such savepoint")
        sp = &self.undo.savepoints[index]
        if self.undo.n_entries > sp.log_top or before != sp.n_pages:
            self.change_seq += 1
        self.n_pages = sp.n_pages
        self.apply_undo(sp.log_top)
        if before > sp.n_pages:
            self.drop_above(sp.n_pages)
        self.undo.n_savepoints = index + 1
        self.top_seq = sp.seq
        return 0

    cdef int apply_undo(self, uint32_t down_to) except -1 nogil:
        """Puts the before-images above `down_to` back, newest first, so that the oldest of a page stays."""
        while self.undo.n_entries > down_to:
            self.restore(&self.undo.entries[self.undo.n_entries - 1])
            self.undo.n_entries -= 1
        return 0

    cdef int restore(self, UndoEntry* entry) except -1 nogil:
        cdef Page* page = entry.image
        cdef Page* now
        if entry.pgno > self.n_pages:
            if page != NULL:
                self.unpin(page)
            return 0
        if page == NULL:
            page = page_new(&self.cache, entry.pgno)
            page.pins = 1
            self.cache.n_superseded += 1
            entry.image = page           # owned by the log should the read fail
            self.journal.read(entry.journal_at, page.data, self.page_size)
        now = cache_find(&self.cache, entry.pgno)
        if now != NULL:
            page.journal_end = now.journal_end
            cache_remove(&self.cache, now)
        elif page_set_has(&self.discarded, entry.pgno):
            page.journal_end = self.discarded_end
        self.cache.n_superseded -= 1
        cache_insert(&self.cache, page)
        page.btree_ok = 0
        page.dirty = 0
        self.mark_dirty(page)
        page.savepoint_seq = entry.seq
        if not self.is_memory and page.savepoint_seq < self.txn_seq:
            page.savepoint_seq = self.txn_seq       # the journal has it
        self.unpin(page)
        return 0

    cdef int forget_undo(self, uint32_t down_to) noexcept nogil:
        """Drops the before-images above `down_to`."""
        cdef UndoEntry* entry
        while self.undo.n_entries > down_to:
            self.undo.n_entries -= 1
            entry = &self.undo.entries[self.undo.n_entries]
            if entry.image != NULL:
                self.unpin(entry.image)
        return 0

    # ---- read transactions

    cdef int begin_read(self) except -1 nogil:
        cdef int n_tries = 0
        if self.lock >= 1:
            return 0
        if self.is_memory or self.is_temp:
            self.check_open()
            self.lock = 1
            return 0
        while not self.try_begin_read():
            if not busy_wait(n_tries, self.timeout_ms):
                raise_busy()
            n_tries += 1
        return 0

    cdef int try_begin_read(self) except -1 nogil:
        """1 a read transaction is open, 0 another connection is in the way."""
        cdef bint done = False
        self.check_open()
        if self.file.lock_level < 1 and not self.file.lock_to(1):
            return 0
        try:
            done = self.settle_read()
        finally:
            if not done:
                self.quiet_unlock(0)
        if done:
            self.lock = self.file.lock_level
        return done

    cdef int settle_read(self) except -1 nogil:
        """With SHARED held: recovers a hot journal and brings cache and n_pages up to date. 0: busy."""
        if self.vfs.exists(self.c_journal_path) and not recover(self):
            return 0
        return self.read_header()

    cdef int read_header(self) except -1 nogil:
        """Compares header bytes 24..39 with those the cache belongs to, as SQLite does. 0: busy."""
        cdef uint8_t h[HEADER]
        cdef int64_t got = self.file.read(0, h, HEADER)
        if h[18] == 2 or h[19] == 2:
            return self.read_wal(h)
        if self.wal is not None:
            with gil:
                self.wal = None              # another connection left WAL mode
            self.known_file = False
        if self.known_file and memcmp(h + 24, self.file_version, 16) == 0:
            return 1
        return self.take_header(h)

    cdef int read_wal(self, const uint8_t* h) except -1 nogil:
        """A database in WAL mode: what is current stands in the log. 0: busy."""
        cdef bint first = self.wal is None or not self.known_file
        if first:
            self.take_header(h)
            if self.wal is None:
                with gil:
                    self.wal = WalReader(self.vfs, self.path, self.file.mode)
        if not self.wal.begin_read(self.page_size):
            return 0
        if self.wal.changed and not first:
            self.take_header(h)
        if self.wal.n_frames:
            self.n_pages = self.wal.n_pages
        return 1

    cdef int take_header(self, const uint8_t* h) except -1 nogil:
        """The file is not the one the cache knows: forget the pages, take page size and page count."""
        cdef int64_t size
        cdef uint32_t page_size, n_pages, on_disk
        if self.known_file:
            self.data_changes += 1
        cache_clear(&self.cache)
        self.change_seq += 1
        self.known_file = False
        size = self.file.size()
        if size == 0:
            self.n_pages = 0
        else:
            page_size = page_size_of(h)
            if (memcmp(h, b"SQLite format 3\0", 16) != 0 or h[19] > MAX_VERSION or h[21] != 64 or h[22] != 32 or h[23] != 32
                    or page_size == 0 or page_size - h[20] < 480):
                raise_named(b"SQLITE_NOTADB", b"file is not a database")
            self.take_page_size(page_size, h[20])
            on_disk = <uint32_t>((size + page_size - 1) // page_size)
            n_pages = get_u32(h + 28)
            if n_pages == 0 or memcmp(h + 24, h + 92, 4) != 0:
                n_pages = on_disk
            elif n_pages > on_disk:
                if h[19] != 2:
                    raise_bad_page(n_pages)
                n_pages = on_disk
            self.n_pages = n_pages
        memcpy(self.file_version, h + 24, 16)
        self.known_file = True
        return 1

    cdef int take_page_size(self, uint32_t page_size, uint32_t reserved) except -1 nogil:
        if page_size != self.page_size:
            cache_set_page_size(&self.cache, page_size)
            self.page_size = page_size
            self.set_cache_limit()
        self.usable = page_size - reserved
        return 0

    cdef int end_read(self) except -1 nogil:
        if self.in_write or self.lock == 0:
            return 0
        return self.unlock(0)

    cdef int unlock(self, int level) except -1 nogil:
        if level == 0 and self.gate is not None:
            self.gate.shut()
        if self.is_memory or self.is_temp:
            self.lock = level
            return 0
        if self.keep_locked and level < self.lock:
            return 0
        self.lock = level
        if self.wal is not None and level == 0:
            self.wal.end_read()
        return self.file.unlock_to(level)

    cdef void quiet_unlock(self, int level) noexcept nogil:
        """unlock on the way out of an error."""
        with gil:
            try:
                if self.wal is not None and level == 0:
                    self.wal.end_read()
                self.file.unlock_to(level)
            except Exception:
                pass        # the error under way says more
        self.lock = self.file.lock_level

    # ---- write transactions

    cdef int begin_write(self, bint exclusive, bint keep_read) except -1 nogil:
        cdef int n_tries = 0
        cdef bint done = False
        if self.in_write:
            if exclusive and not (self.is_memory or self.is_temp):
                self.wait_exclusive()
            return 0
        if self.read_only:
            raise_named(b"SQLITE_READONLY", b"attempt to write a readonly database")
        try:
            while not self.try_begin_write(exclusive, keep_read):
                # A reader that waits for a writer which waits for readers would wait forever.
                if (keep_read and self.lock < 2) or not busy_wait(n_tries, self.timeout_ms):
                    raise_busy()
                n_tries += 1
            done = True
        finally:
            if not done and self.lock:
                self.unlock(1 if keep_read else 0)
        if self.gate is not None:
            self.gate.shut()
        self.in_write = True
        self.last_seq += 1
        self.txn_seq = self.last_seq
        self.top_seq = self.last_seq
        self.orig_pages = self.n_pages
        self.file_pages = self.n_pages
        self.disk_pages = self.n_pages
        self.counter_changed = False
        self.spilled = False
        self.next_spill = 0
        self.discarded_end = 0
        return 0

    cdef int try_begin_write(self, bint exclusive, bint keep_read) except -1 nogil:
        """1 the locks of a write transaction are held, 0 another connection is in the way. While it has RESERVED and waits for readers to go
        it lets no new ones in; before that, unless `keep_read`, it holds no lock that another writer could wait for."""
        if self.is_memory or self.is_temp:
            self.begin_read()
            self.lock = 4
            return 1
        if self.lock < 1 and not self.try_begin_read():
            return 0
        if self.wal is not None:
            with gil:
                raise errors.not_supported("writing a database in WAL mode")
        if self.n_pages and write_version(self) > MAX_VERSION:
            raise_named(b"SQLITE_READONLY", b"attempt to write a readonly database")
        if self.lock < 2 and not self.file.lock_to(2):
            if not keep_read:
                self.end_read()
            return 0
        if exclusive:
            self.file.lock_to(4)
        self.lock = self.file.lock_level
        return not exclusive or self.lock == 4

    cdef int wait_exclusive(self) except -1 nogil:
        cdef int n_tries = 0
        while self.lock < 4:
            self.file.lock_to(4)
            self.lock = self.file.lock_level
            if self.lock == 4:
                break
            if not busy_wait(n_tries, self.timeout_ms):
                # Keep nothing that stops new readers: COMMIT may be tried again later, or never.
                self.file.unlock_to(2)
                self.lock = self.file.lock_level
                raise_busy()
            n_tries += 1
        return 0

    cdef int commit(self, bint keep_read) except -1 nogil:
        cdef Page* page
        if not self.in_write:
            return 0 if keep_read else self.end_read()
        if self.is_memory:
            if cache_find(&self.cache, 1) != NULL and (self.undo.n_entries or self.n_pages != self.orig_pages):
                page = self.get(1)
                # The header is kept as a file's would be, for whoever copies the pages out.
                put_u32(page.data + 24, get_u32(page.data + 24) + 1)
                put_u32(page.data + 28, self.n_pages)
                memcpy(page.data + 92, page.data + 24, 4)
                put_u32(page.data + 96, SQLITE_VERSION)
                self.unpin(page)
        elif self.cache.n_dirty or self.spilled or self.n_pages != self.orig_pages:
            self.commit_file()
        else:
            self.journal.finish(self.sync_level, False)
        return self.end_write(keep_read)

    cdef int commit_file(self) except -1 nogil:
        cdef int64_t size
        self.raise_counter()
        self.sync_journal(False)
        if not self.is_temp:
            self.wait_exclusive()
        self.write_dirty()
        size = <int64_t>self.n_pages * self.page_size
        if self.disk_pages < self.n_pages:
            self.file.truncate(size)
            self.disk_pages = self.n_pages
        if self.sync_level != SYNC_OFF:
            self.file.sync()
        self.journal.finish(self.sync_level, True)
        memcpy(self.file_version, self.next_version, 16)
        self.spilled = False          # from here on there is nothing to go back to
        if self.disk_pages > self.n_pages:
            self.file.truncate(size)
        return 0

    cdef int raise_counter(self) except -1 nogil:
        """Header fields that tell other connections of this commit."""
        cdef Page* page
        if self.n_pages == 0:
            return 0
        page = self.get(1)
        page = self.write(page)
        if not self.counter_changed:
            self.counter_changed = True
            put_u32(page.data + 24, get_u32(page.data + 24) + 1)
        put_u32(page.data + 28, self.n_pages)
        memcpy(page.data + 92, page.data + 24, 4)
        put_u32(page.data + 96, SQLITE_VERSION)
        memcpy(self.next_version, page.data + 24, 16)
        self.unpin(page)
        return 0

    cdef int write_run(self, Page** pages, uint32_t n) except -1 nogil:
        """Pages with successive numbers into the file."""
        cdef const uint8_t* pieces[RUN_MAX]
        cdef uint32_t i
        cdef uint32_t last = pages[n - 1].pgno
        for i in range(n):
            pieces[i] = pages[i].data
            page_unseal(&self.cache, pages[i])
        self.spilled = True
        self.file.write_pieces(<int64_t>(pages[0].pgno - 1) * self.page_size, pieces, n, self.page_size)
        self.n_writes += n
        if last > self.file_pages:
            self.file_pages = last
        if last > self.disk_pages:
            self.disk_pages = last
        for i in range(n):
            self.mark_written(pages[i])
        return 0

    cdef void mark_written(self, Page* page) noexcept nogil:
        """The file has its content: it is clean, and the next to be evicted."""
        list_remove(page)
        self.cache.n_dirty -= 1
        page.dirty = 0
        if page.pins == 0:
            page_seal(&self.cache, page)
            list_append(&self.cache.idle, page)

    cdef int write_pages(self, Page** pages, uint32_t n) except -1 nogil:
        """`pages` ascend by number."""
        cdef uint32_t at = 0, end
        while at < n:
            end = at + 1
            while end < n and end - at < RUN_MAX and pages[end].pgno == pages[end - 1].pgno + 1:
                end += 1
            self.write_run(pages + at, end - at)
            at = end
        return 0

    cdef int write_dirty(self) except -1 nogil:
        cdef uint32_t n = 0
        cdef Page** pages = cache_dirty_sorted(&self.cache, &n)
        try:
            self.write_pages(pages, n)
        finally:
            mem_free(pages)
        return 0

    cdef int sync_journal(self, bint more) except -1 nogil:
        """After this every page may be written into the file."""
        if self.journal.mode == JOURNAL_OFF:
            self.journal.was_synced = True
        else:
            if not self.journal.active:
                self.journal.begin(self.page_size, self.orig_pages, self.sync_level == SYNC_OFF)
            self.journal.sync(self.sync_level, more)
        cache_all_synced(&self.cache)
        return 0

    cdef uint32_t oldest_writable(self, Page** pages, uint32_t n) noexcept nogil:
        """Up to n unpinned dirty pages that the file may have, those used longest ago first."""
        cdef Page* page = self.cache.dirty.lru_prev
        cdef uint32_t found = 0
        if not self.journal.was_synced:
            return 0
        while page != &self.cache.dirty and found < n:
            if page.pins == 0 and page.journal_end <= self.journal.synced:
                pages[found] = page
                found += 1
            page = page.lru_prev
        return found

    cdef int spill(self) except -1 nogil:
        """Writes the dirty pages that were used longest ago into the file; returns how many. When too few of them may be written, the journal is
        made durable first.

        Needs EXCLUSIVE. While readers or pins hold it up the cache grows past its limit, by an eighth until the next try.
        """
        cdef Page* pages[SPILL_BATCH]
        cdef uint32_t wanted = min(<uint32_t>SPILL_BATCH, self.write_limit // 16 + 1), n = 0
        if not self.may_spill or self.cache.n_pages < self.next_spill or self.cache.n_pages < self.spill_from:
            return 0
        if self.lock >= 4 or self.file.lock_to(4):
            self.lock = 4
            n = self.oldest_writable(pages, wanted)
            if n < wanted:
                self.sync_journal(True)
                n = self.oldest_writable(pages, wanted)
        else:
            self.file.unlock_to(2)
        if n == 0:
            self.next_spill = self.cache.n_pages + self.cache.n_pages // 8 + 1
            return 0
        self.next_spill = 0
        sort_pages(pages, n)
        self.write_pages(pages, n)
        self.n_spills += n
        return n

    cdef int rollback(self, bint keep_read) except -1 nogil:
        cdef uint32_t n = self.n_pages
        cdef bint done = False
        if not self.in_write:
            return 0 if keep_read else self.end_read()
        if self.undo.n_entries or self.cache.n_dirty or self.spilled or n != self.orig_pages:
            self.change_seq += 1
        if self.is_memory:
            self.n_pages = self.orig_pages
            self.apply_undo(0)
            if n > self.orig_pages:
                cache_drop_above(&self.cache, self.orig_pages)
            return self.end_write(keep_read)
        try:
            if self.spilled:
                self.undo_file()
            self.journal.finish(self.sync_level, False)
            done = True
        finally:
            if not done:
                self.abandon()
        self.drop_dirty()
        if n > self.orig_pages:
            cache_drop_above(&self.cache, self.orig_pages)
        self.n_pages = self.orig_pages
        return self.end_write(keep_read)

    cdef int drop_dirty(self) noexcept nogil:
        cache_all_synced(&self.cache)
        while self.cache.dirty.lru_next != &self.cache.dirty:
            cache_remove(&self.cache, self.cache.dirty.lru_next)
        return 0

    cdef int undo_file(self) except -1 nogil:
        """Some changes are in the file already: puts the original pages back."""
        cache_clear(&self.cache)
        if self.journal.mode == JOURNAL_OFF:
            return 0                    # as SQLite: without a journal there is no way back
        if not self.journal.active:
            raise_named(b"SQLITE_IOERR", b"disk I/O error")
        play_back(self.journal, self.file, self.journal.synced, self.page_size)
        if self.sync_level != SYNC_OFF:
            self.file.sync()
        return 0

    cdef int abandon(self) noexcept nogil:
        """The rollback itself failed: leaves the journal for the next reader to play back, and forgets everything."""
        with gil:
            try:
                self.journal.close()
            except Exception:
                pass        # the error under way says more
        cache_clear(&self.cache)
        self.forget_undo(0)
        self.undo.n_savepoints = 0
        page_map_clear(&self.gone)
        page_set_clear(&self.discarded)
        self.in_write = False
        self.known_file = False
        self.n_pages = self.orig_pages
        self.quiet_unlock(0)
        return 0

    cdef int end_write(self, bint keep_read) except -1 nogil:
        self.in_write = False
        self.spilled = False
        self.forget_undo(0)
        self.undo.n_savepoints = 0
        page_map_clear(&self.gone)
        page_set_clear(&self.discarded)
        self.trim()
        return self.unlock(1 if keep_read else 0)

    # ---- settings

    cdef int set_cache_limit(self) noexcept nogil:
        self.cache_limit = self.count_pages(self.cache_pragma)
        self.write_limit = self.cache_limit
        if not self.cache_is_set:
            self.write_limit = max(self.cache_limit, <uint32_t>(WRITE_CACHE // (self.page_size + <int64_t>sizeof(Page))))
        return 0

    cdef uint32_t count_pages(self, int64_t n) noexcept nogil:
        """Pages of the cache that a pragma's number stands for: KiB when negative."""
        if n < 0:
            n = -n * 1024 // (self.page_size + <int64_t>sizeof(Page))
        return <uint32_t>max(<int64_t>MIN_CACHE, min(n, <int64_t>0x7fffffff))

    cdef int trim(self) noexcept nogil:
        """Evicts what is beyond the limit, outside a write transaction."""
        while not self.in_write and self.cache.n_pages > self.cache_limit and self.cache.idle.lru_prev != &self.cache.idle:
            cache_remove(&self.cache, self.cache.idle.lru_prev)
        return 0

    cdef int check_open(self) except -1 nogil:
        if self.is_closed:
            with gil:
                raise errors.ProgrammingError("Cannot operate on a closed database.")
        return 0

    def page_size_is_fixed(self):
        """Whether the database has pages. Before the first read transaction what the file's header says is taken, without a lock."""
        cdef uint8_t h[HEADER]
        cdef uint32_t page_size
        if self.known_file:
            return self.n_pages > 0
        self.file.read(0, h, HEADER)
        page_size = page_size_of(h)
        if page_size:
            cache_clear(&self.cache)
            self.take_page_size(page_size, h[20])
        return page_size > 0

    def set_page_size(self, uint32_t page_size, uint32_t reserved=0):
        """For a database that has no page yet."""
        if self.n_pages or self.in_write and self.cache.n_dirty:
            return
        if page_size < 512 or page_size > 65536 or page_size & (page_size - 1) or reserved > 255 or page_size - reserved < 480:
            raise ValueError("page_size is a power of two from 512 to 65536")
        self.take_page_size(page_size, reserved)

    @property
    def cache_size(self):
        """PRAGMA cache_size: pages when positive, KiB when negative."""
        return self.cache_pragma

    @cache_size.setter
    def cache_size(self, int64_t value):
        self.cache_pragma = max(min(value, 0x7fffffff), -0x7fffffff)
        self.cache_is_set = True
        self.set_cache_limit()
        self.trim()

    @property
    def cache_spill(self):
        """PRAGMA cache_spill: pages in the cache from which on changes are written before the commit, 0 for never."""
        return max(self.cache_limit, self.spill_from) if self.may_spill else 0

    def set_cache_spill(self, bint allowed, int64_t n_pages=0):
        """`n_pages` as cache_size: KiB when negative; 0 leaves the threshold as it is."""
        self.may_spill = allowed
        if n_pages:
            self.spill_from = self.count_pages(n_pages)

    @property
    def max_page_count(self):
        return self.max_pages

    @max_page_count.setter
    def max_page_count(self, int64_t n):
        self.max_pages = <uint32_t>max(min(n, <int64_t>MAX_PAGES), <int64_t>self.n_pages)

    @property
    def journal_size_limit(self):
        """PRAGMA journal_size_limit: bytes that a kept journal file may have, -1 for any number."""
        return -1 if self.journal is None else self.journal.size_limit

    @journal_size_limit.setter
    def journal_size_limit(self, int64_t n):
        if self.journal is not None:
            self.journal.size_limit = max(n, -1)

    def shrink(self):
        """Gives the memory of clean pages that nobody holds back."""
        if not self.is_memory:
            while self.cache.idle.lru_prev != &self.cache.idle:
                self.drop(self.cache.idle.lru_prev)

    @property
    def synchronous(self):
        """PRAGMA synchronous: 0 off, 1 normal, 2 full, 3 extra."""
        return self.sync_level

    @synchronous.setter
    def synchronous(self, int level):
        if not self.is_temp and not self.in_write:
            self.sync_level = max(0, min(3, level))

    @property
    def journal_mode(self):
        if self.is_memory:
            return "memory"
        return "wal" if self.wal is not None else JOURNAL_MODES[self.journal.mode]

    @journal_mode.setter
    def journal_mode(self, str mode):
        if mode == "wal":
            raise errors.not_supported("journal_mode=WAL")
        if mode not in JOURNAL_MODES or self.is_memory or self.is_temp or self.in_write or self.wal is not None:
            return
        self.journal.mode = JOURNAL_MODES.index(mode)

    @property
    def locking_mode(self):
        return "exclusive" if self.keep_locked or self.is_memory or self.is_temp else "normal"

    @locking_mode.setter
    def locking_mode(self, str mode):
        self.keep_locked = mode == "exclusive"

    @property
    def data_version(self):
        """Grows when another connection's commit is seen."""
        return self.data_changes + 1

    def stats(self):
        return {"cache_hits": self.n_hits, "cache_misses": self.n_misses, "page_reads": self.n_reads, "page_writes": self.n_writes,
                "spills": self.n_spills, "cached_pages": self.cache.n_pages, "dirty_pages": self.cache.n_dirty}

    def close(self):
        """Rolls an open transaction back and gives file and locks up; pinned pages stay readable."""
        if self.is_closed or self.cache.buckets == NULL:
            return
        self.keep_locked = False
        if self.gate is not None:
            self.gate.shut()
        try:
            if self.in_write:
                self.rollback(False)
        finally:
            self.is_closed = True
            self.n_pages = 0
            cache_clear(&self.cache)
            if self.wal is not None:
                self.wal.close()
            if self.journal is not None:
                self.journal.close()
            if self.file is not None:
                self.file.close()
            self.lock = 0
