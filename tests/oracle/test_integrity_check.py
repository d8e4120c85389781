"""integrity_check and quick_check of damaged files, word for word as SQLite's."""

import random

import apsw
import pytest

import pumice

PAGE = 512
SETUP = f"""
    PRAGMA page_size = {PAGE};
    CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c INT NOT NULL, d TEXT COLLATE NOCASE UNIQUE CHECK (d <> 'q'));
    CREATE INDEX tb ON t(b); CREATE INDEX tc ON t(c DESC, b) WHERE c > 3; CREATE INDEX te ON t(b || c, c / 3.0);
    CREATE TABLE w(k TEXT PRIMARY KEY, v INT UNIQUE, x REAL) WITHOUT ROWID; CREATE INDEX wx ON w(x);
    CREATE TABLE s(a INT, b TEXT, r REAL) STRICT; CREATE TABLE h(i INT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
        INSERT INTO t SELECT i, 'b' || (i * 7 % 31), i % 10, 'D' || i FROM n;
    INSERT INTO w SELECT 'k' || a, a * 3, a / 2.0 FROM t; INSERT INTO s SELECT a, b, c + 0.5 FROM t;
    INSERT INTO h VALUES (5), ('x'), (NULL)"""
CALLS = ["PRAGMA integrity_check", "PRAGMA quick_check", "PRAGMA integrity_check(3)", "PRAGMA integrity_check(w)",
         "PRAGMA quick_check(t)", "PRAGMA integrity_check(sqlite_master)"]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    path = tmp_path_factory.mktemp("integrity") / "sound.db"
    db = apsw.Connection(str(path))
    for sql in SETUP.split(";"):
        db.execute(sql)
    roots = dict(db.execute("SELECT name, rootpage FROM sqlite_schema"))
    db.close()
    return path.read_bytes(), roots


def u16(data, at):
    return data[at] << 8 | data[at + 1]


def answers(connection, calls):
    return [[row[0] for row in connection.execute(sql)] for sql in calls]


def compare(folder, data, calls=CALLS):
    """What SQLite says to all `calls`, and Pumice too."""
    path = folder / "damaged.db"
    path.write_bytes(data)
    theirs, mine = apsw.Connection(str(path)), pumice.connect(path)
    try:
        expected = answers(theirs, calls)
        assert answers(mine, calls) == expected
        return expected
    finally:
        theirs.close()
        mine.close()


def leaves(data, root):
    """The leaf pages of a tree of two levels, or its root."""
    at = (root - 1) * PAGE
    if data[at] in (10, 13):
        return [root]
    cells = [at + u16(data, at + 12 + 2 * i) for i in range(u16(data, at + 3))]
    return [int.from_bytes(data[c : c + 4], "big") for c in [*cells, at + 8]]


def swap(data, page, i, j):
    at = (page - 1) * PAGE
    first = at + (8 if data[at] in (10, 13) else 12)
    a, b = first + 2 * i, first + 2 * j
    data[a : a + 2], data[b : b + 2] = data[b : b + 2], data[a : a + 2]


TREES = ["t", "tb", "tc", "te", "sqlite_autoindex_t_1", "w", "wx", "sqlite_autoindex_w_2", "s"]


@pytest.mark.parametrize("name", TREES)
def test_cells_out_of_order(sound, tmp_path, name):
    original, roots = sound
    for page in leaves(original, roots[name])[:2]:
        for i, j in ((0, 1), (2, 7), (1, 9)):
            data = bytearray(original)
            swap(data, page, i, j)
            assert compare(tmp_path, data)[0] != ["ok"]


def test_rows_that_break_their_constraints(sound, tmp_path):
    original, _ = sound
    changed = {
        b"D37": b"q37", b"k50": b"k5a", b"b30": b"b3q",
        b"\x04\x00\x13\x01\x13b7": b"\x04\x00\x13\x00\x13b7",          # c becomes NULL
        b"D12": b"d12",                                                 # the same text to the index, but not quite
    }
    for old, new in changed.items():
        data, at = bytearray(original), 0
        while (at := data.find(old, at)) >= 0:
            one = bytearray(original)
            one[at : at + len(new)] = new
            compare(tmp_path, one)
            at += 1


def test_values_of_other_types(tmp_path, sound):
    path = tmp_path / "types.db"
    path.write_bytes(sound[0])
    db = apsw.Connection(str(path))
    db.execute("PRAGMA writable_schema = ON")
    for old, new in (("i INT", "i TEXT NOT NULL"), ("a INT, b TEXT, r REAL", "a TEXT, b BLOB, r INT"),
                     ("v INT UNIQUE", "v TEXT UNIQUE CHECK (k > 'k3')")):
        db.execute("UPDATE sqlite_schema SET sql = replace(sql, ?, ?)", (old, new))
    db.close()
    found = compare(tmp_path, path.read_bytes(), [f"PRAGMA integrity_check({table})" for table in "hsw"])
    assert {line.split()[0] for lines in found for line in lines} == {"NUMERIC", "NULL", "non-TEXT", "non-BLOB",
                                                                      "non-INT", "CHECK"}


def test_bytes_that_are_wrong(sound, tmp_path):
    """Where what is damaged can be read the answers are the same. Where not, one engine may go on and the other not."""
    original, _ = sound
    same = 0
    for seed in range(150):
        r = random.Random(seed)
        data = bytearray(original)
        at = r.randrange(PAGE, len(data))
        data[at] = r.randrange(256)
        try:
            compare(tmp_path, data)
            same += 1
        except (AssertionError, apsw.CorruptError, pumice.DatabaseError):
            pass
    assert same > 120
