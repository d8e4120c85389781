"""The paths to a table's rows, and their cost.

For every index (and the rowid, or the key tree of a WITHOUT ROWID table): equality on leading columns, then IN or a
range, as far as the conditions go; the whole index where it covers the query or gives the wanted order; one index per
alternative of an OR; indexes of which each leaves too many rows, and all together few; else the table. Among equal
costs the first found wins: the table before its indexes, those newest first, as SQLite walks them.
Tests: tests/unit/plan/test_access.py
"""

from __future__ import annotations

from pumice import errors
from pumice.catalog.objects import record_columns
from pumice.plan import cost
from pumice.plan.access.base import NOTHING, BaseTable, Constraint
from pumice.plan.access.order import Wanted, served
from pumice.plan.logical.expr import BoundExpr, Cast, Const, InList
from pumice.plan.rules.index_expressions import FIRST
from pumice.plan.stats import cardinality
from pumice.plan.stats.width import index_width, table_width
from pumice.plan.walk import columns_of, has_subquery, split_and, substitute

TYPE_CHECKING = False
if TYPE_CHECKING:

    from pumice.catalog.objects import Index, IndexColumn, IndexStat
    from pumice.plan.logical.expr import SortKey

Ids = frozenset[int] | set[int]
SKIP_ROWS = 18.0  # by a value of a leading column, from which on it may be skipped: SQLite's number
SKIP_SEEKS = 2.5  # by such a value: to it, and to the keys behind it; more than the two, for what is not known of it
EARLY_ROWS = 32.0  # entries of an index from which on conditions on its columns are checked before the rows are fetched
MANY = 100.0  # rows by one index from which on another index may be asked, too


class Path:
    """`kind`: "scan", "rowid", "index" (index None: the key tree), "or" or "and". `fetched`: rows it reads in one
    opening, `rows`: those that meet all the conditions it can check, `cost` of one opening, `reach` of it up to the
    first row. `used`: numbers of conditions it makes true by itself."""

    __slots__ = (
        "kind",
        "index",
        "n_skip",
        "eq",
        "lower",
        "upper",
        "lower_more",
        "upper_more",
        "covering",
        "reverse",
        "fetched",
        "rows",
        "cost",
        "reach",
        "used",
        "ordered",
        "n_ordered",
        "together",
        "parts",
        "bound",
        "early",
    )

    def __init__(self, kind: str, index: Index | None = None) -> None:
        self.kind = kind
        self.index = index
        self.n_skip = 0  # leading columns of which each combination of values is walked
        self.eq: list[Constraint] = []
        self.lower: Constraint | None = None
        self.upper: Constraint | None = None
        self.lower_more: list[Constraint] = []  # of a row comparison, for the columns behind
        self.upper_more: list[Constraint] = []
        self.covering = False
        self.reverse = False
        self.fetched = 1.0
        self.rows = 1.0
        self.cost = 0.0
        self.reach = 0.0
        self.used: Ids = NOTHING
        self.ordered = False  # gives the wanted order
        self.n_ordered = 0  # or only by so many of the wanted keys, ...
        self.together = 0.0  # ... in runs of so many rows; 0: not worth it
        self.parts: list[tuple[Path, BaseTable]] = []
        self.early = 1.0  # fraction of the index's entries that meet the conditions on its own columns
        self.bound = False  # a key reads another relation: usable below a join only

    def constraints(self) -> list[Constraint]:
        return [*self.eq, *[c for c in (self.lower, self.upper) if c is not None]]


