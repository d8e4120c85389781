"""See connection.pyx."""

from pumice.dbapi.cursor cimport Cursor
from pumice.dbapi.state cimport ConnectionState

cdef class Connection(ConnectionState):
    cdef str shown_level

    cdef int leave_session(self) except -1
    cdef Cursor plain_cursor(self)
    cdef int set_level(self, level) except -1
    cdef int shut(self) except -1
