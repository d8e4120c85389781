"""Joins: a block of inner joins in the chosen order, outer joins, semi and anti joins, as physical plans.

    lookup   for each left row, the right table by index or rowid        NestedLoopJoin(lookup)
    hash     the right side in a hash table, probed by the left rows     HashJoin
    loop     the right side in a buffer, every pair tried                NestedLoopJoin

All three give left order, then right order. A condition is checked at the first step at which all it reads is there;
those that the access path itself makes true are not checked again; a volatile one is checked on the final rows.
Tests: tests/unit/plan/test_joins.py
"""

from __future__ import annotations

from pumice.node import node
from pumice.plan import cost
from pumice.plan.access.order import Wanted
from pumice.plan.access.paths import Path, choose
from pumice.plan.join_filters import filtered
from pumice.plan.join_order.enumerate import Step, enumerate_joins, join_method, local_path
from pumice.plan.join_order.graph import Graph, Relation, Term, block_of, make_graph
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import BoundExpr
from pumice.plan.physical import nodes as physical
from pumice.plan.stats.cardinality import HAVING, selectivity_of
from pumice.plan.walk import columns_of, has_subquery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.plan.translate import Translator

Result = tuple[physical.Physical, bool]
LATE = 0.01  # of a join's rows, taken for the chance that all of them must be looked at to find the first few


def cheap_first(conditions: list[BoundExpr]) -> tuple[BoundExpr, ...]:
    """Conditions as written, but those with subqueries last."""
    if len(conditions) > 1 and any(has_subquery(c) for c in conditions):
        return tuple(sorted(conditions, key=has_subquery))
    return tuple(conditions)


# ---- inner joins


def plan_block(t: Translator, plan: logical.Plan, needed: set[int], wanted: Wanted | None) -> Result:
    """A scan, or a block of filters and inner joins."""
    leaves, conditions = block_of(plan)
    if len(leaves) == 1 and type(leaves[0][0]) is not logical.Scan:
        return _filtered(t, leaves[0][0], conditions, needed, wanted)
    graph = make_graph(leaves, conditions, needed, t)
    if len(leaves) == 1:
        return _one_table(t, graph, needed, wanted)
    for relation in graph.relations:
        if relation.base is None:
            _plan_relation(t, relation, graph, needed)
    best = enumerate_joins(graph)
    assert best is not None
    ordered = False
    if wanted is not None:
        in_order = enumerate_joins(graph, wanted, _taken(graph, wanted, best.rows))
        if in_order is not None and in_order.cost <= best.cost + wanted.penalty(best.rows):
            best, ordered = in_order, True
    return _build(t, graph, best.steps(), needed), ordered


def _taken(graph: Graph, wanted: Wanted, rows: float) -> float:
    """The fraction of the join's `rows` that are asked for. What a condition on one table leaves is a guess, and may
    lie at the end of the order."""
    taken = wanted.taken(rows)
    return taken if all(term.left for term in graph.terms) else min(taken + LATE, 1.0)


def _filtered(
    t: Translator, source: logical.Plan, conditions: list[BoundExpr], needed: set[int], wanted: Wanted | None
) -> Result:
    if wanted is not None and wanted.limit is not None and conditions:
        limit = wanted.limit / max(selectivity_of(conditions), 1e-6)
        wanted = Wanted(wanted.keys, limit, wanted.grouping, wanted.partly, wanted.free)
    below, ordered = t.plan(source, needed | columns_of(tuple(conditions)), wanted)
    if not conditions:
        return below, ordered
    return _filter(t, below, conditions), ordered


def _filter(t: Translator, below: physical.Physical, conditions: list[BoundExpr]) -> physical.Physical:
    rows = below.rows * selectivity_of(conditions)
    if type(below) is physical.Aggregate:
        rows = min(rows, below.rows * HAVING)
    rows = max(rows, 0.01)
    return physical.Filter(
        below, t.exprs(cheap_first(conditions)), rows, below.cost + below.rows * cost.CONDITION * len(conditions)
    )


def _one_table(t: Translator, graph: Graph, needed: set[int], wanted: Wanted | None) -> Result:
    base = graph.relations[0].base
    assert base is not None
    path = choose(base, frozenset(), wanted)
    assert path is not None
    if wanted is not None and wanted.partly is not None and path.together:
        wanted.partly[0] = path.n_ordered
    residual = [term.expr for number, term in enumerate(graph.terms) if number not in path.used]
    columns = needed | columns_of(tuple(residual)) if residual else needed
    return t.emitter.emit(base, path, columns, cheap_first(residual)), path.ordered


