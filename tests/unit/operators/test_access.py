"""Access paths over files that sqlite3 wrote: scans, rowid and index access, in each encoding and with small and large
pages.
"""

import random
import sqlite3

import pytest
from pumice.exec.operators.result import ResultReader
from pumice.storage.btree._testing import Btree
from pumice.storage.pager._testing import Pager

from pumice.catalog.loader import load_schema
from pumice.exec.build import build_plan
from pumice.plan.logical.expr import AggCall, Column, Compare, Const, Param
from pumice.plan.physical.nodes import Bound, InKeys
from tests.unit.operators.plans import (
    And,
    Arith,
    call,
    col,
    context,
    eq,
    key,
    new_ids,
    nodes,
    project,
    random_rows,
    run,
    typed,
)

SETUPS = [(4096, "UTF-8"), (512, "UTF-8"), (1024, "UTF-16le"), (65536, "UTF-16be")]
AS_SHOWN = tuple(range(-1, 7))  # the rowid, then every column of t


class Database:
    def __init__(self, path, page_size, encoding):
        rng = random.Random(page_size)
        self.oracle = sqlite3.connect(path, isolation_level=None)
        execute = self.oracle.execute
        execute(f"PRAGMA page_size = {page_size}")
        execute(f"PRAGMA encoding = '{encoding}'")
        execute("CREATE TABLE t (a, id INTEGER PRIMARY KEY, b TEXT, c REAL, d)")
        execute("CREATE TABLE empty (a, b)")
        execute("CREATE TABLE w (v, k TEXT, n INT, PRIMARY KEY (k, n DESC)) WITHOUT ROWID")
        execute("CREATE INDEX i_a ON t (a)")
        execute("CREATE INDEX i_bc ON t (b COLLATE NOCASE, c DESC, a)")
        execute("CREATE INDEX i_v ON w (v)")
        execute("BEGIN")
        for id in rng.sample(range(-500, 6000), 2000):
            a, b, c = random_rows(rng, 1, "mixed", "text", rng.choice(["int", "real", "null"]))[0]
            d = rng.choice([None, id, "x" * rng.choice([1, 60, 3000]), bytes(rng.choice([0, 40, 9000]))])
            execute("INSERT INTO t VALUES (?, ?, ?, ?, ?)", (a, id, b, c, d))
        for _ in range(1500):
            execute(
                "INSERT OR IGNORE INTO w VALUES (?, ?, ?)",
                (*random_rows(rng, 1, "mixed", "text")[0], rng.randrange(200)),
            )
        execute("COMMIT")
        execute("ALTER TABLE t ADD COLUMN e INT DEFAULT '7'")
        execute("ALTER TABLE t ADD COLUMN f REAL DEFAULT -3")
        execute("INSERT INTO t (id, a, e, f) VALUES (7000, 'new', 1, 2)")
        self.encoding = {"UTF-8": 1, "UTF-16le": 2, "UTF-16be": 3}[encoding]
        self.tree = Btree(Pager(str(path)))
        self.tree.py_begin_read()
        self.schema = load_schema("main", 0, execute("SELECT * FROM sqlite_master").fetchall())

    def table(self, name):
        return self.schema.tables[name]

    def index(self, name):
        return self.schema.indexes[name]

    def check(self, plan, sql, params=(), ordered=True):
        got = typed(run(plan, params, [self.tree], self.encoding))
        want = typed(self.oracle.execute(sql, params).fetchall())
        if not ordered:
            got.sort(key=repr)
            want.sort(key=repr)
        assert got == want


@pytest.fixture(scope="module", params=SETUPS, ids=lambda p: f"{p[0]}-{p[1]}")
def db(request, tmp_path_factory):
    return Database(tmp_path_factory.mktemp("access") / "a.sqlite", *request.param)


def scan(db, name="t", shown=AS_SHOWN, filter=lambda c: (), **options):
    ids = new_ids(len(shown))
    by_column = dict(zip(shown, ids, strict=True))
    return nodes.TableScan(db.table(name), name, ids, shown, filter(lambda i: Column(by_column[i])), **options)


SELECT_T = "SELECT rowid, a, id, b, c, d, e, f FROM t"


def test_scan(db):
    db.check(scan(db), SELECT_T)
    db.check(scan(db, reverse=True), SELECT_T + " ORDER BY rowid DESC")
    db.check(scan(db, shown=(4,)), "SELECT d FROM t ORDER BY rowid")
    db.check(scan(db, shown=(-1,)), "SELECT rowid FROM t ORDER BY rowid")
    db.check(scan(db, shown=(5, 1, 0)), "SELECT e, id, a FROM t ORDER BY rowid")
    db.check(scan(db, "empty", shown=(0, -1)), "SELECT a, rowid FROM empty")


