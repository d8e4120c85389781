"""PosixVfs: files through pread, pwrite, fdatasync and open-file-description locks.

Locks belong to the open file, not to the process (F_OFD_SETLK), so two connections of one process exclude each other, and they
conflict with the POSIX locks SQLite takes, in other processes and in this one. What remains is a trait of POSIX locks themselves:
closing any descriptor of a file drops the POSIX locks that *this* process holds on it, so closing a connection of ours while
the `sqlite3` module of the same process is inside a transaction on the same file takes that transaction's locks away.

    lock_to:   NONE -> SHARED       read-lock PENDING, read-lock SHARED, release PENDING
               SHARED -> RESERVED   write-lock RESERVED
               any -> EXCLUSIVE     write-lock PENDING (kept when the next step fails), write-lock SHARED

Source: SQLite os_unix.c, unixLock, posixUnlock, unixCheckReservedLock, unixOpen.
"""

from libc.errno cimport EACCES, EAGAIN, EINTR, ENOENT, EPERM, EROFS, errno
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memset, strlen
from posix.fcntl cimport O_CREAT, O_EXCL, O_RDONLY, O_RDWR
from posix.stat cimport S_ISDIR, S_ISREG, fchmod, fstat, stat, struct_stat
from posix.types cimport gid_t, uid_t
from posix.unistd cimport close, ftruncate, fdatasync, geteuid, pread, pwrite, unlink
from pumice.storage.vfs.vfs cimport (OPEN_CREATE, OPEN_EXCLUSIVE, OPEN_FALL_BACK, OPEN_JOURNAL, OPEN_READONLY, PENDING_BYTE, RANGE_EXCLUSIVE,
                                     RANGE_SHARED, RESERVED_BYTE, SHARED_FIRST, SHARED_SIZE, Vfs, VfsFile, raise_named, raise_os)

cdef extern from *:
    """
    #include <fcntl.h>
    #include <sys/uio.h>
    #include <unistd.h>
    #ifndef F_OFD_SETLK
    #error "open-file-description locks are needed"
    #endif
    static int pumice_open(const char *path, int flags, unsigned mode) {
        return open(path, flags | O_CLOEXEC, mode);
    }
    static int pumice_lock(int fd, int kind, long long start, long long length) {
        struct flock l = {0};
        l.l_type = kind == 2 ? F_WRLCK : kind == 1 ? F_RDLCK : F_UNLCK;
        l.l_whence = SEEK_SET;
        l.l_start = start;
        l.l_len = length;
        return fcntl(fd, F_OFD_SETLK, &l);
    }
    /* 1: another open file holds a lock there that conflicts with a write lock. */
    static int pumice_is_locked(int fd, long long start, long long length) {
        struct flock l = {0};
        l.l_type = F_WRLCK;
        l.l_whence = SEEK_SET;
        l.l_start = start;
        l.l_len = length;
        if (fcntl(fd, F_OFD_GETLK, &l) != 0) return -1;
        return l.l_type != F_UNLCK;
    }
    """
    int pumice_open(const char* path, int flags, unsigned mode) nogil
    int pumice_lock(int fd, int kind, long long start, long long length) nogil
    int pumice_is_locked(int fd, long long start, long long length) nogil
    int O_NOFOLLOW
    int fchown(int fd, uid_t owner, gid_t group) nogil
    struct iovec:
        void* iov_base
        size_t iov_len
    ssize_t preadv(int fd, const iovec* parts, int n, long long offset) nogil
    ssize_t pwritev(int fd, const iovec* parts, int n, long long offset) nogil

cdef enum:
    # LOCK_* of pager.pxd, which imports this package
    NONE = 0
    SHARED = 1
    RESERVED = 2
    PENDING = 3
    EXCLUSIVE = 4

cdef enum:
    DEFAULT_MODE = 0o644       # permissions of a new database, before the umask
    MAX_PATH = 4096            # bytes
    MAX_PIECES = 32            # of one preadv or pwritev


