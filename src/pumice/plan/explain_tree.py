"""EXPLAIN: the physical tree as text, one line a node, with estimates and, for EXPLAIN ANALYZE, what really came.

HashJoin inner (o.customer = c.id)  [rows 500, cost 2400]
  TableScan orders o filter (o.total > 100)  [rows 500, cost 2000]
  TableScan customer c  [rows 100, cost 100]
"""

from __future__ import annotations

from collections.abc import Callable

from pumice.catalog.objects import record_columns
from pumice.plan.logical import expr as bound
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import BoundExpr
from pumice.plan.physical import nodes
from pumice.plan.walk import SUBQUERIES, children, inputs, own_exprs
from pumice.values import AFFINITY_NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def explain_tree(statement: Any, actual: dict[int, Any] | None = None) -> list[str]:
    """Lines of a planned statement's tree. `actual[id(node)]`: text, or a dictionary of figures, to add to the node's
    line."""
    columns = statement.all_columns if type(statement) is logical.Select else statement.write.all_columns
    printer = _Printer(columns.metas, actual or {})
    if type(statement) is logical.Select:
        printer.plan(statement.plan, 0)
    else:
        printer.lines.append(f"{type(statement).__name__} {statement.write.table.name}")
        printer.plan(statement.source, 1)
        for expr in getattr(statement, "values", ()):
            if expr is not None:
                printer.subqueries(expr, 1)
    return printer.lines


def format_plan(plan: Any, metas: Any) -> list[str]:
    """Lines of a plan, physical or logical, without estimates: for tests."""
    printer = _Printer(metas, {}, estimates=False)
    printer.plan(plan, 0)
    return printer.lines


def format_expr(expr: Any, metas: Any) -> str:
    return _Printer(metas, {}).expr(expr)


