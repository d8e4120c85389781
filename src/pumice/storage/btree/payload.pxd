"""Cells made from payloads, with their overflow chains; chains freed again.

    cell    [child 4] varint size [varint rowid] local bytes [first overflow page 4]
    chain   next page (4 bytes, 0 ends), usable - 4 bytes of payload, ...
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.memory cimport Arena
from pumice.storage.btree.layout cimport CellInfo
from pumice.storage.btree.page_store cimport PageStore

cdef struct NewCell:
    uint8_t head[24]              # what comes before the payload
    uint32_t n_head
    const uint8_t* body           # payload as given, or local bytes and chain link in the store's work arena
    uint32_t n_body
    uint32_t overflow             # first page of the chain written, or 0

# Writes the overflow chain if one is needed. The map entry of the chain's first page is the caller's, who knows the B-tree page.
cdef int make_cell(PageStore store, bint is_table, int64_t rowid, const uint8_t* payload, uint32_t n, NewCell* out) except -1 nogil
cdef int free_chain(PageStore store, const CellInfo* info, uint32_t pgno) except -1 nogil        # `pgno`: the cell's page, for the error