def _plan_relation(t: Translator, relation: Relation, graph: Graph, needed: set[int]) -> None:
    wanted = set(needed)
    for term in graph.terms:
        wanted |= term.used
    for other in graph.relations:
        if other.lateral:
            wanted |= columns_of(other.plan)
    relation.physical = t.plan(relation.plan, wanted & relation.ids, None)[0]
    relation.rows = max(relation.physical.rows, 0.01)


Placed = dict[Step, list[Term]]


def _build(t: Translator, graph: Graph, steps: list[Step], needed: set[int]) -> physical.Physical:
    placed: Placed = {}
    done: set[int] = set()
    _place(graph, steps, placed, done)
    placed[steps[-1]] += [term for number, term in enumerate(graph.terms) if number not in done]
    required = set(needed)
    for step, terms in placed.items():
        for term in terms:
            required |= term.used
        if step.path is not None:
            _key_columns(step.path, required)
        if step.relation >= 0 and graph.relations[step.relation].lateral:
            required |= columns_of(graph.relations[step.relation].plan)
    return _chain(t, graph, steps, placed, required)


def _chain(
    t: Translator, graph: Graph, steps: list[Step], placed: Placed, required: set[int]
) -> physical.Physical:
    plan: physical.Physical | None = None
    for step in steps:
        early = [term for term in placed[step] if not term.late]
        if step.composite is not None:
            assert plan is not None
            right = _chain(t, graph, step.composite.steps(), placed, required)
            plan = _hash_join(t, "inner", plan, right, early, step.composite.mask, step.rows, step.cost)
        else:
            bit = 1 << step.relation
            relation = graph.relations[step.relation]
            right = _right(t, relation, step.path, required, [term.expr for term in early if not term.mask & ~bit])
            if plan is None:
                plan = right
            else:
                plan = _join_step(t, plan, right, step, [term for term in early if term.mask & ~bit], bit, relation)
        late = [term.expr for term in placed[step] if term.late]
        if late:
            plan = _filter(t, plan, late)
    assert plan is not None
    return plan


def _place(graph: Graph, steps: list[Step], placed: Placed, done: set[int]) -> None:
    """Per step, the conditions to check there: not those that its path makes true. `done`: numbers of all those."""
    for step in steps:
        here = []
        used = step.path.used if step.path is not None else set()
        if step.composite is not None:
            _place(graph, step.composite.steps(), placed, done)
        for number, term in enumerate(graph.terms):
            if number not in done and not term.late and not term.mask & ~step.mask:
                done.add(number)
                if number not in used:
                    here.append(number)
        joined = step.mask & ~step.before.mask if step.before is not None else step.mask
        placed[step] = [graph.terms[n] for n in graph.without_repeats(here, joined, used)]


def _key_columns(path: Path, into: set[int]) -> None:
    for constraint in path.constraints():
        if constraint.needs:
            into |= constraint.needs
    for part, _ in path.parts:
        _key_columns(part, into)


def _right(
    t: Translator, relation: Relation, path: Path | None, required: set[int], local: list[BoundExpr]
) -> physical.Physical:
    if relation.base is not None:
        assert path is not None
        return t.emitter.emit(relation.base, path, required, cheap_first(local))
    assert relation.physical is not None
    return _filter(t, relation.physical, local) if local else relation.physical


def _join_step(
    t: Translator,
    left: physical.Physical,
    right: physical.Physical,
    step: Step,
    terms: list[Term],
    bit: int,
    relation: Relation,
) -> physical.Physical:
    if step.method == "hash":
        return _hash_join(t, "inner", left, right, terms, bit, step.rows, step.cost)
    plain = [term.expr for term in terms if not has_subquery(term.expr)]
    queries = [term.expr for term in terms if has_subquery(term.expr)]
    joined: physical.Physical = physical.NestedLoopJoin(
        "inner",
        left,
        right,
        t.exprs(tuple(plain)),
        step.method == "lookup",
        relation.lateral != 0,
        step.rows,
        step.cost,
    )
    return _filter(t, joined, queries) if queries else joined


