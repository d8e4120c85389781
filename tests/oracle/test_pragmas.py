"""Every pragma against SQLite: column names, values, and what a setting does."""

from __future__ import annotations

import sqlite3
from typing import Any

import apsw
import pytest

import pumice

SETUP = (
    "CREATE TABLE p(a PRIMARY KEY, b)",
    "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT NOT NULL DEFAULT 'x', c AS (b || 'y'), d INT REFERENCES p(a))",
    "CREATE INDEX ti ON t(b DESC, d COLLATE NOCASE)",
    "CREATE INDEX tp ON t(d) WHERE d > 0",
    "CREATE TABLE w(a, b UNIQUE, c, PRIMARY KEY(c, a)) WITHOUT ROWID",
    "CREATE UNIQUE INDEX wi ON w(b)",
    "CREATE VIEW v AS SELECT a, b + 1 AS q FROM t",
    "INSERT INTO p VALUES (1, 2)",
    "INSERT INTO t(a, b, d) VALUES (1, 'z', 1), (2, 'y', 7)",
)
OBJECTS = ("t", "w", "p", "v", "absent", "ti", "wi", "sqlite_autoindex_w_1", "sqlite_autoindex_w_2",
           "sqlite_autoindex_p_1")


class Pair:
    """A file database in each engine. apsw's SQLite decides the rows; Python's sqlite3 shows the columns of a result
    without rows."""

    def __init__(self, folder: Any) -> None:
        self.mine = pumice.connect(folder / "mine.db", isolation_level=None)
        self.theirs = apsw.Connection(str(folder / "theirs.db"))
        self.stdlib = sqlite3.connect(folder / "stdlib.db", isolation_level=None)
        self.theirs.set_busy_timeout(5000)
        for sql in SETUP:
            self.run(sql)

    def run(self, sql: str) -> None:
        for connection in (self.mine, self.theirs, self.stdlib):
            connection.execute(sql)

    def outcomes(self, sql: str) -> tuple[Any, Any]:
        return _outcome(self.mine, sql), _outcome(self.theirs, sql)

    def same(self, sql: str, unordered: bool = False) -> None:
        mine, theirs = self.outcomes(sql)
        if unordered and isinstance(mine, list):
            mine, theirs = sorted(mine), sorted(theirs)
        assert mine == theirs, sql

    def same_columns(self, sql: str) -> None:
        mine, theirs = self.mine.execute(sql).description, self.stdlib.execute(sql).description
        assert mine == theirs, sql


def _outcome(connection: Any, sql: str) -> Any:
    try:
        return [tuple(row) for row in connection.execute(sql)]
    except (apsw.Error, pumice.Error) as error:
        return str(error)


@pytest.fixture
def pair(tmp_path):
    return Pair(tmp_path)


@pytest.mark.parametrize("name", ["table_info", "table_xinfo", "index_list", "index_info", "foreign_key_list",
                                  "foreign_key_check", "integrity_check", "quick_check", "table_list"])
def test_pragma_of_an_object(pair, name):
    for argument in OBJECTS:
        pair.same(f"PRAGMA {name}({argument})")
    pair.same(f"PRAGMA {name}", unordered=True)
    pair.same_columns(f"PRAGMA {name}")
    pair.same_columns(f"PRAGMA {name}(absent)" if name in ("table_info", "index_list") else f"PRAGMA {name}(t)")


def test_index_xinfo_shows_what_entries_hold(pair):
    for argument in OBJECTS:
        mine, theirs = pair.outcomes(f"PRAGMA index_xinfo({argument})")
        # SQLite shows COLLATE as it was written
        assert mine == [(*row[:4], row[4].upper(), row[5]) for row in theirs], argument


def test_descriptions_are_there_without_rows(pair):
    for sql in ("table_info(x)", "table_info", "foreign_keys=0", "index_list(x)", "case_sensitive_like", "optimize",
                "wal_checkpoint", "soft_heap_limit=0", "table_list(x)", "nosuch", "temp_store_directory",
                "shrink_memory", "incremental_vacuum", "user_version=3", "foreign_key_check", "integrity_check",
                "page_count=3", "collation_list=1", "journal_mode=off", "full_column_names=1", "cache_spill=1",
                "journal_size_limit=1", "synchronous=1", "temp_store=1", "writable_schema=0", "threads=0", "mmap_size",
                "module_list"):
        pair.same_columns(f"PRAGMA {sql}")


