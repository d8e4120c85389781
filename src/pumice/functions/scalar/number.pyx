"""Functions of numbers: abs, sign, round, random, and the mathematical functions.

The mathematical ones take INTEGER, REAL and TEXT that is a number as a whole; for everything else, and where the result is not a number,
they give NULL.
Source: "Built-In Scalar SQL Functions", "Built-In Mathematical SQL Functions". Tests: tests/unit/functions/test_scalar.py.
"""

from libc cimport math
from libc.math cimport isnan
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.convert cimport strict_number, text_to_real, value_to_int, value_to_real
from pumice.exec.vector.float_text cimport Decimal, double_to_decimal
from pumice.functions.scalar.lane cimport Frame, lane_function, raise_error, result_bytes, set_int, set_real
from pumice.values cimport TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, Value

cdef extern from "<stdint.h>":
    const int64_t INT64_MIN

cdef double PI = 3.141592653589793

cdef enum:
    # Bodies of the one-argument functions
    M_ACOS, M_ACOSH, M_ASIN, M_ASINH, M_ATAN, M_ATANH, M_COS, M_COSH, M_DEGREES, M_EXP, M_LN, M_LOG10, M_LOG2, M_RADIANS, M_SIN, M_SINH,
    M_SQRT, M_TAN, M_TANH

cdef enum:
    M_CEIL, M_FLOOR, M_TRUNC

cdef enum:
    M_ATAN2, M_MOD, M_POW


