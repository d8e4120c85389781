"""`pair`: an empty database in both engines; at the end both must hold the same."""

import pytest

from tests.unit.dml.pair import Pair


@pytest.fixture
def pair(tmp_path):
    made = Pair(tmp_path)
    yield made
    made.check()
    made.close()