class Opening:
    """What the paths of one opening of `base` share: which relations were read before, hence which constraints are
    `usable` (and for which `columns`), and which `terms` can be checked, as (number, selectivity)."""

    __slots__ = ("base", "available", "wanted", "usable", "columns", "terms", "_fixed")

    def __init__(self, base: BaseTable, available: Ids, wanted: Wanted | None = None) -> None:
        self.base = base
        self.available = available
        self.wanted = wanted
        self.usable = [c for c in base.constraints if not c.needs or c.needs <= available]
        self.columns = {c.column for c in self.usable}
        self.terms = [
            (number, selectivity)
            for number, selectivity, needs in zip(
                base.term_numbers, base.selectivities, base.term_needs, strict=True
            )
            if not needs or needs <= available
        ]
        self._fixed: dict[int, str] | None = None

    def lend(self, constraints: list[Constraint]) -> None:
        """More of them, after its own."""
        self.usable = [*self.usable, *constraints]
        self.columns = self.columns.union([c.column for c in constraints])

    @property
    def fixed(self) -> dict[int, str]:
        if self._fixed is None:
            self._fixed = self.base.fixed_columns(self.available)
        return self._fixed


def choose(base: BaseTable, available: Ids, wanted: Wanted | None = None, ordered_only: bool = False) -> Path | None:
    """The cheapest path for one opening, when the relations `available` have been read. With `wanted` order, the sort
    that a path saves counts for it; `ordered_only`: only paths that give the order (None if there is none). Raises
    `no query solution` for INDEXED BY."""
    best: Path | None = None
    best_cost = 0.0
    for path in paths(base, available, wanted):
        total = path.cost
        if wanted is not None:
            if path.ordered:
                total = wanted.early_cost(path.cost, path.rows)
            elif ordered_only:
                continue
            elif path.together:
                sorted_whole = total + wanted.penalty(path.rows)
                total = wanted.partly_cost(path.cost, path.rows, path.together)
                if total >= sorted_whole:
                    total, path.together, path.reverse = sorted_whole, 0.0, False
            else:
                total += wanted.penalty(path.rows)
        if best is None or total < best_cost:
            best, best_cost = path, total
    if best is None and not ordered_only:
        raise errors.sql_error("no query solution")
    return best


def paths(base: BaseTable, available: Ids, wanted: Wanted | None = None) -> list[Path]:
    scan = base.scan
    table = base.table
    at = Opening(base, available, wanted)
    found: list[Path] = []
    if scan.indexed_by is not None:
        name = scan.indexed_by.lower()
        for index in table.indexes:
            if index.name.lower() == name:
                return _index(at, index, forced=True)
        return [_key_tree(at)]      # the index of a WITHOUT ROWID table's key
    if table.without_rowid:
        path = _key_tree(at)
        if path.eq or path.lower or path.upper or wanted is None:
            found.append(path)
        if path.eq and len(path.eq) >= len(table.primary_key) and path.fetched <= 1.0:
            return found
        if not path.eq and not path.lower and not path.upper and wanted is not None:
            found.append(path)
        stat = table.key_index.stat if table.key_index is not None else None
        n_skip = _skip_scan(at, table.primary_key, stat)
        if n_skip:
            path = _key_tree(at, n_skip)
            if path.eq or path.lower or path.upper:
                found.append(path)
    else:
        by_rowid = _rowid(at)
        if by_rowid is not None:
            found.append(by_rowid)
            if by_rowid.eq and by_rowid.eq[0].op != "in":
                return found
        found.append(_scan(at))
    if scan.not_indexed or not table.indexes:
        return found
    for index in table.indexes:
        if index.columns:
            found += _index(at, index)
    if not table.without_rowid:
        for number, alternatives in base.alternatives:
            several = _alternatives(at, number, alternatives)
            if several is not None:
                found.append(several)
        several = _intersection(at, found)
        if several is not None:
            found.append(several)
    return found


# ---- one path


