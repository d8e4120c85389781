"""Temporary files; see temporary.pxd.  Source: SQLite os_unix.c, unixTempFileDir, unixGetTempname.  Tests: tests/unit/pager/test_temporary.py"""

import os

from pumice.storage.vfs.vfs cimport OPEN_CREATE, OPEN_EXCLUSIVE, Vfs, VfsFile

from pumice import errors

cdef int OWNER_ONLY = 0o600         # the content of a temporary file is nobody else's business
_TRIES = 10                         # names; a second one is needed only when someone guesses 8 random bytes


_chosen = [None]                    # PRAGMA temp_store_directory, for the whole process as in SQLite


def chosen_directory():
    """The directory that `choose_directory` has set, or None."""
    return _chosen[0]


def choose_directory(folder):
    """Where temporary files are made from now on; None: where the environment says."""
    _chosen[0] = folder


def temporary_directory():
    """The first of SQLite's directories that can be written."""
    for folder in (_chosen[0], os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp", "."):
        if folder and os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK):
            return os.path.abspath(folder)
    raise errors.make("SQLITE_IOERR_GETTEMPPATH", "disk I/O error")


cdef VfsFile open_temporary(Vfs vfs):
    """A new empty file of `vfs`, removed from its directory already; closing it frees its space."""
    cdef VfsFile file = vfs.new_file()
    cdef bytes path
    folder = temporary_directory()
    for n in range(_TRIES):
        path = os.fsencode(os.path.join(folder, f"pumice_{os.urandom(8).hex()}"))
        try:
            file.open(path, OPEN_CREATE | OPEN_EXCLUSIVE, OWNER_ONLY)
            break
        except errors.OperationalError:
            if n == _TRIES - 1 or not os.path.exists(path):
                raise
    vfs.remove(path, False)
    return file
