"""Cursor behaviour at the edges: empty trees, ends, append hints, payload parts, kinds of trees."""

import pytest
from pumice.storage.btree._testing import Btree, Cursor, encode
from pumice.storage.btree.measure import count_rows, estimate_rows, locality, null_part, run_length
from pumice.storage.pager._testing import Pager
from pumice.storage.record.key_info import BINARY, NOCASE, Collation, KeyInfo

from pumice import errors


@pytest.fixture
def tree():
    tree = Btree(Pager(":memory:", page_size=1024))
    tree.py_begin_write()
    return tree


def test_empty_tree(tree):
    cursor = Cursor(tree, tree.py_create_tree(True))
    assert cursor.first() == 0 and cursor.last() == 0 and cursor.next() == 0 and cursor.prev() == 0
    assert cursor.seek_rowid(5) is None
    with pytest.raises(errors.InternalError):
        cursor.entry()
    with pytest.raises(errors.InternalError):
        cursor.erase()
    index = Cursor(tree, tree.py_create_tree(False), KeyInfo([BINARY], [0]))
    assert index.seek_key(["x"]) is None


def test_append_hint_falls_back_when_wrong(tree):
    cursor = Cursor(tree, tree.py_create_tree(True))
    for rowid in [5, 10, 7, 7, 1, 11, 100, 50]:
        cursor.insert_row(rowid, encode([rowid]), True)
    assert [rowid for rowid, _ in cursor.entries()] == [1, 5, 7, 10, 11, 50, 100]


def test_appending_leaves_full_pages(tree):
    root = tree.py_create_tree(True)
    cursor = Cursor(tree, root)
    cursor.append_many(1, 1000, encode([b"x" * 80]))
    # 12 cells of 86 bytes and more fill a page of 1024.
    assert tree.pager.n_pages < 1000 / 11 + 5
    assert count_rows(tree, root) == 1000
    assert 500 < estimate_rows(tree, root) < 2000


def test_extreme_rowids(tree):
    cursor = Cursor(tree, tree.py_create_tree(True))
    rowids = [-(2**63), -1, 0, 1, 127, 128, 2**63 - 1]
    for rowid in rowids:
        cursor.insert_row(rowid, encode([rowid]))
    assert [rowid for rowid, _ in cursor.entries()] == rowids
    assert cursor.seek_rowid(-2) == 1 and cursor.entry()[0] == -1
    assert cursor.seek_rowid(129) == 1
    assert cursor.seek_rowid(2**63 - 1) == 0


def test_parts_of_a_payload(tree):
    cursor = Cursor(tree, tree.py_create_tree(True))
    payload = bytes(range(256)) * 40
    cursor.insert_row(1, payload)
    assert cursor.entry() == (1, payload)
    for at, n in [(0, 10), (0, len(payload)), (900, 300), (5000, 1), (len(payload) - 1, 1), (len(payload), 0)]:
        assert cursor.read(at, n) == payload[at : at + n]
    with pytest.raises(errors.DatabaseError):
        cursor.read(len(payload), 1)


def test_replacing_frees_the_old_chain(tree):
    cursor = Cursor(tree, tree.py_create_tree(True))
    cursor.insert_row(1, bytes(10000))
    cursor.insert_row(1, b"small")
    assert tree.py_get_meta(0) == 9
    cursor.insert_row(2, bytes(9000))
    assert tree.py_get_meta(0) == 0 or tree.py_get_meta(0) == 1
    assert cursor.entries()[0] == (1, b"small")


def test_wrong_kind_of_tree(tree):
    with pytest.raises(errors.DatabaseError):
        Cursor(tree, tree.py_create_tree(False)).first()
    with pytest.raises(errors.DatabaseError):
        Cursor(tree, tree.py_create_tree(True), KeyInfo([BINARY], [0])).first()


def test_collations_and_descending(tree):
    info = KeyInfo([NOCASE, BINARY], [1, 0])
    cursor = Cursor(tree, tree.py_create_tree(False), info)
    for entry in [("b", 2), ("A", 1), ("B", 1), ("c", 0), ("a", 9)]:
        cursor.insert_key(entry)
    want = [("c", 0), ("B", 1), ("b", 2), ("A", 1), ("a", 9)]
    assert [record for _, record in cursor.entries()] == [encode(entry) for entry in want]
    assert cursor.seek_key(["b"], -1) == 0 and cursor.entry()[1] == encode(("B", 1))
    assert cursor.seek_key(["b"], 1) == 0 and cursor.entry()[1] == encode(("b", 2))


def test_error_in_a_python_collation_comes_through(tree):
    def broken(a, b):
        raise KeyError("collation")

    cursor = Cursor(tree, tree.py_create_tree(False), KeyInfo([Collation.from_python("X", broken)], [0]))
    cursor.insert_key(["a"])
    with pytest.raises(KeyError):
        cursor.insert_key(["b"])
    with pytest.raises(KeyError):
        cursor.seek_key(["c"])
    with pytest.raises(KeyError):
        cursor.compare_key(["c"]) if cursor.first() else None


def test_python_collation_orders(tree):
    def backwards(a, b):
        return (a < b) - (a > b)

    cursor = Cursor(tree, tree.py_create_tree(False), KeyInfo([Collation.from_python("X", backwards)], [0]))
    for i in range(300):
        cursor.insert_key([f"{i * 7919 % 300:03d}"])
    assert [r for _, r in cursor.entries()] == [encode([f"{i:03d}"]) for i in range(299, -1, -1)]


@pytest.mark.parametrize(("step", "expected"), [(1, 1.0), (7919, 0.0)])
def test_locality_tells_rows_in_the_order_of_an_index(tree, step, expected):
    """Key i belongs to rowid i * step modulo a prime: in order, or scattered."""
    root = tree.py_create_tree(False)
    index = Cursor(tree, root, KeyInfo([BINARY, BINARY], [0, 0]))
    for i in range(1, 2000):
        index.insert_key([f"key {i:05}", i * step % 104729])
    assert locality(tree, root, 30) == expected
    assert locality(tree, tree.py_create_tree(False), 30) == 1.0


def test_run_length_tells_how_many_entries_have_the_same_first_values(tree):
    root = tree.py_create_tree(False)
    index = Cursor(tree, root, KeyInfo([BINARY, BINARY, BINARY], [0, 0, 0]))
    for i in range(6000):
        index.insert_key([None if i < 1000 else f"key {i // 10:05}", i // 2, i])
    assert 8.0 < run_length(tree, root, 1) <= 10.0
    assert 1.5 < run_length(tree, root, 2) <= 2.0
    assert run_length(tree, root, 3) == 1.0
    nulls = tree.py_create_tree(False)
    few = Cursor(tree, nulls, KeyInfo([BINARY, BINARY], [0, 0]))
    for i in range(50):
        few.insert_key([None, i])
    assert run_length(tree, nulls, 1) == 0.0
    assert run_length(tree, tree.py_create_tree(False), 1) == 0.0


@pytest.mark.parametrize("descending", [0, 1])
@pytest.mark.parametrize("n_nulls", [0, 40, 3000, 5990, 6000])
def test_null_part_tells_how_many_entries_begin_with_null(tree, descending, n_nulls):
    root = tree.py_create_tree(False)
    index = Cursor(tree, root, KeyInfo([BINARY, BINARY], [descending, 0]))
    for i in range(6000):
        index.insert_key([None if i < n_nulls else "k", f"{i:012}"])
    # By subtrees, of which the last may hold few.
    assert abs(null_part(tree, root, descending) - n_nulls / 6000) < 0.2
    assert null_part(tree, tree.py_create_tree(False), descending) == 0.0
