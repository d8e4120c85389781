"""CREATE TABLE and CREATE INDEX definitions checked and turned into Table and Index objects.

Used by loader.py for stored schemas and by DDL for new ones. Automatic indexes are numbered as SQLite numbers them: in
the order the constraints are written, one per distinct column list.
Expressions (CHECK, generated columns, index expressions) are kept as AST; binder/table_row.py checks the names in them.
"""

from __future__ import annotations

from collections.abc import Callable

from pumice import errors
from pumice.catalog.objects import Check, Column, Index, IndexColumn, Table
from pumice.node import descendants, fresh, record
from pumice.sql import ast
from pumice.sql.parser.core import MAX_COLUMNS
from pumice.sql.tokenizer import dequote
from pumice.values import AFF_BLOB, AFF_INTEGER, AFF_REAL, AFF_TEXT, affinity_of_type

_STRICT_TYPES = {"ANY": AFF_BLOB, "BLOB": AFF_BLOB, "INT": AFF_INTEGER, "INTEGER": AFF_INTEGER, "REAL": AFF_REAL,
                 "TEXT": AFF_TEXT}

_VARIABLE = (ast.Param, ast.Subquery, ast.Exists, ast.InSelect, ast.InTable, ast.Raise)

CollationExists = Callable[[str], bool] | None


@record
class TableDefinition:
    """A table from its CREATE TABLE, and the automatic indexes it needs, in the order SQLite creates them (their `root`
    is 0). `table.indexes` holds the same Index objects, newest first."""

    table: Table
    auto_indexes: list[Index] = fresh(list)


@record
class _Unique:
    """A PRIMARY KEY or UNIQUE constraint that needs an index."""

    columns: list[IndexColumn]
    conflict: str | None
    origin: str
    name: str


def table_from_ast(create: ast.CreateTable, schema: str = "main", db: int = 0, root: int = 0, sql: str | None = None,
                   collation_exists: CollationExists = None) -> TableDefinition:
    """Raises: what SQLite says of a CREATE TABLE that contradicts itself."""
    return _TableBuilder(create, schema, db, root, sql, collation_exists).build()


def check_column(table: str, definition: ast.ColumnDef, collation_exists: CollationExists) -> None:
    """Raises: what SQLite says, while it reads ALTER TABLE `table` ADD COLUMN, of a column that contradicts itself."""
    create = ast.CreateTable(table, columns=(definition,))
    _TableBuilder(create, "", 0, 0, None, collation_exists).add_columns()


