"""INSERT against SQLite: affinity, rowids, defaults, constraints and their conflict actions."""

import pytest

VALUES = ["NULL", "1", "-7", "2.0", "2.5", "1e20", "'3'", "'3.0'", "'x'", "''", "x'31'", "9223372036854775807", "-0.0",
          "' 4 '", "'1e3'"]


@pytest.mark.parametrize("type_name", ["INTEGER", "TEXT", "REAL", "NUMERIC", "BLOB", "", "VARCHAR(9)", "DOUBLE"])
def test_column_affinity(pair, type_name):
    pair.script(f"CREATE TABLE t (a {type_name}, b)")
    for value in VALUES:
        pair.both(f"INSERT INTO t VALUES ({value}, typeof({value}))")
    pair.both("SELECT a, typeof(a) FROM t")


@pytest.mark.parametrize("type_name", ["INT", "INTEGER", "TEXT", "REAL", "BLOB", "ANY"])
def test_strict_types(pair, type_name):
    pair.script(f"CREATE TABLE t (a {type_name}, b) STRICT;\n"
                f"CREATE TABLE u (id INTEGER PRIMARY KEY, a {type_name} NOT NULL) STRICT;\n")
    pair.script(f"CREATE TABLE t (a {type_name}) STRICT;\n")
    for value in VALUES:
        pair.both(f"INSERT INTO t VALUES ({value})")
        pair.both(f"INSERT OR IGNORE INTO u(a) VALUES ({value})")
        pair.both(f"INSERT INTO u(id) VALUES ({value})")


def test_rowid_choice(pair):
    pair.script("""CREATE TABLE t (a INTEGER PRIMARY KEY, b);
        INSERT INTO t(b) VALUES (1);
        INSERT INTO t VALUES (10, 2);
        INSERT INTO t VALUES (NULL, 3);
        INSERT INTO t(rowid, b) VALUES (5, 4);
        INSERT INTO t(_rowid_, b) VALUES ('7', 4);
        INSERT INTO t VALUES ('8.0', 4);
        INSERT INTO t VALUES (9.0, 4);
        INSERT INTO t VALUES (9.5, 4);
        INSERT INTO t VALUES ('x', 4);
        INSERT INTO t VALUES (x'31', 4);
        INSERT INTO t VALUES (-3, 4);
        INSERT INTO t(b) VALUES (5);
        SELECT last_insert_rowid(), changes(), total_changes();
        INSERT INTO t VALUES (10, 9);
        INSERT INTO t(b, rowid) VALUES (9, 5);
        CREATE TABLE u (x);
        INSERT INTO u(rowid, x) VALUES (3, 1), (4, 2), (NULL, 3);
        INSERT INTO u(rowid, x) VALUES (6, 1), (4, 2);
        SELECT rowid, x FROM u;
        INSERT OR REPLACE INTO u(rowid, x) VALUES (6, 1), (4, 20);
        SELECT rowid, x FROM u;
        CREATE TABLE n (x INTEGER PRIMARY KEY);
        INSERT INTO n VALUES (-5);
        INSERT INTO n VALUES (NULL);
        INSERT INTO n VALUES (-5);
        INSERT INTO n VALUES (-6), (-7);
        SELECT * FROM n;
        """)


def test_rowid_beyond_the_largest(pair):
    pair.script("""CREATE TABLE t (a INTEGER PRIMARY KEY, b);
        INSERT INTO t VALUES (9223372036854775807, 1);
        INSERT INTO t(b) VALUES (2);
        SELECT count(*), count(DISTINCT a), min(a) > 0 FROM t;
        DELETE FROM t;
        """)


def test_autoincrement(pair):
    pair.script("""CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b);
        SELECT * FROM sqlite_sequence;
        INSERT INTO t(b) VALUES (1), (2);
        SELECT * FROM sqlite_sequence;
        DELETE FROM t;
        INSERT INTO t(b) VALUES (3);
        SELECT a FROM t;
        INSERT INTO t VALUES (100, 1);
        INSERT INTO t VALUES (50, 1);
        INSERT INTO t(b) VALUES (4);
        INSERT OR IGNORE INTO t VALUES (100, 9);
        CREATE TABLE u (a INTEGER PRIMARY KEY AUTOINCREMENT, b UNIQUE);
        INSERT INTO u(b) SELECT b FROM t WHERE 0;
        SELECT * FROM sqlite_sequence;
        INSERT INTO u(b) VALUES (1);
        INSERT OR IGNORE INTO u(b) VALUES (1);
        INSERT INTO u(b) VALUES (2);
        SELECT * FROM u;
        SELECT * FROM sqlite_sequence;
        UPDATE sqlite_sequence SET seq = 1000 WHERE name = 'u';
        INSERT INTO u(b) VALUES (3);
        INSERT INTO t VALUES (9223372036854775807, 1);
        INSERT INTO t(b) VALUES (5);
        SELECT * FROM sqlite_sequence;
        """)


