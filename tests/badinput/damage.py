"""Database files with damage aimed at each of their fields, and what every kind of statement makes of them.

`python -m tests.badinput.damage DIRECTORY` runs Pumice over them (see watched.py, test_damaged.py).
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pumice
from tests.badinput.both import outcome
from tests.badinput.watched import go

PAGE = 512

STATEMENTS = [
    "SELECT * FROM sqlite_master",
    "SELECT * FROM t",
    "SELECT count(*) FROM t",
    "SELECT a, b FROM t WHERE b = 'key0050'",
    "SELECT a, b FROM t WHERE b > 'key0100' ORDER BY b",
    "SELECT c FROM t WHERE a = 77",
    "SELECT * FROM w",
    "SELECT v FROM w WHERE k = 'w00050'",
    "SELECT * FROM big",
    "SELECT length(x) FROM big ORDER BY x",
    "SELECT * FROM t JOIN w ON t.a = w.v",
    "PRAGMA integrity_check",
    "PRAGMA quick_check",
    "INSERT INTO t VALUES (1000, 'new', hex(zeroblob(200)))",
    "INSERT INTO t SELECT a + 2000, b || 'x', c FROM t",
    "INSERT INTO w SELECT 'n' || k, v FROM w",
    "INSERT INTO big VALUES (zeroblob(5000))",
    "UPDATE t SET b = 'u' || b WHERE a % 2",
    "UPDATE big SET x = zeroblob(100)",
    "DELETE FROM t WHERE a % 3 = 0",
    "DELETE FROM w WHERE v > 20",
    "DELETE FROM big",
    "CREATE INDEX i2 ON t(c)",
    "CREATE TABLE made(a PRIMARY KEY)",
    "REINDEX",
    "ANALYZE",
    "DROP TABLE big",
    "PRAGMA integrity_check",
]


def make_base(path: Path, auto_vacuum: int = 0) -> None:
    """Trees of two levels, an index, overflow chains, a freelist with a trunk and leaves, statistics."""
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(f"PRAGMA page_size = {PAGE}; PRAGMA auto_vacuum = {auto_vacuum}; BEGIN")
    db.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b, c)")
    db.execute("CREATE INDEX t_b ON t(b)")
    db.execute("CREATE TABLE w(k PRIMARY KEY, v) WITHOUT ROWID")
    db.execute("CREATE TABLE big(x)")
    db.execute("CREATE TABLE gone(x)")
    db.execute("CREATE VIEW v AS SELECT a FROM t")
    for i in range(150):
        db.execute("INSERT INTO t VALUES (?, ?, ?)", (i, f"key{i:04d}", i * 1.5))
        db.execute("INSERT INTO w VALUES (?, ?)", (f"w{i:05d}", i))
    for i in range(6):
        db.execute("INSERT INTO big VALUES (?)", (bytes([65 + i]) * (700 * i + 300),))
        db.execute("INSERT INTO gone VALUES (zeroblob(1500))")
    db.execute("DROP TABLE gone")
    db.execute("DELETE FROM t WHERE a % 10 = 3")
    db.execute("COMMIT")
    db.execute("ANALYZE")
    db.close()


def use(module: Any, path: Path, statements: list[str] = STATEMENTS) -> list[Any]:
    """The outcome of each statement on one connection: "rows", with how many, or the failure."""
    connection = module.connect(path, isolation_level=None)
    try:
        connection.text_factory = bytes
        results = [outcome(lambda: connection.execute("PRAGMA synchronous = OFF").fetchall())]
        for sql in statements:
            rows = outcome(lambda s=sql: connection.execute(s).fetchall())
            if isinstance(rows, list):
                sound = "PRAGMA" in sql and rows != [(b"ok",)]
                rows = ("unsound",) if sound else ("rows", len(rows))
            results.append(rows)
        return results
    finally:
        connection.close()


class File:
    """A base file's bytes, and where things are in them."""

    def __init__(self, path: Path) -> None:
        self.data = bytearray(path.read_bytes())
        db = sqlite3.connect(path)
        self.roots = dict(db.execute("SELECT name, rootpage FROM sqlite_master WHERE rootpage > 0"))
        db.close()

    def start(self, pgno: int) -> int:
        """Offset of the page's B-tree header."""
        return (pgno - 1) * PAGE + (100 if pgno == 1 else 0)

    def u16(self, at: int) -> int:
        return int.from_bytes(self.data[at : at + 2], "big")

    def u32(self, at: int) -> int:
        return int.from_bytes(self.data[at : at + 4], "big")

    def put(self, at: int, value: int, size: int) -> None:
        self.data[at : at + size] = value.to_bytes(size, "big")

    def cell(self, pgno: int, n: int) -> int:
        """Offset of cell n of a page."""
        start = self.start(pgno)
        pointers = start + (12 if self.data[start] in (2, 5) else 8)
        return (pgno - 1) * PAGE + self.u16(pointers + 2 * n)

    def leaf(self, tree: str) -> int:
        """The left-most leaf of a tree of two levels or more."""
        pgno = self.roots[tree]
        while self.data[self.start(pgno)] in (2, 5):
            pgno = self.u32(self.cell(pgno, 0))
        return pgno

    def big_cell(self) -> tuple[int, int]:
        """(offset of a cell of `big` that has an overflow chain, offset of that chain's first page number)."""
        leaf = self.leaf("big")
        for n in range(self.u16(self.start(leaf) + 3)):
            at = self.cell(leaf, n)
            if self.data[at] & 0x80:
                size = (self.data[at] & 0x7F) << 7 | self.data[at + 1]
                local = 39 + (size - 39) % (PAGE - 4)
                local = local if local <= PAGE - 35 else 39
                if size > PAGE - 35:
                    return at, at + 3 + local
        raise LookupError

    @property
    def n_pages(self) -> int:
        return len(self.data) // PAGE


