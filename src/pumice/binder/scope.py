"""Scopes: the names visible at a point of a query, and their resolution to bound columns.

    SELECT ... FROM t, (SELECT ... FROM u WHERE u.x = t.y) ...

    Scope(sources=[t, subquery]) <- parent - Scope(sources=[u])     names are searched from the inside out

A Source is one FROM item. A parenthesised join inside FROM is one Source with `entries`: its tables stay visible by
their names. The rules for columns merged by USING and NATURAL, for the rowid, for aliases of result columns and for "x"
as a string follow SQLite's lookupName().
"""

from __future__ import annotations

from pumice import errors
from pumice.catalog.objects import Table
from pumice.plan.logical import expr as bound
from pumice.plan.logical.expr import ColumnMeta
from pumice.values import AFF_INTEGER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.binder.binder import Binder
    from pumice.plan.logical.expr import AggCall, BoundExpr
    from pumice.plan.logical.nodes import Plan
    from pumice.sql import ast

_ROWID_NAMES = frozenset(("rowid", "_rowid_", "oid"))
_SCHEMA_TABLES = frozenset(("sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema"))


class TableNames:
    """What every scan of a table needs, made once per Table: names, positions, and column descriptions (rowid last)."""

    __slots__ = ("names", "positions", "metas", "table_columns", "virtual", "visible")

    def __init__(self, table: Table) -> None:
        self.names = tuple(column.name for column in table.columns)
        self.positions = {column.name.lower(): i for i, column in enumerate(table.columns)}
        self.metas = [
            # The rowid has no collation, whatever its column is declared with.
            ColumnMeta(c.name, c.affinity, c.collation if i != table.rowid_alias else None,
                       c.not_null is not None or i == table.rowid_alias, table.name, c.type_name)
            for i, c in enumerate(table.columns)
        ]
        self.table_columns = tuple(range(len(table.columns)))
        if not table.without_rowid:
            self.table_columns += (-1,)
            self.metas.append(ColumnMeta("rowid", AFF_INTEGER, None, True, table.name, "INTEGER"))
        self.virtual = any(c.generated is not None and not c.stored for c in table.columns)
        self.visible = tuple(i for i, c in enumerate(table.columns) if not c.hidden)


_known_tables: dict[Table, TableNames] = {}


def table_names(table: Table) -> TableNames:
    """The cached TableNames of `table`."""
    found = _known_tables.get(table)
    if found is None:
        if len(_known_tables) > 500:        # tables of schemas long gone
            _known_tables.clear()
        found = _known_tables[table] = TableNames(table)
    return found


class Entry:
    """One column of a parenthesised join. `merged`: the USING column itself; `expands`: `*` shows it, as `shown`."""

    __slots__ = ("table", "schema", "name", "shown", "expr", "merged", "expands")

    def __init__(self, table: str | None, schema: str | None, name: str, expr: BoundExpr, merged: bool,
                 expands: bool) -> None:
        self.table = table
        self.schema = schema
        self.name = name
        self.shown = name
        self.expr = expr
        self.merged = merged
        self.expands = expands


class Source:
    """One FROM item: its name, its columns, and how it is joined to the items left of it."""

    __slots__ = ("key", "alias", "schema", "names", "positions", "ids", "table", "rowid", "using", "is_left",
                 "is_right", "entries", "has_alias")

    def __init__(self, alias: str | None, schema: str | None, names: tuple[str, ...], positions: dict[str, int],
                 ids: tuple[int, ...], table: Table | None = None, rowid: int = -1, has_alias: bool = False) -> None:
        self.alias = alias
        self.key = alias.lower() if alias is not None else None
        self.schema = schema
        self.names = names
        self.positions = positions
        self.ids = ids
        self.table = table              # a stored table, else None
        self.rowid = rowid              # id the rowid names stand for, -1 when there is none
        self.has_alias = has_alias
        self.using: frozenset[str] = frozenset()        # lower-case USING columns of the join to the left
        self.is_left = False            # joined by LEFT or FULL
        self.is_right = False           # joined by RIGHT or FULL
        self.entries: list[Entry] | None = None

    def ref(self, position: int) -> BoundExpr:
        if self.entries is not None:
            return self.entries[position].expr
        return bound.Column(self.ids[position])

    def is_named(self, table: str, schema: str | None) -> bool:
        """Whether `[schema.]table` (lower case) names this item."""
        if schema is not None and (self.schema is None or self.schema.lower() != schema):
            return False
        if self.key == table:
            return True
        # The schema table answers to each of its names.
        return not self.has_alias and self.table is not None and self.table.root == 1 and table in _SCHEMA_TABLES and (
            "temp" not in table or self.table.db == 1)


class Scope:
    """Names visible in one SELECT (or in a lone expression), and what that SELECT has gathered so far."""

    __slots__ = ("parent", "withs", "sources", "aliases", "results", "allow_aggregates", "aggregates", "pending",
                 "correlated", "prohibit", "phase")

    def __init__(self, parent: Scope | None, withs: WithScope | None) -> None:
        self.parent = parent
        self.withs = withs
        self.sources: list[Source] = []
        self.aliases: dict[str, int] | None = None      # result aliases, once the result columns are bound
        self.results: list = []                         # select.ResultItem
        self.allow_aggregates = False
        self.phase = ""                                 # "where" while WHERE and ON are bound, "order" and "group" for
                                                        # those clauses, "argument" inside of an aggregate
        self.aggregates: list[AggCall] = []
        self.pending: list = []                         # (Join node, ON expression) to bind when all sources are known
        self.correlated = False                         # a name was found in a parent
        self.prohibit: str | None = None                # "CHECK constraints", ...: a lone expression,
                                                        # and what it is for


