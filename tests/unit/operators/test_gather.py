"""Gather: the rows of one thread in the same order, in every kind of database, through errors, interrupts and early
ends."""

import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import pumice

N = 12_000

QUERIES = [
    "SELECT * FROM t",
    "SELECT id FROM t WHERE a % 7 = 3",
    "SELECT id, a * 2 + 1, upper(c), length(d) FROM t WHERE b > 50 OR c IS NULL",
    "SELECT id, d FROM t WHERE d LIKE '%9%'",
    "SELECT count(*), sum(a), total(b), avg(b), min(c), max(d) FROM t WHERE a < 900",
    "SELECT c, count(*), sum(b), group_concat(id) FROM t WHERE a < 100 GROUP BY c",
    "SELECT a, b FROM t GROUP BY a HAVING count(*) > 5",
    "SELECT count(DISTINCT a), count(DISTINCT c) FROM t",
    "SELECT DISTINCT c FROM t WHERE b > 10",
    "SELECT id FROM t ORDER BY id DESC",
    "SELECT id, a FROM t WHERE a < 20 ORDER BY a, b DESC LIMIT 30",
    "SELECT id FROM t WHERE c = 'NAME7' COLLATE NOCASE LIMIT 40 OFFSET 60",
    "SELECT t.id, u.name FROM t JOIN u ON u.k = t.a WHERE t.b < 30",
    "SELECT t.id, u.name FROM t LEFT JOIN u ON u.k = t.a AND u.k > 400",
    "SELECT id FROM t WHERE a = 5 UNION ALL SELECT id FROM t WHERE a = 6",
    "SELECT id FROM t WHERE a IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10) AND strftime('%Y', '2020-01-01', 'now') IS NULL",
    "SELECT CASE WHEN a > 500 THEN d ELSE c END FROM t WHERE typeof(b) = 'real'",
    "SELECT x.id FROM (SELECT id, a FROM t WHERE b > 20) AS x WHERE x.a BETWEEN 10 AND 20",
]


def fill(connection):
    connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b REAL, c TEXT, d)")
    connection.execute("CREATE TABLE u(k INT, name TEXT)")
    connection.executemany(
        "INSERT INTO t VALUES (?, ?, ?, ?, ?)",
        [(i * 3 - N, i * 7919 % 1000, None if i % 11 == 0 else i * 31 % 997 / 7,
          None if i % 13 == 0 else f"name{i % 50}",
          b"\x00\xff" * (i % 5) if i % 17 == 0 else "long " * 900 if i % 1999 == 0 else f"text {i * 104729 % 100003}")
         for i in range(N)])
    connection.executemany("INSERT INTO u VALUES (?, ?)", [(i, f"u{i}") for i in range(0, 1000, 3)])
    connection.commit()


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch):
    monkeypatch.setenv("PUMICE_PARALLEL_SCALE", "0.02")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    name = str(tmp_path_factory.mktemp("gather") / "t.db")
    connection = sqlite3.connect(name)
    connection.execute("PRAGMA page_size = 1024")
    fill(connection)
    connection.close()
    return name


def run(connection, sql, threads, values=()):
    connection.execute(f"PRAGMA threads = {threads}")
    return connection.execute(sql, values).fetchall()


def workers(connection, sql, threads=3, values=()):
    """Worker threads that the query started, by EXPLAIN ANALYZE."""
    connection.execute(f"PRAGMA threads = {threads}")
    text = "\n".join(row[0] for row in connection.execute("EXPLAIN ANALYZE " + sql, values))
    return [int(part.split()[0].rstrip(",")) for part in text.split(", workers ")[1:]]


def no_worker_left():
    for _ in range(200):
        names = []
        for task in os.listdir("/proc/self/task"):
            try:
                names.append(open(f"/proc/self/task/{task}/comm").read().strip())
            except OSError:
                pass                # it has just ended
        if "pumice-worker" not in names:
            return True
        time.sleep(0.01)
    return False


def make(kind, path, tmp_path):
    if kind == "file":
        return pumice.connect(path)
    if kind == "wal":
        name = str(tmp_path / "wal.db")
        writer = sqlite3.connect(name)
        writer.execute("PRAGMA page_size = 1024")
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        fill(writer)
        connection = pumice.connect(name)
        connection.execute("SELECT count(*) FROM u").fetchall()
        writer.close()
        return connection
    connection = pumice.connect(":memory:" if kind == "memory" else "")
    connection.execute("PRAGMA page_size = 1024")
    fill(connection)
    return connection


