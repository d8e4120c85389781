"""The order in which an UPDATE takes its rows.

Which rows are in each other's way, when unique values move past each other, depends on it, so where it matters it is
SQLite's: in one pass, as the search finds the rows; where a change could disturb the search (the key changes, REPLACE
may delete rows, WHERE holds a subquery, the index that is searched changes, or several are searched), the keys are
collected in a tree first, and the rows come in its order.
Tests: tests/sql/test_update_order.py
"""

from __future__ import annotations

from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import Column, SortKey
from pumice.plan.physical import nodes as physical
from pumice.plan.walk import columns_of, has_subquery, is_volatile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.plan.translate import Translator


def update_source(update: logical.Update, translator: Translator) -> physical.Physical:
    """The plan of the rows to change."""
    matters = _order_matters(update)
    if not (matters and _collects_keys(update)):
        plan = translator.source(update.source)
        if not (matters and _searches_what_changes(plan, update)):
            return plan
    return translator.source(logical.Sort(update.source, _key_order(update)))


def _key_order(update: logical.Update) -> tuple[SortKey, ...]:
    table, ids = update.write.table, update.old_ids
    if not table.without_rowid:
        return (SortKey(Column(ids[-1])),)
    return tuple([SortKey(Column(ids[k.column]), k.desc, not k.desc, k.collation) for k in table.primary_key])


def _order_matters(update: logical.Update) -> bool:
    """Can the rows that are changed first make a difference to the others?"""
    write = update.write
    return (
        _changes_key(update)
        or any(i.index.unique and _index_changes(update, i) for i in write.indexes)
        or any(value is not None and (has_subquery(value) or is_volatile(value)) for value in update.values)
        or any(action == "fail" for _, *_, action in write.checks)
        or any(action == "fail" for _, action, _ in write.not_null)
    )


def _collects_keys(update: logical.Update) -> bool:
    """Does SQLite collect the keys however it searches the rows?"""
    write = update.write
    if update.joined or write.conflict == "replace" or _changes_key(update):
        return True
    if any(i.conflict == "replace" and i.index.unique and _index_changes(update, i) for i in write.indexes):
        return True
    source = update.source
    return type(source) is logical.Filter and any(has_subquery(c) for c in source.conditions)


def _changes_key(update: logical.Update) -> bool:
    table = update.write.table
    if table.without_rowid:
        return any(k.column in update.changed for k in table.primary_key)
    return len(table.columns) in update.changed


def _index_changes(update: logical.Update, item: logical.IndexWrite) -> bool:
    """May an entry of this index change, or the condition under which there is one?"""
    used = columns_of(item.keys) | (set() if item.where is None else columns_of(item.where))
    return any(update.write.row_ids[at] in used for at in update.changed)


def _searches_what_changes(plan: physical.Physical, update: logical.Update) -> bool:
    while isinstance(plan, (physical.Filter, physical.Project, physical.Keep, physical.RowFetch)):
        plan = plan.input
    if type(plan) is physical.MultiIndex:
        return plan.op == "or"
    return type(plan) is physical.IndexAccess and any(
        i.index is plan.index and _index_changes(update, i) for i in update.write.indexes)
