"""Expression nodes."""

from __future__ import annotations

from pumice.node import Node, node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.sql.ast.select import FromItem, Select


class Expr(Node):
    __slots__ = ()


@node
class Literal(Expr):
    """NULL, a number, a string or a blob. A number too large for int64 is already a float here."""

    value: None | int | float | str | bytes
    pos: int = -1


@node
class CurrentTime(Expr):
    """CURRENT_TIME, CURRENT_DATE or CURRENT_TIMESTAMP; `which` is "time", "date" or "timestamp"."""

    which: str
    pos: int = -1


@node
class Param(Expr):
    """A parameter. `text` is as written (`?`, `?3`, `:a`, `@a`, `$a::b(c)`);
    `index` its 1-based number as SQLite assigns it."""

    text: str
    index: int
    pos: int = -1


@node
class Slot(Expr):
    """In a statement template: a literal of type `type` whose value each text has its own of.
    `number` counts slots from 0."""

    number: int
    type: type
    pos: int = -1


@node
class Name(Expr):
    """A column reference `[[schema.]table.]column`. `quoted` is the quote before a lone name, "" for none: "x" falls
    back to the string literal when no column has that name, and [true] is no constant."""

    column: str
    table: str | None = None
    schema: str | None = None
    quoted: str = ""
    pos: int = -1


@node
class Unary(Expr):
    """`op`: "-", "+", "~", "not"."""

    op: str
    operand: Expr
    pos: int = -1


@node
class Binary(Expr):
    """`op`: "+ - * / % & | << >> ||", "= < <= > >= <>", "and or", "is", "is not", "->", "->>".

    `==` is "=", `!=` is "<>", `IS DISTINCT FROM` is "is not", `IS NOT DISTINCT FROM` is "is".
    """

    op: str
    left: Expr
    right: Expr
    pos: int = -1


@node
class IsNull(Expr):
    """`x ISNULL`, `x NOTNULL`, `x NOT NULL`. (`x IS NULL` is Binary("is", x, Literal(None)).)"""

    operand: Expr
    negated: bool = False
    pos: int = -1


@node
class Between(Expr):
    operand: Expr
    low: Expr
    high: Expr
    negated: bool = False
    pos: int = -1


@node
class Like(Expr):
    """`op`: LIKE, GLOB, REGEXP or MATCH as it is written, which is how an error names the function."""

    op: str
    operand: Expr
    pattern: Expr
    escape: Expr | None = None
    negated: bool = False
    pos: int = -1


@node
class InList(Expr):
    operand: Expr
    items: tuple[Expr, ...]
    negated: bool = False
    pos: int = -1


@node
class InSelect(Expr):
    operand: Expr
    select: Select
    negated: bool = False
    pos: int = -1


@node
class InTable(Expr):
    """`x IN [schema.]table` or `x IN table_function(args)`; `source` is a TableName or TableFunction."""

    operand: Expr
    source: FromItem
    negated: bool = False
    pos: int = -1


@node
class Exists(Expr):
    select: Select
    pos: int = -1


@node
class Subquery(Expr):
    """A SELECT in parentheses used as a value (scalar or row)."""

    select: Select
    pos: int = -1


@node
class RowValue(Expr):
    """`(a, b, ...)` with two or more items."""

    items: tuple[Expr, ...]
    pos: int = -1


@node
class Case(Expr):
    """`whens`: (condition or value, result) pairs."""

    operand: Expr | None
    whens: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None
    pos: int = -1


@node
class Cast(Expr):
    operand: Expr
    type_name: str
    pos: int = -1


@node
class Collate(Expr):
    operand: Expr
    collation: str
    pos: int = -1


@node
class OrderTerm(Node):
    """One term of ORDER BY. `nulls`: "first", "last" or None as written."""

    expr: Expr
    desc: bool = False
    nulls: str | None = None
    pos: int = -1


@node
class FrameBound(Node):
    """`kind`: "unbounded preceding", "preceding", "current row", "following", "unbounded following"."""

    kind: str
    offset: Expr | None = None
    pos: int = -1


@node
class Frame(Node):
    """`unit`: "rows", "range", "groups"; `exclude`: "no others", "current row", "group",
    "ties" or None if not written."""

    unit: str
    start: FrameBound
    end: FrameBound | None
    exclude: str | None = None
    pos: int = -1


@node
class WindowSpec(Node):
    """`base` names an earlier window. A bare `OVER name` is WindowSpec(base=name, bare=True)."""

    base: str | None = None
    partition: tuple[Expr, ...] = ()
    order: tuple[OrderTerm, ...] = ()
    frame: Frame | None = None
    bare: bool = False
    pos: int = -1


@node
class Call(Expr):
    """A function call. `star` is True for f(*)."""

    name: str
    args: tuple[Expr, ...] = ()
    distinct: bool = False
    star: bool = False
    order: tuple[OrderTerm, ...] = ()
    filter: Expr | None = None
    over: WindowSpec | None = None
    pos: int = -1


@node
class Raise(Expr):
    """RAISE(IGNORE) or RAISE(ROLLBACK|ABORT|FAIL, message); `action` in lower case."""

    action: str
    message: Expr | None = None
    pos: int = -1
