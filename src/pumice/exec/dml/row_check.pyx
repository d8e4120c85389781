"""check_rows: what integrity_check looks at row by row.

Each row of a table, in the order of its tree: is it behind the one before it (WITHOUT ROWID), are its values of types that its columns may hold,
do NOT NULL and CHECK hold, and does every index that it belongs to have its entry, found as a look-up would find it, with the same text in it, and
(UNIQUE) no other of the same key behind it. At most one message a row and column, and a row and index.
Source: src/pragma.c, PRAGMA integrity_check.  Tests: tests/oracle/test_integrity_check.py
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy
from pumice.exec.dml.writer cimport VIRTUAL, IndexState, TableWriter
from pumice.exec.expr.expr cimport Expr
from pumice.exec.vector.convert cimport apply_affinity, value_is_true
from pumice.exec.vector.vector cimport vec_get
from pumice.memory cimport Arena, arena_alloc, arena_free, arena_init, arena_reset, mem_free, mem_zalloc
from pumice.storage.btree.btree cimport BtreeCursor, CellInfo
from pumice.storage.record.key_info cimport KeyInfo, compare_values
from pumice.values cimport AFF_BLOB, AFF_NUMERIC, AFF_TEXT, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value


cdef int compare_keys(KeyInfo info, const Value* a, const Value* b, uint32_t n) noexcept nogil:
    cdef uint32_t i
    cdef int order
    for i in range(n):
        order = compare_values(&a[i], &b[i], info.fns[i], info.contexts[i])
        if order != 0:
            return -order if info.desc[i] else order
    return 0


cdef bint nearly_equal(const Value* a, const Value* b) noexcept nogil:
    """Reals at most two steps apart."""
    cdef int64_t apart
    if a.tag != TAG_REAL or b.tag != TAG_REAL:
        return False
    apart = a.num.i - b.num.i
    return -2 <= apart <= 2


cdef class RowCheck:
    """One run. `quick` leaves out keys and indexes."""

    cdef TableWriter writer           # reads rows and makes index entries; writes nothing
    cdef bint quick
    cdef list messages
    cdef Py_ssize_t most              # messages
    cdef int64_t n_rows               # so far, the one under way with it
    cdef uint8_t* not_null            # owned; per column
    cdef Value* before                # owned; WITHOUT ROWID: the key of the row before
    cdef Arena arena                  # its text

    def __cinit__(self, TableWriter writer, bint quick, int limit, list messages):
        cdef uint32_t i
        arena_init(&self.arena)
        self.writer = writer
        self.quick = quick
        self.messages = messages
        self.most = len(messages) + limit
        self.not_null = <uint8_t*>mem_zalloc(writer.n_cols, 1)
        for i in range(writer.n_not_null):
            self.not_null[writer.not_null_column[i]] = 1
        self.before = <Value*>mem_zalloc(writer.n_pk, sizeof(Value))

    def __dealloc__(self):
        mem_free(self.not_null)
        mem_free(self.before)
        arena_free(&self.arena)

    cdef int report(self, str message) except -1:
        if len(self.messages) < self.most:
            self.messages.append(message)
        return 0

    cdef int run(self) except -1:
        cdef TableWriter w = self.writer
        cdef bint more
        with nogil:
            w.start()
            more = w.cursor.first()
            while more:
                self.n_rows += 1
                if self.n_rows & 1023 == 0:
                    w.ctx.check_interrupt()
                arena_reset(&w.arena)
                w.read_current(w.row, &w.arena)
                self.row()
                with gil:
                    if len(self.messages) >= self.most:
                        break
                more = w.cursor.next()
        return 0

    cdef int row(self) except -1 nogil:
        cdef uint32_t i
        cdef Value value
        if self.writer.without_rowid and not self.quick:
            self.check_key()
        for i in range(self.writer.n_cols):
            if <int32_t>i != self.writer.alias:
                self.check_value(i)
        if self.writer.n_checks:
            self.writer.load(self.writer.row)
            for i in range(self.writer.n_checks):
                vec_get((<Expr>self.writer.check_items[i]).eval(&self.writer.batch, NULL, 1), 0, &value)
                if value.tag != TAG_NULL and not value_is_true(&value):
                    with gil:
                        self.report(f"CHECK constraint failed in {self.writer.table.name}")
                    break
        if not self.quick:
            for i in range(self.writer.n_indexes):
                self.check_entry(i)
        return 0

    cdef int check_key(self) except -1 nogil:
        """A WITHOUT ROWID table's keys ascend."""
        cdef uint32_t i
        cdef uint8_t* copy
        for i in range(self.writer.n_pk):
            self.writer.pk_key[i] = self.writer.row[self.writer.pk[i]]
        if self.n_rows > 1 and self.before[0].tag != TAG_NULL \
                and compare_keys(self.writer.cursor.key_info, self.writer.pk_key, self.before, self.writer.n_pk) <= 0:
            with gil:
                self.report(f"row not in PRIMARY KEY order for {self.writer.table.name}")
        arena_reset(&self.arena)
        for i in range(self.writer.n_pk):
            self.before[i] = self.writer.pk_key[i]
            if self.before[i].tag >= TAG_TEXT:
                copy = arena_alloc(&self.arena, self.before[i].size)
                memcpy(copy, self.before[i].num.p, self.before[i].size)
                self.before[i].num.p = copy
        return 0

    cdef int check_value(self, uint32_t c) except -1 nogil:
        """NOT NULL; the column's type in a STRICT table, else whether its affinity would have made another value of it."""
        cdef Value value = self.writer.row[c]
        if value.tag == TAG_NULL:
            if self.not_null[c]:
                with gil:
                    self.report(f"NULL value in {self.writer.table.name}.{self.writer.table.columns[c].name}")
        elif self.writer.strict != NULL:
            if not (self.writer.strict[c] >> value.tag) & 1:
                with gil:
                    column = self.writer.table.columns[c]
                    self.report(f"non-{column.type_name.upper()} value in {self.writer.table.name}.{column.name}")
        elif self.writer.affinity[c] == AFF_TEXT:
            if value.tag == TAG_INT or value.tag == TAG_REAL:
                with gil:
                    self.report(f"NUMERIC value in {self.writer.table.name}.{self.writer.table.columns[c].name}")
        elif self.writer.affinity[c] > AFF_BLOB and value.tag == TAG_TEXT:
            apply_affinity(&value, AFF_NUMERIC, &self.writer.arena)
            if value.tag != TAG_TEXT:
                with gil:
                    self.report(f"TEXT value in {self.writer.table.name}.{self.writer.table.columns[c].name}")
        return 0

    cdef int check_entry(self, uint32_t i) except -1 nogil:
        """The row's entry in an index."""
        cdef IndexState* ix = &self.writer.indexes[i]
        cdef uint32_t k
        cdef int cmp
        cdef bint found
        self.writer.key_of(ix, self.writer.row, ix.key, &ix.live)
        if not ix.live:
            return 0
        if not (<BtreeCursor>ix.cursor).seek_key(ix.key, ix.n_all, 0, &cmp) or cmp != 0:
            found = self.is_near(ix)
            with gil:
                name = self.writer.write.indexes[i].index.name
                return self.report(f"index {name} stores an imprecise floating-point value for row {self.n_rows}" if found else
                                   f"row {self.n_rows} missing from index {name}")
        self.read_entry(ix)
        for k in range(ix.n_key):
            if (<BtreeCursor>ix.cursor).key_info.fns[k] != NULL and compare_values(&ix.victim_key[k], &ix.key[k], NULL, NULL) != 0:
                with gil:
                    return self.report(f"row {self.n_rows} values differ from index {self.writer.write.indexes[i].index.name}")
        if not ix.unique:
            return 0
        for k in range(ix.n_key):
            if ix.key[k].tag == TAG_NULL:
                return 0
        if (<BtreeCursor>ix.cursor).next():
            self.read_entry(ix)
            if compare_keys((<BtreeCursor>ix.cursor).key_info, ix.victim_key, ix.key, ix.n_key) <= 0:
                with gil:
                    return self.report(f"non-unique entry in index {self.writer.write.indexes[i].index.name}")
        return 0

    cdef bint is_near(self, IndexState* ix) except -1 nogil:
        """Is there, near where a look-up of the key has ended, an entry that differs from it in a computed REAL's last bits only?
        Another compiler's arithmetic may have made it. From ten entries before on, or else from the first on to the last."""
        cdef uint32_t k
        cdef int left = 20, steps
        for k in range(ix.n_all):
            if self.is_computed(ix, k):
                break
        else:
            return False
        if (<BtreeCursor>ix.cursor).depth < 0:
            return False
        for steps in range(10):
            if not (<BtreeCursor>ix.cursor).prev():
                (<BtreeCursor>ix.cursor).first()
                left = -1
                break
        while left != 0:
            self.read_entry(ix)
            for k in range(ix.n_all):
                if compare_values(&ix.victim_key[k], &ix.key[k], (<BtreeCursor>ix.cursor).key_info.fns[k],
                                  (<BtreeCursor>ix.cursor).key_info.contexts[k]) != 0 \
                        and not (self.is_computed(ix, k) and nearly_equal(&ix.victim_key[k], &ix.key[k])):
                    break
            else:
                return True
            left -= 1
            if not (<BtreeCursor>ix.cursor).next():
                break
        return False

    cdef inline bint is_computed(self, IndexState* ix, uint32_t k) noexcept nogil:
        """Is the index column an expression or a VIRTUAL column?"""
        return ix.source[k] < 0 or (<uint32_t>ix.source[k] < self.writer.n_cols and self.writer.computed[ix.source[k]] == VIRTUAL)

    cdef int read_entry(self, IndexState* ix) except -1 nogil:
        """Fills victim_key with the entry under the index's (<BtreeCursor>ix.cursor)."""
        cdef CellInfo info
        cdef const uint8_t* p
        (<BtreeCursor>ix.cursor).cell(&info)
        p = (<BtreeCursor>ix.cursor).payload(&info, &self.writer.arena)
        self.writer.record.decode(p, info.n_payload, ix.victim_key, ix.n_all, &self.writer.arena)
        return 0


def check_rows(TableWriter writer not None, bint quick, int limit, list messages not None):
    """Adds at most `limit` to `messages`."""
    try:
        RowCheck(writer, quick, limit, messages).run()
    finally:
        writer.finish()
