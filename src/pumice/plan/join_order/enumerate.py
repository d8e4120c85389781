"""The order of a block of inner joins: dynamic programming over sets of relations, nearly left-deep, with a beam.

Level n holds the cheapest plan for each set of n relations; each is extended by one relation, or by a composite: a set
of a few that were joined before and whose join has far fewer rows than the relation that ties it to the others, to be
hashed as a whole.

    lineitem, (supplier, nation = 'FRANCE')     one probe a row of lineitem into a twenty-fifth of supplier, not two

Up to EXACT relations every set is kept (exact among left-deep plans); above that the BEAM cheapest of a level and no
composites, so 64 tables stay far below a second. A relation that no condition ties to the set is added only when none
that is tied is left, or when one of the two has a single row. Ties go to the order in the text. Source: Selinger et
al., "Access Path Selection", 1979; the beam is SQLite's "N nearest neighbours".
Tests: tests/unit/plan/test_join_order.py
"""

from __future__ import annotations

from pumice.plan import cost
from pumice.plan.access.order import Wanted
from pumice.plan.access.paths import Path, choose
from pumice.plan.join_order.graph import Graph, Relation

EXACT = 9  # relations: 2**9 sets of 9 extensions
BEAM = 12  # sets kept a level beyond that
COMPOSITE = 3  # relations of a composite at most
RISK = 1.25  # look-ups cost in proportion to rows that are guessed, up to many times as many; a scan does not
RISKY_ROWS = 1000.0  # ... from so many on
REDUCED = 0.5  # ... and its rows, as a fraction of those of its largest relation
AHEAD = 3.0 * cost.PROBE_ROW  # for each row, in the beam's ranking: a few more joins


class Step:
    """One relation, or a composite, joined to the set so far. `method`: "first", "lookup", "hash" or "loop"."""

    __slots__ = ("before", "relation", "composite", "method", "path", "mask", "rows", "cost")

    def __init__(
        self,
        before: Step | None,
        relation: int,
        method: str,
        path: Path | None,
        mask: int,
        rows: float,
        cost_: float,
        composite: Step | None = None,
    ) -> None:
        self.before = before
        self.relation = relation  # -1: a composite
        self.composite = composite
        self.method = method
        self.path = path
        self.mask = mask
        self.rows = rows
        self.cost = cost_

    def steps(self) -> list[Step]:
        """From the first relation on."""
        found: list[Step] = []
        step: Step | None = self
        while step is not None:
            found.append(step)
            step = step.before
        return found[::-1]


def enumerate_joins(graph: Graph, wanted: Wanted | None = None, taken: float = 1.0) -> Step | None:
    """The cheapest order. With `wanted`: among those whose first relation gives that order (None if there is none).
    `taken`: the fraction of the rows that will be asked for. As every method keeps the left rows' order, the steps
    count so much of the first relation only, in rows and cost; but a hash table is built whole."""
    if wanted is not None and not wanted.keys:
        wanted = None
    n = len(graph.relations)
    everything = (1 << n) - 1
    for relation in graph.relations:
        if relation.base is not None:
            local_path(relation)
    levels: list[dict[int, Step]] = [{} for _ in range(n + 1)]
    for i, relation in enumerate(graph.relations):
        if relation.after:
            continue
        step = _first(graph, i, relation, wanted, taken)
        if step is not None:
            levels[1][1 << i] = step
    composites: list[Step] = []
    for size in range(1, n):
        for mask, step in levels[size].items():
            _extend(graph, mask, step, levels[size + 1])
        if n <= EXACT and wanted is None and taken == 1.0:
            _extend_by_sets(graph, levels, size, composites)
        following = levels[size + 1]
        if n > EXACT and len(following) > BEAM:
            levels[size + 1] = dict(sorted(following.items(), key=_promise)[:BEAM])
    return levels[n].get(everything)


def _is_composite(graph: Graph, step: Step) -> bool:
    """Worth joining by itself before the rest: a reducing join of relations that are free to come in any order."""
    members = [relation for i, relation in enumerate(graph.relations) if step.mask >> i & 1]
    return step.rows <= max(r.rows for r in members) * REDUCED and not any(r.after for r in members)


def _extend_by_sets(graph: Graph, levels: list[dict[int, Step]], size: int, composites: list[Step]) -> None:
    """Level `size` is complete: joins its sets with the `composites` found before, and smaller ones with its own."""
    for left in levels[size].values():
        for composite in composites:
            if not composite.mask & left.mask:
                _extend_by_set(graph, left, composite, levels[size + composite.mask.bit_count()])
    if not 1 < size <= COMPOSITE:
        return
    found = [step for step in levels[size].values() if _is_composite(graph, step)]
    for n_left in range(1, min(size, len(levels) - 1 - size) + 1):
        for left in levels[n_left].values():
            for composite in found:
                if not composite.mask & left.mask:
                    _extend_by_set(graph, left, composite, levels[size + n_left])
    composites += found


