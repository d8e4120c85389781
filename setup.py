"""Build of the Cython kernels: every `.pyx` under `src/` is one extension module.

Environment:
    PUMICE_DEBUG=1   bounds and initialisation checks, asserts, -O1 -g
    PUMICE_ASAN=1    with PUMICE_DEBUG: AddressSanitizer and UndefinedBehaviorSanitizer
    PUMICE_JOBS=n    compiler processes (default 2)
Builds are incremental: a module is translated and compiled again when its `.pyx`, its `.pxd` or a
`.pxd` that it cimports is newer.
"""

import os
import sys
from pathlib import Path

from setuptools import Extension, setup

ROOT = Path(__file__).parent
os.chdir(ROOT)
DEBUG = os.environ.get("PUMICE_DEBUG") == "1"
ASAN = DEBUG and os.environ.get("PUMICE_ASAN") == "1"
JOBS = int(os.environ.get("PUMICE_JOBS", "2"))
# A subset of modules by path prefix ("src/pumice/storage"), for quick rebuilds while working on one package.
ONLY = tuple(os.environ.get("PUMICE_ONLY", "").split())
BUILD_DIR = "build/cython-asan" if ASAN else "build/cython-debug" if DEBUG else "build/cython"

cflags = ["-O1", "-g"] if DEBUG else ["-O2", "-g0"]
cflags += ["-fno-strict-aliasing", "-Wno-unused-function", "-Wno-unreachable-code", "-Wno-maybe-uninitialized"]
ldflags = []
if ASAN:
    # Shifts of negative numbers are left out: gcc and clang define them.
    sanitizers = ("-fsanitize=address,alignment,bounds,float-cast-overflow,integer-divide-by-zero,shift-exponent,"
                  "signed-integer-overflow")
    # Python's own flags make signed overflow wrap, which would switch its check off.
    cflags += [sanitizers, "-fno-wrapv", "-fno-omit-frame-pointer"]
    ldflags += [sanitizers]

directives = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "initializedcheck": DEBUG,
    # Off: with it Cython refuses attribute updates of `self` in nogil code.
    "nonecheck": False,
    "cdivision": True,
    "embedsignature": True,
    "binding": False,
    "freethreading_compatible": False,
}


def extensions():
    found = []
    for path in sorted(Path("src").rglob("*.pyx")):
        if ONLY and not path.as_posix().startswith(ONLY):
            continue
        if path.stem == "_testing" and "bdist_wheel" in sys.argv:
            continue
        name = ".".join(path.relative_to("src").with_suffix("").parts)
        if name.endswith(".__init__"):
            name = name[: -len(".__init__")]
        found.append(Extension(name, [path.as_posix()], extra_compile_args=cflags, extra_link_args=ldflags,
                               libraries=["m"], define_macros=[] if DEBUG else [("CYTHON_WITHOUT_ASSERTIONS", "1")]))
    return found


def cythonized():
    from Cython.Build import cythonize

    return cythonize(extensions(), include_path=["src"], build_dir=BUILD_DIR, nthreads=JOBS,
                     compiler_directives=directives, show_all_warnings=False)


setup(ext_modules=cythonized(), options={"build_ext": {"parallel": JOBS, "build_temp": BUILD_DIR + "-obj"}})
