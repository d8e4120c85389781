"""RowSource: gathering, decoding and filtering records; see row_source.pxd."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from pumice.exec.operators.operator cimport ExprList, Operator
from pumice.exec.vector.convert cimport value_from_python
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector, vec_get, vec_put, vec_reserve
from pumice.memory cimport arena_alloc, arena_free, arena_init, arena_reset, mem_alloc, mem_free, mem_zalloc
from pumice.storage.btree.btree cimport BtreeCursor, CellInfo
from pumice.storage.pager.pager cimport Page
from pumice.storage.record.key_info cimport ENC_UTF16BE, ENC_UTF8
from pumice.storage.record.record cimport decode_serial_unchecked, get_varint
from pumice.storage.record.utf cimport stored_to_utf8
from pumice.values cimport MASK_INT, MASK_REAL, MASK_TEXT, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value

from pumice import errors

cdef enum:
    PIN_BYTES = 8 << 20         # bytes of pages that one batch may hold pinned
    PINS_MIN = 16               # pages, whatever their size
    CACHE_SHARE = 2             # and no more than this part of the page cache, so that it can still hold to its limit

cdef uint8_t SMALL[128]         # body size by one-byte serial type; constant after import


cdef void _fill_small() noexcept:
    cdef int i
    for i in range(128):
        SMALL[i] = (i - 12) >> 1 if i >= 12 else i if i < 5 else 6 if i == 5 else 8 if i < 8 else 0


_fill_small()


cdef int raise_bad_record(uint32_t pgno) except -1 nogil:
    with gil:
        raise errors.corrupt("record runs past its payload", pgno)


cdef inline void put_serial(Vector* v, uint32_t lane, uint32_t serial, const uint8_t* p) noexcept nogil:
    cdef Value value
    value.size = 0
    decode_serial_unchecked(serial, p, &value)
    v.tag[lane] = value.tag
    v.num[lane] = value.num
    v.size[lane] = value.size
    v.mask |= <uint32_t>1 << value.tag


cdef inline void put_value(Vector* v, uint32_t lane, const Value* value) noexcept nogil:
    v.tag[lane] = value.tag
    v.num[lane] = value.num
    v.size[lane] = value.size
    v.mask |= <uint32_t>1 << value.tag


cdef class RowSource(Operator):
    def __cinit__(self, *args, **kwargs):
        self.action = NULL
        self.early = self.to_real = self.is_rowid = self.partial = NULL
        self.defaults = NULL
        self.rec = NULL
        self.rec_n = self.at_header = self.at_body = NULL
        self.rowids = NULL
        self.cells = NULL
        self.pins = NULL
        self.n_pins = 0
        arena_init(&self.arena)

    def __dealloc__(self):
        # close() has given the pins back; an operator dropped without it still owes them.
        if self.n_pins and self.pager is not None:
            self.release()
        mem_free(self.action)
        mem_free(self.early)
        mem_free(self.to_real)
        mem_free(self.is_rowid)
        mem_free(self.partial)
        mem_free(self.defaults)
        mem_free(<void*>self.rec)
        mem_free(self.rec_n)
        mem_free(self.rowids)
        mem_free(self.at_header)
        mem_free(self.at_body)
        mem_free(self.cells)
        mem_free(self.pins)
        arena_free(&self.arena)

    cdef int make_source(self, object node, list outputs, list filter) except -1:
        """Lays out the decode plan.

        Args: `outputs`: per output column (record position or -1 for the rowid, needed by `filter`?, INTEGER to REAL?, default value);
        `filter`: Exprs over the output columns.
        """
        cdef uint32_t i, n_vecs = 0
        cdef int32_t position
        cdef dict known = {}
        cdef list firsts = []
        self.node = node
        self.filter = ExprList(filter)
        for i in range(<uint32_t>len(outputs)):
            if outputs[i][0] not in known:
                known[outputs[i][0]] = n_vecs
                firsts.append(i)
                n_vecs += 1
        self.make_output(<uint32_t>len(outputs), n_vecs)
        self.early = <uint8_t*>mem_zalloc(n_vecs, 1)
        self.to_real = <uint8_t*>mem_zalloc(n_vecs, 1)
        self.is_rowid = <uint8_t*>mem_zalloc(n_vecs, 1)
        self.defaults = <Value*>mem_zalloc(n_vecs, sizeof(Value))
        self.keep = []
        self.n_pos = 0
        for i in range(<uint32_t>len(outputs)):
            self.cols[i] = &self.vecs[<uint32_t>known[outputs[i][0]]]
            if outputs[i][1] or not filter:
                self.early[<uint32_t>known[outputs[i][0]]] = 1
            position = outputs[i][0]
            if position + 1 > <int32_t>self.n_pos:
                self.n_pos = position + 1
        self.action = <int32_t*>mem_alloc(self.n_pos, sizeof(int32_t))
        for i in range(self.n_pos):
            self.action[i] = -1
        self.n_early = 0
        self.has_late = False
        for i in range(n_vecs):
            position, _, real, default = outputs[firsts[i]]
            if position < 0:
                self.is_rowid[i] = 1
                self.early[i] = 1
                continue
            self.to_real[i] = 1 if real else 0
            self.action[position] = i
            value_from_python(default, &self.defaults[i], self.keep)
            if self.early[i]:
                if position + 1 > <int32_t>self.n_early:
                    self.n_early = position + 1
            else:
                self.has_late = True
        self.rec = <const uint8_t**>mem_alloc(BATCH_MAX, sizeof(void*))
        self.rec_n = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.rowids = <int64_t*>mem_alloc(BATCH_MAX, sizeof(int64_t))
        self.at_header = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.at_body = <uint32_t*>mem_alloc(BATCH_MAX, sizeof(uint32_t))
        self.partial = <uint8_t*>mem_zalloc(BATCH_MAX, 1)
        return 0

    cdef int attach(self, BtreeCursor source) except -1:
        """The cursor whose cells become lanes."""
        self.source = source
        self.pager = source.tree.pager
        self.encoding = self.ctx.encoding       # attached databases must have the main one's
        self.max_pins = PIN_BYTES // self.pager.page_size
        if not self.pager.is_memory and self.max_pins > self.pager.cache_limit // CACHE_SHARE:
            self.max_pins = self.pager.cache_limit // CACHE_SHARE
        if self.max_pins < PINS_MIN:
            self.max_pins = PINS_MIN
        if self.max_pins > BATCH_MAX:
            self.max_pins = BATCH_MAX
        self.pins = <Page**>mem_alloc(self.max_pins + 2, sizeof(Page*))
        return 0

    # ---- gathering

    cdef int fill(self, uint32_t ask) except -1 nogil:
        with gil:
            raise NotImplementedError(f"{type(self).__name__}.fill")

    cdef int pin(self, BtreeCursor cursor) except -1 nogil:
        """Keeps the cursor's current page pinned for this batch."""
        if self.n_pins and self.pins[self.n_pins - 1] == cursor.pages[cursor.depth]:
            return 0
        self.pins[self.n_pins] = cursor.pin_leaf()
        self.n_pins += 1
        return 0

    cdef int push(self, const CellInfo* info) except -1 nogil:
        """One more lane; its page is pinned."""
        cdef uint32_t lane = self.n_lanes
        self.rec[lane] = info.payload
        self.rec_n[lane] = info.n_local
        self.rowids[lane] = info.rowid
        if info.n_local < info.n_payload:
            if self.cells == NULL:
                self.cells = <CellInfo*>mem_alloc(BATCH_MAX, sizeof(CellInfo))
            self.cells[lane] = info[0]
            self.partial[lane] = 1
            self.any_partial = True
            self.n_overflow += info.n_payload
        self.n_lanes += 1
        return 0

    cdef int push_rowid(self, int64_t rowid) except -1 nogil:
        cdef int order = 1
        cdef CellInfo info
        if not self.source.seek_rowid(rowid, &order) or order != 0:
            return 0
        self.source.cell(&info)
        self.pin(self.source)
        self.push(&info)
        return 1

    cdef int release(self) except -1 nogil:
        """Drops the current batch: pins, payload copies, lanes."""
        cdef uint32_t i
        for i in range(self.n_pins):
            self.pager.unpin(self.pins[i])
        self.n_pins = 0
        if self.any_partial:
            memset(self.partial, 0, BATCH_MAX)
            self.any_partial = False
        arena_reset(&self.arena)
        self.n_overflow = 0
        self.n_lanes = 0
        self.pend_at = self.pend_n = 0
        return 0

    cdef int whole(self, uint32_t lane) except -1 nogil:
        """Fetches the overflow pages of a lane; an error when it has none left to fetch."""
        if not self.partial[lane]:
            return raise_bad_record(0)
        self.rec[lane] = self.source.payload(&self.cells[lane], &self.arena)
        self.rec_n[lane] = self.cells[lane].n_payload
        self.partial[lane] = 0
        return 0

    # ---- decoding

    cdef int decode_early(self) except -1 nogil:
        """First pass: the columns that the filter needs (all, without a filter); notes serial type and offset of the others on the way."""
        cdef uint32_t lane, pos, n = self.n_lanes, total, size, header
        cdef uint64_t body, big
        cdef uint32_t serial
        cdef int32_t o
        cdef int used
        cdef const uint8_t* p
        cdef const uint8_t* q
        cdef const uint8_t* header_end
        cdef Vector* v
        cdef bint short
        for o in range(<int32_t>self.n_vecs):
            vec_reserve(&self.vecs[o], n)
            self.vecs[o].mask = 0
            if self.is_rowid[o]:
                self.vecs[o].mask = MASK_INT
                memset(self.vecs[o].tag, TAG_INT, n)
                memcpy(self.vecs[o].num, self.rowids, n * sizeof(int64_t))
        if self.n_pos == 0:
            return 0
        lane = 0
        while lane < n:
            p = self.rec[lane]
            total = self.rec_n[lane]
            used = get_varint(p, p + total, &big)
            if used == 0 or big > total:
                self.whole(lane)
                continue
            header = <uint32_t>big
            q = p + used
            header_end = p + header
            body = header
            short = False
            pos = 0
            while pos < self.n_early and q < header_end:
                if q[0] < 0x80:
                    serial = q[0]
                    q += 1
                    size = SMALL[serial]
                else:
                    used = get_varint(q, header_end, &big)
                    if used == 0 or big >= MISSING:
                        return raise_bad_record(0)
                    q += used
                    serial = <uint32_t>big
                    size = (serial - 12) >> 1
                o = self.action[pos]
                if o >= 0:
                    v = &self.vecs[o]
                    if self.early[o]:
                        if body + size > total:
                            short = True
                            break
                        put_serial(v, lane, serial, p + body)
                    else:
                        v.size[lane] = serial
                        v.num[lane].i = <int64_t>body
                body += size
                pos += 1
            if short:
                self.whole(lane)
                continue
            if body >> 32:
                return raise_bad_record(0)
            self.at_header[lane] = <uint32_t>(q - p)
            self.at_body[lane] = <uint32_t>body
            while pos < self.n_early:
                o = self.action[pos]
                if o >= 0:
                    if self.early[o]:
                        put_value(&self.vecs[o], lane, &self.defaults[o])
                    else:
                        self.vecs[o].size[lane] = MISSING
                pos += 1
            lane += 1
        for o in range(<int32_t>self.n_vecs):
            if self.early[o]:
                self.finish(<uint32_t>o, NULL, n)
        return 0

    cdef int decode_late(self, const uint16_t* sel, uint32_t n) except -1 nogil:
        """Second pass, for the survivors of the filter: the noted columns and those behind them."""
        cdef uint32_t k, lane, pos, total, size, serial
        cdef uint64_t body, big
        cdef int32_t o
        cdef int used
        cdef const uint8_t* p
        cdef const uint8_t* q
        cdef const uint8_t* header_end
        cdef Vector* v
        cdef bint short
        for pos in range(self.n_early):
            o = self.action[pos]
            if o < 0 or self.early[o]:
                continue
            v = &self.vecs[o]
            for k in range(n):
                lane = sel[k]
                serial = v.size[lane]
                if serial == MISSING:
                    put_value(v, lane, &self.defaults[o])
                    continue
                size = SMALL[serial] if serial < 128 else (serial - 12) >> 1
                body = <uint64_t>v.num[lane].i
                if body + size > self.rec_n[lane]:
                    self.whole(lane)
                    if body + size > self.rec_n[lane]:
                        return raise_bad_record(0)
                put_serial(v, lane, serial, self.rec[lane] + body)
        k = 0
        while k < n:
            if self.n_early == self.n_pos:
                break
            lane = sel[k]
            p = self.rec[lane]
            total = self.rec_n[lane]
            used = get_varint(p, p + total, &big)
            header_end = p + big
            q = p + self.at_header[lane]
            body = self.at_body[lane]
            pos = self.n_early
            short = False
            while pos < self.n_pos and q < header_end:
                if q[0] < 0x80:
                    serial = q[0]
                    q += 1
                    size = SMALL[serial]
                else:
                    used = get_varint(q, header_end, &big)
                    if used == 0 or big >= MISSING:
                        return raise_bad_record(0)
                    q += used
                    serial = <uint32_t>big
                    size = (serial - 12) >> 1
                o = self.action[pos]
                if o >= 0:
                    if body + size > total:
                        short = True
                        break
                    put_serial(&self.vecs[o], lane, serial, p + body)
                body += size
                pos += 1
            if short:
                self.whole(lane)
                continue
            while pos < self.n_pos:
                o = self.action[pos]
                if o >= 0:
                    put_value(&self.vecs[o], lane, &self.defaults[o])
                pos += 1
            k += 1
        for o in range(<int32_t>self.n_vecs):
            if not self.early[o]:
                self.finish(<uint32_t>o, sel, n)
        return 0

    cdef int to_utf8(self, Value* v) except -1 nogil:
        return stored_to_utf8(v, self.encoding, &self.arena) if v.tag == TAG_TEXT else 0

    cdef int finish(self, uint32_t i, const uint16_t* sel, uint32_t n) except -1 nogil:
        """What a decoded column still needs: REAL affinity for integers stored to save space, UTF-16 to UTF-8."""
        cdef Vector* v = &self.vecs[i]
        cdef uint32_t k, lane
        cdef Value value
        if self.to_real[i] and v.mask & MASK_INT:
            for k in range(n):
                lane = k if sel == NULL else sel[k]
                if v.tag[lane] == TAG_INT:
                    v.num[lane].r = <double>v.num[lane].i
                    v.tag[lane] = TAG_REAL
            v.mask = (v.mask & ~<uint32_t>MASK_INT) | MASK_REAL
        if self.encoding != ENC_UTF8 and v.mask & MASK_TEXT:
            for k in range(n):
                lane = k if sel == NULL else sel[k]
                # A default value of a short record is UTF-8 already.
                if v.tag[lane] == TAG_TEXT and v.num[lane].p != self.defaults[i].num.p:
                    vec_get(v, lane, &value)
                    self.to_utf8(&value)
                    vec_put(v, lane, &value)
        return 0

    # ---- Operator

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        cdef uint32_t ask = want
        if self.pend_at < self.pend_n:
            return self.emit_pending(want, out)
        while True:
            self.release()
            self.ctx.check_interrupt()
            self.fill(ask)
            if self.n_lanes == 0:
                return 0
            self.decode_early()
            self.out.n = self.n_lanes
            if self.filter.n == 0:
                self.out.n_sel = self.n_lanes
                self.out.sel = NULL
                out[0] = &self.out
                return 1
            self.pend_n = <uint32_t>self.filter.select_all(&self.out, NULL, self.n_lanes, self.sel_buf)
            if self.pend_n:
                if self.has_late:
                    self.decode_late(self.sel_buf, self.pend_n)
                self.pend_sel = self.sel_buf
                return self.emit_pending(want, out)
            ask = ask * 4 if ask < BATCH_MAX // 4 else BATCH_MAX