def _finish(at: Opening, path: Path) -> Path:
    """Fills what follows from the keys: used conditions, rows, whether the order is the wanted one."""
    keys = path.constraints()
    used = path.used | {c.term for c in keys}
    path.used = {*path.used, *[c.term for c in keys if c.exact]}
    if len(path.used) < len(used):
        path.used |= _rows_settled(path)
    for c in keys:
        if c.needs:
            path.bound = True
    rows = path.fetched
    for number, selectivity in at.terms:
        if number not in used:
            rows *= selectivity
            path.cost += path.fetched * cost.CONDITION
    path.rows = rows
    wanted = at.wanted
    if wanted is not None:
        path.n_ordered, reverse = served(at.base, path, wanted, at.fixed)
        if path.n_ordered == len(wanted.keys):
            path.ordered = True
            path.reverse = reverse
        elif path.n_ordered and wanted.partly is not None and path.kind == "index" and path.index is not None:
            path.reverse = reverse
            path.together = _together(at.base, path, wanted.keys[: path.n_ordered])
    return path


def _together(base: BaseTable, path: Path, keys: tuple[SortKey, ...]) -> float:
    """Rows of a path by an index that agree on `keys`, which its entries are ordered by."""
    assert path.index is not None
    named = {base.position[i] for key in keys for i in columns_of(key.expr)}
    n = path.n_skip + len(path.eq)
    for column in base.key_columns(path.index)[n:]:
        n += column in named
    entries = cardinality.index_entries(path.index, base.rows)
    each = base.rows_per_key(path.index, entries, n)
    return max(each * path.rows / max(path.fetched, 1.0), 1.0)


def _scan(at: Opening) -> Path:
    path = Path("scan")
    path.fetched = at.base.rows
    path.cost = at.base.rows * at.base.scan_row
    return _finish(at, path)


def _in_values(base: BaseTable, constraint: Constraint) -> float:
    value = constraint.value
    return float(len(value.items)) if type(value) is InList else base.values_of(value)  # type: ignore[arg-type]


def _rowid(at: Opening) -> Path | None:
    if -1 not in at.columns:
        return None
    base = at.base
    path = Path("rowid")
    several = None
    for c in at.usable:
        if c.column == -1:
            if c.op == "=" or (c.op == "is" and type(c.value) is not Const):
                path.eq = [c]
                break
            if c.op == "in":
                several = several or c
            elif c.op in (">", ">="):
                path.lower = path.lower or c
            elif c.op in ("<", "<="):
                path.upper = path.upper or c
    if path.eq:
        path.lower = path.upper = None
        path.cost = cost.seek(base.rows) + base.miss + cost.SCAN_ROW
    elif several is not None:
        path.eq, path.lower, path.upper = [several], None, None
        path.fetched = min(_in_values(base, several), base.rows)
        path.cost = path.fetched * (cost.seek(base.rows) + base.miss + cost.SCAN_ROW)
    elif path.lower or path.upper:
        path.fetched = _range_part(path, base.rows)
        path.cost = cost.seek(base.rows) + path.fetched * base.scan_row
    else:
        return None
    return _finish(at, path)


def _fits(c: Constraint, key: IndexColumn, position: int) -> bool:
    """Can `c` be a key for this column of a tree?"""
    return c.column == position and (c.collation == key.collation or c.collation == "" or position == -1)


def _keys(at: Opening, path: Path, columns: tuple[IndexColumn, ...], positions: tuple[int, ...]) -> None:
    """Takes constraints for leading columns of a tree into `path`. `positions`: BaseTable.key_columns."""
    for i, (key, position) in enumerate(zip(columns, positions, strict=True)):
        if position not in at.columns:
            return
        fitting = [c for c in at.usable if _fits(c, key, position)]
        equal = next((c for c in fitting if c.op == "=" or c.op == "is"), None) or next(
            (c for c in fitting if c.op == "in"), None
        )
        if equal is not None and _may_follow(equal, path.eq):
            path.eq.append(equal)
            continue
        for c in fitting:
            if c.op in (">", ">="):
                path.lower = path.lower or c
            elif c.op in ("<", "<="):
                path.upper = path.upper or c
        path.lower_more = _more(path.lower, columns[i:], positions[i:])
        path.upper_more = _more(path.upper, columns[i:], positions[i:])
        if path.lower is None and path.upper is None:  # else NULLs are left out anyway
            path.lower = next((c for c in fitting if c.op == "notnull"), None)
        return


