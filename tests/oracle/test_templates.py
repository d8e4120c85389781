"""Statement templates (engine/template.pyx): a text that shares another's plan gives what it gives on its own, and
what SQLite gives.
"""

import gc
import itertools
import random
import weakref

import apsw
import pytest
from pumice.sql.tokenizer import tokenize

import pumice
from tests.fuzz.generate import Generator

SCHEMA = """
CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT, c REAL, n INTEGER, known7);
CREATE INDEX t_b ON t(b COLLATE NOCASE);
CREATE INDEX t_part ON t(a) WHERE n = 7;
CREATE INDEX t_expr ON t(a + 17);
CREATE UNIQUE INDEX t_up ON t(c) WHERE n > 3;
CREATE VIEW v AS SELECT a + 5, b AS name2 FROM t;
INSERT INTO t VALUES(1, 1, 'abc', 1.5, 7, 1), (2, '2', 'ABD', -0.0, 7, 2), (3, 2.0, '5', 3.25, 3, 3),
    (4, NULL, '6', 5, 2, NULL), (5, 'x', 'abc', 6, 9, 5);
"""

# Each line is a family: run with every value of {x}, one after the other, so that the later ones use the template of
# the first.
NUMBERS = ["2", "3", "-3", "5", "17", "7", "1", "0", "-0", "9223372036854775807", "9223372036854775808",
           "-9223372036854775808", "0x10", "1_0", "2.0", "-2.5", "0.0", "-0.0", "1e400", "1e2", ".5", "5.", "'2'",
           "'it''s'", "''", "'é\U0001F600'", "x'61'", "NULL", "?", "- 5", "+5", "- -5", "5a", "'a", "(5)", "TRUE"]
