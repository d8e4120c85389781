"""Aggregation: sorted where the order is free, else hashed; COUNT(*) by the tree's cell counts; a lone min/max by an
index.

Hashed groups come out in ascending key order; sorted ones in the order of the input, which is asked for ascending
unless a sort above would like it descending. Either way the visible order is SQLite's.
Tests: tests/unit/plan/test_aggregates.py
"""

from __future__ import annotations

from pumice.node import replace
from pumice.plan import cost, same_rows
from pumice.plan.access.order import Wanted, ascending
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import AggCall, Column, SortKey
from pumice.plan.physical import nodes as physical
from pumice.plan.rules.min_max import first_row_plan
from pumice.plan.stats import cardinality
from pumice.plan.stats.width import index_width, table_width
from pumice.plan.walk import columns_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.catalog.objects import Index, Table
    from pumice.plan.translate import Translator

Result = tuple[physical.Physical, bool]


def plan_aggregate(t: Translator, plan: logical.Aggregate, needed: set[int], wanted: Wanted | None) -> Result:
    plan = _without_unused(plan, needed)
    counted = _count_rows(t, plan)
    if counted is not None:
        return counted, True
    used = _read_by(plan)
    if not plan.keys:
        return _scalar(t, plan, used), True
    if wanted is not None and plan.bare:
        wanted = _by_keys(plan, wanted)
    liked, turned = _liked_order(plan, wanted)
    below, ordered = t.plan(plan.input, used, liked)
    if liked is None:
        ordered = False
    elif turned and not ordered and len(plan.keys) > 1:
        # Groups in another order than the wanted one are sorted, but they are fewer than the rows.
        liked, turned = _liked_order(plan, None)
        below, ordered = t.plan(plan.input, used, liked)
    rows = cardinality.groups(below.rows, len(plan.keys))
    each = cost.SORTED_GROUP_ROW if ordered else cost.group_row(rows)
    total = below.cost + below.rows * each
    node = _node(t, plan, below, "sorted" if ordered else "hash", rows, total)
    if wanted is None:
        return node, False
    if ordered:
        return node, turned is True
    return node, ascending(wanted.keys, plan.key_ids, plan.collations)


def _node(
    t: Translator, plan: logical.Aggregate, below: physical.Physical, mode: str, rows: float, total: float
) -> physical.Aggregate:
    t.n_costly += below.cost >= same_rows.MIN_COST
    return physical.Aggregate(
        mode,
        below,
        plan.key_ids,
        t.exprs(plan.keys),
        plan.collations,
        t.calls(plan.calls),
        plan.bare_ids,
        t.exprs(plan.bare),
        plan.bare_from,
        rows,
        total,
    )


def _read_by(plan: logical.Aggregate) -> set[int]:
    used = columns_of((plan.keys, plan.bare))
    for call in plan.calls:
        used |= columns_of(call.args)
        if call.filter is not None:
            used |= columns_of(call.filter)
        for key in call.order:
            used |= columns_of(key.expr)
    return used


def _without_unused(plan: logical.Aggregate, needed: set[int]) -> logical.Aggregate:
    """Without the calls and bare columns that nobody reads. A min/max that bare columns hang on stays; so does a last
    call."""
    if needed.issuperset(plan.columns):
        return plan
    bare = [(i, e) for i, e in zip(plan.bare_ids, plan.bare, strict=True) if i in needed]
    calls, bare_from = [], -1
    for i, call in enumerate(plan.calls):
        if call.id in needed or (bare and i == plan.bare_from):
            if i == plan.bare_from:
                bare_from = len(calls)
            calls.append(call)
    if not calls and not plan.keys:
        calls = list(plan.calls[:1])
    return logical.Aggregate(
        plan.input,
        plan.key_ids,
        plan.keys,
        plan.collations,
        tuple(calls),
        tuple([i for i, _ in bare]),
        tuple([e for _, e in bare]),
        bare_from if bare else -1,
    )


# ---- grouped


def _by_keys(plan: logical.Aggregate, wanted: Wanted) -> Wanted:
    """A bare column that repeats a key (of the row that gave a min or max) equals it under the key's collation, so it
    sorts alike."""
    same = {
        i: k
        for i, e in zip(plan.bare_ids, plan.bare, strict=True)
        for k, key in zip(plan.key_ids, plan.keys, strict=True)
        if e == key
    }
    keys = [
        SortKey(Column(same[k.expr.id]), k.desc, k.nulls_first, k.collation)
        if type(k.expr) is Column and k.expr.id in same
        else k
        for k in wanted.keys
    ]
    return Wanted(tuple(keys), wanted.limit, wanted.grouping)


