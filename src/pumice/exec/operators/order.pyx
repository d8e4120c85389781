"""Ordering rows of a RowStore; see order.pxd.

Each row becomes an item of 16 bytes: the class of its first key (NULL, number, text, blob, in output order), 8 bytes of that key in an order
that integer comparison keeps (int64 with the sign flipped, ordered double bits, the first 8 bytes of a text), and the row number.

- Keys that fit their 8 bytes exactly (a column of INTEGERs, or of REALs, with NULLs or not) are sorted by LSD radix, last key first,
  byte columns that do not vary skipped: linear, no comparisons.
- Otherwise a merge sort compares items first and looks at the rows only on ties.
Both are stable.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from pumice.exec.operators.key_table cimport FOLD_BINARY, FOLD_NOCASE, FOLD_OTHER, FOLD_RTRIM, FOLD_UTF16, CollationList
from pumice.exec.operators.row_store cimport CHUNK_LANES, CHUNK_SHIFT, RowStore
from pumice.exec.vector.vector cimport Vector, vec_get
from pumice.memory cimport mem_alloc, mem_free, mem_zalloc
from pumice.storage.record.key_info cimport compare_values
from pumice.values cimport (MASK_BLOB, MASK_INT, MASK_NULL, MASK_REAL, MASK_TEXT, TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value)

cdef enum:
    RADIX_MIN = 128             # rows; below this the merge sort is as fast
    RUN = 8                     # rows sorted by insertion before merging

cdef uint64_t SIGN = <uint64_t>1 << 63


cdef inline uint64_t ordered_double(double r) noexcept nogil:
    cdef uint64_t bits
    if r == 0:
        r = 0.0                 # -0.0 equals 0.0
    memcpy(&bits, &r, 8)
    return ~bits if bits & SIGN else bits | SIGN


cdef inline uint64_t text_prefix(const uint8_t* p, uint32_t n, uint8_t fold) noexcept nogil:
    cdef uint64_t key = 0
    cdef uint32_t i
    cdef uint8_t c
    if fold == FOLD_OTHER or fold == FOLD_UTF16:
        return 0
    if fold == FOLD_RTRIM:
        while n > 0 and p[n - 1] == 32:
            n -= 1
    for i in range(8):
        c = p[i] if i < n else 0
        if fold == FOLD_NOCASE:
            if c == 0:
                n = i           # NOCASE compares no further than a NUL
            elif c >= 65 and c <= 90:
                c += 32
        key = (key << 8) | c
    return key


cdef inline void fill_item(Vector* v, uint32_t lane, bint mixed, uint8_t fold, uint64_t flip, uint32_t null_cls, Item* item) noexcept nogil:
    """Class and prefix of one key. `mixed`: INTEGERs and REALs occur; `flip`: all ones when descending."""
    cdef uint8_t tag = v.tag[lane]
    cdef uint32_t cls
    cdef uint64_t key
    if tag == TAG_NULL:
        item.cls = null_cls
        item.key = 0
        return
    if tag == TAG_INT:
        cls = 1
        if mixed:
            # Monotone, not exact: ties are decided on the rows.
            key = ordered_double(<double>v.num[lane].i)
        else:
            key = <uint64_t>v.num[lane].i ^ SIGN
    elif tag == TAG_REAL:
        cls = 1
        key = ordered_double(v.num[lane].r)
    elif tag == TAG_TEXT:
        cls = 2
        key = text_prefix(v.num[lane].p, v.size[lane], fold)
    else:
        cls = 3
        key = text_prefix(v.num[lane].p, v.size[lane], FOLD_BINARY)
    item.cls = 5 - cls if flip else cls
    item.key = key ^ flip


cpdef Ordering make_ordering(cols, desc, nulls_first, collations):
    """Args: per key, the store's column, descending?, NULLs first?, a Collation (or None)."""
    cdef Ordering o = Ordering()
    cdef uint32_t i
    o.n = <uint32_t>len(cols)
    o.cols = <uint32_t*>mem_zalloc(o.n, sizeof(uint32_t))
    o.desc = <uint8_t*>mem_zalloc(o.n, 1)
    o.nulls_last = <uint8_t*>mem_zalloc(o.n, 1)
    o.collations = CollationList(collations)
    for i in range(o.n):
        o.cols[i] = cols[i]
        o.desc[i] = 1 if desc[i] else 0
        o.nulls_last[i] = 0 if nulls_first[i] else 1
    return o


