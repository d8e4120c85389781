"""`make demo`: the main job on real input, beside the standard library's sqlite3.

Parses Python's own standard library into modules, imports, classes, functions and words; loads them into a database
file with indexes; answers a dozen questions; shows a plan; changes data in a transaction and rolls one back; then lets
the sqlite3 module open the same file, check it and answer the same questions,
and prints both engines' times side by side.
"""

from __future__ import annotations

import argparse
import ast
import re
import sqlite3
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pumice
from pumice.cli.output import Settings, lines

SCHEMA = """
CREATE TABLE module(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, package TEXT NOT NULL, \
n_lines INTEGER NOT NULL, n_bytes INTEGER NOT NULL);
CREATE TABLE import(module_id INTEGER NOT NULL, target TEXT NOT NULL, PRIMARY KEY(module_id, target)) WITHOUT ROWID;
CREATE TABLE class(id INTEGER PRIMARY KEY, module_id INTEGER NOT NULL, name TEXT NOT NULL, base TEXT, line INTEGER);
CREATE TABLE function(id INTEGER PRIMARY KEY, module_id INTEGER NOT NULL, class_id INTEGER, name TEXT NOT NULL,
                      n_args INTEGER, n_lines INTEGER, doc TEXT);
CREATE TABLE word(module_id INTEGER NOT NULL, word TEXT NOT NULL, n INTEGER NOT NULL);
"""
INDEXES = """
CREATE INDEX class_module ON class(module_id);
CREATE INDEX class_base ON class(base) WHERE base IS NOT NULL;
CREATE INDEX function_module ON function(module_id);
CREATE INDEX function_name ON function(name);
CREATE INDEX word_word ON word(word, module_id, n);
CREATE INDEX import_target ON import(target);
"""

QUESTIONS = [
    ("How much is there?",
     "SELECT (SELECT count(*) FROM module) modules, (SELECT count(*) FROM class) classes, "
     "(SELECT count(*) FROM function) functions, "
     "(SELECT count(*) FROM import) imports, (SELECT count(*) FROM word) words"),
    ("Which packages are the largest?",
     "SELECT package, count(*) modules, sum(n_lines) total_lines, round(avg(n_lines), 1) per_module FROM module "
     "GROUP BY package ORDER BY total_lines DESC, package LIMIT 8"),
    ("Which modules does everybody import?",
     "SELECT target, count(*) importers FROM import GROUP BY target ORDER BY importers DESC, target LIMIT 8"),
    ("Which modules define the most functions?",
     "SELECT m.name, count(*) functions, max(f.n_lines) longest FROM function f JOIN module m ON m.id = f.module_id "
     "GROUP BY m.id ORDER BY functions DESC, m.name LIMIT 8"),
    ("Which base classes are derived from most?",
     "SELECT base, count(*) n, count(DISTINCT module_id) modules FROM class WHERE base IS NOT NULL "
     "GROUP BY base ORDER BY n DESC, base LIMIT 8"),
    ("The longest function of each of the largest packages (correlated subquery)",
     "SELECT p.package, (SELECT f.name FROM function f JOIN module m ON m.id = f.module_id WHERE m.package = p.package "
     "ORDER BY f.n_lines DESC, f.name LIMIT 1) longest "
     "FROM (SELECT package, sum(n_lines) s FROM module GROUP BY package ORDER BY s DESC, package LIMIT 5) p"),
    ("Modules that nobody imports (NOT EXISTS)",
     "SELECT count(*) FROM module m WHERE NOT EXISTS (SELECT 1 FROM import i WHERE i.target = m.name)"),
    ("Classes without methods (LEFT JOIN)",
     "SELECT m.package, count(*) n FROM class c JOIN module m ON m.id = c.module_id "
     "LEFT JOIN function f ON f.class_id = c.id AND f.module_id = c.module_id WHERE f.id IS NULL "
     "GROUP BY m.package ORDER BY n DESC, 1 LIMIT 5"),
    ("What does `json` reach by imports? (recursive CTE)",
     "WITH RECURSIVE reach(name, depth) AS (VALUES('json', 0) "
     "UNION SELECT i.target, r.depth + 1 FROM reach r JOIN module m ON m.name = r.name "
     "JOIN import i ON i.module_id = m.id WHERE r.depth < 3) "
     "SELECT depth, count(DISTINCT name) modules FROM reach GROUP BY depth ORDER BY depth"),
    ("The words of `asyncio` that are rare elsewhere (CTE)",
     "WITH total AS (SELECT word, sum(n) n FROM word GROUP BY word), "
     "own AS (SELECT w.word, sum(w.n) n FROM word w JOIN module m ON m.id = w.module_id "
     "WHERE m.package = 'asyncio' GROUP BY w.word) SELECT own.word, own.n, total.n FROM own JOIN total USING (word) "
     "WHERE own.n >= 20 ORDER BY own.n * 1.0 / total.n DESC, own.n DESC, own.word LIMIT 8"),
    ("Functions by number of arguments",
     "SELECT CASE WHEN n_args >= 8 THEN '8 or more' ELSE cast(n_args AS TEXT) END args, count(*) n, "
     "round(avg(n_lines), 2) mean_lines FROM function GROUP BY 1 ORDER BY 1"),
    ("Names that are a class here and a function there",
     "SELECT name FROM class WHERE name GLOB '[a-z]*' INTERSECT SELECT name FROM function ORDER BY name LIMIT 8"),
    ("Documented share of public functions, by package",
     "SELECT m.package, count(*) n, round(100.0 * sum(f.doc IS NOT NULL) / count(*), 1) documented "
     "FROM function f JOIN module m ON m.id = f.module_id "
     "WHERE f.name NOT LIKE '\\_%' ESCAPE '\\' GROUP BY m.package HAVING count(*) > 150 "
     "ORDER BY documented DESC, m.package LIMIT 8"),
]
PLAN_OF = 3


