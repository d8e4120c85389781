"""Arithmetic: + - * / %, bits and shifts, || and ~, on vectors.

INTEGER overflow in + - * and INT64_MIN / -1 give REAL; division and remainder by zero and NaN give NULL; a NULL operand gives NULL.
TEXT and BLOB operands count as the number of their longest numeric prefix. Bits, shifts and the remainder take their operands as
integers; a shift by a negative count goes the other way. || makes TEXT of whatever it gets; a BLOB brings its bytes, which are text
in the database's encoding.
Unary minus is built as 0 - x, as SQLite does it.
Source: "SQL Language Expressions", section 2.
"""

from libc.math cimport isnan
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy
from pumice.exec.expr.expr cimport Expr, lanes_needed
from pumice.exec.vector.convert cimport REAL_TEXT_MAX, blob_to_text, to_numeric, value_to_int, value_to_real, value_to_text
from pumice.exec.vector.vector cimport ALL_LANES, Batch, Vector, sel_lane, vec_get, vec_reserve
from pumice.memory cimport arena_alloc, arena_reset
from pumice.storage.record.utf cimport utf8_to_stored
from pumice.values cimport (ENC_UTF8, MASK_BLOB, MASK_INT, MASK_NULL, MASK_REAL, MASK_TEXT, TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT,
                            Num, Value)

from pumice import errors

cdef extern from "<stdint.h>":
    const int64_t INT64_MIN

cdef extern from *:
    bint add_overflow "__builtin_add_overflow"(int64_t a, int64_t b, int64_t* out) noexcept nogil
    bint sub_overflow "__builtin_sub_overflow"(int64_t a, int64_t b, int64_t* out) noexcept nogil
    bint mul_overflow "__builtin_mul_overflow"(int64_t a, int64_t b, int64_t* out) noexcept nogil

cdef enum:
    OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_REM, OP_AND, OP_OR, OP_SHL, OP_SHR, OP_CONCAT

cdef enum:
    MAX_LENGTH = 1000000000      # bytes of a TEXT or BLOB (SQLITE_MAX_LENGTH)

cdef dict _OPS = {"+": OP_ADD, "-": OP_SUB, "*": OP_MUL, "/": OP_DIV, "%": OP_REM, "&": OP_AND, "|": OP_OR, "<<": OP_SHL,
                  ">>": OP_SHR, "||": OP_CONCAT}


cdef int raise_too_big() except -1 nogil:
    with gil:
        raise errors.make("SQLITE_TOOBIG", "string or blob too big")


cdef inline double real_op(int op, double a, double b) noexcept nogil:
    if op == OP_ADD:
        return a + b
    if op == OP_SUB:
        return a - b
    if op == OP_MUL:
        return a * b
    return a / b


cdef inline int64_t shift(int64_t a, int64_t by, bint left) noexcept nogil:
    if by < 0:
        left = not left
        by = -by if by > -64 else 64
    if by >= 64:
        return 0 if a >= 0 or left else -1
    if left:
        return <int64_t>(<uint64_t>a << by)
    return a >> by      # arithmetic: keeps the sign


cdef int number_lane(int op, const Value* left, const Value* right, Value* out) noexcept nogil:
    """One lane of + - * / % on any operands but NULL; `out` may be NULL-tagged."""
    cdef Value a, b
    cdef double r
    cdef int64_t i, x, y
    to_numeric(left, &a)
    to_numeric(right, &b)
    if op == OP_REM:
        x = value_to_int(left)
        y = value_to_int(right)
        if y == 0:
            out.tag = TAG_NULL
            return 0
        i = 0 if y == -1 else x % y
        if a.tag == TAG_INT and b.tag == TAG_INT:
            out.tag = TAG_INT
            out.num.i = i
        else:
            out.tag = TAG_REAL
            out.num.r = <double>i
        return 0
    if a.tag == TAG_INT and b.tag == TAG_INT:
        out.tag = TAG_INT
        x = a.num.i
        y = b.num.i
        if op == OP_ADD:
            if not add_overflow(x, y, &out.num.i):
                return 0
        elif op == OP_SUB:
            if not sub_overflow(x, y, &out.num.i):
                return 0
        elif op == OP_MUL:
            if not mul_overflow(x, y, &out.num.i):
                return 0
        else:
            if y == 0:
                out.tag = TAG_NULL
                return 0
            if y != -1 or x != INT64_MIN:
                out.num.i = x // y
                return 0
        r = real_op(op, <double>x, <double>y)
    else:
        r = b.num.r if b.tag == TAG_REAL else <double>b.num.i
        if op == OP_DIV and r == 0.0:
            out.tag = TAG_NULL
            return 0
        r = real_op(op, a.num.r if a.tag == TAG_REAL else <double>a.num.i, r)
    if isnan(r):
        out.tag = TAG_NULL
        return 0
    out.tag = TAG_REAL
    out.num.r = r
    return 0


