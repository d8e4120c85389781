"""Differential fuzzing: `python -m tests.fuzz.run [--statements N] [--seed S] [--jobs J] [--work-mem BYTES]`.

Each round makes a schema from a seed and runs random statements on Pumice and on SQLite, comparing values, types,
errors and messages, and at the end the content of all tables and SQLite's integrity_check of Pumice's file. A mismatch
is printed with its seed and everything that led to it.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

from tests.fuzz.explained import is_explained
from tests.fuzz.generate import Generator
from tests.oracle.engines import TOO_LONG, Pumice, Sqlite, difference

PER_ROUND = 60
MOST_STEPS = 5_000_000        # of SQLite's machine, for one statement: joins of everything with everything are no use
_KEEPS_ONE = re.compile(r"\b(UNION|INTERSECT|EXCEPT|DISTINCT|GROUP BY|LIMIT|min|max)\b")


def run_round(seed: int, n_statements: int = PER_ROUND, on_disk: bool = False, work_mem: int = 0) -> list[str]:
    """Mismatches of one round as text: statements that led there, then both outcomes."""
    generator = Generator(seed)
    history: list[str] = []
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "fuzz.db") if on_disk else ":memory:"
        mine, theirs = Pumice(path, work_mem), Sqlite(most_steps=MOST_STEPS)
        try:
            for sql in generator.start():
                if (problem := _compare(mine, theirs, sql, generator.folds())) is not None:
                    found.append(_report(seed, history, sql, problem))
                    return found
                history.append(sql)
            for _ in range(n_statements):
                statement = generator.statement()
                problem = _compare(mine, theirs, statement.sql, generator.folds())
                if problem is not None:
                    found.append(_report(seed, history, statement.sql, problem))
                    if not statement.query:
                        return found
                elif not statement.query:
                    history.append(statement.sql)
                if statement.defines:
                    generator.settle(_columns(theirs))
            for sql in ("COMMIT",):
                mine.run(sql)
                theirs.run(sql)
            for table in generator.tables:
                sql = f"SELECT * FROM {table.name}"
                if (problem := _compare(mine, theirs, sql, generator.folds())) is not None:
                    found.append(_report(seed, history, sql, problem))
        except TooLong:
            # What it did inside of the transaction is undone with it; the engines are no longer alike.
            return found
        finally:
            mine.close()
            theirs.close()
        if on_disk:
            check = Sqlite(path)
            verdict = check.run("PRAGMA integrity_check")
            if verdict.rows != [("ok",)]:
                found.append(_report(seed, history, "PRAGMA integrity_check", str(verdict)))
            check.close()
    return found


class TooLong(Exception):
    """A statement that would take SQLite too long: the round ends before it."""


def _compare(mine: Pumice, theirs: Sqlite, sql: str, folds: bool) -> str | None:
    expected = theirs.run(sql)
    if expected.code == TOO_LONG:
        raise TooLong
    try:
        got = mine.run(sql)
    except Exception as error:
        import traceback

        return (f"{type(error).__name__}: {error}\n{''.join(traceback.format_tb(error.__traceback__)[-3:])}\n"
                f"  sqlite: {expected}")
    loose = _KEEPS_ONE.search(sql) is not None
    found = difference(got, expected, False, loose, loose and folds)
    return None if found is not None and is_explained(mine, theirs, sql, got, expected) else found


def _columns(engine: Sqlite) -> dict[str, list[str]]:
    """Column names of each table and view; of none whose definition has come to be in error."""
    found = {}
    for (name,) in engine.run("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                              "AND name NOT LIKE 'sqlite%'").rows or []:
        columns = engine.run(f"PRAGMA table_xinfo({name})").rows
        if columns:
            found[name] = [column[1] for column in columns]
    return found


def _report(seed: int, history: list[str], sql: str, problem: str) -> str:
    return f"-- seed {seed}\n" + ";\n".join(history) + f";\n-- then\n{sql};\n  {problem}"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--statements", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--show", type=int, default=5)
    arguments.add_argument("--work-mem", type=int, default=0,
                           help="PRAGMA work_mem for Pumice: a few bytes force everything into temporary files")
    arguments.add_argument("--brief", action="store_true", help="the failing statement only")
    options = arguments.parse_args()
    n_rounds = max(1, options.statements // PER_ROUND)
    started = time.perf_counter()
    shown = mismatches = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        seeds = range(options.seed, options.seed + n_rounds)
        for found in pool.map(run_round, seeds, [PER_ROUND] * n_rounds, [seed % 4 == 0 for seed in seeds],
                              [options.work_mem] * n_rounds, chunksize=4):
            mismatches += len(found)
            for report in found:
                if shown < options.show:
                    shown += 1
                    print(report.split("-- then\n")[1] if options.brief else report, flush=True)
    print(f"{n_rounds * PER_ROUND} statements, {mismatches} mismatches, {time.perf_counter() - started:.0f} s")
    return 1 if mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
