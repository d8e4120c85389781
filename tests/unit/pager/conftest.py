"""A database made by the stdlib's sqlite3, and SQLite in a second process that does what it is told."""

import sqlite3
import subprocess
import sys

import pytest

# Reads Python statements, one a line; answers "ok <repr of the variable r>" or "error <text>".
_PROGRAM = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
scope = {"c": c, "sqlite3": sqlite3}
for line in sys.stdin:
    scope["r"] = None
    try:
        exec(line, scope)
        print("ok", repr(scope["r"]), flush=True)
    except Exception as e:
        print("error", e, flush=True)
"""


class Other:
    """SQLite in another process, with one connection `c` to the database."""

    def __init__(self, path):
        self.process = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(path)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def run(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def sql(self, text):
        return self.run(f"r = c.execute({text!r}).fetchall()")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def db(tmp_path):
    """200 rows over a good dozen pages, a few of them free."""
    path = tmp_path / "t.db"
    with sqlite3.connect(path) as c:
        c.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")
        c.executemany("INSERT INTO t VALUES(?, ?)", [(i, "x" * 300) for i in range(200)])
        c.commit()
        c.execute("DELETE FROM t WHERE a >= 150")
    c.close()
    return path


@pytest.fixture
def other(db):
    process = Other(db)
    yield process
    process.kill()


@pytest.fixture
def other_at():
    started = []

    def start(path):
        started.append(Other(path))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def integrity():
    def check(path):
        c = sqlite3.connect(path)
        try:
            return c.execute("PRAGMA integrity_check").fetchall()[0][0]
        finally:
            c.close()
    return check
