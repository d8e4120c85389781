"""UPDATE and DELETE against SQLite."""

import random

import apsw
import pytest

import pumice

SETUP = """CREATE TABLE t (a INTEGER PRIMARY KEY, b UNIQUE, c TEXT COLLATE NOCASE,
        d REAL NOT NULL DEFAULT 4 CHECK (d < 1000), UNIQUE (c, d));
    CREATE INDEX i ON t (d DESC, b);
    CREATE INDEX p ON t (c) WHERE d > 2;
    CREATE INDEX x ON t (d + a, lower(c));
    INSERT INTO t VALUES (1, 'b1', 'c1', 1), (2, 'b2', 'C2', 2), (3, 'b3', 'c3', 3.5), (4, NULL, 'c4', 4),
        (5, NULL, NULL, 5);
    """


@pytest.mark.parametrize("action", ["", "OR ABORT", "OR FAIL", "OR IGNORE", "OR REPLACE", "OR ROLLBACK"])
def test_update(pair, action):
    pair.script(SETUP + f"""UPDATE {action} t SET d = d + 1;
        UPDATE {action} t SET b = 'n' || a WHERE a < 3;
        UPDATE {action} t SET b = 'same';
        SELECT * FROM t ORDER BY a;
        UPDATE {action} t SET a = a + 1;
        UPDATE {action} t SET a = -a;
        UPDATE {action} t SET a = 'x' WHERE b IS NULL;
        UPDATE {action} t SET a = NULL WHERE b IS NULL;
        UPDATE {action} t SET a = '77' WHERE c = 'C4';
        UPDATE {action} t SET rowid = 78 WHERE c = 'c4';
        UPDATE {action} t SET d = NULL WHERE a > 2;
        UPDATE {action} t SET d = 5000 WHERE a > 2;
        UPDATE {action} t SET c = upper(c), d = '9';
        UPDATE {action} t SET c = 'one', d = 1;
        UPDATE {action} t SET b = b, c = c, d = d, a = a;
        SELECT changes();
        SELECT * FROM t ORDER BY a;
        SELECT d, b FROM t ORDER BY d DESC, b;
        SELECT c FROM t WHERE d > 2 ORDER BY c;
        UPDATE {action} nope SET a = 1;
        UPDATE {action} t SET nope = 1;
        """)


def test_update_sees_its_own_search_only_once(pair):
    pair.script("""CREATE TABLE t (a, b);
        CREATE INDEX i ON t (a);
        INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);
        UPDATE t SET a = a + 1 WHERE a > 0;
        SELECT * FROM t;
        UPDATE t SET a = (SELECT max(a) FROM t), b = (SELECT count(*) FROM t);
        UPDATE t SET (a, b) = (SELECT b, a FROM t ORDER BY rowid LIMIT 1);
        SELECT * FROM t;
        UPDATE t SET rowid = rowid + 10 WHERE rowid < 100;
        SELECT rowid, * FROM t;
        """)


def test_update_from_correlated_subqueries_over_the_table(pair):
    pair.script("""CREATE TABLE t (a INTEGER PRIMARY KEY, b, c);
        INSERT INTO t VALUES (1, 3, 'x'), (2, 5, 'y'), (3, 1, 'x'), (4, 9, 'y'), (5, 2, 'x');
        UPDATE t SET b = (SELECT sum(b) FROM t t2 WHERE t2.a <= t.a);
        SELECT * FROM t;
        UPDATE t SET b = (SELECT max(b) FROM t t2 WHERE t2.c = t.c) + 1;
        SELECT * FROM t;
        UPDATE t SET b = (SELECT max(b) FROM t t2) + 1;
        UPDATE t SET c = c || 'q' WHERE EXISTS (SELECT 1 FROM t t2 WHERE t2.a = t.a + 1);
        UPDATE t SET b = CASE WHEN EXISTS (SELECT 1 FROM t t2 WHERE t2.b < t.b) THEN 0 ELSE a END;
        SELECT * FROM t;
        DELETE FROM t WHERE b <= (SELECT avg(b) FROM t t2 WHERE t2.c = t.c);
        """)


def test_update_without_rowid(pair):
    pair.script("""CREATE TABLE t (v, k TEXT COLLATE NOCASE, n INT, r REAL, PRIMARY KEY (k, n DESC)) WITHOUT ROWID;
        CREATE INDEX i ON t (v);
        CREATE UNIQUE INDEX j ON t (r);
        INSERT INTO t VALUES (1, 'a', 1, 5), (2, 'a', 2, 6), (3, 'B', 1, 7.5), (4, 'c', 1, 8);
        UPDATE t SET k = upper(k);
        UPDATE t SET n = n + 1;
        SELECT * FROM t;
        UPDATE t SET n = 9 WHERE k = 'a';
        UPDATE OR IGNORE t SET n = 9 WHERE k = 'a';
        UPDATE OR REPLACE t SET n = 9 WHERE k = 'a';
        UPDATE t SET r = 1;
        UPDATE OR REPLACE t SET r = 1;
        UPDATE t SET k = NULL;
        SELECT * FROM t;
        SELECT v FROM t ORDER BY v;
        DELETE FROM t WHERE k = 'B';
        DELETE FROM t;
        """)


