"""Common table expressions: WITH, ordinary and recursive.

A CTE is bound when the first reference is met. A CTE that is read several times becomes one Shared plan; read once, or
marked NOT MATERIALIZED, or dependent on an outer query, it is expanded in place. Since the number of references is
known only at the end, every CTE that could be shared is bound as Shared,
and `settle_shared` takes the lone ones out again.

    WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)     Recursive(initial, step with RecursiveRef)

As in SQLite the word RECURSIVE does not matter; what refers to itself in the FROM clause of its last SELECTs is
recursive.
"""

from __future__ import annotations

from pumice import errors
from pumice.binder import compound
from pumice.binder.result import Query, as_reals, unique_names
from pumice.binder.rewrite import rewrite
from pumice.binder.scope import Cte, Scope, Source, WithScope
from pumice.node import replace
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import ColumnMeta
from pumice.sql import ast
from pumice.values import AFF_NONE, AFF_REAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pumice.binder.binder import Binder
    from pumice.node import Node
    from pumice.plan.logical.expr import BoundExpr


def bind_reference(b: Binder, cte: Cte, item: ast.TableName, outer: Scope | None) -> tuple[logical.Plan, list[str]]:
    """The plan of one reference, with fresh column ids, and its column names. Names in the CTE may refer to `outer`,
    the scope around the query that reads it (so SQLite resolves them: where it is read, not where it is written)."""
    table = cte.table
    if cte.current is not None and cte.problem is None:
        if not any(item is direct for direct in cte.direct):
            raise errors.sql_error(f"multiple recursive references: {table.name}", item.pos)
        key, metas, references = cte.current
        ids = tuple([b.columns.new(meta) for meta in metas])
        references.append(ids)
        return logical.RecursiveRef(key, ids, table.name), cte.names
    if cte.problem is not None:
        raise errors.sql_error(f"{cte.problem}: {table.name}", item.pos)
    if item.indexed is not None:
        raise errors.sql_error(f"no such index: {item.indexed}", item.pos)
    plan = cte.plan
    if plan is None:
        plan, correlated = _bind_body(b, cte, outer)
        if table.materialized is False or correlated:
            return plan, cte.names
        cte.plan = plan
        cte.key = b.key()
        if table.materialized:
            b.kept_shared.add(cte.key)
    b.shared_counts[cte.key] = b.shared_counts.get(cte.key, 0) + 1
    ids = tuple([b.columns.new(b.metas[i]) for i in plan.columns])
    return logical.Shared(cte.key, plan, ids, table.name), cte.names


def _bind_body(b: Binder, cte: Cte, outer: Scope | None) -> tuple[logical.Plan, bool]:
    """The plan of the CTE, and whether it refers to `outer`."""
    barrier = Scope(outer, cte.withs)       # notices references that pass it
    cte.direct = ()
    n_recursive = _recursive_arms(cte)
    cte.problem = "circular reference"
    try:
        if n_recursive:
            plan = _bind_recursive(b, cte, barrier, n_recursive)
        else:
            query = b.query(cte.table.select, barrier, cte.withs)
            plan = query.as_source(b)
            cte.names = _names(b, cte, query)
    finally:
        cte.problem = None
    return plan, barrier.correlated


def _names(b: Binder, cte: Cte, query: Query) -> list[str]:
    given = cte.table.columns
    if given is None:
        return query.column_names(b)
    if len(given) != len(query.items):
        raise errors.sql_error(f"table {cte.table.name} has {len(query.items)} values for {len(given)} columns",
                               cte.table.pos)
    return unique_names(given)


# ---- recursion


def _recursive_arms(cte: Cte) -> int:
    """How many of the last SELECTs read the CTE itself in their FROM clause."""
    body = cte.table.select.body
    if type(body) is not ast.Compound or body.op not in ("union", "union all"):
        return 0
    arms = compound.spine(body)
    count = 0
    for op, arm in reversed(arms[1:]):
        if op != body.op or type(arm) is not ast.SelectCore or arm.source is None:
            break
        references = _references(arm.source, cte.table.name.lower())
        if len(references) > 1:
            raise errors.sql_error(f"multiple references to recursive table: {cte.table.name}", arm.pos)
        if not references:
            break
        cte.direct += tuple(references)
        count += 1
    return count


def _references(item: ast.FromItem, name: str) -> list[ast.FromItem]:
    """The items of a FROM clause that name the table `name`."""
    found: list[ast.FromItem] = []
    while type(item) is ast.Join:
        found += _references(item.right, name)
        item = item.left
    if type(item) is ast.ParenFrom:
        return found + _references(item.item, name)
    if type(item) is ast.TableName and item.schema is None and item.name.lower() == name:
        found.append(item)
    return found


