"""UndoLog: what open savepoints need to go back: before-images of pages, newest last.

An entry is made when a page is changed for the first time since the newest savepoint was opened. Its image is a Page of its own, or,
when the rollback journal has just taken the very same content, an offset into that journal. Opening a savepoint is one push
of a small struct; nothing is copied until a page changes.

    savepoints   [ 0: log_top 0 ][ 1: log_top 3 ]
    entries      e0 e1 e2        | e3 e4            rolling back to 0 applies e4, e3, e2, e1, e0

Invariant: an entry's `seq` is the page's savepoint_seq before the change; on release, an entry whose `seq` is not older than
the enclosing savepoint is dropped, because an older entry for that page exists.
"""

from libc.stdint cimport int64_t, uint32_t
from pumice.storage.pager.page cimport Page

cdef struct UndoEntry:
    uint32_t pgno
    int64_t seq              # the page's savepoint_seq before the change
    Page* image              # owned through one pin; NULL when journal_at is used
    int64_t journal_at       # offset of the content in the rollback journal

cdef struct Savepoint:
    int64_t seq              # pages with an older savepoint_seq have no image in this savepoint
    uint32_t n_pages         # database size at the opening
    uint32_t log_top         # entries there were at the opening

cdef struct UndoLog:
    UndoEntry* entries       # owned
    uint32_t n_entries
    uint32_t entry_capacity
    Savepoint* savepoints    # owned
    uint32_t n_savepoints
    uint32_t savepoint_capacity

cdef int undo_push(UndoLog* log, uint32_t pgno, int64_t seq, Page* image, int64_t journal_at) except -1 nogil
cdef int undo_reserve(UndoLog* log) except -1 nogil            # makes the next undo_push one that cannot fail
cdef int undo_open(UndoLog* log, int64_t seq, uint32_t n_pages) except -1 nogil
cdef void undo_free(UndoLog* log) noexcept nogil               # the arrays only: entries must be gone
