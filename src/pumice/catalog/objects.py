"""Schema objects: tables, columns, indexes, views, triggers, and the schemas of a connection's databases.

Loaded from the schema table by loader.py (which parses each `sql` text) and never changed afterwards: connections share
them. DDL writes the schema table and loads again.
"""

from __future__ import annotations

from pumice.node import fresh, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.sql import ast


@record
class Column:
    name: str
    type_name: str | None            # declared type as written, None if absent
    affinity: int                    # values.AFF_*
    collation: str = "BINARY"        # upper case
    not_null: str | None = None      # conflict action ("abort" when none is written) if NOT NULL, else None
    default: ast.Expr | None = None
    default_text: str | None = None
    primary_key: int = 0             # 1-based position in the PRIMARY KEY, 0 if not part
    generated: ast.Expr | None = None
    stored: bool = False             # a STORED generated column
    hidden: bool = False


@record
class IndexColumn:
    column: int                      # position in the table's columns; -1 the rowid; -2 an expression
    expr: ast.Expr | None            # for -2
    collation: str                   # upper case
    desc: bool


ROWID_KEY = IndexColumn(-1, None, "BINARY", False)


@record
class Index:
    name: str
    table: str
    root: int
    columns: tuple[IndexColumn, ...]     # the key columns as declared. The tree's records hold these, then for a rowid
                                         # table the rowid, for a WITHOUT ROWID table the primary key columns that
                                         # are not already there (`suffix`)
    suffix: tuple[IndexColumn, ...]
    unique: bool
    origin: str                          # "c" CREATE INDEX, "u" UNIQUE, "pk" PRIMARY KEY
    where: ast.Expr | None = None
    sql: str | None = None
    conflict: str | None = None          # ON CONFLICT of the constraint that made it
    stat: IndexStat | None = None


@record
class IndexStat:
    """A row of sqlite_stat1: rows in the index, then average rows per distinct prefix of 1, 2, ... columns."""

    n_rows: float
    per_prefix: tuple[float, ...]
    unordered: bool = False
    no_skip_scan: bool = False


@record
class Check:
    expr: ast.Expr
    label: str                           # constraint name, or the source text: "CHECK constraint failed: <label>"


@record
class Table:
    name: str
    schema: str                          # "main", "temp", attached name
    db: int                              # database number
    root: int
    columns: tuple[Column, ...]
    sql: str | None
    rowid_alias: int = -1                # the INTEGER PRIMARY KEY column, or -1
    rowid_conflict: str | None = None    # ON CONFLICT of that primary key
    autoincrement: bool = False
    without_rowid: bool = False
    strict: bool = False
    primary_key: tuple[IndexColumn, ...] = ()   # WITHOUT ROWID: the key of the tree
    storage_order: tuple[int, ...] = ()         # record position -> column position (WITHOUT ROWID stores the key
                                                # first; VIRTUAL columns are absent)
    indexes: list[Index] = fresh(list)      # newest first, as SQLite walks them
    key_index: Index | None = None       # WITHOUT ROWID: the PRIMARY KEY's index, which the table's own tree is
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ast.ForeignKey, ...] = ()
    triggers: list[Trigger] = fresh(list)
    stat_rows: float | None = None       # rows according to sqlite_stat1
    read_only: bool = False              # schema table, eponymous or virtual: "table x may not be modified"


@record
class View:
    name: str
    schema: str
    db: int
    columns: tuple[str, ...] | None
    select: ast.Select
    sql: str
    triggers: list[Trigger] = fresh(list)


@record
class Trigger:
    name: str
    schema: str
    table: str
    definition: ast.CreateTrigger
    sql: str


@record
class Schema:
    """One database's objects. Dictionaries are keyed by lower-case name."""

    name: str
    db: int
    file_format: int = 4                 # header field: before 4, DESC in indexes is written but means nothing
    tables: dict[str, Table] = fresh(dict)
    views: dict[str, View] = fresh(dict)
    indexes: dict[str, Index] = fresh(dict)
    triggers: dict[str, Trigger] = fresh(dict)


class Catalog:
    """The schemas of a connection by database number: 0 main, 1 temp, 2.. attached. Unqualified names look in temp,
    main, attached."""

    def __init__(self, schemas: list[Schema]) -> None:
        self.schemas = schemas

    def search(self, schema: str | None) -> list[Schema]:
        """Schemas to look in, in order; an unknown `schema` gives []."""
        if schema is None:
            rest = self.schemas[2:]
            return [self.schemas[1], self.schemas[0], *rest] if len(self.schemas) > 1 else [self.schemas[0]]
        wanted = schema.lower()
        return [s for s in self.schemas if s.name.lower() == wanted]

    def find(self, name: str, schema: str | None = None) -> Table | View | None:
        key = name.lower()
        for candidate in self.search(schema):
            found = candidate.tables.get(key) or candidate.views.get(key)
            # sqlite_master alone is main's
            if found is None and (schema is not None or candidate.db == 0 or "temp" in key):
                found = candidate.tables.get(_schema_table(key, candidate.db))
            if found is not None:
                return found
        return None

    def find_index(self, name: str, schema: str | None = None) -> tuple[Schema, Index] | None:
        """The index of that name, also when it is the key of a WITHOUT ROWID table."""
        key = name.lower()
        for candidate in self.search(schema):
            if key in candidate.indexes:
                return candidate, candidate.indexes[key]
            for table in candidate.tables.values():
                if table.key_index is not None and table.key_index.name.lower() == key:
                    return candidate, table.key_index
        return None


def record_columns(table: Table, index: Index) -> tuple[IndexColumn, ...]:
    """What the entries of an index tree compare by: the indexed columns, then what makes them unique."""
    return (*index.columns, *(index.suffix if table.without_rowid else (ROWID_KEY,)))


def _schema_table(key: str, db: int) -> str:
    """The one stored name of the schema table for its other spellings, else the key itself."""
    if key in ("sqlite_schema", "sqlite_master") or (db == 1 and key in ("sqlite_temp_schema", "sqlite_temp_master")):
        return "sqlite_temp_master" if db == 1 else "sqlite_master"
    return key
