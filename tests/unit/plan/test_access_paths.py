"""Which path a table is read by: affinity, collation, partial and expression indexes, order, hints."""

import pytest

from pumice import errors
from tests.unit.plan.planning import Database

SCHEMA = """
create table t(i int, s text, n text collate nocase, v, r real, nn int not null unique);
create index ti on t(i);
create index ts on t(s);
create index tn on t(n);
create index tnb on t(n collate binary);
create index tv on t(v);
create index tr on t(r);
create table p(a, b, c);
create index pa on p(a) where b = 'open';
create index pn on p(c) where c is not null;
create table e(a text, b int);
create index el on e(lower(a));
create index eb on e(b + 1);
create table o(a, b, c, d);
create index oabc on o(a, b desc, c);
"""


@pytest.fixture(scope="module")
def database():
    return Database(SCHEMA)


def path(database, sql):
    return database.tree(sql).splitlines()[-1].strip()


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("i = '5'", "ti"),
        ("i = 5.0", "ti"),
        ("s = 5", "ts"),
        ("s > 'a'", "ts"),
        ("n = 'x'", "tn"),
        ("n = 'x' collate binary", "tnb"),
        ("v = '5'", "tv"),
        ("r = 1", "tr"),
        ("i is 5", "ti"),
        ("i is null", "ti"),
        ("i in (1, '2')", "ti"),
        ("5 = i", "ti"),
        ("nn = 3", "autoindex"),
    ],
)
def test_index_used(database, condition, index):
    found = path(database, f"select * from t where {condition}")
    assert "IndexAccess" in found and index in found


@pytest.mark.parametrize(
    "condition",
    [
        "s = i",  # s is compared as a number
        "i + 0 = 5",
        "i is not null",
        "i <> 5",
        "not i = 5",
        "s = 'x' collate nocase",
        "v = i",
        "cast(i as text) = '5'",
        "i = random()",
    ],
)
def test_index_not_used(database, condition):
    assert path(database, f"select * from t where {condition}").startswith("TableScan")


@pytest.mark.parametrize(
    ("condition", "used"),
    [
        ("a = 1 and b = 'open'", True),
        ("a = 1 and b = 'shut'", False),
        ("a = 1", False),
        ("b = 'open' and a > 3", True),
    ],
)
def test_partial_index(database, condition, used):
    assert ("by pa" in path(database, f"select * from p where {condition}")) == used


@pytest.mark.parametrize(
    ("condition", "used"),
    [("c = 5", True), ("c > 5", True), ("c is null", False), ("c is 5", False), ("c in (1, 2)", True)],
)
def test_partial_index_on_not_null(database, condition, used):
    assert ("by pn" in path(database, f"select * from p where {condition}")) == used


def test_expression_index(database):
    assert "by el (<expr> = 'x')" in path(database, "select * from e where lower(a) = 'x'")
    assert "by eb" in path(database, "select * from e where b + 1 > 990 and b + 1 < 995")
    assert path(database, "select * from e where upper(a) = 'x'").startswith("TableScan")


@pytest.mark.parametrize(
    ("order", "free"),
    [
        ("a", True),
        ("a desc", True),
        ("a, b desc", True),
        ("a desc, b", True),
        ("a, b", False),
        ("b", False),
        ("a, b desc, c, rowid", True),
        ("a nulls last", False),
        ("a, a", True),
        ("a, 1 + 1", True),
        ("a collate nocase", False),
    ],
)
def test_order_by_index(database, order, free):
    assert ("Sort" not in database.tree(f"select a, b, c, rowid from o order by {order}")) == free


def test_equality_frees_later_columns(database):
    assert "Sort" not in database.tree("select * from o where a = 1 order by b desc, c")
    assert "Sort" not in database.tree("select * from o where a = 1 order by a, b")
    assert "Sort" not in database.tree("select a, b, c from o where a = 1 and b = 2 order by c, rowid")


def test_hints(database):
    assert path(database, "select * from t not indexed where i = 5").startswith("TableScan")
    assert "by ts" in path(database, "select * from t indexed by ts where i = 5 and s > 'a'")
    with pytest.raises(errors.OperationalError, match="no query solution"):
        database.plan("select * from p indexed by pa where a = 1")


def test_consumed_conditions_are_not_checked_again(database):
    assert database.tree("select * from t where i = 5 and v = 3 and s = 'x'").count("=") == 3
    assert "filter" not in path(database, "select i from t where i > 5 and i < 9")


def test_columns_pruned(database):
    planned = database.plan("select count(*) from t where i = 5")
    node = planned.plan
    while hasattr(node, "input"):
        node = node.input
    assert node.columns == () and node.covering


def test_limit_reaches_the_sort(database):
    assert "limit 3" in database.tree("select i + 1 as k from t order by k limit 3 offset 2").splitlines()[1]


