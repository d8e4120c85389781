"""PageStore: the pages of one database file as B-trees need them: verified, allocated, freed, and mapped to their parents.

Base of Btree. It knows nothing of trees as a whole, so balancing, the freelist and auto-vacuum can work on it from their own modules.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.storage.btree.layout cimport Limits, page_fault, raise_corrupt
from pumice.storage.pager.pager cimport Page, Pager

cdef class PageStore:
    cdef readonly Pager pager
    cdef readonly int64_t write_seq       # grows with every change to any tree of this file by this connection
    cdef readonly bint auto_vacuum        # the file keeps pointer-map pages
    cdef Limits lim                       # for the pager's usable size

    cdef int refresh(self) except -1 nogil                              # after page 1 may have changed: limits, auto_vacuum
    cdef Page* btree_page(self, uint32_t pgno) except NULL nogil        # pinned and verified
    cdef Page* writable(self, Page* page) except NULL nogil             # as Pager.write; a verified page stays verified
    cdef Page* header_page(self) except NULL nogil                      # page 1, pinned and writable

cdef inline Page* fetch(Pager pager, const Limits* lim, uint32_t pgno) except NULL nogil:
    """As PageStore.btree_page, without a call when the page is known."""
    cdef Page* page = pager.get(pgno)
    cdef const char* fault
    if not page.btree_ok:
        fault = page_fault(lim, page)
        if fault != NULL:
            pager.unpin(page)
            raise_corrupt(fault, pgno)
            return NULL
    return page
