"""See memory.pyx."""

from libc.stdint cimport int64_t, uint8_t
from pumice.storage.vfs.vfs cimport Vfs, VfsFile

cdef class MemoryInode:
    cdef uint8_t* content    # owned, `capacity` bytes
    cdef int64_t length      # bytes
    cdef int64_t capacity    # bytes
    cdef int n_shared        # files that hold SHARED or more
    cdef void* reserved      # borrowed: the MemoryFile that holds RESERVED, or NULL
    cdef void* pending       # borrowed: the one that holds PENDING or EXCLUSIVE, or NULL
    cdef int resize(self, int64_t length) except -1 nogil

cdef class MemoryVfs(Vfs):
    cdef readonly dict inodes     # path -> MemoryInode
    cdef int has(self, bytes path) except -1

cdef class MemoryFile(VfsFile):
    cdef MemoryInode inode
    cdef MemoryVfs vfs
    cdef int attach(self, bytes path, int flags) except -1
