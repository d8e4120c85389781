"""Index expressions and partial index predicates (AST) against the query's bound expressions, by structure.

The catalog holds `CREATE INDEX` as parsed: `lower(name)`, `WHERE state = 'open'`. Both sides are walked together;
what is not known to be the same is different, which costs an index and never a wrong row.

    implied(predicate, conditions)   a condition of the query is the predicate's term itself, or the term is `x IS NOT
    NULL` and a
                                     condition cannot be true for a NULL x
Source: sqlite3ExprCompare, sqlite3ExprImpliesExpr.  Tests: tests/unit/plan/test_match.py
"""

from __future__ import annotations

from pumice.plan.logical import expr as bound
from pumice.plan.logical.expr import BoundExpr
from pumice.plan.logical.nodes import Scan
from pumice.sql import ast
from pumice.values import AFF_NONE, AFF_NUMERIC, AFF_TEXT, affinity_of_type

_MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}


class Matcher:
    """Compares for one scan."""

    def __init__(self, scan: Scan) -> None:
        self.ids = {column: i for column, i in zip(scan.table_columns, scan.columns, strict=True)}
        self.table = scan.table
        self.names = {column.name.lower(): i for i, column in enumerate(scan.table.columns)}

    def column_id(self, name: ast.Name) -> int | None:
        """Output id of the table column called so; None if the scan does not give it."""
        column = self.position(name)
        return None if column is None else self.ids.get(column)

    def position(self, name: ast.Name) -> int | None:
        key = name.column.lower()
        if key in self.names:
            found = self.names[key]
            return found if found in self.ids or found != self.table.rowid_alias else -1
        return -1 if key in ("rowid", "oid", "_rowid_") and not self.table.without_rowid else None

    def same(self, tree: ast.Expr, expr: BoundExpr) -> bool:
        """Do both compute the same value from the same row?"""
        method = _SAME.get(type(tree))
        return method is not None and method(self, tree, expr)

    def _name(self, tree: ast.Name, expr: BoundExpr) -> bool:
        return type(expr) is bound.Column and self.column_id(tree) == expr.id

    def _literal(self, tree: ast.Literal, expr: BoundExpr) -> bool:
        return type(expr) is bound.Const and type(expr.value) is type(tree.value) and expr.value == tree.value

    def _unary(self, tree: ast.Unary, expr: BoundExpr) -> bool:
        if tree.op == "+":
            return self.same(tree.operand, expr)
        if (
            tree.op == "-"
            and type(tree.operand) is ast.Literal
            and type(expr) is bound.Const
            and type(expr.value) in (int, float)
        ):
            value = tree.operand.value
            return type(value) is type(expr.value) and -value == expr.value  # type: ignore[operator]
        op = {"-": "neg", "~": "bitnot", "not": "not"}[tree.op]
        return type(expr) is bound.Unary and expr.op == op and self.same(tree.operand, expr.operand)

    def _binary(self, tree: ast.Binary, expr: BoundExpr) -> bool:
        op = tree.op
        if op in ("->", "->>"):
            return (
                type(expr) is bound.Function
                and expr.function.name == op
                and self.all_same((tree.left, tree.right), expr.args)
            )
        if op in ("is", "is not"):
            return self._is(tree, expr)
        if op in _MIRROR:
            if type(expr) is not bound.Compare:
                return False
            if expr.op == op and self._operand(tree.left, expr.left) and self._operand(tree.right, expr.right):
                return self._collation(tree, expr)
            return (
                expr.op == _MIRROR[op]
                and self._operand(tree.left, expr.right)
                and self._operand(tree.right, expr.left)
                and self._collation(tree, expr)
            )
        if op in ("and", "or"):
            kind = bound.And if op == "and" else bound.Or
            return type(expr) is kind and self.all_same(_flatten(tree, op), expr.args)
        return (
            type(expr) is bound.Arith
            and expr.op == op
            and self.same(tree.left, expr.left)
            and self.same(tree.right, expr.right)
        )

    def _is(self, tree: ast.Binary, expr: BoundExpr) -> bool:
        negated = tree.op == "is not"
        if type(tree.right) is ast.Literal and tree.right.value is None:
            return type(expr) is bound.IsNull and expr.negated == negated and self.same(tree.left, expr.operand)
        return (
            type(expr) is bound.Compare
            and expr.op == ("isnot" if negated else "is")
            and self._operand(tree.left, expr.left)
            and self._operand(tree.right, expr.right)
            and self._collation(tree, expr)
        )

    def _operand(self, tree: ast.Expr, expr: BoundExpr) -> bool:
        """An operand of a comparison: the binder may have applied an affinity to a literal already."""
        if type(expr) is bound.Affinity:
            expr = expr.operand
        if type(tree) is ast.Literal and type(expr) is bound.Const and type(tree.value) is not type(expr.value):
            return _literal_with_affinity(tree.value, expr.value)
        return self.same(tree, expr)

    def _collation(self, tree: ast.Binary, expr: bound.Compare) -> bool:
        """The comparison's collation is the one that the predicate itself would use."""
        for side in (tree.left, tree.right):
            if type(side) is ast.Collate:
                return side.collation.upper() == expr.collation
        for side in (tree.left, tree.right):
            if type(side) is ast.Name:
                column = self.position(side)
                if column is not None and column >= 0:
                    return self.table.columns[column].collation == expr.collation
        return expr.collation == "BINARY"

    def _is_null(self, tree: ast.IsNull, expr: BoundExpr) -> bool:
        return type(expr) is bound.IsNull and expr.negated == tree.negated and self.same(tree.operand, expr.operand)

    def _call(self, tree: ast.Call, expr: BoundExpr) -> bool:
        if type(expr) is not bound.Function or tree.distinct or tree.filter is not None or tree.over is not None:
            return False
        return (
            expr.function.name.lower() == tree.name.lower()
            and expr.function.deterministic
            and self.all_same(tree.args, expr.args)
        )

    def _cast(self, tree: ast.Cast, expr: BoundExpr) -> bool:
        return (
            type(expr) is bound.Cast
            and expr.affinity == affinity_of_type(tree.type_name)
            and self.same(tree.operand, expr.operand)
        )

    def _collate(self, tree: ast.Collate, expr: BoundExpr) -> bool:
        return self.same(tree.operand, expr)

    def _in_list(self, tree: ast.InList, expr: BoundExpr) -> bool:
        if type(expr) is not bound.InList or expr.negated != tree.negated or len(expr.items) != len(tree.items):
            return False
        return self._operand(tree.operand, expr.operand) and all(
            self._operand(t, e) for t, e in zip(tree.items, expr.items, strict=True)
        )

    def _like(self, tree: ast.Like, expr: BoundExpr) -> bool:
        if tree.negated:
            return type(expr) is bound.Unary and expr.op == "not" and self._like_call(tree, expr.operand)
        return self._like_call(tree, expr)

    def _like_call(self, tree: ast.Like, expr: BoundExpr) -> bool:
        args = (tree.pattern, tree.operand) + ((tree.escape,) if tree.escape is not None else ())
        return (type(expr) is bound.Function and expr.function.name.lower() == tree.op.lower()
                and self.all_same(args, expr.args))

    def all_same(self, trees: tuple[ast.Expr, ...], exprs: tuple[BoundExpr, ...]) -> bool:
        return len(trees) == len(exprs) and all(self.same(t, e) for t, e in zip(trees, exprs, strict=True))

    # ---- partial indexes

    def states(self, predicate: ast.Expr, condition: BoundExpr) -> bool:
        """Is `condition` one of the terms of the predicate, and so true for every row that it is true for?"""
        if type(predicate) is ast.Binary and predicate.op == "and":
            return self.states(predicate.left, condition) or self.states(predicate.right, condition)
        return self.same(predicate, condition)

    def implied(self, predicate: ast.Expr, conditions: list[BoundExpr]) -> bool:
        """Is the predicate true for every row that meets all `conditions`?"""
        if type(predicate) is ast.Binary and predicate.op == "and":
            return self.implied(predicate.left, conditions) and self.implied(predicate.right, conditions)
        if (
            type(predicate) is ast.Binary
            and predicate.op == "or"
            and (self.implied(predicate.left, conditions) or self.implied(predicate.right, conditions))
        ):
            return True
        if type(predicate) is ast.Between and not predicate.negated:
            return self.implied(ast.Binary(">=", predicate.operand, predicate.low), conditions) and self.implied(
                ast.Binary("<=", predicate.operand, predicate.high), conditions
            )
        not_null = _not_null_operand(predicate)
        for condition in conditions:
            if self.same(predicate, condition) or (not_null is not None and self._rejects_null(not_null, condition)):
                return True
        return False

    def _rejects_null(self, tree: ast.Expr, condition: BoundExpr) -> bool:
        kind = type(condition)
        if kind is bound.Compare and condition.op not in ("is", "isnot"):
            return self._operand(tree, condition.left) or self._operand(tree, condition.right)
        if kind is bound.InList or kind is bound.IsNull:
            return (condition.negated if kind is bound.IsNull else True) and self._operand(tree, condition.operand)
        if kind is bound.InSubquery and not condition.negated:
            return any(self._operand(tree, operand) for operand in condition.operands)
        if kind is bound.Function and condition.function.name in ("like", "glob"):
            return self.same(tree, condition.args[1])
        if kind is bound.Or:
            return all(self._rejects_null(tree, part) for part in condition.args)
        return self.same(tree, condition)


