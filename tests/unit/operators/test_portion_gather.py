"""PortionGather: look-ups by several threads give the rows of one, in its order, through errors, early ends and
writes."""

import sqlite3
import threading

import pytest

import pumice
from tests.unit.operators.test_gather import no_worker_left, run, script

N = 6_000

QUERIES = [
    "SELECT t.id, u.v FROM t JOIN u ON u.k = t.a WHERE t.b < 300 AND +t.b > 3",
    "SELECT t.id, u.v FROM t LEFT JOIN u ON u.k = t.a AND u.v > 'v5' WHERE t.b < 300 AND +t.b > 3",
    "SELECT t.id, t.c FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.a AND u.v <> t.c) AND t.b < 500",
    "SELECT t.id, t.c FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.a AND u.w > t.b * 3) AND t.b < 700",
    "SELECT t.c, count(*), sum(u.w), min(w.note) FROM t, u, w "
    "WHERE u.k = t.a AND w.id = u.w AND t.b > 40 AND +t.b > 3 AND +t.c > 'c' GROUP BY t.c",
    "SELECT t.id, upper(w.note) || u.v FROM t, u, w "
    "WHERE u.k = t.a AND w.id = u.w AND length(w.note) > 10 AND t.b < 80 AND +t.b > 3 AND +t.c > 'c'",
    "SELECT x.c, u.v FROM (SELECT DISTINCT a, c FROM t WHERE b < 900 AND +b > 3) AS x "
    "JOIN u ON u.k = x.a WHERE u.w % 3 = 1",
    "SELECT t.id, u.v FROM t JOIN u ON u.k IN (t.a, t.a + 1) WHERE t.b < 50",
    "SELECT t.id, u.v FROM t JOIN u ON u.k = t.a WHERE t.b < 300 AND +t.b > 3 ORDER BY u.v, t.id LIMIT 100",
    "SELECT w.id, w.note FROM w WHERE w.id IN (SELECT a FROM t WHERE b < 500) "
    "AND length(w.note) > (SELECT min(u.w) * 3 FROM u WHERE u.k = w.id)",
    "SELECT t.id, u.v FROM t JOIN u ON u.k = t.a WHERE t.b < 300 AND +t.b > 3 "
    "AND EXISTS (SELECT 1 FROM u AS x, w WHERE x.k = u.w AND w.id = x.w AND length(w.note) > t.b + u.w % 100)",
    # Rows of a range of an index.
    "SELECT k, v, w FROM u INDEXED BY u_k WHERE k > 100",
    "SELECT k, v FROM u INDEXED BY u_k WHERE k > 100 AND w % 7 > 1 AND rowid % 5 < 4 ORDER BY k DESC",
    "SELECT k, sum(w), max(v) FROM u INDEXED BY u_k GROUP BY k",
    "SELECT u.v, w.note FROM u INDEXED BY u_k JOIN w ON w.id = u.w WHERE u.k IN (SELECT b FROM t) AND u.v < 'v7'",
    "SELECT v FROM u INDEXED BY u_k WHERE k < 2000 AND w < (SELECT max(id) FROM w WHERE id < u.w + 5)",
]


def fill(connection):
    connection.executescript("""
        CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b INT, c TEXT);
        CREATE TABLE u(k INT, w INT, v TEXT);
        CREATE TABLE w(id INTEGER PRIMARY KEY, note TEXT);
        CREATE INDEX u_k ON u(k);""")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)",
                           [(i * 3 - N, i * 7919 % 4000, i * 31 % 997, f"c{i % 40}") for i in range(N)])
    connection.executemany("INSERT INTO u VALUES (?, ?, ?)",
                           [(i * 17 % 4001, i * 13 % 3000, f"v{i * 7 % 100}" * (i % 9 + 1)) for i in range(40_000)])
    connection.executemany("INSERT INTO w VALUES (?, ?)", [(i, "long note " * (i % 400)) for i in range(3000)])
    connection.execute("ANALYZE")
    connection.commit()


@pytest.fixture(autouse=True)
def small_portions(monkeypatch):
    monkeypatch.setenv("PUMICE_PARALLEL_SCALE", "0.05")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    name = str(tmp_path_factory.mktemp("portions") / "t.db")
    connection = sqlite3.connect(name)
    connection.execute("PRAGMA page_size = 1024")
    fill(connection)
    connection.close()
    return name


def portions(connection, sql, threads=3):
    """(worker threads, portions) of each PortionGather, by EXPLAIN ANALYZE."""
    connection.execute(f"PRAGMA threads = {threads}")
    text = "\n".join(row[0] for row in connection.execute("EXPLAIN ANALYZE " + sql))
    return [(int(part.split("workers ")[1].split(",")[0]), int(part.split("portions ")[1].split(",")[0]))
            for part in text.splitlines() if "PortionGather" in part]


