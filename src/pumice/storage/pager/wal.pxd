"""WalReader: committed pages of a write-ahead log, as one read transaction sees them. See wal.pyx."""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.storage.vfs.vfs cimport Vfs, VfsFile

cdef class WalReader:
    cdef Vfs vfs
    cdef bytes wal_path
    cdef bytes shm_path
    cdef VfsFile file              # the -wal
    cdef VfsFile shm               # the -shm; closed when there is none
    cdef readonly uint32_t n_pages # database size after the last commit seen; 0 when the log holds none
    cdef readonly bint changed     # begin_read found another state of the log than the last one

    cdef int begin_read(self, uint32_t page_size) except -1 nogil      # 1 ready, 0 busy: try again
    cdef int end_read(self) except -1 nogil
    cdef uint32_t find(self, uint32_t pgno) noexcept nogil              # frame number, 0: the page is in the database file
    cdef int read_frame(self, uint32_t frame, uint8_t* out) except -1 nogil
    cdef int close(self) except -1 nogil
