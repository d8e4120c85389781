"""A database that another process (SQLite's) has locked, in each state of its lock; and a schema that it changed in
between.
"""

import sqlite3
import subprocess
import sys
import threading
import time

import pytest

import pumice
from tests.badinput.both import content, open_apsw, outcome, run, run_apsw

PROGRAM = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
for line in sys.stdin:
    try:
        c.execute(line).fetchone()
        print("ok", flush=True)
    except sqlite3.Error as error:
        print(error, flush=True)
"""


class Other:
    """A process with an SQLite connection of its own."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def execute(self, sql):
        self.process.stdin.write(sql + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


# state of the other's lock: statements that lead to it
STATES = {
    "none": [],
    "SHARED": ["BEGIN", "SELECT * FROM t"],
    "RESERVED": ["BEGIN IMMEDIATE"],
    "RESERVED with changes": ["BEGIN", "INSERT INTO t VALUES (3)"],
    "EXCLUSIVE": ["BEGIN EXCLUSIVE"],
    "EXCLUSIVE with changes": ["BEGIN EXCLUSIVE", "DELETE FROM t"],
    "exclusive locking mode": ["PRAGMA locking_mode = EXCLUSIVE", "UPDATE t SET a = a"],
}
# What is tried; each list on a connection of its own.
TRIES = [
    ["SELECT * FROM t"],
    ["INSERT INTO t VALUES (10)"],
    ["UPDATE t SET a = a + 1", "SELECT * FROM t"],
    ["BEGIN IMMEDIATE", "ROLLBACK"],
    ["BEGIN EXCLUSIVE", "COMMIT"],
    ["BEGIN", "SELECT * FROM t", "INSERT INTO t VALUES (11)", "COMMIT", "ROLLBACK"],
    ["BEGIN", "INSERT INTO t VALUES (12)", "SELECT count(*) FROM t", "COMMIT", "COMMIT", "ROLLBACK"],
    ["SAVEPOINT s", "DELETE FROM t", "RELEASE s", "ROLLBACK"],
    ["CREATE TABLE made(a)"],
    ["DROP TABLE t"],
    ["PRAGMA user_version"],
    ["PRAGMA user_version = 5"],
    ["PRAGMA page_size", "PRAGMA page_size = 1024", "PRAGMA page_size"],
    ["PRAGMA journal_size_limit", "PRAGMA cache_spill = 0", "PRAGMA cache_spill", "PRAGMA freelist_count"],
    ["PRAGMA integrity_check"],
    ["PRAGMA journal_mode = TRUNCATE", "PRAGMA journal_mode"],
]


def database(path):
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)")
    connection.close()


def attempt(module, path, state, tries, timeout=0):
    """The outcomes and in_transaction after each; then, without the other, that the file is usable."""
    database(path)
    other = Other(path)
    connection = module.connect(path, isolation_level=None, timeout=timeout)
    try:
        assert [other.execute(sql) for sql in STATES[state]] == ["ok"] * len(STATES[state])
        seen = [(sql, run(connection, sql), connection.in_transaction) for sql in tries]
        seen.append(other.execute("ROLLBACK" if state.startswith(("EXCLUSIVE", "RESERVED")) else "SELECT 1"))
    finally:
        other.close()
    if connection.in_transaction:
        seen.append(run(connection, "ROLLBACK"))
    seen.append(run(connection, "INSERT INTO t VALUES (99)"))
    connection.close()
    return seen, content(path)


@pytest.mark.parametrize("state", STATES)
def test_each_state(tmp_path, state):
    locked = 0
    for n, tries in enumerate(TRIES):
        mine, theirs = (
            attempt(module, tmp_path / f"{module.__name__}{n}.db", state, tries) for module in (pumice, sqlite3)
        )
        assert mine == theirs, tries
        locked += sum(
            isinstance(step, tuple) and step[1] == ("OperationalError", 5, "SQLITE_BUSY", "database is locked")
            for step in mine[0]
        )
    assert (locked > 0) == (state != "none")


