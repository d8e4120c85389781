"""ExecContext: what all operators and expressions of one running statement share."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stddef cimport size_t
from pumice.memory cimport Arena
from pumice.storage.btree.btree cimport Btree
from pumice.storage.record.key_info cimport Collation
from pumice.values cimport Value

cdef class InterruptFlag:
    cdef int raised                   # set by any thread, read by running statements; reset when none runs

cdef class ExecContext:
    cdef Value* params                # owned; n_params values, 0-based; text borrowed from `param_owner` or params_arena
    cdef readonly uint32_t n_params
    cdef Arena params_arena
    cdef object param_owner           # keeps the Python objects that parameters point into alive
    cdef Value* outer                 # owned registers for correlated references, `n_outer` of them, set by the operator that re-opens a subplan
    cdef readonly uint32_t n_outer
    cdef readonly list btrees         # Btree per database number (0 main, 1 temp, 2.. attached)
    cdef readonly object collations   # name (upper case) -> Collation
    cdef InterruptFlag interrupt      # the connection's, or None
    cdef size_t work_mem              # bytes that the statement's operators may hold together before they spill (PRAGMA work_mem)
    cdef size_t held                  # bytes they hold now, as far as they told `charge`
    cdef readonly Collation binary    # BINARY where it is not memcmp of the text as held (a UTF-16 database); else None
    cdef size_t state_bytes           # bytes that aggregate functions have ever allocated beside their states; only grows
    cdef readonly int encoding        # ENC_* of the main database
    cdef readonly object connection   # for user functions and changes()/last_insert_rowid(): has attributes changes, total_changes, last_insert_rowid
    cdef readonly int64_t run         # grows at every (re)start: what an expression remembers of another run is stale
    cdef dict shared                  # Materialized key -> run state, cleared at every (re)start of the statement
    cdef dict outer_slots             # column id -> register, filled while building
    cdef public object now            # one timestamp a statement for CURRENT_TIME etc., None until asked
    cdef uint64_t random_state        # of random() and randomblob(); 0 until first used
    cdef public bint case_sensitive_like   # PRAGMA case_sensitive_like, as it was when the statement was prepared

    cdef int forget_shared(self) except -1                  # at the end of a run and before the next
    cdef int follow(self, ExecContext leader) except -1     # takes over what the leader's run has bound and fixed
    cdef int check_interrupt(self) except -1 nogil
    cdef bint charge(self, size_t* mine, size_t now) noexcept nogil     # a holder's bytes (`mine`) become `now`; true: it should spill
    cpdef int outer_slot(self, int column_id) except -1     # build time: the register that stands for a correlated column
    cdef uint64_t random64(self) noexcept nogil
    cpdef int bind(self, values) except -1                  # a sequence of Python values
    cpdef int restart(self) except -1
    # Python-visible: collation(name): find_collation; key_collation(name): for a KeyInfo, which compares BINARY as stored

cdef Collation find_collation(ExecContext ctx, str name)      # None for memcmp: BINARY (or no name) of UTF-8; raises "no such collation sequence: x"
cdef int raise_pending() except -1 nogil                      # after a collation returned -2: lets the exception that it left set travel on