def header_damage() -> Iterator[tuple[str, Callable[[File], Any]]]:
    for value in (0, 2, 256, 511, 768, 1024, 4096, 65535, 32768):
        yield f"page size {value}", lambda f, v=value: f.put(16, v, 2)
    for value in (32, 33, 255):
        yield f"reserved bytes {value}", lambda f, v=value: f.put(20, v, 1)
    for field, at in (("write", 18), ("read", 19)):
        for value in (0, 2, 3, 255):
            yield f"{field} version {value}", lambda f, a=at, v=value: f.put(a, v, 1)
    for at, value in ((21, 63), (21, 255), (22, 0), (22, 33), (23, 31), (23, 0)):
        yield f"payload fraction at {at} is {value}", lambda f, a=at, v=value: f.put(a, v, 1)
    for value in (0, 4, 99, 0xFFFFFFFF):
        yield f"encoding {value}", lambda f, v=value: f.put(56, v, 4)
    for value in (0, 1, 5, 0x80000000, 0xFFFFFFFF):
        yield f"schema format {value}", lambda f, v=value: f.put(44, v, 4)
    for value in (1, 2, 9999, 0xFFFFFFFF):
        yield f"freelist head {value}", lambda f, v=value: f.put(32, v, 4)
    for value in (0, 1, 9999, 0xFFFFFFFF):
        yield f"freelist count {value}", lambda f, v=value: f.put(36, v, 4)
    yield "freelist head is a tree", lambda f: f.put(32, f.roots["t"], 4)
    for value in (0, 1, 5, 9999, 0x7FFFFFFF, 0xFFFFFFFF):
        yield f"size in header {value}", lambda f, v=value: f.put(28, v, 4)
    yield "largest root without auto-vacuum", lambda f: f.put(52, 5, 4)
    yield "magic", lambda f: f.put(3, 0x58, 1)
    yield "zeroes", lambda f: f.data.__setitem__(slice(0, 100), bytes(100))
    yield "first page zeroed behind the header", lambda f: f.data.__setitem__(slice(100, PAGE), bytes(PAGE - 100))
    yield "all pages zeroed but the first", lambda f: f.data.__setitem__(slice(PAGE, None), bytes(len(f.data) - PAGE))
    yield "odd bytes at the end", lambda f: f.data.extend(b"abc")
    yield "half a page at the end", lambda f: f.data.extend(bytes(PAGE // 2))


def page_damage() -> Iterator[tuple[str, Callable[[File], Any]]]:
    for tree in ("t", "t_b", "w", "big", "leaf of t", "leaf of t_b", "leaf of w", "schema"):

        def page(f: File, tree: str = tree) -> int:
            return 1 if tree == "schema" else f.leaf(tree[8:]) if tree.startswith("leaf of ") else f.roots[tree]

        for value in (0, 1, 2, 5, 10, 13, 255):
            yield f"{tree}: page type {value}", lambda f, p=page, v=value: f.put(f.start(p(f)), v, 1)
        for value in (0, 1, 500, 0xFFFF):
            yield f"{tree}: cell count {value}", lambda f, p=page, v=value: f.put(f.start(p(f)) + 3, v, 2)
        for value in (0, 1, PAGE - 1, 0xFFFF):
            yield f"{tree}: content start {value}", lambda f, p=page, v=value: f.put(f.start(p(f)) + 5, v, 2)
        for value in (1, 40, PAGE - 2, PAGE, 0xFFFF):
            yield f"{tree}: freeblock at {value}", lambda f, p=page, v=value: f.put(f.start(p(f)) + 1, v, 2)
        yield f"{tree}: 255 fragments", lambda f, p=page: f.put(f.start(p(f)) + 7, 255, 1)
        for value in (0, 9, PAGE - 1, PAGE, 0xFFFF):
            yield (
                f"{tree}: cell pointer {value}",
                lambda f, p=page, v=value: f.put(f.start(p(f)) + (12 if f.data[f.start(p(f))] in (2, 5) else 8), v, 2),
            )
        yield (
            f"{tree}: zeroed",
            lambda f, p=page: f.data.__setitem__(slice(f.start(p(f)), p(f) * PAGE), bytes(p(f) * PAGE - f.start(p(f)))),
        )
        yield (
            f"{tree}: all ones",
            lambda f, p=page: f.data.__setitem__(
                slice(f.start(p(f)), p(f) * PAGE), b"\xff" * (p(f) * PAGE - f.start(p(f)))
            ),
        )
    for tree in ("t", "t_b", "w"):
        for value in (0, "self", 1, 9999, 0xFFFFFFFF):
            yield (
                f"{tree}: right child {value}",
                lambda f, t=tree, v=value: f.put(f.start(f.roots[t]) + 8, f.roots[t] if v == "self" else v, 4),
            )
            yield (
                f"{tree}: left child {value}",
                lambda f, t=tree, v=value: f.put(f.cell(f.roots[t], 0), f.roots[t] if v == "self" else v, 4),
            )
        yield f"{tree}: children swapped", swap_children(tree)
        yield f"{tree}: child twice", lambda f, t=tree: f.put(f.cell(f.roots[t], 1), f.u32(f.cell(f.roots[t], 0)), 4)
    for n in (5, 10, 11, 15):
        for value in (0, 100):
            yield (
                f"t: rowid of cell {n} is {value}",
                lambda f, n=n, v=value: f.put(f.cell(f.leaf("t"), n) + 1, v, 1),
            )
    yield "child of another tree", lambda f: f.put(f.cell(f.roots["t"], 0), f.leaf("t_b"), 4)
    for tree in ("t", "t_b", "w"):
        for name, at, content in (
            ("payload length huge", 0, b"\xff" * 9),
            ("payload length 0", 0, b"\0"),
            ("payload longer than the page", 0, b"\x87\x7f"),
            ("header length 0", 1 if tree != "t" else 2, b"\0"),
            ("header length huge", 1 if tree != "t" else 2, b"\xff\xff\x7f"),
            ("serial type huge", 2 if tree != "t" else 3, b"\xff\xff\xff\x7f"),
            ("serial type reserved", 2 if tree != "t" else 3, b"\x0a"),
        ):
            yield (
                f"{tree}: {name}",
                lambda f, t=tree, a=at, c=content: f.data.__setitem__(
                    slice(f.cell(f.leaf(t), 1) + a, f.cell(f.leaf(t), 1) + a + len(c)), c
                ),
            )


def swap_children(tree: str) -> Callable[[File], None]:
    def swap(f: File) -> None:
        first, second = f.cell(f.roots[tree], 0), f.cell(f.roots[tree], 1)
        a, b = f.u32(first), f.u32(second)
        f.put(first, b, 4)
        f.put(second, a, 4)

    return swap


def chain_damage() -> Iterator[tuple[str, Callable[[File], Any]]]:
    for value in (0, 1, 9999, 0xFFFFFFFF):
        yield f"overflow: first page {value}", lambda f, v=value: f.put(f.big_cell()[1], v, 4)
        yield f"overflow: next page {value}", lambda f, v=value: f.put((f.u32(f.big_cell()[1]) - 1) * PAGE, v, 4)
        yield f"freelist: next trunk {value}", lambda f, v=value: f.put((f.u32(32) - 1) * PAGE, v, 4)
        yield f"freelist: leaves {value}", lambda f, v=value: f.put((f.u32(32) - 1) * PAGE + 4, v, 4)
        yield f"freelist: first leaf {value}", lambda f, v=value: f.put((f.u32(32) - 1) * PAGE + 8, v, 4)
    yield "overflow: first page is a tree", lambda f: f.put(f.big_cell()[1], f.roots["t"], 4)
    yield "overflow: chain is a loop", lambda f: f.put((f.u32(f.big_cell()[1]) - 1) * PAGE, f.u32(f.big_cell()[1]), 4)
    yield "overflow: first page is free", lambda f: f.put(f.big_cell()[1], f.u32((f.u32(32) - 1) * PAGE + 8), 4)
    yield "freelist: loop", lambda f: f.put((f.u32(32) - 1) * PAGE, f.u32(32), 4)
    yield "freelist: leaf twice", lambda f: f.put((f.u32(32) - 1) * PAGE + 12, f.u32((f.u32(32) - 1) * PAGE + 8), 4)
    yield "freelist: leaf is a tree", lambda f: f.put((f.u32(32) - 1) * PAGE + 8, f.roots["t"], 4)
    yield "freelist: leaf is the trunk", lambda f: f.put((f.u32(32) - 1) * PAGE + 8, f.u32(32), 4)


def cuts() -> Iterator[tuple[str, Callable[[File], Any]]]:
    """The file ends at each page boundary, and inside pages."""
    for n in range(80):
        yield f"cut to {n} pages", lambda f, k=n: f.data.__delitem__(slice(k * PAGE, None))
    for n in (1, 50, 99, 100, 101, 107, 108, 200, 511, 513, 700, 1535, 5000, 10000):
        yield f"cut to {n} bytes", lambda f, k=n: f.data.__delitem__(slice(k, None))


SCHEMA = {
    "statistics of other columns": "UPDATE sqlite_master SET sql = 'CREATE TABLE sqlite_stat1(tbl, idxx)' "
    "WHERE name = 'sqlite_stat1'",
    "root page 0": "UPDATE sqlite_master SET rootpage = 0 WHERE name = 't'",
    "root page 1": "UPDATE sqlite_master SET rootpage = 1 WHERE name = 't'",
    "root page negative": "UPDATE sqlite_master SET rootpage = -5 WHERE name = 't'",
    "root page out of range": "UPDATE sqlite_master SET rootpage = 99999 WHERE name = 't'",
    "root page beyond 32 bits": "UPDATE sqlite_master SET rootpage = 4294967298 WHERE name = 't'",
    "root page NULL": "UPDATE sqlite_master SET rootpage = NULL WHERE name = 't'",
    "root page text": "UPDATE sqlite_master SET rootpage = 'x' WHERE name = 't'",
    "index root page 0": "UPDATE sqlite_master SET rootpage = 0 WHERE name = 't_b'",
    "index root page 1": "UPDATE sqlite_master SET rootpage = 1 WHERE name = 't_b'",
    "index root page out of range": "UPDATE sqlite_master SET rootpage = 99999 WHERE name = 't_b'",
    "index has the table's root": (
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 't') "
        "WHERE name = 't_b'"
    ),
    "two tables, one root": (
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 't') "
        "WHERE name = 'big'"
    ),
    "table has an index's root": (
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = "
        "'t_b') WHERE name = 'big'"
    ),
    "no text": "UPDATE sqlite_master SET sql = NULL WHERE name = 't'",
    "empty text": "UPDATE sqlite_master SET sql = '' WHERE name = 't'",
    "text is no SQL": "UPDATE sqlite_master SET sql = 'CREATE TABLE t(a INTEGER PRIMARY KEY,, b)' WHERE name = 't'",
    "text ends early": "UPDATE sqlite_master SET sql = 'CREATE TABLE t(a' WHERE name = 't'",
    "text has no CREATE": "UPDATE sqlite_master SET sql = 'garbage' WHERE name = 't'",
    "text is a SELECT": "UPDATE sqlite_master SET sql = 'SELECT 1' WHERE name = 't'",
    "text is a number": "UPDATE sqlite_master SET sql = 5 WHERE name = 't'",
    "column twice": "UPDATE sqlite_master SET sql = 'CREATE TABLE t(a, a)' WHERE name = 't'",
    "key of a missing column": (
        "UPDATE sqlite_master SET sql = 'CREATE TABLE t(a, b, c, UNIQUE (nosuch))' WHERE name = "
        "'t'"
    ),
    "index of a missing column": "UPDATE sqlite_master SET sql = 'CREATE INDEX t_b ON t(nosuch)' WHERE name = 't_b'",
    "index of a missing table": (
        "UPDATE sqlite_master SET sql = 'CREATE INDEX t_b ON nosuch(b)', tbl_name = 'nosuch' WHERE "
        "name = 't_b'"
    ),
    "index without text": "UPDATE sqlite_master SET sql = NULL WHERE name = 't_b'",
    "name NULL": "UPDATE sqlite_master SET name = NULL WHERE name = 't'",
    "type NULL": "UPDATE sqlite_master SET type = NULL WHERE name = 't'",
    "table twice": "INSERT INTO sqlite_master SELECT * FROM sqlite_master WHERE name = 't'",
    "index twice": "INSERT INTO sqlite_master SELECT * FROM sqlite_master WHERE name = 't_b'",
    "view is no SQL": "UPDATE sqlite_master SET sql = 'CREATE VIEW v AS SELECT' WHERE name = 'v'",
    "view of a missing table": (
        "UPDATE sqlite_master SET sql = 'CREATE VIEW v AS SELECT * FROM nosuch' WHERE name = "
        "'v'"
    ),
    "trigger of a missing table": (
        "INSERT INTO sqlite_master VALUES ('trigger', 'r', 'nosuch', 0, 'CREATE TRIGGER r AFTER "
        "INSERT ON nosuch BEGIN SELECT 1; END')"
    ),
    "trigger is no SQL": (
        "INSERT INTO sqlite_master VALUES ('trigger', 'r', 't', 0, 'CREATE TRIGGER r AFTER INSERT "
        "ON t BEGIN')"
    ),
    "index goes first": "UPDATE sqlite_master SET rowid = -1 WHERE name = 't_b'",
    "table gone, index left": "DELETE FROM sqlite_master WHERE name = 't'",
    "text not UTF-8": "UPDATE sqlite_master SET sql = CAST(x'4352454154452054414254ff' AS TEXT) WHERE name = 't'",
}