cdef class Arith(Expr):
    """`left op right`; op is one of + - * / % & | << >> ||."""

    cdef Expr left
    cdef Expr right
    cdef int op
    cdef int encoding               # ENC_* of the database

    def __init__(self, str op, Expr left not None, Expr right not None, int encoding=ENC_UTF8):
        self.op = _OPS[op]
        self.encoding = encoding
        self.left = left
        self.right = right

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* a = self.left.eval(batch, sel, n)
        cdef Vector* b = self.right.eval(batch, sel, n)
        cdef Vector* out = &self.out
        cdef bint constant = a.lane_mask == 0 and b.lane_mask == 0 and n > 0
        if constant:
            sel = NULL
            n = 1
        vec_reserve(out, lanes_needed(sel, n))
        if self.op <= OP_REM:
            if a.mask | b.mask == MASK_INT:
                if self.op <= OP_MUL:
                    int_loop(self.op, a, b, sel, n, out)
                else:
                    int_division_loop(self.op == OP_DIV, a, b, sel, n, out)
            elif (a.mask | b.mask) & (MASK_NULL | MASK_TEXT | MASK_BLOB) == 0 and self.op <= OP_MUL and (
                    a.mask == MASK_REAL or b.mask == MASK_REAL):
                real_loop(self.op, a, b, sel, n, out)
            else:
                number_loop(self.op, a, b, sel, n, out)
        elif self.op == OP_CONCAT:
            arena_reset(&out.arena)
            concat_loop(a, b, self.encoding, sel, n, out)
        else:
            bit_loop(self.op, a, b, sel, n, out)
        if constant:
            out.lane_mask = 0
        return out


cdef void int_loop(int op, Vector* a, Vector* b, const uint16_t* sel, uint32_t n, Vector* out) noexcept nogil:
    """+ - * where all lanes are INTEGER."""
    cdef uint32_t k, i, ma = a.lane_mask, mb = b.lane_mask
    cdef Num* x = a.num
    cdef Num* y = b.num
    cdef bint any_real = False, over
    for k in range(n):
        i = sel_lane(sel, k)
        if op == OP_ADD:
            over = add_overflow(x[i & ma].i, y[i & mb].i, &out.num[i].i)
        elif op == OP_SUB:
            over = sub_overflow(x[i & ma].i, y[i & mb].i, &out.num[i].i)
        else:
            over = mul_overflow(x[i & ma].i, y[i & mb].i, &out.num[i].i)
        out.tag[i] = TAG_INT
        if over:
            out.tag[i] = TAG_REAL
            out.num[i].r = real_op(op, <double>x[i & ma].i, <double>y[i & mb].i)
            any_real = True
    out.mask = MASK_INT | MASK_REAL if any_real else MASK_INT


cdef void int_division_loop(bint quotient, Vector* a, Vector* b, const uint16_t* sel, uint32_t n, Vector* out) noexcept nogil:
    """/ and % where all lanes are INTEGER."""
    cdef uint32_t k, i, ma = a.lane_mask, mb = b.lane_mask, mask = 0
    cdef int64_t x, y
    for k in range(n):
        i = sel_lane(sel, k)
        x = a.num[i & ma].i
        y = b.num[i & mb].i
        if y == 0:
            out.tag[i] = TAG_NULL
            mask |= MASK_NULL
        elif y == -1 and quotient and x == INT64_MIN:
            out.tag[i] = TAG_REAL
            out.num[i].r = 9223372036854775808.0
            mask |= MASK_REAL
        else:
            out.tag[i] = TAG_INT
            mask |= MASK_INT
            if y == -1:
                out.num[i].i = -x if quotient else 0
            else:
                out.num[i].i = x // y if quotient else x % y
    out.mask = mask


cdef void real_loop(int op, Vector* a, Vector* b, const uint16_t* sel, uint32_t n, Vector* out) noexcept nogil:
    """+ - * where all lanes are numbers and one side is all REAL."""
    cdef uint32_t k, i, j, l, ma = a.lane_mask, mb = b.lane_mask
    cdef double x, y, r
    cdef bint any_null = False
    for k in range(n):
        i = sel_lane(sel, k)
        j = i & ma
        l = i & mb
        x = a.num[j].r if a.tag[j] == TAG_REAL else <double>a.num[j].i
        y = b.num[l].r if b.tag[l] == TAG_REAL else <double>b.num[l].i
        r = real_op(op, x, y)
        out.num[i].r = r
        out.tag[i] = TAG_REAL
        if isnan(r):
            out.tag[i] = TAG_NULL
            any_null = True
    out.mask = MASK_REAL | MASK_NULL if any_null else MASK_REAL


