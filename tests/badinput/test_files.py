"""Paths that are no database, or one that may not be read or written: connect and the first statements end as with
sqlite3.
"""

import os
import sqlite3

import pytest

import pumice
from tests.badinput.both import content, outcome

STATEMENTS = [
    "SELECT * FROM t",
    "CREATE TABLE made(a)",
    "INSERT INTO t VALUES (2)",
    "PRAGMA user_version",
    "PRAGMA integrity_check",
    "BEGIN IMMEDIATE",
    "COMMIT",
    "PRAGMA journal_mode",
    "PRAGMA user_version = 5",
    "UPDATE t SET a = 7",
    "DROP TABLE t",
]


def use(module, path, **options):
    """The outcome of connect, or of each statement."""
    connection = outcome(lambda: module.connect(path, isolation_level=None, timeout=0, **options))
    if isinstance(connection, tuple):
        return connection
    try:
        return [outcome(lambda s=sql: connection.execute(s).fetchall()) for sql in STATEMENTS]
    finally:
        connection.close()


def both(folder, make, path=lambda folder: folder / "x.db", after=lambda folder: None, **options):
    """`make(folder)` prepares a folder for each engine; returns what both did."""
    results = []
    for module in (pumice, sqlite3):
        own = folder / module.__name__
        own.mkdir()
        make(own)
        results.append((use(module, path(own), **options), after(own)))
        assert results[-1][1] == after(own)
    mine, theirs = results
    # A path in a message is each engine's own.
    assert mine == theirs
    return mine


def database(path):
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
    connection.close()


def bytes_of(folder):
    return (folder / "x.db").read_bytes()


CONTENTS = {
    "text": b"This is no database, but it is long enough to have a header, "
    b"whatever that would be worth to anyone who reads it here.\n"
    * 20,
    "short text": b"hello",
    "header alone": b"SQLite format 3\0",
    "header of another format": b"SQLite format 2\0" + bytes(2000),
    "zeroes": bytes(4096),
    "99 zeroes": bytes(99),
    "ones": b"\xff" * 4096,
}


@pytest.mark.parametrize("name", CONTENTS)
def test_not_a_database(tmp_path, name):
    """Refused, and left as it is."""
    both(
        tmp_path,
        lambda folder: (folder / "x.db").write_bytes(CONTENTS[name]),
        after=bytes_of if name in ("text", "short text", "ones") else lambda folder: None,
    )


@pytest.mark.parametrize("size", [0, 1])
def test_empty_file(tmp_path, size):
    """A database without tables; a single byte counts as none."""
    both(tmp_path, lambda folder: (folder / "x.db").write_bytes(bytes(size)))


def test_directory(tmp_path):
    both(tmp_path, lambda folder: (folder / "x.db").mkdir())


def test_missing_parent(tmp_path):
    both(tmp_path, lambda folder: None, lambda folder: folder / "no" / "x.db")
    assert not (tmp_path / "pumice" / "no").exists()


def test_parent_is_a_file(tmp_path):
    both(tmp_path, lambda folder: (folder / "file").write_bytes(b"x"), lambda folder: folder / "file" / "x.db")


def test_name_too_long(tmp_path):
    both(tmp_path, lambda folder: None, lambda folder: folder / ("x" * 300))


def test_symlink_to_nothing_and_to_itself(tmp_path):
    for name, target in (("a", "no/y.db"), ("b", "x.db")):
        (tmp_path / name).mkdir()
        both(tmp_path / name, lambda folder, to=target: (folder / "x.db").symlink_to(folder / to))


@pytest.mark.parametrize("path", [5, None, 1.5, [], "a\0b", b"a\0b", "\ud800x/y"], ids=ascii)
def test_path_of_a_wrong_kind(path):
    results = [outcome(lambda m=module: m.connect(path)) for module in (pumice, sqlite3)]
    assert results[0][0] == results[1][0]


@pytest.mark.parametrize(
    "uri",
    ["?mode=ro", "?mode=rw", "?mode=rwc", "?mode=nosuch", "?mode=memory", "?cache=nosuch", "?vfs=nosuch", "?mode"],
)
@pytest.mark.parametrize("exists", [True, False])
def test_uri(tmp_path, uri, exists):
    both(
        tmp_path,
        lambda folder: exists and database(folder / "x.db"),
        lambda folder: f"file:{folder / 'x.db'}{uri}",
        uri=True,
    )


def test_journal_of_nothing(tmp_path):
    """A journal that is garbage, empty, or cut off is no reason to touch the file."""
    for n, journal in enumerate(
        (
            b"",
            b"garbage" * 100,
            bytes(512),
            b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7",
            b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\xff" * 504,
        )
    ):

        def make(folder, journal=journal):
            database(folder / "x.db")
            (folder / "x.db-journal").write_bytes(journal)

        (tmp_path / str(n)).mkdir()
        both(tmp_path / str(n), make)


ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")


@ROOT
@pytest.mark.parametrize("mode", [0o000, 0o200, 0o400, 0o444])
def test_file_permissions(tmp_path, mode):
    def make(folder):
        database(folder / "x.db")
        (folder / "x.db").chmod(mode)

    both(tmp_path, make)


@ROOT
@pytest.mark.parametrize("mode", [0o000, 0o500, 0o300])
def test_directory_permissions(tmp_path, mode):
    def make(folder):
        (folder / "d").mkdir()
        database(folder / "d" / "x.db")
        (folder / "d").chmod(mode)

    try:
        both(tmp_path, make, lambda folder: folder / "d" / "x.db")
    finally:
        for module in (pumice, sqlite3):
            (tmp_path / module.__name__ / "d").chmod(0o700)


def test_read_only_connection_of_a_sound_file(tmp_path):
    mine, _ = both(
        tmp_path, lambda folder: database(folder / "x.db"), lambda folder: f"file:{folder / 'x.db'}?mode=ro", uri=True
    )
    assert mine[0] == [(1,)] and mine[2][1:] == (8, "SQLITE_READONLY", "attempt to write a readonly database")
    assert content(tmp_path / "pumice" / "x.db")[1] == [(1,)]
