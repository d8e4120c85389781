"""Broken constraints: each kind, by each statement, under each OR clause, alone and within a transaction; what is
left of a statement of several rows.

Compared with SQLite: the outcome, changes() and total_changes(), whether a transaction is open, every row of the
table, and in the end the files.
"""

import pytest

from tests.badinput.both import Three

ORS = ["", "OR ABORT", "OR FAIL", "OR IGNORE", "OR REPLACE", "OR ROLLBACK"]

# kind: (definition, rows that are there, statements; {or} is the OR clause)
KINDS = {
    "NOT NULL": (
        "t(a INTEGER PRIMARY KEY, b NOT NULL, c NOT NULL DEFAULT 'd')",
        "(1, 'x', 1), (2, 'y', 2), (3, 'z', 3)",
        [
            "INSERT {or} INTO t VALUES (4, 'n', 4), (5, NULL, 5), (6, 'n', 6)",
            "INSERT {or} INTO t VALUES (4, 'n', 4), (5, 'n', NULL), (6, 'n', 6)",
            "INSERT {or} INTO t(a) VALUES (7)",
            "UPDATE {or} t SET b = CASE a WHEN 2 THEN NULL ELSE b || '!' END",
            "UPDATE {or} t SET c = CASE a WHEN 2 THEN NULL ELSE c + 10 END",
            "INSERT {or} INTO t SELECT a + 10, CASE a WHEN 3 THEN NULL ELSE b END, c FROM t",
        ],
    ),
    "UNIQUE": (
        "t(a UNIQUE, b, c, UNIQUE (b, c))",
        "(1, 1, 1), (2, 2, 2), (3, 3, 3)",
        [
            "INSERT {or} INTO t VALUES (4, 4, 4), (2, 5, 5), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4), (5, 3, 3), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (1, 2, 2)",
            "INSERT {or} INTO t VALUES (NULL, NULL, 1), (NULL, NULL, 1), (9, 9, 9), (9, 9, 9)",
            "UPDATE {or} t SET a = a + 1",
            "UPDATE {or} t SET a = 3 WHERE a <= 2",
            "UPDATE {or} t SET b = 2, c = 2",
            "INSERT {or} INTO t SELECT a + 2, b + 10, c FROM t",
        ],
    ),
    "UNIQUE INDEX": (
        "t(a, b, c); CREATE UNIQUE INDEX i ON t(a + b); CREATE UNIQUE INDEX j ON t(c COLLATE NOCASE) WHERE a > 1",
        "(1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')",
        [
            "INSERT {or} INTO t VALUES (4, 4, 'e'), (0, 2, 'q'), (7, 7, 'f')",
            "INSERT {or} INTO t VALUES (4, 4, 'e'), (5, 5, 'B'), (7, 7, 'f')",
            "UPDATE {or} t SET c = 'B'",
            "UPDATE {or} t SET a = 6 - b",
        ],
    ),
    "PRIMARY KEY": (
        "t(a TEXT PRIMARY KEY, b, c)",
        "('1', 1, 1), ('2', 2, 2), ('3', 3, 3)",
        [
            "INSERT {or} INTO t VALUES (4, 4, 4), (2, 5, 5), (6, 6, 6)",
            "UPDATE {or} t SET a = '2', c = c + 10",
            "UPDATE {or} t SET a = a + 1",
            "INSERT {or} INTO t VALUES (NULL, 1, 1), (NULL, 2, 2)",
        ],
    ),
    "WITHOUT ROWID": (
        "t(a, b, c UNIQUE, PRIMARY KEY (a, b)) WITHOUT ROWID",
        "(1, 1, 1), (2, 2, 2), (3, 3, 3)",
        [
            "INSERT {or} INTO t VALUES (4, 4, 4), (2, 2, 5), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4), (5, 5, 3), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4), (5, NULL, 5), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (1, 1, 2)",
            "UPDATE {or} t SET a = 2, b = 2",
            "UPDATE {or} t SET c = c + 1",
            "UPDATE {or} t SET b = NULL WHERE a > 1",
        ],
    ),
    "rowid": (
        "t(a INTEGER PRIMARY KEY, b UNIQUE, c)",
        "(1, 1, 1), (2, 2, 2), (3, 3, 3)",
        [
            "INSERT {or} INTO t VALUES (4, 4, 4), (2, 5, 5), (6, 6, 6)",
            "INSERT {or} INTO t(rowid, b) VALUES (4, 4), (2, 5), (6, 6)",
            "INSERT {or} INTO t VALUES (1, 2, 3)",
            "UPDATE {or} t SET a = a + 1",
            "UPDATE {or} t SET a = 3, c = 'changed' WHERE a = 1",
            "UPDATE {or} t SET rowid = 1, b = 1",
            "INSERT {or} INTO t SELECT a + 2, b + 10, c FROM t",
            "INSERT {or} INTO t VALUES (9223372036854775807, 8, 8)",
        ],
    ),
    "datatype mismatch": (
        "t(a INTEGER PRIMARY KEY, b, c)",
        "(1, 1, 1), (2, 2, 2), (3, 3, 3)",
        [
            "INSERT {or} INTO t VALUES (4, 4, 4), ('x', 5, 5), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4), (5.5, 5, 5), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4), (x'31', 5, 5), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4), (9223372036854775808, 5, 5), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4), ('1e1', 5, 5), (' 11 ', 6, 6)",
            "UPDATE {or} t SET a = 'x' WHERE a > 1",
            "UPDATE {or} t SET a = NULL WHERE a > 1",
            "UPDATE {or} t SET b = 10, a = CASE a WHEN 3 THEN 'x' ELSE a END",
        ],
    ),
    "CHECK": (
        "t(a, b CHECK (b < 100), c, CONSTRAINT sum_is_small CHECK (a + b < 1000), CHECK (c <> 'bad'))",
        "(1, 1, 1), (2, 2, 2), (3, 3, 3)",
        [
            "INSERT {or} INTO t VALUES (4, 4, 4), (5, 100, 5), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4), (999, 5, 5), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4), (5, 5, 'bad'), (6, 6, 6)",
            "INSERT {or} INTO t VALUES (NULL, NULL, NULL), (1000, 1000, 'bad')",
            "UPDATE {or} t SET b = b * 40",
            "UPDATE {or} t SET c = 'bad' WHERE a > 1",
        ],
    ),
    "generated": (
        "t(a, b AS (a * 2) UNIQUE, c AS (a / 10) STORED CHECK (c < 5), d AS (nullif(a, 7)) NOT NULL)",
        None,
        [
            "INSERT {or} INTO t(a) VALUES (1), (2), (3)",
            "INSERT {or} INTO t(a) VALUES (1), (1), (3)",
            "INSERT {or} INTO t(a) VALUES (1), (50), (3)",
            "INSERT {or} INTO t(a) VALUES (1), (7), (3)",
        ],
    ),
    "the table's own clauses": (
        "t(a UNIQUE ON CONFLICT IGNORE, b UNIQUE ON CONFLICT REPLACE, c NOT NULL ON CONFLICT FAIL, "
        "d UNIQUE ON CONFLICT ROLLBACK)",
        "(1, 1, 1, 1), (2, 2, 2, 2), (3, 3, 3, 3)",
        [
            "INSERT {or} INTO t VALUES (4, 4, 4, 4), (1, 5, 5, 5), (6, 6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4, 4), (5, 1, 5, 5), (6, 6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4, 4), (5, 5, NULL, 5), (6, 6, 6, 6)",
            "INSERT {or} INTO t VALUES (4, 4, 4, 4), (5, 5, 5, 1), (6, 6, 6, 6)",
            "UPDATE {or} t SET a = 2",
            "UPDATE {or} t SET b = 2",
            "UPDATE {or} t SET d = 2",
        ],
    ),
    "STRICT": (
        "t(a INT, b TEXT, c REAL CHECK (c < 100), d BLOB, e ANY) STRICT",
        "(1, 'x', 1.5, x'00', 1), (2, 'y', 2.5, x'01', 'q')",
        [
            "INSERT {or} INTO t(a) VALUES ('no number')",
            "INSERT {or} INTO t(a) VALUES (1.5)",
            "INSERT {or} INTO t(a) VALUES (x'01')",
            "INSERT {or} INTO t(b) VALUES (x'01')",
            "INSERT {or} INTO t(c) VALUES ('x')",
            "INSERT {or} INTO t(d) VALUES ('text')",
            "INSERT {or} INTO t(d) VALUES (5)",
            "INSERT {or} INTO t(a, b, c, e) VALUES ('12', 5, '1.5', '7')",
            "UPDATE {or} t SET a = 'no number' WHERE a = 2",
            "UPDATE {or} t SET d = 5 WHERE a = 2",
        ],
    ),
}

