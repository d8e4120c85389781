"""BaseTable: one stored table in a query, its conditions, and what each condition offers to a seek (its constraints).

    WHERE t.a = 5 AND u.x > t.b     for t: constraint (column a, "=", 5) and (column b, "<", u.x, once u is read)

A comparison offers a constraint when one side is a column (or an indexed expression) whose own values are compared as
they are stored: an Affinity node around it that could change them forbids it, and the collation must be the index
column's.
Tests: tests/unit/plan/test_access.py
"""

from __future__ import annotations

from pumice.catalog.objects import record_columns
from pumice.plan import cost
from pumice.plan.access.match import Matcher, affinity_is_idle
from pumice.plan.logical.expr import (
    Affinity,
    And,
    BoundExpr,
    Column,
    Compare,
    Const,
    Function,
    InList,
    InSubquery,
    IsNull,
    Or,
)
from pumice.plan.logical.nodes import Scan
from pumice.plan.rules.index_expressions import FIRST
from pumice.plan.rules.like_prefix import prefix_alternatives
from pumice.plan.stats import cardinality
from pumice.plan.stats.width import index_bytes
from pumice.plan.walk import columns_of, is_volatile, split_and, volatile_plan
from pumice.values import AFF_TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.catalog.objects import Index, IndexColumn
    from pumice.plan.stats.look import Look

MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "is": "is"}


class Constraint:
    """`column op value`: op is "=", "is", "<", "<=", ">", ">=", "in" (value an InList or InSubquery) or "notnull".

    `needs`: ids of other relations that the value reads. `term`: number of the condition; `exact`: a seek with it
    makes the condition true. `part`: for "in" with a row value, which of its columns; it is true if all are sought.
    `more`: of a row comparison, what it says of further columns where those before are equal.
    """

    __slots__ = ("column", "op", "value", "needs", "collation", "term", "exact", "more", "part")

    def __init__(
        self,
        column: int,
        op: str,
        value: BoundExpr,
        needs: frozenset[int],
        collation: str,
        term: int,
        exact: bool = True,
    ) -> None:
        self.column = column
        self.op = op
        self.value = value
        self.needs = needs
        self.collation = collation
        self.term = term
        self.exact = exact
        self.more: list[Constraint] = []
        self.part = 0


PAGE_BYTES = 4096  # what fits here is near
NOTHING: frozenset[int] = frozenset()


