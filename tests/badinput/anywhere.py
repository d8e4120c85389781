"""Damage anywhere in a file: `python -m tests.badinput.anywhere DIRECTORY FIRST_SEED N` (see watched.py,
test_damaged.py).

Each seed damages a copy of one file. Half of the files are damage.py's; the other half have more kinds of trees and
texts: UTF-16, collations, descending and partial indexes, keys of several columns.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pumice
from tests.badinput import damage
from tests.badinput.watched import go

SHAPES = [(512, "UTF-8"), (1024, "UTF-16le"), (4096, "UTF-8")]

SCHEMA = """
CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT COLLATE NOCASE, c REAL, d BLOB);
CREATE INDEX t_a ON t(a, b);
CREATE UNIQUE INDEX t_b ON t(b DESC, id);
CREATE INDEX t_part ON t(c) WHERE c > 10;
CREATE TABLE w(k TEXT, n INT, v, PRIMARY KEY(k, n)) WITHOUT ROWID;
CREATE INDEX w_v ON w(v);
CREATE VIEW view_t AS SELECT a, count(*) AS n FROM t GROUP BY a;
"""

STATEMENTS = [
    "SELECT * FROM t",
    "SELECT * FROM w",
    "SELECT count(*), sum(a), min(b), max(c), total(length(d)) FROM t",
    "SELECT a, b FROM t WHERE a > 5 ORDER BY a, b",
    "SELECT * FROM t WHERE a = 7",
    "SELECT id, d FROM t WHERE b >= 'k' ORDER BY b DESC LIMIT 20",
    "SELECT * FROM t WHERE c > 11 ORDER BY c",
    "SELECT max(a) FROM t",
    "SELECT * FROM t WHERE id BETWEEN 50 AND 90",
    "SELECT * FROM t JOIN w ON w.v = t.a",
    "SELECT * FROM w JOIN t ON t.id = w.n WHERE w.k LIKE 'ab%'",
    "SELECT b, group_concat(a), count(DISTINCT c) FROM t GROUP BY b",
    "SELECT DISTINCT substr(d, 1, 3), upper(b), typeof(a), hex(d) FROM t",
    "SELECT * FROM t WHERE a IN (SELECT v FROM w) OR id = 4",
    "SELECT a FROM t UNION SELECT v FROM w ORDER BY 1",
    "SELECT * FROM view_t",
    "UPDATE t SET a = a + 1 WHERE id % 5 = 0",
    "UPDATE t SET b = b || 'x' || id WHERE a < 4",
    "UPDATE w SET v = 'new' WHERE k > 'm'",
    "INSERT INTO t SELECT id + 1000, d, b || id, c, a FROM t",
    "INSERT OR REPLACE INTO w SELECT b, id, d FROM t",
    "DELETE FROM t WHERE a BETWEEN 3 AND 9",
    "DELETE FROM w WHERE n % 3 = 1",
    "CREATE INDEX t_new ON t(d, c)",
    "REINDEX",
    "ANALYZE",
    "DROP INDEX t_a",
    "PRAGMA integrity_check",
    "DELETE FROM t",
    "DROP TABLE w",
]
N_STATEMENTS = 16  # that one file sees


def make_base(path: Path, page_size: int, encoding: str) -> None:
    path.unlink(missing_ok=True)
    r = random.Random(page_size)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA page_size={page_size}")
    db.execute(f"PRAGMA encoding='{encoding}'")
    db.executescript(SCHEMA)
    db.execute("BEGIN")
    for i in range(200):
        word = "".join(r.choice("abcdefghijklmnopqrstuvwxyz\u00e9\u4e16") for _ in range(r.randrange(1, 14)))
        a = r.choice([None, r.randrange(12), r.random(), word, word.encode(), r.getrandbits(63), -r.randrange(300)])
        size = int(r.random() ** 4 * page_size * 2)
        db.execute("INSERT INTO t VALUES(?, ?, ?, ?, ?)", (i, a, f"{word}{i}", r.random() * 20, r.randbytes(size)))
        db.execute("INSERT INTO w VALUES(?, ?, ?)", (word, i, a))
    db.execute("COMMIT")
    db.execute("DELETE FROM t WHERE id % 7 = 0")
    db.close()


def harm(data: bytearray, r: random.Random, page_size: int) -> None:
    """Changes some bytes, mostly where the structure is; sometimes cuts the end off, or copies a page over another."""
    for _ in range(r.choice([1, 1, 1, 2, 3, 10, 100])):
        at = r.randrange(len(data))
        if r.random() < 0.6:  # the headers of pages
            at = at // page_size * page_size + r.randrange(12 if r.random() < 0.3 else 40)
        if at < 100 and r.random() < 0.9:
            at += 100
        if r.random() < 0.6:
            data[at] ^= 1 << r.randrange(8)
        else:
            data[at] = r.choice([0, 1, 2, 5, 10, 13, 0x7F, 0x80, 0xFF, r.randrange(256)])
    if r.random() < 0.1:
        a, b = (r.randrange(len(data) // page_size) * page_size for _ in range(2))
        if a and b:
            data[a : a + page_size] = data[b : b + page_size]
    if r.random() < 0.05:
        del data[r.randrange(len(data)) :]


def damaged(folder: Path, first: int, n: int) -> Iterator[tuple[str, Path, list[str]]]:
    """(name, file, statements for it) of each seed."""
    bases = []
    for auto_vacuum in (0, 1, 2):
        base = folder / f"base{auto_vacuum}.db"
        damage.make_base(base, auto_vacuum)
        bases.append((base.read_bytes(), damage.PAGE, damage.STATEMENTS))
    for page_size, encoding in SHAPES:
        base = folder / f"more{page_size}.db"
        make_base(base, page_size, encoding)
        bases.append((base.read_bytes(), page_size, STATEMENTS))
    for seed in range(first, first + n):
        r = random.Random(seed)
        content, page_size, statements = bases[seed % len(bases)]
        data = bytearray(content)
        harm(data, r, page_size)
        if statements is STATEMENTS:
            statements = STATEMENTS[:N_STATEMENTS] if r.random() < 0.5 else r.sample(STATEMENTS, N_STATEMENTS)
        yield f"seed {seed}", damage.written(folder / "damaged.db", data), statements


def use(path: Path, statements: list[str]) -> list[tuple[str, Any]]:
    return list(zip(["PRAGMA synchronous", *statements], damage.use(pumice, path, statements), strict=True))


if __name__ == "__main__":
    go(damaged(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])), use)
