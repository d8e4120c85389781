"""Disks that are full or broken: the error's class, code and text; the connection goes on; the file holds what it held
before the statement or after it, and is sound.

Two ways: every file system call of a statement fails in turn (FaultVfs); the process may not write files beyond a size
(RLIMIT_FSIZE, compared with sqlite3 under the same limit).
"""

import functools
import json
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from pumice.storage.vfs.fault import FaultVfs

import pumice
from pumice.engine.session import Session
from tests.badinput.both import content

ROOT = Path(__file__).resolve().parents[2]
LONG = os.environ.get("PUMICE_LONG") == "1"
PATH = b"/d/t.db"
FAILURES = {"SQLITE_FULL": (13, "database or disk is full"), "SQLITE_IOERR": (10, "disk I/O error")}

SETUP = """PRAGMA page_size = 1024; CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE, c);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
 INSERT INTO t SELECT i, 'b' || i, hex(zeroblob(30)) FROM n;
CREATE TABLE big(x); INSERT INTO big VALUES (zeroblob(5000))"""

STATEMENTS = {
    "insert": ["INSERT INTO t VALUES (100, 'new', 1)"],
    "insert many": ["INSERT INTO t SELECT a + 1000, b || 'x', c FROM t"],
    "update": ["UPDATE t SET b = b || 'u', c = 0"],
    "delete": ["DELETE FROM t WHERE a % 2"],
    "delete all": ["DELETE FROM big"],
    "large value": ["INSERT INTO big VALUES (zeroblob(20000))"],
    "create": ["CREATE TABLE made(a PRIMARY KEY, b)"],
    "index": ["CREATE INDEX i ON t(c)"],
    "drop": ["DROP TABLE t"],
    "alter": ["ALTER TABLE t ADD COLUMN d DEFAULT 7"],
    "transaction": ["BEGIN", "INSERT INTO t VALUES (100, 'new', 1)", "UPDATE t SET c = 9", "DELETE FROM big", "COMMIT"],
    "savepoint": [
        "BEGIN",
        "UPDATE t SET c = 9",
        "SAVEPOINT s",
        "DELETE FROM t",
        "ROLLBACK TO s",
        "RELEASE s",
        "COMMIT",
    ],
    "rollback": ["BEGIN", "UPDATE t SET c = 9", "INSERT INTO t SELECT a + 1000, b || 'x', c FROM t", "ROLLBACK"],
}


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    path = tmp_path_factory.mktemp("base") / "x.db"
    connection = sqlite3.connect(path)
    connection.executescript(SETUP)
    connection.close()
    return path.read_bytes()


def connect(vfs, monkeypatch, cache_size):
    monkeypatch.setattr("pumice.dbapi.connection.Session", functools.partial(Session, vfs=vfs))
    connection = pumice.connect(os.fsdecode(PATH), isolation_level=None)
    connection.execute(f"PRAGMA cache_size = {cache_size}")
    return connection


def seen(files, folder):
    """What SQLite finds in the files, its recovery included."""
    for name in ("t.db", "t.db-journal"):
        (folder / name).unlink(missing_ok=True)
    for path, data in files.items():
        (folder / os.fsdecode(path)[3:]).write_bytes(data)
    return content(folder / "t.db")


def now(vfs):
    return {path: data for path in (PATH, PATH + b"-journal") if (data := vfs.content(path)) is not None}


def run(connection, statements):
    """Stops at the first failure, which it returns; an open transaction is then rolled back."""
    for sql in statements:
        try:
            connection.execute(sql)
        except pumice.Error as error:
            return error
    return None