@pytest.mark.parametrize("name", ["query_only", "cell_size_check", "fullfsync", "checkpoint_fullfsync",
                                  "read_uncommitted", "empty_result_callbacks", "automatic_index",
                                  "ignore_check_constraints", "full_column_names", "short_column_names",
                                  "writable_schema", "analysis_limit", "journal_size_limit", "synchronous",
                                  "temp_store", "secure_delete", "locking_mode", "max_page_count", "busy_timeout",
                                  "encoding", "page_size", "cache_size", "user_version", "application_id",
                                  "auto_vacuum", "mmap_size"])
def test_value_is_read_as_sqlite_reads_it(pair, name):
    pair.same(f"PRAGMA {name}")
    for value in ("1", "on", "0", "off", "yes", "false", "full", "7", "-5", "'3x'", "256", "extra", "fast", "exclusive",
                  "normal", "'0x10'"):
        if name in ("mmap_size", "busy_timeout") and value not in ("0", "off"):
            continue
        mine, theirs = pair.outcomes(f"PRAGMA {name}={value}")
        if name != "max_page_count":        # the two files have not the same number of pages
            assert mine == theirs, f"{name}={value}"
            pair.same(f"PRAGMA {name}")


@pytest.mark.parametrize("setting", ["foreign_keys=on", "defer_foreign_keys=1", "recursive_triggers=yes",
                                     "count_changes=1", "legacy_alter_table=1", "trusted_schema=off",
                                     "reverse_unordered_selects=1", "wal_autocheckpoint=10", "soft_heap_limit=1000000",
                                     "hard_heap_limit=1000000"])
def test_what_is_not_built_is_refused_by_name(pair, setting):
    name = setting.partition("=")[0]
    before = pair.mine.execute(f"PRAGMA {name}").fetchall()
    with pytest.raises(pumice.NotSupportedError, match=name):
        pair.mine.execute(f"PRAGMA {setting}")
    theirs = [tuple(row) for row in pair.theirs.execute(f"PRAGMA {name}")]
    assert pair.mine.execute(f"PRAGMA {name}").fetchall() == before == theirs


@pytest.mark.parametrize("setting", ["foreign_keys=off", "trusted_schema=on", "legacy_alter_table=0",
                                     "count_changes=no"])
def test_the_value_that_is_built_can_be_set(pair, setting):
    pair.same(f"PRAGMA {setting}")
    pair.same(f"PRAGMA {setting.partition('=')[0]}")


def test_query_only(pair):
    pair.run("PRAGMA query_only=1")
    for sql in ("INSERT INTO p VALUES (9, 9)", "CREATE TABLE x(a)", "CREATE TEMP TABLE x(a)", "PRAGMA user_version=5",
                "BEGIN IMMEDIATE", "DELETE FROM t", "SELECT count(*) FROM t", "DROP TABLE t"):
        pair.same(sql)
    pair.run("PRAGMA query_only=0")
    pair.same("INSERT INTO p VALUES (9, 9)")
    pair.same("SELECT * FROM p")


def test_case_sensitive_like(pair):
    questions = ("SELECT 'a' LIKE 'A', 'a' LIKE 'a'", "SELECT a FROM t WHERE b LIKE 'Z%'",
                 "SELECT a FROM t WHERE b LIKE 'z%'")
    for value in (0, 1, 0):
        pair.run(f"PRAGMA case_sensitive_like={value}")
        for sql in questions:
            pair.same(sql)


def test_ignore_check_constraints(pair):
    pair.run("CREATE TABLE k(x CHECK (x > 0), y NOT NULL)")
    insert = "INSERT INTO k VALUES (-1, 1)"
    pair.same(insert)
    pair.run("PRAGMA ignore_check_constraints=1")
    pair.same(insert)
    pair.same("INSERT INTO k VALUES (1, NULL)")
    pair.same("PRAGMA integrity_check")
    pair.run("PRAGMA ignore_check_constraints=0")
    pair.same(insert)
    pair.same("UPDATE k SET x = x")
    pair.same("SELECT * FROM k")
    for sql in ("integrity_check", "quick_check", "integrity_check(k)", "integrity_check(t)"):
        pair.same(f"PRAGMA {sql}")


