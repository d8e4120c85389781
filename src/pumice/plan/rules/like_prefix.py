"""LIKE and GLOB with a constant prefix as a range of texts.

    x GLOB 'ab*'   =>   x >= 'ab' AND x < 'ac'      or x is a BLOB
    x LIKE 'Ab%'   =>   the same under NOCASE       or x is a BLOB

Exact as a superset (the pattern itself stays as a filter): the column has TEXT affinity, so no number can match; a
BLOB is matched by its bytes as text and sorts behind every text, so it needs the second alternative. GLOB needs
BINARY order, LIKE NOCASE order, as in SQLite.
Source: "The SQLite Query Optimizer Overview", section 5.
"""

from __future__ import annotations

from pumice.plan.logical.expr import BoundExpr, Compare, Const, Function


def prefix_alternatives(condition: BoundExpr) -> tuple[BoundExpr, str, list[list[BoundExpr]]] | None:
    """(operand, collation, alternatives): rows that match meet all comparisons of one alternative. None if the
    pattern has no constant prefix."""
    if type(condition) is not Function or condition.function.name not in ("like", "glob") or len(condition.args) != 2:
        return None
    pattern, operand = condition.args
    if type(pattern) is not Const or type(pattern.value) is not str:
        return None
    like = condition.function.name == "like"
    prefix = _prefix(pattern.value, "%_" if like else "*?[")
    if not prefix:
        return None
    collation = "NOCASE" if like else "BINARY"
    if like:
        prefix = "".join([c.lower() if c.isascii() else c for c in prefix])
    text: list[BoundExpr] = [Compare(">=", operand, Const(prefix), collation)]
    after = _successor(prefix)
    # Without an upper end the first alternative runs through the BLOBs as well.
    if after is None:
        return operand, collation, [text]
    text.append(Compare("<", operand, Const(after), collation))
    return operand, collation, [text, [Compare(">=", operand, Const(b""), collation)]]


def _prefix(pattern: str, wild: str) -> str:
    for i, c in enumerate(pattern):
        if c in wild or c == "\0":
            return pattern[:i]
    return pattern


def _successor(prefix: str) -> str | None:
    """The least text above every text that starts with `prefix`."""
    code = ord(prefix[-1]) + 1
    if code > 0x10FFFF:
        return None
    return prefix[:-1] + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)
