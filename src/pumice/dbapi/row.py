"""Row: a result row that is reached by position, by slice and by column name (without regard to case)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


class Row:
    """`row_factory = Row`. Equal to another Row with the same column names and values. Made from a cursor and a tuple."""

    __slots__ = ("_values", "_description")

    def __new__(cls, cursor: Any, values: tuple[Any, ...], /) -> Row:
        from pumice.dbapi.cursor import Cursor

        if not isinstance(cursor, Cursor):
            raise TypeError(f"Row() argument 1 must be pumice.Cursor, not {type(cursor).__name__}")
        if not isinstance(values, tuple):
            raise TypeError(f"Row() argument 2 must be tuple, not {type(values).__name__}")
        self = super().__new__(cls)
        self._values = values
        self._description = cursor.description
        return self

    def keys(self) -> list[str]:
        return [column[0] for column in self._description or ()]

    def __getitem__(self, key: int | slice | str) -> Any:
        if isinstance(key, str):
            wanted = key
            folded = _fold(key)
            for at, column in enumerate(self._description or ()):
                if column[0] == wanted or _fold(column[0]) == folded:
                    return self._values[at]
            raise IndexError("No item with that key")
        if isinstance(key, (int, slice)):
            return self._values[key]
        if hasattr(key, "__index__"):
            return self._values[key.__index__()]
        raise IndexError("Index must be int or string")

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Row):
            return self._values == other._values and self._description == other._description
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._description) ^ hash(self._values)


def _fold(name: str) -> str:
    """ASCII-only lower case, as SQLite compares names."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in name)


Sequence.register(Row)
