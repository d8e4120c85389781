"""Aggregates: binding the calls, and turning a grouped query's expressions into expressions over the groups.

Expressions of a grouped query are bound over its input first; an aggregate call becomes a column of its own, gathered
in the Scope that it belongs to. `Grouping` then builds the Aggregate node and rewrites each expression: what equals a
GROUP BY term becomes the key's column, any other reference to an input column becomes a "bare" column (its value in one
row of the group).
"""

from __future__ import annotations

from pumice import errors
from pumice.binder.affinity import collation_of, first_collation
from pumice.binder.order import checked_collation
from pumice.binder.result import result_meta
from pumice.binder.rewrite import rewrite
from pumice.binder.scope import Scope
from pumice.node import Node, replace
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import ColumnMeta
from pumice.sql import ast
from pumice.values import AFF_NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.binder.binder import Binder
    from pumice.functions.registry import FunctionDef
    from pumice.plan.logical.expr import BoundExpr


def bind_call(b: Binder, e: ast.Call, function: FunctionDef, scope: Scope) -> BoundExpr:
    """An aggregate call: the Column of its result."""
    # In ORDER BY of a query without aggregates it may be one of the query around.
    in_order = not scope.allow_aggregates and scope.phase == "order"
    if not scope.allow_aggregates and not in_order:
        for arg in e.args:      # their errors come first
            b.expr(arg, scope)
        raise errors.sql_error(f"misuse of aggregate function {e.name}()", e.pos)
    outer_log = b.reference_log
    references: list[Scope] = []
    b.reference_log = references
    scope.allow_aggregates = False          # no aggregate inside an aggregate
    outer_phase, scope.phase = scope.phase, "argument"
    try:
        args = tuple([b.expr(arg, scope) for arg in e.args])
        condition = b.expr(e.filter, scope) if e.filter is not None else None
        order = tuple([sort_key(b, b.expr(term.expr, scope), term.desc, term.nulls) for term in e.order])
    finally:
        scope.allow_aggregates = not in_order
        scope.phase = outer_phase
        b.reference_log = outer_log
    if outer_log is not None:
        outer_log.extend(references)
    if e.distinct and len(args) != 1:
        raise errors.sql_error("DISTINCT aggregates must have exactly one argument", e.pos)
    owner = _owner(scope, references)
    if (owner is scope and in_order) or owner is not scope and (owner.phase == "where" or not owner.allow_aggregates):
        raise errors.sql_error(f"misuse of aggregate: {e.name}()", e.pos)
    collation = None
    if e.distinct:
        collation = collation_of(b, args[0]) or "BINARY"
    elif function.uses_collation or "minmax" in function.flags:
        collation = first_collation(b, args)
    for known in owner.aggregates:
        if (known.function is function and known.distinct == e.distinct and known.collation == collation
                and known.args == args and known.filter == condition and known.order == order
                and function.deterministic):
            return bound.Column(known.id)
    new = b.columns.new(ColumnMeta(e.name, AFF_NONE, None))
    owner.aggregates.append(bound.AggCall(new, function, args, e.distinct, condition, order, collation))
    return bound.Column(new)


def _owner(scope: Scope, references: list[Scope]) -> Scope:
    """The query an aggregate belongs to: the innermost one whose columns its arguments use,
    this one when they use none."""
    level: Scope | None = scope
    while level is not None:
        if level in references:
            return level
        level = level.parent
    return scope


def sort_key(b: Binder, expr: BoundExpr, desc: bool, nulls: str | None) -> bound.SortKey:
    nulls_first = not desc if nulls is None else nulls == "first"
    return bound.SortKey(expr, desc, nulls_first, checked_collation(b, collation_of(b, expr) or "BINARY"))


class Grouping:
    """The Aggregate of one query under construction."""

    def __init__(self, b: Binder, source: logical.Plan, keys: list[BoundExpr], calls: list[bound.AggCall]) -> None:
        self.b = b
        self.source = source
        self.calls = calls
        self.keys = keys
        self.collations = tuple([collation_of(b, key) or "BINARY" for key in keys])
        self.key_ids = tuple([b.columns.new(self._key_meta(key)) for key in keys])
        # The last min() or max() decides which row of the group bare columns come from (SQLite sets its flag per call,
        # the last one wins).
        self.bare_from = -1
        for i, call in enumerate(calls):
            if "minmax" in call.function.flags:
                self.bare_from = i
        self.inputs = frozenset(source.columns)
        self.plain: dict[int, int] = {}                 # input id -> key id
        self.complex: list[tuple[BoundExpr, int]] = []  # (key expression, key id)
        for key, key_id, collation in zip(keys, self.key_ids, self.collations, strict=True):
            if self.bare_from >= 0 and collation != "BINARY":
                continue        # equal keys may be spelled differently: the value is that of the row of min() or max()
            if type(key) is bound.Column:
                self.plain.setdefault(key.id, key_id)
            elif type(key) is not bound.Const:
                self.complex.append((key, key_id))
        self.bare: dict[int, int] = {}                  # input id -> bare id

    def _key_meta(self, key: BoundExpr) -> ColumnMeta:
        b = self.b
        if type(key) is bound.Column:
            return b.metas[key.id]
        return result_meta(b, key, "")

    def over_groups(self, expr: BoundExpr) -> BoundExpr:
        """`expr` in terms of keys, aggregates and bare columns."""
        return rewrite(expr, self._change)

    def _change(self, node: Node) -> Node | None:
        if type(node) is bound.Column:
            new = self.plain.get(node.id)
            if new is None and node.id in self.inputs:
                new = self.bare.get(node.id)
                if new is None:
                    new = self.bare[node.id] = self.b.columns.new(replace_not_null(self.b.metas[node.id]))
            return None if new is None else bound.Column(new)
        for key, key_id in self.complex:
            if type(key) is type(node) and key == node:
                return bound.Column(key_id)
        return None

    def plan(self) -> logical.Aggregate:
        """The node; to be made when every expression has been rewritten."""
        return logical.Aggregate(self.source, self.key_ids, tuple(self.keys), self.collations, tuple(self.calls),
                                 tuple(self.bare.values()), tuple([bound.Column(i) for i in self.bare]), self.bare_from)


def replace_not_null(meta: ColumnMeta) -> ColumnMeta:
    """The column where an outer join or an empty group can make it NULL."""
    if not meta.not_null:
        return meta
    return replace(meta, not_null=False)


__all__ = ["Grouping", "bind_call", "replace_not_null", "sort_key"]