cdef class PosixFile(VfsFile):
    def __cinit__(self):
        self.fd = -1

    def __dealloc__(self):
        if self.fd >= 0:
            close(self.fd)

    cdef int open(self, const char* path, int flags, uint32_t mode) except -1 nogil:
        cdef struct_stat st
        cdef int how = O_RDONLY if flags & OPEN_READONLY else O_RDWR
        cdef int fd
        if flags & OPEN_CREATE:
            how |= O_CREAT
        if flags & OPEN_EXCLUSIVE:
            how |= O_EXCL
        if flags & OPEN_JOURNAL:
            how |= O_NOFOLLOW
        while True:
            fd = pumice_open(path, how, mode if mode else DEFAULT_MODE)
            if fd >= 0:
                break
            if errno == EINTR:
                continue
            if flags & OPEN_FALL_BACK and not flags & OPEN_READONLY and errno in (EACCES, EPERM, EROFS):
                flags |= OPEN_READONLY
                how = O_RDONLY
                continue
            return raise_named(b"SQLITE_CANTOPEN", b"unable to open database file")
        if fstat(fd, &st) != 0 or S_ISDIR(st.st_mode):
            close(fd)
            return raise_named(b"SQLITE_CANTOPEN", b"unable to open database file")
        if flags & OPEN_JOURNAL and mode and st.st_size == 0 and (st.st_mode & 0o777) != mode:
            fchmod(fd, mode)       # the umask must not make the journal less readable than the database
        self.fd = fd
        self.is_open = True
        self.read_only = (flags & OPEN_READONLY) != 0
        self.opened_size = st.st_size
        self.mode = st.st_mode & 0o777
        self.owner = st.st_uid
        self.group = st.st_gid
        self.device = st.st_dev
        self.inode = st.st_ino
        self.lock_level = NONE
        return 0

    cdef int64_t read(self, int64_t offset, uint8_t* buf, size_t n) except -1 nogil:
        cdef size_t done = 0
        cdef ssize_t got
        while done < n:
            got = pread(self.fd, buf + done, n - done, offset + done)
            if got > 0:
                done += got
            elif got == 0:
                memset(buf + done, 0, n - done)
                break
            elif errno != EINTR:
                return raise_os(b"SQLITE_IOERR_READ", errno, b"pread")
        return done

    cdef uint32_t read_pieces(self, int64_t offset, uint8_t** pieces, uint32_t n, size_t size) noexcept nogil:
        cdef iovec parts[MAX_PIECES]
        cdef uint32_t i
        n = min(n, <uint32_t>MAX_PIECES)
        for i in range(n):
            parts[i].iov_base = pieces[i]
            parts[i].iov_len = size
        return <uint32_t>(max(<ssize_t>0, preadv(self.fd, parts, <int>n, offset)) // <ssize_t>size)

    cdef int write(self, int64_t offset, const uint8_t* buf, size_t n) except -1 nogil:
        cdef size_t done = 0
        cdef ssize_t put
        while done < n:
            put = pwrite(self.fd, buf + done, n - done, offset + done)
            if put > 0:
                done += put
            elif put == 0:
                return raise_named(b"SQLITE_FULL", b"database or disk is full")
            elif errno != EINTR:
                return raise_os(b"SQLITE_IOERR_WRITE", errno, b"pwrite")
        return 0

    cdef int write_pieces(self, int64_t offset, const uint8_t** pieces, uint32_t n, size_t size) except -1 nogil:
        cdef iovec parts[MAX_PIECES]
        cdef uint32_t at = 0, i, k
        cdef ssize_t put
        while at < n:
            k = min(n - at, <uint32_t>MAX_PIECES)
            for i in range(k):
                parts[i].iov_base = <void*>pieces[at + i]
                parts[i].iov_len = size
            put = pwritev(self.fd, parts, <int>k, offset + <int64_t>(at * size)) if k > 1 else 0
            if put < <ssize_t>size:
                # One piece, an error, or a disk that took only a part of the first piece and would take that part again
                # and again: `write` does it, or says what is wrong.
                self.write(offset + <int64_t>(at * size), pieces[at], size)
                at += 1
            else:
                # A piece that was written in part is written again.
                at += <uint32_t>(<size_t>put // size)
        return 0

    cdef int truncate(self, int64_t size) except -1 nogil:
        while ftruncate(self.fd, size) != 0:
            if errno != EINTR:
                return raise_os(b"SQLITE_IOERR_TRUNCATE", errno, b"ftruncate")
        return 0

    cdef int sync(self) except -1 nogil:
        while fdatasync(self.fd) != 0:
            if errno != EINTR:
                return raise_os(b"SQLITE_IOERR_FSYNC", errno, b"fdatasync")
        return 0

    cdef int64_t size(self) except -1 nogil:
        cdef struct_stat st
        if fstat(self.fd, &st) != 0:
            return raise_os(b"SQLITE_IOERR_FSTAT", errno, b"fstat")
        # A file of one byte counts as empty: os_unix.c writes such files to work around a file system's error.
        return st.st_size if st.st_size != 1 else 0

    cdef int lock_range(self, int64_t start, int64_t length, int kind) except -1 nogil:
        while pumice_lock(self.fd, kind, start, length) != 0:
            if errno == EAGAIN or errno == EACCES:
                return 0
            if errno != EINTR:
                return raise_os(b"SQLITE_IOERR_LOCK", errno, b"fcntl")
        return 1

    cdef int lock_to(self, int level) except -1 nogil:
        cdef int granted
        if self.lock_level >= level:
            return 1
        if self.lock_level == NONE:
            if not self.lock_range(PENDING_BYTE, 1, RANGE_SHARED):
                return 0
            granted = self.lock_range(SHARED_FIRST, SHARED_SIZE, RANGE_SHARED)
            self.lock_range(PENDING_BYTE, 1, 0)
            if not granted:
                return 0
            self.lock_level = SHARED
        if level == SHARED:
            return 1
        if level == RESERVED:
            if not self.lock_range(RESERVED_BYTE, 1, RANGE_EXCLUSIVE):
                return 0
            self.lock_level = RESERVED
            return 1
        if self.lock_level < PENDING:
            if not self.lock_range(PENDING_BYTE, 1, RANGE_EXCLUSIVE):
                return 0
            self.lock_level = PENDING
        if level == PENDING:
            return 1
        if not self.lock_range(SHARED_FIRST, SHARED_SIZE, RANGE_EXCLUSIVE):
            return 0
        self.lock_level = EXCLUSIVE
        return 1

    cdef int unlock_to(self, int level) except -1 nogil:
        if self.lock_level <= level:
            return 0
        if level == NONE:
            self.lock_range(PENDING_BYTE, 2 + SHARED_SIZE, 0)
        else:
            if self.lock_level == EXCLUSIVE:
                self.lock_range(SHARED_FIRST, SHARED_SIZE, RANGE_SHARED)
            if level == RESERVED:
                self.lock_range(PENDING_BYTE, 1, 0)
            else:
                self.lock_range(PENDING_BYTE, 2, 0)
        self.lock_level = level
        return 0

    cdef int check_reserved(self) except -1 nogil:
        return self.is_locked(RESERVED_BYTE, 1)

    cdef int is_locked(self, int64_t start, int64_t length) except -1 nogil:
        cdef int locked = pumice_is_locked(self.fd, start, length)
        if locked < 0:
            return raise_os(b"SQLITE_IOERR_LOCK", errno, b"fcntl")
        return locked

    cdef int is_current(self, const char* path) except -1 nogil:
        cdef struct_stat st
        return self.is_open and stat(path, &st) == 0 and st.st_ino == self.inode and st.st_dev == self.device

    cdef int own_like(self, VfsFile other) except -1 nogil:
        # As SQLite: a journal that root leaves behind must be one the database's owner can play back.
        if geteuid() == 0 and (self.owner != (<PosixFile>other).owner or self.group != (<PosixFile>other).group):
            fchown(self.fd, (<PosixFile>other).owner, (<PosixFile>other).group)
        return 0

    cdef int close(self) noexcept nogil:
        if self.fd >= 0:
            close(self.fd)
        self.fd = -1
        self.is_open = False
        self.lock_level = NONE
        return 0


cdef class PosixVfs(Vfs):
    """The operating system's files."""

    cdef VfsFile new_file(self):
        return PosixFile()

    cdef int exists(self, const char* path) except -1 nogil:
        cdef struct_stat st
        return stat(path, &st) == 0 and (not S_ISREG(st.st_mode) or st.st_size > 0)

    cdef int remove(self, const char* path, bint sync_dir) except -1 nogil:
        if unlink(path) != 0 and errno != ENOENT:
            return raise_os(b"SQLITE_IOERR", errno, b"unlink")
        if sync_dir:
            return self.sync_dir(path)
        return 0

    cdef int sync_dir(self, const char* path) except -1 nogil:
        cdef char name[MAX_PATH]
        cdef size_t n = strlen(path)
        cdef int fd
        if n >= MAX_PATH:
            return 0
        while n > 1 and path[n - 1] != b"/":
            n -= 1
        # The path is absolute: n is past the last slash.
        memcpy(name, path, n)
        name[n] = 0
        fd = pumice_open(name, O_RDONLY, 0)
        if fd < 0:
            return 0                # as SQLite: a directory that cannot be opened is not flushed
        fdatasync(fd)           # as SQLite: it flushes the names
        close(fd)
        return 0
