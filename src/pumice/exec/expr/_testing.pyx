"""A door to the expression and aggregate kernels for tests: Python rows in, Python values out. Not shipped."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from pumice.exec.context cimport ExecContext, find_collation
from pumice.exec.expr.expr cimport Expr
from pumice.exec.vector.convert cimport (apply_affinity, cast_value, compare_int_real, lane_to_python, real_to_text, text_to_real,
                                         value_from_python)
from pumice.exec.vector.vector cimport Batch, Vector, vec_free, vec_get, vec_init, vec_put, vec_reserve, vec_set_const
from pumice.functions.aggregate.aggregate cimport AggregateFunction
from pumice.memory cimport Arena, arena_free, arena_init, mem_alloc, mem_free, mem_zalloc
from pumice.storage.record.key_info cimport BINARY, NOCASE, RTRIM
from pumice.values cimport TAG_TEXT, Value

from pumice.functions.registry import FunctionSet
from pumice.functions.builtins import builtin_functions


class RawText(bytes):
    """TEXT that may be no valid UTF-8, in and out."""


cdef int _value(object obj, Value* out, list owner) except -1:
    value_from_python(obj, out, owner)
    if isinstance(obj, RawText):
        out.tag = TAG_TEXT
    return 0


cdef class Rows:
    """A batch of Python rows, all of one width; `sel` names the live lanes (None: all). A column in `constant` is stored as one lane."""

    cdef Batch batch
    cdef Vector* vectors
    cdef Vector** cols
    cdef uint16_t* sel
    cdef list owner

    def __init__(self, rows, sel=None, constant=()):
        cdef uint32_t i, j, n = len(rows), width = len(rows[0]) if rows else 0
        cdef Value v
        cdef Vector* vector
        self.owner = []
        self.vectors = <Vector*>mem_zalloc(width, sizeof(Vector))
        self.cols = <Vector**>mem_alloc(width, sizeof(Vector*))
        for j in range(width):
            vector = &self.vectors[j]
            vec_init(vector)
            self.cols[j] = vector
            if j in constant:
                _value(rows[0][j], &v, self.owner)
                vec_set_const(vector, &v)
                continue
            vec_reserve(vector, n)
            for i in range(n):
                _value(rows[i][j], &v, self.owner)
                vec_put(vector, i, &v)
                vector.mask |= <uint32_t>1 << v.tag
        self.batch.n = n
        self.batch.n_sel = n
        self.batch.sel = NULL
        self.batch.n_cols = width
        self.batch.cols = self.cols
        if sel is not None:
            self.sel = <uint16_t*>mem_alloc(len(sel), sizeof(uint16_t))
            for i in range(<uint32_t>len(sel)):
                self.sel[i] = sel[i]
            self.batch.sel = self.sel
            self.batch.n_sel = len(sel)

    def __dealloc__(self):
        cdef uint32_t j
        for j in range(self.batch.n_cols):
            vec_free(&self.vectors[j])
        mem_free(self.vectors)
        mem_free(self.cols)
        mem_free(self.sel)


def evaluate(Expr expr, Rows rows):
    """Values of the live lanes, in order. Text that is not UTF-8 comes back as RawText."""
    cdef Vector* v
    cdef Batch* batch = &rows.batch
    cdef const uint16_t* sel = rows.batch.sel
    cdef uint32_t k, n = rows.batch.n_sel
    with nogil:
        v = expr.eval(batch, sel, n)
    return [_lane(v, sel[k] if sel != NULL else k) for k in range(n)]


cdef object _lane(Vector* v, uint32_t i):
    cdef Value value
    vec_get(v, i, &value)
    if not v.mask >> value.tag & 1:
        raise AssertionError(f"tag {value.tag} is not in the mask {v.mask}")
    return lane_to_python(&value, _text)


def _text(raw):
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return RawText(raw)


def select(Expr expr, Rows rows, bint in_place=False):
    """Lanes for which the condition holds."""
    cdef uint16_t found[1024]
    cdef uint16_t* out = found
    cdef Batch* batch = &rows.batch
    cdef const uint16_t* sel = rows.batch.sel
    cdef uint32_t n = rows.batch.n_sel
    cdef int64_t m
    if in_place and rows.sel != NULL:
        out = rows.sel
    with nogil:
        m = expr.select(batch, sel, n, out)
    return [out[k] for k in range(m)]


def aggregate(AggregateFunction function, ExecContext ctx, Rows rows, groups=None, str collation=None, bint want_changed=False):
    """One result (groups None), or one for each group number 0..max, row i belonging to groups[i]; with `want_changed` also the flags."""
    cdef uint32_t k, n = rows.batch.n_sel, n_groups = 1 if groups is None else max(groups) + 1
    cdef size_t size = (function.state_size + 7) & ~<size_t>7
    cdef uint8_t* memory = <uint8_t*>mem_zalloc(n_groups, size)
    cdef uint8_t** states = <uint8_t**>mem_alloc(n, sizeof(uint8_t*))
    cdef uint8_t* changed = <uint8_t*>mem_zalloc(n, 1)
    cdef Arena arena
    cdef Value out
    cdef list results = []
    cdef object coll = find_collation(ctx, collation)
    arena_init(&arena)
    try:
        for k in range(n_groups):
            function.init(memory + k * size)
        if groups is not None:
            for k in range(n):
                states[k] = memory + <size_t>groups[k] * size
        function.update(ctx, coll, states if groups is not None else NULL, memory, rows.cols, rows.batch.n_cols, rows.batch.sel, n,
                        changed if want_changed else NULL)
        for k in range(n_groups):
            function.final(ctx, memory + k * size, &arena, &out)
            results.append(lane_to_python(&out, _text))
        flags = [changed[k] for k in range(n)]
    finally:
        for k in range(n_groups):
            function.destroy(memory + k * size)
        mem_free(memory)
        mem_free(states)
        mem_free(changed)
        arena_free(&arena)
    if want_changed:
        return results, flags
    return results if groups is not None else results[0]


def real_text(double r):
    cdef uint8_t buf[64]
    return buf[:real_to_text(r, buf)].decode()


def text_real(bytes text):
    """(kind, value)"""
    cdef double r
    cdef const uint8_t* p = <const uint8_t*><const char*>text
    kind = text_to_real(p, len(text), &r)
    return kind, r


def order_int_real(int64_t i, double r):
    return compare_int_real(i, r)


def collations():
    return {"BINARY": BINARY, "NOCASE": NOCASE, "RTRIM": RTRIM}


def function_set():
    return FunctionSet(builtin_functions())
