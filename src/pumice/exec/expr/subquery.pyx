"""Subqueries as expressions; see subquery.pxd.

An uncorrelated subquery runs once per execution. A correlated one runs once per distinct values of the columns it refers to: the values of a
batch go through a key table, whose new entries run the plan with the registers set. What is remembered is dropped when the
statement restarts and when it grows past MEMO_MAX entries.

IN (3-valued): true if an equal row exists; else NULL if a comparison with some row was NULL; else false. An uncorrelated set is hashed once.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy, memset
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.key_table cimport NO_ENTRY, CollationList, KeyTable
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.operators.row_store cimport RowStore, store_get
from pumice.exec.vector.convert cimport apply_affinity
from pumice.exec.vector.vector cimport (BATCH_MAX, Batch, Vector, sel_lane, vec_free, vec_get, vec_init, vec_put, vec_reserve, vec_set_const)
from pumice.memory cimport Arena, arena_free, arena_init, arena_reset, mem_alloc, mem_free, mem_realloc, mem_zalloc
from pumice.storage.record.key_info cimport compare_values
from pumice.values cimport AFF_BLOB, MASK_INT, MASK_NULL, TAG_INT, TAG_NULL, Value

cdef enum:
    MEMO_MAX = 1 << 16          # remembered results of one subquery


cdef class SubqueryRun:
    def __cinit__(self, *args, **kwargs):
        self.slots = NULL
        self.positions = NULL
        self.consts = NULL
        self.saved = self.row = NULL
        self.keys = NULL
        self.exists = self.is_new = NULL
        self.entries = NULL
        self.cap_exists = 0

    def __init__(self, ExecContext ctx, Operator plan, uint32_t n_cols, registers, bint changing):
        """`registers`: (slot, batch column or -1) of each correlated reference."""
        cdef uint32_t i
        self.ctx = ctx
        self.plan = plan
        self.n_cols = n_cols
        self.n_regs = <uint32_t>len(registers)
        self.slots = <uint32_t*>mem_zalloc(self.n_regs, sizeof(uint32_t))
        self.positions = <int64_t*>mem_zalloc(self.n_regs, sizeof(int64_t))
        self.consts = <Vector*>mem_zalloc(self.n_regs, sizeof(Vector))
        self.saved = <Value*>mem_zalloc(self.n_regs, sizeof(Value))
        self.keys = <Vector**>mem_zalloc(self.n_regs, sizeof(Vector*))
        for i in range(self.n_regs):
            self.slots[i], self.positions[i] = registers[i]
            vec_init(&self.consts[i])
        self.changing = changing
        self.seen_run = -1
        self.memo = KeyTable(CollationList([None] * self.n_regs))
        self.memo.exact = True
        self.first = RowStore(n_cols)
        self.entries = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.is_new = <uint8_t*>mem_alloc(BATCH_MAX, 1)
        self.row = <Value*>mem_zalloc(n_cols, sizeof(Value))

    def __dealloc__(self):
        cdef uint32_t i
        if self.consts != NULL:
            for i in range(self.n_regs):
                vec_free(&self.consts[i])
        mem_free(self.consts)
        mem_free(self.slots)
        mem_free(self.positions)
        mem_free(self.saved)
        mem_free(self.keys)
        mem_free(self.exists)
        mem_free(self.entries)
        mem_free(self.is_new)
        mem_free(self.row)

    cdef void forget(self) noexcept nogil:
        self.memo.clear()
        self.first.clear()

    cdef int begin(self, Batch* batch) except -1 nogil:
        """Forgets what is out of date and lays out the registers' values as vectors."""
        cdef uint32_t i
        if self.seen_run != self.ctx.run or self.changing or self.memo.keys.n_rows > MEMO_MAX:
            self.forget()
            self.seen_run = self.ctx.run
        for i in range(self.n_regs):
            if self.positions[i] >= 0:
                self.keys[i] = batch.cols[self.positions[i]]
            else:
                vec_set_const(&self.consts[i], &self.ctx.outer[self.slots[i]])
                self.keys[i] = &self.consts[i]
        return 0

    cdef void save(self) noexcept nogil:
        cdef uint32_t i
        for i in range(self.n_regs):
            self.saved[i] = self.ctx.outer[self.slots[i]]

    cdef void restore(self) noexcept nogil:
        cdef uint32_t i
        for i in range(self.n_regs):
            self.ctx.outer[self.slots[i]] = self.saved[i]

    cdef int set_registers(self, uint32_t lane) except -1 nogil:
        cdef uint32_t i
        for i in range(self.n_regs):
            vec_get(self.keys[i], lane, &self.ctx.outer[self.slots[i]])
        return 0

    cdef int load(self, Batch* batch, const uint16_t* sel, uint32_t n) except -1 nogil:
        """entries[k] = the memo entry of the k-th live lane, its first row and `exists` filled in."""
        cdef uint32_t k, n_known
        cdef bint done = False
        self.begin(batch)
        n_known = self.memo.keys.n_rows
        if self.n_regs == 0:
            # One entry for all lanes.
            memset(self.entries, 0, n * sizeof(uint32_t))
            if self.first.n_rows == 0 and n > 0:
                self.run_first(0)
            return 0
        self.memo.insert(self.keys, sel, n, self.entries, self.is_new)
        if self.memo.keys.n_rows == n_known:
            return 0
        self.save()
        try:
            for k in range(n):
                if self.is_new[k]:
                    self.set_registers(sel_lane(sel, k))
                    self.run_first(self.entries[k])
            done = True
        finally:
            if not done:
                # Entries without results must not be found later.
                self.forget()
            self.restore()
        return 0

    cdef int run_first(self, uint32_t entry) except -1 nogil:
        """Runs the plan for its first row, which becomes row `entry` of `first`."""
        cdef Batch* batch
        cdef uint32_t c
        cdef int found
        if entry >= self.cap_exists:
            self.cap_exists = entry * 2 + 16
            self.exists = <uint8_t*>mem_realloc(self.exists, self.cap_exists, 1)
        try:
            self.plan.open()
            found = self.plan.next(1, &batch)
            self.exists[entry] = found
            if found:
                for c in range(self.n_cols):
                    vec_get(batch.cols[c], sel_lane(batch.sel, 0), &self.row[c])
            else:
                memset(self.row, 0, self.n_cols * sizeof(Value))
            self.first.append_row(self.row)
        finally:
            self.plan.close()
        return 0


