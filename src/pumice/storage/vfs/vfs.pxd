"""Vfs: the few calls the pager makes to a file system, so that files can also live in memory or fail on purpose in tests.

    Vfs       names: make file objects, test whether a name exists, delete, flush a directory
    VfsFile   one open file: positioned reads and writes, sync, size, SQLite's five lock states, byte-range locks (for -shm)

A file is locked through bytes just past 1 GiB, as SQLite does (os.h):

    PENDING   0x40000000          a writer waits: no new readers
    RESERVED  0x40000001          one writer prepares; readers go on
    SHARED    0x40000002 +510     readers hold it shared, a committing writer exclusively

Calls run with or without the GIL and raise through `errors.make`. A VfsFile belongs to one connection.
Implementations: posix.pyx, memory.pyx, fault.pyx (tests).  Source: SQLite os.h, os_unix.c.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t

cdef enum:
    PENDING_BYTE = 0x40000000
    RESERVED_BYTE = 0x40000001
    SHARED_FIRST = 0x40000002
    SHARED_SIZE = 510

cdef enum:
    # VfsFile.open flags
    OPEN_CREATE = 1          # make the file when it is missing
    OPEN_READONLY = 2
    OPEN_FALL_BACK = 4       # open for reading only when writing is not permitted
    OPEN_JOURNAL = 8         # do not follow a symbolic link, give the file the mode passed
    OPEN_EXCLUSIVE = 16      # with OPEN_CREATE: an error when the file is there already

cdef enum:
    # VfsFile.lock_range kinds
    RANGE_UNLOCK = 0
    RANGE_SHARED = 1
    RANGE_EXCLUSIVE = 2

cdef class VfsFile:
    cdef readonly int lock_level         # LOCK_* of pager.pxd that this file object holds
    cdef readonly bint is_open
    cdef readonly bint read_only
    cdef readonly int64_t opened_size    # bytes the file had when it was opened
    cdef readonly uint32_t mode          # permission bits of the file, for its journal; 0 when unknown

    cdef int open(self, const char* path, int flags, uint32_t mode) except -1 nogil
    cdef int64_t read(self, int64_t offset, uint8_t* buf, size_t n) except -1 nogil     # bytes there were; the rest of buf is zeroed
    cdef uint32_t read_pieces(self, int64_t offset, uint8_t** pieces, uint32_t n, size_t size) noexcept nogil   # how many of `size` bytes could
                                                                                        # be read whole at once: none when `read` has to tell why
    cdef int write(self, int64_t offset, const uint8_t* buf, size_t n) except -1 nogil
    cdef int write_pieces(self, int64_t offset, const uint8_t** pieces, uint32_t n, size_t size) except -1 nogil   # n of `size` bytes
    cdef int truncate(self, int64_t size) except -1 nogil                               # also grows
    cdef int sync(self) except -1 nogil
    cdef int64_t size(self) except -1 nogil
    cdef int lock_to(self, int level) except -1 nogil                                   # 1 granted, 0 someone else is in the way
    cdef int unlock_to(self, int level) except -1 nogil
    cdef int check_reserved(self) except -1 nogil                                       # 1 when another holds RESERVED or more
    cdef int lock_range(self, int64_t start, int64_t length, int kind) except -1 nogil  # 1 granted, 0 busy
    cdef int is_locked(self, int64_t start, int64_t length) except -1 nogil             # 1 when another holds any lock there
    cdef int is_current(self, const char* path) except -1 nogil                         # 1 when `path` still names this open file
    cdef int own_like(self, VfsFile other) except -1 nogil                              # root only: gives the file other's owner
    cdef int close(self) noexcept nogil                                                 # drops the locks

cdef class Vfs:
    cdef VfsFile new_file(self)                                                         # closed; needs the GIL
    cdef int exists(self, const char* path) except -1 nogil                             # 1 when there is a file of more than 0 bytes
    cdef int remove(self, const char* path, bint sync_dir) except -1 nogil              # a missing file is fine
    cdef int sync_dir(self, const char* path) except -1 nogil                           # flushes the directory that holds `path`

cdef int raise_os(const char* name, int err, const char* doing) except -1 nogil
cdef int raise_named(const char* name, const char* message) except -1 nogil
