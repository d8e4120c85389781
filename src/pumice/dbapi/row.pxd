"""See row.pyx."""

cdef class Row:
    cdef tuple values
    cdef tuple description                # the cursor's, when the row was fetched

    cdef Py_ssize_t position(self, str key) except -1

cdef Row make_row(tuple description, tuple values)
