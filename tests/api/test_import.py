"""`import pumice` pays for nothing that it does not use: the time of a short script is mostly the imports."""

import subprocess
import sys

SLOW = ("typing", "re", "enum", "dataclasses", "inspect", "pathlib", "contextlib")


def test_import_loads_no_slow_modules():
    script = "import sys; before = set(sys.modules); import pumice; print(*(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "pumice.engine.session" in loaded
    assert [name for name in SLOW if name in loaded] == []
