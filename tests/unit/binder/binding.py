"""A catalog read from the oracle's database, and a compact printer of plans."""

import apsw

from pumice.binder import Binder
from pumice.catalog.loader import load_schema
from pumice.catalog.objects import Catalog
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.sql.parser import parse
from tests.unit.kernelless import FUNCTIONS

SCHEMA = """
create table t(a, b text collate nocase, c integer);
create table u(a, d);
create table v(id integer primary key, a);
create index i on t(b desc, c + 1) where a > 1;
create table w(a, b, c unique, primary key(b, a, b)) without rowid;
create view vv as select A, b from t;
create view v2(x) as select a, b from t;
create view v3(x, y) as select a, b from t;
create view vbad as select zz from nosuch;
create table g(a, b as (a + 1), c as (b * 2) stored);
create table x3(id, k, m);
create table y3(id, k, n);
create table z3(k, id, o);
"""


def oracle_with(schema: str = SCHEMA) -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    connection.execute(schema)
    return connection


def catalog_of(connection: apsw.Connection) -> Catalog:
    def rows(table):
        return list(connection.execute(f"select type, name, tbl_name, rootpage, sql from {table} order by rowid"))

    return Catalog([load_schema("main", 0, rows("sqlite_master")),
                    load_schema("temp", 1, rows("sqlite_temp_master"))])


def is_collation(name: str) -> bool:
    return name.upper() in ("BINARY", "NOCASE", "RTRIM")


def binder(catalog: Catalog) -> Binder:
    return Binder(catalog, FUNCTIONS, is_collation)


def bind(catalog: Catalog, sql: str):
    return binder(catalog).bind(parse(sql), ())


# ---- printing


def show(node, metas) -> str:
    """One line for a plan or expression: columns by name and id."""
    return _Printer(metas).plan(node) if isinstance(node, logical.Plan) else _Printer(metas).expr(node)


class _Printer:
    def __init__(self, metas):
        self.metas = metas

    def exprs(self, exprs):
        return ", ".join([self.expr(e) for e in exprs])

    def keys(self, keys):
        return ", ".join([self.expr(k.expr) + (" desc" if k.desc else "") +
                          (f" {k.collation}" if k.collation != "BINARY" else "") for k in keys])

    def plan(self, p):
        match p:
            case logical.SingleRow():
                return "Row"
            case logical.Scan():
                return f"Scan({p.alias})"
            case logical.Values():
                return "Values(" + "; ".join([self.exprs(row) for row in p.rows]) + ")"
            case logical.Filter():
                return f"Filter({self.exprs(p.conditions)} | {self.plan(p.input)})"
            case logical.Project():
                return f"Project({self.exprs(p.exprs)} | {self.plan(p.input)})"
            case logical.Join():
                on = f" on {self.exprs(p.conditions)}" if p.conditions else ""
                return f"Join({p.kind}: {self.plan(p.left)}, {self.plan(p.right)}{on})"
            case logical.Aggregate():
                calls = ", ".join([f"{c.function.name}({'distinct ' if c.distinct else ''}{self.exprs(c.args)})"
                                   for c in p.calls])
                bare = f" bare {self.exprs(p.bare)}" if p.bare else ""
                if p.bare and p.bare_from >= 0:
                    bare += f" from {p.bare_from}"
                return f"Aggregate([{self.exprs(p.keys)}] {calls}{bare} | {self.plan(p.input)})"
            case logical.Distinct():
                return f"Distinct({self.plan(p.input)})"
            case logical.Sort():
                return f"Sort({self.keys(p.keys)} | {self.plan(p.input)})"
            case logical.Keep():
                return f"Keep({len(p.columns)} | {self.plan(p.input)})"
            case logical.Limit():
                offset = f" offset {self.expr(p.offset)}" if p.offset is not None else ""
                return f"Limit({self.expr(p.limit)}{offset} | {self.plan(p.input)})"
            case logical.SetOp():
                return f"SetOp({p.op}: {self.plan(p.left)}, {self.plan(p.right)})"
            case logical.Shared():
                return f"Shared({p.name}: {self.plan(p.input)})"
            case logical.Recursive():
                return f"Recursive({p.name}{' all' if p.all else ''}: {self.plan(p.initial)}, {self.plan(p.step)})"
            case logical.RecursiveRef():
                return f"RecursiveRef({p.name})"
        raise AssertionError(p)

    def expr(self, e):
        match e:
            case None:
                return "-"
            case bound.Const():
                return repr(e.value)
            case bound.Column():
                return f"{self.metas[e.id].name or '?'}"
            case bound.Param():
                return f"?{e.index}"
            case bound.Compare():
                suffix = f" {e.collation}" if e.collation != "BINARY" else ""
                return f"({self.expr(e.left)} {e.op} {self.expr(e.right)}{suffix})"
            case bound.Arith():
                return f"({self.expr(e.left)} {e.op} {self.expr(e.right)})"
            case bound.And():
                return "(" + " and ".join(map(self.expr, e.args)) + ")"
            case bound.Or():
                return "(" + " or ".join(map(self.expr, e.args)) + ")"
            case bound.Unary():
                return f"{e.op}({self.expr(e.operand)})"
            case bound.Affinity():
                return f"{self.expr(e.operand)}::{('none', 'blob', 'text', 'numeric', 'integer', 'real')[e.affinity]}"
            case bound.Function():
                return f"{e.function.name}({self.exprs(e.args)}{' ' + e.collation if e.collation else ''})"
            case bound.IsNull():
                return f"({self.expr(e.operand)} is{' not' if e.negated else ''} null)"
            case bound.IsTruth():
                return f"({self.expr(e.operand)} is{' not' if e.negated else ''} {e.truth})"
            case bound.Cast():
                return f"cast({self.expr(e.operand)})"
            case bound.Case():
                whens = " ".join([f"when {self.expr(c)} then {self.expr(r)}" for c, r in e.whens])
                return f"case {self.expr(e.operand)} {whens} else {self.expr(e.otherwise)}"
            case bound.CaseOperand():
                return "@"
            case bound.InList():
                return (f"({self.expr(e.operand)}{' not' if e.negated else ''} in "
                        f"[{self.exprs(e.items)}]{_named(e.collation)})")
            case bound.InSubquery():
                return (f"({self.exprs(e.operands)}{' not' if e.negated else ''} in {self.plan(e.plan)} {e.affinities}"
                        f"{''.join(map(_named, e.collations))})")
            case bound.Exists():
                return f"exists({self.plan(e.plan)})"
            case bound.ScalarSubquery():
                return f"scalar{e.column}({self.plan(e.plan)})"
        raise AssertionError(e)


def _named(collation):
    return f" {collation}" if collation != "BINARY" else ""
