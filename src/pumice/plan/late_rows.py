"""Late rows: the first rows of a sort are fetched behind it, and before it only what is compared.

    Sort by b, limit 10                  RowFetch t
      IndexAccess t by t_ab (a > 5)  =>    Sort by b, limit 10
                                             IndexAccess t by t_ab covering (a > 5)

For a table's rows, in whole or by an index that has the sort's keys and the columns of all conditions. Source:
Abadi et al., "Materialization Strategies in a Column-Oriented DBMS", 2007.
Tests: tests/unit/plan/test_access_paths.py
"""

from __future__ import annotations

from pumice.catalog.objects import record_columns
from pumice.node import replace
from pumice.plan.logical.expr import Column, ColumnMeta
from pumice.plan.physical import nodes as physical
from pumice.plan.walk import columns_of
from pumice.values import AFF_INTEGER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.plan.logical.expr import Columns

FEW_OF_INDEX = 2.0  # rows sorted, for each that is kept, from which on it pays not to fetch them all
FEW_OF_SCAN = 50.0  # ... not to decode all their columns


def with_late_rows(sort: physical.Sort, kept: float, columns: Columns) -> physical.Physical:
    """`sort`, of which `kept` rows at most come out, or a plan that gives the same with rows fetched behind it."""
    project = sort.input if type(sort.input) is physical.Project else None
    source: Any = sort.input if project is None else project.input
    below = source.input if type(source) is physical.RowFetch and not source.filter else source
    if type(below) not in (physical.TableScan, physical.IndexAccess) or below.table.without_rowid:
        return sort
    by_index = type(below) is physical.IndexAccess
    if by_index and (source is below and below.covering or below.index_exprs):
        return sort
    if source.rows < kept * (FEW_OF_INDEX if by_index else FEW_OF_SCAN):
        return sort
    given = {c: Column(c) for c in source.columns}
    at = given if project is None else dict(zip(project.columns, project.exprs, strict=True))
    keys = tuple([replace(key, expr=at[key.expr.id]) for key in sort.keys if type(key.expr) is Column])
    if len(keys) < len(sort.keys) or not all(type(key.expr) is Column for key in keys):
        return sort
    position = dict(zip((*source.columns, *below.columns), (*source.table_columns, *below.table_columns), strict=True))
    compared = {key.expr.id for key in keys} | columns_of(below.filter) & position.keys()
    alias = below.table.rowid_alias
    if by_index:
        held = {-1 if c.column == alias else c.column for c in record_columns(below.table, below.index)}
        if not all(position[c] in held for c in compared):
            return sort
    if not any(position[c] >= 0 for c in source.columns if c not in compared):
        return sort
    rowid = columns.new(ColumnMeta("rowid", AFF_INTEGER, None, True, below.table.name))
    ids = tuple(sorted(compared))
    entries = replace(below, columns=(*ids, rowid), table_columns=(*[position[c] for c in ids], -1))
    if by_index:
        entries = replace(entries, covering=True)
    rows: physical.Physical = physical.RowFetch(
        replace(sort, input=entries, keys=keys),
        below.table,
        below.alias,
        source.columns,
        source.table_columns,
        (),
        sort.rows,
        sort.cost,
    )
    return rows if project is None else replace(project, input=rows, rows=sort.rows, cost=sort.cost)