def _bind_recursive(b: Binder, cte: Cte, barrier: Scope, n_recursive: int) -> logical.Plan:
    select = cte.table.select
    withs = cte.withs if select.with_ is None else WithScope(select.with_, cte.withs)
    bodies = compound.spine(select.body)
    all_rows = bodies[-1][0] == "union all"
    key = b.key()
    arms = [compound.bind_arm(b, op, body, barrier, withs) for op, body in bodies[:-n_recursive]]
    initial = compound.combine(b, arms)
    cte.names = _names(b, cte, initial)
    metas = [replace(b.metas[i], name=name, not_null=False, table=None)
             for name, i in zip(cte.names, initial.plan.columns, strict=True)]
    counts = dict(b.shared_counts)
    steps, references = _bind_steps(b, cte, key, metas, bodies[-n_recursive:], barrier, withs)
    settled = _settled_metas(b, metas, [arm.query for arm in arms + steps], references)
    if any(new.affinity != old.affinity for new, old in zip(settled, metas, strict=True)):
        metas = settled
        b.shared_counts = counts
        steps, _ = _bind_steps(b, cte, key, metas, bodies[-n_recursive:], barrier, withs)
    compound.check_widths([*arms[-1:], *steps])
    for step in steps:
        step.op = "union all"
    step_plan = compound.combine(b, steps).plan if len(steps) > 1 else steps[0].query.plan
    ids = tuple([b.columns.new(meta) for meta in metas])
    every = arms + steps
    selects = [select for arm in every for select in arm.query.selects]
    initial_plan, step_plan = (_read_back(b, plan, metas, selects) for plan in (initial.plan, step_plan))
    collations = tuple([compound.compound_collation(b, [arm.query.items[i].bound for arm in every])
                        for i in range(len(ids))])
    order = compound.order_keys(b, select.order, every, ids) if select.order else ()
    return logical.Recursive(key, ids, initial_plan, step_plan, all_rows, collations, order,
                             b.const_expr(select.limit, withs), b.const_expr(select.offset, withs), cte.table.name)


def _bind_steps(b: Binder, cte: Cte, key: int, metas: list[ColumnMeta], bodies: list[tuple[str, ast.SelectBody]],
                barrier: Scope, withs: WithScope) -> tuple[list[compound.Arm], list[tuple[int, ...]]]:
    """The recursive SELECTs, the table's columns being `metas`, and the column ids of each reference to it."""
    references: list[tuple[int, ...]] = []
    cte.current = key, metas, references
    cte.problem = None
    try:
        return [_bind_step(b, cte, op, body, barrier, withs) for op, body in bodies], references
    finally:
        cte.current = None
        cte.problem = "circular reference"


def _settled_metas(b: Binder, metas: list[ColumnMeta], queries: list[Query],
                   references: list[tuple[int, ...]]) -> list[ColumnMeta]:
    """The columns with the affinity that all SELECTs together give them. While one is looked at,
    the columns after it have none."""
    if any(len(query.items) != len(metas) for query in queries):
        return metas            # an error that is still to be raised
    settled = [replace(m, affinity=AFF_NONE) for m in metas]
    for i, meta in enumerate(metas):
        settled[i] = meta
        for ids in references:
            b.metas[ids[i]] = meta
            for j in range(i + 1, len(metas)):
                b.metas[ids[j]] = settled[j]
        joint = compound.column_meta(b, [select[i] for query in queries for select in query.selects], meta.name)
        settled[i] = replace(meta, affinity=joint.affinity, mixed=joint.mixed)
        for ids in references:
            b.metas[ids[i]] = settled[i]
    return settled


def _read_back(b: Binder, plan: logical.Plan, metas: list[ColumnMeta],
               selects: list[Sequence[BoundExpr]]) -> logical.Plan:
    """Rows as the queue gives them back: integers in a REAL column have become reals."""
    for i, meta in zip(plan.columns, metas, strict=True):
        if meta.affinity == AFF_REAL:
            b.metas[i] = meta
    return as_reals(b, plan, selects)


def _bind_step(b: Binder, cte: Cte, op: str, body: ast.SelectBody, barrier: Scope, withs: WithScope) -> compound.Arm:
    arm = compound.bind_arm(b, op, body, barrier, withs)
    assert arm.scope is not None
    if arm.scope.aggregates or body.group_by:       # type: ignore[attr-defined]
        raise errors.sql_error("recursive aggregate queries not supported", body.pos)       # type: ignore[attr-defined]
    return arm


# ---- sharing


def settle_shared(b: Binder, plan: logical.Plan) -> logical.Plan:
    """`plan` with each Shared that is read only once replaced by what it shares."""
    lone = {key for key, count in b.shared_counts.items() if count == 1 and key not in b.kept_shared}
    if not lone:
        return plan

    def change(node: Node) -> Node | None:
        if type(node) is logical.Shared and node.key in lone:
            inner = rewrite(node.input, change)
            return logical.Project(inner, node.columns, tuple([bound.Column(i) for i in inner.columns]))
        return None

    return rewrite(plan, change)


def source_of(b: Binder, plan: logical.Plan, names: list[str], alias: str | None, has_alias: bool) -> Source:
    """The FROM item for a subquery-like plan; its columns take `names`. Unlike the expressions they come from, they are
    columns: without a collation of their own they bring BINARY into a comparison."""
    metas = b.metas
    for i, name in zip(plan.columns, names, strict=True):
        meta = metas[i]
        if meta.name != name or meta.collation is None:
            metas[i] = replace(meta, name=name, collation=meta.collation or "BINARY")
    return Source(alias, None, tuple(names), {name.lower(): i for i, name in enumerate(names)}, plan.columns,
                  has_alias=has_alias)
