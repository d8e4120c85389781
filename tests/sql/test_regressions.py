"""Mismatches that the fuzzer found, each as the statements that show it; Pumice and SQLite must agree."""

import pytest

from tests.oracle.engines import Pumice, Sqlite, difference

CASES = {
    # A unique index orders its own table's rows, not those of a table joined to it.
    "group_by_over_a_unique_index_and_a_joined_table": """
        CREATE TABLE a(x NOT NULL); CREATE UNIQUE INDEX ax ON a(x); CREATE TABLE b(y);
        INSERT INTO a VALUES (1), (2), (3); INSERT INTO b VALUES ('p'), ('q'), ('p');
        SELECT a.x, b.y, count(*) FROM a CROSS JOIN a AS other CROSS JOIN b GROUP BY a.x, b.y;
        SELECT a.x, b.y FROM a CROSS JOIN b ORDER BY a.x, b.y""",
    # The source of an INSERT is read by column ids.
    "insert_from_a_reversed_scan": """
        CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); CREATE TABLE u(a INT, b TEXT);
        INSERT INTO t VALUES (1, 'x'), (7, 'y'), (8, 'z');
        INSERT INTO u SELECT * FROM t WHERE a > 5 ORDER BY a DESC;
        SELECT rowid, * FROM u""",
    # likely() gives its argument neither affinity nor collation.
    "likely_has_no_affinity": """
        CREATE TABLE t(a, b VARCHAR(10), c TEXT COLLATE NOCASE); INSERT INTO t VALUES (5, '1000.0', 'A');
        SELECT b >= likely(a), b >= a, likely(c) = 'a', likely(b) = 1000.0, b = 1000.0 FROM t""",
    # The rowid after a largest one that is negative.
    "rowid_after_negative_rowids": """
        CREATE TABLE t(a INTEGER PRIMARY KEY); INSERT INTO t VALUES (-46), (-5), (NULL), (1);
        SELECT a FROM t""",
    # A schema table of a file without pages.
    "schema_table_of_an_empty_file": """
        SELECT * FROM sqlite_master; SELECT count(*) FROM sqlite_master; SELECT * FROM sqlite_temp_master""",
}


@pytest.mark.parametrize("name", CASES)
def test_same_as_sqlite(name):
    mine, theirs = Pumice(), Sqlite()
    try:
        for sql in CASES[name].split(";"):
            problem = difference(mine.run(sql), theirs.run(sql), "ORDER BY" in sql)
            assert problem is None, f"{sql.strip()}\n  {problem}"
    finally:
        mine.close()
        theirs.close()
