"""plan_statement: from the binder's statement to the same statement with physical plans inside.

    bound statement -> rules (plan/rules) -> join order (plan/join_order) -> access paths (plan/access) -> physical
    plan (translate.py) -> rows computed once (same_rows.py) -> threads (parallel.py)

Expressions that hold subqueries (result columns, checks, values, index keys) get physical plans in place of logical
ones.
Tests: tests/unit/plan, tests/rules
"""

from __future__ import annotations

from pumice.node import replace
from pumice.plan.logical import nodes as logical
from pumice.plan.parallel import parallelise
from pumice.plan.same_rows import share_rows
from pumice.plan.translate import NO_LOOK, Translator
from pumice.plan.update_order import update_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.plan.logical.expr import BoundExpr
    from pumice.plan.stats.look import Look

Statement = logical.Select | logical.Insert | logical.Update | logical.Delete


def plan_statement(
    bound: Statement, look: Look = NO_LOOK, disabled: frozenset[str] = frozenset(), threads: int = 1
) -> Any:
    """`bound` with physical plans. `look` says what there is without statistics; `disabled` names rules to leave
    out; `threads` is how many a query may use."""
    if type(bound) is logical.Select:
        translator = Translator(bound.all_columns, look, disabled)
        plan = translator.query(bound.plan)
        if translator.n_costly > 1:
            plan = share_rows(plan)
        plan = parallelise(plan, threads, bound.all_columns)
        return logical.Select(plan, bound.names, bound.types, bound.all_columns)
    translator = Translator(bound.write.all_columns, look, disabled)
    source = update_source(bound, translator) if type(bound) is logical.Update else translator.source(bound.source)
    changes: dict[str, Any] = {"write": _write(bound.write, translator), "source": source}
    if type(bound) is not logical.Delete:
        changes["values"] = tuple([_optional(e, translator) for e in bound.values])
        changes["rowid"] = _optional(bound.rowid, translator)
    return replace(bound, **changes)


def plan_write(write: logical.TableWrite, look: Look = NO_LOOK) -> logical.TableWrite:
    """A bound TableWrite on its own, with physical plans."""
    return _write(write, Translator(write.all_columns, look))


def _optional(expr: BoundExpr | None, translator: Translator) -> BoundExpr | None:
    return None if expr is None else translator.expr(expr)


def _write(write: logical.TableWrite, translator: Translator) -> logical.TableWrite:
    if not (write.checks or write.generated or write.indexes or write.not_null):
        return write
    return replace(
        write,
        not_null=tuple(
            [(column, action, _optional(default, translator)) for column, action, default in write.not_null]
        ),
        checks=tuple([(translator.expr(e), label, action) for e, label, action in write.checks]),
        indexes=tuple(
            [
                logical.IndexWrite(i.index, translator.exprs(i.keys), _optional(i.where, translator), i.conflict)
                for i in write.indexes
            ]
        ),
        generated=tuple([(column, translator.expr(e)) for column, e in write.generated]),
    )
