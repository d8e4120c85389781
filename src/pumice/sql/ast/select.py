"""Query nodes: SELECT, VALUES, compound selects, WITH, FROM items."""

from __future__ import annotations

from pumice.node import Node, node
from pumice.sql.ast.expr import Expr, OrderTerm, WindowSpec


class FromItem(Node):
    __slots__ = ()


class SelectBody(Node):
    """A SelectCore, Values or Compound."""

    __slots__ = ()


@node
class TableName(FromItem):
    """`indexed`: index name for INDEXED BY; `not_indexed` for NOT INDEXED."""

    name: str
    schema: str | None = None
    alias: str | None = None
    indexed: str | None = None
    not_indexed: bool = False
    pos: int = -1


@node
class TableFunction(FromItem):
    name: str
    args: tuple[Expr, ...]
    schema: str | None = None
    alias: str | None = None
    pos: int = -1


@node
class SubqueryFrom(FromItem):
    select: Select
    alias: str | None = None
    pos: int = -1


@node
class Join(FromItem):
    """`kind`: "inner", "left", "right", "full", "cross". A comma is kind "inner" with comma=True.
    `natural` with any kind.

    Joins associate to the left; parentheses in the FROM clause make a Join (or another item) the right side.
    """

    left: FromItem
    right: FromItem
    kind: str = "inner"
    natural: bool = False
    comma: bool = False
    on: Expr | None = None
    using: tuple[str, ...] | None = None
    pos: int = -1


@node
class ParenFrom(FromItem):
    """`(a JOIN b) AS alias` or `(a)`: a parenthesised FROM item with its optional alias."""

    item: FromItem
    alias: str | None = None
    pos: int = -1


@node
class ResultColumn(Node):
    """One term of the result list: expr [AS alias], `*` (star) or `table.*` (star, table). `text` is the source text of
    the expression, from which the column name is made when there is no alias."""

    expr: Expr | None = None
    alias: str | None = None
    star: bool = False
    table: str | None = None
    text: str = ""
    pos: int = -1

    # `text` is how the user wrote it; two spellings of one expression are equal nodes.
    def __eq__(self, other: object) -> bool:
        return (type(other) is ResultColumn and self.expr == other.expr and self.alias == other.alias
                and self.star == other.star and self.table == other.table)

    def __hash__(self) -> int:
        return hash((self.expr, self.alias, self.star, self.table))


@node
class NamedWindow(Node):
    name: str
    spec: WindowSpec
    pos: int = -1


@node
class SelectCore(SelectBody):
    columns: tuple[ResultColumn, ...]
    distinct: bool = False
    source: FromItem | None = None
    where: Expr | None = None
    group_by: tuple[Expr, ...] = ()
    having: Expr | None = None
    windows: tuple[NamedWindow, ...] = ()
    pos: int = -1


@node
class Values(SelectBody):
    rows: tuple[tuple[Expr, ...], ...]
    pos: int = -1


@node
class Compound(SelectBody):
    """`op`: "union", "union all", "intersect", "except". Left-associative."""

    op: str
    left: SelectBody
    right: SelectBody
    pos: int = -1


@node
class CommonTable(Node):
    """`materialized`: True, False (NOT MATERIALIZED) or None."""

    name: str
    columns: tuple[str, ...] | None
    select: Select
    materialized: bool | None = None
    pos: int = -1


@node
class With(Node):
    tables: tuple[CommonTable, ...]
    recursive: bool = False
    pos: int = -1


@node
class Select(Node):
    """A whole query. Also a statement."""

    body: SelectBody
    with_: With | None = None
    order: tuple[OrderTerm, ...] = ()
    limit: Expr | None = None
    offset: Expr | None = None
    pos: int = -1