class BaseTable:
    """`context`: the Translator. `needed`: columns that the query reads, `given`: those that are not only in the
    conditions of its block. `terms`: the conditions that read this table, and `term_numbers` their numbers in the
    query. `inside`: ids of all relations that are joined with it (others are outer references: fixed). `miss`: cost of
    a random row beyond that of a cached one; `scan_row`: of a row in order."""

    def __init__(
        self,
        scan: Scan,
        context: Any,
        rows: float,
        needed: set[int],
        given: set[int],
        inside: set[int],
    ) -> None:
        self.scan = scan
        self.table = scan.table
        self.context = context
        self.metas = context.columns.metas
        self.rows = rows
        self.needed = needed
        self.given = given
        self.inside = inside
        self.look: Look = context.look
        self.row_bytes = self.look.row_bytes(scan.table)
        missed = cost.misses(rows * self.row_bytes, self.look.cache_bytes)
        self.miss = cost.MISS * missed
        self.scan_row = cost.scan_row(self.row_bytes) + cost.NEXT_MISS * missed * self.row_bytes / PAGE_BYTES
        self.ids = set(scan.columns)
        self.position: dict[int, int] = {}
        self.alias = alias = -9 if scan.table.without_rowid else scan.table.rowid_alias
        for column_id, column in zip(scan.columns, scan.table_columns, strict=True):
            self.position[column_id] = -1 if column == alias else column
        self.fetch_costs: dict[str, float] = {}
        self.null_parts: dict[str, float | None] = {}  # by index
        self.runs: dict[tuple[str, int], float] = {}  # _same_keys, by index and columns
        self.terms: list[BoundExpr] = []
        self.term_numbers: list[int] = []
        self.term_needs: list[frozenset[int]] = []
        self.selectivities: list[float] = []
        self.constraints: list[Constraint] = []
        self.alternatives: list[tuple[int, list[list[BoundExpr]]]] = []  # OR terms and LIKE prefixes
        self.inner: dict[int, list[BaseTable]] = {}  # for these
        self._matcher: Matcher | None = None
        self.keys: dict[str, tuple[int, ...]] = {}

    @property
    def matcher(self) -> Matcher:
        if self._matcher is None:
            self._matcher = Matcher(self.scan)
        return self._matcher

    def add_term(self, number: int, condition: BoundExpr, used: set[int]) -> None:
        """`used`: columns_of(condition)."""
        self.terms.append(condition)
        self.term_numbers.append(number)
        needs = used - self.ids
        self.term_needs.append(frozenset(needs & self.inside) if needs else NOTHING)
        self.selectivities.append(self._selectivity(condition))
        self.constraints += self.constraints_of(number, condition)

    def inner_tables(self, number: int, alternatives: list[list[BoundExpr]]) -> list[BaseTable]:
        """This table as each alternative of the condition `number` sees it: with its conditions alone, whose numbers
        are below 0, and only the rowid being asked for."""
        known = self.inner.get(number)
        if known is None:
            known = self.inner[number] = [self._inner(split_and(conditions)) for conditions in alternatives]
        return known

    def _inner(self, conditions: list[BoundExpr]) -> BaseTable:
        inner = BaseTable.__new__(BaseTable)
        inner.__dict__.update(self.__dict__)
        inner.needed = inner.given = {i for i, column in self.position.items() if column == -1}
        inner.terms, inner.term_numbers, inner.term_needs, inner.selectivities = [], [], [], []
        inner.constraints, inner.alternatives, inner.inner = [], [], {}
        for i, condition in enumerate(conditions):
            inner.add_term(-1 - i, condition, columns_of(condition))
        return inner

    def constraints_of(self, number: int, condition: BoundExpr) -> list[Constraint]:
        kind = type(condition)
        found: list[Constraint] = []
        if kind is Compare:
            if condition.op in MIRROR:
                self._side(found, number, condition.left, condition.op, condition.right, condition.collation)
                self._side(found, number, condition.right, MIRROR[condition.op], condition.left, condition.collation)
        elif kind is InList:
            if not condition.negated:
                self._in_list(found, number, condition)
        elif kind is InSubquery:
            if not condition.negated:
                self._in_subquery(found, number, condition)
        elif kind is IsNull:
            self._side(found, number, condition.operand, "notnull" if condition.negated else "is", Const(None), "")
        elif kind is Or:
            self._row_value(found, number, condition)
            self.alternatives.append(
                (number, [list(arg.args) if type(arg) is And else [arg] for arg in condition.args])
            )
        elif kind is Function:
            self._like(number, condition)
        return found

    def stored_side(self, expr: BoundExpr) -> int | None:
        """Table column (or indexed expression) whose stored values `expr` compares as they are; None for anything
        else."""
        inner = expr
        if type(expr) is Affinity:
            inner = expr.operand
        if type(inner) is not Column:
            return None
        column = self.position.get(inner.id)
        if column is None:
            return None
        if inner is not expr and not affinity_is_idle(expr.affinity, self.metas[inner.id].affinity):
            return None
        return column

    def key_columns(self, index: Index) -> tuple[int, ...]:
        """What the entries of `index` compare by (record_columns), as `position` numbers it."""
        known = self.keys.get(index.name)
        if known is None:
            columns = record_columns(self.table, index)
            known = self.keys[index.name] = tuple([self._key_column(c) for c in columns])
        return known

    def _key_column(self, key: IndexColumn) -> int:
        if key.expr is not None:
            for i, e in enumerate(self.scan.exprs):
                if self.matcher.same(key.expr, e):
                    return FIRST - i
        return -1 if key.column == self.alias else key.column

    def _side(
        self, found: list[Constraint], number: int, side: BoundExpr, op: str, value: BoundExpr, collation: str
    ) -> None:
        column = self.stored_side(side)
        if column is None:
            return
        needs = self._outside(value)
        if needs is not None:
            found.append(Constraint(column, op, value, needs, collation, number))

    def _outside(self, value: BoundExpr) -> frozenset[int] | None:
        """Ids of other relations that `value` reads; None when it reads this table or is volatile: no key for a
        seek."""
        if type(value) is Const:
            return NOTHING
        used = columns_of(value)
        if used & self.ids or is_volatile(value):
            return None
        return frozenset(used & self.inside) if used else NOTHING

    def _in_list(self, found: list[Constraint], number: int, condition: InList) -> None:
        column = self.stored_side(condition.operand)
        if column is None:
            return
        needs: frozenset[int] = NOTHING
        for item in condition.items:
            if type(item) is not Const:
                outside = self._outside(item)
                if outside is None:
                    return
                needs |= outside
        found.append(
            Constraint(
                column,
                "in",
                condition,
                needs,
                condition.collation,
                number,
            )
        )

    def _in_subquery(self, found: list[Constraint], number: int, condition: InSubquery) -> None:
        columns = [self.stored_side(operand) for operand in condition.operands]
        if all(column is None for column in columns) or volatile_plan(condition.plan):
            return
        used = columns_of(condition.plan)
        # A correlated list would be read again for every outer row; SQLite does not use those either.
        if used & self.inside:
            return
        exact = len(columns) == 1
        for part, (column, collation) in enumerate(zip(columns, condition.collations, strict=True)):
            if column is not None:
                found.append(Constraint(column, "in", condition, NOTHING, collation, number, exact))
                found[-1].part = part

    def _row_value(self, found: list[Constraint], number: int, condition: Or) -> None:
        """(a, b) > (x, y) arrives as `a > x OR (a = x AND b > y)`: a range from or to [x, y] of an index over a, b."""
        parts = _row_comparison(condition)
        if len(parts) < 2:
            return
        for turned in (False, True):
            columns: list[Constraint] = []
            for e in parts:
                side, op, value = (e.right, MIRROR[e.op], e.left) if turned else (e.left, e.op, e.right)
                before = len(columns)
                self._side(columns, number, side, op, value, e.collation)
                if before == len(columns) or not columns[before].needs <= columns[0].needs:
                    del columns[before:]
                    break
            if columns:
                first, *first.more = columns
                first.exact = False
                if len(first.op) == 1:
                    first.op += "="
                found.append(first)

    def _like(self, number: int, condition: Function) -> None:
        ranges = prefix_alternatives(condition)
        if ranges is None:
            return
        operand, collation, alternatives = ranges
        if type(operand) is Column and operand.id in self.position and self.metas[operand.id].affinity == AFF_TEXT:
            column = self.position[operand.id]
            if any(c.column == column and c.collation == collation for i in self.table.indexes for c in i.columns):
                self.alternatives.append((number, alternatives))

    # ---- estimates

    def _selectivity(self, condition: BoundExpr) -> float:
        """As cardinality.selectivity, better for equality on an indexed column."""
        if type(condition) is IsNull:
            column = self.stored_side(condition.operand)
            part = self.null_part(column) if column is not None else None
            if part is not None:
                return 1.0 - part if condition.negated else part
        n_values = 1.0
        sides: tuple[BoundExpr, ...] = ()
        if type(condition) is Compare and condition.op in ("=", "is"):
            sides = (condition.left, condition.right)
        elif type(condition) is InList and not condition.negated:
            sides, n_values = (condition.operand,), len(condition.items)
        elif type(condition) is InSubquery and not condition.negated and len(condition.operands) == 1:
            sides, n_values = condition.operands, self.values_of(condition)
        for side in sides:
            column = self.stored_side(side)
            if column is not None and self.is_indexed(column):
                return min(n_values * self.column_rows(column) / self.rows, 1.0)
        return cardinality.selectivity(condition)

    def index_miss(self, index: Index, entries: float) -> float:
        """Cost of a random entry of `index` beyond that of a cached one."""
        if not self.miss:
            return 0.0
        return cost.MISS * cost.misses(entries * index_bytes(self.table, index), self.look.cache_bytes)

    def far_row(self) -> float:
        """Cost of the way from an index entry to its row, on any page."""
        return cost.far_row(self.rows) + self.miss

    def near_row(self) -> float:
        """... on the page of the row before."""
        return cost.FETCH_NEAR + max(self.scan_row - cost.SCAN_ROW, 0.0)

    def next_row(self, index: Index) -> float:
        """... to the row of the next entry of `index`: neighbours may be on one page."""
        known = self.fetch_costs.get(index.name)
        if known is None:
            known, far = self.near_row(), self.far_row()
            if far > known:
                local = self.look.locality(self.table, index, int(PAGE_BYTES / self.row_bytes))
                known += (far - known) * (1.0 - local)
            self.fetch_costs[index.name] = known
        return known

    def values_of(self, condition: InSubquery) -> float:
        """How many values `x IN (SELECT ...)` may have to look up."""
        rows = self.context.subplan(condition.plan).rows
        return max(min(rows, max(rows - cardinality.FEW, 0.0) + cardinality.IN_SUBQUERY), 1.0)

    def rows_per_key(self, index: Index, entries: float, n: int) -> float:
        """Of `entries` in the index, those that agree on its first `n` columns."""
        return cardinality.rows_per_key(index, entries, n, lambda k: self._same_keys(index, k))

    def _same_keys(self, index: Index, n: int) -> float:
        known = self.runs.get((index.name, n))
        if known is None:
            known = self.runs[index.name, n] = self.look.same_keys(self.table, index, n)
        return known

    def null_rows(self, index: Index, entries: float, each: float) -> float:
        """Of `entries` in the index, those that agree on some columns of which the first is NULL: with other values
        there are `each`."""
        part = self.null_part_of(index, -1.0)
        if part < 0.0:
            return min(each * cardinality.NULLS, entries)
        return max(part * entries * each / self.rows_per_key(index, entries, 1), 1.0)

    def null_part_of(self, index: Index, guess: float) -> float:
        """The fraction of the index's entries that have NULL first, `guess` where that is not known."""
        if index.name not in self.null_parts:
            self.null_parts[index.name] = self.look.nulls(self.table, index)
        known = self.null_parts[index.name]
        return guess if known is None else known

    def null_part(self, column: int) -> float | None:
        """The fraction of the rows that have NULL in `column`, by an index that begins with it; None: not known."""
        for index in self.table.indexes:
            if index.columns and index.where is None and self.key_columns(index)[0] == column:
                return self.null_part_of(index, cardinality.EQUAL)
        return None

    def key_fraction(self, columns: set[int]) -> float:
        """The fraction of the rows that agree on `columns`, by an index that begins with two of them or more;
        else 1."""
        best = 1.0
        for index in self.table.indexes:
            if index.where is None:
                n = 0
                keys = self.key_columns(index)
                while n < len(index.columns) and keys[n] in columns:
                    n += 1
                if n > 1:
                    best = min(best, self.rows_per_key(index, self.rows, n) / self.rows)
        return best

    def column_rows(self, column: int) -> float:
        """Rows that have one given value in `column`."""
        if column > FIRST:
            return cardinality.column_rows(self.table, column, self.rows)
        indexes = [i for i in self.table.indexes if self.key_columns(i)[0] == column]
        found = [self.rows_per_key(i, self.rows, 1) for i in indexes]
        return min(found, default=max(min(cardinality.PER_KEY[0], self.rows / 2), 1.0))

    def is_indexed(self, column: int) -> bool:
        if column == -1:
            return True
        if any(index.columns and self.key_columns(index)[0] == column for index in self.table.indexes):
            return True
        return self.table.without_rowid and self.table.primary_key[0].column == column

    def fixed_columns(self, available: frozenset[int] | set[int]) -> dict[int, str]:
        """Columns that have one value for the rows of one opening, with the collation it is one value under."""
        fixed = {}
        for constraint in self.constraints:
            if (
                constraint.exact
                and constraint.op in ("=", "is")
                and constraint.needs <= available
            ):
                fixed[constraint.column] = constraint.collation
        return fixed


def _row_comparison(e: BoundExpr) -> list[Compare]:
    """The comparisons of the columns of `a > x OR (a = x AND (b > y OR ...))`."""
    parts: list[Compare] = []
    while type(e) is Or and len(e.args) == 2:
        first, rest = e.args
        if type(first) is not Compare or type(rest) is not And or len(rest.args) != 2 or first.op not in ("<", ">"):
            return []
        if Compare("=", first.left, first.right, first.collation) != rest.args[0]:
            return []
        parts.append(first)
        e = rest.args[1]
    if not parts or type(e) is not Compare or any(e.op[0] != part.op for part in parts):
        return []
    return [*parts, e]
