"""Comparisons: = <> < <= > >= IS and IS NOT, as values and as conditions.

An operator is three bits, one for each outcome of a three-way comparison: bit 0 less, bit 1 equal, bit 2 greater. A kernel finds
the outcome of each lane without a branch and looks it up. With a NULL operand the result is NULL, but IS and IS NOT compare NULL as a
value and never give NULL. Operands keep their storage classes: affinity is applied by nodes below.

Which loop runs is decided once a batch from the vectors' masks: all INTEGER, all REAL, TEXT with BINARY collation, else the general one.
Source: "Datatypes In SQLite", sections 4.1 and 7.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcmp
from pumice.exec.context cimport ExecContext, find_collation, raise_pending
from pumice.exec.expr.expr cimport Expr, lanes_needed
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, sel_lane, vec_get, vec_reserve
from pumice.storage.record.key_info cimport CollateFn, Collation, compare_values
from pumice.values cimport (MASK_INT, MASK_NULL, MASK_REAL, MASK_TEXT, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Num, Value)

cdef enum:
    LESS = 1
    EQUAL = 2
    GREATER = 4

cdef enum:
    # Per-lane outcome of a kernel
    IS_FALSE = 0
    IS_TRUE = 1
    IS_UNKNOWN = 2

cdef int64_t MAX_EXACT = <int64_t>1 << 53       # doubles hold all integers up to here

cdef dict _OPS = {"=": EQUAL, "<>": LESS | GREATER, "<": LESS, "<=": LESS | EQUAL, ">": GREATER, ">=": EQUAL | GREATER,
                  "is": EQUAL, "isnot": LESS | GREATER}


cdef inline uint8_t outcome(int lut, bint less, bint greater) noexcept nogil:
    return (lut >> (1 + <int>greater - <int>less)) & 1


cdef inline int text_order(const Value* a, const Value* b) noexcept nogil:
    """BINARY: memcmp, then length."""
    cdef int c = memcmp(a.num.p, b.num.p, a.size if a.size < b.size else b.size) if a.size and b.size else 0
    if c == 0:
        return (a.size > b.size) - (a.size < b.size)
    return c


cdef int compare_lanes(int lut, bint null_is_value, CollateFn fn, void* context, Vector* a, Vector* b, const uint16_t* sel,
                       uint32_t n, uint8_t* res) except -1 nogil:
    """Outcome of the k-th live lane to res[k]."""
    cdef uint32_t k, i, j, l, ma = a.lane_mask, mb = b.lane_mask, masks = a.mask | b.mask
    cdef Value v, w
    cdef int c
    cdef int64_t x, y
    cdef double r, s
    if masks == MASK_INT:
        if mb == 0:
            y = b.num[0].i
            for k in range(n):
                x = a.num[sel_lane(sel, k) & ma].i
                res[k] = outcome(lut, x < y, x > y)
        else:
            for k in range(n):
                i = sel_lane(sel, k)
                x = a.num[i & ma].i
                y = b.num[i & mb].i
                res[k] = outcome(lut, x < y, x > y)
        return 0
    if masks == MASK_REAL:
        for k in range(n):
            i = sel_lane(sel, k)
            r = a.num[i & ma].r
            s = b.num[i & mb].r
            res[k] = outcome(lut, r < s, r > s)
        return 0
    if mb == 0 and ma != 0 and a.mask == MASK_REAL and b.mask == MASK_INT and -MAX_EXACT <= b.num[0].i <= MAX_EXACT:
        # price > 100: the INTEGER is exact as a double.
        s = <double>b.num[0].i
        for k in range(n):
            r = a.num[sel_lane(sel, k)].r
            res[k] = outcome(lut, r < s, r > s)
        return 0
    if not null_is_value:
        if masks & ~<uint32_t>(MASK_INT | MASK_NULL) == 0:
            for k in range(n):
                i = sel_lane(sel, k)
                j = i & ma
                l = i & mb
                x = a.num[j].i
                y = b.num[l].i
                res[k] = outcome(lut, x < y, x > y) if a.tag[j] != TAG_NULL and b.tag[l] != TAG_NULL else IS_UNKNOWN
            return 0
        if masks & ~<uint32_t>(MASK_TEXT | MASK_NULL) == 0 and fn == NULL:
            for k in range(n):
                i = sel_lane(sel, k)
                vec_get(a, i, &v)
                vec_get(b, i, &w)
                if v.tag == TAG_NULL or w.tag == TAG_NULL:
                    res[k] = IS_UNKNOWN
                elif (lut == EQUAL or lut == LESS | GREATER) and v.size != w.size:
                    res[k] = lut != EQUAL
                else:
                    c = text_order(&v, &w)
                    res[k] = outcome(lut, c < 0, c > 0)
            return 0
    for k in range(n):
        i = sel_lane(sel, k)
        vec_get(a, i, &v)
        vec_get(b, i, &w)
        if not null_is_value and (v.tag == TAG_NULL or w.tag == TAG_NULL):
            res[k] = IS_UNKNOWN
            continue
        c = compare_values(&v, &w, fn, context)
        if c == -2:
            raise_pending()
        res[k] = outcome(lut, c < 0, c > 0)
    return 0


cdef class Compare(Expr):
    """`left op right` under a collation."""

    cdef Expr left
    cdef Expr right
    cdef int lut
    cdef bint null_is_value         # IS, IS NOT
    cdef Collation collation        # None: BINARY
    cdef CollateFn fn
    cdef void* context

    def __init__(self, ExecContext ctx, str op, Expr left not None, Expr right not None, str collation="BINARY"):
        self.left = left
        self.right = right
        self.lut = _OPS[op]
        self.null_is_value = op in ("is", "isnot")
        self.collation = find_collation(ctx, collation)
        self.fn = NULL
        self.context = NULL
        if self.collation is not None:
            self.fn = self.collation.fn
            self.context = self.collation.context

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* a = self.left.eval(batch, sel, n)
        cdef Vector* b = self.right.eval(batch, sel, n)
        cdef Vector* out = &self.out
        cdef bint constant = a.lane_mask == 0 and b.lane_mask == 0 and n > 0
        cdef uint8_t res[BATCH_MAX]
        cdef uint32_t k, i, unknown = 0
        if constant:
            sel = NULL
            n = 1
        vec_reserve(out, lanes_needed(sel, n))
        compare_lanes(self.lut, self.null_is_value, self.fn, self.context, a, b, sel, n, res)
        for k in range(n):
            i = sel_lane(sel, k)
            out.num[i].i = res[k]
            out.tag[i] = TAG_NULL if res[k] == IS_UNKNOWN else TAG_INT
            unknown |= res[k] & IS_UNKNOWN
        out.mask = MASK_INT | MASK_NULL if unknown else MASK_INT
        if constant:
            out.lane_mask = 0
        return out

    cdef int64_t select(self, Batch* batch, const uint16_t* sel, uint32_t n, uint16_t* out) except -1 nogil:
        cdef Vector* a
        cdef Vector* b
        cdef uint8_t res[BATCH_MAX]
        cdef uint32_t k, i, m = 0, masks
        cdef int lut = self.lut
        cdef Num* num
        cdef int64_t x, y
        cdef double r, s
        if n == 0:
            return 0
        a = self.left.eval(batch, sel, n)
        b = self.right.eval(batch, sel, n)
        masks = a.mask | b.mask
        if b.lane_mask == 0 and a.lane_mask != 0:
            # Column against constant: one pass.
            num = a.num
            if masks == MASK_INT:
                y = b.num[0].i
                for k in range(n):
                    i = sel_lane(sel, k)
                    x = num[i].i
                    out[m] = <uint16_t>i
                    m += outcome(lut, x < y, x > y)
                return m
            if masks == MASK_REAL:
                s = b.num[0].r
                for k in range(n):
                    i = sel_lane(sel, k)
                    r = num[i].r
                    out[m] = <uint16_t>i
                    m += outcome(lut, r < s, r > s)
                return m
        compare_lanes(lut, self.null_is_value, self.fn, self.context, a, b, sel, n, res)
        for k in range(n):
            out[m] = <uint16_t>sel_lane(sel, k)
            m += res[k] & IS_TRUE
        return m
