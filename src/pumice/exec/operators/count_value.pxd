"""The values of LIMIT and OFFSET: integers, reals without fraction, or texts that are one of them; NULL and everything
else is "datatype mismatch"."""

from libc.stdint cimport int64_t
from pumice.exec.expr.expr cimport Expr

cdef int count_value(Expr expr, int64_t* out) except -1 nogil
# How many rows to pass (-1: all) and, before those, to skip.
cdef int count_rows(Expr limit, bint has_limit, Expr offset, bint has_offset, int64_t* left, int64_t* skip) except -1 nogil
