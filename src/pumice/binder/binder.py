"""Binder: the state of binding one statement, and its entry.

    AST -> bind() -> logical.Select | Insert | Update | Delete

    expr.py       expressions        compare.py               comparisons, IN, CASE, row values
    affinity.py   affinity and collation rules
    scope.py      names              from_clause.py, cte.py   FROM, views, WITH
    select.py, compound.py           queries
    aggregate.py  grouping           dml.py                   INSERT, UPDATE, DELETE
    table_row.py  lone expressions over a table's row

A Binder is made for each statement. Errors are OperationalError in SQLite's words with the offset of the offending
token.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from pumice import errors
from pumice.binder import dml
from pumice.binder import select as queries
from pumice.binder.affinity import note_collation
from pumice.binder.cte import settle_shared
from pumice.binder.expr import BINDERS
from pumice.binder.result import Query, uses_aggregate
from pumice.binder.rewrite import contains_subquery
from pumice.binder.scope import Scope, WithScope
from pumice.node import record
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import Columns
from pumice.sql import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.catalog.objects import Catalog, View
    from pumice.functions.registry import FunctionSet
    from pumice.plan.logical.expr import BoundExpr


@record
class BindOptions:
    """What pragmas and the statement at hand change about binding."""

    check_constraints: bool = True      # ignore_check_constraints is off
    short_names: bool = True            # short_column_names
    full_names: bool = False            # full_column_names
    schema_writable: bool = False       # writable_schema, or SQL of the engine's own
    quoted_strings: bool = True         # "x" is a string where it is no column


_DEFAULTS = BindOptions()

# Frames allowed to a statement that Python's own limit does not suffice for
# (the parser bounds expressions to 1000 levels).
_DEEP_FRAMES = 40_000


class Binder:
    def __init__(self, catalog: Catalog, functions: FunctionSet, collation_exists: Callable[[str], bool] | None = None,
                 options: BindOptions = _DEFAULTS) -> None:
        self.options = options
        self.catalog = catalog
        self.functions = functions
        self.collation_exists = collation_exists
        self.columns = Columns()
        self.metas = self.columns.metas
        self.collated: dict[int, tuple[str, BoundExpr]] = {}    # see affinity.py
        self.merged: dict[int, BoundExpr] = {}
        self.reference_log: list[Scope] | None = None           # scopes that names were found in, while an aggregate's
                                                                # arguments are bound
        self.views: list[View] = []                             # views being expanded, outermost first
        self.shared_counts: dict[int, int] = {}                 # CTE key -> references so far
        self.kept_shared: set[int] = set()                      # keys of MATERIALIZED CTEs
        self.quoted_strings: list[ast.Name] = []                # what has been taken for a string though in double
                                                                # quotes
        self.next_key = 0
        self.n_params = 0                                       # the user's; a template's slots come after them

    def bind(self, statement: ast.Select | ast.Statement, param_names: Sequence[str | None] = ()) -> Any:
        """The bound statement. Raises the errors SQLite raises when it prepares `statement`."""
        self.n_params = len(param_names)
        try:
            return self._bind(statement)
        except RecursionError:
            limit = sys.getrecursionlimit()
            if limit >= _DEEP_FRAMES:
                raise
        self.__init__(self.catalog, self.functions, self.collation_exists, self.options)      # type: ignore[misc]
        self.n_params = len(param_names)
        sys.setrecursionlimit(_DEEP_FRAMES)
        try:
            return self._bind(statement)
        finally:
            sys.setrecursionlimit(limit)

    def _bind(self, statement: ast.Select | ast.Statement) -> Any:
        kind = type(statement)
        if kind is ast.Select:
            query = self.query(statement, None, None)
            plan = settle_shared(self, query.plan)
            names = query.result_names(self)
            types = tuple([self.metas[i].decl_type for i in plan.columns])
            return logical.Select(plan, names, types, self.columns)
        if kind is ast.Insert:
            return dml.bind_insert(self, statement)
        if kind is ast.Update:
            return dml.bind_update(self, statement)
        if kind is ast.Delete:
            return dml.bind_delete(self, statement)
        raise errors.not_supported(f"binding {kind.__name__}")

    # ---- what the parts of the binder ask of one another

    def expr(self, expr: ast.Expr, scope: Scope) -> BoundExpr:
        """One scalar expression."""
        result = BINDERS[type(expr)](self, expr, scope)
        if self.collated:
            note_collation(self, result)
        return result

    def query(self, select: ast.Select, parent: Scope | None, withs: WithScope | None) -> Query:
        """A query whose names may refer to `parent` (correlation) and whose tables to `withs`."""
        return queries.bind_query(self, select, parent, withs)

    def start(self, core: ast.SelectCore, parent: Scope | None, withs: WithScope | None) -> queries.Start:
        """One SELECT as part of a compound: its tables."""
        return queries.Start(self, core, parent, withs)

    def core(self, start: queries.Start) -> tuple[Query, Scope]:
        """The rest of it, without ORDER BY, and its scope."""
        return queries.bind_core(self, start)

    def values(self, values: ast.Values, parent: Scope | None, withs: WithScope | None) -> Query:
        return queries.bind_values(self, values, parent, withs)

    def alias(self, scope: Scope, position: int, name: ast.Name) -> BoundExpr:
        """What an alias of a result column stands for in WHERE, GROUP BY, HAVING and ORDER BY."""
        item = scope.results[position]
        result = item.bound
        if not scope.allow_aggregates and scope.aggregates and uses_aggregate(scope, result):
            raise errors.sql_error(f"misuse of aliased aggregate {name.column}", name.pos)
        if item.expr is not None and scope.phase != "group" and contains_subquery(result):
            return self.expr(item.expr, scope)      # a second plan of its own: column ids stay unique
        return result

    def const_expr(self, expr: ast.Expr | None, withs: WithScope | None) -> BoundExpr | None:
        """LIMIT and OFFSET: no column is visible."""
        return None if expr is None else self.expr(expr, Scope(None, withs))

    def key(self) -> int:
        self.next_key += 1
        return self.next_key


__all__ = ["BindOptions", "Binder", "bound"]
