"""Groups: the groups of an aggregation with their keys, aggregate states and bare values. Call: one aggregate function of the list.

    enter      keys of a batch -> group numbers (0, 1, 2 ... in order of appearance)
    absorb     the batch's lanes into the groups' states: per call filter, DISTINCT, ORDER BY, then update(states of the lanes)
    settle     at the end of a group's rows: what DISTINCT and ORDER BY have put off
    emit       keys, results and bare values of some groups, as the output columns

Memory: a key row, a block of states and the bare values per group. Rows that DISTINCT and ORDER BY calls hold go to temporary files when the
budget is used up.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.first_rows cimport FirstRows
from pumice.exec.operators.key_table cimport KeyTable
from pumice.exec.operators.operator cimport ExprList
from pumice.exec.operators.order cimport Ordering
from pumice.exec.operators.sorter cimport Sorter
from pumice.exec.vector.vector cimport Batch, Vector
from pumice.functions.aggregate.aggregate cimport AggregateFunction
from pumice.memory cimport Arena
from pumice.storage.record.key_info cimport Collation
from pumice.values cimport Value

cdef struct BareSlot:
    Value value
    uint8_t* text                       # owned copy of a TEXT or BLOB
    uint32_t cap

cdef class Call:
    cdef AggregateFunction function
    cdef Collation collation            # or None
    cdef ExprList args
    cdef Expr filter                    # or None
    cdef bint has_filter, is_distinct, is_ordered
    cdef FirstRows seen                 # DISTINCT: (group, arguments)
    cdef Sorter rows                    # ORDER BY: group, sort keys, arguments
    cdef ExprList order_keys
    cdef size_t offset                  # of its state in a group's block
    cdef Vector** cols                  # owned; scratch: group vector, keys, arguments
    cdef Vector* vecs                   # owned, as many; rows that come back
    cdef uint32_t n_vecs
    cdef void forget(self) noexcept nogil

cdef class Groups:
    cdef ExecContext ctx
    cdef tuple calls
    cdef PyObject** c_calls             # owned array, borrowed from `calls`
    cdef ExprList bare
    cdef uint32_t n_keys, n_calls, n_bare
    cdef int64_t bare_from
    cdef bint scalar                    # one group and no keys
    cdef KeyTable table
    cdef Ordering ordering              # of the key rows
    cdef size_t block_size              # bytes of all states of a group
    cdef Arena blocks                   # owned; state blocks
    cdef uint8_t** groups               # owned array; per group: its block, NULL when another Groups has adopted it
    cdef BareSlot* bares                # owned; n_bare per group
    cdef uint32_t n_groups, cap_groups
    cdef size_t text_bytes              # what functions and bare values hold beside states and slots
    cdef bint plain                     # no call has DISTINCT or ORDER BY
    cdef bint any_taken                 # scalar: a row has been seen
    cdef uint32_t* lane_group           # owned, BATCH_MAX: by lane
    cdef uint32_t* dense                # owned, BATCH_MAX: by k-th live lane
    cdef uint8_t* is_new                # owned, BATCH_MAX
    cdef uint8_t* changed               # owned, BATCH_MAX
    cdef uint8_t** states               # owned, BATCH_MAX
    cdef Vector** key_cols              # owned, n_keys; scratch: the columns of another table's keys
    cdef uint16_t* picked               # owned, BATCH_MAX
    cdef Vector group_vector            # owned; group numbers as INTEGERs
    cdef uint32_t* rows                 # owned; groups to hand out, in order
    cdef uint32_t n_rows, row_at
    cdef int add_group(self) except -1 nogil
    cdef int enter(self, Vector** keys, const uint16_t* sel, uint32_t n) except -1 nogil
    # The lanes whose group is known, to `known` (and `dense`), the others to `others`; returns how many are known.
    cdef int64_t find(self, Vector** keys, const uint16_t* sel, uint32_t n, uint16_t* known, uint16_t* others) except -1 nogil
    cdef int absorb(self, Batch* batch, const uint16_t* sel, uint32_t n) except -1 nogil
    # The groups that `enter` has just made new in these lanes: takes over what `other` has of them.
    cdef int adopt(self, Groups other, Vector** keys, const uint16_t* sel, uint32_t n) except -1 nogil
    cdef int settle(self) except -1 nogil
    cdef int list_groups(self, uint32_t n, bint in_key_order) except -1 nogil     # groups 0 .. n-1 to `rows`
    cdef int emit_keys(self, uint32_t n, Vector* out) except -1 nogil             # the next n of `rows`
    cdef int emit_values(self, uint32_t group, uint32_t lane, Vector* out) except -1 nogil   # results and bare values of one group
    cdef void drop_last(self) noexcept nogil                                      # the group that was added last has no rows
    cdef size_t size_bytes(self) noexcept nogil
    cdef void clear(self) noexcept nogil
    cdef void destroy_groups(self, uint32_t first) noexcept nogil
    cdef int keep_bare(self, uint32_t group, uint32_t lane) except -1 nogil
    cdef int update(self, Call call, Batch* batch, const uint16_t* sel, uint32_t n, bint rules_bare) except -1 nogil
    cdef int fill_group_vector(self, const uint16_t* sel, uint32_t n) except -1 nogil
    cdef int feed_back(self, Call call, Vector* vecs, uint32_t first_arg, uint32_t n) except -1 nogil
