"""Statement nodes other than Select."""

from __future__ import annotations

from pumice.node import Node, node
from pumice.sql.ast.expr import Expr, OrderTerm
from pumice.sql.ast.select import FromItem, ResultColumn, Select, TableName, With


@node
class IndexedColumn(Node):
    """A term of an index or of a PRIMARY KEY/UNIQUE constraint. COLLATE stands inside `expr`."""

    expr: Expr
    desc: bool | None = None
    pos: int = -1


class ColumnConstraint(Node):
    __slots__ = ()


class TableConstraint(Node):
    __slots__ = ()


class _SourceText(Node):
    """A node whose `text` is how the user wrote its expression: two spellings of one expression are equal nodes."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._compared() == other._compared()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__ if name not in ("text", "pos"))


# `name` is the CONSTRAINT name or None; `conflict` is "rollback", "abort", "fail", "ignore", "replace" or None.
@node
class PrimaryKeyColumn(ColumnConstraint):
    desc: bool | None = None
    conflict: str | None = None
    autoincrement: bool = False
    name: str | None = None
    pos: int = -1


@node
class NotNullColumn(ColumnConstraint):
    """`is_null` is True for an explicit NULL "constraint", which says nothing."""

    conflict: str | None = None
    is_null: bool = False
    name: str | None = None
    pos: int = -1


@node
class UniqueColumn(ColumnConstraint):
    conflict: str | None = None
    name: str | None = None
    pos: int = -1


@node
class CheckColumn(_SourceText, ColumnConstraint):
    """`text`: the source text between the parentheses, named in the error message when there is no constraint name."""

    expr: Expr
    conflict: str | None = None
    name: str | None = None
    text: str = ""
    pos: int = -1


@node
class DefaultColumn(_SourceText, ColumnConstraint):
    """`paren` tells DEFAULT (expr) from DEFAULT literal; `text` is the source text of the value."""

    expr: Expr
    paren: bool = False
    name: str | None = None
    text: str = ""
    pos: int = -1


@node
class CollateColumn(ColumnConstraint):
    collation: str
    name: str | None = None
    pos: int = -1


@node
class GeneratedColumn(ColumnConstraint):
    """`stored`: True STORED, False VIRTUAL (also when nothing is written)."""

    expr: Expr
    stored: bool = False
    always: bool = True
    name: str | None = None
    pos: int = -1


@node
class References(ColumnConstraint):
    """The REFERENCES clause; alone it is a column constraint, inside ForeignKey part of a table constraint.

    `on_delete`, `on_update`: "set null", "set default", "cascade", "restrict", "no action" or None; `deferrable`: True,
    False or None; `initially`: "deferred", "immediate" or None.
    """

    table: str
    columns: tuple[str, ...] = ()
    on_delete: str | None = None
    on_update: str | None = None
    match: str | None = None
    deferrable: bool | None = None
    initially: str | None = None
    name: str | None = None
    pos: int = -1


@node
class PrimaryKeyTable(TableConstraint):
    columns: tuple[IndexedColumn, ...]
    autoincrement: bool = False
    conflict: str | None = None
    name: str | None = None
    pos: int = -1


@node
class UniqueTable(TableConstraint):
    columns: tuple[IndexedColumn, ...]
    conflict: str | None = None
    name: str | None = None
    pos: int = -1


@node
class CheckTable(_SourceText, TableConstraint):
    expr: Expr
    conflict: str | None = None
    name: str | None = None
    text: str = ""
    pos: int = -1


@node
class ForeignKey(TableConstraint):
    columns: tuple[str, ...]
    references: References
    name: str | None = None
    pos: int = -1


@node
class ColumnDef(Node):
    name: str
    type_name: str | None = None
    constraints: tuple[ColumnConstraint, ...] = ()
    pos: int = -1


class Statement(Node):
    __slots__ = ()


@node
class CreateTable(Statement):
    """Either `columns`/`constraints` or `select` (CREATE TABLE AS)."""

    name: str
    schema: str | None = None
    temp: bool = False
    if_not_exists: bool = False
    columns: tuple[ColumnDef, ...] = ()
    constraints: tuple[TableConstraint, ...] = ()
    without_rowid: bool = False
    strict: bool = False
    select: Select | None = None
    pos: int = -1


@node
class CreateIndex(Statement):
    name: str
    table: str
    columns: tuple[IndexedColumn, ...]
    schema: str | None = None
    unique: bool = False
    if_not_exists: bool = False
    where: Expr | None = None
    pos: int = -1


@node
class CreateView(Statement):
    name: str
    select: Select
    schema: str | None = None
    columns: tuple[str, ...] | None = None
    temp: bool = False
    if_not_exists: bool = False
    pos: int = -1


@node
class CreateTrigger(Statement):
    """`time`: "before", "after", "instead of" or None; `event`: "insert", "update", "delete"."""

    name: str
    table: str
    event: str
    body: tuple[Node, ...]
    schema: str | None = None
    time: str | None = None
    of_columns: tuple[str, ...] | None = None
    for_each_row: bool = False
    when: Expr | None = None
    temp: bool = False
    if_not_exists: bool = False
    pos: int = -1


@node
class CreateVirtualTable(Statement):
    """`args`: the module's arguments as source texts."""

    name: str
    module: str
    args: tuple[str, ...] = ()
    schema: str | None = None
    if_not_exists: bool = False
    pos: int = -1


