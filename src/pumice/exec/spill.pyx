"""Rows in temporary files; see spill.pxd.

A block, all parts padded to 8 bytes, for each column:

    mask, width    uint32 each: storage classes that occur; bytes of an INTEGER (1, 2, 4, 8), where nothing but INTEGERs and NULLs do
    heap           uint64: bytes of all texts and blobs
    tags           n, if there is more than one storage class
    numbers        n times width (8 beside REALs), if there are any
    sizes, bytes   n uint32 and the texts one after the other, if there are any
"""

from libc.stdint cimport INT32_MAX, INT32_MIN, int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stddef cimport size_t
from libc.string cimport memcpy, memset
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.operator cimport identity_lanes
from pumice.exec.operators.row_store cimport RowStore
from pumice.exec.spill_count cimport SpillCount
from pumice.exec.vector.vector cimport BATCH_MAX, Vector, vec_free, vec_init, vec_reserve
from pumice.memory cimport mem_alloc, mem_free, mem_realloc, mem_zalloc
from pumice.storage.btree.btree cimport Btree
from pumice.storage.vfs.posix cimport PosixVfs
from pumice.storage.vfs.temporary cimport open_temporary
from pumice.storage.vfs.vfs cimport Vfs
from pumice.values cimport MASK_BLOB, MASK_INT, MASK_NULL, MASK_REAL, MASK_TEXT, TAG_INT, TAG_TEXT

from pumice import errors

cdef enum:
    MIN_BLOCK = 4 << 10             # bytes; smaller writes cost more calls than they save memory
    MAX_BLOCK = 128 << 10           # bytes; some hundred of them, one per run or partition, fit the budget
    BLOCKS_IN_BUDGET = 512
    KEEP_BUF = 1 << 20              # bytes; a block of one huge row is not kept allocated


cdef inline size_t padded(size_t n) noexcept nogil:
    return (n + 7) & ~<size_t>7


cdef int raise_truncated() except -1 nogil:
    with gil:
        raise errors.make("SQLITE_IOERR_SHORT_READ", "disk I/O error")


cdef class SpillFile:
    """Args: the statement's context, where to count (may be None)."""

    def __cinit__(self, ExecContext ctx not None, SpillCount count):
        cdef Vfs vfs = None
        self.buf = NULL
        self.ctx = ctx
        self.count = count if count is not None else SpillCount()
        self.block_bytes = ctx.work_mem // BLOCKS_IN_BUDGET
        if self.block_bytes < MIN_BLOCK:
            self.block_bytes = MIN_BLOCK
        if self.block_bytes > MAX_BLOCK:
            self.block_bytes = MAX_BLOCK
        if ctx.btrees:
            vfs = (<Btree?>ctx.btrees[0]).pager.vfs
        self.file = open_temporary(vfs if vfs is not None else PosixVfs())

    def __dealloc__(self):
        mem_free(self.buf)

    cdef int room(self, size_t n) except -1 nogil:
        if n > self.cap_buf:
            self.buf = <uint8_t*>mem_realloc(self.buf, n, 1)
            self.cap_buf = n
        return 0

    cdef int64_t append(self, size_t n) except -1 nogil:
        cdef int64_t at = self.end
        self.file.write(at, self.buf, n)
        self.end += n
        self.count.n_bytes += n
        if self.cap_buf > KEEP_BUF:
            mem_free(self.buf)
            self.buf = NULL
            self.cap_buf = 0
        return at


