"""Rows in temporary files: what an operator does not hold in memory any longer.

    SpillFile     one temporary file without a name, written at its end only; its space goes back to the disk with the last reference
    SpillRows     a sequence of rows in it: blocks of up to BATCH_MAX rows, column after column
    SpillReader   reads a sequence, block by block, as vectors; any number of readers, each with one block in memory

A block is as many rows as make about `block_bytes` (one row at least). Rows appended a few at a time gather in `pending` until they make a
block; what comes as whole batches (`write`) is encoded without that copy. Errors are the file's: "database or disk is full" and so on.
Tests: tests/unit/operators/test_spill.py
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport Vector
from pumice.storage.vfs.vfs cimport VfsFile

cdef class SpillFile:
    cdef ExecContext ctx
    cdef VfsFile file
    cdef SpillCount count
    cdef int64_t end                        # bytes
    cdef size_t block_bytes                 # what a block should have
    cdef uint8_t* buf                       # owned; the block being encoded
    cdef size_t cap_buf
    cdef int room(self, size_t n) except -1 nogil
    cdef int64_t append(self, size_t n) except -1 nogil         # writes buf[0 .. n); returns where

cdef struct SpillBlock:
    int64_t offset
    int64_t n_bytes
    uint32_t n_rows

cdef class SpillRows:
    cdef SpillFile file
    cdef readonly uint32_t n_cols
    cdef readonly int64_t n_rows            # without those pending
    cdef SpillBlock* blocks                 # owned
    cdef uint32_t n_blocks, cap_blocks
    cdef uint32_t* masks                    # owned, n_cols: MASK_* of each whole column
    cdef RowStore pending
    cdef int append(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil     # a few rows at a time
    cdef int flush(self) except -1 nogil                                                      # ends a series of `append`
    cdef int write(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil      # a batch
    cdef int write_block(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil

cdef class SpillReader:
    cdef SpillRows rows
    cdef uint32_t block                     # next one
    cdef uint32_t n                         # rows in `cols` now
    cdef Vector* vecs                       # owned; text points into `buf`
    cdef Vector** cols                      # owned
    cdef uint8_t* buf                       # owned
    cdef size_t cap_buf
    cdef int next(self) except -1 nogil     # 1: `cols` hold the next n rows, valid until the following call; 0: the end
    cdef void rewind(self) noexcept nogil

cdef int raise_truncated() except -1 nogil
