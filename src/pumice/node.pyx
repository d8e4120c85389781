"""Node: the base of every AST, bound-expression and plan node; `record`: the same kind of class without the base.

A class body with annotated fields becomes a slotted class whose constructor takes the fields in order, by position or
by name, those of its bases first; a field with a value in the class body may be left out, and `fresh(list)` stands for
a value that is made anew for each object:

    @node
    class Limit(Plan):
        input: Plan
        limit: BoundExpr
        offset: BoundExpr | None = None

It is what `dataclass(slots=True)` does, without code that is generated, compiled and run for each class at import
(0.4 ms a class), and with one constructor in C for all classes instead of bytecode (a third of the time a node): the
type's tp_vectorcall holds `construct`, which stores the arguments at the offsets of the slots. `__match_args__` names
the fields. Nodes are immutable by convention: a rewrite makes new ones with `replace`. Equality of nodes is structural
and ignores the source position `pos`; records are equal by identity.
Tests: tests/unit/test_node.py
"""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF, Py_XINCREF
from cpython.tuple cimport PyTuple_GET_ITEM

cdef extern from "Python.h":
    ctypedef PyObject* (*AllocFunction)(PyTypeObject* cls, Py_ssize_t n) except NULL
    ctypedef PyObject* (*newfunc)(PyObject* cls, PyObject* args, PyObject* keywords) except NULL
    ctypedef PyObject* (*vectorcallfunc)(PyObject* cls, PyObject** args, size_t n, PyObject* names) except NULL
    ctypedef struct PyTypeObject:
        vectorcallfunc tp_vectorcall
        newfunc tp_new
        AllocFunction tp_alloc
        PyObject* tp_dict
    Py_ssize_t PyVectorcall_NARGS(size_t n)
    PyObject* PyDict_GetItem(PyObject* mapping, PyObject* key)
    Py_ssize_t PyTuple_GET_SIZE(PyObject* names)
    PyObject** PySequence_Fast_ITEMS(PyObject* values)

cdef extern from "structmember.h":
    ctypedef struct PyMemberDef:
        Py_ssize_t offset
    ctypedef struct PyMemberDescrObject:
        PyMemberDef* d_member


cdef class Node:
    def __repr__(self):
        fields = ", ".join([f"{name}={getattr(self, name)!r}" for name in self.__match_args__ if name != "pos"])
        return f"{type(self).__name__}({fields})"

    def __eq__(self, other):
        cdef Layout layout
        cdef Py_ssize_t i
        cdef PyObject* mine
        cdef PyObject* theirs
        if self is other:
            return True
        if type(self) is not type(other):
            return False
        layout = layout_of(self)
        for i in range(layout.n):
            mine = (<PyObject**> (<char*> <PyObject*> self + layout.offsets[i]))[0]
            theirs = (<PyObject**> (<char*> <PyObject*> other + layout.offsets[i]))[0]
            # Python holds 1 == 1.0 == True equal; SQL text of the two differs, so types are compared too.
            if mine != theirs and i != layout.pos and (
                    mine == NULL or theirs == NULL or type(<object> mine) is not type(<object> theirs) or <object> mine != <object> theirs):
                return False
        return True

    def __hash__(self):
        return hash((type(self), *[getattr(self, name) for name in self.__match_args__ if name != "pos"]))


cdef class Fresh:
    """The default of a field that gets an object of its own."""

    cdef readonly object make

    def __init__(self, make):
        self.make = make


cdef class Layout:
    """Where the constructor of one class puts its arguments."""

    cdef tuple names
    cdef tuple defaults          # of the last fields, in order
    cdef Py_ssize_t n
    cdef Py_ssize_t pos          # number of the field `pos`, -1: there is none
    cdef Py_ssize_t* offsets     # owned; n offsets into the object

    def __cinit__(self, tuple names, tuple defaults, list descriptors):
        self.names = names
        self.defaults = defaults
        self.n = len(names)
        self.pos = names.index("pos") if "pos" in names else -1
        self.offsets = <Py_ssize_t*> PyMem_Malloc(max(self.n, 1) * sizeof(Py_ssize_t))
        if self.offsets == NULL:
            raise MemoryError()
        for i, descriptor in enumerate(descriptors):
            self.offsets[i] = (<PyMemberDescrObject*> descriptor).d_member.offset

    def __dealloc__(self):
        PyMem_Free(self.offsets)


cdef str _LAYOUT = "__layout__"