cdef class Ordering:
    def __cinit__(self):
        self.cols = NULL
        self.desc = NULL
        self.nulls_last = NULL

    def __dealloc__(self):
        mem_free(self.cols)
        mem_free(self.desc)
        mem_free(self.nulls_last)

    cdef int compare_values_at(self, Value* a, Value* b, uint32_t i) noexcept nogil:
        cdef int order
        if a.tag == TAG_NULL or b.tag == TAG_NULL:
            if a.tag == b.tag:
                return 0
            order = -1 if a.tag == TAG_NULL else 1
            return -order if self.nulls_last[i] else order
        if self.failed:
            return 0            # no more calls of a collation with its error pending
        order = compare_values(a, b, self.collations.fns[i], self.collations.contexts[i])
        if order == -2:
            self.failed = True
            return 0
        return -order if self.desc[i] else order

    cdef int compare_rows(self, RowStore store, uint32_t a, uint32_t b, uint32_t first) noexcept nogil:
        """Sign of row a against row b in output order, by the keys from `first` on."""
        cdef uint32_t i
        cdef Value x, y
        cdef int order
        cdef Vector* va
        cdef Vector* vb
        for i in range(first, self.n):
            va = &store.chunks[a >> CHUNK_SHIFT][self.cols[i]]
            vb = &store.chunks[b >> CHUNK_SHIFT][self.cols[i]]
            vec_get(va, a & CHUNK_LANES, &x)
            vec_get(vb, b & CHUNK_LANES, &y)
            order = self.compare_values_at(&x, &y, i)
            if order != 0:
                return order
        return 0

    cdef int compare_lane(self, Vector** keys, uint32_t lane, RowStore store, uint32_t row) noexcept nogil:
        cdef uint32_t i
        cdef Value x, y
        cdef int order
        for i in range(self.n):
            vec_get(keys[i], lane, &x)
            vec_get(&store.chunks[row >> CHUNK_SHIFT][self.cols[i]], row & CHUNK_LANES, &y)
            order = self.compare_values_at(&x, &y, i)
            if order != 0:
                return order
        return 0

    cdef uint32_t lanes_before(self, Vector** keys, const uint16_t* sel, uint32_t n, RowStore store, uint32_t row,
                               uint16_t* out) except? 0 nogil:
        """The lanes that sort before a row of the store, to `out`; returns how many. Raises what a user collation raises."""
        cdef uint32_t k, i, m = 0
        cdef uint16_t lane
        cdef bint desc = self.desc[0]
        cdef int64_t x
        cdef double r
        cdef Vector* first = keys[0]
        cdef Value bound
        vec_get(&store.chunks[row >> CHUNK_SHIFT][self.cols[0]], row & CHUNK_LANES, &bound)
        if first.lane_mask != 0 and first.mask == MASK_INT and bound.tag == TAG_INT:
            for k in range(n):
                lane = <uint16_t>k if sel == NULL else sel[k]
                x = first.num[lane].i
                out[m] = lane
                if x == bound.num.i:
                    m += self.compare_lane(keys, lane, store, row) < 0
                else:
                    m += (x < bound.num.i) != desc
        elif first.lane_mask != 0 and first.mask == MASK_REAL and bound.tag == TAG_REAL:
            for k in range(n):
                lane = <uint16_t>k if sel == NULL else sel[k]
                r = first.num[lane].r
                out[m] = lane
                if r == bound.num.r:
                    m += self.compare_lane(keys, lane, store, row) < 0
                else:
                    m += (r < bound.num.r) != desc
        else:
            for k in range(n):
                lane = <uint16_t>k if sel == NULL else sel[k]
                out[m] = lane
                m += self.compare_lane(keys, lane, store, row) < 0
        self.check()
        return m

    cdef int check(self) except -1 nogil:
        """Raises what a user collation has raised during comparisons."""
        if self.failed:
            self.failed = False
            return -1
        return 0

    cdef int compare_lanes(self, Vector** a, uint32_t i, Vector** b, uint32_t j, uint32_t first) noexcept nogil:
        """Lane i of the columns `a` against lane j of the columns `b`, by the keys from `first` on."""
        cdef uint32_t k
        cdef Value x, y
        cdef int order
        for k in range(first, self.n):
            vec_get(a[self.cols[k]], i, &x)
            vec_get(b[self.cols[k]], j, &y)
            order = self.compare_values_at(&x, &y, k)
            if order != 0:
                return order
        return 0

    cdef bint exact(self, uint32_t mask) noexcept nogil:
        """INTEGERs only or REALs only (and NULLs)."""
        mask &= ~<uint32_t>MASK_NULL
        return mask == MASK_INT or mask == MASK_REAL or mask == 0

    cdef void fill_block(self, Vector* v, uint32_t n, uint32_t mask, Item* items) noexcept nogil:
        cdef uint32_t k
        cdef bint mixed = (mask & (MASK_INT | MASK_REAL)) == (MASK_INT | MASK_REAL)
        cdef uint64_t flip = ~<uint64_t>0 if self.desc[0] else 0
        for k in range(n):
            items[k].row = k
            fill_item(v, k, mixed, self.collations.folds[0], flip, 9 if self.nulls_last[0] else 0, &items[k])

    cdef void fill_items(self, RowStore store, uint32_t i, const uint32_t* rows, uint32_t n, Item* items) noexcept nogil:
        """Class and prefix of the i-th key for each row, in output order."""
        cdef uint32_t k, row
        cdef uint32_t mask = store.masks[self.cols[i]]
        cdef uint8_t fold = self.collations.folds[i]
        cdef uint64_t flip = ~<uint64_t>0 if self.desc[i] else 0
        cdef uint32_t null_cls = 9 if self.nulls_last[i] else 0
        cdef bint mixed = (mask & (MASK_INT | MASK_REAL)) == (MASK_INT | MASK_REAL)
        for k in range(n):
            row = rows[k]
            items[k].row = row
            fill_item(&store.chunks[row >> CHUNK_SHIFT][self.cols[i]], row & CHUNK_LANES, mixed, fold, flip, null_cls, &items[k])

    cdef int sort(self, RowStore store, uint32_t* rows, uint32_t n) except -1 nogil:
        cdef Item* items
        cdef Item* spare
        cdef Item* done
        cdef uint32_t k
        cdef int64_t i
        cdef bint all_exact = True
        if n < 2 or self.n == 0:
            return 0
        self.failed = False
        for i in range(self.n):
            if not self.exact(store.masks[self.cols[i]]):
                all_exact = False
        items = <Item*>mem_alloc(<size_t>n * 2, sizeof(Item))
        spare = items + n
        if all_exact and (n >= RADIX_MIN or self.n == 1) and self.n <= 4:
            for i in range(<int64_t>self.n - 1, -1, -1):
                self.fill_items(store, <uint32_t>i, rows, n, items)
                if n >= RADIX_MIN:
                    done = radix_sort(items, spare, n)
                else:
                    done = self.merge_sort(store, items, spare, n, 1)
                for k in range(n):
                    rows[k] = done[k].row
        else:
            self.fill_items(store, 0, rows, n, items)
            done = self.merge_sort(store, items, spare, n, 1 if self.exact(store.masks[self.cols[0]]) else 0)
            for k in range(n):
                rows[k] = done[k].row
        mem_free(items)
        return self.check()

    cdef bint after(self, RowStore store, const Item* a, const Item* b, uint32_t first) noexcept nogil:
        """Item a belongs after b; `first`: the first key to look at on a tie."""
        if a.cls != b.cls:
            return a.cls > b.cls
        if a.key != b.key:
            return a.key > b.key
        return first < self.n and self.compare_rows(store, a.row, b.row, first) > 0

    cdef Item* merge_sort(self, RowStore store, Item* items, Item* spare, uint32_t n, uint32_t first) noexcept nogil:
        """Bottom-up stable merge sort; the result is in the returned one of the two buffers."""
        cdef uint64_t width = RUN
        cdef uint64_t lo, mid, hi, i, j, k
        cdef Item one
        cdef Item* swap
        lo = 0
        if self.n == 1 and first == 1:
            first = self.n      # nothing to look at beyond the item
        while lo < n:
            hi = lo + RUN if lo + RUN < n else n
            for i in range(lo + 1, hi):
                one = items[i]
                j = i
                while j > lo and self.after(store, &items[j - 1], &one, first):
                    items[j] = items[j - 1]
                    j -= 1
                items[j] = one
            lo = hi
        while width < n:
            lo = 0
            while lo < n:
                mid = lo + width if lo + width < n else n
                hi = mid + width if mid + width < n else n
                if mid == hi or not self.after(store, &items[mid - 1], &items[mid], first):
                    memcpy(&spare[lo], &items[lo], (hi - lo) * sizeof(Item))    # already in order
                else:
                    i = lo
                    j = mid
                    k = lo
                    while i < mid and j < hi:
                        if self.after(store, &items[i], &items[j], first):
                            spare[k] = items[j]
                            j += 1
                        else:
                            spare[k] = items[i]
                            i += 1
                        k += 1
                    if i < mid:
                        memcpy(&spare[k], &items[i], (mid - i) * sizeof(Item))
                    elif j < hi:
                        memcpy(&spare[k], &items[j], (hi - j) * sizeof(Item))
                lo = hi
            swap = items
            items = spare
            spare = swap
            width *= 2
        return items


cdef Item* radix_sort(Item* items, Item* spare, uint32_t n) noexcept nogil:
    """Stable LSD radix sort by (cls, key), a byte at a time; the result is in the returned one of the two buffers."""
    cdef uint32_t counts[9][256]
    cdef uint32_t k, total, c
    cdef int b
    cdef uint64_t key
    cdef Item* swap
    memset(counts, 0, sizeof(counts))
    for k in range(n):
        key = items[k].key
        for b in range(8):
            counts[b][(key >> (8 * b)) & 255] += 1
        counts[8][items[k].cls & 255] += 1
    for b in range(9):
        if b < 8:
            c = (items[0].key >> (8 * b)) & 255
        else:
            c = items[0].cls & 255
        if counts[b][c] == n:
            continue            # this byte does not vary
        total = 0
        for k in range(256):
            c = counts[b][k]
            counts[b][k] = total
            total += c
        for k in range(n):
            if b < 8:
                c = (items[k].key >> (8 * b)) & 255
            else:
                c = items[k].cls & 255
            spare[counts[b][c]] = items[k]
            counts[b][c] += 1
        swap = items
        items = spare
        spare = swap
    return items
