"""Three-valued logic: AND, OR, NOT, IS NULL, IS [NOT] TRUE/FALSE.

AND and OR evaluate an operand only on the lanes that the operands before it left undecided: after a false operand of AND or a true one of
OR a lane is finished. As conditions (`select`) a NULL lane of AND is finished too, since it can no longer become true.

    AND: false wins, then NULL, then true        OR: true wins, then NULL, then false        NOT NULL is NULL
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memset
from pumice.exec.expr.expr cimport Expr, lanes_needed
from pumice.exec.vector.convert cimport value_is_true
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, sel_lane, vec_get, vec_reserve
from pumice.memory cimport mem_alloc, mem_free
from pumice.values cimport MASK_INT, MASK_NULL, TAG_INT, TAG_NULL, Value


cdef inline int truth(Vector* v, uint32_t i) noexcept nogil:
    """0 false, 1 true, 2 NULL."""
    cdef Value value
    i &= v.lane_mask
    if v.tag[i] == TAG_INT:
        return v.num[i].i != 0
    if v.tag[i] == TAG_NULL:
        return 2
    vec_get(v, i, &value)
    return value_is_true(&value)


cdef class Connective(Expr):
    """AND (decided by false) or OR (decided by true) of two or more operands."""

    cdef list args
    cdef uint32_t n_args
    cdef void** nodes           # borrowed from `args`: the operands, for loops without the GIL
    cdef int decides            # the truth value that finishes a lane

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
        cdef Vector* v
        cdef uint16_t open_lanes[BATCH_MAX]
        cdef uint32_t k, i, m, j, n_open = n
        cdef const uint16_t* undecided = sel
        cdef int t, decides = self.decides
        cdef uint32_t mask = MASK_INT
        vec_reserve(out, lanes_needed(sel, n))
        for k in range(n):
            i = sel_lane(sel, k)
            out.tag[i] = TAG_INT
            out.num[i].i = 1 - decides
        for j in range(self.n_args):
            if n_open == 0:
                break
            v = (<Expr>self.nodes[j]).eval(batch, undecided, n_open)
            m = 0
            for k in range(n_open):
                i = sel_lane(undecided, k)
                t = truth(v, i)
                if t == decides:
                    out.tag[i] = TAG_INT
                    out.num[i].i = decides
                else:
                    if t == 2:
                        out.tag[i] = TAG_NULL
                        mask |= MASK_NULL
                    open_lanes[m] = <uint16_t>i
                    m += 1
            undecided = open_lanes
            n_open = m
        out.mask = mask
        return out


cdef class And(Connective):
    def __init__(self, args):
        Connective.__init__(self, args)
        self.decides = 0

    cdef int64_t select(self, Batch* batch, const uint16_t* sel, uint32_t n, uint16_t* out) except -1 nogil:
        cdef uint32_t j
        cdef int64_t m = (<Expr>self.nodes[0]).select(batch, sel, n, out)
        for j in range(1, self.n_args):
            if m == 0:
                break
            m = (<Expr>self.nodes[j]).select(batch, out, <uint32_t>m, out)
        return m


cdef class Or(Connective):
    def __init__(self, args):
        Connective.__init__(self, args)
        self.decides = 1

    cdef int64_t select(self, Batch* batch, const uint16_t* sel, uint32_t n, uint16_t* out) except -1 nogil:
        cdef uint8_t is_true[BATCH_MAX]
        cdef uint16_t open_lanes[BATCH_MAX]
        cdef uint16_t found[BATCH_MAX]
        cdef uint16_t live[BATCH_MAX]
        cdef uint32_t j, k, m, n_open = n, n_live = n
        cdef int64_t n_found
        if n == 0:
            return 0
        for k in range(n):
            live[k] = <uint16_t>sel_lane(sel, k)        # `out` may be `sel`
            open_lanes[k] = live[k]
        memset(is_true, 0, live[n - 1] + 1)
        for j in range(self.n_args):
            if n_open == 0:
                break
            n_found = (<Expr>self.nodes[j]).select(batch, open_lanes, n_open, found)
            for k in range(<uint32_t>n_found):
                is_true[found[k]] = 1
            m = 0
            for k in range(n_open):
                open_lanes[m] = open_lanes[k]
                m += 1 - is_true[open_lanes[k]]
            n_open = m
        m = 0
        for k in range(n_live):
            out[m] = live[k]
            m += is_true[live[k]]
        return m


cdef class Not(Expr):
    """NOT x: NULL for NULL."""

    cdef Expr operand

    def __init__(self, Expr operand not None):
        self.operand = operand

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* a = self.operand.eval(batch, sel, n)
        cdef Vector* out = &self.out
        cdef uint32_t k, i, mask = MASK_INT
        cdef int t
        vec_reserve(out, lanes_needed(sel, n))
        for k in range(n):
            i = sel_lane(sel, k)
            t = truth(a, i)
            out.tag[i] = TAG_INT
            out.num[i].i = t == 0
            if t == 2:
                out.tag[i] = TAG_NULL
                mask |= MASK_NULL
        out.mask = mask
        return out

    cdef int64_t select(self, Batch* batch, const uint16_t* sel, uint32_t n, uint16_t* out) except -1 nogil:
        cdef Vector* a
        cdef uint32_t k, i, m = 0
        if n == 0:
            return 0
        a = self.operand.eval(batch, sel, n)
        for k in range(n):
            i = sel_lane(sel, k)
            out[m] = <uint16_t>i
            m += truth(a, i) == 0
        return m


cdef class IsNull(Expr):
    """x IS NULL or, negated, x IS NOT NULL: 0 or 1."""

    cdef Expr operand
    cdef bint negated

    def __init__(self, Expr operand not None, bint negated):
        self.operand = operand
        self.negated = negated

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* a = self.operand.eval(batch, sel, n)
        cdef Vector* out = &self.out
        cdef uint32_t k, i
        vec_reserve(out, lanes_needed(sel, n))
        for k in range(n):
            i = sel_lane(sel, k)
            out.tag[i] = TAG_INT
            out.num[i].i = (a.tag[i & a.lane_mask] == TAG_NULL) != self.negated
        out.mask = MASK_INT
        return out

    cdef int64_t select(self, Batch* batch, const uint16_t* sel, uint32_t n, uint16_t* out) except -1 nogil:
        cdef Vector* a
        cdef uint32_t k, i, m = 0
        if n == 0:
            return 0
        a = self.operand.eval(batch, sel, n)
        for k in range(n):
            i = sel_lane(sel, k)
            out[m] = <uint16_t>i
            m += (a.tag[i & a.lane_mask] == TAG_NULL) != self.negated
        return m


cdef class IsTruth(Expr):
    """x IS [NOT] TRUE, x IS [NOT] FALSE: 0 or 1, never NULL."""

    cdef Expr operand
    cdef int truth
    cdef bint negated

    def __init__(self, Expr operand not None, bint truth, bint negated):
        self.operand = operand
        self.truth = truth
        self.negated = negated

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* a = self.operand.eval(batch, sel, n)
        cdef Vector* out = &self.out
        cdef uint32_t k, i
        vec_reserve(out, lanes_needed(sel, n))
        for k in range(n):
            i = sel_lane(sel, k)
            out.tag[i] = TAG_INT
            out.num[i].i = (truth(a, i) == self.truth) != self.negated
        out.mask = MASK_INT
        return out
