"""SnapshotPager; see snapshot.pxd. Tests: tests/unit/pager/test_snapshot.py"""

from libc.stdint cimport uint32_t
from pumice.storage.pager.cache cimport cache_clear, cache_find, cache_init, cache_set_page_size, page_unseal
from pumice.storage.pager.gate cimport ReadGate
from pumice.storage.pager.page cimport Page
from pumice.storage.pager.pager cimport Pager

from pumice import errors


cdef Page* raise_missing(uint32_t pgno) except NULL nogil:
    with gil:
        raise errors.corrupt("page number out of range", pgno)


cdef class SnapshotPager(Pager):
    """Args: the connection's pager; pages to cache. `renew` comes before each use."""

    def __init__(self, Pager origin not None, uint32_t cached_pages):
        self.origin = origin
        self.cached_pages = cached_pages
        self.path = b""
        self.read_only = True
        self.page_size = origin.page_size
        cache_init(&self.cache, origin.page_size)

    cdef int renew(self) except -1:
        """Forgets all pages and takes the state that `origin` sees now. No page may be pinned."""
        cdef Pager origin = self.origin
        if origin.gate is None:
            origin.gate = ReadGate()
        self.entrance = origin.gate
        self.ticket = origin.gate.generation
        cache_clear(&self.cache)
        if self.page_size != origin.page_size:
            cache_set_page_size(&self.cache, origin.page_size)
        self.page_size = origin.page_size
        self.usable = origin.usable
        self.n_pages = origin.n_pages
        self.file = origin.file
        self.wal = origin.wal
        self.is_memory = origin.is_memory
        self.cache_pragma = self.cached_pages
        self.set_cache_limit()
        self.lock = 1
        self.change_seq += 1
        return 0

    cdef Page* get(self, uint32_t pgno) except NULL nogil:
        cdef Page* page
        if not self.is_memory:
            return Pager.get(self, pgno)
        page = cache_find(&self.origin.cache, pgno)
        if page == NULL:
            return raise_missing(pgno)
        page_unseal(&self.origin.cache, page)
        return page

    cdef void pin(self, Page* page) noexcept nogil:
        if not self.is_memory:
            page.pins += 1

    cdef void unpin(self, Page* page) noexcept nogil:
        if not self.is_memory:
            Pager.unpin(self, page)

    def close(self):
        cache_clear(&self.cache)
