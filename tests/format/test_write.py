"""Files written by our B-trees, judged by SQLite: sound, and with the same content."""

import os
import random

import pytest
from pumice.storage.btree._testing import Cursor, encode

from tests.format.files import ENCODINGS, add_schema, binary_key, check_with_sqlite, decode, make_tables, open_tree

LONG = os.environ.get("PUMICE_LONG") == "1"
PAGE_SIZES = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536]


def random_changes(tree, t, w, r, n_ops, rows, entries, payload_max, key_max):
    """Inserts, replacements and erasures on both trees, mostly growing, then mostly shrinking."""
    enc = tree.encoding
    ct, cw = Cursor(tree, t), Cursor(tree, w, binary_key(tree))
    for op in range(n_ops):
        grow = 0.85 if op < n_ops * 2 // 3 else 0.15
        size = int(r.random() ** 3 * payload_max)
        value = bytes([r.randrange(256)]) * size
        if r.random() < 0.5:
            if r.random() < grow or not rows:
                rowid = r.choice([r.randrange(-1000, 100000), max(rows, default=0) + 1, r.getrandbits(60)])
                ct.insert_row(rowid, encode([value], enc), r.random() < 0.3)
                rows[rowid] = value
            else:
                rowid = min(rows) if r.random() < 0.3 else r.choice(list(rows))
                assert ct.seek_rowid(rowid) == 0
                ct.erase()
                del rows[rowid]
        elif r.random() < grow or not entries:
            text = "".join(r.choice("abcdé") for _ in range(int(r.random() ** 4 * key_max)))
            key = r.randrange(10**6) if r.random() < 0.5 else text
            entries[key] = value
            cw.insert_key([key, value])
        else:
            key = r.choice(list(entries))
            assert cw.seek_key([key]) == 0
            cw.erase()
            del entries[key]
        if r.random() < 0.003:
            tree.py_commit()
            tree.py_begin_write()
    ct.close()
    cw.close()


@pytest.mark.parametrize("page_size", PAGE_SIZES)
@pytest.mark.parametrize("auto_vacuum", [0, 1, 2])
def test_sound_after_random_changes(tmp_path, page_size, auto_vacuum):
    for seed in range(10 if LONG else 1):
        r = random.Random(f"{page_size} {auto_vacuum} {seed}")
        path = tmp_path / f"{seed}.db"
        reserved = r.choice([0, 0, 8, 32])
        encoding = r.choice([1, 1, 2, 3])
        tree = open_tree(path, page_size, reserved, encoding, auto_vacuum)
        tree.pager.synchronous = 0
        tree.py_begin_write()
        t, w = make_tables(tree)
        rows, entries = {}, {}
        for _ in range(2):
            payload_max = r.choice([30, 300, page_size // 2, min(3 * page_size, 20000)])
            random_changes(tree, t, w, r, 1000, rows, entries, payload_max, r.choice([10, 60, page_size]))
            assert tree.integrity_check([1, t, w], key_infos={w: binary_key(tree)})[0] == []
            tree.py_commit()
            # The order of UTF-16 texts is not Python's: integrity_check compares it.
            check_with_sqlite(path, rows, None)
            tree.py_begin_write()
            found = dict(decode(record, encoding) for _, record in Cursor(tree, w, binary_key(tree)).entries())
            assert found == entries
            if auto_vacuum == 2:
                while tree.py_get_meta(0):
                    assert tree.incremental_vacuum(r.randrange(1, 9)) > 0
                assert tree.integrity_check([1, t, w])[0] == []
        tree.py_commit()
        if auto_vacuum:
            assert tree.py_get_meta(0) == 0
        check_with_sqlite(path, rows, None)
        tree.pager.close()


@pytest.mark.parametrize("auto_vacuum", [0, 1, 2])
def test_trees_come_and_go(tmp_path, auto_vacuum):
    """Creating and dropping trees keeps roots in front in auto-vacuum files; content survives the moves."""
    path = tmp_path / "x.db"
    r = random.Random(auto_vacuum)
    tree = open_tree(path, 512, auto_vacuum=auto_vacuum)
    tree.pager.synchronous = 0
    tree.py_begin_write()
    trees = {}                     # root -> (name, rows)
    for i in range(120):
        if r.random() < 0.6 or not trees:
            root = tree.py_create_tree(True)
            assert root not in trees
            rows = {}
            cursor = Cursor(tree, root)
            for rowid in range(r.randrange(60)):
                rows[rowid] = r.randbytes(r.choice([3, 30, 700]))
                cursor.insert_row(rowid, encode([rows[rowid]]), True)
            trees[root] = (f"t{i}", rows)
        elif r.random() < 0.3:
            root = r.choice(list(trees))
            assert tree.py_clear_tree(root) == len(trees[root][1])
            trees[root] = (trees[root][0], {})
        else:
            root = r.choice(list(trees))
            del trees[root]
            moved = tree.py_drop_tree(root)
            if moved:
                trees[root] = trees.pop(moved)
        if auto_vacuum:
            assert tree.py_get_meta(4) == max(trees, default=tree.py_get_meta(4))
        assert tree.integrity_check([1, *trees])[0] == []
    for rowid, (root, (name, rows)) in enumerate(trees.items(), 1):
        add_schema(tree, rowid, "table", name, name, root, f"CREATE TABLE {name}(a)")
        assert {k: decode(v)[0] for k, v in Cursor(tree, root).entries()} == rows
    tree.py_commit()
    check_with_sqlite(path)
    tree.pager.close()


def test_sqlite_goes_on_with_our_file(tmp_path):
    """Turns: we change the file, SQLite changes it, we change it again."""
    import sqlite3

    path = tmp_path / "x.db"
    tree = open_tree(path, 1024, auto_vacuum=1)
    tree.py_begin_write()
    t, w = make_tables(tree)
    rows = {}
    for turn in range(6):
        cursor = Cursor(tree, t)
        for i in range(200):
            rows[turn * 1000 + i] = bytes(i * 5)
            cursor.insert_row(turn * 1000 + i, encode([rows[turn * 1000 + i]]))
        cursor.close()
        tree.py_commit()
        db = sqlite3.connect(path)
        db.execute("DELETE FROM t WHERE rowid % 3 = ?", (turn % 3,))
        db.execute("INSERT INTO t(rowid, a) VALUES(?, ?)", (turn * 1000 + 500, b"s" * 5000))
        db.commit()
        db.close()
        rows = {k: v for k, v in rows.items() if k % 3 != turn % 3}
        rows[turn * 1000 + 500] = b"s" * 5000
        tree.py_begin_write()
        assert {k: decode(v)[0] for k, v in Cursor(tree, t).entries()} == rows
    tree.py_commit()
    check_with_sqlite(path, rows)
    tree.pager.close()


def test_header_of_a_new_file(tmp_path):
    """The 100 bytes that we write and what SQLite makes of them."""
    import sqlite3

    path = tmp_path / "x.db"
    tree = open_tree(path, 8192, 16, 2, 2)
    tree.py_begin_write()
    make_tables(tree)
    tree.py_set_meta(6, 77)
    tree.py_commit()
    tree.pager.close()
    header = path.read_bytes()[:100]
    assert header[:16] == b"SQLite format 3\0"
    assert header[20] == 16
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA page_size").fetchone() == (8192,)
    assert db.execute("PRAGMA encoding").fetchone() == ("UTF-16le",)
    assert db.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert db.execute("PRAGMA user_version").fetchone() == (77,)
    assert ENCODINGS[tree.encoding] == "utf-16-le"
    db.close()