def test_delete(pair):
    pair.script(SETUP + """DELETE FROM t WHERE b IS NULL AND c IS NOT NULL;
        SELECT changes();
        DELETE FROM t WHERE d > 2;
        SELECT * FROM t;
        DELETE FROM t WHERE a IN (SELECT a FROM t);
        INSERT INTO t(c) VALUES ('x'), ('y');
        DELETE FROM t;
        SELECT changes(), total_changes();
        INSERT INTO t(c) VALUES ('x'), ('y');
        DELETE FROM t WHERE 1;
        DELETE FROM nope;
        DELETE FROM t WHERE nope;
        """)


def test_update_from(pair):
    pair.script("""CREATE TABLE t (a INTEGER PRIMARY KEY, b);
        CREATE TABLE u (x, y);
        CREATE INDEX i ON t (b);
        INSERT INTO t VALUES (1, 10), (2, 20), (3, 30);
        INSERT INTO u VALUES (1, 100), (3, 300);
        UPDATE t SET b = y FROM u WHERE x = a;
        SELECT * FROM t;
        UPDATE t SET b = (SELECT y FROM u WHERE x = t.a) WHERE EXISTS (SELECT 1 FROM u WHERE x = t.a);
        DELETE FROM t WHERE a NOT IN (SELECT x FROM u);
        SELECT * FROM t;
        """)


SCHEMAS = [
    "CREATE TABLE t (a INTEGER PRIMARY KEY, b UNIQUE, c TEXT COLLATE NOCASE, d REAL, UNIQUE (c, d))",
    "CREATE TABLE t (a INT, b INT UNIQUE ON CONFLICT REPLACE, c, d REAL UNIQUE, PRIMARY KEY (a, c)) WITHOUT ROWID",
    "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b, c UNIQUE ON CONFLICT IGNORE, d AS (b || c), e UNIQUE)",
    ("CREATE TABLE t (a TEXT COLLATE NOCASE PRIMARY KEY DESC, b, c, "
     "d NOT NULL ON CONFLICT REPLACE DEFAULT 1 CHECK (d < 20))"),
]


@pytest.mark.parametrize("seed", range(12))
def test_random_changes(pair, seed):
    """Random statements over a table with unique, partial, descending and expression indexes."""
    rng = random.Random(seed)
    pair.both(SCHEMAS[seed % len(SCHEMAS)])
    pair.both("CREATE INDEX i1 ON t (b DESC, c)")
    pair.both("CREATE INDEX i2 ON t (c, a) WHERE b > 10")
    pair.both("CREATE INDEX i3 ON t (abs(b) + 1)")
    if seed % 3 == 0:
        pair.both("CREATE UNIQUE INDEX i4 ON t (b + a) WHERE b IS NOT NULL")
    columns = ["a", "b", "c"] + (["d"] if seed % 4 != 2 else ["e"])

    def value():
        return rng.choice(["NULL", str(rng.randrange(30)), str(rng.randrange(30)),
                           f"'{rng.choice('abcABC')}{rng.randrange(5)}'", str(rng.randrange(30) / 2),
                           f"x'{rng.randrange(32, 127):02x}'"])

    def condition():
        column = rng.choice(columns)
        return rng.choice([f"{column} > {value()}", f"{column} = {value()}", f"{column} IS NULL",
                           f"{column} BETWEEN 3 AND 9"])

    action = ["", "", "OR IGNORE", "OR REPLACE", "OR FAIL", "OR ABORT"]
    for _ in range(120):
        outcome = None
        kind = rng.random()
        if kind < 0.6:
            rows = ", ".join("(" + ", ".join(value() for _ in columns) + ")" for _ in range(rng.randrange(1, 4)))
            outcome = pair.both(f"INSERT {rng.choice(action)} INTO t({', '.join(columns)}) VALUES {rows}")
        elif kind < 0.85 and seed % 4 == 1:
            # SQLite walks whichever index of a WITHOUT ROWID table is the smallest: compare only what does not depend
            # on the order.
            sets = ", ".join(f"{c} = {value()}" for c in rng.sample(["a", "c", "d"], rng.randrange(1, 3)))
            outcome = pair.both(f"UPDATE t SET {sets} WHERE {condition()}", messages=False)
        elif kind < 0.85:
            sets = ", ".join(f"{c} = {rng.choice([value(), c + ' + 1'])}"
                             for c in rng.sample(columns, rng.randrange(1, 3)))
            outcome = pair.both(f"UPDATE {rng.choice(action)} t NOT INDEXED SET {sets} WHERE {condition()}")
        else:
            outcome = pair.both(f"DELETE FROM t WHERE {condition()}")
        if outcome == []:
            pair.both("SELECT changes()")
    pair.both("SELECT * FROM t")


@pytest.mark.parametrize("engine", [pumice, apsw])
def test_a_row_that_stays_as_it_is_is_not_written(engine, tmp_path):
    path = tmp_path / "t.db"
    db = pumice.connect(path)
    db.executescript("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); INSERT INTO t VALUES (1, 'one'), (2, 'two')")
    db.close()
    before = path.read_bytes()
    db = pumice.connect(path, isolation_level=None) if engine is pumice else apsw.Connection(str(path))
    db.execute("UPDATE t SET b = 'two' WHERE a = 2")
    assert list(db.execute("SELECT changes()")) == [(1,)]
    assert path.read_bytes() == before
    db.execute("UPDATE t SET b = 'TWO' WHERE a = 2")
    assert path.read_bytes() != before
    assert list(db.execute("SELECT b FROM t ORDER BY a")) == [("one",), ("TWO",)]
    db.close()
