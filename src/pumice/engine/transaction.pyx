"""TransactionControl: BEGIN, COMMIT, ROLLBACK, savepoints and statement atomicity over all databases of a connection.

    autocommit -- begin --> in transaction -- commit / rollback --> autocommit

A connection has main (0), temp (1) and attached databases, each a Btree. In autocommit a statement's own read or write transaction ends with
the last running statement; inside BEGIN it lasts until COMMIT. A savepoint of the connection is one savepoint in every database
that has a write transaction; a database that begins to write later opens the missing ones first, so indexes agree everywhere.

Invariants: `n_reading` counts statements whose rows are being fetched; read locks are dropped only at 0 and in autocommit. What a
statement does inside itself (planning, nested SQL of DDL) runs with `holding` raised, so it cannot end the statement's transaction.
"""

from libc.stdint cimport int64_t
from pumice.storage.btree.btree cimport META_SCHEMA_COOKIE, Btree

from pumice import errors


cdef class TransactionControl:
    def __init__(self, btrees):
        self.btrees = list(btrees)
        self.autocommit = True
        self.n_reading = 0
        self.savepoints = []

    cpdef int begin_read(self) except -1:
        """Opens (or keeps) a read transaction on every database."""
        cdef Btree tree
        for tree in self.btrees:
            tree.begin_read()
        return 0

    cpdef int64_t schema_cookie(self, int db) except? -1:
        return (<Btree>self.btrees[db]).get_meta(META_SCHEMA_COOKIE)

    cpdef int begin_write(self, int db, bint exclusive=False) except -1:
        cdef Btree tree = self.btrees[db]
        if self.query_only:
            raise errors.make("SQLITE_READONLY", "attempt to write a readonly database")
        # What a statement has read for its planning alone it can read again, after waiting for another connection.
        tree.begin_write(exclusive, self.n_reading > 0 or self.keeps_read)
        if not self.writing[db]:
            self.writing[db] = True
            self.n_writing += 1
            for _ in self.savepoints:
                tree.savepoint_open()
        return 0

    cpdef int settle(self, bint ran=True) except -1:
        """After a statement (`ran`) or after its planning alone: ends what it opened, in autocommit with nothing running. Inside BEGIN the
        first statement that ran keeps its read transaction open."""
        if self.holding > 0:
            return 0
        if not self.autocommit:
            if ran or self.n_writing:
                self.keeps_read = True
            elif not self.keeps_read and self.n_reading == 0:
                self.end_reads()
        elif self.n_writing:
            self.commit_or_undo(False)
        elif self.n_reading == 0:
            self.end_reads()
        return 0

    cdef int end_reads(self) except -1:
        cdef Btree tree
        for tree in self.btrees:
            tree.end_read()
        return 0

    cdef int commit_or_undo(self, bint can_retry) except -1:
        """Commits. A commit that fails is undone, so that nothing of it waits for a later one; with `can_retry` one that
        a lock keeps away stays open."""
        try:
            self.commit_all()
        except BaseException as error:
            if can_retry and getattr(error, "sqlite_errorcode", 0) & 0xFF == errors.CODES["SQLITE_BUSY"]:
                raise
            try:
                self.rollback_all()
            except errors.Error:
                pass        # the journal stays, and the next reader plays it back
            raise error
        return 0

    cdef int commit_all(self) except -1:
        """Statements that are being read keep their read transactions: nobody else writes in between."""
        cdef Btree tree
        cdef int db
        for db in range(len(self.btrees)):
            tree = self.btrees[db]
            if self.writing[db]:
                tree.commit(self.n_reading > 0)
                self.writing[db] = False
                self.n_writing -= 1
            elif self.n_reading == 0:
                tree.end_read()
        self.savepoints.clear()
        self.keeps_read = self.schema_changed = False
        return 0

    cpdef int rollback_all(self, bint by_user=False) except -1:
        """Undoes everything since BEGIN (or since the statement began) and returns to autocommit. Statements that are reading go on, unless
        the rollback fails, or is one that the user asked for (also by ON CONFLICT ROLLBACK) and undoes a change of the schema."""
        cdef Btree tree
        cdef int db
        cdef object failed = None
        for db in range(len(self.btrees)):
            tree = self.btrees[db]
            if self.writing[db]:
                self.writing[db] = False
                self.n_writing -= 1
                try:
                    tree.rollback(self.n_reading > 0)
                except errors.Error as error:
                    failed = error      # the pager has left the transaction all the same
            elif self.n_reading == 0:
                tree.end_read()
        self.savepoints.clear()
        self.keeps_read = False
        self.autocommit = True
        if failed is not None:
            self.abort_readers(failed.sqlite_errorname, str(failed))
        elif by_user and self.schema_changed:
            self.abort_readers("SQLITE_ABORT_ROLLBACK", "abort due to ROLLBACK")
        self.schema_changed = False
        if failed is not None:
            raise failed
        return 0

    cdef int abort_readers(self, str name, str message) except -1:
        """The statements that are reading fail with this error when they go on."""
        self.n_aborts += 1
        self.abort_reason = (name, message)
        return 0

    def replace(self, int db, Btree tree not None):
        """Another file for a database that has no transaction open."""
        (<Btree>self.btrees[db]).end_read()
        self.btrees[db] = tree

    cpdef int begin(self, str kind) except -1:
        if kind == "concurrent":
            raise errors.not_supported("BEGIN CONCURRENT")
        # The lock comes first, as in SQLite. A file that cannot be written is only read.
        if kind != "deferred" and not (<Btree>self.btrees[0]).pager.read_only:
            self.begin_write(0, kind == "exclusive")
        if not self.autocommit:
            raise errors.sql_error("cannot start a transaction within a transaction")
        self.autocommit = False
        return 0

    cpdef int commit(self) except -1:
        if self.autocommit:
            raise errors.sql_error("cannot commit - no transaction is active")
        self.commit_or_undo(True)
        self.autocommit = True
        return 0

    def rollback(self):
        if self.autocommit:
            raise errors.sql_error("cannot rollback - no transaction is active")
        self.rollback_all(True)

    # ---- savepoints: entries are (name or None for a statement, opened outside BEGIN)

    cpdef int open_savepoint(self, str name) except -1:
        cdef Btree tree
        cdef int db
        starts = self.autocommit and name is not None
        for db in range(len(self.btrees)):
            if self.writing[db]:
                tree = self.btrees[db]
                tree.savepoint_open()
        self.savepoints.append((name, starts))
        if starts:
            self.autocommit = False
        return len(self.savepoints) - 1

    cdef int find(self, str name) except -1:
        cdef int at
        for at in range(len(self.savepoints) - 1, -1, -1):
            if self.savepoints[at][0] is not None and self.savepoints[at][0].lower() == name.lower():
                return at
        raise errors.sql_error(f"no such savepoint: {name}")

    cpdef int release_at(self, int at) except -1:
        cdef Btree tree
        cdef int db
        for db in range(len(self.btrees)):
            if self.writing[db]:
                tree = self.btrees[db]
                tree.savepoint_release(at)
        del self.savepoints[at:]
        return 0

    cpdef int rollback_at(self, int at) except -1:
        """Back to the state at the savepoint, which stays open; those inside it are gone."""
        cdef Btree tree
        cdef int db
        for db in range(len(self.btrees)):
            if self.writing[db]:
                tree = self.btrees[db]
                tree.savepoint_rollback(at)
        del self.savepoints[at + 1:]
        return 0

    def release(self, str name):
        at = self.find(name)
        if self.savepoints[at][1] and at == 0:
            self.commit_or_undo(True)
            self.autocommit = True
        else:
            self.release_at(at)

    def rollback_to(self, str name):
        self.rollback_at(self.find(name))
        if self.schema_changed:
            self.abort_readers("SQLITE_ABORT_ROLLBACK", "abort due to ROLLBACK")
