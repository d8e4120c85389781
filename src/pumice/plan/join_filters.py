"""Join filters: a hash join that leaves few rows of its left side tells the scan there which keys it has.

    HashJoin inner (l.part = p.id)            HashJoin inner (l.part = p.id)
      TableScan lineitem              ->        TableScan lineitem filter (part in join keys)
      TableScan part filter (...)               TableScan part filter (...)

The table of the join is complete before its left side is read, so the scan can drop what will find no match: it then
decodes the other columns for few rows, and they do not pass the operators and threads in between. Only joins that drop
left rows without a match, and only through nodes whose every row comes of one row of the scan.
Tests: tests/unit/operators/test_join_filters.py
"""

from __future__ import annotations

from pumice.node import replace
from pumice.plan.logical.expr import BoundExpr, Column, ColumnMeta, InJoin
from pumice.plan.physical import nodes
from pumice.values import AFF_NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MIN_ROWS = 10_000.0  # of the left side: fewer are not worth it
MAX_PART = 0.5  # of them that may find a match
FEW_KEYS = 0.01  # ... or rows of the right side, as a fraction of the left's: worth trying whatever is estimated


def filtered(
    left: Any, right: Any, kind: str, keys: list[BoundExpr], rows: float, columns: Any
) -> tuple[Any, tuple[tuple[int, int], ...]]:
    """`left` with filters by `keys` in its scans, and which: HashJoin.filters. `rows`: those of the join."""
    if kind not in ("inner", "semi") or left.rows < MIN_ROWS:
        return left, ()
    if rows > left.rows * MAX_PART and right.rows > left.rows * FEW_KEYS:
        return left, ()
    found = []
    for i, key in enumerate(keys):
        if type(key) is Column:
            number = columns.new(ColumnMeta("join", AFF_NONE, None))
            below = _push(left, key.id, number)
            if below is not None:
                left = below
                found.append((number, i))
    return left, tuple(found)


def _push(plan: Any, column: int, number: int) -> Any:
    """`plan` with the condition at the scan that `column` comes from; None when it does not come from one."""
    kind = type(plan)
    if kind is nodes.TableScan or kind is nodes.IndexAccess or kind is nodes.RowFetch:
        if column not in plan.columns:
            return None
        return replace(plan, filter=(*plan.filter, InJoin(Column(column), number)))
    name = "input"
    if kind is nodes.HashJoin or kind is nodes.NestedLoopJoin:
        if plan.kind in ("right", "full") or column not in plan.left.columns:
            return None
        name = "left"
    elif kind is nodes.Project:
        at = plan.exprs[plan.columns.index(column)]
        if type(at) is not Column:
            return None
        column = at.id
    elif kind is not nodes.Filter and kind is not nodes.Keep:
        return None
    below = _push(getattr(plan, name), column, number)
    return None if below is None else replace(plan, **{name: below})
