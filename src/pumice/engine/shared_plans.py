"""Plans that the connections of a process share: a statement that has run over the same schema is not planned again.

    (text, schemas, settings)  ->  bound statement, and what the binder and the planner asked the connection:
                                   functions by name, collations by name, sizes of trees

Invariant: a shared plan is the one that binding and planning would make. Schemas that are equal are the same object
(catalog/loader.py). The questions are asked again of the connection that would use the plan, and its answers must be
the same: a function that was built in is still, a tree's size differs by less than SIZES_ALIKE. Plans hold nothing of a
connection, and nobody changes them.
Tests: tests/api/test_shared_plans.py
"""

from __future__ import annotations

from pumice.plan.stats.look import Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any

    from pumice.catalog.objects import Index, Table
    from pumice.functions.registry import FunctionDef, FunctionSet

_KEPT = 256             # plans
SIZES_ALIKE = 2.0       # factor

_plans: dict[Hashable, Questions] = {}


class Questions(Look):
    """What one planning asks of a connection, passed on to it and remembered. Stands for its functions and its look."""

    def __init__(self, functions: FunctionSet, collation_exists: Callable[[str], bool], look: Look) -> None:
        self._functions = functions
        self._collation_exists = collation_exists
        self._look = look
        self.cache_bytes = look.cache_bytes
        self.names: set[str] = set()                            # of functions, in lower case
        self.collations: dict[str, bool] = {}
        self.sizes: dict[tuple, float] = {}                     # (method of Look, its arguments) -> answer
        self.bound: Any = None                                  # the plan, in the end

    def lookup(self, name: str, n_args: int, offset: int = -1) -> FunctionDef:
        self.names.add(name.lower())
        return self._functions.lookup(name, n_args, offset)

    def collation_exists(self, name: str) -> bool:
        found = self.collations[name] = self._collation_exists(name)
        return found

    def rows(self, table: Table) -> float:
        return self._size("rows", table)

    def row_bytes(self, table: Table) -> float:
        return self._size("row_bytes", table)

    def locality(self, table: Table, index: Index, near: int) -> float:
        return self._size("locality", table, index, near)

    def _size(self, method: str, *args: Any) -> float:
        key = method, args
        answer = self.sizes.get(key)
        if answer is None:
            answer = self.sizes[key] = getattr(self._look, method)(*args)
        return answer

    def same_answers(self, functions: FunctionSet, collation_exists: Callable[[str], bool], look: Look) -> bool:
        """Whether another connection would answer alike."""
        if not functions.user_names.isdisjoint(self.names) or look.cache_bytes != self.cache_bytes:
            return False
        if any([collation_exists(name) != found for name, found in self.collations.items()]):
            return False
        for (method, args), size in self.sizes.items():
            now = getattr(look, method)(*args)
            if now * SIZES_ALIKE < size or now > size * SIZES_ALIKE:
                return False
        return True

    def forget_connection(self) -> None:
        del self._functions, self._collation_exists, self._look


def find_plan(key: Hashable, functions: FunctionSet, collation_exists: Callable[[str], bool], look: Look) -> Any:
    """The bound statement, or None."""
    known = _plans.pop(key, None)
    if known is None or not known.same_answers(functions, collation_exists, look):
        return None
    _plans[key] = known                 # the one used last is the last to go
    return known.bound


def keep_plan(key: Hashable, questions: Questions, bound: Any, functions: FunctionSet) -> None:
    """Shares `bound`, unless a function is the connection's own."""
    if not functions.user_names.isdisjoint(questions.names):
        return
    questions.forget_connection()
    questions.bound = bound
    while len(_plans) >= _KEPT:
        _plans.pop(next(iter(_plans)), None)
    _plans[key] = questions