TRANSACTIONS = {
    "autocommit": [],
    "transaction": ["BEGIN", "INSERT INTO log VALUES ('before')"],
    "savepoint": ["SAVEPOINT one", "INSERT INTO log VALUES ('before')", "SAVEPOINT two"],
}


def check(engines, sql):
    """The statement, then all that can be seen of it."""
    result = engines.same(sql)
    assert engines.same("SELECT changes(), total_changes()")
    engines.state()
    engines.same(
        "SELECT rowid, * FROM t ORDER BY 1"
        if "WITHOUT ROWID" not in engines.definition
        else "SELECT * FROM t ORDER BY 1, 2"
    )
    engines.same("SELECT * FROM log")
    return result


@pytest.mark.parametrize("transaction", TRANSACTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_kind(tmp_path, kind, transaction):
    definition, rows, statements = KINDS[kind]
    setup = f"CREATE TABLE log(x); CREATE TABLE {definition};" + (f"INSERT INTO t VALUES {rows};" if rows else "")
    engines = Three(tmp_path, setup)
    engines.definition = definition
    n_errors = 0
    for statement in statements:
        for clause in ORS:
            for sql in TRANSACTIONS[transaction]:
                engines.same(sql)
            n_errors += isinstance(check(engines, statement.replace("{or}", clause)), tuple)
            for sql in ("ROLLBACK TO two", "RELEASE one", "COMMIT"):
                if engines.pumice.in_transaction and (transaction == "savepoint") == (sql != "COMMIT"):
                    engines.same(sql)
            engines.intact()
            engines.same("DELETE FROM t")
            if rows:
                engines.same(f"INSERT INTO t VALUES {rows}")
            engines.same("DELETE FROM log")
    assert n_errors >= len(statements)
    engines.close()


def test_a_transaction_that_a_constraint_rolled_back(tmp_path):
    """What comes after it stands alone; its savepoints are gone."""
    engines = Three(tmp_path, "CREATE TABLE log(x); CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1)")
    engines.definition = ""
    for sql in (
        "BEGIN",
        "SAVEPOINT s",
        "INSERT INTO log VALUES (1)",
        "INSERT OR ROLLBACK INTO t VALUES (2), (1)",
        "RELEASE s",
        "ROLLBACK",
        "COMMIT",
        "INSERT INTO t VALUES (3)",
        "BEGIN",
        "INSERT INTO t VALUES (4)",
        "INSERT OR FAIL INTO t VALUES (5), (1), (6)",
        "COMMIT",
    ):
        check(engines, sql)
    engines.intact()
    engines.close()


def test_sequence_is_at_its_end(tmp_path):
    engines = Three(
        tmp_path,
        "CREATE TABLE log(x); CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b); INSERT INTO "
        "t VALUES (9223372036854775807, 'last')",
    )
    engines.definition = ""
    for sql in (
        "INSERT INTO t(b) VALUES ('x')",
        "INSERT OR IGNORE INTO t(b) VALUES ('x')",
        "INSERT OR REPLACE INTO t(b) VALUES ('x'), ('y')",
        "DELETE FROM t",
        "INSERT INTO t(b) VALUES ('x')",
        "UPDATE sqlite_sequence SET seq = 'x'",
        "INSERT INTO t(b) VALUES ('y')",
        "DELETE FROM sqlite_sequence",
        "INSERT INTO t(b) VALUES ('z')",
    ):
        check(engines, sql)
    engines.intact()
    engines.close()


def test_create_unique_index_over_duplicates(tmp_path):
    engines = Three(
        tmp_path,
        "CREATE TABLE log(x); CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'x'), (1, 'X'), (2, NULL), (2, NULL)",
    )
    engines.definition = ""
    for begin in ("SELECT 1", "BEGIN"):
        engines.same(begin)
        for sql in (
            "CREATE UNIQUE INDEX i ON t(a)",
            "CREATE UNIQUE INDEX i ON t(b COLLATE NOCASE)",
            "CREATE UNIQUE INDEX i ON t(a + 1)",
            "CREATE UNIQUE INDEX i ON t(a) WHERE b IS NULL",
            "ALTER TABLE t ADD COLUMN c CHECK (a > 1)",
            "ALTER TABLE t ADD COLUMN c NOT NULL",
            "ALTER TABLE t ADD COLUMN c NOT NULL CHECK (c = 5) DEFAULT 4",
            "CREATE UNIQUE INDEX j ON t(b)",
        ):
            check(engines, sql)
        engines.same("SELECT name FROM sqlite_master")
        engines.same("DROP INDEX j")
    engines.same("COMMIT")
    engines.intact()
    engines.close()
