"""Each rewrite rule: the logical plan of a query before and after it.

A case is: rule, query, a text that the plan has after the rule, a text that it has no longer. `same`: the rule must
not touch the plan.
"""


import pytest

from pumice.plan import rules
from pumice.plan.explain_tree import format_plan
from pumice.plan.translate import Translator
from tests.unit.plan.planning import Database, Rows

SCHEMA = """
create table t(a int, b int, c text, n int not null);
create table u(x int, y int, z text collate nocase, n int not null);
create index ux on u(x);
create view v as select a + 1 as k, b from t;
"""
RULES = {rule.__name__: rule for rule, _ in rules.RULES}


@pytest.fixture(scope="module")
def database():
    return Database(SCHEMA)


def rewritten(database, name, sql, before=()):
    bound = database.bind(sql)
    context = Translator(bound.all_columns, Rows({}, 1000.0))
    plan = bound.plan
    for other in before:
        plan = RULES[other](plan, context)
    new = RULES[name](plan, context)
    return "\n".join(format_plan(new, bound.all_columns.metas)), new is plan


CASES = [
    ("fold_constants", "select * from t where a = 2 + 3", "a#0 = 5", "+"),
    ("fold_constants", "select * from t where a = '12'", "a#0 = 12", "numeric"),
    ("fold_constants", "select * from t where 1 and a = 2", "Filter (a#0 = 2)", "and"),
    ("fold_constants", "select * from t where 0", "Values 0 rows", "Scan"),
    ("fold_constants", "select * from t where null", "Values 0 rows", "Scan"),
    (
        "factor_or",
        "select * from t, u where (a = x and b = 1) or (a = x and b = 2)",
        "a#0 = x#5 and (b#1 = 1 or b#1 = 2)",
        "zz",
    ),
    ("factor_or", "select * from t where (a = 1 and b = 1) or a = 1", "Filter (a#0 = 1)", "or"),
    ("or_to_in", "select * from t where a = 1 or a = ? or 3 = a", "a#0 in (1, numeric!(?1), 3)", " or "),
    ("or_to_in", "select * from t where a = 1 or b = 2 or a = 3", "(a#0 in (1, 3) or b#1 = 2)", "zz"),
    ("or_parts", "select * from t, u where (b = 1 and y = 2 and a = x) or (b = 3 and y > x)", "(b#1 = 1 or b#1 = 3)",
     "zz"),
    ("flatten", "select k from v where k > 3", "(a#0 + 1) > 3", "zz"),
    ("flatten", "select * from v, u where v.b = u.x", "Join inner\n", "zz"),
    ("push_down", "select * from t, u where a = x and b = 1 and y = 2", "Filter (b#1 = 1)", "zz"),
    ("push_down", "select * from t left join u on a = x where b = 1", "Filter (b#1 = 1)\n", "zz"),
    ("push_down", "select * from t left join u on a = x and y = 3", "Filter (y#6 = 3)", "zz"),
    ("push_down", "select * from t left join u on a = x where y = 3", "Join inner", "Join left"),
    ("push_down", "select * from t full join u on a = x where b = 3", "Join left", "Join full"),
    ("push_down", "select * from t full join u on a = x where y = 3", "Join right", "Join full"),
    (
        "push_down",
        "select * from (select a, count(*) c from t group by a) where a = 3 and c > 1",
        "Filter (a#0 = 3)",
        "zz",
    ),
    (
        "push_down",
        "select * from (select a as q from t union all select x from u) where q = 3",
        "Filter (a#5 = 3)",
        "zz",
    ),
    ("propagate_constants", "select * from t, u where a = 5 and a = x", "x#5 = 5", "a#0 = x#5"),
    ("decorrelate", "select * from t where exists (select 1 from u where x = a)", "Join semi on (x#5 = a#0)", "exists"),
    (
        "decorrelate",
        "select * from t where not exists (select 1 from u where x = a)",
        "Join anti on (x#5 = a#0)",
        "exists",
    ),
    ("decorrelate", "select * from t where b in (select y from u where x = a)", "b#1 = y#10", "subquery"),
    ("decorrelate", "select * from t where n not in (select n from u where x = a)", "Join anti", "subquery"),
    ("scalar_aggregate", "select (select count(*) from u where u.y = t.a) from t", "case(count#", "subquery"),
    ("limit_arms", "select a from t union all select x from u order by 1 limit 3 offset 2", "Limit 5", "zz"),
    ("limit_arms", "select b from (select * from t union all select * from u) order by a desc limit ?", "Limit ?1\n",
     "zz"),
    (
        "scalar_aggregate",
        "select (select max(x) from u where u.y = t.a) from t",
        "Join left on (a#0 = key#",
        "subquery",
    ),
]


