"""ReadGate: lets threads other than the connection's read its pages, until the connection is about to change or lose them.

    another thread    enter(ticket) -> 1: reads pages -> leave();      -> 0: the pages it knew are gone for good
    the connection    shut(): before a write transaction, before the read lock is given back; waits for those inside

A ticket is the `generation` at the time when the reader took its snapshot (snapshot.pxd); `shut` starts a new one. After a fork nobody
is inside in the child.
"""

from libc.stdint cimport int64_t

cdef extern from "<pthread.h>" nogil:
    ctypedef struct pthread_mutex_t:
        pass
    ctypedef struct pthread_cond_t:
        pass
    int pthread_mutex_init(pthread_mutex_t* mutex, const void* attr) noexcept
    int pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept
    int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept
    int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept
    int pthread_cond_init(pthread_cond_t* cond, const void* attr) noexcept
    int pthread_cond_destroy(pthread_cond_t* cond) noexcept
    int pthread_cond_wait(pthread_cond_t* cond, pthread_mutex_t* mutex) noexcept
    int pthread_cond_signal(pthread_cond_t* cond) noexcept
    int pthread_cond_broadcast(pthread_cond_t* cond) noexcept

cdef class ReadGate:
    cdef pthread_mutex_t mutex
    cdef pthread_cond_t empty           # n_inside fell to 0
    cdef int n_inside
    cdef int pid                        # the process whose threads count
    cdef int64_t generation

    cdef int enter(self, int64_t ticket) noexcept nogil
    cdef void leave(self) noexcept nogil
    cdef bint admits(self, int64_t ticket) noexcept nogil       # whether enter would have let it in
    cdef void shut(self) noexcept nogil
