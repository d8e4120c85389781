"""See state.pyx."""

from pumice.engine.state cimport SessionState
from pumice.engine.statement_cache cimport StatementCache

cdef class ConnectionState:
    cdef object __weakref__
    cdef readonly SessionState session    # None when closed
    cdef StatementCache cache             # the session's
    cdef public object row_factory
    cdef public object text_factory
    cdef readonly int detect_types
    cdef str level                        # begin kind of the legacy transaction control ("deferred" ...), None: autocommit
    cdef bint initialised
    cdef bint check_same_thread
    cdef unsigned long thread             # that opened it
    # The re-entrant lock; its fields change under the GIL only
    cdef unsigned long owner              # thread that holds it, 0: none
    cdef int depth
    cdef int n_waiting
    cdef object released                  # a Semaphore that the waiting threads sleep on, None until there are some
    cdef readonly unsigned long n_entered # grows with every use of the connection

    cdef int check(self) except -1
    cdef int enter(self) except -1
    cdef int lock(self) except -1
    cdef int wait(self) except -1
    cdef int leave(self) except -1
    cdef int begin_if_needed(self) except -1
