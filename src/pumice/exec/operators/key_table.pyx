"""KeyTable: hash table of key rows; see key_table.pxd.

The hash of an INTEGER is a bijection of its 64 bits (odd multiplication, xor with its high half), so equal hashes mean equal integers.
A REAL with an integral value hashes as that integer. Slots hold the whole hash: a probe touches a key only on a 64-bit match.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stddef cimport size_t
from libc.string cimport memcmp, memcpy, memset
from pumice.exec.operators.row_store cimport RowStore, store_get
from pumice.exec.vector.vector cimport BATCH_MAX, Vector, vec_get
from pumice.memory cimport arena_alloc, mem_alloc, mem_free, mem_zalloc
from pumice.storage.record.key_info cimport Collation, CollateFn, compare_values
from pumice.values cimport MASK_INT, MASK_REAL, TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value

cdef enum:
    FIRST_SLOTS = 64
cdef uint64_t MIX = <uint64_t>0x9E3779B97F4A7C15
cdef int64_t MIX_REAL = 0x5555555555555555      # keeps reals off the integers' hashes
cdef uint64_t MIX_NULL = <uint64_t>0x51ED270B9F3C4A61


cdef dict _FOLDS = {"NOCASE": FOLD_NOCASE, "RTRIM": FOLD_RTRIM, "BINARY": FOLD_UTF16}      # built-in collations with a function


cdef class CollationList:
    def __cinit__(self, collations):
        cdef uint32_t i
        cdef Collation c
        self.fns = NULL
        self.contexts = NULL
        self.folds = NULL
        self.collations = tuple(collations)
        self.n = <uint32_t>len(self.collations)
        self.fns = <CollateFn*>mem_zalloc(self.n, sizeof(CollateFn))
        self.contexts = <void**>mem_zalloc(self.n, sizeof(void*))
        self.folds = <uint8_t*>mem_zalloc(self.n, 1)
        for i in range(self.n):
            c = self.collations[i]
            if c is None or c.fn == NULL:
                continue
            self.fns[i] = c.fn
            self.contexts[i] = c.context
            self.folds[i] = FOLD_OTHER
            if c.callback is None:
                self.folds[i] = _FOLDS[c.name]

    def __dealloc__(self):
        mem_free(self.fns)
        mem_free(self.contexts)
        mem_free(self.folds)


cdef inline uint64_t hash_int(int64_t i) noexcept nogil:
    cdef uint64_t h = <uint64_t>i * MIX
    return h ^ (h >> 32)


cdef inline uint64_t hash_bytes(const uint8_t* p, uint32_t n, uint64_t h) noexcept nogil:
    cdef uint64_t w
    h ^= <uint64_t>n * MIX
    while n >= 8:
        memcpy(&w, p, 8)
        h = (h ^ w) * MIX
        h ^= h >> 29
        p += 8
        n -= 8
    if n:
        w = 0
        memcpy(&w, p, n)
        h = (h ^ w) * MIX
    return h ^ (h >> 32)


cdef uint64_t hash_nocase(const uint8_t* p, uint32_t n) noexcept nogil:
    cdef uint64_t h = n
    cdef uint32_t i
    cdef uint8_t c
    for i in range(n):
        c = p[i]
        if c == 0:
            break               # NOCASE compares no further than a NUL; the length is in already
        if c >= 65 and c <= 90:
            c += 32
        h = (h ^ c) * MIX
        h ^= h >> 29
    return h


cdef inline uint64_t hash_value(uint8_t tag, int64_t num, const uint8_t* p, uint32_t size, uint8_t fold) noexcept nogil:
    cdef double r
    if tag == TAG_INT:
        return hash_int(num)
    if tag == TAG_NULL:
        return MIX_NULL
    if tag == TAG_REAL:
        memcpy(&r, &num, 8)
        if r >= -9223372036854775808.0 and r < 9223372036854775808.0 and <double><int64_t>r == r:
            return hash_int(<int64_t>r)
        return hash_int(num ^ MIX_REAL)
    if tag == TAG_BLOB:
        return hash_bytes(p, size, 77)
    if fold == FOLD_BINARY or fold == FOLD_UTF16:
        return hash_bytes(p, size, 11)
    if fold == FOLD_NOCASE:
        return hash_nocase(p, size)
    if fold == FOLD_RTRIM:
        while size > 0 and p[size - 1] == 32:
            size -= 1
        return hash_bytes(p, size, 11)
    return 11


cdef class KeyTable:
    def __cinit__(self, CollationList collations):
        self.slots = NULL
        self.hashes = NULL
        self.new_lanes = NULL
        self.collations = collations
        self.n_keys = collations.n
        self.keys = RowStore(self.n_keys)
        self.hashes = <uint64_t*>mem_alloc(BATCH_MAX, sizeof(uint64_t))
        self.new_lanes = <uint16_t*>mem_alloc(BATCH_MAX, sizeof(uint16_t))
        self.int_only = self.n_keys == 1
        self.slot_mask = 0

    def __dealloc__(self):
        mem_free(self.slots)
        mem_free(self.hashes)
        mem_free(self.new_lanes)

    cdef void clear(self) noexcept nogil:
        self.keys.clear()
        mem_free(self.slots)
        self.slots = NULL
        self.slot_mask = 0
        self.int_only = self.n_keys == 1

    cdef size_t size_bytes(self) noexcept nogil:
        return self.keys.size_bytes() + (<size_t>self.slot_mask + 1) * sizeof(KeySlot)

    cdef int hash_lanes(self, Vector** cols, const uint16_t* sel, uint32_t n) except -1 nogil:
        cdef uint32_t k, c, lane
        cdef uint64_t h
        cdef uint64_t* hashes = self.hashes
        cdef Vector* v
        cdef uint8_t fold
        for c in range(self.n_keys):
            v = cols[c]
            fold = self.collations.folds[c]
            if c == 0:
                if v.mask == MASK_INT and v.lane_mask != 0:
                    if sel == NULL:
                        for k in range(n):
                            hashes[k] = hash_int(v.num[k].i)
                    else:
                        for k in range(n):
                            hashes[k] = hash_int(v.num[sel[k]].i)
                else:
                    for k in range(n):
                        lane = (k if sel == NULL else sel[k]) & v.lane_mask
                        hashes[k] = hash_value(v.tag[lane], v.num[lane].i, v.num[lane].p, v.size[lane], fold)
            else:
                for k in range(n):
                    lane = (k if sel == NULL else sel[k]) & v.lane_mask
                    h = hashes[k] * MIX
                    hashes[k] = ((h << 23) | (h >> 41)) ^ hash_value(v.tag[lane], v.num[lane].i, v.num[lane].p, v.size[lane], fold)
        if self.n_keys > 1:
            for k in range(n):
                h = hashes[k] * MIX
                hashes[k] = h ^ (h >> 32)
        elif self.n_keys == 0:
            memset(hashes, 0, n * sizeof(uint64_t))
        return 0

    cdef int grow(self, uint32_t n_more) except -1 nogil:
        """Makes room for `n_more` entries at a load of at most one half."""
        cdef uint64_t wanted = (<uint64_t>self.keys.n_rows + n_more) * 2
        cdef uint64_t cap = <uint64_t>self.slot_mask + 1 if self.slots != NULL else FIRST_SLOTS
        cdef KeySlot* fresh
        cdef uint32_t i, at, mask
        if self.slots != NULL and wanted <= cap:
            return 0
        while cap < wanted:
            cap *= 2
        if cap >> 31:
            with gil:
                raise MemoryError("hash table too large")
        fresh = <KeySlot*>mem_zalloc(cap, sizeof(KeySlot))
        mask = <uint32_t>(cap - 1)
        if self.slots != NULL:
            for i in range(self.slot_mask + 1):
                if self.slots[i].entry:
                    at = <uint32_t>self.slots[i].hash & mask
                    while fresh[at].entry:
                        at = (at + 1) & mask
                    fresh[at] = self.slots[i]
        mem_free(self.slots)
        self.slots = fresh
        self.slot_mask = mask
        return 0

    cdef bint same_key(self, uint32_t entry, Vector** cols, uint32_t lane, bint* failed) noexcept nogil:
        cdef uint32_t c, i, at = entry & 1023
        cdef Vector* chunk = self.keys.chunks[entry >> 10]
        cdef Vector* v
        cdef Vector* key
        cdef uint8_t tag
        cdef Value a, b
        cdef int order
        for c in range(self.n_keys):
            v = cols[c]
            key = &chunk[c]
            i = lane & v.lane_mask
            tag = v.tag[i]
            if tag == key.tag[at]:
                if tag == TAG_INT:
                    if v.num[i].i != key.num[at].i:
                        return False
                    continue
                if tag == TAG_NULL:
                    continue
                if tag == TAG_BLOB or (tag == TAG_TEXT and self.collations.fns[c] == NULL):
                    if v.size[i] != key.size[at] or memcmp(v.num[i].p, key.num[at].p, v.size[i]) != 0:
                        return False
                    continue
            elif self.exact:
                return False
            vec_get(v, i, &a)
            vec_get(key, at, &b)
            order = compare_values(&a, &b, self.collations.fns[c], self.collations.contexts[c])
            if order == -2:
                failed[0] = True
            if order != 0:
                return False
        return True

    cdef int insert(self, Vector** cols, const uint16_t* sel, uint32_t n, uint32_t* entries, uint8_t* is_new) except -1 nogil:
        cdef uint32_t k, at, lane, n_new = 0
        cdef uint32_t n_rows
        cdef uint64_t h
        cdef KeySlot* slots
        cdef bint failed = False
        cdef bint added
        self.grow(n)
        self.hash_lanes(cols, sel, n)
        slots = self.slots
        if self.int_only and cols[0].mask == MASK_INT:
            n_rows = self.keys.n_rows
            for k in range(n):
                h = self.hashes[k]
                at = <uint32_t>h & self.slot_mask
                while slots[at].entry and slots[at].hash != h:
                    at = (at + 1) & self.slot_mask
                added = slots[at].entry == 0
                if added:
                    slots[at].hash = h
                    slots[at].entry = n_rows + n_new + 1
                    self.new_lanes[n_new] = <uint16_t>(k if sel == NULL else sel[k])
                    n_new += 1
                entries[k] = slots[at].entry - 1
                if is_new != NULL:
                    is_new[k] = added
            if n_new:
                self.keys.append(cols, self.new_lanes, n_new)
            return 0
        self.int_only = False
        for k in range(n):
            h = self.hashes[k]
            lane = k if sel == NULL else sel[k]
            at = <uint32_t>h & self.slot_mask
            while slots[at].entry and (slots[at].hash != h or not self.same_key(slots[at].entry - 1, cols, lane, &failed)):
                at = (at + 1) & self.slot_mask
            if failed:
                return -1
            added = slots[at].entry == 0
            if added:
                self.keys.append_lane(cols, lane)
                slots[at].hash = h
                slots[at].entry = self.keys.n_rows
            entries[k] = slots[at].entry - 1
            if is_new != NULL:
                is_new[k] = added
        return 0

    cdef int find(self, Vector** cols, const uint16_t* sel, uint32_t n, uint32_t* entries) except -1 nogil:
        cdef uint32_t k, at, lane
        cdef uint64_t h
        cdef KeySlot* slots = self.slots
        cdef bint failed = False
        if slots == NULL:
            for k in range(n):
                entries[k] = NO_ENTRY
            return 0
        self.hash_lanes(cols, sel, n)
        if self.int_only and cols[0].mask == MASK_INT:
            for k in range(n):
                h = self.hashes[k]
                at = <uint32_t>h & self.slot_mask
                while slots[at].entry and slots[at].hash != h:
                    at = (at + 1) & self.slot_mask
                entries[k] = slots[at].entry - 1        # a free slot gives NO_ENTRY
            return 0
        for k in range(n):
            h = self.hashes[k]
            lane = k if sel == NULL else sel[k]
            at = <uint32_t>h & self.slot_mask
            while slots[at].entry and (slots[at].hash != h or not self.same_key(slots[at].entry - 1, cols, lane, &failed)):
                at = (at + 1) & self.slot_mask
            if failed:
                return -1
            entries[k] = slots[at].entry - 1
        return 0

    cdef int overwrite(self, Vector** cols, const uint16_t* sel, uint32_t n, const uint32_t* entries, const uint8_t* is_new) except -1 nogil:
        cdef uint32_t k, c, lane, at, numbers
        cdef uint32_t* masks = self.keys.masks
        cdef Vector* v
        cdef Vector* key
        cdef uint8_t* p
        cdef uint8_t tag
        for c in range(self.n_keys):
            v = cols[c]
            numbers = (v.mask | self.keys.masks[c]) & (MASK_INT | MASK_REAL)
            if numbers != (MASK_INT | MASK_REAL) and numbers != MASK_REAL and self.collations.folds[c] == FOLD_BINARY:
                continue        # equal keys are identical
            for k in range(n):
                if is_new[k]:
                    continue
                lane = (k if sel == NULL else sel[k]) & v.lane_mask
                key = &self.keys.chunks[entries[k] >> 10][c]
                at = entries[k] & 1023
                tag = v.tag[lane]
                if tag == TAG_TEXT:
                    if v.size[lane] == key.size[at] and memcmp(v.num[lane].p, key.num[at].p, v.size[lane]) == 0:
                        continue
                    p = arena_alloc(&self.keys.arena, v.size[lane])
                    memcpy(p, v.num[lane].p, v.size[lane])
                    key.num[at].p = p
                    key.size[at] = v.size[lane]
                elif tag == TAG_INT or tag == TAG_REAL:
                    key.tag[at] = tag
                    key.num[at] = v.num[lane]
                    key.mask |= <uint32_t>1 << tag
                    masks[c] |= <uint32_t>1 << tag
        return 0