cdef PyObject* construct(PyObject* cls, PyObject** args, size_t n_flagged, PyObject* names) except NULL:
    """The object of a class made by `record`: tp_vectorcall."""
    cdef Py_ssize_t n_args = PyVectorcall_NARGS(n_flagged)
    cdef PyObject* found = PyDict_GetItem((<PyTypeObject*> cls).tp_dict, <PyObject*> _LAYOUT)
    if found == NULL:
        raise TypeError(f"{(<object> cls).__name__} is not decorated")
    cdef Layout layout = <Layout> found
    if n_args > layout.n:
        raise TypeError(f"{(<object> cls).__name__} takes {layout.n} arguments, {n_args} were given")
    # Owned by `made` from here on; the slots that are not set yet are NULL.
    made = <object> (<PyTypeObject*> cls).tp_alloc(<PyTypeObject*> cls, 0)
    Py_DECREF(made)
    cdef char* base = <char*> <PyObject*> made
    cdef Py_ssize_t i, at, first
    for i in range(n_args):
        Py_XINCREF(args[i])
        (<PyObject**> (base + layout.offsets[i]))[0] = args[i]
    if names != NULL:
        for i in range(PyTuple_GET_SIZE(names)):
            at = position(layout, <tuple> names, i)
            if (<PyObject**> (base + layout.offsets[at]))[0] != NULL:
                raise TypeError(f"{(<object> cls).__name__} got two values for {layout.names[at]}")
            Py_XINCREF(args[n_args + i])
            (<PyObject**> (base + layout.offsets[at]))[0] = args[n_args + i]
    first = layout.n - len(layout.defaults)
    for i in range(n_args, layout.n):
        if (<PyObject**> (base + layout.offsets[i]))[0] == NULL:
            if i < first:
                raise TypeError(f"{(<object> cls).__name__} needs a value for {layout.names[i]}")
            value = <object> PyTuple_GET_ITEM(layout.defaults, i - first)
            if type(value) is Fresh:
                value = (<Fresh> value).make()
            Py_INCREF(value)
            (<PyObject**> (base + layout.offsets[i]))[0] = <PyObject*> value
    Py_INCREF(made)
    return <PyObject*> made


cdef PyObject* construct_from_tuple(PyObject* cls, PyObject* args, PyObject* keywords) except NULL:
    """tp_new: for callers that do not know of tp_vectorcall (Cython's `cls(*values)` is one)."""
    if keywords == NULL or not <dict> keywords:
        return construct(cls, PySequence_Fast_ITEMS(args), PyTuple_GET_SIZE(args), NULL)
    values = [*<tuple> args, *(<dict> keywords).values()]
    names = tuple(<dict> keywords)
    return construct(cls, PySequence_Fast_ITEMS(<PyObject*> values), PyTuple_GET_SIZE(args), <PyObject*> names)


cdef Py_ssize_t position(Layout layout, tuple names, Py_ssize_t i) except -1:
    """Which field the i-th of `names` is."""
    cdef Py_ssize_t at
    name = names[i]
    for at in range(layout.n):
        if <PyObject*> PyTuple_GET_ITEM(layout.names, at) == <PyObject*> name:
            return at
    for at in range(layout.n):
        if layout.names[at] == name:
            return at
    raise TypeError(f"no field {name!r}")


def fresh(make):
    """As the value of a field in a class body: each object gets a new `make()`."""
    return Fresh(make)


def record(cls):
    """Class decorator: see the module."""
    body = dict(cls.__dict__)
    body.pop("__dict__", None)
    body.pop("__weakref__", None)
    inherited = cls.__base__.__dict__.get(_LAYOUT)
    fields = {}
    if inherited is not None:
        names, defaults = (<Layout> inherited).names, (<Layout> inherited).defaults
        fields = dict.fromkeys(names, Layout)           # Layout stands for "no value"
        fields.update(zip(names[len(names) - len(defaults):], defaults))
    own = tuple(body.get("__annotations__", ()))
    for name in own:
        fields[name] = body.pop(name, Layout)
    body["__slots__"] = own
    names = body["__match_args__"] = tuple(fields)
    made = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    values = [value for value in fields.values() if value is not Layout]
    setattr(made, _LAYOUT, Layout(names, tuple(values), [getattr(made, name) for name in names]))
    (<PyTypeObject*> <PyObject*> made).tp_vectorcall = <vectorcallfunc> construct
    (<PyTypeObject*> <PyObject*> made).tp_new = <newfunc> construct_from_tuple
    return made


def node(cls):
    """Class decorator: a `record` that is a Node."""
    assert issubclass(cls, Node)
    return record(cls)


cdef Layout layout_of(Node node):
    cls = type(node)
    cdef PyObject* found = PyDict_GetItem((<PyTypeObject*> <PyObject*> cls).tp_dict, <PyObject*> _LAYOUT)
    if found == NULL:
        raise TypeError(f"{cls.__name__} is not decorated")
    return <Layout> found


cpdef list fields(Node node):
    """The values of the fields, in order."""
    cdef Layout layout = layout_of(node)
    cdef char* base = <char*> <PyObject*> node
    return [<object> (<PyObject**> (base + layout.offsets[i]))[0] for i in range(layout.n)]


def descendants(item, leaves=()):
    """The nodes in `item`, a node or a tuple of them, each before those below it. What is below one of the types `leaves` is left out."""
    cdef list found = []
    collect(item, leaves, found)
    return found


cdef int collect(item, tuple leaves, list found) except -1:
    cdef Layout layout
    cdef PyObject* value
    cdef Py_ssize_t i
    if type(item) is tuple:
        for part in <tuple> item:
            collect(part, leaves, found)
    elif isinstance(item, Node):
        found.append(item)
        if type(item) not in leaves:
            layout = layout_of(<Node> item)
            for i in range(layout.n):
                value = (<PyObject**> (<char*> <PyObject*> item + layout.offsets[i]))[0]
                collect(<object> value, leaves, found)
    return 0


def replace(old, **changes):
    """A copy of `old` with some fields changed."""
    cls = type(old)
    cdef Layout layout = cls.__layout__
    values = [changes.pop(name) if name in changes else getattr(old, name) for name in layout.names]
    if changes:
        raise TypeError(f"{cls.__name__}: no field {next(iter(changes))!r}")
    return cls(*values)
