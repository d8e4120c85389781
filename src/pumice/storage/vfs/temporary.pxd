"""Temporary files: opened in SQLite's order of directories and without a name from then on, so that nothing is left behind, whatever happens."""

from pumice.storage.vfs.vfs cimport Vfs, VfsFile

cdef VfsFile open_temporary(Vfs vfs)
