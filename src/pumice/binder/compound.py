"""Compound queries: UNION [ALL], INTERSECT, EXCEPT, and their ORDER BY.

An ORDER BY term of a compound must be a result column: by number, by alias, or by being equal to a result expression of
one of the SELECTs (tried from left to right).
"""

from __future__ import annotations

from pumice import errors
from pumice.binder.affinity import MAY_BE_NUMBER, MAY_BE_TEXT, affinity_of, collation_of, held_affinity, possible_types
from pumice.binder.order import check_terms, checked_position, collate_of, integer_of, ordinal, without_collate
from pumice.binder.result import Query
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import ColumnMeta
from pumice.sql import ast
from pumice.values import AFF_BLOB, AFF_NONE, AFF_NUMERIC, AFF_TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.binder.binder import Binder
    from pumice.binder.scope import Scope, WithScope
    from pumice.plan.logical.expr import BoundExpr

MAX_ARMS = 500          # SQLITE_MAX_COMPOUND_SELECT


class Arm:
    """One SELECT of a compound."""

    __slots__ = ("op", "query", "scope")

    def __init__(self, op: str, query: Query, scope: Scope | None) -> None:
        self.op = op                # the operator to its left, "" for the first
        self.query = query
        self.scope = scope


def spine(body: ast.SelectBody) -> list[tuple[str, ast.SelectBody]]:
    """(operator to the left, SELECT) from left to right."""
    found: list[tuple[str, ast.SelectBody]] = []
    while type(body) is ast.Compound:
        found.append((body.op, body.right))
        body = body.left
    found.append(("", body))
    found.reverse()
    return found


def start_arms(b: Binder, select: ast.Select, parent: Scope | None, withs: WithScope | None) -> list[ArmStart]:
    """The SELECTs of a compound (or a VALUES with ORDER BY), the last first."""
    bodies = spine(select.body)
    if len(bodies) > MAX_ARMS:
        raise errors.sql_error("too many terms in compound SELECT")
    return [ArmStart(b, op, body, parent, withs) for op, body in reversed(bodies)]


def bind_compound(b: Binder, select: ast.Select, starts: list[ArmStart]) -> Query:
    """The compound and its ORDER BY."""
    arms = [start.arm(b) for start in starts]
    arms.reverse()
    query = combine(b, arms)
    if any(arm.op not in ("", "union all") for arm in arms) and any(_has_collate(term.expr) for term in select.order):
        query = Query(query.as_source(b), query.items)      # SELECT * FROM (the compound) ORDER BY ...
    if select.order:
        plan = query.plan
        keys = order_keys(b, select.order, arms, plan.columns)
        query.plan = logical.Sort(plan, keys)
    return query


def _has_collate(expr: ast.Expr) -> bool:
    return type(expr) is ast.Collate


class ArmStart:
    """One SELECT of a compound, of which only the tables are known; `arm` binds the rest."""

    __slots__ = ("arm",)

    def __init__(self, b: Binder, op: str, body: ast.SelectBody, parent: Scope | None,
                 withs: WithScope | None) -> None:
        if type(body) is ast.Values:
            self.arm = lambda b: Arm(op, b.values(body, parent, withs), None)
        else:
            assert type(body) is ast.SelectCore
            start = b.start(body, parent, withs)
            self.arm = lambda b: Arm(op, *b.core(start))


def bind_arm(b: Binder, op: str, body: ast.SelectBody, parent: Scope | None, withs: WithScope | None) -> Arm:
    return ArmStart(b, op, body, parent, withs).arm(b)


def check_widths(arms: list[Arm]) -> None:
    for left, right in zip(arms, arms[1:], strict=False):
        if len(left.query.items) != len(right.query.items):
            raise errors.sql_error(
                f"SELECTs to the left and right of {right.op.upper()} do not have the same number of result columns")


