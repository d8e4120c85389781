"""Databases of each text encoding beside SQLite: BLOBs read as text and texts as BLOBs, the order of texts, text that
is not valid.
"""

import itertools
import random
import sqlite3

import pytest

from tests.oracle.engines import Pumice, Sqlite, difference

ENCODINGS = ("UTF-8", "UTF-16le", "UTF-16be")
BLOBS = ("X''", "X'61'", "X'6100'", "X'0061'", "X'61006200'", "X'00610062'", "X'610062'", "X'31003200'", "X'00310032'",
         "X'3132'", "X'31002e003500'", "X'2d0031003000'", "X'fffe6100'", "X'C3A9'", "X'3dd800de'", "X'd83dde00'",
         "X'200061002000'", "X'0000'", "CAST('é' AS BLOB)")
# ? stands for a BLOB. concat and concat_ws are left out: of an odd or a shorter BLOB they copy what happens to lie
# behind its text.
EXPRESSIONS = (
    "CAST(? AS TEXT)", "hex(CAST(? AS TEXT))", "CAST(? AS INTEGER)", "CAST(? AS REAL)", "CAST(? AS NUMERIC)",
    "CAST(? AS BLOB)", "typeof(CAST(? AS TEXT))", "? || 'b'", "'b' || ?", "hex(? || 'b')", "hex('bé' || ?)",
    "hex(? || ?)", "hex(? || 12)", "hex(1.5 || ?)", "? || NULL", "typeof(? || ?)", "hex(?)", "quote(?)", "length(?)",
    "octet_length(?)", "typeof(?)", "upper(?)", "lower(?)", "trim(?)", "ltrim(?, 'a')", "rtrim('ba', ?)", "unicode(?)",
    "substr(?, 2)", "substr(?, 1, 1)", "substr('abcdefghijklmnop', ?)", "substr('abcdefghijklmnop', 2, ?)",
    "instr(?, 'b')", "instr('ab', ?)", "instr(?, ?)", "replace(?, 'a', 'x')", "replace('abcab', ?, 'x')",
    "replace('abcab', 'b', ?)", "? LIKE 'a%'", "'ab' LIKE ?", "? GLOB '*'", "printf('%s|%d|%g|%q|%Q', ?, ?, ?, ?, ?)",
    "format(?, 7)", "char(?)", "unhex(?)", "unhex('6162', ?)", "unistr(?)", "abs(?)", "round(?, 1)", "round(2.567, ?)",
    "sign(?)", "sqrt(?)", "length(zeroblob(?))", "date(?)", "strftime(?, '2020-01-02')", "min(?, 'a')", "max('a', ?)",
    "nullif(?, 'a')", "coalesce(NULL, ?) || 'x'", "iif(?, 'yes', 'no')", "CASE WHEN ? THEN 'yes' ELSE 'no' END",
    "CASE ? WHEN 'a' THEN 1 ELSE 2 END", "NOT ?", "? AND 1", "? OR 0", "? IS TRUE", "? IS NOT FALSE", "? + 1", "? * 2",
    "10 - ?", "? / 2", "? % 7", "-?", "~?", "? & 7", "? | 8", "? << 1", "1 >> ?", "? = 'a'", "? < 'a'",
    "? BETWEEN 1 AND 'z'", "? IN ('a', 12)", "? = 12", "(SELECT ?) || 'x'", "sum(?)", "total(?)", "avg(?)", "count(?)",
    "group_concat(?)", "string_agg('x', ?)", "min(?)", "json_valid('1') + ?", "CAST(CAST(? AS TEXT) AS BLOB)",
    "hex(CAST(? || 'x' AS BLOB))",
)
TEXTS = ("hex('aé😀')", "hex(12)", "hex(1.5)", "hex(NULL)", "CAST('aé' AS BLOB)", "CAST(12 AS BLOB)",
         "CAST(1.5 AS BLOB)", "octet_length('aé😀')", "octet_length(12)", "length('aé😀')",
         "hex(char(97, 233, 55296, 65534, 128512))", "hex(unistr('\\D800\\FFFE'))", "length('a' || char(0) || 'b')",
         "hex('a' || char(0))", "quote(CAST('a' AS BLOB))", "hex(upper('ß'))", "CAST('12' AS BLOB) + 1",
         "typeof(CAST('12' AS BLOB) + 1)", "hex(zeroblob(2))")


