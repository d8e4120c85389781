"""When a statement begins and ends: locks, transactions, cursors used inside each other. Each case runs on sqlite3 and
on Pumice.
"""

import sqlite3
import threading
import time

import pytest

import pumice

ENGINES = pytest.mark.parametrize("module", [sqlite3, pumice], ids=["sqlite3", "pumice"])


def both(case):
    """What `case(module)` gives on each engine must be equal; exceptions are compared by class name and message."""
    results = []
    for module in (sqlite3, pumice):
        try:
            results.append(case(module))
        except Exception as error:
            results.append((type(error).__name__, str(error)))
    assert results[1] == results[0]
    return results[1]


def table(module, n=0):
    con = module.connect(":memory:")
    con.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")
    con.executemany("INSERT INTO t VALUES(?, ?)", [(i, i) for i in range(n)])
    con.commit()
    return con


@ENGINES
@pytest.mark.parametrize("fetch", ["fetchone", "fetchmany", "next", "fetchall"])
def test_the_last_row_ends_the_read_transaction(tmp_path, module, fetch):
    """After the last row another connection can write, though the cursor is still there."""
    path = tmp_path / "x.db"
    con = module.connect(path)
    con.executescript("CREATE TABLE t(a); INSERT INTO t VALUES(1)")
    cursor = con.execute("SELECT a FROM t")
    {"next": lambda: next(cursor)}.get(fetch, lambda: getattr(cursor, fetch)())()
    other = sqlite3.connect(path, timeout=0)
    other.execute("INSERT INTO t VALUES(2)")
    other.commit()
    assert cursor.fetchone() is None


@ENGINES
def test_a_statement_without_rows_holds_no_lock(tmp_path, module):
    path = tmp_path / "x.db"
    con = module.connect(path)
    con.executescript("CREATE TABLE t(a)")
    cursor = con.execute("SELECT a FROM t")
    other = sqlite3.connect(path, timeout=0)
    other.execute("INSERT INTO t VALUES(2)")
    other.commit()
    assert cursor.fetchone() is None


def test_errors_of_the_first_row_come_from_execute():
    def case(module):
        module.connect(":memory:").execute("SELECT abs(-9223372036854775807 - 1)")

    assert both(case) == ("OperationalError", "integer overflow")


def test_wrong_bindings_of_a_write_leave_the_transaction_open():
    def case(module):
        con = table(module)
        with pytest.raises(module.ProgrammingError):
            con.execute("INSERT INTO t VALUES(?, ?)", (1,))
        return con.in_transaction

    assert both(case) is True


def test_lastrowid_and_rowcount_after_each_kind_of_statement():
    def case(module):
        con = module.connect(":memory:")
        cur = con.cursor()
        seen = [(cur.lastrowid, cur.rowcount)]
        for sql in ("SELECT 1", "CREATE TABLE t(a)", "INSERT INTO t VALUES(1), (2)", "SELECT * FROM t",
                    "UPDATE t SET a = 3", "DELETE FROM t WHERE a = 9", "INSERT INTO t SELECT 7 WHERE 0",
                    "REPLACE INTO t VALUES(4)"):
            cur.execute(sql)
            seen.append((cur.lastrowid, cur.rowcount))
        cur = con.executemany("INSERT INTO t VALUES(?)", [(1,), (2,)])
        return [*seen, (cur.lastrowid, cur.rowcount, cur.description)]

    both(case)


@pytest.mark.parametrize("name", ["connection", "description", "lastrowid", "rowcount"])
def test_attributes_that_cannot_be_set(name):
    for module in (sqlite3, pumice):
        with pytest.raises(AttributeError):
            setattr(table(module).cursor(), name, 1)


def test_executemany_whose_iterator_reads_the_table():
    def case(module):
        con = table(module)

        def items():
            for i in range(5):
                yield i, con.execute("SELECT count(*), max(a) FROM t").fetchone()[0]

        con.executemany("INSERT INTO t VALUES(?, ?)", items())
        return con.execute("SELECT * FROM t").fetchall()

    assert both(case) == [(i, i) for i in range(5)]


def test_executemany_whose_iterator_writes():
    def case(module):
        con = table(module)

        def items():
            for i in range(4):
                con.execute("INSERT INTO t(b) VALUES(?)", (f"inner {i}",))
                if i == 2:
                    con.commit()
                yield (f"outer {i}",)

        cur = con.executemany("INSERT INTO t(b) VALUES(?)", items())
        return con.execute("SELECT * FROM t").fetchall(), cur.rowcount, con.total_changes, con.in_transaction

    both(case)


def test_executemany_whose_iterator_changes_the_schema():
    def case(module):
        con = table(module)

        def items():
            yield 1, 1
            con.execute("CREATE INDEX t_b ON t(b)")
            yield 2, 2
            con.execute("ALTER TABLE t ADD COLUMN c DEFAULT 5")
            yield 3, 3

        con.executemany("INSERT INTO t(a, b) VALUES(?, ?)", items())
        return con.execute("SELECT * FROM t ORDER BY b").fetchall(), con.execute("PRAGMA integrity_check").fetchall()

    both(case)


