"""Rows that break several constraints at once: the error names the same one as SQLite's, and OR IGNORE, OR REPLACE and
the tables' own ON CONFLICT clauses act on the same one."""

import random

import pytest

from tests.oracle.engines import Pumice, Sqlite, difference

CONFLICTS = ["", "", "", " ON CONFLICT REPLACE", " ON CONFLICT IGNORE", " ON CONFLICT FAIL"]


def create(r: random.Random) -> tuple[str, int, str]:
    """CREATE TABLE, its number of columns, and the name of its key."""
    strict = r.random() < 0.5
    types = ["INT", "TEXT", "REAL", "ANY", "INTEGER"] if strict else ["INT", "TEXT", "", "REAL"]
    parts = []
    without_rowid = r.random() < 0.3
    n = r.randint(2, 4)
    key = r.choice([-1, *range(n)])
    if without_rowid:
        key = max(key, 0)
    for i in range(n):
        text = f"c{i} {r.choice(types)}"
        if i == key:
            text = f"c{i} {'INTEGER' if r.random() < 0.7 else r.choice(types)} PRIMARY KEY{r.choice(CONFLICTS)}"
        if r.random() < 0.4:
            text += f" NOT NULL{r.choice(CONFLICTS)}"
        if r.random() < 0.3:
            text += f" DEFAULT {r.choice(['NULL', '1', repr('x')])}"
        if r.random() < 0.3:
            text += f" UNIQUE{r.choice(CONFLICTS)}"
        if r.random() < 0.2:
            text += f" CHECK (c{i} <> 2)"
        parts.append(text)
    if r.random() < 0.4:
        parts.append(f"g {r.choice(types)} {r.choice(['NOT NULL ', ''])}AS (c0 + c1) {r.choice(['STORED', 'VIRTUAL'])}")
    if r.random() < 0.3:
        parts.append(f"UNIQUE (c{n - 1}, c0){r.choice(CONFLICTS)}")
    if r.random() < 0.2:
        parts.append("CONSTRAINT little CHECK (c0 IS NULL OR c1 IS NULL OR c0 <= 2)")
    options = ["STRICT"] * strict + ["WITHOUT ROWID"] * without_rowid
    return f"CREATE TABLE t({', '.join(parts)}) {', '.join(options)}", n, "rowid" if key < 0 else f"c{key}"


def change(r: random.Random, n: int, key: str) -> str:
    """An UPDATE changes one row only: which of several comes first is the plan's business."""
    value = lambda: r.choice(["NULL", "1", "2", "3", "1.5", "'x'", "'1'", "x'00'", "4"])      # noqa: E731
    conflict = r.choice(["", "", "", " OR IGNORE", " OR REPLACE", " OR FAIL"])
    columns = ", ".join(f"c{i}" for i in range(n))
    if r.random() < 0.7:
        rows = ", ".join("(" + ", ".join(value() for _ in range(n)) + ")" for _ in range(r.choice([1, 1, 3])))
        return f"INSERT{conflict} INTO t({columns}) VALUES {rows}"
    return (f"UPDATE{conflict} t SET c{r.randrange(n)} = {value()}, c{r.randrange(n)} = {value()} "
            f"WHERE {key} = {value()}")


@pytest.mark.parametrize("block", range(6))
def test_the_same_constraint_is_named(block):
    for seed in range(block * 50, block * 50 + 50):
        r = random.Random(seed)
        mine, theirs = Pumice(), Sqlite()
        sql, n, key = create(r)
        history = [sql]
        history += [f"CREATE {r.choice(['UNIQUE ', ''])}INDEX i{i} "
                    f"ON t({r.choice(['c0', 'c1', 'c0, c1', 'c0 + 1', 'abs(c1)'])})"
                    f"{r.choice(['', '', ' WHERE c0 > 1'])}" for i in range(r.randint(0, 2))]
        history += [change(r, n, key) for _ in range(25)]
        for i, sql in enumerate([*history, "SELECT * FROM t"]):
            problem = difference(mine.run(sql), theirs.run(sql))
            assert problem is None, f"seed {seed}\n" + ";\n".join(history[:i]) + f";\n-- then\n{sql}\n{problem}"
        mine.close()
        theirs.close()
