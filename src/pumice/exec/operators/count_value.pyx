"""The value of a LIMIT or OFFSET expression; see count_value.pxd.

As SQLite's OP_MustBeInt: an integer, a real without fraction or a text that is one of them ('5', '5.0'). Everything else, NULL included,
is "datatype mismatch".
"""

from libc.stdint cimport int64_t
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.operator cimport eval_single
from pumice.values cimport TAG_INT, TAG_REAL, TAG_TEXT, Value

from pumice import errors


cdef int _of_text(bytes text, int64_t* out) except -1:
    cdef object number = None
    stripped = text.strip(b" \t\n\v\f\r")
    try:
        number = int(stripped) if b"_" not in stripped else None
    except ValueError:
        try:
            number = float(stripped)
            if b"n" in stripped.lower() or number != int(number):
                number = None
        except (ValueError, OverflowError):
            number = None
    if number is None or not -(1 << 63) <= number < 1 << 63:
        return 0
    out[0] = int(number)
    return 1


cdef int count_value(Expr expr, int64_t* out) except -1 nogil:
    cdef Value value
    cdef double r
    eval_single(expr, &value)
    if value.tag == TAG_INT:
        out[0] = value.num.i
        return 0
    if value.tag == TAG_REAL:
        r = value.num.r
        if r >= -9223372036854775808.0 and r < 9223372036854775808.0 and <double><int64_t>r == r:
            out[0] = <int64_t>r
            return 0
    with gil:
        if value.tag == TAG_TEXT and _of_text((<const char*>value.num.p)[:value.size], out):
            return 0
        raise errors.make("SQLITE_MISMATCH", "datatype mismatch")