def test_schema_table(db):
    table = db.schema.tables["sqlite_master"]
    plan = nodes.TableScan(table, "sqlite_master", new_ids(5), (0, 1, 2, 3, 4))
    db.check(plan, "SELECT * FROM sqlite_master")


@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        (lambda c: (Compare("<", c(1), Const(100)),), "id < 100"),
        (lambda c: (Compare(">", c(4), Const(3000)),), "d > 3000"),
        (lambda c: (eq(c(0), Const("a")), Compare(">", c(5), Const(3))), "a = 'a' AND e > 3"),
        (lambda c: (eq(c(6), Const(-3.0)), eq(c(2), Const("ab"))), "f = -3 AND b = 'ab'"),
        (lambda c: (eq(c(0), Const("nothing")),), "a = 'nothing'"),
        (lambda c: (And((Compare(">", c(3), Const(1)), Compare("<", c(3), Const(4)))),), "c > 1 AND c < 4"),
    ],
)
def test_scan_filter(db, condition, sql):
    db.check(scan(db, filter=condition), f"{SELECT_T} WHERE {sql}")
    db.check(scan(db, filter=condition, reverse=True), f"{SELECT_T} WHERE {sql} ORDER BY id DESC")


def rowid_access(db, **options):
    return nodes.RowidAccess(db.table("t"), "t", new_ids(len(AS_SHOWN)), AS_SHOWN, **options)


@pytest.mark.parametrize("value", [5, 17, -3, 99999, None, 1.5, 12.0, "x", b"1", 1 << 62, -1e300])
def test_rowid_equal(db, value):
    db.check(rowid_access(db, eq=Param(0)), f"{SELECT_T} WHERE rowid = ? AND typeof(?1) <> 'text'", (value,))


def test_rowid_keys(db):
    items = tuple(Const(v) for v in (9, 3, None, 3.0, 100, "z", 2.5, 7000, -20, 44, 45, 46))
    db.check(rowid_access(db, eq=InKeys(items)), f"{SELECT_T} WHERE rowid IN (9, 3, 100, 7000, -20, 44, 45, 46)")
    inner = scan(db, shown=(1,), filter=lambda c: (Compare("<", c(1), Const(0)),))
    db.check(rowid_access(db, eq=InKeys((), inner), reverse=True), f"{SELECT_T} WHERE rowid < 0 ORDER BY rowid DESC")


@pytest.mark.parametrize(
    "value", [5, -500, -501, 7000, 7001, 17.5, 20.0, None, "x", 1e300, -1e300, (1 << 63) - 1, -(1 << 63), 9.3e18]
)
@pytest.mark.parametrize("inclusive", [True, False])
def test_rowid_range(db, value, inclusive):
    sign = "=" if inclusive else ""
    # SQLite converts a text bound by the column's affinity first: 'x' stays text either way.
    for reverse, order in [(False, ""), (True, " ORDER BY rowid DESC")]:
        db.check(
            rowid_access(db, lower=Bound(Param(0), inclusive), reverse=reverse),
            f"{SELECT_T} WHERE rowid >{sign} ?{order}",
            (value,),
        )
        db.check(
            rowid_access(db, upper=Bound(Param(0), inclusive), reverse=reverse),
            f"{SELECT_T} WHERE rowid <{sign} ?{order}",
            (value,),
        )
    both = rowid_access(db, lower=Bound(Const(100), True), upper=Bound(Param(0), inclusive))
    db.check(both, f"{SELECT_T} WHERE rowid >= 100 AND rowid <{sign} ?", (value,))


def index_access(db, name, table="t", shown=AS_SHOWN, **options):
    return nodes.IndexAccess(db.table(table), db.index(name), table, new_ids(len(shown)), shown, **options)


A_VALUES = [None, 1, 2.5, "a", "A", b"a", "nothing", 1 << 60, float(1 << 60), b"\xff"]


@pytest.mark.parametrize("value", A_VALUES)
def test_index_equal(db, value):
    for reverse, order in [(False, ""), (True, " ORDER BY rowid DESC")]:
        db.check(
            index_access(db, "i_a", eq=(Param(0),), reverse=reverse),
            f"{SELECT_T} INDEXED BY i_a WHERE a = ?{order}",
            (value,),
        )
    db.check(
        index_access(db, "i_a", eq=(Param(0),), eq_null=(True,)), f"{SELECT_T} INDEXED BY i_a WHERE a IS ?", (value,)
    )
    covering = index_access(db, "i_a", shown=(0, -1), eq=(Param(0),), covering=True)
    db.check(covering, "SELECT a, rowid FROM t WHERE a = ?", (value,))


