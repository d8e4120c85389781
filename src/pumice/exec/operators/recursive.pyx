"""Recursive: a recursive CTE. Rows come from a queue; each is handed out and then given to the step plan, whose rows join the queue.

    initial --> queue --> output
                 ^  |
                 |  v
                 step (reads the current rows through RecursiveRef)

Inputs: `initial`, run once; `step`, re-opened for each group of rows taken from the queue. Output order: first in, first out, a level at a time;
with ORDER BY the smallest row of the queue first. Memory: the queue, whose levels beyond the budget wait in temporary files (not with ORDER BY);
with UNION every row ever produced. LIMIT and OFFSET count output rows.

Without ORDER BY whole batches of the queue go to the step at once where its rows then come in the same order as they would row by
row (`batched`); a step is run only when the rows after it are asked for, so a LIMIT ends an endless recursion.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.count_value cimport count_rows
from pumice.exec.operators.key_table cimport CollationList, KeyTable
from pumice.exec.operators.operator cimport ExprList, Operator, identity_lanes
from pumice.exec.operators.order cimport Ordering, make_ordering
from pumice.exec.operators.row_buffer cimport RowBuffer, RowBufferReader
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, sel_lane
from pumice.memory cimport mem_alloc, mem_free, mem_realloc


cdef class Queue:
    """The rows that RecursiveRef reads now: lanes first .. first + n of some vectors."""
    cdef readonly uint32_t n_cols
    cdef Vector** cols                  # owned array; vectors of the Recursive operator
    cdef uint32_t first, n

    def __cinit__(self, uint32_t n_cols):
        self.n_cols = n_cols
        self.cols = <Vector**>mem_alloc(n_cols, sizeof(Vector*))

    def __dealloc__(self):
        mem_free(self.cols)


cdef class RecursiveRef(Operator):
    cdef Queue queue
    cdef uint32_t row_at

    def __init__(self, node, ExecContext ctx, Queue queue):
        self.node = node
        self.ctx = ctx
        self.queue = queue
        self.make_output(queue.n_cols, 0)

    cdef int open(self) except -1 nogil:
        self.row_at = 0
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t c, n = self.queue.n - self.row_at, lane
        if n == 0:
            return 0
        if n > want:
            n = want
        for c in range(self.out.n_cols):
            self.cols[c] = self.queue.cols[c]
        lane = self.queue.first + self.row_at
        self.out.n = lane + n
        self.out.n_sel = n
        self.out.sel = <uint16_t*>identity_lanes() + lane if lane else NULL
        self.row_at += n
        out[0] = &self.out
        return 1


cdef class Recursive(Operator):
    cdef Operator initial, step
    cdef Queue queue
    cdef KeyTable seen                  # UNION: all rows so far
    cdef bint distinct, batched, ordered, has_limit, has_offset
    cdef ExprList order_keys            # those that are not plain columns; stored behind the row
    cdef Ordering ordering
    cdef Expr limit, offset
    cdef uint32_t n_cols, n_stored
    cdef RowStore all_rows              # ORDER BY
    cdef RowBuffer later                # FIFO: the next level
    cdef RowBufferReader now            # FIFO: reads the level being handed out
    cdef RowBufferReader spare          # FIFO: will read `later`
    cdef uint32_t lane_at               # FIFO: next lane of the rows at `now`
    cdef uint32_t* heap                 # owned; ORDER BY: waiting rows, smallest first
    cdef uint32_t n_heap, cap_heap
    cdef bint started
    cdef bint step_due                  # the queue's current rows have not been through the step
    cdef int64_t left, skip             # as in Limit
    cdef Vector** stored                # owned; n_stored
    cdef uint32_t entries[1024]
    cdef uint8_t is_new[1024]

    def __cinit__(self, *args, **kwargs):
        self.heap = NULL
        self.stored = NULL

    def __init__(self, node, ExecContext ctx, Operator initial, Operator step, Queue queue, bint distinct, collations, bint batched,
                 key_cols, order_keys, desc, nulls_first, order_collations, Expr limit, Expr offset):
        self.node = node
        self.ctx = ctx
        self.initial = initial
        self.step = step
        self.children = (initial, step)
        self.queue = queue
        self.n_cols = queue.n_cols
        self.distinct = distinct
        self.batched = batched
        self.ordered = len(key_cols) > 0
        self.order_keys = ExprList(order_keys)
        self.n_stored = self.n_cols + self.order_keys.n
        self.ordering = make_ordering(key_cols, desc, nulls_first, order_collations)
        self.seen = KeyTable(CollationList(collations))
        self.limit = limit
        self.offset = offset
        self.has_limit = limit is not None
        self.has_offset = offset is not None
        self.spills = SpillCount()
        self.all_rows = RowStore(self.n_stored)
        self.now = RowBufferReader(RowBuffer(ctx, self.n_stored, self.spills))
        self.later = RowBuffer(ctx, self.n_stored, self.spills)
        self.spare = RowBufferReader(self.later)
        self.stored = <Vector**>mem_alloc(self.n_stored, sizeof(Vector*))
        self.make_output(self.n_cols, self.n_cols)

    def __dealloc__(self):
        mem_free(self.heap)
        mem_free(self.stored)

    cdef int open(self) except -1 nogil:
        self.forget()
        count_rows(self.limit, self.has_limit, self.offset, self.has_offset, &self.left, &self.skip)
        return 0

    cdef void forget(self) noexcept nogil:
        self.all_rows.clear()
        self.now.buffer.clear()
        self.now.rewind()
        self.later.clear()
        self.seen.clear()
        self.lane_at = self.n_heap = 0
        self.started = self.step_due = False
        self.queue.n = 0

    # ---- the queue

    cdef int enqueue(self, Operator plan) except -1 nogil:
        """Runs `plan` and puts its (new) rows into the queue."""
        cdef Batch* batch
        cdef uint32_t k, n, i, row
        cdef uint16_t* sel
        plan.open()
        while plan.next(BATCH_MAX, &batch):
            sel = batch.sel
            n = batch.n_sel
            if self.distinct:
                self.seen.insert(batch.cols, sel, n, self.entries, self.is_new)
                n = 0
                for k in range(batch.n_sel):
                    self.sel_buf[n] = <uint16_t>sel_lane(sel, k)
                    n += self.is_new[k]
                sel = self.sel_buf
                if n == 0:
                    continue
            self.order_keys.eval_all(batch, sel, n)
            for i in range(self.n_cols):
                self.stored[i] = batch.cols[i]
            for i in range(self.order_keys.n):
                self.stored[self.n_cols + i] = self.order_keys.results[i]
            if self.ordered:
                row = self.all_rows.n_rows
                self.all_rows.append(self.stored, sel, n)
                for i in range(n):
                    self.heap_push(row + i)
            else:
                self.later.append(self.stored, sel, n)
        return plan.close()

    cdef bint before(self, uint32_t a, uint32_t b) noexcept nogil:
        """Row a leaves the queue before row b; equal rows in the order they came."""
        cdef int order = self.ordering.compare_rows(self.all_rows, a, b, 0)
        return order < 0 or (order == 0 and a < b)

    cdef int heap_push(self, uint32_t row) except -1 nogil:
        cdef uint32_t i, parent
        if self.n_heap == self.cap_heap:
            self.cap_heap = self.cap_heap * 2 if self.cap_heap else 64
            self.heap = <uint32_t*>mem_realloc(self.heap, self.cap_heap, sizeof(uint32_t))
        i = self.n_heap
        self.n_heap += 1
        while i > 0:
            parent = (i - 1) // 2
            if not self.before(row, self.heap[parent]):
                break
            self.heap[i] = self.heap[parent]
            i = parent
        self.heap[i] = row
        return 0

    cdef uint32_t heap_pop(self) noexcept nogil:
        cdef uint32_t top = self.heap[0], row, i = 0, child
        self.n_heap -= 1
        row = self.heap[self.n_heap]
        while True:
            child = 2 * i + 1
            if child >= self.n_heap:
                break
            if child + 1 < self.n_heap and self.before(self.heap[child + 1], self.heap[child]):
                child += 1
            if not self.before(self.heap[child], row):
                break
            self.heap[i] = self.heap[child]
            i = child
        self.heap[i] = row
        return top

    cdef int swap_levels(self) except -1 nogil:
        with gil:
            self.now, self.spare = self.spare, self.now
            self.later = self.spare.buffer
        self.later.clear()
        self.now.buffer.finish()
        self.now.rewind()
        return 0

    cdef int take(self, uint32_t want) except -1 nogil:
        """The next rows of the queue become the current ones: at most `want`, one with ORDER BY; 0 when the queue is empty."""
        cdef uint32_t n, c, row
        if self.ordered:
            if self.n_heap == 0:
                return 0
            row = self.heap_pop()
            for c in range(self.n_cols):
                self.all_rows.gather(c, &row, 1, &self.vecs[c])
                self.queue.cols[c] = &self.vecs[c]
            self.ordering.check()
            self.queue.first = 0
            self.queue.n = 1
            return 1
        if self.lane_at == self.now.n:
            self.lane_at = 0
            if not self.now.next():
                if self.later.n_rows == 0:
                    return 0
                self.swap_levels()
                self.now.next()
        n = self.now.n - self.lane_at
        if n > want:
            n = want
        if not self.batched:
            n = 1
        for c in range(self.n_cols):
            self.queue.cols[c] = self.now.cols[c]
        self.queue.first = self.lane_at
        self.queue.n = n
        self.lane_at += n
        return 1

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t n, c, drop, lane
        cdef int64_t ask
        if self.left == 0:
            return 0
        if not self.started:
            self.started = True
            self.enqueue(self.initial)
        while True:
            self.ctx.check_interrupt()
            if self.step_due:
                self.step_due = False
                self.enqueue(self.step)
            ask = want + self.skip if self.skip < BATCH_MAX else BATCH_MAX
            if 0 < self.left < ask - self.skip:
                ask = self.left + self.skip
            if not self.take(<uint32_t>(ask if ask < BATCH_MAX else BATCH_MAX)):
                return 0
            self.step_due = True
            n = self.queue.n
            drop = <uint32_t>(self.skip if self.skip < n else n)
            self.skip -= drop
            n -= drop
            if n > 0:
                break
        if n > want:
            n = want
        if self.left > 0:
            self.left -= n
        for c in range(self.n_cols):
            self.cols[c] = self.queue.cols[c]
        lane = self.queue.first + drop
        self.out.n = lane + n
        self.out.n_sel = n
        self.out.sel = <uint16_t*>identity_lanes() + lane if lane else NULL
        out[0] = &self.out
        return 1

    cdef int close(self) except -1 nogil:
        self.forget()
        self.initial.close()
        return self.step.close()
