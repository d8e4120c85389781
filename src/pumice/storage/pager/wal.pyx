"""WalReader; see wal.pxd."""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcmp, memcpy, memset
from pumice.memory cimport mem_free, mem_realloc, mem_zalloc
from pumice.storage.pager.journal cimport get_u32
from pumice.storage.vfs.vfs cimport (OPEN_CREATE, OPEN_FALL_BACK, OPEN_READONLY, RANGE_EXCLUSIVE, RANGE_SHARED, RANGE_UNLOCK, Vfs,
                                     VfsFile)

from pumice import errors

cdef enum:
    LOG_HEADER = 32             # bytes
    FRAME_HEADER = 24           # bytes
    LOG_MAGIC = 0x377f0682      # + 1: big-endian checksums
    LOG_VERSION = 3007000
    INDEX_BYTES = 136           # of the -shm: both headers, checkpoint info, locks
    INDEX_HEADER = 48           # bytes
    BACKFILL_AT = 96
    MARKS_AT = 100
    N_SLOTS = 5
    SLOT_LOCK = 123             # lock byte of reader slot 0
    IN_USE_LOCK = 128           # every process that maps the -shm holds it shared


cdef uint32_t native_u32(const uint8_t* p) noexcept nogil:
    """The -shm is in the machine's byte order."""
    cdef uint32_t v
    memcpy(&v, p, 4)
    return v


cdef void checksum(bint big_endian, const uint8_t* p, uint32_t n, uint32_t* s1, uint32_t* s2) noexcept nogil:
    """Adds n bytes (a multiple of 8) to a running checksum."""
    cdef uint32_t a = s1[0], b = s2[0], i = 0
    if big_endian:
        while i < n:
            a += get_u32(p + i) + b
            b += get_u32(p + i + 4) + a
            i += 8
    else:
        while i < n:
            a += (<uint32_t>p[i] | <uint32_t>p[i + 1] << 8 | <uint32_t>p[i + 2] << 16 | <uint32_t>p[i + 3] << 24) + b
            b += (<uint32_t>p[i + 4] | <uint32_t>p[i + 5] << 8 | <uint32_t>p[i + 6] << 16 | <uint32_t>p[i + 7] << 24) + a
            i += 8
    s1[0] = a
    s2[0] = b


cdef bint index_is_valid(const uint8_t* index) noexcept nogil:
    """Both copies of the index header agree, are initialised and fit their checksum (native words)."""
    cdef uint32_t a = 0, b = 0, i = 0
    if memcmp(index, index + INDEX_HEADER, INDEX_HEADER) != 0 or index[12] == 0 or native_u32(index) != <uint32_t>LOG_VERSION:
        return False
    while i < 40:
        a += native_u32(index + i) + b
        b += native_u32(index + i + 4) + a
        i += 8
    return a == native_u32(index + 40) and b == native_u32(index + 44)


