"""Balancing: after a change, every page but the root holds between a third and all of its room; see balance.pyx."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t
from pumice.storage.btree.page_store cimport PageStore
from pumice.storage.pager.pager cimport Page

cdef enum:
    MAX_PENDING = 6               # a page gets at most one new cell from above it, or the dividers of at most 5 children

cdef struct Pending:
    # Cells that belong to a page but did not fit into it.
    uint32_t n
    uint32_t at[6]                # index among all cells of the page, pending ones included; ascending
    uint8_t* cell[6]              # in the store's work arena
    uint32_t size[6]

# Balances pages[level] and then its ancestors as needed. pages[0 .. n_held-1] is a pinned path from the root, n_held = level + 1, idx the
# child followed in each; on return the path's pins that are left are those of the first n_held[0] levels. Returns the level at which it ended.
# `append`: the pending cell is the last of its tree, so pages to the left stay full.
cdef int balance(PageStore store, Page** pages, uint16_t* idx, int* n_held, int level, Pending* pending, bint append) except -1 nogil
cdef bint is_underfull(PageStore store, uint32_t n_free) noexcept nogil
