"""Expressions: AST to bound, one function per kind of node, in the table BINDERS.

Left-deep chains (`a AND b AND ...`, `a || b || ...`) are walked with a loop, not by recursion:
they may be a thousand terms long.
"""

from __future__ import annotations

from collections.abc import Callable

from pumice import errors
from pumice.binder import aggregate, compare
from pumice.binder.affinity import copy_node, first_collation
from pumice.binder.parsed import FALSE, and_terms
from pumice.binder.scope import Scope, resolve
from pumice.plan.logical import expr as bound
from pumice.sql import ast
from pumice.values import AFF_NONE, affinity_of_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.binder.binder import Binder
    from pumice.binder.result import Query
    from pumice.functions.registry import FunctionDef
    from pumice.plan.logical.expr import BoundExpr

_COMPARISONS = {"=": "=", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "is": "is", "is not": "isnot"}
_ARITHMETIC = frozenset(("+", "-", "*", "/", "%", "&", "|", "<<", ">>", "||"))
# Contexts of lone expressions, by what they prohibit. Source: sqlite3ResolveNotValid's callers.
_NO_SUBQUERY = frozenset(("CHECK constraints", "partial index WHERE clauses", "index expressions", "generated columns"))
_DETERMINISTIC = frozenset(("partial index WHERE clauses", "index expressions", "generated columns"))


def _literal(b: Binder, e: ast.Literal, scope: Scope) -> BoundExpr:
    return bound.Const(e.value)


def _param(b: Binder, e: ast.Param, scope: Scope) -> BoundExpr:
    if scope.prohibit is not None:
        prohibit("parameters", scope, _NO_SUBQUERY, e.pos)
    return bound.Param(e.index - 1)


def _slot(b: Binder, e: ast.Slot, scope: Scope) -> BoundExpr:
    return bound.Param(b.n_params + e.number, e.type)


def _name(b: Binder, e: ast.Name, scope: Scope) -> BoundExpr:
    found = resolve(b, e, scope)
    if e.table is not None and scope.prohibit is not None:
        prohibit('the "." operator', scope, ("index expressions", "generated columns"), e.pos)
    return found


def _current_time(b: Binder, e: ast.CurrentTime, scope: Scope) -> BoundExpr:
    if scope.prohibit is not None:
        prohibit("non-deterministic functions", scope, _DETERMINISTIC, e.pos)
    return bound.CurrentTime(e.which)


def _unary(b: Binder, e: ast.Unary, scope: Scope) -> BoundExpr:
    op = e.op
    operand = b.expr(e.operand, scope)
    if op == "-":
        if (type(operand) is bound.Const and type(operand.value) in (int, float) and type(e.operand) is ast.Literal
                and operand.value != -1 << 63):
            return bound.Const(-operand.value)          # -0.0 keeps its sign, where 0 - x would not
        return bound.Unary("neg", operand)
    if op == "+":
        # keeps value and collation, drops the column's affinity (and its indexes)
        return bound.Affinity(operand, AFF_NONE)
    return bound.Unary("not" if op == "not" else "bitnot", operand)


def _binary(b: Binder, e: ast.Binary, scope: Scope) -> BoundExpr:
    op = e.op
    if op in _COMPARISONS:
        return compare.bind_comparison(b, _COMPARISONS[op], e, scope)
    if op == "and" or op == "or":
        return _logic(b, e, scope)
    if op not in _ARITHMETIC:       # -> and ->>
        function = _lookup(b, op, (e.left, e.right), scope, e.pos)
        return bound.Function(function, (b.expr(e.left, scope), b.expr(e.right, scope)))
    spine = [e]
    left = e.left
    while type(left) is ast.Binary and left.op in _ARITHMETIC:
        spine.append(left)
        left = left.left
    result = b.expr(left, scope)
    while spine:
        step = spine.pop()
        right = b.expr(step.right, scope)
        outer = bound.Arith(step.op, result, right)
        if b.collated:
            _carry_collation(b, outer, result, right)
        result = outer
    return result


def _carry_collation(b: Binder, outer: BoundExpr, left: BoundExpr, right: BoundExpr) -> None:
    found = b.collated.get(id(left)) or b.collated.get(id(right))
    if found is not None:
        b.collated[id(outer)] = (found[0], outer)


def _logic(b: Binder, e: ast.Binary, scope: Scope) -> BoundExpr:
    op = e.op
    if op == "and":
        terms = and_terms(e)
        if terms == [FALSE]:
            return bound.Const(0)
    else:
        terms = []
        node: ast.Expr = e
        while type(node) is ast.Binary and node.op == op:
            terms.append(node.right)
            node = node.left
        terms.append(node)
        terms.reverse()
    made = bound.And if op == "and" else bound.Or
    args: list[BoundExpr] = []
    for term in terms:
        arg = b.expr(term, scope)
        if type(arg) is made:
            args.extend(arg.args)
        else:
            args.append(arg)
    return made(tuple(args))


def conjuncts(expr: BoundExpr) -> tuple[BoundExpr, ...]:
    """The ANDed terms of a condition."""
    return expr.args if type(expr) is bound.And else (expr,)


def _is_null(b: Binder, e: ast.IsNull, scope: Scope) -> BoundExpr:
    return bound.IsNull(b.expr(e.operand, scope), e.negated)