@pytest.mark.parametrize("cache_size", [10, 1000])
@pytest.mark.parametrize("kind", STATEMENTS)
def test_each_call_fails(before, tmp_path, monkeypatch, kind, cache_size):
    statements = STATEMENTS[kind]
    vfs = FaultVfs({PATH: before})
    connection = connect(vfs, monkeypatch, cache_size)
    connection.execute("SELECT * FROM t").fetchall()
    first = vfs.calls
    assert run(connection, statements) is None
    last = vfs.calls
    connection.close()
    old, new = seen({PATH: before}, tmp_path), seen(now(vfs), tmp_path)
    assert (old == new) == (kind == "rollback")
    points = list(range(first + 1, last + 1))
    if not LONG:
        points = random.Random(f"{kind}{cache_size}").sample(points, min(len(points), 8))
    n_failed = 0
    for at in points:
        name = "SQLITE_FULL" if at % 2 else "SQLITE_IOERR"
        vfs = FaultVfs({PATH: before})
        connection = connect(vfs, monkeypatch, cache_size)
        connection.execute("SELECT * FROM t").fetchall()
        vfs.fail_at, vfs.fail_name = at, name
        error = run(connection, statements)
        where = (at, vfs.trace[at - 1])
        if error is not None:
            n_failed += 1
            code, message = FAILURES[name]
            assert (type(error), error.sqlite_errorcode, error.sqlite_errorname, str(error)) == (
                pumice.OperationalError,
                code,
                name,
                message,
            ), where
        if connection.in_transaction:
            try:
                connection.rollback()
            except (
                pumice.OperationalError
            ) as broken:  # the call that failed is one of the rollback's: the next reader plays the journal back
                assert str(broken) in (error and str(error), *(message for _, message in FAILURES.values()))
        assert not connection.in_transaction
        # The connection itself, then another, then SQLite after a look at what is on the disk now.
        rows = connection.execute("SELECT * FROM t ORDER BY a").fetchall() if kind != "drop" else None
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], where
        found = seen(now(vfs), tmp_path)
        assert found in (old, new), where
        if error is None:
            assert found == new, where
        if rows is not None:
            assert rows == found[1], where
        if found == old:
            assert run(connection, statements) is None, where
            assert seen(now(vfs), tmp_path) == new, where
        connection.close()
    assert n_failed > 0


# ---- a limit on the size of files

LIMITED = """
import json, resource, signal, sys
import MODULE as module

def outcome(call):
    try:
        return call()
    except module.Error as error:
        return [type(error).__name__, error.sqlite_errorcode, error.sqlite_errorname, str(error)]

connection = module.connect(sys.argv[1], isolation_level=None)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
seen = []
for sql in json.loads(sys.argv[2]):
    result = outcome(lambda: connection.execute(sql).fetchall())
    seen.append([sql, result, connection.in_transaction])
print(json.dumps(seen))
"""

FILLING = {
    "autocommit": [
        "INSERT INTO big SELECT zeroblob(5000) FROM t",
        "SELECT count(*) FROM big",
        "INSERT INTO t VALUES (100, 'small', 1)",
        "SELECT count(*) FROM t",
        "INSERT INTO big VALUES (zeroblob(10000000))",
        "SELECT count(*) FROM big",
        "PRAGMA integrity_check",
    ],
    "transaction": [
        "BEGIN",
        "INSERT INTO t VALUES (100, 'small', 1)",
        "INSERT INTO big SELECT zeroblob(5000) FROM t",
        "COMMIT",
        "SELECT count(*) FROM big",
    ],
    "in memory until commit": [
        "PRAGMA cache_size = 10000",
        "BEGIN",
        "INSERT INTO big SELECT zeroblob(5000) FROM t",
        "COMMIT",
        "SELECT count(*) FROM big",
    ],
}


