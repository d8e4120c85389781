"""Pragma: a table entry, what it shows and what runs it. PragmaCall: one use of a pragma, and how its value reads."""

from __future__ import annotations

import re
from collections.abc import Callable

from pumice.node import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INTEGER = re.compile(r"\s*([+-]?)(0[xX][0-9a-fA-F]+|\d+)")
_LEVELS = {"off": 0, "no": 0, "false": 0, "on": 1, "yes": 1, "true": 1, "full": 2, "extra": 3}


@record
class PragmaCall:
    name: str
    schema: str | None
    db: int
    value: None | int | float | str

    def number(self) -> int | None:
        """The leading integer of the value, None without one."""
        found = _INTEGER.match(str(self.value))
        if found is None:
            return None
        return int(found[1] + found[2], 0) if found[2][:2].lower() == "0x" else int(found[1] + found[2])

    def whole_number(self) -> int | None:
        """The value if it is an integer and nothing else."""
        text = str(self.value)
        found = _INTEGER.match(text)
        return self.number() if found is not None and found.end() == len(text) else None

    def integer(self) -> int:
        """The value as C's atoi reads it: 0 where there is no number."""
        return self.number() or 0

    def level(self, default: int) -> int:
        """off, on, full and extra as 0 to 3, or the number. Source: pragma.c, getSafetyLevel."""
        text = str(self.value)
        if text[:1].isdigit():
            return self.integer()
        return _LEVELS.get(text.lower(), default)

    def boolean(self, default: bool = False) -> bool:
        if str(self.value).lower() in ("full", "extra"):
            return default
        return self.level(int(default)) != 0


@record
class Pragma:
    """`run` gives the rows. `columns` are there whether or not rows come, but not for a use with a value when `quiet`.
    `reads`: what it needs of the database: its "schema", its "file" (a read transaction is enough), or "" (nothing; it
    works where the file is locked or no database)."""

    run: Callable[[Any, PragmaCall], list[tuple]]
    columns: tuple[str, ...] = ()
    quiet: bool = False
    reads: str = "schema"