@pytest.mark.parametrize(("rule", "sql", "has", "lacks"), CASES)
def test_rule_applies(database, rule, sql, has, lacks):
    before = ["flatten"] if rule in ("push_down", "propagate_constants") else []
    plan, same = rewritten(database, rule, sql, before)
    assert not same or rule == "flatten"
    assert has in plan, plan
    assert lacks not in plan, plan


LEFT_ALONE = [
    ("limit_arms", "select a from t union select x from u order by 1 limit 3"),
    ("limit_arms", "select a from t union all select x from u limit 3"),
    ("limit_arms", "select * from (select a from t union all select x from u) order by a + 1 limit 3"),
    ("fold_constants", "select * from t where a = 1"),
    ("fold_constants", "select * from t where a = 9223372036854775807 + 1"),
    ("or_to_in", "select * from t where a = 1 or b = 2"),
    ("or_to_in", "select * from t where a = 1 or a = random()"),
    ("factor_or", "select * from t where (a = 1 and b = 2) or (a = 2 and b = 3)"),
    ("or_parts", "select * from t, u where (b = 1 and y = 2) or a > x"),
    ("or_parts", "select * from t, u where (a = 1 and x > 2) or (b > random() and y < a)"),
    ("or_parts", "select * from t left join u on (a = 1 and x = 2) or (a = 2 and x = 3)"),
    ("push_down", "select * from (select a from t limit 3) where a = 1"),
    ("push_down", "select * from (select z, count(*) from u group by z) where z = 'a'"),  # groups merge 'a' and 'A'
    (
        "push_down",
        "select * from (select a, count(*) from t group by a) where typeof(a) = 'real'",
    ),  # groups merge 1 and 1.0
    ("push_down", "select * from t left join u on a = x where y is null"),
    ("push_down", "select * from t, u where random() > 3"),
    ("propagate_constants", "select * from t, u where a = x and a > 5"),
    ("decorrelate", "select * from t where exists (select 1 from u where abs(x) = a)"),  # abs() can raise
    ("decorrelate", "select * from t where b not in (select y from u where x = a)"),  # NULLs
    ("decorrelate", "select * from t where a in (select x from u)"),  # a list made once
    ("decorrelate", "select * from t where exists (select count(*) from u where x = a)"),
    ("decorrelate", "select * from t where exists (select 1 from u where x = a) or b = 1"),
    ("scalar_aggregate", "select (select x from u where u.y = t.a) from t"),
    ("scalar_aggregate", "select (select max(x) from u where u.y < t.a) from t"),
    (
        "scalar_aggregate",
        "select (select max(x) from u where u.x = t.a) from t where t.rowid = 3",
    ),  # one row: a seek is cheaper
]


@pytest.mark.parametrize(("rule", "sql"), LEFT_ALONE)
def test_rule_leaves_alone(database, rule, sql):
    plan, same = rewritten(database, rule, sql)
    if rule == "push_down":  # nothing new below; the plan may have been regrouped
        assert "Join inner" not in plan or "Filter" in plan.split("Join inner")[0]
        assert not any(
            plan.splitlines()[i + 1].strip().startswith("Scan") and "Filter" in line
            for i, line in enumerate(plan.splitlines()[:-1])
        )
    else:
        assert same, plan


def test_simple_plans_are_returned_as_they_are(database):
    for sql in ("select a from t where a = ?", "select * from t order by b", "select a, count(*) from t group by a"):
        bound = database.bind(sql)
        assert rules.rewrite(bound.plan, Translator(bound.all_columns)) is bound.plan


def test_a_rule_can_be_switched_off(database):
    bound = database.bind("select * from t where a = 1 or a = 2")
    context = Translator(bound.all_columns, disabled=frozenset(["or_to_in"]))
    assert rules.rewrite(bound.plan, context) is bound.plan
