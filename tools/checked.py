"""Runs Python on the checked build: `python tools/checked.py -m pytest -n 2`, or `-m tests.fuzz.run --seed 1`.

The project is mirrored to build/checked and built there with PUMICE_DEBUG, so that the build in place stays as it is;
the arguments are Python's and run there. Where the compiler has AddressSanitizer the build has it too, and its first
finding or UndefinedBehaviorSanitizer's, written to stderr, ends the process. pytest needs --capture=sys: it would keep
what a process writes to its own stderr before it dies.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIRROR = ROOT / "build" / "checked"
SKIPPED = {"build", "dist", "__pycache__"}       # directories
MADE = {".so", ".c"}                             # files that a build leaves in `src`


def stamp(path: Path) -> tuple[int, int]:
    at = path.stat()
    return at.st_mtime_ns, at.st_size


def mirror(source: Path, target: Path) -> None:
    """Copies what changed and drops what is gone; what a build made on either side is left alone."""
    target.mkdir(parents=True, exist_ok=True)
    kept = set()
    for path in source.iterdir():
        if path.name.startswith(".") or path.name in SKIPPED or path.suffix in MADE:
            continue
        kept.add(path.name)
        copy = target / path.name
        if path.is_dir():
            mirror(path, copy)
        elif not copy.exists() or stamp(copy) != stamp(path):
            shutil.copy2(path, copy)
    for copy in target.iterdir():
        if copy.name in kept or copy.name.startswith(".") or copy.name in SKIPPED or copy.suffix in MADE:
            continue
        if copy.is_dir():
            shutil.rmtree(copy)
        else:
            copy.unlink()


def sanitizer() -> str | None:
    """The runtime library of AddressSanitizer, which has to be loaded before Python's own."""
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()
    try:
        done = subprocess.run([*compiler, "-print-file-name=libasan.so"], capture_output=True, text=True)
    except OSError:
        return None
    path = done.stdout.strip()
    return path if done.returncode == 0 and os.path.isabs(path) and os.path.exists(path) else None


def main(arguments: list[str]) -> int:
    library = sanitizer()
    mirror(ROOT, MIRROR)
    env = dict(os.environ, PUMICE_DEBUG="1", PUMICE_ASAN="1" if library else "0")
    built = subprocess.run([sys.executable, "tools/build.py"], cwd=MIRROR, env=env)
    if built.returncode or not arguments:
        return built.returncode
    env["PYTHONPATH"] = str(MIRROR / "src")
    if library:
        # Python leaks at exit by design. PYTHONMALLOC: one object, one block of malloc.
        env |= {"LD_PRELOAD": library, "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=1",
                "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1", "PYTHONMALLOC": "malloc"}
    else:
        print("no AddressSanitizer here: running with bounds checks and asserts only", file=sys.stderr)
    return subprocess.run([sys.executable, *arguments], cwd=MIRROR, env=env).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
