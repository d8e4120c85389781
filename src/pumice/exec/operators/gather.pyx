"""Gather: a pipeline run by several threads, piece by piece, its rows in the order of the serial run; see gather.pxd.

Input: Filter, Project and Keep over one table scan, whose pieces are ranges of the table's keys. (What other pieces there are:
portion_gather.pyx.) Output: the input's batches. Order kept. Memory: `RING_PER_THREAD` pieces of finished rows per thread, each of
BUFFER_BYTES at most.

    own        the input as built, run by the caller's thread on the connection's pager
    lanes      copies of it, one per worker thread, each on a snapshot of the pager (storage/pager/snapshot.pxd)

    range      0      1      2      3      4      5      6 ...        cut at inner pages (storage/btree/partition.pxd)
    state      -----consumed-----   DONE   CLAIMED (worker)  FREE
                                    ^at           ^next_free

The caller's thread works too. A range that is next in line and FREE it runs straight through, without a copy; while the one it needs is
still CLAIMED it fills a later one; a DONE one it shows from its buffer. So workers that come late, or not at all, cost nothing, and a
caller who is busy with the rows finds ranges done. The first range is always run straight through, before anything else is decided: a
query that is content with it starts no thread and reads no inner pages but those on its way.

A range that failed in a worker (an error, too many bytes, the snapshot is gone because the connection began to write) is run again by the
caller when its turn comes. So errors are those of the serial run, at its place: the caller meets them itself, and no exception crosses
threads. Workers never take the GIL but at their beginning and end, and to raise an error nobody will see.

Workers live from the second range to `close`. After a fork the child has none and runs the rest alone.
Tests: tests/unit/operators/test_gather.py
"""

cimport cython
from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy, memset
from pumice.exec.context cimport ExecContext
from pumice.exec.operators.operator cimport Operator, identity_lanes
from pumice.exec.operators.row_store cimport CHUNK_LANES, CHUNK_SHIFT, RowStore
from pumice.exec.operators.table_scan cimport TableScan
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector
from pumice.memory cimport mem_free, mem_zalloc
from pumice.storage.btree.btree cimport Btree
from pumice.storage.btree.partition cimport Cuts
from pumice.storage.pager.gate cimport (pthread_cond_broadcast, pthread_cond_destroy, pthread_cond_init, pthread_cond_signal,
                                        pthread_cond_t, pthread_cond_wait, pthread_mutex_destroy, pthread_mutex_init, pthread_mutex_lock,
                                        pthread_mutex_t, pthread_mutex_unlock)
from pumice.storage.pager.snapshot cimport SnapshotPager

import time

cdef enum:
    RING_PER_THREAD = 3             # pieces in flight; fewer let one slow piece stop the others
    BUFFER_BYTES = 4 << 20          # of one piece's rows; a piece of large values is rather run by the caller
    IDLE_MS = 500                   # how often a worker with nothing to do looks whether its snapshot still stands
    SCAN_PAGES = 64                 # cache of a worker's scan, which comes back to inner pages only: it stays in the processor's caches
    ALL = 0xFFFFFFFF

cdef enum:
    FREE = 0
    CLAIMED = 1
    DONE = 2
    FAILED = 3

cdef enum:
    BETWEEN = 0                     # the next piece has to be found
    DIRECT = 1                      # `own` runs piece `at`
    SHOWING = 2                     # the buffer of piece `at` is handed out

cdef extern from *:
    """
    #include <pthread.h>
    #include <signal.h>
    #include <time.h>
    #include <unistd.h>
    #if PY_VERSION_HEX < 0x030D0000
    #define Py_IsFinalizing _Py_IsFinalizing
    #endif
    /* A detached thread that leaves signals to the others. */
    static int pumice_start_thread(void *(*run)(void *), void *argument) {
        pthread_t thread;
        pthread_attr_t attributes;
        sigset_t all, old;
        int result;
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &old);
        result = pthread_create(&thread, &attributes, run, argument);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        pthread_attr_destroy(&attributes);
        return result;
    }
    static void pumice_name_thread(void) {
    #ifdef __linux__
        pthread_setname_np(pthread_self(), "pumice-worker");
    #endif
    }
    static void pumice_wait_at_most(pthread_cond_t *cond, pthread_mutex_t *mutex, int ms) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += ms / 1000;
        until.tv_nsec += ms % 1000 * 1000000L;
        if (until.tv_nsec >= 1000000000) { until.tv_nsec -= 1000000000; until.tv_sec += 1; }
        pthread_cond_timedwait(cond, mutex, &until);
    }
    """
    ctypedef void* (*thread_main)(void* argument) noexcept nogil
    int pumice_start_thread(thread_main run, void* argument) noexcept nogil
    void pumice_name_thread() noexcept nogil
    void pumice_wait_at_most(pthread_cond_t* cond, pthread_mutex_t* mutex, int ms) noexcept nogil
    int getpid() noexcept nogil