@pytest.mark.parametrize("kind", ["file", "memory", "temporary", "wal"])
def test_rows_and_order_are_those_of_one_thread(kind, path):
    if kind == "file":
        connection = pumice.connect(path)
    else:
        connection = pumice.connect(":memory:" if kind == "memory" else "")
        connection.execute("PRAGMA page_size = 1024")
        fill(connection)
    if kind == "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    oracle = sqlite3.connect(path)
    for sql in QUERIES:
        serial = run(connection, sql, 1)
        for threads in (2, 4):
            assert run(connection, sql, threads) == serial, sql
        assert sorted(oracle.execute(sql).fetchall()) == sorted(serial), sql
        assert [n for n, m in portions(connection, sql) if n == 2 and m > 20], sql


def test_utf16_and_parameters():
    connection = pumice.connect(":memory:")
    connection.execute("PRAGMA encoding = 'UTF-16'")
    fill(connection)
    sql = "SELECT t.id, u.v, ? FROM t JOIN u ON u.k = t.a WHERE t.b < ? AND u.v <> ?"
    for values in (("x", 300, "v1"), ("y", 20, "v2v2")):
        assert run(connection, sql, 3, values) == run(connection, sql, 1, values)


@pytest.mark.parametrize("sql", [
    "SELECT t.id FROM t JOIN u ON u.k = t.a AND f(u.w) > 5",
    "SELECT t.id FROM t JOIN u ON u.k = t.a AND random() > u.w",
    "SELECT t.id, (SELECT count(*) FROM t AS x JOIN u ON u.k = x.a AND x.b = t.b) FROM t",
    "SELECT t.id, u.v FROM t JOIN u ON u.k = t.a LIMIT 20",
    "SELECT w.id FROM w WHERE w.id < 2000 AND length(w.note) > (SELECT min(f(u.w)) FROM u WHERE u.k = w.id)",
    "SELECT w.id FROM w WHERE w.id < 2000 AND length(w.note) > (SELECT min(u.w) FROM u WHERE u.k = w.id AND v > "
    "(SELECT max(c) FROM t))",
])
def test_what_stays_serial(path, sql):
    connection = pumice.connect(path)
    connection.create_function("f", 1, lambda x: x, deterministic=True)
    assert portions(connection, sql) == []


def test_no_more_rows_pass_through_than_are_to(path):
    """The source could give all of its rows as one batch."""
    connection = pumice.connect(path)
    sql = "SELECT count(*) FROM w WHERE id BETWEEN 1 AND 900 AND length(note) > (SELECT min(w) FROM u WHERE k = +id)"
    (n_workers, n_portions), = portions(connection, sql)
    assert (n_workers, n_portions > 100) == (2, True)
    assert connection.execute(sql).fetchall() == sqlite3.connect(path).execute(sql).fetchall()


def test_few_rows_start_no_thread(path, monkeypatch):
    connection = pumice.connect(path)
    few = "SELECT t.id, u.v FROM t JOIN u ON u.k = t.a WHERE +t.id < -5985 AND t.b >= 0"
    assert portions(connection, few) == [(0, 1)]
    monkeypatch.delenv("PUMICE_PARALLEL_SCALE")
    assert portions(connection, "SELECT w.note FROM t JOIN w ON w.id = t.b WHERE t.id IN (0, 3, 6)") == []


@pytest.mark.parametrize("threads", [1, 4])
def test_errors_come_at_their_place(path, threads):
    connection = pumice.connect(path)
    connection.execute(f"PRAGMA threads = {threads}")
    sql = """SELECT t.id FROM t JOIN u ON u.k = t.a WHERE +t.a >= 0 AND +t.b >= 0
             AND CASE WHEN t.id = 3000 THEN abs(-9223372036854775807 - 1) + u.w
                      WHEN t.id = 9000 THEN zeroblob(1 << 40) || u.v END IS NULL"""
    whole = [row[0] for row in connection.execute(sql.split("AND CASE")[0])]
    rows = []
    with pytest.raises(pumice.Error, match="integer overflow"):
        for row in connection.execute(sql):
            rows.append(row[0])
    n_before = next(i for i, row_id in enumerate(whole) if row_id >= 3000)
    assert rows == whole[:len(rows)] and n_before - 3000 <= len(rows) <= n_before
    assert no_worker_left()
    assert [row[0] for row in connection.execute(sql.split("AND CASE")[0])] == whole


