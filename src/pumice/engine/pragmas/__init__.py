"""PRAGMA: one table from name to function.

A pragma is a function `(session, call) -> (column names, rows)`; `call` carries the schema, its database number and the value as written. An unknown
pragma gives no rows, as in SQLite. Source: https://sqlite.org/pragma.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pumice import errors
from pumice.engine.pragmas.call import PragmaCall
from pumice.engine.pragmas.check import CHECK_PRAGMAS
from pumice.engine.pragmas.file import FILE_PRAGMAS
from pumice.engine.pragmas.schema import SCHEMA_PRAGMAS
from pumice.engine.pragmas.setting import SETTING_PRAGMAS

if TYPE_CHECKING:
    from pumice.sql.ast import Pragma

PRAGMAS = {**FILE_PRAGMAS, **SCHEMA_PRAGMAS, **SETTING_PRAGMAS, **CHECK_PRAGMAS}


def _pragma_list(session: Any, call: PragmaCall) -> tuple[tuple[str, ...], list[tuple]]:
    return ("name",), [(name,) for name in sorted(PRAGMAS)]


PRAGMAS["pragma_list"] = _pragma_list


def run_pragma(session: Any, parsed: Pragma) -> tuple[tuple[str, ...], list[tuple]]:
    function = PRAGMAS.get(parsed.name.lower())
    if parsed.schema is not None and not session.catalog.search(parsed.schema):
        raise errors.sql_error(f"unknown database {parsed.schema}")
    if function is None:
        return (), []
    db = session.catalog.search(parsed.schema)[0].db if parsed.schema is not None else 0
    session.ensure_schema()
    session.transaction.holding += 1
    try:
        return function(session, PragmaCall(parsed.name.lower(), parsed.schema, db, parsed.value))
    finally:
        session.transaction.holding -= 1
        session.transaction.settle()
