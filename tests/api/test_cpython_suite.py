"""CPython's own tests of sqlite3, run on Pumice: what fails must need a feature that COMPAT.md lists as missing."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

# Not failures of a missing feature: name -> why.
EXPLAINED = {
    "test_dbapi.ConnectionTests.test_connection_reinit": ("rows are converted a batch ahead, so a new text_factory "
                                                          "comes too late for two of them"),
    "test_dbapi.ModuleTests.test_disallow_instantiation": ("needs Blob; con(sql) gives a cursor, sqlite3 an "
                                                           "undocumented Statement"),
    "test_dbapi.ModuleTests.test_shared_cache_deprecated": "enable_shared_cache is deprecated and missing",
    "test_dbapi.ThreadTests.test_check_connection_thread": "methods that are missing",
    "test_hooks.TraceCallbackTests.test_trace_expanded_sql": "set_trace_callback is missing",
}


def suite_is_installed() -> bool:
    try:
        return importlib.util.find_spec("test.test_sqlite3") is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.skipif(not suite_is_installed() or sys.version_info[:2] != (3, 11),
                    reason="needs CPython 3.11's test package")
def test_what_fails_needs_a_missing_feature(tmp_path):
    done = subprocess.run([sys.executable, str(Path(__file__).resolve().parent / "cpython_suite.py")],
                          capture_output=True, text=True,
                          timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    assert sum(int(text.split()[1]) for _, text in lines if text.startswith("ran ")) > 400
    unexplained = [(name, error) for name, error in lines
                   if not error.startswith("ran ") and "NotSupportedError: not supported:" not in error
                   and name not in EXPLAINED]
    assert not unexplained
