"""The logical plan: relational algebra over column ids. The binder makes it, the rules rewrite it,
the planner turns it into a physical plan.

    SELECT a, count(*) FROM t WHERE b > 1 GROUP BY a ORDER BY 2 LIMIT 3

    Limit -> Sort -> Project -> Aggregate -> Filter -> Scan(t)

Every node's `columns` are the ids of its output in order. `Select` (the bound statement) wraps the root.
"""

from __future__ import annotations

from pumice.catalog.objects import Index, Table
from pumice.node import Node, node
from pumice.plan.logical.expr import AggCall, BoundExpr, Columns, SortKey


class Plan(Node):
    """Each has `columns: tuple[int, ...]` as a field or property."""

    __slots__ = ()


@node
class SingleRow(Plan):
    """One row without columns: SELECT without FROM."""

    columns: tuple[int, ...] = ()


@node
class Scan(Plan):
    """All rows of a stored table. `table_columns[i]` is the column position that output id `columns[i]` stands for; -1
    is the rowid. The binder lists every column of the table; the planner prunes. `alias` is the name in the query
    (EXPLAIN). The last columns stand for `exprs`, expressions over the others, which indexes hold
    (rules/index_expressions.py)."""

    table: Table
    alias: str
    columns: tuple[int, ...]
    table_columns: tuple[int, ...]
    indexed_by: str | None = None
    not_indexed: bool = False
    exprs: tuple[BoundExpr, ...] = ()


@node
class Values(Plan):
    columns: tuple[int, ...]
    rows: tuple[tuple[BoundExpr, ...], ...]


@node
class Filter(Plan):
    input: Plan
    conditions: tuple[BoundExpr, ...]       # ANDed

    @property
    def columns(self) -> tuple[int, ...]:
        return self.input.columns


@node
class Project(Plan):
    input: Plan
    columns: tuple[int, ...]
    exprs: tuple[BoundExpr, ...]


@node
class Join(Plan):
    """`kind`: "inner", "cross" (inner, order fixed by the user), "left", "right", "full", "semi", "anti". Output:
    left's columns then right's (semi/anti: left's only). `conditions` are the ON/USING terms; right may refer to left's
    columns only for lateral subqueries."""

    kind: str
    left: Plan
    right: Plan
    conditions: tuple[BoundExpr, ...] = ()

    @property
    def columns(self) -> tuple[int, ...]:
        if self.kind in ("semi", "anti"):
            return self.left.columns
        return self.left.columns + self.right.columns


@node
class Aggregate(Plan):
    """GROUP BY `keys` (empty: one group, always one row). Output: key ids, aggregate ids, bare ids.

    `bare`: (id, expr) evaluated on one row of the group: the first one,
    or with `bare_from` = i the row that gave min/max aggregate i.
    """

    input: Plan
    key_ids: tuple[int, ...]
    keys: tuple[BoundExpr, ...]
    collations: tuple[str, ...]             # per key
    calls: tuple[AggCall, ...]
    bare_ids: tuple[int, ...] = ()
    bare: tuple[BoundExpr, ...] = ()
    bare_from: int = -1

    @property
    def columns(self) -> tuple[int, ...]:
        return self.key_ids + tuple(call.id for call in self.calls) + self.bare_ids


@node
class Distinct(Plan):
    input: Plan
    collations: tuple[str, ...]

    @property
    def columns(self) -> tuple[int, ...]:
        return self.input.columns


@node
class Sort(Plan):
    """Sorts; keys may be any expression over the input. Stable."""

    input: Plan
    keys: tuple[SortKey, ...]

    @property
    def columns(self) -> tuple[int, ...]:
        return self.input.columns


@node
class Keep(Plan):
    """Keeps some of the input's columns, in the given order (drops what only ORDER BY needed)."""

    input: Plan
    columns: tuple[int, ...]


