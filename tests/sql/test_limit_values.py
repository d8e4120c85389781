"""What LIMIT and OFFSET take for an integer, in each of the operators that read them."""

import apsw
import pytest

import pumice

VALUES = [
    "5", "5.0", "'5'", "'5.0'", "' 5 '", "'5x'", "NULL", "x'35'", "1e300", "'1e1'", "'inf'", "-1", "5.5",
    "9223372036854775807", "9223372036854775808",
    "'9223372036854775807'", "'9223372036854775808'", "-9223372036854775808",
    "-9223372036854775808.0", "'-9223372036854775808.0'", "4503599627370497.0", "'4503599627370497.0'",
    "9007199254740993.0",
    "'5' || char(0)", "'0x10'", "''", "'1_0'", "'.5e1'",
]  # fmt: skip
QUERIES = [
    "SELECT 1 LIMIT {}",
    "SELECT 1 LIMIT 1 OFFSET {}",
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3 LIMIT {}) SELECT * FROM c",
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 9 LIMIT 3 OFFSET {}) SELECT * FROM c",
    "SELECT x FROM (SELECT 2 AS x UNION SELECT 1) ORDER BY x LIMIT {}",
]


def outcome(connection, error, sql):
    try:
        return list(connection.execute(sql))
    except error as refused:
        return str(refused)


@pytest.mark.parametrize("query", QUERIES)
def test_limit_values(query):
    theirs, ours = apsw.Connection(":memory:"), pumice.connect(":memory:")
    for value in VALUES:
        sql = query.format(value)
        assert (sql, outcome(ours, pumice.Error, sql)) == (sql, outcome(theirs, apsw.Error, sql))
