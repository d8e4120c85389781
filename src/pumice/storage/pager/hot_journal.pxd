"""Hot journals: a writer died in its commit, and the next reader puts the database back."""

from pumice.storage.pager.pager cimport Pager

# For a pager that holds SHARED and has seen a journal beside its file: plays it back if its writer died. 0: another connection is in the way.
cdef int recover(Pager pager) except -1 nogil
