"""The DB-API surface: the same calls on pumice and on the standard library's sqlite3; results, classes and messages of
errors are compared.
"""

import sqlite3
import threading

import pytest

import pumice

MODULES = (pumice, sqlite3)


def outcome(module, call, **options):
    """What `call(connection, module)` returns, or the error's class name, message and code name."""
    connection = module.connect(":memory:", **options)
    try:
        connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT UNIQUE, c "
                           "NOT NULL DEFAULT 5 CHECK (c <> 'bad'))")
        connection.execute("INSERT INTO t(b) VALUES ('x'), ('y')")
        connection.commit()
        return call(connection, module)
    except Exception as error:
        name, code = getattr(error, "sqlite_errorname", None), getattr(error, "sqlite_errorcode", None)
        return type(error).__name__, str(error), name, code
    finally:
        connection.close()


def _cursor_state(connection, module):
    cursor = connection.cursor()
    seen = [(cursor.rowcount, cursor.lastrowid, cursor.description)]
    for sql in ("INSERT INTO t(b) VALUES ('p'), ('q')", "UPDATE t SET c = 6", "SELECT a, b AS bee, 1+1 FROM t",
                "DELETE FROM t WHERE a > 1", "CREATE TABLE u(x)", "SELECT * FROM u"):
        cursor.execute(sql)
        seen.append((sql, cursor.rowcount, cursor.lastrowid, cursor.description))
    return seen


def _implicit_transactions(connection, module):
    seen = [connection.in_transaction]
    connection.execute("SELECT 1")
    seen.append(connection.in_transaction)
    connection.execute("INSERT INTO t(b) VALUES ('z')")
    seen.append(connection.in_transaction)
    connection.execute("CREATE TABLE made(a)")
    seen.append(connection.in_transaction)
    connection.rollback()
    seen += [connection.in_transaction, connection.execute("SELECT count(*) FROM sqlite_master").fetchone(),
             connection.execute("SELECT count(*) FROM t").fetchone(), connection.total_changes]
    return seen


def _context_manager(connection, module):
    with connection:
        connection.execute("INSERT INTO t(b) VALUES ('kept')")
    try:
        with connection:
            connection.execute("INSERT INTO t(b) VALUES ('lost')")
            raise KeyError
    except KeyError:
        pass
    return connection.execute("SELECT b FROM t ORDER BY a").fetchall(), connection.in_transaction


def _row_factory(connection, module):
    connection.row_factory = module.Row
    row = connection.execute("SELECT a, b AS Bee FROM t").fetchone()
    return (row["A"], row["bee"], row[0], row[-1], row[0:2], row.keys(), len(row), tuple(row), list(row), row == row,
            hash(row) == hash(row))


def _missing_key(connection, module):
    connection.row_factory = module.Row
    return connection.execute("SELECT a FROM t").fetchone()["nope"]


def _functions(connection, module):
    class Sum:
        def __init__(self):
            self.total = 0

        def step(self, x):
            self.total += x or 0

        def finalize(self):
            return self.total

    connection.create_function("plus", 2, lambda x, y: (x or 0) + y)
    connection.create_aggregate("mysum", 1, Sum)
    connection.create_collation("backwards", lambda x, y: (x < y) - (x > y))
    return (connection.execute("SELECT plus(a, 10) FROM t").fetchall(),
            connection.execute("SELECT mysum(a) FROM t").fetchall(),
            connection.execute("SELECT b FROM t ORDER BY b COLLATE backwards").fetchall())


def _function_raises(connection, module):
    connection.create_function("bad", 0, lambda: 1 / 0)
    return connection.execute("SELECT bad()").fetchall()


def _many(connection, module):
    cursor = connection.executemany("INSERT INTO t(a, b) VALUES (?, ?)", ((i, str(i)) for i in range(100, 200)))
    return cursor.rowcount, connection.execute("SELECT count(*), max(a) FROM t").fetchall(), connection.total_changes


def _many_changes_of_the_schema(connection, module):
    found = []
    for sql, rows in [("CREATE TABLE m(x)", [()]), ("CREATE TABLE m(x)", [()]), ("CREATE TABLE n(x)", []),
                      ("CREATE TABLE o AS SELECT ? AS x", [(1,)]), ("CREATE TABLE IF NOT EXISTS p(x)", [(), ()]),
                      ("CREATE INDEX mx ON m(x)", [(5,)]), ("ANALYZE", [(), ()]), ("REINDEX", [()]), ("SELECT 1", [()]),
                      ("DROP TABLE m", [()]), ("COMMIT", [()])]:
        try:
            found.append(connection.executemany(sql, rows).rowcount)
        except module.Error as error:
            found.append((type(error).__name__, str(error)))
    return found, connection.execute("SELECT name FROM sqlite_master").fetchall()


def _create_table_as_with_parameters(connection, module):
    connection.execute("CREATE TABLE m AS SELECT :a AS x, b, :b AS y FROM t WHERE a > :b", {"a": "v", "b": 0})
    return connection.execute("SELECT * FROM m").fetchall()


def _iterate(connection, module):
    cursor = connection.execute("SELECT a FROM t ORDER BY a")
    first = next(cursor)
    return first, cursor.fetchmany(1), list(cursor), cursor.fetchone(), cursor.fetchall()


