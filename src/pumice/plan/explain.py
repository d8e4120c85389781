"""EXPLAIN QUERY PLAN: SQLite's four columns and wording; EXPLAIN: the physical tree (explain_tree.py).

    QUERY PLAN
    |--SEARCH t USING INDEX i (a=? AND b>?)
    |--SEARCH u USING HASH JOIN (x=?)           no operator of SQLite's: its build side hangs below
    |  `--SCAN u
    `--USE TEMP B-TREE FOR ORDER BY

Ids count up from 1; a row's parent comes before it, 0 is the top. Source: wherecode.c (sqlite3WhereExplainOneScan),
select.c.
Tests: tests/unit/plan/test_explain.py compares with the oracle.
"""

from __future__ import annotations

from collections.abc import Callable

from pumice.catalog.objects import record_columns
from pumice.node import replace
from pumice.plan.explain_tree import explain_tree
from pumice.plan.logical import nodes as logical
from pumice.plan.logical.expr import BoundExpr, Column, Const, InSubquery
from pumice.plan.physical import nodes
from pumice.plan.walk import SUBQUERIES, children, columns_of, inputs, own_exprs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["explain_query_plan", "explain_tree"]

Row = tuple[int, int, int, str]


def explain_query_plan(bound: Any) -> list[Row]:
    """Rows (id, parent, notused, detail) of a planned statement."""
    writer = _Writer(bound)
    if type(bound) is logical.Select:
        writer.plan(bound.plan, 0)
    elif not (type(bound) is logical.Delete and bound.everything):
        # One row of VALUES has no line of its own.
        if type(bound) is logical.Insert and type(bound.source) is nodes.Values and len(bound.source.exprs) == 1:
            for expr in bound.source.exprs[0]:
                writer.subqueries(expr, 0)
        elif not (type(bound) is logical.Insert and type(bound.source) is nodes.SingleRow):
            writer.plan(bound.source, 0)
        for expr in getattr(bound, "values", ()):
            if expr is not None:
                writer.subqueries(expr, 0)
    return writer.rows


