"""Join filters (plan/join_filters.py, exec/expr/in_join.pyx): scans below a hash join drop what finds no match there,
and only that."""

import random
import sqlite3

import pytest

import pumice

SCHEMA = """
CREATE TABLE fact(id INTEGER PRIMARY KEY, a, b INT, c, note TEXT);
CREATE TABLE dim(id INTEGER PRIMARY KEY, k, l INT, name TEXT);
CREATE TABLE tiny(k, tag TEXT);
"""
QUERIES = [
    "SELECT fact.id, dim.name FROM fact, dim WHERE fact.a = dim.k AND dim.name = 'n3' AND dim.l > 2",
    "SELECT count(*), sum(fact.b), max(fact.note) FROM fact, dim WHERE fact.a = dim.k AND fact.b = dim.l "
    "AND dim.name = 'n3' AND dim.l < 90",
    "SELECT fact.id FROM fact WHERE fact.a IN (SELECT k FROM dim WHERE dim.l = fact.b AND dim.name < 'n4')",
    "SELECT count(*), sum(dim.l), min(tiny.tag) FROM fact, dim, tiny WHERE fact.a = dim.k AND fact.c = tiny.k "
    "AND dim.name = 'n3' AND tiny.tag = 't1'",
    "SELECT x.n, dim.name FROM (SELECT id + 1 AS n, b AS m FROM fact WHERE b % 3 = 1) AS x, dim "
    "WHERE x.m = dim.l AND dim.name = 'n5' AND dim.k IS NULL",
    "SELECT fact.id, dim.name, tiny.tag FROM fact LEFT JOIN tiny ON tiny.k = fact.c JOIN dim ON dim.k = fact.b "
    "AND dim.name = 'n1' AND dim.l > 1",
    "SELECT count(*) FROM fact, dim WHERE fact.a IS dim.k AND dim.name = 'n3' AND dim.l > 2",
    "SELECT count(*) FROM fact, dim WHERE fact.note = dim.name AND dim.k = 3 AND dim.l > 1",
    "SELECT (SELECT count(*) FROM fact, dim WHERE fact.a = dim.k AND dim.name = 'n' || tiny.k AND dim.l > 2), tag "
    "FROM tiny",
]


def value(rng, n):
    kind = rng.randrange(12)
    if kind == 0:
        return None
    if kind == 1:
        return float(rng.randrange(n))
    if kind == 2:
        return rng.randrange(n) + 0.5
    if kind == 3:
        return str(rng.randrange(n))
    return rng.randrange(n)


def fill(connection, mixed):
    rng = random.Random(7)
    connection.executescript(SCHEMA)
    connection.executemany("INSERT INTO fact VALUES (?, ?, ?, ?, ?)", [
        (i, value(rng, 3000) if mixed else rng.randrange(3000), rng.randrange(100), value(rng, 40), f"n{i % 500}")
        for i in range(30_000)])
    connection.executemany("INSERT INTO dim VALUES (?, ?, ?, ?)", [
        (i, value(rng, 3000) if mixed == 2 else rng.randrange(3000), rng.randrange(100), f"n{i % 10}")
        for i in range(2_000)])
    connection.executemany("INSERT INTO tiny VALUES (?, ?)", [(i, f"t{i % 4}") for i in range(20)])
    connection.execute("ANALYZE")
    connection.commit()


@pytest.mark.parametrize("mixed", [0, 1, 2])
def test_rows_are_those_of_sqlite(mixed):
    connection, oracle = pumice.connect(":memory:"), sqlite3.connect(":memory:")
    fill(connection, mixed)
    fill(oracle, mixed)
    n_filters = 0
    for sql in QUERIES:
        expected = sorted(map(repr, oracle.execute(sql).fetchall()))
        n_filters += "in join keys" in "".join(row[0] for row in connection.execute("EXPLAIN " + sql))
        serial = None
        for threads, work_mem in ((1, 0), (3, 0), (3, 40_000)):
            connection.execute(f"PRAGMA threads = {threads}")
            connection.execute(f"PRAGMA work_mem = {work_mem}")
            rows = connection.execute(sql).fetchall()
            assert sorted(map(repr, rows)) == expected, (sql, threads, work_mem)
            serial = rows if serial is None else serial
            assert rows == serial, sql
    assert n_filters >= 5


def test_it_drops_rows_in_the_scan():
    connection = pumice.connect(":memory:")
    fill(connection, 0)
    connection.execute("PRAGMA threads = 1")
    lines = [row[0] for row in connection.execute("EXPLAIN ANALYZE " + QUERIES[0])]
    scan = next(line for line in lines if "TableScan fact" in line)
    assert "a#1 in join keys" in scan
    assert int(scan.split("actual rows ")[1].split(",")[0]) < 6000


def test_a_filter_that_most_rows_pass_is_left_alone():
    connection = pumice.connect(":memory:")
    connection.executescript(SCHEMA)
    connection.executemany("INSERT INTO fact(a) VALUES (?)", [(i % 100,) for i in range(50_000)])
    connection.executemany("INSERT INTO dim(k, name, l) VALUES (?, 'x', 5)", [(i,) for i in range(100)])
    sql = "SELECT count(*) FROM fact, dim WHERE fact.a = dim.k AND dim.name = 'x' AND dim.l = 5"
    assert connection.execute(sql).fetchall() == [(50_000,)]
    # Other parameters, other keys.
    sql = "SELECT count(*) FROM fact, dim WHERE fact.a = dim.k AND dim.name = 'x' AND dim.k < ?"
    assert [connection.execute(sql, (n,)).fetchone() for n in (100, 3, 0, 50)] == [(50_000,), (1500,), (0,), (25_000,)]


def test_only_joins_that_drop_rows():
    connection = pumice.connect(":memory:")
    fill(connection, 0)
    for join in ("LEFT JOIN dim ON fact.a = dim.k AND dim.name = 'n3' AND dim.l > 2", "FULL JOIN dim ON fact.a = dim.k",
                 "WHERE NOT EXISTS (SELECT 1 FROM dim WHERE dim.k = fact.a AND dim.name = 'n3')"):
        plan = "".join(row[0] for row in connection.execute(f"EXPLAIN SELECT fact.id FROM fact {join}"))
        assert "HashJoin" in plan and "in join keys" not in plan