FAMILIES = [
    "SELECT {x}", "SELECT {x}, typeof({x}), quote({x})", "SELECT a + {x} FROM t ORDER BY id",
    "SELECT a+ {x} ,b FROM t WHERE id = {x}", "SELECT a -{x} FROM t", "SELECT a - {x}, -{x}, - {x} FROM t",
    "SELECT id FROM t WHERE a = {x}", "SELECT id FROM t WHERE b = {x}", "SELECT id FROM t WHERE c = {x}",
    "SELECT id FROM t WHERE id = {x}", "SELECT id FROM t WHERE n = {x} AND a = 1",
    "SELECT id FROM t WHERE a + 17 = {x}", "SELECT id FROM t WHERE a + {x} = 19", "SELECT id FROM t WHERE b LIKE {x}",
    "SELECT id FROM t WHERE {x} = 1", "SELECT id FROM t WHERE {x}", "SELECT id FROM t WHERE id > {x} OR b = {x}",
    "SELECT count(*) FROM t WHERE 1 = {x}", "SELECT a FROM t ORDER BY {x}", "SELECT a, b FROM t ORDER BY ({x})",
    "SELECT a, b FROM t ORDER BY -{x}", "SELECT a, b, id FROM t ORDER BY b, {x}",
    "SELECT n, count(*) FROM t GROUP BY {x}", "SELECT a FROM t ORDER BY {x} ISNULL",
    "SELECT a FROM t GROUP BY (a > 5 AND ({x}) ISNULL)", "SELECT count(*) FROM t GROUP BY n, a AND {x} IS NULL",
    "SELECT a FROM t GROUP BY ({x} NOTNULL)", "SELECT a + {x}, count(*) FROM t GROUP BY a + {x}",
    "SELECT b || {x}, count(*) FROM t GROUP BY b || {x}",
    "SELECT round(a, {x}), count(*) FROM t GROUP BY round(a, {x}) HAVING count(*) > {x}", "SELECT DISTINCT {x} FROM t",
    "SELECT a FROM t ORDER BY id LIMIT {x}", "SELECT a FROM t ORDER BY id LIMIT 2 OFFSET {x}",
    "SELECT a FROM t ORDER BY id LIMIT {x}, 2", "SELECT id AS c{i}, {x} AS d{i} FROM t ORDER BY c{i}",
    "SELECT id AS c{i} FROM t WHERE c{i} > {x}", "SELECT count(*) AS c{i} FROM t GROUP BY n HAVING c{i} > {x}",
    "SELECT * FROM (SELECT a + {x}, b AS q{i} FROM t) ORDER BY q{i}", "SELECT \"a + {x}\" FROM (SELECT a + {x} FROM t)",
    "SELECT [{x} + 0] FROM (SELECT {x} + 0)", "SELECT x{i}.a FROM t AS x{i} WHERE x{i}.id = {x}",
    "SELECT * FROM (SELECT {x}) AS a1, (SELECT {x}) AS b1", "SELECT id AS known7, {x} FROM t",
    "SELECT a AS t, {x} FROM t", "SELECT 1 AS name2, {x} FROM v", "SELECT a AS \"c{i}\", {x} FROM t",
    "SELECT a AS 'c{i}' FROM t WHERE id = {x}", "SELECT CAST({x} AS TEXT)", "SELECT CAST({x} AS type{i}) AS type{i}",
    "SELECT CAST(b AS blob1), 5 AS blob1, {x} FROM t", "SELECT abs{i}({x}) AS abs{i}",
    "SELECT {x} UNION SELECT a FROM t ORDER BY 1",
    "SELECT * FROM (SELECT {x} AS m UNION ALL SELECT b FROM t) WHERE m = '5'",
    "SELECT * FROM (SELECT {x} AS m1 UNION ALL SELECT {x}) WHERE m1 = '2'", "SELECT id FROM t WHERE a IN ({x}, 2)",
    "SELECT id FROM t WHERE {x} IN (1, a, b)", "SELECT id FROM t WHERE a BETWEEN {x} AND 3",
    "SELECT id FROM t WHERE (a, b) = ({x}, 'abc')", "SELECT id FROM t WHERE a IS {x}", "SELECT {x} IS TRUE",
    "SELECT CASE n WHEN {x} THEN 'one' ELSE {x} END FROM t", "SELECT CASE WHEN n > {x} THEN a END FROM t",
    "SELECT coalesce(a, {x}), nullif({x}, 2) FROM t", "SELECT likelihood(a, {x}) FROM t",
    "SELECT max(a, {x}), min(n, {x}) FROM t", "SELECT sum(n + {x}), group_concat(b, {x}) FROM t",
    "SELECT max({x}) FROM t", "SELECT strftime('%Y', {x})", "SELECT substr(b, {x}) FROM t",
    "SELECT (SELECT {x}) + a FROM t",
    "SELECT id FROM t AS o{i} WHERE EXISTS (SELECT 1 FROM t WHERE t.id = o{i}.id + {x})",
    "SELECT id FROM t INDEXED BY t_part WHERE n = 7 AND a = {x}", "SELECT id FROM t INDEXED BY t_part WHERE n = {x}",
    "SELECT id FROM t INDEXED BY t_expr WHERE a + 17 = {x}", "WITH w{i}(x) AS (SELECT {x}) SELECT x FROM w{i}",
    "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 4) SELECT i * {x} FROM s",
    "VALUES ({x}), (2)", "SELECT {x} COLLATE NOCASE = 'A'", "SELECT 'a' = {x} COLLATE c{i} AS c{i}",
    "SELECT ~{x}, NOT {x}, +{x}", "SELECT {x}.a FROM t", "SELECT {x} a FROM t", "SELECT a FROM t WHERE b = \"{x}\"",
    "SELECT * FROM v WHERE \"a + 5\" = {x}", "SELECT * FROM (SELECT {x}) NATURAL JOIN (SELECT {x})",
    "SELECT a,/* {x} */ {x} -- {x}\n FROM t", "SELECT {x};", "SELECT {x}; SELECT 2", "SELECT {x};;  ", ";SELECT {x}",
    "SELECT {x} FROM nowhere", "SELECT {x}, nothing FROM t", "SELECT ({x}", "SELECT {x})", "SELECT{x}FROM t",
    "SELECT 1 AS{x}", "SELECT c{i} FROM t AS c{i}", "SELECT c{i}.id AS c{i} FROM t AS c{i} WHERE c{i}.id = {x}",
    "SELECT a AS c{i}, b AS C{i}, {x} FROM t", "SELECT a AS c1, c1 + 1, \"c1\" , {x} FROM t",
]
WRITES = [
    "INSERT INTO t(a, b, n) VALUES({x}, {x}, 3)",
    "INSERT INTO t VALUES(NULL, {x}, 'q', {x}, 1, 0), (NULL, 5, {x}, 0, 1, {x})", "INSERT INTO t(id) VALUES({x})",
    "UPDATE t SET a = {x} WHERE id = 2", "UPDATE t SET a = a + {x}, b = {x} WHERE id > {x}",
    "DELETE FROM t WHERE a = {x}", "DELETE FROM t WHERE id > 40 OR id = {x}", "REPLACE INTO t(id, a) VALUES(3, {x})",
    "INSERT INTO t(a) SELECT a + {x} FROM t WHERE id < 3", "UPDATE t AS c{i} SET a = c{i}.id + {x} WHERE c{i}.id = 1",
    "INSERT INTO 't'('a') VALUES({x})",
]


