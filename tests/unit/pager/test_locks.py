"""Locks against SQLite, in another process and in this one."""

import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from pumice.storage.pager._testing import Pager

from pumice import errors


def test_lock_states_against_another_process(db, other):
    p = Pager(db)
    p.py_begin_read()
    assert other.sql("BEGIN IMMEDIATE").startswith("ok")
    with pytest.raises(errors.OperationalError, match="database is locked") as e:
        p.py_begin_write()
    assert e.value.sqlite_errorname == "SQLITE_BUSY"
    assert other.sql("UPDATE t SET b = 1 WHERE a = 1").startswith("ok")
    assert "locked" in other.sql("COMMIT")            # our SHARED
    p.py_end_read()
    assert other.sql("COMMIT").startswith("ok")
    p.py_begin_write()
    assert "locked" in other.sql("BEGIN IMMEDIATE")
    assert other.sql("SELECT count(*) FROM t") == "ok [(150,)]"
    p.py_begin_write(True)
    assert p.lock == 4
    assert "locked" in other.sql("SELECT count(*) FROM t")
    p.py_rollback()
    assert other.sql("SELECT count(*) FROM t") == "ok [(150,)]"


def test_lock_states_against_sqlite_in_this_process(db):
    c = sqlite3.connect(db, timeout=0, isolation_level=None)
    p = Pager(db)
    p.py_begin_read()
    c.execute("BEGIN IMMEDIATE")
    c.execute("UPDATE t SET b = 2 WHERE a = 1")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        c.execute("COMMIT")
    p.py_end_read()
    c.execute("COMMIT")
    p.py_begin_write()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        c.execute("BEGIN IMMEDIATE")
    p.py_rollback()
    c.execute("BEGIN EXCLUSIVE")
    with pytest.raises(errors.OperationalError, match="locked"):
        p.py_begin_read()
    c.execute("ROLLBACK")
    p.py_begin_read()
    p.close()
    c.close()


def test_commit_waits_for_readers_and_can_be_repeated(db, other, integrity):
    p = Pager(db)
    p.py_begin_write()
    p.write_page_bytes(2, p.read_page(2))
    other.run("c.execute('BEGIN'); c.execute('SELECT * FROM t').fetchone()")
    with pytest.raises(errors.OperationalError, match="locked"):
        p.py_commit()
    assert p.in_write
    other.sql("COMMIT")
    p.py_commit()
    assert not p.in_write and integrity(db) == "ok"


def test_timeout_waits_without_the_gil(db):
    c = sqlite3.connect(db, timeout=0, isolation_level=None, check_same_thread=False)
    c.execute("BEGIN EXCLUSIVE")
    p = Pager(db)
    p.timeout_ms = 60
    start = time.perf_counter()
    with pytest.raises(errors.OperationalError, match="locked"):
        p.py_begin_read()
    assert 0.05 < time.perf_counter() - start < 1
    threading.Timer(0.05, lambda: c.execute("ROLLBACK")).start()
    p.timeout_ms = 5000
    p.py_begin_write()
    p.py_rollback()
    c.close()


def test_change_of_another_connection_is_seen(db, other):
    p = Pager(db)
    p.py_begin_read()
    page, version, seq, misses = p.read_page(3), p.data_version, p.change_seq, p.stats()["cache_misses"]
    p.py_end_read()
    p.py_begin_read()
    assert (p.data_version, p.change_seq) == (version, seq)
    assert p.read_page(3) == page and p.stats()["cache_misses"] == misses
    p.py_end_read()
    other.sql("UPDATE t SET b = 'other'")
    p.py_begin_read()
    assert p.data_version == version + 1 and p.change_seq > seq
    assert p.read_page(3) == db.read_bytes()[8192:12288]
    p.py_end_read()
    p.py_begin_write()
    p.write_page_bytes(3, page)
    p.py_commit()
    p.py_begin_read()
    assert p.data_version == version + 1              # our own commit does not count


def test_two_pagers_in_one_process(db):
    a, b = Pager(db), Pager(db)
    a.py_begin_write()
    b.py_begin_read()
    with pytest.raises(errors.OperationalError, match="locked"):
        b.py_begin_write()
    b.py_end_read()
    a.write_page_bytes(2, b"\0" * 4096)
    a.py_commit()
    b.py_begin_read()
    assert b.read_page(2) == b"\0" * 4096


def test_exclusive_locking_mode_keeps_the_lock(db, other):
    p = Pager(db)
    p.locking_mode = "exclusive"
    p.py_begin_write()
    p.write_page_bytes(2, p.read_page(2))
    p.py_commit()
    assert "locked" in other.sql("SELECT * FROM t")
    p.close()
    assert other.sql("SELECT count(*) FROM t") == "ok [(150,)]"


def test_writers_of_both_kinds_take_turns(db, integrity):
    """Two SQLite processes and two threads of ours add to user_version; no addition is lost."""
    n = 40

    def ours():
        p = Pager(db)
        p.timeout_ms = 20000
        p.synchronous = 0
        for _ in range(n):
            p.py_begin_write()
            page = p.read_page(1)
            value = int.from_bytes(page[60:64], "big") + 1
            p.write_page_bytes(1, page[:60] + value.to_bytes(4, "big") + page[64:])
            p.py_commit()

    program = ("import sqlite3, sys\n"
               "c = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)\n"
               "c.execute('PRAGMA synchronous = 0')\n"
               f"for _ in range({n}):\n"
               "    c.execute('BEGIN IMMEDIATE'); v = c.execute('PRAGMA user_version').fetchone()[0]\n"
               "    c.execute(f'PRAGMA user_version = {v + 1}'); c.execute('COMMIT')\n")
    children = [subprocess.Popen([sys.executable, "-c", program, str(db)]) for _ in range(2)]
    threads = [threading.Thread(target=ours) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [child.wait() for child in children] == [0, 0]
    assert int.from_bytes(db.read_bytes()[60:64], "big") == 4 * n
    assert integrity(db) == "ok"
