"""The exception tree: PEP 249's classes, deriving from the standard library's `sqlite3` ones where those can be
imported.

Every exception that stands for an SQLite result code carries `sqlite_errorcode` (the extended code) and
`sqlite_errorname` ("SQLITE_CONSTRAINT_UNIQUE"). An error about SQL text carries `offset`, the character offset of the
offending token, or -1. Existing `except sqlite3.IntegrityError` blocks catch Pumice's errors.
"""

from __future__ import annotations

try:
    # Only the exception classes; the engine itself never uses the module.
    import sqlite3 as _base
except ImportError:  # a Python built without sqlite3
    class _base:  # type: ignore[no-redef]
        class Warning(Exception):
            pass

        class Error(Exception):
            pass

        class InterfaceError(Error):
            pass

        class DatabaseError(Error):
            pass

        class DataError(DatabaseError):
            pass

        class OperationalError(DatabaseError):
            pass

        class IntegrityError(DatabaseError):
            pass

        class InternalError(DatabaseError):
            pass

        class ProgrammingError(DatabaseError):
            pass

        class NotSupportedError(DatabaseError):
            pass


class Warning(_base.Warning):  # noqa: A001
    """Important warnings, as PEP 249 wants it."""


class Error(_base.Error):
    """Base of all errors of this package."""

    offset: int = -1


class InterfaceError(Error, _base.InterfaceError):
    """Misuse of the interface."""


class DatabaseError(Error, _base.DatabaseError):
    """An error of the database."""


class DataError(DatabaseError, _base.DataError):
    """A value out of range, for example a string or blob that is too big."""


class OperationalError(DatabaseError, _base.OperationalError):
    """SQL errors, locks, I/O: what is not under the program's control (and, as in sqlite3, bad SQL)."""


class IntegrityError(DatabaseError, _base.IntegrityError):
    """A constraint violation."""


class InternalError(DatabaseError, _base.InternalError):
    """A broken invariant of the engine."""


class ProgrammingError(DatabaseError, _base.ProgrammingError):
    """A wrong use of the API."""


class NotSupportedError(DatabaseError, _base.NotSupportedError):
    """A feature of SQLite that this version does not have; the message names it."""


# Primary and extended result codes (https://sqlite.org/rescode.html).
CODES = {
    "SQLITE_OK": 0,
    "SQLITE_ERROR": 1, "SQLITE_INTERNAL": 2, "SQLITE_PERM": 3, "SQLITE_ABORT": 4, "SQLITE_BUSY": 5,
    "SQLITE_LOCKED": 6, "SQLITE_NOMEM": 7, "SQLITE_READONLY": 8, "SQLITE_INTERRUPT": 9, "SQLITE_IOERR": 10,
    "SQLITE_CORRUPT": 11, "SQLITE_NOTFOUND": 12, "SQLITE_FULL": 13, "SQLITE_CANTOPEN": 14, "SQLITE_PROTOCOL": 15,
    "SQLITE_EMPTY": 16, "SQLITE_SCHEMA": 17, "SQLITE_TOOBIG": 18, "SQLITE_CONSTRAINT": 19, "SQLITE_MISMATCH": 20,
    "SQLITE_MISUSE": 21, "SQLITE_NOLFS": 22, "SQLITE_AUTH": 23, "SQLITE_FORMAT": 24, "SQLITE_RANGE": 25,
    "SQLITE_NOTADB": 26, "SQLITE_NOTICE": 27, "SQLITE_WARNING": 28, "SQLITE_ROW": 100, "SQLITE_DONE": 101,
    # Extended ones: the primary code is the low byte.
    "SQLITE_OK_LOAD_PERMANENTLY": 256, "SQLITE_OK_SYMLINK": 512, "SQLITE_ERROR_MISSING_COLLSEQ": 257,
    "SQLITE_ERROR_RETRY": 513, "SQLITE_ERROR_SNAPSHOT": 769, "SQLITE_ABORT_ROLLBACK": 516,
    "SQLITE_BUSY_RECOVERY": 261, "SQLITE_BUSY_SNAPSHOT": 517, "SQLITE_BUSY_TIMEOUT": 773,
    "SQLITE_LOCKED_SHAREDCACHE": 262, "SQLITE_LOCKED_VTAB": 518, "SQLITE_READONLY_RECOVERY": 264,
    "SQLITE_READONLY_CANTLOCK": 520, "SQLITE_READONLY_ROLLBACK": 776, "SQLITE_READONLY_DBMOVED": 1032,
    "SQLITE_READONLY_CANTINIT": 1288, "SQLITE_READONLY_DIRECTORY": 1544, "SQLITE_IOERR_READ": 266,
    "SQLITE_IOERR_SHORT_READ": 522, "SQLITE_IOERR_WRITE": 778, "SQLITE_IOERR_FSYNC": 1034,
    "SQLITE_IOERR_DIR_FSYNC": 1290, "SQLITE_IOERR_TRUNCATE": 1546, "SQLITE_IOERR_FSTAT": 1802,
    "SQLITE_IOERR_UNLOCK": 2058, "SQLITE_IOERR_RDLOCK": 2314, "SQLITE_IOERR_DELETE": 2570,
    "SQLITE_IOERR_BLOCKED": 2826, "SQLITE_IOERR_NOMEM": 3082, "SQLITE_IOERR_ACCESS": 3338,
    "SQLITE_IOERR_CHECKRESERVEDLOCK": 3594, "SQLITE_IOERR_LOCK": 3850, "SQLITE_IOERR_CLOSE": 4106,
    "SQLITE_IOERR_DIR_CLOSE": 4362, "SQLITE_IOERR_SHMOPEN": 4618, "SQLITE_IOERR_SHMSIZE": 4874,
    "SQLITE_IOERR_SHMLOCK": 5130, "SQLITE_IOERR_SHMMAP": 5386, "SQLITE_IOERR_SEEK": 5642,
    "SQLITE_IOERR_DELETE_NOENT": 5898, "SQLITE_IOERR_MMAP": 6154, "SQLITE_IOERR_GETTEMPPATH": 6410,
    "SQLITE_IOERR_CONVPATH": 6666, "SQLITE_IOERR_VNODE": 6922, "SQLITE_IOERR_AUTH": 7178,
    "SQLITE_IOERR_BEGIN_ATOMIC": 7434, "SQLITE_IOERR_COMMIT_ATOMIC": 7690, "SQLITE_IOERR_ROLLBACK_ATOMIC": 7946,
    "SQLITE_IOERR_DATA": 8202, "SQLITE_IOERR_CORRUPTFS": 8458, "SQLITE_CORRUPT_VTAB": 267,
    "SQLITE_CORRUPT_SEQUENCE": 523, "SQLITE_CORRUPT_INDEX": 779, "SQLITE_CANTOPEN_NOTEMPDIR": 270,
    "SQLITE_CANTOPEN_ISDIR": 526, "SQLITE_CANTOPEN_FULLPATH": 782, "SQLITE_CANTOPEN_CONVPATH": 1038,
    "SQLITE_CANTOPEN_DIRTYWAL": 1294, "SQLITE_CANTOPEN_SYMLINK": 1550, "SQLITE_CONSTRAINT_CHECK": 275,
    "SQLITE_CONSTRAINT_COMMITHOOK": 531, "SQLITE_CONSTRAINT_FOREIGNKEY": 787, "SQLITE_CONSTRAINT_FUNCTION": 1043,
    "SQLITE_CONSTRAINT_NOTNULL": 1299, "SQLITE_CONSTRAINT_PRIMARYKEY": 1555, "SQLITE_CONSTRAINT_TRIGGER": 1811,
    "SQLITE_CONSTRAINT_UNIQUE": 2067, "SQLITE_CONSTRAINT_VTAB": 2323, "SQLITE_CONSTRAINT_ROWID": 2579,
    "SQLITE_CONSTRAINT_PINNED": 2835, "SQLITE_CONSTRAINT_DATATYPE": 3091, "SQLITE_AUTH_USER": 279,
    "SQLITE_NOTICE_RECOVER_WAL": 283, "SQLITE_NOTICE_RECOVER_ROLLBACK": 539, "SQLITE_WARNING_AUTOINDEX": 284,
}