cdef extern from "Python.h" nogil:
    ctypedef struct PyThreadState:
        pass
    ctypedef enum PyGILState_STATE:
        pass
    PyGILState_STATE PyGILState_Ensure() noexcept
    void PyGILState_Release(PyGILState_STATE state) noexcept
    int PyGILState_Check() noexcept
    PyThreadState* PyEval_SaveThread() noexcept
    void PyEval_RestoreThread(PyThreadState* state) noexcept
    void PyErr_Clear() noexcept
    int Py_IsFinalizing() noexcept


cdef class Lane:
    def __init__(self, Operator top not None, ExecContext ctx not None, SnapshotPager pager, Btree tree):
        self.top = top
        self.ctx = ctx
        self.pager = pager
        self.tree = tree
        self.bottom = top
        while self.bottom.children and not isinstance(self.bottom, (TableScan, Portion)):
            self.bottom = self.bottom.children[0]

    cdef int fill(self, uint32_t r, RowStore store, const bint* stop) except -1 nogil:
        """Runs piece r into `store`; 1 when that was broken off."""
        cdef Batch* batch
        cdef int broken = 0
        store.clear()
        (<Gather>self.gather).place(self, r)
        self.top.open()
        while self.top.next(BATCH_MAX, &batch):
            if stop[0] or store.size_bytes() > BUFFER_BYTES:
                broken = 1
                break
            store.append(batch.cols, batch.sel, batch.n_sel)
        self.top.close()
        return broken


cdef int fill_or_fail(Lane lane, uint32_t r, RowStore store, const bint* stop) except -1 nogil:
    return lane.fill(r, store, stop)


cdef int find_cuts(Cuts cuts, Btree tree, uint32_t root, uint32_t n_leaves, bint reverse) except -1 nogil:
    return cuts.find(tree, root, n_leaves, reverse, ALL)


cdef int close_lane(Lane lane) except -1 nogil:
    return lane.top.close()


ctypedef int (*quiet_fill)(Lane, uint32_t, RowStore, const bint*) noexcept nogil
ctypedef int (*quiet_cuts)(Cuts, Btree, uint32_t, uint32_t, bint) noexcept nogil
ctypedef int (*quiet_close)(Lane) noexcept nogil


cdef void forget_error() noexcept nogil:
    with gil:
        PyErr_Clear()


cdef int fill_quietly(Lane lane, uint32_t r, RowStore store, const bint* stop) noexcept nogil:
    """As Lane.fill; an error is dropped (-1): who needs the piece runs it again."""
    cdef int result = (<quiet_fill>fill_or_fail)(lane, r, store, stop)
    if result == -1:
        forget_error()
        if (<quiet_close>close_lane)(lane) == -1:
            forget_error()
    return result


cdef int show_rows(RowStore store, uint32_t* row_at, uint32_t want, Batch* out) noexcept nogil:
    """At most `want` rows of `store` from row_at on, without a copy; 0 when there are none left."""
    cdef uint32_t n = store.n_rows - row_at[0], lane = row_at[0] & CHUNK_LANES
    if n == 0:
        return 0
    store.view(row_at[0] >> CHUNK_SHIFT, out.cols)
    n = min(n, want, BATCH_MAX - lane)
    out.n = lane + n
    out.n_sel = n
    out.sel = <uint16_t*>identity_lanes() + lane if lane else NULL
    row_at[0] += n
    return 1


cdef class Portion(Operator):
    """The rows of another operator, dealt out to the lanes of a PortionGather; see gather.pxd."""

    def __init__(self, node, ExecContext ctx, Operator source, uint32_t n_cols):
        self.node = node
        self.ctx = ctx
        self.source = source
        self.children = () if source is None else (source,)
        self.make_output(n_cols, 0)

    cdef int open(self) except -1 nogil:
        self.row_at = 0
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        if self.store != NULL:
            out[0] = &self.out
            return show_rows(<RowStore>self.store, &self.row_at, want, &self.out)
        if self.n_passed >= self.limit:
            return 0
        if not self.source.next(<uint32_t>min(<int64_t>want, self.limit - self.n_passed), out):
            self.ended = True
            return 0
        self.n_passed += out[0].n_sel
        return 1


