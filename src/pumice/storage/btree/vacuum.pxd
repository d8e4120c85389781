"""Auto-vacuum: pages move to lower numbers so that the file can be truncated, and roots stay in front."""

from libc.stdint cimport int64_t, uint32_t
from pumice.storage.btree.page_store cimport PageStore

# Moves the content of page `source` to the free page `target`, and every pointer to it; `source` is then nobody's.
cdef int relocate(PageStore store, uint32_t source, uint32_t target) except -1 nogil
cdef uint32_t place_for_root(PageStore store) except 0 nogil            # frees the place of a new root of whatever is there, and takes it
cdef uint32_t next_root_below(PageStore store, uint32_t root) noexcept nogil
cdef int vacuum_at_commit(PageStore store) except -1 nogil              # full auto-vacuum: the freelist ends empty
cdef int64_t vacuum_steps(PageStore store, int64_t n) except -1 nogil   # incremental: gives up to n pages back (0: all); returns how many
