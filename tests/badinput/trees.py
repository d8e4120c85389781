"""Damaged B-trees: `python -m tests.badinput.trees DIRECTORY FIRST_SEED N` (see watched.py, test_damaged.py).

A layer below the statements of damage.py: each seed damages a copy of one file and uses every operation of B-trees on
it. The only outcome other than success is a database error.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pumice.storage.btree._testing import Cursor, encode
from pumice.storage.btree.measure import count_rows, estimate_rows

from pumice import errors
from tests.badinput.anywhere import harm
from tests.badinput.damage import written
from tests.badinput.watched import go
from tests.format.files import binary_key, open_tree

SHAPES = [(512, 0), (512, 1), (1024, 2), (4096, 0)]


def make_file(path: Path, page_size: int, auto_vacuum: int, seed: int) -> tuple[int, int]:
    r = random.Random(seed)
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA page_size={page_size}")
    db.execute(f"PRAGMA auto_vacuum={auto_vacuum}")
    db.execute("BEGIN")
    db.execute("CREATE TABLE t(a)")
    db.execute("CREATE TABLE w(k PRIMARY KEY, v) WITHOUT ROWID")
    for i in range(300):
        n = int(r.random() ** 4 * page_size * 2)
        db.execute("INSERT INTO t VALUES(?)", (r.randbytes(n),))
        db.execute("INSERT INTO w VALUES(?, ?)", (f"{r.randrange(10**6):06d}{'k' * (n // 3)}{i}", i))
    db.execute("DELETE FROM t WHERE rowid % 3 = 0")
    db.execute("DELETE FROM w WHERE v % 4 = 0")
    db.execute("COMMIT")
    roots = dict(db.execute("SELECT name, rootpage FROM sqlite_schema"))
    db.close()
    return roots["t"], roots["w"]


def attempt(action: Callable[..., Any], *args: Any) -> Any:
    """What the action returns; None where it meets the damage."""
    try:
        return action(*args)
    except errors.InternalError:
        raise
    except errors.DatabaseError:
        return None


def use(path: Path, t: int, w: int, r: random.Random) -> None:
    tree = open_tree(path)
    tree.pager.synchronous = 0
    try:
        tree.py_begin_read()
        key = binary_key(tree)
        ct, cw = Cursor(tree, t), Cursor(tree, w, key)
        attempt(ct.entries)
        attempt(cw.entries)
        attempt(count_rows, tree, t)
        attempt(count_rows, tree, w)
        attempt(estimate_rows, tree, w)
        attempt(tree.integrity_check, [1, t, w], True, 100, {w: key})
        for _ in range(20):
            attempt(ct.seek_rowid, r.randrange(400))
            attempt(ct.prev)
            attempt(ct.next_leaf)
            attempt(cw.seek_key, [f"{r.randrange(10**6):06d}"], r.choice([-1, 0, 1]))
            attempt(cw.prev if r.random() < 0.5 else cw.next)
        tree.py_begin_write()
        for i in range(60):
            x = r.random()
            if x < 0.3:
                attempt(ct.insert_row, r.randrange(500), encode([b"n" * r.randrange(1500)]))
            elif x < 0.5:
                attempt(cw.insert_key, [f"{r.randrange(10**6):06d}" + "q" * r.choice([0, 3, 900]), i])
            elif x < 0.75:
                if attempt(ct.seek_rowid, r.randrange(400)) == 0:
                    attempt(ct.erase)
            elif x < 0.97:
                if attempt(cw.seek_key, [f"{r.randrange(10**6):06d}"]) is not None:
                    attempt(cw.erase)
            else:
                attempt(tree.py_create_tree, r.random() < 0.5)
        if r.random() < 0.3:
            attempt(tree.incremental_vacuum, 5)
        if r.random() < 0.5:
            attempt(tree.py_clear_tree, r.choice([t, w]))
        if r.random() < 0.3:
            attempt(tree.py_drop_tree, r.choice([t, w]))
        attempt(tree.py_commit)
        attempt(tree.py_rollback)
        tree.py_begin_read()
        attempt(tree.integrity_check, [1, t, w])
    finally:
        ct = cw = None
        tree.pager.close()


def damaged(folder: Path, first: int, n: int) -> Iterator[tuple[str, Path, int, int, random.Random]]:
    """(name, file, roots of `t` and `w`, where the seed's numbers come from)"""
    originals = []
    for i, (page_size, auto_vacuum) in enumerate(SHAPES):
        path = folder / f"base{i}.db"
        roots = make_file(path, page_size, auto_vacuum, i)
        originals.append((path.read_bytes(), page_size, *roots))
    for seed in range(first, first + n):
        r = random.Random(seed)
        content, page_size, t, w = originals[seed % len(originals)]
        data = bytearray(content)
        harm(data, r, page_size)
        yield f"seed {seed}", written(folder / "damaged.db", data), t, w, r


if __name__ == "__main__":
    go(damaged(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])), use)
