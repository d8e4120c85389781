"""What a column added by ALTER TABLE holds in rows written before it and in those written after, as SQLite has it."""

import apsw
import pytest

import pumice

DEFAULTS = [
    "1e300", "-1e300", "1_000.5", "- 1.5e3", "+2.50", "(1e300)", "(-2.5)", "'12abc'", "-'12abc'", "- '1e5'", "-x'3132'",
    "-' 7.5x'", "0x10", "-0x10", "1_0", "'abc'", "-'abc'", "-''", "true", "-true", "NULL", "-'9223372036854775808'",
    "-9223372036854775808", "9223372036854775808", ".5", "5.", "1e5", "'1.0'", "-'1.0'", "-'-5'", "-'0.0'", "-'+3'",
    "-(5)", "+'x'", "-'12e'", "- - 5", "-+5.50", "-'0x10'", "-x'00'",
]  # fmt: skip


def rows(execute, error, default, kind):
    execute("CREATE TABLE t(a)")
    execute("INSERT INTO t VALUES (1)")
    try:
        execute(f"ALTER TABLE t ADD COLUMN b {kind} DEFAULT {default}")
    except error as refused:
        return str(refused)
    execute("INSERT INTO t(a) VALUES (2)")
    return list(execute("SELECT typeof(b), quote(b) FROM t"))


@pytest.mark.parametrize("kind", ["", "INT", "TEXT", "REAL", "NUMERIC", "BLOB"])
@pytest.mark.parametrize("default", DEFAULTS)
def test_default(default, kind):
    theirs = rows(apsw.Connection(":memory:").execute, apsw.SQLError, default, kind)
    assert rows(pumice.connect(":memory:").execute, pumice.Error, default, kind) == theirs
