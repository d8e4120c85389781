"""Busy handler: short sleeps that grow to 100 ms, up to the timeout, without the GIL and open to signals.

The steps are SQLite's (main.c, sqliteDefaultBusyCallback): many programs' behaviour under contention is tuned to them.
"""

from time import sleep

from pumice import errors

cdef int[12] DELAYS = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100]     # ms
cdef int[12] TOTALS = [0, 1, 3, 8, 18, 33, 53, 78, 103, 128, 178, 228]   # ms slept before that step


cdef int busy_wait(int n_tries, int timeout_ms) except -1 nogil:
    cdef int delay, prior
    if n_tries < 12:
        delay = DELAYS[n_tries]
        prior = TOTALS[n_tries]
    else:
        delay = DELAYS[11]
        prior = TOTALS[11] + delay * (n_tries - 11)
    if prior + delay > timeout_ms:
        delay = timeout_ms - prior
        if delay <= 0:
            return 0
    with gil:
        sleep(delay / 1000.0)       # releases the GIL, also when our caller holds it
    return 1


cdef int raise_busy() except -1 nogil:
    with gil:
        raise errors.make("SQLITE_BUSY", "database is locked")
