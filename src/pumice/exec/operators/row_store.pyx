"""RowStore: copied rows in columnar chunks; see row_store.pxd."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stddef cimport size_t
from libc.string cimport memcpy, memset
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, vec_free, vec_init, vec_reserve
from pumice.memory cimport Arena, arena_alloc, arena_free, arena_init, arena_reset, mem_alloc, mem_free, mem_realloc, mem_zalloc
from pumice.values cimport MASK_BLOB, MASK_NULL, MASK_TEXT, Num, TAG_INT, TAG_NULL, TAG_TEXT, Value

cdef enum:
    FIRST_LANES = 16                    # a small result needs no full chunk


cdef class RowStore:
    def __cinit__(self, uint32_t n_cols):
        self.n_cols = n_cols
        self.n_rows = self.n_chunks = self.cap_chunks = 0
        self.chunks = NULL
        arena_init(&self.arena)
        self.masks = <uint32_t*>mem_zalloc(n_cols, sizeof(uint32_t))

    def __dealloc__(self):
        self.clear()
        if self.spare:
            self.free_chunk(0)
        mem_free(self.chunks)
        mem_free(self.masks)
        arena_free(&self.arena)

    cdef void clear(self) noexcept nogil:
        """The chunk of a few rows stays: a statement of one row, run again and again, needs no new memory."""
        cdef uint32_t i, c
        if self.n_chunks == 1 and self.last_cap == FIRST_LANES:
            for c in range(self.n_cols):
                self.chunks[0][c].mask = 0
            self.spare = True
        else:
            for i in range(self.n_chunks):
                self.free_chunk(i)
        self.n_chunks = self.n_rows = 0
        if self.masks != NULL:
            memset(self.masks, 0, self.n_cols * sizeof(uint32_t))
        arena_reset(&self.arena)

    cdef void free_chunk(self, uint32_t chunk) noexcept nogil:
        cdef uint32_t c
        for c in range(self.n_cols):
            vec_free(&self.chunks[chunk][c])
        mem_free(self.chunks[chunk])

    cdef size_t size_bytes(self) noexcept nogil:
        return <size_t>self.n_chunks * BATCH_MAX * 13 * self.n_cols + self.arena.total

    cdef uint32_t chunk_rows(self, uint32_t chunk) noexcept nogil:
        return BATCH_MAX if chunk + 1 < self.n_chunks else self.n_rows - (chunk << CHUNK_SHIFT)

    cdef void view(self, uint32_t chunk, Vector** cols) noexcept nogil:
        cdef uint32_t c
        for c in range(self.n_cols):
            cols[c] = &self.chunks[chunk][c]

    cdef uint32_t room(self, uint32_t wanted) except 0 nogil:
        """Lanes (up to `wanted`) that can be written at row n_rows; makes or grows the last chunk."""
        cdef uint32_t used = self.n_rows & CHUNK_LANES
        cdef uint32_t c, lanes
        cdef Vector* chunk
        if self.n_rows >> 16 == 0xFFFF:
            with gil:
                raise MemoryError("too many rows to hold")
        if self.spare:
            self.spare = False
            self.n_chunks = 1
            self.last_cap = FIRST_LANES
        elif used == 0 and self.n_rows >> CHUNK_SHIFT == self.n_chunks:
            if self.n_chunks == self.cap_chunks:
                self.cap_chunks = self.cap_chunks * 2 if self.cap_chunks else 8
                self.chunks = <Vector**>mem_realloc(self.chunks, self.cap_chunks, sizeof(Vector*))
            chunk = <Vector*>mem_zalloc(self.n_cols, sizeof(Vector))
            for c in range(self.n_cols):
                vec_init(&chunk[c])
            self.chunks[self.n_chunks] = chunk
            self.n_chunks += 1
            self.last_cap = 0
        if wanted > BATCH_MAX - used:
            wanted = BATCH_MAX - used
        if used + wanted > self.last_cap:
            lanes = FIRST_LANES if self.n_chunks == 1 else BATCH_MAX
            while lanes < used + wanted:
                lanes *= 4
            if lanes > BATCH_MAX:
                lanes = BATCH_MAX
            for c in range(self.n_cols):
                vec_reserve(&self.chunks[self.n_chunks - 1][c], lanes)
            self.last_cap = lanes
        return wanted

    cdef int append(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef uint32_t at = 0, take, used, c
        while at < n:
            take = self.room(n - at)
            used = self.n_rows & CHUNK_LANES
            for c in range(self.n_cols):
                copy_lanes(cols[c], sel, at, take, &self.chunks[self.n_chunks - 1][c], used, &self.arena)
                self.masks[c] |= cols[c].mask
                self.chunks[self.n_chunks - 1][c].mask |= cols[c].mask
            self.n_rows += take
            at += take
        return 0

    cdef int append_lane(self, Vector** cols, uint32_t lane) except -1 nogil:
        cdef uint16_t one = <uint16_t>lane
        cdef uint32_t used, c
        self.room(1)
        used = self.n_rows & CHUNK_LANES
        for c in range(self.n_cols):
            copy_lanes(cols[c], &one, 0, 1, &self.chunks[self.n_chunks - 1][c], used, &self.arena)
            self.masks[c] |= cols[c].mask
            self.chunks[self.n_chunks - 1][c].mask |= cols[c].mask
        self.n_rows += 1
        return 0

    cdef int append_row(self, const Value* values) except -1 nogil:
        cdef uint32_t used, c
        cdef Vector* v
        cdef uint8_t* p
        self.room(1)
        used = self.n_rows & CHUNK_LANES
        for c in range(self.n_cols):
            v = &self.chunks[self.n_chunks - 1][c]
            v.tag[used] = values[c].tag
            v.num[used] = values[c].num
            v.size[used] = values[c].size
            if values[c].tag >= TAG_TEXT:
                p = arena_alloc(&self.arena, values[c].size)
                memcpy(p, values[c].num.p, values[c].size)
                v.num[used].p = p
            v.mask |= <uint32_t>1 << values[c].tag
            self.masks[c] |= <uint32_t>1 << values[c].tag
        self.n_rows += 1
        return 0

    cdef int gather(self, uint32_t col, const uint32_t* rows, uint32_t n, Vector* out) except -1 nogil:
        cdef uint32_t i, r, mask = self.masks[col]
        cdef Vector* v
        vec_reserve(out, n)
        if mask & (MASK_TEXT | MASK_BLOB):
            for i in range(n):
                r = rows[i]
                if r == NO_ROW:
                    out.tag[i] = TAG_NULL
                    mask |= MASK_NULL
                    continue
                v = &self.chunks[r >> CHUNK_SHIFT][col]
                r = r & CHUNK_LANES
                out.tag[i] = v.tag[r]
                out.num[i] = v.num[r]
                out.size[i] = v.size[r]
        else:
            for i in range(n):
                r = rows[i]
                if r == NO_ROW:
                    out.tag[i] = TAG_NULL
                    mask |= MASK_NULL
                    continue
                v = &self.chunks[r >> CHUNK_SHIFT][col]
                r = r & CHUNK_LANES
                out.tag[i] = v.tag[r]
                out.num[i] = v.num[r]
        out.mask = mask
        return 0


cdef int copy_lanes(Vector* src, const uint16_t* sel, uint32_t at, uint32_t n, Vector* dst, uint32_t used, Arena* arena) except -1 nogil:
    cdef uint32_t i, lane
    cdef uint8_t* p
    cdef uint8_t tag
    if src.lane_mask != 0 and sel == NULL and not src.mask & (MASK_TEXT | MASK_BLOB):
        memcpy(dst.tag + used, src.tag + at, n)
        memcpy(dst.num + used, src.num + at, n * sizeof(Num))
        return 0
    if not src.mask & (MASK_TEXT | MASK_BLOB):
        for i in range(n):
            lane = (at + i if sel == NULL else sel[at + i]) & src.lane_mask
            dst.tag[used + i] = src.tag[lane]
            dst.num[used + i] = src.num[lane]
        return 0
    for i in range(n):
        lane = (at + i if sel == NULL else sel[at + i]) & src.lane_mask
        tag = src.tag[lane]
        dst.tag[used + i] = tag
        dst.num[used + i] = src.num[lane]
        if tag >= TAG_TEXT:
            dst.size[used + i] = src.size[lane]
            if arena != NULL:
                p = arena_alloc(arena, src.size[lane])
                memcpy(p, src.num[lane].p, src.size[lane])
                dst.num[used + i].p = p
    return 0
