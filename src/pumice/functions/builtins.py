"""The built-in functions by name: collects the tables of the kernel modules, once, when first asked."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.functions.registry import FunctionDef

# Each module has `table()`: rows of (name, min_args, max_args, implementation, keywords of FunctionDef).
_SCALAR_MODULES = ("value", "text", "number", "pattern", "printf", "datetime")
_AGGREGATE_MODULES = ("sums", "extremum", "concat")

_functions: dict[str, list[FunctionDef]] = {}


def builtin_functions() -> dict[str, list[FunctionDef]]:
    """Name -> definitions. The dictionary is shared: callers do not change it."""
    if not _functions:
        from pumice.functions.registry import FunctionDef

        found: dict[str, list[FunctionDef]] = {}
        for kind, modules in (("scalar", _SCALAR_MODULES), ("aggregate", _AGGREGATE_MODULES)):
            for module in modules:
                table = importlib.import_module(f"pumice.functions.{kind}.{module}").table()
                for name, min_args, max_args, impl, keywords in table:
                    found.setdefault(name, []).append(FunctionDef(name, kind, min_args, max_args, impl, **keywords))
        _functions.update(found)
    return _functions
