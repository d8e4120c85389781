"""Access to verified pages; see page_store.pxd."""

from libc.stdint cimport uint8_t, uint32_t
from pumice.storage.btree.layout cimport get32, limits_init
from pumice.storage.pager.pager cimport Page, Pager

cdef enum:
    LARGEST_ROOT_AT = 52          # offset in page 1: nonzero in files that keep pointer maps


cdef class PageStore:
    def __cinit__(self, *args, **kwargs):
        limits_init(&self.lim, 4096)

    cdef int refresh(self) except -1 nogil:
        cdef Page* one
        if self.lim.usable != self.pager.usable:
            limits_init(&self.lim, self.pager.usable)
        if self.pager.n_pages:
            one = self.pager.get(1)
            self.auto_vacuum = get32(one.data + LARGEST_ROOT_AT) != 0
            self.pager.unpin(one)
        return 0

    cdef Page* btree_page(self, uint32_t pgno) except NULL nogil:
        return fetch(self.pager, &self.lim, pgno)

    cdef Page* writable(self, Page* page) except NULL nogil:
        cdef uint8_t ok = page.btree_ok
        page = self.pager.write(page)
        page.btree_ok = ok
        return page

    cdef Page* header_page(self) except NULL nogil:
        cdef Page* one = self.pager.get(1)
        cdef Page* result = NULL
        try:
            result = self.writable(one)
        finally:
            if result == NULL:
                self.pager.unpin(one)
        return result