def _may_follow(c: Constraint, eq: list[Constraint]) -> bool:
    """Rows of values are keys for neighbouring columns, each of them once."""
    same = [i for i, other in enumerate(eq) if other.op == "in" and c.op == "in" and other.term == c.term]
    return not same or (same[-1] == len(eq) - 1 and all(eq[i].part != c.part for i in same))


def is_row(c: Constraint) -> bool:
    return c.op == "in" and type(c.value) is not InList and len(c.value.operands) > 1  # type: ignore[attr-defined]


def _rows_settled(path: Path) -> set[int]:
    """Numbers of the IN conditions with row values of which each column is a key."""
    rows = [c for c in path.eq if is_row(c)]
    return {c.term for c in rows if sum(o.term == c.term for o in rows) == len(c.value.operands)}  # type: ignore[attr-defined]


def _more(end: Constraint | None, columns: tuple[IndexColumn, ...], positions: tuple[int, ...]) -> list[Constraint]:
    """What else of a row comparison ends a range of a tree's `columns`, of which the first is taken."""
    found: list[Constraint] = []
    if end is not None:
        for c, key, position in zip(end.more, columns[1:], positions[1:], strict=False):
            if not _fits(c, key, position) or key.desc != columns[0].desc:
                break
            found.append(c)
    return found


def _skip_scan(at: Opening, columns: tuple[IndexColumn, ...], stat: IndexStat | None) -> int:
    """How many leading columns, of few values each by the statistics and with no condition to seek by, lie before one
    that has such a condition; else 0."""
    if stat is None or stat.no_skip_scan or not at.usable:
        return 0
    for i, (column, each) in enumerate(zip(columns, (*stat.per_prefix, 0.0), strict=False)):
        position = -1 if column.column == at.base.alias else column.column
        sought = set()
        if position in at.columns:
            sought = {c.op for c in at.usable if _fits(c, column, position)} - {"notnull"}
        if sought and i:
            return i
        if sought & {"=", "is", "in"} or each < SKIP_ROWS or column.expr is not None:
            return 0
    return 0


def _is_null(c: Constraint) -> bool:
    return c.op == "is" and type(c.value) is Const and c.value.value is None


def _range_part(path: Path, rows: float) -> float:
    if path.lower is not None:
        blobs = (
            type(path.lower.value) is Const and path.lower.value.value == b""
        )  # rules/like_prefix.py: few texts are BLOBs
        rows *= (
            cardinality.NOT_NULL
            if path.lower.op == "notnull"
            else cardinality.BLOBS
            if blobs
            else cardinality.RANGE
        )
        if path.upper is not None and path.lower.op != "notnull":
            rows *= cardinality.CLOSED
    if path.upper is not None:
        rows *= cardinality.RANGE
    return max(rows, 1.0)


def _lists(base: BaseTable, path: Path) -> float:
    """Combinations of keys that the path looks up."""
    result = 1.0
    for i, c in enumerate(path.eq):
        if c.op == "in" and not (i and is_row(c) and path.eq[i - 1].term == c.term):
            result *= max(_in_values(base, c), 1.0)
    return result


def _key_tree(at: Opening, n_skip: int = 0) -> Path:
    """The tree of a WITHOUT ROWID table, by a key prefix or whole. `n_skip`: of _skip_scan."""
    base = at.base
    path = Path("index")
    path.covering = True
    keys = base.table.primary_key
    path.n_skip = n_skip
    _keys(at, path, keys[n_skip:], tuple([c.column for c in keys[n_skip:]]))
    lists = _lists(base, path)
    n_seeks = 1.0
    if n_skip:
        lists *= max(base.rows / cardinality.key_rows(base.table, n_skip, base.rows), 1.0)
        n_seeks = SKIP_SEEKS
    each = cardinality.key_rows(base.table, n_skip + len(path.eq), base.rows)
    if path.lower or path.upper:
        each = _range_part(path, each)
    path.fetched = min(lists * each, base.rows)
    seeks = lists * n_seeks * (cost.index_seek(base.rows) + base.miss) if path.eq or path.lower or path.upper else 0.0
    path.cost = seeks + path.fetched * base.scan_row
    return _finish(at, path)


