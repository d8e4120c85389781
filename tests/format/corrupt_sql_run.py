"""Statements on damaged files: `python -m tests.format.corrupt_sql_run FIRST_SEED N_SEEDS DIRECTORY`.

As corrupt_run.py, a layer higher: every seed damages a copy of one file and runs queries and changes on it through the
API, so that schema loading, record decoding and index maintenance meet the damage too.
"""

from __future__ import annotations

import faulthandler
import random
import sqlite3
import sys
import time
from pathlib import Path

import pumice
from tests.format.corrupt_run import MAX_SECONDS, damage

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


def make_file(path: Path, page_size: int, encoding: str) -> None:
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


def use(path: Path, r: random.Random) -> None:
    with_order = STATEMENTS[:16] if r.random() < 0.5 else r.sample(STATEMENTS, 16)
    db = pumice.connect(path, isolation_level=None)
    try:
        for sql in with_order:
            try:
                db.execute(sql).fetchall()
            except pumice.Error:
                pass
    finally:
        db.close()


def main(first: int, n: int, directory: Path) -> int:
    faulthandler.enable()
    originals = []
    for i, shape in enumerate(SHAPES):
        path = directory / f"base{i}.db"
        path.unlink(missing_ok=True)
        make_file(path, *shape)
        originals.append((path.read_bytes(), shape[0]))
    bad = 0
    for seed in range(first, first + n):
        r = random.Random(seed)
        content, page_size = originals[seed % len(originals)]
        data = bytearray(content)
        damage(data, r, page_size)
        path = directory / "damaged.db"
        path.write_bytes(data)
        (directory / "damaged.db-journal").unlink(missing_ok=True)
        faulthandler.dump_traceback_later(MAX_SECONDS, exit=True)
        started = time.perf_counter()
        try:
            use(path, r)
        except pumice.DatabaseError:
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
