"""MemoryVfs: named files in memory that the connections of one process share through one MemoryVfs object.

Locks follow the same five states as files on disk. Names and inodes are looked up under the GIL, which also makes the lock
counts safe across threads. A private in-memory database has no file at all: see pager.pyx.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memset
from pumice.memory cimport mem_free, mem_realloc
from pumice.storage.vfs.vfs cimport OPEN_CREATE, OPEN_READONLY, Vfs, VfsFile

from pumice import errors

cdef enum:
    SHARED = 1
    RESERVED = 2
    PENDING = 3
    EXCLUSIVE = 4


cdef class MemoryInode:
    """The content of one file."""

    def __cinit__(self):
        self.content = NULL
        self.reserved = NULL
        self.pending = NULL

    def __dealloc__(self):
        mem_free(self.content)

    cdef int resize(self, int64_t length) except -1 nogil:
        cdef int64_t capacity = self.capacity
        if length > capacity:
            capacity = max(length, capacity + capacity // 2, 4096)
            self.content = <uint8_t*>mem_realloc(self.content, capacity, 1)
            self.capacity = capacity
        if length > self.length:
            memset(self.content + self.length, 0, length - self.length)
        self.length = length
        return 0


cdef class MemoryFile(VfsFile):
    cdef int open(self, const char* path, int flags, uint32_t mode) except -1 nogil:
        with gil:
            self.attach(<bytes>path, flags)
        self.is_open = True
        self.opened_size = self.inode.length
        self.read_only = (flags & OPEN_READONLY) != 0
        self.lock_level = 0
        return 0

    cdef int attach(self, bytes path, int flags) except -1:
        self.inode = self.vfs.inodes.get(path)
        if self.inode is None:
            if not flags & OPEN_CREATE:
                raise errors.make("SQLITE_CANTOPEN", "unable to open database file")
            self.inode = self.vfs.inodes[path] = MemoryInode()
        return 0

    cdef int64_t read(self, int64_t offset, uint8_t* buf, size_t n) except -1 nogil:
        cdef int64_t got = self.inode.length - offset
        if got < 0:
            got = 0
        if got > <int64_t>n:
            got = n
        if got:
            memcpy(buf, self.inode.content + offset, got)
        memset(buf + got, 0, n - got)
        return got

    cdef int write(self, int64_t offset, const uint8_t* buf, size_t n) except -1 nogil:
        if offset + <int64_t>n > self.inode.length:
            self.inode.resize(offset + <int64_t>n)
        memcpy(self.inode.content + offset, buf, n)
        return 0

    cdef int truncate(self, int64_t size) except -1 nogil:
        return self.inode.resize(size)

    cdef int sync(self) except -1 nogil:
        return 0

    cdef int64_t size(self) except -1 nogil:
        return self.inode.length

    cdef int lock_to(self, int level) except -1 nogil:
        with gil:
            if self.lock_level >= level:
                return 1
            if self.lock_level == 0:
                if self.inode.pending != NULL:
                    return 0
                self.inode.n_shared += 1
                self.lock_level = SHARED
            if level == SHARED:
                return 1
            if level == RESERVED:
                if self.inode.reserved != NULL or self.inode.pending != NULL:
                    return 0
                self.inode.reserved = <void*>self
                self.lock_level = RESERVED
                return 1
            if self.lock_level < PENDING:
                if self.inode.pending != NULL:
                    return 0
                self.inode.pending = <void*>self
                self.lock_level = PENDING
            if level == EXCLUSIVE:
                if self.inode.n_shared > 1:
                    return 0
                self.lock_level = EXCLUSIVE
            return 1

    cdef int unlock_to(self, int level) except -1 nogil:
        with gil:
            if self.lock_level <= level:
                return 0
            if self.inode.pending == <void*>self and level < PENDING:
                self.inode.pending = NULL
            if self.inode.reserved == <void*>self and level < RESERVED:
                self.inode.reserved = NULL
            if level == 0:
                self.inode.n_shared -= 1
            self.lock_level = level
            return 0

    cdef int check_reserved(self) except -1 nogil:
        return ((self.inode.reserved != NULL and self.inode.reserved != <void*>self)
                or (self.inode.pending != NULL and self.inode.pending != <void*>self))

    cdef int lock_range(self, int64_t start, int64_t length, int kind) except -1 nogil:
        return 1

    cdef int is_locked(self, int64_t start, int64_t length) except -1 nogil:
        return 0

    cdef int close(self) noexcept nogil:
        with gil:
            if self.is_open:
                if self.lock_level:
                    if self.inode.pending == <void*>self:
                        self.inode.pending = NULL
                    if self.inode.reserved == <void*>self:
                        self.inode.reserved = NULL
                    self.inode.n_shared -= 1
                    self.lock_level = 0
                self.inode = None
                self.is_open = False
        return 0


cdef class MemoryVfs(Vfs):
    """A file system in memory."""

    def __cinit__(self):
        self.inodes = {}

    def content(self, bytes path):
        """The bytes of a file, for tests."""
        cdef MemoryInode inode = self.inodes[path]
        return (<char*>inode.content)[:inode.length]

    cdef VfsFile new_file(self):
        cdef MemoryFile file = MemoryFile()
        file.vfs = self
        return file

    cdef int exists(self, const char* path) except -1 nogil:
        with gil:
            return self.has(<bytes>path)

    cdef int has(self, bytes path) except -1:
        cdef MemoryInode inode = self.inodes.get(path)
        return inode is not None and inode.length > 0

    cdef int remove(self, const char* path, bint sync_dir) except -1 nogil:
        with gil:
            self.inodes.pop(<bytes>path, None)
        return 0

    cdef int sync_dir(self, const char* path) except -1 nogil:
        return 0
