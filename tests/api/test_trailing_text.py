"""What may stand behind the one statement of `execute`: white space and comments, as in the sqlite3 module."""

import sqlite3

import pytest

import pumice

TAILS = [
    "", " ", ";", "; ;", ";\n\t\f\r ", "; -- a comment", "; -- a comment\n", "; -- a\n -- b", "; /* c */", "; /* c",
    "; /* a * b ** c */ /**/", "; /*/", "; /*/ */", "; /* a */ x", "; -- a\n x", ";\v", ";\xa0", "; /", "; -",
    "; /* c */;", ";-", ";--", "; SELECT 2",
]  # fmt: skip


def outcome(module, sql):
    connection = module.connect(":memory:")
    try:
        return connection.execute(sql).fetchall()
    except module.Error as error:
        return type(error).__name__, str(error)
    except module.Warning as error:
        return type(error).__name__, str(error)
    finally:
        connection.close()


@pytest.mark.parametrize("tail", TAILS)
def test_tail(tail):
    sql = "SELECT 1" + tail
    assert outcome(pumice, sql) == outcome(sqlite3, sql)
