"""Walking and rewriting bound trees: expressions, and the plans of subqueries inside them.

Both are nodes, so one walk over the fields serves. Output ids (`columns`, `key_ids`) are integers and are left alone:
what is replaced are Column nodes, the references.
"""

from __future__ import annotations

from collections.abc import Callable

from pumice.node import Node, descendants, fields
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LEAVES = (bound.Const, bound.Column, bound.Param, bound.CaseOperand, bound.CurrentTime)


def walk(node: Any) -> list[Node]:
    """Every node below and including `node`."""
    return descendants(node, _LEAVES)


def column_ids(node: Any) -> set[int]:
    """Ids of the columns that `node` refers to."""
    return {n.id for n in walk(node) if type(n) is bound.Column}


def contains_subquery(node: Any) -> bool:
    return type(node) not in _LEAVES and any(isinstance(n, logical.Plan) for n in walk(node))


def rewrite(node: Any, change: Callable[[Node], Node | None]) -> Any:
    """`node` with every node for which `change` gives a replacement replaced (top down;
    a replacement is not searched again)."""
    if isinstance(node, Node):
        changed = change(node)
        if changed is not None:
            return changed
        if type(node) in _LEAVES:
            return node
        old = fields(node)
        new = [rewrite(value, change) if isinstance(value, (Node, tuple)) else value for value in old]
        return node if all(a is b for a, b in zip(old, new, strict=True)) else type(node)(*new)
    if isinstance(node, tuple):
        items = tuple([rewrite(item, change) if isinstance(item, (Node, tuple)) else item for item in node])
        return node if all(a is b for a, b in zip(node, items, strict=True)) else items
    return node
