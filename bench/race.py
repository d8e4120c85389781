"""Two engines on one case: equal results first, then samples in turn.

    prepare A, prepare B      load the same tables
    result A == result B      otherwise the case fails and nothing is timed
    A B  B A  A B ...         one sample each, the order alternating, so that drift of the machine hits both

The figure of a case is the median of its samples; the spread is their interquartile range as a fraction of it.
"""

import math
import statistics
import time
from dataclasses import dataclass

from bench.casefile import Case
from bench.worker import Worker

# A sample shorter than this is repeated in a loop: timer and scheduler noise would be a visible part of it.
MIN_SAMPLE_SECONDS = 0.02
MAX_LOOPS = 1000
# Samples that a slow case still gets when its time is used up.
MIN_SAMPLES = 3
FLOAT_TOLERANCE = 1e-9                      # relative; sums may be added in another order


class Different(Exception):
    """The engines disagree on a result."""


@dataclass(frozen=True)
class Series:
    """The samples of one engine on one case, in seconds."""

    wall: list[float]
    cpu: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def cpu_median(self) -> float:
        return statistics.median(self.cpu)

    @property
    def spread(self) -> float:
        if len(self.wall) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.wall, n=4, method="inclusive")
        return (high - low) / max(self.median, 1e-9)


@dataclass(frozen=True)
class Outcome:
    """One case in one place: two series, or the reason why not."""

    case: Case
    place: str                              # "memory" or "disk"
    ours: Series | None = None
    theirs: Series | None = None
    error: str = ""

    @property
    def wall_ratio(self) -> float:
        """Our time over theirs: below 1 we are faster."""
        return self.ours.median / max(self.theirs.median, 1e-9)

    @property
    def cpu_ratio(self) -> float:
        return self.ours.cpu_median / max(self.theirs.cpu_median, 1e-9)


def race(case: Case, place: str, ours: Worker, theirs: Worker, repeat: int, budget: float) -> Outcome:
    """Run one case in both engines. Raises WorkerError or Different.

    Args:
        repeat: samples of each engine.
        budget: seconds after which sampling stops early, once MIN_SAMPLES are taken.
    """
    pair = (ours, theirs)
    for worker in pair:
        worker.call("prepare", case, place)
    compare(ours.call("result"), theirs.call("result"), case.ordered)
    loops = _calibrate(case, theirs)
    samples = {worker: [] for worker in pair}
    started = time.monotonic()
    for turn in range(repeat):
        for worker in pair if turn % 2 == 0 else pair[::-1]:
            samples[worker].append(worker.call("sample", loops))
        if turn + 1 >= MIN_SAMPLES and time.monotonic() - started > budget:
            break
    for worker in pair:
        worker.call("finish")
    series = [Series(*map(list, zip(*samples[worker], strict=True))) for worker in pair]
    return Outcome(case, place, *series)


def _calibrate(case: Case, worker: Worker) -> int:
    """Runs in one sample. A case with `reset` has one: the reset stands before each run."""
    if "reset" in case.sections:
        return 1
    wall, _ = worker.call("sample", 1)
    return min(MAX_LOOPS, max(1, math.ceil(MIN_SAMPLE_SECONDS / max(wall, 1e-9))))


def compare(ours, theirs, ordered: bool, tolerance: float = FLOAT_TOLERANCE) -> None:
    """Raises Different unless two results have the same rows, classes and values."""
    if not isinstance(ours, list) or not isinstance(theirs, list):
        ours, theirs = [ours], [theirs]
    if len(ours) != len(theirs):
        raise Different(f"{len(ours)} rows, expected {len(theirs)}")
    if ours == theirs and repr(ours) == repr(theirs):
        return
    if not ordered:
        ours, theirs = sorted(ours, key=_sort_key), sorted(theirs, key=_sort_key)
    for position, (got, expected) in enumerate(zip(ours, theirs, strict=True)):
        if not _equal(got, expected, tolerance):
            raise Different(f"row {position}: {_short(got)}, expected {_short(expected)}")


def _equal(got, expected, tolerance: float) -> bool:
    if type(got) is not type(expected):
        return False
    if isinstance(got, float):
        return math.isclose(got, expected, rel_tol=tolerance, abs_tol=1e-12) or (got != got and expected != expected)
    if isinstance(got, (tuple, list)):
        return len(got) == len(expected) and all(
            _equal(a, b, tolerance) for a, b in zip(got, expected, strict=True)
        )
    return got == expected


def _sort_key(row) -> tuple:
    """Rows of mixed classes in one order; floats rounded, so that the last bits do not move a row."""
    values = row if isinstance(row, (tuple, list)) else (row,)
    return tuple(
        (type(value).__name__, f"{value:.7g}" if isinstance(value, float) else repr(value)) for value in values
    )


def _short(value) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