@pytest.mark.parametrize("kind", ["file", "memory", "temporary", "wal"])
def test_rows_and_order_are_those_of_one_thread(kind, path, tmp_path):
    connection = make(kind, path, tmp_path)
    oracle = sqlite3.connect(path)
    assert workers(connection, "SELECT id FROM t WHERE a % 7 = 3") == [2]
    for sql in QUERIES:
        serial = run(connection, sql, 1)
        for threads in (2, 4):
            assert run(connection, sql, threads) == serial, sql
        theirs = oracle.execute(sql).fetchall()
        assert len(serial) == len(theirs), sql
        if "sum(" not in sql and "avg" not in sql:
            assert serial == theirs, sql
    connection.close()


def test_utf16(tmp_path):
    connection = pumice.connect(str(tmp_path / "utf16.db"))
    connection.execute("PRAGMA encoding = 'UTF-16'")
    fill(connection)
    for sql in QUERIES:
        assert run(connection, sql, 3) == run(connection, sql, 1), sql


def test_parameters_and_cached_statements(path):
    connection = pumice.connect(path)
    sql = "SELECT id, ? FROM t WHERE a = ? OR c = ?"
    serial = {k: run(connection, sql, 1, (f"p{k}", k, f"name{k}")) for k in range(5)}
    for k in range(5):
        assert run(connection, sql, 3, (f"p{k}", k, f"name{k}")) == serial[k]
        assert connection.execute(sql, (f"p{k}", k, f"name{k}")).fetchall() == serial[k]


def test_case_sensitive_like_holds_in_workers(path):
    connection = pumice.connect(path)
    sql = "SELECT count(*) FROM t WHERE c LIKE 'NAME1%'"
    assert run(connection, sql, 3) == run(connection, sql, 1) != [(0,)]


@pytest.mark.parametrize("sql", [
    "SELECT id FROM t WHERE f(a) > 5",
    "SELECT id FROM t WHERE a > 5 AND random() > 0",
    "SELECT id FROM t WHERE a > (SELECT min(k) FROM u) AND changes() = 0",
    "SELECT id FROM t WHERE c = 'x' COLLATE mine",
])
def test_what_stays_serial(path, sql):
    connection = pumice.connect(path)
    connection.create_function("f", 1, lambda x: x, deterministic=True)
    connection.create_collation("mine", lambda a, b: (a > b) - (a < b))
    connection.execute("PRAGMA threads = 4")
    plan = [row[0] for row in connection.execute("EXPLAIN " + sql)]
    gathers = [line for line in plan if line.lstrip().startswith("Gather")]
    assert not gathers, plan


def test_limit_starts_no_thread_for_the_first_rows(path):
    connection = pumice.connect(path)
    assert workers(connection, "SELECT id FROM t WHERE a >= 0 LIMIT 3") == [0]
    assert workers(connection, "SELECT id FROM t WHERE a = 7 LIMIT 1000") == [2]
    assert workers(connection, "SELECT id FROM t LIMIT 3") == []


def test_small_tables_stay_serial(monkeypatch):
    monkeypatch.delenv("PUMICE_PARALLEL_SCALE")
    connection = pumice.connect(":memory:")
    connection.execute("PRAGMA threads = 4")
    connection.execute("CREATE TABLE t(a)")
    connection.executemany("INSERT INTO t VALUES (?)", [(i,) for i in range(1000)])
    assert not [row for row in connection.execute("EXPLAIN SELECT a FROM t WHERE a > 1") if "Gather" in row[0]]


def test_threads_pragma(path):
    connection = pumice.connect(path)
    cores = len(os.sched_getaffinity(0))
    assert connection.execute("PRAGMA threads").fetchall() == [(min(cores, 4) if cores > 1 else 0,)]
    assert connection.execute("PRAGMA threads = 2").fetchall() == [(2,)]
    assert connection.execute("PRAGMA threads = 100").fetchall() == [(8,)]
    assert connection.execute("PRAGMA threads = -1").fetchall() == [(8,)]
    for off in (0, 1):
        connection.execute(f"PRAGMA threads = {off}")
        assert not [row for row in connection.execute("EXPLAIN SELECT id FROM t WHERE a > 1") if "Gather" in row[0]]


def test_explain_query_plan_does_not_show_it(path):
    connection = pumice.connect(path)
    for sql in QUERIES:
        assert run(connection, "EXPLAIN QUERY PLAN " + sql, 4) == run(connection, "EXPLAIN QUERY PLAN " + sql, 1), sql


