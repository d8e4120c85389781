"""One engine in one long-lived process: the process's own loop, and the handle by which the runner asks it.

    runner --- pickled (method, arguments) ---> stdin  of `python -m bench.worker ENGINE`
           <-- pickled ("ok" | "error", value) -- stdout

The two engines never share a process, so that neither pays for the other's memory or collector. A process that does
not answer in time is killed, one that died is noticed, and the next request starts a new one.
"""

import gc
import importlib
import os
import pickle
import platform
import resource
import select
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from bench.casefile import Case, Section

ROOT = Path(__file__).resolve().parents[1]
_LENGTH = struct.Struct("<Q")               # each message is its length in bytes, then the pickle


class WorkerError(Exception):
    """The engine raised, died or took too long; the text is for the reader of the report."""


class WorkerTimeout(WorkerError):
    """No answer within the time limit; the process has been killed."""


class Worker:
    """The runner's handle on one engine's process."""

    def __init__(self, engine: str, timeout: float, directory: str | None = None):
        self.engine = engine
        self.timeout = timeout              # seconds for one request
        self.directory = directory          # where database files go; None: the system's temporary directory
        self._process: subprocess.Popen | None = None

    def call(self, method: str, *arguments, timeout: float | None = None):
        """The value of one method of `Session`. Raises WorkerError."""
        process = self._started()
        try:
            _send(process.stdin, (method, arguments))
            status, value = self._receive(process, timeout or self.timeout)
        except (EOFError, BrokenPipeError) as error:
            code = process.wait()
            self._process = None
            raise WorkerError(f"{self.engine}: process ended (exit status {code})") from error
        if status == "error":
            raise WorkerError(f"{self.engine}: {value}")
        return value

    def close(self) -> None:
        """End the process, however busy it is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None

    def _started(self) -> subprocess.Popen:
        if self._process is None:
            path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
            environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"}
            if self.directory:
                environment["TMPDIR"] = self.directory
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.worker", self.engine],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=ROOT, bufsize=0,
            )
        return self._process

    def _receive(self, process: subprocess.Popen, timeout: float):
        deadline = time.monotonic() + timeout

        def read(n_bytes: int) -> bytes:
            chunks = []
            while n_bytes:
                left = deadline - time.monotonic()
                if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                    self.close()
                    raise WorkerTimeout(f"{self.engine}: no answer in {timeout:g} s")
                chunk = process.stdout.read(min(n_bytes, 1 << 20))
                if not chunk:
                    raise EOFError
                chunks.append(chunk)
                n_bytes -= len(chunk)
            return b"".join(chunks)

        return pickle.loads(read(_LENGTH.unpack(read(_LENGTH.size))[0]))


class Session:
    """What a worker process does: one case at a time, on one connection."""

    def __init__(self, engine: str):
        self.engine = engine
        self.module = importlib.import_module(engine)
        self.db = None
        self._directory: tempfile.TemporaryDirectory | None = None

    # -- cases ---------------------------------------------------------------------------------------------------

    def versions(self) -> dict[str, str]:
        return {
            "engine": self.engine,
            "version": str(getattr(self.module, "__version__", "") or self.module.sqlite_version),
            "sqlite": self.module.sqlite_version,
            "python": platform.python_version(),
        }

    def prepare(self, case: Case, place: str) -> float:
        """A new database with the case's `load` done; the seconds it took."""
        self.finish()
        self._directory = tempfile.TemporaryDirectory(prefix="bench-")
        path = ":memory:" if place == "memory" else str(Path(self._directory.name) / "bench.db")
        self.db = self.module.connect(path)
        self.case = case
        self.namespace = {
            "db": self.db, "module": self.module, "engine": self.engine, "connect": self.module.connect,
            "path": path, "scale": case.scale, "ops": case.ops, "directory": self._directory.name,
        }
        started = time.perf_counter()
        for section in case.sections.get("load", []):
            if section.language == "python":
                exec(compile(section.text, f"<load of {case.id}>", "exec"), self.namespace)
            else:
                self._run_sql(section.statements(case.variables))
            self._commit()
        self._steps = {title: self._step(title) for title in ("reset", "run", "check")}
        return time.perf_counter() - started

    def result(self):
        """What both engines must agree on, after one run; rows as tuples."""
        self._steps["reset"]()
        self._commit()
        value = self._steps["run"]()
        self._commit()
        if "check" in self.case.sections:
            value = self._steps["check"]()
            self._commit()
        return plain(value)

    def sample(self, loops: int) -> tuple[float, float]:
        """Wall and CPU seconds of one run, averaged over `loops` runs; CPU counts child processes too."""
        self._steps["reset"]()
        self._commit()
        run, commit = self._steps["run"], self._commit
        gc.collect()
        cpu, wall = cpu_seconds(), time.perf_counter()
        for _ in range(loops):
            run()
            commit()
        wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
        return wall / loops, cpu / loops

    def finish(self) -> None:
        """Close and delete the database."""
        db, self.db = self.db, None         # forgotten first: a close that raises is reported once
        self.namespace = {}
        if db is not None:
            db.close()
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None
        gc.collect()

    # -- memory --------------------------------------------------------------------------------------------------

    def start_peak(self) -> int:
        """Forget the peak so far where the system allows it; resident bytes now."""
        gc.collect()
        try:
            Path("/proc/self/clear_refs").write_text("5")
        except OSError:
            pass
        return _status_bytes("VmRSS") or peak_bytes()

    def peak(self) -> int:
        """Largest resident size since `start_peak`, in bytes."""
        return peak_bytes()

    # -- databases that stay (TPC-H) -----------------------------------------------------------------------------

    def open(self, path: str) -> None:
        self.finish()
        self.db = self.module.connect(path)

    def script(self, statements: list[str]) -> float:
        started = time.perf_counter()
        self._run_sql(statements)
        self._commit()
        return time.perf_counter() - started

    def load_table(self, insert: str, file: str, converters: list[type]) -> int:
        """Insert a `|`-separated file; the number of rows."""
        with open(file, encoding="utf-8") as lines:
            rows = ([convert(text) for convert, text in zip(converters, line.split("|"), strict=False)]
                    for line in lines)
            n_rows = self.db.executemany(insert, rows).rowcount
        self._commit()
        return n_rows

    def query(self, statements: list[str]) -> tuple[float, float, list]:
        """Wall and CPU seconds, and the rows of the last statement that gave some."""
        gc.collect()
        cpu, wall = cpu_seconds(), time.perf_counter()
        rows = self._run_sql(statements)
        wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
        return wall, cpu, plain(rows)

    # ------------------------------------------------------------------------------------------------------------

    def _step(self, title: str):
        """A callable for one section; a section that is absent does nothing."""
        sections: list[Section] = self.case.sections.get(title, [])
        if not sections:
            return lambda: None
        (section,) = sections
        if section.language == "sql":
            statements = section.statements(self.case.variables)
            return lambda: self._run_sql(statements)
        body = "\n".join("    " + line for line in section.text.splitlines())
        exec(compile(f"def section():\n{body}\n", f"<{title} of {self.case.id}>", "exec"), self.namespace)
        return self.namespace.pop("section")

    def _run_sql(self, statements: list[str]) -> list:
        rows, execute = [], self.db.execute
        for statement in statements:
            cursor = execute(statement)
            if cursor.description:
                rows = cursor.fetchall()
        return rows

    def _commit(self) -> None:
        if self.db is not None and self.db.in_transaction:
            self.db.commit()


def cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak_bytes() -> int:
    peak = _status_bytes("VmHWM")
    if peak is None:                        # not Linux: ru_maxrss cannot be reset and is in bytes on macOS
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return peak


def _status_bytes(name: str) -> int | None:
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith(name + ":")), None)


def plain(value):
    """Values of a result without the engine's own classes, so that the other process can read them."""
    if isinstance(value, (type(None), int, float, str, bytes)):
        return value
    if isinstance(value, list):
        return [plain(item) for item in value]
    return tuple(plain(item) for item in value)


def _send(stream, message) -> None:
    packed = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    view = memoryview(_LENGTH.pack(len(packed)) + packed)
    while view:                             # the pipe is unbuffered: a write may take only a part
        view = view[stream.write(view):]
    stream.flush()


def main() -> None:
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)                           # a stray print must not end up among the answers
    session = None
    while header := requests.read(_LENGTH.size):
        method, arguments = pickle.loads(requests.read(_LENGTH.unpack(header)[0]))
        try:
            session = session or Session(sys.argv[1])
            answer = ("ok", getattr(session, method)(*arguments))
        except Exception as error:          # the runner reports it and goes on with the next case
            text = traceback.format_exception_only(error)[-1].strip()
            if os.environ.get("BENCH_TRACEBACK"):
                text = traceback.format_exc()
            answer = ("error", text)
        _send(answers, answer)
    if session is not None:
        session.finish()


if __name__ == "__main__":
    main()
