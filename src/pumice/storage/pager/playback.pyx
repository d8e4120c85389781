"""Play back: put the before-images of a rollback journal into the database file.

Stops, as SQLite does and without an error, at the first thing that a crash may have left half-written: a header without magic, a
record cut short, a checksum that does not fit. Everything before it is applied: the writer made it durable before it
touched the database. A journal that names a super-journal which is gone belongs to a transaction that committed: not to be applied.
Source: SQLite pager.c, pager_playback, readJournalHdr, pager_playback_one_page, readSuperJournal.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcmp
from pumice.memory cimport mem_alloc, mem_free
from pumice.storage.pager.journal cimport JOURNAL_HEADER, SECTOR_SIZE, Journal, get_u32, journal_checksum, journal_magic
from pumice.storage.vfs.vfs cimport PENDING_BYTE, Vfs, VfsFile

cdef enum:
    ALL_RECORDS = 0xffffffff
    MAX_SUPER_NAME = 4096       # bytes


cdef int64_t play_back(Journal journal, VfsFile db, int64_t size, uint32_t page_size) except -1 nogil:
    """Applies the first `size` bytes of `journal`; returns the pages of the restored database, or -2 when there was no valid header."""
    cdef uint8_t header[JOURNAL_HEADER]
    cdef uint8_t* record = NULL
    cdef int64_t at = 0, n_pages = -2, have
    cdef uint32_t sector = SECTOR_SIZE, n_records, nonce, pgno, i
    cdef bint torn = False
    try:
        while not torn:
            at = (at + sector - 1) // sector * sector
            if at + sector > size:
                break
            journal.read(at, header, JOURNAL_HEADER)
            if memcmp(header, journal_magic(), 8) != 0:
                break
            n_records = get_u32(header + 8)
            nonce = get_u32(header + 12)
            if at == 0:
                sector = get_u32(header + 20)
                if get_u32(header + 24):
                    page_size = get_u32(header + 24)
                if (page_size < 512 or page_size > 65536 or page_size & (page_size - 1)
                        or sector < 32 or sector > 65536 or sector & (sector - 1)):
                    break
                n_pages = get_u32(header + 16)
                record = <uint8_t*>mem_alloc(page_size + 8, 1)
                have = db.size()
                if have != n_pages * page_size:
                    db.truncate(n_pages * page_size)
            at += sector
            if n_records == ALL_RECORDS:
                n_records = <uint32_t>((size - at) // (page_size + 8))
            for i in range(n_records):
                if at + page_size + 8 > size:
                    torn = True
                    break
                journal.read(at, record, page_size + 8)
                at += page_size + 8
                pgno = get_u32(record)
                if pgno == 0 or pgno == PENDING_BYTE // page_size + 1:
                    torn = True
                    break
                if get_u32(record + 4 + page_size) != journal_checksum(nonce, record + 4, page_size):
                    torn = True
                    break
                if pgno <= n_pages:
                    db.write(<int64_t>(pgno - 1) * page_size, record + 4, page_size)
    finally:
        mem_free(record)
    return n_pages


cdef int journal_is_orphan(Vfs vfs, VfsFile journal, int64_t size) except -1 nogil:
    """1 when the journal names a super-journal that no longer exists: its transaction was committed in all databases.

    The name stands at the end: name, length (4), sum of its bytes (4), magic (8).
    """
    cdef uint8_t tail[16]
    cdef char name[MAX_SUPER_NAME + 1]
    cdef uint32_t n, total = 0, i
    if size < 16:
        return 0
    journal.read(size - 16, tail, 16)
    n = get_u32(tail)
    if memcmp(tail + 8, journal_magic(), 8) != 0 or n == 0 or n > MAX_SUPER_NAME or <int64_t>n > size - 16:
        return 0
    journal.read(size - 16 - n, <uint8_t*>name, n)
    for i in range(n):
        total += <uint32_t><int>(<signed char>name[i])
    if total != get_u32(tail + 4):
        return 0
    name[n] = 0
    return not vfs.exists(name)
