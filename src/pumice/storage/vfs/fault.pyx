"""FaultVfs: files in memory that fail on request and forget, in a power cut, what was not synced. For tests.

    write, truncate   go to the running system's view and to `pending`
    sync              moves a file's pending operations to `durable`
    crash(random)     the files after a power cut: durable, plus any subset of the pending operations, each whole or torn at a
                      512-byte sector; names made or removed since the last flush of the directory may be there or not

Counts every call, and makes call number `fail_at` (and, with `fail_on`, all later ones) raise.
Source: LevelDB, db/fault_injection_test.cc.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.storage.vfs.memory cimport MemoryFile, MemoryVfs
from pumice.storage.vfs.vfs cimport OPEN_CREATE, Vfs, VfsFile

from pumice import errors

SECTOR = 512         # bytes: the unit a power cut may leave half a write at
_MESSAGES = {"SQLITE_FULL": "database or disk is full"}


cdef class FaultFile(VfsFile):
    cdef int open(self, const char* path, int flags, uint32_t mode) except -1 nogil:
        with gil:
            return self.open_inner(path, flags)

    cdef int open_inner(self, const char* path, int flags) except -1:
        self.path = path
        self.vfs.count("open")
        if flags & OPEN_CREATE and self.path not in self.vfs.disk.inodes:
            self.vfs.new_names.add(self.path)
            self.vfs.durable[self.path] = b""
        self.inner.open(path, flags, 0)
        self.is_open = True
        self.read_only = self.inner.read_only
        self.opened_size = self.inner.opened_size
        self.lock_level = 0
        return 0

    cdef int64_t read(self, int64_t offset, uint8_t* buf, size_t n) except -1 nogil:
        with gil:
            self.vfs.count("read")
        return self.inner.read(offset, buf, n)

    cdef int write(self, int64_t offset, const uint8_t* buf, size_t n) except -1 nogil:
        with gil:
            self.vfs.count("write")
            self.vfs.note(self.path, (offset, (<char*>buf)[:n]))
        return self.inner.write(offset, buf, n)

    cdef int truncate(self, int64_t size) except -1 nogil:
        with gil:
            self.vfs.count("truncate")
            self.vfs.note(self.path, (size, None))
        return self.inner.truncate(size)

    cdef int sync(self) except -1 nogil:
        with gil:
            self.vfs.count("sync")
            self.vfs.note_sync(self.path)
        return 0

    cdef int64_t size(self) except -1 nogil:
        with gil:
            self.vfs.count("size")
        return self.inner.size()

    cdef int lock_to(self, int level) except -1 nogil:
        cdef int granted
        with gil:
            self.vfs.count("lock")
        granted = self.inner.lock_to(level)
        self.lock_level = self.inner.lock_level
        return granted

    cdef int unlock_to(self, int level) except -1 nogil:
        self.inner.unlock_to(level)
        self.lock_level = self.inner.lock_level
        return 0

    cdef int check_reserved(self) except -1 nogil:
        return self.inner.check_reserved()

    cdef int lock_range(self, int64_t start, int64_t length, int kind) except -1 nogil:
        return self.inner.lock_range(start, length, kind)

    cdef int is_locked(self, int64_t start, int64_t length) except -1 nogil:
        return self.inner.is_locked(start, length)

    cdef int close(self) noexcept nogil:
        self.inner.close()
        self.is_open = False
        self.lock_level = 0
        return 0


cdef class FaultVfs(Vfs):
    """`files`: path -> bytes to start with, all of it durable."""

    def __init__(self, files=None):
        self.disk = MemoryVfs()
        self.durable = {}
        self.pending = {}
        self.lost_names = {}
        self.new_names = set()
        self.trace = []
        self.fail_name = "SQLITE_IOERR"
        for path, content in (files or {}).items():
            self.add(path, content)

    def add(self, bytes path, bytes content):
        cdef VfsFile file = self.disk.new_file()
        file.open(path, OPEN_CREATE, 0)
        file.write(0, content, len(content))
        file.close()
        self.durable[path] = content

    def content(self, bytes path):
        """What the running system sees, None when there is no such file."""
        return self.disk.content(path) if path in self.disk.inodes else None

    def crash(self, random):
        """path -> bytes after a power cut; `random` (a random.Random) decides about everything that was not synced."""
        files = {}
        for path in self.durable:
            if path in self.new_names and random.random() < 0.5:
                continue
            files[path] = survive(self.durable[path], self.pending.get(path, ()), random)
        for path, content in self.lost_names.items():
            if path not in files and random.random() < 0.5:
                files[path] = content
        return files

    cdef int count(self, str what) except -1:
        self.calls += 1
        self.trace.append(what)
        if self.fail_at and (self.calls == self.fail_at or (self.fail_on and self.calls > self.fail_at)):
            raise errors.make(self.fail_name, _MESSAGES.get(self.fail_name, "disk I/O error"))
        return 0

    cdef int note(self, bytes path, tuple operation) except -1:
        self.pending.setdefault(path, []).append(operation)
        return 0

    cdef int note_sync(self, bytes path) except -1:
        content = self.durable.get(path, b"")
        for operation in self.pending.pop(path, ()):
            content = apply(content, operation)
        self.durable[path] = content
        return 0

    cdef VfsFile new_file(self):
        cdef FaultFile file = FaultFile()
        file.vfs = self
        file.inner = <MemoryFile>self.disk.new_file()
        return file

    cdef int exists(self, const char* path) except -1 nogil:
        with gil:
            self.count("exists")
        return self.disk.exists(path)

    cdef int remove(self, const char* path, bint sync_dir) except -1 nogil:
        with gil:
            self.forget(path)
        if sync_dir:
            self.sync_dir(path)
        return 0

    def forget(self, bytes path):
        self.count("remove")
        if path in self.durable:
            if path not in self.new_names:
                self.lost_names[path] = self.durable[path]
            self.new_names.discard(path)
            del self.durable[path]
        self.pending.pop(path, None)
        self.disk.remove(path, False)

    cdef int sync_dir(self, const char* path) except -1 nogil:
        with gil:
            self.count("sync_dir")
            self.lost_names.clear()
            self.new_names.clear()
        return 0


def apply(bytes content, tuple operation):
    at, written = operation
    if written is None:
        return content[:at].ljust(at, b"\0")
    return content[:at].ljust(at, b"\0") + written + content[at + len(written):]


def survive(bytes content, operations, random):
    for at, written in operations:
        fate = random.random()
        if fate < 0.4:
            continue
        if fate < 0.6 and written is not None:
            # Torn: some of its sectors, in any order.
            for start in range(0, len(written), SECTOR):
                if random.random() < 0.5:
                    content = apply(content, (at + start, written[start:start + SECTOR]))
            continue
        content = apply(content, (at, written))
    return content
