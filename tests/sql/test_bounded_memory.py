"""Peak memory of statements over a table much larger than their budget and the page cache, each in a process of its
own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pumice

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc"),
    pytest.mark.skipif(os.environ.get("PUMICE_ASAN") == "1", reason="AddressSanitizer keeps freed memory"),
]
SOURCE = str(Path(__file__).resolve().parents[2] / "src")
N_ROWS = 300_000
WORK_MEM = 2 << 20
SLACK = 8               # MiB beside the budget: page cache, batches, blocks of the runs, the hash tables of a merge

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
import pumice

def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024

connection = pumice.connect(sys.argv[2], isolation_level=None)
connection.execute(f"PRAGMA work_mem = {sys.argv[3]}")
connection.execute("SELECT count(*) FROM t").fetchall()
before = peak()
for row in connection.execute(sys.argv[4]):
    pass
print(peak() - before)
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("big") / "t.db"
    connection = pumice.connect(file)
    connection.execute("CREATE TABLE t(k, v, s)")
    connection.execute(
        f"INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {N_ROWS}) "
        "SELECT i * 7919 % 1000003, i * 2654435761 % 4294967296, 'a text of some length ' || i FROM n")
    connection.commit()
    connection.close()
    return file


def growth(path, sql, work_mem=WORK_MEM):
    done = subprocess.run([sys.executable, "-c", CHILD, SOURCE, str(path), str(work_mem), sql], capture_output=True,
                          text=True, check=True)
    return float(done.stdout)


@pytest.mark.parametrize("sql", [
    "SELECT * FROM t ORDER BY v",
    "SELECT k, count(*), min(s) FROM t GROUP BY k",
    "SELECT k % 1000, group_concat(s) FROM t GROUP BY k % 1000",
    "SELECT count(DISTINCT s) FROM t",
    "SELECT DISTINCT v, s FROM t",
    "SELECT s FROM t UNION SELECT s FROM t",
    "SELECT x.k, y.s FROM t AS x JOIN t AS y ON x.k = y.k",
    "SELECT x.k, y.s FROM t AS x LEFT JOIN t AS y ON x.k = y.v",
    "WITH c AS MATERIALIZED (SELECT k, s FROM t) SELECT count(*) FROM c UNION ALL SELECT max(s) FROM c",
    "UPDATE t SET v = v + 1",
    "CREATE INDEX i ON t(s)",
    "DELETE FROM t WHERE k % 2",
])
def test_peak(path, sql):
    assert growth(path, sql) < WORK_MEM / 2**20 + SLACK + (16 if sql.startswith(("UPDATE", "CREATE", "DELETE")) else 0)


def test_the_measure_sees_what_is_held(path):
    assert growth(path, "SELECT * FROM t ORDER BY v", 1 << 30) > WORK_MEM / 2**20 + SLACK