@pytest.mark.parametrize("sql", ["INSERT INTO t(a, b) VALUES(?, 'new')",
                                 "INSERT OR IGNORE INTO t(a, b) VALUES(?, 'new')",
                                 "INSERT OR REPLACE INTO t(a, b) VALUES(?, 'new')",
                                 "INSERT OR FAIL INTO t(a, b) VALUES(?, 'new')",
                                 "INSERT OR ROLLBACK INTO t(a, b) VALUES(?, 'new')",
                                 "UPDATE t SET b = 'new' WHERE a = ?", "UPDATE t SET a = a + 1 WHERE a = ?",
                                 "DELETE FROM t WHERE a = ?", "INSERT INTO t(a) SELECT ? + 1"])
def test_executemany_that_fails_half_way(sql):
    def case(module):
        con = table(module, 5)
        con.execute("INSERT INTO t VALUES(50, 'before')")
        try:
            error = None
            cur = con.executemany(sql, [(8,), (9,), (2,), (10,), ("x",), (11,)])
        except Exception as e:
            error, cur = (type(e).__name__, str(e)), None
        return (error, cur and cur.rowcount, con.in_transaction, con.total_changes,
                con.execute("SELECT changes(), total_changes(), last_insert_rowid()").fetchall(),
                con.execute("SELECT * FROM t").fetchall())

    both(case)


def test_executemany_stops_where_a_binding_is_bad():
    def case(module):
        con = table(module)
        with pytest.raises(module.ProgrammingError):
            con.executemany("INSERT INTO t VALUES(?, ?)", [(1, 1), (2, 2), (3,), (4, 4)])
        return con.execute("SELECT * FROM t").fetchall(), con.in_transaction

    both(case)


@ENGINES
def test_one_text_twice_at_once(module):
    con = table(module, 5)
    a, b = con.execute("SELECT a FROM t"), con.execute("SELECT a FROM t")
    assert [next(a), next(a), next(b), next(a), next(b)] == [(0,), (1,), (0,), (2,), (1,)]


def test_a_cursor_cannot_be_used_inside_itself():
    def case(module):
        con = table(module, 3)
        cur = con.cursor()

        def items():
            cur.execute("SELECT 1")
            yield 9, 9

        cur.executemany("INSERT INTO t VALUES(?, ?)", items())

    assert both(case) == ("ProgrammingError", "Recursive use of cursors not allowed.")


@ENGINES
def test_interrupt_from_another_thread(module):
    con = module.connect(":memory:", check_same_thread=False)
    timer = threading.Timer(0.2, con.interrupt)
    timer.start()
    start = time.monotonic()
    with pytest.raises(sqlite3.OperationalError, match="^interrupted$"):
        con.execute("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT max(i) FROM c").fetchall()
    assert time.monotonic() - start < 20
    timer.join()
    assert con.execute("SELECT 1").fetchone() == (1,)


def test_threads_share_a_connection():
    """Not run on sqlite3, whose implicit BEGINs race here."""
    con = pumice.connect(":memory:", check_same_thread=False)
    con.execute("CREATE TABLE t(a)")

    def work(k):
        for i in range(200):
            con.execute("INSERT INTO t VALUES(?)", (k * 1000 + i,))
            con.execute("SELECT count(*) FROM t").fetchall()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert con.execute("SELECT count(DISTINCT a) FROM t").fetchone() == (800,)


def test_subclasses_of_connection_and_cursor():
    def case(module):
        class MyCursor(module.Cursor):
            def execute(self, sql, *more):
                return super().execute(sql.replace("NUMBER", "7"), *more)

        class MyConnection(module.Connection):
            def cursor(self, factory=MyCursor):
                return super().cursor(factory)

        con = module.connect(":memory:", factory=MyConnection)
        return con.execute("SELECT NUMBER").fetchall(), con.cursor().execute("SELECT NUMBER + ?", (1,)).fetchone()

    both(case)


def test_row_names_positions_and_comparison():
    def case(module):
        con = module.connect(":memory:")
        con.row_factory = module.Row
        row = con.execute("SELECT 1 AS a, 2 AS A, 3 AS \"é\", 4 AS [x y], 5 AS [a@], 6 AS [a`]").fetchone()
        twin = con.execute("SELECT 1 AS a, 2 AS A, 3 AS \"é\", 4 AS [x y], 5 AS [a@], 6 AS [a`]").fetchone()
        seen = [row["a"], row["A"], row["é"], row["X Y"], row["a@"], row["a`"], row[0], row[-1], row[1:3], len(row),
                list(row), tuple(row.keys()), row == twin, row != twin, hash(row) == hash(twin), row == tuple(row),
                isinstance(row, module.Row)]
        for key in ("É", "nope", 99, 1.5, None, "a "):
            try:
                seen.append(row[key])
            except Exception as error:
                seen.append((type(error).__name__, str(error)))
        return seen

    both(case)
