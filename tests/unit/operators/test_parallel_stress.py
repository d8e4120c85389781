"""Parallel queries from many threads at once: several connections to one file, one connection of several threads,
databases in memory; while SQLite writes in another process, a connection here writes too, and queries are interrupted
or left half read.

Every answer has to be that of one state of the file: each transaction keeps the sum of `a` and the number of rows.

Also to be run under ThreadSanitizer: in a copy of the project, CFLAGS=-fsanitize=thread LDFLAGS=-fsanitize=thread for
tools/build.py, then pytest with LD_PRELOAD=libtsan.so. It names what is read without a lock on purpose, since it may be
seen late: the interrupt flag, Gather.stop, and btree_ok of pages in memory, which every thread sets to the same.
"""

import os
import random
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

import pumice

SECONDS = 30 if os.environ.get("PUMICE_LONG") == "1" else 2
N_ROWS = 6000

WRITER = """
import random, sqlite3, sys
c = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
r = random.Random(1)
c.execute("PRAGMA synchronous = OFF")
print("ready", flush=True)
while not select_stdin():
    k = r.randrange(1, 9)
    c.execute("BEGIN IMMEDIATE")
    c.execute("UPDATE t SET a = a + ? WHERE id % 2", (k,))
    c.execute("UPDATE t SET a = a - ?, b = b || 'x' WHERE NOT id % 2", (k,))
    c.execute("UPDATE t SET b = substr(b, 1, 12) WHERE length(b) > 60")
    c.execute("COMMIT")
""".replace("select_stdin()", "__import__('select').select([sys.stdin], [], [], 0.02)[0]")


def load(connection):
    connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT)")
    connection.execute("CREATE INDEX t_a ON t(a)")
    connection.execute(
        f"INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {N_ROWS}) "
        "SELECT i, i % 2 * 2 - 1, 'text ' || i FROM n"
    )


def whole(connection, r):
    assert connection.execute("SELECT count(*), sum(a) FROM t WHERE length(b) > 3").fetchall() == [(N_ROWS, 0)]


def ordered(connection, r):
    rows = connection.execute("SELECT id, a, b FROM t WHERE b LIKE 'text%'").fetchall()
    assert [row[0] for row in rows] == list(range(1, N_ROWS + 1))
    assert sum(row[1] for row in rows) == 0


def half(connection, r):
    """Given up after some rows."""
    cursor = connection.execute("SELECT id, upper(b) FROM t WHERE a IS NOT NULL")
    rows = cursor.fetchmany(r.choice([1, 100, 1500]))
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    cursor.close()


def joined(connection, r):
    """Portions: a lookup for each row."""
    first = r.randrange(N_ROWS)
    n = connection.execute(
        "SELECT count(u.b), count(*) FROM t LEFT JOIN t AS u ON u.id = t.id + 1 WHERE t.id > ? AND length(t.b)",
        (first,),
    ).fetchone()
    assert n == (N_ROWS - first - 1, N_ROWS - first)


def grouped(connection, r):
    rows = connection.execute("SELECT id % 7, count(*), sum(a) FROM t GROUP BY 1").fetchall()
    assert [row[0] for row in rows] == list(range(7))
    assert sum(row[1] for row in rows) == N_ROWS and sum(row[2] for row in rows) == 0


QUERIES = [whole, ordered, half, joined, grouped]


def may_end_a_query(error):
    return str(error) in ("interrupted", "database is locked")


def read(connection, seed, until, failed):
    r = random.Random(seed)
    try:
        while time.monotonic() < until:
            try:
                r.choice(QUERIES)(connection, r)
            except pumice.OperationalError as error:
                if not may_end_a_query(error):
                    raise
    except BaseException as error:
        failed.append(error)


def write(connection, seed, until, failed):
    r = random.Random(seed)
    try:
        while time.monotonic() < until:
            k = r.randrange(1, 9)
            try:
                connection.execute("BEGIN IMMEDIATE")
                # One statement: other threads may read on this connection within the transaction.
                connection.execute("UPDATE t SET a = a + iif(id <= 3000, ?1, -?1)", (k,))
                connection.execute(r.choice(["COMMIT", "COMMIT", "ROLLBACK"]))
            except pumice.OperationalError as error:
                if not may_end_a_query(error):
                    raise
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            time.sleep(0.01)
    except BaseException as error:
        failed.append(error)


def interrupt(connections, seed, until):
    r = random.Random(seed)
    while time.monotonic() < until:
        time.sleep(r.random() * 0.05)
        r.choice(connections).interrupt()


def go(works, connections):
    failed = []
    until = time.monotonic() + SECONDS
    threads = [threading.Thread(target=work, args=(c, n, until, failed)) for n, (work, c) in enumerate(works)]
    threads.append(threading.Thread(target=interrupt, args=(connections, 99, until)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 120)
        assert not thread.is_alive()
    if failed:
        raise failed[0]
    for connection in connections:
        transaction = connection.session.transaction
        assert (transaction.n_reading, transaction.autocommit) == (0, True)
        assert connection.session.btrees[0].pager.lock == 0


def connect(path):
    connection = pumice.connect(path, isolation_level=None, check_same_thread=False, timeout=60)
    connection.execute("PRAGMA threads = 3")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


@pytest.fixture(autouse=True)
def parallel(monkeypatch):
    monkeypatch.setenv("PUMICE_PARALLEL_SCALE", "0")


@pytest.mark.parametrize("journal_mode", ["DELETE", "PERSIST"])
def test_a_file(tmp_path, journal_mode):
    path = tmp_path / "x.db"
    maker = sqlite3.connect(path, isolation_level=None)
    maker.execute("PRAGMA page_size = 1024")
    load(maker)
    maker.close()
    other = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"ready\n"
    connections = [connect(path) for _ in range(4)]
    connections[3].execute(f"PRAGMA journal_mode = {journal_mode}")
    connections[1].execute("PRAGMA cache_size = 20")
    works = [(read, connections[0]), (read, connections[0]), (read, connections[1]), (read, connections[2]),
             (write, connections[3]), (read, connections[3])]
    try:
        go(works, connections)
    finally:
        other.stdin.close()
        other.wait()
        other.stdout.close()
        for connection in connections:
            connection.close()
    checker = sqlite3.connect(path)
    assert checker.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert checker.execute("SELECT count(*), sum(a) FROM t").fetchall() == [(N_ROWS, 0)]
    checker.close()


def test_memory():
    connections = [connect(":memory:") for _ in range(2)]
    for connection in connections:
        load(connection)
    go([(read, connections[0]), (read, connections[0]), (read, connections[1]), (write, connections[1])], connections)
    for connection in connections:
        whole(connection, None)
        connection.close()
