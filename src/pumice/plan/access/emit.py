"""Emitter: the physical node of a chosen path.

Conditions on an index's own columns, where the path counts on them (Path.early), are checked on its entries, and the
rows of those that pass are fetched. Tests: tests/unit/plan/test_access_paths.py
"""

from __future__ import annotations

from pumice.node import replace
from pumice.plan import cost
from pumice.plan.access.base import BaseTable, Constraint
from pumice.plan.access.paths import Ids, Path, is_answered, is_early, is_row
from pumice.plan.logical.expr import BoundExpr, Column, InList
from pumice.plan.physical import nodes as physical
from pumice.plan.rules.index_expressions import FIRST
from pumice.plan.walk import columns_of, substitute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _computed(base: BaseTable, path: Path, columns: Ids) -> dict[int, BoundExpr]:
    """The indexed expressions among `columns` that `path` does not read from its index."""
    held: tuple[int, ...] = ()
    if path.kind == "index" and path.index is not None and path.covering:
        held = base.key_columns(path.index)
    first = len(base.scan.columns) - len(base.scan.exprs)
    return {
        i: e
        for i, e in zip(base.scan.columns[first:], base.scan.exprs, strict=True)
        if i in columns and not (base.position[i] in held and is_answered(e))
    }


def _from_index(
    base: BaseTable, path: Path, ids: tuple[int, ...], positions: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """IndexAccess.index_exprs."""
    if not base.scan.exprs or path.index is None:
        return ()
    held = base.key_columns(path.index)
    return tuple([(i, held.index(c)) for i, c in zip(ids, positions, strict=True) if c <= FIRST])


class Emitter:
    """Makes the physical node of a path: `columns` of the scan to give, `residual` conditions to check. `expr`
    translates expressions (subqueries become physical), `plan` an IN subquery's plan."""

    def __init__(self, expr: Any, subplan: Any, new_id: Any) -> None:
        self.expr = expr
        self.subplan = subplan
        self.new_id = new_id

    def emit(self, base: BaseTable, path: Path, columns: Ids, residual: tuple[BoundExpr, ...]) -> physical.Physical:
        scan = base.scan
        computed: dict[int, BoundExpr] = {}
        if scan.exprs:
            computed = _computed(base, path, columns)
            residual = substitute(residual, computed)
            columns = (columns - computed.keys()) | columns_of(tuple(computed.values())) | columns_of(residual)
        given = [(i, c) for i, c in zip(scan.columns, scan.table_columns, strict=True) if i in columns]
        ids = tuple([i for i, _ in given])
        positions = tuple([c for _, c in given])
        plan = self.node(base, path, ids, positions, tuple([self.expr(e) for e in residual]))
        if not computed:
            return plan
        exprs = tuple([*[Column(i) for i in ids], *computed.values()])
        return physical.Project(plan, (*ids, *computed), exprs, plan.rows, plan.cost + plan.rows * cost.CONDITION)

    def node(
        self,
        base: BaseTable,
        path: Path,
        ids: tuple[int, ...],
        positions: tuple[int, ...],
        residual: tuple[BoundExpr, ...],
    ) -> physical.Physical:
        table, alias = base.table, base.scan.alias
        if path.kind == "scan":
            return physical.TableScan(table, alias, ids, positions, residual, path.reverse, path.rows, path.cost)
        if path.kind == "rowid":
            eq = self.keys(path.eq)[0] if path.eq else None
            return physical.RowidAccess(
                table,
                alias,
                ids,
                positions,
                eq,
                self.end(path.lower),
                self.end(path.upper),
                residual,
                path.reverse,
                path.rows,
                path.cost,
            )
        if path.kind == "index":
            if path.early < 1.0:
                return self.fetch(base, path, ids, positions, residual)
            return self.index(base, path, ids, positions, path.covering, residual)
        inputs = []
        for part, inner in path.parts:
            inputs.append(self.node(inner, part, (self.new_id(base),), (-1,), ()))
        return physical.MultiIndex(
            path.kind, table, alias, ids, positions, tuple(inputs), residual, path.rows, path.cost
        )

    def index(
        self,
        base: BaseTable,
        path: Path,
        ids: tuple[int, ...],
        positions: tuple[int, ...],
        covering: bool,
        residual: tuple[BoundExpr, ...],
    ) -> physical.IndexAccess:
        return physical.IndexAccess(
            base.table,
            path.index,
            base.scan.alias,
            ids,
            positions,
            self.keys(path.eq),
            tuple([c.op == "is" for c in path.eq]),
            self.end(path.lower, path.lower_more),
            self.end(path.upper, path.upper_more),
            covering,
            residual,
            path.reverse,
            _from_index(base, path, ids, positions),
            path.lower is not None and path.lower.op == "notnull",
            path.n_skip,
            path.rows,
            path.cost,
        )

    def fetch(
        self,
        base: BaseTable,
        path: Path,
        ids: tuple[int, ...],
        positions: tuple[int, ...],
        residual: tuple[BoundExpr, ...],
    ) -> physical.Physical:
        """Conditions on the index's own columns are checked before the row is fetched."""
        assert path.index is not None
        held = set(base.key_columns(path.index))
        early = tuple([e for e in residual if is_early(base, held, e)])
        if not early:
            return self.index(base, path, ids, positions, False, residual)
        own = tuple(sorted(columns_of(early) & base.ids))
        entries = self.index(
            base, path, (*own, self.new_id(base)), (*[base.position[i] for i in own], -1), True, early
        )
        late = tuple([e for e in residual if e not in early])
        entries = replace(entries, rows=path.fetched * path.early, cost=path.cost * cost.entries_part(path.early))
        return physical.RowFetch(entries, base.table, base.scan.alias, ids, positions, late, path.rows, path.cost)

    def keys(self, eq: list[Constraint]) -> tuple[BoundExpr | physical.InKeys, ...]:
        keys: list[BoundExpr | physical.InKeys] = []
        for i, c in enumerate(eq):
            if c.op != "in":
                keys.append(self.expr(c.value))
            elif type(c.value) is InList:
                keys.append(physical.InKeys(tuple([self.expr(e) for e in c.value.items])))
            elif i and is_row(c) and eq[i - 1].term == c.term:
                keys.append(physical.SAME_ROW)
            else:
                parts = [o.part for o in eq if o is c or (is_row(o) and o.term == c.term)]
                affinities = tuple([c.value.affinities[part] for part in parts])  # type: ignore[attr-defined]
                keys.append(physical.InKeys((), self.subplan(c.value.plan), tuple(parts), affinities))  # type: ignore[attr-defined]
        return tuple(keys)

    def end(self, c: Constraint | None, more: list[Constraint] | None = None) -> physical.Bound | None:
        if c is None or c.op == "notnull":
            return None
        inclusive = len(c.op) == 2
        if more and len(more) == len(c.more):
            inclusive = len(more[-1].op) == 2
        return physical.Bound(self.expr(c.value), inclusive, tuple([self.expr(m.value) for m in more or ()]))
