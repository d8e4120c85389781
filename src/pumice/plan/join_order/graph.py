"""The query graph of a block of inner joins: relations, and the conditions between them.

    FROM a, b JOIN c ON a.x = c.x WHERE a.y = b.y AND b.z > 1       relations a, b, c; terms a-c, a-b, b

A relation is a stored table (BaseTable) or anything else that gives rows (a subquery, an outer join, an aggregate):
those are barriers, planned by themselves. A condition belongs to the set of relations that it reads, written as a bit
mask.
Tests: tests/unit/plan/test_join_order.py
"""

from __future__ import annotations

from math import inf

from pumice.plan.access.base import BaseTable
from pumice.plan.logical.expr import BoundExpr, Column, Compare, Or
from pumice.plan.logical.nodes import Filter, Join, Plan, Scan
from pumice.plan.rules.or_parts import part_of
from pumice.plan.stats import cardinality
from pumice.plan.walk import columns_of, has_subquery, is_volatile, split_and

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.plan.access.paths import Path
    from pumice.plan.physical.nodes import Physical


CLOSED = 10  # columns of a class of equal ones up to which each pair gets its condition


class Relation:
    """`ids`: columns it gives. `after`: mask of relations that must come before (CROSS JOIN, lateral references).
    `lateral`: those of them whose columns it reads itself."""

    __slots__ = ("plan", "ids", "base", "physical", "rows", "after", "lateral", "paths", "neighbours")

    def __init__(self, plan: Plan, ids: set[int]) -> None:
        self.plan = plan
        self.ids = ids
        self.base: BaseTable | None = None
        self.physical: Physical | None = None
        self.rows = 1.0
        self.after = 0
        self.lateral = 0
        self.paths: dict[int, Path | None] = {}  # best path by mask of the relations it may use
        self.neighbours = 0


class Term:
    """A condition. `mask`: relations it reads. For an equality that can be a hash key: the masks of its sides.
    `equal`: number of the class of equal columns that it belongs to, -1: none."""

    __slots__ = ("expr", "used", "mask", "left", "right", "late", "selectivity", "equal")

    def __init__(self, expr: BoundExpr, used: set[int]) -> None:
        self.expr = expr
        self.used = used
        self.mask = 0
        self.left = 0
        self.right = 0
        self.equal = -1
        self.late = False  # to be checked on final rows only
        self.selectivity = 1.0

    def hashes(self, mask: int) -> bool:
        """An equality of the relations `mask` and others: a key of a hash join that has `mask` as its one side."""
        return self.left != 0 and (not self.left & ~mask and not self.right & mask
                                   or not self.right & ~mask and not self.left & mask)


class Graph:
    def __init__(self) -> None:
        self.relations: list[Relation] = []
        self.terms: list[Term] = []

    def without_repeats(self, numbers: list[int], joined: int, used: set[int]) -> list[int]:
        """Of the conditions `numbers`, which become checkable as the relations `joined` join, those that must hold for
        all of them to: columns joined before are equal already within their class. `used`: those that hold anyway."""
        ids = self.own_ids(joined)
        seen = {self.link(n, ids) for n in used if self.terms[n].equal >= 0}
        kept = []
        for n in numbers:
            term = self.terms[n]
            if term.equal >= 0 and term.mask & (term.mask - 1):
                link = self.link(n, ids)
                if link in seen:
                    continue
                seen.add(link)
            kept.append(n)
        return kept

    def tied_selectivity(self, numbers: list[int], joined: int) -> float:
        """Of the equalities `numbers` between the relations `joined` and others: the product of theirs, each class of
        equal columns counted once; but where the columns are an index's first ones together, what the index says of
        them."""
        if len(numbers) == 1:
            return self.terms[numbers[0]].selectivity
        ids = self.own_ids(joined)
        links: dict[Any, float] = {}
        for n in numbers:
            link = self.link(n, ids) if self.terms[n].equal >= 0 else n
            links[link] = min(links.get(link, 1.0), self.terms[n].selectivity)
        product = 1.0
        for selectivity in links.values():
            product *= selectivity
        together = 1.0
        for relation in self.relations:
            if relation.base is not None:
                columns = set()
                for n in numbers:
                    columns |= {relation.base.position[c] for c in self.terms[n].used & relation.ids}
                if len(columns) > 1:
                    together = min(together, relation.base.key_fraction(columns))
        return max(product, together) if together < 1.0 else product

    def own_ids(self, mask: int) -> set[int]:
        """The columns of a single relation. Several were joined before: their equal columns are equal already."""
        return set() if mask & (mask - 1) else self.ids_of(mask)

    def link(self, number: int, ids: set[int]) -> tuple[int, frozenset[int]]:
        """What a condition between equal columns ties: its class, and the column among `ids` (own_ids)."""
        term = self.terms[number]
        return term.equal, frozenset(term.used & ids)

    def mask_of(self, ids: set[int]) -> int:
        mask = 0
        for i, relation in enumerate(self.relations):
            if not relation.ids.isdisjoint(ids):
                mask |= 1 << i
        return mask

    def ids_of(self, mask: int) -> set[int]:
        found: set[int] = set()
        for i, relation in enumerate(self.relations):
            if mask >> i & 1:
                found |= relation.ids
        return found


def block_of(plan: Plan) -> tuple[list[tuple[Plan, bool]], list[BoundExpr]]:
    """(relations with "must come after all before it", conditions) of the block of filters and inner joins at the top
    of `plan`."""
    leaves: list[tuple[Plan, bool]] = []
    conditions: list[BoundExpr] = []
    _walk(plan, leaves, conditions)
    return leaves, split_and(conditions)


