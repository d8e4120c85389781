"""EXPLAIN ANALYZE runs the query and shows what each operator did."""

import re

import pumice


def test_rows_of_each_operator():
    connection = pumice.connect(":memory:")
    connection.execute("CREATE TABLE t(a, b)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(i, i % 7) for i in range(5000)])
    sql = "SELECT b, count(*) FROM t WHERE a >= 1000 GROUP BY b ORDER BY 2 LIMIT 3"
    lines = [row[0] for row in connection.execute("EXPLAIN ANALYZE " + sql)]
    actual = {line.split()[0]: int(re.search(r"actual rows (\d+)", line).group(1)) for line in lines}
    assert actual["TableScan"] == 4000
    assert actual["Aggregate"] == 7
    assert actual["Limit"] == 3
    connection.close()