def _liked_order(plan: logical.Aggregate, wanted: Wanted | None) -> tuple[Wanted | None, bool | None]:
    """(order of the input that makes groups adjacent, is it the order wanted above). Keys that a sort above names
    come first, its way."""
    if not all(type(key) is Column for key in plan.keys):
        return None, None
    keys = {i: SortKey(key, collation=n) for i, key, n in zip(plan.key_ids, plan.keys, plan.collations, strict=True)}
    if wanted is None or not wanted.keys:
        return Wanted(tuple(keys.values()), wanted and wanted.limit, grouping=True, free=True), None
    first: list[SortKey] = []
    left = dict(keys)
    for key in wanted.keys:
        mine = left.pop(key.expr.id, None) if type(key.expr) is Column else None
        if mine is None or mine.collation != key.collation:
            return Wanted(tuple(keys.values()), grouping=True, free=True), None
        first.append(SortKey(mine.expr, key.desc, key.nulls_first, mine.collation))
    return Wanted((*first, *left.values()), wanted.limit, grouping=True), True


# ---- one group


def _scalar(t: Translator, plan: logical.Aggregate, used: set[int]) -> physical.Physical:
    once = _over_distinct(plan)
    if once is not None:
        values = t.plan(once.input, used, None)[0]
        if type(values) is physical.Distinct and values.sorted:
            return _node(t, once, values, "scalar", 1.0, values.cost + values.rows * cost.SORTED_GROUP_ROW)
    below = t.plan(plan.input, used, None)[0]
    total = below.cost + below.rows * cost.SORTED_GROUP_ROW
    first = first_row_plan(plan, used, t.columns)
    if first is not None:
        limited = t.plan(first, used, None)[0]
        if not _sorts(limited) and limited.cost < total:
            return _node(t, plan, limited, "scalar", 1.0, limited.cost + 1.0)
    return _node(t, plan, below, "scalar", 1.0, total)


def _over_distinct(plan: logical.Aggregate) -> logical.Aggregate | None:
    """Aggregates over the distinct values of one column, as plain ones over a DISTINCT: an index may give that in
    order."""
    first = plan.calls[0]
    if plan.bare or len(first.args) != 1 or type(first.args[0]) is not Column:
        return None
    for call in plan.calls:
        if not call.distinct or call.filter is not None or call.order or "minmax" in call.function.flags:
            return None
        if call.args != first.args or call.collation != first.collation:
            return None
    source = logical.Keep(plan.input, (first.args[0].id,))
    calls = tuple([replace(call, distinct=False) for call in plan.calls])
    return replace(plan, input=logical.Distinct(source, (first.collation or "BINARY",)), calls=calls)


def _sorts(plan: physical.Physical) -> bool:
    if type(plan) is physical.SetOp:
        return _sorts(plan.left) or _sorts(plan.right)
    return type(plan) is physical.Sort or (type(plan) in (physical.Limit, physical.Keep) and _sorts(plan.input))


def _count_rows(t: Translator, plan: logical.Aggregate) -> physical.Physical | None:
    """COUNT(*) of a whole table, alone in its query."""
    if (
        plan.keys
        or plan.bare
        or len(plan.calls) != 1
        or type(plan.input) is not logical.Scan
        or not counts_star(plan.calls[0])
    ):
        return None
    scan = plan.input
    total = t.table_rows(scan.table) * 0.05
    return physical.CountRows(scan.table, _smallest_index(scan), plan.columns, 1.0, total)


def counts_star(call: AggCall) -> bool:
    return "counts_star" in call.function.flags and not call.args and call.filter is None and not call.distinct


def _smallest_index(scan: logical.Scan) -> Index | None:
    """The index whose entries are narrowest, if narrower than the table's rows: its tree has the fewest pages."""
    table: Table = scan.table
    best = None
    for index in table.indexes:
        if index.where is not None or not index.columns:
            continue
        if scan.indexed_by is not None:
            if index.name.lower() == scan.indexed_by.lower():
                return index
            continue
        if (
            scan.not_indexed
            or index_width(table, index) >= table_width(table) - table.without_rowid
            or (table.without_rowid and index.origin == "pk")
        ):
            continue
        if best is None or index_width(table, index) < index_width(table, best):
            best = index
    return best
