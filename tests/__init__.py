"""The suite. Puts `src` on the path, so that what is run by name (`python -m tests.fuzz.run`) finds the
kernels built in place; pytest has it from pyproject.toml.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
