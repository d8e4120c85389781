"""Functions of any value: typeof, nullif, min and max of several, and what tells about the connection or the library.

coalesce, ifnull, iif and likely are entries without a kernel: the expression builder makes nodes of them (flags "lazy", "identity").
Source: "Built-In Scalar SQL Functions". Tests: tests/unit/functions/test_scalar.py.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport strlen
from pumice.exec.context cimport ExecContext, raise_pending
from pumice.exec.vector.vector cimport Vector, sel_lane
from pumice.functions.scalar.lane cimport Frame, lane_function, set_text
from pumice.functions.scalar.scalar cimport ScalarFunction
from pumice.storage.record.key_info cimport Collation, compare_values
from pumice.values cimport MASK_INT, TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value

# What sqlite_version() and sqlite_source_id() say: the SQLite whose behaviour this engine follows.
SQLITE_VERSION = "3.54.1"
SQLITE_SOURCE_ID = "2026-10-16 14:45:20 555e07ef33f69a0957d24d8e555b702464a131d6f1607f4c3c1e4551e8e6ca76"

cdef bytes _VERSION = SQLITE_VERSION.encode()
cdef bytes _SOURCE_ID = SQLITE_SOURCE_ID.encode()
cdef const char* c_version = _VERSION           # borrowed from the bytes above, which live as long as the module
cdef const char* c_source_id = _SOURCE_ID


cdef int f_typeof(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    cdef uint8_t tag = args[0].tag
    if tag == TAG_INT:
        set_text(out, <const uint8_t*>b"integer", 7)
    elif tag == TAG_REAL:
        set_text(out, <const uint8_t*>b"real", 4)
    elif tag == TAG_TEXT:
        set_text(out, <const uint8_t*>b"text", 4)
    elif tag == TAG_BLOB:
        set_text(out, <const uint8_t*>b"blob", 4)
    else:
        set_text(out, <const uint8_t*>b"null", 4)
    return 0


cdef int f_nullif(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """The first argument, or NULL if it equals the second under the collation."""
    cdef int c = compare_values(&args[0], &args[1], f.fn, f.collate_context)
    if c == -2:
        raise_pending()
    if c != 0:
        out[0] = args[0]
    return 0


cdef int f_extremum(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """min() (variant 0) and max() (1) of two or more; NULL if one is NULL. Of equal ones min takes the last, max the first."""
    cdef uint32_t j, best = 0
    cdef int c
    for j in range(1, n_args):
        c = compare_values(&args[best], &args[j], f.fn, f.collate_context)
        if c == -2:
            raise_pending()
        if (c < 0) if f.variant else (c >= 0):
            best = j
    out[0] = args[best]
    return 0


cdef int f_constant(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    cdef const char* p = c_version if f.variant == 0 else c_source_id
    set_text(out, <const uint8_t*>p, <uint32_t>strlen(p))
    return 0


cdef class ConnectionCounter(ScalarFunction):
    """changes(), total_changes(), last_insert_rowid(): an attribute of the connection, 0 without one."""

    def __init__(self, str name):
        self.name = name

    cdef int call(self, ExecContext ctx, Collation collation, Vector** args, uint32_t n_args, const uint16_t* sel, uint32_t n,
                  Vector* out) except -1 nogil:
        cdef int64_t value = 0
        cdef uint32_t k, i
        with gil:
            if ctx.connection is not None:
                value = getattr(ctx.connection, self.name)
        for k in range(n):
            i = sel_lane(sel, k)
            out.tag[i] = TAG_INT
            out.num[i].i = value
        out.mask = MASK_INT
        return 0


def table():
    """(name, min_args, max_args, implementation, keywords of FunctionDef)."""
    lazy = {"flags": frozenset(["lazy"])}
    identity = {"flags": frozenset(["identity"])}
    # Not the same in every run of a statement, but within one.
    stable = {"deterministic": False, "flags": frozenset(["stable"])}
    return [
        ("typeof", 1, 1, lane_function("typeof", f_typeof, 0, False), {}),
        ("nullif", 2, 2, lane_function("nullif", f_nullif, 0, False), {"uses_collation": True}),
        ("min", 2, -1, lane_function("min", f_extremum, 0, True), {"uses_collation": True}),
        ("max", 2, -1, lane_function("max", f_extremum, 1, True), {"uses_collation": True}),
        ("coalesce", 2, -1, None, lazy),
        ("ifnull", 2, 2, None, lazy),
        ("iif", 2, -1, None, lazy),
        ("if", 2, -1, None, lazy),
        ("likely", 1, 1, None, identity),
        ("unlikely", 1, 1, None, identity),
        ("likelihood", 2, 2, None, identity),
        ("sqlite_version", 0, 0, lane_function("sqlite_version", f_constant, 0, False), {}),
        ("sqlite_source_id", 0, 0, lane_function("sqlite_source_id", f_constant, 1, False), {}),
        ("changes", 0, 0, ConnectionCounter("changes"), stable),
        ("total_changes", 0, 0, ConnectionCounter("total_changes"), stable),
        ("last_insert_rowid", 0, 0, ConnectionCounter("last_insert_rowid"), stable),
    ]
