"""Vfs base classes and the errors of files; see vfs.pxd."""

from libc.errno cimport EDQUOT, ENOSPC
from libc.stdint cimport int64_t, uint8_t, uint32_t

from pumice import errors


cdef int raise_named(const char* name, const char* message) except -1 nogil:
    """Raises the error for result code `name`."""
    with gil:
        raise errors.make(name.decode(), message.decode())


cdef int raise_os(const char* name, int err, const char* doing) except -1 nogil:
    """Raises the error for `errno` = err while `doing`; `name` is the result code unless the disk is full."""
    with gil:
        if err == ENOSPC or err == EDQUOT:
            raise errors.make("SQLITE_FULL", "database or disk is full")
        error = errors.make(name.decode(), "disk I/O error")
        error.add_note(f"{doing.decode()}: errno {err}")
        raise error


cdef int not_implemented() except -1 nogil:
    with gil:
        raise NotImplementedError


cdef class VfsFile:
    """One open file; the base class names the calls, writes pieces one by one and reads none at once."""

    cdef int open(self, const char* path, int flags, uint32_t mode) except -1 nogil:
        return not_implemented()

    cdef int64_t read(self, int64_t offset, uint8_t* buf, size_t n) except -1 nogil:
        return not_implemented()

    cdef uint32_t read_pieces(self, int64_t offset, uint8_t** pieces, uint32_t n, size_t size) noexcept nogil:
        return 0

    cdef int write(self, int64_t offset, const uint8_t* buf, size_t n) except -1 nogil:
        return not_implemented()

    cdef int write_pieces(self, int64_t offset, const uint8_t** pieces, uint32_t n, size_t size) except -1 nogil:
        cdef uint32_t i
        for i in range(n):
            self.write(offset + <int64_t>(i * size), pieces[i], size)
        return 0

    cdef int truncate(self, int64_t size) except -1 nogil:
        return not_implemented()

    cdef int sync(self) except -1 nogil:
        return not_implemented()

    cdef int64_t size(self) except -1 nogil:
        return not_implemented()

    cdef int lock_to(self, int level) except -1 nogil:
        return not_implemented()

    cdef int unlock_to(self, int level) except -1 nogil:
        return not_implemented()

    cdef int check_reserved(self) except -1 nogil:
        return not_implemented()

    cdef int lock_range(self, int64_t start, int64_t length, int kind) except -1 nogil:
        return not_implemented()

    cdef int is_locked(self, int64_t start, int64_t length) except -1 nogil:
        return not_implemented()

    cdef int is_current(self, const char* path) except -1 nogil:
        return self.is_open

    cdef int own_like(self, VfsFile other) except -1 nogil:
        return 0

    cdef int close(self) noexcept nogil:
        return 0


cdef class Vfs:
    """A file system; the base class only names the calls."""

    cdef VfsFile new_file(self):
        raise NotImplementedError

    cdef int exists(self, const char* path) except -1 nogil:
        return not_implemented()

    cdef int remove(self, const char* path, bint sync_dir) except -1 nogil:
        return not_implemented()

    cdef int sync_dir(self, const char* path) except -1 nogil:
        return not_implemented()
