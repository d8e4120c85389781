"""One transaction of the pager, with every file system call of it failing or being the last before a power cut.

The transaction turns one valid database (A) into another (B) by writing the pages that differ. Whatever happens,
SQLite must then find a sound database that is A or B.
"""

import random
import sqlite3

import pytest
from pumice.storage.pager._testing import Pager
from pumice.storage.vfs.fault import FaultVfs

from pumice import errors
from pumice.engine.session import Session
from tests.crash.recovery import PATH, now, rows_of

SIZE = 1024


def build(path, statements):
    c = sqlite3.connect(path, isolation_level=None)
    c.execute(f"PRAGMA page_size = {SIZE}")
    for statement in statements:
        c.execute(statement)
    c.close()
    return path.read_bytes()


ROWS = ("WITH RECURSIVE n(i) AS (SELECT {0} UNION ALL SELECT i + 1 FROM n WHERE i < {1}) "
        "INSERT INTO t SELECT i, hex(zeroblob(40)) FROM n")


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """(A, B) for a transaction that grows the file and one that shrinks it."""
    folder = tmp_path_factory.mktemp("states")
    start = ["CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "CREATE INDEX i ON t(b, a)", ROWS.format(1, 60)]
    grown = build(folder / "big.db", [*start, "UPDATE t SET b = 'u' || a WHERE a % 3 = 0", ROWS.format(100, 160)])
    small = build(folder / "small.db", start)
    return {"grow": (small, grown), "shrink": (grown, small)}


def transaction(p, target):
    p.py_begin_write()
    for i in range(len(target) // SIZE):
        page = target[i * SIZE:(i + 1) * SIZE]
        if i == 0:
            old = p.read_page(1)
            page = page[:24] + old[24:28] + page[28:92] + old[92:100] + page[100:]
        if i >= p.n_pages:
            p.write_page_bytes(i + 1, page, zeroed=True)
        elif p.read_page(i + 1) != page:
            p.write_page_bytes(i + 1, page)
    p.py_set_n_pages(len(target) // SIZE)
    p.py_commit()


def open_pager(vfs, mode="delete", synchronous=2, cache_size=10):
    p = Pager(PATH, vfs=vfs)
    p.journal_mode = mode
    p.synchronous = synchronous
    p.cache_size = cache_size
    return p


def count_calls(before, after, **how):
    vfs = FaultVfs({PATH: before})
    transaction(open_pager(vfs, **how), after)
    return vfs.calls


@pytest.mark.parametrize("direction", ["grow", "shrink"])
@pytest.mark.parametrize("mode", ["delete", "truncate", "persist"])
@pytest.mark.parametrize("synchronous", [1, 2, 3])
@pytest.mark.parametrize("cache_size", [10, 1000])
def test_power_cut_at_every_call(states, tmp_path, direction, mode, synchronous, cache_size):
    before, after = states[direction]
    how = {"mode": mode, "synchronous": synchronous, "cache_size": cache_size}
    rows_before, rows_after = rows_of({PATH: before}, tmp_path), rows_of({PATH: after}, tmp_path)
    calls = count_calls(before, after, **how)
    rng = random.Random(f"{direction}{mode}{synchronous}{cache_size}")
    points = range(3, calls + 2)
    for n in rng.sample(points, min(len(points), 25)):
        vfs = FaultVfs({PATH: before})
        vfs.fail_at, vfs.fail_on = n, True
        committed = False
        try:
            transaction(open_pager(vfs, **how), after)
            committed = True
        except errors.OperationalError:
            pass
        for _ in range(2):
            found = rows_of(vfs.crash(rng), tmp_path)
            assert found in (rows_before, rows_after), n
            if committed and synchronous == 3:
                assert found == rows_after, n


MESSAGES = {"SQLITE_FULL": "database or disk is full", "SQLITE_IOERR": "disk I/O error"}


@pytest.mark.parametrize("direction", ["grow", "shrink"])
@pytest.mark.parametrize("mode", ["delete", "truncate", "persist", "memory"])
@pytest.mark.parametrize("name", ["SQLITE_FULL", "SQLITE_IOERR"])
@pytest.mark.parametrize("cache_size", [10, 1000])
def test_one_call_fails(states, tmp_path, direction, mode, name, cache_size):
    """The error reaches the caller with class and text; rollback brings A back; the same transaction then succeeds."""
    before, after = states[direction]
    how = {"mode": mode, "cache_size": cache_size}
    rows_before, rows_after = rows_of({PATH: before}, tmp_path), rows_of({PATH: after}, tmp_path)
    calls = count_calls(before, after, **how)
    points = list(range(3, calls + 1))
    for n in random.Random(f"{direction}{mode}{cache_size}").sample(points, min(len(points), 25)):
        vfs = FaultVfs({PATH: before})
        vfs.fail_at, vfs.fail_name = n, name
        p = open_pager(vfs, **how)
        try:
            transaction(p, after)
            pytest.fail(f"call {n} did not fail")
        except errors.OperationalError as e:
            assert e.sqlite_errorname == name
            assert str(e) == MESSAGES[name]
        try:
            p.py_rollback()
        except errors.OperationalError:
            assert vfs.trace[n - 1] in ("remove", "truncate", "write", "sync"), vfs.trace[n - 1]
        assert not p.in_write and p.lock == 0
        p.py_begin_read()              # recovers, should the rollback have had to leave the journal
        p.py_end_read()
        allowed = (rows_before, rows_after) if n > calls - 3 else (rows_before,)      # the last calls follow the commit
        assert rows_of(now(vfs), tmp_path) in allowed, (n, vfs.trace[n - 1])
        transaction(p, after)
        assert rows_of(now(vfs), tmp_path) == rows_after


def test_order_of_a_small_commit(states):
    """Journal durable before the database is touched, the database before the journal goes."""
    before, _ = states["grow"]
    orders = {}
    for synchronous in range(4):
        vfs = FaultVfs({PATH: before})
        p = open_pager(vfs, synchronous=synchronous, cache_size=100)
        p.py_begin_write()
        p.write_page_bytes(2, p.read_page(2))
        vfs.trace.clear()
        p.py_commit()
        orders[synchronous] = [name for name in vfs.trace if name not in ("read", "size", "lock")]
    assert orders == {
        0: ["open", "write", "write", "write", "remove"],
        1: ["open", "write", "sync", "sync_dir", "write", "write", "sync", "remove"],
        2: ["open", "write", "sync", "sync_dir", "write", "sync", "write", "write", "sync", "remove"],
        3: ["open", "write", "sync", "sync_dir", "write", "sync", "write", "write", "sync", "remove", "sync_dir"],
    }


@pytest.mark.parametrize("end, n_locks", [("COMMIT", 1), ("ROLLBACK", 0)])
def test_a_query_half_read_keeps_its_lock_when_a_write_ends(end, n_locks):
    """It is not given back and taken again: another connection could write in between, or be in the way of an end that
    has happened."""
    vfs = FaultVfs()
    session = Session(PATH, vfs=vfs)
    for sql in ("CREATE TABLE t(a)", "INSERT INTO t VALUES (1), (2), (3)"):
        session.prepare(sql).start(())
    reader = session.prepare("SELECT a FROM t")
    reader.start(())
    assert reader.row() == (1,)
    session.prepare("BEGIN").start(())
    session.prepare("INSERT INTO t VALUES (4)").start(())
    before = len(vfs.trace)
    session.prepare(end).start(())
    assert vfs.trace[before:].count("lock") == n_locks      # EXCLUSIVE, for the commit
    assert session.btrees[0].pager.lock == 1
    assert reader.all_rows()[:2] == [(2,), (3,)]
    assert session.btrees[0].pager.lock == 0
    session.close()
