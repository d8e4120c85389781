"""The gate that lets other threads read a connection's pages, through queries whose workers read while it goes on."""

import sqlite3

import pumice


def test_a_commit_between_two_batches_ends_the_snapshot(tmp_path, monkeypatch):
    """Pages that the connection itself writes while a query of it is open are not read half old, half new."""
    monkeypatch.setenv("PUMICE_PARALLEL_SCALE", "0")
    name = str(tmp_path / "t.db")
    connection = sqlite3.connect(name)
    connection.execute("PRAGMA page_size = 512")
    connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(i, i % 10, "b" * 90) for i in range(20_000)])
    connection.commit()
    connection.close()
    connection = pumice.connect(name)
    connection.execute("PRAGMA threads = 4")
    cursor = connection.execute("SELECT id, b FROM t WHERE a >= 0")
    rows = cursor.fetchmany(1500)
    connection.execute("UPDATE t SET b = 'c' WHERE id > 0")        # moves nearly every row to another page
    connection.commit()
    rows += cursor.fetchall()
    assert [row[0] for row in rows] == list(range(20_000))
    assert {row[1] for row in rows} == {"b" * 90, "c"}
    assert connection.execute("SELECT count(*) FROM t WHERE b = 'c'").fetchone() == (19_999,)


def test_a_rollback_between_two_batches_in_memory(monkeypatch):
    monkeypatch.setenv("PUMICE_PARALLEL_SCALE", "0")
    connection = pumice.connect(":memory:")
    connection.execute("PRAGMA threads = 4")
    connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(i, i % 10, "b" * 400) for i in range(5000)])
    connection.commit()
    cursor = connection.execute("SELECT id FROM t WHERE a >= 0")
    rows = cursor.fetchmany(1500)
    connection.execute("DELETE FROM t WHERE id > 100")
    connection.rollback()
    rows += cursor.fetchall()
    assert [row[0] for row in rows] == list(range(5000))
