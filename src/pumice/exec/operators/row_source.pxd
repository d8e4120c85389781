"""RowSource: what every access path has in common: records gathered as lanes, decoded late, filtered, handed out.

    fill(ask)      the access path pushes up to `ask` lanes (record bytes, rowid) into rec[], rec_n[], rowids[]
    first pass     walks each record's header once and decodes the columns that `filter` needs; notes where the others are
    filter         leaves the surviving lanes
    second pass    decodes the remaining columns of the survivors

The pages that lanes point into stay pinned until the operator's next call. Only the part of an overflowing record that is needed is
fetched: its local part as long as that suffices, else the whole payload, into the arena.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.vector.vector cimport Batch, Vector
from pumice.memory cimport Arena
from pumice.storage.btree.btree cimport BtreeCursor, CellInfo
from pumice.storage.pager.pager cimport Page, Pager
from pumice.values cimport Value

cdef enum:
    MAX_OVERFLOW = 4 << 20              # bytes of overflowing payloads; a batch ends when it has more

cdef enum:
    MISSING = 0xFFFFFFFF                # noted serial type of a column that the record is too short to hold

cdef class RowSource(Operator):
    # Decode plan
    cdef int32_t* action                # owned; per record position: output vector or -1
    cdef uint32_t n_pos                 # record positions to look at
    cdef uint32_t n_early               # of these, the ones of the first pass
    cdef uint8_t* early                 # owned; per vector: decoded in the first pass
    cdef uint8_t* to_real               # owned; per vector: INTEGERs come out REAL
    cdef uint8_t* is_rowid              # owned; per vector: it holds the rowid
    cdef Value* defaults                # owned; per vector: for records that end before the column
    cdef list keep                      # Python objects that `defaults` points into
    cdef bint has_late
    cdef ExprList filter
    cdef int encoding
    # Lanes
    cdef uint32_t n_lanes
    cdef const uint8_t** rec            # owned; BATCH_MAX
    cdef uint32_t* rec_n                # owned; bytes at rec
    cdef int64_t* rowids                # owned
    cdef uint32_t* at_header            # owned; where the second pass goes on
    cdef uint32_t* at_body              # owned
    cdef CellInfo* cells                # owned; BATCH_MAX, NULL until an overflowing record is met
    cdef uint8_t* partial               # owned; lane holds only the local part of its record
    cdef BtreeCursor source             # the cursor that the lanes' cells came from
    cdef bint any_partial
    cdef uint64_t n_overflow            # bytes of the lanes' payloads that overflow, which may all have to be fetched
    cdef Page** pins                    # owned; pages pinned for the current batch
    cdef uint32_t n_pins
    cdef uint32_t max_pins
    cdef Pager pager
    cdef Arena arena                    # owned; whole payloads, converted text
    cdef int make_source(self, object node, list outputs, list filter) except -1
    cdef int attach(self, BtreeCursor source) except -1
    cdef int fill(self, uint32_t ask) except -1 nogil                 # to implement: pushes lanes; none: the end
    cdef int pin(self, BtreeCursor cursor) except -1 nogil
    cdef int push(self, const CellInfo* info) except -1 nogil
    cdef int push_rowid(self, int64_t rowid) except -1 nogil          # seeks `source`: 1 pushed, 0 no such row
    cdef int release(self) except -1 nogil
    cdef int whole(self, uint32_t lane) except -1 nogil
    cdef int decode_early(self) except -1 nogil
    cdef int decode_late(self, const uint16_t* sel, uint32_t n) except -1 nogil
    cdef int to_utf8(self, Value* v) except -1 nogil                  # a TEXT of the database's encoding, in place
    cdef int finish(self, uint32_t i, const uint16_t* sel, uint32_t n) except -1 nogil