def combine(b: Binder, arms: list[Arm]) -> Query:
    """SetOp nodes over the arms, from the left."""
    check_widths(arms)
    first = arms[0].query
    names = [b.metas[i].name for i in first.plan.columns]
    plan = first.plan
    for n, arm in enumerate(arms[1:], 2):
        selects = [select for a in arms[:n] for select in a.query.selects]
        ids, collations = [], []
        for i, name in enumerate(names):
            exprs = [select[i] for select in selects]
            ids.append(b.columns.new(column_meta(b, exprs, name)))
            collations.append(compound_collation(b, exprs))
        plan = logical.SetOp(arm.op, plan, arm.query.plan, tuple(ids), tuple(collations))
    return Query(plan, first.items, [select for arm in arms for select in arm.query.selects])


def compound_collation(b: Binder, exprs: list[BoundExpr]) -> str:
    for expr in exprs:
        collation = collation_of(b, expr)
        if collation is not None:
            return collation
    return "BINARY"


def column_meta(b: Binder, exprs: list[BoundExpr], name: str) -> ColumnMeta:
    """A compound's column: the affinity of the first SELECT that has one, unless other SELECTs can give values that it
    would not hold. Source: sqlite3SubqueryColumnTypes."""
    affinity = AFF_NONE
    mask = 0
    for expr in exprs:
        if affinity == AFF_NONE:
            affinity = affinity_of(b, expr)
        else:
            mask |= possible_types(b, expr)
        if affinity == AFF_NONE:
            mask |= possible_types(b, expr)
    if (affinity == AFF_TEXT and mask & MAY_BE_NUMBER) or (affinity >= AFF_NUMERIC and mask & MAY_BE_TEXT):
        affinity = AFF_BLOB
    first = exprs[0]
    if affinity >= AFF_NUMERIC and type(first) is bound.Cast:
        affinity = AFF_NUMERIC      # SQLITE_AFF_FLEXNUM: compares as a number, but integers stay integers
    decl_type = b.metas[first.id].decl_type if type(first) is bound.Column else None
    mixed = affinity != AFF_NONE and any(held_affinity(b, expr) != affinity_of(b, expr) for expr in exprs)
    return ColumnMeta(name, affinity, collation_of(b, first), False, None, decl_type, mixed)


def order_keys(b: Binder, order: tuple[ast.OrderTerm, ...], arms: list[Arm],
               ids: tuple[int, ...]) -> tuple[bound.SortKey, ...]:
    """The ORDER BY terms of a compound as keys over its output."""
    keys = []
    check_terms(order, "ORDER")
    found = [_by_position(term, at, arms) for at, term in enumerate(order)]
    for at, term in enumerate(order):
        position = found[at] if found[at] is not None else _by_expression(b, term, arms)
        if position is None:
            raise errors.sql_error(f"{ordinal(at + 1)} ORDER BY term does not match any column in the result set",
                                   term.expr.pos)
        if type(term.expr) is ast.Collate:
            collation = collate_of(b, term.expr)
        else:
            collation = compound_collation(b, [select[position] for arm in arms for select in arm.query.selects])
        nulls_first = not term.desc if term.nulls is None else term.nulls == "first"
        keys.append(bound.SortKey(bound.Column(ids[position]), term.desc, nulls_first, collation))
    return tuple(keys)


def _by_position(term: ast.OrderTerm, at: int, arms: list[Arm]) -> int | None:
    inner = without_collate(term.expr)
    number = integer_of(inner)
    if number is not None:
        return checked_position(number, at, len(arms[0].query.items), "ORDER", term.expr.pos)
    return None


def _by_expression(b: Binder, term: ast.OrderTerm, arms: list[Arm]) -> int | None:
    """Each SELECT in turn: first its aliases, then its expressions."""
    inner = without_collate(term.expr)
    for arm in arms:
        items = arm.query.items
        if type(inner) is ast.Name and inner.table is None:
            wanted = inner.column.lower()
            for i, item in enumerate(items):
                if item.alias is not None and item.alias.lower() == wanted:
                    return i
        if arm.scope is None:
            continue
        aliases, arm.scope.aliases = arm.scope.aliases, None
        before = len(arm.scope.aggregates)
        try:
            candidate = b.expr(inner, arm.scope)
        except errors.OperationalError:         # names unknown in this SELECT: the next one may know them
            continue
        finally:
            arm.scope.aliases = aliases
            del arm.scope.aggregates[before:]
        for i, item in enumerate(items):
            if type(item.bound) is type(candidate) and item.bound == candidate:
                return i
    return None