@pytest.mark.parametrize("kind", FILLING)
def test_file_size_limit(tmp_path, kind):
    """The statement or the commit fails; then all is as before. Which of the two fails depends on the cache, so the
    transactions are compared by what is left in the end."""
    results = []
    for module in ("pumice", "sqlite3"):
        path = tmp_path / f"{module}.db"
        connection = sqlite3.connect(path)
        connection.executescript(SETUP)
        connection.close()
        source = str(Path(pumice.__file__).resolve().parents[1])
        env = dict(os.environ, PYTHONPATH=os.pathsep.join([source, str(ROOT)]))
        command = [sys.executable, "-c", LIMITED.replace("MODULE", module), str(path), json.dumps(FILLING[kind])]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        results.append((json.loads(done.stdout), content(path)))
    (mine, left), (theirs, theirs_left) = results
    failures = [
        [result for _, result, _ in steps if len(result) == 4 and isinstance(result[0], str)]
        for steps in (mine, theirs)
    ]
    assert failures[0][0] == failures[1][0]
    assert left == theirs_left
    if kind == "autocommit":
        assert mine == theirs


# ---- queries that are half read when a transaction ends badly

HALF = ["SELECT a FROM t", "SELECT a, b FROM t ORDER BY b", "SELECT a FROM t WHERE a > 0"]


def half_read(connection):
    cursors = [connection.cursor() for _ in HALF]
    for cursor, sql in zip(cursors, HALF, strict=True):
        cursor.execute(sql)
        assert cursor.fetchone() is not None
    return cursors


@pytest.mark.parametrize("fetch", ["fetchone", "fetchall"])
@pytest.mark.parametrize("end", ["ROLLBACK", "COMMIT"])
def test_a_half_read_query_ends_when_the_rollback_fails(before, monkeypatch, end, fetch):
    """Its snapshot is gone with the lock: SQLite lets it fail with the pager's error. Where a failed COMMIT could be
    undone it goes on. From some call on the disk is gone, for as long as the statement lasts."""
    failed = went_on = 0
    for after in range(1, 60):
        vfs = FaultVfs({PATH: before})
        connection = connect(vfs, monkeypatch, 10)
        cursors = half_read(connection)
        connection.execute("BEGIN")
        connection.execute("INSERT INTO t SELECT a + 1000, b || 'x', c || hex(zeroblob(200)) FROM t")  # spills
        n_calls = vfs.calls
        vfs.fail_at, vfs.fail_on = n_calls + after, True
        try:
            connection.execute(end)
        except pumice.OperationalError as error:
            assert error.sqlite_errorname == "SQLITE_IOERR"
        over = vfs.calls < n_calls + after
        vfs.fail_at = 0
        for cursor in cursors:
            try:
                assert getattr(cursor, fetch)()
                went_on += 1
            except pumice.OperationalError as error:
                failed += 1
                assert (error.sqlite_errorname, str(error)) == ("SQLITE_IOERR", "disk I/O error")
                assert cursor.fetchone() is None
        assert not connection.in_transaction
        assert connection.execute("SELECT count(*) FROM t").fetchone()[0] in (60, 120)
        connection.close()
        if over:
            break
    assert went_on and failed


@pytest.mark.parametrize("ends", ["ROLLBACK", "ROLLBACK TO s", "INSERT OR ROLLBACK INTO t VALUES (1, 2, 3)", "COMMIT"])
@pytest.mark.parametrize("change", ["CREATE TABLE made(a)", "UPDATE big SET x = 1"])
def test_a_half_read_query_and_a_rollback_of_ddl(tmp_path, change, ends):
    """A rollback that undoes a change of the schema ends the queries that are half read; others go on."""
    def use(connection, fetch, failures):
        for sql in SETUP.split(";"):
            connection.execute(sql)
        cursor = connection.cursor().execute("SELECT a FROM t WHERE a > 10")
        seen = [fetch(cursor)]
        for sql in ("SAVEPOINT s", change, ends):
            try:
                connection.execute(sql)
            except failures as error:
                seen.append(str(error))
        try:
            seen.append(fetch(cursor))
        except failures as error:
            seen.append(str(error))
        return seen

    theirs = use(apsw.Connection(str(tmp_path / "a.db")), lambda c: c.fetchone(), apsw.Error)
    mine = use(pumice.connect(tmp_path / "p.db", isolation_level=None), lambda c: c.fetchone(), pumice.Error)
    assert mine == theirs