@pytest.mark.parametrize("value", A_VALUES)
@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("reverse", [True, False])
def test_index_range(db, value, inclusive, reverse):
    sign = "=" if inclusive else ""
    order = " ORDER BY a DESC, rowid DESC" if reverse else " ORDER BY a, rowid"
    for covering, shown, select in [(False, AS_SHOWN, SELECT_T), (True, (0, 1), "SELECT a, id FROM t")]:

        def access(covering=covering, shown=shown, **bounds):
            return index_access(db, "i_a", shown=shown, covering=covering, reverse=reverse, **bounds)

        db.check(access(lower=Bound(Param(0), inclusive)), f"{select} WHERE a >{sign} ?{order}", (value,))
        db.check(access(upper=Bound(Param(0), inclusive)), f"{select} WHERE a <{sign} ?{order}", (value,))
        db.check(
            access(lower=Bound(Const(1), False), upper=Bound(Param(0), inclusive)),
            f"{select} WHERE a > 1 AND a <{sign} ?{order}",
            (value,),
        )


def test_index_all(db):
    db.check(index_access(db, "i_a", shown=(0, 1), covering=True), "SELECT a, id FROM t ORDER BY a, id")
    db.check(index_access(db, "i_bc"), f"{SELECT_T} ORDER BY b COLLATE NOCASE, c DESC, a, id")
    db.check(index_access(db, "i_bc", reverse=True), f"{SELECT_T} ORDER BY b COLLATE NOCASE DESC, c, a DESC, id DESC")


def test_index_prefix(db):
    """Equality on a NOCASE column, then a range on a descending one."""
    where = "b = 'A' COLLATE NOCASE"
    bound = Bound(Const(2.0), True)
    for reverse, order in [(False, "ORDER BY c DESC, a, id"), (True, "ORDER BY c, a DESC, id DESC")]:
        db.check(index_access(db, "i_bc", eq=(Const("A"),), reverse=reverse), f"{SELECT_T} WHERE {where} {order}")
        db.check(
            index_access(db, "i_bc", eq=(Const("A"),), lower=bound, reverse=reverse),
            f"{SELECT_T} WHERE {where} AND c >= 2 {order}",
        )
        db.check(
            index_access(db, "i_bc", eq=(Const("A"),), upper=bound, reverse=reverse),
            f"{SELECT_T} WHERE {where} AND c <= 2 {order}",
        )
        db.check(
            index_access(db, "i_bc", eq=(Const("A"), Const(2.0)), lower=Bound(Const(0), False), reverse=reverse),
            f"{SELECT_T} WHERE {where} AND c = 2 AND a > 0 {order}",
        )
    db.check(
        index_access(db, "i_bc", shown=(2, 3, 0, 1), eq=(Const("B"),), covering=True),
        "SELECT b, c, a, id FROM t WHERE b = 'B' COLLATE NOCASE ORDER BY c DESC, a, id",
    )


def test_index_keys(db):
    keys = InKeys(tuple(Const(v) for v in ("b", "ab", None, "AB", "zzz", "")))
    where = "b COLLATE NOCASE IN ('b', 'ab', 'zzz', '')"
    db.check(index_access(db, "i_bc", eq=(keys,)), f"{SELECT_T} WHERE {where} ORDER BY b COLLATE NOCASE, c DESC, a, id")
    both = index_access(
        db, "i_bc", eq=(keys, InKeys((Const(2.0), Const(0.5), Const(-1.25)))), lower=Bound(Const(0), True)
    )
    db.check(
        both, f"{SELECT_T} WHERE {where} AND c IN (2, 0.5, -1.25) AND a >= 0 ORDER BY b COLLATE NOCASE, c DESC, a, id"
    )
    db.check(
        index_access(db, "i_bc", eq=(keys, InKeys((Const(2.0), Const(0.5), Const(-1.25)))), reverse=True),
        f"{SELECT_T} WHERE {where} AND c IN (2, 0.5, -1.25) ORDER BY b COLLATE NOCASE DESC, c, a DESC, id DESC",
    )


