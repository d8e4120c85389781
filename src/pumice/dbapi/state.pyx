# cython: boundscheck=True, wraparound=True
"""ConnectionState: what every call on a connection or its cursors looks at, as C fields. Connection (connection.pyx) adds the methods.

    check   may this thread use the connection, and is it open?
    enter   check, then take the connection's lock (`lock` alone does no check);   leave   give it back

One re-entrant lock serialises all use of a connection, so with check_same_thread=False threads may share it. Invariant: owner and depth
change only while the GIL is held, so an uncontended enter costs two comparisons.
"""

import threading

from pumice import errors

cdef extern from "pythread.h":
    unsigned long PyThread_get_thread_ident() noexcept nogil


cdef class ConnectionState:
    cdef int check(self) except -1:
        """Raises ProgrammingError in another thread, for a closed connection, and for one whose __init__ was not called."""
        if not self.initialised:
            raise errors.ProgrammingError("Base Connection.__init__ not called.")
        if self.check_same_thread and PyThread_get_thread_ident() != self.thread:
            raise errors.ProgrammingError(
                "SQLite objects created in a thread can only be used in that same thread. "
                f"The object was created in thread id {self.thread} and this is thread id {PyThread_get_thread_ident()}.")
        if self.session is None:
            raise errors.ProgrammingError("Cannot operate on a closed database.")
        return 0

    cdef int enter(self) except -1:
        self.check()
        self.lock()
        if self.session is None:
            self.leave()
            self.check()      # another thread has closed it meanwhile
        self.n_entered += 1
        return 0

    cdef int lock(self) except -1:
        cdef unsigned long me = PyThread_get_thread_ident()
        while self.owner != 0 and self.owner != me:
            self.wait()
        self.owner = me
        self.depth += 1
        return 0

    cdef int wait(self) except -1:
        """Sleeps until the lock has been given back."""
        if self.released is None:
            self.released = threading.Semaphore(0)
        self.n_waiting += 1
        try:
            self.released.acquire()
        finally:
            self.n_waiting -= 1
        return 0

    cdef int leave(self) except -1:
        self.depth -= 1
        if self.depth == 0:
            self.owner = 0
            if self.n_waiting > 0:
                self.released.release()
        return 0

    cdef int begin_if_needed(self) except -1:
        """The legacy transaction control: a data-changing statement opens a transaction."""
        if self.level is not None and self.session.transaction.autocommit:
            self.session.transaction.begin(self.level)
        return 0