class _Writer:
    def __init__(self, bound: Any) -> None:
        columns = bound.all_columns if type(bound) is logical.Select else bound.write.all_columns
        self.metas = columns.metas
        self.rows: list[Row] = []
        self.n_subqueries = 0
        self.seen: set[int] = set()  # subquery and shared plans already shown
        self.fetching = False  # the index being written leads to rows fetched further up
        self.suffix = ""  # " LEFT-JOIN" for the table being written

    def add(self, parent: int, detail: str) -> int:
        self.rows.append((len(self.rows) + 1, parent, 0, detail))
        return len(self.rows)

    def plan(self, plan: Any, parent: int) -> None:
        method = _METHODS.get(type(plan))
        if method is not None:
            method(self, plan, parent)
        else:
            for below in inputs(plan):
                self.plan(below, parent)
        if type(plan) in (nodes.RowidAccess, nodes.IndexAccess):
            for key in plan.eq if type(plan) is nodes.IndexAccess else (plan.eq,):
                if type(key) is nodes.InKeys and key.plan is not None:
                    self.subquery("LIST SUBQUERY", key.plan, parent)
        for expr in own_exprs(plan):
            self.subqueries(expr, parent)

    def subqueries(self, expr: BoundExpr, parent: int) -> None:
        for child in children(expr):
            self.subqueries(child, parent)
        if type(expr) in SUBQUERIES:
            self.subquery("LIST SUBQUERY" if type(expr) is InSubquery else "SCALAR SUBQUERY", expr.plan, parent)  # type: ignore[attr-defined]

    def subquery(self, kind: str, plan: Any, parent: int) -> None:
        if id(plan) in self.seen:
            return
        self.seen.add(id(plan))
        self.n_subqueries += 1
        self.plan(plan, self.add(parent, f"{'CORRELATED ' if columns_of(plan) else ''}{kind} {self.n_subqueries}"))

    # ---- tables

    def scan(self, plan: nodes.TableScan, parent: int) -> None:
        self.add(parent, f"SCAN {plan.alias}{self.suffix}")

    def rowid(self, plan: nodes.RowidAccess, parent: int) -> None:
        keys = ["rowid=?"] if plan.eq is not None else []
        keys += ["rowid>?"] * (plan.lower is not None) + ["rowid<?"] * (plan.upper is not None)
        self.add(parent, f"SEARCH {plan.alias} USING INTEGER PRIMARY KEY ({' AND '.join(keys)}){self.suffix}")

    def index(self, plan: nodes.IndexAccess, parent: int) -> None:
        self.add(parent, self.index_detail(plan) + self.suffix)

    def index_detail(self, plan: nodes.IndexAccess, search: bool = False) -> str:
        columns = plan.table.primary_key if plan.index is None else record_columns(plan.table, plan.index)
        names = [
            "<expr>" if c.column == -2 else "rowid" if c.column < 0 else plan.table.columns[c.column].name
            for c in columns
        ]
        last = plan.n_skip + len(plan.eq)
        keys = [f"ANY({name})" for name in names[: plan.n_skip] if not plan.first_only]
        keys += [f"{name}=?" for name in names[plan.n_skip : last]]
        for end, op in ((plan.lower, ">"), (plan.upper, "<")):
            if end is not None and end.more:
                row = names[last : last + 1 + len(end.more)]
                keys.append(f"({','.join(row)}){op}({','.join('?' * len(row))})")
            elif end is not None or (plan.not_null and op == ">"):
                keys.append(f"{names[last]}{op}?")
        verb = "SEARCH" if keys or search else "SCAN"
        covering = "COVERING " if plan.covering and not self.fetching else ""
        using = "PRIMARY KEY" if plan.index is None else f"{covering}INDEX {plan.index.name}"
        if plan.index is None and not keys:
            return f"{verb} {plan.alias}"
        return f"{verb} {plan.alias} USING {using}" + (f" ({' AND '.join(keys)})" if keys else "")

    def row_fetch(self, plan: nodes.RowFetch, parent: int) -> None:
        self.fetching = True
        self.plan(plan.input, parent)
        self.fetching = False

    def multi(self, plan: nodes.MultiIndex, parent: int) -> None:
        first, *others = plan.inputs
        prefix = plan.op == "or" and type(first) is nodes.IndexAccess and len(others) == 1
        if prefix and _takes_blobs(others[0]):  # of LIKE or GLOB
            self.index(replace(first, covering=False), parent)
            return
        top = self.add(parent, f"MULTI-INDEX {plan.op.upper()}{self.suffix}")
        for i, part in enumerate(plan.inputs):
            self.plan(
                replace(part, covering=False) if type(part) is nodes.IndexAccess else part,
                self.add(top, f"INDEX {i + 1}"),
            )

    def count(self, plan: nodes.CountRows, parent: int) -> None:
        self.add(
            parent,
            f"SCAN {plan.table.name}" + (f" USING COVERING INDEX {plan.index.name}" if plan.index is not None else ""),
        )

    def single_row(self, plan: nodes.SingleRow, parent: int) -> None:
        self.add(parent, "SCAN CONSTANT ROW")

    def values(self, plan: nodes.Values, parent: int) -> None:
        n = len(plan.exprs)
        self.add(parent, "SCAN CONSTANT ROW" if n == 1 else f"SCAN {n}-ROW VALUES CLAUSE")

    # ---- joins

    def nested_loop(self, plan: nodes.NestedLoopJoin, parent: int) -> None:
        self.side(plan.left, parent, "CO-ROUTINE")
        before = self.suffix
        self.suffix = _SUFFIX.get(plan.kind, "")
        self.side(plan.right, parent)
        self.suffix = before

    def hash_join(self, plan: nodes.HashJoin, parent: int) -> None:
        self.side(plan.left, parent, "CO-ROUTINE")
        keys = " AND ".join([f"{self.name(key)}=?" for key in plan.right_keys])
        before, self.suffix = self.suffix, ""
        top = self.add(
            parent, f"SEARCH {_source_name(plan.right)} USING HASH JOIN ({keys}){_SUFFIX.get(plan.kind, '')}"
        )
        self.plan(plan.right, top)
        self.suffix = before

    def name(self, expr: BoundExpr) -> str:
        while type(expr) is not Column and len(children(expr)) == 1:
            expr = children(expr)[0]
        return self.metas[expr.id].name if type(expr) is Column else "<expr>"

    def side(self, plan: Any, parent: int, how: str = "MATERIALIZE") -> None:
        """One side of a join: a subquery's plan gets a line of its own. `how` its rows come: buffered or passing."""
        inner = plan
        while type(inner) in _PASSING:
            inner = inner.input
        if type(inner) in _SUBQUERY_TOPS:
            name = _source_name(plan)
            suffix, self.suffix = self.suffix, ""
            self.plan(plan, self.add(parent, f"{how} {name}"))
            self.suffix = suffix
            self.add(parent, f"SCAN {name}{suffix}")
        else:
            self.plan(plan, parent)

    # ---- what sorts and groups

    def sort(self, plan: nodes.Sort, parent: int) -> None:
        self.plan(plan.input, parent)
        left = len(plan.keys) - plan.n_ordered
        last = "" if not plan.n_ordered else "LAST TERM OF " if left == 1 else f"LAST {left} TERMS OF "
        self.add(parent, f"USE TEMP B-TREE FOR {last}ORDER BY")

    def distinct(self, plan: nodes.Distinct, parent: int) -> None:
        self.plan(plan.input, parent)
        if not plan.sorted:
            self.add(parent, "USE TEMP B-TREE FOR DISTINCT")

    def aggregate(self, plan: nodes.Aggregate, parent: int) -> None:
        first = _first_row(plan.input) if plan.mode == "scalar" else None
        if plan.mode == "scalar" and first is None:
            self.call_trees(plan, parent)
        if type(first) is nodes.IndexAccess:
            self.add(parent, self.index_detail(replace(first, not_null=False), search=True))
        elif type(first) is nodes.TableScan:
            self.add(parent, f"SEARCH {first.alias}")
        else:
            self.plan(plan.input, parent)
        if plan.mode == "hash":
            self.add(parent, "USE TEMP B-TREE FOR GROUP BY")
        if plan.mode != "scalar":
            self.call_trees(plan, parent)

    def call_trees(self, plan: nodes.Aggregate, parent: int) -> None:
        for call in plan.calls:
            if call.distinct or call.order:
                what = "DISTINCT" if call.distinct else "ORDER BY"
                self.add(parent, f"USE TEMP B-TREE FOR {call.function.name}({what})")

    # ---- compounds

    def set_op(self, plan: nodes.SetOp, parent: int) -> None:
        top = self.add(parent, "COMPOUND QUERY")
        parts: list[tuple[str, Any]] = []
        left: Any = plan
        while type(left) is nodes.SetOp:
            parts.append((left.op.upper() + ("" if left.op == "union all" else " USING TEMP B-TREE"), left.right))
            left = left.left
        self.plan(left, self.add(top, "LEFT-MOST SUBQUERY"))
        for detail, part in reversed(parts):
            self.plan(part, self.add(top, detail))

    def shared(self, plan: nodes.Shared, parent: int) -> None:
        if not plan.name:
            self.plan(plan.input, parent)
            return
        if plan.key not in self.seen:
            self.seen.add(plan.key)
            self.plan(plan.input, self.add(parent, f"MATERIALIZE {plan.name}"))
        self.add(parent, f"SCAN {plan.name}{self.suffix}")

    def recursive(self, plan: nodes.Recursive, parent: int) -> None:
        top = self.add(parent, f"CO-ROUTINE {plan.name}")
        self.plan(plan.initial, self.add(top, "SETUP"))
        self.plan(plan.step, self.add(top, "RECURSIVE STEP"))
        self.add(parent, f"SCAN {plan.name}{self.suffix}")

    def recursive_ref(self, plan: nodes.RecursiveRef, parent: int) -> None:
        self.add(parent, f"SCAN {plan.name}{self.suffix}")


