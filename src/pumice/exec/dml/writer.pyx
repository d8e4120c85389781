"""TableWriter: keeps one table and its indexes true, a row at a time; see writer.pxd."""

from cpython.ref cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset
from pumice.exec.context cimport ExecContext
from pumice.exec.dml.record_buffer cimport MISSING_TAG, RecordBuffer
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.operator cimport ExprList, eval_single
from pumice.exec.vector.convert cimport apply_affinity, must_be_int, real_is_int, value_from_python, value_is_true
from pumice.exec.vector.vector cimport Vector, vec_free, vec_get, vec_init, vec_reserve
from pumice.memory cimport arena_alloc, arena_free, arena_init, arena_reset, mem_alloc, mem_free, mem_zalloc
from pumice.storage.btree.btree cimport Btree, BtreeCursor, CellInfo
from pumice.storage.record.key_info cimport compare_values
from pumice.values cimport (
    AFF_BLOB, AFF_INTEGER, AFF_NUMERIC, AFF_REAL, AFF_TEXT, MASK_BLOB, MASK_INT, MASK_NULL, MASK_REAL, MASK_TEXT, TAG_BLOB,
    TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value,
)

from pumice import errors

cdef enum:
    RANDOM_TRIES = 100                # for a free rowid once the largest is taken, as SQLite tries

cdef int64_t MAX_ROWID = 0x7FFFFFFFFFFFFFFF
cdef int64_t MIN_ROWID = -0x7FFFFFFFFFFFFFFF - 1

_ACTIONS = {"abort": ACT_ABORT, "fail": ACT_FAIL, "rollback": ACT_ROLLBACK, "ignore": ACT_IGNORE, "replace": ACT_REPLACE}
_ACTION_NAMES = ("abort", "fail", "rollback", "abort", "abort")
_STRICT_MASKS = {"INT": MASK_INT, "INTEGER": MASK_INT, "REAL": MASK_REAL, "TEXT": MASK_TEXT, "BLOB": MASK_BLOB}


cdef int violation(str code, str message, int action) except -1 with gil:
    error = errors.make(code, message)
    error.conflict = _ACTION_NAMES[action]
    raise error


cdef int raise_mismatch() except -1 with gil:
    raise errors.make("SQLITE_MISMATCH", "datatype mismatch")


cdef int raise_missing_entry(uint32_t root) except -1 with gil:
    raise errors.corrupt("row missing from index", root, "SQLITE_CORRUPT_INDEX")


cdef int raise_corrupt(const char* where, uint32_t root) except -1 with gil:
    raise errors.corrupt(where.decode(), root)


cdef int raise_full() except -1 with gil:
    raise errors.make("SQLITE_FULL", "database or disk is full")


cdef inline bint changes_under(uint8_t tag, uint8_t affinity) noexcept nogil:
    """Whether a value of this storage class may change when stored in a column of this affinity."""
    if affinity <= AFF_BLOB or tag == TAG_NULL or tag == TAG_BLOB:
        return False
    if affinity == AFF_TEXT:
        return tag != TAG_TEXT
    if affinity == AFF_REAL:
        return tag != TAG_REAL
    return tag != TAG_INT


