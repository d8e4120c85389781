"""Growth: the main operations at growing sizes, with time, peak memory and fitted exponents, in both engines.

    python -m bench.growth                            the cases in DEFAULT, 1e4 to 1e7 rows, in files
    python -m bench.growth order_by group --sizes 1e4,1e5,1e6

A case of `bench.run` is run at each size in a process of its own per engine, so that the peak belongs to it. The
peak is the growth of the resident size from after the load to the highest point of the runs: what the operation itself
holds (in files: the page cache too). An exponent is the slope of log(time) against log(rows): 1 is linear.
An engine that reaches the time limit at one size is not asked for the larger ones.
"""

import argparse
import math
import shlex
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench import report
from bench.casefile import Case, CaseError, find_cases
from bench.race import Different, compare
from bench.worker import Worker, WorkerError

DEFAULT = [
    "oltp/insert_bulk", "oltp/insert_bulk_indexes", "oltp/create_index", "oltp/select_by_rowid", "oltp/update_bulk",
    "olap/filter_1_percent", "olap/count", "olap/group_few", "olap/group_many", "olap/order_by_all", "olap/top_n",
    "olap/distinct", "olap/join_rowid", "olap/join_no_index", "micro/iterate",
]
SIZES = "1e4,1e5,1e6,1e7"
# Rows of a result above this are not carried across to be compared; the other sizes have compared the statement.
MAX_COMPARED_ROWS = 1_000_000


@dataclass(frozen=True)
class Point:
    """One engine, one case, one size."""

    n_rows: int
    seconds: float
    peak_bytes: int


def measure(case: Case, place: str, engine: str, options: argparse.Namespace) -> tuple[Point, object]:
    """The median run and peak memory, and the result when small enough to compare. Raises WorkerError."""
    worker = Worker(engine, options.timeout, options.dir)
    try:
        worker.call("prepare", case, place)
        before = worker.call("start_peak")
        samples = []
        while len(samples) < options.repeat and sum(samples) < options.timeout / 4:
            samples.append(worker.call("sample", 1)[0])
        peak = worker.call("peak")
        result = worker.call("result") if case.scale <= MAX_COMPARED_ROWS else None
        return Point(case.scale, statistics.median(samples), max(0, peak - before)), result
    finally:
        worker.close()


def exponent(sizes: list[int], values: list[float]) -> float | None:
    """Slope of log(value) against log(size), by least squares; None for fewer than two points."""
    points = [(math.log(size), math.log(value)) for size, value in zip(sizes, values, strict=True) if value > 0]
    if len(points) < 2:
        return None
    mean_x = statistics.fmean(x for x, _ in points)
    mean_y = statistics.fmean(y for _, y in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def grow(case: Case, place: str, sizes: list[int], engines: list[str], options: argparse.Namespace) -> list[list[str]]:
    """Table rows of one case, one per engine; failures are cells."""
    points: list[list[Point]] = [[] for _ in engines]
    ended = ["" for _ in engines]
    for size in sizes:
        sized, results = case.scaled_to(size), []
        for position, engine in enumerate(engines):
            if ended[position]:
                continue
            try:
                point, result = measure(sized, place, engine, options)
            except WorkerError as error:
                ended[position] = str(error)
                continue
            points[position].append(point)
            results.append(result)
        if len(results) == len(engines) and results[0] is not None:
            try:
                compare(*results, case.ordered)
            except Different as error:
                ended[0] = f"different result at {size} rows: {error}"
    return [_row(case, label, found, sizes, why)
            for label, found, why in zip(options.labels, points, ended, strict=True)]


def _row(case: Case, label: str, points: list[Point], sizes: list[int], why: str) -> list[str]:
    texts = [f"{report.duration(point.seconds)} / {point.peak_bytes / 2**20:.0f} MiB" for point in points]
    texts += ["-"] * (len(sizes) - len(points))
    n_rows = [point.n_rows for point in points]
    fitted = (exponent(n_rows, [point.seconds for point in points]),
              exponent(n_rows, [float(point.peak_bytes) for point in points]))
    return [case.name, label, *texts, *("-" if value is None else f"{value:.2f}" for value in fitted), why]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="parts of case ids, or patterns")
    parser.add_argument("--sizes", default=SIZES, help=f"rows, separated by commas (default {SIZES})")
    parser.add_argument("--memory", action="store_true", help=":memory: databases (default: files)")
    parser.add_argument("--dir", help="directory for database files (default: the system's temporary directory)")
    parser.add_argument("--repeat", type=int, default=3, help="samples at each size (default 3)")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one load or sample (default 120)")
    parser.add_argument("--engine", default="pumice", help="module compared with sqlite3 (default pumice)")
    parser.add_argument("--out", help="write a markdown page")
    options = parser.parse_args(arguments)
    engines = [options.engine, "sqlite3"]
    try:
        cases = find_cases(options.names) if options.names else [case for case in find_cases([]) if case.id in DEFAULT]
        sizes = sorted(int(float(text)) for text in options.sizes.split(","))
        versions = []
        for engine in engines:
            worker = Worker(engine, options.timeout)
            versions.append(worker.call("versions"))
            worker.close()
    except (CaseError, ValueError, WorkerError) as error:
        print(error, file=sys.stderr)
        return 2
    options.labels = report.labels(*versions)
    about = report.environment(*versions, shlex.join(["python", "-m", "bench.growth", *arguments]))
    place = "memory" if options.memory else "disk"
    print("\n".join(about), "\n")
    rows = []
    for case in cases:
        if not case.scale:
            continue                        # its work does not depend on a number of rows
        for row in grow(case, place, sizes, engines, options):
            rows.append(row)
            print(f"{row[0]:<36.36} {row[1]:<12}" + "".join(f"{cell:>20}" for cell in row[2:-3])
                  + f"   time ~ n^{row[-3]}  memory ~ n^{row[-2]}  {row[-1]}", flush=True)
    if options.out:
        columns = [f"{size:.0e} rows" for size in sizes]
        titles = ["operation", "engine", *columns, "time exponent", "memory exponent", "note"]
        where = "in memory" if options.memory else "in files"
        page = ["# Growth", "", f"Recorded {time.strftime('%Y-%m-%d')}, databases {where}.",
                "Median time of one run / peak memory above what the loaded database holds.", ""]
        page += [f"- {item}" for item in about] + ["", *report.markdown_table(titles, rows, 2)]
        Path(options.out).write_text("\n".join(page) + "\n")
        print(f"wrote {options.out}")
    return 1 if any(row[-1] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
