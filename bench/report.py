"""Reports: outcomes as terminal lines, a markdown page and a plot."""

import math
import os
import platform
import subprocess
from pathlib import Path

from bench.race import Outcome
from bench.worker import ROOT

COLUMNS = ("benchmark", "where", "{ours}", "spread", "{theirs}", "spread", "wall ratio", "CPU ratio")


def machine() -> str:
    """Processor, cores, memory, system."""
    model = platform.processor() or platform.machine()
    gigabytes = ""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
        gigabytes = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"
    except (OSError, ValueError):
        pass
    return f"{model}, {os.cpu_count()} cores{gigabytes}, {platform.system()} {platform.release()}"


def revision() -> str:
    """The commit measured; `+` when the tree has changes that are not in it."""
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    try:
        commit = git("rev-parse", "--short", "HEAD")
        return commit + ("+" if commit and git("status", "--porcelain", "--untracked-files=no") else "") or "unknown"
    except OSError:
        return "unknown"


def labels(ours: dict, theirs: dict) -> tuple[str, str]:
    """Column titles; two processes of one engine are told apart."""
    first, second = ours["engine"], theirs["engine"]
    return (first, second) if first != second else (f"{first} (1)", f"{second} (2)")


def environment(ours: dict, theirs: dict, command: str) -> list[str]:
    def version(engine: dict) -> str:
        if engine["engine"] == "sqlite3":
            return f"sqlite3 of Python {engine['python']}, SQLite {engine['sqlite']}"
        return f"{engine['engine']} {engine['version']} at {revision()}, Python {engine['python']}"
    return [f"command: {command}", f"engines: {version(ours)}; {version(theirs)}", f"machine: {machine()}"]


def duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}" if seconds < 1000 else f"{seconds:.0f} s"
    return f"{seconds / 1e-6:.3g} µs"


def cells(outcome: Outcome) -> list[str]:
    return [
        outcome.case.name, outcome.place,
        duration(outcome.ours.median), f"{outcome.ours.spread:.0%}",
        duration(outcome.theirs.median), f"{outcome.theirs.spread:.0%}",
        f"{outcome.wall_ratio:.2f}", f"{outcome.cpu_ratio:.2f}",
    ]


def line(values: list[str]) -> str:
    """One line of the terminal table."""
    return f"{values[0]:<46.46} {values[1]:<7}" + "".join(f"{value:>12}" for value in values[2:])


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(math.log(max(value, 1e-9)) for value in values) / len(values))


def means(outcomes: list[Outcome]) -> list[list[str]]:
    """Per kind and place: number of cases, geometric means of the wall and CPU ratios."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        if not outcome.error:
            groups.setdefault((outcome.case.kind, outcome.place), []).append(outcome)
    return [
        [kind, place, str(len(group)),
         f"{geometric_mean([item.wall_ratio for item in group]):.2f}",
         f"{geometric_mean([item.cpu_ratio for item in group]):.2f}"]
        for (kind, place), group in groups.items()
    ]


def markdown_table(titles: list[str], rows: list[list[str]], n_text: int) -> list[str]:
    """A markdown table whose columns after the first `n_text` are numbers."""
    rule = ["---"] * n_text + ["---:"] * (len(titles) - n_text)
    return ["| " + " | ".join(row) + " |" for row in [titles, rule, *rows]]


def markdown(outcomes: list[Outcome], names: tuple[str, str], about: list[str], date: str) -> str:
    """The page for the docs."""
    titles = [title.format(ours=names[0], theirs=names[1]) for title in COLUMNS]
    done = [outcome for outcome in outcomes if not outcome.error]
    failed = [outcome for outcome in outcomes if outcome.error]
    lines = ["# Benchmarks", "",
             f"Recorded {date}. Times are medians of one run; spread is the interquartile range over the",
             f"median; a ratio is {names[0]} / {names[1]}, so below 1 {names[0]} is faster.", ""]
    lines += [f"- {item}" for item in about]
    lines += ["", "## Geometric means", "",
              *markdown_table(["kind", "where", "cases", "wall ratio", "CPU ratio"], means(outcomes), 2)]
    for kind in dict.fromkeys(outcome.case.kind for outcome in done):
        rows = [cells(outcome) for outcome in done if outcome.case.kind == kind]
        lines += ["", f"## {kind.capitalize()}", "", *markdown_table(titles, rows, 2)]
    if failed:
        lines += ["", "## Not measured", ""]
        lines += [f"- {item.case.name} ({item.case.id}, {item.place}): {item.error}" for item in failed]
    return "\n".join(lines) + "\n"


def plot(outcomes: list[Outcome], names: tuple[str, str], path: str) -> bool:
    """Bars of the wall ratios on a logarithmic axis; False without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("Agg")
    from matplotlib import pyplot

    done = [outcome for outcome in outcomes if not outcome.error][::-1]
    figure, axes = pyplot.subplots(figsize=(9, 1 + 0.24 * max(len(done), 4)))
    colours = {"transaction": "tab:blue", "analytics": "tab:orange", "cold": "tab:grey"}
    axes.barh(
        [f"{item.case.name} ({item.place})" for item in done],
        [math.log2(item.wall_ratio) for item in done],
        color=[colours[item.case.kind] for item in done],
    )
    axes.margins(y=0.01)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.xaxis.set_major_formatter(lambda value, _: f"{2 ** value:.3g}x")
    axes.set_xlabel(f"time of {names[0]} / time of {names[1]} (left of 1x: {names[0]} is faster)")
    axes.tick_params(axis="y", labelsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    return True
