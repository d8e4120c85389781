"""DDL: CREATE, DROP, REINDEX and ALTER, each of which writes the schema table and has the schema loaded again.

    run_ddl(statement, session)      ddl_create.py, ddl_drop.py, ddl_alter.py, ddl_rename.py

Each checks what SQLite checks before it waits for a lock, calls `session.begin_change`, which opens a write transaction
and a statement savepoint, and makes its changes; on an exception the engine rolls back and reloads the schema. Messages
and the stored text are SQLite's.  Tests: tests/unit/ddl
"""

from __future__ import annotations

from collections.abc import Callable

from pumice import errors
from pumice.engine.ddl_alter import add_column, drop_column
from pumice.engine.ddl_create import create_index, create_table, create_trigger, create_view
from pumice.engine.ddl_drop import drop, reindex
from pumice.engine.ddl_rename import rename_column, rename_table
from pumice.sql import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def run_ddl(statement: ast.Statement, session: Any) -> None:
    """Raises OperationalError with SQLite's words, IntegrityError for CREATE UNIQUE INDEX over duplicates."""
    _RUNNERS.get(type(statement), _unsupported)(statement, session)


def _virtual_table(statement: ast.CreateVirtualTable, session: Any) -> None:
    raise errors.not_supported("CREATE VIRTUAL TABLE", statement.pos)


def _unsupported(statement: ast.Statement, session: Any) -> None:
    raise errors.not_supported("ALTER TABLE" if isinstance(statement, ast.AlterTable) else type(statement).__name__)


_RUNNERS: dict[type, Callable[[Any, Any], None]] = {
    ast.CreateTable: create_table,
    ast.CreateIndex: create_index,
    ast.CreateView: create_view,
    ast.CreateTrigger: create_trigger,
    ast.CreateVirtualTable: _virtual_table,
    ast.Drop: drop,
    ast.Reindex: reindex,
    ast.RenameTable: rename_table,
    ast.RenameColumn: rename_column,
    ast.AddColumn: add_column,
    ast.DropColumn: drop_column,
}
