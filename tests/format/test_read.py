"""Files written by SQLite, read by our cursors: every page size, encoding, kind of tree, reserved bytes."""

import random
import sqlite3

import apsw
import pytest
from pumice.storage.btree._testing import Cursor
from pumice.storage.btree.measure import count_rows
from pumice.storage.record.key_info import BINARY, NOCASE, RTRIM, KeyInfo

from tests.format.files import decode, open_tree

PAGE_SIZES = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536]
COLLATIONS = {"BINARY": BINARY, "NOCASE": NOCASE, "RTRIM": RTRIM}


def fill(db, n=400, seed=1):
    r = random.Random(seed)
    db.execute("CREATE TABLE t(a, b TEXT, c)")
    db.execute("CREATE TABLE w(k TEXT COLLATE NOCASE, n INTEGER, v, PRIMARY KEY(k, n DESC)) WITHOUT ROWID")
    db.execute("CREATE INDEX i ON t(b COLLATE NOCASE DESC, a)")
    db.execute("CREATE INDEX j ON t(c, b COLLATE RTRIM DESC)")
    for i in range(n):
        blob = r.randbytes(int(r.random() ** 5 * 9000))
        value = r.choice([None, i, -i * 10 ** r.randrange(15), r.random() * 1e9, 0, 1, blob, 2**62 + i])
        text = "".join(r.choice("aAbB é𝄞 ") for _ in range(r.choice([0, 2, 9, 60, int(r.random() ** 3 * 3000)])))
        db.execute("INSERT INTO t VALUES(?, ?, ?)", (value, text, r.randrange(5)))
        db.execute("INSERT OR IGNORE INTO w VALUES(?, ?, ?)", (text, i % 7, value))
    db.execute("DELETE FROM t WHERE rowid % 5 = 0")


def read_all(path, encoding):
    tree = open_tree(path)
    tree.py_begin_read()
    assert tree.encoding == encoding
    roots = {}
    for _, record in Cursor(tree, 1).entries():
        kind, name, _, root, _ = decode(record, encoding)
        roots[name] = root
    yield tree, roots
    tree.py_end_read()
    tree.pager.close()


def compare(db, tree, roots, encoding):
    enc = tree.encoding
    rows = [(rowid, *decode(record, enc)) for rowid, record in Cursor(tree, roots["t"]).entries()]
    assert rows == [tuple(row) for row in db.execute("SELECT rowid, a, b, c FROM t ORDER BY rowid")]
    leaves = []
    scan = Cursor(tree, roots["t"])
    more = scan.first()
    while more:
        leaves += [(rowid, *decode(record, enc)) for rowid, record in scan.leaf()]
        more = scan.next_leaf()
    assert leaves == rows
    keys = {
        "w": (KeyInfo([NOCASE, BINARY], [0, 1], enc), "SELECT k, n, v FROM w"),
        "i": (
            KeyInfo([NOCASE, BINARY, BINARY], [1, 0, 0], enc),
            "SELECT b, a, rowid FROM t INDEXED BY i ORDER BY b COLLATE NOCASE DESC, a",
        ),
        "j": (
            KeyInfo([BINARY, RTRIM, BINARY], [0, 1, 0], enc),
            "SELECT c, b, rowid FROM t INDEXED BY j ORDER BY c, b COLLATE RTRIM DESC",
        ),
    }
    infos = {roots[name]: info for name, (info, _) in keys.items()}
    assert tree.integrity_check([1, *roots.values()], key_infos=infos)[0] == []
    r = random.Random(2)
    for name, (info, sql) in keys.items():
        cursor = Cursor(tree, roots[name], info)
        entries = [tuple(decode(record, enc)) for _, record in cursor.entries()]
        assert entries == [tuple(row) for row in db.execute(sql)]
        assert count_rows(tree, roots[name]) == len(entries)
        for entry in r.sample(entries, 40):
            n_key = 2 if name == "w" else 3
            assert cursor.seek_key(entry[:n_key], r.choice([-1, 0, 1])) == 0
            assert tuple(decode(cursor.entry()[1], enc)) == entry
            assert cursor.compare_key(entry[:1]) == 0
            assert cursor.seek_key(entry[:1], -1) == 0
            before = cursor.prev()
            assert not before or cursor.compare_key(entry[:1]) < 0
            assert cursor.seek_key(entry[:1], 1) == 0
            after = cursor.next()
            assert not after or cursor.compare_key(entry[:1]) > 0


@pytest.mark.parametrize("page_size", PAGE_SIZES)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_page_sizes_and_encodings(tmp_path, page_size, encoding):
    path = tmp_path / "x.db"
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA page_size={page_size}")
    db.execute(f"PRAGMA encoding='{encoding}'")
    fill(db, 400 if page_size < 8192 else 150)
    db.commit()
    for tree, roots in read_all(path, {"UTF-8": 1, "UTF-16le": 2, "UTF-16be": 3}[encoding]):
        compare(db, tree, roots, encoding)


@pytest.mark.parametrize("page_size,reserved", [(512, 32), (1024, 100), (4096, 8), (65536, 255)])
def test_reserved_bytes(tmp_path, page_size, reserved):
    path = str(tmp_path / "x.db")
    db = apsw.Connection(path)
    db.execute(f"PRAGMA page_size={page_size}")
    db.reserve_bytes(reserve=reserved)
    db.execute("BEGIN")
    fill(db)
    db.execute("COMMIT")
    for tree, roots in read_all(path, 1):
        assert tree.pager.usable == page_size - reserved
        compare(db, tree, roots, 1)
    db.close()


@pytest.mark.parametrize("mode", [1, 2])
def test_auto_vacuum_files(tmp_path, mode):
    path = tmp_path / "x.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA page_size=512")
    db.execute(f"PRAGMA auto_vacuum={mode}")
    fill(db)
    db.commit()
    for tree, roots in read_all(path, 1):
        assert tree.auto_vacuum
        compare(db, tree, roots, 1)
