"""`python -m tests.sqllogictest.run [--all] [--engine sqlite3] [--jobs 2] [--work-mem BYTES] [paths]`: runs the shared
corpus and reports.

Without --all a sample of files, a bounded number of records each. Exit code 1 when less than 99.5 % of the records
pass.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tests.sqllogictest.runner import Outcome, run_file

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("PUMICE_SQLLOGICTEST", ROOT.parent / "shared" / "sqllogictest"))
TARGET = 0.995


def corpus_files() -> list[Path]:
    return sorted(path for path in CORPUS.rglob("*.test*") if path.is_file())


def _bounded(connection: Any, work_mem: int) -> Any:
    connection.execute(f"PRAGMA work_mem = {work_mem}")
    return connection


def run_one(path: Path, engine: str, limit: int | None, work_mem: int = 0) -> Outcome:
    if engine == "sqlite3":
        import sqlite3 as module
    else:
        import pumice as module
    if work_mem:
        return run_file(path, lambda *args, **options: _bounded(module.connect(*args, **options), work_mem),
                        module.Error, limit)
    return run_file(path, module.connect, module.Error, limit)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("paths", nargs="*", type=Path)
    arguments.add_argument("--all", action="store_true")
    arguments.add_argument("--engine", default="pumice", choices=("pumice", "sqlite3"))
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--limit", type=int)
    arguments.add_argument("--work-mem", type=int, default=0,
                           help="PRAGMA work_mem: a few bytes force everything into temporary files")
    arguments.add_argument("--show", type=int, default=3, help="failures shown per file")
    options = arguments.parse_args()
    files = options.paths or corpus_files()
    limit = options.limit
    if not options.all and not options.paths:
        files, limit = files[::12], limit or 300
    passed = failed = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        futures = [(path, pool.submit(run_one, path, options.engine, limit, options.work_mem)) for path in files]
        for path, future in futures:
            try:
                outcome = future.result()
            except Exception as error:
                print(f"{path}: the process died: {error!r}")
                failed += 1
                break
            passed += outcome.passed
            failed += len(outcome.failures)
            print(f"{outcome.passed:7d} ok {len(outcome.failures):5d} failed {outcome.seconds:7.1f} s  "
                  f"{path.relative_to(CORPUS) if path.is_relative_to(CORPUS) else path}",
                  flush=True)
            for line, sql, problem in outcome.failures[:options.show]:
                print(f"    line {line}: {' '.join(sql.split())[:300]}\n        {problem[:300]}")
    share = passed / max(1, passed + failed)
    print(f"{passed} passed, {failed} failed ({share:.3%})")
    return 0 if share >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
