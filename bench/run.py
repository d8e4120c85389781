"""The benchmarks: every case in Pumice and in the stdlib's sqlite3, side by side.

    python -m bench.run                          all of them
    python -m bench.run select olap/ --memory    those whose id contains a name or matches it as a pattern
    python -m bench.run --quick                  a tenth of the rows, few samples: a smoke test, not a figure
    python -m bench.run --out docs/bench.md --plot bench.png

A case that fails is reported and the run goes on; the exit status is then 1.
"""

import argparse
import shlex
import sys
import time
from pathlib import Path

from bench import report
from bench.casefile import CaseError, find_cases
from bench.race import Different, Outcome, race
from bench.worker import Worker, WorkerError

QUICK_FACTOR, QUICK_REPEAT = 0.1, 3


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="parts of case ids, or patterns; default: all")
    parser.add_argument("--list", action="store_true", help="print the cases and end")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_FACTOR:g} of the rows, {QUICK_REPEAT} samples")
    parser.add_argument("--factor", type=float, help="multiply rows and operations by this")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--memory", action="store_const", dest="place", const="memory", help="only :memory: databases")
    place.add_argument("--disk", action="store_const", dest="place", const="disk", help="only databases in files")
    parser.add_argument("--dir", help="directory for database files (default: the system's temporary directory)")
    parser.add_argument("--repeat", type=int, help="samples of each engine (default 7)")
    parser.add_argument("--budget", type=float, default=20, help="seconds of sampling per case (default 20)")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one load or sample (default 120)")
    parser.add_argument("--engine", default="pumice", help="module compared with sqlite3 (default pumice)")
    parser.add_argument("--out", help="write a markdown page, such as docs/bench.md")
    parser.add_argument("--plot", help="write a plot (needs matplotlib)")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse_arguments(arguments)
    try:
        cases = find_cases(options.names)
    except CaseError as error:
        print(error, file=sys.stderr)
        return 2
    if options.list:
        for case in cases:
            print(f"{case.id:<36} {case.kind:<12} {'+'.join(case.places):<12} {case.name}")
        return 0
    factor = options.factor or (QUICK_FACTOR if options.quick else 1)
    repeat = options.repeat or (QUICK_REPEAT if options.quick else 7)
    ours = Worker(options.engine, options.timeout, options.dir)
    theirs = Worker("sqlite3", options.timeout, options.dir)
    command = shlex.join(["python", "-m", "bench.run", *arguments])
    try:
        versions = (ours.call("versions"), theirs.call("versions"))
        names = report.labels(*versions)
        about = report.environment(*versions, command)
        print("\n".join(about), "\n")
        print(report.line([title.format(ours=names[0], theirs=names[1]) for title in report.COLUMNS]))
        outcomes = []
        for case in cases:
            for place in case.places:
                if options.place in (None, place):
                    outcomes.append(_attempt(case.scaled(factor), place, ours, theirs, repeat, options.budget))
    except WorkerError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        ours.close()
        theirs.close()
    _finish(outcomes, names, about, options)
    return 1 if any(outcome.error for outcome in outcomes) else 0


def _attempt(case, place: str, ours: Worker, theirs: Worker, repeat: int, budget: float) -> Outcome:
    """One case, printed; a failure is an outcome too."""
    try:
        outcome = race(case, place, ours, theirs, repeat, budget)
    except (WorkerError, Different) as error:
        print(f"{case.name:<46.46} {place:<7} FAILED {case.id}: {error}", flush=True)
        return Outcome(case, place, error=str(error))
    print(report.line(report.cells(outcome)), flush=True)
    return outcome


def _finish(outcomes: list[Outcome], names: tuple[str, str], about: list[str], options: argparse.Namespace) -> None:
    print(f"\ngeometric means, {names[0]} / {names[1]} (below 1: {names[0]} is faster)")
    for kind, place, n_cases, wall, cpu in report.means(outcomes):
        print(f"  {kind:<12} {place:<7} {n_cases:>3} cases   wall {wall}   CPU {cpu}")
    failed = [outcome for outcome in outcomes if outcome.error]
    if failed:
        print(f"{len(failed)} failed: " + ", ".join(f"{outcome.case.id} ({outcome.place})" for outcome in failed))
    if options.out:
        Path(options.out).write_text(report.markdown(outcomes, names, about, time.strftime("%Y-%m-%d")))
        print(f"wrote {options.out}")
    if options.plot:
        print(f"wrote {options.plot}" if report.plot(outcomes, names, options.plot) else "no plot: needs matplotlib")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