class _Printer:
    def __init__(self, metas: Any, actual: dict[int, Any], estimates: bool = True) -> None:
        self.metas = metas
        self.actual = actual
        self.estimates = estimates
        self.lines: list[str] = []
        self.numbers: dict[int, int] = {}  # subquery plans by identity

    def plan(self, plan: Any, depth: int) -> None:
        text = "  " * depth + type(plan).__name__ + self.details(plan)
        if self.estimates and isinstance(plan, nodes.Physical):
            text += f"  [rows {plan.rows:.4g}, cost {plan.cost:.4g}]"  # type: ignore[attr-defined]
        if id(plan) in self.actual:
            seen = self.actual[id(plan)]
            text += (
                "  ("
                + (", ".join([f"{k} {v}" for k, v in seen.items()]) if isinstance(seen, dict) else str(seen))
                + ")"
            )
        self.lines.append(text)
        for below in inputs(plan):
            self.plan(below, depth + 1)
        for expr in own_exprs(plan):
            self.subqueries(expr, depth + 1)
        eq = getattr(plan, "eq", ())
        for key in eq if type(eq) is tuple else (eq,):
            if type(key) is nodes.InKeys and key.plan is not None:
                self.lines.append("  " * (depth + 1) + "keys")
                self.plan(key.plan, depth + 2)

    def subqueries(self, expr: BoundExpr, depth: int) -> None:
        for child in children(expr):
            self.subqueries(child, depth)
        if type(expr) in SUBQUERIES and id(expr.plan) not in self.numbers:  # type: ignore[attr-defined]
            self.lines.append("  " * depth + f"subquery {self.number(expr.plan)}")  # type: ignore[attr-defined]
            self.plan(expr.plan, depth + 1)  # type: ignore[attr-defined]

    def number(self, plan: Any) -> int:
        return self.numbers.setdefault(id(plan), len(self.numbers) + 1)

    # ---- nodes

    def details(self, plan: Any) -> str:
        method = _DETAILS.get(type(plan))
        return method(self, plan) if method is not None else ""

    def conditions(self, word: str, conditions: Any) -> str:
        return f" {word} ({' and '.join([self.expr(c) for c in conditions])})" if conditions else ""

    def column(self, column_id: int) -> str:
        meta = self.metas[column_id]
        return f"{meta.name}#{column_id}"

    def columns(self, ids: Any) -> str:
        return " (" + ", ".join([self.column(i) for i in ids]) + ")"

    def source(self, plan: Any) -> str:
        name = plan.table.name
        return f" {name}" + (f" {plan.alias}" if plan.alias != name else "")

    def scan(self, plan: Any) -> str:
        filters = getattr(plan, "filter", ())
        return (
            self.source(plan)
            + (" reverse" if getattr(plan, "reverse", False) else "")
            + self.conditions("filter", filters)
        )

    def rowid(self, plan: nodes.RowidAccess) -> str:
        keys = [f"rowid = {self.key(plan.eq)}"] if plan.eq is not None else []
        return (
            self.source(plan)
            + self.ends(plan, keys, ["rowid"])
            + (" reverse" if plan.reverse else "")
            + self.conditions("filter", plan.filter)
        )

    def index(self, plan: nodes.IndexAccess) -> str:
        columns = plan.table.primary_key if plan.index is None else record_columns(plan.table, plan.index)
        names = [
            "<expr>" if c.column == -2 else "rowid" if c.column < 0 else plan.table.columns[c.column].name
            for c in columns
        ]
        keys = [f"any {name}" for name in names[: plan.n_skip]]
        names = names[plan.n_skip :]
        keys += [
            f"{name} {'is' if null else '='} {self.key(key)}"
            for name, key, null in zip(names, plan.eq, plan.eq_null, strict=False)
        ]
        text = (
            self.source(plan)
            + (f" by {plan.index.name}" if plan.index is not None else " by key")
            + (" covering" if plan.covering else "")
        )
        if plan.not_null:
            keys.append(f"{names[len(plan.eq)]} is not null")
        after = names[len(plan.eq) :]
        return (
            text
            + self.ends(plan, keys, after)
            + (" reverse" if plan.reverse else "")
            + self.conditions("filter", plan.filter)
        )

    def ends(self, plan: Any, keys: list[str], names: list[str]) -> str:
        for end, op in ((plan.lower, ">"), (plan.upper, "<")):
            if end is not None:
                row = [self.expr(e) for e in (end.expr, *end.more)]
                columns, values = ", ".join(names[: len(row)]), ", ".join(row)
                if end.more:
                    columns, values = f"({columns})", f"({values})"
                keys.append(f"{columns} {op}{'=' * end.inclusive} {values}")
        return f" ({', '.join(keys)})" if keys else ""

    def key(self, key: Any) -> str:
        if key is nodes.SAME_ROW:
            return "of the same row"
        if type(key) is nodes.InKeys:
            return (
                "any of keys"
                if key.plan is not None
                else "any of (" + ", ".join([self.expr(e) for e in key.items]) + ")"
            )
        return self.expr(key)

    def multi(self, plan: nodes.MultiIndex) -> str:
        return f" {plan.op}" + self.source(plan) + self.conditions("filter", plan.filter)

    def filter(self, plan: Any) -> str:
        return self.conditions("", plan.conditions).replace("  ", " ")

    def project(self, plan: Any) -> str:
        return (
            " ("
            + ", ".join([f"{self.column(c)} = {self.expr(e)}" for c, e in zip(plan.columns, plan.exprs, strict=True)])
            + ")"
        )

    def join(self, plan: Any) -> str:
        text = (
            f" {plan.kind}"
            + (" lookup" if getattr(plan, "lookup", False) else "")
            + (" lateral" if getattr(plan, "lateral", False) else "")
        )
        return text + self.conditions("on", plan.conditions)

    def hash_join(self, plan: nodes.HashJoin) -> str:
        keys = " and ".join(
            [f"{self.expr(a)} = {self.expr(b)}" for a, b in zip(plan.left_keys, plan.right_keys, strict=True)]
        )
        return f" {plan.kind} ({keys})" + self.conditions("on", plan.conditions)

    def aggregate(self, plan: Any) -> str:
        text = f" {plan.mode}" if isinstance(plan, nodes.Physical) else ""
        if plan.keys:
            text += " by (" + ", ".join([self.expr(k) for k in plan.keys]) + ")"
        calls = [
            f"{self.column(c.id)} = {c.function.name}({'distinct ' if c.distinct else ''}"
            f"{', '.join([self.expr(a) for a in c.args]) or '*'})"
            + (f" filter ({self.expr(c.filter)})" if c.filter is not None else "")
            for c in plan.calls
        ]
        return text + (" " + ", ".join(calls) if calls else "")

    def count(self, plan: nodes.CountRows) -> str:
        return f" {plan.table.name}" + (f" by {plan.index.name}" if plan.index is not None else "")

    def sort(self, plan: Any) -> str:
        keys = [self.expr(k.expr) + (" desc" if k.desc else "") for k in plan.keys]
        done = getattr(plan, "n_ordered", 0)
        return (
            f" by ({', '.join(keys)})"
            + (f" of which the first {done} are" if done else "")
            + (f" limit {self.expr(plan.limit)}" if getattr(plan, "limit", None) is not None else "")
        )

    def gather(self, plan: nodes.Gather) -> str:
        return f" {plan.threads} threads"

    def portion_gather(self, plan: nodes.PortionGather) -> str:
        return f" {plan.threads} threads, {plan.size} rows each"

    def limit(self, plan: Any) -> str:
        return (f" {self.expr(plan.limit)}" if plan.limit is not None else "") + (
            f" offset {self.expr(plan.offset)}" if plan.offset is not None else ""
        )

    def keep(self, plan: Any) -> str:
        return self.columns(plan.columns)

    def set_op(self, plan: Any) -> str:
        return f" {plan.op}"

    def named(self, plan: Any) -> str:
        return f" {plan.name}" if plan.name else ""

    def values(self, plan: Any) -> str:
        return f" {len(plan.exprs if isinstance(plan, nodes.Physical) else plan.rows)} rows"

    # ---- expressions

    def expr(self, e: Any) -> str:
        method = _EXPRS.get(type(e))
        if method is not None:
            return method(self, e)
        if type(e) in SUBQUERIES:
            return self.subquery(e)
        return type(e).__name__.lower() + "(" + ", ".join([self.expr(c) for c in children(e)]) + ")"

    def subquery(self, e: Any) -> str:
        word = f"subquery {self.numbers[id(e.plan)]}" if id(e.plan) in self.numbers else "subquery"
        if type(e) is bound.Exists:
            return ("not " if e.negated else "") + f"exists ({word})"
        if type(e) is bound.InSubquery:
            operands = ", ".join([self.expr(o) for o in e.operands])
            return f"{operands} {'not ' if e.negated else ''}in ({word})"
        return f"({word})"

    def in_list(self, e: Any) -> str:
        return f"{self.expr(e.operand)} {'not ' if e.negated else ''}in ({', '.join([self.expr(i) for i in e.items])})"

    def const(self, e: Any) -> str:
        if e.value is None:
            return "null"
        return (
            "'" + e.value.replace("'", "''") + "'"
            if isinstance(e.value, str)
            else f"x'{e.value.hex()}'"
            if isinstance(e.value, bytes)
            else repr(e.value)
        )

    def both(self, e: Any) -> str:
        return f"{self.expr(e.left)} {e.op} {self.expr(e.right)}"


