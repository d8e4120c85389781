"""A bounded round of the differential fuzzer; `make fuzz` runs the long one."""

import pytest

from tests.fuzz.run import run_round


@pytest.mark.parametrize("seed", range(9000, 9020))
def test_no_mismatch(seed):
    assert run_round(seed, 40, on_disk=seed % 2 == 0) == []