WAITS = [
    ("SHARED", ["BEGIN EXCLUSIVE"]),
    ("SHARED", ["INSERT INTO t VALUES (10)"]),
    ("SHARED", ["BEGIN IMMEDIATE", "INSERT INTO t VALUES (10)", "COMMIT"]),
    ("RESERVED", ["BEGIN IMMEDIATE"]),
    ("RESERVED", ["BEGIN EXCLUSIVE"]),
    ("RESERVED", ["INSERT INTO t VALUES (10)"]),
    ("RESERVED", ["SELECT * FROM t", "UPDATE t SET a = 1"]),
    ("RESERVED", ["BEGIN", "INSERT INTO t VALUES (10)", "SELECT * FROM t"]),
    ("RESERVED", ["BEGIN", "SELECT * FROM t", "INSERT INTO t VALUES (10)"]),
    ("RESERVED", ["CREATE TABLE made(a)"]),
    ("RESERVED", ["PRAGMA user_version = 5"]),
    ("EXCLUSIVE", ["BEGIN EXCLUSIVE"]),
    ("EXCLUSIVE", ["SELECT * FROM t"]),
    ("EXCLUSIVE", ["BEGIN", "SELECT * FROM t"]),
]


@pytest.mark.parametrize("state, tries", WAITS)
def test_timeout_is_waited_for(tmp_path, state, tries):
    """As long as asked for; then the same error. Not at all where both would wait for each other."""
    timeout = 0.2

    def call(module):
        path = tmp_path / f"{module.__name__}.db"
        database(path)
        other = Other(path)
        connection = module.connect(path, isolation_level=None, timeout=timeout)
        seen = [other.execute(sql) for sql in STATES[state]]
        for sql in tries:
            start = time.perf_counter()
            result = run(connection, sql)
            seen.append((sql, result, time.perf_counter() - start > 0.9 * timeout))
        other.close()
        connection.close()
        return seen

    assert call(pumice) == call(sqlite3)


def test_timeout_is_waited_for_once(tmp_path):
    path = tmp_path / "x.db"
    database(path)
    other = Other(path)
    assert [other.execute(sql) for sql in STATES["SHARED"]] == ["ok", "ok"]
    connection = pumice.connect(path, isolation_level=None, timeout=1)
    start = time.perf_counter()
    assert run(connection, "BEGIN EXCLUSIVE")[2] == "SQLITE_BUSY"
    assert time.perf_counter() - start < 1.9
    # And no lock is left behind.
    assert other.execute("COMMIT") == "ok"
    assert other.execute("INSERT INTO t VALUES (3)") == "ok"
    other.close()
    connection.close()


@pytest.mark.parametrize(
    "theirs, mine",
    [
        (["BEGIN IMMEDIATE", "UPDATE t SET a = a + 50"], "INSERT INTO t SELECT a + 1 FROM t"),
        (["BEGIN EXCLUSIVE", "UPDATE t SET a = a + 50"], "UPDATE t SET a = a + 1"),
        (["BEGIN IMMEDIATE", "ALTER TABLE t ADD COLUMN b"], "INSERT INTO t VALUES (10)"),
        (["BEGIN IMMEDIATE", "ALTER TABLE t ADD COLUMN b"], "CREATE INDEX i ON t(a)"),
        (["BEGIN IMMEDIATE", "DROP TABLE t", "CREATE TABLE t(x, a)"], "DELETE FROM t WHERE a = 1"),
        (["BEGIN IMMEDIATE", "DROP TABLE t"], "DROP TABLE t"),
        (["BEGIN", "SELECT * FROM t"], "INSERT INTO t VALUES (10)"),
        (["BEGIN", "SELECT * FROM t"], "BEGIN EXCLUSIVE"),
    ],
)
def test_a_write_goes_on_when_the_other_is_done(tmp_path, theirs, mine):
    """On what the other has left, also of the schema."""

    def call(module):
        path = tmp_path / f"{module.__name__}.db"
        database(path)
        other = Other(path)
        connection = module.connect(path, isolation_level=None, timeout=10)
        seen = [run(connection, "SELECT * FROM t"), *(other.execute(sql) for sql in theirs)]
        ending = threading.Timer(0.2, other.execute, ["COMMIT"])
        ending.start()
        seen.append(run(connection, mine))
        ending.join()
        seen.append(run(connection, "SELECT * FROM t"))
        other.close()
        connection.close()
        return seen, content(path)

    assert call(pumice) == call(sqlite3)