_SUFFIX = {
    "left": " LEFT-JOIN",
    "right": " RIGHT-JOIN",
    "full": " FULL-JOIN",
    "semi": " SEMI-JOIN",
    "anti": " ANTI-JOIN",
}
_SUBQUERY_TOPS = (nodes.Aggregate, nodes.Distinct, nodes.Sort, nodes.Limit, nodes.SetOp)


def _first_row(plan: Any) -> Any:
    """What min or max takes its one row from (rules/min_max.py); None where it reads all rows."""
    if type(plan) is not nodes.Limit:
        return None
    while type(plan) in (nodes.Limit, nodes.Keep, nodes.SetOp):
        plan = plan.left if type(plan) is nodes.SetOp else plan.input
    return plan


def _takes_blobs(plan: Any) -> bool:
    return type(plan) is nodes.IndexAccess and plan.lower is not None and plan.lower.expr == Const(b"")


def _source_name(plan: Any) -> str:
    """The table or subquery at the bottom of a plan, for a join's line."""
    while type(plan) in (nodes.PortionGather, nodes.Filter):
        plan = plan.input
    if type(plan) in (nodes.HashJoin, nodes.NestedLoopJoin):
        return "(join)"
    names = []
    stack = [plan]
    while stack:
        item = stack.pop()
        if hasattr(item, "alias"):
            names.append(item.alias)
        elif type(item) in (nodes.Shared, nodes.Recursive, nodes.RecursiveRef) and item.name:
            names.append(item.name)
        else:
            stack += list(inputs(item))
    return names[0] if len(names) == 1 else "(subquery)"


_PASSING = (nodes.Project, nodes.Keep, nodes.Filter, nodes.Gather, nodes.PortionGather, nodes.Portion)

_METHODS: dict[type, Callable[[_Writer, Any, int], None]] = {
    nodes.TableScan: _Writer.scan,
    nodes.RowidAccess: _Writer.rowid,
    nodes.IndexAccess: _Writer.index,
    nodes.MultiIndex: _Writer.multi,
    nodes.RowFetch: _Writer.row_fetch,
    nodes.CountRows: _Writer.count,
    nodes.SingleRow: _Writer.single_row,
    nodes.Values: _Writer.values,
    nodes.NestedLoopJoin: _Writer.nested_loop,
    nodes.HashJoin: _Writer.hash_join,
    nodes.Sort: _Writer.sort,
    nodes.Distinct: _Writer.distinct,
    nodes.Aggregate: _Writer.aggregate,
    nodes.SetOp: _Writer.set_op,
    nodes.Shared: _Writer.shared,
    nodes.Recursive: _Writer.recursive,
    nodes.RecursiveRef: _Writer.recursive_ref,
}