@node
class Limit(Plan):
    """`limit` None: no limit (only OFFSET). Negative limit: none. Values that are not integers: "datatype mismatch"."""

    input: Plan
    limit: BoundExpr | None
    offset: BoundExpr | None

    @property
    def columns(self) -> tuple[int, ...]:
        return self.input.columns


@node
class SetOp(Plan):
    """`op`: "union all", "union", "intersect", "except". Both sides have as many columns as `columns`,
    matched by position."""

    op: str
    left: Plan
    right: Plan
    columns: tuple[int, ...]
    collations: tuple[str, ...]


@node
class Shared(Plan):
    """A plan that is read in several places (a CTE): computed once per execution. `key` identifies it;
    each reference has its own ids."""

    key: int
    input: Plan
    columns: tuple[int, ...]
    name: str = ""


@node
class Recursive(Plan):
    """A recursive CTE: rows of `initial`, then of `step` for each row taken from the queue. `all`: UNION ALL. With
    `order` the queue is a priority queue; `limit`/`offset` count output rows. Inside `step`, RecursiveRef(key)
    is the current queue row(s)."""

    key: int
    columns: tuple[int, ...]
    initial: Plan
    step: Plan
    all: bool
    collations: tuple[str, ...]
    order: tuple[SortKey, ...] = ()         # over `columns`
    limit: BoundExpr | None = None
    offset: BoundExpr | None = None
    name: str = ""


@node
class RecursiveRef(Plan):
    key: int
    columns: tuple[int, ...]
    name: str = ""


# ---- statements


@node
class Select(Node):
    """A bound query. `names`: column names. `types`: declared types or None."""

    plan: Plan
    names: tuple[str, ...]
    types: tuple[str | None, ...]
    all_columns: Columns


@node
class IndexWrite(Node):
    """How one index follows its table: `keys` (one per Index.columns) and `where` are over TableWrite.row_ids. For
    plain columns they are Column nodes."""

    index: Index
    keys: tuple[BoundExpr, ...]
    where: BoundExpr | None
    conflict: str                           # resolved action: statement's OR clause, else the constraint's,
                                            # else "abort"


@node
class TableWrite(Node):
    """What keeps a table and its indexes true. A row is laid out as `row_ids`: every column in declaration order,
    then the rowid last."""

    table: Table
    row_ids: tuple[int, ...]
    not_null: tuple[tuple[int, str, BoundExpr | None], ...]     # column, resolved action, default (for "replace")
    checks: tuple[tuple[BoundExpr, str, str], ...]              # condition over row_ids, label, resolved action
    indexes: tuple[IndexWrite, ...]
    rowid_conflict: str                                         # resolved action for a duplicate rowid / WITHOUT ROWID
                                                                # key
    all_columns: Columns
    conflict: str | None = None                                 # the statement's own OR clause, or None
    generated: tuple[tuple[int, BoundExpr], ...] = ()           # column, expression over row_ids


@node
class Insert(Node):
    """`values[i]`: value for column i over the columns of `source` (defaults filled in; no Affinity: the writer applies
    column affinity). `rowid`: value for the rowid or None to choose one.
    `source` must be materialised first when `reads_target`."""

    write: TableWrite
    source: Plan
    values: tuple[BoundExpr, ...]
    rowid: BoundExpr | None
    reads_target: bool = False


@node
class Update(Node):
    """`source` emits `old_ids` (the row as row_ids lays it out, for the rows to change). `values[i]`: new value of
    column i over the columns of source, or None when unchanged; `rowid` likewise. `changed`: places in row_ids that
    get a new value, those of generated columns and of a rowid's alias among them. `joined`: there is a FROM."""

    write: TableWrite
    source: Plan
    old_ids: tuple[int, ...]
    values: tuple[BoundExpr | None, ...]
    rowid: BoundExpr | None
    changed: frozenset[int]
    joined: bool = False


@node
class Delete(Node):
    """`source` emits `old_ids`. `everything`: no WHERE, so the trees can be cleared at once."""

    write: TableWrite
    source: Plan
    old_ids: tuple[int, ...]
    everything: bool = False