@node
class Drop(Statement):
    """`kind`: "table", "index", "view", "trigger"."""

    kind: str
    name: str
    schema: str | None = None
    if_exists: bool = False
    pos: int = -1


class AlterTable(Statement):
    __slots__ = ()


@node
class RenameTable(AlterTable):
    table: str
    new_name: str
    schema: str | None = None
    pos: int = -1


@node
class RenameColumn(AlterTable):
    table: str
    column: str
    new_name: str
    schema: str | None = None
    pos: int = -1


@node
class AddColumn(AlterTable):
    table: str
    column: ColumnDef
    schema: str | None = None
    pos: int = -1


@node
class DropColumn(AlterTable):
    table: str
    column: str
    schema: str | None = None
    pos: int = -1


@node
class AddConstraint(AlterTable):
    """ADD [CONSTRAINT name] CHECK (...)."""

    table: str
    constraint: CheckTable
    schema: str | None = None
    pos: int = -1


@node
class DropConstraint(AlterTable):
    table: str
    constraint: str
    schema: str | None = None
    pos: int = -1


@node
class SetNotNull(AlterTable):
    """ALTER [COLUMN] column SET NOT NULL, or DROP NOT NULL when `drop`."""

    table: str
    column: str
    drop: bool = False
    conflict: str | None = None
    schema: str | None = None
    pos: int = -1


@node
class Assignment(Node):
    """`a = x`, or `(a, b) = x` with several columns."""

    columns: tuple[str, ...]
    value: Expr
    pos: int = -1


@node
class Upsert(Node):
    """One ON CONFLICT clause. `assignments` is None for DO NOTHING."""

    target: tuple[IndexedColumn, ...] | None = None
    target_where: Expr | None = None
    assignments: tuple[Assignment, ...] | None = None
    where: Expr | None = None
    pos: int = -1


@node
class Insert(Statement):
    """`conflict`: as for constraints; REPLACE INTO is conflict "replace". `select` None means DEFAULT VALUES."""

    table: TableName
    columns: tuple[str, ...] | None = None
    select: Select | None = None
    conflict: str | None = None
    upserts: tuple[Upsert, ...] = ()
    returning: tuple[ResultColumn, ...] = ()
    with_: With | None = None
    pos: int = -1


@node
class Update(Statement):
    table: TableName
    assignments: tuple[Assignment, ...]
    source: FromItem | None = None
    where: Expr | None = None
    conflict: str | None = None
    returning: tuple[ResultColumn, ...] = ()
    with_: With | None = None
    order: tuple[OrderTerm, ...] = ()
    limit: Expr | None = None
    offset: Expr | None = None
    pos: int = -1


@node
class Delete(Statement):
    table: TableName
    where: Expr | None = None
    returning: tuple[ResultColumn, ...] = ()
    with_: With | None = None
    order: tuple[OrderTerm, ...] = ()
    limit: Expr | None = None
    offset: Expr | None = None
    pos: int = -1


@node
class Begin(Statement):
    """`kind`: "deferred", "immediate", "exclusive", "concurrent"."""

    kind: str = "deferred"
    pos: int = -1


@node
class Commit(Statement):
    pos: int = -1


@node
class Rollback(Statement):
    """`savepoint`: the name for ROLLBACK TO."""

    savepoint: str | None = None
    pos: int = -1


@node
class Savepoint(Statement):
    name: str
    pos: int = -1


@node
class Release(Statement):
    name: str
    pos: int = -1


@node
class Attach(Statement):
    file: Expr
    schema: Expr
    key: Expr | None = None
    pos: int = -1


@node
class Detach(Statement):
    schema: Expr
    pos: int = -1


@node
class Pragma(Statement):
    """`PRAGMA [schema.]name`, `= value` or `(value)`. `value` is a number, or a name/string as str,
    with its sign applied."""

    name: str
    schema: str | None = None
    value: None | int | float | str = None
    pos: int = -1


@node
class Vacuum(Statement):
    schema: str | None = None
    into: Expr | None = None
    pos: int = -1


@node
class Analyze(Statement):
    """`ANALYZE`, `ANALYZE schema`, `ANALYZE [schema.]table_or_index`."""

    name: str | None = None
    schema: str | None = None
    pos: int = -1


@node
class Reindex(Statement):
    name: str | None = None
    schema: str | None = None
    pos: int = -1


@node
class Explain(Statement):
    """`mode`: "program" (EXPLAIN), "query plan", "analyze"."""

    mode: str
    statement: Node
    pos: int = -1
