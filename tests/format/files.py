"""Making, reading and checking database files at the level of B-trees, and a plain-Python reader of records."""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path
from typing import Any

from pumice.storage.btree._testing import Btree, Cursor, encode
from pumice.storage.pager._testing import Pager
from pumice.storage.record.key_info import BINARY, KeyInfo

ENCODINGS = {1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}
_INT_SIZES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for i in range(8):
        value = (value << 7) | (data[at + i] & 0x7F)
        if data[at + i] < 0x80:
            return value, at + i + 1
    return (value << 8) | data[at + 8], at + 9


def decode(record: bytes, encoding: int = 1) -> list[Any]:
    """The values of a record."""
    header, at = varint(record, 0)
    body = header
    values: list[Any] = []
    while at < header:
        serial, at = varint(record, at)
        if serial == 0:
            values.append(None)
        elif serial in _INT_SIZES:
            n = _INT_SIZES[serial]
            values.append(int.from_bytes(record[body : body + n], "big", signed=True))
            body += n
        elif serial == 7:
            values.append(struct.unpack(">d", record[body : body + 8])[0])
            body += 8
        elif serial in (8, 9):
            values.append(serial - 8)
        else:
            n = (serial - 12) // 2
            piece = record[body : body + n]
            values.append(piece.decode(ENCODINGS[encoding], "surrogatepass") if serial & 1 else piece)
            body += n
    assert body == len(record)
    return values


def open_tree(
    path: str | Path, page_size: int = 4096, reserved: int = 0, encoding: int = 1, auto_vacuum: int = 0
) -> Btree:
    """A Btree on the file; the settings count for a new one."""
    tree = Btree(Pager(str(path), page_size=page_size, reserved=reserved))
    tree.encoding = encoding
    tree.auto_vacuum_mode = auto_vacuum
    return tree


def add_schema(tree: Btree, rowid: int, kind: str, name: str, table: str, root: int, sql: str | None) -> None:
    """A row of the schema table. The cookie and format are set as the first DDL of a database would."""
    cursor = Cursor(tree, 1)
    cursor.insert_row(rowid, encode([kind, name, table, root, sql], tree.encoding))
    cursor.close()
    tree.py_set_meta(1, tree.py_get_meta(1) + 1)
    tree.py_set_meta(2, 4)


def make_tables(tree: Btree) -> tuple[int, int]:
    """Roots of `t(a)` and of `w(k PRIMARY KEY, v) WITHOUT ROWID`, both empty."""
    t = tree.py_create_tree(True)
    w = tree.py_create_tree(False)
    add_schema(tree, 1, "table", "t", "t", t, "CREATE TABLE t(a)")
    add_schema(tree, 2, "table", "w", "w", w, "CREATE TABLE w(k PRIMARY KEY, v) WITHOUT ROWID")
    return t, w


def binary_key(tree: Btree, n: int = 1) -> KeyInfo:
    return KeyInfo([BINARY] * n, [0] * n, tree.encoding)


def check_with_sqlite(
    path: str | Path, rows: dict[int, Any] | None = None, entries: dict[Any, Any] | None = None
) -> None:
    """SQLite finds the file sound and reads the same content."""
    db = sqlite3.connect(path)
    try:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if rows is not None:
            assert db.execute("SELECT rowid, a FROM t").fetchall() == sorted(rows.items())
        if entries is not None:
            found = db.execute("SELECT k, v FROM w").fetchall()
            assert found == sorted(entries.items())
    finally:
        db.close()
