"""iterdump: a database as SQL text, in the order and the wording of the sqlite3 module's iterdump."""

from __future__ import annotations

from collections.abc import Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def iterdump(connection: Any) -> Iterator[str]:
    cursor = connection.cursor()
    cursor.row_factory = None
    yield "BEGIN TRANSACTION;"
    tables = cursor.execute("SELECT name, type, sql FROM sqlite_master WHERE sql NOT NULL AND type = 'table' "
                            "ORDER BY name").fetchall()
    sequences = []
    for name, _, sql in tables:
        if name == "sqlite_sequence":
            sequences.append('DELETE FROM "sqlite_sequence";')
            sequences += _rows(cursor, name)
            continue
        if name == "sqlite_stat1":
            yield 'ANALYZE "sqlite_master";'
        elif name.startswith("sqlite_"):
            continue
        else:
            yield f"{sql};"
        yield from _rows(cursor, name)
    rest = cursor.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL "
                          "AND type IN ('index', 'trigger', 'view')").fetchall()
    yield from (f"{sql};" for (sql,) in rest)
    yield from sequences
    yield "COMMIT;"


def _rows(cursor: Any, table: str) -> list[str]:
    quoted = table.replace('"', '""')
    columns = [row[1].replace('"', '""') for row in cursor.execute(f'PRAGMA table_info("{quoted}")').fetchall()]
    values = " || ',' || ".join(f'quote("{column}")' for column in columns)
    prefix = f'INSERT INTO "{quoted}" VALUES('.replace("'", "''")
    query = f"SELECT '{prefix}' || {values} || ')' FROM \"{quoted}\""
    return [f"{row[0]};" for row in cursor.execute(query).fetchall()]
