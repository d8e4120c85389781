"""From bound expressions to compiled ones: one function a node kind, in a table.

`layout` says in which slot of the batch a column id stands. An id that is not there belongs to an enclosing query:
it becomes a register of the context, which the operator that re-opens the subplan sets. Subqueries are built by the
caller's `subquery` function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pumice import errors
from pumice.exec.expr import arith, case, cast, compare, function_call, in_list, leaf, logic
from pumice.plan.logical import expr as bound
from pumice.values import ENC_UTF8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pumice.exec.context import ExecContext
    from pumice.exec.expr.expr import Expr
    from pumice.functions.registry import FunctionDef

    Subquery = Callable[[bound.BoundExpr, dict[int, int]], Expr]


def build_expr(expr: bound.BoundExpr, layout: dict[int, int], ctx: ExecContext,
               subquery: Subquery | None = None) -> Expr:
    """The compiled form of `expr`. Raises OperationalError for an unknown collation."""
    return _Builder(layout, ctx, subquery).build(expr)


def build_exprs(exprs: Iterable[bound.BoundExpr], layout: dict[int, int], ctx: ExecContext,
                subquery: Subquery | None = None) -> list[Expr]:
    """`build_expr` for each of `exprs`."""
    builder = _Builder(layout, ctx, subquery)
    return [builder.build(expr) for expr in exprs]


def build_condition(expr: bound.BoundExpr, layout: dict[int, int], ctx: ExecContext,
                    subquery: Subquery | None = None) -> Expr:
    """`expr` for its truth."""
    return _Builder(layout, ctx, subquery).truth(expr)


def build_arguments(function: FunctionDef, args: Iterable[bound.BoundExpr], layout: dict[int, int], ctx: ExecContext,
                    subquery: Subquery | None = None) -> list[Expr]:
    """The arguments of an aggregate function."""
    return _Builder(layout, ctx, subquery).arguments(function, args)


class _Builder:
    def __init__(self, layout: dict[int, int], ctx: ExecContext, subquery: Subquery | None) -> None:
        self.layout = layout
        self.ctx = ctx
        self.subquery = subquery
        self.case_operands: list[case.CaseOperandRef] = []      # of the enclosing CASEs with an operand, innermost last

    def build(self, expr: bound.BoundExpr) -> Expr:
        return _BUILDERS[type(expr)](self, expr)

    def build_all(self, exprs: Iterable[bound.BoundExpr]) -> list[Expr]:
        return [self.build(expr) for expr in exprs]

    def text(self, expr: bound.BoundExpr) -> Expr:
        """For what reads a BLOB as the text of its bytes."""
        built = self.build(expr)
        encoding = self.ctx.encoding
        return built if encoding == ENC_UTF8 else cast.BlobText(built, encoding)

    def truth(self, expr: bound.BoundExpr) -> Expr:
        return self.build(expr) if isinstance(expr, _TRUTHS) else self.text(expr)

    def arguments(self, function: FunctionDef, args: Iterable[bound.BoundExpr]) -> list[Expr]:
        build = self.text if "text" in function.flags else self.build
        return [build(arg) for arg in args]

    def column(self, e: bound.Column) -> Expr:
        slot = self.layout.get(e.id)
        if slot is None:
            return leaf.OuterRef(self.ctx, self.ctx.outer_slot(e.id))
        return leaf.ColumnRef(slot)

    def const(self, e: bound.Const) -> Expr:
        return leaf.ConstExpr(e.value)

    def param(self, e: bound.Param) -> Expr:
        return leaf.ParamRef(self.ctx, e.index)

    def unary(self, e: bound.Unary) -> Expr:
        if e.op == "neg":
            return arith.Arith("-", leaf.ConstExpr(0), self.text(e.operand))
        return arith.BitNot(self.text(e.operand)) if e.op == "bitnot" else logic.Not(self.truth(e.operand))

    def arith(self, e: bound.Arith) -> Expr:
        build = self.build if e.op == "||" else self.text
        return arith.Arith(e.op, build(e.left), build(e.right), self.ctx.encoding)

    def compare(self, e: bound.Compare) -> Expr:
        return compare.Compare(self.ctx, e.op, self.build(e.left), self.build(e.right), e.collation)

    def conjunction(self, e: bound.And) -> Expr:
        return logic.And([self.truth(arg) for arg in e.args])

    def disjunction(self, e: bound.Or) -> Expr:
        return logic.Or([self.truth(arg) for arg in e.args])

    def is_null(self, e: bound.IsNull) -> Expr:
        return logic.IsNull(self.build(e.operand), e.negated)

    def is_truth(self, e: bound.IsTruth) -> Expr:
        return logic.IsTruth(self.truth(e.operand), e.truth, e.negated)

    def affinity(self, e: bound.Affinity) -> Expr:
        return cast.Convert(self.build(e.operand), e.affinity, False)

    def cast(self, e: bound.Cast) -> Expr:
        return cast.Convert(self.build(e.operand), e.affinity, True, self.ctx.encoding)

    def case(self, e: bound.Case) -> Expr:
        operand = ref = None
        if e.operand is not None:
            operand = self.build(e.operand)
            ref = case.CaseOperandRef()
        conditions, results = [], []
        for condition, result in e.whens:
            if ref is not None:
                self.case_operands.append(ref)
            conditions.append(self.truth(condition))
            if ref is not None:
                self.case_operands.pop()
            results.append(self.build(result))
        otherwise = None if e.otherwise is None else self.build(e.otherwise)
        return case.Case(operand, ref, conditions, results, otherwise)

    def case_operand(self, e: bound.CaseOperand) -> Expr:
        return self.case_operands[-1]

    def function(self, e: bound.Function) -> Expr:
        flags = e.function.flags
        if "lazy" in flags:
            return self.lazy(e)
        if "identity" in flags:
            return self.build(e.args[0])
        # "stable": the same result for the same arguments within one run of the statement.
        constant = e.function.deterministic or "stable" in flags
        return function_call.FunctionCall(self.ctx, e.function.impl, self.arguments(e.function, e.args), e.collation,
                                          constant)

    def lazy(self, e: bound.Function) -> Expr:
        if e.function.name in ("coalesce", "ifnull"):
            return case.Coalesce(self.build_all(e.args))
        # iif(c1, v1, c2, v2, ..., otherwise)
        n_paired = len(e.args) // 2 * 2
        conditions = [self.truth(arg) for arg in e.args[0:n_paired:2]]
        otherwise = self.build(e.args[-1]) if len(e.args) % 2 else None
        return case.Case(None, None, conditions, self.build_all(e.args[1:n_paired:2]), otherwise)

    def current_time(self, e: bound.CurrentTime) -> Expr:
        return function_call.CurrentTime(self.ctx, e.which)

    def in_list(self, e: bound.InList) -> Expr:
        constant = all(_is_constant(item) for item in e.items)
        items = self.build_all(e.items)
        return in_list.InList(self.ctx, self.build(e.operand), items, e.collation, e.negated, constant)

    def by_caller(self, e: bound.BoundExpr) -> Expr:
        if self.subquery is None:
            raise errors.not_supported("a subquery in this place")
        return self.subquery(e, self.layout)


def _is_constant(expr: bound.BoundExpr) -> bool:
    """Whether the value changes only when the statement is bound again."""
    while isinstance(expr, (bound.Affinity, bound.Cast)):
        expr = expr.operand
    return isinstance(expr, (bound.Const, bound.Param))


# never a BLOB
_TRUTHS = (bound.Compare, bound.And, bound.Or, bound.IsNull, bound.IsTruth, bound.InList, bound.InSubquery,
           bound.InJoin, bound.Exists)

_BUILDERS = {
    bound.Column: _Builder.column,
    bound.Const: _Builder.const,
    bound.Param: _Builder.param,
    bound.Unary: _Builder.unary,
    bound.Arith: _Builder.arith,
    bound.Compare: _Builder.compare,
    bound.And: _Builder.conjunction,
    bound.Or: _Builder.disjunction,
    bound.IsNull: _Builder.is_null,
    bound.IsTruth: _Builder.is_truth,
    bound.Affinity: _Builder.affinity,
    bound.Cast: _Builder.cast,
    bound.Case: _Builder.case,
    bound.CaseOperand: _Builder.case_operand,
    bound.Function: _Builder.function,
    bound.CurrentTime: _Builder.current_time,
    bound.InList: _Builder.in_list,
    bound.InSubquery: _Builder.by_caller,
    bound.InJoin: _Builder.by_caller,
    bound.Exists: _Builder.by_caller,
    bound.ScalarSubquery: _Builder.by_caller,
}
