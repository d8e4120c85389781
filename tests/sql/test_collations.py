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


@pytest.mark.parametrize("sql", [
    "select count(*) from (select c||'' as x from t) v, t where v.x = lower(t.c)",
    "select count(*) from (select lower(c) as x from t) v, t where v.x = t.c",
    "select count(*) from (select lower(c) as x from t) v, t where t.c = v.x",
    "select x from v except select lower(c) from t",
    "select lower(c) from t except select c from t",
    "select * from (select lower(c) as x from t) except select c from t",
    "select lower(x) from v except select c from t",
    "select x from (select lower(c) as x from t group by 1) except select c from t",
    "select x from (select lower(c) as x from t limit 9) except select c from t",
    "with q(x) as (select lower(c) from t) select x from q except select c from t",
    "with q(x) as materialized (select lower(c) from t) select x from q, t where x = c",
    "select x from (select lower(c) as x from t) where x in (select c from t)",
    "select x from (select lower(c) as x from t) where (select c from t limit 1) = x",
    "select x from (select lower(c) as x from t) where x = (select c from t limit 1)",
    "with q(x) as (values('a')) select x from q except select c from t",
    "select x from (select 'a' as x) except select c from t",
    "select x from (select 'a' as x) v, t where v.x = t.c",
    "select column1 from (values('a')) except select c from t",
    "select x from (select 'a' as x union select 'q') v, t where v.x = t.c",
    "select * from (select lower(c) as x from t) a join (select c as x from t) b using(x)",
    "select * from (select lower(c) as x from t) a natural join (select c as x from t) b",
    "select * from (select c as x from t) b natural join (select lower(c) as x from t) a",
    "select nullif(x, c) from (select lower(c) as x, c from t)",
    "select min(x, c) from (select lower(c) as x, c from t)",
    "select case x when c then 1 else 2 end from (select lower(c) as x, c from t)",
    "select x between c and c from (select lower(c) as x, c from t)",
    "select (x,1) = (c,1) from (select lower(c) as x, c from t)",
    "select x in (c) from (select lower(c) as x, c from t)",
])
def test_columns_of_a_subquery_are_columns(sql):
    """They bring BINARY where the expression behind them has no collation."""
    compare(sql, ("CREATE TABLE t(c COLLATE nocase, d); INSERT INTO t VALUES('A', 'a'), ('b', 'B'); "
                  "CREATE VIEW v AS SELECT c || '' AS x, d AS y, c AS z, count(*) AS n FROM t GROUP BY c || '', d, c"))


def compare(sql, setup=SETUP):
    outcomes = []
    for con, error in ((apsw.Connection(":memory:"), apsw.Error), (pumice.connect(":memory:"), pumice.Error)):
        for statement in setup.split("; "):
            con.execute(statement)
        try:
            outcomes.append(sorted(map(repr, con.execute(sql).fetchall())))
        except error as e:
            outcomes.append(str(e))
    assert outcomes[1] == outcomes[0]
