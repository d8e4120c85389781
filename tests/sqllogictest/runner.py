"""Runs one sqllogictest file against a DB-API module and counts what passes."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sqllogictest.script import Record, read


@dataclass
class Outcome:
    path: str
    passed: int = 0
    failures: list[tuple[int, str, str]] = field(default_factory=list)     # line, SQL, what went wrong
    seconds: float = 0.0


def shown(value: Any, kind: str) -> str:
    """A value as the corpus prints it: type I as integer, R with three digits, T as text."""
    if value is None:
        return "NULL"
    if kind == "I":
        if isinstance(value, (int, float)):
            return str(int(value))
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        digits = ""
        for char in text.strip():
            if not (char.isdigit() or (not digits and char in "+-")):
                break
            digits += char
        return str(int(digits)) if digits.lstrip("+-") else "0"
    if kind == "R":
        try:
            return f"{float(value):.3f}"
        except ValueError:
            return "0.000"
    text = value.decode("latin-1") if isinstance(value, bytes) else _text(value)
    if text == "":
        return "(empty)"
    return "".join(char if " " <= char <= "~" else "@" for char in text)


def _text(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def check(record: Record, rows: list[tuple], threshold: int) -> str | None:
    """None when `rows` are what the record expects, else what is wrong."""
    n_columns = len(record.types)
    if rows and len(rows[0]) != n_columns:
        return f"{len(rows[0])} columns, expected {n_columns}"
    lines = [[shown(value, record.types[i]) for i, value in enumerate(row)] for row in rows]
    if record.sort == "rowsort":
        lines.sort()
    values = [value for line in lines for value in line]
    if record.sort == "valuesort":
        values.sort()
    if len(record.expected) == 1 and " values hashing to " in record.expected[0]:
        digest = hashlib.md5("".join(value + "\n" for value in values).encode("latin-1", "replace")).hexdigest()
        got = f"{len(values)} values hashing to {digest}"
        return None if got == record.expected[0] else f"{got}, expected {record.expected[0]}"
    if values != record.expected:
        return f"got {values[:12]}, expected {record.expected[:12]}"
    return None


def run_file(path: Path, connect: Any, error_class: type[Exception], limit: int | None = None) -> Outcome:
    """Runs up to `limit` records of a file on a fresh in-memory database."""
    outcome = Outcome(str(path))
    started = time.perf_counter()
    connection = connect(":memory:", isolation_level=None)
    threshold = 0
    done = 0
    try:
        for record in read(path):
            if record.kind == "hash-threshold":
                threshold = record.threshold
                continue
            if limit is not None and done >= limit:
                break
            done += 1
            problem = None
            try:
                if record.kind == "statement" and ";" in record.sql:
                    connection.executescript(record.sql)
                    rows = []
                else:
                    rows = connection.execute(record.sql).fetchall()
                if record.kind == "query":
                    problem = check(record, rows, threshold)
                elif record.expect_error:
                    problem = "no error"
            except error_class as error:
                if not record.expect_error:
                    problem = f"{type(error).__name__}: {error}"
            except Exception as error:  # a broken engine must not end the run
                problem = f"CRASH {type(error).__name__}: {error}"
            if problem is None:
                outcome.passed += 1
            else:
                outcome.failures.append((record.line, record.sql, problem))
    finally:
        connection.close()
    outcome.seconds = time.perf_counter() - started
    return outcome
