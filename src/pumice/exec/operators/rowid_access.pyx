"""RowidAccess: rows of a rowid table by rowid: equal to one or several keys, or within a range.

No input; the keys are expressions over parameters and outer registers, evaluated at `open`. Output as TableScan. Order: ascending rowid, or
descending when reversed. Keys that are not integers: equality with 1.5, 'x' or NULL matches nothing; range bounds round to the next rowid
inside; every number is below every text, so `rowid > 'x'` is empty and `rowid < 'x'` is all.
"""

from libc.stdint cimport int64_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.key_values cimport KeySet
from pumice.exec.operators.operator cimport eval_single
from pumice.exec.operators.row_source cimport MAX_OVERFLOW
from pumice.exec.operators.table_scan cimport TableScan
from pumice.exec.vector.vector cimport BATCH_MAX
from pumice.storage.btree.btree cimport BtreeCursor
from pumice.values cimport TAG_INT, TAG_NULL, TAG_REAL, Value

cdef extern from "<math.h>" nogil:
    double floor(double)
    double ceil(double)

cdef double TWO_63 = 9223372036854775808.0
cdef int64_t LAST_ROWID = 0x7FFFFFFFFFFFFFFF


cdef bint exact_rowid(const Value* v, int64_t* out) noexcept nogil:
    """The rowid that equals `v`, if there can be one."""
    if v.tag == TAG_INT:
        out[0] = v.num.i
        return True
    if v.tag == TAG_REAL and v.num.r >= -TWO_63 and v.num.r < TWO_63 and <double><int64_t>v.num.r == v.num.r:
        out[0] = <int64_t>v.num.r
        return True
    return False


cdef class RowidAccess(TableScan):
    cdef KeySet keys                    # or None: a range
    cdef bint has_keys
    cdef uint32_t key_at
    cdef Expr lower, upper              # may be None
    cdef bint has_lower, has_upper, lower_inclusive, upper_inclusive

    def __init__(self, node, ExecContext ctx, BtreeCursor cursor, list outputs, list filter, bint reverse, KeySet keys,
                 Expr lower, bint lower_inclusive, Expr upper, bint upper_inclusive):
        TableScan.__init__(self, node, ctx, cursor, outputs, filter, reverse)
        self.keys = keys
        self.has_keys = keys is not None
        self.lower = lower
        self.upper = upper
        self.has_lower = lower is not None
        self.has_upper = upper is not None
        self.lower_inclusive = lower_inclusive
        self.upper_inclusive = upper_inclusive

    cdef int open(self) except -1 nogil:
        cdef Value v
        TableScan.open(self)
        self.key_at = 0
        if self.has_keys:
            self.keys.load()
            return 0
        if self.has_lower:
            eval_single(self.lower, &v)
            self.apply_lower(&v)
        if self.has_upper:
            eval_single(self.upper, &v)
            self.apply_upper(&v)
        return 0

    cdef void nothing(self) noexcept nogil:
        self.started = self.done = True

    cdef void apply_lower(self, const Value* v) noexcept nogil:
        cdef double r
        if v.tag == TAG_INT:
            self.min_rowid = v.num.i
            if not self.lower_inclusive:
                if v.num.i == LAST_ROWID:
                    self.nothing()
                else:
                    self.min_rowid = v.num.i + 1
        elif v.tag == TAG_REAL:
            r = ceil(v.num.r)
            if r == v.num.r and not self.lower_inclusive:
                # Past 2^53 adding 1 to the double may do nothing; the integer takes it.
                if r >= TWO_63:
                    self.nothing()
                elif r >= -TWO_63:
                    self.min_rowid = <int64_t>r + 1
            elif r >= TWO_63:
                self.nothing()
            elif r >= -TWO_63:
                self.min_rowid = <int64_t>r
        else:
            self.nothing()

    cdef void apply_upper(self, const Value* v) noexcept nogil:
        cdef double r
        if v.tag == TAG_INT:
            self.max_rowid = v.num.i
            if not self.upper_inclusive:
                if v.num.i == -LAST_ROWID - 1:
                    self.nothing()
                else:
                    self.max_rowid = v.num.i - 1
        elif v.tag == TAG_REAL:
            r = floor(v.num.r)
            if r < -TWO_63 or (r == -TWO_63 and r == v.num.r and not self.upper_inclusive):
                self.nothing()
            elif r < TWO_63:
                self.max_rowid = <int64_t>r - (1 if r == v.num.r and not self.upper_inclusive else 0)
        elif v.tag == TAG_NULL:
            self.nothing()

    cdef int fill(self, uint32_t ask) except -1 nogil:
        cdef Value v
        cdef int64_t rowid
        if not self.has_keys:
            return TableScan.fill(self, ask)
        while self.key_at < self.keys.n and self.n_lanes < ask and self.n_pins < self.max_pins and self.n_overflow < MAX_OVERFLOW:
            self.keys.get(self.key_at, &v)
            self.key_at += 1
            if exact_rowid(&v, &rowid):
                self.push_rowid(rowid)
        return 0

    cdef int close(self) except -1 nogil:
        if self.has_keys:
            self.keys.clear()
        return TableScan.close(self)