STATS = [
    None,
    "",
    "x",
    "-5 -3",
    "0",
    "0 0",
    "1e999 2",
    "99999999999999999999999 99999999999999999999",
    "150",
    "150 1 1 1 1 1 1",
    "150 0",
    "150 1 unordered",
    "150 1 sz=0",
    "150 1 sz=99999999999999",
    "150 1 noskipscan",
    b"\xff\xfe",
    5,
    1.5,
    "9223372036854775807 9223372036854775807",
    " 150  1 ",
    "150,1",
]


def schema_damage(path: Path, sql: str) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA writable_schema = ON")
    db.execute(sql)
    db.close()


def targeted(folder: Path) -> Iterator[tuple[str, Path]]:
    """(name, file) for each kind of damage."""
    base = folder / "base.db"
    make_base(base)
    path = folder / "damaged.db"
    for name, change in (*header_damage(), *page_damage(), *chain_damage(), *cuts()):
        damaged = File(base)
        change(damaged)
        yield name, written(path, damaged.data)
    for name, sql in SCHEMA.items():
        written(path, base.read_bytes())
        schema_damage(path, sql)
        yield f"schema: {name}", path
    for n, stat in enumerate(STATS):
        written(path, base.read_bytes())
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("UPDATE sqlite_stat1 SET stat = ?", (stat,))
        db.execute(
            "INSERT INTO sqlite_stat1 VALUES ('nosuch', 't_b', ?), ('t', 'nosuch', ?), (NULL, NULL, "
            "NULL), ('w', 't_b', 'x')",
            (stat, stat),
        )
        db.close()
        yield f"statistics {n}: {stat!r}", path


def written(path: Path, data: bytes) -> Path:
    path.with_name(path.name + "-journal").unlink(missing_ok=True)
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    go(targeted(Path(sys.argv[1])), lambda path: use(pumice, path))
