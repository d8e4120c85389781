"""ExecContext: parameters, outer registers and the rest that one running statement's operators and expressions share; see context.pxd."""

from libc.stddef cimport size_t
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy, memset
from pumice.exec.vector.convert cimport value_from_python
from pumice.exec.vector.convert import UnsupportedType
from pumice.memory cimport arena_alloc, arena_free, arena_init, arena_reset, mem_free, mem_realloc, mem_zalloc
from pumice.storage.record.key_info cimport Collation, binary_of
from pumice.values cimport TAG_BLOB, TAG_NULL, TAG_TEXT, Value

from pumice import errors

cdef extern from "<sys/random.h>" nogil:
    Py_ssize_t getrandom(void* buf, size_t size, unsigned int flags) noexcept

cdef extern from "Python.h":
    void* PyErr_Occurred() noexcept

cdef enum:
    LEAST_SHARE = 8                 # an operator that holds less than this part of the budget does not spill: tiny runs help nobody

DEFAULT_WORK_MEM = 64 << 20         # bytes: a statement of several big operators still fits a small machine


cdef class InterruptFlag:
    """Asks the statements of a connection to stop."""


cdef class ExecContext:
    """Args: `btrees` by database number, `collations` name -> Collation, the number of parameters, the connection (may be None in
    tests), `encoding` ENC_* of the main database (1 is UTF-8). Parameters are NULL until `bind`."""

    def __cinit__(self, *args, **kwargs):
        self.params = NULL
        self.outer = NULL
        arena_init(&self.params_arena)

    def __init__(self, list btrees=None, collations=None, uint32_t n_params=0, connection=None, int encoding=1):
        if self.params != NULL:
            raise RuntimeError("ExecContext is initialised once")
        self.params = <Value*>mem_zalloc(n_params, sizeof(Value))
        self.n_params = n_params
        self.n_outer = 0
        self.btrees = btrees if btrees is not None else []
        self.collations = collations if collations is not None else {}
        self.connection = connection
        self.interrupt = connection.interrupt_flag if connection is not None else InterruptFlag()
        self.encoding = encoding
        self.binary = binary_of(encoding)
        self.work_mem = connection.work_mem if connection is not None else DEFAULT_WORK_MEM
        self.held = 0
        self.shared = {}
        self.outer_slots = {}
        self.now = None
        self.param_owner = None

    def __dealloc__(self):
        mem_free(self.params)
        mem_free(self.outer)
        arena_free(&self.params_arena)

    cpdef int bind(self, values) except -1:
        """Binds parameters 1.. to a sequence of Python values; `len(values)` must be n_params.

        Raises ProgrammingError for an unsupported type, OverflowError for an int outside int64, UnicodeEncodeError for surrogates."""
        cdef list owner
        cdef Value value
        cdef uint32_t i = 0
        if len(values) != self.n_params:
            raise errors.ProgrammingError(
                f"Incorrect number of bindings supplied. The current statement uses {self.n_params}, "
                f"and there are {len(values)} supplied.")
        owner = []
        try:
            for obj in values:
                value_from_python(obj, &value, owner)
                self.params[i] = value
                i += 1
        except UnsupportedType as e:
            raise errors.ProgrammingError(f"Error binding parameter {i + 1}: type '{e.args[0]}' is not supported") from None
        self.param_owner = owner
        return 0

    def collation(self, str name):
        """How texts held in vectors compare under `name`; None for memcmp. Raises `no such collation sequence: x`."""
        return find_collation(self, name)

    def key_collation(self, str name):
        """How texts as stored compare under `name`, for a KeyInfo; None for memcmp. Raises `no such collation sequence: x`."""
        return None if name == "BINARY" else find_collation(self, name)

    cdef int forget_shared(self) except -1:
        """Drops what shared plans and subqueries have computed; no operator is open, so nothing is held after that."""
        if self.shared:
            self.shared.clear()
        self.held = 0
        return 0

    cpdef int restart(self) except -1:
        """A new run of the statement: forgets what the last one materialised and its timestamp."""
        self.forget_shared()
        self.run += 1
        self.now = None
        return 0

    cdef int follow(self, ExecContext leader) except -1:
        """For a context of another thread that runs a part of the same statement; the leader keeps the text alive."""
        if self.n_params != leader.n_params:
            raise RuntimeError("contexts of different statements")
        memcpy(self.params, leader.params, self.n_params * sizeof(Value))
        self.run += 1
        self.now = leader.now
        self.case_sensitive_like = leader.case_sensitive_like
        return 0

    cdef int check_interrupt(self) except -1 nogil:
        if self.interrupt.raised:
            with gil:
                raise errors.make("SQLITE_INTERRUPT", "interrupted")
        return 0

    cdef bint charge(self, size_t* mine, size_t now) noexcept nogil:
        """Accounts for what one holder (a sort, a hash table ...) keeps; it says 0 when it lets go of everything.

        True when the statement is over its budget and this holder has a part worth spilling. So a statement stays below its budget plus
        an eighth of it for each operator that holds rows."""
        self.held = self.held - mine[0] + now
        mine[0] = now
        return self.held > self.work_mem and now > self.work_mem // LEAST_SHARE

    cdef uint64_t random64(self) noexcept nogil:
        """The next pseudo-random number (splitmix64), seeded by the system."""
        cdef uint64_t z
        if self.random_state == 0:
            getrandom(&self.random_state, sizeof(uint64_t), 0)
        self.random_state += <uint64_t>0x9E3779B97F4A7C15ULL
        z = self.random_state
        z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9ULL
        z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EBULL
        return z ^ (z >> 31)

    cpdef int outer_slot(self, int column_id) except -1:
        cdef uint32_t slot
        found = self.outer_slots.get(column_id)
        if found is not None:
            return found
        slot = self.n_outer
        self.outer = <Value*>mem_realloc(self.outer, slot + 1, sizeof(Value))
        memset(&self.outer[slot], 0, sizeof(Value))
        self.n_outer = slot + 1
        self.outer_slots[column_id] = slot
        return slot


cdef Collation find_collation(ExecContext ctx, str name):
    """The statement's collation of that name, None for memcmp. Raises `no such collation sequence: x`."""
    cdef Collation found
    if name is None or name == "BINARY":
        return ctx.binary
    found = ctx.collations.get(name)
    if found is None:
        found = ctx.collations.get(name.upper())
    if found is None:
        raise errors.missing_collation(name)
    return found if found.fn != NULL else ctx.binary


cdef int raise_pending() except -1 nogil:
    """A user collation failed and left its exception set."""
    with gil:
        return _reraise()


cdef int _reraise() except? -1:
    # `except? -1` lets the exception that is set travel on; without one the collation broke its contract.
    if PyErr_Occurred() == NULL:
        raise errors.OperationalError("collation failed")
    return -1
