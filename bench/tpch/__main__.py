"""TPC-H in both engines: the 22 queries, cold and warm, results compared.

    python -m bench.tpch --install              scale factor 0.1; fetches the data generator first
    python -m bench.tpch --sf 1 q01 q06         some queries, at scale factor 1
    python -m bench.tpch --keys-only            primary keys only: no foreign-key indexes and no ANALYZE

The generator is the `tpchgen-cli` package; it is installed into the running Python only with --install. Its files and
the loaded databases are kept in the --data directory and used again; --reload loads anew.

    cold   a new process and connection, first execution: opening, planning and reading included (the system's
           file cache is not dropped)
    warm   median of further executions on that connection
"""

import argparse
import math
import shlex
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench import report
from bench.casefile import split_statements
from bench.race import Different, compare
from bench.worker import Worker, WorkerError

HERE = Path(__file__).resolve().parent
DATA = Path(tempfile.gettempdir()) / "pumice-tpch"
GENERATOR = "tpchgen-cli"
# Columns that are not text, as the .tbl files have them: i(nteger), r(eal), t(ext).
TABLES = {
    "region": "itt", "nation": "itit", "supplier": "ittitrt", "customer": "ittitrtt", "part": "ittttitrt",
    "partsupp": "iiirt", "orders": "iitrtttit", "lineitem": "iiiirrrrtttttttt",
}
CONVERTERS = {"i": int, "r": float, "t": str}
# Sums over millions of REAL values, added in whatever order each plan has.
TOLERANCE = 1e-7


@dataclass(frozen=True)
class Timing:
    """One engine on one query, in wall seconds; `cpu` is of the warm executions (of the cold one without any)."""

    cold: float
    warm: float
    cpu: float


def generator(install: bool) -> str:
    """The path of the generator. Raises SystemExit with what to do when there is none."""
    found = shutil.which(GENERATOR, path=sysconfig.get_path("scripts")) or shutil.which(GENERATOR)
    if not found and install:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", GENERATOR], check=True)
        found = shutil.which(GENERATOR, path=sysconfig.get_path("scripts"))
    if not found:
        raise SystemExit(f"no {GENERATOR}: run again with --install, or `pip install {GENERATOR}`")
    return found


def generate(directory: Path, factor: float, install: bool) -> Path:
    """The directory of the .tbl files, made when they are not there."""
    target = directory / f"tbl-{factor:g}"
    if not all((target / f"{table}.tbl").exists() for table in TABLES):
        tool = generator(install)
        target.mkdir(parents=True, exist_ok=True)
        print(f"generating scale factor {factor:g} in {target}", flush=True)
        subprocess.run([tool, "-s", f"{factor:g}", f"--output-dir={target}"], check=True)
    return target


def load(worker: Worker, path: Path, files: Path, keys_only: bool) -> dict[str, float]:
    """A new database file; seconds of each step. It gets its name only when complete."""
    partial = path.with_suffix(".partial")
    for leftover in path.parent.glob(partial.name + "*"):
        leftover.unlink()
    seconds = {}
    worker.call("open", str(partial))
    worker.call("script", split_statements((HERE / "schema.sql").read_text()))
    started = time.perf_counter()
    for table, columns in TABLES.items():
        insert = f"INSERT INTO {table} VALUES({', '.join('?' * len(columns))})"
        worker.call("load_table", insert, str(files / f"{table}.tbl"), [CONVERTERS[letter] for letter in columns])
    seconds["insert"] = time.perf_counter() - started
    if not keys_only:
        seconds["indexes"] = worker.call("script", split_statements((HERE / "indexes.sql").read_text()))
        seconds["analyze"] = worker.call("script", ["ANALYZE"])
    worker.call("finish")
    partial.rename(path)
    return seconds


def queries(names: list[str], factor: float) -> dict[str, list[str]]:
    """Query name to its statements."""
    texts = {file.stem: file.read_text().replace("$fraction", f"{0.0001 / factor:.12f}")
             for file in sorted(HERE.glob("q??.sql"))}
    unknown = set(names) - set(texts)
    if unknown:
        raise SystemExit(f"no query {', '.join(sorted(unknown))}: they are {min(texts)} to {max(texts)}")
    return {name: split_statements(text) for name, text in texts.items() if not names or name in names}


def measure(worker: Worker, path: Path, statements: list[str], repeat: int) -> tuple[Timing, list]:
    """Cold in a new process, then warm. Raises WorkerError."""
    worker.close()
    worker.call("versions")                 # imported before the clock starts
    started = time.perf_counter()
    worker.call("open", str(path))
    opening = time.perf_counter() - started
    wall, cpu, rows = worker.call("query", statements)
    cold = opening + wall
    warm = [worker.call("query", statements)[:2] for _ in range(repeat)] or [(wall, cpu)]
    return Timing(cold, statistics.median(w for w, _ in warm), statistics.median(c for _, c in warm)), rows


def attempt(workers: list[Worker], paths: list[Path], statements: list[str], repeat: int) -> list[Timing | str]:
    """One query in both engines: a timing each, or why there is none."""
    outcomes: list[Timing | str] = []
    results = []
    for worker, path in zip(workers, paths, strict=True):
        try:
            timing, rows = measure(worker, path, statements, repeat)
            outcomes.append(timing)
            results.append(rows)
        except WorkerError as error:
            outcomes.append(str(error))
        finally:
            worker.close()
    if len(results) == len(workers):
        try:
            compare(*results, ordered=True, tolerance=TOLERANCE)
        except Different as error:
            outcomes[0] = f"different result: {error}"
    return outcomes


