"""TableScan: rows of a rowid table in rowid order (or reversed), straight from its leaf pages.

No input. Output: the needed columns; conditions pushed down are checked before the other columns are decoded. Streaming; holds the pinned leaf
pages of one batch and copies of overflowing payloads. Between batches the cursor stands on the last row taken, so a tree changed
meanwhile is found again by the cursor itself.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.row_source cimport MAX_OVERFLOW, RowSource
from pumice.storage.btree.btree cimport BtreeCursor, CellInfo
from pumice.storage.pager.pager cimport Page
from pumice.storage.record.record cimport get_varint

cdef int64_t ROWID_MIN = -<int64_t>0x7FFFFFFFFFFFFFFF - 1
cdef int64_t ROWID_MAX = 0x7FFFFFFFFFFFFFFF


cdef class TableScan(RowSource):
    def __init__(self, node, ExecContext ctx, BtreeCursor cursor, list outputs, list filter, bint reverse):
        self.ctx = ctx
        self.reverse = reverse
        self.make_source(node, outputs, filter)
        self.attach(cursor)
        self.max_local = self.pager.usable - 35
        self.range_low = ROWID_MIN
        self.range_high = ROWID_MAX

    cdef int open(self) except -1 nogil:
        self.release()
        self.min_rowid = ROWID_MIN
        self.max_rowid = ROWID_MAX
        self.started = self.done = self.need_step = False
        return 0

    cdef int start(self) except -1 nogil:
        """Positions the cursor on the first row of the walk; 0 when there is none."""
        cdef int order = 0
        self.started = True
        self.min_rowid = max(self.min_rowid, self.range_low)
        self.max_rowid = min(self.max_rowid, self.range_high)
        if self.min_rowid > self.max_rowid:
            return 0
        self.source.last_rowid = self.max_rowid
        if not self.reverse:
            if self.min_rowid == ROWID_MIN:
                return self.source.first()
            if not self.source.seek_rowid(self.min_rowid, &order):
                return 0
            return self.source.next() if order < 0 else 1
        if self.max_rowid == ROWID_MAX:
            return self.source.last()
        if not self.source.seek_rowid(self.max_rowid, &order):
            return 0
        return self.source.prev() if order > 0 else 1

    cdef int fill(self, uint32_t ask) except -1 nogil:
        cdef int found
        while self.n_lanes < ask and not self.done and self.n_pins < self.max_pins and self.n_overflow < MAX_OVERFLOW:
            if not self.started:
                found = self.start()
            elif self.need_step:
                found = self.source.prev() if self.reverse else self.source.next()
            else:
                found = 1
            self.need_step = False
            if not found:
                self.done = True
                break
            self.take_leaf(self.source, ask)
        return 0

    cdef int take_leaf(self, BtreeCursor cursor, uint32_t ask) except -1 nogil:
        """Pushes the rows from the cursor to the end of its leaf, at most up to `ask` lanes."""
        cdef Page* page = cursor.pages[cursor.depth]
        cdef const uint8_t* data = page.data
        cdef const uint8_t* end = data + self.pager.usable
        cdef const uint8_t* pointers = data + (108 if page.pgno == 1 else 8)
        cdef const uint8_t* p
        cdef int i = cursor.idx[cursor.depth]
        cdef int n_cells = cursor.n_cells
        cdef int step = -1 if self.reverse else 1
        cdef int used
        cdef uint64_t n_payload, rowid
        cdef CellInfo info
        cdef uint32_t lane
        self.pin(cursor)
        while 0 <= i < n_cells and self.n_lanes < ask:
            p = data + ((<uint32_t>pointers[2 * i] << 8) | pointers[2 * i + 1])
            used = get_varint(p, end, &n_payload)
            if used and n_payload <= self.max_local:
                p += used
                used = get_varint(p, end, &rowid)
                p += used
            if used and n_payload <= self.max_local and n_payload <= <uint64_t>(end - p):
                if not self.min_rowid <= <int64_t>rowid <= self.max_rowid:
                    self.done = True
                    break
                lane = self.n_lanes
                self.rec[lane] = p
                self.rec_n[lane] = <uint32_t>n_payload
                self.rowids[lane] = <int64_t>rowid
                self.n_lanes += 1
            else:
                # Overflowing or not as it should be: the cursor's own parser checks everything.
                cursor.leaf_cell(<uint16_t>i, &info)
                if not self.min_rowid <= info.rowid <= self.max_rowid:
                    self.done = True
                    break
                self.push(&info)
            i += step
        cursor.idx[cursor.depth] = <uint16_t>(i - step)
        self.need_step = True
        return 0

    cdef int close(self) except -1 nogil:
        self.release()
        self.started = self.done = False
        return self.source.close()
