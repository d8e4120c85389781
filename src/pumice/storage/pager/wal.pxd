"""WalReader: the pages that committed transactions left in a write-ahead log, as one read transaction sees them.

    -wal    header 32: magic, version, page size, checkpoint number, salt (8), checksum (8)
            frame  24: pgno, database size in pages when this frame ends a commit (else 0), salt (8), checksum (8); then the page
    -shm    0   two copies of the index header (48 each): ... mxFrame at 16, nPage at 20, salt at 32, checksum at 40
            96  nBackfill: frames that are in the database file already
            100 read marks of 5 reader slots
            120 lock bytes: write, checkpoint, recover, reader slot 0..4; 128: "somebody has this file open"

A reader holds slot i shared. A checkpointer copies no frame above the mark of a held slot, and nobody restarts the log while a slot
above 0 is held: the frames up to our mxFrame stay, and the database file gets no page newer than what we see.

    -shm in use     read the index header; slot 0 if the whole log is backfilled, else a slot whose mark is at most mxFrame
    -shm not in use hold slot 1: whoever opens the log next recovers it, cannot set our mark, and so never checkpoints past us

The map pgno -> frame is kept between transactions and only extended while the log's salt is the same. Every frame's checksum is
verified when it is first seen. A WAL writer would be a class of its own beside this one.
Source: SQLite wal.c (file header comment, walTryBeginRead, walIndexRecover); file format, "The Write-Ahead Log".
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from pumice.storage.vfs.vfs cimport Vfs, VfsFile

cdef class WalReader:
    cdef Vfs vfs
    cdef bytes wal_path
    cdef bytes shm_path
    cdef const char* c_wal_path    # borrowed from wal_path
    cdef const char* c_shm_path    # borrowed from shm_path
    cdef VfsFile file              # the -wal
    cdef VfsFile shm               # the -shm; closed when there is none and none can be made
    cdef int slot                  # reader slot that is held, -1 none
    cdef uint32_t mode             # permission bits of the database file, for a -shm of ours
    cdef readonly uint32_t n_pages # database size after the last commit seen; 0 when the log holds none
    cdef readonly uint32_t n_frames    # frames up to the last commit of this read transaction
    cdef readonly bint changed     # begin_read found another state of the log than the last one

    cdef uint32_t page_size
    cdef uint8_t index[48]         # header of the -shm in this read transaction; zeros when it was not used
    cdef bint big_endian           # checksums add big-endian words
    cdef uint8_t salt[8]
    cdef uint32_t sum1             # checksum after frame n_frames
    cdef uint32_t sum2
    cdef uint32_t* pages           # owned: page number of each frame
    cdef uint32_t capacity         # frames
    cdef uint32_t* map_pgno        # owned, open addressing: pgno (0 free) ...
    cdef uint32_t* map_frame       # ... and its newest frame
    cdef uint32_t map_size         # a power of two
    cdef uint32_t n_mapped
    cdef uint8_t* frame            # owned: one frame while scanning

    cdef int begin_read(self, uint32_t page_size) except -1 nogil       # 1 ready, 0 busy: try again
    cdef int end_read(self) except -1 nogil
    cdef uint32_t find(self, uint32_t pgno) noexcept nogil              # frame number, 0: the page is in the database file
    cdef int read_frame(self, uint32_t frame, uint8_t* out) except -1 nogil
    cdef int close(self) except -1 nogil
    # private
    cdef int open_files(self) except -1
    cdef int take_slot(self, uint32_t* mx_frame) except -1 nogil
    cdef int take_marked_slot(self, const uint8_t* index) except -1 nogil
    cdef int scan(self, uint32_t mx_frame) except -1 nogil
    cdef int read_log_header(self) except -1 nogil
    cdef int commit_frames(self, uint32_t first, uint32_t last) except -1 nogil
    cdef int put(self, uint32_t pgno, uint32_t frame) except -1 nogil
    cdef void forget(self) noexcept nogil