@pytest.mark.parametrize("short,full", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_column_names(pair, short, full):
    pair.run(f"PRAGMA short_column_names={short}")
    pair.run(f"PRAGMA full_column_names={full}")
    for sql in ("SELECT a, t.b, x.a AS y, a + 1 FROM t AS x JOIN p USING (a)", "SELECT a, t.b, b || 1, b AS q FROM t",
                "SELECT * FROM t", "SELECT * FROM t AS x, p", "SELECT p.* FROM t, p", "SELECT rowid FROM t"):
        outcome = _names(pair.mine, sql), _names(pair.stdlib, sql)
        assert outcome[0] == outcome[1], sql


def _names(connection: Any, sql: str) -> Any:
    try:
        return [column[0] for column in connection.execute(sql).description]
    except (sqlite3.Error, pumice.Error) as error:
        return str(error)


def test_max_page_count(tmp_path):
    for at, connection in enumerate((pumice.connect(tmp_path / "a.db", isolation_level=None),
                                     apsw.Connection(str(tmp_path / "b.db")))):
        connection.execute("PRAGMA page_size=1024")
        connection.execute("CREATE TABLE t(a)")
        assert connection.execute("PRAGMA max_page_count=20").fetchall() == [(20,)]
        n = 0
        with pytest.raises((pumice.OperationalError, apsw.FullError), match="database or disk is full"):
            while n < 1000:
                connection.execute("INSERT INTO t VALUES (zeroblob(900))")
                n += 1
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (n,)
        assert connection.execute("PRAGMA page_count").fetchone() == (20,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA max_page_count=3").fetchall() == [(20,)]
        connection.execute("PRAGMA max_page_count=25")
        connection.execute("INSERT INTO t VALUES (zeroblob(900))")
        connection.close()
        assert at < 2


@pytest.mark.parametrize("mode,kept", [("1", False), ("fast", True), ("0", True)])
def test_secure_delete_leaves_no_trace(tmp_path, mode, kept):
    path = tmp_path / "s.db"
    connection = pumice.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")
    connection.execute(f"PRAGMA secure_delete={mode}")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(i, f"SECRETCELL{i}" * 5) for i in range(300)])
    connection.execute("INSERT INTO t VALUES (1000, ?)", ("SECRETPAGE" * 3000,))
    connection.execute("DELETE FROM t WHERE a % 3 = 0 OR a = 1000")
    connection.execute("UPDATE t SET b = 'short' WHERE a % 3 = 1")
    connection.execute("DELETE FROM t WHERE a % 3 = 2")
    connection.close()
    content = path.read_bytes()
    assert (b"SECRETPAGE" in content) == kept
    if not kept:
        assert b"SECRETCELL" not in content
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("mode,kept", [("1", False), ("fast", False), ("0", True)])
def test_secure_delete_zeroes_cells_on_pages_that_stay(tmp_path, mode, kept):
    path = tmp_path / "s.db"
    connection = pumice.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")
    connection.execute(f"PRAGMA secure_delete={mode}")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(i, f"SECRETCELL{i}") for i in range(20)])
    connection.execute("DELETE FROM t WHERE a BETWEEN 3 AND 6 OR a = 10")
    connection.execute("UPDATE t SET b = 'short' WHERE a NOT IN (0, 19)")
    connection.close()
    assert (path.read_bytes().count(b"SECRETCELL") > 2) == kept


def test_journal_size_limit(tmp_path):
    connection = pumice.connect(tmp_path / "j.db", isolation_level=None)
    journal = tmp_path / "j.db-journal"
    connection.execute("PRAGMA journal_mode=persist")
    connection.execute("CREATE TABLE t(a)")
    connection.execute("INSERT INTO t SELECT zeroblob(3000) FROM (VALUES (1), (2), (3), (4), (5), (6), (7))")
    connection.execute("UPDATE t SET a = zeroblob(2999)")
    assert journal.stat().st_size > 9000
    connection.execute("PRAGMA journal_size_limit=5000")
    connection.execute("UPDATE t SET a = zeroblob(2998)")
    assert journal.stat().st_size == 5000
    found = sqlite3.connect(tmp_path / "j.db").execute("SELECT count(*), sum(length(a)) FROM t").fetchone()
    assert found == (7, 7 * 2998)


