"""The values of LIMIT and OFFSET; see count_value.pxd. Source: SQLite's OP_MustBeInt."""

from libc.stdint cimport int64_t
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.operator cimport eval_single
from pumice.exec.vector.convert cimport must_be_int
from pumice.values cimport Value

from pumice import errors


cdef int count_value(Expr expr, int64_t* out) except -1 nogil:
    cdef Value value
    eval_single(expr, &value)
    if not must_be_int(&value):
        with gil:
            raise errors.make("SQLITE_MISMATCH", "datatype mismatch")
    out[0] = value.num.i
    return 0


cdef int count_rows(Expr limit, bint has_limit, Expr offset, bint has_offset, int64_t* left, int64_t* skip) except -1 nogil:
    left[0] = -1
    skip[0] = 0
    if has_limit:
        count_value(limit, left)
        left[0] = max(left[0], -1)
    if has_offset:
        count_value(offset, skip)
        skip[0] = max(skip[0], 0)
    return 0
