"""Collations in places that are easily missed: ORDER BY without a sort, COLLATE deep inside of an expression."""

import apsw
import pytest

import pumice

SETUP = ("CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES(1, 2), (3, 4); "
         "CREATE VIEW v AS SELECT * FROM t WHERE a > 9")


@pytest.mark.parametrize("sql", [
    "SELECT a COLLATE nope FROM t ORDER BY 1", "SELECT a COLLATE nope AS x FROM v ORDER BY x",
    "SELECT a FROM t ORDER BY a COLLATE nope", "SELECT b FROM v ORDER BY b COLLATE nope LIMIT 1",
    "SELECT a COLLATE nope FROM t", "SELECT a COLLATE nope FROM t GROUP BY b ORDER BY b",
])
def test_missing_collation(sql):
    compare(sql)


@pytest.mark.parametrize("case", ["rowid WHEN 'a' COLLATE nocase THEN 2 ELSE rowid",
                                  "'x' WHEN b THEN 1 WHEN b COLLATE nocase THEN rowid",
                                  "WHEN b COLLATE nocase THEN 7 ELSE rowid"])
def test_a_collation_inside_of_case_reaches_distinct(case):
    """char(0, x) are all equal under NOCASE, which ends at a NUL."""
    compare(f"SELECT count(*) FROM (SELECT DISTINCT char(0, CASE {case} END) FROM t)")


def compare(sql):
    outcomes = []
    for con, error in ((apsw.Connection(":memory:"), apsw.Error), (pumice.connect(":memory:"), pumice.Error)):
        for statement in SETUP.split("; "):
            con.execute(statement)
        try:
            outcomes.append(con.execute(sql).fetchall())
        except error as e:
            outcomes.append(str(e))
    assert outcomes[1] == outcomes[0]
