"""Build the kernels in place, one build at a time: `python tools/build.py [path prefix ...]`.

A prefix ("src/pumice/storage") builds only the modules below it. A lock file keeps concurrent builds of one
checkout apart. PUMICE_DEBUG=1 builds the checked variant (see setup.py) in place of the fast one.
Python modules are compiled to byte code too, as an installation does, so that importing from the checkout is as fast.
"""

import compileall
import fcntl
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(prefixes: list[str]) -> int:
    os.chdir(ROOT)
    Path("build").mkdir(exist_ok=True)
    env = dict(os.environ, PUMICE_ONLY=" ".join(prefixes))
    variant = Path("build/variant")
    wanted = f"debug={env.get('PUMICE_DEBUG', '0')} asan={env.get('PUMICE_ASAN', '0')}"
    with open("build/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
        if variant.exists() and variant.read_text() != wanted:
            command.append("--force")
        done = subprocess.run(command, env=env)
        if done.returncode == 0 and not prefixes:
            variant.write_text(wanted)
        compileall.compile_dir("src", quiet=2)
        return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
