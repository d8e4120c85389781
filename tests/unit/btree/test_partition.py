"""Cuts of a table tree: ranges that tile all keys, each with about as many leaves as asked for."""

import pytest
from pumice.storage.btree._testing import Btree
from pumice.storage.btree.partition import Cuts
from pumice.storage.pager._testing import Pager

import pumice

LOW, HIGH = -(1 << 63), (1 << 63) - 1


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    name = str(tmp_path_factory.mktemp("cuts") / "t.db")
    connection = pumice.connect(name)
    connection.execute("PRAGMA page_size = 512")
    connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(i * 5 - 3000, "x" * 40) for i in range(8000)])
    connection.commit()
    root = connection.execute("SELECT rootpage FROM sqlite_master").fetchone()[0]
    connection.close()
    found = Btree(Pager(name))
    found.py_begin_read()
    return found, root


@pytest.mark.parametrize("n_leaves", [1, 3, 50, 100_000])
@pytest.mark.parametrize("reverse", [False, True])
def test_ranges_tile_the_keys(tree, n_leaves, reverse):
    btree, root = tree
    ranges = Cuts().ranges(btree, root, n_leaves, reverse)
    ordered = ranges[::-1] if reverse else ranges
    assert ordered[0][0] == LOW and ordered[-1][1] == HIGH
    assert all(before[1] + 1 == after[0] for before, after in zip(ordered, ordered[1:], strict=False))
    keys = [i * 5 - 3000 for i in range(8000)]
    sizes = [sum(low <= key <= high for key in keys) for low, high in ranges] if len(ranges) < 100 else []
    # About 9 rows a leaf page.
    assert len(ranges) == 1 if n_leaves > 1000 else 8000 / 12 / n_leaves <= len(ranges) <= 8000 / 7 / n_leaves + 1
    assert max(sizes, default=0) <= max(2 * min(sizes[:-1] or [8000]), 8000 if n_leaves > 1000 else 0)
    assert Cuts().ranges(btree, root, n_leaves, reverse, 1)[0] == ranges[0]


def test_trees_of_one_page():
    btree = Btree(Pager(None))
    btree.py_begin_write()
    root = btree.py_create_tree(True)
    assert Cuts().ranges(btree, root, 1) == [(LOW, HIGH)]