class _TableBuilder:
    def __init__(self, create: ast.CreateTable, schema: str, db: int, root: int, sql: str | None,
                 collation_exists: CollationExists) -> None:
        self.create = create
        self.name = create.name
        self.collation_exists = collation_exists
        self.columns: list[Column] = []
        self.positions: dict[str, int] = {}
        self.uniques: list[_Unique] = []
        self.checks: list[Check] = []
        self.foreign_keys: list[ast.ForeignKey] = []
        self.has_primary_key = False
        self.primary_desc = False
        self.table = Table(create.name, schema, db, root, (), sql, without_rowid=create.without_rowid,
                           strict=create.strict)

    def build(self) -> TableDefinition:
        self.add_columns()
        for constraint in self.create.constraints:
            self._add_constraint(constraint)
        table = self.table
        table.columns = tuple(self.columns)
        table.checks = tuple(self.checks)
        table.foreign_keys = tuple(self.foreign_keys)
        if table.strict:
            self._check_strict()
        if all(c.generated is not None for c in self.columns):
            raise errors.sql_error("must have at least one non-generated column")
        if table.without_rowid:
            self._make_without_rowid()
        virtual = {i for i, c in enumerate(self.columns) if c.generated is not None and not c.stored}
        key_first = [k.column for k in table.primary_key]
        rest = [i for i in range(len(self.columns)) if i not in key_first and i not in virtual]
        table.storage_order = tuple(key_first + rest)
        made = [self._index(unique) for unique in self.uniques]
        indexes = [index for index in made if not (table.without_rowid and index.origin == "pk")]
        table.indexes = in_walk_order(list(reversed(indexes)))
        table.key_index = next((index for index in made if index not in indexes), None)
        return TableDefinition(table, indexes)

    # ---- columns

    def add_columns(self) -> None:
        for definition in self.create.columns:
            self._add_column(definition)

    def _add_column(self, definition: ast.ColumnDef) -> None:
        key = definition.name.lower()
        if key in self.positions:
            raise errors.sql_error(f"duplicate column name: {definition.name}", definition.pos)
        if len(self.columns) >= MAX_COLUMNS:
            raise errors.sql_error(f"too many columns on {self.name}", definition.pos)
        at = len(self.columns)
        column = Column(definition.name, definition.type_name, affinity_of_type(definition.type_name))
        self.columns.append(column)
        self.positions[key] = at
        if not definition.constraints:
            return
        first_unique = len(self.uniques)
        for constraint in definition.constraints:
            self._add_column_constraint(at, column, constraint)
        for unique in self.uniques[first_unique:]:      # COLLATE may come after UNIQUE
            unique.columns[0].collation = column.collation

    def _add_column_constraint(self, at: int, column: Column, constraint: ast.ColumnConstraint) -> None:
        kind = type(constraint)
        if kind is ast.NotNullColumn:
            if not constraint.is_null:
                column.not_null = constraint.conflict or "abort"
        elif kind is ast.PrimaryKeyColumn:
            self._claim_primary_key(constraint.pos)
            self._primary_key([(at, None, bool(constraint.desc))], constraint.conflict, constraint.autoincrement,
                              bool(constraint.desc), constraint.pos)
        elif kind is ast.UniqueColumn:
            self._unique([IndexColumn(at, None, column.collation, False)], constraint.conflict, "u")
        elif kind is ast.DefaultColumn:
            self._default(column, constraint)
        elif kind is ast.CheckColumn:
            self.checks.append(_check(constraint))
        elif kind is ast.CollateColumn:
            self._check_collation(constraint.collation, constraint.pos)
            column.collation = constraint.collation.upper()
        elif kind is ast.GeneratedColumn:
            if column.default is not None or column.generated is not None:
                raise errors.sql_error(f'error in generated column "{column.name}"', constraint.pos)
            if column.primary_key:
                raise errors.sql_error("generated columns cannot be part of the PRIMARY KEY", constraint.pos)
            column.generated = constraint.expr
            column.stored = constraint.stored
        elif kind is ast.References:
            if len(constraint.columns) > 1:
                raise errors.sql_error(f"foreign key on {column.name} should reference only one column of table "
                                       f"{constraint.table}",
                                       constraint.pos)
            self.foreign_keys.append(ast.ForeignKey((column.name,), constraint, constraint.name, constraint.pos))

    def _default(self, column: Column, constraint: ast.DefaultColumn) -> None:
        if not is_constant(constraint.expr, constraint.paren):
            raise errors.sql_error(f"default value of column [{column.name}] is not constant", constraint.pos)
        if column.generated is not None:
            raise errors.sql_error("cannot use DEFAULT on a generated column", constraint.pos)
        column.default = constraint.expr
        column.default_text = constraint.text

    def _check_collation(self, name: str, pos: int) -> None:
        if self.collation_exists is not None and not self.collation_exists(name):
            raise errors.missing_collation(name, pos)

    # ---- keys

    def _claim_primary_key(self, pos: int) -> None:
        if self.has_primary_key:
            raise errors.sql_error(f'table "{self.name}" has more than one primary key', pos)
        self.has_primary_key = True

    def _primary_key(self, terms: list[tuple[int, str | None, bool]], conflict: str | None, autoincrement: bool,
                     column_desc: bool, pos: int) -> None:
        """`terms`: (column, collation or None, desc). `column_desc`: DESC on a column's own PRIMARY KEY, which stops an
        INTEGER one from being the rowid (a quirk of SQLite; DESC in a table constraint does not)."""
        table = self.table
        for n, (at, _, _) in enumerate(terms, 1):
            column = self.columns[at]
            if column.generated is not None:
                raise errors.sql_error("generated columns cannot be part of the PRIMARY KEY", pos)
            if column.primary_key == 0:
                column.primary_key = n
        at = terms[0][0]
        if len(terms) == 1 and (self.columns[at].type_name or "").upper() == "INTEGER" and not column_desc:
            table.rowid_alias = at
            table.rowid_conflict = conflict
            table.autoincrement = autoincrement
            self.primary_desc = terms[0][2]
        elif autoincrement:
            raise errors.sql_error("AUTOINCREMENT is only allowed on an INTEGER PRIMARY KEY", pos)
        else:
            key = [IndexColumn(i, None, (collation or self.columns[i].collation).upper(), desc)
                   for i, collation, desc in terms]
            self._unique(key, conflict, "pk")

    def _unique(self, columns: list[IndexColumn], conflict: str | None, origin: str) -> None:
        """A constraint that needs an index, unless an earlier one has the same columns and collations."""
        for known in self.uniques:
            if [(c.column, c.collation) for c in known.columns] == [(c.column, c.collation) for c in columns]:
                if known.conflict != conflict:
                    if known.conflict is not None and conflict is not None:
                        raise errors.sql_error("conflicting ON CONFLICT clauses specified")
                    known.conflict = known.conflict or conflict
                if origin == "pk":
                    known.origin = origin
                return
        name = f"sqlite_autoindex_{self.name}_{len(self.uniques) + 1}"
        self.uniques.append(_Unique(columns, conflict, origin, name))

    def _add_constraint(self, constraint: ast.TableConstraint) -> None:
        kind = type(constraint)
        if kind is ast.PrimaryKeyTable:
            self._claim_primary_key(constraint.pos)
            _check_width(constraint.columns)
            terms = [self._key_column(term) for term in constraint.columns]
            self._primary_key(terms, constraint.conflict, constraint.autoincrement, False, constraint.pos)
        elif kind is ast.UniqueTable:
            _check_width(constraint.columns)
            columns = []
            for term in constraint.columns:
                at, collation, desc = self._key_column(term)
                columns.append(IndexColumn(at, None, (collation or self.columns[at].collation).upper(), desc))
            self._unique(columns, constraint.conflict, "u")
        elif kind is ast.CheckTable:
            self.checks.append(_check(constraint))
        elif kind is ast.ForeignKey:
            if constraint.references.columns and len(constraint.references.columns) != len(constraint.columns):
                raise errors.sql_error("number of columns in foreign key does not match the number of columns "
                                       "in the referenced table",
                                       constraint.pos)
            for name in constraint.columns:
                if name.lower() not in self.positions:
                    raise errors.sql_error(f'unknown column "{name}" in foreign key definition', constraint.pos)
            self.foreign_keys.append(constraint)

    def _key_column(self, term: ast.IndexedColumn) -> tuple[int, str | None, bool]:
        expr, collation = split_collation(term.expr)
        if collation is not None:
            self._check_collation(collation, term.pos)
        name = column_name(expr)
        if name is None:
            raise errors.sql_error("expressions prohibited in PRIMARY KEY and UNIQUE constraints", term.pos)
        at = self.positions.get(name.lower())
        if at is None:
            raise errors.sql_error(f"no such column: {name}", term.pos)
        return at, collation, bool(term.desc)

    # ---- the end of the statement

    def _check_strict(self) -> None:
        for at, column in enumerate(self.columns):
            if column.type_name is None:
                raise errors.sql_error(f"missing datatype for {self.name}.{column.name}")
            affinity = _STRICT_TYPES.get(column.type_name.upper())
            if affinity is None:
                raise errors.sql_error(f'unknown datatype for {self.name}.{column.name}: "{column.type_name}"')
            column.affinity = affinity
            if column.primary_key and at != self.table.rowid_alias and column.not_null is None:
                column.not_null = "abort"

    def _make_without_rowid(self) -> None:
        table = self.table
        if table.autoincrement:
            raise errors.sql_error("AUTOINCREMENT not allowed on WITHOUT ROWID tables")
        if not self.has_primary_key:
            raise errors.sql_error(f"PRIMARY KEY missing on table {self.name}")
        if table.rowid_alias >= 0:
            at = table.rowid_alias
            table.rowid_alias = -1
            self._unique([IndexColumn(at, None, self.columns[at].collation, self.primary_desc)], table.rowid_conflict,
                         "pk")
        key: list[IndexColumn] = []
        primary = next(u for u in self.uniques if u.origin == "pk")
        for term in primary.columns:
            if not any(k.column == term.column and k.collation == term.collation for k in key):
                key.append(term)
        table.rowid_conflict = primary.conflict
        for term in key:
            column = self.columns[term.column]
            if column.not_null is None:
                column.not_null = "abort"
        table.primary_key = tuple(key)

    def _index(self, unique: _Unique) -> Index:
        columns = tuple(unique.columns)
        # Of an automatic index the suffix ascends even where the key descends: an old error that SQLite keeps for the
        # sake of existing files.
        suffix = tuple([IndexColumn(c.column, c.expr, c.collation, False) for c in index_suffix(self.table, columns)])
        return Index(unique.name, self.name, 0, columns, suffix, True, unique.origin, conflict=unique.conflict)


