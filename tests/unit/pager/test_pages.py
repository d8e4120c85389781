"""Reading, writing, copy on write, cache bounds, opening and closing."""

import os
import sqlite3

import pytest
from pumice.storage.pager._testing import Pager

from pumice import errors
from pumice.storage.pager import _testing


def test_reads_what_sqlite_wrote(db):
    p = Pager(db)
    p.py_begin_read()
    raw = db.read_bytes()
    assert (p.page_size, p.n_pages) == (4096, len(raw) // 4096)
    assert [p.read_page(i + 1) for i in range(p.n_pages)] == [raw[i * 4096:(i + 1) * 4096] for i in range(p.n_pages)]
    for bad in (0, p.n_pages + 1, 2**32 - 1):
        with pytest.raises(errors.DatabaseError, match="malformed"):
            p.read_page(bad)
    p.py_end_read()
    assert p.lock == 0


def test_commit_raises_change_counter_and_sets_header(db, integrity):
    before = db.read_bytes()
    p = Pager(db)
    p.py_begin_write()
    p.write_page_bytes(p.n_pages, p.read_page(p.n_pages))
    p.py_commit()
    after = db.read_bytes()
    assert int.from_bytes(after[24:28], "big") == int.from_bytes(before[24:28], "big") + 1
    assert after[24:28] == after[92:96]
    assert int.from_bytes(after[28:32], "big") == len(after) // 4096
    assert not os.path.exists(f"{db}-journal")
    assert integrity(db) == "ok"


def test_rollback_and_growth(db):
    before = db.read_bytes()
    p = Pager(db)
    p.py_begin_write()
    n = p.n_pages
    p.write_page_bytes(2, b"z" * 4096)
    p.write_page_bytes(n + 1, b"y" * 4096, zeroed=True)
    assert p.n_pages == n + 1
    p.py_rollback()
    p.py_begin_read()
    assert p.n_pages == n and p.read_page(2) == before[4096:8192]
    assert db.read_bytes() == before


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist", "memory", "off"])
@pytest.mark.parametrize("synchronous", [0, 1, 2, 3])
def test_journal_modes(db, mode, synchronous, integrity):
    p = Pager(db)
    p.journal_mode = mode
    p.synchronous = synchronous
    assert p.journal_mode == mode
    for fill in (b"1", b"2"):
        before = db.read_bytes()
        p.py_begin_write()
        n = p.n_pages
        p.write_page_bytes(n + 1, fill * 4096, zeroed=True)
        p.py_rollback()
        assert db.read_bytes() == before
        p.py_begin_write()
        p.write_page_bytes(2, p.read_page(2))
        p.py_commit()
        assert integrity(db) == "ok"
    p.close()


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist", "memory"])
@pytest.mark.parametrize("synchronous", [0, 2])
def test_spill_and_rollback(tmp_path, mode, synchronous):
    path = tmp_path / "s.db"
    p = Pager(path, page_size=512)
    p.journal_mode = mode
    p.synchronous = synchronous
    make(p, 300, b"a")
    p.cache_size = 20
    for _ in range(2):
        p.py_begin_write()
        for i in range(2, 301):
            p.write_page_bytes(i, b"b" * 512)
        for i in range(301, 400):
            p.write_page_bytes(i, b"b" * 512, zeroed=True)
        assert p.stats()["spills"] > 0 and p.stats()["cached_pages"] <= 40
        assert p.read_page(7) == b"b" * 512
        p.py_rollback()
        p.py_begin_read()
        assert p.n_pages == 300
        assert all(p.read_page(i) == b"a" * 512 for i in range(2, 301))
        p.py_end_read()
    assert os.path.getsize(path) == 300 * 512


def make(p, n_pages, fill):
    """A file of n pages with a header that passes for a database."""
    p.py_begin_write()
    header = bytearray(p.page_size)
    header[:16] = b"SQLite format 3\0"
    header[16:24] = (p.page_size if p.page_size < 65536 else 1).to_bytes(2, "big") + bytes([1, 1, 0, 64, 32, 32])
    p.write_page_bytes(1, bytes(header), zeroed=True)
    for i in range(2, n_pages + 1):
        p.write_page_bytes(i, fill * p.page_size, zeroed=True)
    p.py_commit()


@pytest.mark.parametrize("page_size", [512, 1024, 65536])
def test_page_sizes(tmp_path, page_size):
    path = tmp_path / "s.db"
    p = Pager(path)
    p.set_page_size(page_size)
    make(p, 5, b"q")
    p.close()
    p = Pager(path)
    p.py_begin_read()
    assert (p.page_size, p.n_pages, p.usable) == (page_size, 5, page_size)
    assert p.read_page(5) == b"q" * page_size


def test_truncation(tmp_path):
    path = tmp_path / "s.db"
    p = Pager(path, page_size=512)
    make(p, 50, b"a")
    p.py_begin_write()
    p.py_set_n_pages(10)
    p.py_rollback()
    p.py_begin_read()
    assert p.n_pages == 50 and p.read_page(50) == b"a" * 512
    p.py_begin_write()
    s = p.py_savepoint_open()
    p.py_set_n_pages(10)
    p.write_page_bytes(11, b"c" * 512, zeroed=True)
    p.py_savepoint_rollback(s)
    assert p.n_pages == 50 and p.read_page(11) == b"a" * 512 and p.read_page(50) == b"a" * 512
    p.py_set_n_pages(10)
    p.py_commit()
    assert os.path.getsize(path) == 10 * 512


def test_cache_limit_bounds_clean_pages(db):
    p = Pager(db)
    p.cache_size = 10
    p.py_begin_read()
    for _ in range(2):
        for i in range(1, p.n_pages + 1):
            p.read_page(i)
    assert p.stats()["cached_pages"] == 10


def test_cow_keeps_a_readers_snapshot():
    _testing.check_snapshots(Pager(None))


def test_cow_keeps_a_readers_snapshot_in_a_file(tmp_path):
    _testing.check_snapshots(Pager(tmp_path / "c.db"))


def test_pins_survive_close(db):
    _testing.check_pin_after_close(Pager(db))


def test_temporary_file():
    p = Pager("", page_size=512)
    make(p, 100, b"t")
    p.cache_size = 10
    p.py_begin_write()
    for i in range(2, 101):
        p.write_page_bytes(i, b"u" * 512)
    p.py_rollback()
    p.py_begin_read()
    assert all(p.read_page(i) == b"t" * 512 for i in range(2, 101))
    p.close()


def test_memory_rollback():
    p = Pager(":memory:")
    p.py_begin_write()
    p.write_page_bytes(1, b"a" * 4096, zeroed=True)
    p.py_commit()
    p.py_begin_write()
    p.write_page_bytes(1, b"b" * 4096)
    p.write_page_bytes(2, b"b" * 4096, zeroed=True)
    p.py_rollback()
    p.py_begin_read()
    assert p.n_pages == 1 and p.read_page(1)[100:] == b"a" * 3996
    assert p.journal_mode == "memory"


def test_open_errors(tmp_path, db):
    with pytest.raises(errors.OperationalError, match="unable to open database file") as e:
        Pager(tmp_path / "no" / "x.db")
    assert e.value.sqlite_errorname == "SQLITE_CANTOPEN"
    with pytest.raises(errors.OperationalError, match="unable to open database file"):
        Pager(tmp_path / "missing.db", create=False)
    with pytest.raises(errors.OperationalError, match="unable to open database file"):
        Pager(tmp_path)
    p = Pager(db, read_only=True)
    p.py_begin_read()
    with pytest.raises(errors.OperationalError, match="attempt to write a readonly database"):
        p.py_begin_write()


@pytest.mark.parametrize("content", [b"hello", b"SQLite format 3\0" + b"\1" * 4080, b"x" * 4096])
def test_not_a_database(tmp_path, content):
    path = tmp_path / "bad.db"
    path.write_bytes(content)
    p = Pager(path)
    with pytest.raises(errors.DatabaseError, match="file is not a database"):
        p.py_begin_read()
    assert p.lock == 0
    c = sqlite3.connect(path, timeout=0)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        c.execute("BEGIN EXCLUSIVE")            # no lock of ours is left behind
    c.close()


def test_empty_file(tmp_path):
    path = tmp_path / "e.db"
    p = Pager(path)
    p.py_begin_read()
    assert p.n_pages == 0
    p.py_begin_write()
    p.py_commit()
    assert path.read_bytes() == b""


def test_closed(db):
    p = Pager(db)
    p.close()
    p.close()
    with pytest.raises(errors.ProgrammingError):
        p.py_begin_read()
