"""Cuts of a table tree into key ranges; see partition.pxd. Tests: tests/unit/btree/test_partition.py"""

from libc.stdint cimport int64_t, uint32_t
from pumice.memory cimport mem_free, mem_realloc
from pumice.storage.btree.btree cimport MAX_DEPTH, Btree
from pumice.storage.btree.layout cimport TABLE_INNER, child_of, header_at, inner_rowid, is_leaf, n_cells_of, raise_corrupt
from pumice.storage.btree.page_store cimport fetch
from pumice.storage.pager.pager cimport Page

cdef int64_t KEY_MAX = 0x7FFFFFFFFFFFFFFF
cdef int64_t KEY_MIN = -KEY_MAX - 1


cdef class Cuts:
    def __cinit__(self):
        self.keys = NULL

    def __dealloc__(self):
        mem_free(self.keys)

    cdef int find(self, Btree tree, uint32_t root, uint32_t n_leaves, bint reverse, uint32_t at_most) except -1 nogil:
        self.n = 0
        self.n_leaves = n_leaves
        self.reverse = reverse
        self.at_most = at_most
        self.pending = 0
        self.left = tree.pager.n_pages
        if tree.pager.n_pages:
            self.walk(tree, root, 0)
        return 0

    cdef int walk(self, Btree tree, uint32_t pgno, int level) except -1 nogil:
        cdef Page* page
        cdef Page* child
        cdef uint32_t k, i, n
        cdef bint above_leaves
        if level >= MAX_DEPTH or self.left == 0:
            return raise_corrupt("tree deeper or larger than the file", pgno)
        self.left -= 1
        page = fetch(tree.pager, &tree.lim, pgno)
        try:
            if page.data[header_at(page)] != TABLE_INNER:
                return 0
            n = n_cells_of(page)
            child = fetch(tree.pager, &tree.lim, child_of(page, 0))
            above_leaves = is_leaf(child)
            tree.pager.unpin(child)
            for k in range(n + 1):
                i = n - k if self.reverse else k
                if above_leaves:
                    self.pending += 1
                else:
                    self.walk(tree, child_of(page, i), level + 1)
                if self.n >= self.at_most:
                    break
                if k < n and self.pending >= self.n_leaves:
                    self.add(inner_rowid(page, i - 1 if self.reverse else i))
        finally:
            tree.pager.unpin(page)
        return 0

    cdef int add(self, int64_t key) except -1 nogil:
        cdef int64_t last
        self.pending = 0
        if key == KEY_MAX:
            return 0                    # nothing can follow it
        if self.n:
            last = self.keys[self.n - 1]
            if key >= last if self.reverse else key <= last:
                self.n = 0
                self.at_most = 0        # not the order of a sound tree
                return 0
        if self.n == self.capacity:
            self.keys = <int64_t*>mem_realloc(self.keys, max(64, self.capacity * 2), sizeof(int64_t))
            self.capacity = max(64, self.capacity * 2)
        self.keys[self.n] = key
        self.n += 1
        return 0

    cdef void bounds(self, uint32_t i, int64_t* low, int64_t* high) noexcept nogil:
        low[0] = KEY_MIN
        high[0] = KEY_MAX
        if self.reverse:
            if i < self.n:
                low[0] = self.keys[i] + 1
            if i > 0:
                high[0] = self.keys[i - 1]
        else:
            if i > 0:
                low[0] = self.keys[i - 1] + 1
            if i < self.n:
                high[0] = self.keys[i]

    def ranges(self, Btree tree not None, uint32_t root, uint32_t n_leaves, bint reverse=False, uint32_t at_most=0xFFFFFFFF):
        """For tests: finds, and lists the inclusive bounds."""
        cdef int64_t low = 0, high = 0
        cdef uint32_t i
        self.find(tree, root, n_leaves, reverse, at_most)
        result = []
        for i in range(self.n + 1):
            self.bounds(i, &low, &high)
            result.append((low, high))
        return result