_EXPRS: dict[type, Callable[[_Printer, Any], str]] = {
    bound.Column: lambda p, e: p.column(e.id),
    bound.Const: _Printer.const,
    bound.Param: lambda p, e: f"?{e.index + 1}",
    bound.Compare: _Printer.both,
    bound.Arith: lambda p, e: f"({p.both(e)})",
    bound.InList: _Printer.in_list,
    bound.InJoin: lambda p, e: f"{p.expr(e.operand)} in join keys",
    bound.And: lambda p, e: "(" + " and ".join([p.expr(a) for a in e.args]) + ")",
    bound.Or: lambda p, e: "(" + " or ".join([p.expr(a) for a in e.args]) + ")",
    bound.IsNull: lambda p, e: f"{p.expr(e.operand)} is {'not ' if e.negated else ''}null",
    bound.Affinity: lambda p, e: f"{AFFINITY_NAMES[e.affinity].lower()}!({p.expr(e.operand)})",
    bound.Function: lambda p, e: f"{e.function.name}({', '.join([p.expr(a) for a in e.args])})",
    bound.Unary: lambda p, e: f"{e.op} {p.expr(e.operand)}",
}
_DETAILS: dict[type, Callable[[_Printer, Any], str]] = {
    nodes.TableScan: _Printer.scan,
    logical.Scan: _Printer.scan,
    nodes.RowidAccess: _Printer.rowid,
    nodes.IndexAccess: _Printer.index,
    nodes.MultiIndex: _Printer.multi,
    nodes.RowFetch: _Printer.scan,
    nodes.Filter: _Printer.filter,
    logical.Filter: _Printer.filter,
    nodes.Project: _Printer.project,
    logical.Project: _Printer.project,
    nodes.NestedLoopJoin: _Printer.join,
    logical.Join: _Printer.join,
    nodes.HashJoin: _Printer.hash_join,
    nodes.Aggregate: _Printer.aggregate,
    logical.Aggregate: _Printer.aggregate,
    nodes.CountRows: _Printer.count,
    nodes.Sort: _Printer.sort,
    logical.Sort: _Printer.sort,
    nodes.Gather: _Printer.gather,
    nodes.PortionGather: _Printer.portion_gather,
    nodes.Limit: _Printer.limit,
    logical.Limit: _Printer.limit,
    nodes.Keep: _Printer.keep,
    logical.Keep: _Printer.keep,
    nodes.SetOp: _Printer.set_op,
    logical.SetOp: _Printer.set_op,
    nodes.Shared: _Printer.named,
    logical.Shared: _Printer.named,
    nodes.Recursive: _Printer.named,
    logical.Recursive: _Printer.named,
    nodes.RecursiveRef: _Printer.named,
    logical.RecursiveRef: _Printer.named,
    nodes.Values: _Printer.values,
    logical.Values: _Printer.values,
}