def _like(b: Binder, e: ast.Like, scope: Scope) -> BoundExpr:
    args = (e.pattern, e.operand) if e.escape is None else (e.pattern, e.operand, e.escape)
    function = _lookup(b, e.op, args, scope, e.pos)
    call = _function(b, function, tuple([b.expr(arg, scope) for arg in args]), scope, e.pos)
    return bound.Unary("not", call) if e.negated else call


def _subquery(b: Binder, e: ast.Subquery, scope: Scope) -> BoundExpr:
    plan = _inner_query(b, e.select, scope, e.pos).as_row(b)
    if len(plan.columns) != 1:
        raise errors.sql_error(f"sub-select returns {len(plan.columns)} columns - expected 1", e.pos)
    return bound.ScalarSubquery(plan, 0)


def _inner_query(b: Binder, select: ast.Select, scope: Scope, pos: int) -> Query:
    if scope.prohibit is not None:
        prohibit("subqueries", scope, _NO_SUBQUERY, pos)
    return b.query(select, scope, scope.withs)


def _exists(b: Binder, e: ast.Exists, scope: Scope) -> BoundExpr:
    return bound.Exists(_inner_query(b, e.select, scope, e.pos).as_operand(b))


def _row_value(b: Binder, e: ast.RowValue, scope: Scope) -> BoundExpr:
    for item in e.items:        # their errors come first
        b.expr(item, scope)
    raise errors.sql_error("row value misused", e.pos)


def _cast(b: Binder, e: ast.Cast, scope: Scope) -> BoundExpr:
    return bound.Cast(b.expr(e.operand, scope), affinity_of_type(e.type_name))


def _collate(b: Binder, e: ast.Collate, scope: Scope) -> BoundExpr:
    name = known_collation(b, e.collation)
    result = copy_node(b.expr(e.operand, scope))
    b.collated[id(result)] = (name, result)
    return result


def known_collation(b: Binder, name: str) -> str:
    """The collation's name in upper case. One that does not exist keeps its spelling:
    the executor raises where it compares by it."""
    return name if b.collation_exists is not None and not b.collation_exists(name) else name.upper()


def _case(b: Binder, e: ast.Case, scope: Scope) -> BoundExpr:
    if e.operand is not None:
        return compare.bind_simple_case(b, e, scope)
    whens = tuple([(b.expr(condition, scope), b.expr(result, scope)) for condition, result in e.whens])
    return bound.Case(None, whens, b.expr(e.otherwise, scope) if e.otherwise is not None else None)


def _lookup(b: Binder, name: str, args: tuple[ast.Expr, ...], scope: Scope, pos: int) -> FunctionDef:
    """The function. When there is none, errors in its arguments come first, as in all that is wrong with a call."""
    try:
        return b.functions.lookup(name, len(args), pos)
    except errors.OperationalError:
        for arg in args:
            b.expr(arg, scope)
        raise


def _call(b: Binder, e: ast.Call, scope: Scope) -> BoundExpr:
    if e.over is not None:
        raise errors.not_supported("window functions", e.pos)
    function = _lookup(b, e.name, e.args, scope, e.pos)
    if function.kind == "aggregate":
        return aggregate.bind_call(b, e, function, scope)
    args = tuple([b.expr(arg, scope) for arg in e.args])
    if e.name.lower() == "likelihood":
        chance = e.args[1]
        if not (type(chance) is ast.Literal and type(chance.value) is float and 0.0 <= chance.value <= 1.0):
            raise errors.sql_error(f"second argument to {e.name}() must be a constant between 0.0 and 1.0", e.pos)
    if function.kind == "window":
        raise errors.sql_error(f"misuse of window function {e.name}()", e.pos)
    if e.filter is not None:
        raise errors.sql_error(f"FILTER may not be used with non-aggregate {e.name}()", e.pos)
    if e.order:
        raise errors.sql_error(f"ORDER BY may not be used with non-aggregate {e.name}()", e.pos)
    return _function(b, function, args, scope, e.pos)


def _function(b: Binder, function: FunctionDef, args: tuple[BoundExpr, ...], scope: Scope, pos: int) -> BoundExpr:
    if scope.prohibit is not None and not function.deterministic:
        prohibit("non-deterministic functions", scope, _DETERMINISTIC, pos)
    collation = first_collation(b, args) if function.uses_collation else None
    return bound.Function(function, args, collation)


def _raise(b: Binder, e: ast.Raise, scope: Scope) -> BoundExpr:
    raise errors.sql_error("RAISE() may only be used within a trigger-program", e.pos)


def prohibit(what: str, scope: Scope, contexts: Any, pos: int) -> None:
    """Raises when the lone expression that `scope` belongs to may not contain `what`."""
    if scope.prohibit in contexts:
        raise errors.sql_error(f"{what} prohibited in {scope.prohibit}", pos)


BINDERS: dict[type, Callable[[Binder, Any, Scope], BoundExpr]] = {
    ast.Literal: _literal,
    ast.Param: _param,
    ast.Slot: _slot,
    ast.Name: _name,
    ast.CurrentTime: _current_time,
    ast.Unary: _unary,
    ast.Binary: _binary,
    ast.IsNull: _is_null,
    ast.Between: compare.bind_between,
    ast.Like: _like,
    ast.InList: compare.bind_in_list,
    ast.InSelect: compare.bind_in_select,
    ast.InTable: compare.bind_in_table,
    ast.Exists: _exists,
    ast.Subquery: _subquery,
    ast.RowValue: _row_value,
    ast.Case: _case,
    ast.Cast: _cast,
    ast.Collate: _collate,
    ast.Call: _call,
    ast.Raise: _raise,
}
