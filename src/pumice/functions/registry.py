"""FunctionSet: SQL functions by name and number of arguments; what the binder asks and `create_function` changes."""

from __future__ import annotations

from pumice import errors
from pumice.node import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import KeysView
    from typing import Any


@record
class FunctionDef:
    """`impl` is the compiled kernel: a ScalarFunction (functions/scalar/scalar.pxd) or an AggregateFunction
    (functions/aggregate/aggregate.pxd). `max_args` -1: any number."""

    name: str
    kind: str                       # "scalar" or "aggregate"
    min_args: int
    max_args: int
    impl: Any
    deterministic: bool = True
    can_raise: bool = False         # evaluated only on the lanes that need it (CASE, AND/OR, COALESCE)
    uses_collation: bool = False    # min, max, nullif, =-like: the binder passes the collation of the arguments
    # "minmax": the min()/max() aggregates (bare columns); "counts_star": COUNT(*); "lazy": coalesce, ifnull, iif;
    # "text": reads a BLOB argument as the text of its bytes; "identity": likely and the like; "stable": not
    # deterministic, but the same within one run of a statement (dates); "user": made by a program.
    flags: frozenset[str] = frozenset()


class FunctionSet:
    def __init__(self, builtins: dict[str, list[FunctionDef]]) -> None:
        self._builtins = builtins
        self._user: dict[str, list[FunctionDef]] = {}

    def define(self, function: FunctionDef | None, name: str, n_args: int) -> None:
        """Adds, replaces or (function None) removes a user function with exactly `n_args` arguments (-1 any)."""
        kept = [f for f in self._user.get(name.lower(), [])
                if f.min_args != max(n_args, 0) or f.max_args != n_args]
        if function is not None:
            kept.insert(0, function)
        self._user[name.lower()] = kept

    def lookup(self, name: str, n_args: int, offset: int = -1) -> FunctionDef:
        """Raises `no such function: x` or `wrong number of arguments to function x()`.

        An exact argument count wins over "any"."""
        key = name.lower()
        known = self._user.get(key, []) + self._builtins.get(key, [])
        fitting = [f for f in known if n_args >= f.min_args and (f.max_args < 0 or n_args <= f.max_args)]
        if fitting:
            exact = [f for f in fitting if f.min_args == f.max_args == n_args]
            return (exact or fitting)[0]
        if known:
            raise errors.sql_error(f"wrong number of arguments to function {name}()", offset)
        raise errors.sql_error(f"no such function: {name}", offset)

    @property
    def user_names(self) -> KeysView[str]:
        """Lower-case names that a program has defined, or removed again."""
        return self._user.keys()

    def all(self) -> list[FunctionDef]:
        return [f for group in (*self._user.values(), *self._builtins.values()) for f in group]
