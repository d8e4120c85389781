"""In which order an UPDATE takes its rows: unique values that pass each other show it."""

import pytest

from tests.oracle.engines import Pumice, Sqlite, difference

TABLES = {
    "rowid": ("CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE, a, g AS (a + 1))", "CREATE INDEX ta ON t(a)"),
    "without rowid": ("CREATE TABLE t(k PRIMARY KEY, u UNIQUE, a, g AS (a + 1)) WITHOUT ROWID",
                      "CREATE INDEX ta ON t(a)"),
    "descending key": ("CREATE TABLE t(k, u UNIQUE, a, g AS (a + 1), PRIMARY KEY(k DESC)) WITHOUT ROWID",
                       "CREATE INDEX ta ON t(a)"),
    "generated column": ("CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE, a, g AS (a))", "CREATE INDEX ta ON t(g, a)"),
    "partial index": ("CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE, a, g AS (a + 1))",
                      "CREATE INDEX ta ON t(a) WHERE u > 0"),
    "replace": ("CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT REPLACE, a, g AS (a + 1))",
                "CREATE INDEX ta ON t(a)"),
}
ROWS = "INSERT INTO t(k, u, a) VALUES (1, 10, 5), (2, 20, 4), (3, 30, 3), (4, 40, 2)"
UPDATES = [
    "UPDATE {}t SET k = k + 1 WHERE a > 0", "UPDATE {}t SET k = k - 1 WHERE a > 0",
    "UPDATE {}t SET u = u + 10 WHERE a > 0", "UPDATE {}t SET u = u - 10 WHERE a > 0",
    "UPDATE {}t SET u = u + 10, a = a WHERE a > 0", "UPDATE {}t SET u = u - 10, a = a WHERE a > 0",
    "UPDATE {}t INDEXED BY ta SET u = u + 10 WHERE g > 0", "UPDATE {}t INDEXED BY ta SET u = u - 10, a = 1 WHERE g > 0",
    "UPDATE {}t SET u = u + 10 WHERE a > 0 AND u > 0", "UPDATE {}t SET u = u - 10 WHERE a > 0 AND u > 0",
    "UPDATE {}t SET u = u + 10 WHERE a > 0 AND k IN (SELECT k FROM t)",
    "UPDATE {}t SET u = u - 10 WHERE a > 0 AND EXISTS (SELECT 1)",
    "UPDATE {}t SET u = u + 10 FROM (SELECT 5 AS x UNION SELECT 6) AS f WHERE a < x",
    "UPDATE {}t SET u = u - 10 FROM (SELECT 5 AS x UNION SELECT 6) AS f WHERE a < x",
    "UPDATE {}t SET a = (SELECT count(*) FROM t AS s WHERE s.a > t.a) WHERE a > 0",
    "UPDATE {}t SET u = u + 10 WHERE a = 5 OR k = 3 OR k = 2 OR u = 40",
]


@pytest.mark.parametrize("table", TABLES)
def test_order_of_an_update(table):
    for action in ("", "OR IGNORE ", "OR REPLACE ", "OR FAIL "):
        for update in UPDATES:
            sql = update.format(action)
            mine, theirs = Pumice(), Sqlite()
            for each in (*TABLES[table], ROWS, sql, "SELECT * FROM t ORDER BY k, u"):
                problem = difference(mine.run(each), theirs.run(each), True)
                assert problem is None, f"{sql}: {each}\n  {problem}"
            mine.close()
            theirs.close()