cdef void* worker_main(void* argument) noexcept nogil:
    # A thread state for the whole life: an error that is raised on the way must find one to live in.
    cdef PyGILState_STATE gil_state = PyGILState_Ensure()
    cdef PyThreadState* state = PyEval_SaveThread()
    pumice_name_thread()
    (<Gather>(<Lane>argument).gather).work(<Lane>argument)
    # Nobody waits for what follows, and it touches nothing of the statement.
    PyEval_RestoreThread(state)
    PyGILState_Release(gil_state)
    return NULL


@cython.no_gc_clear      # its workers use what it holds until __dealloc__ has waited for them
cdef class Gather(Operator):
    def __cinit__(self, *args, **kwargs):
        self.ring = NULL
        self.states = NULL
        pthread_mutex_init(&self.mutex, NULL)
        pthread_cond_init(&self.ready, NULL)
        pthread_cond_init(&self.space, NULL)

    def __init__(self, node, ExecContext ctx, Operator input, make_copy, uint32_t threads, uint32_t n_leaves, uint32_t min_ranges):
        cdef TableScan scan
        self.make_gather(node, ctx, input, make_copy, threads)
        self.n_leaves = n_leaves
        self.min_ranges = min_ranges
        self.cuts = Cuts()
        self.snapshot_pages = SCAN_PAGES
        scan = self.own.bottom
        self.own.tree = scan.source.tree

    cdef int make_gather(self, object node, ExecContext ctx, Operator input, object make_copy, uint32_t threads) except -1:
        self.node = node
        self.ctx = ctx
        self.children = (input,)
        self.own = Lane(input, ctx, None, None)
        self.own.gather = <PyObject*>self
        self.make_copy = make_copy
        self.max_workers = max(threads, 1) - 1
        self.n_ring = RING_PER_THREAD * (self.max_workers + 1)
        self.states = <uint8_t*>mem_zalloc(self.n_ring, 1)
        self.lanes = []
        self.stores = []
        return 0

    def __dealloc__(self):
        self.dismiss()
        pthread_cond_destroy(&self.space)
        pthread_cond_destroy(&self.ready)
        pthread_mutex_destroy(&self.mutex)
        mem_free(self.ring)
        mem_free(self.states)

    # ---- Operator

    cdef int open(self) except -1 nogil:
        self.dismiss()
        self.opened = self.decided = False
        self.n_started = self.n_ahead = 0
        self.phase = BETWEEN
        self.at = self.next_free = 0
        self.n_pieces = 0
        self.complete = False
        memset(self.states, FREE, self.n_ring)
        return 0

    cdef int next(self, uint32_t want, Batch** out) except -1 nogil:
        if self.n_started and self.pid != getpid():
            self.forget_workers()
        if not self.opened:
            self.opened = True
            self.begin()
        while True:
            if self.phase == DIRECT:
                if self.own.top.next(want, out):
                    return 1
                self.own.top.close()
                self.advance()
            elif self.phase == SHOWING:
                if show_rows(<RowStore>self.ring[self.at % self.n_ring], &self.row_at, want, &self.out):
                    out[0] = &self.out
                    return 1
                (<RowStore>self.ring[self.at % self.n_ring]).clear()
                self.advance()
            else:
                self.ctx.check_interrupt()
                if not self.prepare():
                    return 0
                self.take()

    cdef int close(self) except -1 nogil:
        cdef uint32_t i
        self.dismiss()
        if self.ring != NULL:
            for i in range(self.n_ring):
                (<RowStore>self.ring[i]).clear()
        self.at = self.n_pieces
        self.phase = BETWEEN
        self.opened = self.decided = True
        return self.own.top.close()

    def figures(self):
        return f"workers {self.n_started}, ranges {self.n_pieces}, {self.n_ahead} of them by workers"

    # ---- ranges

    cdef int begin(self) except -1 nogil:
        """Two ranges for now: the first leaves, and the rest."""
        self.look(self.own.tree)
        self.complete = True
        if self.max_workers and not self.own.tree.pager.in_write:
            self.cut(<TableScan>self.own.bottom, 1)
        else:
            self.cuts.n = 0
        self.n_pieces = self.cuts.n + 1
        return 0

    cdef int cut(self, TableScan scan, uint32_t at_most) except -1 nogil:
        return self.cuts.find(self.own.tree, scan.source.root, self.n_leaves, scan.reverse, at_most)

    cdef int prepare(self) except -1 nogil:
        if self.at == 1 and self.n_pieces == 2 and not self.decided:
            self.decide(<TableScan>self.own.bottom)
        return self.at < self.n_pieces

    cdef int decide(self, TableScan scan) except -1 nogil:
        """The first range is consumed and more is wanted: cuts the rest up and starts workers, if it is large and has not changed."""
        self.decided = True
        if self.has_changed(self.own.tree):
            return 0
        if (<quiet_cuts>find_cuts)(self.cuts, self.own.tree, scan.source.root, self.n_leaves, scan.reverse) == -1:
            forget_error()
            self.cuts.n = 0
        if self.cuts.n == 0:
            # A damaged tree: its errors belong to the rows where the scan meets them.
            self.cut(scan, 1)
        self.n_pieces = self.cuts.n + 1
        if self.n_pieces >= self.min_ranges:
            with gil:
                self.hire()
        return 0

    cdef int place(self, Lane lane, uint32_t r) except -1 nogil:
        return self.bound(<TableScan>lane.bottom, r)

    cdef int bound(self, TableScan scan, uint32_t r) noexcept nogil:
        self.cuts.bounds(r, &scan.range_low, &scan.range_high)
        return 0

    # ---- pieces

    cdef int look(self, Btree tree) noexcept nogil:
        """Remembers the state of the tree at the beginning."""
        self.seen_write_seq = tree.write_seq
        self.seen_change_seq = tree.pager.change_seq
        return 0

    cdef bint has_changed(self, Btree tree) noexcept nogil:
        """It is being written, or what it holds may not be what the first piece saw."""
        return tree.pager.in_write or tree.write_seq != self.seen_write_seq or tree.pager.change_seq != self.seen_change_seq

    cdef int advance(self) noexcept nogil:
        self.phase = BETWEEN
        pthread_mutex_lock(&self.mutex)
        self.states[self.at % self.n_ring] = FREE
        self.at += 1
        if self.n_running:
            pthread_cond_signal(&self.space)
        pthread_mutex_unlock(&self.mutex)
        return 0

    cdef uint32_t claim(self) noexcept nogil:
        """Under the mutex: a FREE piece that the ring has room for becomes CLAIMED, or ALL."""
        cdef uint32_t r = self.next_free
        if self.stop or r >= self.n_pieces or r >= self.at + self.n_ring:
            return ALL
        self.next_free = r + 1
        self.states[r % self.n_ring] = CLAIMED
        return r

    cdef int take(self) except -1 nogil:
        """Piece `at`: run it, show it, or help until it is done."""
        cdef uint32_t r
        cdef int state
        pthread_mutex_lock(&self.mutex)
        while True:
            state = self.states[self.at % self.n_ring]
            if state != CLAIMED:
                break
            if self.n_running == 0:
                state = FAILED
                break
            r = self.claim()
            if r == ALL:
                pthread_cond_wait(&self.ready, &self.mutex)
                continue
            pthread_mutex_unlock(&self.mutex)
            state = fill_quietly(self.own, r, <RowStore>self.ring[r % self.n_ring], &self.stop)
            pthread_mutex_lock(&self.mutex)
            self.states[r % self.n_ring] = DONE if state == 0 else FAILED
        if state == FREE:
            self.next_free = self.at + 1
        pthread_mutex_unlock(&self.mutex)
        if state == DONE:
            self.phase = SHOWING
            self.row_at = 0
            return 0
        self.phase = DIRECT
        self.place(self.own, self.at)
        return self.own.top.open()

    # ---- workers

    cdef int hire(self) except -1:
        """Starts the workers, on snapshots of this moment."""
        cdef Lane lane
        cdef uint32_t i
        cdef object store
        if not self.lanes:
            self.make_lanes()
        if self.ctx.now is None:
            self.ctx.now = time.time_ns() // 1_000_000      # one instant for all
        for lane in self.lanes:
            lane.pager.renew()
            lane.tree.renew(self.own.tree)
            lane.ctx.follow(self.ctx)
        self.stop = False
        self.pid = getpid()
        for lane in self.lanes:
            pthread_mutex_lock(&self.mutex)
            self.n_running += 1
            pthread_mutex_unlock(&self.mutex)
            if pumice_start_thread(worker_main, <void*>lane):
                pthread_mutex_lock(&self.mutex)
                self.n_running -= 1
                pthread_mutex_unlock(&self.mutex)
                break
            self.n_started += 1
        return 0

    cdef int make_lanes(self) except -1:
        cdef SnapshotPager pager
        cdef Btree tree
        cdef Lane lane
        cdef uint32_t i
        cdef uint32_t n_cols = <uint32_t>len(self.node.columns)
        cdef list lanes = []
        self.stores = [RowStore(n_cols) for i in range(self.n_ring)]
        mem_free(self.ring)
        self.ring = NULL
        self.ring = <PyObject**>mem_zalloc(self.n_ring, sizeof(PyObject*))
        for i in range(self.n_ring):
            self.ring[i] = <PyObject*>self.stores[i]
        self.make_output(n_cols, 0)
        for i in range(self.max_workers):
            pager = SnapshotPager(self.own.tree.pager, self.snapshot_pages)
            pager.renew()
            tree = Btree(pager)
            tree.renew(self.own.tree)
            ctx, top = self.make_copy([tree if known is self.own.tree else None for known in self.ctx.btrees])
            lane = Lane(top, ctx, pager, tree)
            lane.gather = <PyObject*>self
            lanes.append(lane)
        self.lanes = lanes
        return 0

    cdef void work(self, Lane lane) noexcept nogil:
        """A worker's life."""
        cdef uint32_t r
        cdef int result
        pthread_mutex_lock(&self.mutex)
        while not self.stop and not (self.complete and self.next_free >= self.n_pieces):
            r = self.claim()
            if r == ALL:
                # Not for ever: the connection may be closed and its cursor kept, never to be read again.
                pumice_wait_at_most(&self.space, &self.mutex, IDLE_MS)
                if not lane.pager.entrance.admits(lane.pager.ticket):
                    break
                continue
            pthread_mutex_unlock(&self.mutex)
            result = -1
            if lane.pager.entrance.enter(lane.pager.ticket):
                result = fill_quietly(lane, r, <RowStore>self.ring[r % self.n_ring], &self.stop)
                lane.pager.entrance.leave()
            pthread_mutex_lock(&self.mutex)
            self.states[r % self.n_ring] = DONE if result == 0 else FAILED
            if result:
                break                   # the next pieces would fare no better
            self.n_ahead += 1
            pthread_cond_signal(&self.ready)
        self.n_running -= 1
        pthread_cond_signal(&self.ready)
        pthread_mutex_unlock(&self.mutex)

    cdef void forget_workers(self) noexcept nogil:
        """In a forked child: they stayed behind, and the mutex may have been theirs. What they had claimed the caller runs."""
        self.pid = getpid()
        self.n_running = 0
        pthread_mutex_init(&self.mutex, NULL)
        pthread_cond_init(&self.ready, NULL)
        pthread_cond_init(&self.space, NULL)

    cdef void dismiss(self) noexcept nogil:
        """Waits until no worker touches this object any more."""
        cdef PyThreadState* state = NULL
        cdef int patience = 40
        cdef uint32_t n_running
        if self.n_started == 0:
            return
        if self.pid != getpid():
            self.forget_workers()
        # Under the mutex: the last worker gives it back after its last look at this object.
        pthread_mutex_lock(&self.mutex)
        n_running = self.n_running
        pthread_mutex_unlock(&self.mutex)
        if n_running == 0:
            return
        if PyGILState_Check():
            if Py_IsFinalizing():
                patience = 0
            state = PyEval_SaveThread()
        pthread_mutex_lock(&self.mutex)
        self.stop = True
        pthread_cond_broadcast(&self.space)
        while self.n_running:
            pumice_wait_at_most(&self.ready, &self.mutex, 50)
            # When the interpreter ends, a worker that waits for the GIL (to raise an error) is stopped there for good.
            if patience < 20:
                patience += 1
                if patience == 20:
                    self.n_running = 0
        pthread_mutex_unlock(&self.mutex)
        if state != NULL:
            PyEval_RestoreThread(state)
