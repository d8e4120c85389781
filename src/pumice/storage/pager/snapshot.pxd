"""SnapshotPager: another thread's view of the pages that a connection's pager sees, for reading.

    file           pages are read through the same open file (no lock is taken or dropped) and the same map of the write-ahead log into
                   a cache of its own
    in memory      pages are those of the connection's cache, not pinned

Made and renewed by the connection's thread while it holds a read transaction and no write transaction; used by one other thread at a time,
inside the connection's ReadGate, with `ticket`. The gate is what keeps file, log and cached pages as they are.
"""

from libc.stdint cimport int64_t, uint32_t
from pumice.storage.pager.gate cimport ReadGate
from pumice.storage.pager.pager cimport Pager

cdef class SnapshotPager(Pager):
    cdef Pager origin
    cdef readonly ReadGate entrance     # origin's gate
    cdef int64_t ticket
    cdef uint32_t cached_pages

    cdef int renew(self) except -1
