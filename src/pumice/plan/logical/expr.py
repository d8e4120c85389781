"""Bound expressions: names are column ids, affinity and collation are explicit. Made by the binder,
read by the planner and the executor.

A column id is a number that is unique in the statement; `Columns` says what it stands for. An id that is not among the
columns of the input of the plan node which evaluates it is a correlated reference to an enclosing query.
"""

from __future__ import annotations

from pumice.node import Node, fresh, node, record
from pumice.values import AFF_NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.functions.registry import FunctionDef
    from pumice.plan.logical.nodes import Plan


@record
class ColumnMeta:
    name: str
    affinity: int                   # values.AFF_*
    collation: str | None           # upper case; None: no collation of its own (an expression)
    not_null: bool = False
    table: str | None = None        # origin, for cursor.description-like uses and messages
    decl_type: str | None = None
    mixed: bool = False             # values need not have gone through `affinity`

    @property
    def held_affinity(self) -> int:
        """The affinity that every value has gone through."""
        return AFF_NONE if self.mixed else self.affinity


@record
class Columns:
    """The statement's column ids: id = index."""

    metas: list[ColumnMeta] = fresh(list)

    def new(self, meta: ColumnMeta) -> int:
        self.metas.append(meta)
        return len(self.metas) - 1


class BoundExpr(Node):
    __slots__ = ()


@node
class Const(BoundExpr):
    value: None | int | float | str | bytes


@node
class Column(BoundExpr):
    id: int


@node
class Param(BoundExpr):
    index: int                      # 0-based
    type: type | None = None        # of the value, where it stands for a literal (a template's slot)


@node
class Unary(BoundExpr):
    """`op`: "neg", "bitnot", "not"."""

    op: str
    operand: BoundExpr


@node
class Arith(BoundExpr):
    """`op`: "+ - * / % & | << >> ||"."""

    op: str
    left: BoundExpr
    right: BoundExpr


@node
class Compare(BoundExpr):
    """`op`: "= <> < <= > >= is isnot". Operands already carry Affinity nodes where a comparison applies affinity."""

    op: str
    left: BoundExpr
    right: BoundExpr
    collation: str = "BINARY"


@node
class And(BoundExpr):
    args: tuple[BoundExpr, ...]     # two or more, flattened


@node
class Or(BoundExpr):
    args: tuple[BoundExpr, ...]


@node
class IsNull(BoundExpr):
    operand: BoundExpr
    negated: bool = False


@node
class IsTruth(BoundExpr):
    """`x IS [NOT] TRUE/FALSE`: 1 or 0, never NULL."""

    operand: BoundExpr
    truth: bool
    negated: bool = False


@node
class Affinity(BoundExpr):
    """Applies an affinity as a store or comparison does (not CAST)."""

    operand: BoundExpr
    affinity: int


@node
class Cast(BoundExpr):
    operand: BoundExpr
    affinity: int                   # of the type name; AFF_BLOB casts to blob, AFF_NUMERIC to numeric


@node
class Case(BoundExpr):
    """With `operand`, each condition is a Compare whose left side is CaseOperand() (maybe inside Affinity):
    the operand is evaluated once."""

    operand: BoundExpr | None
    whens: tuple[tuple[BoundExpr, BoundExpr], ...]
    otherwise: BoundExpr | None


@node
class CaseOperand(BoundExpr):
    """The value of the nearest enclosing Case's operand."""


@node
class Function(BoundExpr):
    """A scalar function. LIKE/GLOB/REGEXP are functions too: like(pattern, x[, escape])."""

    function: FunctionDef
    args: tuple[BoundExpr, ...]
    collation: str | None = None


@node
class CurrentTime(BoundExpr):
    which: str                      # "time", "date", "timestamp"


@node
class InList(BoundExpr):
    """`operand` and `items` carry Affinity nodes where IN applies affinity."""

    operand: BoundExpr
    items: tuple[BoundExpr, ...]
    collation: str = "BINARY"
    negated: bool = False


@node
class InSubquery(BoundExpr):
    """`operands`: one expression per column of `plan`. `affinities[i]` (AFF_NONE: none) is applied to the plan's
    column, Affinity nodes in `operands` to the left side. Three-valued as SQL wants."""

    operands: tuple[BoundExpr, ...]
    plan: Plan
    affinities: tuple[int, ...]
    collations: tuple[str, ...]
    negated: bool = False


@node
class InJoin(BoundExpr):
    """Only in physical plans, as a condition of a scan: `operand` may be a key of the hash join that has number `join`
    among its `filters`. It lets through whatever does not surely lack a match."""

    operand: BoundExpr
    join: int


@node
class Exists(BoundExpr):
    plan: Plan
    negated: bool = False


@node
class ScalarSubquery(BoundExpr):
    """Column `column` of the first row of `plan`, NULL without rows. Row-value comparisons share one plan object
    (compared by identity)."""

    plan: Plan
    column: int = 0


@node
class AggCall(Node):
    """An aggregate in an Aggregate node; its result is column `id`."""

    id: int
    function: FunctionDef
    args: tuple[BoundExpr, ...]
    distinct: bool = False
    filter: BoundExpr | None = None
    order: tuple[SortKey, ...] = ()
    collation: str | None = None    # for min/max and for DISTINCT


@node
class SortKey(Node):
    expr: BoundExpr
    desc: bool = False
    nulls_first: bool = True        # resolved: SQLite's default is NULLs first ascending, last descending
    collation: str = "BINARY"
