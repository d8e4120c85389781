"""Random transactions that give pages to the freelist and take them back, with savepoints and a cache that spills.

Pages off the freelist are neither read nor journaled, and what a page held when it was freed is not written.
Whatever is undone, and wherever the power is cut, SQLite must find a sound database with the rows of a savepoint,
of before or of after.
"""

import os
import random
import sqlite3

import pytest
from pumice.storage.btree._testing import Btree, Cursor, encode
from pumice.storage.pager._testing import Pager
from pumice.storage.vfs.fault import FaultVfs

from pumice import errors
from tests.crash.recovery import PATH, now, rows_of

LONG = os.environ.get("PUMICE_LONG") == "1"
SEEDS = range(300 if LONG else 12)


@pytest.fixture(scope="module", params=[0, 1])
def start(request, tmp_path_factory):
    """A file whose table t has rows with overflow chains, and which has free pages."""
    path = tmp_path_factory.mktemp("start") / f"t{request.param}.db"
    c = sqlite3.connect(path, isolation_level=None)
    c.execute(f"PRAGMA auto_vacuum = {2 * request.param}")
    c.execute("PRAGMA page_size = 512")
    c.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)")
    r = random.Random(1)
    c.executemany("INSERT INTO t VALUES(?, ?)", [(i, r.randbytes(r.choice([20, 200, 3000]))) for i in range(150)])
    c.execute("DELETE FROM t WHERE a % 3 = 0 OR a > 110")
    assert c.execute("PRAGMA freelist_count").fetchone()[0] > 20
    c.close()
    return path.read_bytes()


class Transaction:
    """A random write transaction over table t and the dict that says what it must hold."""

    def __init__(self, vfs, rows, seed):
        self.r = random.Random(seed)
        self.pager = Pager(PATH, vfs=vfs)
        self.pager.cache_size = self.r.choice([10, 16, 40])
        self.tree = Btree(self.pager)
        self.rows = dict(rows)
        self.savepoints = []

    def run(self):
        self.tree.py_begin_read()
        self.tree.py_begin_write()
        for _ in range(self.r.randrange(20, 120)):
            self.step()

    def step(self):
        choice = self.r.random()
        if choice < 0.45:
            rowid, value = self.r.randrange(160), self.r.randbytes(self.r.choice([10, 200, 3000]))
            cursor = Cursor(self.tree, 2 if not self.tree.auto_vacuum else 3)
            cursor.insert_row(rowid, encode([None, value]), False)
            self.rows[rowid] = value
        elif choice < 0.85 and self.rows:
            rowid = self.r.choice(list(self.rows))
            cursor = Cursor(self.tree, 2 if not self.tree.auto_vacuum else 3)
            assert cursor.seek_rowid(rowid) == 0
            cursor.erase()
            del self.rows[rowid]
        elif choice < 0.92:
            assert self.tree.py_savepoint_open() == len(self.savepoints)
            self.savepoints.append(dict(self.rows))
        elif self.savepoints:
            index = self.r.randrange(len(self.savepoints))
            if self.r.random() < 0.6:
                self.tree.py_savepoint_rollback(index)
                self.rows = dict(self.savepoints[index])
                del self.savepoints[index + 1:]
            else:
                self.tree.py_savepoint_release(index)
                del self.savepoints[index:]


@pytest.mark.parametrize("seed", SEEDS)
def test_commit_and_rollback(start, tmp_path, seed):
    vfs = FaultVfs({PATH: start})
    before = rows_of({PATH: start}, tmp_path)
    for n in range(3):
        t = Transaction(vfs, before, f"{seed} {n}")
        t.run()
        if n == 1:
            t.tree.py_rollback()
            t.rows = before
        else:
            t.tree.py_commit()
        assert rows_of(now(vfs), tmp_path) == t.rows
        before = t.rows
        t.pager.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_power_cut(start, tmp_path, seed):
    before = rows_of({PATH: start}, tmp_path)
    vfs = FaultVfs({PATH: start})
    whole = Transaction(vfs, before, seed)
    whole.run()
    whole.tree.py_commit()
    r = random.Random(seed)
    for n in r.sample(range(3, vfs.calls + 1), 12):
        vfs = FaultVfs({PATH: start})
        vfs.fail_at, vfs.fail_on = n, True
        t = Transaction(vfs, before, seed)
        try:
            t.run()
            t.tree.py_commit()
        except errors.OperationalError:
            pass
        assert rows_of(vfs.crash(r), tmp_path) in (before, whole.rows), n
