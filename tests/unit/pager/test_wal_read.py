"""Reading a database in WAL mode while SQLite writes and checkpoints it."""

import shutil
import sqlite3

import pytest
from pumice.storage.pager._testing import Pager

from pumice import errors


def as_sqlite_sees(pages, tmp_path, name="view.db"):
    """count and sum of t in a database file made of these pages (WAL mode switched off in the header)."""
    raw = bytearray(b"".join(pages))
    raw[18:20] = b"\1\1"
    path = tmp_path / name
    path.write_bytes(raw)
    c = sqlite3.connect(path)
    try:
        assert c.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return c.execute("SELECT count(*), sum(a) FROM t").fetchone()
    finally:
        c.close()


def pages_of(p):
    return [p.read_page(i + 1) for i in range(p.n_pages)]


@pytest.fixture
def wal(tmp_path, other_at):
    path = tmp_path / "w.db"
    other = other_at(path)
    for text in ("PRAGMA journal_mode = wal", "PRAGMA wal_autocheckpoint = 0", "CREATE TABLE t(a, b)",
                 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
                 "INSERT INTO t SELECT i, hex(zeroblob(100)) FROM n"):
        assert other.sql(text).startswith("ok"), text
    return path, other


def test_reads_committed_frames(wal, tmp_path):
    path, other = wal
    p = Pager(path)
    p.py_begin_read()
    assert p.journal_mode == "wal"
    assert as_sqlite_sees(pages_of(p), tmp_path) == (300, 45150)
    p.py_end_read()
    version = p.data_version
    p.py_begin_read()
    assert p.data_version == version
    p.py_end_read()
    other.sql("INSERT INTO t VALUES(1000, 1)")
    p.py_begin_read()
    assert p.data_version > version
    assert as_sqlite_sees(pages_of(p), tmp_path) == (301, 46150)
    with pytest.raises(errors.NotSupportedError):
        p.py_begin_write()


def test_a_snapshot_survives_writes_and_checkpoints(wal, tmp_path):
    path, other = wal
    p = Pager(path)
    p.cache_size = 10
    p.py_begin_read()
    other.sql("DELETE FROM t WHERE a > 10")
    other.sql("INSERT INTO t VALUES(7, 7)")
    assert other.sql("PRAGMA wal_checkpoint(passive)").startswith("ok [(0,")
    assert as_sqlite_sees(pages_of(p), tmp_path) == (300, 45150)
    assert "(1," in other.sql("PRAGMA wal_checkpoint(truncate)")       # busy: we read
    assert as_sqlite_sees(pages_of(p), tmp_path) == (300, 45150)
    p.py_end_read()
    p.py_begin_read()
    assert as_sqlite_sees(pages_of(p), tmp_path) == (11, 62)
    p.py_end_read()
    assert other.sql("PRAGMA wal_checkpoint(truncate)") == "ok [(0, 0, 0)]"
    p.py_begin_read()
    assert as_sqlite_sees(pages_of(p), tmp_path) == (11, 62)
    p.py_end_read()
    other.sql("INSERT INTO t VALUES(8, 7)")
    p.py_begin_read()
    assert as_sqlite_sees(pages_of(p), tmp_path) == (12, 70)


def test_fully_checkpointed_log(wal, tmp_path):
    path, other = wal
    assert other.sql("PRAGMA wal_checkpoint(passive)").startswith("ok [(0,")
    p = Pager(path)
    p.cache_size = 10
    p.py_begin_read()
    other.sql("INSERT INTO t VALUES(1000, 1)")           # restarts the log
    other.sql("PRAGMA wal_checkpoint(passive)")          # must not reach the file while we read it
    assert as_sqlite_sees(pages_of(p), tmp_path) == (300, 45150)
    p.py_end_read()
    p.py_begin_read()
    assert as_sqlite_sees(pages_of(p), tmp_path) == (301, 46150)


def test_log_left_by_a_dead_process(wal, tmp_path, other_at):
    path, other = wal
    other.sql("BEGIN")
    other.sql("PRAGMA cache_size = 1")
    other.sql("UPDATE t SET b = 'uncommitted' || b")
    other.kill()
    p = Pager(path)
    p.cache_size = 10
    p.py_begin_read()
    assert as_sqlite_sees(pages_of(p), tmp_path) == (300, 45150)
    # SQLite comes back, recovers, writes and checkpoints: our snapshot stays.
    second = other_at(path)
    assert second.sql("DELETE FROM t WHERE a > 1") == "ok []"
    second.sql("PRAGMA wal_checkpoint(passive)")
    assert as_sqlite_sees(pages_of(p), tmp_path) == (300, 45150)
    second.run("c.close()")
    assert as_sqlite_sees(pages_of(p), tmp_path) == (300, 45150)
    p.py_end_read()
    p.py_begin_read()
    assert as_sqlite_sees(pages_of(p), tmp_path) == (1, 1)


def test_torn_log(wal, tmp_path):
    path, other = wal
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    raw = bytearray((tmp_path / "w.db-wal").read_bytes())
    raw[-100] ^= 1                                        # in the last frame, which commits the INSERT
    (tmp_path / "copy.db-wal").write_bytes(raw)
    p = Pager(copy)
    p.py_begin_read()
    assert as_sqlite_sees(pages_of(p), tmp_path) == (0, None)


def test_wal_mode_without_a_log(wal, tmp_path):
    path, other = wal
    other.run("c.close()")
    p = Pager(path)
    p.py_begin_read()
    assert as_sqlite_sees(pages_of(p), tmp_path) == (300, 45150)
    p.py_end_read()
    c = sqlite3.connect(path)
    c.execute("PRAGMA journal_mode = delete")
    c.close()
    p.py_begin_write()
    p.write_page_bytes(2, p.read_page(2))
    p.py_commit()