cdef class TableWriter:
    """Args: the ExecContext; the TableWrite node; `parts`, what build.py compiled of it:

        tree, cursor         the Btree and a cursor of the table
        indexes              dicts: cursor, n_key, source, compact, exprs, where, action, touched, key_at
        not_null, checks, generated, defaults, fields, field_column, compact, pk, sequence (a cursor or None)
    """

    def __cinit__(self, *args):
        arena_init(&self.arena)
        arena_init(&self.old_arena)
        memset(&self.batch, 0, sizeof(self.batch))

    def __init__(self, ExecContext ctx, write, dict parts):
        cdef uint32_t i, j
        cdef IndexState* ix
        cdef Value value
        if self.row != NULL:
            raise RuntimeError("a TableWriter is initialised once")
        table = write.table
        self.ctx = ctx
        self.write = write
        self.table = table
        self.keep = []
        self.tree = parts["tree"]
        self.cursor = parts["cursor"]
        self.without_rowid = table.without_rowid
        self.alias = -1 if table.without_rowid else table.rowid_alias
        self.n_cols = <uint32_t>len(table.columns)
        self.table_name = table.name.encode("utf-8", "surrogatepass")
        self.c_name = <const uint8_t*><const char*>self.table_name
        self.n_name = <uint32_t>len(self.table_name)
        self.row = <Value*>mem_zalloc(self.n_cols + 1, sizeof(Value))
        self.old = <Value*>mem_zalloc(self.n_cols + 1, sizeof(Value))
        self.victim = <Value*>mem_zalloc(self.n_cols + 1, sizeof(Value))
        self.affinity = <uint8_t*>mem_zalloc(self.n_cols, 1)
        self.computed = <uint8_t*>mem_zalloc(self.n_cols, 1)
        self.strict = <uint8_t*>mem_zalloc(self.n_cols, 1) if table.strict else NULL
        self.defaults = <Value*>mem_zalloc(self.n_cols, sizeof(Value))
        for i in range(self.n_cols):
            column = table.columns[i]
            self.affinity[i] = column.affinity
            if column.generated is not None:
                self.computed[i] = STORED if column.stored else VIRTUAL
            if table.strict:
                upper = (column.type_name or "ANY").upper()
                self.strict[i] = _STRICT_MASKS.get(upper, 0xFF)
                if upper == "ANY":
                    self.affinity[i] = AFF_BLOB
            value_from_python(parts["defaults"][i], &value, self.keep)
            self.defaults[i] = value
        if self.alias >= 0:
            self.affinity[self.alias] = AFF_BLOB      # its value is the rowid, already an integer
        self.fields = self.int_array(parts["fields"])
        self.field_column = self.int_array(parts["field_column"])
        self.n_fields = <uint32_t>len(parts["fields"])
        self.compact = self.byte_array(parts["compact"])
        self.pk = self.int_array(parts["pk"])
        self.n_pk = <uint32_t>len(parts["pk"])
        self.pk_key = <Value*>mem_zalloc(self.n_pk, sizeof(Value))
        self.n_max = self.n_fields if self.n_fields > 2 else 2
        self.build_constraints(parts)
        self.rowid_action = _ACTIONS[write.rowid_conflict]
        self.may_replace = self.rowid_action == ACT_REPLACE
        self.n_indexes = <uint32_t>len(parts["indexes"])
        self.indexes = <IndexState*>mem_zalloc(self.n_indexes, sizeof(IndexState))
        self.index_cursors = []
        for i in range(self.n_indexes):
            self.build_index(&self.indexes[i], parts["indexes"][i])
        self.record = RecordBuffer(self.n_max, parts["encoding"])
        self.lanes = <Vector*>mem_zalloc(self.n_cols + 1, sizeof(Vector))
        self.lane_ptrs = <Vector**>mem_zalloc(self.n_cols + 1, sizeof(Vector*))
        for i in range(self.n_cols + 1):
            vec_init(&self.lanes[i])
            vec_reserve(&self.lanes[i], 1)
            self.lane_ptrs[i] = &self.lanes[i]
        self.batch.n = self.batch.n_sel = 1
        self.batch.n_cols = self.n_cols + 1
        self.batch.cols = self.lane_ptrs
        self.key_place = parts["key_place"]
        self.sequence = parts["sequence"]
        self.sequenced = self.sequence is not None

    cdef int32_t* int_array(self, values) except NULL:
        cdef int32_t* out = <int32_t*>mem_alloc(len(values) + 1, sizeof(int32_t))
        cdef Py_ssize_t i
        for i in range(len(values)):
            out[i] = values[i]
        return out

    cdef uint8_t* byte_array(self, values) except NULL:
        cdef uint8_t* out = <uint8_t*>mem_alloc(len(values) + 1, 1)
        cdef Py_ssize_t i
        for i in range(len(values)):
            out[i] = values[i]
        return out

    cdef PyObject** expr_array(self, exprs) except? NULL:
        """Pointers to the Exprs, which are kept alive; NULL for none."""
        cdef ExprList found = ExprList(exprs)
        self.keep.append(found)
        return found.items

    cdef int build_constraints(self, dict parts) except -1:
        cdef uint32_t i
        self.n_not_null = <uint32_t>len(parts["not_null"])
        self.not_null_column = self.int_array([c for c, _, _ in parts["not_null"]])
        self.not_null_action = self.byte_array([_ACTIONS[a] for _, a, _ in parts["not_null"]])
        self.not_null_default = <PyObject**>mem_zalloc(self.n_not_null + 1, sizeof(PyObject*))
        for i in range(self.n_not_null):
            default = parts["not_null"][i][2]
            if default is not None:
                self.not_null_default[i] = self.expr_array([default])[0]
        self.n_checks = <uint32_t>len(parts["checks"])
        self.check_items = self.expr_array([e for e, _, _ in parts["checks"]])
        self.check_action = self.byte_array([_ACTIONS[a] for _, _, a in parts["checks"]])
        self.check_labels = [label for _, label, _ in parts["checks"]]
        self.n_generated = <uint32_t>len(parts["generated"])
        self.generated_column = self.int_array([c for c, _ in parts["generated"]])
        self.generated_items = self.expr_array([e for _, e in parts["generated"]])
        return 0

    cdef int build_index(self, IndexState* ix, dict part) except -1:
        cdef BtreeCursor cursor = part["cursor"]
        self.index_cursors.append(cursor)
        ix.cursor = <PyObject*>cursor
        ix.n_key = part["n_key"]
        ix.n_all = <uint32_t>len(part["source"])
        ix.source = self.int_array(part["source"])
        ix.compact = self.byte_array(part["compact"])
        ix.exprs = self.expr_array(part["exprs"])
        ix.n_exprs = <uint32_t>len(part["exprs"])
        if part["where"] is not None:
            ix.where = self.expr_array([part["where"]])[0]
        ix.key = <Value*>mem_zalloc(ix.n_all, sizeof(Value))
        ix.old_key = <Value*>mem_zalloc(ix.n_all, sizeof(Value))
        ix.victim_key = <Value*>mem_zalloc(ix.n_all, sizeof(Value))
        ix.unique = part["unique"]
        ix.action = _ACTIONS[part["action"]]
        ix.touched = part["touched"]
        ix.key_at = self.int_array(part["key_at"])
        if ix.unique and ix.action == ACT_REPLACE:
            self.may_replace = True
        if ix.n_all > self.n_max:
            self.n_max = ix.n_all
        return 0

    def __dealloc__(self):
        cdef uint32_t i
        if self.indexes != NULL:
            for i in range(self.n_indexes):
                mem_free(self.indexes[i].source)
                mem_free(self.indexes[i].compact)
                mem_free(self.indexes[i].key)
                mem_free(self.indexes[i].old_key)
                mem_free(self.indexes[i].victim_key)
                mem_free(self.indexes[i].key_at)
        if self.lanes != NULL:
            for i in range(self.n_cols + 1):
                vec_free(&self.lanes[i])
        mem_free(self.indexes)
        mem_free(self.lanes)
        mem_free(self.lane_ptrs)
        mem_free(self.row)
        mem_free(self.old)
        mem_free(self.victim)
        mem_free(self.affinity)
        mem_free(self.computed)
        mem_free(self.strict)
        mem_free(self.defaults)
        mem_free(self.fields)
        mem_free(self.field_column)
        mem_free(self.compact)
        mem_free(self.pk)
        mem_free(self.pk_key)
        mem_free(self.not_null_column)
        mem_free(self.not_null_action)
        mem_free(self.not_null_default)
        mem_free(self.check_action)
        mem_free(self.generated_column)
        arena_free(&self.arena)
        arena_free(&self.old_arena)

    # ---- a run

    cdef int start(self) except -1 nogil:
        self.max_known = False
        self.sequence_loaded = False
        self.halfway = False
        return 0

    cdef int finish(self) except -1:
        cdef BtreeCursor cursor
        self.cursor.close()
        for cursor in self.index_cursors:
            cursor.close()
        if self.sequence is not None:
            self.sequence.close()
        return 0

    # ---- rowids

    cdef int load_max(self) except -1 nogil:
        """The largest rowid of the table. The cursor stands on it."""
        cdef CellInfo info
        self.empty = not self.cursor.last()
        if self.empty:
            self.max_rowid = MIN_ROWID
        else:
            self.cursor.cell(&info)
            self.max_rowid = info.rowid
        self.max_known = True
        return 0

    cdef int new_rowid(self) except -1 nogil:
        """Chooses row[n_cols]: the largest rowid (ever, with AUTOINCREMENT) + 1."""
        cdef int64_t rowid
        cdef int cmp, i
        if not self.max_known:
            self.load_max()
        rowid = self.max_rowid
        if self.sequenced:
            if not self.sequence_loaded:
                self.load_sequence()
            if self.sequence_value > rowid:
                rowid = self.sequence_value
            if rowid == MAX_ROWID:
                return raise_full()
            rowid = rowid + 1 if rowid > 0 else 1
        elif self.empty:
            rowid = 1
        elif rowid < MAX_ROWID:
            rowid += 1
        else:
            for i in range(RANDOM_TRIES):
                rowid = <int64_t>(self.ctx.random64() >> 2) + 1
                if not self.cursor.seek_rowid(rowid, &cmp) or cmp != 0:
                    break
            else:
                return raise_full()
        self.row[self.n_cols].tag = TAG_INT
        self.row[self.n_cols].num.i = rowid
        return 0

    cdef int load_sequence(self) except -1 nogil:
        """The table's entry in sqlite_sequence."""
        cdef CellInfo info
        cdef Value fields[2]
        cdef const uint8_t* p
        cdef int found = self.sequence.first()
        self.sequence_loaded = True
        self.sequence_row = 0
        self.sequence_value = self.sequence_stored = 0
        while found:
            self.sequence.cell(&info)
            p = self.sequence.payload(&info, &self.arena)
            self.record.decode(p, info.n_payload, fields, 2, &self.arena)
            if fields[0].tag == TAG_TEXT and fields[0].size == self.n_name and memcmp(fields[0].num.p, self.c_name, fields[0].size) == 0:
                self.sequence_row = info.rowid
                if fields[1].tag == TAG_INT:
                    self.sequence_value = self.sequence_stored = fields[1].num.i
                elif fields[1].tag == TAG_REAL and real_is_int(fields[1].num.r, &self.sequence_value):
                    self.sequence_stored = self.sequence_value
                return 0
            found = self.sequence.next()
        return 0

    cdef int save_sequence(self) except -1 nogil:
        cdef Value fields[2]
        cdef CellInfo info
        if not self.sequenced:
            return 0
        if not self.sequence_loaded:
            self.load_sequence()
        # The entry is made even by a statement that inserts nothing.
        if self.sequence_row != 0 and self.sequence_value <= self.sequence_stored:
            return 0
        if self.sequence_row == 0:
            self.sequence_row = 1
            if self.sequence.last():
                self.sequence.cell(&info)
                self.sequence_row = info.rowid + 1
        fields[0].tag = TAG_TEXT
        fields[0].size = self.n_name
        fields[0].num.p = self.c_name
        fields[1].tag = TAG_INT
        fields[1].num.i = self.sequence_value
        self.record.encode(fields, NULL, NULL, 2, &self.arena)
        self.sequence.insert_row(self.sequence_row, self.record.p, self.record.n, False)
        self.sequence_stored = self.sequence_value
        return 0

    # ---- expressions over a row

    cdef void load(self, const Value* row) noexcept nogil:
        """Makes `row` the one row of the batch that expressions read."""
        cdef uint32_t i
        cdef Vector* v
        for i in range(self.n_cols + 1):
            v = &self.lanes[i]
            v.tag[0] = row[i].tag
            v.num[0] = row[i].num
            v.size[0] = row[i].size
            v.mask = <uint32_t>1 << row[i].tag

    cdef int compute(self, Value* row, Arena* arena) except -1 nogil:
        """Generated columns, in their order of dependence; their text goes to `arena`."""
        cdef uint32_t i, c
        cdef Vector* v
        cdef Value value
        cdef uint8_t* copy
        self.load(row)
        for i in range(self.n_generated):
            c = <uint32_t>self.generated_column[i]
            v = (<Expr>self.generated_items[i]).eval(&self.batch, NULL, 1)
            vec_get(v, 0, &value)
            if changes_under(value.tag, self.affinity[c]):
                apply_affinity(&value, self.affinity[c], arena)
            if value.tag >= TAG_TEXT:
                copy = arena_alloc(arena, value.size)
                memcpy(copy, value.num.p, value.size)
                value.num.p = copy
            row[c] = value
            self.lanes[c].tag[0] = value.tag
            self.lanes[c].num[0] = value.num
            self.lanes[c].size[0] = value.size
            self.lanes[c].mask = <uint32_t>1 << value.tag
        return 0

    cdef int key_of(self, IndexState* ix, const Value* row, Value* key, uint8_t* live) except -1 nogil:
        """The index entry of `row`; `live` 0: a partial index leaves the row out."""
        cdef uint32_t i
        cdef int32_t s
        cdef uint16_t lane
        cdef Vector* v
        cdef uint8_t* copy
        live[0] = 1
        if ix.where != NULL or ix.n_exprs:
            self.load(row)
            if ix.where != NULL and (<Expr>ix.where).select(&self.batch, NULL, 1, &lane) == 0:
                live[0] = 0
                return 0
        for i in range(ix.n_all):
            s = ix.source[i]
            if s >= 0:
                key[i] = row[s]
                continue
            v = (<Expr>ix.exprs[-1 - s]).eval(&self.batch, NULL, 1)
            vec_get(v, 0, &key[i])
            if key[i].tag >= TAG_TEXT:
                copy = arena_alloc(&self.arena, key[i].size)
                memcpy(copy, key[i].num.p, key[i].size)
                key[i].num.p = copy
        return 0

    # ---- checks

    cdef int apply_column_affinity(self) except -1 nogil:
        cdef uint32_t c
        for c in range(self.n_cols):
            if changes_under(self.row[c].tag, self.affinity[c]) and not self.computed[c]:
                apply_affinity(&self.row[c], self.affinity[c], &self.arena)
        return 0

    cdef int check_types(self, uint8_t which) except -1 nogil:
        """STRICT: whether the columns of a kind (NOT_COMPUTED, VIRTUAL; ALL) hold what their types allow."""
        cdef uint32_t c
        if self.strict == NULL or self.types_checked:
            return 0
        self.types_checked = which == ALL
        for c in range(self.n_cols):
            if <int32_t>c != self.alias and (which == ALL or which == self.computed[c]) and self.row[c].tag != TAG_NULL \
                    and not (self.strict[c] >> self.row[c].tag) & 1:
                return self.raise_datatype(c)
        return 0

    cdef int fill_computed(self) except -1 nogil:
        """The generated columns of the new row."""
        self.check_types(NOT_COMPUTED)
        self.compute(self.row, &self.arena)
        return self.check_types(VIRTUAL)

    cdef int raise_datatype(self, uint32_t c) except -1 nogil:
        with gil:
            column = self.table.columns[c]
            kind = ("NULL", "INT", "REAL", "TEXT", "BLOB")[self.row[c].tag]
            return violation("SQLITE_CONSTRAINT_DATATYPE",
                             f"cannot store {kind} value in {column.type_name.upper()} column {self.table.name}.{column.name}", ACT_ABORT)

    cdef int check_row(self) except -1 nogil:
        """Affinity, generated columns, NOT NULL, CHECK, in SQLite's order. Returns 0 when the row is to be ignored.

        NOT NULL takes two rounds: the first puts DEFAULT values in the place of NULL (REPLACE); the second looks whether those are NULL too,
        and at generated columns."""
        cdef uint32_t i, c
        cdef bint again = False, replaced = False
        cdef int action
        cdef Value value
        self.types_checked = False
        self.apply_column_affinity()
        if self.n_generated:
            self.fill_computed()
        for i in range(self.n_not_null):
            c = <uint32_t>self.not_null_column[i]
            if self.computed[c]:
                again = True
            if self.computed[c] or self.row[c].tag != TAG_NULL:
                continue
            action = self.not_null_action[i]
            if action == ACT_IGNORE:
                return 0
            if action != ACT_REPLACE or self.not_null_default[i] == NULL:
                return self.raise_not_null(c, action)
            again = replaced = True
            eval_single(<Expr>self.not_null_default[i], &self.row[c])
            if changes_under(self.row[c].tag, self.affinity[c]):
                apply_affinity(&self.row[c], self.affinity[c], &self.arena)
        if again:
            if replaced and self.n_generated:
                self.fill_computed()
            for i in range(self.n_not_null):
                c = <uint32_t>self.not_null_column[i]
                if self.row[c].tag == TAG_NULL:
                    if self.not_null_action[i] == ACT_IGNORE:
                        return 0
                    return self.raise_not_null(c, self.not_null_action[i])
        if self.n_checks:
            self.check_types(ALL)
            self.load(self.row)
            for i in range(self.n_checks):
                vec_get((<Expr>self.check_items[i]).eval(&self.batch, NULL, 1), 0, &value)
                if value.tag == TAG_NULL or value_is_true(&value):
                    continue
                if self.check_action[i] == ACT_IGNORE:
                    return 0
                return self.raise_check(i)
        return 1

    cdef int raise_not_null(self, uint32_t c, int action) except -1 nogil:
        with gil:
            return violation("SQLITE_CONSTRAINT_NOTNULL",
                             f"NOT NULL constraint failed: {self.table.name}.{self.table.columns[c].name}", action)

    cdef int raise_check(self, uint32_t i) except -1 nogil:
        with gil:
            return violation("SQLITE_CONSTRAINT_CHECK", f"CHECK constraint failed: {self.check_labels[i]}", self.check_action[i])

    cdef int raise_key(self) except -1 nogil:
        """A duplicate rowid or WITHOUT ROWID key."""
        with gil:
            table = self.table
            if self.without_rowid:
                names = ", ".join(f"{table.name}.{table.columns[k.column].name}" for k in table.primary_key)
                return violation("SQLITE_CONSTRAINT_PRIMARYKEY", f"UNIQUE constraint failed: {names}", self.rowid_action)
            if self.alias >= 0:
                return violation("SQLITE_CONSTRAINT_PRIMARYKEY",
                                 f"UNIQUE constraint failed: {table.name}.{table.columns[self.alias].name}", self.rowid_action)
            return violation("SQLITE_CONSTRAINT_ROWID", f"UNIQUE constraint failed: {table.name}.rowid", self.rowid_action)

    cdef int raise_unique(self, uint32_t i) except -1 nogil:
        with gil:
            index = self.write.indexes[i].index
            return violation("SQLITE_CONSTRAINT_PRIMARYKEY" if index.origin == "pk" else "SQLITE_CONSTRAINT_UNIQUE",
                             unique_message(self.table, index), self.indexes[i].action)

    # ---- uniqueness

    cdef int seek_row(self, const Value* row) except -1 nogil:
        """Puts the table's cursor on the row with the key of `row`: 1, or 0 when there is none."""
        cdef int cmp
        cdef uint32_t i
        if not self.without_rowid:
            return self.cursor.seek_rowid(row[self.n_cols].num.i, &cmp) and cmp == 0
        for i in range(self.n_pk):
            self.pk_key[i] = row[self.pk[i]]
        return self.cursor.seek_key(self.pk_key, self.n_pk, 0, &cmp) and cmp == 0

    cdef int same_key(self, const Value* a, const Value* b, uint32_t n) noexcept nogil:
        """Equal in every byte (not only under a collation)."""
        cdef uint32_t i
        for i in range(n):
            if a[i].tag != b[i].tag:
                return 0
            if a[i].tag >= TAG_TEXT:
                if a[i].size != b[i].size or memcmp(a[i].num.p, b[i].num.p, a[i].size) != 0:
                    return 0
            elif a[i].tag != TAG_NULL and a[i].num.i != b[i].num.i:
                return 0
        return 1

    cdef int resolve(self, bint updating, bint check_key, bint all_indexes) except -1 nogil:
        """Uniqueness of the table's key (`check_key`) and of unique indexes: first what can refuse the row, then what deletes others.
        Index entries are made on the way; a rowid is looked at before the types of a STRICT table are.

        Returns 0 when the row is to be ignored. Raises IntegrityError."""
        cdef uint32_t i
        cdef int phase
        cdef IndexState* ix
        for phase in range(2):
            if phase == 1 and not self.may_replace:
                break
            for i in range(self.n_indexes + 1):
                if i == self.key_place and check_key and (self.rowid_action == ACT_REPLACE) == (phase == 1):
                    if not self.check_table_key(updating):
                        return 0
                if i == 0:
                    self.check_types(ALL)
                if i == self.n_indexes:
                    break
                ix = &self.indexes[i]
                if not (all_indexes or ix.touched):
                    continue
                if phase == 0:
                    self.key_of(ix, self.row, ix.key, &ix.live)
                if not ix.unique or (ix.action == ACT_REPLACE) != (phase == 1) or not ix.live:
                    continue
                if not self.check_index(ix, updating):
                    return 0
        return 1

    cdef int check_table_key(self, bint updating) except -1 nogil:
        """Whether the new row's key is free (or was made free): 1, or 0 to ignore the row."""
        cdef int64_t rowid
        if not self.without_rowid:
            if not self.max_known:
                self.load_max()
            rowid = self.row[self.n_cols].num.i
            if rowid > self.max_rowid:
                return 1
        if not self.seek_row(self.row):
            return 1
        if updating and self.is_old_row():
            return 1
        if self.rowid_action == ACT_IGNORE:
            return 0
        if self.rowid_action != ACT_REPLACE:
            return self.raise_key()
        self.remove_victim()
        return 1

    cdef bint is_old_row(self) noexcept nogil:
        """Whether the new key equals the old one as the tree compares them (a changed spelling under NOCASE, say)."""
        cdef uint32_t i
        if not self.without_rowid:
            return self.row[self.n_cols].num.i == self.old[self.n_cols].num.i
        for i in range(self.n_pk):
            if compare_values(&self.row[self.pk[i]], &self.old[self.pk[i]], self.cursor.key_info.fns[i],
                              self.cursor.key_info.contexts[i]) != 0:
                return False
        return True

    cdef int check_index(self, IndexState* ix, bint updating) except -1 nogil:
        """Whether the new entry is free in a unique index (or was made free): 1, or 0 to ignore the row."""
        cdef uint32_t i
        cdef int cmp, same
        cdef CellInfo info
        cdef const uint8_t* p
        cdef Value* entry
        for i in range(ix.n_key):
            if ix.key[i].tag == TAG_NULL:
                return 1
        if updating and ix.old_live and self.same_key(ix.key, ix.old_key, ix.n_key):
            return 1
        if not (<BtreeCursor>ix.cursor).seek_key(ix.key, ix.n_key, 0, &cmp) or cmp != 0:
            return 1
        if not updating and ix.action != ACT_REPLACE:
            if ix.action == ACT_IGNORE:
                return 0
            return self.raise_unique(<uint32_t>(ix - self.indexes))
        # Which row is in the way?
        (<BtreeCursor>ix.cursor).cell(&info)
        p = (<BtreeCursor>ix.cursor).payload(&info, &self.arena)
        entry = ix.victim_key
        self.record.decode(p, info.n_payload, entry, ix.n_all, &self.arena)
        if self.without_rowid:
            same = updating
            for i in range(self.n_pk):
                self.victim[self.pk[i]] = entry[ix.key_at[i]]
                if same and compare_values(&entry[ix.key_at[i]], &self.old[self.pk[i]], self.cursor.key_info.fns[i],
                                           self.cursor.key_info.contexts[i]) != 0:
                    same = 0
        else:
            if entry[ix.n_all - 1].tag != TAG_INT:
                return raise_corrupt("index entry without a rowid", (<BtreeCursor>ix.cursor).root)
            self.victim[self.n_cols] = entry[ix.n_all - 1]
            same = updating and entry[ix.n_all - 1].num.i == self.old[self.n_cols].num.i
        if same:
            return 1
        if ix.action == ACT_IGNORE:
            return 0
        if ix.action != ACT_REPLACE:
            return self.raise_unique(<uint32_t>(ix - self.indexes))
        if not self.seek_row(self.victim):
            return raise_corrupt("index entry without its row", (<BtreeCursor>ix.cursor).root)
        self.remove_victim()
        return 1

    cdef int read_current(self, Value* out, Arena* arena) except -1 nogil:
        """The whole row under the table's cursor; its text goes to `arena`."""
        cdef CellInfo info
        cdef uint8_t* copy
        cdef uint32_t i
        cdef Value* fields = self.record.fields
        self.cursor.cell(&info)
        copy = arena_alloc(arena, info.n_payload + 1)
        self.cursor.read_payload(&info, 0, info.n_payload, copy)
        self.record.decode(copy, info.n_payload, fields, self.n_fields, arena)
        memcpy(out, self.defaults, self.n_cols * sizeof(Value))
        for i in range(self.n_fields):
            if fields[i].tag != MISSING_TAG:
                out[self.field_column[i]] = fields[i]
                if self.compact[i] and fields[i].tag == TAG_INT:
                    out[self.field_column[i]].tag = TAG_REAL
                    out[self.field_column[i]].num.r = <double>fields[i].num.i
        if not self.without_rowid:
            out[self.n_cols].tag = TAG_INT
            out[self.n_cols].num.i = info.rowid
            if self.alias >= 0:
                out[self.alias] = out[self.n_cols]
        if self.n_generated:
            self.compute(out, arena)
        return 0

    cdef int read_old(self) except -1 nogil:
        """Fills `old` from the table, by the key that it holds: 1, or 0 when the row is gone. Its text is valid until the next call."""
        if not self.seek_row(self.old):
            return 0
        arena_reset(&self.old_arena)
        self.read_current(self.old, &self.old_arena)
        return 1

    cdef int remove_victim(self) except -1 nogil:
        """Deletes the row under the table's cursor and its index entries."""
        cdef uint32_t i
        cdef IndexState* ix
        self.read_current(self.victim, &self.arena)
        self.halfway = True
        for i in range(self.n_indexes):
            ix = &self.indexes[i]
            self.key_of(ix, self.victim, ix.victim_key, &ix.victim_live)
            if ix.victim_live:
                self.erase_entry(ix, ix.victim_key)
        self.cursor.erase()
        self.max_known = False
        return 0

    # ---- changes

    cdef int erase_entry(self, IndexState* ix, const Value* key) except -1 nogil:
        cdef int cmp
        if not (<BtreeCursor>ix.cursor).seek_key(key, ix.n_all, 0, &cmp) or cmp != 0:
            return raise_missing_entry((<BtreeCursor>ix.cursor).root)
        return (<BtreeCursor>ix.cursor).erase()

    cdef int insert_entry(self, IndexState* ix) except -1 nogil:
        self.record.encode(ix.key, NULL, ix.compact, ix.n_all, &self.arena)
        return (<BtreeCursor>ix.cursor).insert_key(self.record.p, self.record.n, ix.key, ix.n_all)

    cdef int write_row(self, bint append) except -1 nogil:
        """The table's own entry. A rowid that is there is replaced; a WITHOUT ROWID key must be free."""
        cdef uint32_t i
        self.record.encode(self.row, self.fields, self.compact, self.n_fields, &self.arena)
        if not self.without_rowid:
            self.cursor.insert_row(self.row[self.n_cols].num.i, self.record.p, self.record.n, append)
            if self.max_known and self.row[self.n_cols].num.i >= self.max_rowid:
                self.max_rowid = self.row[self.n_cols].num.i
                self.empty = False
            return 0
        for i in range(self.n_pk):
            self.pk_key[i] = self.row[self.pk[i]]
        return self.cursor.insert_key(self.record.p, self.record.n, self.pk_key, self.n_pk)

    cdef int insert(self, bint has_rowid) except -1 nogil:
        cdef uint32_t i
        cdef bint explicit = False
        cdef Value* rowid = &self.row[self.n_cols]
        arena_reset(&self.arena)
        if not self.without_rowid:
            if has_rowid and rowid.tag != TAG_NULL:
                explicit = True
                self.require_integer(rowid)
                if self.sequenced:
                    if not self.sequence_loaded:
                        self.load_sequence()
            else:
                self.new_rowid()
            if self.sequenced and rowid.num.i > self.sequence_value:
                self.sequence_value = rowid.num.i
            if self.alias >= 0:
                self.row[self.alias] = rowid[0]
        else:
            explicit = True
        if not self.check_row():
            return 0
        if self.without_rowid or not (self.n_indexes or explicit):
            self.check_types(ALL)
        if self.n_indexes or explicit:
            if not self.resolve(False, explicit, True):
                return 0
        self.halfway = True
        self.write_row(self.max_known and rowid.num.i > self.max_rowid)
        for i in range(self.n_indexes):
            if self.indexes[i].live:
                self.insert_entry(&self.indexes[i])
        self.halfway = False
        return 1

    cdef int require_integer(self, Value* rowid) except -1 nogil:
        if rowid.tag != TAG_INT and not must_be_int(rowid):
            return raise_mismatch()
        return 0

    cdef int update(self, bint sets_rowid, bint sets_key) except -1 nogil:
        """`old` becomes `row`. `sets_rowid`: row[n_cols] (and the alias) was assigned; `sets_key`: a WITHOUT ROWID key column was."""
        cdef uint32_t i
        cdef bint moves = False
        cdef IndexState* ix
        arena_reset(&self.arena)
        if not self.without_rowid:
            if sets_rowid:
                self.require_integer(&self.row[self.n_cols])
                moves = self.row[self.n_cols].num.i != self.old[self.n_cols].num.i
            if self.alias >= 0:
                self.row[self.alias] = self.row[self.n_cols]
        if self.may_replace and not self.seek_row(self.old):
            return 0
        if not self.check_row():
            return 0
        if self.without_rowid:
            self.check_types(ALL)
        if self.without_rowid and sets_key:
            for i in range(self.n_pk):
                if not self.same_key(&self.row[self.pk[i]], &self.old[self.pk[i]], 1):
                    moves = True
        for i in range(self.n_indexes):
            ix = &self.indexes[i]
            if moves or ix.touched:
                self.key_of(ix, self.old, ix.old_key, &ix.old_live)
        if not self.resolve(True, moves, moves):
            return 0
        self.halfway = True
        for i in range(self.n_indexes):
            ix = &self.indexes[i]
            if not moves:
                if not ix.touched:
                    continue
                if ix.live and ix.old_live and self.same_key(ix.key, ix.old_key, ix.n_all):
                    ix.live = ix.old_live = 0
                    continue
            # One after the other: the new entry is often near the old one.
            if ix.old_live:
                self.erase_entry(ix, ix.old_key)
            if ix.live:
                self.insert_entry(ix)
        if moves or self.without_rowid:
            if not self.seek_row(self.old):
                return raise_corrupt("row to update is gone", self.cursor.root)
            self.cursor.erase()
            self.max_known = False
        self.write_row(False)
        self.halfway = False
        return 1

    cdef int remove(self) except -1 nogil:
        cdef uint32_t i
        cdef IndexState* ix
        arena_reset(&self.arena)
        if not self.seek_row(self.old):
            return 0
        # The row first, while the cursor stands on it.
        self.halfway = True
        self.cursor.erase()
        for i in range(self.n_indexes):
            ix = &self.indexes[i]
            self.key_of(ix, self.old, ix.old_key, &ix.old_live)
            if ix.old_live:
                self.erase_entry(ix, ix.old_key)
        self.halfway = False
        return 1

    cdef int64_t clear(self) except -1 nogil:
        cdef int64_t n_rows = 0, ignored = 0
        cdef uint32_t i
        for i in range(self.n_indexes):
            self.tree.clear_tree((<BtreeCursor>self.indexes[i].cursor).root, &ignored)
        self.tree.clear_tree(self.cursor.root, &n_rows)
        return n_rows


def unique_message(table, index):
    """SQLite's message for a duplicate in a unique index."""
    if any(column.column == -2 for column in index.columns):
        return f"UNIQUE constraint failed: index '{index.name}'"
    names = ", ".join(f"{table.name}.{'rowid' if c.column < 0 else table.columns[c.column].name}" for c in index.columns)
    return f"UNIQUE constraint failed: {names}"
