"""Output modes: how a result is printed. Each mode is a function (column names, rows, settings) -> text lines."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any


@dataclass
class Settings:
    """What `.mode`, `.headers`, `.nullvalue`, `.separator` and `.width` set."""

    mode: str = "list"
    headers: bool = False
    null: str = ""
    separator: str = "|"
    table: str = "table"        # of insert mode
    widths: tuple[int, ...] = ()        # least widths of columns, negative: to the right


def text(value: Any, settings: Settings) -> str:
    if value is None:
        return settings.null
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return repr(value) if isinstance(value, float) else str(value)


def _cells(names: list[str], rows: Iterable[tuple], settings: Settings) -> tuple[list[list[str]], list[int]]:
    shown = [[text(value, settings) for value in row] for row in rows]
    least = (*map(abs, settings.widths), *[0] * len(names))
    widths = [max([least[i], len(name), *(len(row[i]) for row in shown)]) for i, name in enumerate(names)]
    return shown, widths


def _list(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    if settings.headers:
        yield settings.separator.join(names)
    for row in rows:
        yield settings.separator.join(text(value, settings) for value in row)


def _column(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    shown, widths = _cells(names, rows, settings)
    if settings.headers:
        yield "  ".join(name.ljust(width) for name, width in zip(names, widths, strict=True)).rstrip()
        yield "  ".join("-" * width for width in widths)
    for row in shown:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _table(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    shown, widths = _cells(names, rows, settings)
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    yield rule
    yield "|" + "|".join(f" {name.center(width)} " for name, width in zip(names, widths, strict=True)) + "|"
    yield rule
    for row in shown:
        yield "|" + "|".join(f" {cell.ljust(width)} " for cell, width in zip(row, widths, strict=True)) + "|"
    if shown:
        yield rule


def _markdown(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    shown, widths = _cells(names, rows, settings)
    yield "|" + "|".join(f" {name.ljust(width)} " for name, width in zip(names, widths, strict=True)) + "|"
    yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    for row in shown:
        yield "|" + "|".join(f" {cell.replace('|', chr(92) + '|').ljust(width)} "
                             for cell, width in zip(row, widths, strict=True)) + "|"


def _box(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    shown, widths = _cells(names, rows, settings)
    bars = ["─" * (width + 2) for width in widths]
    yield "┌" + "┬".join(bars) + "┐"
    yield "│" + "│".join(f" {name.center(width)} " for name, width in zip(names, widths, strict=True)) + "│"
    yield "├" + "┼".join(bars) + "┤"
    for row in shown:
        yield "│" + "│".join(f" {cell.ljust(width)} " for cell, width in zip(row, widths, strict=True)) + "│"
    yield "└" + "┴".join(bars) + "┘"


def literal(value: Any) -> str:
    """The value as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def _quote(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    if settings.headers:
        yield ",".join(map(literal, names))
    for row in rows:
        yield ",".join(map(literal, row))


def _insert(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    columns = "(" + ",".join(names) + ")" if settings.headers else ""
    for row in rows:
        yield f"INSERT INTO {settings.table}{columns} VALUES({','.join(map(literal, row))});"


def _tabs(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    return _list(names, rows, replace(settings, separator="\t"))


def _html(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    for tag, row in [*((("TH", tuple(names)),) if settings.headers else ()), *(("TD", row) for row in rows)]:
        cells = [f"<{tag}>{html.escape(text(value, settings))}</{tag}>" for value in row]
        yield "<TR>" + "\n".join(cells) + "\n</TR>"


def _csv(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="")
    for row in ([names] if settings.headers else []):
        writer.writerow(row)
        yield buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([text(value, settings) for value in row])
        yield buffer.getvalue()


def _json(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    previous = None
    for row in rows:
        if previous is not None:
            yield previous + ","
        values = [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in row]
        previous = (("" if previous is not None else "[")
                    + json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False))
    if previous is not None:
        yield previous + "]"


def _line(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    width = max((len(name) for name in names), default=0)
    for at, row in enumerate(rows):
        if at:
            yield ""
        for name, value in zip(names, row, strict=True):
            yield f"{name.rjust(width)} = {text(value, settings)}"


MODES: dict[str, Callable[[list[str], Iterable[tuple], Settings], Iterator[str]]] = {
    "list": _list, "column": _column, "table": _table, "box": _box, "markdown": _markdown, "csv": _csv, "json": _json,
    "line": _line, "quote": _quote, "insert": _insert, "tabs": _tabs, "html": _html,
}


def lines(names: list[str], rows: Iterable[tuple], settings: Settings) -> Iterator[str]:
    return MODES[settings.mode](names, rows, settings)
