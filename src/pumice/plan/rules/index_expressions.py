"""Indexed expressions as columns of their table.

    CREATE INDEX i ON t(lower(name))
    SELECT a FROM t WHERE lower(name) = 'x' ORDER BY lower(name)     =>   SELECT a FROM t WHERE e = 'x' ORDER BY e

The scan gives `e` (Scan.exprs) under a column number of its own, so that keys, order, grouping and covering treat it as
they treat any column. An access path that does not read it from an index computes it (access/emit.py).

Exact: the expression is deterministic, and the index shows that it has a value for every row. A whole condition stays,
since its form says more than its truth. Above an outer join that may put NULLs for the table's row, `e` would be NULL
where the expression need not be: nothing is replaced there. Only through nodes that let further columns of their input
pass unseen.
"""

from __future__ import annotations

from pumice.plan.access.match import Matcher
from pumice.plan.logical.expr import (
    AggCall,
    Arith,
    BoundExpr,
    Cast,
    Column,
    ColumnMeta,
    Const,
    Function,
    Param,
    SortKey,
)
from pumice.plan.logical.nodes import Aggregate, Filter, Join, Keep, Limit, Plan, Project, Recursive, Scan, Shared, Sort
from pumice.plan.walk import columns_of, is_pure, map_all, map_children, map_inputs
from pumice.sql import ast
from pumice.values import AFF_NONE, AFF_NUMERIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EXPRESSION = -2  # IndexColumn.column of an expression
FIRST = -10  # Scan.table_columns of the first one of a scan, then downwards

_GROW = (Filter, Join, Sort, Limit)  # give their input's columns
_NAME = (Project, Aggregate, Keep)  # name the columns that they give


def has_indexed_expressions(scan: Scan) -> bool:
    return any(c.column == EXPRESSION for index in scan.table.indexes for c in index.columns)


def index_expressions(plan: Plan, context: Any) -> Plan:
    return _rewrite(plan, context, True)[0]


class _Source:
    """A scan, the expressions of its indexes, and the columns that stand for those met so far."""

    def __init__(self, scan: Scan, context: Any) -> None:
        self.scan = scan
        self.context = context
        self.ids = set(scan.columns)
        self.matcher = Matcher(scan)
        self.trees = [c.expr for index in scan.table.indexes for c in index.columns if c.column == EXPRESSION]
        self.found: list[tuple[ast.Expr, int, BoundExpr]] = []

    def column(self, e: BoundExpr) -> Column | None:
        for tree in self.trees:
            if tree is not None and self.matcher.same(tree, e):
                for known, column, _ in self.found:
                    if known == tree or self.matcher.same(known, e):
                        return Column(column)
                affinity = e.affinity if type(e) is Cast else AFF_NUMERIC if _is_number(e) else AFF_NONE
                column = self.context.columns.new(ColumnMeta("<expr>", affinity, None, False, self.scan.table.name))
                self.found.append((tree, column, e))
                return Column(column)
        return None

    def extended(self) -> Scan:
        s = self.scan
        if not self.found:
            return s
        return Scan(
            s.table,
            s.alias,
            s.columns + tuple([column for _, column, _ in self.found]),
            s.table_columns + tuple([FIRST - i for i in range(len(self.found))]),
            s.indexed_by,
            s.not_indexed,
            tuple([e for _, _, e in self.found]),
        )


def _is_number(e: BoundExpr) -> bool:
    return type(e) is Arith and e.op != "||"


def _rewrite(plan: Plan, context: Any, may_grow: bool) -> tuple[Plan, list[_Source]]:
    """`plan` with its scans still to be extended, and the scans whose expressions may be replaced above it."""
    kind = type(plan)
    if kind in _NAME or (kind in _GROW and may_grow):
        new, sources = _walk(plan, context)
        return _extend(new, sources), []
    if kind is Scan or kind is Shared or kind is Recursive:
        return plan, []
    return map_inputs(plan, lambda below: _rewrite(below, context, False)[0]), []


def _walk(plan: Plan, context: Any) -> tuple[Plan, list[_Source]]:
    kind = type(plan)
    if kind is Scan:
        return plan, [_Source(plan, context)] if has_indexed_expressions(plan) and not plan.exprs else []
    if kind is Join:
        left, on_left = _walk(plan.left, context)
        right, on_right = _walk(plan.right, context)
        conditions = _conditions(plan.conditions, on_left + on_right)
        if left is not plan.left or right is not plan.right or conditions is not plan.conditions:
            plan = Join(plan.kind, left, right, conditions)
        left_lasts = kind_lasts(plan.kind, "left")
        right_lasts = kind_lasts(plan.kind, "right")
        for source in (on_left if not left_lasts else []) + (on_right if not right_lasts else []):
            plan = _extend(plan, [source])
        return plan, (on_left if left_lasts else []) + (on_right if right_lasts else [])
    if kind in _NAME or kind in _GROW:
        below, sources = _walk(plan.input, context)
        new = _with_input(plan, below, sources)
        if kind in _NAME:
            return _extend(new, sources), []
        return new, sources
    return _rewrite(plan, context, False)


def kind_lasts(kind: str, side: str) -> bool:
    """Are the columns of that side above the join what they were below it?"""
    if kind in ("inner", "cross"):
        return True
    return side == "left" if kind in ("left", "semi", "anti") else side == kind


def _with_input(plan: Any, below: Plan, sources: list[_Source]) -> Plan:
    changes: dict[str, Any] = {}
    for name in plan.__match_args__:
        value = getattr(plan, name)
        if name == "input":
            new: Any = below
        elif not sources:
            new = value
        elif name == "conditions":
            new = _conditions(value, sources)
        else:
            new = _replaced(value, sources)
        if new is not value:
            changes[name] = new
    if not changes:
        return plan
    return type(plan)(*[changes.get(name, getattr(plan, name)) for name in plan.__match_args__])


def _conditions(conditions: tuple[BoundExpr, ...], sources: list[_Source]) -> tuple[BoundExpr, ...]:
    if not sources:
        return conditions
    return map_all(conditions, lambda c: map_children(c, lambda e: _expr(e, sources)))


def _replaced(item: Any, sources: list[_Source]) -> Any:
    if isinstance(item, BoundExpr):
        return _expr(item, sources)
    if type(item) is tuple:
        new = [_replaced(part, sources) for part in item]
        return item if all(a is b for a, b in zip(item, new, strict=True)) else tuple(new)
    if isinstance(item, (AggCall, SortKey)):
        values = [getattr(item, name) for name in item.__match_args__]
        new = [_replaced(value, sources) for value in values]
        return item if all(a is b for a, b in zip(values, new, strict=True)) else type(item)(*new)
    return item


def _expr(e: BoundExpr, sources: list[_Source]) -> BoundExpr:
    kind = type(e)
    if kind is Column or kind is Const or kind is Param:
        return e
    used = columns_of(e)
    for source in sources:
        if used and used <= source.ids and (is_pure(e) or kind is Function):
            column = source.column(e)
            if column is not None:
                return column
    return map_children(e, lambda child: _expr(child, sources))


def _extend(plan: Any, sources: list[_Source]) -> Any:
    """`plan` with the scans of `sources` giving what was asked of them."""
    new = {id(source.scan): source.extended() for source in sources if source.found}
    return _exchange(plan, new) if new else plan


def _exchange(plan: Any, new: dict[int, Scan]) -> Any:
    if type(plan) is Scan:
        return new.get(id(plan), plan)
    if type(plan) is Shared or type(plan) is Recursive:
        return plan
    return map_inputs(plan, lambda below: _exchange(below, new))
