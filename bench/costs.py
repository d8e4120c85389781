"""What the planner's cost constants stand for, measured: nanoseconds of each step, and in units of one scanned row.

    python -m bench.costs [rows]

One thread, in memory. `near`: rows are met in the order of the table, so neighbours share pages; `far`: in random
order. The constants are in src/pumice/plan/cost.py.
"""

import sys
import time
from dataclasses import dataclass

import pumice

DEFAULT_ROWS = 300_000
OUTER = 20  # one outer row for so many rows
SECONDS = 0.3  # of repeating a step, for its least time
SCHEMA = """
PRAGMA threads = 1;
PRAGMA work_mem = 1000000;
CREATE TABLE t(id INTEGER PRIMARY KEY, near INTEGER, far INTEGER, few INTEGER, ten INTEGER, v REAL, note TEXT);
WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {n} - 1)
INSERT INTO t SELECT i, i, (i * 7907) % {n}, i % 50, (i * 7907) % ({n} / 10), (i * 613) % 997 / 7.0,
                     'note ' || ((i * 613) % 997) FROM s;
CREATE INDEX t_near ON t(near);
CREATE INDEX t_far ON t(far);
CREATE INDEX t_ten ON t(ten);
CREATE TABLE outer_near(x INTEGER);
INSERT INTO outer_near SELECT id FROM t WHERE id % {outer} = 0;
CREATE TABLE outer_far(x INTEGER);
INSERT INTO outer_far SELECT id FROM t WHERE id % {outer} = 0 ORDER BY far;
CREATE TABLE outer_ten(x INTEGER);
INSERT INTO outer_ten SELECT DISTINCT ten FROM t WHERE id < {n} / {outer} ORDER BY far;
CREATE TABLE few(x INTEGER);
INSERT INTO few SELECT id FROM t WHERE id < 100;
"""


@dataclass
class Step:
    """`sql` less `without`, per row of `per` rows."""

    constant: str
    what: str
    per: float
    sql: str
    without: str | None = None


SCAN = "SELECT sum(v) FROM t NOT INDEXED"
GROUPS = "SELECT count(s), max(s) FROM (SELECT sum(v) AS s FROM t NOT INDEXED GROUP BY {})"


def steps(n: int) -> list[Step]:
    outer = n / OUTER
    near, far = "SELECT sum(x) FROM outer_near", "SELECT sum(x) FROM outer_far"
    lookup = "SELECT sum(t.{}) FROM {} CROSS JOIN t {} ON t.{} = x"
    ten = "SELECT sum({}) FROM outer_ten CROSS JOIN t INDEXED BY t_ten ON ten = x"
    scalar = "SELECT sum((SELECT max({}) FROM t INDEXED BY {} WHERE {} = x)) FROM {}"
    return [
        Step("SCAN_ROW", "scanned row", n, SCAN),
        Step("CONDITION", "condition on it", n, SCAN + " WHERE v >= 0", SCAN),
        Step("INDEX_ROW", "entry of an index", n, "SELECT sum(near) FROM t INDEXED BY t_near"),
        Step("FETCH_NEAR", "its row, near", n, "SELECT sum(v) FROM t INDEXED BY t_near WHERE near >= 0",
             "SELECT sum(near) FROM t INDEXED BY t_near WHERE near >= 0"),
        Step("FETCH_FAR", "its row, far", n, "SELECT sum(v) FROM t INDEXED BY t_far WHERE far >= 0",
             "SELECT sum(far) FROM t INDEXED BY t_far WHERE far >= 0"),
        Step("OPEN + seek", "rowid lookup, near", outer, lookup.format("few", "outer_near", "", "id"), near),
        Step("OPEN + seek", "rowid lookup, far", outer, lookup.format("few", "outer_far", "", "id"), far),
        Step("OPEN + seek", "index lookup, near", outer,
             lookup.format("near", "outer_near", "INDEXED BY t_near", "near"), near),
        Step("OPEN + seek", "index lookup, far", outer,
             lookup.format("far", "outer_far", "INDEXED BY t_far", "far"), far),
        Step("", "... with its row", outer, lookup.format("v", "outer_far", "INDEXED BY t_far", "far"), far),
        Step("", "... of ten entries", outer, ten.format("ten"), "SELECT sum(x) FROM outer_ten"),
        Step("", "... and their rows", outer, ten.format("v"), "SELECT sum(x) FROM outer_ten"),
        Step("CORRELATED", "correlated subquery, nothing", outer,
             "SELECT sum((SELECT max(y) FROM (SELECT 1 AS y) WHERE y < x)) FROM outer_far", far),
        Step("", "... max of one entry", outer, scalar.format("far", "t_far", "far", "outer_far"), far),
        Step("", "... max of ten rows", outer, scalar.format("v", "t_ten", "ten", "outer_ten"), far),
        Step("HASH_GROUP_ROW", "row into one of 50 groups", n, GROUPS.format("few"), SCAN),
        Step("HASH_GROUP_ROW", "row into one of n / 10 groups, far", n, GROUPS.format("ten"), SCAN),
        Step("HASH_GROUP_ROW", "row into one of n groups, far", n, GROUPS.format("far"), SCAN),
        Step("SORTED_GROUP_ROW", "row into n / 10 sorted groups", n,
             "SELECT count(s) FROM (SELECT count(*) AS s FROM t INDEXED BY t_ten GROUP BY ten)",
             "SELECT sum(ten) FROM t INDEXED BY t_ten"),
        Step("BUILD_ROW", "row into a hash table", n,
             "SELECT count(*) FROM few LEFT JOIN t NOT INDEXED ON +t.far = few.x", SCAN),
        Step("PROBE_ROW", "row looked up among 100", n,
             "SELECT count(*) FROM t NOT INDEXED JOIN few ON +t.far = +few.x", SCAN),
        Step("PROBE_ROW", "row looked up among n / 20", n,
             "SELECT count(*) FROM t NOT INDEXED JOIN outer_far ON +t.far = +outer_far.x", SCAN),
        Step("PAIR", "pair of rows", outer * 100,
             "SELECT count(*) FROM outer_far CROSS JOIN few WHERE outer_far.x + few.x < 0"),
        Step("SORT", "sorted row", n, f"SELECT v FROM t NOT INDEXED ORDER BY v LIMIT 1 OFFSET {n - 1}", SCAN),
    ]


def seconds(connection: pumice.Connection, sql: str) -> float:
    best, start = 1e9, time.perf_counter()
    until = start + SECONDS
    while start < until:
        start = time.perf_counter()
        connection.execute(sql).fetchall()
        best = min(best, time.perf_counter() - start)
    return best


def main(arguments: list[str]) -> int:
    n = int(arguments[0]) if arguments else DEFAULT_ROWS
    connection = pumice.connect(":memory:")
    connection.executescript(SCHEMA.format(n=n, outer=OUTER))
    unit = seconds(connection, SCAN) / n
    print(f"{n:,} rows\n{'constant':<18}{'step':<36}{'ns':>8}{'units':>8}")
    for step in steps(n):
        took = seconds(connection, step.sql) - (seconds(connection, step.without) if step.without else 0.0)
        print(f"{step.constant:<18}{step.what:<36}{took / step.per * 1e9:>8.0f}{took / step.per / unit:>8.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