def test_cache_spill(tmp_path):
    for value, spills in (("on", True), ("off", False), ("100000", False)):
        connection = pumice.connect(tmp_path / f"{value}.db", isolation_level=None)
        connection.execute("PRAGMA cache_size=20")
        connection.execute(f"PRAGMA cache_spill={value}")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE t(a)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 2000,)] * 300)
        size = (tmp_path / f"{value}.db").stat().st_size
        assert (size > 0) == spills
        connection.execute("COMMIT")
        connection.close()


def test_temp_store_drops_temporary_tables_and_keeps_working(pair):
    pair.run("CREATE TEMP TABLE x(a)")
    pair.run("INSERT INTO x VALUES (1)")
    pair.same("SELECT * FROM x")
    for store in ("1", "memory", "0"):
        pair.stdlib.execute(f"PRAGMA temp_store={store}")
        pair.run("BEGIN")
        pair.same(f"PRAGMA temp_store={store}")
        pair.run("COMMIT")
        pair.same(f"PRAGMA temp_store={store}")
        pair.same("PRAGMA temp_store")
        pair.same("SELECT * FROM x")
        pair.run("CREATE TEMP TABLE x(a)")
        pair.run("INSERT INTO x VALUES (2), (3)")
        pair.same("SELECT * FROM x")


def test_temp_store_directory(pair, tmp_path):
    pair.same(f"PRAGMA temp_store_directory='{tmp_path}/missing'")
    try:
        pair.mine.execute(f"PRAGMA temp_store_directory='{tmp_path}'")
        assert pair.mine.execute("PRAGMA temp_store_directory").fetchall() == [(str(tmp_path),)]
    finally:
        pair.mine.execute("PRAGMA temp_store_directory=''")
    assert pair.mine.execute("PRAGMA temp_store_directory").fetchall() == []


def test_writable_schema(pair):
    change = "UPDATE sqlite_schema SET sql = 'CREATE TABLE p(a PRIMARY KEY, renamed)' WHERE name = 'p'"
    pair.same(change)
    pair.run("PRAGMA writable_schema=on")
    pair.same(change)
    pair.run("PRAGMA writable_schema=reset")
    pair.same("PRAGMA writable_schema")
    pair.same("SELECT renamed FROM p")
    pair.same(change)


FOREIGN_KEYS = (
    "CREATE TABLE c1(x, y, FOREIGN KEY (x, y) REFERENCES m(a, b), FOREIGN KEY (y) REFERENCES missing(z))",
    "CREATE TABLE m(a TEXT, b COLLATE NOCASE, UNIQUE (b, a))",
    "INSERT INTO m VALUES ('1', 'k'), ('2', 'l'), (NULL, 'm')",
    "INSERT INTO c1 VALUES (1, 'K'), (1, 'l'), (NULL, 'q'), ('2', 'L'), (3, NULL)",
    "CREATE TABLE c2(id PRIMARY KEY, up REFERENCES c2) WITHOUT ROWID",
    "INSERT INTO c2 VALUES (1, NULL), (2, 1), (3, 9), (4, 4), (5, '1')",
    "CREATE TABLE c3(r INTEGER REFERENCES t)",
    "INSERT INTO c3 VALUES (1), (5), ('2')",
)


def test_foreign_key_check(pair):
    for sql in FOREIGN_KEYS:
        pair.run(sql)
    pair.same("PRAGMA foreign_key_check", unordered=True)
    for table in ("c1", "c2", "c3", "m", "v"):
        pair.same(f"PRAGMA foreign_key_check({table})")
        pair.same(f"PRAGMA main.foreign_key_check({table})")


@pytest.mark.parametrize("reference", ["p(b)", "p(absent)", "v(a)", "p"])
def test_foreign_key_mismatch(pair, reference):
    pair.run(f"CREATE TABLE c(x REFERENCES {reference})")
    pair.run("INSERT INTO c VALUES (1), (2)")
    pair.same("PRAGMA foreign_key_check(c)")


