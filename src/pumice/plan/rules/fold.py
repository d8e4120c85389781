"""Constant folding: expressions over constants, and conditions that are always or never true.

    -(5) => -5      2 + 3 => 5      numeric!('12') => 12      NULL IS NULL => 1
    WHERE 1 AND x   => WHERE x      WHERE 0 => no rows        x OR 1 => 1

Exact: only integer arithmetic that stays far inside 64 bits, affinity of texts that are plain integers, and AND/OR
laws of three-valued logic (0 AND x is 0, 1 OR x is 1, whatever x; a constant operand that decides nothing is dropped).
"""

from __future__ import annotations

from pumice.plan.logical.expr import Affinity, And, Arith, BoundExpr, Column, Compare, Const, IsNull, Or, Param, Unary
from pumice.plan.logical.nodes import Aggregate, Filter, Join, Plan, Project, Recursive, Scan, Shared, Values
from pumice.plan.walk import map_all, map_children, map_inputs
from pumice.values import AFF_NUMERIC, AFF_TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SAFE = 1 << 31  # operands below it cannot overflow
_DIGITS = 15  # an integer of so many is the same as a REAL
_NUMBERS = (int, float)


def fold_constants(plan: Plan, context: Any) -> Plan:
    kind = type(plan)
    if kind is Scan or kind is Shared or kind is Recursive:
        return plan
    plan = map_inputs(plan, lambda below: fold_constants(below, context))
    if kind is Filter:
        return _filter(plan)
    if kind is Project:
        exprs = map_all(plan.exprs, fold)
        return plan if exprs is plan.exprs else Project(plan.input, plan.columns, exprs)
    if kind is Join and plan.conditions:
        conditions = map_all(plan.conditions, fold)
        kept = tuple([c for c in conditions if not is_true(c)])
        if len(kept) == len(plan.conditions) and conditions is plan.conditions:
            return plan
        return Join(plan.kind, plan.left, plan.right, kept)
    if kind is Aggregate:
        keys = map_all(plan.keys, fold)
        if keys is not plan.keys:
            return Aggregate(
                plan.input, plan.key_ids, keys, plan.collations, plan.calls, plan.bare_ids, plan.bare, plan.bare_from
            )
    return plan


def _filter(plan: Filter) -> Plan:
    conditions = map_all(plan.conditions, fold)
    for condition in conditions:
        if type(condition) is Const:
            break
    else:
        return plan if conditions is plan.conditions else Filter(plan.input, conditions)
    if any(is_never_true(c) for c in conditions):
        return Values(plan.columns, ())
    kept = tuple([c for c in conditions if not is_true(c)])
    return Filter(plan.input, kept) if kept else plan.input


def is_true(e: BoundExpr) -> bool:
    return type(e) is Const and isinstance(e.value, _NUMBERS) and e.value != 0


def is_never_true(e: BoundExpr) -> bool:
    """Constant 0 or NULL. Texts and blobs are left to the executor."""
    return type(e) is Const and (e.value is None or (isinstance(e.value, _NUMBERS) and e.value == 0))


def fold(e: BoundExpr) -> BoundExpr:
    kind = type(e)
    if kind is Column or kind is Const or kind is Param:
        return e
    e = map_children(e, fold)
    method = _FOLDS.get(type(e))
    return method(e) if method is not None else e


def _unary(e: Unary) -> BoundExpr:
    if type(e.operand) is not Const:
        return e
    value = e.operand.value
    if e.op == "neg" and (type(value) is float or (type(value) is int and value != -(1 << 63) and value != 0)):
        return Const(-value)  # type: ignore[operator]
    if e.op == "not" and type(value) in _NUMBERS:
        return Const(0 if value else 1)
    return e


def _arith(e: Arith) -> BoundExpr:
    if e.op not in "+-*" or type(e.left) is not Const or type(e.right) is not Const:
        return e
    a, b = e.left.value, e.right.value
    if type(a) is not int or type(b) is not int or abs(a) >= _SAFE or abs(b) >= _SAFE:
        return e
    return Const(a + b if e.op == "+" else a - b if e.op == "-" else a * b)


def _affinity(e: Affinity) -> BoundExpr:
    if type(e.operand) is not Const:
        return e
    value = e.operand.value
    if value is None or isinstance(value, bytes):
        return e.operand
    if e.affinity == AFF_TEXT:
        return Const(str(value)) if type(value) is int else e.operand if isinstance(value, str) else e
    if e.affinity == AFF_NUMERIC:
        if isinstance(value, str):
            return Const(int(value)) if _is_integer(value) else e
        return e.operand if type(value) is int else e
    return e


def _is_integer(text: str) -> bool:
    """Is it an integer as CAST to TEXT writes it?"""
    digits = text.removeprefix("-")
    return len(digits) <= _DIGITS and digits.isascii() and digits.isdigit() and str(int(text)) == text


def _compare(e: Compare) -> BoundExpr:
    if type(e.left) is not Const or type(e.right) is not Const:
        return e
    a, b = e.left.value, e.right.value
    if type(a) is not int or type(b) is not int:
        return e
    result = {
        "=": a == b,
        "is": a == b,
        "<>": a != b,
        "isnot": a != b,
        "<": a < b,
        "<=": a <= b,
        ">": a > b,
        ">=": a >= b,
    }[e.op]
    return Const(1 if result else 0)


def _is_null(e: IsNull) -> BoundExpr:
    return Const(1 if (e.operand.value is None) != e.negated else 0) if type(e.operand) is Const else e


def _and(e: And) -> BoundExpr:
    if any(type(a) is Const and isinstance(a.value, _NUMBERS) and a.value == 0 for a in e.args):
        return Const(0)
    kept = tuple([a for a in e.args if not is_true(a)])
    return e if len(kept) == len(e.args) else And(kept) if len(kept) > 1 else _as_truth(kept, 1)


def _or(e: Or) -> BoundExpr:
    if any(is_true(a) for a in e.args):
        return Const(1)
    kept = tuple([a for a in e.args if not (type(a) is Const and isinstance(a.value, _NUMBERS) and a.value == 0)])
    return e if len(kept) == len(e.args) else Or(kept) if len(kept) > 1 else _as_truth(kept, 0)


def _as_truth(kept: tuple[BoundExpr, ...], neutral: int) -> BoundExpr:
    """One operand left: as 0, 1 or NULL, which only a truth-valued expression is by itself."""
    if not kept:
        return Const(neutral)
    if type(kept[0]) in _TRUTHS:
        return kept[0]
    return And((kept[0], Const(1)))


_TRUTHS = (Compare, And, Or, IsNull)
_FOLDS: dict[type, Any] = {
    Unary: _unary,
    Arith: _arith,
    Affinity: _affinity,
    Compare: _compare,
    IsNull: _is_null,
    And: _and,
    Or: _or,
}
