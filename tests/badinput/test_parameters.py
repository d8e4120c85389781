"""Wrong parameters: too few, too many, of a wrong kind, in a wrong container. Class, code and message are
sqlite3's, and nothing is written.
"""

import array
import sqlite3

import pytest

import pumice
from tests.badinput.both import content, outcome

BIG = 2**63


class Sized:
    """As long as it says, with an item that fails."""

    def __init__(self, length, error=None):
        self.length = length
        self.error = error

    def __len__(self):
        return self.length

    def __getitem__(self, at):
        if self.error is not None:
            raise self.error
        return at


class Mapping(dict):
    def __missing__(self, key):
        if key == "bad":
            raise ZeroDivisionError("missing")
        return key


class Adapting:
    def __conform__(self, protocol):
        raise ZeroDivisionError("conform")


class AdaptingToList:
    def __conform__(self, protocol):
        return [1]


class Index:
    def __index__(self):
        return 5


INSERT = "INSERT INTO t VALUES (?, ?)"
NAMED = "INSERT INTO t VALUES (:a, :b)"
CASES = [
    (INSERT, ()),
    (INSERT, (1,)),
    (INSERT, (1, 2, 3)),
    (INSERT, [1]),
    (INSERT, []),
    (INSERT, "a"),
    (INSERT, "abc"),
    (INSERT, b"abc"),
    (INSERT, range(3)),
    (INSERT, {}),
    (INSERT, {"a": 1, "b": 2}),
    (INSERT, {1: 1, 2: 2}),
    (INSERT, {"1": 1, "2": 2}),
    (INSERT, None),
    (INSERT, 5),
    (INSERT, 1.5),
    (INSERT, object),
    (INSERT, object()),
    (INSERT, {1, 2}),
    (INSERT, iter([1, 2])),
    (INSERT, Sized(2, ZeroDivisionError("item"))),
    (INSERT, Sized(3)),
    (INSERT, Sized(1)),
    (INSERT, Sized(-1)),
    (INSERT, Sized(2, IndexError("item"))),
    (INSERT, Sized("x")),
    (NAMED, ()),
    (NAMED, (1,)),
    (NAMED, (1, 2, 3)),
    (NAMED, {}),
    (NAMED, {"a": 1}),
    (NAMED, {"b": 1}),
    (NAMED, {":a": 1, ":b": 2}),
    (NAMED, {"A": 1, "B": 2}),
    (NAMED, {"a": 1, "b": object()}),
    (NAMED, {"a": 1, "b": BIG}),
    (NAMED, None),
    (NAMED, 5),
    (NAMED, "ab"),
    (NAMED, "a"),
    (NAMED, [1]),
    ("INSERT INTO t VALUES (:a, :bad)", Mapping()),
    ("INSERT INTO t VALUES (@a, $b)", {"a": 1}),
    ("INSERT INTO t VALUES (?1, :b)", {"b": 1}),
    ("INSERT INTO t VALUES (?, :b)", {"b": 1}),
    ("INSERT INTO t VALUES (?2, ?2)", (1,)),
    ("INSERT INTO t VALUES (?5, 1)", (1,)),
    ("INSERT INTO t VALUES (1, 2)", (1,)),
    ("INSERT INTO t VALUES (1, 2)", 5),
    ("INSERT INTO t VALUES (?1, ?3)", (1, 2)),
    ("INSERT INTO t VALUES (?1, ?3)", {"1": 1, "3": 3}),
    (INSERT, (1, BIG)),
    (INSERT, (-BIG - 1, 1)),
    (INSERT, (10**40, 1)),
    (INSERT, (1, object())),
    (INSERT, (object(), 1)),
    (INSERT, (1, [])),
    (INSERT, (1, ())),
    (INSERT, (1, {})),
    (INSERT, (1, set())),
    (INSERT, (1, 1j)),
    (INSERT, (1, int)),
    (INSERT, (1, len)),
    (INSERT, (1, Ellipsis)),
    (INSERT, (1, NotImplemented)),
    (INSERT, (1, range(1))),
    (INSERT, (1, Index())),
    (INSERT, (1, Adapting())),
    (INSERT, (1, AdaptingToList())),
    (INSERT, (1, sqlite3)),
    (INSERT, (1, "\ud800")),
    (INSERT, ("\udfff", 1)),
    (INSERT, (1, "a\ud800b" * 100)),
    (INSERT, (1, memoryview(b"abcdef")[::2])),
    (INSERT, (1, memoryview(array.array("i", range(6)))[::-1])),
    (NAMED, {"a": 1, "b": "\ud800"}),
    (NAMED, {"a": memoryview(b"abc")[::-1], "b": 1}),
    (NAMED, {"a": 1, "b": []}),
    ("SELECT ?", (2**63,)),
    ("SELECT ? LIMIT ?", (1, "x")),
    ("SELECT ? LIMIT ?", (1, 1.5)),
    ("SELECT ? LIMIT ?", (1, b"1")),
    ("SELECT abs(?)", (-BIG,)),
    ("SELECT ? || ?", ("a",)),
    ("CREATE TABLE x(a DEFAULT (?))", (1,)),
    ("CREATE TABLE x(a CHECK (a > ?))", (1,)),
    ("CREATE INDEX x ON t(a) WHERE a > ?", (1,)),
    ("CREATE INDEX x ON t(a + ?)", (1,)),
    ("CREATE VIEW x AS SELECT ?", (1,)),
    ("PRAGMA user_version = ?", (1,)),
    ("SAVEPOINT ?", ("x",)),
    ("DROP TABLE ?", ("t",)),
    ("SELECT * FROM ?", ("t",)),
    ("ALTER TABLE t ADD COLUMN x DEFAULT (?)", (1,)),
    ("SELECT a FROM t ORDER BY ?1 COLLATE ?2", (1, "nocase")),
    ("SELECT ?1 FROM t GROUP BY ?2", (1,)),
]
MANY = [
    (INSERT, [(1, 2), (3,)]),
    (INSERT, [(1, 2), (3, 4, 5)]),
    (INSERT, [(1, 2), 3]),
    (INSERT, [(1, 2), None]),
    (INSERT, [(1, 2), (3, object())]),
    (INSERT, [(1, 2), (3, BIG)]),
    (INSERT, [(1, 2), (3, "\ud800")]),
    (INSERT, [(1, 2), {"a": 1}]),
    (INSERT, 5),
    (INSERT, None),
    (INSERT, "ab"),
    (INSERT, "a"),
    (INSERT, [(1, 2), (1, 2)]),
    (INSERT, {"a": 1}),
    (INSERT, {(1, 2): 3}),
    (NAMED, [{"a": 1, "b": 2}, {"a": 3}]),
    (NAMED, {"a": 1, "b": 2}),
    ("SELECT ?", [(1,)]),
    ("SELECT 1", [()]),
    ("PRAGMA user_version", [()]),
    ("INSERT INTO t VALUES (1, 2)", [(), (1,)]),
    ("VALUES (?)", [(1,)]),
    ("WITH x AS (SELECT 1) SELECT * FROM x", [()]),
    (5, [()]),
    (None, [()]),
    ("", [()]),
    ("INSERT INTO t VALUES (?", [(1,)]),
    ("BEGIN", [(), ()]),
    ("DELETE FROM t", [(1,)]),
    ("EXPLAIN SELECT 1", [()]),
]


