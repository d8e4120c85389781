"""The physical plan: one node per operator of the executor. The planner makes it, `exec/build.py` makes operators of
it, explain.py prints it.

`columns` are output ids in order, as in the logical plan. Expressions are those of plan/logical/expr.py; subquery
expressions hold physical plans here. An expression may refer to: the columns of the node's input; for access paths
under a lookup join, the left side's columns (keys only); and ids of enclosing queries (registers set by whoever opens
the subplan). `rows` and `cost` are the planner's estimates.
"""

from __future__ import annotations

from pumice.catalog.objects import Index, Table
from pumice.node import Node, node
from pumice.plan.logical.expr import AggCall, BoundExpr, SortKey


class Physical(Node):
    __slots__ = ()


@node
class SingleRow(Physical):
    columns: tuple[int, ...] = ()
    rows: float = 1.0
    cost: float = 0.0


@node
class Values(Physical):
    columns: tuple[int, ...]
    exprs: tuple[tuple[BoundExpr, ...], ...]
    rows: float = 1.0
    cost: float = 0.0


@node
class Bound(Node):
    """One end of a key range. `more`: the same end's values of the columns behind; a NULL among them, and what follows,
    does not count."""

    expr: BoundExpr
    inclusive: bool
    more: tuple[BoundExpr, ...] = ()


@node
class InKeys(Node):
    """Several key values for one column: an IN list (`items`) or subquery (`plan`). Looked up in ascending order
    without duplicates (descending for a descending walk); NULLs are skipped. `columns` of the plan are keys for so many
    columns together, rows of values; the keys behind the first are SAME_ROW."""

    items: tuple[BoundExpr, ...] = ()
    plan: Physical | None = None
    columns: tuple[int, ...] = (0,)
    affinities: tuple[int, ...] = (0,)      # applied to the values of each


SAME_ROW = InKeys(columns=(), affinities=())


@node
class TableScan(Physical):
    """`table_columns[i]` (-1 the rowid) gives `columns[i]`; `filter` conditions see these columns. Rowid order, or
    reversed. For a WITHOUT ROWID table it walks the key tree."""

    table: Table
    alias: str
    columns: tuple[int, ...]
    table_columns: tuple[int, ...]
    filter: tuple[BoundExpr, ...] = ()
    reverse: bool = False
    rows: float = 0.0
    cost: float = 0.0


@node
class RowidAccess(Physical):
    """Rows with rowid = `eq` (an expression or InKeys), or within `lower`..`upper`. Key values that are not integers
    are converted as SQLite does (eq 1.5 or 'x' matches nothing; bounds round)."""

    table: Table
    alias: str
    columns: tuple[int, ...]
    table_columns: tuple[int, ...]
    eq: BoundExpr | InKeys | None = None
    lower: Bound | None = None
    upper: Bound | None = None
    filter: tuple[BoundExpr, ...] = ()
    reverse: bool = False
    rows: float = 1.0
    cost: float = 0.0


@node
class IndexAccess(Physical):
    """Entries of `index` with the first len(eq) columns (behind n_skip others) equal and the next one within
    `lower`..`upper`; the row is then
    fetched from the table unless `covering`. `index` None: the key tree of a WITHOUT ROWID table. Equality with NULL
    matches nothing unless `eq_null[i]` (IS). Rows come in index order (reversed with `reverse`).
    A range without lower bound skips NULLs."""

    table: Table
    index: Index | None
    alias: str
    columns: tuple[int, ...]
    table_columns: tuple[int, ...]
    eq: tuple[BoundExpr | InKeys, ...] = ()
    eq_null: tuple[bool, ...] = ()
    lower: Bound | None = None
    upper: Bound | None = None
    covering: bool = False
    filter: tuple[BoundExpr, ...] = ()
    reverse: bool = False
    index_exprs: tuple[tuple[int, int], ...] = ()   # (output id, index column) of expression columns answered by the
                                                    # index itself
    not_null: bool = False                  # the range column holds no NULL; as `lower` does, without a value
    n_skip: int = 0                         # leading columns before those of `eq`: of each combination of their values
    rows: float = 1.0
    cost: float = 0.0
    first_only: bool = False                # covering, without keys: one entry of each such combination


@node
class MultiIndex(Physical):
    """`op` "or": rows of any input; "and": rows of all; each input is an access path that yields only the rowid (its
    single column). The row is then fetched once, in rowid order for "and", in first-found order for "or";
    `filter` is checked on it."""

    op: str
    table: Table
    alias: str
    columns: tuple[int, ...]
    table_columns: tuple[int, ...]
    inputs: tuple[Physical, ...]
    filter: tuple[BoundExpr, ...] = ()
    rows: float = 1.0
    cost: float = 0.0


@node
class RowFetch(Physical):
    """The rows of `table` whose rowids are the last column of `input`, in its order; `filter` is checked on them. The
    input is a covering IndexAccess that has checked what its entries tell, or the first rows of a sort."""

    input: Physical
    table: Table
    alias: str
    columns: tuple[int, ...]
    table_columns: tuple[int, ...]
    filter: tuple[BoundExpr, ...] = ()
    rows: float = 0.0
    cost: float = 0.0


@node
class Filter(Physical):
    input: Physical
    conditions: tuple[BoundExpr, ...]
    rows: float = 0.0
    cost: float = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        return self.input.columns


@node
class Project(Physical):
    input: Physical
    columns: tuple[int, ...]
    exprs: tuple[BoundExpr, ...]
    rows: float = 0.0
    cost: float = 0.0


