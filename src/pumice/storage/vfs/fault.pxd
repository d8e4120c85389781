"""See fault.pyx."""

from libc.stdint cimport int64_t
from pumice.storage.vfs.memory cimport MemoryFile, MemoryVfs
from pumice.storage.vfs.vfs cimport Vfs, VfsFile

cdef class FaultVfs(Vfs):
    cdef MemoryVfs disk                  # what a running system sees
    cdef dict durable                    # path -> bytes that survive a power cut for certain
    cdef dict pending                    # path -> operations since the last sync, in order
    cdef dict lost_names                 # removed path -> its durable bytes: the removal is not flushed yet
    cdef set new_names                   # created and not flushed yet
    cdef public int64_t calls            # file system calls so far
    cdef public int64_t fail_at          # number of the call that fails; 0 none
    cdef public bint fail_on             # all later calls fail too: the machine is gone
    cdef public str fail_name            # result code of the failure
    cdef public list trace               # names of the calls
    cdef int count(self, str what) except -1
    cdef int note(self, bytes path, tuple operation) except -1
    cdef int note_sync(self, bytes path) except -1

cdef class FaultFile(VfsFile):
    cdef FaultVfs vfs
    cdef MemoryFile inner
    cdef bytes path
    cdef int open_inner(self, const char* path, int flags) except -1
