"""What does not fit the memory budget goes through temporary files, and nobody can tell from the rows: every query
gives the same with any budget.

The budgets: one byte (every batch is a run or a partition of its own), one that several batches fit, and the default.
Nor do the rows depend on the threads: with one of the budgets every scan is parallel.
"""

import os
import random
import re
import threading
import time

import pytest
from pumice.storage.vfs.fault import FaultVfs

import pumice
from pumice.engine.session import Session

BUDGETS = ((1, "1"), (16 << 10, "1"), (100_000, "1"), (16 << 10, "0"))      # bytes, PUMICE_PARALLEL_SCALE
N_ROWS = 2500

_TEXTS = ("a", "A", "b", "B ", "", "a ", "zz", "aB", "Ab", "long " * 9)
_NUMBERS = (1.0, 2.5, -0.0, 0.0, 1e18, 3.0, 29.0, 2**62, -2**62, 2**53 + 1)


def random_value(rng):
    kind = rng.randrange(10)
    if kind == 0:
        return None
    if kind < 4:
        return rng.randrange(-3, 30)
    if kind == 4:
        return rng.choice(_NUMBERS)
    if kind == 5:
        return bytes([rng.randrange(3)]) * rng.randrange(4)
    return rng.choice(_TEXTS)


def load(connection):
    rng = random.Random(5)
    rows = [(i, random_value(rng), random_value(rng), rng.randrange(50)) for i in range(N_ROWS)]
    connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b COLLATE NOCASE, g INT)")
    connection.execute("CREATE TABLE u(id INTEGER PRIMARY KEY, a, b COLLATE RTRIM, g INT)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    connection.executemany("INSERT INTO u VALUES (?, ?, ?, ?)", [(i * 2, b, a, g) for i, a, b, g in rows[:700]])


@pytest.fixture(scope="module")
def in_memory():
    connection = pumice.connect(":memory:", isolation_level=None)
    load(connection)
    connection.execute("PRAGMA threads = 1")
    yield connection
    connection.close()


@pytest.fixture(scope="module", params=BUDGETS)
def bounded(request, in_memory):
    connection = pumice.connect(":memory:", isolation_level=None)
    load(connection)
    budget, scale = request.param
    connection.execute(f"PRAGMA work_mem = {budget}")
    connection.execute("PRAGMA threads = 3")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUMICE_PARALLEL_SCALE", scale)
        yield connection
    connection.close()


QUERIES = """
SELECT * FROM t ORDER BY a, b, id
SELECT * FROM t ORDER BY a DESC, b
SELECT * FROM t ORDER BY b COLLATE RTRIM DESC NULLS FIRST, g + 1
SELECT * FROM t ORDER BY g
SELECT * FROM t ORDER BY g DESC, a LIMIT 50 OFFSET 20
SELECT * FROM t ORDER BY a LIMIT 1500
SELECT id FROM t ORDER BY length(a), g % 7 DESC
SELECT count(*) FROM (SELECT * FROM t ORDER BY a LIMIT -1 OFFSET 0)
SELECT DISTINCT a FROM t
SELECT DISTINCT b, g FROM t
SELECT DISTINCT b FROM t LIMIT 3
SELECT DISTINCT g FROM t ORDER BY g DESC
SELECT a FROM t UNION SELECT b FROM u
SELECT g FROM t UNION SELECT g FROM u ORDER BY 1 DESC
SELECT a, g FROM t INTERSECT SELECT b, g FROM u
SELECT b FROM t INTERSECT SELECT b FROM u
SELECT a, g FROM t EXCEPT SELECT a, g FROM u
SELECT b FROM t EXCEPT SELECT b FROM u
SELECT g, count(*), sum(id), avg(id), min(a), max(b), total(a) FROM t GROUP BY g
SELECT a, count(*), sum(id) FROM t GROUP BY a
SELECT b, count(*), group_concat(id) FROM t GROUP BY b
SELECT id / 2, count(*), g FROM t GROUP BY id / 2
SELECT b, g, count(*), max(id), a FROM t GROUP BY b, g
SELECT g % 5, count(DISTINCT a), count(DISTINCT b), group_concat(DISTINCT g) FROM t GROUP BY g % 5
SELECT count(DISTINCT a), count(DISTINCT id), sum(DISTINCT g), group_concat(DISTINCT g) FROM t
SELECT g, group_concat(a, '|' ORDER BY b DESC, id) FROM t GROUP BY g
SELECT group_concat(id ORDER BY a, id DESC) FROM t
SELECT count(*), sum(g) FILTER (WHERE id % 3 = 0) FROM t
SELECT id, count(*), group_concat(DISTINCT a) FROM t GROUP BY id
SELECT id, group_concat(a ORDER BY b) FROM t GROUP BY id
SELECT id, g, sum(g) FROM t GROUP BY id, g
SELECT a, b, min(id), g FROM t GROUP BY 1, 2 HAVING count(*) > 1
SELECT DISTINCT count(*), g % 3 FROM t GROUP BY a, g % 3
SELECT g, group_concat(a), min(a), max(b), sum(id) FROM t GROUP BY g
SELECT g % 3, group_concat(id), a, b FROM t GROUP BY g % 3
SELECT b, group_concat(id), max(a), id, a FROM t GROUP BY b
SELECT g, group_concat(a, b) FILTER (WHERE id % 2), count(*) FROM t WHERE g NOT BETWEEN 5 AND 20 OR id > 1200 GROUP BY g
SELECT t.id, u.id, t.a, u.b FROM t JOIN u ON t.a = u.a
SELECT t.id, u.id FROM t JOIN u ON t.b = u.b AND t.g < u.g
SELECT t.id, u.id, u.b FROM t LEFT JOIN u ON t.a = u.b
SELECT t.id, u.id, u.b FROM t LEFT JOIN u ON t.g = u.g AND t.a > u.b
SELECT t.id, u.id, t.a, u.a FROM t RIGHT JOIN u ON t.a = u.b AND t.g = u.g
SELECT t.id, u.id, t.a, u.a FROM t FULL JOIN u ON t.a = u.b AND t.g = u.g
SELECT t.id, u.id FROM t FULL JOIN u ON t.id = u.id + 100 AND t.g <> 3
SELECT id, a FROM t WHERE a IN (SELECT b FROM u)
SELECT id, a FROM t WHERE a NOT IN (SELECT a FROM u WHERE a IS NOT NULL)
SELECT id, a FROM t WHERE a NOT IN (SELECT a FROM u)
SELECT id, a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.b AND u.g > t.g)
SELECT id, a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.b AND u.g > t.g)
SELECT id, a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a IS t.b)
SELECT t.id, u.id FROM t JOIN u ON t.a IS u.b ORDER BY t.g, u.id
SELECT t.id, u.id, v.id FROM t JOIN u ON t.id = u.id JOIN t AS v ON v.g = u.g AND v.id > 2400
SELECT count(*), sum(t.id * u.id) FROM t, u WHERE t.g = 7 AND u.g > 45
SELECT t.id, u.id FROM t LEFT JOIN u ON t.g < u.g - 45 AND t.id < 300
SELECT t.id, u.b FROM (SELECT * FROM t WHERE id < 40) AS t
    FULL JOIN (SELECT * FROM u WHERE g > 20) AS u ON t.a < u.b AND t.g > 40
WITH c AS MATERIALIZED (SELECT a, b, id FROM t WHERE g > 10)
    SELECT count(*), min(x.id) FROM c AS x JOIN c AS y ON x.id = y.id + 1
WITH c AS MATERIALIZED (SELECT id, b FROM t) SELECT * FROM c WHERE id < 900 UNION ALL SELECT * FROM c WHERE id > 2000
WITH RECURSIVE c(x, y) AS (SELECT id, b FROM t WHERE g < 9 UNION ALL SELECT x + 1, y FROM c WHERE x % 7 < 5)
    SELECT x, y FROM c
WITH RECURSIVE c(x) AS (SELECT id FROM t WHERE g < 9 UNION SELECT x * 3 % 1000 FROM c) SELECT x FROM c
""".replace("\n    ", " ").strip().splitlines()


@pytest.mark.parametrize("sql", QUERIES)
def test_same_rows(in_memory, bounded, sql):
    assert repr(bounded.execute(sql).fetchall()) == repr(in_memory.execute(sql).fetchall())


def test_a_collation_of_the_program_and_its_error(in_memory, bounded):
    def backwards(a, b):
        return (a < b) - (a > b)

    def broken(a, b):
        raise ZeroDivisionError

    for connection in (in_memory, bounded):
        connection.create_collation("backwards", backwards)
        connection.create_collation("broken", broken)
    for sql in ("SELECT id, a FROM t ORDER BY a COLLATE backwards, id",
                "SELECT a COLLATE backwards, count(*) FROM t GROUP BY 1"):
        assert bounded.execute(sql).fetchall() == in_memory.execute(sql).fetchall()
    with pytest.raises((pumice.Error, ZeroDivisionError)):
        bounded.execute("SELECT id FROM t ORDER BY a COLLATE broken").fetchall()


def test_changes_read_their_rows_first(in_memory, bounded):
    """UPDATE, DELETE and INSERT from the table itself hold the rows to change; an index is built from sorted entries.
    """
    statements = (
        "CREATE TEMP TABLE w(id INTEGER PRIMARY KEY, a, b, g)", "INSERT INTO w SELECT * FROM t",
        "CREATE INDEX w1 ON w(a, b DESC)", "CREATE UNIQUE INDEX w2 ON w(b COLLATE NOCASE, id)",
        "UPDATE w SET a = b, b = g + 1 WHERE g % 3 = 0", "DELETE FROM w WHERE g % 7 = 2",
        "INSERT INTO w SELECT id + 10000, b, a, g FROM w", "UPDATE w SET id = id + 1000000",
    )
    for statement in statements:
        assert bounded.execute(statement).rowcount == in_memory.execute(statement).rowcount
    for sql in ("SELECT * FROM w ORDER BY id", "SELECT a, b FROM w INDEXED BY w1 ORDER BY a, b DESC",
                "PRAGMA integrity_check"):
        assert repr(bounded.execute(sql).fetchall()) == repr(in_memory.execute(sql).fetchall())
    for connection in (bounded, in_memory):
        with pytest.raises(pumice.IntegrityError, match="UNIQUE constraint failed: w.g"):
            connection.execute("CREATE UNIQUE INDEX w3 ON w(g)")
        connection.execute("DROP TABLE w")


def test_rows_larger_than_a_block():
    connection = pumice.connect(":memory:")
    connection.execute("CREATE TABLE t(a, b)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(i * 7 % 50, bytes([i]) * (i * 9000)) for i in range(50)])
    expected = connection.execute("SELECT * FROM t ORDER BY a").fetchall()
    connection.execute("PRAGMA work_mem = 1000")
    assert connection.execute("SELECT * FROM t ORDER BY a").fetchall() == expected
    connection.close()


def open_files():
    return {os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
            if os.path.islink(f"/proc/self/fd/{fd}")}


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_temporary_files_have_no_name_and_go_with_the_statement(tmp_path, monkeypatch):
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    connection = pumice.connect(":memory:")
    load(connection)
    connection.execute("PRAGMA work_mem = 1000")
    cursor = connection.execute("SELECT * FROM t ORDER BY a")
    cursor.fetchone()
    assert os.listdir(tmp_path) == []
    assert any(str(tmp_path) in name for name in open_files())
    cursor.close()
    assert not any(str(tmp_path) in name for name in open_files())
    connection.close()


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_temporary_files_lie_where_the_pragma_says(tmp_path):
    connection = pumice.connect(":memory:")
    load(connection)
    connection.execute("PRAGMA work_mem = 1000")
    connection.execute(f"PRAGMA temp_store_directory = '{tmp_path}'")
    try:
        cursor = connection.execute("SELECT * FROM t ORDER BY a")
        assert any(str(tmp_path) in name for name in open_files())
        cursor.close()
    finally:
        connection.execute("PRAGMA temp_store_directory = ''")
    connection.close()


def test_explain_analyze_shows_what_was_spilled():
    connection = pumice.connect(":memory:")
    load(connection)

    def spilled(sql):
        lines = [row[0] for row in connection.execute("EXPLAIN ANALYZE " + sql)]
        found = [re.search(r"spilled (\d+) bytes in (\d+) parts", line) for line in lines]
        return [tuple(map(int, match.groups())) for match in found if match]

    sql = "SELECT * FROM t ORDER BY a"
    assert spilled(sql) == []
    connection.execute("PRAGMA work_mem = 20000")
    (n_bytes, n_parts), = spilled(sql)
    assert n_bytes > 10 * N_ROWS
    assert n_parts == 3
    connection.close()


class TestWorkMem:
    def test_value(self):
        connection = pumice.connect(":memory:")
        assert connection.execute("PRAGMA work_mem").fetchone() == (64 << 20,)
        assert connection.execute("PRAGMA work_mem = 1000000").fetchone() == (1000000,)
        assert connection.execute("PRAGMA work_mem").fetchone() == (1000000,)
        assert connection.execute("PRAGMA work_mem = 0").fetchone() == (64 << 20,)
        connection.close()

    def test_reaches_statements_that_were_prepared_before(self):
        connection = pumice.connect(":memory:")
        load(connection)
        sql = "EXPLAIN ANALYZE SELECT * FROM t ORDER BY a"
        assert "spilled" not in str(connection.execute(sql).fetchall())
        connection.execute("PRAGMA work_mem = 1000")
        assert "spilled" in str(connection.execute(sql).fetchall())
        connection.close()


class NothingLost:
    """The dice of a power cut that loses nothing."""

    def random(self):
        return 1.0


def file_names(vfs):
    return set(vfs.crash(NothingLost()))


def run(session, sql):
    statement = session.prepare(sql)
    statement.start(())
    return statement.all_rows()


@pytest.mark.parametrize("sql", [
    "SELECT * FROM t ORDER BY a", "SELECT DISTINCT b FROM t",
    "SELECT id, count(DISTINCT a), group_concat(a ORDER BY b) FROM t GROUP BY id",
    "SELECT b FROM t UNION SELECT id FROM u", "SELECT t.a, x.b FROM t JOIN t AS x ON t.a = x.a + 1",
])
def test_full_disk(sql):
    """Whichever write of a temporary file fails, the error is SQLite's, no file stays, and the statement runs as well
    afterwards as before."""
    vfs = FaultVfs()
    # Every run makes the same calls: nothing is cached, and no other thread reads.
    session = Session("/d/t.db", vfs=vfs, cached_statements=0)
    for statement in ("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)", "CREATE TABLE u(id INTEGER PRIMARY KEY)",
                      ("INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000) "
                       "SELECT i, i * 7 % 1000, i FROM n"),
                      "INSERT INTO u SELECT id + 1000 FROM t"):
        session.prepare(statement).start(())
    run(session, "PRAGMA threads = 1")
    expected = run(session, sql)
    names = file_names(vfs)
    run(session, "PRAGMA work_mem = 10000")
    before = vfs.calls
    assert run(session, sql) == expected
    calls = [i + 1 for i, name in enumerate(vfs.trace[before:]) if name in ("write", "open")]
    assert len(calls) > 3
    vfs.fail_name = "SQLITE_FULL"
    for call in calls[::1 + len(calls) // 12]:
        vfs.fail_at = vfs.calls + call
        with pytest.raises(pumice.OperationalError, match="database or disk is full"):
            run(session, sql)
        vfs.fail_at = 0
        assert file_names(vfs) == names
        assert run(session, sql) == expected
    session.close()


MANY = ("(SELECT a * 7919 % 1000003 AS x, b FROM big, (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
        "FROM n LIMIT 1000) SELECT i FROM n))")


@pytest.mark.parametrize("sql", [
    f"SELECT count(*) FROM (SELECT * FROM {MANY} ORDER BY x LIMIT -1 OFFSET 0)",
    f"SELECT x, count(DISTINCT b) FROM {MANY} GROUP BY x",
    f"SELECT count(*) FROM big JOIN {MANY} AS m ON m.x = big.a", f"SELECT x FROM {MANY} UNION SELECT a FROM big",
    ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT j.i FROM n, (SELECT 1 AS i UNION ALL SELECT 2) AS j) "
     "SELECT count(*) FROM n"),
])
def test_interrupt_ends_a_spilling_statement(sql):
    connection = pumice.connect(":memory:", check_same_thread=False)
    connection.execute("CREATE TABLE big(a, b)")
    connection.execute("INSERT INTO big WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 30000) "
                       "SELECT i, i % 11 FROM n")
    connection.execute("PRAGMA work_mem = 50000")
    started = time.perf_counter()
    timer = threading.Timer(0.2, connection.interrupt)
    timer.start()
    with pytest.raises(pumice.OperationalError, match="interrupted"):
        connection.execute(sql).fetchall()
    assert time.perf_counter() - started < 3
    timer.join()
    connection.close()
