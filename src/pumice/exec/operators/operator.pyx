"""Operator base: output vectors, batches handed out in slices, lists of expressions; see operator.pxd.

Slices: an operator that found more live lanes than the caller wants keeps them as pend_sel[pend_at .. pend_n) and hands them out
over the next calls, during which its input is not asked, so all text stays valid.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint16_t, uint32_t
from libc.string cimport memset
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, vec_free, vec_get, vec_init, vec_set_const
from pumice.memory cimport mem_alloc, mem_free, mem_zalloc
from pumice.values cimport TAG_NULL, Value

cdef uint16_t _identity[1024]               # constant after import


cdef void _fill_identity() noexcept:
    cdef int i
    for i in range(1024):
        _identity[i] = <uint16_t>i


_fill_identity()


cdef const uint16_t* identity_lanes() noexcept nogil:
    return &_identity[0]


cdef int make_null_vector(Vector* v) except -1:
    cdef Value null
    memset(&null, 0, sizeof(Value))
    vec_set_const(v, &null)
    return 0


cdef int eval_single(Expr expr, Value* out) except -1 nogil:
    """The value of an expression without input columns; text is valid until its next eval."""
    cdef Batch batch
    cdef Vector* v
    memset(&batch, 0, sizeof(Batch))
    batch.n = 1
    batch.n_sel = 1
    v = expr.eval(&batch, NULL, 1)
    vec_get(v, 0, out)
    return 0


cdef class Operator:
    def __cinit__(self, *args, **kwargs):
        memset(&self.out, 0, sizeof(Batch))
        self.cols = NULL
        self.vecs = NULL
        self.n_vecs = 0
        self.sel_buf = NULL
        self.pend_at = self.pend_n = 0
        self.children = ()

    def __dealloc__(self):
        cdef uint32_t i
        if self.vecs != NULL:
            for i in range(self.n_vecs):
                vec_free(&self.vecs[i])
        mem_free(self.vecs)
        mem_free(self.cols)
        mem_free(self.sel_buf)

    cdef int make_output(self, uint32_t n_cols, uint32_t n_vecs) except -1:
        """Allocates the column array, `n_vecs` vectors (which the first columns point to) and the selection buffer."""
        cdef uint32_t i
        self.cols = <Vector**>mem_zalloc(n_cols, sizeof(Vector*))
        self.vecs = <Vector*>mem_zalloc(n_vecs, sizeof(Vector))
        self.n_vecs = n_vecs
        self.sel_buf = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))
        for i in range(n_vecs):
            vec_init(&self.vecs[i])
            if i < n_cols:
                self.cols[i] = &self.vecs[i]
        self.out.n_cols = n_cols
        self.out.cols = self.cols
        return 0

    cdef int emit_pending(self, uint32_t want, Batch** out) noexcept nogil:
        """Hands out the next at most `want` pending lanes of self.out."""
        cdef uint32_t n = self.pend_n - self.pend_at
        if n > want:
            n = want
        self.out.sel = <uint16_t*>self.pend_sel + self.pend_at
        self.out.n_sel = n
        self.pend_at += n
        out[0] = &self.out
        return 1

    cdef int open(self) except -1 nogil:
        with gil:
            raise NotImplementedError(f"{type(self).__name__}.open")

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        with gil:
            raise NotImplementedError(f"{type(self).__name__}.next")

    cdef int close(self) except -1 nogil:
        return 0

    def figures(self):
        """What EXPLAIN ANALYZE shows beside rows and time, as text."""
        return ""


cdef class ExprList:
    def __cinit__(self, exprs):
        cdef uint32_t i
        self.items = NULL
        self.results = NULL
        self.exprs = tuple(exprs)
        self.n = <uint32_t>len(self.exprs)
        self.items = <PyObject**>mem_zalloc(self.n, sizeof(PyObject*))
        self.results = <Vector**>mem_zalloc(self.n, sizeof(Vector*))
        for i in range(self.n):
            if not isinstance(self.exprs[i], Expr):
                raise TypeError(f"not an Expr: {self.exprs[i]!r}")
            self.items[i] = <PyObject*>self.exprs[i]

    def __dealloc__(self):
        mem_free(self.items)
        mem_free(self.results)

    cdef int eval_all(self, Batch* batch, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef uint32_t i
        for i in range(self.n):
            self.results[i] = (<Expr>self.items[i]).eval(batch, sel, n)
        return 0

    cdef int64_t select_all(self, Batch* batch, const uint16_t* sel, uint32_t n, uint16_t* out) except -1 nogil:
        cdef uint32_t i, k
        cdef int64_t m = n
        if self.n == 0:
            for k in range(n):
                out[k] = <uint16_t>k if sel == NULL else sel[k]
            return n
        for i in range(self.n):
            if m == 0:
                return 0
            m = (<Expr>self.items[i]).select(batch, sel, <uint32_t>m, out)
            sel = out
        return m

    cdef int eval_row(self, Value* out) except -1 nogil:
        cdef uint32_t i
        for i in range(self.n):
            eval_single(<Expr>self.items[i], &out[i])
        return 0


cdef class OperatorList:
    def __cinit__(self, operators):
        cdef uint32_t i
        self.items = NULL
        self.operators = tuple(operators)
        self.n = <uint32_t>len(self.operators)
        self.items = <PyObject**>mem_zalloc(self.n, sizeof(PyObject*))
        for i in range(self.n):
            if not isinstance(self.operators[i], Operator):
                raise TypeError(f"not an Operator: {self.operators[i]!r}")
            self.items[i] = <PyObject*>self.operators[i]

    def __dealloc__(self):
        mem_free(self.items)
