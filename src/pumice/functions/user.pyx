"""Functions and aggregates made of Python callables: what create_function and create_aggregate define.

Arguments arrive as None, int, float, str or bytes; None, int, float, str and bytes-like objects may be returned. What a callable raises
becomes the error that sqlite3 reports (`user-defined function raised exception`, ...), with the exception itself as its cause; MemoryError
stays MemoryError and OverflowError is DataError `string or blob too big`. These are the only kernels that hold the GIL.
Source: CPython's sqlite3 documentation and Modules/_sqlite/connection.c. Tests: tests/unit/functions/test_user.py.
"""

from cpython.ref cimport PyObject, Py_DECREF, Py_INCREF
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.convert cimport lane_to_python, value_from_python
from pumice.exec.vector.vector cimport Vector, sel_lane, vec_get, vec_put
from pumice.functions.aggregate.aggregate cimport AggregateFunction
from pumice.functions.scalar.scalar cimport ScalarFunction
from pumice.memory cimport Arena, arena_alloc
from pumice.storage.record.key_info cimport Collation
from pumice.values cimport TAG_BLOB, TAG_NULL, TAG_TEXT, Value

from pumice import errors
from pumice.functions.registry import FunctionDef

cdef enum:
    MAX_ARGS = 127

cdef extern from "Python.h":
    void PyErr_Restore(PyObject* kind, PyObject* value, PyObject* traceback)     # steals its arguments
    void PyErr_WriteUnraisable(object where)
    object PyObject_Vectorcall(object callable, PyObject** args, size_t nargsf, PyObject* kwnames)


cdef bint _tracebacks = False
cdef object _FLAGS = frozenset(["user"])


def enable_callback_tracebacks(bint enable, /):
    """Whether exceptions of callables go to sys.unraisablehook too. Off by default."""
    global _tracebacks
    _tracebacks = enable


cdef object translated(object error, object callable, str message):
    """The exception to raise for one that `callable` has raised."""
    if _tracebacks:
        kind, traceback = type(error), error.__traceback__
        for item in (kind, error, traceback):
            Py_INCREF(item)
        PyErr_Restore(<PyObject*>kind, <PyObject*>error, <PyObject*>traceback)
        PyErr_WriteUnraisable(callable)
    if isinstance(error, MemoryError):
        return error
    if isinstance(error, OverflowError):
        return errors.make("SQLITE_TOOBIG", "string or blob too big")
    return errors.sql_error(message)


cdef object call_with(object callable, Vector** args, uint32_t n_args, uint32_t lane):
    """callable(*values of the lane)."""
    cdef PyObject* values[MAX_ARGS]       # owned, n_made of them
    cdef uint32_t n_made = 0, j
    cdef Value v
    cdef object value
    try:
        for j in range(n_args):
            vec_get(args[j], lane, &v)
            value = lane_to_python(&v, None)
            Py_INCREF(value)
            values[j] = <PyObject*>value
            n_made += 1
        return PyObject_Vectorcall(callable, values, n_args, NULL)
    finally:
        for j in range(n_made):
            Py_DECREF(<object>values[j])


cdef list _NO_OWNER = []


cdef int store_result(object result, Arena* arena, Value* out) except -1:
    cdef list owner = _NO_OWNER           # numbers need none
    cdef uint8_t* p
    if not (type(result) is int or type(result) is float or result is None):
        owner = []
    value_from_python(result, out, owner)
    if out.tag == TAG_TEXT or out.tag == TAG_BLOB:
        p = arena_alloc(arena, out.size)
        if out.size:
            memcpy(p, out.num.p, out.size)
        out.num.p = p
    return 0


