"""ReadGate; see gate.pxd."""

from libc.stdint cimport int64_t

cdef extern from "<unistd.h>" nogil:
    int getpid() noexcept

cdef extern from "Python.h" nogil:
    ctypedef struct PyThreadState:
        pass
    int PyGILState_Check() noexcept
    PyThreadState* PyEval_SaveThread() noexcept
    void PyEval_RestoreThread(PyThreadState* state) noexcept


cdef class ReadGate:
    def __cinit__(self):
        pthread_mutex_init(&self.mutex, NULL)
        pthread_cond_init(&self.empty, NULL)
        self.pid = getpid()

    def __dealloc__(self):
        pthread_cond_destroy(&self.empty)
        pthread_mutex_destroy(&self.mutex)

    cdef int enter(self, int64_t ticket) noexcept nogil:
        cdef int welcome
        pthread_mutex_lock(&self.mutex)
        welcome = ticket == self.generation
        self.n_inside += welcome
        pthread_mutex_unlock(&self.mutex)
        return welcome

    cdef bint admits(self, int64_t ticket) noexcept nogil:
        cdef bint welcome
        pthread_mutex_lock(&self.mutex)
        welcome = ticket == self.generation
        pthread_mutex_unlock(&self.mutex)
        return welcome

    cdef void leave(self) noexcept nogil:
        pthread_mutex_lock(&self.mutex)
        self.n_inside -= 1
        if self.n_inside == 0:
            pthread_cond_signal(&self.empty)
        pthread_mutex_unlock(&self.mutex)

    cdef void shut(self) noexcept nogil:
        cdef PyThreadState* state = NULL
        if self.pid != getpid():
            # A fork copied the counts, and perhaps a locked mutex, but no threads.
            pthread_mutex_init(&self.mutex, NULL)
            pthread_cond_init(&self.empty, NULL)
            self.n_inside = 0
            self.pid = getpid()
        # Someone inside may need the GIL, to raise an error.
        if PyGILState_Check():
            state = PyEval_SaveThread()
        pthread_mutex_lock(&self.mutex)
        self.generation += 1
        while self.n_inside:
            pthread_cond_wait(&self.empty, &self.mutex)
        pthread_mutex_unlock(&self.mutex)
        if state != NULL:
            PyEval_RestoreThread(state)