def progress(items: list[Any], label: str) -> Iterable[Any]:
    """A progress bar where tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        print(f"{label} ...")
        return items
    return tqdm(items, desc=label, unit="file")


def source_files() -> list[Path]:
    root = Path(sysconfig.get_path("stdlib"))
    return sorted(path for path in root.rglob("*.py")
                  if not {"site-packages", "test", "tests", "idle_test", "__pycache__", "lib2to3"} & set(path.parts))


def rows_of(module_id: int, path: Path, root: Path) -> Iterator[tuple[str, tuple]]:
    """(table, row) for everything in one source file."""
    text = path.read_text("utf-8", "replace")
    parts = list(path.relative_to(root).with_suffix("").parts)
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    yield "module", (module_id, name, parts[0], text.count("\n"), len(text.encode()))
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    targets = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            targets.add(node.module)
    for target in sorted(targets):
        yield "import", (module_id, target)
    n_classes = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            n_classes += 1
            class_id = module_id * 1000 + n_classes
            base = ast.unparse(node.bases[0]) if node.bases else None
            yield "class", (class_id, module_id, node.name, base, node.lineno)
            for item in node.body:
                if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield "function", _function(module_id, class_id, item)
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield "function", _function(module_id, None, node)
    for word, n in sorted(Counter(re.findall(r"[A-Za-z]{3,}", text.lower())).items()):
        yield "word", (module_id, word, n)


def _function(module_id: int, class_id: int | None, node: Any) -> tuple:
    doc = ast.get_docstring(node)
    return (None, module_id, class_id, node.name, len(node.args.args),
            (node.end_lineno or node.lineno) - node.lineno + 1,
            doc.splitlines()[0] if doc else None)


def load(connection: Any, tables: dict[str, list[tuple]]) -> None:
    """The same SQL for both engines."""
    connection.executescript(SCHEMA)
    with connection:
        for table, rows in tables.items():
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} VALUES({marks})", rows)
    connection.executescript(INDEXES + "ANALYZE;")


def timed(connection: Any, sql: str) -> tuple[list[str], list[tuple], float]:
    best = None
    for _ in range(3):
        started = time.perf_counter()
        cursor = connection.execute(sql)
        rows = cursor.fetchall()
        best = min(best or 1e9, time.perf_counter() - started)
    return [column[0] for column in cursor.description], rows, best or 0.0


def show(names: list[str], rows: list[tuple]) -> None:
    for line in lines(names, rows, Settings("table", True, "NULL")):
        print("  " + line)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", help="where to keep the database (default: a temporary folder)")
    parser.add_argument("--modules", type=int, help="load only so many source files")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(options.file) if options.file else Path(folder) / "stdlib.db", Path(folder) / "sqlite3.db",
                   options.modules)


def run(path: Path, other: Path, n_modules: int | None) -> int:
    files = source_files()[:n_modules]
    root = Path(sysconfig.get_path("stdlib"))
    tables: dict[str, list[tuple]] = {name: [] for name in ("module", "import", "class", "function", "word")}
    for module_id, file in enumerate(progress(files, "parsing the standard library"), 1):
        for table, row in rows_of(module_id, file, root):
            tables[table].append(row)
    print(f"{sum(map(len, tables.values())):,} rows from {len(files):,} files")

    path.unlink(missing_ok=True)
    started = time.perf_counter()
    connection = pumice.connect(path)
    load(connection, tables)
    loading = time.perf_counter() - started
    started = time.perf_counter()
    baseline = sqlite3.connect(other)
    load(baseline, tables)
    baseline_loading = time.perf_counter() - started
    baseline.close()

    answers = []
    for title, sql in QUESTIONS:
        print(f"\n{title}")
        answer = timed(connection, sql)
        answers.append(answer)
        show(answer[0], answer[1])

    print(f"\nThe plan of: {QUESTIONS[PLAN_OF][0]}")
    for line in connection.execute("EXPLAIN " + QUESTIONS[PLAN_OF][1]):
        print("  " + line[0])

    print("\nA transaction, and one that is rolled back")
    with connection:
        changed = connection.execute("UPDATE function SET doc = upper(doc) WHERE name = 'main' "
                                     "AND doc IS NOT NULL").rowcount
    print(f"  {changed} docstrings changed and committed")
    before = connection.execute("SELECT count(*) FROM word").fetchone()[0]
    connection.execute("DELETE FROM word WHERE n < 100")
    inside = connection.execute("SELECT count(*) FROM word").fetchone()[0]
    connection.rollback()
    after = connection.execute("SELECT count(*) FROM word").fetchone()[0]
    print(f"  words: {before:,}; {inside:,} inside the transaction; {after:,} after rollback")
    connection.close()

    print("\nThe sqlite3 module opens the same file")
    check = sqlite3.connect(path)
    verdict = check.execute("PRAGMA integrity_check").fetchone()[0]
    print(f"  integrity_check: {verdict}")
    same = True
    print(f"\n  {'':58} {'pumice':>10} {'sqlite3':>10}   ratio")
    print(f"  {'load, index, analyze':58} {loading * 1e3:8.1f}ms {baseline_loading * 1e3:8.1f}ms "
          f"{loading / baseline_loading:7.2f}")
    for (title, sql), (_, rows, seconds) in zip(QUESTIONS, answers, strict=True):
        _, expected, baseline_seconds = timed(check, sql)
        agree = rows == expected
        same &= agree
        print(f"  {title[:58]:58} {seconds * 1e3:8.1f}ms {baseline_seconds * 1e3:8.1f}ms "
              f"{seconds / baseline_seconds:7.2f}{'' if agree else '   DIFFERENT'}")
    check.close()
    print(f"\n{'Same answers from both engines.' if same else 'The engines differ.'}")
    return 0 if same and verdict == "ok" and before == after else 1


if __name__ == "__main__":
    raise SystemExit(main())
