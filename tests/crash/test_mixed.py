"""A bounded run of tests/crash/mixed.py; `python -m tests.crash.mixed` runs it for longer."""

from tests.crash import mixed


def test_processes_of_both_engines_on_one_file(tmp_path):
    wrong, lines, _ = mixed.run(tmp_path / "x.db", seconds=5, seed=1)
    assert wrong == []
    assert lines > 0
