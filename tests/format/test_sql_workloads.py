"""Random SQL workloads over page sizes and encodings: SQLite finds Pumice's file sound and reads equal content, and
the reverse.

PUMICE_LONG=1 runs 200 of them.
"""

import os
import random
import sqlite3

import pytest

import pumice

N_WORKLOADS = 200 if os.environ.get("PUMICE_LONG") else 10
PAGE_SIZES = (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
ENCODINGS = ("UTF-8", "UTF-16le", "UTF-16be")


def workload(seed: int) -> list[str]:
    """Statements that make, fill, change and drop tables and indexes."""
    r = random.Random(seed)
    script = [f"PRAGMA page_size = {PAGE_SIZES[seed % 8]}", f"PRAGMA encoding = '{ENCODINGS[seed % 3]}'"]
    # Of a BLOB in a UTF-16 database SQLite itself makes no sound index on a text function: reading the BLOB as text
    # changes it in place.
    expression = "c || 'y'" if seed % 3 else "lower(c)"
    tables: dict[str, bool] = {}
    n_names = 0

    def value() -> str:
        pick = r.random()
        if pick < 0.3:
            return str(r.randrange(-1000, 1000))
        if pick < 0.4:
            return f"{r.uniform(-5, 5):.4f}"
        if pick < 0.5:
            return "NULL"
        if pick < 0.55:
            return f"zeroblob({r.choice([10, 700, 9000])})"
        return "'" + "".join(r.choice("abcdeéß中") for _ in range(r.choice([1, 5, 20, 400, 3000]))) + "'"

    for _ in range(120):
        pick = r.random()
        if not tables or pick < 0.06:
            n_names += 1
            without = r.random() < 0.3
            script.append(f"CREATE TABLE t{n_names}(a {'INT' if without else 'INTEGER'} PRIMARY KEY, b, "
                          f"c TEXT COLLATE NOCASE)"
                          + (" WITHOUT ROWID" if without else ""))
            tables[f"t{n_names}"] = without
            continue
        table = r.choice(list(tables))
        if pick < 0.12:
            n_names += 1
            columns = r.choice(["b", "c", "c DESC, b", "b, a", expression])
            script.append(f"CREATE INDEX i{n_names} ON {table}({columns})")
        elif pick < 0.14:
            script.append(f"DROP TABLE {table}")
            del tables[table]
        elif pick < 0.7:
            rows = ", ".join(f"({r.randrange(300)}, {value()}, {value()})" for _ in range(r.choice([1, 5, 40])))
            script.append(f"INSERT OR REPLACE INTO {table} VALUES {rows}")
        elif pick < 0.85:
            script.append(f"DELETE FROM {table} WHERE a % {r.randrange(2, 9)} = 1")
        else:
            script.append(f"UPDATE {table} SET b = {value()}, c = c || 'x' "
                          f"WHERE a BETWEEN {r.randrange(150)} AND {r.randrange(300)}")
    return script


@pytest.mark.parametrize("seed", range(N_WORKLOADS))
def test_both_ways(seed, tmp_path):
    script = workload(seed)
    contents = []
    for writer, reader in ((pumice, sqlite3), (sqlite3, pumice)):
        path = str(tmp_path / writer.__name__)
        connection = writer.connect(path, isolation_level=None)
        for at, sql in enumerate(script):
            if at > 2 and at % 10 == 0:
                connection.execute("COMMIT" if connection.in_transaction else "BEGIN")
            connection.execute(sql)
        if connection.in_transaction:
            connection.execute("COMMIT")
        connection.close()
        other = reader.connect(path)
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert other.execute("PRAGMA page_size").fetchone() == (PAGE_SIZES[seed % 8],)
        names = [row[0] for row in other.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        contents.append({name: other.execute(f"SELECT * FROM {name} ORDER BY a").fetchall() for name in names})
        other.close()
    assert contents[0] == contents[1]
