"""The value of a LIMIT or OFFSET expression."""

from libc.stdint cimport int64_t
from pumice.exec.expr.expr cimport Expr

cdef int count_value(Expr expr, int64_t* out) except -1 nogil       # raises "datatype mismatch" when it is not an integer
