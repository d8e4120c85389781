"""The scripts of tests/sql/scripts: rows as SQLite's, rows and plans as the script says (golden.py)."""

import pytest

from tests.sql.golden import SCRIPTS, read, run


@pytest.mark.parametrize("scale", ["1", "0"], ids=["", "parallel"])
@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.sql")), ids=lambda path: path.stem)
def test_script(path, scale, tmp_path, monkeypatch):
    """As planned, and with every scan run by several threads (plan/parallel.py)."""
    monkeypatch.setenv("PUMICE_PARALLEL_SCALE", scale)
    script = path.read_text()
    text, problems = run(read(script), tmp_path)
    assert not problems, "\n".join(problems)
    assert text == script, "to accept it: make golden"


def test_a_wrong_line_is_noticed(tmp_path):
    statements = read("CREATE TABLE t(a);\nSELECT count(*) FROM t;\n--|\n--> 1\n")
    text, problems = run(statements, tmp_path)
    assert text == "CREATE TABLE t(a);\nSELECT count(*) FROM t;\n--| SCAN t\n--> 0\n" and problems == []