def _extend_by_set(graph: Graph, left: Step, composite: Step, into: dict[int, Step]) -> None:
    mask = left.mask | composite.mask
    known = into.get(mask)
    total = left.cost + composite.cost + cost.hash_join(composite.rows, left.rows)
    if known is not None and total >= known.cost:
        return
    rows = left.rows * composite.rows
    tied: list[int] = []
    for number, term in enumerate(graph.terms):
        if term.mask & composite.mask and term.mask & left.mask and not term.mask & ~mask:
            if term.hashes(composite.mask):
                tied.append(number)
            else:
                rows *= term.selectivity
    if not tied:
        return
    rows *= graph.tied_selectivity(tied, composite.mask)
    total += rows * cost.EMIT_ROW
    if known is None or total < known.cost * 0.999:
        into[mask] = Step(left, -1, "hash", None, mask, rows, total, composite)


def _promise(item: tuple[int, Step]) -> float:
    """What a set is ranked by in the beam: its cost, and the rows that the steps to come have to work on."""
    step = item[1]
    return step.cost + step.rows * AHEAD


def _extend(graph: Graph, mask: int, step: Step, into: dict[int, Step]) -> None:
    tied = []
    free = []
    for i, relation in enumerate(graph.relations):
        bit = 1 << i
        if mask & bit or relation.after & ~mask:
            continue
        (tied if relation.neighbours & mask else free).append((i, relation))
    # A pair without a condition costs nothing where one side is a single row.
    if tied and free and len(graph.relations) <= EXACT:
        tied += [(i, relation) for i, relation in free if step.rows <= 1.0 or relation.rows <= 1.0]
    for i, relation in tied or free:
        new = mask | 1 << i
        known = into.get(new)
        found = _join(graph, step, i, relation, new)
        if known is None or found.cost < known.cost * 0.999:
            into[new] = found


def _first(graph: Graph, i: int, relation: Relation, wanted: Wanted | None, taken: float) -> Step | None:
    if relation.base is None:
        if wanted is not None:
            return None
        assert relation.physical is not None
        return Step(None, i, "first", None, 1 << i, relation.rows * taken, relation.physical.cost)
    path = local_path(relation) if wanted is None else choose(relation.base, frozenset(), wanted, ordered_only=True)
    if path is None:
        return None
    return Step(None, i, "first", path, 1 << i, max(path.rows * taken, 1.0), path.cost * taken)


def local_path(relation: Relation) -> Path | None:
    """Best path that uses no other relation; also sets the relation's estimated rows."""
    if 0 not in relation.paths:
        assert relation.base is not None
        relation.paths[0] = choose(relation.base, frozenset())
        relation.rows = max(relation.paths[0].rows, 1.0)  # type: ignore[union-attr]
    return relation.paths[0]


def lookup_path(graph: Graph, relation: Relation, mask: int) -> Path | None:
    """Best path whose keys read relations of `mask`; None when it would be as good without them."""
    near = relation.neighbours & mask
    if not near:
        return None
    if near in relation.paths:
        return relation.paths[near]
    base = relation.base
    path = None
    if base is not None and any(c.needs for c in base.constraints) or (base is not None and base.alternatives):
        path = choose(base, graph.ids_of(near))
        if path is not None and not path.bound:
            path = None
    relation.paths[near] = path
    return path


def _join(graph: Graph, left: Step, i: int, relation: Relation, mask: int) -> Step:
    bit = 1 << i
    rows = left.rows * max(relation.rows, 0.01)
    hashed = False
    tied: list[int] = []
    for number, term in enumerate(graph.terms):
        if term.mask & bit and term.mask & left.mask and not term.mask & ~mask:
            if term.hashes(bit):
                hashed = True
                tied.append(number)
            else:
                rows *= term.selectivity
    rows *= graph.tied_selectivity(tied, bit)
    method, path, total = join_method(graph, left.rows, left.mask, relation, hashed, rows)
    return Step(left, i, method, path, mask, rows, left.cost + total)


def join_method(
    graph: Graph,
    left_rows: float,
    left_mask: int,
    relation: Relation,
    hashed: bool,
    rows: float,
    first_only: bool = False,
) -> tuple[str, Path | None, float]:
    """(method, path, cost beyond the left side's) of joining `relation` to `left_rows` rows; `rows` come out.
    `first_only`: one match a row is enough."""
    emit = rows * cost.EMIT_ROW
    if relation.base is not None:
        path = local_path(relation)
        assert path is not None
        alone = path.cost
    else:
        assert relation.physical is not None
        path, alone = None, relation.physical.cost
        if relation.lateral:
            return "loop", None, max(left_rows, 1.0) * (alone + cost.CORRELATED) + emit
    if hashed:
        method, best = "hash", alone + cost.hash_join(relation.rows, left_rows)
    else:
        buffered = relation.rows if left_rows > 1.0 else 0.0
        method, best = "loop", alone + buffered + left_rows * relation.rows * cost.PAIR
    found = lookup_path(graph, relation, left_mask)
    if found is not None:
        # The left side opens at least once in the common case: a row estimate below 1 must not make a lookup free.
        each = found.cost
        if first_only and found.rows > 1.0:
            each = found.reach + (found.cost - found.reach) / found.rows
        looked = max(left_rows, 0.5) * (each + cost.OPEN) * (RISK if left_rows > RISKY_ROWS else 1.0)
        if looked < best:
            return "lookup", found, looked + emit
    return method, path, best + emit