cdef void number_loop(int op, Vector* a, Vector* b, const uint16_t* sel, uint32_t n, Vector* out) noexcept nogil:
    """+ - * / % on any mix."""
    cdef uint32_t k, i, mask = 0
    cdef Value x, y, r
    r.size = 0
    for k in range(n):
        i = sel_lane(sel, k)
        vec_get(a, i, &x)
        vec_get(b, i, &y)
        if x.tag == TAG_NULL or y.tag == TAG_NULL:
            out.tag[i] = TAG_NULL
            mask |= MASK_NULL
            continue
        number_lane(op, &x, &y, &r)
        out.tag[i] = r.tag
        out.num[i] = r.num
        mask |= <uint32_t>1 << r.tag
    out.mask = mask


cdef void bit_loop(int op, Vector* a, Vector* b, const uint16_t* sel, uint32_t n, Vector* out) noexcept nogil:
    cdef uint32_t k, i, mask = 0
    cdef Value v, w
    cdef int64_t x, y, r
    for k in range(n):
        i = sel_lane(sel, k)
        vec_get(a, i, &v)
        vec_get(b, i, &w)
        if v.tag == TAG_NULL or w.tag == TAG_NULL:
            out.tag[i] = TAG_NULL
            mask |= MASK_NULL
            continue
        x = value_to_int(&v)
        y = value_to_int(&w)
        if op == OP_AND:
            r = x & y
        elif op == OP_OR:
            r = x | y
        else:
            r = shift(x, y, op == OP_SHL)
        out.tag[i] = TAG_INT
        out.num[i].i = r
        mask |= MASK_INT
    out.mask = mask


cdef int concat_stored(Value* x, Value* y, int encoding, Vector* out, uint32_t i) except -1 nogil:
    """x || y in lane i where one is a BLOB, in UTF-16: their bytes in a row, read as text."""
    cdef uint8_t* p
    if x.tag == TAG_TEXT:
        utf8_to_stored(x, encoding, &out.arena)
    if y.tag == TAG_TEXT:
        utf8_to_stored(y, encoding, &out.arena)
    if <uint64_t>x.size + y.size > MAX_LENGTH:
        raise_too_big()
    p = arena_alloc(&out.arena, <uint64_t>x.size + y.size)
    if x.size:
        memcpy(p, x.num.p, x.size)
    if y.size:
        memcpy(p + x.size, y.num.p, y.size)
    x.num.p = p
    x.size += y.size
    blob_to_text(x, encoding, &out.arena)
    out.tag[i] = TAG_TEXT
    out.num[i] = x.num
    out.size[i] = x.size
    return 0


cdef int concat_loop(Vector* a, Vector* b, int encoding, const uint16_t* sel, uint32_t n, Vector* out) except -1 nogil:
    cdef uint32_t k, i, mask = 0
    cdef Value v, w, x, y
    cdef uint8_t left_digits[REAL_TEXT_MAX]
    cdef uint8_t right_digits[REAL_TEXT_MAX]
    cdef uint8_t* p
    for k in range(n):
        i = sel_lane(sel, k)
        vec_get(a, i, &v)
        vec_get(b, i, &w)
        if v.tag == TAG_NULL or w.tag == TAG_NULL:
            out.tag[i] = TAG_NULL
            mask |= MASK_NULL
            continue
        mask |= MASK_TEXT
        value_to_text(&v, left_digits, &x)
        value_to_text(&w, right_digits, &y)
        if encoding != ENC_UTF8 and (v.tag == TAG_BLOB or w.tag == TAG_BLOB):
            if v.tag == TAG_BLOB:
                x.tag = TAG_BLOB
            if w.tag == TAG_BLOB:
                y.tag = TAG_BLOB
            concat_stored(&x, &y, encoding, out, i)
            continue
        if <uint64_t>x.size + y.size > MAX_LENGTH:
            raise_too_big()
        p = arena_alloc(&out.arena, <uint64_t>x.size + y.size)
        if x.size:
            memcpy(p, x.num.p, x.size)
        if y.size:
            memcpy(p + x.size, y.num.p, y.size)
        out.tag[i] = TAG_TEXT
        out.num[i].p = p
        out.size[i] = x.size + y.size
    out.mask = mask
    return 0


cdef class BitNot(Expr):
    """`~x`: bits of x as an integer; NULL for NULL."""

    cdef Expr operand

    def __init__(self, Expr operand not None):
        self.operand = operand

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* a = self.operand.eval(batch, sel, n)
        cdef Vector* out = &self.out
        cdef uint32_t k, i, mask = 0
        cdef Value v
        vec_reserve(out, lanes_needed(sel, n))
        for k in range(n):
            i = sel_lane(sel, k)
            vec_get(a, i, &v)
            if v.tag == TAG_NULL:
                out.tag[i] = TAG_NULL
                mask |= MASK_NULL
            else:
                out.tag[i] = TAG_INT
                out.num[i].i = ~value_to_int(&v)
                mask |= MASK_INT
        out.mask = mask
        return out
