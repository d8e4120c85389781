"""Pragmas that do work: optimize, shrink_memory."""

from __future__ import annotations

from pumice.catalog.objects import Table
from pumice.engine.analyze import run_analyze
from pumice.engine.pragmas.call import Pragma, PragmaCall
from pumice.sql import ast
from pumice.storage.btree.measure import estimate_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Bits of optimize's mask, from https://sqlite.org/pragma.html#pragma_optimize
_SHOW = 0x01                # say what would be done
_ANALYZE = 0x02
_ALL_TABLES = 0x10000       # also tables that have never been analysed
_DEFAULT_MASK = 0xFFFE
_GROWTH = 10.0              # a table is analysed again when its size changed by this factor


def _optimize(session: Any, call: PragmaCall) -> list[tuple]:
    mask = _DEFAULT_MASK if call.value is None else call.integer()
    if not mask & _ANALYZE:
        return []
    schemas = session.catalog.schemas if call.schema is None else session.catalog.search(call.schema)
    names = [(schema.name, table.name) for schema in schemas if schema.db != 1 for table in schema.tables.values()
             if _is_due(session, table, mask)]
    if mask & _SHOW:
        return [(f'ANALYZE "{schema}"."{name}"',) for schema, name in names]
    for schema, name in names:
        run_analyze(ast.Analyze(name, schema), session)
    return []


def _is_due(session: Any, table: Table, mask: int) -> bool:
    if table.read_only or table.name.lower().startswith("sqlite_") or not (table.indexes or table.without_rowid):
        return False
    if table.stat_rows is None:
        return bool(mask & _ALL_TABLES)
    n_rows = max(1.0, estimate_rows(session.btrees[table.db], table.root))
    return not 1 / _GROWTH < n_rows / max(1.0, table.stat_rows) < _GROWTH


def _shrink_memory(session: Any, call: PragmaCall) -> list[tuple]:
    for tree in session.btrees:
        tree.pager.shrink()
    return []


MAINTAIN_PRAGMAS: dict[str, Pragma] = {
    "optimize": Pragma(_optimize, ("optimize",)),
    "shrink_memory": Pragma(_shrink_memory, reads=""),
}
