"""CASE, COALESCE and IIF: each operand is evaluated only on the lanes that need it.

Lanes of the chosen operands are gathered into the node's own vector; their text stays where the operand's node put it, which is valid
until that node's next eval, hence as long as this node's result.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memset
from pumice.exec.expr.expr cimport Expr, lanes_needed
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, sel_lane, vec_reserve
from pumice.memory cimport mem_alloc, mem_free
from pumice.values cimport MASK_NULL, TAG_NULL


cdef inline void copy_lane(Vector* out, uint32_t i, Vector* v) noexcept nogil:
    cdef uint32_t j = i & v.lane_mask
    out.tag[i] = v.tag[j]
    out.num[i] = v.num[j]
    out.size[i] = v.size[j]


cdef class CaseOperandRef(Expr):
    """The value of the enclosing CASE's operand: its Case node points `target` to the operand's vector before it evaluates a condition."""

    cdef Vector* target         # borrowed from the operand's node

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        return self.target

    cdef int aim(self, Vector* target) noexcept nogil:
        self.target = target
        return 0


cdef class Case(Expr):
    """CASE [operand] WHEN condition THEN result ... [ELSE otherwise] END; without ELSE the rest is NULL."""

    cdef Expr operand           # None: searched CASE
    cdef CaseOperandRef ref     # what conditions use for the operand; None without operand
    cdef list conditions
    cdef list results
    cdef Expr otherwise         # or None
    cdef uint32_t n_whens
    cdef void** c_conditions    # borrowed from `conditions`
    cdef void** c_results       # borrowed from `results`

    def __init__(self, Expr operand, CaseOperandRef ref, conditions, results, Expr otherwise):
        self.operand = operand
        self.ref = ref
        self.conditions = list(conditions)
        self.results = list(results)
        self.otherwise = otherwise
        self.n_whens = len(self.conditions)
        self.c_conditions = <void**>mem_alloc(self.n_whens, sizeof(void*))
        self.c_results = <void**>mem_alloc(self.n_whens, sizeof(void*))
        for i in range(self.n_whens):
            condition = <Expr?>self.conditions[i]
            result = <Expr?>self.results[i]
            self.c_conditions[i] = <void*>condition
            self.c_results[i] = <void*>result

    def __dealloc__(self):
        mem_free(self.c_conditions)
        mem_free(self.c_results)

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* out = &self.out
        cdef Vector* v
        cdef uint16_t open_lanes[BATCH_MAX]
        cdef uint16_t found[BATCH_MAX]
        cdef uint8_t done[BATCH_MAX]
        cdef uint32_t j, k, m, n_found, n_open = n, mask = 0
        vec_reserve(out, lanes_needed(sel, n))
        if n == 0:
            out.mask = MASK_NULL
            return out
        if self.operand is not None:
            self.ref.aim(self.operand.eval(batch, sel, n))
        for k in range(n):
            open_lanes[k] = <uint16_t>sel_lane(sel, k)
        memset(done, 0, open_lanes[n - 1] + 1)
        for j in range(self.n_whens):
            n_found = <uint32_t>(<Expr>self.c_conditions[j]).select(batch, open_lanes, n_open, found)
            if n_found == 0:
                continue
            v = (<Expr>self.c_results[j]).eval(batch, found, n_found)
            mask |= v.mask
            for k in range(n_found):
                copy_lane(out, found[k], v)
                done[found[k]] = 1
            m = 0
            for k in range(n_open):
                open_lanes[m] = open_lanes[k]
                m += 1 - done[open_lanes[k]]
            n_open = m
            if n_open == 0:
                break
        if n_open > 0:
            if self.otherwise is not None:
                v = self.otherwise.eval(batch, open_lanes, n_open)
                mask |= v.mask
                for k in range(n_open):
                    copy_lane(out, open_lanes[k], v)
            else:
                mask |= MASK_NULL
                for k in range(n_open):
                    out.tag[open_lanes[k]] = TAG_NULL
        out.mask = mask
        return out


cdef class Coalesce(Expr):
    """The first operand that is not NULL: COALESCE(...), IFNULL(a, b)."""

    cdef list args
    cdef uint32_t n_args
    cdef void** nodes           # borrowed from `args`

    def __init__(self, args):
        self.args = list(args)
        self.n_args = len(self.args)
        self.nodes = <void**>mem_alloc(self.n_args, sizeof(void*))
        for i in range(self.n_args):
            arg = <Expr?>self.args[i]
            self.nodes[i] = <void*>arg

    def __dealloc__(self):
        mem_free(self.nodes)

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* out = &self.out
        cdef Vector* v = (<Expr>self.nodes[0]).eval(batch, sel, n)
        cdef uint16_t open_lanes[BATCH_MAX]
        cdef uint32_t i, j, k, m, mask, n_open
        if v.mask & MASK_NULL == 0:
            return v
        vec_reserve(out, lanes_needed(sel, n))
        mask = v.mask & ~<uint32_t>MASK_NULL
        m = 0
        for k in range(n):
            i = sel_lane(sel, k)
            copy_lane(out, i, v)
            open_lanes[m] = <uint16_t>i
            m += out.tag[i] == TAG_NULL
        n_open = m
        for j in range(1, self.n_args):
            if n_open == 0:
                break
            v = (<Expr>self.nodes[j]).eval(batch, open_lanes, n_open)
            mask |= v.mask & ~<uint32_t>MASK_NULL
            m = 0
            for k in range(n_open):
                i = open_lanes[k]
                copy_lane(out, i, v)
                open_lanes[m] = <uint16_t>i
                m += out.tag[i] == TAG_NULL
            n_open = m
        if n_open > 0:
            mask |= MASK_NULL
        out.mask = mask
        return out