def test_timeout_ends_when_the_lock_does(tmp_path):
    path = tmp_path / "x.db"
    database(path)
    other = Other(path)
    assert other.execute("BEGIN EXCLUSIVE") == "ok"
    connection = pumice.connect(path, isolation_level=None, timeout=0.01)
    assert run(connection, "SELECT * FROM t")[1] == 5
    assert other.execute("COMMIT") == "ok"
    assert run(connection, "SELECT * FROM t") == [(1,), (2,)]
    other.close()
    connection.close()


def test_a_reader_in_between_rows(tmp_path):
    """A cursor that is not at its end keeps its SHARED lock: nobody's commit gets through, one's own write does not
    wait for oneself.
    """

    def call(module, path):
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE t(a)")
        connection.executemany("INSERT INTO t VALUES (?)", [(i,) for i in range(2000)])
        connection.commit()
        connection.close()
        other = Other(path)
        connection = module.connect(path, isolation_level=None, timeout=0)
        cursor = connection.execute("SELECT a FROM t ORDER BY rowid")
        seen = [
            cursor.fetchone(),
            other.execute("UPDATE t SET a = 1"),
            run(connection, "INSERT INTO t VALUES (5)"),
            other.execute("BEGIN IMMEDIATE"),
            run(connection, "INSERT INTO t VALUES (6)"),
            other.execute("ROLLBACK"),
        ]
        cursor.close()
        seen += [other.execute("DELETE FROM t WHERE a > 5"), run(connection, "SELECT count(*) FROM t")]
        other.close()
        connection.close()
        return seen, content(path)

    assert call(pumice, tmp_path / "pumice.db") == call(sqlite3, tmp_path / "sqlite3.db")


CHANGES = {
    "column added": ["ALTER TABLE t ADD COLUMN b DEFAULT 'new'"],
    "column renamed": ["ALTER TABLE t RENAME COLUMN a TO z"],
    "column dropped": ["ALTER TABLE t ADD COLUMN b", "DROP INDEX j", "ALTER TABLE t DROP COLUMN a"],
    "table dropped": ["DROP TABLE t"],
    "table dropped and made again": ["DROP TABLE t", "CREATE TABLE t(x, a, y)", "INSERT INTO t VALUES (7, 8, 9)"],
    "table is a view": ["ALTER TABLE t RENAME TO old", "CREATE VIEW t AS SELECT a + 100 AS a FROM old"],
    "index made": ["CREATE UNIQUE INDEX i ON t(a)"],
    "index dropped": ["DROP INDEX j"],
    "constraint": ["DROP TABLE t", "CREATE TABLE t(a CHECK (a < 5))"],
    "vacuumed": ["VACUUM"],
}


@pytest.mark.parametrize("change", CHANGES)
def test_schema_changed_between_prepare_and_execute(tmp_path, change):
    """Statements in the connection's cache, run before, are prepared again."""
    statements = [
        ("SELECT * FROM t", ()),
        ("SELECT a FROM t WHERE a = ?", (1,)),
        ("INSERT INTO t(a) VALUES (?)", (6,)),
        ("INSERT INTO t VALUES (?)", (1,)),
        ("UPDATE t SET a = a + 20 WHERE a > 1", ()),
        ("DELETE FROM t WHERE a = 1", ()),
        ("SELECT count(*) FROM t", ()),
        ("PRAGMA table_info(t)", ()),
    ]

    def call(module, path):
        database(path)
        other = Other(path)
        assert other.execute("CREATE INDEX j ON t(a)") == "ok"
        connection = module.connect(path, isolation_level=None, timeout=0)
        connection.execute("BEGIN")
        for sql, parameters in statements:
            connection.execute(sql, parameters).fetchall()
        connection.execute("ROLLBACK")
        assert [other.execute(sql) for sql in CHANGES[change]] == ["ok"] * len(CHANGES[change])
        seen = []
        for sql, parameters in statements:
            seen.append((sql, run(connection, sql, parameters), connection.in_transaction))
        other.close()
        connection.close()
        return seen, content(path)

    assert call(pumice, tmp_path / "pumice.db") == call(sqlite3, tmp_path / "sqlite3.db")


