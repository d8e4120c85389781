from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")

class Node:
    __match_args__: tuple[str, ...]

def fresh(make: Callable[[], T]) -> T: ...
@dataclass_transform(eq_default=False, field_specifiers=(fresh,))
def record(cls: type[T]) -> type[T]: ...
@dataclass_transform(eq_default=False, field_specifiers=(fresh,))
def node(cls: type[T]) -> type[T]: ...
def replace(old: T, **changes: Any) -> T: ...
