"""Runs CPython's own tests of sqlite3 (test.test_sqlite3) on Pumice: `python tests/api/cpython_suite.py` prints one
line a failure.

A line is `module.Class.test<TAB>last line of the traceback`. Constants that belong to missing features (limits,
authorizer) are borrowed from sqlite3, so that the test modules can be imported.
"""

import importlib
import io
import sqlite3
import sys
import types
import unittest
from pathlib import Path

MODULES = ("dbapi", "dump", "factory", "hooks", "regression", "transactions", "types", "userfunctions")


def stand_in() -> None:
    """Makes `import sqlite3` give Pumice."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
    import pumice

    for name in dir(sqlite3):
        if name.startswith("SQLITE_") and not hasattr(pumice, name):
            setattr(pumice, name, getattr(sqlite3, name))
    for name in [n for n in sys.modules if n == "sqlite3" or n.startswith("sqlite3.")]:
        del sys.modules[name]
    dbapi2 = types.ModuleType("sqlite3.dbapi2")
    dbapi2.__dict__.update(pumice.__dict__)
    sys.modules["sqlite3"], sys.modules["sqlite3.dbapi2"] = pumice, dbapi2


def main() -> None:
    stand_in()
    out, sys.stdout = sys.stdout, io.StringIO()
    for name in MODULES:
        module = importlib.import_module(f"test.test_sqlite3.test_{name}")
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
        print(f"{name}\tran {result.testsRun}", file=out)
        for test, trace in result.failures + result.errors:
            label = test.id().partition(" ")[0].partition("test.test_sqlite3.")[2]
            print(f"{label}\t{trace.strip().splitlines()[-1]}", file=out, flush=True)


if __name__ == "__main__":
    main()