def generator_that_fails():
    yield 1, 2
    raise ZeroDivisionError("generator")


@pytest.fixture(params=[None, ""], ids=["autocommit", "implicit transaction"])
def connections(request, tmp_path):
    made = []
    for module in (pumice, sqlite3):
        connection = module.connect(tmp_path / f"{module.__name__}.db", isolation_level=request.param)
        connection.execute("CREATE TABLE t(a UNIQUE, b)")
        connection.execute("INSERT INTO t VALUES ('kept', 0)")
        connection.commit()
        made.append(connection)
    yield made
    for connection in made:
        connection.close()
    assert content(tmp_path / "pumice.db") == content(tmp_path / "sqlite3.db")


def same(connections, call):
    results = []
    for connection in connections:
        failed = outcome(call, connection)
        results.append(
            (
                failed,
                connection.in_transaction,
                connection.total_changes,
                connection.execute("SELECT * FROM t").fetchall(),
            )
        )
    assert results[0] == results[1]
    for connection in connections:
        connection.commit()
    return results[0]


def test_execute(connections):
    failed = 0
    for sql, parameters in CASES:
        result = same(connections, lambda c, s=sql, p=parameters: c.execute(s, p).fetchall())
        failed += isinstance(result[0], tuple)
    assert failed > 75


