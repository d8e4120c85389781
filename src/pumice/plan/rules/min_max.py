"""A lone min(x) or max(x) as the first row of the rows in order of x.

    SELECT min(x) FROM t WHERE ...   =>   min over (rows WHERE ... AND x IS NOT NULL ORDER BY x LIMIT 1)
    SELECT max(x) FROM t WHERE ...   =>   max over (rows WHERE ... ORDER BY x DESC LIMIT 1)
    SELECT min(x), y FROM t          =>   ... over (rows WHERE x IS NOT NULL ORDER BY x LIMIT 1
                                                    UNION ALL rows ORDER BY x LIMIT 1) LIMIT 1

Exact: min and max skip NULLs, which come first ascending (so min filters them) and last descending (so max meets one
only if there is nothing else). Bare columns beside min need a row even if all x are NULL: the first in the same order.
Not with a FILTER clause, GROUP BY or other aggregates. It pays only where an index gives the order; the planner
compares.
"""

from __future__ import annotations

from pumice.plan.logical.expr import Column, Const, IsNull, SortKey
from pumice.plan.logical.nodes import Aggregate, Filter, Keep, Limit, Plan, Scan, SetOp, Sort

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.plan.logical.expr import Columns


def first_row_plan(plan: Aggregate, used: set[int], columns: Columns) -> Plan | None:
    """The other input for a lone min or max; None where the law does not hold or no index can help. `used`: the columns
    that the aggregate reads. `columns`: all of the statement's."""
    if plan.keys or len(plan.calls) != 1:
        return None
    call = plan.calls[0]
    if (
        "minmax" not in call.function.flags
        or call.filter is not None
        or len(call.args) != 1
        or type(call.args[0]) is not Column
    ):
        return None
    source = plan.input
    while type(source) is Filter:
        source = source.input
    if type(source) is not Scan or call.args[0].id not in source.columns:
        return None
    smallest = call.function.name == "min"
    key = SortKey(call.args[0], not smallest, smallest, call.collation or "BINARY")
    if not smallest or columns.metas[call.args[0].id].not_null:
        return _first(plan.input, key)
    condition = IsNull(call.args[0], True)
    rows: Plan = plan.input
    rows = Filter(rows.input, (*rows.conditions, condition)) if type(rows) is Filter else Filter(rows, (condition,))
    if not plan.bare:
        return _first(rows, key)
    kept = tuple([i for i in plan.input.columns if i in used])
    both = SetOp("union all", Keep(_first(rows, key), kept), Keep(_first(plan.input, key), kept), kept, ())
    return Limit(both, Const(1), None)


def _first(rows: Plan, key: SortKey) -> Plan:
    return Limit(Sort(rows, (key,)), Const(1), None)
