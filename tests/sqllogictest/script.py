"""The sqllogictest file format: records of statements and queries with their expected outcome.

Source: https://sqlite.org/sqllogictest/doc/trunk/about.wiki. Files may be compressed with xz.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ENGINE = "sqlite"        # what `onlyif`/`skipif` conditions are compared with


@dataclass
class Record:
    line: int
    kind: str                                     # "statement", "query", "hash-threshold", "halt"
    sql: str = ""
    expect_error: bool = False                    # statement error
    types: str = ""                               # query: T, I, R per column
    sort: str = "nosort"                          # nosort, rowsort, valuesort
    label: str = ""
    expected: list[str] = field(default_factory=list)
    threshold: int = 0


def read(path: Path) -> Iterator[Record]:
    """The records that apply to ENGINE."""
    text = (lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else open(path, encoding="utf-8")).read()
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        skip = False
        while at < len(lines) and (not lines[at].strip() or lines[at].startswith("#")):
            at += 1
        while at < len(lines) and lines[at].split("#")[0].split()[:1] in (["onlyif"], ["skipif"]):
            verb, engine = lines[at].split("#")[0].split()[:2]
            skip |= (engine == ENGINE) == (verb == "skipif")
            at += 1
        if at >= len(lines):
            return
        words = lines[at].split()
        record = Record(at + 1, words[0])
        at += 1
        if words[0] == "halt":
            if not skip:
                return
            continue
        if words[0] == "hash-threshold":
            record.threshold = int(words[1])
            yield record
            continue
        body = []
        while at < len(lines) and lines[at].strip() and lines[at] != "----":
            body.append(lines[at])
            at += 1
        record.sql = "\n".join(body)
        if words[0] == "statement":
            record.expect_error = words[1] == "error"
        else:
            record.types = words[1] if len(words) > 1 else ""
            record.sort = words[2] if len(words) > 2 else "nosort"
            record.label = words[3] if len(words) > 3 else ""
            if at < len(lines) and lines[at] == "----":
                at += 1
                while at < len(lines) and lines[at].strip():
                    record.expected.append(lines[at])
                    at += 1
        if not skip:
            yield record