def _walk(plan: Plan, leaves: list[tuple[Plan, bool]], conditions: list[BoundExpr]) -> None:
    while True:
        kind = type(plan)
        if kind is Filter:
            # A table's own conditions stay in the order in which they were written, before those above it.
            _walk(plan.input, leaves, conditions)
            conditions += plan.conditions
            return
        if kind is Join and plan.kind in ("inner", "cross"):
            _walk(plan.left, leaves, conditions)
            start = len(leaves)
            _walk(plan.right, leaves, conditions)
            if plan.kind == "cross":
                leaves[start] = (leaves[start][0], True)
            conditions += plan.conditions
            return
        leaves.append((plan, False))
        return


def make_graph(leaves: list[tuple[Plan, bool]], conditions: list[BoundExpr], needed: set[int], context: Any) -> Graph:
    """`context`: the Translator (statistics, column metas, planning of other relations)."""
    graph = Graph()
    inside: set[int] = set()
    for plan, after in leaves:
        relation = Relation(plan, set(plan.columns))
        if after:
            relation.after = (1 << len(graph.relations)) - 1
        inside |= relation.ids
        graph.relations.append(relation)
    wanted = set(needed)
    for condition in conditions:
        used = columns_of(condition)
        graph.terms.append(Term(condition, used))
        wanted |= used
    alone = len(leaves) == 1
    if len(leaves) > 2:
        _close_equalities(graph)
    for relation in graph.relations:
        if type(relation.plan) is Scan:
            rows = context.table_rows(relation.plan.table)
            relation.base = BaseTable(
                relation.plan, context, rows, wanted & relation.ids, needed & relation.ids, inside
            )
            relation.rows = rows
        elif not alone:
            outside = columns_of(relation.plan) & inside
            if outside:
                relation.lateral = graph.mask_of(outside)
                relation.after |= relation.lateral
    for number, term in enumerate(graph.terms):
        _place(graph, number, term)
    return graph


def _close_equalities(graph: Graph) -> None:
    """Equality between columns is transitive under one collation: a = b AND b = c gives the joins a third condition,
    a = c, by which they may take another way. Of these a joined column needs one."""
    classes: list[tuple[str, list[int], list[Term]]] = []
    for term in graph.terms:
        e = term.expr
        if type(e) is not Compare or e.op != "=" or type(e.left) is not Column or type(e.right) is not Column:
            continue
        ids = {e.left.id, e.right.id}
        if len(ids) == 1 or not all(any(i in relation.ids for relation in graph.relations) for i in ids):
            continue
        touched = [c for c in classes if c[0] == e.collation and not ids.isdisjoint(c[1])]
        merged = (e.collation, [*dict.fromkeys([*[i for c in touched for i in c[1]], e.left.id, e.right.id])],
                  [*[t for c in touched for t in c[2]], term])
        classes = [c for c in classes if c not in touched] + [merged]
    for number, (collation, ids, terms) in enumerate(classes):
        if len(ids) == 2 or len(ids) > CLOSED:
            continue
        known = {frozenset(t.used) for t in terms}
        for term in terms:
            term.equal = number
        for i, a in enumerate(ids):
            for b in ids[i + 1:]:
                if {a, b} not in known:
                    more = Term(Compare("=", Column(a), Column(b), collation), {a, b})
                    more.equal = number
                    graph.terms.append(more)


def _place(graph: Graph, number: int, term: Term) -> None:
    if len(graph.relations) == 1:
        term.mask = 1 if not graph.relations[0].ids.isdisjoint(term.used) else 0
    else:
        term.mask = mask = graph.mask_of(term.used)
        expr = term.expr
        if mask & (mask - 1):
            if type(expr) is Compare and expr.op in ("=", "is") and not has_subquery(expr):
                term.left = graph.mask_of(columns_of(expr.left))
                term.right = graph.mask_of(columns_of(expr.right))
                if term.left & term.right or not term.left or not term.right:
                    term.left = term.right = 0
            for i, relation in enumerate(graph.relations):
                if mask >> i & 1:
                    relation.neighbours |= mask
    term.late = is_volatile(term.expr)
    if term.late:
        for relation in graph.relations:
            if relation.base is not None:
                relation.base.given |= term.used & relation.ids
        return
    for i, relation in enumerate(graph.relations):
        if relation.base is not None and term.mask >> i & 1:
            relation.base.add_term(number, term.expr, term.used)
    if term.mask & (term.mask - 1):
        term.selectivity = _join_selectivity(graph, term)


def _or_selectivity(graph: Graph, term: Term, expr: Or) -> float:
    """Of the rows that meet what the OR says about each table alone (rules/or_parts.py)."""
    result = cardinality.selectivity(expr)
    for i, relation in enumerate(graph.relations):
        if term.mask >> i & 1:
            part = part_of(expr, relation.ids)
            if part is not None:
                result /= max(cardinality.selectivity(part), 1e-6)
    return min(result, 1.0)


def _join_selectivity(graph: Graph, term: Term) -> float:
    """1 / (distinct values of the side with more of them) for an equality between columns."""
    if type(term.expr) is Or:
        return _or_selectivity(graph, term, term.expr)
    if not term.left:
        return cardinality.selectivity(term.expr)
    known = 1.0
    fewest = inf
    for i, relation in enumerate(graph.relations):
        if term.mask >> i & 1 and relation.base is not None:
            base = relation.base
            for side in (term.expr.left, term.expr.right):  # type: ignore[attr-defined]
                column = base.stored_side(side)
                if column is None:
                    continue
                if base.is_indexed(column):
                    known = min(known, base.column_rows(column) / base.rows)
                else:
                    fewest = min(fewest, base.rows)
    if known < 1.0:
        return known
    # Two columns that are no keys: many rows of each side may share a value, and to expect few is the worse mistake.
    return min(fewest**-0.5, cardinality.EQUAL)
