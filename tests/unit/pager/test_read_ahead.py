"""Pages read ahead of a walk: those of the file, no more than there is room for, none that could be another's."""

import sqlite3

import pytest
from pumice.storage.btree._testing import Btree, Cursor
from pumice.storage.pager._testing import Pager


@pytest.fixture
def p(db):
    pager = Pager(db)
    pager.py_begin_read()
    pager.read_page(1)
    return pager


def test_they_are_the_files(p, db):
    raw = db.read_bytes()
    reads = p.stats()["page_reads"]
    assert p.py_read_ahead(3, 5) == [1, 3, 4, 5, 6, 7]
    assert p.stats()["page_reads"] == reads + 5
    for i in range(3, 8):
        assert p.read_page(i) == raw[(i - 1) * 4096:i * 4096]
    assert p.stats()["page_reads"] == reads + 5
    assert p.py_read_ahead(2, 4) == [1, 3, 4, 5, 6, 7]          # a single one is left to `get`
    assert p.py_read_ahead(p.n_pages - 1, 100) == [1, 3, 4, 5, 6, 7, p.n_pages - 1, p.n_pages]
    assert p.py_read_ahead(p.n_pages + 1, 3) == p.py_read_ahead(0, 3)


def test_the_cache_keeps_to_its_limit(p):
    p.cache_size = 12
    for first in range(1, p.n_pages):
        assert len(p.py_read_ahead(first, 32)) <= 12
        assert p.read_page(first)


def test_not_in_a_write_transaction(p):
    p.py_begin_write()
    assert p.py_read_ahead(3, 5) == [1]
    p.py_rollback()


def test_a_file_cut_short(p, db):
    """Whoever needs the missing page learns of it; nobody else."""
    n = p.n_pages
    with open(db, "r+b") as file:
        file.truncate((n - 2) * 4096 + 100)
    assert p.py_read_ahead(n - 4, 5) == [1, n - 4, n - 3, n - 2]
    assert p.read_page(n - 1)[100:] == bytes(3996)


def test_pages_of_the_log_end_the_run(tmp_path):
    path = tmp_path / "w.db"
    c = sqlite3.connect(path, isolation_level=None)
    c.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")
    c.executemany("INSERT INTO t VALUES (?, ?)", [(i, "x" * 900) for i in range(100)])
    c.execute("PRAGMA journal_mode = WAL")
    c.execute("UPDATE t SET b = 'y' WHERE a = 50")
    q = Pager(path)
    q.py_begin_read()
    known = q.py_read_ahead(3, 30)
    changed = [i for i in range(1, q.n_pages + 1) if q.read_page(i) != path.read_bytes()[(i - 1) * 4096:i * 4096]]
    assert changed and known[-1] == min(i for i in changed if i > 3) - 1
    q.close()
    c.close()


def walk(path, root, *args):
    """Pages that a walk over leaves reads."""
    tree = Btree(Pager(path))
    tree.py_begin_read()
    before = tree.pager.stats()["page_reads"]
    assert Cursor(tree, root).walk(*args)
    n = tree.pager.stats()["page_reads"] - before
    tree.pager.close()
    return n


def test_walks_read_nothing_twice_and_little_in_vain(tmp_path):
    path = tmp_path / "t.db"
    c = sqlite3.connect(path, isolation_level=None)
    c.execute("PRAGMA page_size = 1024")
    c.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")
    c.executemany("INSERT INTO t VALUES (?, ?)", [(i, bytes(900)) for i in range(3000)])
    depth = 2
    assert walk(path, 2, 1) == depth + 1
    assert walk(path, 2, 2) == depth + 2
    for n in (3, 4, 10, 100):
        assert depth + n <= walk(path, 2, n) <= depth + 2 * n
    assert walk(path, 2, 3000) == c.execute("PRAGMA page_count").fetchone()[0] - 1
    # A row a leaf.
    assert walk(path, 2, 20, 19) == depth + 20
    assert walk(path, 2, 20, 21) == depth + 22
    c.close()
