"""A bounded round of the differential fuzzer; `make fuzz` runs the long one."""

import pytest

from tests.fuzz.run import run_round


@pytest.mark.parametrize("seed", range(9000, 9020))
def test_no_mismatch(seed):
    assert run_round(seed, 40, on_disk=seed % 2 == 0) == []


@pytest.mark.parametrize("seed", range(9100, 9110))
def test_no_mismatch_with_hardly_any_memory(seed):
    assert run_round(seed, 40, work_mem=1) == []