def test_schema_changed_under_an_open_transaction(tmp_path):
    """The other cannot while we read; it can before our first statement."""

    def call(module, path):
        database(path)
        other = Other(path)
        connection = module.connect(path, isolation_level=None, timeout=0)
        seen = [
            run(connection, "SELECT * FROM t"),
            run(connection, "BEGIN"),
            other.execute("ALTER TABLE t ADD COLUMN b"),
            run(connection, "SELECT * FROM t"),
            other.execute("DROP TABLE t"),
            run(connection, "INSERT INTO t VALUES (1, 2)"),
            run(connection, "COMMIT"),
            other.execute("DROP TABLE t"),
            run(connection, "SELECT * FROM t"),
            outcome(lambda: connection.executemany("INSERT INTO t VALUES (?, ?)", [(1, 2)]).rowcount),
        ]
        other.close()
        connection.close()
        return seen, content(path)

    assert call(pumice, tmp_path / "pumice.db") == call(sqlite3, tmp_path / "sqlite3.db")


AFTER_INTERRUPT = [
    "CREATE INDEX i ON t(a)",
    "SELECT * FROM t WHERE a = 2",
    "PRAGMA integrity_check",
    "PRAGMA table_info(t)",
    "INSERT INTO t VALUES (6)",
    "ANALYZE",
    "REINDEX",
]


@pytest.mark.parametrize("sql", AFTER_INTERRUPT)
def test_an_interrupt_before_a_statement_is_not_meant_for_it(tmp_path, sql):
    """Also when it has to read the schema first, which another connection has changed."""

    def call(module):
        path = tmp_path / f"{module.__name__}.db"
        database(path)
        connection = module.connect(path, isolation_level=None, timeout=0)
        seen = [run(connection, "SELECT * FROM t")]
        other = sqlite3.connect(path, isolation_level=None, timeout=0)
        other.execute("CREATE TABLE more(x)")
        connection.interrupt()
        seen += [run(connection, sql), run(other, "BEGIN EXCLUSIVE"), run(other, "COMMIT")]
        other.close()
        connection.close()
        return seen, content(path)

    assert call(pumice) == call(sqlite3)


@pytest.mark.parametrize("sql", [*AFTER_INTERRUPT, "DROP TABLE t"])
def test_a_schema_that_cannot_be_read_leaves_no_lock(tmp_path, sql):
    def call(module):
        path = tmp_path / f"{module.__name__}.db"
        database(path)
        other = sqlite3.connect(path, isolation_level=None, timeout=0)
        other.execute("PRAGMA writable_schema = ON")
        other.execute("UPDATE sqlite_master SET sql = 'CREATE TABLE t('")
        connection = module.connect(path, isolation_level=None, timeout=0)
        seen = [run(connection, sql), run(other, "BEGIN EXCLUSIVE"), run(other, "COMMIT")]
        other.close()
        connection.close()
        return seen

    assert call(pumice) == call(sqlite3)


# What is wrong with a statement is said before it waits for a lock, unless SQLite finds it while it runs.
SCHEMA = """
    CREATE TABLE t(a INTEGER PRIMARY KEY, b, c UNIQUE); CREATE VIEW v AS SELECT b FROM t; CREATE INDEX i ON t(b);
    CREATE TABLE one(x); CREATE TABLE d(x); INSERT INTO d VALUES (1), (1); INSERT INTO t VALUES (1, 2, 3);
    CREATE TRIGGER tr AFTER INSERT ON one BEGIN SELECT 1; END"""
