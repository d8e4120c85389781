"""See posix.pyx."""

from pumice.storage.vfs.vfs cimport Vfs, VfsFile

cdef class PosixFile(VfsFile):
    cdef int fd              # owned; -1 when closed

cdef class PosixVfs(Vfs):
    pass
