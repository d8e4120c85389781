"""Changes inside one B-tree page: cells in and out, freeblocks, defragmentation. The page is writable and verified.

    gap         between the cell offsets and the cell content; new cells grow down into it
    freeblock   next freeblock (2 bytes, ascending, 0 ends), size (2 bytes), at least 4 bytes; neighbours are merged when cells are freed
    fragments   pieces of 1 to 3 bytes that no freeblock can describe; only their total is kept, in the header

Source: SQLite file format 1.6; src/btree.c allocateSpace, pageFindSlot, freeSpace, defragmentPage.
"""

from libc.stdint cimport uint8_t, uint32_t
from pumice.storage.btree.layout cimport Limits
from pumice.storage.pager.pager cimport Page

cdef int free_bytes(const Limits* lim, Page* page) except -1 nogil              # gap, freeblocks and fragments together
# Puts a cell of two parts at index i: 1, or 0 when the page has no room for it and its offset.
cdef int insert_cell(const Limits* lim, Page* page, uint32_t i, const uint8_t* head, uint32_t n_head, const uint8_t* body,
                     uint32_t n_body) except -1 nogil
cdef int drop_cell(const Limits* lim, Page* page, uint32_t i, uint32_t size) except -1 nogil
cdef void empty_page(const Limits* lim, Page* page, uint8_t flag) noexcept nogil
# The whole content anew; the cells lie outside the page. The caller knows that they fit.
cdef int build_page(const Limits* lim, Page* page, uint8_t flag, uint32_t n, uint8_t** cells, const uint32_t* sizes,
                    uint32_t right_child) except -1 nogil