def test_defaults(pair):
    pair.script("""CREATE TABLE t (a INTEGER PRIMARY KEY, b DEFAULT 5, c TEXT DEFAULT 6, d DEFAULT (1 + 2),
        e DEFAULT 'x', f DEFAULT -1.5,
            g NOT NULL DEFAULT 7, h DEFAULT abc, i DEFAULT TRUE, j DEFAULT "q", k DEFAULT NULL);
        INSERT INTO t DEFAULT VALUES;
        INSERT INTO t(c) VALUES (1);
        INSERT INTO t(g) VALUES (NULL);
        INSERT OR REPLACE INTO t(g) VALUES (NULL);
        INSERT OR IGNORE INTO t(g) VALUES (NULL);
        INSERT INTO t(nope) VALUES (1);
        INSERT INTO t(a, b) VALUES (1);
        INSERT INTO t VALUES (1);
        INSERT INTO nope VALUES (1);
        SELECT * FROM t;
        """)


def test_not_null_and_check(pair):
    pair.script("""CREATE TABLE t (a NOT NULL, c CONSTRAINT big CHECK (c < 10), b INT CHECK (b > 0), CHECK (a <> b));
        INSERT INTO t VALUES (NULL, 1, 1);
        INSERT INTO t VALUES (1, 1, 0);
        INSERT INTO t VALUES (2, 11, '3');
        INSERT INTO t VALUES (2, 1, 2);
        INSERT INTO t VALUES (2, NULL, NULL);
        INSERT INTO t VALUES ('x', '5', 1), ('y', -1, 1);
        INSERT OR IGNORE INTO t VALUES ('x', '5', 1), ('y', -1, 1), (NULL, 1, 1), ('z', 6, 1);
        SELECT changes();
        INSERT OR FAIL INTO t VALUES ('f', 1, 1), ('g', -1, 1), ('h', 1, 1);
        INSERT OR REPLACE INTO t VALUES ('r', 1, 1), (NULL, 1, 1);
        INSERT OR REPLACE INTO t VALUES ('r', 1, 1), ('s', -1, 1);
        SELECT * FROM t;
        CREATE TABLE u (a NOT NULL ON CONFLICT IGNORE, b NOT NULL ON CONFLICT REPLACE DEFAULT 8,
            c NOT NULL ON CONFLICT FAIL);
        INSERT INTO u VALUES (NULL, 1, 1), (1, NULL, 1), (2, 2, NULL), (3, 3, 3);
        INSERT INTO u VALUES (1, NULL, 1), (NULL, NULL, NULL);
        INSERT OR ABORT INTO u VALUES (1, NULL, 1), (NULL, NULL, NULL);
        SELECT * FROM u;
        """)


@pytest.mark.parametrize("action", ["", "OR ABORT", "OR FAIL", "OR IGNORE", "OR REPLACE", "OR ROLLBACK"])
def test_unique_conflicts(pair, action):
    pair.script(f"""CREATE TABLE t (a INTEGER PRIMARY KEY, b UNIQUE, c TEXT COLLATE NOCASE, d, UNIQUE (c, d));
        CREATE UNIQUE INDEX e ON t (abs(d)) WHERE d <> 3;
        CREATE INDEX f ON t (d, b);
        INSERT INTO t VALUES (1, 'b1', 'c1', 1), (2, 'b2', 'c2', 2), (3, 'b3', 'c3', 3);
        INSERT {action} INTO t VALUES (4, 'b4', 'c4', 4), (1, 'b5', 'c5', 5), (6, 'b6', 'c6', 6);
        INSERT {action} INTO t VALUES (7, 'b7', 'c7', 7), (8, 'b2', 'c8', 8), (9, 'b9', 'c9', 9);
        INSERT {action} INTO t VALUES (10, 'b10', 'C3', 3), (11, 'b11', 'c11', 3);
        INSERT {action} INTO t VALUES (12, 'b12', 'c12', -1), (13, 'b13', 'c13', 13);
        INSERT {action} INTO t VALUES (1, 'b2', 'c3', 3);
        INSERT {action} INTO t VALUES (20, NULL, NULL, NULL), (21, NULL, NULL, NULL);
        SELECT changes();
        SELECT * FROM t ORDER BY a;
        SELECT d, b FROM t ORDER BY d, b;
        BEGIN;
        INSERT INTO t VALUES (100, 'in', 'in', 100);
        INSERT {action} INTO t VALUES (101, 'in2', 'in2', 101), (102, 'in', 'x', 102), (103, 'y', 'y', 103);
        COMMIT;
        SELECT * FROM t ORDER BY a;
        """)


