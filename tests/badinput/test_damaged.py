"""Damaged files: every statement ends in an answer or in SQLite's error for a damaged database; never in another
exception, a crash, a hang or
a wild allocation. Damage and statements are in damage.py and anywhere.py."""

import sqlite3

import pytest

from tests.badinput import damage
from tests.badinput.both import outcome
from tests.badinput.watched import LONG, plain, run

N_RANDOM = 20000 if LONG else 360
N_BATCHES = 2

# What no statement of damage.STATEMENTS could say of a sound file.
OF_DAMAGE = (11, 26, 779)
MESSAGES = ("database disk image is malformed", "file is not a database", "malformed database schema (")


def is_error(result):
    return len(result) == 4


def is_of_damage(result):
    return (
        is_error(result) and result[0] == "DatabaseError" and result[1] in OF_DAMAGE and result[3].startswith(MESSAGES)
    )


def may_follow(result):
    """An error that damaged rows or a damaged schema can lead to: what was read is sound in itself and does not fit."""
    kind, code, _, message = result
    return (
        (kind == "IntegrityError" and code & 0xFF == 19)
        or (kind == "OperationalError" and code == 8)
        or (
            kind == "OperationalError"
            and code in (1, 257)
            and message.startswith(
                (
                    "no such table",
                    "no such column",
                    "no such function",
                    "no such index",
                    "no such collation sequence",
                    "unsupported file format",
                    "table main.sqlite_stat1 has no column",
                    "table big ",
                    "table t ",
                    "table w ",
                    "there is already",
                )
            )
        )
        or (kind == "NotSupportedError" and message == "not supported: writing a database in WAL mode")
    )


# ---- aimed


@pytest.fixture(scope="module")
def aimed(tmp_path_factory):
    """{name: (Pumice's outcomes, sqlite3's)}"""
    mine = run("tests.badinput.damage", tmp_path_factory.mktemp("pumice"))
    theirs = {
        name: plain(outcome(damage.use, sqlite3, path))
        for name, path in damage.targeted(tmp_path_factory.mktemp("sqlite3"))
    }
    assert list(mine) == list(theirs)
    return {name: (mine[name], theirs[name]) for name in mine}


def pairs(aimed):
    for name, (mine, theirs) in aimed.items():
        assert len(mine) == len(theirs) == 1 + len(damage.STATEMENTS), (name, mine[:4], theirs[:4])
        for sql, ours, other in zip(["PRAGMA synchronous", *damage.STATEMENTS], mine, theirs, strict=True):
            yield name, sql, ours, other


def test_nothing_but_answers_and_errors_of_damage(aimed):
    bad = [
        (name, sql, ours)
        for name, sql, ours, other in pairs(aimed)
        if is_error(ours) and ours != other and not is_of_damage(ours) and not may_follow(ours)
    ]
    assert bad == []


def test_the_same_words_where_both_see_it(aimed):
    """After the first change the files may differ: one engine found the damage earlier. So changes are compared by
    the class.
    """
    n_same = 0
    bad = []
    for name, sql, ours, other in pairs(aimed):
        if is_of_damage(ours) and is_of_damage(other):
            n_same += 1
            if name.startswith("schema: cell pointer") and ours[1] == other[1] == 11:
                continue        # what SQLite reads behind the page is left over in its memory, and so is its message
            reads = sql.startswith(("SELECT", "PRAGMA"))
            if ours != other and (reads or ours[3] != other[3] or {ours[1], other[1]} != {11, 779}):
                bad.append((name, sql, ours, other))
    assert bad == []
    assert n_same > 3000


def test_what_sqlite_notices_is_noticed(aimed):
    """If one of SQLite's statements fails, or its integrity_check finds something, so does Pumice's."""
    noticed = 0
    bad = []
    for name, (mine, theirs) in aimed.items():
        if any(is_of_damage(result) or result == ("unsound",) for result in theirs):
            noticed += 1
            if not any(is_error(result) or result == ("unsound",) for result in mine):
                bad.append(name)
    assert bad == []
    assert noticed > 300


def test_reading_what_is_sound(aimed):
    """Statistics are never an error, whatever they hold; nor is what the header says of no consequence."""
    for name, (mine, theirs) in aimed.items():
        if name.startswith("statistics"):
            assert mine == theirs, name


def test_reads_before_any_change(aimed):
    """Where SQLite reads a table without an error, Pumice either finds the damage or as many rows."""
    first_change = 1 + next(n for n, sql in enumerate(damage.STATEMENTS) if sql.startswith("INSERT"))
    bad = []
    for name, (mine, theirs) in aimed.items():
        for sql, ours, other in list(zip(["", *damage.STATEMENTS], mine, theirs, strict=True))[:first_change]:
            if (
                sql.startswith("SELECT")
                and "WHERE" not in sql
                and "JOIN" not in sql
                and not is_error(ours)
                and not is_error(other)
                and ours != other
            ):
                bad.append((name, sql, ours, other))
    assert bad == []


# ---- anywhere


@pytest.mark.parametrize("batch", range(N_BATCHES))
def test_random_damage(tmp_path, batch):
    n = N_RANDOM // N_BATCHES
    found = run("tests.badinput.anywhere", tmp_path, batch * n, n)
    assert len(found) == n
    bad = []
    n_errors = 0
    for name, results in found.items():
        for sql, ours in results:
            n_errors += is_error(ours)
            if is_error(ours) and not is_of_damage(ours) and not may_follow(ours):
                bad.append((name, sql, ours))
    assert bad == []
    assert n_errors > n


def test_damaged_trees(tmp_path):
    n = 18000 if LONG else 300
    found = run("tests.badinput.trees", tmp_path, 0, n)
    assert len(found) == n
    assert [
        (name, result)
        for name, result in found.items()
        if result is not None and not is_of_damage(result) and not may_follow(result)
    ] == []
