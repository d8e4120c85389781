"""See posix.pyx."""

from posix.types cimport dev_t, gid_t, ino_t, uid_t
from pumice.storage.vfs.vfs cimport Vfs, VfsFile

cdef class PosixFile(VfsFile):
    cdef uid_t owner
    cdef gid_t group
    cdef dev_t device
    cdef ino_t inode
    cdef int fd              # owned; -1 when closed

cdef class PosixVfs(Vfs):
    pass