def _index(at: Opening, index: Index, forced: bool = False) -> list[Path]:
    """The uses of `index`: by keys or else whole, and by keys behind leading columns that are skipped."""
    settled = _settled(at, index)
    if settled is None:
        return []
    found = [_seek(at, index, settled) or _whole_index(at, index, settled, forced)]
    n_skip = _skip_scan(at, index.columns, index.stat)
    if n_skip:
        found.append(_seek(at, index, settled, n_skip))
    return [path for path in found if path is not None]


def _settled(at: Opening, index: Index) -> Ids | None:
    """Numbers of the conditions that hold for all rows of a partial index; None if it may lack rows asked for."""
    if index.where is None:
        return NOTHING
    base = at.base
    known = [t for t, needs in zip(base.terms, base.term_needs, strict=True) if needs <= at.available]
    if base.scan.exprs:
        first = len(base.scan.columns) - len(base.scan.exprs)
        known = substitute(tuple(known), dict(zip(base.scan.columns[first:], base.scan.exprs, strict=True)))
    if not base.matcher.implied(index.where, split_and(known)):
        return None
    terms = zip(base.term_numbers, base.terms, strict=True)
    return {number for number, term in terms if base.matcher.states(index.where, term)}


def _seek(at: Opening, index: Index, settled: Ids, n_skip: int = 0) -> Path | None:
    """By keys, None when there are none. `settled`: of _settled, `n_skip`: of _skip_scan."""
    base = at.base
    positions = base.key_columns(index)
    if positions[n_skip] not in at.columns:
        return None
    path = Path("index", index)
    path.n_skip = n_skip
    _keys(at, path, record_columns(base.table, index)[n_skip:], positions[n_skip:])
    if not (path.eq or path.lower or path.upper):
        return None
    path.used = settled
    path.covering = covers(base, index, settled)
    entries = cardinality.index_entries(index, base.rows)
    lists = _lists(base, path)
    n_seeks = 1.0
    if n_skip:
        lists *= max(entries / base.rows_per_key(index, entries, n_skip), 1.0)
        n_seeks = SKIP_SEEKS
    each = base.rows_per_key(index, entries, n_skip + len(path.eq))
    nulls = [_is_null(c) for c in path.eq]
    if n_skip == 0 and nulls[:1] == [True]:
        each = base.null_rows(index, entries, each)
    elif any(nulls):
        each = min(each * cardinality.NULLS, entries)
    elif index.unique and any(c.op == "is" for c in path.eq):
        each = max(each, min(cardinality.PER_KEY[0], entries))
    next_row = 0.0
    if path.lower is not None and path.lower.op == "notnull" and not path.eq and not n_skip:
        each *= 1.0 - base.null_part_of(index, 1.0 - cardinality.NOT_NULL)
    elif path.lower or path.upper:
        # What a range leaves is a guess on the high side, and not to use its index would be the worse mistake:
        # fewer rows, taken for such as lie together.
        each = _range_part(path, each)
        if n_skip == 0 and (path.upper is not None or (path.lower is not None and path.lower.op != "notnull")):
            next_row = base.near_row()
    path.fetched = min(lists * each, entries)
    charged = max(path.fetched * cost.DOUBT, 1.0) if next_row else path.fetched
    path.early = _early(at, index, path)
    path.reach = n_seeks * (cost.index_seek(entries) + base.index_miss(index, entries))
    path.cost = lists * path.reach + charged * _entry(base, index, path.covering)
    if not path.covering:
        first = min(lists, charged)
        path.reach += base.far_row()
        path.cost += first * path.early * base.far_row()
        if charged > first:
            path.cost += (charged - first) * path.early * (next_row or base.next_row(index))
    return _finish(at, path)


