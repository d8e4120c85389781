"""Functions as binder and planner see them: names, numbers of arguments and flags, no kernels."""

from __future__ import annotations

from typing import Any

from pumice.functions.registry import FunctionDef, FunctionSet


def _functions() -> FunctionSet:
    known: dict[str, list[FunctionDef]] = {}

    def add(names: str, kind: str, low: int, high: int, **more: Any) -> None:
        for name in names.split():
            known.setdefault(name, []).append(FunctionDef(name, kind, low, high, None, **more))

    add("min max", "scalar", 2, -1, uses_collation=True)
    add("min max", "aggregate", 1, 1, uses_collation=True, flags=frozenset(["minmax"]))
    add("count", "aggregate", 0, 0, flags=frozenset(["counts_star"]))
    add("count sum avg total", "aggregate", 1, 1)
    add("group_concat", "aggregate", 1, 2)
    add("coalesce", "scalar", 2, -1)
    add("nullif", "scalar", 2, 2, uses_collation=True)
    add("likely unlikely", "scalar", 1, 1)
    add("likelihood", "scalar", 2, 2)
    add("abs", "scalar", 1, 1, can_raise=True)
    add("length lower upper hex typeof", "scalar", 1, 1)
    add("substr", "scalar", 2, 3)
    add("like", "scalar", 2, 3, can_raise=True)
    add("glob", "scalar", 2, 2, can_raise=True)
    add("-> ->>", "scalar", 2, 2)
    add("random", "scalar", 0, 0, deterministic=False)
    add("date last_insert_rowid", "scalar", 0, -1, deterministic=False, flags=frozenset(["stable"]))
    return FunctionSet(known)


FUNCTIONS = _functions()
