"""Which way a query's rows are reached: EXPLAIN QUERY PLAN's lines, pinned, and the rows, compared with SQLite's.

SAME_LINES: SQLite's own lines must come out. OWN_LINES: the query, then the lines with `| ` before each.
"""

import random

import pytest

from tests.oracle.engines import Pumice, Sqlite, difference

SCHEMA = """
CREATE TABLE t(a INTEGER PRIMARY KEY, b INT, c TEXT, d, e TEXT COLLATE NOCASE, r REAL);
CREATE INDEX tb ON t(b, c); CREATE INDEX tc ON t(c); CREATE INDEX te ON t(e);
CREATE TABLE x(a INTEGER PRIMARY KEY, b INT, c TEXT, d, r REAL);
CREATE INDEX xl ON x(lower(c), b); CREATE INDEX xs ON x(b + d); CREATE INDEX xr ON x(CAST(r AS REAL));
CREATE INDEX xc ON x(coalesce(c, 'none')); CREATE INDEX xp ON x(d) WHERE lower(c) = 'x';
CREATE TABLE u(x INT, y INT, z INT, w TEXT);
CREATE INDEX uy ON u(y); CREATE INDEX uzw ON u(z, w); CREATE INDEX ux ON u(x);
CREATE TABLE k(p TEXT, q INT, v INT, PRIMARY KEY(p, q)) WITHOUT ROWID; CREATE INDEX kv ON k(v)
"""

SAME_LINES = """
SELECT * FROM t WHERE +a = 3
SELECT * FROM t WHERE +e = 'X'
SELECT * FROM t WHERE e = +'X'
SELECT +b FROM t ORDER BY +b
SELECT * FROM t WHERE +c LIKE 'ab%'
SELECT * FROM t WHERE b = 1 AND c = 'x' AND a > 5
SELECT * FROM t WHERE b = 1 AND c = 'x' AND a >= 5.5 ORDER BY a DESC
SELECT * FROM t WHERE b = 1 AND c = 'x' AND a > 'text'
SELECT * FROM t WHERE b = 1 AND c = 'x' AND a < 'text'
SELECT * FROM t WHERE c = 'x' ORDER BY a DESC
SELECT * FROM k WHERE v = 3 AND p = 'x'
SELECT * FROM k WHERE v = 3 AND p = 'x' AND q > 2
SELECT * FROM k WHERE v = 3 ORDER BY p, q
SELECT min(b) FROM t
SELECT min(x) FROM u
SELECT max(x) FROM u WHERE x < 5
SELECT x FROM u WHERE x IS NOT NULL ORDER BY x
SELECT x FROM u WHERE x IS NOT NULL ORDER BY x DESC LIMIT 4
SELECT * FROM x WHERE lower(c) = 'x'
SELECT * FROM x WHERE lower(c) = 'x' AND b > 2
SELECT a, lower(c) FROM x WHERE lower(c) > 'a'
SELECT lower(c) FROM x ORDER BY lower(c), b
SELECT DISTINCT lower(c) FROM x
SELECT b + d FROM x WHERE b + d BETWEEN 1 AND 5
SELECT max(b + d) FROM x
SELECT min(lower(c)) FROM x
SELECT * FROM x WHERE lower(c) IN ('x', 'abc')
SELECT * FROM x ORDER BY b + d DESC LIMIT 3
SELECT z, x FROM u WHERE z > 2 ORDER BY z DESC, x
SELECT * FROM u ORDER BY x, w LIMIT 5
SELECT u.w, coalesce(x.c, 'none') FROM u LEFT JOIN x ON x.a = u.x WHERE u.y = 3
""".strip().splitlines()

