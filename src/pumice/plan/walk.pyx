"""Walking bound expressions and plans: children, rewriting, which columns an expression reads, whether it can raise.

A rewrite that changes nothing returns the very object it was given, so that callers can test `is` and rules stay cheap.
Python compiled, with C calls where a function calls itself: planning spends a third of its time here.
Tests: tests/unit/plan/test_walk.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pumice.node cimport fields
from pumice.node import Node, descendants
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import (
    AggCall,
    And,
    Arith,
    BoundExpr,
    Case,
    CaseOperand,
    Column,
    Compare,
    Const,
    CurrentTime,
    Exists,
    Function,
    InList,
    InSubquery,
    Or,
    Param,
    ScalarSubquery,
    SortKey,
)
from pumice.plan.physical import nodes as physical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.functions.registry import FunctionDef

Rewrite = Callable[[BoundExpr], BoundExpr]
SUBQUERIES = (InSubquery, Exists, ScalarSubquery)
_LEAVES = (Const, Param, CurrentTime, CaseOperand, Exists, ScalarSubquery)
_PLANS = (logical.Plan, physical.Physical)


# ---- expressions


cpdef tuple children(expr):
    """Operand expressions of `expr`, one level; plans of subqueries are not entered."""
    kind = type(expr)
    if kind is Column or kind in _LEAVES:
        return ()
    if kind is Compare or kind is Arith:
        return (expr.left, expr.right)
    if kind is And or kind is Or or kind is Function:
        return expr.args
    if kind is InList:
        return (expr.operand, *expr.items)
    if kind is InSubquery:
        return expr.operands
    if kind is Case:
        parts = [] if expr.operand is None else [expr.operand]
        for condition, result in expr.whens:
            parts += (condition, result)
        if expr.otherwise is not None:
            parts.append(expr.otherwise)
        return tuple(parts)
    return (expr.operand,)


cpdef tuple map_all(tuple exprs, change):
    """`change` applied to each; the same tuple when nothing changed."""
    new = [change(e) for e in exprs]
    for before, after in zip(exprs, new, strict=True):
        if before is not after:
            return tuple(new)
    return exprs


cpdef object map_children(expr, change):
    """`expr` with `change` applied to each operand expression."""
    kind = type(expr)
    if kind is Column or kind in _LEAVES:
        return expr
    if kind is Compare:
        left, right = change(expr.left), change(expr.right)
        return expr if left is expr.left and right is expr.right else Compare(expr.op, left, right, expr.collation)
    if kind is Arith:
        left, right = change(expr.left), change(expr.right)
        return expr if left is expr.left and right is expr.right else Arith(expr.op, left, right)
    if kind is And or kind is Or:
        args = map_all(expr.args, change)
        return expr if args is expr.args else kind(args)
    if kind is Function:
        args = map_all(expr.args, change)
        return expr if args is expr.args else Function(expr.function, args, expr.collation)
    if kind is InList:
        operand, items = change(expr.operand), map_all(expr.items, change)
        if operand is expr.operand and items is expr.items:
            return expr
        return InList(operand, items, expr.collation, expr.negated)
    if kind is InSubquery:
        operands = map_all(expr.operands, change)
        if operands is expr.operands:
            return expr
        return InSubquery(operands, expr.plan, expr.affinities, expr.collations, expr.negated)
    if kind is Case:
        return _map_case(expr, change)
    operand = change(expr.operand)
    if operand is expr.operand:
        return expr
    return (
        kind(operand, *[getattr(expr, name) for name in expr.__match_args__ if name != "operand"])
        if kind.__match_args__[0] == "operand"
        else kind(expr.op, operand)
    )


def _map_case(expr: Case, change: Rewrite) -> BoundExpr:
    operand = None if expr.operand is None else change(expr.operand)
    whens = tuple([(change(condition), change(result)) for condition, result in expr.whens])
    otherwise = None if expr.otherwise is None else change(expr.otherwise)
    same = all(a is c and b is d for (a, b), (c, d) in zip(whens, expr.whens, strict=True))
    if same and operand is expr.operand and otherwise is expr.otherwise:
        return expr
    return Case(operand, whens, otherwise)


def substitute(item: Any, mapping: dict[int, BoundExpr]) -> Any:
    """Columns replaced by expressions, everywhere in an expression or plan, also inside subqueries. A column id that
    stands where only an id can (a plan's `columns`) stays: pass mappings of ids that `item` reads from outside only."""
    kind = type(item)
    if kind is Column:
        return mapping.get(item.id, item)
    if kind is Const or kind is Param:
        return item
    if isinstance(item, BoundExpr):
        new = map_children(item, lambda e: substitute(e, mapping))
        if kind in SUBQUERIES:
            plan = substitute(new.plan, mapping)
            new = _changed(new, [plan if part is new.plan else part for part in fields(new)])
        return new
    if kind is tuple:
        changed = [substitute(part, mapping) for part in item]
        return item if all(a is b for a, b in zip(item, changed, strict=True)) else tuple(changed)
    if isinstance(item, Node):
        return _changed(item, [substitute(part, mapping) if isinstance(part, (Node, tuple)) else part for part in fields(item)])
    return item


def _changed(item: Any, values: list[Any]) -> Any:
    """`item` with these values of its fields; itself if they are its own."""
    for before, after in zip(fields(item), values, strict=True):
        if before is not after:
            return type(item)(*values)
    return item


cpdef bint any_expr(expr, test) except -1:
    """Does `test` hold for `expr` or an operand below it? Subquery plans are not entered."""
    if test(expr):
        return True
    for child in children(expr):
        if any_expr(child, test):
            return True
    return False


cpdef int kinds(expr, set into) except -1:
    """Adds the types of `expr` and of the operands below it."""
    into.add(type(expr))
    for child in children(expr):
        kinds(child, into)
    return 0


def subqueries_of(exprs: Iterable[BoundExpr]) -> list[BoundExpr]:
    """The subqueries in expressions, each before those in its operands; their plans are not entered."""
    cdef list found = []
    for expr in exprs:
        _add_subqueries(expr, found)
    return found


cdef int _add_subqueries(expr, list found) except -1:
    if type(expr) in SUBQUERIES:
        found.append(expr)
    for child in children(expr):
        _add_subqueries(child, found)
    return 0


cpdef list split_and(exprs):
    """Conditions with every AND taken apart."""
    found = []
    for e in exprs:
        if type(e) is And:
            found += split_and(e.args)
        else:
            found.append(e)
    return found


def join_and(exprs: Iterable[BoundExpr]) -> BoundExpr:
    """One condition of one or more."""
    parts = split_and(exprs)
    return parts[0] if len(parts) == 1 else And(tuple(parts))


# ---- column use


cpdef set columns_of(item):
    """Ids that an expression (or plan, or tuple of them) reads from outside itself."""
    cdef set used = set(), made = set()
    _collect(item, used, made)
    return used - made if made else used


cdef int _collect(item, set used, set made) except -1:
    kind = type(item)
    if kind is Column:
        used.add(item.id)
    elif kind is Const or kind is Param:
        return 0
    elif kind is tuple:
        for part in <tuple> item:
            _collect(part, used, made)
    elif kind in SUBQUERIES:
        if kind is InSubquery:
            _collect(item.operands, used, made)
        used |= columns_of(item.plan)
    elif isinstance(item, BoundExpr):
        for child in children(item):
            _collect(child, used, made)
    elif isinstance(item, Node):
        if isinstance(item, _PLANS):
            made.update(item.columns)
        for value in fields(item):
            if isinstance(value, (Node, tuple)):
                _collect(value, used, made)
    return 0


def is_constant(expr: BoundExpr, here: frozenset[int] | set[int]) -> bool:
    """Reads none of the columns `here`: fixed while they vary (it may read outer queries' columns and parameters)."""
    return not (columns_of(expr) & here)


# ---- effects


cdef enum:
    RAISES = 1          # a function that can
    QUERY = 2           # a subquery
    VARIES = 4          # a function that gives something else each time, also inside subqueries


cdef bint _has(expr, int effects) except -1:
    """Is there one of `effects` in `expr` or an operand below it?"""
    kind = type(expr)
    if kind is Column or kind is Const or kind is Param:
        return False
    if kind is Function:
        if (effects & RAISES and expr.function.can_raise) or (effects & VARIES and not fixed_in_run(expr.function)):
            return True
    elif kind in SUBQUERIES:
        if effects & QUERY or (effects & VARIES and volatile_plan(expr.plan)):
            return True
    for child in children(expr):
        if _has(child, effects):
            return True
    return False


def can_raise(expr: BoundExpr) -> bool:
    """Evaluating it can fail: a function that can raise, or a subquery (which may hold anything)."""
    return _has(expr, RAISES | QUERY)


def is_volatile(expr: BoundExpr) -> bool:
    """Two evaluations may differ (random() and such), also inside subqueries."""
    return _has(expr, VARIES)


def fixed_in_run(function: FunctionDef) -> bool:
    """Gives the same for the same arguments all through one run of a statement (dates do, although "now" moves on)."""
    return function.deterministic or "stable" in function.flags


def volatile_plan(plan: Any) -> bool:
    for e in descendants(plan):
        if type(e) is Function and not fixed_in_run(e.function):
            return True
    return False


def has_subquery(expr: BoundExpr) -> bool:
    return _has(expr, QUERY)


def is_pure(expr: BoundExpr) -> bool:
    """Same value each time, never raises, no subquery: may be evaluated more or less often, anywhere."""
    return not _has(expr, RAISES | QUERY | VARIES)


# ---- plans


def inputs(plan: Any) -> Iterator[Any]:
    """Plans directly below `plan`; subqueries in expressions are not among them."""
    for value in fields(plan):
        if isinstance(value, _PLANS):
            yield value
        elif type(value) is tuple and value and isinstance(value[0], _PLANS):
            yield from value


def map_inputs(plan: Any, change: Callable[[Any], Any]) -> Any:
    """`plan` with `change` applied to each plan directly below it."""
    return _changed(plan, [change(value) if isinstance(value, _PLANS) else value for value in fields(plan)])


def own_exprs(plan: Any) -> Iterator[BoundExpr]:
    """Expressions that `plan` itself holds, not those of its inputs."""
    for value in fields(plan):
        if isinstance(value, Node):
            if not isinstance(value, _PLANS):
                yield from _exprs_in(value)
        elif type(value) is tuple and value and not isinstance(value[0], _PLANS):
            yield from _exprs_in(value)


def _exprs_in(item: Any) -> Iterator[BoundExpr]:
    if isinstance(item, BoundExpr):
        yield item
    elif type(item) is tuple:
        for part in item:
            yield from _exprs_in(part)
    elif isinstance(item, AggCall):
        yield from item.args
        if item.filter is not None:
            yield item.filter
        yield from _exprs_in(item.order)
    elif isinstance(item, SortKey):
        yield item.expr
    elif isinstance(item, physical.Bound):
        yield item.expr
        yield from item.more
    elif isinstance(item, physical.InKeys):
        yield from item.items


def all_exprs(plan: Any) -> Iterator[BoundExpr]:
    """Expressions of `plan` and of every plan below it (subqueries in expressions are left to the caller)."""
    yield from own_exprs(plan)
    for below in inputs(plan):
        yield from all_exprs(below)
