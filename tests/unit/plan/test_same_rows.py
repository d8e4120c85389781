"""Statements whose aggregates read the same rows: these are made once, and the answers are SQLite's."""

import sqlite3

import pytest

import pumice

N = 40_000

SHARED = [
    "SELECT p, sum(c * q) AS v FROM st, su WHERE st.s = su.s AND su.n = 3 GROUP BY p HAVING sum(c * q) > "
    "(SELECT sum(c * q) * 0.001 FROM st, su WHERE st.s = su.s AND su.n = 3) ORDER BY v DESC, p",
    # The subquery reads more columns than the query, and names the tables otherwise.
    "SELECT count(*), (SELECT sum(x.c) FROM st AS x, su AS y WHERE x.s = y.s AND y.n = 3 AND x.q > 5) "
    "FROM st, su WHERE st.s = su.s AND su.n = 3 AND st.q > 5",
    "SELECT (SELECT max(c) FROM st WHERE q = 7 AND c > 3), "
    "(SELECT group_concat(p, '-') FROM st WHERE q = 7 AND c > 3), "
    "(SELECT count(DISTINCT p) FROM st WHERE q = 7 AND c > 3)",
    "SELECT n FROM su WHERE s < 3 AND n > (SELECT avg(q) FROM st WHERE p % 97 = 5) - 20 "
    "AND n < (SELECT avg(q) FROM st WHERE p % 97 = 5) + 100 "
    "AND s IN (SELECT max(s) FROM st WHERE p % 97 = 5 GROUP BY q)",
    "SELECT a, count(*), (SELECT avg(a) FROM (SELECT c + 1 AS a FROM st WHERE p < 300 AND q < 9)) "
    "FROM (SELECT c + 1 AS a FROM st WHERE p < 300 AND q < 9) GROUP BY a",
    "WITH t AS MATERIALIZED (SELECT p, c FROM st WHERE q = 9 AND c > 5) SELECT count(*), "
    "(SELECT sum(c) FROM st WHERE q = 9 AND c > 5), (SELECT min(p) FROM st WHERE q = 9 AND c > 5) FROM t",
]

APART = [
    "SELECT (SELECT max(c) FROM st WHERE q = 7 AND c > 3), (SELECT sum(c) FROM st WHERE q = 7 AND c > 4)",
    "SELECT (SELECT max(c) FROM st WHERE q = 7 AND c > 3), (SELECT sum(c) FROM st WHERE q = 7 OR c > 3)",
    "SELECT (SELECT max(c) FROM st WHERE c > 3), (SELECT sum(c) FROM st WHERE c > 3)",
    "SELECT (SELECT sum(c) FROM st WHERE q = 7 AND random() IS NULL), "
    "(SELECT count(*) FROM st WHERE q = 7 AND random() IS NULL)",
    "SELECT s, (SELECT sum(c) FROM st WHERE q % 50 = n), (SELECT max(c) FROM st WHERE q % 50 = n) FROM su WHERE s < 5",
    "SELECT (SELECT sum(p) FROM st WHERE q = 7 AND c > 3), "
    "(SELECT count(*) FROM st JOIN su USING (s) WHERE q = 7 AND c > 3)",
]


def fill(connection):
    connection.executescript("CREATE TABLE st(p INT, s INT, q INT, c REAL); "
                             "CREATE TABLE su(s INTEGER PRIMARY KEY, n INT)")
    connection.executemany("INSERT INTO st VALUES (?, ?, ?, ?)",
                           [(i * 31 % 4001, i * 7 % 200, i * 13 % 101, i * 17 % 97 / 4) for i in range(N)])
    connection.executemany("INSERT INTO su VALUES (?, ?)", [(i, i % 25) for i in range(200)])
    connection.execute("ANALYZE")
    connection.commit()
    return connection


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    name = str(tmp_path_factory.mktemp("same") / "t.db")
    fill(sqlite3.connect(name)).close()
    return pumice.connect(name), sqlite3.connect(name)


def explain(connection, sql, kind="EXPLAIN", values=()):
    return "\n".join(str(row[-1]) for row in connection.execute(f"{kind} {sql}", values))


@pytest.mark.parametrize("scale", ["0", "1"])
@pytest.mark.parametrize("sql", SHARED)
def test_made_once(both, sql, scale, monkeypatch):
    monkeypatch.setenv("PUMICE_PARALLEL_SCALE", scale)
    connection, oracle = both
    connection.execute(f"PRAGMA threads = {2 + int(scale)}")        # plans anew
    expected = oracle.execute(sql).fetchall()
    assert explain(connection, sql).count("Shared") >= 2
    assert "MATERIALIZE \n" not in explain(connection, sql, "EXPLAIN QUERY PLAN") + "\n"
    assert connection.execute(sql).fetchall() == expected
    connection.execute("PRAGMA work_mem = 65536")
    assert connection.execute(sql).fetchall() == expected
    connection.execute("PRAGMA work_mem = 0")


@pytest.mark.parametrize("sql", APART)
def test_what_is_made_twice(both, sql):
    connection, oracle = both
    assert "Shared" not in explain(connection, sql)
    assert connection.execute(sql).fetchall() == oracle.execute(sql).fetchall()


def test_parameters(both):
    connection, oracle = both
    one = "SELECT count(*), (SELECT sum(c) FROM st WHERE q = ?1 AND c > ?2) FROM st WHERE q = ?1 AND c > ?2"
    two = one.replace("FROM st WHERE q = ?1 AND c > ?2", "FROM st WHERE q = ?3 AND c > ?2", 1)
    for sql, values, n in ((one, (7, 3), 2), (one, (8, 2.5), 2), (two, (7, 3, 8), 0)):
        assert explain(connection, sql, values=values).count("Shared") == n
        assert connection.execute(sql, values).fetchall() == oracle.execute(sql, values).fetchall()


def test_figures_are_those_of_the_place_that_ran(both):
    connection, _ = both
    lines = explain(connection, SHARED[0], "EXPLAIN ANALYZE").splitlines()
    scans = [line for line in lines if "TableScan st" in line]
    assert len(scans) == 2 and all("actual rows 1600," in line for line in scans), lines
