"""PragmaCall: one use of a pragma, and how its value reads as a boolean or an integer."""

from __future__ import annotations

from pumice.node import record


@record
class PragmaCall:
    name: str
    schema: str | None
    db: int
    value: None | int | float | str

    def integer(self) -> int:
        """The value as C's atoi reads it: leading digits, else 0."""
        if isinstance(self.value, (int, float)):
            return int(self.value)
        text = (self.value or "").strip()
        end = 1 if text[:1] in ("-", "+") else 0
        while end < len(text) and text[end].isdigit():
            end += 1
        try:
            return int(text[:end])
        except ValueError:
            return 0

    def boolean(self) -> bool:
        if isinstance(self.value, str) and not self.value[:1].isdigit():
            return self.value.lower() in ("on", "yes", "true", "extra", "full")
        return self.integer() != 0