def pair(encoding, path=":memory:"):
    engines = Pumice(path), Sqlite(path)
    for engine in engines:
        engine.run(f"PRAGMA encoding = '{encoding}'")
        engine.run("CREATE TABLE t(a, b TEXT)")
    return engines


def check(engines, sql, params=()):
    mine, theirs = (engine.run(sql, params) for engine in engines)
    if not mine.message.startswith("no such function: json"):
        assert difference(mine, theirs, ordered=True) is None, (sql, params, difference(mine, theirs, ordered=True))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_blob_as_text(encoding):
    engines = pair(encoding)
    for expression, blob in itertools.product(EXPRESSIONS, BLOBS):
        if blob != "X'61'" or not expression.startswith("instr"):       # there SQLite looks behind the text too
            check(engines, "SELECT " + expression.replace("?", blob))
    for text in TEXTS:
        check(engines, f"SELECT {text}")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_blobs_of_a_column(encoding):
    """A vector of BLOBs among other values, and as conditions."""
    engines = pair(encoding)
    for blob in BLOBS[2:]:
        for engine in engines:
            engine.run(f"INSERT INTO t VALUES ({blob}, {blob}), ('a', 'b'), (1, 2), (NULL, NULL), ({blob}, 'x')")
    for expression in EXPRESSIONS:
        check(engines, f"SELECT {expression.replace('?', 'a')} FROM t")
    for condition in ("a", "NOT b", "a AND b", "a OR b", "a + 0", "a || b", "iif(a, b, 1)", "a IS TRUE",
                      "CAST(a AS TEXT) = 'a'"):
        check(engines, f"SELECT rowid, quote(a) FROM t WHERE {condition}")
        check(engines, f"SELECT count(*) FILTER (WHERE {condition}) FROM t")
        check(engines, f"SELECT count(*) FROM t AS x JOIN t AS y ON x.rowid = y.rowid "
                       f"AND (x.{condition.replace(' b', ' x.b')})"
              if condition in ("a", "a AND b", "a OR b") else "SELECT 1")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_bound_blobs(encoding):
    engines = pair(encoding)
    for blob in (b"", b"3", b"ab", b"abc", b"1\0", b"12", b"\xff\xfe", b"\xed\xa0\x80", "é".encode()):
        for expression in ("CAST(? AS TEXT)", "hex(CAST(? AS TEXT))", "CAST(? AS INTEGER)", "CAST(? AS BLOB)",
                           "upper(?)", "hex(?)", "? + 1", "-?", "length(?)", "group_concat(?)", "replace(?, 'a', 'x')",
                           "NOT ?", "iif(?, 1, 2)", "typeof(?)", "hex(? || 'a')"):
            check(engines, f"SELECT {expression}", (blob,))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("index", [False, True])
