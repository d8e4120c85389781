"""The built-in functions by name: the tables of the kernel modules."""

from __future__ import annotations

from pumice.functions.aggregate import concat, extremum, sums
from pumice.functions.registry import FunctionDef
from pumice.functions.scalar import datetime, number, pattern, printf, text, value

# Each module has `table()`: rows of (name, min_args, max_args, implementation, keywords of FunctionDef).
_MODULES = (
    ("scalar", (value, text, number, pattern, printf, datetime)),
    ("aggregate", (sums, extremum, concat)),
)

_functions: dict[str, list[FunctionDef]] = {}


def builtin_functions() -> dict[str, list[FunctionDef]]:
    """Name -> definitions. The dictionary is shared: callers do not change it."""
    if not _functions:
        for kind, modules in _MODULES:
            for module in modules:
                for name, min_args, max_args, impl, keywords in module.table():
                    made = FunctionDef(name, kind, min_args, max_args, impl, **keywords)
                    _functions.setdefault(name, []).append(made)
    return _functions