def n_parameters(sql):
    kinds = []
    end = tokenize(sql, 0, kinds, [], [])
    if kinds == [";"]:
        tokenize(sql, end, kinds, [], [])
    return kinds.count("VARIABLE")


def outcome(db, sql):
    """Column names and rows, or the error's class, text and offset."""
    try:
        cursor = db.execute(sql, (3,) * n_parameters(sql))
        if isinstance(db, apsw.Connection):
            names = None
            rows = []
            for row in cursor:
                names = [d[0] for d in cursor.description]
                rows.append(row)
        else:
            rows = cursor.fetchall()
            names = [d[0] for d in cursor.description or ()]
        return names, [[(type(v).__name__, repr(v)) for v in row] for row in rows]
    except Exception as error:
        return type(error).__name__, str(error), getattr(error, "offset", None)


def engines():
    ours = pumice.connect(":memory:", isolation_level=None)
    plain = pumice.connect(":memory:", isolation_level=None, cached_statements=0)
    theirs = apsw.Connection(":memory:")
    theirs.config(apsw.SQLITE_DBCONFIG_DQS_DML, 1)
    for db in (ours, plain):
        db.executescript(SCHEMA)
    theirs.execute(SCHEMA)
    return ours, plain, theirs


@pytest.mark.parametrize("family", FAMILIES)
def test_queries(family):
    ours, plain, theirs = engines()
    for round_, value in enumerate([*NUMBERS, *NUMBERS[:4]]):
        sql = family.replace("{x}", value).replace("{i}", str(round_))
        mine = outcome(ours, sql)
        assert mine == outcome(plain, sql), sql
        expected = outcome(theirs, sql)
        if isinstance(expected[1], str):
            assert mine[1] == expected[1].removeprefix("SQLError: "), sql
        elif isinstance(mine[0], list):         # a second statement in the text is an error to the DB-API alone
            assert sorted(mine[1]) == sorted(expected[1]), sql
            assert expected[0] is None or mine[0] == expected[0], sql


@pytest.mark.parametrize("family", WRITES)
def test_writes(family):
    ours, plain, theirs = engines()
    # After the largest rowid the next one is random.
    for round_, value in enumerate(x for x in NUMBERS if x != "9223372036854775807"):
        sql = family.replace("{x}", value).replace("{i}", str(round_))
        assert outcome(ours, sql) == outcome(plain, sql), sql
        outcome(theirs, sql)
        content = "SELECT * FROM t ORDER BY id"
        assert outcome(ours, content) == outcome(plain, content) == outcome(theirs, content), sql


def mutated(sql, r):
    """`sql` with some literals changed, mostly to others of the same type, and a name made up."""
    kinds, texts, starts = [], [], []
    tokenize(sql, 0, kinds, texts, starts)
    for kind, text, start in reversed(list(zip(kinds, texts, starts, strict=True))):
        if kind in ("INTEGER", "FLOAT", "STRING") and r.random() < 0.7:
            if r.random() < 0.1:
                kind = r.choice(("INTEGER", "FLOAT", "STRING"))
            new = {"INTEGER": str(r.choice((0, 1, 2, 3, 7, 40))), "FLOAT": r.choice(("0.0", "1.5", "2.", "1e3")),
                   "STRING": r.choice(("'a'", "'B'", "''", "'1'", "'12x'", "'z%'"))}[kind]
            sql = sql[:start] + new + sql[start + len(text):]
    return sql