DEFINITIONS = """
    CREATE INDEX j ON t(nope); CREATE INDEX j ON nope(a); CREATE INDEX i ON t(a); CREATE INDEX IF NOT EXISTS i ON t(a);
    CREATE INDEX j ON v(b); CREATE INDEX j ON t(random()); CREATE UNIQUE INDEX j ON d(x); CREATE INDEX j ON t(b);
    CREATE TABLE t(a); CREATE TABLE IF NOT EXISTS t(a); CREATE TABLE n(a, a); CREATE TABLE n(a CHECK (nope));
    CREATE TABLE n AS SELECT nope; CREATE TABLE n AS SELECT 1; CREATE TABLE n(a); CREATE TABLE nope.n(a);
    CREATE VIEW v AS SELECT 1; CREATE VIEW IF NOT EXISTS v AS SELECT 1; CREATE VIEW w AS SELECT nope;
    CREATE VIEW w AS SELECT ?; DROP TABLE nope; DROP TABLE IF EXISTS nope; DROP TABLE v; DROP VIEW t; DROP INDEX nope;
    DROP INDEX IF EXISTS nope; DROP INDEX sqlite_autoindex_t_1; DROP TRIGGER nope; DROP TABLE t; DROP INDEX i;
    ALTER TABLE t RENAME TO one; ALTER TABLE v RENAME TO x; ALTER TABLE t RENAME TO x;
    ALTER TABLE t RENAME COLUMN nope TO x; ALTER TABLE t RENAME COLUMN b TO c; ALTER TABLE t RENAME b TO x;
    ALTER TABLE t ADD COLUMN b; ALTER TABLE t ADD z UNIQUE; ALTER TABLE t ADD z NOT NULL; ALTER TABLE t ADD z;
    ALTER TABLE t ADD z CHECK (nope); ALTER TABLE t DROP COLUMN nope; ALTER TABLE t DROP COLUMN a;
    ALTER TABLE t DROP COLUMN c; ALTER TABLE one DROP COLUMN x; ALTER TABLE t DROP COLUMN b; REINDEX; REINDEX nope;
    REINDEX t; REINDEX one; REINDEX nocase; ANALYZE; ANALYZE nope; ANALYZE v; INSERT INTO t VALUES (1);
    UPDATE v SET b = 1; BEGIN IMMEDIATE; PRAGMA incremental_vacuum"""


@pytest.mark.parametrize("before", ["", "BEGIN", "PRAGMA query_only = 1"])
def test_what_is_wrong_comes_before_the_lock(tmp_path, before):
    path = tmp_path / "x.db"
    other = open_apsw(path)
    other.execute(SCHEMA)
    other.execute("BEGIN IMMEDIATE")
    mine, theirs = pumice.connect(path, isolation_level=None, timeout=0), open_apsw(path)
    for sql in DEFINITIONS.split(";"):
        if before:
            run(mine, before), run_apsw(theirs, before)
        assert run(mine, sql) == run_apsw(theirs, sql), sql
        assert mine.in_transaction == theirs.in_transaction, sql
        if mine.in_transaction:
            mine.rollback(), theirs.execute("ROLLBACK")
    mine.close(), theirs.close(), other.close()


@pytest.mark.parametrize("change,sql", [
    ("CREATE INDEX i ON t(a)", "CREATE INDEX i ON t(a)"), ("CREATE TABLE n(x)", "CREATE TABLE n(y)"),
    ("ALTER TABLE t ADD COLUMN z", "ALTER TABLE t ADD COLUMN z"), ("DROP TABLE t", "DROP TABLE t"),
])
def test_a_schema_changed_while_a_statement_waits(tmp_path, change, sql):
    """What was found right before the lock is looked at again behind it."""
    path = tmp_path / "x.db"
    database(path)
    other = Other(path)
    mine = pumice.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
    mine.execute("SELECT * FROM t").fetchall()
    for line in ("BEGIN IMMEDIATE", change):
        assert other.execute(line) == "ok"
    found = []
    waiting = threading.Thread(target=lambda: found.append(run(mine, sql)))
    waiting.start()
    time.sleep(0.2)
    assert other.execute("COMMIT") == "ok"
    waiting.join()
    fresh = sqlite3.connect(path)
    assert found == [run(fresh, sql)] and not mine.in_transaction
    fresh.close()
    mine.close()
    other.close()
