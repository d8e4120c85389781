"""ALTER TABLE."""

from __future__ import annotations

from typing import Any

from pumice import errors
from pumice.sql import ast


def rename_table(statement: ast.RenameTable, session: Any) -> None:
    raise errors.not_supported("ALTER TABLE RENAME TO")


def rename_column(statement: ast.RenameColumn, session: Any) -> None:
    raise errors.not_supported("ALTER TABLE RENAME COLUMN")


def add_column(statement: ast.AddColumn, session: Any) -> None:
    raise errors.not_supported("ALTER TABLE ADD COLUMN")


def drop_column(statement: ast.DropColumn, session: Any) -> None:
    raise errors.not_supported("ALTER TABLE DROP COLUMN")
