"""The pager as tests use it: its transactions and pages for Python, and checks that need pins and pointers. Not shipped."""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memcpy, memset
from pumice.storage.pager.page cimport Page
from pumice.storage.pager cimport pager
from pumice.storage.pager.cache cimport cache_find

import time


cdef class Pager(pager.Pager):
    def py_begin_read(self):
        self.begin_read()

    def py_end_read(self):
        self.end_read()

    def py_begin_write(self, bint exclusive=False):
        self.begin_write(exclusive, self.lock >= 1)

    def py_commit(self):
        self.commit(False)

    def py_rollback(self):
        self.rollback(False)

    def py_savepoint_open(self):
        return self.savepoint_open()

    def py_savepoint_release(self, int index):
        self.savepoint_release(index)

    def py_savepoint_rollback(self, int index):
        self.savepoint_rollback(index)

    def py_set_n_pages(self, uint32_t n):
        self.set_n_pages(n)

    def read_page(self, uint32_t pgno):
        """The bytes of a page."""
        cdef Page* page = self.get(pgno)
        try:
            return (<char*>page.data)[:self.page_size]
        finally:
            self.unpin(page)

    def py_read_ahead(self, uint32_t pgno, uint32_t n):
        """The pages that the cache holds afterwards."""
        self.read_ahead(pgno, n)
        return [i for i in range(1, self.n_pages + 1) if cache_find(&self.cache, <uint32_t>i) != NULL]

    def write_page_bytes(self, uint32_t pgno, bytes content not None, bint zeroed=False):
        """Replaces the content of a page (zeroed: through get_zeroed)."""
        cdef Page* page
        if len(content) != <Py_ssize_t>self.page_size:
            raise ValueError("content has page_size bytes")
        if zeroed:
            page = self.get_zeroed(pgno)
        else:
            page = self.get(pgno)
            page = self.write(page)
        memcpy(page.data, <const char*>content, self.page_size)
        page.btree_ok = 0
        self.unpin(page)


cdef int expect(bint holds) except -1:
    """assert, also in the fast build."""
    if not holds:
        raise AssertionError
    return 0


def check_snapshots(Pager p):
    """Pinned pages keep their content through writes, rollbacks and savepoint rollbacks."""
    cdef Page* one
    cdef Page* two
    cdef Page* three
    p.begin_write(False, False)
    one = p.get_zeroed(1)
    memset(one.data, 65, p.page_size)
    two = p.get(1)
    expect(two == one and one.pins == 2)
    two = p.write(two)                       # copied: `one` is pinned by someone else
    expect(two != one and not one.cached and two.cached and one.pins == 1 and two.pins == 1)
    two.data[200] = 66
    expect(one.data[200] == 65)
    expect(p.write(two) == two)               # alone now: in place
    p.savepoint_open()
    two = p.write(two)
    two.data[200] = 67
    three = p.get(1)
    expect(three == two)
    p.savepoint_rollback(0)
    expect(two.data[200] == 67 and not two.cached)
    p.unpin(three)
    p.unpin(two)
    two = p.get(1)
    expect(two.data[200] == 66)
    three = p.write(two)
    three.data[200] = 68
    p.savepoint_release(0)
    p.rollback(False)
    expect(one.data[200] == 65 and three.data[200] == 68 and p.n_pages == 0)
    p.unpin(one)
    p.unpin(three)


def check_pin_after_close(Pager p):
    cdef Page* page
    p.begin_read()
    page = p.get(1)
    p.close()
    expect(page.data[0] == b"S")
    p.unpin(page)


def time_get(Pager p, uint32_t pgno, int64_t n):
    """Nanoseconds of one get and unpin of a cached page."""
    cdef int64_t i
    start = time.perf_counter_ns()
    with nogil:
        for i in range(n):
            p.unpin(p.get(pgno))
    return (time.perf_counter_ns() - start) / n
