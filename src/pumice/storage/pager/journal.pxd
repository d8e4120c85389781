"""Journal: the original content of changed pages, in SQLite's rollback journal format.

A journal is one or more segments, each starting at a multiple of the sector size:

    header   0  8  magic d9 d5 05 f9 20 a1 63 d7; zeros until the records below are known to be on disk
             8  4  n_records; 0xffffffff: all that the file holds (written without syncs)
            12  4  nonce of the checksums
            16  4  pages of the database when the transaction began
            20  4  sector size: records start there
            24  4  page size
    record   0  4  pgno
             4  P  content of the page when the transaction began
           4+P  4  checksum: nonce + content[P-200] + content[P-400] + ... (bytes, to the last index above 0)

Records are gathered in `buffer` and reach the file when it is full or at `sync`; a transaction that is rolled back
before that never makes a file. `sync` makes every record so far durable and begins the next segment when more may follow.

    IDLE -- begin --> OPEN -- append* --> sync (the database file may now be changed) --> finish (the commit) --> IDLE

Source: SQLite pager.c, writeJournalHdr, pager_cksum, syncJournal; file format, "The Rollback Journal".
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.storage.vfs.vfs cimport Vfs, VfsFile

cdef enum:
    JOURNAL_DELETE = 0
    JOURNAL_PERSIST = 1
    JOURNAL_OFF = 2
    JOURNAL_TRUNCATE = 3
    JOURNAL_MEMORY = 4
    JOURNAL_WAL = 5

cdef enum:
    SYNC_OFF = 0
    SYNC_NORMAL = 1
    SYNC_FULL = 2
    SYNC_EXTRA = 3

cdef enum:
    SECTOR_SIZE = 512          # bytes; what SQLite uses on a file system with power-safe overwrite
    JOURNAL_HEADER = 28        # bytes that carry meaning

cdef class Journal:
    cdef Vfs vfs
    cdef VfsFile file          # open between the first flush and finish
    cdef VfsFile db            # the database file, for mode and owner of the journal; None: defaults
    cdef bytes path            # absolute; b"" for a database without a journal file
    cdef const char* c_path    # borrowed from path
    cdef readonly int mode     # JOURNAL_*
    cdef int64_t size_limit    # bytes that a kept file (PERSIST) may have between transactions; -1: any number
    cdef readonly bint active  # a transaction's journal has begun
    cdef uint8_t* buffer       # owned: bytes [flushed, end) of the journal
    cdef int64_t capacity      # bytes of buffer
    cdef int64_t flushed       # journal offset of buffer[0]
    cdef int64_t end           # journal offset where the next record goes
    cdef int64_t header_at     # offset of the current segment's header
    cdef int64_t synced        # everything below this offset is durable and counted in a header
    cdef uint32_t n_records    # in the current segment
    cdef uint32_t nonce
    cdef uint32_t page_size
    cdef uint32_t orig_pages
    cdef bint no_sync
    cdef bint is_new           # the file was made by this transaction and its directory is not flushed yet
    cdef bint was_synced       # some sync happened in this transaction: the database file may have changed

    cdef int begin(self, uint32_t page_size, uint32_t orig_pages, bint no_sync) except -1 nogil
    cdef int64_t append(self, uint32_t pgno, const uint8_t* content) except -1 nogil   # offset of the record's content
    cdef int read(self, int64_t offset, uint8_t* out, size_t n) except -1 nogil
    cdef int sync(self, int level, bint more) except -1 nogil                          # more: records may follow
    cdef int finish(self, int level, bint committed) except -1 nogil
    cdef int close(self) except -1 nogil
    # private
    cdef int reserve(self, int64_t n) except -1 nogil
    cdef int flush(self) except -1 nogil
    cdef int put_header(self) except -1 nogil
    cdef int zero_header(self) except -1 nogil
    cdef int end_stale(self) except -1 nogil
    cdef int sync_file(self) except -1 nogil

cdef uint32_t journal_checksum(uint32_t nonce, const uint8_t* content, uint32_t page_size) noexcept nogil
cdef const uint8_t* journal_magic() noexcept nogil

cdef inline uint32_t get_u32(const uint8_t* p) noexcept nogil:
    return (<uint32_t>p[0] << 24) | (<uint32_t>p[1] << 16) | (<uint32_t>p[2] << 8) | p[3]

cdef inline void put_u32(uint8_t* p, uint32_t v) noexcept nogil:
    p[0] = v >> 24
    p[1] = (v >> 16) & 0xff
    p[2] = (v >> 8) & 0xff
    p[3] = v & 0xff