def _blob_and_text(connection, module):
    connection.execute("CREATE TABLE v(x)")
    connection.executemany("INSERT INTO v VALUES (?)", [(None,), (1,), (2.5,), ("é\0x",), (b"\0\1",),
                                                        (bytearray(b"ab"),), (memoryview(b"cd"),), (True,),
                                                        (2**63 - 1,)])
    return connection.execute("SELECT x, typeof(x) FROM v").fetchall()


def _dump(connection, module):
    connection.executescript("CREATE INDEX i ON t(c); CREATE VIEW w AS SELECT a FROM t; "
                             "INSERT INTO t(b) VALUES('it''s')")
    return list(connection.iterdump())


def _text_factory(connection, module):
    connection.text_factory = bytes
    raw = connection.execute("SELECT b FROM t ORDER BY a").fetchall()
    connection.text_factory = lambda text: text.decode() + "!"
    return raw, connection.execute("SELECT b FROM t ORDER BY a").fetchall()


def _savepoints(connection, module):
    connection.isolation_level = None
    connection.execute("SAVEPOINT one")
    connection.execute("INSERT INTO t(b) VALUES ('1')")
    connection.execute("SAVEPOINT two")
    connection.execute("INSERT INTO t(b) VALUES ('2')")
    connection.execute("ROLLBACK TO two")
    connection.execute("RELEASE one")
    return connection.execute("SELECT b FROM t ORDER BY a").fetchall(), connection.in_transaction


CALLS = [
    _cursor_state, _implicit_transactions, _context_manager, _row_factory, _missing_key, _functions, _function_raises,
    _many, _many_changes_of_the_schema, _create_table_as_with_parameters, _iterate, _blob_and_text, _dump,
    _text_factory, _savepoints,
]
STATEMENTS = [
    ("SELECT ?", ()), ("SELECT ?", (1, 2)), ("SELECT :a", {}), ("SELECT :a, @b, $c", {"a": 1, "b": "x", "c": None}),
    ("SELECT ?", (range,)), ("SELECT ?", (2**70,)), ("SELECT ?", 5), ("SELECT ?", {"a": 1}),
    ("SELECT ?2, ?1", ("a", "b")), ("SELECT 1; SELECT 2", ()), ("SELECT 1; ", ()), ("", ()), ("-- nothing", ()),
    ("SELECT 1\0", ()), ("SELEC 1", ()), ("SELECT * FROM absent", ()), ("SELECT nothing FROM t", ()),
    ("INSERT INTO t(b) VALUES ('x')", ()), ("INSERT INTO t(a, b) VALUES (1, 'w')", ()),
    ("INSERT INTO t(b, c) VALUES ('w', NULL)", ()), ("INSERT INTO t(b, c) VALUES ('w', 'bad')", ()),
    ("INSERT INTO t(a) VALUES ('text')", ()), ("INSERT INTO t VALUES (1)", ()), ("COMMIT", ()), ("ROLLBACK", ()),
    ("SELECT ?", ("\ud800",)), ("SELECT 'a' || ?", ("b",)), ("SELECT cast(x'ff' AS TEXT)", ()), (17, ()),
    ("SELECT ?", "x"), ("SELECT abs(-9223372036854775808)", ()), ("SELECT sum(9223372036854775807) FROM t", ()),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__.strip("_"))
def test_same_as_sqlite3(call):
    mine, theirs = (outcome(module, call) for module in MODULES)
    assert mine == theirs


@pytest.mark.parametrize(("sql", "params"), STATEMENTS, ids=lambda value: ascii(value)[:40])
def test_statement_same_as_sqlite3(sql, params):
    mine, theirs = (outcome(module, lambda c, m: c.execute(sql, params).fetchall()) for module in MODULES)
    assert mine == theirs


def test_errors_are_caught_as_sqlite3_errors():
    connection = pumice.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("SELECT * FROM absent")
    connection.execute("CREATE TABLE t(a UNIQUE)")
    connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO t VALUES (1)")
    connection.close()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_closed_connection(module):
    connection = module.connect(":memory:")
    cursor = connection.cursor()
    connection.close()
    for call in (lambda: connection.execute("SELECT 1"), lambda: cursor.execute("SELECT 1"), connection.commit,
                 cursor.fetchone):
        with pytest.raises(module.ProgrammingError, match="Cannot operate on a closed database"):
            call()
    connection.close()


def test_other_thread_is_refused_unless_allowed():
    seen = []

    def use(connection):
        try:
            seen.append(connection.execute("SELECT 1").fetchone())
        except pumice.ProgrammingError as error:
            seen.append(str(error)[:40])

    for allowed in (False, True):
        connection = pumice.connect(":memory:", check_same_thread=not allowed)
        thread = threading.Thread(target=use, args=(connection,))
        thread.start()
        thread.join()
        connection.close()
    assert seen == ["SQLite objects created in a thread can o", (1,)]


def test_threads_share_a_connection():
    connection = pumice.connect(":memory:", check_same_thread=False, isolation_level=None)
    connection.execute("CREATE TABLE t(a)")

    def insert(start):
        for i in range(start, start + 200):
            connection.execute("INSERT INTO t VALUES (?)", (i,))

    threads = [threading.Thread(target=insert, args=(i * 1000,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert connection.execute("SELECT count(*), count(DISTINCT a) FROM t").fetchone() == (800, 800)
    connection.close()
