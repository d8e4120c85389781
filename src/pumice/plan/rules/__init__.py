"""The rewrite rules, in their order. Each is a function (plan, context) -> plan that returns the same object when it
has nothing to do.

A rule may be switched off by its name (`context.disabled`). It runs only if the query has one of the nodes it is
about: a point query meets none and pays one short walk. Shared and recursive parts are queries of their own (nodes
`BARRIERS`): the planner rewrites them when it comes to them, as it does with subqueries in expressions.
Tests: tests/rules/test_rules.py, plan before and after.
"""

from __future__ import annotations

from pumice.plan.logical.expr import Exists, InSubquery, Or, ScalarSubquery
from pumice.plan.logical.nodes import Aggregate, Filter, Join, Plan, Project, Recursive, Scan, SetOp, Shared
from pumice.plan.rules.decorrelate import decorrelate
from pumice.plan.rules.equality import propagate_constants
from pumice.plan.rules.factor_or import factor_or
from pumice.plan.rules.flatten import flatten
from pumice.plan.rules.fold import fold_constants
from pumice.plan.rules.index_expressions import has_indexed_expressions, index_expressions
from pumice.plan.rules.limit_arms import limit_arms
from pumice.plan.rules.or_parts import or_parts
from pumice.plan.rules.or_to_in import or_to_in
from pumice.plan.rules.push_down import push_down
from pumice.plan.rules.scalar_aggregate import scalar_aggregate
from pumice.plan.walk import inputs, kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Rule = Callable[[Plan, Any], Plan]

BARRIERS = (Shared, Recursive)

# A condition that waits above something it could pass, as a mark in a query's shape.
NESTED = "nested"
# A table with an index on an expression, likewise.
INDEXED = "indexed"

RULES: tuple[tuple[Rule, frozenset[Any] | None], ...] = (
    (fold_constants, None),  # first: smaller expressions for all that follow
    (factor_or, frozenset([Or])),  # may leave an OR of equalities
    (or_to_in, frozenset([Or])),
    (flatten, frozenset([NESTED, Join])),  # brings filters and joins of subqueries together ...
    (scalar_aggregate, frozenset([ScalarSubquery])),  # ... before they are looked at for subqueries
    (decorrelate, frozenset([Exists, InSubquery])),
    (propagate_constants, frozenset([Join])),
    (or_parts, frozenset([Or])),
    (push_down, frozenset([NESTED, Join])),  # last: also moves what the rules before it made
    (flatten, frozenset([NESTED, Join])),  # pushing moved filters away from between projections
    (limit_arms, frozenset([SetOp])),
    (index_expressions, frozenset([INDEXED])),  # after all that moves expressions
)


def rewrite(plan: Plan, context: Any) -> Plan:
    """`plan` after every rule of RULES."""
    shape: set[Any] = set()
    looked: Plan | None = None  # the plan whose shape that is; a superset does
    for rule, about in RULES:
        if about is not None and shape.isdisjoint(about):
            if looked is plan:
                continue
            _shape(plan, shape, False)
            looked = plan
            if shape.isdisjoint(about):
                continue
        if rule.__name__ not in context.disabled:
            plan = rule(plan, context)
    return plan


def _shape(plan: Plan, into: set[Any], under: bool) -> None:
    """Node and condition types of a query; NESTED if there is a filter or projection above something other than a
    table."""
    kind = type(plan)
    into.add(kind)
    if kind is Scan:
        if has_indexed_expressions(plan):
            into.add(INDEXED)
        return
    if kind in BARRIERS:
        return
    if kind is Filter:
        for condition in plan.conditions:
            kinds(condition, into)
        if type(plan.input) is not Scan:
            into.add(NESTED)
    elif kind is Project:
        for expr in plan.exprs:
            kinds(expr, into)
        if under:
            into.add(NESTED)
    elif kind is Join:
        for condition in plan.conditions:
            kinds(condition, into)
    for below in inputs(plan):
        _shape(below, into, under or kind in (Project, Aggregate, Filter, Join))
