"""Shapes of bound plans, printed on one line: where affinity, collation, aggregates and joins end up."""

import pytest

from pumice import errors
from pumice.plan.logical import nodes as logical
from tests.unit.binder.binding import bind, catalog_of, oracle_with, show

QUERIES = {
    "select a, b from t where a = 1 and b = 'x' order by c desc limit 3":
        "Limit(3 | Keep(2 | Sort(? desc | Project(a, b, c | Filter((a = 1), (b = 'x' NOCASE) | Scan(t))))))",
    "select b, count(*) from t where c > '5' group by b having sum(c) > 2 order by 2":
        "Sort(count | Project(b, count | Filter((sum > 2) | "
        "Aggregate([b] count(), sum(c) | Filter((c > '5'::numeric) | Scan(t))))))",
    # comparison affinity: numeric beats text and blob; text is applied only to what has none
    "select a from t where c = a and b = c and a = b":
        "Project(a | Filter((c = a::numeric), (b::numeric = c NOCASE), (a = b) | Scan(t)))",
    "select a from t where c in ('1', a) and b in (1, c)":
        "Project(a | Filter((c in ['1'::numeric, a::numeric]), (b in [1::text, c::text] NOCASE) | Scan(t)))",
    "select +c = '5', cast(a as text) = 5, cast(a as int) = '5' from t":
        "Project((c::none = '5'), (cast(a) = 5::text), (cast(a) = '5'::numeric) | Scan(t))",
    # collation: explicit left, explicit right, left column, right column; COLLATE reaches up through operators
    "select b collate binary = 'x', 'x' = b, a = b collate rtrim, (a || b collate nocase) = 'q' from t":
        "Project((b = 'x'), ('x' = b NOCASE), (a = b RTRIM), ((a || b) = 'q' NOCASE) | Scan(t))",
    "select max(a), b from t": "Project(max, b | Aggregate([] max(a) bare b from 0 | Scan(t)))",
    "select (select count(t.a) from u) from t":
        "Project(scalar0(Project(count | Scan(u))) | Aggregate([] count(a) | Scan(t)))",
    "select distinct a from t order by c": "Keep(1 | Sort(? | Aggregate([a]  bare ? | Project(a, c | Scan(t)))))",
    "select case b when 1 then 'x' else c end from t":
        "Project(case b when (@ = 1::text NOCASE) then 'x' else c | Scan(t))",
    "select * from t full join u using(a)":
        "Project(coalesce(a, a), b, c, d | Join(full: Scan(t), Scan(u) on (a = a)))",
    # an ON term of an inner join that needs a table further right moves to WHERE
    "select 1 from t join u on t.a = v.a join v":
        "Project(1 | Filter((a = a) | Join(inner: Join(inner: Scan(t), Scan(u)), Scan(v))))",
    "with q as (select a from t) select * from q, q as r":
        "Project(a, a | Join(inner: Shared(q: Project(a | Scan(t))), Shared(q: Project(a | Scan(t)))))",
    "with q as (select a from t) select * from q": "Project(a | Project(a | Project(a | Scan(t))))",
    "with q(n) as (select 1 union all select n + 1 from q where n < 3) select * from q":
        "Project(n | Project(n | Recursive(q all: Project(1 | Row), "
        "Project((n + 1) | Filter((n < 3) | RecursiveRef(q))))))",
    "select a from t union select d from u order by 1":
        "Sort(a | SetOp(union: Project(a | Scan(t)), Project(d | Scan(u))))",
    "select (a, b) < (1, 2), (a, b) in ((1, 2)) from t":
        "Project(((a < 1) or ((a = 1) and (b < 2::text NOCASE))), (a, b in Values(1, 2) (0, 2) NOCASE) | Scan(t))",
    "select a is true, a is not false, a is null, a is not 1 from t":
        "Project((a is True), (a is not False), (a is null), (a isnot 1) | Scan(t))",
    "select * from g where b = 1": "Project(a, b, c | Filter((b = 1) | Project(a, (a + 1), c, rowid | Scan(g))))",
    "select x from v3 where y = 'A'": "Project(x | Filter((y = 'A' NOCASE) | Project(a, b | Scan(t))))",
}


