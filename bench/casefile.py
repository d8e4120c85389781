"""Benchmark files: the text of a `.bench` file to a `Case`.

    name: Point select by rowid      header: `key: value` lines, keys below
    kind: transaction
    scale: 100000
    # a comment line
    data: items

    [load]                           SQL; `[load python]` is a Python function body
    CREATE INDEX ...;
    [run python]
    for i in range(ops):
        db.execute("SELECT ...", (i,)).fetchone()
    [check]
    SELECT count(*) FROM items;

Header keys:
    name    one line for the reports
    kind    transaction, analytics or cold: which geometric mean the case counts in
    scale   rows of the main table; `$scale` in SQL, `scale` in Python
    ops     operations in one run; `$ops`, `ops` (default 1)
    data    file of bench/data loaded before [load]
    disk    no = in memory only (default), yes = in memory and in a file, only = in a file only
    order   any = results are compared as a multiset (default: as a list)

Sections, in the order they are executed:
    load    once, before anything is timed; names bound by Python stay visible to the later sections
    reset   before every run, not timed; needed by runs that cannot be repeated on what they leave behind.
            A run without it may be repeated within one sample
    run     the timed part; SQL statements are executed and their rows fetched
    check   after the first run: the rows (or the value returned by Python) that both engines must agree on.
            Without it, what `run` gave is compared

Python sections see db (a connection), module (the engine), connect, path, scale and ops, and end with `return`.
Any mistake in a file raises CaseError with its path and line.
"""

import re
import sqlite3  # only to split scripts into statements
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

BENCH = Path(__file__).resolve().parent
FOLDERS = ("micro", "olap", "oltp", "open")
KINDS = ("transaction", "analytics", "cold")
SECTIONS = ("load", "reset", "run", "check")
PLACES = {"no": ("memory",), "yes": ("memory", "disk"), "only": ("disk",)}
# Below this a scaled-down case no longer has the shape it is named for (1 % of the rows must be some rows).
MIN_ROWS = 100
MIN_OPS = 10

_SECTION = re.compile(r"\[(\w+)( python)?\]\s*$")
_HEADER = re.compile(r"(\w+):\s*(.*)$")


class CaseError(Exception):
    """A benchmark file that cannot be read."""


@dataclass(frozen=True)
class Section:
    """One section: SQL statements, or the body of a Python function."""

    language: str                           # "sql" or "python"
    text: str

    def statements(self, variables: dict[str, int]) -> list[str]:
        """The SQL statements with `$name` replaced."""
        return split_statements(substitute(self.text, variables))


@dataclass(frozen=True)
class Case:
    """One benchmark, as its file says."""

    id: str                                 # folder/file, without the suffix
    name: str
    kind: str
    scale: int                              # rows
    ops: int
    places: tuple[str, ...]                 # of "memory", "disk"
    ordered: bool                           # rows are compared in order
    sections: dict[str, list[Section]] = field(default_factory=dict)

    def scaled(self, factor: float) -> "Case":
        """The same case with `factor` times the rows and operations."""
        if factor == 1:
            return self
        return replace(
            self,
            scale=max(MIN_ROWS, round(self.scale * factor)) if self.scale else 0,
            ops=max(MIN_OPS, round(self.ops * factor)) if self.ops > 1 else self.ops,
        )

    def scaled_to(self, n_rows: int) -> "Case":
        """The same case with `n_rows` rows in its main table and as many operations as before."""
        return replace(self, scale=n_rows)

    @property
    def variables(self) -> dict[str, int]:
        return {"scale": self.scale, "ops": self.ops}


def substitute(sql: str, variables: dict[str, int]) -> str:
    return re.sub(r"\$(scale|ops)\b", lambda match: str(variables[match.group(1)]), sql)


def split_statements(script: str) -> list[str]:
    """The statements of a script; a `;` inside a string or a trigger does not end one."""
    statements, pending = [], ""
    for piece in re.split(r"(?<=;)", script):
        pending += piece
        if sqlite3.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    if pending.strip():
        statements.append(pending.strip())
    return statements


def read_case(path: Path) -> Case:
    """The case in one file."""
    header: dict[str, str] = {}
    bodies: dict[str, tuple[str, list[str]]] = {}
    lines: list[str] | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if match := _SECTION.match(line):
            title, python = match.groups()
            if title not in SECTIONS or title in bodies:
                raise CaseError(f"{path}:{number}: unknown or repeated section [{title}]")
            lines = []
            bodies[title] = ("python" if python else "sql", lines)
        elif lines is not None:
            lines.append(line)
        elif line.strip() and not line.startswith("#"):
            match = _HEADER.match(line)
            if not match or match.group(1) not in ("name", "kind", "scale", "ops", "data", "disk", "order"):
                raise CaseError(f"{path}:{number}: not a header line: {line!r}")
            header[match.group(1)] = match.group(2).strip()
    return _build(path, header, bodies)


def _build(path: Path, header: dict[str, str], bodies: dict[str, tuple[str, list[str]]]) -> Case:
    for key in ("name", "kind"):
        if key not in header:
            raise CaseError(f"{path}: no `{key}:` line")
    if "run" not in bodies:
        raise CaseError(f"{path}: no [run] section")
    if header["kind"] not in KINDS:
        raise CaseError(f"{path}: kind is one of {', '.join(KINDS)}")
    if header.get("disk", "no") not in PLACES:
        raise CaseError(f"{path}: disk is one of {', '.join(PLACES)}")
    sections = {title: [Section(language, "\n".join(lines))] for title, (language, lines) in bodies.items()}
    if "data" in header:
        shared = BENCH / "data" / f"{header['data']}.sql"
        if not shared.exists():
            raise CaseError(f"{path}: no such data: {shared}")
        sections["load"] = [Section("sql", shared.read_text()), *sections.get("load", [])]
    return Case(
        id=f"{path.parent.name}/{path.stem}",
        name=header["name"],
        kind=header["kind"],
        scale=int(header.get("scale", "0").replace("_", "")),
        ops=int(header.get("ops", "1").replace("_", "")),
        places=PLACES[header.get("disk", "no")],
        ordered=header.get("order") != "any",
        sections=sections,
    )


def find_cases(names: list[str]) -> list[Case]:
    """The cases whose id contains, or matches as a pattern, one of `names`; all of them without names."""
    cases = [read_case(path) for folder in FOLDERS for path in sorted((BENCH / folder).glob("*.bench"))]
    if not names:
        return cases
    chosen = [case for case in cases if any(name in case.id or fnmatch(case.id, name) for name in names)]
    for name in names:
        if not any(name in case.id or fnmatch(case.id, name) for case in cases):
            raise CaseError(f"no benchmark matches {name!r} (see --list)")
    return chosen