def test_without_rowid(db):
    shown = (0, 1, 2)
    order = "ORDER BY k, n DESC"
    db.check(scan(db, "w", shown), f"SELECT * FROM w {order}")
    db.check(scan(db, "w", shown, reverse=True), "SELECT * FROM w ORDER BY k DESC, n")
    db.check(
        scan(db, "w", shown, filter=lambda c: (Compare(">", c(2), Const(100)),)),
        f"SELECT * FROM w WHERE n > 100 {order}",
    )

    def primary(**options):
        return nodes.IndexAccess(db.table("w"), None, "w", new_ids(3), shown, covering=True, **options)

    db.check(primary(eq=(Const("ab"),)), f"SELECT * FROM w WHERE k = 'ab' {order}")
    db.check(
        primary(eq=(Const("ab"),), lower=Bound(Const(50), True), upper=Bound(Const(90), False)),
        f"SELECT * FROM w WHERE k = 'ab' AND n >= 50 AND n < 90 {order}",
    )
    db.check(index_access(db, "i_v", "w", shown, eq=(Const(1),)), "SELECT * FROM w WHERE v = 1 ORDER BY v, k, n DESC")
    db.check(index_access(db, "i_v", "w", shown), "SELECT * FROM w ORDER BY v, k, n DESC")
    db.check(
        index_access(db, "i_v", "w", shown, covering=True, reverse=True), "SELECT * FROM w ORDER BY v DESC, k DESC, n"
    )


@pytest.mark.parametrize("op", ["or", "and"])
def test_multi_index(db, op):
    def rowids(name, **options):
        return index_access(db, name, shown=(-1,), covering=True, **options)

    inputs = (rowids("i_a", eq=(Const(1),)), rowids("i_bc", eq=(Const("a"),)))
    plan = nodes.MultiIndex(op, db.table("t"), "t", new_ids(len(AS_SHOWN)), AS_SHOWN, inputs)
    db.check(plan, f"{SELECT_T} WHERE a = 1 {op} b = 'a' COLLATE NOCASE", ordered=op == "and")


def test_count(db):
    for name, root in [("t", None), ("empty", None), ("w", None)]:
        db.check(nodes.CountRows(db.table(name), root, new_ids(1)), f"SELECT count(*) FROM {name}")
    db.check(nodes.CountRows(db.table("t"), db.index("i_a"), new_ids(1)), "SELECT count(*) FROM t")


def test_lookup_join(db):
    left = scan(db, shown=(1, 0), filter=lambda c: (Compare("<", c(1), Const(500)),))
    for kind, sql in [("inner", "JOIN"), ("left", "LEFT JOIN")]:
        right = nodes.RowidAccess(db.table("t"), "y", new_ids(2), (1, 4), eq=Arith("+", col(left, 0), Const(1)))
        plan = nodes.NestedLoopJoin(kind, left, right, lookup=True)
        db.check(
            plan, f"SELECT x.id, x.a, y.id, y.d FROM t x {sql} t y ON y.id = x.id + 1 WHERE x.id < 500 ORDER BY x.id"
        )
    few = nodes.Limit(left, Const(40), None)
    right = nodes.IndexAccess(db.table("t"), db.index("i_a"), "y", new_ids(2), (1, 3), eq=(col(left, 1),))
    db.check(
        nodes.NestedLoopJoin("left", few, right, lookup=True),
        "SELECT x.id, x.a, y.id, y.c FROM (SELECT * FROM t ORDER BY id LIMIT 40) x LEFT JOIN t y ON y.a = x.a "
        "ORDER BY x.id, y.id",
    )


def test_aggregate_over_scan(db):
    source = scan(db, shown=(0, 1, 3))
    calls: tuple[AggCall, ...] = (call("count"), call("sum", col(source, 1)), call("max", col(source, 2)))
    plan = nodes.Aggregate("hash", source, new_ids(1), (col(source, 0),), ("BINARY",), calls)
    got = run(plan, (), [db.tree], db.encoding)
    assert got == db.oracle.execute("SELECT a, count(*), sum(id), max(c) FROM t GROUP BY a").fetchall()
    top = nodes.Sort(source, (key(col(source, 1), True),), Const(5))
    db.check(
        nodes.Limit(project(top, col(top, 0), col(top, 1)), Const(5), None),
        "SELECT a, id FROM t ORDER BY id DESC LIMIT 5",
    )


def test_reader_stops_early(db):

    reader = ResultReader(build_plan(scan(db, shown=(1,)), context([db.tree], (), db.encoding)))
    ids = [row[0] for row in db.oracle.execute("SELECT id FROM t ORDER BY id")]
    for _ in range(2):
        reader.start()
        assert reader.fetch_many(500) == [(i,) for i in ids[:500]]
        assert reader.fetch_row() == (ids[500],)
        reader.close()
        assert reader.fetch_many(1) == [] and reader.fetch_row() is None and reader.fetch_all() == []
