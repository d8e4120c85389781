"""Playing a rollback journal back into the database file. See playback.pyx."""

from libc.stdint cimport int64_t, uint32_t
from pumice.storage.pager.journal cimport Journal
from pumice.storage.vfs.vfs cimport Vfs, VfsFile

cdef int64_t play_back(Journal journal, VfsFile db, int64_t size, uint32_t page_size) except -1 nogil
cdef int journal_is_orphan(Vfs vfs, VfsFile journal, int64_t size) except -1 nogil