def _whole_index(at: Opening, index: Index, settled: Ids, forced: bool) -> Path | None:
    """In its order, where that is of use or the table need not be read."""
    base = at.base
    covering = covers(base, index, settled)
    useful = forced or covering or index.where is not None
    if not useful and at.wanted is None:
        return None
    path = Path("index", index)
    path.used = settled
    path.covering = covering
    path.fetched = entries = cardinality.index_entries(index, base.rows)
    path.early = _early(at, index, path)
    each = _entry(base, index, covering)
    path.cost = entries * (each if covering else each + path.early * base.next_row(index))
    _finish(at, path)
    return path if useful or path.ordered or path.together else None


def _early(at: Opening, index: Index, path: Path) -> float:
    """The fraction of the entries of `index` that `path` reads whose own columns meet the conditions on them; 1 where
    these are not checked before the rows are fetched."""
    base = at.base
    if path.covering or path.fetched < EARLY_ROWS or base.table.without_rowid:
        return 1.0
    used = path.used | {c.term for c in path.constraints()}
    if len(used) >= len(base.terms):
        return 1.0
    held = set(base.key_columns(index))
    conditions = dict(zip(base.term_numbers, base.terms, strict=True))
    result = 1.0
    for number, selectivity in at.terms:
        if number not in used and is_early(base, held, conditions[number]):
            result *= selectivity
    return result


def is_early(base: BaseTable, held: set[int], condition: BoundExpr) -> bool:
    """Can `condition` be checked on an index entry that has the columns `held`?"""
    own = columns_of(condition) & base.ids
    return bool(own) and all(FIRST < base.position[i] in held for i in own) and not has_subquery(condition)


def covers(base: BaseTable, index: Index, settled: Ids) -> bool:
    """Does the index hold every column that the query reads of the table? Conditions with the numbers `settled` need
    not be looked at."""
    held = set(base.key_columns(index))
    needed = base.needed
    if settled:
        terms = zip(base.term_numbers, base.terms, strict=True)
        needed = base.given | columns_of(tuple([term for number, term in terms if number not in settled]))
    for column_id in needed:
        column = base.position.get(column_id)
        if column is None or (column in held and column > FIRST):
            continue
        if column > FIRST:
            return False
        expr = base.scan.exprs[FIRST - column]
        if column in held and is_answered(expr):
            continue
        # An indexed expression that another index answers by the columns it is made of.
        if any(base.position.get(i) not in held for i in columns_of(expr)):
            return False
    return True


def is_answered(expr: BoundExpr) -> bool:
    """Does an index give the very value of `expr`? A REAL that CAST makes of an integer is kept as an INTEGER."""
    return type(expr) is not Cast


def _entry(base: BaseTable, index: Index, covering: bool) -> float:
    """Cost of an entry of `index`, without its row."""
    if covering:
        return _covering_row(base, index)
    return cost.INDEX_ROW + cost.INDEX_WIDTH * index_width(base.table, index)


def _covering_row(base: BaseTable, index: Index) -> float:
    """Cost of a row of a covering index against the table's: by the widths, as SQLite estimates them from the
    declared types."""
    mine, theirs = index_width(base.table, index), table_width(base.table)
    if mine >= theirs:
        return base.scan_row * 1.01
    return min(cost.INDEX_ROW + cost.INDEX_WIDTH * mine, base.scan_row * 0.99)


# ---- several indexes


def _alternatives(at: Opening, number: int, alternatives: list[list[BoundExpr]]) -> Path | None:
    """One path for each alternative of an OR; None if one of them has no index."""
    base = at.base
    path = Path("or")
    path.fetched = path.cost = 0.0
    for inner in base.inner_tables(number, alternatives):
        part = _alternative(at, number, inner)
        if part is None:
            return None
        path.parts.append((part, inner))
        path.fetched += part.rows
        path.cost += part.cost + _rows_of(base, part)
        path.bound = path.bound or part.bound
    path.fetched = min(path.fetched, base.rows)
    path.cost += path.fetched * cost.BUILD_ROW
    counted = {number}.union(set.intersection(*[part.used for part, _ in path.parts]))
    others = path.fetched
    for other, selectivity in at.terms:
        if other not in counted:
            others *= selectivity
    path.rows = others
    return path