@pytest.fixture(scope="module")
def catalog():
    return catalog_of(oracle_with())


@pytest.mark.parametrize("sql", QUERIES)
def test_query(catalog, sql):
    bound = bind(catalog, sql)
    assert show(bound.plan, bound.all_columns.metas) == QUERIES[sql]


def test_shared_plan_is_one_object(catalog):
    join = bind(catalog, "with q as (select a from t) select * from q, q as r").plan.input
    assert join.left.input is join.right.input
    assert join.left.columns != join.right.columns


def test_types(catalog):
    types = bind(catalog, "select b, c, a, c + 1, (select c from t), rowid from t").types
    assert types == ("TEXT", "INTEGER", None, None, "INTEGER", "INTEGER")
    assert bind(catalog, "select y from v3").types == ("TEXT",)


def test_compound_affinity(catalog):
    def affinity(sql):
        bound = bind(catalog, sql)
        return bound.all_columns.metas[bound.plan.columns[0]].affinity

    assert affinity("select c from t union all select 1") == 4
    assert affinity("select c from t union all select 'x'") == 1       # text would not survive the numeric affinity
    assert affinity("select b from t union all select 1") == 1
    assert affinity("select 1 union all select c from t") == 4


def test_insert(catalog):
    bound = bind(catalog, "insert or ignore into v(a) select a from v")
    assert isinstance(bound, logical.Insert)
    assert bound.reads_target and bound.rowid is None and bound.write.conflict == "ignore"
    assert bound.write.rowid_conflict == "ignore"
    given = bind(catalog, "insert into v values (7, 8)")
    assert show(given.rowid, given.write.all_columns.metas) == "column1"
    assert not given.reads_target


def test_insert_fills_defaults_and_binds_indexes(catalog):
    bound = bind(catalog, "insert into t(c) values (1)")
    metas = bound.write.all_columns.metas
    assert [show(v, metas) for v in bound.values] == ["None", "None", "column1"]
    (index,) = bound.write.indexes
    assert [show(k, metas) for k in index.keys] == ["b", "(c + 1)"]
    assert show(index.where, metas) == "(a > 1)"


def test_update(catalog):
    bound = bind(catalog, "update v set a = a + 1, id = 7 where id = 3")
    metas = bound.write.all_columns.metas
    assert [v and show(v, metas) for v in bound.values] == [None, "(a + 1)"]
    assert show(bound.rowid, metas) == "7" and bound.changed == {0, 1, 2}
    assert show(bound.source, metas) == "Filter((id = 3) | Scan(v))"
    assert bound.old_ids == bound.source.columns


def test_update_from_takes_each_row_once(catalog):
    bound = bind(catalog, "update t set a = u.d from u where u.a = t.c")
    assert isinstance(bound.source, logical.Aggregate)
    assert set(bound.old_ids) <= set(bound.source.columns)


def test_delete(catalog):
    assert bind(catalog, "delete from t").everything
    assert not bind(catalog, "delete from t where rowid = 5").everything


@pytest.mark.parametrize("sql", [
    "select count(*) over () from t", "select * from json_each('[]')",
    "insert into t values (1, 2, 3) on conflict do nothing",
    "delete from t returning a",
])
def test_not_supported(catalog, sql):
    with pytest.raises(errors.NotSupportedError):
        bind(catalog, sql)


def test_long_and_deep_expressions(catalog):
    bind(catalog, "select " + " and ".join(["a = 1"] * 900) + " from t")
    bind(catalog, "select " + " || ".join(["a"] * 900) + " from t")
    bind(catalog, "select " + "abs(" * 400 + "a" + ")" * 400 + " from t")
