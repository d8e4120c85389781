"""Connections share the objects of equal schemas: what one of them does to its own schema must not reach the others."""

import sqlite3

import pumice
from pumice.catalog.loader import load_schema

ROWS = [("table", "t", "t", 2, "CREATE TABLE t(a, b)"), ("index", "i", "t", 3, "CREATE INDEX i ON t(b)")]


def test_equal_rows_give_one_schema():
    assert load_schema("main", 0, ROWS) is load_schema("main", 0, list(ROWS))


def test_other_rows_statistics_or_formats_give_another():
    one = load_schema("main", 0, ROWS)
    assert load_schema("main", 0, [ROWS[0], (*ROWS[1][:3], 4, ROWS[1][4])]) is not one
    assert load_schema("main", 0, ROWS, [("t", "i", "10 1")]) is not one
    assert load_schema("main", 0, ROWS, file_format=1) is not one
    assert load_schema("temp", 1, ROWS) is not one
    assert one.indexes["i"].root == 3 and one.indexes["i"].stat is None


def test_roots_that_move_in_one_file_stay_in_its_twin(tmp_path):
    """Two auto-vacuum files of the same schema; a DROP TABLE in the first one moves the other trees' roots."""
    names = [tmp_path / "a.db", tmp_path / "b.db"]
    connections = []
    for name in names:
        con = pumice.connect(name)
        con.execute("PRAGMA auto_vacuum = FULL")
        for i in range(6):
            con.execute(f"CREATE TABLE t{i}(a, b)")
            con.execute(f"CREATE INDEX i{i} ON t{i}(b)")
            con.executemany(f"INSERT INTO t{i} VALUES(?, ?)", [(i, k) for k in range(50)])
        con.commit()
        connections.append(con)
    first, second = connections
    first.execute("DROP TABLE t1")
    first.execute("DROP INDEX i3")
    for con, tables in ((first, (0, 2, 3, 4, 5)), (second, range(6))):
        for i in tables:
            assert con.execute(f"SELECT sum(a), count(*) FROM t{i} WHERE b >= 10").fetchone() == (40 * i, 40)
        con.close()
    for name in names:
        assert sqlite3.connect(name).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_schema_table_stays_read_only_elsewhere():
    one, other = pumice.connect(":memory:"), pumice.connect(":memory:")
    for con in (one, other):
        con.execute("CREATE TABLE t(a)")
    one.execute("PRAGMA writable_schema = ON")
    one.execute("UPDATE sqlite_master SET sql = sql")
    try:
        other.execute("UPDATE sqlite_master SET sql = sql")
    except pumice.OperationalError as error:
        assert str(error) == "table sqlite_master may not be modified"
    else:
        raise AssertionError("the schema table was changed")