_CLASS_OF_PRIMARY = {
    2: InternalError, 12: InternalError, 7: MemoryError, 11: DatabaseError, 18: DataError, 19: IntegrityError,
    20: IntegrityError, 21: InterfaceError, 25: InterfaceError, 26: DatabaseError, 23: DatabaseError, 24: DatabaseError,
}


def make(name: str, message: str, offset: int = -1) -> Exception:
    """The exception for the result code called `name`, of the class that sqlite3 raises for it."""
    code = CODES[name]
    cls = _CLASS_OF_PRIMARY.get(code & 0xFF, OperationalError)
    error = cls(message)
    if cls is not MemoryError:
        error.sqlite_errorcode = code
        error.sqlite_errorname = name
        error.offset = offset
    return error


def sql_error(message: str, offset: int = -1) -> OperationalError:
    """SQLITE_ERROR: anything wrong with the SQL or its use of the schema."""
    return make("SQLITE_ERROR", message, offset)  # type: ignore[return-value]


def not_a_string(name: str, offset: int = -1) -> OperationalError:
    """Of a name in double quotes that is no column, where it may not stand for a string."""
    return sql_error(f'no such column: "{name}" - should this be a string literal in single-quotes?', offset)


def missing_collation(name: str, offset: int = -1) -> OperationalError:
    return make("SQLITE_ERROR_MISSING_COLLSEQ",  # type: ignore[return-value]
                f"no such collation sequence: {name}", offset)


def corrupt(where: str = "", pgno: int = 0, name: str = "SQLITE_CORRUPT") -> DatabaseError:
    """SQLITE_CORRUPT, or the extended code `name`. `where` and `pgno` say what was wrong; they go into `__notes__`,
    the message is SQLite's.
    """
    error = make(name, "database disk image is malformed")
    if where or pgno:
        error.add_note(f"page {pgno}: {where}")
    return error  # type: ignore[return-value]


def not_supported(feature: str, offset: int = -1) -> NotSupportedError:
    """A feature that COMPAT.md lists as missing."""
    error = NotSupportedError(f"not supported: {feature}")
    error.sqlite_errorcode = 1
    error.sqlite_errorname = "SQLITE_ERROR"
    error.offset = offset
    return error