cdef class ScalarSubquery(Expr):
    """Column `column` of the subquery's first row, NULL without rows."""
    cdef SubqueryRun run
    cdef uint32_t column

    def __init__(self, SubqueryRun run, uint32_t column):
        self.run = run
        self.column = column

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Value v
        cdef uint32_t k, lane
        self.run.load(batch, sel, n)
        if self.run.n_regs == 0 and n > 0:
            store_get(self.run.first, 0, self.column, &v)
            vec_set_const(&self.out, &v)
            return &self.out
        vec_reserve(&self.out, BATCH_MAX if n else 1)
        self.out.mask = 0
        for k in range(n):
            lane = sel_lane(sel, k)
            store_get(self.run.first, self.run.entries[k], self.column, &v)
            vec_put(&self.out, lane, &v)
            self.out.mask |= <uint32_t>1 << v.tag
        return &self.out


cdef class Exists(Expr):
    """1 if the subquery has a row, else 0; `negated` the other way round."""
    cdef SubqueryRun run
    cdef bint negated

    def __init__(self, SubqueryRun run, bint negated):
        self.run = run
        self.negated = negated

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef uint32_t k, lane
        self.run.load(batch, sel, n)
        vec_reserve(&self.out, BATCH_MAX if n else 1)
        for k in range(n):
            lane = sel_lane(sel, k)
            self.out.tag[lane] = TAG_INT
            self.out.num[lane].i = (self.run.exists[self.run.entries[k]] != 0) != self.negated
        self.out.mask = MASK_INT
        return &self.out