cdef class UserFunction(ScalarFunction):
    """Calls `callable(*args)` for each lane."""

    cdef readonly object callable

    def __init__(self, str name, callable):
        self.name = name
        self.callable = callable

    cdef int call(self, ExecContext ctx, Collation collation, Vector** args, uint32_t n_args, const uint16_t* sel, uint32_t n,
                  Vector* out) except -1 nogil:
        with gil:
            return self.call_python(args, n_args, sel, n, out)

    cdef int call_python(self, Vector** args, uint32_t n_args, const uint16_t* sel, uint32_t n, Vector* out) except -1:
        cdef uint32_t k, i, mask = 0
        cdef Value v
        cdef object function = self.callable
        v.size = 0
        try:
            for k in range(n):
                i = sel_lane(sel, k)
                store_result(call_with(function, args, n_args, i), &out.arena, &v)
                vec_put(out, i, &v)
                mask |= <uint32_t>1 << v.tag
        except BaseException as e:
            raise translated(e, function, "user-defined function raised exception") from e
        out.mask = mask
        return 0


cdef struct InstanceState:
    PyObject* instance          # owned; NULL before the first row


cdef class UserAggregate(AggregateFunction):
    """One instance of `cls` a group, made at its first row: step(*args) for each row, then finalize(). Without rows: NULL."""

    cdef readonly object cls

    def __init__(self, str name, cls):
        self.name = name
        self.cls = cls
        self.state_size = sizeof(InstanceState)

    cdef int update(self, ExecContext ctx, Collation collation, uint8_t** states, uint8_t* single, Vector** args, uint32_t n_args,
                    const uint16_t* sel, uint32_t n, uint8_t* changed) except -1 nogil:
        with gil:
            return self.update_python(states, single, args, n_args, sel, n)

    cdef int update_python(self, uint8_t** states, uint8_t* single, Vector** args, uint32_t n_args, const uint16_t* sel,
                           uint32_t n) except -1:
        cdef uint32_t k
        cdef InstanceState* s
        cdef object instance
        for k in range(n):
            s = <InstanceState*>(single if states == NULL else states[k])
            if s.instance == NULL:
                try:
                    instance = self.cls()
                except BaseException as e:
                    raise translated(e, self.cls, "user-defined aggregate's '__init__' method raised error") from e
                Py_INCREF(instance)
                s.instance = <PyObject*>instance
            instance = <object>s.instance
            try:
                step = instance.step
            except BaseException as e:
                raise translated(e, self.cls, "user-defined aggregate's 'step' method not defined") from e
            try:
                call_with(step, args, n_args, sel_lane(sel, k))
            except BaseException as e:
                raise translated(e, self.cls, "user-defined aggregate's 'step' method raised error") from e
        return 0

    cdef int final(self, ExecContext ctx, uint8_t* state, Arena* arena, Value* out) except -1 nogil:
        out.tag = TAG_NULL
        if (<InstanceState*>state).instance == NULL:
            return 0
        with gil:
            return self.final_python(<InstanceState*>state, arena, out)

    cdef int final_python(self, InstanceState* s, Arena* arena, Value* out) except -1:
        cdef object instance = <object>s.instance
        try:
            store_result(instance.finalize(), arena, out)
        except AttributeError as e:
            raise translated(e, self.cls, "user-defined aggregate's 'finalize' method not defined") from e
        except BaseException as e:
            raise translated(e, self.cls, "user-defined aggregate's 'finalize' method raised error") from e
        return 0

    cdef void destroy(self, uint8_t* state) noexcept nogil:
        cdef InstanceState* s = <InstanceState*>state
        if s.instance != NULL:
            with gil:
                Py_DECREF(<object>s.instance)
                s.instance = NULL


def user_function(str name, int n_args, callable, bint deterministic=False):
    """The FunctionDef for create_function; `n_args` -1: any number."""
    return FunctionDef(name.lower(), "scalar", max(n_args, 0), n_args, UserFunction(name, callable), deterministic=deterministic,
                       can_raise=True, flags=_FLAGS)


def user_aggregate(str name, int n_args, cls):
    """The FunctionDef for create_aggregate; `n_args` -1: any number."""
    return FunctionDef(name.lower(), "aggregate", max(n_args, 0), n_args, UserAggregate(name, cls), can_raise=True,
                       flags=_FLAGS)
