"""A process of its own that goes through damaged files: when it crashes, hangs or takes too much memory, the test sees
it, and which file it was.

A module with the files calls `go`; a test calls `run` with the name of that module and its arguments.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pumice
from tests.badinput.both import outcome

MAX_SECONDS = 20  # for one file
MAX_MEMORY = 1 << 29  # bytes beyond what the process has at its start
LONG = os.environ.get("PUMICE_LONG") == "1"
ROOT = Path(__file__).resolve().parents[2]


def go(files: Iterable[tuple[Any, ...]], use: Callable[..., Any]) -> None:
    """For each (name, *arguments) prints a line: the name and, in JSON too, the outcome of `use(*arguments)`."""
    faulthandler.enable()
    with open("/proc/self/statm") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MAX_MEMORY, resource.RLIM_INFINITY))
    for name, *arguments in files:
        print(json.dumps(name), end=" ", flush=True)  # seen alone when the process dies over the file
        faulthandler.dump_traceback_later(MAX_SECONDS, exit=True)
        result = outcome(use, *arguments)
        faulthandler.cancel_dump_traceback_later()
        print(json.dumps(result), flush=True)


def run(module: str, *arguments: Any) -> dict[str, Any]:
    """{name: outcome} of `python -m module arguments`."""
    source = str(Path(pumice.__file__).resolve().parents[1])
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([source, str(ROOT)]))
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=3000 if LONG else 300, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-200:] + done.stderr
    found = {}
    decoder = json.JSONDecoder()
    for line in done.stdout.splitlines():
        name, end = decoder.raw_decode(line)
        found[name] = plain(json.loads(line[end:]))
    return found


def plain(result: Any) -> Any:
    """As JSON gives it, with tuples for lists."""
    return tuple(map(plain, result)) if isinstance(result, list | tuple) else result
