"""A writer dies in the middle: SQLite's journal played back by us, ours by SQLite."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from pumice.storage.pager._testing import Pager

from pumice import errors

SRC = str(Path(__file__).resolve().parents[3] / "src")


def copy_of(db, to):
    """Database and journal as they lie on disk right now: what is left when the writer is killed."""
    shutil.copy(db, to)
    if os.path.exists(f"{db}-journal"):
        shutil.copy(f"{db}-journal", f"{to}-journal")
    return to


@pytest.fixture
def hot(db, tmp_path):
    """A copy of a database in the middle of a large transaction of SQLite's, and the bytes it must go back to."""
    before = db.read_bytes()
    c = sqlite3.connect(db, isolation_level=None)
    c.execute("PRAGMA cache_size = 5")
    c.execute("BEGIN")
    c.execute("UPDATE t SET b = 'changed' || b")
    c.executemany("INSERT INTO t VALUES(?, ?)", [(i, "y" * 300) for i in range(1000, 1500)])
    path = copy_of(db, tmp_path / "hot.db")
    c.execute("ROLLBACK")
    c.close()
    assert path.read_bytes() != before
    return path, before


def test_we_recover_sqlites_journal(hot, tmp_path):
    """Byte for byte what SQLite makes of it; free pages are not journaled, so it is not quite what was there before."""
    path, _ = hot
    twin = copy_of(path, tmp_path / "twin.db")
    c = sqlite3.connect(twin)
    c.execute("SELECT * FROM t").fetchone()
    c.close()
    before = twin.read_bytes()
    p = Pager(path)
    p.py_begin_read()
    assert p.lock == 1
    assert path.read_bytes() == before
    assert not os.path.exists(f"{path}-journal")
    assert [p.read_page(i + 1) for i in range(p.n_pages)] == [before[i * 4096:(i + 1) * 4096] for i in range(p.n_pages)]


def test_read_only_cannot_recover(hot):
    path, _ = hot
    p = Pager(path, read_only=True)
    with pytest.raises(errors.OperationalError, match="readonly"):
        p.py_begin_read()


def test_a_journal_of_a_living_writer_is_left_alone(db, other):
    other.sql("BEGIN")
    other.sql("UPDATE t SET b = 1 WHERE a = 1")
    assert os.path.exists(f"{db}-journal")
    p = Pager(db)
    p.py_begin_read()
    assert os.path.exists(f"{db}-journal")
    p.py_end_read()
    assert other.sql("COMMIT").startswith("ok")


@pytest.mark.parametrize("what", ["zeroed", "empty", "short"])
def test_journals_that_are_not_hot(hot, what):
    path, before = hot
    torn = path.read_bytes()
    journal = Path(f"{path}-journal")
    raw = journal.read_bytes()
    journal.write_bytes({"zeroed": bytes(28) + raw[28:], "empty": b"", "short": raw[:20]}[what])
    p = Pager(path)
    p.py_begin_read()
    assert path.read_bytes() == torn
    assert journal.exists() == (what != "short")


def test_a_torn_record_ends_the_playback(hot):
    path, before = hot
    journal = Path(f"{path}-journal")
    raw = bytearray(journal.read_bytes())
    raw[8:12] = (2).to_bytes(4, "big")
    raw[512 + 4104 + 4 + 4096 - 200] ^= 0xFF        # a byte that the second record's checksum covers
    journal.write_bytes(raw)
    expected = bytearray(path.read_bytes()[:len(before)])
    pgno = int.from_bytes(raw[512:516], "big")
    expected[(pgno - 1) * 4096:pgno * 4096] = raw[516:516 + 4096]
    p = Pager(path)
    p.py_begin_read()
    assert path.read_bytes() == bytes(expected)


def test_a_journal_whose_super_journal_is_gone_is_not_applied(hot):
    path, _ = hot
    torn = path.read_bytes()
    name = b"/nowhere/super"
    with open(f"{path}-journal", "ab") as f:
        f.write((262145).to_bytes(4, "big") + name + len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big")
                + b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")
    p = Pager(path)
    p.py_begin_read()
    assert path.read_bytes() == torn and not os.path.exists(f"{path}-journal")


@pytest.mark.parametrize("synchronous", [0, 1, 2])
def test_sqlite_recovers_our_journal(db, tmp_path, synchronous):
    before = db.read_bytes()
    p = Pager(db)
    p.synchronous = synchronous
    p.cache_size = 10
    p.py_begin_write()
    n = p.n_pages
    for i in range(2, n + 1):
        p.write_page_bytes(i, b"w" * 4096)
    for i in range(n + 1, n + 40):
        p.write_page_bytes(i, b"w" * 4096, zeroed=True)
    path = copy_of(db, tmp_path / "hot.db")
    assert path.read_bytes() != before
    c = sqlite3.connect(path)
    assert c.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert c.execute("SELECT count(*), sum(a) FROM t").fetchall() == [(150, sum(range(150)))]
    c.close()
    assert path.read_bytes() == before
    p.py_rollback()
    assert db.read_bytes() == before


def test_killed_in_the_middle(db, integrity):
    program = (f"import sys; sys.path.insert(0, {SRC!r})\n"
               "from pumice.storage.pager._testing import Pager\n"
               "p = Pager(sys.argv[1]); p.cache_size = 10; p.py_begin_write()\n"
               "for i in range(2, p.n_pages + 1): p.write_page_bytes(i, b'k' * 4096)\n"
               "print('now', flush=True); sys.stdin.read()")
    before = db.read_bytes()
    child = subprocess.Popen([sys.executable, "-c", program, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"now\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdin.close()
    child.stdout.close()
    assert db.read_bytes() != before
    assert integrity(db) == "ok"
    assert db.read_bytes() == before
