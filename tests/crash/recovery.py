"""What SQLite finds in the files that a crash or a failed call left behind."""

import sqlite3

PATH = b"/d/t.db"
JOURNAL = PATH + b"-journal"


def now(vfs):
    """The files as they are."""
    return {path: vfs.content(path) for path in (PATH, JOURNAL) if vfs.content(path) is not None}


def rows_of(files, folder):
    """The table t as SQLite reads it from these files, recovery included."""
    path, journal = folder / "check.db", folder / "check.db-journal"
    path.write_bytes(files[PATH])
    journal.unlink(missing_ok=True)
    if JOURNAL in files:
        journal.write_bytes(files[JOURNAL])
    c = sqlite3.connect(path)
    try:
        assert c.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return dict(c.execute("SELECT * FROM t"))
    finally:
        c.close()
