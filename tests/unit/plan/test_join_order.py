"""Join order and method: small before big, indexes where they pay, many tables in time, orders that the user fixes."""

import random
import time

from tests.unit.plan.planning import Database

SCHEMA = """
create table big(id integer primary key, k int, v);
create table small(id integer primary key, k int, name text);
create table mid(big_id int, small_id int);
create index mid_big on mid(big_id);
"""


def database(**rows):
    return Database(SCHEMA, {"big": 1e6, "small": 50.0, "mid": 1e4, **rows})


def test_selective_table_first():
    tree = (
        database()
        .tree("select * from big, mid, small where big.id = mid.big_id and mid.small_id = small.id and big.id = 7")
        .splitlines()
    )
    assert [line.split()[1] for line in tree if "Access" in line or "Scan" in line] == ["big", "mid", "small"]
    assert "lookup" in tree[1]


def test_hash_join_without_index():
    tree = database().tree("select * from big join small on big.k = small.k")
    lines = [line.strip() for line in tree.splitlines()]
    # The small side is hashed.
    assert lines[1:] == ["HashJoin inner (k#1 = k#5)", "TableScan big filter (k#1 in join keys)", "TableScan small"]


def test_cross_join_keeps_order():
    tree = database().tree("select * from big cross join small on small.id = big.k where small.name = 'x'").splitlines()
    assert "big" in tree[2]


def test_comma_joins_with_conditions_in_where():
    n = 64
    shuffled = list(range(1, n + 1))
    random.Random(5).shuffle(shuffled)
    many = Database(
        "".join([f"create table t{i}(a{i} integer primary key, b{i} int, x{i} text);" for i in range(1, n + 1)])
    )
    conditions = [f"a{shuffled[i]} = b{shuffled[i + 1]}" for i in range(n - 1)]
    random.Random(6).shuffle(conditions)
    sql = (f"select x1 from {', '.join([f't{i}' for i in shuffled])} where a{shuffled[9]} = 5 "
           f"and {' and '.join(conditions)}")
    start = time.perf_counter()
    tree = many.tree(sql)
    assert time.perf_counter() - start < 1.0
    joins = [line for line in tree.splitlines() if "Join" in line]
    assert len(joins) == n - 1
    # The constant cuts the chain in two: one pair of parts has no condition left.
    assert sum("lookup" not in line and "HashJoin" not in line for line in joins) <= 1


def test_unconnected_tables_come_last():
    tree = database().tree("select count(*) from big, small, mid where big.id = mid.big_id and big.k < 3").splitlines()
    assert [line.split()[1] for line in tree if "Access" in line or "Scan" in line][-1] == "small"


def test_left_join_by_lookup_and_by_hash():
    assert "NestedLoopJoin left lookup" in database().tree("select * from small left join big on big.id = small.k")
    assert "HashJoin left" in database().tree("select * from small left join big on big.v = small.name")


def test_lateral_order_of_outer_joins_is_kept():
    tree = database().tree(
        "select * from small left join mid on mid.small_id = small.id left join big on big.id = mid.big_id"
    )
    assert [line.split()[1] for line in tree.splitlines() if "Access" in line or "Scan" in line] == [
        "small",
        "mid",
        "big",
    ]


def test_equal_columns_join_by_any_of_them():
    """Nothing says a.k = c.k."""
    many = Database("create table a(k int); create table b(k int); create table c(k int)")
    tree = many.tree("select * from a cross join c cross join b where a.k = b.k and b.k = c.k")
    joins = [line.strip() for line in tree.splitlines() if "Join" in line]
    assert joins == ["HashJoin inner (k#0 = k#4)", "HashJoin inner (k#0 = k#2)"]  # b.k is compared with one of the two


WIDE = ("create table o(id integer primary key, d text); create table l(oid int, pid int, t1 text, t2 text, t3 text, "
        "t4 text);")