def _rows_of(base: BaseTable, part: Path) -> float:
    """Cost of the rows that `part` of an OR finds, fetched in the order in which it does."""
    ranged = part.upper is not None or (part.lower is not None and part.lower.op != "notnull")
    if ranged:  # as in _seek
        return max(part.rows * cost.DOUBT, 1.0) * base.near_row()
    first = min(_lists(base, part), part.rows)
    if part.index is None:
        return part.rows * base.far_row()
    return first * base.far_row() + (part.rows - first) * base.next_row(part.index)


def _alternative(at: Opening, number: int, inner: BaseTable) -> Path | None:
    """A seek that finds the rows meeting the conditions of one alternative of term `number`, giving rowids: only with a
    key of theirs, never a scan. The other terms of the query may lend it more."""
    own = Opening(inner, at.available)
    if not own.usable:
        return None
    best = _rowid(own)
    if best is not None and best.eq:
        return best
    columns = own.columns
    own.lend([c for c in at.usable if c.term != number])
    for index in inner.table.indexes:
        if not index.columns or columns.isdisjoint(inner.key_columns(index)):
            continue
        # Only rowids are wanted (`needed`): the index alone tells them; conditions that it does not settle are checked
        # on the fetched row.
        settled = _settled(own, index)
        path = _seek(own, index, settled) if settled is not None else None
        if path is None or not any(c.term < 0 for c in path.constraints()):
            continue
        if best is None or path.cost < best.cost:
            best = path
    return best


def _intersection(at: Opening, found: list[Path]) -> Path | None:
    """The rowids that several of the paths `found` have in common, as long as each further one pays for itself."""
    parts = [p for p in found if p.kind == "index" and p.eq and not p.covering and not p.n_skip]
    if len(parts) < 2:
        return None
    parts.sort(key=lambda part: part.fetched)
    if not MANY <= parts[0].fetched <= cost.MEMORY_BUILD:
        return None
    base, wanted = at.base, at.wanted
    path = Path("and")
    path.fetched = base.rows
    for part in parts:
        if path.parts and part.used <= path.used:
            continue
        left = path.fetched * min(part.fetched / base.rows, 1.0)
        rowids = _rowids(base, part)
        reach = rowids.cost + part.fetched * (cost.PROBE_ROW if path.parts else cost.BUILD_ROW)
        if path.parts and reach >= (path.fetched - left) * base.far_row():
            continue
        path.fetched = left
        path.reach += reach
        path.used |= part.used
        path.bound = path.bound or part.bound
        path.parts.append((rowids, base))
    if len(path.parts) < 2:
        return None
    path.reach += cost.sort(path.fetched)
    path.cost = path.reach + path.fetched * base.far_row()
    if wanted is not None and wanted.limit is None:  # else a single index in the order may end early
        n_ordered, reverse = served(base, path, wanted, at.fixed)
        path.ordered = n_ordered == len(wanted.keys) and not reverse
    path.rows = path.fetched
    for number, selectivity in at.terms:
        if number not in path.used:
            path.rows *= selectivity
            path.cost += path.fetched * cost.CONDITION
    return path


def _rowids(base: BaseTable, path: Path) -> Path:
    """`path` by an index as far as the rowids that it finds there."""
    assert path.index is not None
    part = Path("index", path.index)
    part.eq, part.lower, part.upper, part.covering = path.eq, path.lower, path.upper, True
    part.lower_more, part.upper_more = path.lower_more, path.upper_more
    part.fetched = part.rows = path.fetched
    entries = cardinality.index_entries(path.index, base.rows)
    part.cost = _lists(base, path) * (cost.index_seek(entries) + base.index_miss(path.index, entries))
    part.cost += path.fetched * cost.INDEX_ROW
    return part
