"""KeySet: the values that an index column is looked up with; see key_values.pxd."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.operator cimport ExprList, Operator, eval_single
from pumice.exec.operators.order cimport Ordering, make_ordering
from pumice.exec.operators.row_store cimport RowStore, store_get
from pumice.exec.vector.convert cimport apply_affinity, cast_value, lane_to_python, value_from_python
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, sel_lane, vec_get
from pumice.memory cimport arena_alloc, arena_free, arena_init, arena_reset, mem_alloc, mem_free, mem_realloc
from pumice.values cimport AFF_BLOB, AFF_NUMERIC, ENC_UTF8, TAG_NULL, TAG_TEXT, Value


cdef int keep_text(Value* v, Arena* arena) except -1 nogil:
    cdef uint8_t* p
    if v.tag >= TAG_TEXT:
        p = arena_alloc(arena, v.size)
        memcpy(p, v.num.p, v.size)
        v.num.p = p
    return 0


def python_affinity(value, int affinity):
    """A Python value as a column of this affinity stores it."""
    return _converted(value, affinity, False)


def python_numeric(value):
    """A Python value as CAST AS NUMERIC gives it."""
    return _converted(value, AFF_NUMERIC, True)


cdef object _converted(value, int affinity, bint cast):
    cdef Value v
    cdef Arena arena
    cdef list owner = []
    arena_init(&arena)
    try:
        value_from_python(value, &v, owner)
        if cast:
            cast_value(&v, affinity, ENC_UTF8, &arena)
        else:
            apply_affinity(&v, affinity, &arena)
        return lane_to_python(&v, None)
    finally:
        arena_free(&arena)


cdef class KeySet:
    def __cinit__(self, *args, **kwargs):
        self.rows = NULL
        self.row = NULL
        self.columns = NULL
        self.affinities = NULL
        arena_init(&self.arena)

    def __init__(self, ExecContext ctx, items, Operator plan, columns, affinities, list collations, list descending, bint single,
                 bint null_ok):
        self.ctx = ctx
        self.items = ExprList(items)
        self.plan = plan
        self.has_plan = plan is not None
        self.single = single
        self.null_ok = null_ok
        self.width = <uint32_t>len(columns)
        self.columns = <uint32_t*>mem_alloc(self.width, sizeof(uint32_t))
        self.affinities = <int*>mem_alloc(self.width, sizeof(int))
        for i, (column, affinity) in enumerate(zip(columns, affinities, strict=True)):
            self.columns[i] = column
            self.affinities[i] = affinity
        self.row = <Value*>mem_alloc(self.width, sizeof(Value))
        self.store = RowStore(self.width)
        self.ordering = make_ordering(list(range(self.width)), descending, [True] * self.width, collations)

    def __dealloc__(self):
        mem_free(self.rows)
        mem_free(self.row)
        mem_free(self.columns)
        mem_free(self.affinities)
        arena_free(&self.arena)

    cdef int load(self) except -1 nogil:
        arena_reset(&self.arena)
        if self.single:
            eval_single(<Expr>self.items.items[0], &self.one)
            if self.affinities[0] > AFF_BLOB:
                apply_affinity(&self.one, self.affinities[0], &self.arena)
            keep_text(&self.one, &self.arena)
            self.n = 1 if self.null_ok or self.one.tag != TAG_NULL else 0
            return 0
        return self.load_many()

    cdef int load_many(self) except -1 nogil:
        cdef Batch* batch
        cdef Value* row = self.row
        cdef uint32_t i, k
        self.store.clear()
        self.n = 0
        for i in range(self.items.n):
            eval_single(<Expr>self.items.items[i], row)
            self.take(row)
        if self.has_plan:
            self.plan.open()
            try:
                while self.plan.next(BATCH_MAX, &batch):
                    for i in range(batch.n_sel):
                        for k in range(self.width):
                            vec_get(batch.cols[self.columns[k]], sel_lane(batch.sel, i), &row[k])
                        self.take(row)
            finally:
                self.plan.close()
        self.rows = <uint32_t*>mem_realloc(self.rows, self.store.n_rows, sizeof(uint32_t))
        for i in range(self.store.n_rows):
            self.rows[i] = i
        self.ordering.sort(self.store, self.rows, self.store.n_rows)
        for i in range(self.store.n_rows):
            if self.n == 0 or self.ordering.compare_rows(self.store, self.rows[self.n - 1], self.rows[i], 0) != 0:
                self.rows[self.n] = self.rows[i]
                self.n += 1
        return self.ordering.check()

    cdef int take(self, Value* row) except -1 nogil:
        """Keeps a row of values; not one with a NULL, which equals nothing."""
        cdef uint32_t k
        for k in range(self.width):
            if row[k].tag == TAG_NULL:
                return 0
            apply_affinity(&row[k], self.affinities[k], &self.arena)
        self.store.append_row(row)
        return 1

    cdef void get(self, uint32_t i, Value* out) noexcept nogil:
        cdef uint32_t k
        if self.single:
            out[0] = self.one
        else:
            for k in range(self.width):
                store_get(self.store, self.rows[i], k, &out[k])

    cdef void clear(self) noexcept nogil:
        self.store.clear()
        arena_reset(&self.arena)
        self.n = 0