# ---- several indexes at once

TWO = "create table t(a, b, c, x); create index ta on t(a); create index tb on t(b);"


def two(stat_a, stat_b, more="", local=0.0):
    stats = [("t", "ta", stat_a), ("t", "tb", stat_b)]
    return Database(TWO + more, local={"ta": local, "tb": local, "tab": local}, stats=stats)


def test_both_indexes_where_each_leaves_much():
    tree = two("100000 2000", "100000 3000").tree("select x from t where a = 1 and b = 2 and c = 3").splitlines()
    assert [line.split("  [")[0].strip() for line in tree[1:]] == [
        "MultiIndex and t filter (c#2 = 3)",
        "IndexAccess t by ta covering (a = 1)",
        "IndexAccess t by tb covering (b = 2)",
    ]


@pytest.mark.parametrize(
    ("database", "sql"),
    [
        (two("100000 20", "100000 3000"), "select x from t where a = 1 and b = 2"),  # one is narrow
        (two("100000 2000", "100000 90000"), "select x from t where a = 1 and b = 2"),  # one says little
        (two("100000 2000", "100000 3000", local=1.0), "select x from t where a = 1 and b = 2"),  # rows lie together
        (two("100000 2000", "100000 3000"), "select rowid, a from t where a = 1 and +b = 2"),
        (two("100000 2000", "100000 3000"), "select rowid from t where a = 1 and a in (1, 2)"),
        (two("100000 2000", "100000 3000", "create index tab on t(a, b)"), "select x from t where a = 1 and b = 2"),
        (Database(TWO), "select x from t where a = 1 and b = 2"),
    ],
)
def test_one_index_where_the_other_does_not_pay(database, sql):
    assert "MultiIndex" not in database.tree(sql)


def test_an_intersection_comes_in_rowid_order():
    database = two("100000 2000", "100000 3000")
    assert "Sort" not in database.tree("select x from t where a = 1 and b = 2 order by rowid")
    assert "Sort" in database.tree("select x from t where a = 1 and b = 2 order by rowid desc")


# ---- skip scan

SKIP = "create table t(a, b, c, d); create index i on t(a, b, c);"
SKIP += "create table k(a, b, c, primary key(a, b)) without rowid"


def skipping(i="100000 20000 10 1", k="100000 20000 1"):
    return Database(SKIP, stats=[("t", "i", i), ("k", "k", k)])


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("b = 1", "any a, b = 1"),
        ("a > 0 and b = 1", "any a, b = 1"),
        ("b in (1, 2) and c > 5", "any a, b = any of (1, 2), c > 5"),
        ("a = 1 and b = 1", "a = 1, b = 1"),
    ],
)
def test_skip_scan(condition, keys):
    found = path(skipping(), f"select d from t where {condition}").replace(" covering", "")
    assert f"IndexAccess t by i ({keys})" in found


def test_skip_scan_of_a_key_tree():
    assert "IndexAccess k by key covering (any a, b = 1)" in path(skipping(), "select * from k where b = 1")


@pytest.mark.parametrize(
    "database",
    [
        Database(SKIP),  # no statistics
        skipping("100000 17 10 1"),  # few rows for a value
        skipping("100000 20 10 1"),  # many values
        skipping("100000 20000 10 1 noskipscan"),
    ],
)
def test_no_skip_scan(database):
    assert path(database, "select d from t where b = 1").startswith("TableScan")


# ---- row comparisons


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("(a, b) > (1, 2)", "(a, b) > (1, 2)"),
        ("(a, b, c) <= (1, 2, 3)", "(a, b, c) <= (1, 2, 3)"),
        ("(a, b, d) > (1, 2, 3)", "(a, b) >= (1, 2)"),
        ("(a, d) > (1, 2)", "a >= 1"),
        ("a = 5 and (b, c) < (1, 2)", "a = 5, (b, c) < (1, 2)"),
        ("(1, 2) > (a, b)", "(a, b) < (1, 2)"),
        ("(a, b) > (1, c)", "a >= 1"),
    ],
)
def test_row_comparison(condition, keys):
    assert f"IndexAccess t by i ({keys})" in path(Database(SKIP), f"select d from t where {condition}")


def test_row_comparison_ends_where_the_index_turns():
    database = Database("create table t(a, b, c); create index i on t(a, b desc)")
    assert "by i (a >= 1)" in path(database, "select c from t where (a, b) > (1, 2)")


# ---- rows of values from a subquery


