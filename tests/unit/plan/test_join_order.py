"""Join order and method: small before big, indexes where they pay, many tables in time, orders that the user fixes."""

import random
import time

from planning import Database

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
    assert lines[1:] == ["HashJoin inner (k#1 = k#5)", "TableScan big", "TableScan small"]  # the small side is hashed


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
    sql = f"select x1 from {', '.join([f't{i}' for i in shuffled])} where a{shuffled[9]} = 5 and {' and '.join(conditions)}"
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