def test_order_of_texts(encoding, index):
    """BINARY compares the bytes of the database's encoding: not the order of code points in UTF-16."""
    r = random.Random(5)
    limits = [(0x20, 0x80), (0x80, 0x300), (0x300, 0xD800), (0xE000, 0xFFFE), (0x10000, 0x20000)]
    texts = ["".join(chr(r.randrange(*r.choice(limits))) for _ in range(r.randrange(4)))
             for _ in range(300)] + ["a", "Ā", "ab", "a\0"]
    engines = pair(encoding)
    for engine in engines:
        engine.run("CREATE TABLE w(k TEXT PRIMARY KEY, n) WITHOUT ROWID")
        if index:
            engine.run("CREATE INDEX i ON t(b)")
            engine.run("CREATE INDEX j ON t(b DESC, a)")
        for i, text in enumerate(texts):
            engine.run("INSERT INTO t VALUES (?, ?)", (i % 40, text))
            engine.run("INSERT OR REPLACE INTO w VALUES (?, ?)", (text, i))
    for sql in ("SELECT b FROM t ORDER BY b, a", "SELECT b FROM t ORDER BY b DESC, a",
                "SELECT b FROM t ORDER BY +b LIMIT 20", "SELECT min(b), max(b) FROM t",
                "SELECT min(+b), max(+b) FROM t", "SELECT a, min(b), max(b) FROM t GROUP BY a",
                "SELECT b, count(*) FROM t GROUP BY b", "SELECT DISTINCT b FROM t ORDER BY b",
                "SELECT k, n FROM w ORDER BY k", "SELECT k FROM w WHERE k > 'Ā' ORDER BY k", "SELECT max('Ā', 'a')",
                "SELECT b FROM t UNION SELECT k FROM w ORDER BY 1", "SELECT group_concat(b, '|' ORDER BY b) FROM t",
                "SELECT count(*) FROM t JOIN w ON t.b = w.k", "SELECT b FROM t WHERE b LIKE 'Ā%' ORDER BY b, a",
                "SELECT b FROM t WHERE b GLOB 'a*' ORDER BY b, a",
                "SELECT nullif('Ā', 'Ā'), 'Ā' IN ('a', 'Ā'), 'Ā' < 'a', 'Ā' BETWEEN 'a' AND 'z'"):
        check(engines, sql)
    for text in texts[:60]:
        for op in ("<", "<=", "=", ">", "IS NOT"):
            check(engines, f"SELECT a, b FROM t WHERE b {op} ? ORDER BY a, b", (text,))
            check(engines, f"SELECT a, b FROM t WHERE +b {op} ? ORDER BY a, b", (text,))
        check(engines, "SELECT a, b FROM t WHERE b IN (?, 'a', 'Ā', 'ab') ORDER BY a, b", (text,))


ODD = {"UTF-16le": ("00D84100", "00D8", "fffe6100", "feff6100", "410000D8", "00D800D8", "00DC00D8", "3dd800de"),
       "UTF-16be": ("D8000041", "D800", "fffe0061", "ffff", "0041D800", "D800D800", "DC00D800", "d83dde00")}
CHANGES = ("DELETE FROM t WHERE a = 1", "UPDATE t SET c = 5 WHERE a = 1", "UPDATE t SET b = 'z'",
           "DELETE FROM t WHERE b IN (SELECT b FROM t)", "REINDEX", "INSERT OR REPLACE INTO t VALUES (1, 'q', 1)",
           "ALTER TABLE t DROP COLUMN c", "INSERT INTO t SELECT a + 10, b, c FROM t", "DROP INDEX i",
           "CREATE INDEX j ON t(b DESC, c)", "CREATE TABLE u AS SELECT * FROM t", "UPDATE t SET a = a + 100")


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("change", CHANGES)
def test_text_that_is_not_valid_is_kept(encoding, change, tmp_path):
    """Its index entries are found again, and its bytes stay."""
    contents = []
    for make in (Pumice, Sqlite):
        path = str(tmp_path / make.__name__)
        c = sqlite3.connect(path, isolation_level=None)
        c.execute(f"PRAGMA encoding = '{encoding}'")
        c.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c)")
        c.execute("CREATE INDEX i ON t(b)")
        for i, odd in enumerate(ODD[encoding]):
            c.execute(f"INSERT INTO t VALUES ({i + 1}, CAST(X'{odd}' AS TEXT), 2)")
        c.close()
        engine = make(path)
        outcome = engine.run(change)
        assert outcome.rows is not None, outcome.message
        engine.close()
        c = sqlite3.connect(path)
        assert c.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        contents.append(c.execute("SELECT a, hex(b) FROM t ORDER BY a").fetchall())
        c.close()
    assert contents[0] == contents[1]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_noncharacters_from_python(encoding):
    engines = pair(encoding)
    for text in ("\ufffe", "a\uffff", "\ufffdé"):
        check(engines, "SELECT hex(?)", (text,))
        check(engines, f"SELECT hex('{text}'), length('{text}')")
