"""PRAGMA: one table from name to Pragma.

A pragma's function is `(session, call) -> rows`; `call` carries the schema, its database number and the value as
written. An unknown pragma gives no rows, as in SQLite. Source: https://sqlite.org/pragma.html  Tests:
tests/oracle/test_pragmas.py
"""

from __future__ import annotations

from pumice import errors
from pumice.engine.pragmas.call import Pragma, PragmaCall
from pumice.engine.pragmas.check import CHECK_PRAGMAS
from pumice.engine.pragmas.file import FILE_PRAGMAS
from pumice.engine.pragmas.maintain import MAINTAIN_PRAGMAS
from pumice.engine.pragmas.memory import MEMORY_PRAGMAS
from pumice.engine.pragmas.schema import SCHEMA_PRAGMAS
from pumice.engine.pragmas.setting import SETTING_PRAGMAS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.sql import ast

PRAGMAS: dict[str, Pragma] = {**FILE_PRAGMAS, **SCHEMA_PRAGMAS, **SETTING_PRAGMAS, **MEMORY_PRAGMAS, **CHECK_PRAGMAS,
                              **MAINTAIN_PRAGMAS}


def _pragma_list(session: Any, call: PragmaCall) -> list[tuple]:
    return [(name,) for name in sorted(PRAGMAS)]


PRAGMAS["pragma_list"] = Pragma(_pragma_list, ("name",), reads="")


def run_pragma(session: Any, parsed: ast.Pragma) -> tuple[tuple[str, ...], list[tuple]]:
    """Column names and rows."""
    found = session.catalog.search(parsed.schema)
    if parsed.schema is not None and not found:
        raise errors.sql_error(f"unknown database {parsed.schema}")
    pragma = PRAGMAS.get(parsed.name.lower())
    if pragma is None:
        return (), []
    call = PragmaCall(parsed.name.lower(), parsed.schema, found[0].db if parsed.schema is not None else 0, parsed.value)
    columns = () if pragma.quiet and parsed.value is not None else pragma.columns
    if not pragma.reads:
        return columns, pragma.run(session, call)
    if pragma.reads == "schema":
        session.ensure_schema()
    else:
        session.transaction.begin_read()
    session.transaction.holding += 1
    try:
        return columns, pragma.run(session, call)
    finally:
        session.transaction.holding -= 1
        session.transaction.settle()
