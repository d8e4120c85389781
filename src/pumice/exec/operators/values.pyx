"""Values: constant rows, and the single row without columns that SELECT without FROM starts from.

No input. Output: each row's expressions in order, evaluated when the row is asked for (a row at a time, so a later row's error comes after
the earlier rows). Streaming; holds one vector per column.
"""

from libc.stdint cimport uint32_t
from libc.string cimport memcpy
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.operator cimport ExprList, Operator, eval_single
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, vec_put, vec_reserve
from pumice.memory cimport arena_alloc, arena_reset
from pumice.values cimport TAG_BLOB, TAG_TEXT, Value


cdef class SingleRow(Operator):
    cdef bint done

    def __init__(self, node, ExecContext ctx):
        self.node = node
        self.ctx = ctx
        self.make_output(0, 0)

    cdef int open(self) except -1 nogil:
        self.done = False
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        if self.done:
            return 0
        self.done = True
        self.out.n = self.out.n_sel = 1
        self.out.sel = NULL
        out[0] = &self.out
        return 1


cdef class Values(Operator):
    cdef ExprList exprs                 # row after row
    cdef uint32_t n_rows, n_cols, row_at

    def __init__(self, node, ExecContext ctx, rows):
        self.node = node
        self.ctx = ctx
        self.n_rows = <uint32_t>len(rows)
        self.n_cols = <uint32_t>len(rows[0]) if rows else <uint32_t>len(node.columns)
        self.exprs = ExprList([expr for row in rows for expr in row])
        self.make_output(self.n_cols, self.n_cols)

    cdef int open(self) except -1 nogil:
        self.row_at = 0
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t i, c, n = self.n_rows - self.row_at
        cdef Vector* v
        cdef Value value
        cdef unsigned char* copy
        if n == 0:
            return 0
        if n > want:
            n = want
        for c in range(self.n_cols):
            v = &self.vecs[c]
            vec_reserve(v, n)
            arena_reset(&v.arena)
            v.mask = 0
            for i in range(n):
                eval_single(<Expr>self.exprs.items[(self.row_at + i) * self.n_cols + c], &value)
                if value.tag >= TAG_TEXT:
                    copy = arena_alloc(&v.arena, value.size)
                    memcpy(copy, value.num.p, value.size)
                    value.num.p = copy
                vec_put(v, i, &value)
                v.mask |= <uint32_t>1 << value.tag
        self.row_at += n
        self.out.n = self.out.n_sel = n
        self.out.sel = NULL
        out[0] = &self.out
        return 1
