"""NestedLoopJoin: for each left row, the right rows that meet the conditions.

Inputs: left, streamed; right, either re-opened for each left row with the left columns it refers to in outer registers (lookup, lateral), or
computed once and buffered. Output: left's columns then right's (semi, anti: left's). Order: left order, then right order. Memory: the
buffered right side, beyond the budget in a temporary file that is read again for each left row; output rows of one batch. A condition that is NULL rejects the pair; left, right and full joins fill with NULLs.

Conditions run over whole chunks of right rows, the left row standing beside them as constant vectors.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memset
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.operators.row_buffer cimport RowBuffer, RowBufferReader
from pumice.exec.operators.row_store cimport copy_lanes
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, sel_lane, vec_free, vec_get, vec_init, vec_put, vec_reserve, vec_set_const
from pumice.memory cimport arena_reset, mem_alloc, mem_free, mem_realloc, mem_zalloc
from pumice.values cimport MASK_NULL, TAG_NULL, Value

cdef enum:
    INNER = 0
    LEFT = 1
    RIGHT = 2
    FULL = 3
    SEMI = 4
    ANTI = 5

KINDS = {"inner": INNER, "cross": INNER, "left": LEFT, "right": RIGHT, "full": FULL, "semi": SEMI, "anti": ANTI}


cdef class NestedLoopJoin(Operator):
    cdef Operator left, right
    cdef ExprList conditions
    cdef int kind
    cdef bint lookup                    # right is re-opened for each left row
    cdef uint32_t n_left, n_right
    cdef uint32_t n_regs
    cdef uint32_t* reg_slots            # owned; registers that right reads
    cdef uint32_t* reg_cols             # owned; the left columns they come from
    cdef uint32_t n_shown
    cdef uint32_t* shown                # owned; left columns that the conditions read
    cdef Vector* consts                 # owned, n_left: the left row as constants
    cdef Batch pair                     # left constants and right vectors, for the conditions
    cdef Vector** pair_cols             # owned
    cdef RowBuffer rows                 # buffered right side
    cdef RowBufferReader reader         # of these
    cdef uint8_t* matched               # owned; right/full: a flag per buffered row
    cdef bint buffered
    cdef Batch* left_batch              # borrowed; NULL: none
    cdef uint32_t left_at               # k-th live lane of it
    cdef uint32_t lane                  # that lane
    cdef bint inside                    # right is being read for the current lane
    cdef bint found                     # the current lane has a match
    cdef uint16_t* hit                  # owned, BATCH_MAX; matching lanes of the current right batch
    cdef uint32_t hit_at, n_hit
    cdef bint left_done
    cdef bint in_rest                   # right/full: handing out buffered rows without a match
    cdef uint32_t rest_at               # next lane of the reader's rows to check
    cdef uint32_t n_acc                 # rows in the output so far

    def __cinit__(self, *args, **kwargs):
        self.reg_slots = self.reg_cols = self.shown = NULL
        self.consts = NULL
        self.pair_cols = NULL
        self.matched = NULL
        self.hit = NULL

    def __init__(self, node, ExecContext ctx, Operator left, Operator right, conditions, str kind, bint lookup, uint32_t n_left,
                 uint32_t n_right, registers, shown):
        """`registers`: (slot, left column) pairs; `shown`: left columns that the conditions use."""
        cdef uint32_t i
        self.node = node
        self.ctx = ctx
        self.left = left
        self.right = right
        self.children = (left, right)
        self.conditions = ExprList(conditions)
        self.kind = KINDS[kind]
        self.lookup = lookup
        self.n_left = n_left
        self.n_right = n_right
        if lookup and self.kind in (RIGHT, FULL):
            raise ValueError("a right or full join needs an independent right side")
        self.n_regs = <uint32_t>len(registers)
        self.reg_slots = <uint32_t*>mem_alloc(self.n_regs, sizeof(uint32_t))
        self.reg_cols = <uint32_t*>mem_alloc(self.n_regs, sizeof(uint32_t))
        for i in range(self.n_regs):
            self.reg_slots[i], self.reg_cols[i] = registers[i]
        self.n_shown = <uint32_t>len(shown)
        self.shown = <uint32_t*>mem_alloc(self.n_shown, sizeof(uint32_t))
        for i in range(self.n_shown):
            self.shown[i] = shown[i]
        self.consts = <Vector*>mem_zalloc(n_left, sizeof(Vector))
        self.pair_cols = <Vector**>mem_zalloc(n_left + n_right, sizeof(Vector*))
        for i in range(n_left):
            vec_init(&self.consts[i])
            self.pair_cols[i] = &self.consts[i]
        memset(&self.pair, 0, sizeof(Batch))
        self.pair.n_cols = n_left + n_right
        self.pair.cols = self.pair_cols
        self.hit = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))
        self.spills = SpillCount()
        self.rows = RowBuffer(ctx, n_right, self.spills)
        self.reader = RowBufferReader(self.rows)
        if self.kind in (SEMI, ANTI):
            self.make_output(n_left, n_left)
        else:
            self.make_output(n_left + n_right, n_left + n_right)

    def __dealloc__(self):
        cdef uint32_t i
        if self.consts != NULL:
            for i in range(self.n_left):
                vec_free(&self.consts[i])
        mem_free(self.consts)
        mem_free(self.reg_slots)
        mem_free(self.reg_cols)
        mem_free(self.shown)
        mem_free(self.pair_cols)
        mem_free(self.matched)
        mem_free(self.hit)

    cdef int open(self) except -1 nogil:
        self.rows.clear()
        self.buffered = False
        self.left_batch = NULL
        self.inside = False
        self.left_done = False
        self.in_rest = False
        self.n_hit = self.hit_at = 0
        return self.left.open()

    cdef int buffer_right(self) except -1 nogil:
        cdef Batch* batch
        self.buffered = True
        self.right.open()
        while self.right.next(BATCH_MAX, &batch):
            self.rows.append(batch.cols, batch.sel, batch.n_sel)
        self.rows.finish()
        self.right.close()
        if self.kind == RIGHT or self.kind == FULL:
            self.matched = <uint8_t*>mem_realloc(self.matched, self.rows.n_rows, 1)
            memset(self.matched, 0, self.rows.n_rows)
        return 0

    # ---- the current left row

    cdef int enter(self) except -1 nogil:
        """Starts reading right for the left row left_at."""
        cdef uint32_t i
        cdef Value v
        self.lane = sel_lane(self.left_batch.sel, self.left_at)
        self.inside = True
        self.found = False
        self.n_hit = self.hit_at = 0
        self.reader.rewind()
        for i in range(self.n_shown):
            vec_get(self.left_batch.cols[self.shown[i]], self.lane, &v)
            vec_set_const(&self.consts[self.shown[i]], &v)
        if self.lookup:
            for i in range(self.n_regs):
                vec_get(self.left_batch.cols[self.reg_cols[i]], self.lane, &self.ctx.outer[self.reg_slots[i]])
            self.right.open()
        return 0

    cdef void leave(self) noexcept nogil:
        self.inside = False
        self.left_at += 1

    cdef int next_hits(self, uint32_t ask) except -1 nogil:
        """The next right rows that match the current left row, as lanes of pair.cols; 0 when right has no more."""
        cdef Batch* batch
        cdef uint32_t i
        while True:
            if self.lookup:
                if not self.right.next(ask, &batch):
                    return 0
                for i in range(self.n_right):
                    self.pair_cols[self.n_left + i] = batch.cols[i]
                self.pair.n = batch.n
                self.pair.sel = batch.sel
                self.pair.n_sel = batch.n_sel
            else:
                if not self.reader.next():
                    return 0
                self.ctx.check_interrupt()
                for i in range(self.n_right):
                    self.pair_cols[self.n_left + i] = self.reader.cols[i]
                self.pair.n = self.pair.n_sel = self.reader.n
                self.pair.sel = NULL
            self.n_hit = <uint32_t>self.conditions.select_all(&self.pair, self.pair.sel, self.pair.n_sel, self.hit)
            self.hit_at = 0
            if self.n_hit:
                self.found = True
                if self.kind == RIGHT or self.kind == FULL:
                    for i in range(self.n_hit):
                        self.matched[self.reader.first + self.hit[i]] = 1
                return 1
            ask = ask * 4 if ask < BATCH_MAX // 4 else BATCH_MAX

    # ---- output rows

    cdef int put_left(self, uint32_t n) except -1 nogil:
        """The current left row in output rows n_acc .. n_acc + n."""
        cdef uint32_t c, i
        cdef Value v
        for c in range(self.n_left):
            vec_get(self.left_batch.cols[c], self.lane, &v)
            self.vecs[c].mask |= <uint32_t>1 << v.tag
            for i in range(self.n_acc, self.n_acc + n):
                vec_put(&self.vecs[c], i, &v)
        return 0

    cdef int put_hits(self, uint32_t n) except -1 nogil:
        """The current left row with its next `n` matches."""
        cdef uint32_t c
        cdef Vector* source
        cdef Vector* target
        self.put_left(n)
        for c in range(self.n_right):
            source = self.pair_cols[self.n_left + c]
            target = &self.vecs[self.n_left + c]
            # Text buffered in memory stays; that of a re-opened right side or of a file goes with the next batch.
            copy_lanes(source, self.hit, self.hit_at, n, target, self.n_acc,
                       &target.arena if self.lookup or self.rows.spilled else NULL)
            target.mask |= source.mask
        self.hit_at += n
        self.n_acc += n
        return 0

    cdef int put_unmatched(self) except -1 nogil:
        """The current left row with NULLs."""
        cdef uint32_t c
        self.put_left(1)
        for c in range(self.n_right):
            self.vecs[self.n_left + c].tag[self.n_acc] = TAG_NULL
            self.vecs[self.n_left + c].mask |= MASK_NULL
        self.n_acc += 1
        return 0

    cdef int put_rest(self, uint32_t want) except -1 nogil:
        """Right rows that no left row matched, with NULLs on the left."""
        cdef uint32_t c
        cdef uint32_t n = 0
        if not self.in_rest:
            self.in_rest = True
            self.rest_at = 0
            self.reader.rewind()
        while n == 0:
            if self.rest_at == self.reader.n:
                self.rest_at = 0
                if not self.reader.next():
                    return 0
            while self.rest_at < self.reader.n and n < want:
                self.hit[n] = <uint16_t>self.rest_at
                n += not self.matched[self.reader.first + self.rest_at]
                self.rest_at += 1
        for c in range(self.n_left):
            memset(self.vecs[c].tag, TAG_NULL, n)
            self.vecs[c].mask = MASK_NULL
        for c in range(self.n_right):
            copy_lanes(self.reader.cols[c], self.hit, 0, n, &self.vecs[self.n_left + c], 0, NULL)
            self.vecs[self.n_left + c].mask = self.reader.cols[c].mask
        self.n_acc = n
        return 0

    cdef int step(self, uint32_t want) except -1 nogil:
        """One step for the current left row: hands over some matches or finishes the row."""
        cdef uint32_t n
        if not self.inside:
            self.enter()
        if self.hit_at < self.n_hit:
            n = self.n_hit - self.hit_at
            self.put_hits(n if n < want - self.n_acc else want - self.n_acc)
            return 0
        if self.kind == SEMI or self.kind == ANTI:
            if self.next_hits(1):
                self.n_hit = 0
            if self.found == (self.kind == SEMI):
                self.put_left(1)
                self.n_acc += 1
            self.leave()
            return 0
        if self.next_hits(want - self.n_acc):
            return 0
        if not self.found and (self.kind == LEFT or self.kind == FULL):
            self.put_unmatched()
        self.leave()
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t c, ask = want
        self.n_acc = 0
        for c in range(self.n_vecs):
            vec_reserve(&self.vecs[c], want)
            arena_reset(&self.vecs[c].arena)
            self.vecs[c].mask = 0
        if not self.lookup and not self.buffered:
            self.buffer_right()
        while self.n_acc < want and not self.left_done:
            if self.left_batch == NULL or (not self.inside and self.left_at >= self.left_batch.n_sel):
                # The next left batch invalidates the text of rows already put out.
                if self.n_acc:
                    break
                self.ctx.check_interrupt()
                self.left_batch = NULL
                if not self.left.next(ask, &self.left_batch):
                    self.left_batch = NULL
                    self.left_done = True
                    break
                self.left_at = 0
                ask = ask * 4 if ask < BATCH_MAX // 4 else BATCH_MAX
            self.step(want)
        if self.n_acc == 0 and self.left_done and (self.kind == RIGHT or self.kind == FULL):
            self.put_rest(want)
        if self.n_acc == 0:
            return 0
        self.out.n = self.out.n_sel = self.n_acc
        self.out.sel = NULL
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.left_batch = NULL
        self.inside = False
        self.rows.clear()
        self.reader.rewind()
        self.left.close()
        return self.right.close()