@pytest.mark.parametrize("seed", range(40))
def test_random_statements(seed):
    """Statements of the fuzzer, each several times with other literals: as without templates."""
    r = random.Random(seed)
    generator = Generator(seed)
    ours = pumice.connect(":memory:", isolation_level=None)
    plain = pumice.connect(":memory:", isolation_level=None, cached_statements=0)
    for sql in itertools.chain(generator.start(), (generator.statement().sql for _ in range(40))):
        # its end hangs on a literal
        for text in (sql, *[mutated(sql, r) for _ in range(3 if "RECURSIVE" not in sql else 0)]):
            mine, expected = outcome(ours, text), outcome(plain, text)
            if mine != expected and isinstance(mine[1], list) and isinstance(expected[1], list):
                mine[1].sort()
                expected[1].sort()
            assert mine == expected, f"seed {seed}: {text}"


def test_two_texts_of_one_template_are_open_at_once():
    ours, plain, _ = engines()
    first = ours.execute("SELECT id, 10 AS c1 FROM t ORDER BY id")
    assert first.fetchone() == (1, 10)
    second = ours.execute("SELECT id, 20 AS c2 FROM t ORDER BY id")
    assert second.fetchone() == (1, 20)
    third = ours.execute("SELECT id, 30 AS c3 FROM t ORDER BY id")
    assert [first.fetchone(), third.fetchone(), second.fetchone(),
            first.fetchone()] == [(2, 10), (1, 30), (2, 20), (3, 10)]
    assert [c.description[1][0] for c in (first, second, third)] == ["c1", "c2", "c3"]
    assert len(first.fetchall() + second.fetchall() + third.fetchall()) == 2 + 3 + 4
    assert ours.execute("SELECT id, 10 AS c1 FROM t ORDER BY id").fetchone() == (1, 10)


def test_a_function_may_run_a_text_of_the_same_template():
    db = pumice.connect(":memory:", isolation_level=None)
    db.execute("CREATE TABLE t(a, b)")

    def nested(value):
        if value > 2:
            db.execute(f"INSERT INTO t VALUES(nested({value - 1}), 'of {value}')")
        return value

    db.create_function("nested", 1, nested)
    db.execute("INSERT INTO t VALUES(nested(5), 'of 6')")
    assert db.execute("SELECT a, b FROM t ORDER BY a").fetchall() == [(2, "of 3"), (3, "of 4"), (4, "of 5"),
                                                                      (5, "of 6")]


def test_parameters_keep_their_numbers():
    ours, _, theirs = engines()
    for value in (5, 6):
        for sql, parameters in (
            (f"SELECT ?, {value}, ?, {value + 1}", (1, 2)), (f"SELECT ?2, {value}, ?1, ?", (1, 2, 3)),
            (f"SELECT :a, {value}, :b, :a", {"a": 1, "b": 2}),
        ):
            assert ours.execute(sql, parameters).fetchall() == theirs.execute(sql, parameters).fetchall()
        with pytest.raises(pumice.ProgrammingError, match="The current statement uses 1, and there are 2 supplied"):
            ours.execute(f"SELECT ?, {value}", (1, 2))


def test_the_schema_changes_below_a_template():
    ours, _, theirs = engines()
    for db in (ours, theirs):
        texts = [f"SELECT id, a AS k{i} FROM t WHERE n = {i} ORDER BY id" for i in (2, 3, 7)]
        before = [db.execute(sql).fetchall() for sql in texts]
        db.execute("DROP INDEX t_part")
        db.execute("ALTER TABLE t ADD COLUMN k3 DEFAULT 9")
        assert [db.execute(sql).fetchall() for sql in texts] == before
        assert db.execute("SELECT k3 FROM t WHERE n = 3").fetchall() == [(9,)]
        assert db.execute("SELECT k3 AS k2, 3 FROM t WHERE n = 3").fetchall() == [(9, 3)]
        db.execute("DROP VIEW v")
        db.execute("DROP TABLE t")
        with pytest.raises((pumice.OperationalError, apsw.SQLError), match="no such table: t"):
            db.execute(texts[0])


