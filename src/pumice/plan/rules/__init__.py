"""The rewrite rules, in their order: RULES. Each is a function (plan, context) -> plan that returns the same object when it has nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pumice.plan.logical.nodes import Plan

Rule = Callable[[Plan, Any], Plan]

RULES: tuple[Rule, ...] = ()


def rewrite(plan: Plan, context: Any) -> Plan:
    """`plan` after every rule of RULES."""
    for rule in RULES:
        plan = rule(plan, context)
    return plan
