"""SetOp: UNION ALL, UNION, INTERSECT and EXCEPT of two inputs with the same number of columns.

Output: as many columns. UNION ALL streams left, then right. The others give their distinct rows in ascending order of the whole row, as SQLite
does; NULLs are equal to each other and come first. They hold the distinct rows in a key table; when those do not fit the memory budget, all rows go
through a Sorter instead, each with the side it comes from, and equal neighbours become one.

Of equal but not identical rows (1 and 1.0, 'a' and 'A') the first of the left side stays, with UNION the first of the right side where it has the row:
SQLite merges two sorted inputs, and where they are equal it takes the right one. So UNION reads its right side first.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from libc.string cimport memset
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.key_table cimport NO_ENTRY, CollationList, KeyTable
from pumice.exec.operators.operator cimport Operator
from pumice.exec.operators.order cimport Ordering, make_ordering
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.operators.sorter cimport Sorter
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, vec_free, vec_init, vec_set_const
from pumice.memory cimport mem_alloc, mem_free, mem_realloc
from pumice.values cimport TAG_INT, Value

cdef enum:
    UNION = 0
    INTERSECT = 1
    EXCEPT = 2

cdef enum:
    # The side a spilled row comes from, and the sides that a group of equal rows has.
    LEFT = 0
    RIGHT = 1
    HAS_LEFT = 1
    HAS_RIGHT = 2


cdef class UnionAll(Operator):
    cdef Operator left, right
    cdef bint on_right

    def __init__(self, node, ExecContext ctx, Operator left, Operator right):
        self.node = node
        self.ctx = ctx
        self.left = left
        self.right = right
        self.children = (left, right)
        self.make_output(0, 0)

    cdef int open(self) except -1 nogil:
        self.on_right = False
        return self.left.open()

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        if not self.on_right:
            if self.left.next(want, out):
                return 1
            self.left.close()
            self.right.open()
            self.on_right = True
        return self.right.next(want, out)

    cdef int close(self) except -1 nogil:
        self.left.close()
        return self.right.close()


cdef class SetOp(Operator):
    cdef Operator left, right
    cdef int op
    cdef KeyTable table
    cdef size_t charged                 # bytes accounted for in ctx
    cdef Ordering ordering
    cdef uint8_t* on_right              # owned; per entry: right has the row too
    cdef uint32_t* rows                 # owned; entries in output order
    cdef uint32_t n_rows, row_at
    cdef bint filled
    cdef uint32_t entries[1024]
    cdef uint8_t is_new[1024]
    # Beyond the budget
    cdef bint spilled
    cdef Sorter sorter                  # the columns, then the side
    cdef Vector sides[2]                # owned; constants
    cdef Vector** row_cols              # owned, columns and side
    cdef RowStore carry                 # the last group of equal rows so far, as one row
    cdef uint32_t carry_sides
    cdef RowStore ready                 # distinct rows found, not yet handed out
    cdef uint32_t ready_at
    cdef uint16_t picked[1024]

    def __cinit__(self, *args, **kwargs):
        self.on_right = NULL
        self.rows = NULL
        self.row_cols = NULL
        vec_init(&self.sides[LEFT])
        vec_init(&self.sides[RIGHT])

    def __init__(self, node, ExecContext ctx, Operator left, Operator right, str op, collations):
        cdef uint32_t n = <uint32_t>len(collations)
        cdef Value side
        self.node = node
        self.ctx = ctx
        self.left = left
        self.right = right
        self.children = (left, right)
        self.op = {"union": UNION, "intersect": INTERSECT, "except": EXCEPT}[op]
        self.table = KeyTable(CollationList(collations))
        self.ordering = make_ordering(range(n), [False] * n, [True] * n, collations)
        self.spills = SpillCount()
        self.sorter = Sorter(ctx, n + 1, self.ordering, self.spills)
        self.carry = RowStore(n)
        self.ready = RowStore(n)
        self.row_cols = <Vector**>mem_alloc(n + 1, sizeof(Vector*))
        side.tag = TAG_INT
        side.size = 0
        for i in range(2):
            side.num.i = i
            vec_set_const(&self.sides[i], &side)
        self.make_output(n, n + 1)

    def __dealloc__(self):
        mem_free(self.on_right)
        mem_free(self.rows)
        mem_free(self.row_cols)
        vec_free(&self.sides[LEFT])
        vec_free(&self.sides[RIGHT])

    cdef int open(self) except -1 nogil:
        self.forget()
        self.filled = False
        return 0

    cdef void forget(self) noexcept nogil:
        self.table.clear()
        self.ctx.charge(&self.charged, 0)
        self.n_rows = self.row_at = 0
        if self.spilled:
            self.spilled = False
            self.sorter.clear()
            self.carry.clear()
            self.ready.clear()

    # ---- in memory

    cdef int add(self, Batch* batch, int side) except -1 nogil:
        if self.spilled:
            return self.add_spilled(batch.cols, batch.sel, batch.n_sel, side)
        self.table.insert(batch.cols, batch.sel, batch.n_sel, self.entries, self.is_new)
        # A row costs what the table holds and a number in output order.
        if self.ctx.charge(&self.charged, self.table.size_bytes() + <size_t>self.table.keys.n_rows * sizeof(uint32_t)):
            self.spill_table()
        return 0

    cdef int add_all(self, Operator side) except -1 nogil:
        """Every row of `side` is one of the result's, or in the way of EXCEPT and INTERSECT."""
        cdef Batch* batch
        side.open()
        while side.next(BATCH_MAX, &batch):
            self.add(batch, LEFT)
        return side.close()

    cdef int look_for_right(self) except -1 nogil:
        """Marks the left side's rows that the right side has too."""
        cdef Batch* batch
        cdef uint32_t k
        if not self.spilled:
            self.on_right = <uint8_t*>mem_realloc(self.on_right, self.table.keys.n_rows, 1)
            memset(self.on_right, 0, self.table.keys.n_rows)
        self.right.open()
        while self.right.next(BATCH_MAX, &batch):
            if self.spilled:
                self.add(batch, RIGHT)
            else:
                self.table.find(batch.cols, batch.sel, batch.n_sel, self.entries)
                for k in range(batch.n_sel):
                    if self.entries[k] != NO_ENTRY:
                        self.on_right[self.entries[k]] = 1
        return self.right.close()

    cdef int fill(self) except -1 nogil:
        cdef uint32_t k, n = 0, total
        self.filled = True
        if self.op == UNION:
            self.add_all(self.right)
            self.add_all(self.left)
        else:
            self.add_all(self.left)
            self.look_for_right()
        if self.spilled:
            return self.sorter.finish()
        total = self.table.keys.n_rows
        self.rows = <uint32_t*>mem_realloc(self.rows, total, sizeof(uint32_t))
        for k in range(total):
            if self.op == UNION or self.on_right[k] == (self.op == INTERSECT):
                self.rows[n] = k
                n += 1
        self.n_rows = n
        self.row_at = 0
        return self.ordering.sort(self.table.keys, self.rows, n)

    # ---- through the sorter

    cdef int add_spilled(self, Vector** cols, const uint16_t* sel, uint32_t n, int side) except -1 nogil:
        cdef uint32_t c
        for c in range(self.out.n_cols):
            self.row_cols[c] = cols[c]
        self.row_cols[self.out.n_cols] = &self.sides[side]
        return self.sorter.add(self.row_cols, sel, n)

    cdef int spill_table(self) except -1 nogil:
        """The rows so far move from the table to the sorter, where all others follow."""
        cdef uint32_t chunk
        self.spilled = True
        self.carry_sides = 0
        self.ready_at = 0
        self.sorter.clear()
        self.ctx.charge(&self.charged, 0)
        for chunk in range(self.table.keys.n_chunks):
            self.table.keys.view(chunk, self.row_cols)
            self.row_cols[self.out.n_cols] = &self.sides[LEFT]
            self.sorter.add(self.row_cols, NULL, self.table.keys.chunk_rows(chunk))
        self.table.clear()
        return 0

    cdef bint passes(self, uint32_t sides) noexcept nogil:
        if self.op == INTERSECT:
            return sides == HAS_LEFT | HAS_RIGHT
        return sides == HAS_LEFT

    cdef int next_groups(self) except -1 nogil:
        """Makes one distinct row of each group of equal sorted rows, to `ready`; a batch's last group waits in `carry` for what follows. 0: the end."""
        cdef int64_t n = self.sorter.next(BATCH_MAX, self.n_vecs, self.vecs)
        cdef uint32_t k, c, m = 0, sides = self.carry_sides, n_cols = self.out.n_cols
        cdef int64_t kept = -1              # the lane that stands for the group; -1: `carry` does
        cdef bint same
        if n == 0:
            if sides == 0:
                return 0
            if self.passes(sides):
                self.carry.view(0, self.row_cols)
                self.ready.append(self.row_cols, NULL, 1)
            self.carry_sides = 0
            return 1
        for k in range(n_cols):
            self.row_cols[k] = &self.vecs[k]
        for k in range(<uint32_t>n):
            if k:
                same = self.ordering.compare_lanes(self.row_cols, k, self.row_cols, k - 1, 0) == 0
            else:
                same = sides and self.ordering.compare_lane(self.row_cols, 0, self.carry, 0) == 0
            if not same:
                if self.passes(sides):
                    if kept < 0:
                        self.carry.view(0, self.row_cols)
                        self.ready.append(self.row_cols, NULL, 1)
                        for c in range(n_cols):
                            self.row_cols[c] = &self.vecs[c]
                    else:
                        self.picked[m] = <uint16_t>kept
                        m += 1
                sides = 0
                kept = k
            sides |= HAS_LEFT if self.vecs[n_cols].num[k].i == LEFT else HAS_RIGHT
        self.ordering.check()
        if m:
            self.ready.append(self.row_cols, self.picked, m)
        if kept >= 0:
            self.carry.clear()
            self.carry.append_lane(self.row_cols, <uint32_t>kept)
        self.carry_sides = sides
        return 1

    cdef int next_spilled(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t n, c
        while self.ready_at == self.ready.n_rows:
            self.ready.clear()
            self.ready_at = 0
            if not self.next_groups():
                return 0
        n = self.ready.n_rows - self.ready_at
        if n > want:
            n = want
        if n > BATCH_MAX:
            n = BATCH_MAX
        for c in range(n):
            self.entries[c] = self.ready_at + c
        for c in range(self.out.n_cols):
            self.ready.gather(c, self.entries, n, &self.vecs[c])
        self.ready_at += n
        self.out.n = self.out.n_sel = n
        self.out.sel = NULL
        out[0] = &self.out
        return 1

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t n, c
        if not self.filled:
            self.fill()
        if self.spilled:
            return self.next_spilled(want, out)
        n = self.n_rows - self.row_at
        if n == 0:
            return 0
        if n > want:
            n = want
        for c in range(self.out.n_cols):
            self.table.keys.gather(c, self.rows + self.row_at, n, &self.vecs[c])
        self.row_at += n
        self.out.n = self.out.n_sel = n
        self.out.sel = NULL
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.forget()
        self.left.close()
        return self.right.close()
