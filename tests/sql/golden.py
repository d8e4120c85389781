"""Golden scripts: SQL files that show below each statement what it does.

    SELECT a, b FROM t WHERE a > 1;
    --| SEARCH t USING INTEGER PRIMARY KEY (rowid>?)      the plan, pinned where a statement has such a line
    --> 2, 'x'                                            its rows
    INSERT INTO t VALUES (2, 'y');
    --! UNIQUE constraint failed: t.a                     or its error
    EXPLAIN SELECT 1;
    --: ...                                               rows that are Pumice's own and not compared

A statement ends with a `;` at the end of a line. Each runs in Pumice and in SQLite, on a file each: rows and errors
must be those of SQLite (in order, if it has an ORDER BY), and all of it what the script says. Afterwards SQLite must
find Pumice's file sound.

A new statement with a bare `--|` or `--:` behind it asks for these lines; then, and when a plan changes:

    make golden                  writes into every script what its statements do now; read the diff
    make golden ARGS='FILE ...'  or into these
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.oracle.engines import Outcome, Pumice, Sqlite, difference

SCRIPTS = Path(__file__).with_name("scripts")
MARKS = ("--|", "-->", "--!", "--:")


@dataclass
class Statement:
    text: str                                            # with the comments and blank lines before it
    expected: list[str] = field(default_factory=list)    # the marked lines behind it

    def asks(self, mark: str) -> bool:
        return any(line.startswith(mark) for line in self.expected)


def read(script: str) -> list[Statement]:
    statements: list[Statement] = []
    pending: list[str] = []
    for line in script.splitlines():
        if line.startswith(MARKS):
            statements[-1].expected.append(line)
            continue
        pending.append(line)
        text = "\n".join(pending)
        if sqlite3.complete_statement(text):
            statements.append(Statement(text))
            pending = []
    if "".join(pending).strip():
        raise ValueError("the script ends within a statement: " + "\n".join(pending))
    return statements


def run(statements: list[Statement], folder: Path) -> tuple[str, list[str]]:
    """The script as it should read, and where Pumice differs from SQLite."""
    mine, theirs = Pumice(str(folder / "pumice.db")), Sqlite(str(folder / "sqlite.db"))
    for engine in (mine, theirs):
        engine.run("PRAGMA synchronous = OFF")
    written, problems = [], []
    for statement in statements:
        plan = plan_lines(mine, statement.text) if statement.asks("--|") else []
        outcome = mine.run(statement.text)
        own = statement.asks("--:")
        if not own:
            problem = difference(outcome, theirs.run(statement.text), "ORDER BY" in statement.text)
            if problem is not None:
                problems.append(f"{statement.text.strip()}\n  {problem}")
        written += [statement.text, *plan, *outcome_lines(outcome, "--:" if own else "-->")]
    mine.close()
    theirs.close()
    return "\n".join(written) + "\n", problems + unsound(folder / "pumice.db")


def plan_lines(engine: Pumice, sql: str) -> list[str]:
    """EXPLAIN QUERY PLAN's lines, indented by their depth."""
    depth = {0: -1}
    lines = []
    for number, parent, _, detail in engine.run("EXPLAIN QUERY PLAN " + sql).rows:
        depth[number] = depth[parent] + 1
        lines.append("--| " + "  " * depth[number] + detail)
    return lines


def outcome_lines(outcome: Outcome, mark: str) -> list[str]:
    if outcome.rows is None:
        return [f"--! {outcome.message}"]
    return [f"{mark} " + ", ".join(map(literal, row)) for row in outcome.rows]


def literal(value: object) -> str:
    """A value as SQL, in one line."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''").replace("\n", "\\n") + "'"
    return repr(value)


def unsound(path: Path) -> list[str]:
    """What SQLite's integrity_check has against the file."""
    engine = Sqlite(str(path))
    outcome = engine.run("PRAGMA integrity_check")
    engine.close()
    return [] if outcome.rows == [("ok",)] else [str(outcome)]


def update(path: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        text, problems = run(read(path.read_text()), Path(folder))
    path.write_text(text)
    return problems


def main(names: list[str]) -> int:
    paths = [Path(name) for name in names] or sorted(SCRIPTS.glob("*.sql"))
    problems = [f"{path}: {problem}" for path in paths for problem in update(path)]
    print("\n".join(problems) or "as SQLite")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