def _hash_join(
    t: Translator,
    kind: str,
    left: physical.Physical,
    right: physical.Physical,
    terms: list[Term],
    mask: int,
    rows: float,
    total: float,
) -> physical.Physical:
    """`mask`: the right side's relations."""
    left_keys, right_keys, collations, null_safe, rest = [], [], [], [], []
    for term in terms:
        if term.hashes(mask):
            e = term.expr
            mine, theirs = (e.left, e.right) if term.left & ~mask else (e.right, e.left)  # type: ignore[attr-defined]
            left_keys.append(t.expr(mine))
            right_keys.append(t.expr(theirs))
            collations.append(e.collation)  # type: ignore[attr-defined]
            null_safe.append(e.op == "is")  # type: ignore[attr-defined]
        else:
            rest.append(term.expr)
    on_top = [e for e in rest if has_subquery(e)] if kind == "inner" else []
    conditions = tuple([t.expr(e) for e in rest if e not in on_top])
    left, filters = filtered(left, right, kind, left_keys, rows, t.columns)
    joined: physical.Physical = physical.HashJoin(
        kind,
        left,
        right,
        tuple(left_keys),
        tuple(right_keys),
        tuple(collations),
        conditions,
        tuple(null_safe) if any(null_safe) else (),
        False,
        filters,
        rows,
        total,
    )
    return _filter(t, joined, on_top) if on_top else joined


# ---- outer, semi and anti joins


def plan_outer(t: Translator, join: logical.Join, needed: set[int], wanted: Wanted | None) -> Result:
    """A join whose order is fixed: left, right, full, semi, anti."""
    kind = join.kind
    keeps_right = kind in ("right", "full")
    left_ids = set(join.left.columns)
    on = columns_of(join.conditions) | columns_of(join.right)
    left, ordered = t.plan(join.left, (needed | on) & left_ids, None if keeps_right else wanted)
    if keeps_right:
        leaves, own = [(join.right, False)], []
    else:
        leaves, own = block_of(join.right)
        if len(leaves) > 1 or type(leaves[0][0]) is not logical.Scan:
            leaves, own = [(join.right, False)], []
    outside = set(needed) if kind not in ("semi", "anti") else set()
    conditions = own + list(join.conditions)
    graph = make_graph([(_Given(tuple(join.left.columns)), False), leaves[0]], conditions, outside, t)
    graph.relations[0].physical = left
    graph.relations[0].rows = left.rows
    right = graph.relations[1]
    if keeps_right:
        right.base = None
    if right.base is None:
        _plan_relation(t, right, graph, outside)
    else:
        local_path(right)
    ordered = ordered and not keeps_right
    return _outer_build(t, graph, kind, left, outside, len(own), wanted if ordered else None), ordered


@node
class _Given(logical.Plan):
    """Stands for a side that is planned already."""

    columns: tuple[int, ...]


def _outer_build(
    t: Translator,
    graph: Graph,
    kind: str,
    left: physical.Physical,
    outside: set[int],
    n_own: int,
    wanted: Wanted | None,
) -> physical.Physical:
    """`wanted`: the order that the left rows come in."""
    right = graph.relations[1]
    hashed = any(term.left for term in graph.terms)
    pairs = left.rows * right.rows
    for term in graph.terms:
        if term.mask == 3:
            pairs *= term.selectivity
    rows = {
        "semi": min(left.rows * 0.5, pairs),
        "anti": left.rows * 0.5,
        "left": max(left.rows, pairs),
        "right": max(right.rows, pairs),
        "full": max(left.rows, right.rows, pairs),
    }[kind]
    first_only = kind in ("semi", "anti")
    taken = wanted.taken(rows) if wanted is not None else 1.0
    rows *= taken
    method, path, total = join_method(graph, left.rows * taken, 1, right, hashed, rows, first_only)
    if right.lateral:
        method = "loop"
    total += left.cost * taken
    used = path.used if path is not None else set()
    local, others = [], []
    for number, term in enumerate(graph.terms):
        if number in used:
            continue
        # A condition on the right side alone narrows it; one that holds the left side's or nothing decides about the
        # match.
        if number < n_own or (term.mask == 2 and right.base is not None and not term.late):
            local.append(term.expr)
        else:
            others.append(term)
    required = set(outside)
    for term in graph.terms:
        required |= term.used
    if right.base is not None and path is not None:
        required = set(outside) | columns_of(tuple(local)) | columns_of(tuple([term.expr for term in others]))
        inner = t.emitter.emit(right.base, path, required, cheap_first(local))
    else:
        assert right.physical is not None
        inner = right.physical
    if method == "hash":
        return _hash_join(t, kind, left, inner, others, 2, rows, total)
    conditions = t.exprs(tuple([term.expr for term in others]))
    return physical.NestedLoopJoin(kind, left, inner, conditions, method == "lookup", right.lateral != 0, rows, total)