WIDE += "create index lo on l(oid); create index lp on l(pid)"


def test_random_rows_of_a_big_table_cost_more_than_its_scan():
    """60,000 rows out of 600,000 are fetched one by one only where they lie together, or in the cache."""
    sql = "select t1 from o, l where l.oid = o.id and o.d = 'x'"
    sizes = {"o": 6e4, "l": 6e5}
    tree = Database(WIDE, sizes, cache_bytes=2e6, local={"lo": 0.0}).tree(sql)
    assert "HashJoin" in tree
    assert "by lo (oid = id#0)" in Database(WIDE, sizes, cache_bytes=2e6, local={"lo": 1.0}).tree(sql)
    assert "by lo (oid = id#0)" in Database(WIDE, sizes).tree(sql)


def test_existence_takes_one_entry():
    sql = "select count(*) from o where d = 'x' and exists (select * from l where oid = o.id and t1 < t2)"
    assert "NestedLoopJoin semi lookup" in Database(WIDE, {"o": 1e5, "l": 6e5}, cache_bytes=2e6).tree(sql)


def test_correlated_aggregate_is_grouped_where_its_rows_lie_apart():
    """10,000 rows of o, each with ten of l: seeking and fetching them costs more than one pass."""
    sql = "select id, (select max(t1) from l where oid = o.id) from o"
    sizes = {"o": 1e4, "l": 1e5}
    assert "HashJoin left" in Database(WIDE, sizes, local={"lo": 0.0}).tree(sql)
    assert "HashJoin" not in Database(WIDE, sizes, local={"lo": 0.0}).tree(sql + " where id < 10 and id > 4")


def test_wide_rows_make_a_scan_dear():
    """A tenth of the rows of l by index, or a scan and a hash table."""
    sql = "select t1 from o, l where l.oid = o.id"
    for width, expected in ((40.0, "HashJoin"), (400.0, "by lo (oid = id#0)")):
        database = Database(WIDE, {"o": 6e3, "l": 6e5}, local={"lo": 0.0})
        database.look.widths["l"] = width
        assert expected in database.tree(sql), width


def test_correlated_aggregate_of_few_distinct_values_stays():
    """The 200 rows of o meet 6,000 of l, but the subquery runs once for each of o's."""
    sql = """select count(*) from l, o where o.id = l.pid and o.d = 'x'
             and l.t1 < (select max(t1) from l as other where other.pid = o.id)"""
    assert "subquery" in Database(WIDE, {"o": 2e3, "l": 6e4}).tree(sql)
    many = sql.replace("and o.d = 'x'", "")
    assert "Aggregate hash" in Database(WIDE, {"o": 2e4, "l": 6e4}, cache_bytes=2e5, local={"lp": 0.0}).tree(many)


def test_a_composite_key_counts_as_one():
    """Two equalities with both columns of a key leave as many rows as the other side has, not a few by chance."""
    many = Database(
        "create table p(a int, b int, c, primary key(a, b)); create table l(a int, b int, v)", {"p": 8e4, "l": 6e5}
    )
    planned = many.plan("select * from l, p where l.a = p.a and l.b = p.b")
    assert 5e5 < planned.plan.rows < 7e5


def test_a_limit_asks_for_few_rows():
    """Of the first rows only, each is looked up; for all of them the other side is hashed."""
    many = database(big=2e4, mid=1e5)
    for join in ("join", "left join"):
        sql = f"select * from mid {join} big on big.id = mid.small_id"
        assert "HashJoin" in many.tree(sql)
        for tail in (" limit 10", " order by mid.rowid limit 10", " order by mid.big_id desc limit 10 offset 20"):
            assert "lookup" in many.tree(sql + tail)
    sql = "select * from mid join big on big.id = mid.small_id"
    assert "lookup" in many.tree(f"select exists({sql})")
    assert "lookup" in many.tree("select big_id, v from mid join big on big.id = small_id group by big_id limit 9")