# ---- errors


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_first_error_in_order_wins(path, threads):
    connection = pumice.connect(path)
    connection.execute(f"PRAGMA threads = {threads}")
    sql = """SELECT id, CASE id WHEN {} THEN abs(-9223372036854775807 - 1)
                                WHEN {} THEN length(zeroblob(1 << 40)) END FROM t"""
    first, later = 3 * 9000 - N, 3 * 11000 - N
    with pytest.raises(pumice.Error, match="integer overflow"):
        connection.execute(sql.format(first, later)).fetchall()
    with pytest.raises(pumice.Error, match="too big"):
        connection.execute(sql.format(later, first)).fetchall()
    rows = []
    with pytest.raises(pumice.Error, match="integer overflow"):
        for row in connection.execute(sql.format(first, later)):
            rows.append(row[0])
    assert rows == [3 * i - N for i in range(len(rows))] and 9000 - 1024 <= len(rows) <= 9000
    assert connection.execute("SELECT count(*) FROM t WHERE a >= 0").fetchall() == [(N,)]


@pytest.mark.parametrize("damage", ["leaf", "inner"])
def test_a_damaged_page_is_reported_as_by_one_thread(path, tmp_path, damage):
    import shutil

    name = str(tmp_path / "damaged.db")
    shutil.copy(path, name)
    with open(name, "r+b") as file:
        content = file.read()
        wanted = 13 if damage == "leaf" else 5
        pages = [i for i in range(1, len(content) // 1024) if content[i * 1024] == wanted]
        file.seek(pages[len(pages) * 2 // 3] * 1024)
        file.write(b"\xee" * 100)
    seen = []
    for threads in (1, 4):
        connection = pumice.connect(name)
        connection.execute(f"PRAGMA threads = {threads}")
        rows = []
        with pytest.raises(pumice.DatabaseError) as caught:
            for row in connection.execute("SELECT id FROM t WHERE a >= 0"):
                rows.append(row)
        assert rows == [(3 * i - N,) for i in range(len(rows))]
        seen.append((str(caught.value), len(rows) // 1024))
        connection.close()
    assert seen[0][0] == seen[1][0] and abs(seen[0][1] - seen[1][1]) <= 1


def test_values_larger_than_the_buffers(monkeypatch):
    connection = pumice.connect(":memory:")
    connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(i, bytes([i]) * (9 << 20)) for i in range(12)])
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(i, b"x" * 3000) for i in range(12, 400)])
    connection.commit()
    sql = "SELECT a, length(b), b FROM t WHERE a >= 0"
    assert run(connection, sql, 4) == run(connection, sql, 1)


# ---- ends


def test_interrupt(path):
    connection = pumice.connect(path, check_same_thread=False)
    connection.execute("PRAGMA threads = 4")
    sql = "SELECT count(*) FROM t WHERE length(replace(hex(zeroblob(20000)), '0', substr(d, 1, 2))) < 0"
    timer = threading.Timer(0.2, connection.interrupt)
    timer.start()
    start = time.monotonic()
    with pytest.raises(pumice.OperationalError, match="interrupted"):
        connection.execute(sql).fetchall()
    assert time.monotonic() - start < 5
    timer.join()
    assert no_worker_left()
    assert connection.execute("SELECT count(*) FROM t WHERE a >= 0").fetchall() == [(N,)]


def test_early_ends_leave_no_thread(path):
    for _ in range(20):
        connection = pumice.connect(path)
        connection.execute("PRAGMA threads = 4")
        cursor = connection.execute("SELECT * FROM t WHERE a >= 0")
        assert len(cursor.fetchmany(2000)) == 2000
        cursor.close()
        cursor = connection.execute("SELECT * FROM t WHERE a >= 0")
        cursor.fetchmany(2000)
        del cursor
        cursor = connection.execute("SELECT * FROM t WHERE a >= 0")
        cursor.fetchmany(2000)
        connection.close()
    assert no_worker_left()


def test_two_cursors_of_one_connection(path):
    connection = pumice.connect(path)
    connection.execute("PRAGMA threads = 3")
    one = connection.execute("SELECT id FROM t WHERE a >= 0")
    two = connection.execute("SELECT id FROM t WHERE a >= 0 ORDER BY id DESC")
    ids = [3 * i - N for i in range(N)]
    for i in range(N):
        assert one.fetchone() == (ids[i],)
        assert two.fetchone() == (ids[N - 1 - i],)


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_writes_of_the_same_connection_between_rows(kind, path, tmp_path):
    import shutil

    name = str(tmp_path / "copy.db")
    shutil.copy(path, name)
    connection = make(kind, name, tmp_path)
    connection.execute("PRAGMA threads = 4")
    connection.execute("PRAGMA cache_size = 20")
    seen = []
    for (row_id,) in connection.execute("SELECT id FROM t WHERE a >= 0"):
        seen.append(row_id)
        if len(seen) % 500 == 0:
            connection.execute("UPDATE t SET c = ?, d = ? WHERE id = ?", ("new", "new " * (len(seen) // 10), row_id))
            if len(seen) % 2000 == 0:
                connection.commit()
            elif len(seen) % 3000 == 0:
                connection.rollback()
    assert seen == [3 * i - N for i in range(N)]
    connection.commit()
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_inside_a_write_transaction_nothing_is_missed(path, tmp_path):
    connection = make("memory", path, tmp_path)
    connection.execute("PRAGMA threads = 4")
    connection.execute("UPDATE t SET a = -1 WHERE id % 2 = 0")
    assert connection.execute("SELECT count(*) FROM t WHERE a = -1").fetchall() == [(N // 2,)]
    connection.rollback()
    assert connection.execute("SELECT count(*) FROM t WHERE a = -1").fetchall() == [(0,)]


def script(text, *arguments, timeout=60):
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    return subprocess.run([sys.executable, "-c", textwrap.dedent(text), *arguments], capture_output=True, text=True,
                          timeout=timeout, env=environment)


def test_writers_in_another_process(tmp_path):
    """Whatever another process commits meanwhile, each query sees one state: the balances always add up."""
    name = str(tmp_path / "bank.db")
    connection = sqlite3.connect(name)
    connection.execute("CREATE TABLE account(id INTEGER PRIMARY KEY, balance INT, note TEXT)")
    connection.executemany("INSERT INTO account VALUES (?, 100, ?)", [(i, "x" * 200) for i in range(5000)])
    connection.commit()
    connection.close()
    stop = tmp_path / "stop"
    writer = subprocess.Popen([sys.executable, "-c", textwrap.dedent("""
        import os, sqlite3, random, sys, time
        connection = sqlite3.connect(sys.argv[1], timeout=60)
        while not os.path.exists(sys.argv[2]):
            time.sleep(0.01)        # readers wait in growing steps and would seldom meet a shorter gap
            with connection:
                for _ in range(40):
                    a, b = random.randrange(5000), random.randrange(5000)
                    connection.execute("UPDATE account SET balance = balance - 7 WHERE id = ?", (a,))
                    connection.execute("UPDATE account SET balance = balance + 7 WHERE id = ?", (b,))
        """), name, str(stop)])
    reader = pumice.connect(name, timeout=60)
    reader.execute("PRAGMA threads = 4")
    n_queries = n_states = last = 0
    begin = time.monotonic()
    while writer.poll() is None and (n_queries <= 20 or n_states <= 5):
        total, count, check = reader.execute(
            "SELECT sum(balance), count(*), sum(balance * id) FROM account WHERE length(note) = 200").fetchone()
        assert (total, count) == (500_000, 5000)
        n_queries += 1
        n_states += check != last
        last = check
        if time.monotonic() > begin + 60:
            break
    stop.touch()
    assert writer.wait(60) == 0 and n_queries > 5 and n_states > 1


def test_a_forked_child_reads_the_rest(path):
    done = script("""
        import os, sys, pumice
        connection = pumice.connect(sys.argv[1])
        connection.execute("PRAGMA threads = 4")
        cursor = connection.execute("SELECT id FROM t WHERE a >= 0")
        first = cursor.fetchmany(3000)
        child = os.fork()
        rows = first + cursor.fetchall()
        assert [row[0] for row in rows] == [3 * i - 12000 for i in range(12000)], len(rows)
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
        cursor = connection.execute("SELECT *, hex(d) FROM t WHERE a >= 0")
        cursor.fetchmany(3000)
        print("fine")
        {ending}
        """, path)
    assert (done.stdout, done.returncode) == ("fine\n", 0), done.stderr


def test_many_python_threads(path):
    """Connections of their own, all at once."""
    connection = pumice.connect(path)
    expected = run(connection, QUERIES[2], 1)
    failures = []

    def work():
        own = pumice.connect(path)
        for _ in range(10):
            if run(own, QUERIES[2], 3) != expected:
                failures.append("rows")
        own.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
