"""Connections of a process share plans: only where each would have made the same (engine/shared_plans.py)."""

import sqlite3
import threading

import pytest

import pumice
from pumice.engine import session, shared_plans

SCHEMA = """
CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c INT CHECK (c < 100));
CREATE INDEX t_b ON t(b);
INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2), (3, 'Two', 3);
"""


@pytest.fixture(autouse=True)
def no_plans(monkeypatch):
    monkeypatch.setattr(shared_plans, "_plans", {})


@pytest.fixture
def planned(monkeypatch):
    """The texts that were planned."""
    texts = []
    real = session.plan_statement
    monkeypatch.setattr(session, "plan_statement", lambda *args, **kwargs: texts.append(1) or real(*args, **kwargs))
    return texts


@pytest.fixture
def path(tmp_path):
    with sqlite3.connect(tmp_path / "t.db") as db:
        db.executescript(SCHEMA)
    db.close()
    return tmp_path / "t.db"


def memory():
    db = pumice.connect(":memory:")
    db.executescript(SCHEMA)
    return db


def rows(db, sql, *params):
    return db.execute(sql, params).fetchall()


def test_the_next_connection_plans_nothing(path, planned):
    for n in (1, 2, 3):
        with pumice.connect(path) as db:
            assert rows(db, "SELECT c FROM t WHERE b = ?", "two") == [(2,)]
            assert rows(db, "SELECT c + 10 FROM t WHERE a = 3") == [(13,)]
            db.execute("UPDATE t SET c = ? WHERE a = 1", (n,))
            assert len(planned) == 3
        db.close()


def test_equal_schemas_of_two_files_share(planned):
    first, second = memory(), memory()
    planned.clear()
    for db in first, second:
        assert rows(db, "SELECT a FROM t WHERE b = 'two'") == [(2,)]
    second.execute("INSERT INTO t VALUES (9, 'two', 9)")
    assert rows(second, "SELECT a FROM t WHERE b = 'two'") == [(2,), (9,)]
    assert rows(first, "SELECT a FROM t WHERE b = 'two'") == [(2,)]
    assert len(planned) == 2


def test_a_function_of_ones_own(path):
    plain, own = pumice.connect(path), pumice.connect(path)
    own.create_function("upper", 1, lambda text: "mine " + text)
    sql = "SELECT upper(b) FROM t WHERE a = 2"
    for _ in range(2):
        assert rows(plain, sql) == [("TWO",)]
        assert rows(own, sql) == [("mine two",)]
    with pytest.raises(pumice.OperationalError, match="no such function: f"):
        own.create_function("f", 0, lambda: 7)
        assert rows(own, "SELECT f()") == [(7,)]
        rows(plain, "SELECT f()")


def test_a_collation_of_ones_own(path):
    own, plain = pumice.connect(path), pumice.connect(path)
    sql = "SELECT a FROM t ORDER BY b COLLATE backwards"
    own.create_collation("backwards", lambda a, b: (a < b) - (a > b))
    assert rows(own, sql) == [(2,), (1,), (3,)]
    with pytest.raises(pumice.OperationalError, match="no such collation sequence"):
        rows(plain, sql)


@pytest.mark.parametrize("pragma, sql, plain, other", [
    ("case_sensitive_like = 1", "SELECT a FROM t WHERE b LIKE 'TWO' ORDER BY a", [(2,), (3,)], []),
    ("ignore_check_constraints = 1", "UPDATE t SET c = 100 WHERE a = 1 AND c > 0", pumice.IntegrityError, []),
])
def test_settings(path, pragma, sql, plain, other):
    first, second = pumice.connect(path), pumice.connect(path)
    second.execute("PRAGMA " + pragma)
    for db, want in ((first, plain), (second, other), (first, plain)):
        if isinstance(want, type):
            with pytest.raises(want):
                rows(db, sql)
        else:
            assert rows(db, sql) == want
        db.rollback()


def test_a_temporary_table_in_front(path):
    first, second = pumice.connect(path), pumice.connect(path)
    second.executescript("CREATE TEMP TABLE t(a, b, c); INSERT INTO t VALUES (7, 'two', 7)")
    for db, want in ((first, [(2,)]), (second, [(7,)]), (first, [(2,)])):
        assert rows(db, "SELECT a FROM t WHERE b = 'two'") == want


def test_another_size_is_planned_again(planned):
    small, large = memory(), memory()
    large.execute("WITH RECURSIVE s(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM s WHERE i < 20000)"
                  " INSERT INTO t SELECT i, 'text of ' || i, i % 100 FROM s")
    planned.clear()
    for db in small, large:
        assert rows(db, "SELECT a FROM t WHERE b = 'two'") == [(2,)]
    assert len(planned) == 2


def test_a_changed_schema(path):
    first, second = pumice.connect(path), pumice.connect(path)
    assert rows(first, "SELECT * FROM t WHERE a = 1") == rows(second, "SELECT * FROM t WHERE a = 1") == [(1, "one", 1)]
    first.execute("ALTER TABLE t ADD COLUMN d DEFAULT 4")
    for db in first, second:
        assert rows(db, "SELECT * FROM t WHERE a = 1") == [(1, "one", 1, 4)]


def test_threads(path):
    wrong = []

    def work(number):
        for _ in range(30):
            db = pumice.connect(path)
            if rows(db, "SELECT b FROM t WHERE a = ?", number % 3 + 1) != [(("one", "two", "Two")[number % 3],)]:
                wrong.append(number)
            db.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
