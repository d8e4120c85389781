"""UndoLog; see undo.pxd. Applying it is pager.pyx."""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memset
from pumice.memory cimport mem_free, mem_realloc
from pumice.storage.pager.page cimport Page


cdef int undo_reserve(UndoLog* log) except -1 nogil:
    cdef uint32_t capacity
    if log.n_entries == log.entry_capacity:
        capacity = log.entry_capacity * 2 if log.entry_capacity else 16
        log.entries = <UndoEntry*>mem_realloc(log.entries, capacity, sizeof(UndoEntry))
        log.entry_capacity = capacity
    return 0


cdef int undo_push(UndoLog* log, uint32_t pgno, int64_t seq, Page* image, int64_t journal_at) except -1 nogil:
    cdef UndoEntry* entry
    undo_reserve(log)
    entry = &log.entries[log.n_entries]
    entry.pgno = pgno
    entry.seq = seq
    entry.image = image
    entry.journal_at = journal_at
    log.n_entries += 1
    return 0


cdef int undo_open(UndoLog* log, int64_t seq, uint32_t n_pages) except -1 nogil:
    cdef uint32_t capacity
    cdef Savepoint* sp
    if log.n_savepoints == log.savepoint_capacity:
        capacity = log.savepoint_capacity * 2 if log.savepoint_capacity else 8
        log.savepoints = <Savepoint*>mem_realloc(log.savepoints, capacity, sizeof(Savepoint))
        log.savepoint_capacity = capacity
    sp = &log.savepoints[log.n_savepoints]
    sp.seq = seq
    sp.n_pages = n_pages
    sp.log_top = log.n_entries
    log.n_savepoints += 1
    return 0


cdef void undo_free(UndoLog* log) noexcept nogil:
    mem_free(log.entries)
    mem_free(log.savepoints)
    memset(log, 0, sizeof(UndoLog))
