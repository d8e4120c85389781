"""TableWriter: keeps one table and its indexes true, a row at a time.

    row[0 .. n_cols)   the new row's columns in declaration order        row[n_cols]   the rowid
    old[...]           the row before an UPDATE or DELETE, same layout

    insert:  rowid -> check_row -> resolve (keys, uniqueness) -> write
    update:  rowid -> check_row -> resolve -> erase changed entries -> write
    remove:  erase entries -> erase row

All checks of a row come before its first change. The only change that precedes another check is REPLACE deleting a row in the way, as in SQLite;
those checks come after all others. Text in `row` and `old` is borrowed from the caller for the time of one call.
Source: sqlite3GenerateConstraintChecks' observable order.  Tests: tests/unit/dml
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from pumice.exec.context cimport ExecContext
from pumice.exec.dml.record_buffer cimport RecordBuffer
from pumice.exec.operators.operator cimport ExprList
from pumice.exec.vector.vector cimport Batch, Vector
from pumice.memory cimport Arena
from pumice.storage.btree.btree cimport Btree, BtreeCursor
from pumice.values cimport Value

cdef enum:
    ACT_ABORT = 0
    ACT_FAIL = 1
    ACT_ROLLBACK = 2
    ACT_IGNORE = 3
    ACT_REPLACE = 4

cdef enum:                        # kinds of columns
    NOT_COMPUTED = 0
    VIRTUAL = 1
    STORED = 2
    ALL = 3

cdef struct IndexState:
    PyObject* cursor              # borrowed BtreeCursor
    uint32_t n_key                # columns as declared: what a UNIQUE check compares
    uint32_t n_all                # with the suffix that leads to the row
    int32_t* source               # owned, n_all entries; >= 0: slot of the row, -1 - i: key expression i
    uint8_t* compact              # owned; 1: a REAL column, whose integral values are stored as integers
    PyObject** exprs              # borrowed from an ExprList
    uint32_t n_exprs
    PyObject* where               # borrowed Expr of a partial index, or NULL
    Value* key                    # owned; entry of the new row
    Value* old_key                # owned; entry of the old row
    Value* victim_key             # owned; entry of a row that REPLACE deletes
    uint8_t live                  # the new row belongs in the index (partial indexes)
    uint8_t old_live
    uint8_t victim_live
    uint8_t unique
    uint8_t action                # ACT_* on a duplicate
    uint8_t touched               # UPDATE may change its entries
    int32_t* key_at               # owned; WITHOUT ROWID: where each primary key column stands in an entry

cdef class TableWriter:
    cdef ExecContext ctx
    cdef readonly object write            # the TableWrite node
    cdef readonly object table
    cdef Btree tree
    cdef BtreeCursor cursor               # of the table
    cdef list index_cursors
    cdef list keep                        # Python objects that pointers below borrow from
    cdef bint without_rowid
    cdef uint32_t n_cols
    cdef int32_t alias                    # the rowid alias column, or -1
    cdef Value* row                       # owned, n_cols + 1
    cdef Value* old                       # owned, n_cols + 1
    cdef Value* victim                    # owned, n_cols + 1
    cdef uint8_t* affinity                # owned, per column
    cdef uint8_t* strict                  # owned, per column: allowed MASK_*; NULL for an ordinary table
    cdef uint8_t* computed                # owned, per column: NOT_COMPUTED, VIRTUAL, STORED
    cdef bint types_checked               # STRICT: the new row's types are known to be right
    # Record layout
    cdef uint32_t n_fields
    cdef int32_t* fields                  # owned; record position -> slot of the row; -1: NULL (the rowid alias)
    cdef int32_t* field_column            # owned; record position -> column
    cdef uint8_t* compact                 # owned; per record position
    cdef Value* defaults                  # owned; per column: for records that end before it
    # WITHOUT ROWID key
    cdef uint32_t n_pk
    cdef int32_t* pk                      # owned; columns
    cdef Value* pk_key                    # owned, n_pk
    # Constraints; the `*_items` are borrowed from ExprLists in `keep`
    cdef uint32_t n_not_null
    cdef int32_t* not_null_column         # owned
    cdef uint8_t* not_null_action         # owned
    cdef PyObject** not_null_default      # owned array of borrowed Expr or NULL
    cdef uint32_t n_checks
    cdef PyObject** check_items
    cdef uint8_t* check_action            # owned
    cdef uint32_t n_generated
    cdef int32_t* generated_column        # owned
    cdef PyObject** generated_items
    cdef uint8_t rowid_action
    cdef uint32_t key_place               # the table's key is checked before this index
    cdef bint may_replace                 # some action is REPLACE: rows may vanish while a statement runs
    cdef uint32_t n_indexes
    cdef IndexState* indexes              # owned
    cdef uint32_t n_max                   # fields of the widest record
    # One-lane batch over `row_ids`, for expressions
    cdef Vector* lanes                    # owned, n_cols + 1
    cdef Vector** lane_ptrs               # owned
    cdef Batch batch
    # Scratch
    cdef Arena arena                      # of one row
    cdef Arena old_arena                  # text of `old` after read_old
    cdef RecordBuffer record
    # Rowids
    cdef bint max_known                   # `empty` and max_rowid are true of the table now
    cdef bint empty                       # no rows; max_rowid is then the smallest there is
    cdef int64_t max_rowid
    cdef bint sequenced                   # AUTOINCREMENT
    cdef BtreeCursor sequence             # of sqlite_sequence
    cdef bint sequence_loaded
    cdef int64_t sequence_value           # largest rowid ever used
    cdef int64_t sequence_stored
    cdef int64_t sequence_row             # rowid of the entry in sqlite_sequence, 0: none yet
    cdef bytes table_name
    cdef const uint8_t* c_name
    cdef uint32_t n_name
    cdef list check_labels
    cdef readonly bint halfway            # a row's changes have begun and are not complete

    cdef int32_t* int_array(self, values) except NULL
    cdef uint8_t* byte_array(self, values) except NULL
    cdef PyObject** expr_array(self, exprs) except? NULL
    cdef int build_constraints(self, dict parts) except -1
    cdef int build_index(self, IndexState* ix, dict part) except -1

    cdef int start(self) except -1 nogil
    cdef int finish(self) except -1                                   # closes cursors; idempotent
    cdef int save_sequence(self) except -1 nogil                      # after the last row of a successful run
    cdef int insert(self, bint has_rowid) except -1 nogil             # 1 written, 0 ignored
    cdef int update(self, bint sets_rowid, bint sets_key) except -1 nogil
    cdef int remove(self) except -1 nogil                             # the row in `old`: 1, or 0 when it is gone
    cdef int64_t clear(self) except -1 nogil                          # all rows

    cdef void load(self, const Value* row) noexcept nogil
    cdef int new_rowid(self) except -1 nogil
    cdef int load_max(self) except -1 nogil
    cdef int load_sequence(self) except -1 nogil
    cdef int check_row(self) except -1 nogil
    cdef int check_types(self, uint8_t which) except -1 nogil
    cdef int fill_computed(self) except -1 nogil
    cdef int apply_column_affinity(self) except -1 nogil
    cdef int compute(self, Value* row, Arena* arena) except -1 nogil
    cdef int read_current(self, Value* out, Arena* arena) except -1 nogil
    cdef int read_old(self) except -1 nogil
    cdef int key_of(self, IndexState* ix, const Value* row, Value* key, uint8_t* live) except -1 nogil
    cdef int resolve(self, bint updating, bint check_key, bint all_indexes) except -1 nogil
    cdef int check_index(self, IndexState* ix, bint updating) except -1 nogil
    cdef int check_table_key(self, bint updating) except -1 nogil
    cdef int remove_victim(self) except -1 nogil
    cdef int seek_row(self, const Value* row) except -1 nogil
    cdef int erase_entry(self, IndexState* ix, const Value* key) except -1 nogil
    cdef int insert_entry(self, IndexState* ix) except -1 nogil
    cdef int write_row(self, bint append) except -1 nogil
    cdef bint is_old_row(self) noexcept nogil
    cdef int require_integer(self, Value* rowid) except -1 nogil
    cdef int raise_datatype(self, uint32_t c) except -1 nogil
    cdef int raise_not_null(self, uint32_t c, int action) except -1 nogil
    cdef int raise_check(self, uint32_t i) except -1 nogil
    cdef int raise_key(self) except -1 nogil
    cdef int raise_unique(self, uint32_t i) except -1 nogil
    cdef int same_key(self, const Value* a, const Value* b, uint32_t n) noexcept nogil