def test_executemany(connections):
    failed = 0
    for sql, rows in MANY:
        result = same(connections, lambda c, s=sql, r=rows: c.executemany(s, r).rowcount)
        failed += isinstance(result[0], tuple)
    assert failed > 18
    same(connections, lambda c: c.executemany(INSERT, generator_that_fails()))
    same(connections, lambda c: c.executemany(INSERT, (x for x in [(7, 8), (9,)])))


@pytest.mark.parametrize("sql", [b"SELECT 1", "SELECT \ud800", sqlite3, ["SELECT 1"], None, 5, "SELECT 1\0"], ids=ascii)
@pytest.mark.parametrize("method", ["execute", "executemany", "executescript"])
def test_no_text(connections, method, sql):
    arguments = (sql, [()]) if method == "executemany" else (sql,)
    same(connections, lambda c: getattr(c, method)(*arguments) and None)
    same(connections, lambda c: getattr(c.cursor(), method)(*arguments) and None)


@pytest.mark.parametrize("arguments", [(), ("SELECT 1", (), 3)])
@pytest.mark.parametrize("method", ["execute", "executemany", "executescript"])
def test_number_of_arguments(connections, method, arguments):
    """The class only: the words are those of Cython."""
    same(connections, lambda c: outcome(lambda: getattr(c, method)(*arguments))[:3])
    same(connections, lambda c: outcome(lambda: getattr(c, method)(sql="SELECT 1"))[:3])


def test_results_of_wrong_kinds(connections):
    """What functions and text factories give back."""
    values = [
        BIG,
        object(),
        [],
        "\ud800",
        memoryview(b"abc")[::2],
        1j,
        range(2),
        Index(),
        True,
        None,
        b"",
        float("nan"),
    ]
    for connection in connections:
        connection.create_function("give", 1, lambda at: values[at])
        connection.create_function("fails", 0, lambda: 1 // 0)
        connection.create_function("one", 1, lambda x: x)
    for at in range(len(values)):
        same(connections, lambda c, i=at: c.execute("SELECT give(?)", (i,)).fetchall())
        same(connections, lambda c, i=at: c.execute("INSERT INTO t VALUES (give(?), 'given')", (i,)).fetchall())
    for sql in (
        "SELECT fails()",
        "SELECT fails(1)",
        "SELECT one()",
        "INSERT INTO t VALUES (1, fails())",
        "UPDATE t SET b = fails()",
        "DELETE FROM t WHERE fails()",
        "SELECT * FROM t ORDER BY fails()",
        "SELECT * FROM t WHERE one(fails())",
        "CREATE INDEX i ON t(one(a))",
        "CREATE TABLE x AS SELECT fails()",
        "INSERT INTO t SELECT a || 'x', CASE WHEN a = 'kept' THEN 1 ELSE fails() END FROM t",
    ):
        same(connections, lambda c, s=sql: c.execute(s).fetchall())


def test_collation_that_fails(connections):
    for connection in connections:
        connection.executemany(INSERT, [("x", 1), ("y", 2)])
        connection.commit()
        connection.create_collation("fails", lambda x, y: 1 // 0)
        connection.create_collation("huge", lambda x, y: BIG)
    for name in ("fails", "huge"):
        for sql in ("SELECT a FROM t WHERE a = 'x' COLLATE {}", "SELECT count(*) FROM t GROUP BY a COLLATE {} LIMIT 0"):
            same(connections, lambda c, s=sql, n=name: c.execute(s.format(n)).fetchall())


def test_not_utf8(connections):
    for sql in (
        "SELECT cast(x'ff' AS TEXT)",
        "SELECT cast(x'ff41' AS TEXT) AS \"a\"",
        "SELECT cast(x'eda080' AS TEXT)",
        "SELECT cast(x'c0af' AS TEXT)",
        "SELECT cast(x'00ff' AS TEXT)",
    ):
        same(connections, lambda c, s=sql: c.execute(s).fetchall())
