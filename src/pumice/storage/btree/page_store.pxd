"""PageStore: the pages of one database file as B-trees need them: verified, allocated, freed, and mapped to their parents.

Base of Btree. It knows nothing of trees as a whole, so balancing, payloads and auto-vacuum can work on it from their own modules.

    freelist      page 1 -> trunk -> trunk -> ...     each trunk: next trunk, number of leaves, leaf page numbers; leaves hold nothing
    pointer map   page 2 and every usable/5 + 1 pages: 5 bytes (type, parent) for each page that follows, in auto-vacuum files only

The lock-byte page (the one that holds byte 2^30 of the file) is never used. Source: SQLite file format 1.3, 1.5, 1.8.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.memory cimport Arena
from pumice.storage.btree.layout cimport Limits, page_fault, raise_corrupt
from pumice.storage.pager.pager cimport Page, Pager

cdef enum:
    FREELIST_AT = 32              # offset in page 1: first trunk, then the number of free pages
    FREE_COUNT_AT = 36
    LARGEST_ROOT_AT = 52          # nonzero in files that keep pointer maps

cdef enum:
    # Pointer-map types: what the page is, and whom `parent` names.
    PTR_ROOT = 1                  # a root: 0
    PTR_FREE = 2                  # on the freelist: 0
    PTR_OVERFLOW1 = 3             # first of a chain: the B-tree page of the cell
    PTR_OVERFLOW2 = 4             # later in a chain: the page before it
    PTR_BTREE = 5                 # the parent page

cdef enum:
    WIPE_NONE = 0
    WIPE_ALL = 1                  # freed cells and freed pages are zeroed
    WIPE_CELLS = 2                # "fast": only where no page is written for it

cdef class PageStore:
    cdef readonly Pager pager
    cdef readonly int64_t write_seq       # grows with every change to any tree of this file by this connection
    cdef readonly bint auto_vacuum        # the file keeps pointer-map pages
    cdef int wiping                       # PRAGMA secure_delete: WIPE_*
    cdef Limits lim                       # for the pager's usable size
    cdef Arena work                       # cells and page copies of one change to a tree

    cdef int refresh(self) except -1 nogil                              # after page 1 may have changed: limits, auto_vacuum
    cdef Page* btree_page(self, uint32_t pgno) except NULL nogil        # pinned and verified
    cdef Page* writable(self, Page* page) except NULL nogil             # as Pager.write; a verified page stays verified
    cdef Page* header_page(self) except NULL nogil                      # page 1, pinned and writable
    cdef uint32_t lock_page(self) noexcept nogil                        # number of the lock-byte page

    # Freelist
    cdef Page* allocate(self) except NULL nogil                         # any free page, or one more: pinned, writable, zero-filled
    cdef uint32_t extend(self) except 0 nogil                           # the number of one more page at the file's end
    cdef int free_page(self, uint32_t pgno) except -1 nogil
    cdef uint32_t take_any(self, bint* is_trunk) except? 0 nogil
    cdef Page* writable_at(self, uint32_t pgno) except NULL nogil
    cdef uint32_t take_free(self, uint32_t low, uint32_t high) except? 0 nogil     # takes a free page within [low, high] off the freelist, or 0
    cdef int64_t n_free(self) except -1 nogil

    # Pointer map; callers ask for auto_vacuum first.
    cdef uint32_t map_page_of(self, uint32_t pgno) noexcept nogil       # the map page that holds the entry of pgno
    cdef int map_put(self, uint32_t pgno, uint8_t kind, uint32_t parent) except -1 nogil
    cdef int map_get(self, uint32_t pgno, uint8_t* kind, uint32_t* parent) except -1 nogil
    cdef int map_children(self, Page* page) except -1 nogil             # entries of all children and overflow chains of a B-tree page

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
