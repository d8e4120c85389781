"""CountRows: COUNT(*) of a whole tree, summed from its leaf pages' cell counts. No input; one row with one INTEGER."""

from libc.stdint cimport int64_t, uint32_t
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.operator cimport Operator
from pumice.exec.vector.vector cimport Batch, vec_reserve
from pumice.storage.btree.btree cimport Btree
from pumice.storage.btree.measure cimport count_rows
from pumice.values cimport MASK_INT, TAG_INT


cdef class CountRows(Operator):
    cdef Btree tree
    cdef uint32_t root
    cdef bint done

    def __init__(self, node, ExecContext ctx, Btree tree, uint32_t root):
        self.node = node
        self.ctx = ctx
        self.tree = tree
        self.root = root
        self.make_output(1, 1)

    cdef int open(self) except -1 nogil:
        self.done = False
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        if self.done:
            return 0
        self.done = True
        vec_reserve(&self.vecs[0], 1)
        self.vecs[0].num[0].i = count_rows(self.tree, self.root)
        self.vecs[0].tag[0] = TAG_INT
        self.vecs[0].mask = MASK_INT
        self.out.n = self.out.n_sel = 1
        self.out.sel = NULL
        out[0] = &self.out
        return 1