def _check_width(terms: tuple[ast.IndexedColumn, ...]) -> None:
    if len(terms) > MAX_COLUMNS:
        raise errors.sql_error("too many columns in index")


def _check(constraint: ast.CheckColumn | ast.CheckTable) -> Check:
    """Without a name it is called by its text, which SQLite takes for a quoted name where it begins with a quote:
    `'b' <> a` for b."""
    return Check(constraint.expr, dequote(constraint.text) if constraint.name is None else constraint.name)


def in_walk_order(newest_first: list[Index]) -> list[Index]:
    """SQLite keeps a table's indexes newest first, those with ON CONFLICT REPLACE at the end."""
    return [i for i in newest_first if i.conflict != "replace"] + [i for i in newest_first if i.conflict == "replace"]


def walk_with_key(table: Table) -> list[Index]:
    """The table's indexes as SQLite walks them, a WITHOUT ROWID table's key in its place: by the number in its name."""
    if table.key_index is None:
        return table.indexes
    created = [index for index in table.indexes if index.origin == "c"]
    automatic = [table.key_index, *(index for index in table.indexes if index.origin != "c")]
    return in_walk_order([*created, *sorted(automatic, key=lambda index: -int(index.name.rpartition("_")[2]))])


def index_suffix(table: Table, columns: tuple[IndexColumn, ...]) -> tuple[IndexColumn, ...]:
    """WITHOUT ROWID: the primary key columns that the index's own columns lack."""
    suffix: list[IndexColumn] = []
    for key in table.primary_key:
        if not any(c.column == key.column and c.collation == key.collation for c in (*columns, *suffix)):
            suffix.append(key)
    return tuple(suffix)