class Cte:
    """One WITH table. `problem`: the message for a reference to it at this moment, None when references are fine."""

    __slots__ = ("table", "withs", "problem", "key", "plan", "names", "current", "direct")

    def __init__(self, table: ast.CommonTable, withs: WithScope) -> None:
        self.table = table
        self.withs = withs
        self.problem: str | None = None
        self.key = 0
        self.plan: Plan | None = None       # bound once, when it can be shared
        self.names: list[str] = []
        # While the recursive part is bound: key, columns, and the column ids of each reference.
        self.current: tuple[int, list[ColumnMeta], list[tuple[int, ...]]] | None = None
        self.direct: tuple[ast.FromItem, ...] = ()      # and the references in its FROM clauses, the only ones allowed


class WithScope:
    """The tables of a WITH clause; `parent` holds the enclosing ones."""

    __slots__ = ("tables", "parent")

    def __init__(self, clause: ast.With, parent: WithScope | None) -> None:
        self.parent = parent
        self.tables: dict[str, Cte] = {}
        for table in clause.tables:
            key = table.name.lower()
            if key in self.tables:
                raise errors.sql_error(f"duplicate WITH table name: {table.name}", table.pos)
            self.tables[key] = Cte(table, self)


def find_cte(withs: WithScope | None, name: str) -> Cte | None:
    key = name.lower()
    while withs is not None:
        found = withs.tables.get(key)
        if found is not None:
            return found
        withs = withs.parent
    return None


def resolve(b: Binder, name: ast.Name, scope: Scope) -> BoundExpr:
    """The column (or alias, or string) that `name` stands for.

    Raises: no such column, ambiguous column name, and errors of misused aliases.
    """
    column = name.column.lower()
    table = name.table.lower() if name.table is not None else None
    schema = name.schema.lower() if name.schema is not None else None
    level: Scope | None = scope
    while level is not None:
        found = _match(b, level, column, table, schema, name)
        if found is not None:
            if b.reference_log is not None:
                b.reference_log.append(level)
            inner = scope
            while inner is not level:
                inner.correlated = True
                inner = inner.parent        # type: ignore[assignment]
            return found
        level = level.parent
    if table is None:
        if name.quoted == '"':
            if not b.options.quoted_strings:
                raise errors.not_a_string(name.column, name.pos)
            b.quoted_strings.append(name)
            return bound.Const(name.column)
        if not name.quoted and column in ("true", "false"):
            return bound.Const(int(column == "true"))
    raise errors.sql_error(_missing(name), name.pos)


def _missing(name: ast.Name) -> str:
    return "no such column: " + dotted(name)


def dotted(name: ast.Name) -> str:
    return ".".join(part for part in (name.schema, name.table, name.column) if part is not None)


def _match(b: Binder, scope: Scope, column: str, table: str | None, schema: str | None,
           name: ast.Name) -> BoundExpr | None:
    sources = scope.sources
    if len(sources) == 1 and sources[0].entries is None:        # the common case, without the bookkeeping of joins
        source = sources[0]
        if table is None or source.is_named(table, schema if scope.prohibit is None else None):
            position = source.positions.get(column)
            if position is not None:
                return bound.Column(source.ids[position])
            if source.rowid >= 0 and column in _ROWID_NAMES and scope.prohibit not in _NO_ROWID:
                return bound.Column(source.rowid)
    elif sources:
        found = _match_joined(b, sources, column, table, schema, name)
        if found is not None:
            return found
    if scope.aliases is not None and table is None:
        position = scope.aliases.get(column)
        if position is not None:
            return b.alias(scope, position, name)
    return None


_NO_ROWID = ("index expressions", "generated columns")


def _match_joined(b: Binder, sources: list[Source], column: str, table: str | None, schema: str | None,
                  name: ast.Name) -> BoundExpr | None:
    matches: list[BoundExpr] = []       # more than one: all are one column merged by FULL JOINs
    ambiguous = False
    rowids: list[int] = []
    for source in sources:
        for candidate in _candidates(source, column, table, schema):
            if matches:
                if column not in source.using:
                    ambiguous = True
                elif not source.is_right:
                    continue            # INNER or LEFT: the left-most column stands for all
                elif not source.is_left:
                    matches.clear()     # RIGHT: the right-most one
                    ambiguous = False
            matches.append(candidate)
        if not matches and source.rowid >= 0 and (table is None or source.is_named(table, schema)):
            rowids.append(source.rowid)
    if not matches:
        if rowids and column in _ROWID_NAMES:
            if len(rowids) > 1:
                raise errors.sql_error("ambiguous column name: " + dotted(name), name.pos)
            return bound.Column(rowids[0])
        return None
    if ambiguous:
        raise errors.sql_error("ambiguous column name: " + dotted(name), name.pos)
    return matches[0] if len(matches) == 1 else merge(b, matches)


def _candidates(source: Source, column: str, table: str | None, schema: str | None) -> list[BoundExpr]:
    """Columns of one source that fit the name."""
    if source.entries is not None:
        found = []
        for entry in source.entries:
            if entry.name.lower() != column:
                continue
            if (table is not None
                    and (entry.table != table or (schema is not None and (entry.schema or "").lower() != schema))):
                continue
            found.append(entry.expr)
            if entry.merged:
                break
        if found or table is None:
            return found
    if table is not None and not source.is_named(table, schema):
        return []
    position = source.positions.get(column)
    return [] if position is None else [source.ref(position)]


def merge(b: Binder, exprs: list[BoundExpr]) -> BoundExpr:
    """COALESCE over the columns that FULL JOIN ... USING merges; it has the affinity and collation of the first."""
    call = bound.Function(b.functions.lookup("coalesce", len(exprs)), tuple(exprs))
    b.merged[id(call)] = call
    return call
