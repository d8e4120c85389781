"""Puts `src` on the path, so that the suite runs against the kernels built in place."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "src"))
