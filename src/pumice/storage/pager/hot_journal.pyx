"""Hot journals: see hot_journal.pxd. Source: SQLite pager.c, hasHotJournal, sqlite3PagerSharedLock. Tests: tests/unit/pager/test_hot_journal.py"""

from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memset
from pumice.storage.pager.journal cimport JOURNAL_DELETE, SYNC_EXTRA, Journal
from pumice.storage.pager.pager cimport Pager
from pumice.storage.pager.playback cimport journal_is_orphan, play_back
from pumice.storage.vfs.vfs cimport OPEN_FALL_BACK, VfsFile

from pumice import errors


cdef int recover(Pager pager) except -1 nogil:
    with gil:
        return recover_file(pager)


cdef int recover_file(Pager pager) except -1:
    cdef uint8_t first = 0
    cdef Journal journal
    cdef VfsFile file
    cdef int64_t size
    if pager.file.check_reserved():
        return 1                      # its writer lives
    file = pager.vfs.new_file()
    try:
        try:
            file.open(pager.c_journal_path, OPEN_FALL_BACK, 0)
        except errors.OperationalError:
            if not pager.vfs.exists(pager.c_journal_path):
                return 1              # finished and deleted in between
            raise
        file.read(0, &first, 1)
        if first == 0:
            return 1                  # a finished journal of mode PERSIST
        if pager.read_only or file.read_only:
            raise errors.make("SQLITE_READONLY_ROLLBACK", "attempt to write a readonly database")
        if pager.file.size() == 0:
            # A journal without a database has nothing to restore; it was left when the database was deleted.
            if pager.file.lock_to(2):
                pager.vfs.remove(pager.c_journal_path, False)
                pager.file.unlock_to(1)
            return 1
        if not pager.file.lock_to(4):
            return 0
        # Nobody else can be at work now; look again, another connection may have been quicker.
        if not pager.vfs.exists(pager.c_journal_path):
            pager.file.unlock_to(1)
            return 1
        size = file.size()
        if not journal_is_orphan(pager.vfs, file, size):
            journal = Journal(pager.vfs, pager.journal_path, JOURNAL_DELETE)
            journal.file = file
            journal.flushed = size + 1
            if pager.sync_level:
                file.sync()
            play_back(journal, pager.file, size, pager.page_size)
            if pager.sync_level:
                pager.file.sync()
    finally:
        file.close()
    pager.vfs.remove(pager.c_journal_path, pager.sync_level >= SYNC_EXTRA)
    pager.file.unlock_to(1)
    memset(pager.file_version, 0xff, 16)
    pager.known_file = False
    return 1