def test_another_connection_changes_the_schema(tmp_path):
    path = str(tmp_path / "t.db")
    one, two = pumice.connect(path, isolation_level=None), pumice.connect(path, isolation_level=None)
    one.execute("CREATE TABLE t(a)")
    one.execute("INSERT INTO t VALUES(5)")
    assert [two.execute(f"SELECT a AS c{i} FROM t WHERE a = {i + 4}").fetchall() for i in range(3)] == [[], [(5,)], []]
    one.execute("ALTER TABLE t ADD COLUMN c1 DEFAULT 'new'")
    assert two.execute("SELECT a AS c2 FROM t WHERE c1 = 'new'").fetchall() == [(5,)]
    assert two.execute("SELECT a AS c1 FROM t WHERE c1 = 'new'").fetchall() == [(5,)]
    assert two.execute("SELECT a AS c1 FROM t WHERE a = 5").fetchall() == [(5,)]


def test_texts_share_a_plan():
    """Without sharing, thousands of texts would each be parsed: the sessions' counter of plans says so."""
    db = pumice.connect(":memory:", isolation_level=None)
    db.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")
    db.execute("INSERT INTO t VALUES(1, 2)")
    planned = []
    plan = db.session.plan
    db.session.plan = lambda statement, shared=False: (planned.append(statement.sql), plan(statement, shared))[1]
    for i in range(2, 60):
        db.execute(f"SELECT a + {i} AS c{i}, {i}.5, 'x{i}' FROM t WHERE b = {i} ORDER BY c{i} LIMIT 3").fetchall()
    assert len(planned) == 1
    assert db.execute("SELECT a + 2 AS c2, 2.5, 'x2' FROM t WHERE b = 2 ORDER BY c2 LIMIT 3").description[0][0] == "c2"


def test_nothing_is_left_to_the_cycle_collector():
    """Operators, cursors and pagers refer to memory of one another: they must go by reference count, not in any order.
    """
    for _ in range(20):
        db = pumice.connect(":memory:")
        db.executescript(SCHEMA)
        cursors = [db.execute(f"SELECT a + {n + 10} AS c{n} FROM t WHERE id > {n}") for n in range(3)]
        assert all(cursor.fetchone() for cursor in cursors)
        seen = weakref.ref(db.session)
        db.close()
        del db, cursors
        assert seen() is None
    gc.collect()


def test_the_first_statement_of_a_connection_is_planned_once(tmp_path, monkeypatch):
    """Planning loads the schema, without which the template was found."""
    from pumice.engine import session, shared_plans

    path = str(tmp_path / "t.db")
    with pumice.connect(path) as connection:
        connection.execute("CREATE TABLE t(a, b1)")
        connection.execute("INSERT INTO t VALUES (2, 3)")
    connection.close()
    planned = []
    monkeypatch.setattr(shared_plans, "_plans", {})
    real = session.plan_statement
    monkeypatch.setattr(session, "plan_statement", lambda *args, **kwargs: planned.append(1) or real(*args, **kwargs))
    connection = pumice.connect(path)
    assert connection.execute("SELECT a + 7 FROM t WHERE b1 > 2").fetchall() == [(9,)]
    assert connection.execute("SELECT a + 8 FROM t WHERE b1 > 2").fetchall() == [(10,)]
    assert len(planned) == 1
    # A name that turns out to be the schema's makes another key.
    connection = pumice.connect(path)
    assert connection.execute("SELECT a + 7 AS b1 FROM t WHERE b1 > 2").fetchall() == [(9,)]
    assert connection.execute("SELECT a + 8 AS b2 FROM t WHERE b1 > 2").fetchall() == [(10,)]
