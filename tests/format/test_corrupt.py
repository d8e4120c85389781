"""Damaged files: every operation ends in success or a database error, never in a crash or a hang."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pumice

ROOT = Path(__file__).resolve().parents[2]
LONG = os.environ.get("PUMICE_LONG") == "1"


@pytest.mark.parametrize("module, n", [("corrupt_run", 300), ("corrupt_sql_run", 60)])
def test_damaged_files_never_crash(module, n, tmp_path):
    source = str(Path(pumice.__file__).resolve().parents[1])
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([source, str(ROOT)]))
    command = [sys.executable, "-m", f"tests.format.{module}", "0", str(n * 60 if LONG else n), str(tmp_path)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
