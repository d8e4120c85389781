"""Journal; see journal.pxd. Playing one back is playback.pyx."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from pumice.memory cimport mem_free, mem_realloc
from pumice.storage.vfs.vfs cimport OPEN_CREATE, OPEN_JOURNAL, Vfs

cdef enum:
    FIRST_BUFFER = 1 << 15      # bytes: a small transaction's journal is one write
    FULL_BUFFER = 1 << 18       # bytes: then it is written out


cdef const uint8_t* journal_magic() noexcept nogil:
    return <const uint8_t*>b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"


cdef uint32_t journal_checksum(uint32_t nonce, const uint8_t* content, uint32_t page_size) noexcept nogil:
    cdef int64_t i = <int64_t>page_size - 200
    while i > 0:
        nonce += content[i]
        i -= 200
    return nonce


cdef uint32_t new_nonce(uint32_t last) noexcept nogil:
    """A number that a stale record of an earlier journal in the same place is unlikely to have used."""
    cdef timespec now
    cdef uint64_t x
    clock_gettime(CLOCK_MONOTONIC, &now)
    x = <uint64_t>now.tv_nsec * 0x9E3779B97F4A7C15ULL + <uint64_t>now.tv_sec + last
    x = (x ^ (x >> 29)) * 0xBF58476D1CE4E5B9ULL
    return <uint32_t>(x >> 32)


cdef class Journal:
    def __cinit__(self, Vfs vfs, bytes path, int mode):
        self.buffer = NULL
        self.vfs = vfs
        self.path = path
        self.c_path = path
        self.mode = mode
        self.size_limit = -1
        self.file = None if vfs is None else vfs.new_file()

    def __dealloc__(self):
        mem_free(self.buffer)

    cdef int begin(self, uint32_t page_size, uint32_t orig_pages, bint no_sync) except -1 nogil:
        self.page_size = page_size
        self.orig_pages = orig_pages
        self.no_sync = no_sync
        self.flushed = 0
        self.end = 0
        self.synced = 0
        self.was_synced = False
        self.active = True
        return self.put_header()

    cdef int put_header(self) except -1 nogil:
        """Begins a segment at the next sector boundary; magic and count stay zero until sync."""
        cdef int64_t at = (self.end + SECTOR_SIZE - 1) // SECTOR_SIZE * SECTOR_SIZE
        cdef uint8_t* h
        self.reserve(at + SECTOR_SIZE - self.end)
        memset(self.buffer + (self.end - self.flushed), 0, at + SECTOR_SIZE - self.end)
        h = self.buffer + (at - self.flushed)
        self.nonce = new_nonce(self.nonce)
        self.n_records = 0
        if self.no_sync:
            memcpy(h, journal_magic(), 8)
            put_u32(h + 8, 0xffffffff)
        put_u32(h + 12, self.nonce)
        put_u32(h + 16, self.orig_pages)
        put_u32(h + 20, SECTOR_SIZE)
        put_u32(h + 24, self.page_size)
        self.header_at = at
        self.end = at + SECTOR_SIZE
        return 0

    cdef int reserve(self, int64_t n) except -1 nogil:
        """Room for n more bytes in the buffer."""
        cdef int64_t used = self.end - self.flushed
        cdef int64_t capacity = self.capacity
        if used + n <= capacity:
            return 0
        if self.mode != JOURNAL_MEMORY and used and used + n > FULL_BUFFER:
            self.flush()
            used = 0
        if used + n > capacity:
            capacity = max(FIRST_BUFFER, capacity)
            while capacity < used + n:
                capacity *= 2
            self.buffer = <uint8_t*>mem_realloc(self.buffer, capacity, 1)
            self.capacity = capacity
        return 0

    cdef int64_t append(self, uint32_t pgno, const uint8_t* content) except -1 nogil:
        cdef uint8_t* p
        cdef int64_t at
        self.reserve(self.page_size + 8)
        p = self.buffer + (self.end - self.flushed)
        at = self.end + 4
        put_u32(p, pgno)
        memcpy(p + 4, content, self.page_size)
        put_u32(p + 4 + self.page_size, journal_checksum(self.nonce, content, self.page_size))
        self.end += self.page_size + 8
        self.n_records += 1
        return at

    cdef int flush(self) except -1 nogil:
        """Writes the buffer to the file, making the file first if need be."""
        if self.mode == JOURNAL_MEMORY or self.end == self.flushed:
            return 0
        if not self.file.is_open:
            self.file.open(self.c_path, OPEN_CREATE | OPEN_JOURNAL, 0 if self.db is None else self.db.mode)
            self.is_new = self.file.opened_size == 0
            if self.is_new and self.db is not None:
                self.file.own_like(self.db)
        self.file.write(self.flushed, self.buffer, self.end - self.flushed)
        self.flushed = self.end
        return 0

    cdef int read(self, int64_t offset, uint8_t* out, size_t n) except -1 nogil:
        """Bytes of the journal as appended, from the file or the buffer (a record is never split between them)."""
        if offset >= self.flushed:
            memcpy(out, self.buffer + (offset - self.flushed), n)
        else:
            self.file.read(offset, out, n)
        return 0

    cdef int sync(self, int level, bint more) except -1 nogil:
        """Makes the records so far such that a crash from here on rolls them back.

        SQLite's order: records, [FULL: sync], magic and count, sync. The count must not be durable before the records.
        """
        cdef uint8_t head[12]
        cdef uint8_t stale[8]
        if self.n_records == 0 and self.was_synced:
            return 0
        if self.mode == JOURNAL_OFF:
            return 0
        memcpy(head, journal_magic(), 8)
        put_u32(head + 8, self.n_records)
        if self.mode != JOURNAL_MEMORY:
            if self.no_sync:
                self.flush()
            elif level < SYNC_FULL and self.header_at >= self.flushed:
                # One sync for records and count, so one write too.
                memcpy(self.buffer + (self.header_at - self.flushed), head, 12)
                self.flush()
                self.end_stale()
                self.sync_file()
            else:
                self.flush()
                self.end_stale()
                if level >= SYNC_FULL:
                    self.sync_file()
                self.file.write(self.header_at, head, 12)
                self.sync_file()
        else:
            memcpy(self.buffer + self.header_at, head, 12)
        self.was_synced = True
        self.synced = self.end
        if more:
            if self.no_sync and self.mode != JOURNAL_MEMORY:
                return 0            # one segment "to the end of the file" holds whatever follows
            self.put_header()
        return 0

    cdef int sync_file(self) except -1 nogil:
        self.file.sync()
        if self.is_new:
            # The name must survive a crash as well as the content.
            self.vfs.sync_dir(self.c_path)
            self.is_new = False
        return 0

    cdef int end_stale(self) except -1 nogil:
        """A kept file (PERSIST) may hold an old segment just where ours ends: playback would go on into it."""
        cdef uint8_t magic[8]
        cdef int64_t offset = (self.end + SECTOR_SIZE - 1) // SECTOR_SIZE * SECTOR_SIZE
        if offset >= self.file.opened_size:
            return 0
        if self.file.read(offset, magic, 8) == 8 and memcmp(magic, journal_magic(), 8) == 0:
            magic[0] = 0
            self.file.write(offset, magic, 1)
        return 0

    cdef int finish(self, int level, bint committed) except -1 nogil:
        """The journal's transaction is over; on a commit this is the moment it becomes durable."""
        cdef int64_t size = self.flushed
        self.active = False
        self.was_synced = False
        self.end = 0
        self.flushed = 0
        if self.capacity > FULL_BUFFER:
            mem_free(self.buffer)
            self.buffer = NULL
            self.capacity = 0
        if self.file is None or not self.file.is_open:
            return 0
        if self.mode == JOURNAL_TRUNCATE:
            self.file.truncate(0)
            if level >= SYNC_FULL:
                self.file.sync()
            self.file.close()
        elif self.mode == JOURNAL_PERSIST:
            size = max(self.file.opened_size, size)
            self.zero_header()
            if 0 <= self.size_limit < size:
                self.file.truncate(self.size_limit)
            # Not kept open: another connection may delete the name, and ours would write into a file nobody finds.
            self.file.close()
        else:
            self.file.close()
            self.vfs.remove(self.c_path, level >= SYNC_EXTRA)
        return 0

    cdef int zero_header(self) except -1 nogil:
        cdef uint8_t zeros[JOURNAL_HEADER]
        memset(zeros, 0, JOURNAL_HEADER)
        self.file.write(0, zeros, JOURNAL_HEADER)
        if not self.no_sync:
            self.file.sync()
        return 0

    cdef int close(self) except -1 nogil:
        if self.file is not None and self.file.is_open:
            self.file.close()
        return 0
