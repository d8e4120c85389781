"""Planned queries against the oracle: random joins, subqueries and groupings, under estimates that lead to different
plans."""

import random

import apsw
import pytest
from queries import SCHEMA, Queries, rows_of
from running import Engine, typed

SEEDS = range(3)
QUERIES = 40


@pytest.mark.parametrize("seed", SEEDS)
def test_same_rows_as_sqlite(tmp_path, seed):
    rng = random.Random(seed)
    engine = Engine(tmp_path / "x.db", SCHEMA + rows_of(rng))
    engine.oracle.set_progress_handler(lambda: True, 1_000_000)  # a query over too many pairs is left out
    for _ in range(QUERIES):
        sql, ordered = Queries(rng).query()
        try:
            expected = typed(engine.ask(sql), ordered)
        except apsw.Error:
            continue
        for rows in (3.0, 1000.0, 1e6):
            assert typed(engine.run(sql, rows), ordered) == expected, f"seed {seed}, {rows} rows a table: {sql}"