cdef class SpillRows:
    """Args: the file, columns of a row."""

    def __cinit__(self, SpillFile file not None, uint32_t n_cols):
        self.blocks = NULL
        self.masks = NULL
        self.file = file
        self.n_cols = n_cols
        self.masks = <uint32_t*>mem_zalloc(n_cols, sizeof(uint32_t))
        self.pending = RowStore(n_cols)

    def __dealloc__(self):
        mem_free(self.blocks)
        mem_free(self.masks)

    cdef int append(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef uint32_t at = 0, take
        if sel == NULL:
            sel = identity_lanes()
        while at < n:
            take = BATCH_MAX - self.pending.n_rows
            if take > n - at:
                take = n - at
            self.pending.append(cols, sel + at, take)
            at += take
            if self.pending.n_rows == BATCH_MAX or self.pending.arena.total > self.file.block_bytes:
                self.flush()
        return 0

    cdef int flush(self) except -1 nogil:
        cdef Vector** cols
        if self.pending.n_rows:
            cols = <Vector**>mem_alloc(self.n_cols, sizeof(Vector*))
            try:
                self.pending.view(0, cols)
                self.write(cols, NULL, self.pending.n_rows)
            finally:
                mem_free(cols)
            self.pending.clear()
        return 0

    cdef int write(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil:
        """Splits the batch into blocks by its size in bytes."""
        cdef uint32_t at = 0, take, c, lane
        cdef size_t size
        cdef bint texts = False
        if sel == NULL:
            sel = identity_lanes()
        for c in range(self.n_cols):
            if cols[c].mask & (MASK_TEXT | MASK_BLOB):
                texts = True
        while at < n:
            take = n - at
            if texts:
                take = 0
                size = 0
                while at + take < n and (take == 0 or size < self.file.block_bytes):
                    for c in range(self.n_cols):
                        lane = sel[at + take] & cols[c].lane_mask
                        size += 8
                        if cols[c].tag[lane] >= TAG_TEXT:
                            size += cols[c].size[lane]
                    take += 1
            self.write_block(cols, sel + at, take)
            at += take
        return 0

    cdef int write_block(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef uint32_t c
        cdef size_t used = 0
        for c in range(self.n_cols):
            used = encode(self.file, cols[c], sel, n, used, &self.masks[c])
        if self.n_blocks == 0:
            self.file.count.n_parts += 1
        if self.n_blocks == self.cap_blocks:
            self.cap_blocks = self.cap_blocks * 2 if self.cap_blocks else 16
            self.blocks = <SpillBlock*>mem_realloc(self.blocks, self.cap_blocks, sizeof(SpillBlock))
        self.blocks[self.n_blocks].n_bytes = used
        self.blocks[self.n_blocks].n_rows = n
        self.blocks[self.n_blocks].offset = self.file.append(used)
        self.n_blocks += 1
        self.n_rows += n
        return 0


cdef size_t encode(SpillFile file, Vector* v, const uint16_t* sel, uint32_t n, size_t at, uint32_t* all_masks) except? 0 nogil:
    """A column at buf[at ..]; returns where the next one begins."""
    cdef uint32_t k, lane, mask = 0, width = 8
    cdef uint32_t lanes = v.lane_mask
    cdef size_t heap = 0, size
    cdef int64_t low = 0, high = 0, i
    cdef uint8_t* p
    cdef uint8_t* q
    for k in range(n):
        mask |= <uint32_t>1 << v.tag[sel[k] & lanes]
    all_masks[0] |= mask
    if mask & MASK_INT and not mask & ~<uint32_t>(MASK_INT | MASK_NULL):
        for k in range(n):
            lane = sel[k] & lanes
            if v.tag[lane] == TAG_INT:
                i = v.num[lane].i
                low = i if i < low else low
                high = i if i > high else high
        if low >= -128 and high < 128:
            width = 1
        elif low >= -32768 and high < 32768:
            width = 2
        elif low >= INT32_MIN and high <= INT32_MAX:
            width = 4
    if mask & (MASK_TEXT | MASK_BLOB):
        for k in range(n):
            lane = sel[k] & lanes
            if v.tag[lane] >= TAG_TEXT:
                heap += v.size[lane]
    size = 16
    if mask & (mask - 1):
        size += padded(n)
    if mask & (MASK_INT | MASK_REAL):
        size += padded(<size_t>n * width)
    if mask & (MASK_TEXT | MASK_BLOB):
        size += padded(<size_t>n * 4) + padded(heap)
    file.room(at + size)
    p = file.buf + at
    (<uint32_t*>p)[0] = mask
    (<uint32_t*>p)[1] = width
    (<uint64_t*>p)[1] = heap
    p += 16
    if mask & (mask - 1):
        for k in range(n):
            p[k] = v.tag[sel[k] & lanes]
        p += padded(n)
    if mask & (MASK_INT | MASK_REAL):
        if width == 1:
            for k in range(n):
                (<int8_t*>p)[k] = <int8_t>v.num[sel[k] & lanes].i
        elif width == 2:
            for k in range(n):
                (<int16_t*>p)[k] = <int16_t>v.num[sel[k] & lanes].i
        elif width == 4:
            for k in range(n):
                (<int32_t*>p)[k] = <int32_t>v.num[sel[k] & lanes].i
        else:
            for k in range(n):
                (<int64_t*>p)[k] = v.num[sel[k] & lanes].i
        p += padded(<size_t>n * width)
    if mask & (MASK_TEXT | MASK_BLOB):
        q = p + padded(<size_t>n * 4)
        for k in range(n):
            lane = sel[k] & lanes
            (<uint32_t*>p)[k] = 0
            if v.tag[lane] >= TAG_TEXT:
                (<uint32_t*>p)[k] = v.size[lane]
                memcpy(q, v.num[lane].p, v.size[lane])
                q += v.size[lane]
    return at + size


cdef class SpillReader:
    """Args: the rows, which are written completely."""

    def __cinit__(self, SpillRows rows not None):
        cdef uint32_t c
        self.vecs = NULL
        self.cols = NULL
        self.buf = NULL
        self.rows = rows
        self.vecs = <Vector*>mem_zalloc(rows.n_cols, sizeof(Vector))
        self.cols = <Vector**>mem_zalloc(rows.n_cols, sizeof(Vector*))
        for c in range(rows.n_cols):
            vec_init(&self.vecs[c])
            self.cols[c] = &self.vecs[c]

    def __dealloc__(self):
        cdef uint32_t c
        if self.vecs != NULL:
            for c in range(self.rows.n_cols):
                vec_free(&self.vecs[c])
        mem_free(self.vecs)
        mem_free(self.cols)
        mem_free(self.buf)

    cdef void rewind(self) noexcept nogil:
        self.block = 0
        self.n = 0

    cdef int next(self) except -1 nogil:
        cdef SpillBlock* block
        cdef uint32_t c
        cdef size_t at = 0
        self.n = 0
        if self.block == self.rows.n_blocks:
            return 0
        block = &self.rows.blocks[self.block]
        self.block += 1
        if <size_t>block.n_bytes > self.cap_buf or self.cap_buf > KEEP_BUF:
            mem_free(self.buf)
            self.buf = NULL
            self.cap_buf = 0
            self.buf = <uint8_t*>mem_alloc(block.n_bytes, 1)
            self.cap_buf = block.n_bytes
        if self.rows.file.file.read(block.offset, self.buf, block.n_bytes) != block.n_bytes:
            return raise_truncated()
        for c in range(self.rows.n_cols):
            at = decode(self.buf, at, block.n_rows, &self.vecs[c])
        self.n = block.n_rows
        return 1


cdef size_t decode(const uint8_t* buf, size_t at, uint32_t n, Vector* v) except? 0 nogil:
    """The column at buf[at ..] to lanes 0 .. n-1; returns where the next one begins."""
    cdef const uint8_t* p = buf + at
    cdef const uint8_t* q
    cdef uint32_t mask = (<const uint32_t*>p)[0], width = (<const uint32_t*>p)[1], k
    cdef uint64_t heap = (<const uint64_t*>p)[1]
    cdef uint8_t tag = 0
    vec_reserve(v, n)
    v.mask = mask
    p += 16
    if mask & (mask - 1):
        memcpy(v.tag, p, n)
        p += padded(n)
    else:
        while mask >> (tag + 1):
            tag += 1
        memset(v.tag, tag, n)
    if mask & (MASK_INT | MASK_REAL):
        if width == 1:
            for k in range(n):
                v.num[k].i = (<const int8_t*>p)[k]
        elif width == 2:
            for k in range(n):
                v.num[k].i = (<const int16_t*>p)[k]
        elif width == 4:
            for k in range(n):
                v.num[k].i = (<const int32_t*>p)[k]
        else:
            memcpy(v.num, p, <size_t>n * 8)
        p += padded(<size_t>n * width)
    if mask & (MASK_TEXT | MASK_BLOB):
        q = p + padded(<size_t>n * 4)
        for k in range(n):
            if v.tag[k] >= TAG_TEXT:
                v.size[k] = (<const uint32_t*>p)[k]
                v.num[k].p = q
                q += v.size[k]
        p += padded(<size_t>n * 4) + padded(heap)
    return p - buf
