"""What is to be known of a tree without reading its entries: how many they are, and how their rowids lie."""

from libc.stdint cimport int64_t, uint32_t
from pumice.storage.btree.page_store cimport PageStore

cpdef int64_t count_rows(PageStore tree, uint32_t root) except -1 nogil         # COUNT(*) by leaf pages' cell counts
cpdef double estimate_rows(PageStore tree, uint32_t root) except -1 nogil       # cheap: root fan-out and depth along one path
cpdef double leaf_bytes(PageStore tree, uint32_t root) except -1 nogil          # cheap: a look at one leaf
cpdef double null_part(PageStore tree, uint32_t root, bint descending) except -1 nogil # cheap: a page of each level
cpdef double run_length(PageStore tree, uint32_t root, uint32_t n) except -1 nogil     # likewise
cpdef double locality(PageStore tree, uint32_t root, int64_t near) except -1 nogil     # cheap: a look at one leaf of an index