@node
class NestedLoopJoin(Physical):
    """For each left row, the right rows that meet `conditions`, in left order then right order.

    `kind`: "inner", "left", "right", "full", "semi", "anti". `lookup`: right is an access path whose key expressions
    refer to left's columns: it is re-opened for each left row. `lateral`: right refers to left's columns elsewhere too.
    Otherwise right is computed once and buffered. right/full need an independent right side.
    """

    kind: str
    left: Physical
    right: Physical
    conditions: tuple[BoundExpr, ...] = ()
    lookup: bool = False
    lateral: bool = False
    rows: float = 0.0
    cost: float = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        if self.kind in ("semi", "anti"):
            return self.left.columns
        return self.left.columns + self.right.columns


@node
class HashJoin(Physical):
    """Equality join: right is the build side, left the probe side; left order is kept, matches come in right order.
    Keys equal under `collations`; NULL keys match nothing (unless null_safe[i]). `conditions`: further ON terms on the
    joined row. `null_aware`: NOT IN semantics for "anti". `filters`: (number, key) of the keys that InJoin conditions
    below `left` ask for."""

    kind: str                               # as NestedLoopJoin
    left: Physical
    right: Physical
    left_keys: tuple[BoundExpr, ...]
    right_keys: tuple[BoundExpr, ...]
    collations: tuple[str, ...]
    conditions: tuple[BoundExpr, ...] = ()
    null_safe: tuple[bool, ...] = ()
    null_aware: bool = False
    filters: tuple[tuple[int, int], ...] = ()
    rows: float = 0.0
    cost: float = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        if self.kind in ("semi", "anti"):
            return self.left.columns
        return self.left.columns + self.right.columns


@node
class Aggregate(Physical):
    """`mode`: "hash" (groups come out in key order, as SQLite's sorter gives), "sorted" (input already grouped by the
    keys), "scalar" (no keys)."""

    mode: str
    input: Physical
    key_ids: tuple[int, ...]
    keys: tuple[BoundExpr, ...]
    collations: tuple[str, ...]
    calls: tuple[AggCall, ...]
    bare_ids: tuple[int, ...] = ()
    bare: tuple[BoundExpr, ...] = ()
    bare_from: int = -1
    rows: float = 0.0
    cost: float = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        return self.key_ids + tuple(call.id for call in self.calls) + self.bare_ids


@node
class CountRows(Physical):
    """COUNT(*) of a whole table or index tree, by the leaf pages' cell counts."""

    table: Table
    index: Index | None
    columns: tuple[int, ...]
    rows: float = 1.0
    cost: float = 0.0


@node
class Distinct(Physical):
    """First of equal rows, in input order. `sorted`: equal rows are adjacent."""

    input: Physical
    collations: tuple[str, ...]
    sorted: bool = False
    rows: float = 0.0
    cost: float = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        return self.input.columns


@node
class Sort(Physical):
    """Stable sort. With `limit` a top-N: only the first limit+offset rows are kept; a Limit above still applies both.
    The input is in order of the first `n_ordered` keys (columns of it) already."""

    input: Physical
    keys: tuple[SortKey, ...]
    limit: BoundExpr | None = None
    offset: BoundExpr | None = None
    n_ordered: int = 0
    rows: float = 0.0
    cost: float = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        return self.input.columns


@node
class Keep(Physical):
    input: Physical
    columns: tuple[int, ...]
    rows: float = 0.0
    cost: float = 0.0


@node
class Gather(Physical):
    """The input, a pipeline over one table, run by up to `threads` threads over ranges of `n_leaves` leaf pages; order
    kept. Threads are started when the first range did not satisfy and there are at least `min_ranges`."""

    input: Physical
    threads: int
    n_leaves: int
    min_ranges: int
    rows: float = 0.0
    cost: float = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        return self.input.columns


@node
class Portion(Physical):
    """The rows of `input` as a PortionGather deals them out: the bottom of its pipeline."""

    input: Physical
    rows: float = 0.0
    cost: float = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        return self.input.columns


@node
class PortionGather(Physical):
    """The input, a pipeline over a Portion that reads database `db`, run by up to `threads` threads over portions of
    `size` rows; order kept. Threads are started when there are more than `first` rows."""

    input: Physical
    db: int
    threads: int
    size: int
    first: int
    rows: float = 0.0
    cost: float = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        return self.input.columns


@node
class Limit(Physical):
    input: Physical
    limit: BoundExpr | None
    offset: BoundExpr | None
    rows: float = 0.0
    cost: float = 0.0

    @property
    def columns(self) -> tuple[int, ...]:
        return self.input.columns


@node
class SetOp(Physical):
    """"union all": left then right, streaming. "union", "intersect", "except": without duplicates, in ascending order
    of the whole row, as SQLite gives."""

    op: str
    left: Physical
    right: Physical
    columns: tuple[int, ...]
    collations: tuple[str, ...]
    rows: float = 0.0
    cost: float = 0.0


@node
class Shared(Physical):
    """Computed once per execution under `key`, then read from the buffer. A CTE, or without a `name` what the planner
    found twice (same_rows.py)."""

    key: int
    input: Physical
    columns: tuple[int, ...]
    name: str = ""
    rows: float = 0.0
    cost: float = 0.0


@node
class Recursive(Physical):
    key: int
    columns: tuple[int, ...]
    initial: Physical
    step: Physical
    all: bool
    collations: tuple[str, ...]
    order: tuple[SortKey, ...] = ()
    limit: BoundExpr | None = None
    offset: BoundExpr | None = None
    name: str = ""
    rows: float = 0.0
    cost: float = 0.0


@node
class RecursiveRef(Physical):
    key: int
    columns: tuple[int, ...]
    name: str = ""
    rows: float = 0.0
    cost: float = 0.0