OWN_LINES = """
SELECT * FROM t WHERE b = 1 AND c = 'x' AND a BETWEEN 5 AND 90
| SEARCH t USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)
SELECT lower(c) || b FROM x WHERE a = 5
| SEARCH x USING INTEGER PRIMARY KEY (rowid=?)
SELECT count(*) FROM t WHERE +b = 1
| SCAN t USING COVERING INDEX tb
SELECT lower(c), count(*) FROM x GROUP BY lower(c)
| SCAN x USING COVERING INDEX xl
SELECT CAST(r AS REAL), typeof(CAST(r AS REAL)) FROM x WHERE CAST(r AS REAL) > 2
| SEARCH x USING INDEX xr (<expr>>?)
SELECT d FROM x WHERE lower(c) = 'x' AND d > 3 ORDER BY d
| SEARCH x USING INDEX xp (d>?)
SELECT count(*) FROM u LEFT JOIN x ON lower(x.c) = u.w AND x.b = 1
| SCAN u USING COVERING INDEX uzw
| SEARCH x USING HASH JOIN (<expr>=?) LEFT-JOIN
| SCAN x USING COVERING INDEX xl
SELECT * FROM u ORDER BY x DESC, w, y DESC, z LIMIT 7 OFFSET 30
| SCAN u USING INDEX ux
| USE TEMP B-TREE FOR LAST 3 TERMS OF ORDER BY
SELECT * FROM t ORDER BY b, d, a LIMIT 9
| SCAN t USING INDEX tb
| USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY
SELECT c AS q, d FROM t WHERE b > 3 ORDER BY b DESC, q DESC, d LIMIT 4
| SEARCH t USING INDEX tb (b>?)
| USE TEMP B-TREE FOR LAST TERM OF ORDER BY
SELECT * FROM x ORDER BY lower(c), d, a LIMIT 20
| SCAN x USING INDEX xl
| USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY
SELECT * FROM u ORDER BY x, w, rowid
| SCAN u
| USE TEMP B-TREE FOR ORDER BY
SELECT lower(c) AS l, sum(b) FROM x GROUP BY l HAVING l > 'a'
| SEARCH x USING COVERING INDEX xl (<expr>>?)
"""


def own_cases():
    cases = []
    for line in OWN_LINES.strip().splitlines():
        if line.startswith("| "):
            cases[-1][1].append(line[2:])
        else:
            cases.append((line, []))
    return cases


@pytest.fixture(scope="module", params=["plain", "analyzed"])
def engines(request):
    rng = random.Random(5)
    mine, theirs = Pumice(), Sqlite()
    script = [s for s in SCHEMA.split(";") if s.strip()]
    texts = ["x", "X", "y", "abc", "aB", "aBc", "open", None]
    numbers = [None, *range(12)]

    def literal(value):
        return "NULL" if value is None else repr(value)

    for i in range(1, 400):
        b, c, d = rng.choice(numbers), rng.choice(texts), rng.choice([*numbers, 2.5, "2", "z"])
        r = rng.choice([1.0, 2.5, 7.0])
        e = rng.choice(texts)
        script.append(f"INSERT INTO t VALUES ({i}, {literal(b)}, {literal(c)}, {literal(d)}, {literal(e)}, {r})")
        script.append(f"INSERT INTO x VALUES ({i}, {literal(b)}, {literal(c)}, {literal(rng.choice(numbers))}, {r})")
        values = ", ".join(literal(rng.choice(numbers)) for _ in range(3))
        script.append(f"INSERT INTO u VALUES ({values}, {literal(rng.choice(texts))})")
        p = literal(rng.choice(texts) or "q")
        script.append(f"INSERT OR IGNORE INTO k VALUES ({p}, {rng.randrange(50)}, {rng.randrange(9)})")
    if request.param == "analyzed":
        script.append("ANALYZE")
    for sql in script:
        assert mine.run(sql).message == "" and theirs.run(sql).message == "", sql
    yield mine, theirs, request.param
    mine.close()
    theirs.close()


def lines(engine, sql):
    return [row[3] for row in engine.run("EXPLAIN QUERY PLAN " + sql).rows]


@pytest.mark.parametrize("sql", SAME_LINES)
def test_same_lines_and_rows_as_sqlite(engines, sql):
    mine, theirs, kind = engines
    problem = difference(mine.run(sql), theirs.run(sql), "ORDER BY" in sql)
    assert problem is None, problem
    if kind == "plain":
        assert lines(mine, sql) == lines(theirs, sql)


@pytest.mark.parametrize(("sql", "expected"), own_cases())
def test_pinned_lines_and_rows_as_sqlite(engines, sql, expected):
    mine, theirs, kind = engines
    problem = difference(mine.run(sql), theirs.run(sql), "ORDER BY" in sql)
    assert problem is None, problem
    if kind == "plain":
        assert lines(mine, sql) == expected
