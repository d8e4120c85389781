"""EXPLAIN QUERY PLAN (SQLite's four columns and wording) and EXPLAIN (the physical tree)."""

from __future__ import annotations

from typing import Any


def explain_query_plan(bound: Any) -> list[tuple[int, int, int, str]]:
    """Rows (id, parent, notused, detail)."""
    return []


def explain_tree(bound: Any, actual: dict[int, Any] | None = None) -> list[str]:
    """The physical tree as indented lines."""
    return []
