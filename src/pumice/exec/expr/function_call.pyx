"""A scalar function call, and CURRENT_TIME / DATE / TIMESTAMP."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from pumice.exec.context cimport ExecContext, find_collation
from pumice.exec.expr.expr cimport Expr, lanes_needed
from pumice.exec.vector.vector cimport Batch, Vector, vec_reserve, vec_set_const
from pumice.functions.scalar.scalar cimport ScalarFunction
from pumice.memory cimport arena_reset, mem_alloc, mem_free
from pumice.storage.record.key_info cimport Collation
from pumice.values cimport MASK_NULL, TAG_TEXT, Value

import time


cdef class FunctionCall(Expr):
    """`function(args)`. With constant arguments a deterministic function is called for one lane."""

    cdef ExecContext ctx
    cdef ScalarFunction function
    cdef list args
    cdef uint32_t n_args
    cdef void** nodes           # borrowed from `args`
    cdef Vector** values        # owned array; the arguments' vectors during a call
    cdef Collation collation
    cdef bint deterministic

    def __init__(self, ExecContext ctx not None, ScalarFunction function not None, args, str collation, bint deterministic):
        self.ctx = ctx
        self.function = function
        self.args = list(args)
        self.n_args = len(self.args)
        self.nodes = <void**>mem_alloc(self.n_args, sizeof(void*))
        self.values = <Vector**>mem_alloc(self.n_args, sizeof(Vector*))
        for i in range(self.n_args):
            arg = <Expr?>self.args[i]
            self.nodes[i] = <void*>arg
        self.collation = find_collation(ctx, collation)
        self.deterministic = deterministic

    def __dealloc__(self):
        mem_free(self.nodes)
        mem_free(self.values)

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* out = &self.out
        cdef uint32_t j
        cdef bint constant = self.deterministic and n > 0
        for j in range(self.n_args):
            self.values[j] = (<Expr>self.nodes[j]).eval(batch, sel, n)
            if self.values[j].lane_mask != 0:
                constant = False
        if constant:
            sel = NULL
            n = 1
        vec_reserve(out, lanes_needed(sel, n))
        arena_reset(&out.arena)
        out.mask = MASK_NULL
        if n > 0:
            self.function.call(self.ctx, self.collation, self.values, self.n_args, sel, n, out)
        if constant:
            out.lane_mask = 0
        return out


cdef class CurrentTime(Expr):
    """CURRENT_TIME, CURRENT_DATE, CURRENT_TIMESTAMP: UTC, the same instant in all of one run of a statement (`ctx.now`)."""

    cdef ExecContext ctx
    cdef str format
    cdef bytes text             # keeps the constant's bytes alive
    cdef bint known             # `out` holds the time of the run `seen_run`
    cdef int64_t seen_run

    def __init__(self, ExecContext ctx not None, str which):
        self.ctx = ctx
        self.format = {"time": "%H:%M:%S", "date": "%Y-%m-%d", "timestamp": "%Y-%m-%d %H:%M:%S"}[which]
        self.known = False

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        if not self.known or self.seen_run != self.ctx.run:
            with gil:
                self.render()
        return &self.out

    cdef int render(self) except -1:
        cdef Value v
        if self.ctx.now is None:
            self.ctx.now = time.time_ns() // 1_000_000      # milliseconds since 1970
        self.text = time.strftime(self.format, time.gmtime(self.ctx.now // 1000)).encode()
        v.tag = TAG_TEXT
        v.num.p = <const uint8_t*><char*>self.text
        v.size = <uint32_t>len(self.text)
        vec_set_const(&self.out, &v)
        self.known = True
        self.seen_run = self.ctx.run
        return 0
