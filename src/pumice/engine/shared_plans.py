"""Plans that the connections of a process share: a statement that has run over the same schema is not planned again.

    (text, schemas, settings)  ->  bound statement, and what the binder and the planner asked the connection:
                                   functions by name, collations by name, sizes of trees

Invariant: a shared plan is the one that binding and planning would make. Schemas that are equal are the same object
(catalog/loader.py). The questions are asked again of the connection that would use the plan, and its answers must be
the same: a function that was built in is still, a tree looks as large as that other one did. Plans hold nothing of a
connection, and nobody changes them.
Tests: tests/api/test_shared_plans.py
"""

from __future__ import annotations

from pumice.plan.stats.look import RecordedLook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any

    from pumice.functions.registry import FunctionDef, FunctionSet
    from pumice.plan.stats.look import Look

_KEPT = 256             # plans

_plans: dict[Hashable, tuple[Questions, Any]] = {}


class Questions:
    """What binding and planning one statement ask of a connection: asked through this, which remembers. Stands for its
    FunctionSet."""

    def __init__(self, functions: FunctionSet, collation_exists: Callable[[str], bool], look: Look) -> None:
        self._functions = functions
        self._collation_exists = collation_exists
        self.look = RecordedLook(look)
        self.names: set[str] = set()                            # of functions, in lower case
        self.collations: dict[str, bool] = {}

    def lookup(self, name: str, n_args: int, offset: int = -1) -> FunctionDef:
        self.names.add(name.lower())
        return self._functions.lookup(name, n_args, offset)

    def collation_exists(self, name: str) -> bool:
        found = self.collations[name] = self._collation_exists(name)
        return found

    def all_built_in(self, functions: FunctionSet) -> bool:
        return functions.user_names.isdisjoint(self.names)

    def same_answers(self, functions: FunctionSet, collation_exists: Callable[[str], bool], look: Look) -> bool:
        """Whether another connection would answer alike."""
        return self.all_built_in(functions) and self.look.answers_like(look) and all(
            [collation_exists(name) == found for name, found in self.collations.items()])

    def forget_connection(self) -> None:
        del self._functions, self._collation_exists, self.look.look


def find_plan(key: Hashable, functions: FunctionSet, collation_exists: Callable[[str], bool], look: Look) -> Any:
    """The bound statement, or None."""
    known = _plans.pop(key, None)
    if known is None or not known[0].same_answers(functions, collation_exists, look):
        return None
    _plans[key] = known                 # the one used last is the last to go
    return known[1]


def keep_plan(key: Hashable, questions: Questions, bound: Any, functions: FunctionSet) -> None:
    """Shares `bound`, unless a function is the connection's own."""
    if not questions.all_built_in(functions):
        return
    questions.forget_connection()
    while len(_plans) >= _KEPT:
        _plans.pop(next(iter(_plans)), None)
    _plans[key] = questions, bound