def _not_null_operand(predicate: ast.Expr) -> ast.Expr | None:
    if type(predicate) is ast.IsNull and predicate.negated:
        return predicate.operand
    if (
        type(predicate) is ast.Binary
        and predicate.op == "is not"
        and type(predicate.right) is ast.Literal
        and predicate.right.value is None
    ):
        return predicate.left
    return None


def _flatten(tree: ast.Expr, op: str) -> tuple[ast.Expr, ...]:
    if type(tree) is ast.Binary and tree.op == op:
        return (*_flatten(tree.left, op), *_flatten(tree.right, op))
    return (tree,)


def _literal_with_affinity(written: object, stored: object) -> bool:
    """A literal that constant folding turned from text to number or back."""
    if isinstance(written, str) and isinstance(stored, (int, float)):
        return written == str(stored)
    return isinstance(written, int) and isinstance(stored, str) and str(written) == stored


_SAME = {
    ast.Name: Matcher._name,
    ast.Literal: Matcher._literal,
    ast.Unary: Matcher._unary,
    ast.Binary: Matcher._binary,
    ast.IsNull: Matcher._is_null,
    ast.Call: Matcher._call,
    ast.Cast: Matcher._cast,
    ast.Collate: Matcher._collate,
    ast.InList: Matcher._in_list,
    ast.Like: Matcher._like,
}


def affinity_is_idle(affinity: int, of_column: int) -> bool:
    """Does an Affinity node leave every value of a column with affinity `of_column` as it compares? That of a unary
    plus (AFF_NONE) does, but stands there so that no index is used."""
    if affinity == AFF_NONE:
        return False
    if affinity == AFF_TEXT:
        return of_column == AFF_TEXT
    return of_column >= AFF_NUMERIC if affinity >= AFF_NUMERIC else True
