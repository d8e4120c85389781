"""Emptying whole trees."""

from libc.stdint cimport int64_t, uint32_t
from pumice.storage.btree.page_store cimport PageStore

# Frees every page below the root, and the overflow chains; the root becomes an empty leaf. Returns the number of entries.
cdef int64_t clear_pages(PageStore store, uint32_t root) except -1 nogil