def cells(name: str, outcomes: list[Timing | str]) -> list[str]:
    row = [name]
    for outcome in outcomes:
        timed = isinstance(outcome, Timing)
        row += [report.duration(outcome.cold), report.duration(outcome.warm)] if timed else ["-"] * 2
    if all(isinstance(outcome, Timing) for outcome in outcomes):
        ours, theirs = outcomes
        row += [f"{ours.cold / theirs.cold:.2f}", f"{ours.warm / theirs.warm:.2f}", f"{ours.cpu / theirs.cpu:.2f}"]
    else:
        row += ["-"] * 3
    return [*row, "; ".join(outcome for outcome in outcomes if isinstance(outcome, str))]


def summary(outcomes: list[list[Timing | str]], names: tuple[str, str]) -> list[str]:
    pairs = [pair for pair in outcomes if all(isinstance(item, Timing) for item in pair)]
    lines = [f"{len(pairs)} of {len(outcomes)} queries compared"]
    if pairs:
        cold, warm = ([math.fsum(getattr(pair[side], what) for pair in pairs) for side in (0, 1)]
                      for what in ("cold", "warm"))
        lines += [
            f"geometric mean {names[0]} / {names[1]} (below 1: {names[0]} is faster): "
            f"cold {report.geometric_mean([a.cold / b.cold for a, b in pairs]):.2f}, "
            f"warm {report.geometric_mean([a.warm / b.warm for a, b in pairs]):.2f}, "
            f"CPU {report.geometric_mean([a.cpu / max(b.cpu, 1e-9) for a, b in pairs]):.2f}",
            f"sum of those: cold {cold[0]:.2f} s / {cold[1]:.2f} s, warm {warm[0]:.2f} s / {warm[1]:.2f} s",
        ]
    return lines


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.tpch", description=__doc__.split("\n")[0])
    parser.add_argument("queries", nargs="*", help="q01 .. q22; default: all")
    parser.add_argument("--sf", type=float, default=0.1, help="scale factor: 0.1 (default), 1, ...")
    parser.add_argument("--data", default=str(DATA), help=f"directory kept for data (default {DATA})")
    parser.add_argument("--install", action="store_true", help=f"pip install {GENERATOR} when it is missing")
    parser.add_argument("--keys-only", action="store_true", help="no foreign-key indexes, no ANALYZE")
    parser.add_argument("--shared", action="store_true", help="both engines read the file that sqlite3 loaded")
    parser.add_argument("--reload", action="store_true", help="load the databases anew")
    parser.add_argument("--repeat", type=int, default=3, help="warm executions (default 3)")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for one execution of a query (default 60)")
    parser.add_argument("--load-timeout", type=float, default=1800, help="seconds for loading one table (default 1800)")
    parser.add_argument("--engine", default="pumice", help="module compared with sqlite3 (default pumice)")
    parser.add_argument("--out", help="write a markdown page")
    return parser.parse_args(arguments)


def prepare(options: argparse.Namespace, engines: list[str], about: list[str]) -> list[Path]:
    """The database of each engine, loaded when it is not there; load times are added to `about`."""
    data = Path(options.data)
    files = generate(data, options.sf, options.install)
    paths = []
    for engine in engines:
        source = "sqlite3" if options.shared else engine
        path = data / f"{source}-{options.sf:g}{'-keys' if options.keys_only else ''}.db"
        if path not in paths and (options.reload or not path.exists()):
            worker = Worker(source, options.load_timeout)
            try:
                seconds = load(worker, path, files, options.keys_only)
            finally:
                worker.close()
            about.append(f"load by {source}: " + ", ".join(f"{step} {value:.1f} s" for step, value in seconds.items()))
            print(about[-1], flush=True)
        paths.append(path)
    return paths


def main(arguments: list[str]) -> int:
    options = parse_arguments(arguments)
    engines = [options.engine, "sqlite3"]
    workers = [Worker(engine, options.timeout) for engine in engines]
    try:
        chosen = queries(options.queries, options.sf)
        versions = [worker.call("versions") for worker in workers]
        names = report.labels(*versions)
        about = report.environment(*versions, shlex.join(["python", "-m", "bench.tpch", *arguments]))
        print("\n".join(about))
        paths = prepare(options, engines, about)
    except WorkerError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        for worker in workers:
            worker.close()
    titles = ["query", f"{names[0]} cold", "warm", f"{names[1]} cold", "warm",
              "cold ratio", "warm ratio", "CPU ratio", "note"]
    print(f"\n{titles[0]:<6}" + "".join(f"{title:>17}" for title in titles[1:-1]))
    rows, outcomes = [], []
    for name, statements in chosen.items():
        outcomes.append(attempt(workers, paths, statements, options.repeat))
        rows.append(cells(name, outcomes[-1]))
        print(f"{name:<6}" + "".join(f"{cell:>17}" for cell in rows[-1][1:-1]) + f"  {rows[-1][-1]}", flush=True)
    lines = summary(outcomes, names)
    print("", *lines, sep="\n")
    if options.out:
        page = [f"# TPC-H, scale factor {options.sf:g}", "", f"Recorded {time.strftime('%Y-%m-%d')}.", ""]
        page += [f"- {item}" for item in [*about, *lines]] + ["", *report.markdown_table(titles, rows, 1)]
        Path(options.out).write_text("\n".join(page) + "\n")
        print(f"wrote {options.out}")
    return 1 if any(row[-1] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
