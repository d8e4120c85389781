"""Reads and changes damaged files: `python -m tests.format.corrupt_run FIRST_SEED N_SEEDS DIRECTORY`.

Run by test_corrupt.py in a process of its own, so that a crash is seen. Each seed damages a copy of one file and then
uses every operation of B-trees on it; the only outcome other than success is a database error. Prints the seeds that
ended otherwise.
"""

from __future__ import annotations

import faulthandler
import random
import sqlite3
import sys
import time
from pathlib import Path

from pumice.storage.btree._testing import Cursor, encode

from pumice import errors
from tests.format.files import binary_key, open_tree

SHAPES = [(512, 0), (512, 1), (1024, 2), (4096, 0)]
MAX_SECONDS = 20


def make_file(path: Path, page_size: int, auto_vacuum: int, seed: int) -> tuple[int, int]:
    r = random.Random(seed)
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


def damage(data: bytearray, r: random.Random, page_size: int) -> None:
    for _ in range(r.choice([1, 1, 2, 5, 30])):
        page = r.randrange(len(data) // page_size)
        kind = r.random()
        at = page * page_size
        if kind < 0.4:
            at += r.randrange(12 if r.random() < 0.7 else page_size)
        elif kind < 0.6:
            at += 8 + r.randrange(40)
        else:
            at = r.randrange(len(data))
        if at < 100 and r.random() < 0.9:
            at += 100
        if r.random() < 0.5:
            data[at] ^= 1 << r.randrange(8)
        else:
            data[at] = r.choice([0, 1, 2, 5, 10, 13, 0x7F, 0x80, 0xFF, r.randrange(256)])
    if r.random() < 0.05:
        del data[r.randrange(len(data)):]
    if r.random() < 0.1:
        # One page's content on another.
        a, b = (r.randrange(len(data) // page_size) * page_size for _ in range(2)) if len(data) >= page_size else (0, 0)
        if a and b:
            data[a : a + page_size] = data[b : b + page_size]


def attempt(action, *args) -> None:
    try:
        action(*args)
    except errors.DatabaseError:
        pass


def use(path: Path, t: int, w: int, r: random.Random) -> None:
    tree = open_tree(path)
    tree.pager.synchronous = 0
    try:
        tree.py_begin_read()
        key = binary_key(tree)
        ct, cw = Cursor(tree, t), Cursor(tree, w, key)
        attempt(ct.entries)
        attempt(cw.entries)
        attempt(tree.py_count_rows, t)
        attempt(tree.py_count_rows, w)
        attempt(tree.py_estimate_rows, w)
        attempt(tree.integrity_check, [1, t, w], 100, False, {w: key})
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
                attempt(ct.seek_rowid, r.randrange(400))
                attempt(ct.erase)
            elif x < 0.97:
                attempt(cw.seek_key, [f"{r.randrange(10**6):06d}"])
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


def main(first: int, n: int, directory: Path) -> int:
    faulthandler.enable()
    originals = []
    for i, (page_size, auto_vacuum) in enumerate(SHAPES):
        path = directory / f"base{i}.db"
        path.unlink(missing_ok=True)
        roots = make_file(path, page_size, auto_vacuum, i)
        originals.append((path.read_bytes(), page_size, *roots))
    bad = 0
    for seed in range(first, first + n):
        r = random.Random(seed)
        content, page_size, t, w = originals[seed % len(originals)]
        data = bytearray(content)
        damage(data, r, page_size)
        path = directory / "damaged.db"
        path.write_bytes(data)
        (directory / "damaged.db-journal").unlink(missing_ok=True)
        faulthandler.dump_traceback_later(MAX_SECONDS, exit=True)
        started = time.perf_counter()
        try:
            use(path, t, w, r)
        except errors.DatabaseError:
            pass
        except Exception as error:
            print(f"seed {seed}: {type(error).__name__}: {error} {getattr(error, '__notes__', '')}", flush=True)
            bad += 1
        faulthandler.cancel_dump_traceback_later()
        if time.perf_counter() - started > MAX_SECONDS / 4:
            print(f"seed {seed}: slow", flush=True)
            bad += 1
    return bad


if __name__ == "__main__":
    sys.exit(min(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])), 1))
