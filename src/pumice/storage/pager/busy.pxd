"""Busy handler: how long to sleep before a lock is tried again. See busy.pyx."""

cdef int busy_wait(int n_tries, int timeout_ms) except -1 nogil      # 1 slept: try again, 0 time is up
cdef int raise_busy() except -1 nogil
