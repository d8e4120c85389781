"""Node: the base of every AST, bound-expression and plan node.

A node is a slotted dataclass made by the `node` decorator. Nodes are immutable by convention: a rewrite makes new
nodes with `replace`. `frozen=True` is left out on purpose: it triples construction time (each field then goes through
object.__setattr__), and decorating a class with the generated __eq__/__repr__ costs 0.4 ms each at import; the base
class has one generic version of both. Equality is structural and ignores the source position `pos`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


class Node:
    __slots__ = ()

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__ if name != "pos")
        return f"{type(self).__name__}({fields})"

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return False
        # Python holds 1 == 1.0 == True equal; SQL text of the two differs, so types are compared too.
        for name in self.__match_args__:
            if name != "pos":
                mine, theirs = getattr(self, name), getattr(other, name)
                if type(mine) is not type(theirs) or mine != theirs:
                    return False
        return True

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in self.__match_args__ if name != "pos")))


@dataclass_transform(eq_default=False)
def node(cls: type[T]) -> type[T]:
    """Class decorator: a slotted dataclass without generated __eq__, __repr__ and __hash__ (see the module)."""
    return dataclass(slots=True, eq=False, repr=False)(cls)


def replace(old: T, **changes: Any) -> T:
    """A copy of `old` with some fields changed."""
    values = {name: getattr(old, name) for name in old.__match_args__}  # type: ignore[attr-defined]
    values.update(changes)
    return type(old)(**values)
