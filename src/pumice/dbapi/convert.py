"""detect_types: which converter a result column gets, and its use on a row."""

from __future__ import annotations

from pumice import errors
from pumice.dbapi.adapters import PARSE_COLNAMES, PARSE_DECLTYPES, converters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def column_converters(names: tuple[str, ...], types: tuple[str | None, ...],
                      detect: int) -> tuple[list[Any], tuple[str, ...]]:
    """A converter or None per column, and the column names as they are shown:
    with PARSE_COLNAMES `name [type]` loses its type."""
    found, shown = [], []
    for name, declared in zip(names, types, strict=True):
        converter = None
        if detect & PARSE_COLNAMES and "[" in name:
            converter = converters.get(name[name.index("[") + 1:].partition("]")[0].upper())
        if converter is None and detect & PARSE_DECLTYPES and declared:
            word = declared.replace("(", " ").split()
            converter = converters.get(word[0].upper()) if word else None
        found.append(converter)
        shown.append(name.partition("[")[0].rstrip() if detect & PARSE_COLNAMES and "[" in name else name)
    return found, tuple(shown)


def converted(row: tuple, by_column: list[Any], text_factory: Any) -> tuple:
    """`row` was read with text as bytes."""
    values = []
    for value, converter in zip(row, by_column, strict=True):
        if converter is not None:
            if value == b"":
                value = None          # as sqlite3, to which an empty value has no bytes
            elif value is not None:
                value = converter(value if isinstance(value, bytes) else str(value).encode())
        elif isinstance(value, Text):
            value = value.decode_with(text_factory)
        values.append(value)
    return tuple(values)


class Text(bytes):
    """TEXT read as bytes, so that it can be told from a BLOB until a converter or the text factory has seen it."""

    def decode_with(self, factory: Any) -> Any:
        if factory is str:
            try:
                return self.decode()
            except UnicodeDecodeError as error:
                raise errors.OperationalError("Could not decode to UTF-8 column with text "
                                              f"'{self.decode(errors='replace')}'") from error
        return bytes(self) if factory is bytes else factory(bytes(self))
