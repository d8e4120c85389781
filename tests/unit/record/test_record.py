"""Records against SQLite's own, comparison against exact arithmetic, text conversion against Python's codecs."""

import random
import sqlite3
from fractions import Fraction

import pytest
from pumice.storage.btree._testing import compare, encode
from pumice.storage.record._testing import to_utf8, to_utf16
from pumice.storage.record.key_info import NOCASE, RTRIM, Collation, KeyInfo, builtin_collations

from tests.format.files import decode, open_tree

BITS = (7, 8, 15, 16, 23, 24, 31, 32, 47, 48, 62, 63)
EDGES = [v for n in BITS for v in (2**n - 1, -(2**n), 2**n - 2, 1 - 2**n) if -(2**63) <= v < 2**63]
TEXTS = ["", "a", "é𝄞", "x" * 57, "x" * 58, "z" * 20000]
VALUES = [None, 0, 1, 2, -1, 0.0, 1.0, -1.5, 1e300, *TEXTS, b"", b"\0", b"y" * 200, *EDGES]


def test_encoding_is_sqlites(tmp_path):
    path = tmp_path / "x.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE t(a, b, c)")
    r = random.Random(1)
    rows = [[v, 1, r.choice(VALUES)] for v in VALUES] + [[r.choice(VALUES) for _ in range(3)] for _ in range(200)]
    db.executemany("INSERT INTO t VALUES(?, ?, ?)", rows)
    db.commit()
    from pumice.storage.btree._testing import Cursor

    tree = open_tree(path)
    tree.py_begin_read()
    for row, (_, record) in zip(rows, Cursor(tree, 2).entries(), strict=True):
        assert encode(row) == record
        assert decode(record) == row
    tree.pager.close()


def test_long_headers():
    """The header's size counts its own varint: around 127 types the varint grows."""
    for n in (0, 1, 120, 125, 126, 127, 128, 129, 1000, 20000):
        assert decode(encode([1] * n)) == [1] * n
    for n in range(40, 70):
        assert decode(encode(["x" * 60] * n)) == ["x" * 60] * n


def test_numbers_compare_exactly():
    numbers = [0, 1, -1, 5, 2**53, 2**53 + 1, 2**53 - 1, 2**63 - 1, -(2**63)]
    numbers += [0.5, -0.5, 2.0**53, 9.223372036854775e18, 2.0**63, -(2.0**63), 1e308, float("inf"), float("-inf")]
    for a in numbers:
        for b in numbers:
            x, y = (Fraction(v) if abs(v) != float("inf") else v for v in (a, b))
            assert compare(a, b) == (x > y) - (x < y), (a, b)


def test_storage_classes_are_ordered():
    order = [None, -5, 2.5, "", "a", "b", b"", b"a"]
    for i, a in enumerate(order):
        for j, b in enumerate(order):
            assert compare(a, b) == (i > j) - (i < j)


def test_collations():
    info = KeyInfo([NOCASE], [0])
    assert compare("ABC", "abc", info) == 0
    assert compare("ABd", "abc", info) == 1
    assert compare("É", "é", info) != 0
    info = KeyInfo([RTRIM], [0])
    assert compare("a  ", "a", info) == 0
    assert compare(" a", "a", info) == -1
    assert set(builtin_collations()) == {"BINARY", "NOCASE", "RTRIM"}
    assert Collation.from_python("X", lambda a, b: 7).compare("a", "b") == 1
    with pytest.raises(TypeError):
        Collation.from_python("X", 5)


def test_nocase_is_sqlites():
    db = sqlite3.connect(":memory:")
    r = random.Random(3)
    for _ in range(500):
        a, b = ("".join(r.choice("aAbBzZ[_é ") for _ in range(r.randrange(5))) for _ in range(2))
        for name, collation in (("NOCASE", NOCASE), ("RTRIM", RTRIM)):
            less, equal = db.execute(f"SELECT ?1 < ?2 COLLATE {name}, ?1 = ?2 COLLATE {name}", (a, b)).fetchone()
            assert collation.compare(a, b) == (0 if equal else -1 if less else 1), (a, b, name)


@pytest.mark.parametrize("big_endian", [False, True])
def test_utf_conversion(big_endian):
    codec = "utf-16-be" if big_endian else "utf-16-le"
    r = random.Random(4)
    for _ in range(300):
        limits = [(1, 0x80), (0x80, 0x800), (0x800, 0xD800), (0x10000, 0x110000)]
        text = "".join(chr(r.randrange(*r.choice(limits))) for _ in range(9))
        assert to_utf16(text.encode(), big_endian) == text.encode(codec)
        assert to_utf8(text.encode(codec), big_endian) == text.encode()


def test_malformed_utf8_becomes_the_replacement_character():
    for bad in (b"\xc0\x80", b"\xe0\x81\x81", b"\xf4\x90\x80\x80"):
        assert to_utf16(b"a" + bad + b"b", False).decode("utf-16-le", "replace").startswith("a\ufffd")
    assert to_utf8(b"a\0b", False) == b"a"


@pytest.mark.parametrize("big_endian", [False, True])
def test_any_utf16_comes_back(big_endian):
    r = random.Random(6)
    units = [0x41, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF]
    for _ in range(2000):
        text = b"".join(r.choice(units).to_bytes(2, "big" if big_endian else "little") for _ in range(r.randrange(8)))
        assert to_utf16(to_utf8(text, big_endian), big_endian) == text