@pytest.mark.parametrize(
    ("condition", "keys", "residual"),
    [
        ("(a, b) in (select 1, 2)", "a = any of keys, b = of the same row", False),
        ("(b, a) in (select 1, 2)", "a = any of keys, b = of the same row", False),
        ("a = 5 and (b, c) in (select 1, 2)", "a = 5, b = any of keys, c = of the same row", False),
        ("(a, d) in (select 1, 2)", "a = any of keys", True),
        ("b = 5 and (a, c) in (select 1, 2)", "a = any of keys, b = 5", True),
    ],
)
def test_row_in_subquery(condition, keys, residual):
    tree = Database(SKIP, default=100000.0).tree(f"select rowid from t where {condition}")
    assert f" ({keys})" in tree
    assert ("in (subquery)" in tree) == residual


def test_conditions_on_an_index_are_checked_before_the_row_is_fetched():
    database = Database("create table t(a int, b int, c int, d text); create index i on t(a, b);", default=1e5)
    lines = [line.strip() for line in database.tree("select d from t where a > 5 and b = 3 and c = 4").splitlines()]
    assert lines[1:] == [
        "RowFetch t filter (c#2 = 4)",
        "IndexAccess t by i covering (a > 5) filter (b#1 = 3)",
    ]
    # Few rows an opening, or nothing that the index knows.
    for condition in ("a = 5 and b > 3 and c = 4", "a > 5 and c = 4", "a > 5 and b = c"):
        assert "RowFetch" not in database.tree(f"select d from t where {condition}")


def test_rows_of_a_sort_with_a_limit_are_fetched_behind_it():
    database = Database("create table t(a int, b int, c int, d text); create index i on t(a, b);", default=1e5)

    def lines(sql):
        return [line.strip().split()[0] for line in database.tree(sql).splitlines()]

    assert lines("select c + 1 from t where a > 5 order by b limit 3")[-3:] == ["RowFetch", "Sort", "IndexAccess"]
    assert lines("select * from t where c > 5 order by d desc, c limit 3")[-3:] == ["RowFetch", "Sort", "TableScan"]
    for sql in (
        "select b from t where a > 5 order by b limit 3",
        "select c from t where a > 5 order by c limit 3",
        "select * from t order by c",
        "select * from t order by c limit 90000",
        "select * from t order by c + 1 limit 3",
    ):
        assert "RowFetch" not in lines(sql)


def test_distinct_skips_repeated_values():
    schema = "create table t(a, b, c, d); create index i on t(a, b, c);"
    few = Database(schema, stats=[("t", "i", "9000 3000 300 1")])
    assert path(few, "select distinct a from t") == "IndexAccess t by i covering (any a)"
    assert path(few, "select distinct b, a from t") == "IndexAccess t by i covering (any a, any b)"
    assert path(few, "select count(distinct a) from t") == "IndexAccess t by i covering (any a)"
    for sql in (
        "select distinct a, b, c from t",
        "select distinct b from t",
        "select distinct a from t where d > 3",
        "select count(distinct a), count(b) from t",
    ):
        assert "any" not in few.tree(sql)
    assert "any" not in Database(schema).tree("select distinct a from t")


# ---- estimates


def test_a_look_at_the_indexes_tells_which_leaves_fewer_rows():
    database = Database("create table t(a, b, c); create index ta on t(a); create index tb on t(b)", default=1e5)
    sql = "select c from t where a = 1 and b = 2"
    database.look.runs = {"ta": 100.0, "tb": 2.0}
    assert "by tb" in path(database, sql)
    database.look.runs = {"ta": 2.0, "tb": 100.0}
    assert "by ta" in path(database, sql)
    # Some value may be rare, whatever the look says.
    database.look.runs = {"ta": 1e5}
    assert "by ta" in path(database, "select c from t where a = 1")


def test_an_order_with_a_limit_does_not_beat_few_rows():
    database = Database("create table t(a, b, c); create index ta on t(a); create index tb on t(b)", default=1e5)
    assert "by ta" in path(database, "select c from t where a in (1, 2, 3) order by b limit 5")
    assert "by ta" in path(database, "select c from t where a between 1 and 5 order by c limit 5")


def test_values_of_an_in_subquery():
    schema = "create table t(a, b); create index ta on t(a); create table u(x); create table v(x)"
    database = Database(schema, {"t": 1e6, "u": 400.0, "v": 1e6})
    assert "by ta" in database.tree("select b from t where a in (select x from u)")
    assert "TableScan t" in database.tree("select b from t where a in (select x from v where x <> 3)")


def test_is_null_is_sought_where_few_are():
    database = Database("create table t(a, b, c); create index ta on t(a); create index tb on t(b)", default=1e5)
    sql = "select c from t where a = 1 and b is null"
    assert "by ta" in path(database, sql)  # SQLite's guess: twice as many as of a value
    database.look.nulls = lambda table, index: 0.6
    assert "by ta" in path(database, sql)
    assert "TableScan" in path(database, "select c from t where b is null")
    database.look.nulls = lambda table, index: 2e-5
    assert "by tb" in path(database, sql)
