"""integrity_check finds what SQLite finds, in its words where the finding is the same."""

import sqlite3

import pytest
from pumice.storage.btree._testing import Cursor, encode

from tests.format.files import binary_key, make_tables, open_tree


@pytest.fixture
def sound(tmp_path):
    """A file with a two-level table and index, closed: (path, t, w)."""
    path = tmp_path / "x.db"
    tree = open_tree(path, 1024)
    tree.py_begin_write()
    t, w = make_tables(tree)
    ct, cw = Cursor(tree, t), Cursor(tree, w, binary_key(tree))
    for i in range(200):
        ct.insert_row(i, encode([bytes(20)]), True)
        cw.insert_key([f"{i:020d}", i])
    ct.close()
    cw.close()
    extra = tree.py_create_tree(True)
    tree.py_drop_tree(extra)
    tree.py_commit()
    tree.pager.close()
    return path, t, w


def findings(path, t, w):
    tree = open_tree(path)
    tree.py_begin_read()
    try:
        return tree.integrity_check([1, t, w], key_infos={w: binary_key(tree)})[0]
    finally:
        tree.pager.close()


def sqlite_findings(path):
    db = sqlite3.connect(path)
    try:
        lines = [line for (text,) in db.execute("PRAGMA integrity_check") for line in text.split("\n")]
        return [line for line in lines if not line.startswith("***") and line != "ok"]
    finally:
        db.close()


def change(path, at, value):
    data = bytearray(path.read_bytes())
    data[at : at + len(value)] = value
    path.write_bytes(data)


def page_at(pgno):
    return (pgno - 1) * 1024


def test_sound_file(sound):
    assert findings(*sound) == []
    assert sqlite_findings(sound[0]) == []


def test_wrong_freelist_count(sound):
    change(sound[0], 36, (5).to_bytes(4, "big"))
    assert any("size is 1 but should be 5" in line for line in findings(*sound))
    assert any("size is 1 but should be 5" in line for line in sqlite_findings(sound[0])) or sqlite_findings(sound[0])


def test_page_that_nobody_uses(sound):
    change(sound[0], 32, bytes(8))
    found = findings(*sound)
    assert len(found) == 1 and found[0].endswith("never used")


def test_fragmentation_count(sound):
    path, t, w = sound
    data = path.read_bytes()
    leaf = int.from_bytes(data[page_at(t) + 8 : page_at(t) + 12], "big")
    change(path, page_at(leaf) + 7, b"\x05")
    want = f"Fragmentation of 0 bytes reported as 5 on page {leaf}"
    assert findings(*sound) == [want]
    assert any(want in line for line in sqlite_findings(path))


def test_page_used_twice(sound):
    path, t, w = sound
    data = path.read_bytes()
    at = page_at(t)
    first = int.from_bytes(data[at + 12 : at + 14], "big")
    second = int.from_bytes(data[at + 14 : at + 16], "big")
    change(path, at + second, data[at + first : at + first + 4])
    assert any("2nd reference to page" in line for line in findings(*sound))
    assert any("2nd reference to page" in line for line in sqlite_findings(path))


def test_rowid_out_of_order(sound):
    path, t, w = sound
    data = path.read_bytes()
    leaf = int.from_bytes(data[page_at(t) + 8 : page_at(t) + 12], "big")
    cell = page_at(leaf) + int.from_bytes(data[page_at(leaf) + 10 : page_at(leaf) + 12], "big")
    change(path, cell + 1, b"\x00")
    assert any("out of order" in line and f"page {leaf} cell 0" in line for line in findings(*sound))


def test_index_out_of_order(sound):
    path, t, w = sound
    data = bytearray(path.read_bytes())
    leaf = int.from_bytes(data[page_at(w) + 8 : page_at(w) + 12], "big")
    at = page_at(leaf) + 8
    data[at : at + 2], data[at + 2 : at + 4] = data[at + 2 : at + 4], data[at : at + 2]
    path.write_bytes(data)
    assert any("out of order" in line for line in findings(*sound))
