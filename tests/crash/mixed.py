"""Processes of both engines on one file at the same time, some of them killed: `python -m tests.crash.mixed`.

Each worker moves money between accounts and writes a line of the log, in transactions of every kind, some rolled back,
some with savepoints, with a cache small enough to spill. Whatever commits, and whoever dies at whatever call:

    the balances add up to what they were        (a transaction is whole or not there)
    account.n is the number of its log lines     (tables agree with each other)
    both engines' integrity_check says ok        (indexes agree with their tables)

A reader checks the first two the whole time; all are checked at the end by both engines.
"""

import argparse
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pumice

ENGINES = {"sqlite3": sqlite3, "pumice": pumice}
N_ACCOUNTS = 300
BALANCE = 1000
SCHEMA = """
CREATE TABLE account(id INTEGER PRIMARY KEY, balance INT NOT NULL, n INT NOT NULL, note TEXT);
CREATE TABLE log(account INT NOT NULL, seq INT NOT NULL, amount INT, note TEXT,
                 PRIMARY KEY(account, seq)) WITHOUT ROWID;
CREATE INDEX account_balance ON account(balance);
CREATE INDEX log_note ON log(note, amount);
"""
TOTALS = "SELECT sum(balance), sum(n) FROM account"
STRAYS = "SELECT count(*) FROM account a WHERE n <> (SELECT count(*) FROM log WHERE account = a.id)"


def create(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    rows = [(i, BALANCE, 0, "note " * (i % 40)) for i in range(N_ACCOUNTS)]
    connection.executemany("INSERT INTO account VALUES (?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()


def move(connection, r: random.Random) -> None:
    """One transaction."""
    connection.execute(r.choice(["BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"]))
    for _ in range(r.choice([1, 1, 3, 40])):
        connection.execute("SAVEPOINT s")
        a, b = r.sample(range(N_ACCOUNTS), 2)
        amount = r.randrange(100)
        for account, change in ((a, -amount), (b, amount)):
            connection.execute("UPDATE account SET balance = balance + ?, n = n + 1 WHERE id = ?", (change, account))
            connection.execute("INSERT INTO log SELECT id, n, ?, ? FROM account WHERE id = ?",
                               (change, "x" * r.choice([3, 30, 3000]), account))
        connection.execute("ROLLBACK TO s" if r.random() < 0.1 else "RELEASE s")
    if r.random() < 0.05:
        lines = connection.execute("SELECT account, max(seq) FROM log GROUP BY account HAVING count(*) > 1").fetchall()
        for account, last in lines[: r.randrange(60)]:
            connection.execute("DELETE FROM log WHERE account = ? AND seq = ?", (account, last))
            connection.execute("UPDATE account SET n = n - 1 WHERE id = ?", (account,))
    connection.execute("ROLLBACK" if r.random() < 0.1 else "COMMIT")


def work(engine: str, path: str, seed: int) -> None:
    """Transactions until killed."""
    r = random.Random(seed)
    module = ENGINES[engine]
    while True:
        connection = module.connect(path, isolation_level=None, timeout=20)
        for k in range(r.randrange(100)):
            try:
                if k == 0:
                    connection.execute(f"PRAGMA cache_size = {r.choice([10, 50, 2000])}")
                    connection.execute(f"PRAGMA synchronous = {r.choice(['OFF', 'NORMAL'])}")   # no power cut here
                move(connection, r)
            except module.OperationalError as error:
                if "locked" not in str(error):
                    raise
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        connection.close()


def look(connection) -> str | None:
    """What is wrong with the state that a reader sees."""
    connection.execute("BEGIN")
    balance, n = connection.execute(TOTALS).fetchone()
    lines = connection.execute("SELECT count(*) FROM log").fetchone()[0]
    stray = connection.execute(STRAYS).fetchone()[0]
    connection.execute("COMMIT")
    if (balance, n, stray) != (N_ACCOUNTS * BALANCE, lines, 0):
        return f"balances {balance}, {n} lines expected, {lines} found, {stray} accounts with other numbers of lines"
    return None


def run(path: Path, seconds: float, seed: int, n_workers: int = 4) -> tuple[list[str], int, int]:
    """Returns: what went wrong, transactions' log lines at the end, workers killed."""
    r = random.Random(seed)
    create(path)
    wrong: list[str] = []
    killed = 0
    workers: list[subprocess.Popen] = []

    def start(k: int) -> subprocess.Popen:
        engine = ("pumice", "sqlite3")[k % 2]
        script = f"from tests.crash.mixed import work; work({engine!r}, {str(path)!r}, {r.randrange(1 << 30)})"
        return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True,
                                cwd=Path(__file__).parents[2])

    workers = [start(k) for k in range(n_workers)]
    readers = [module.connect(path, isolation_level=None, timeout=20) for module in ENGINES.values()]
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end and not wrong:
            for reader in readers:
                try:
                    wrong += filter(None, [look(reader)])
                except sqlite3.OperationalError as error:
                    if "locked" not in str(error):
                        raise
                    if reader.in_transaction:
                        reader.execute("ROLLBACK")
            for k in range(n_workers):
                if workers[k].poll() is None and r.random() < 0.6:
                    workers[k].kill()
                    workers[k].wait()
                    killed += 1
                if workers[k].returncode is not None:
                    if workers[k].returncode != -signal.SIGKILL:
                        wrong.append(workers[k].stderr.read())
                    workers[k] = start(k)
            time.sleep(r.random())
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    for name, module in ENGINES.items():
        connection = module.connect(path, isolation_level=None)
        wrong += [f"{name}: {row[0]}" for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        wrong += [f"{name}: {found}" for found in [look(connection)] if found]
        lines = connection.execute("SELECT count(*) FROM log").fetchone()[0]
        connection.close()
    return wrong, lines, killed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", type=Path, help="the database file to make")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=4)
    args = parser.parse_args()
    wrong, lines, killed = run(args.path, args.seconds, args.seed, args.workers)
    print(f"{lines} lines, {killed} workers killed, {len(wrong)} things wrong")
    print("\n".join(wrong[:20]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