cdef class WalReader:
    def __cinit__(self, Vfs vfs, bytes path, uint32_t mode):
        self.pages = NULL
        self.map_pgno = NULL
        self.map_frame = NULL
        self.frame = NULL
        self.slot = -1
        self.vfs = vfs
        self.mode = mode
        self.wal_path = path + b"-wal"
        self.shm_path = path + b"-shm"
        self.c_wal_path = self.wal_path
        self.c_shm_path = self.shm_path
        self.file = vfs.new_file()
        self.shm = vfs.new_file()

    def __dealloc__(self):
        mem_free(self.pages)
        mem_free(self.map_pgno)
        mem_free(self.map_frame)
        mem_free(self.frame)

    cdef int begin_read(self, uint32_t page_size) except -1 nogil:
        """Needs SHARED on the database file, which keeps the last connection from deleting the log."""
        cdef uint32_t mx_frame = 0
        cdef int got
        cdef uint8_t old_salt[8]
        cdef uint8_t old_index[INDEX_HEADER]
        cdef uint32_t old_frames = self.n_frames
        memcpy(old_salt, self.salt, 8)
        memcpy(old_index, self.index, INDEX_HEADER)
        memset(self.index, 0, INDEX_HEADER)
        if page_size != self.page_size:
            self.forget()
            mem_free(self.frame)
            self.frame = NULL
            self.frame = <uint8_t*>mem_zalloc(page_size + FRAME_HEADER, 1)
            self.page_size = page_size
        if not self.vfs.exists(self.c_wal_path):
            # Nothing tells whether others wrote and checkpointed since the last time.
            self.forget()
            self.changed = True
            return 1
        if not self.file.is_current(self.c_wal_path) or not self.shm.is_current(self.c_shm_path):
            with gil:
                self.open_files()
        got = self.take_slot(&mx_frame)
        if got != 1:
            self.end_read()
            return 0
        self.scan(mx_frame)
        if native_u32(self.index + 16):
            # The index header of a log that is not empty names its state exactly: salt, frames, checksum.
            self.changed = memcmp(self.index, old_index, INDEX_HEADER) != 0
        else:
            self.changed = self.n_frames == 0 or self.n_frames != old_frames or memcmp(old_salt, self.salt, 8) != 0
        return 1

    cdef int open_files(self) except -1:
        """At first, and when the names were deleted and made again.

        Kept open otherwise: closing the -shm would drop the locks that an SQLite connection of this process holds on it.
        """
        self.close()
        self.file.open(self.c_wal_path, OPEN_READONLY, 0)
        try:
            self.shm.open(self.c_shm_path, OPEN_CREATE | OPEN_FALL_BACK, self.mode)
        except errors.OperationalError:
            pass            # neither there nor to be made: a directory nobody can write to
        return 0

    cdef int take_slot(self, uint32_t* mx_frame) except -1 nogil:
        """Holds a reader slot. 1: held, and frames up to mx_frame are to be used; else try again."""
        cdef uint8_t index[INDEX_BYTES]
        cdef uint8_t again[INDEX_BYTES]
        mx_frame[0] = <uint32_t>-1
        if not self.shm.is_open:
            return 1
        if not self.shm.is_locked(IN_USE_LOCK, 1):
            if not self.shm.lock_range(SLOT_LOCK + 1, 1, RANGE_SHARED):
                return 0
            self.slot = 1
            # Whoever came between the question and the lock may have set a mark for the slot: then the index counts.
            return not self.shm.is_locked(IN_USE_LOCK, 1)
        self.shm.read(0, index, INDEX_BYTES)
        if not index_is_valid(index):
            return 0            # being recovered or written right now
        memcpy(self.index, index, INDEX_HEADER)
        mx_frame[0] = native_u32(index + 16)
        if mx_frame[0] == native_u32(index + BACKFILL_AT):
            # All of it is in the database file: slot 0 lets others restart the log meanwhile, so the log is not read at all.
            if not self.shm.lock_range(SLOT_LOCK, 1, RANGE_SHARED):
                return 0
            self.slot = 0
            self.shm.read(0, again, INDEX_BYTES)
            if memcmp(index, again, INDEX_HEADER) != 0:
                return 0
            mx_frame[0] = 0
            return 1
        if not self.take_marked_slot(index):
            return 0
        self.shm.read(0, again, INDEX_BYTES)
        return (memcmp(index, again, INDEX_HEADER) == 0
                and native_u32(again + MARKS_AT + 4 * self.slot) <= mx_frame[0])

    cdef int take_marked_slot(self, const uint8_t* index) except -1 nogil:
        """Holds a slot above 0 whose mark is as high as can be, at most mxFrame."""
        cdef uint32_t mx_frame = native_u32(index + 16)
        cdef uint32_t mark, best = 0
        cdef int i, chosen = 0
        for i in range(1, N_SLOTS):
            mark = native_u32(index + MARKS_AT + 4 * i)
            if mark <= mx_frame and mark >= best:
                best = mark
                chosen = i
        if (best < mx_frame or chosen == 0) and not self.shm.read_only:
            for i in range(1, N_SLOTS):
                if self.shm.lock_range(SLOT_LOCK + i, 1, RANGE_EXCLUSIVE):
                    self.shm.write(MARKS_AT + 4 * i, <const uint8_t*>&mx_frame, 4)
                    chosen = i
                    best = mx_frame
                    self.slot = i            # from exclusive to shared without a gap
                    break
        if chosen == 0 or not self.shm.lock_range(SLOT_LOCK + chosen, 1, RANGE_SHARED):
            return 0
        self.slot = chosen
        return 1

    cdef int end_read(self) except -1 nogil:
        if self.slot >= 0:
            self.shm.lock_range(SLOT_LOCK + self.slot, 1, RANGE_UNLOCK)
            self.slot = -1
        return 0

    cdef int close(self) except -1 nogil:
        self.slot = -1               # closing the file drops the lock
        self.shm.close()
        self.file.close()
        return 0

    # ---- the map

    cdef int scan(self, uint32_t mx_frame) except -1 nogil:
        """Extends the map to the last commit at or below mx_frame."""
        cdef uint32_t n, pgno, s1, s2
        cdef int64_t at
        if mx_frame == 0 or not self.read_log_header():
            self.forget()
            return 0
        if self.n_frames > mx_frame:
            self.forget()
            self.read_log_header()
        n = self.n_frames
        s1 = self.sum1
        s2 = self.sum2
        while n < mx_frame:
            at = LOG_HEADER + <int64_t>n * (self.page_size + FRAME_HEADER)
            if self.file.read(at, self.frame, self.page_size + FRAME_HEADER) < self.page_size + FRAME_HEADER:
                break
            pgno = get_u32(self.frame)
            if pgno == 0 or memcmp(self.frame + 8, self.salt, 8) != 0:
                break
            checksum(self.big_endian, self.frame, 8, &s1, &s2)
            checksum(self.big_endian, self.frame + FRAME_HEADER, self.page_size, &s1, &s2)
            if s1 != get_u32(self.frame + 16) or s2 != get_u32(self.frame + 20):
                break
            if n == self.capacity:
                self.pages = <uint32_t*>mem_realloc(self.pages, max(64, self.capacity * 2), sizeof(uint32_t))
                self.capacity = max(64, self.capacity * 2)
            self.pages[n] = pgno
            n += 1
            if get_u32(self.frame + 4):
                self.commit_frames(self.n_frames, n)
                self.n_frames = n
                self.n_pages = get_u32(self.frame + 4)
                self.sum1 = s1
                self.sum2 = s2
        if mx_frame != <uint32_t>-1 and self.n_frames < mx_frame:
            # The index promises more than the log holds.
            with gil:
                raise errors.corrupt("frames missing in the write-ahead log")
        return 0

    cdef int read_log_header(self) except -1 nogil:
        """0 when the log is empty; forgets the map when this is another log than the last one seen."""
        cdef uint8_t h[LOG_HEADER]
        cdef uint32_t magic, a = 0, b = 0
        if self.file.read(0, h, LOG_HEADER) < LOG_HEADER:
            return 0
        magic = get_u32(h)
        if (magic | 1) != <uint32_t>LOG_MAGIC + 1 or get_u32(h + 4) != <uint32_t>LOG_VERSION or get_u32(h + 8) != self.page_size:
            return 0
        checksum(magic & 1, h, 24, &a, &b)
        if a != get_u32(h + 24) or b != get_u32(h + 28):
            return 0
        if self.n_frames == 0 or memcmp(self.salt, h + 16, 8) != 0 or self.big_endian != <bint>(magic & 1):
            self.forget()
            memcpy(self.salt, h + 16, 8)
            self.big_endian = magic & 1
            self.sum1 = a
            self.sum2 = b
        return 1

    cdef void forget(self) noexcept nogil:
        self.n_frames = 0
        self.n_pages = 0
        self.n_mapped = 0
        memset(self.salt, 0, 8)
        if self.map_size:
            memset(self.map_pgno, 0, self.map_size * sizeof(uint32_t))

    cdef int commit_frames(self, uint32_t first, uint32_t last) except -1 nogil:
        cdef uint32_t i
        for i in range(first, last):
            self.put(self.pages[i], i + 1)
        return 0

    cdef int put(self, uint32_t pgno, uint32_t frame) except -1 nogil:
        cdef uint32_t at, i
        cdef uint32_t old_size = self.map_size
        cdef uint32_t* old_pgno = self.map_pgno
        cdef uint32_t* old_frame = self.map_frame
        if (self.n_mapped + 1) * 2 > self.map_size:
            self.map_pgno = <uint32_t*>mem_zalloc(max(128, old_size * 2), sizeof(uint32_t))
            self.map_frame = <uint32_t*>mem_zalloc(max(128, old_size * 2), sizeof(uint32_t))
            self.map_size = max(128, old_size * 2)
            self.n_mapped = 0
            for i in range(old_size):
                if old_pgno[i]:
                    self.put(old_pgno[i], old_frame[i])
            mem_free(old_pgno)
            mem_free(old_frame)
        at = (pgno * <uint32_t>0x9E3779B1) & (self.map_size - 1)
        while self.map_pgno[at] and self.map_pgno[at] != pgno:
            at = (at + 1) & (self.map_size - 1)
        if self.map_pgno[at] == 0:
            self.map_pgno[at] = pgno
            self.n_mapped += 1
        self.map_frame[at] = frame
        return 0

    cdef uint32_t find(self, uint32_t pgno) noexcept nogil:
        cdef uint32_t at
        if self.n_mapped == 0:
            return 0
        at = (pgno * <uint32_t>0x9E3779B1) & (self.map_size - 1)
        while self.map_pgno[at]:
            if self.map_pgno[at] == pgno:
                return self.map_frame[at]
            at = (at + 1) & (self.map_size - 1)
        return 0

    cdef int read_frame(self, uint32_t frame, uint8_t* out) except -1 nogil:
        self.file.read(LOG_HEADER + <int64_t>(frame - 1) * (self.page_size + FRAME_HEADER) + FRAME_HEADER, out, self.page_size)
        return 0