cdef class InSubquery(Expr):
    """Operands IN the subquery's rows."""
    cdef SubqueryRun run
    cdef ExprList operands
    cdef bint negated
    cdef uint32_t n_ops
    cdef int* affinities                # owned; applied to the subquery's columns
    cdef CollationList collations
    cdef KeyTable members               # uncorrelated: rows without NULL. Correlated: register and operand values already answered
    cdef RowStore with_null             # uncorrelated: rows with a NULL
    cdef uint8_t* answers               # owned; correlated: TAG-like answer per entry of `members`: 0, 1, 2 = NULL
    cdef uint32_t cap_answers
    cdef Vector* converted              # owned, n_ops: subquery columns with the affinity applied
    cdef Vector** cols                  # owned
    cdef uint16_t* lanes                # owned, BATCH_MAX
    cdef bint loaded
    cdef int64_t seen_run               # ctx.run that `members` and `with_null` belong to

    def __cinit__(self, *args, **kwargs):
        self.seen_run = -1
        self.affinities = NULL
        self.converted = NULL
        self.cols = NULL
        self.answers = NULL
        self.lanes = NULL
        self.cap_answers = 0

    def __init__(self, SubqueryRun run, operands, affinities, collations, bint negated):
        cdef uint32_t i
        self.run = run
        self.operands = ExprList(operands)
        self.negated = negated
        self.n_ops = self.operands.n
        self.affinities = <int*>mem_zalloc(self.n_ops, sizeof(int))
        self.converted = <Vector*>mem_zalloc(self.n_ops, sizeof(Vector))
        self.cols = <Vector**>mem_zalloc(self.n_ops + run.n_regs, sizeof(Vector*))
        self.lanes = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))
        for i in range(self.n_ops):
            self.affinities[i] = affinities[i]
            vec_init(&self.converted[i])
        self.collations = CollationList(collations)
        if run.n_regs:
            # Remembered answers are per exact operand value: BINARY keeps texts apart that a collation holds equal, which is harmless.
            self.members = KeyTable(CollationList([None] * (self.n_ops + run.n_regs)))
            self.members.exact = True
        else:
            self.members = KeyTable(self.collations)
        self.with_null = RowStore(self.n_ops)

    def __dealloc__(self):
        cdef uint32_t i
        if self.converted != NULL:
            for i in range(self.n_ops):
                vec_free(&self.converted[i])
        mem_free(self.converted)
        mem_free(self.affinities)
        mem_free(self.cols)
        mem_free(self.answers)
        mem_free(self.lanes)

    cdef int convert(self, Batch* batch) except -1 nogil:
        """The subquery's columns with their affinities, in `cols`."""
        cdef uint32_t c, k, lane
        cdef Vector* v
        cdef Vector* to
        cdef Value value
        for c in range(self.n_ops):
            v = batch.cols[c]
            self.cols[c] = v
            if self.affinities[c] <= AFF_BLOB:
                continue
            to = &self.converted[c]
            vec_reserve(to, batch.n)
            arena_reset(&to.arena)
            to.mask = 0
            for k in range(batch.n_sel):
                lane = sel_lane(batch.sel, k)
                vec_get(v, lane, &value)
                apply_affinity(&value, self.affinities[c], &to.arena)
                vec_put(to, lane, &value)
                to.mask |= <uint32_t>1 << value.tag
            self.cols[c] = to
        return 0

    cdef uint32_t split(self, Vector** cols, const uint16_t* sel, uint32_t n, uint16_t* nulls, uint32_t* n_nulls) noexcept nogil:
        """Live lanes without a NULL to `lanes` (returns how many), the others to `nulls`."""
        cdef uint32_t k, c, lane, m = 0
        cdef bint has_null
        n_nulls[0] = 0
        for k in range(n):
            lane = sel_lane(sel, k)
            has_null = False
            for c in range(self.n_ops):
                if cols[c].tag[lane & cols[c].lane_mask] == TAG_NULL:
                    has_null = True
            if has_null:
                nulls[n_nulls[0]] = <uint16_t>lane
                n_nulls[0] += 1
            else:
                self.lanes[m] = <uint16_t>lane
                m += 1
        return m

    cdef int load_set(self) except -1 nogil:
        """Uncorrelated: all rows of the subquery into the hash set and the list of rows with NULLs."""
        cdef Batch* batch
        cdef uint32_t n, n_nulls
        cdef uint16_t nulls[1024]
        self.members.clear()
        self.with_null.clear()
        try:
            self.run.plan.open()
            while self.run.plan.next(BATCH_MAX, &batch):
                self.convert(batch)
                n = self.split(self.cols, batch.sel, batch.n_sel, nulls, &n_nulls)
                self.members.insert(self.cols, self.lanes, n, self.run.entries, NULL)
                # One NULL is as good as many for a single column.
                if n_nulls and (self.n_ops > 1 or self.with_null.n_rows == 0):
                    self.with_null.append(self.cols, nulls, n_nulls if self.n_ops > 1 else 1)
        finally:
            self.run.plan.close()
        self.loaded = True
        return 0

    cdef int compare_row(self, uint32_t lane, RowStore rows, uint32_t row) except? -2 nogil:
        """Operands of a lane against a stored row: 1 equal, 0 not, 2 unknown."""
        cdef uint32_t c
        cdef Value a, b
        cdef int order, answer = 1
        for c in range(self.n_ops):
            vec_get(self.operands.results[c], lane, &a)
            store_get(rows, row, c, &b)
            if a.tag == TAG_NULL or b.tag == TAG_NULL:
                answer = 2
                continue
            order = compare_values(&a, &b, self.collations.fns[c], self.collations.contexts[c])
            if order == -2:
                return -2
            if order != 0:
                return 0
        return answer

    cdef int unknown(self, uint32_t lane, bint operand_null) except -1 nogil:
        """No equal row: is there one that compares as NULL?"""
        cdef uint32_t row
        if self.n_ops == 1:
            if operand_null:
                return self.with_null.n_rows > 0 or self.members.keys.n_rows > 0
            return self.with_null.n_rows > 0
        for row in range(self.with_null.n_rows):
            if self.compare_row(lane, self.with_null, row) == 2:
                return 1
        if operand_null:
            for row in range(self.members.keys.n_rows):
                if self.compare_row(lane, self.members.keys, row) == 2:
                    return 1
        return 0

    cdef void answer(self, uint32_t lane, int what) noexcept nogil:
        if what == 2:
            self.out.tag[lane] = TAG_NULL
            self.out.mask |= MASK_NULL
        else:
            self.out.tag[lane] = TAG_INT
            self.out.num[lane].i = (what == 1) != self.negated
            self.out.mask |= MASK_INT

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        self.operands.eval_all(batch, sel, n)
        vec_reserve(&self.out, BATCH_MAX if n else 1)
        self.out.mask = 0
        if n == 0:
            return &self.out
        if self.run.n_regs:
            self.eval_correlated(batch, sel, n)
        else:
            self.eval_set(sel, n)
        return &self.out

    cdef int eval_set(self, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef uint32_t k, m, n_nulls
        cdef uint16_t nulls[1024]
        if self.seen_run != self.run.ctx.run or self.run.changing or not self.loaded:
            self.load_set()
            self.seen_run = self.run.ctx.run
        m = self.split(self.operands.results, sel, n, nulls, &n_nulls)
        self.members.find(self.operands.results, self.lanes, m, self.run.entries)
        for k in range(m):
            if self.run.entries[k] != NO_ENTRY:
                self.answer(self.lanes[k], 1)
            else:
                self.answer(self.lanes[k], 2 if self.with_null.n_rows and self.unknown(self.lanes[k], False) else 0)
        for k in range(n_nulls):
            self.answer(nulls[k], 2 if self.unknown(nulls[k], True) else 0)
        return 0

    cdef int eval_correlated(self, Batch* batch, const uint16_t* sel, uint32_t n) except -1 nogil:
        """An answer per distinct (registers, operands); new ones read the subquery's rows until one is equal."""
        cdef uint32_t k, i, lane
        cdef uint32_t* entries = self.run.entries
        cdef bint done = False
        self.run.begin(batch)
        if self.seen_run != self.run.ctx.run or self.run.changing or self.members.keys.n_rows > MEMO_MAX:
            self.members.clear()
            self.seen_run = self.run.ctx.run
        for i in range(self.n_ops):
            self.cols[i] = self.operands.results[i]
        for i in range(self.run.n_regs):
            self.cols[self.n_ops + i] = self.run.keys[i]
        self.members.insert(self.cols, sel, n, entries, self.run.is_new)
        if self.members.keys.n_rows > self.cap_answers:
            self.cap_answers = self.members.keys.n_rows * 2
            self.answers = <uint8_t*>mem_realloc(self.answers, self.cap_answers, 1)
        self.run.save()
        try:
            for k in range(n):
                lane = sel_lane(sel, k)
                if self.run.is_new[k]:
                    self.run.set_registers(lane)
                    self.answers[entries[k]] = <uint8_t>self.search(lane)
                self.answer(lane, self.answers[entries[k]])
            done = True
        finally:
            if not done:
                self.members.clear()
            self.run.restore()
        return 0

    cdef int search(self, uint32_t lane) except -1 nogil:
        """Runs the subquery for a lane's registers: 1, 0 or 2 = NULL."""
        cdef Batch* batch
        cdef uint32_t k, c, at
        cdef int result = 0, one
        cdef Value a, b
        cdef int order
        try:
            self.run.plan.open()
            while result != 1 and self.run.plan.next(BATCH_MAX, &batch):
                self.convert(batch)
                for k in range(batch.n_sel):
                    at = sel_lane(batch.sel, k)
                    one = 1
                    for c in range(self.n_ops):
                        vec_get(self.operands.results[c], lane, &a)
                        vec_get(self.cols[c], at, &b)
                        if a.tag == TAG_NULL or b.tag == TAG_NULL:
                            one = 2
                            continue
                        order = compare_values(&a, &b, self.collations.fns[c], self.collations.contexts[c])
                        if order == -2:
                            return -1
                        if order != 0:
                            one = 0
                            break
                    if one == 1:
                        result = 1
                        break
                    if one == 2:
                        result = 2
        finally:
            self.run.plan.close()
        return result