cdef int f_abs(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """INTEGER stays INTEGER, all else is REAL; raises `integer overflow` for the smallest INTEGER."""
    cdef double r
    if args[0].tag == TAG_INT:
        if args[0].num.i == INT64_MIN:
            raise_error(b"integer overflow")
        set_int(out, -args[0].num.i if args[0].num.i < 0 else args[0].num.i)
        return 0
    r = value_to_real(&args[0])
    set_real(out, -r if r < 0 else r)
    return 0


cdef int f_sign(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    cdef Value v
    cdef double r
    if strict_number(&args[0], &v):
        r = value_to_real(&v)
        set_int(out, (r > 0.0) - (r < 0.0))
    return 0


cdef int f_round(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """round(x [, digits]): half away from zero on the decimal digits that are printed; digits below 0 count as 0, above 30 as 30."""
    cdef int64_t digits = 0
    cdef double r
    cdef Decimal d
    cdef uint8_t text[64]
    cdef uint32_t n = 0
    cdef int64_t exp, keep
    if n_args == 2:
        digits = value_to_int(&args[1])
        digits = 0 if digits < 0 else (30 if digits > 30 else digits)
    r = value_to_real(&args[0])
    if r >= -4503599627370496.0 and r <= 4503599627370496.0:
        if digits == 0:
            r = <double><int64_t>(r + (-0.5 if r < 0 else 0.5))
        else:
            double_to_decimal(r, <int>-digits, 26, &d)
            # Only the digits that would be printed count.
            keep = d.point + digits
            if keep <= 0:
                set_real(out, 0.0)
                return 0
            if d.n > keep:
                d.n = <int>keep
            # "digits e exponent" reads back as "%!.*f" would.
            if d.negative:
                text[0] = c'-'
                n = 1
            memcpy(text + n, d.digits, d.n)
            n += d.n
            exp = d.point - d.n
            text[n] = c'e'
            text[n + 1] = c'-' if exp < 0 else c'+'
            exp = -exp if exp < 0 else exp
            text[n + 2] = <uint8_t>(c'0' + exp // 100)
            text[n + 3] = <uint8_t>(c'0' + exp // 10 % 10)
            text[n + 4] = <uint8_t>(c'0' + exp % 10)
            text_to_real(text, n + 5, &r)
    set_real(out, r)
    return 0


cdef int f_random(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """A pseudo-random INTEGER; never the smallest one, so that abs() of it works."""
    cdef int64_t r = <int64_t>(<ExecContext>f.ctx).random64()
    if r < 0:
        r = -(r & 0x7FFFFFFFFFFFFFFFLL)
    set_int(out, r)
    return 0


cdef int f_randomblob(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """BLOB of that many pseudo-random bytes, at least one."""
    cdef int64_t n = value_to_int(&args[0]), i
    cdef uint8_t* p
    cdef uint64_t bits = 0
    if n < 1:
        n = 1
    p = result_bytes(f, n)
    for i in range(n):
        if i & 7 == 0:
            bits = (<ExecContext>f.ctx).random64()
        p[i] = <uint8_t>bits
        bits >>= 8
    out.tag = TAG_BLOB
    out.num.p = p
    out.size = <uint32_t>n
    return 0


cdef int f_zeroblob(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """BLOB of that many zero bytes; the empty one for NULL and negative counts."""
    cdef int64_t n = value_to_int(&args[0])
    cdef uint8_t* p
    if n < 0:
        n = 0
    p = result_bytes(f, n)
    memset(p, 0, n)
    out.tag = TAG_BLOB
    out.num.p = p
    out.size = <uint32_t>n
    return 0


cdef int f_pi(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    set_real(out, PI)
    return 0


cdef int f_math1(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    cdef Value v
    cdef double x
    cdef int64_t which = f.variant
    if not strict_number(&args[0], &v):
        return 0
    x = value_to_real(&v)
    if which == M_ACOS:
        x = math.acos(x)
    elif which == M_ACOSH:
        x = math.acosh(x)
    elif which == M_ASIN:
        x = math.asin(x)
    elif which == M_ASINH:
        x = math.asinh(x)
    elif which == M_ATAN:
        x = math.atan(x)
    elif which == M_ATANH:
        x = math.atanh(x)
    elif which == M_COS:
        x = math.cos(x)
    elif which == M_COSH:
        x = math.cosh(x)
    elif which == M_DEGREES:
        x = x * (180.0 / PI)
    elif which == M_EXP:
        x = math.exp(x)
    elif which == M_RADIANS:
        x = x * (PI / 180.0)
    elif which == M_SIN:
        x = math.sin(x)
    elif which == M_SINH:
        x = math.sinh(x)
    elif which == M_SQRT:
        x = math.sqrt(x)
    elif which == M_TAN:
        x = math.tan(x)
    elif which == M_TANH:
        x = math.tanh(x)
    else:
        if x <= 0.0:
            return 0
        x = math.log(x) if which == M_LN else (math.log10(x) if which == M_LOG10 else math.log2(x))
    set_real(out, x)
    return 0


cdef int f_log(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """log(base, x). Only the base has to be a number as a whole."""
    cdef Value v
    cdef double base, x
    if not strict_number(&args[0], &v):
        return 0
    base = value_to_real(&v)
    if base <= 0.0:
        return 0
    base = math.log(base)
    if base <= 0.0:
        return 0
    x = value_to_real(&args[1])
    if x <= 0.0:
        return 0
    set_real(out, math.log(x) / base)
    return 0


cdef int f_math2(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    cdef Value v, w
    cdef double x, y
    if not strict_number(&args[0], &v) or not strict_number(&args[1], &w):
        return 0
    x = value_to_real(&v)
    y = value_to_real(&w)
    if f.variant == M_POW:
        x = math.pow(x, y)
    elif f.variant == M_MOD:
        x = math.fmod(x, y)
    else:
        x = math.atan2(x, y)
    set_real(out, x)
    return 0


cdef int f_ceiling(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """ceil, floor, trunc: INTEGER stays as it is, REAL gives REAL."""
    cdef Value v
    if not strict_number(&args[0], &v):
        return 0
    if v.tag == TAG_INT:
        set_int(out, v.num.i)
    elif f.variant == M_CEIL:
        set_real(out, math.ceil(v.num.r))
    elif f.variant == M_FLOOR:
        set_real(out, math.floor(v.num.r))
    else:
        set_real(out, math.trunc(v.num.r))
    return 0


def table():
    """(name, min_args, max_args, implementation, keywords of FunctionDef)."""
    text = {"flags": frozenset(["text"])}
    raising = {**text, "can_raise": True}
    rows = [
        ("abs", 1, 1, lane_function("abs", f_abs, 0, True), raising),
        ("sign", 1, 1, lane_function("sign", f_sign, 0, True), {}),
        ("round", 1, 2, lane_function("round", f_round, 0, True), text),
        ("random", 0, 0, lane_function("random", f_random, 0, False), {"deterministic": False}),
        ("randomblob", 1, 1, lane_function("randomblob", f_randomblob, 0, False), {**raising, "deterministic": False}),
        ("zeroblob", 1, 1, lane_function("zeroblob", f_zeroblob, 0, False), raising),
        ("pi", 0, 0, lane_function("pi", f_pi, 0, False), {}),
        ("log", 2, 2, lane_function("log", f_log, 0, True), {}),
    ]
    for name, which in (
            ("acos", M_ACOS), ("acosh", M_ACOSH), ("asin", M_ASIN), ("asinh", M_ASINH), ("atan", M_ATAN), ("atanh", M_ATANH),
            ("cos", M_COS), ("cosh", M_COSH), ("degrees", M_DEGREES), ("exp", M_EXP), ("ln", M_LN), ("log", M_LOG10),
            ("log10", M_LOG10), ("log2", M_LOG2), ("radians", M_RADIANS), ("sin", M_SIN), ("sinh", M_SINH), ("sqrt", M_SQRT),
            ("tan", M_TAN), ("tanh", M_TANH)):
        rows.append((name, 1, 1, lane_function(name, f_math1, which, True), {}))
    for name, which in (("ceil", M_CEIL), ("ceiling", M_CEIL), ("floor", M_FLOOR), ("trunc", M_TRUNC)):
        rows.append((name, 1, 1, lane_function(name, f_ceiling, which, True), {}))
    for name, which in (("atan2", M_ATAN2), ("mod", M_MOD), ("pow", M_POW), ("power", M_POW)):
        rows.append((name, 2, 2, lane_function(name, f_math2, which, True), {}))
    return rows