def test_constraint_conflict_clauses(pair):
    pair.script("""CREATE TABLE t (a INTEGER PRIMARY KEY ON CONFLICT REPLACE, b UNIQUE ON CONFLICT IGNORE,
        c UNIQUE ON CONFLICT FAIL, d UNIQUE);
        INSERT INTO t VALUES (1, 1, 1, 1), (2, 2, 2, 2);
        INSERT INTO t VALUES (1, 10, 10, 10);
        INSERT INTO t VALUES (3, 2, 3, 3);
        INSERT INTO t VALUES (4, 4, 4, 4), (5, 5, 4, 5), (6, 6, 6, 6);
        INSERT INTO t VALUES (7, 7, 7, 7), (8, 8, 8, 7);
        INSERT INTO t VALUES (1, 2, 99, 99);
        INSERT INTO t VALUES (1, 98, 99, 10);
        INSERT OR REPLACE INTO t VALUES (1, 2, 4, 10);
        SELECT * FROM t ORDER BY a;
        """)


def test_from_select(pair):
    pair.script("""CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);
        CREATE INDEX i ON t (b);
        INSERT INTO t VALUES (1, 'x'), (2, 'y');
        INSERT INTO t(b) SELECT b || a FROM t;
        INSERT INTO t(b) SELECT b || a FROM t;
        INSERT INTO t(b) SELECT a.b FROM t a, t b LIMIT 20;
        CREATE TABLE u AS SELECT * FROM t;
        INSERT INTO u SELECT * FROM t WHERE a > 5 ORDER BY a DESC;
        SELECT rowid, * FROM u;
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3000) INSERT INTO t(b) SELECT x FROM n;
        SELECT count(*), sum(a), max(b) FROM t;
        """)


def test_without_rowid(pair):
    pair.script("""CREATE TABLE t (v, k TEXT COLLATE NOCASE, n INT, r REAL, PRIMARY KEY (k, n DESC)) WITHOUT ROWID;
        CREATE INDEX i ON t (v);
        CREATE UNIQUE INDEX j ON t (r, v);
        INSERT INTO t VALUES (1, 'a', 1, 5), (2, 'a', 2, 6), (3, 'B', 1, 7.5);
        INSERT INTO t VALUES (4, 'A', 1, 8);
        INSERT INTO t VALUES (4, NULL, 1, 8);
        INSERT OR IGNORE INTO t VALUES (4, 'A', 1, 8), (5, 'c', 1, 9);
        INSERT OR REPLACE INTO t VALUES (4, 'A', 1, 8), (5, 'd', 1, 10);
        INSERT INTO t VALUES (4, 'e', 1, 8);
        INSERT OR REPLACE INTO t VALUES (4, 'e', 1, 8);
        INSERT OR REPLACE INTO t VALUES (5, 'b', 1, 9);
        SELECT * FROM t;
        SELECT v FROM t ORDER BY v;
        """)


def test_generated_columns(pair):
    pair.script("""CREATE TABLE t (a INT, b AS (a * 2), c TEXT AS (b + 1) STORED, d AS (c || 'x') UNIQUE,
        e INTEGER PRIMARY KEY, f AS (e + 1));
        CREATE INDEX i ON t (b, c);
        INSERT INTO t(a) VALUES (1), (2), ('3');
        INSERT INTO t(a) VALUES (1);
        INSERT OR REPLACE INTO t(a) VALUES (1);
        INSERT INTO t(a, b) VALUES (1, 2);
        INSERT INTO t VALUES (7, 100);
        SELECT * FROM t;
        SELECT c FROM t ORDER BY b;
        UPDATE t SET a = a + 10;
        UPDATE t SET a = 17 WHERE a = 11;
        UPDATE t SET e = e + 100 WHERE a = 12;
        SELECT * FROM t;
        DELETE FROM t WHERE b = 24;
        SELECT * FROM t;
        """)


def test_parameters(pair):
    pair.script("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c);\nCREATE INDEX i ON t (c, b)")
    big = "x" * 20000
    for row in [(None, "a", 1), (7, "b", 2.5), (None, None, b"\x00\x01"), (None, big, big.encode()),
                (9, "\u00e9\u4e2d\U0001f600", -1), (3, "", b"")]:
        pair.both("INSERT INTO t VALUES (?, ?, ?)", row)
    pair.both("INSERT INTO t VALUES (?, ?1, ?1)", (11,))
    pair.both("SELECT * FROM t ORDER BY c, b")


def test_overflow_and_many_rows(pair):
    pair.script("CREATE TABLE t (a INTEGER PRIMARY KEY, b, c);\nCREATE INDEX i ON t (b)")
    pair.both("BEGIN")
    for i in range(700):
        pair.both("INSERT INTO t VALUES (?, ?, ?)", (i * 37 % 701, "k" * (i * 13 % 900) + str(i), bytes(i * 7 % 3000)))
    pair.both("COMMIT")
    pair.both("SELECT a, length(b) FROM t ORDER BY b")
