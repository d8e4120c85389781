"""BulkBuilder: trees built bottom-up are sound, dense, and can be changed afterwards."""

import random

import pytest
from pumice.storage.btree._testing import Cursor, encode
from pumice.storage.btree.bulk import BulkBuilder

from pumice import errors
from tests.format.files import binary_key, check_with_sqlite, make_tables, open_tree


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
@pytest.mark.parametrize("auto_vacuum", [0, 1])
@pytest.mark.parametrize("n", [0, 1, 7, 2000])
def test_built_trees_are_sound(tmp_path, page_size, auto_vacuum, n):
    path = tmp_path / "x.db"
    r = random.Random(n)
    tree = open_tree(path, page_size, auto_vacuum=auto_vacuum)
    tree.pager.synchronous = 0
    tree.py_begin_write()
    t, w = make_tables(tree)
    rows = {i * 3: bytes(int(r.random() ** 6 * page_size * 1.5)) for i in range(n)}
    builder = BulkBuilder(tree, t, True)
    for rowid, value in rows.items():
        builder.py_add(encode([value]), rowid)
    builder.py_finish()
    entries = {f"{i:08d}" + "x" * int(r.random() ** 8 * page_size): i for i in range(n)}
    builder = BulkBuilder(tree, w, False)
    for key, value in entries.items():
        builder.py_add(encode([key, value]))
    builder.py_finish()
    assert builder.n_rows == n
    info = binary_key(tree)
    assert tree.integrity_check([1, t, w], key_infos={w: info})[0] == []
    ct, cw = Cursor(tree, t), Cursor(tree, w, info)
    for rowid in list(rows)[::7]:
        assert ct.seek_rowid(rowid) == 0
        ct.erase()
        del rows[rowid]
    for key in list(entries)[::5]:
        assert cw.seek_key([key]) == 0
        cw.erase()
        del entries[key]
    tree.py_commit()
    check_with_sqlite(path, rows, entries)
    tree.pager.close()


def test_misuse_is_refused(tmp_path):
    tree = open_tree(tmp_path / "x.db")
    tree.py_begin_write()
    t, w = make_tables(tree)
    # A damaged schema can ask for both.
    with pytest.raises(errors.DatabaseError, match="malformed"):
        BulkBuilder(tree, 1, True)
    with pytest.raises(errors.DatabaseError, match="malformed"):
        BulkBuilder(tree, t, False)
    builder = BulkBuilder(tree, t, True)
    builder.py_add(encode([1]), 5)
    with pytest.raises(ValueError):
        builder.py_add(encode([1]), 5)
    builder.py_finish()
    with pytest.raises(ValueError):
        builder.py_finish()
    with pytest.raises(errors.DatabaseError, match="malformed"):
        BulkBuilder(tree, t, True)
    tree.pager.close()
