"""Ordering rows of a RowStore: the one sort that Sort, grouping, set operations and key lists share."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from pumice.exec.operators.key_table cimport CollationList
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.vector.vector cimport Vector
from pumice.values cimport Value

cdef struct Item:
    uint64_t key                        # a key value in an order that integer comparison keeps
    uint32_t cls                        # its class: NULL, number, text, blob
    uint32_t row

cdef class Ordering:
    """Sort keys as columns of a store."""
    cdef readonly uint32_t n
    cdef uint32_t* cols                 # owned; column in the store
    cdef uint8_t* desc                  # owned
    cdef uint8_t* nulls_last            # owned; in output order
    cdef CollationList collations
    cdef bint failed                    # a user collation raised
    cdef int compare_values_at(self, Value* a, Value* b, uint32_t i) noexcept nogil
    cdef bint exact(self, uint32_t mask) noexcept nogil                  # a key of these storage classes fits an item's 8 bytes
    cdef void fill_block(self, Vector* v, uint32_t n, uint32_t mask, Item* items) noexcept nogil   # items of the first key; `mask`: of all blocks
    cdef void fill_items(self, RowStore store, uint32_t i, const uint32_t* rows, uint32_t n, Item* items) noexcept nogil
    cdef bint after(self, RowStore store, const Item* a, const Item* b, uint32_t first) noexcept nogil
    cdef Item* merge_sort(self, RowStore store, Item* items, Item* spare, uint32_t n, uint32_t first) noexcept nogil
    cdef int compare_rows(self, RowStore store, uint32_t a, uint32_t b, uint32_t first) noexcept nogil
    cdef int compare_lanes(self, Vector** a, uint32_t i, Vector** b, uint32_t j, uint32_t first) noexcept nogil   # rows of two batches
    cdef int compare_lane(self, Vector** keys, uint32_t lane, RowStore store, uint32_t row) noexcept nogil   # keys[i] is the i-th key's vector
    cdef uint32_t lanes_before(self, Vector** keys, const uint16_t* sel, uint32_t n, RowStore store, uint32_t row,
                               uint16_t* out) except? 0 nogil
    cdef int check(self) except -1 nogil
    # rows[0 .. n) (row numbers, in the order that equal keys keep) are put in order.
    cdef int sort(self, RowStore store, uint32_t* rows, uint32_t n) except -1 nogil

cpdef Ordering make_ordering(cols, desc, nulls_first, collations)