def test_results_larger_than_the_buffers(path):
    connection = pumice.connect(":memory:")
    connection.executescript("CREATE TABLE a(i INTEGER PRIMARY KEY, k INT); "
                             "CREATE TABLE b(k INT, v); CREATE INDEX bk ON b(k)")
    connection.executemany("INSERT INTO a VALUES (?, ?)", [(i, i % 3) for i in range(300)])
    connection.executemany("INSERT INTO b VALUES (?, ?)", [(i, bytes([i]) * (9 << 20)) for i in range(3)])
    connection.execute("ANALYZE")
    connection.commit()
    sql = "SELECT a.i, length(b.v), substr(b.v, 5, 2) FROM a JOIN b ON b.k = a.k"
    assert run(connection, sql, 4) == run(connection, sql, 1)


def test_early_ends_leave_no_thread(path):
    for _ in range(10):
        connection = pumice.connect(path)
        connection.execute("PRAGMA threads = 4")
        cursor = connection.execute(QUERIES[0])
        assert len(cursor.fetchmany(1500)) == 1500
        cursor.close()
        cursor = connection.execute(QUERIES[0])
        cursor.fetchmany(1500)
        del cursor
        cursor = connection.execute(QUERIES[0])
        cursor.fetchmany(1500)
        connection.close()
    assert no_worker_left()


def test_interrupt(path):
    connection = pumice.connect(path, check_same_thread=False)
    connection.execute("PRAGMA threads = 4")
    timer = threading.Timer(0.2, connection.interrupt)
    timer.start()
    with pytest.raises(pumice.OperationalError, match="interrupted"):
        connection.execute("SELECT count(*) FROM t JOIN u ON u.k = t.a AND +t.b >= 0 AND +t.a >= 0 AND "
                           "length(replace(hex(zeroblob(20000)), '0', substr(u.v, 1, 2))) < 0").fetchall()
    timer.join()
    assert no_worker_left()


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_writes_of_the_same_connection_between_rows(kind, path, tmp_path):
    connection = pumice.connect(":memory:" if kind == "memory" else str(tmp_path / "t.db"))
    fill(connection)
    connection.execute("PRAGMA cache_size = 20")
    expected = [row[0] for row in connection.execute(QUERIES[0])]
    connection.execute("PRAGMA threads = 4")
    seen = []
    for row in connection.execute(QUERIES[0]):
        seen.append(row[0])
        if len(seen) % 300 == 0:
            connection.execute("UPDATE w SET note = ? WHERE id = ?", ("new " * len(seen), len(seen)))
            if len(seen) % 900 == 0:
                connection.commit()
    assert seen == expected
    connection.commit()
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_inside_a_write_transaction_nothing_is_missed():
    connection = pumice.connect(":memory:")
    fill(connection)
    connection.execute("PRAGMA threads = 4")
    sql = "SELECT count(*) FROM t JOIN u ON u.k = t.a AND u.v = 'none'"
    connection.execute("UPDATE u SET v = 'none'")
    (n,), = connection.execute(sql)
    assert n == len(connection.execute("SELECT 1 FROM t JOIN u ON u.k = t.a").fetchall()) > 0
    connection.rollback()
    assert connection.execute(sql).fetchall() == [(0,)]


def test_a_forked_child_reads_the_rest(path):
    done = script(f"""
        import os, sys, pumice
        connection = pumice.connect(sys.argv[1])
        connection.execute("PRAGMA threads = 1")
        expected = connection.execute({QUERIES[0]!r}).fetchall()
        connection.execute("PRAGMA threads = 4")
        cursor = connection.execute({QUERIES[0]!r})
        first = cursor.fetchmany(2000)
        child = os.fork()
        rows = first + cursor.fetchall()
        assert rows == expected, len(rows)
        if child:
            assert os.waitpid(child, 0)[1] == 0
            print("fine")
        """, path)
    assert done.stdout == "fine\n", done.stderr


@pytest.mark.parametrize("ending", ["", "raise SystemExit(0)", "cursor.close(); del connection"])
def test_the_interpreter_ends_with_a_query_open(path, ending):
    done = script(f"""
        import sys, pumice
        connection = pumice.connect(sys.argv[1])
        connection.execute("PRAGMA threads = 4")
        cursor = connection.execute({QUERIES[0]!r})
        cursor.fetchmany(1500)
        print("fine")
        {ending}
        """, path)
    assert (done.stdout, done.returncode) == ("fine\n", 0), done.stderr


def test_explain_query_plan_does_not_show_it(path):
    connection = pumice.connect(path)
    for sql in QUERIES:
        assert run(connection, "EXPLAIN QUERY PLAN " + sql, 4) == run(connection, "EXPLAIN QUERY PLAN " + sql, 1), sql
