"""A lone min(x) or max(x) as the first row of the rows in order of x.

    SELECT min(x) FROM t WHERE ...   =>   min over (rows WHERE ... AND x IS NOT NULL ORDER BY x LIMIT 1)
    SELECT max(x) FROM t WHERE ...   =>   max over (rows WHERE ... ORDER BY x DESC LIMIT 1)

Exact: min and max skip NULLs, which come first ascending (so min filters them) and last descending (so max meets one
only if there is nothing else). Not with a FILTER clause, GROUP BY or other aggregates; min with bare columns keeps
its input, as these need a row even if all x are NULL, but for an x that is never NULL. It pays only where an index
gives the order; the planner compares.
"""

from __future__ import annotations

from pumice.plan.logical.expr import Column, Const, IsNull, SortKey
from pumice.plan.logical.nodes import Aggregate, Filter, Limit, Plan, Scan, Sort

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.plan.logical.expr import Columns


def first_row_plan(plan: Aggregate, columns: Columns) -> Plan | None:
    """The other input for a lone min or max; None where the law does not hold or no index can help. `columns`: all of
    the statement's."""
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
    never_null = columns.metas[call.args[0].id].not_null
    if smallest and plan.bare and not never_null:
        return None
    rows: Plan = plan.input
    if smallest and not never_null:
        condition = IsNull(call.args[0], True)
        rows = Filter(rows.input, (*rows.conditions, condition)) if type(rows) is Filter else Filter(rows, (condition,))
    key = SortKey(call.args[0], not smallest, smallest, call.collation or "BINARY")
    return Limit(Sort(rows, (key,)), Const(1), None)