def index_from_ast(create: ast.CreateIndex, table: Table, root: int = 0, sql: str | None = None,
                   collation_exists: CollationExists = None, quoted_strings: bool = True) -> Index:
    """`quoted_strings`: "x" is a string where it is no column.

    Raises: too many, unknown columns and collations. Names inside expressions are for binder/table_row.check_index.
    """
    _check_width(create.columns)
    positions = {column.name.lower(): i for i, column in enumerate(table.columns)}
    columns = []
    for term in create.columns:
        expr, collation = split_collation(term.expr)
        if collation is not None and collation_exists is not None and not collation_exists(collation):
            raise errors.missing_collation(collation, term.pos)
        name = column_name(expr)
        at = -2
        if name is not None:
            at = positions.get(name.lower(), -2)
            if at < 0 and not (type(expr) is ast.Name and expr.quoted == '"'):
                raise errors.sql_error(f"no such column: {name}", term.pos)
            if at < 0:
                if not quoted_strings:
                    raise errors.not_a_string(name, term.pos)
                expr = ast.Literal(name, expr.pos)
        if at >= 0:
            columns.append(IndexColumn(at, None, (collation or table.columns[at].collation).upper(), bool(term.desc)))
        else:
            columns.append(IndexColumn(-2, expr, (collation or "BINARY").upper(), bool(term.desc)))
    made = tuple(columns)
    return Index(create.name, table.name, root, made, index_suffix(table, made), create.unique, "c", create.where, sql)


def ignore_desc(index: Index) -> None:
    """The index as files of a schema format before 4 keep it: in ascending order, whatever DESC says."""
    for column in index.columns:
        column.desc = False


def split_collation(expr: ast.Expr) -> tuple[ast.Expr, str | None]:
    """`expr` without COLLATE operators around it, and the outer-most collation."""
    collation = None
    while type(expr) is ast.Collate:
        collation = collation or expr.collation
        expr = expr.operand
    return expr, collation


def column_name(expr: ast.Expr) -> str | None:
    """The column that an index or key term names; a string literal counts as a name."""
    if type(expr) is ast.Name and expr.table is None:
        return expr.column
    if type(expr) is ast.Literal and isinstance(expr.value, str):
        return expr.value
    return None


def is_constant(expr: ast.Expr, paren: bool) -> bool:
    """Whether a DEFAULT value is constant: no column, parameter or subquery. A lone name without parentheses is a
    string (or TRUE, FALSE)."""
    if type(expr) is ast.Name and not paren:
        return expr.table is None
    return not any(type(n) in _VARIABLE or (type(n) is ast.Name and not _is_truth(n)) for n in descendants(expr))


def _is_truth(name: ast.Name) -> bool:
    return name.table is None and not name.quoted and name.column.lower() in ("true", "false")
