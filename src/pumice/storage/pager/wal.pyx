"""WalReader: the committed frames of a -wal file."""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.storage.vfs.vfs cimport Vfs, VfsFile

from pumice import errors


cdef class WalReader:
    def __cinit__(self, Vfs vfs, bytes path):
        self.vfs = vfs
        self.wal_path = path + b"-wal"
        self.shm_path = path + b"-shm"

    cdef int begin_read(self, uint32_t page_size) except -1 nogil:
        with gil:
            if self.vfs.exists(self.wal_path):
                raise errors.not_supported("reading a database in WAL mode")
        return 1

    cdef int end_read(self) except -1 nogil:
        return 0

    cdef uint32_t find(self, uint32_t pgno) noexcept nogil:
        return 0

    cdef int read_frame(self, uint32_t frame, uint8_t* out) except -1 nogil:
        return 0

    cdef int close(self) except -1 nogil:
        return 0
