"""Bounded rounds of the differential fuzzer; `make fuzz` runs the long one."""

import pytest

from pumice.engine.look import TreeLook
from tests.fuzz.run import run_round


@pytest.mark.parametrize("seed", range(9000, 9020))
def test_no_mismatch(seed):
    assert run_round(seed, 40, on_disk=seed % 2 == 0) == []


@pytest.mark.parametrize("seed", range(9100, 9110))
def test_no_mismatch_with_hardly_any_memory(seed):
    assert run_round(seed, 40, work_mem=1) == []


@pytest.mark.parametrize("rows", [3.0, 1e6])
@pytest.mark.parametrize("seed", range(9200, 9205))
def test_no_mismatch_whatever_the_planner_expects(seed, rows, monkeypatch):
    """Tables of a few rows are planned for as large ones: other join orders and access paths, the same rows."""
    monkeypatch.setattr(TreeLook, "rows", lambda self, table: rows)
    assert run_round(seed, 40) == []


@pytest.mark.parametrize("seed", [*range(9300, 9305), 3400001])
def test_no_mismatch_in_parallel(seed, monkeypatch):
    """Plans of several threads over tables of a few rows."""
    monkeypatch.setenv("PUMICE_PARALLEL_SCALE", "0")
    assert run_round(seed, 60) == []
