"""Whole statements: what a writer reads keeps its ids, subqueries everywhere get physical plans."""

import pytest
from pumice.plan.walk import columns_of

from pumice.plan.logical.expr import Column, InSubquery, ScalarSubquery
from pumice.plan.physical.nodes import Physical
from tests.unit.plan.planning import Database

SCHEMA = """
create table t(a integer primary key, b int check (b > 0), c text);
create index tb on t(b) where c is not null;
create table u(x int, y text);
"""


@pytest.fixture(scope="module")
def database():
    return Database(SCHEMA)


@pytest.mark.parametrize(
    "sql",
    [
        "insert into t(b, c) select x, y from u",
        "insert into t(c, b) select y, x from u where x > 3 order by y limit 2",
        "insert into t select * from t",
        "insert into t(b) values (1), (2)",
    ],
)
def test_insert_reads_ids_of_its_source(database, sql):
    planned = database.plan(sql)
    used = columns_of(planned.values) | (columns_of(planned.rowid) if planned.rowid is not None else set())
    assert used <= set(planned.source.columns)


@pytest.mark.parametrize(
    "sql", ["update t set b = b + 1 where c = 'x'", "update t set c = 'y'", "update t set a = 5 where a = 3"]
)
def test_update_source_gives_old_row(database, sql):
    planned = database.plan(sql)
    assert set(planned.old_ids) <= set(planned.source.columns)


def test_delete_source_gives_old_row(database):
    planned = database.plan("delete from t where b = 3 and c = 'x'")
    assert set(planned.old_ids) <= set(planned.source.columns)


def test_subqueries_become_physical(database):
    planned = database.plan("update t set b = (select max(x) from u) where a in (select x from u)")
    value = next(v for v in planned.values if v is not None)
    assert type(value) is ScalarSubquery and isinstance(value.plan, Physical)
    planned = database.plan(
        "select a + (select count(*) from u) from t where b in (select x from u where y = t.c and x + 1 > 2)"
    )
    assert isinstance(planned.plan, Physical)


def test_not_in_keeps_three_values(database):
    planned = database.plan("select * from t where b not in (select x from u)")
    (condition,) = planned.plan.filter
    assert type(condition) is InSubquery and condition.negated and type(condition.operands[0]) is Column