def test_analysis_limit_and_optimize(pair):
    pair.run("CREATE TABLE big(a, b)")
    pair.run("CREATE INDEX big_a ON big(a)")
    pair.run("INSERT INTO big WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
             "SELECT i / 10, i FROM n")
    full = "SELECT stat FROM sqlite_stat1 WHERE idx = 'big_a'"
    pair.run("ANALYZE")
    pair.same(full)
    pair.mine.execute("PRAGMA analysis_limit=100")
    pair.mine.execute("ANALYZE big")
    n_rows, average = pair.mine.execute(full).fetchone()[0].split()
    assert average == "10" and 500 < int(n_rows) < 8000
    pair.mine.execute("PRAGMA analysis_limit=0")
    pair.mine.execute("ANALYZE big")
    pair.mine.execute("INSERT INTO big SELECT a, b FROM big, (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), "
                      "(10), (11), (12), (13))")
    assert pair.mine.execute("PRAGMA optimize(65535)").fetchall() == [('ANALYZE "main"."big"',)]
    pair.mine.execute("PRAGMA optimize")
    assert pair.mine.execute(full).fetchone()[0].split()[0] == "28000"
    assert pair.mine.execute("PRAGMA optimize(65535)").fetchall() == []


def test_integrity_check_of_one_table_looks_at_no_other(tmp_path):
    path = tmp_path / "d.db"
    connection = pumice.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE good(a)")
    connection.execute("CREATE TABLE bad(a)")
    connection.execute("INSERT INTO bad VALUES (1)")
    root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'bad'").fetchone()[0]
    connection.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 + 7] = 9      # fragmented bytes
    path.write_bytes(content)
    for check in (pumice.connect(path), sqlite3.connect(path)):
        assert check.execute("PRAGMA integrity_check(good)").fetchall() == [("ok",)]
        assert check.execute("PRAGMA integrity_check(bad)").fetchall() != [("ok",)]
        assert check.execute("PRAGMA integrity_check").fetchall() != [("ok",)]


def test_lists(pair):
    names = {row[0] for row in pair.mine.execute("PRAGMA pragma_list")}
    assert names >= {row[0] for row in pair.theirs.execute("PRAGMA pragma_list")}
    pair.same("PRAGMA collation_list")
    assert pair.mine.execute("PRAGMA module_list").fetchall() == []
    common = {"upper": 1, "substr": 3, "length": 1, "random": 0, "changes": 0}
    rows = [{row for row in connection.execute("PRAGMA function_list") if common.get(row[0]) == row[4]}
            for connection in (pair.mine, pair.theirs)]
    assert {row[:4] for row in rows[0]} <= {row[:4] for row in rows[1]}
    assert {row[0] for row in rows[0]} >= {"upper", "random"}


def test_wal_checkpoint_and_shrink_memory(pair):
    pair.same("PRAGMA wal_checkpoint")
    pair.same("PRAGMA wal_checkpoint(truncate)")
    pair.same("PRAGMA shrink_memory")
    pair.same("SELECT count(*) FROM t")


UNREADABLE = {
    "schema": "CREATE TABLE t(",
    "page 1": bytes(4096),
    "page 1 but its header": bytes(3996),
    "text": b"hello",
}
NO_SCHEMA = ["user_version", "user_version = 5", "application_id", "application_id = 7", "schema_version",
             "schema_version = 9", "freelist_count", "data_version", "page_size", "page_size = 1024", "secure_delete",
             "secure_delete = 1", "journal_size_limit", "journal_size_limit = 7", "locking_mode", "database_list",
             "page_count", "synchronous", "journal_mode", "table_info(t)", "integrity_check", "auto_vacuum", "encoding"]


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_needs_no_schema_does_not_read_it(tmp_path, what):
    """Which of the pragmas fail on a file that cannot be read, and what those that do not fail do to it."""
    def use(engine: str, sql: str) -> tuple:
        path = tmp_path / "same.db"
        path.unlink(missing_ok=True)
        made = apsw.Connection(str(path))
        made.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
        damage = UNREADABLE[what]
        if isinstance(damage, str):
            made.execute("PRAGMA writable_schema = ON")
            made.execute("UPDATE sqlite_schema SET sql = ?", (damage,))
        made.close()
        if isinstance(damage, bytes):
            data = path.read_bytes()
            at = 4096 - len(damage) if len(damage) > 1000 else 0
            path.write_bytes(damage if len(damage) < 1000 else data[:at] + damage + data[4096:])
        connection = (pumice.connect(path, isolation_level=None) if engine == "pumice"
                      else apsw.Connection(str(path)))
        name = sql.split(" ")[0].split("(")[0]
        found = [_outcome(connection, f"PRAGMA {each}") for each in (sql, name)]
        connection.close()
        return found, path.read_bytes()

    for sql in NO_SCHEMA:
        assert use("pumice", sql) == use("apsw", sql), sql
