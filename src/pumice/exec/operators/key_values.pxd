"""KeySet: the values that one index column, or rows of values that several, are looked up with, ascending or descending, without
duplicates and NULLs."""

from libc.stdint cimport uint8_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.operators.order cimport Ordering
from pumice.exec.operators.row_store cimport RowStore
from pumice.memory cimport Arena
from pumice.values cimport Value

cdef class KeySet:
    cdef ExecContext ctx
    cdef ExprList items
    cdef Operator plan                  # or None: the items
    cdef bint has_plan
    cdef bint single                    # one expression (col = x): no list is made
    cdef bint null_ok                   # NULL is a key (IS)
    cdef readonly uint32_t width        # columns
    cdef uint32_t* columns              # owned; of the plan, that give them
    cdef int* affinities                # owned
    cdef Value* row                     # owned; the one being read
    cdef RowStore store
    cdef Ordering ordering
    cdef uint32_t* rows                 # owned; distinct values in order, as rows of `store`
    cdef readonly uint32_t n
    cdef Arena arena                    # owned
    cdef Value one                      # the single key
    cdef int load(self) except -1 nogil                 # evaluates; n = number of keys
    cdef int load_many(self) except -1 nogil
    cdef int take(self, Value* row) except -1 nogil
    cdef void get(self, uint32_t i, Value* out) noexcept nogil     # writes `width` values
    cdef void clear(self) noexcept nogil

cdef int keep_text(Value* v, Arena* arena) except -1 nogil   # copies the bytes of a TEXT or BLOB
