"""IndexAccess: rows by an index tree: equality on leading columns, a range on the next one, or the whole index in its order.

    eq = (a = 1, b IN (2, 3))   range c > 5        index (a, b, c)
    walks:  [1, 2, >5 ..]  then  [1, 3, >5 ..]     one walk per combination of keys, in index order

    skip 1, eq = (b = 2)        walks:  [1, 2]  then  [4, 2] ...     the values of the skipped columns are read off the tree
    skip 1, first only          one entry of each value of a

No input; keys are expressions over parameters and outer registers, evaluated at `open`. Output: the needed columns, decoded from the index
record (covering) or from the row that it leads to (by rowid, or by primary key for a WITHOUT ROWID table). Order: index order, or
reversed. Streaming. Equality with NULL matches nothing unless asked for (IS); a range without lower bound skips NULLs.

Within a leaf the end of a walk is found by galloping, so a long range compares a few entries a page, not each.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset
from pumice.exec.context cimport ExecContext
from pumice.exec.expr.expr cimport Expr
from pumice.exec.operators.key_values cimport KeySet, keep_text
from pumice.exec.operators.operator cimport ExprList, eval_single
from pumice.exec.operators.row_source cimport MAX_OVERFLOW, RowSource
from pumice.exec.vector.vector cimport BATCH_MAX
from pumice.memory cimport Arena, arena_free, arena_init, arena_reset, mem_free, mem_zalloc
from pumice.storage.btree.btree cimport BtreeCursor, CellInfo
from pumice.storage.pager.pager cimport Page
from pumice.storage.record.record cimport decode_serial_unchecked, get_varint, serial_size
from pumice.storage.record.utf cimport stored_to_utf8
from pumice.values cimport TAG_NULL, TAG_TEXT, Value

from pumice import errors

cdef enum:
    LEAF_INDEX = 10             # page type byte

cdef enum:
    FETCH_NONE = 0              # covering: the index record is the row
    FETCH_ROWID = 1
    FETCH_KEY = 2               # by the primary key of a WITHOUT ROWID table


cdef int raise_missing_row() except -1 nogil:
    with gil:
        raise errors.corrupt("index entry without a row", 0)


cdef class IndexAccess(RowSource):
    cdef BtreeCursor index
    cdef BtreeCursor table              # None when covering
    cdef int fetch
    cdef bint reverse
    cdef tuple key_sets                 # KeySets of the equality columns
    cdef PyObject** c_keys              # owned array, borrowed from key_sets
    cdef uint32_t* set_at               # owned; the first column of each
    cdef uint32_t n_skip                # columns before those of key_sets: each combination of their values is walked
    cdef uint32_t n_sets
    cdef uint32_t n_fixed               # n_skip, and the columns of all sets
    cdef uint32_t* key_at               # owned; the current combination
    cdef Value* start_key               # owned; n_fixed, and one or more for the range
    cdef Value* end_key                 # owned; likewise
    cdef ExprList start, end            # the range's two ends in the order of the walk, a value for each of the columns there
    cdef bint start_inclusive, end_inclusive
    cdef bint start_taken, end_taken    # the same for the current values
    cdef bint start_null, end_null      # that end is "not NULL"
    cdef uint32_t n_start, n_end        # values in start_key, end_key
    cdef Arena bound_arena              # owned; text of the range's ends
    cdef Arena skip_arena               # owned; text of the skipped columns' values
    cdef bint first_only                # of each values of skipped columns one entry is enough
    cdef bint at_start                  # no values of skipped columns have been read yet
    cdef bint skipping                  # the walks for the current values are done
    cdef bint seeking                   # the current combination's walk has not begun
    cdef bint need_step
    cdef bint done
    cdef uint32_t max_local
    cdef int32_t* key_of                # owned; FETCH_KEY: index record position -> primary key position or -1
    cdef uint32_t n_key_of
    cdef uint32_t n_primary
    cdef Value* primary                 # owned

    def __cinit__(self, *args, **kwargs):
        self.c_keys = NULL
        self.set_at = NULL
        self.key_at = NULL
        self.start_key = self.end_key = self.primary = NULL
        self.key_of = NULL
        arena_init(&self.bound_arena)
        arena_init(&self.skip_arena)

    def __init__(self, node, ExecContext ctx, BtreeCursor index, BtreeCursor table, list primary, list outputs, list filter, bint reverse,
                 key_sets, list lower, bint lower_inclusive, list upper, bint upper_inclusive, bint descending, bint not_null=False,
                 uint32_t n_skip=0, bint first_only=False):
        """`primary`: index record position of each primary key column (FETCH_KEY), else None. `descending`: the range column is stored so."""
        cdef uint32_t i
        self.ctx = ctx
        self.index = index
        self.table = table
        self.fetch = FETCH_NONE if table is None else FETCH_ROWID if primary is None else FETCH_KEY
        self.reverse = reverse
        self.make_source(node, outputs, filter)
        self.attach(index if table is None else table)
        self.max_local = (self.pager.usable - 12) * 64 // 255 - 23
        self.key_sets = tuple(key_sets)
        self.n_sets = <uint32_t>len(self.key_sets)
        self.c_keys = <PyObject**>mem_zalloc(self.n_sets, sizeof(PyObject*))
        self.set_at = <uint32_t*>mem_zalloc(self.n_sets, sizeof(uint32_t))
        self.key_at = <uint32_t*>mem_zalloc(self.n_sets, sizeof(uint32_t))
        self.n_skip = self.n_fixed = n_skip
        self.first_only = first_only
        for i in range(self.n_sets):
            if not isinstance(self.key_sets[i], KeySet):
                raise TypeError("key_sets holds KeySets")
            self.c_keys[i] = <PyObject*>self.key_sets[i]
            self.set_at[i] = self.n_fixed
            self.n_fixed += (<KeySet>self.key_sets[i]).width
        self.start_key = <Value*>mem_zalloc(self.n_fixed + 1 + len(lower) + len(upper), sizeof(Value))
        self.end_key = <Value*>mem_zalloc(self.n_fixed + 1 + len(lower) + len(upper), sizeof(Value))
        skip_null = not lower and (upper or not_null)
        if descending == reverse:
            self.start, self.end = ExprList(lower), ExprList(upper)
            self.start_inclusive, self.end_inclusive = lower_inclusive, upper_inclusive
            self.start_null = skip_null
        else:
            self.start, self.end = ExprList(upper), ExprList(lower)
            self.start_inclusive, self.end_inclusive = upper_inclusive, lower_inclusive
            self.end_null = skip_null
        if self.fetch == FETCH_KEY:
            self.n_primary = <uint32_t>len(primary)
            self.primary = <Value*>mem_zalloc(self.n_primary, sizeof(Value))
            self.n_key_of = max(primary) + 1
            self.key_of = <int32_t*>mem_zalloc(self.n_key_of, sizeof(int32_t))
            for i in range(self.n_key_of):
                self.key_of[i] = primary.index(i) if i in primary else -1

    def __dealloc__(self):
        mem_free(self.c_keys)
        mem_free(self.set_at)
        mem_free(self.key_at)
        mem_free(self.start_key)
        mem_free(self.end_key)
        mem_free(self.primary)
        mem_free(self.key_of)
        arena_free(&self.bound_arena)
        arena_free(&self.skip_arena)

    # ---- keys

    cdef int open(self) except -1 nogil:
        cdef uint32_t i
        self.release()
        self.done = False
        self.seeking = True
        self.need_step = False
        self.at_start = self.skipping = self.n_skip > 0
        for i in range(self.n_sets):
            self.key_at[i] = 0
            (<KeySet>self.c_keys[i]).load()
            if (<KeySet>self.c_keys[i]).n == 0:
                self.done = True
                return 0
        arena_reset(&self.bound_arena)
        self.n_start = self.n_fixed + self.load_bound(self.start, self.start_null, &self.start_key[self.n_fixed])
        self.start_taken = self.start_inclusive or self.n_start < self.n_fixed + self.start.n
        self.n_end = self.n_fixed + self.load_bound(self.end, self.end_null, &self.end_key[self.n_fixed])
        self.end_taken = self.end_inclusive or self.n_end < self.n_fixed + self.end.n
        self.load_combination()
        return 0

    cdef int load_bound(self, ExprList exprs, bint null, Value* out) except -1 nogil:
        """Values of one end; how many they are. `null`: the end is NULL itself."""
        cdef uint32_t i
        if exprs.n == 0 and null:
            out.tag = TAG_NULL
            return 1
        for i in range(exprs.n):
            eval_single(<Expr>exprs.items[i], &out[i])
            if out[i].tag == TAG_NULL:
                if i == 0:
                    self.done = True        # a comparison with NULL is never true
                return i                    # ... but (a, b) > (1, NULL) is for a > 1
            keep_text(&out[i], &self.bound_arena)
        return exprs.n

    cdef void load_combination(self) noexcept nogil:
        cdef uint32_t i
        for i in range(self.n_sets):
            (<KeySet>self.c_keys[i]).get(self.key_at[i], &self.start_key[self.set_at[i]])
        for i in range(self.n_skip, self.n_fixed):
            self.end_key[i] = self.start_key[i]

    cdef void next_combination(self) noexcept nogil:
        """The walk ended: to the next combination of equality keys, the last column fastest."""
        cdef int64_t i = <int64_t>self.n_sets - 1
        while i >= 0:
            self.key_at[i] += 1
            if self.key_at[i] < (<KeySet>self.c_keys[i]).n:
                self.seeking = True
                self.load_combination()
                return
            self.key_at[i] = 0
            i -= 1
        if self.n_skip:
            self.skipping = self.seeking = True
            self.load_combination()
        else:
            self.done = True

    cdef int next_skipped(self) except -1 nogil:
        """To the next values of the skipped columns, read from the first entry that has them; 0 when there are none."""
        cdef int order = 0
        cdef int found
        cdef uint32_t i
        cdef uint64_t header, serial, body, size
        cdef const uint8_t* record
        cdef const uint8_t* q
        cdef const uint8_t* end
        cdef int used
        cdef CellInfo info
        if self.at_start:
            found = self.index.last() if self.reverse else self.index.first()
            self.at_start = False
        elif not self.index.seek_key(self.start_key, self.n_skip, -1 if self.reverse else 1, &order):
            return 0
        elif self.reverse:
            found = self.index.prev() if order >= 0 else 1
        else:
            found = self.index.next() if order <= 0 else 1
        if not found:
            return 0
        self.index.cell(&info)
        arena_reset(&self.skip_arena)
        record = info.payload
        if info.n_local < info.n_payload:
            record = self.index.payload(&info, &self.skip_arena)
        used = get_varint(record, record + info.n_payload, &header)
        if used == 0 or header > info.n_payload:
            return raise_missing_row()
        q = record + used
        end = record + header
        body = header
        for i in range(self.n_skip):
            used = get_varint(q, end, &serial)
            if used == 0:
                return raise_missing_row()
            q += used
            size = serial_size(serial)
            if body + size > info.n_payload:
                return raise_missing_row()
            decode_serial_unchecked(serial, record + body, &self.start_key[i])
            if self.start_key[i].tag == TAG_TEXT:
                stored_to_utf8(&self.start_key[i], self.encoding, &self.skip_arena)
            keep_text(&self.start_key[i], &self.skip_arena)
            self.end_key[i] = self.start_key[i]
            body += size
        return 1

    # ---- walking

    cdef int seek(self) except -1 nogil:
        """To the first entry of the walk; 0 when the tree ends before it."""
        cdef int order = 0
        cdef bint inclusive = self.start_taken if self.n_start > self.n_fixed else True
        if self.n_start == 0:
            return self.index.last() if self.reverse else self.index.first()
        if not self.reverse:
            if not self.index.seek_key(self.start_key, self.n_start, -1 if inclusive else 1, &order):
                return 0
            return self.index.next() if order < 0 or (order == 0 and not inclusive) else 1
        if not self.index.seek_key(self.start_key, self.n_start, 1 if inclusive else -1, &order):
            return 0
        return self.index.prev() if order > 0 or (order == 0 and not inclusive) else 1

    cdef int within(self) except -1 nogil:
        """The cursor's entry is not past the walk's end."""
        cdef int order = 0
        if self.n_end == 0:
            return 1
        self.index.compare_key(self.end_key, self.n_end, &order)
        if order == 0:
            return 1 if self.n_end == self.n_fixed or self.end_taken else 0
        return 1 if (order > 0) == self.reverse else 0

    cdef int fill(self, uint32_t ask) except -1 nogil:
        cdef int found
        cdef CellInfo info
        while self.n_lanes < ask and not self.done and self.n_pins < self.max_pins and self.n_overflow < MAX_OVERFLOW:
            if self.skipping:
                self.skipping = False
                if not self.next_skipped():
                    self.done = True
                    break
                if self.first_only:
                    self.pin(self.index)
                    self.index.cell(&info)
                    self.push(&info)
                    self.skipping = True
                    continue
            if self.seeking:
                found = self.seek()
                self.seeking = False
            elif self.need_step:
                found = self.index.prev() if self.reverse else self.index.next()
            else:
                found = 1
            self.need_step = False
            if not found:
                self.next_combination()
                continue
            self.take_run(self.index, ask)
        return 0

    cdef int take_run(self, BtreeCursor index, uint32_t ask) except -1 nogil:
        """Takes entries from the cursor on, within its page and the walk, at most up to `ask` lanes."""
        cdef Page* page = index.pages[index.depth]
        cdef bint leaf = page.data[100 if page.pgno == 1 else 0] == LEAF_INDEX
        cdef int step = -1 if self.reverse else 1
        cdef int first = index.idx[index.depth]
        cdef int room = <int>(ask - self.n_lanes)
        cdef int left = first + 1 if self.reverse else index.n_cells - first
        cdef int n, i
        cdef CellInfo info
        if room > <int>(self.max_pins - self.n_pins) and self.fetch != FETCH_NONE:
            room = <int>(self.max_pins - self.n_pins)
        if not leaf:
            left = 1
        n = self.count_within(index, first, step, left if left < room else room)
        index.idx[index.depth] = <uint16_t>(first + step * (n - 1) if n else first)
        self.need_step = True
        if n < left and n < room:
            self.next_combination()
        if n == 0:
            return 0
        if self.fetch == FETCH_NONE:
            self.pin(index)
        if not leaf:
            index.cell(&info)
            return self.take(index, &info)
        for i in range(n):
            self.read_leaf(index, page, <uint16_t>(first + step * i), &info)
            self.take(index, &info)
        return 0

    cdef int count_within(self, BtreeCursor index, int first, int step, int limit) except -1 nogil:
        """How many of the next `limit` entries belong to the walk: gallops, then halves."""
        cdef int good = 0           # entries known to be within
        cdef int bad = limit + 1    # number of entries known to be too many
        cdef int jump = 1
        cdef int probe
        if self.n_end == 0:
            return limit
        while good < limit and bad > limit:
            probe = good + jump if good + jump < limit else limit
            index.idx[index.depth] = <uint16_t>(first + step * (probe - 1))
            if self.within():
                good = probe
                jump *= 2
            else:
                bad = probe
        while bad <= limit and bad - good > 1:
            probe = (good + bad) // 2
            index.idx[index.depth] = <uint16_t>(first + step * (probe - 1))
            if self.within():
                good = probe
            else:
                bad = probe
        return good

    cdef int read_leaf(self, BtreeCursor index, Page* page, uint16_t i, CellInfo* info) except -1 nogil:
        cdef const uint8_t* data = page.data
        cdef const uint8_t* end = data + self.pager.usable
        cdef const uint8_t* pointer = data + (108 if page.pgno == 1 else 8) + 2 * i
        cdef const uint8_t* p = data + ((<uint32_t>pointer[0] << 8) | pointer[1])
        cdef uint64_t n_payload
        cdef int used = get_varint(p, end, &n_payload)
        if used and n_payload <= self.max_local and n_payload <= <uint64_t>(end - p - used):
            info.rowid = 0
            info.payload = p + used
            info.n_payload = info.n_local = <uint32_t>n_payload
            info.overflow = 0
            return 0
        return index.leaf_cell(i, info)

    # ---- from an entry to a row

    cdef int take(self, BtreeCursor index, CellInfo* info) except -1 nogil:
        cdef const uint8_t* record
        if self.fetch == FETCH_NONE:
            return self.push(info)
        record = info.payload
        if info.n_local < info.n_payload:
            record = index.payload(info, &self.arena)
        if self.fetch == FETCH_ROWID:
            return self.take_rowid(record, info.n_payload)
        return self.take_key(self.table, record, info.n_payload)

    cdef int take_rowid(self, const uint8_t* record, uint32_t n) except -1 nogil:
        """The row whose rowid ends the index record. Its serial type is the header's last byte: integers have one-byte types."""
        cdef uint64_t header = 0
        cdef uint32_t serial, size
        cdef Value v
        if get_varint(record, record + n, &header) == 0 or header > n or header < 2:
            return raise_missing_row()
        serial = record[header - 1]
        size = <uint32_t>serial_size(serial)
        if serial == 0 or serial > 9 or serial == 7 or header + size > n:
            return raise_missing_row()
        decode_serial_unchecked(serial, record + n - size, &v)
        if not self.push_rowid(v.num.i):
            return raise_missing_row()
        return 0

    cdef int take_key(self, BtreeCursor table, const uint8_t* record, uint32_t n) except -1 nogil:
        cdef uint64_t header = 0, serial, body, size
        cdef const uint8_t* q
        cdef uint32_t i
        cdef int used = get_varint(record, record + n, &header)
        cdef int order = 1
        cdef CellInfo info
        if used == 0 or header > n:
            return raise_missing_row()
        q = record + used
        body = header
        for i in range(self.n_key_of):
            used = get_varint(q, record + header, &serial)
            if used == 0:
                return raise_missing_row()
            q += used
            size = serial_size(serial)
            if body + size > n:
                return raise_missing_row()
            if self.key_of[i] >= 0:
                decode_serial_unchecked(serial, record + body, &self.primary[self.key_of[i]])
                self.to_utf8(&self.primary[self.key_of[i]])
            body += size
        if not table.seek_key(self.primary, self.n_primary, 0, &order) or order != 0:
            return raise_missing_row()
        table.cell(&info)
        self.pin(table)
        return self.push(&info)

    cdef int close(self) except -1 nogil:
        cdef uint32_t i
        self.release()
        self.done = True
        for i in range(self.n_sets):
            (<KeySet>self.c_keys[i]).clear()
        self.index.close()
        if self.fetch != FETCH_NONE:
            self.table.close()
        return 0
