"""Pumice: an embedded SQL database engine that reads and writes SQLite's file format and stands in for `sqlite3`.

One SELECT's way through the packages:

    dbapi/     Cursor.execute(sql, parameters) takes the connection's lock
    engine/    Session.prepare: the statement cache, else
    sql/         the text becomes tokens and an AST
    binder/      names become column ids, affinity and collation become explicit: a logical plan
    plan/        rules rewrite it, costs choose access paths and join order: a physical plan
    exec/        operators are built from it and hand batches of rows to each other
    storage/     B-tree cursors read pages through the pager, which reads the file
    dbapi/     rows become Python tuples

Public names are those of the sqlite3 module.
"""

from pumice.dbapi.adapters import (
    PARSE_COLNAMES,
    PARSE_DECLTYPES,
    Binary,
    Date,
    DateFromTicks,
    PrepareProtocol,
    Time,
    TimeFromTicks,
    Timestamp,
    TimestampFromTicks,
    adapt,
    adapters,
    converters,
    register_adapter,
    register_converter,
)
from pumice.dbapi.connection import Connection, connect
from pumice.dbapi.cursor import Cursor
from pumice.dbapi.row import Row
from pumice.errors import (
    CODES,
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,
)
from pumice.functions.user import enable_callback_tracebacks
from pumice.sql.parser import complete_statement

apilevel = "2.0"
paramstyle = "qmark"
threadsafety = 3
__version__ = "0.1.0"
# Of the sqlite3 module that is stood in for.
version = "2.6.0"
version_info = (2, 6, 0)
# The SQLite release whose behaviour is followed.
sqlite_version = "3.54.0"
sqlite_version_info = (3, 54, 0)

# SQLITE_OK, SQLITE_BUSY, SQLITE_CONSTRAINT_UNIQUE ...
globals().update(CODES)

__all__ = [
    "PARSE_COLNAMES", "PARSE_DECLTYPES", "Binary", "Connection", "Cursor", "DataError", "DatabaseError", "Date",
    "DateFromTicks", "Error", "IntegrityError", "InterfaceError", "InternalError", "NotSupportedError",
    "OperationalError", "PrepareProtocol", "ProgrammingError",
    "Row", "Time", "TimeFromTicks", "Timestamp", "TimestampFromTicks", "Warning", "adapt", "adapters", "apilevel",
    "complete_statement", "connect", "converters", "enable_callback_tracebacks", "paramstyle", "register_adapter",
    "register_converter", "sqlite_version", "sqlite_version_info", "threadsafety",
    "version", "version_info", *CODES,
]


def __getattr__(name: str) -> object:
    if name == "OptimizedUnicode":
        import warnings

        warnings.warn("OptimizedUnicode is deprecated; use str", DeprecationWarning, stacklevel=2)
        return str
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
