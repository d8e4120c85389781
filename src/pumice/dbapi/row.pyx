# cython: boundscheck=True, wraparound=True
"""Row: a result row that is reached by position, by slice and by column name (without regard to case).

Layout and behaviour: CPython's sqlite3.Row. Column names are compared as SQLite does, ASCII letters without case.
"""

from collections.abc import Sequence

from cpython.object cimport Py_EQ, Py_NE
from cpython.tuple cimport PyTuple_GET_ITEM
from cpython.unicode cimport PyUnicode_AsUTF8AndSize

cdef extern from "<strings.h>" nogil:
    int strncasecmp(const char* a, const char* b, size_t n) noexcept


cdef class Row:
    """`row_factory = Row`. Equal to another Row with the same column names and values. Made from a cursor and a tuple."""

    def __init__(self, cursor, values, /):
        from pumice.dbapi.cursor import Cursor

        if not issubclass(type(cursor), Cursor):
            raise TypeError(f"Row() argument 1 must be pumice.Cursor, not {type(cursor).__name__}")
        if not isinstance(values, tuple):
            raise TypeError(f"Row() argument 2 must be tuple, not {type(values).__name__}")
        self.values = values
        self.description = cursor.description

    def keys(self):
        return [column[0] for column in self.description or ()]

    def __getitem__(self, key):
        if isinstance(key, int):
            return self.values[key]
        if isinstance(key, str):
            return self.values[self.position(key)]
        if isinstance(key, slice) or hasattr(key, "__index__"):
            return self.values[key]
        raise IndexError("Index must be int or string")

    cdef Py_ssize_t position(self, str key) except -1:
        """Of the column of that name; the first one when several have it."""
        cdef Py_ssize_t at, n, n_name
        cdef const char* wanted = NULL
        cdef const char* found
        cdef object name
        if self.description is not None:
            for at in range(len(self.description)):
                name = <object>PyTuple_GET_ITEM(<object>PyTuple_GET_ITEM(self.description, at), 0)
                if name is key:
                    return at
                if wanted == NULL:
                    wanted = PyUnicode_AsUTF8AndSize(key, &n)
                found = PyUnicode_AsUTF8AndSize(name, &n_name)
                if n == n_name and same_name(wanted, found, n):
                    return at
        raise IndexError("No item with that key")

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return iter(self.values)

    def __richcmp__(self, other, int op):
        if not isinstance(other, Row) or (op != Py_EQ and op != Py_NE):
            return NotImplemented
        return (self.values == (<Row>other).values and self.description == (<Row>other).description) == (op == Py_EQ)

    def __hash__(self):
        return hash(self.description) ^ hash(self.values)


cdef bint same_name(const char* a, const char* b, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    cdef char x, y
    for i in range(n):
        x = a[i]
        y = b[i]
        if x != y and ((x ^ y) != 0x20 or not c'a' <= (x | 0x20) <= c'z'):
            return False
    return True


cdef Row make_row(tuple description, tuple values):
    """A Row without the checks of its constructor."""
    cdef Row row = Row.__new__(Row)
    row.values = values
    row.description = description
    return row


Sequence.register(Row)
