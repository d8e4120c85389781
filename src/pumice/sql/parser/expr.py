"""Expressions, windows and ORDER BY terms.

Levels of precedence, weakest first, as parse.y declares them:

    OR
    AND
    NOT
    IS MATCH LIKE BETWEEN IN ISNULL NOTNULL <> =
    < <= > >=
    (ESCAPE)
    & | << >>
    + -
    * / %
    || -> ->>
    COLLATE
    unary ~ + -

A prefix operator may stand anywhere an operand may (`1 + NOT 2 = 3` is `1 + (NOT (2 = 3))`), and an infix NOT (NOT
NULL, NOT LIKE ...) binds as weakly as the prefix one: `a = b NOT NULL` is `(a = b) NOT NULL`.

Chains of operators of one level are parsed in a loop; `height` is the height SQLite would compute for the tree, and one
beyond its limit is refused with SQLite's message.
"""

from __future__ import annotations

from pumice.errors import sql_error
from pumice.sql.ast.expr import (
    Between,
    Binary,
    Call,
    Case,
    Cast,
    Collate,
    CurrentTime,
    Exists,
    Expr,
    Frame,
    FrameBound,
    InList,
    InSelect,
    InTable,
    IsNull,
    Like,
    Literal,
    Name,
    OrderTerm,
    Param,
    Raise,
    RowValue,
    Slot,
    Subquery,
    Unary,
    WindowSpec,
)
from pumice.sql.ast.select import Select, TableFunction, TableName
from pumice.sql.parser.core import MAX_EXPR_DEPTH, MAX_FUNCTION_ARGS, Cursor
from pumice.sql.tokenizer import (
    FIRST_SLOT,
    FUNCTION_KINDS,
    ID_OR_STRING_KINDS,
    NAME_KINDS,
    SLOT_RANGE,
    SLOT_TYPES,
    dequote,
)

OR, AND, NOT, EQUALITY, COMPARISON, BITWISE, SUM, PRODUCT, CONCAT, COLLATE = 1, 2, 3, 4, 5, 7, 8, 9, 10, 11

# Token kind -> level of the operator it starts after an operand.
_LEVEL = {
    "OR": OR, "AND": AND, "NOT": NOT,
    "IS": EQUALITY, "MATCH": EQUALITY, "LIKE": EQUALITY, "GLOB": EQUALITY, "REGEXP": EQUALITY, "BETWEEN": EQUALITY,
    "IN": EQUALITY, "ISNULL": EQUALITY, "NOTNULL": EQUALITY,
    "=": EQUALITY, "==": EQUALITY, "<>": EQUALITY, "!=": EQUALITY,
    "<": COMPARISON, "<=": COMPARISON, ">": COMPARISON, ">=": COMPARISON,
    "&": BITWISE, "|": BITWISE, "<<": BITWISE, ">>": BITWISE,
    "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "%": PRODUCT,
    "||": CONCAT, "->": CONCAT, "->>": CONCAT, "COLLATE": COLLATE,
}

# Token kind -> Binary.op, for the operators that are a plain `expr op expr`.
_BINARY = {
    "OR": "or", "AND": "and", "=": "=", "==": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
    "&": "&", "|": "|", "<<": "<<", ">>": ">>", "+": "+", "-": "-", "*": "*", "/": "/", "%": "%",
    "||": "||", "->": "->", "->>": "->>",
}

_LIKE_KINDS = frozenset(("LIKE", "GLOB", "REGEXP", "MATCH"))
_TIMES = {"CURRENT_TIME": "time", "CURRENT_DATE": "date", "CURRENT_TIMESTAMP": "timestamp"}
# Kinds that start a column reference or a call.
_REFERENCE = FUNCTION_KINDS - {"CAST", "RAISE", *_TIMES}
_SELECT_START = frozenset(("SELECT", "VALUES", "WITH"))
_INT_MIN_DIGITS = "9223372036854775808"
_DIGITS = frozenset("0123456789")
_HEX_DIGITS = _DIGITS | frozenset("abcdefABCDEF")
_FRAME_UNITS = frozenset(("ROWS", "RANGE", "GROUPS"))


class ExprParser(Cursor):
    __slots__ = ()

    # Defined in select.py.
    def select(self) -> Select:
        raise NotImplementedError

    def expr(self) -> Expr:
        result = self._expr(OR)
        if self.height > self.max_height:
            self.max_height = self.height
        return result

    def expr_list(self) -> tuple[Expr, ...]:
        """One or more expressions with commas between."""
        items = [self.expr()]
        while self.kinds[self.i] == ",":
            self.i += 1
            items.append(self.expr())
        return tuple(items)

    def _set_height(self, height: int) -> None:
        self.height = height
        if height > MAX_EXPR_DEPTH:
            raise sql_error(f"Expression tree is too large (maximum depth {MAX_EXPR_DEPTH})")

    def _expr(self, min_level: int, stop_at_and: bool = False) -> Expr:
        """An expression of operators of at least `min_level`; with `stop_at_and`, the AND of a BETWEEN ends it."""
        left = self._operand()
        kinds = self.kinds
        while True:
            kind = kinds[self.i]
            level = _LEVEL.get(kind, 0)
            if level < min_level:
                return left
            op = _BINARY.get(kind)
            if op is not None:
                if stop_at_and and kind == "AND":
                    return left
                height = self.height
                self.i += 1
                right = self._expr(level + 1)
                if self.height > height:
                    height = self.height
                left = Binary(op, left, right, left.pos)
                if height >= MAX_EXPR_DEPTH:
                    self._set_height(height + 1)
                self.height = height + 1
            else:
                left = self._other_infix(left, kind)

    def _other_infix(self, left: Expr, kind: str) -> Expr:
        """What may follow an operand besides the plain binary operators; the current token is of `kind`."""
        self.i += 1
        height = self.height
        pos = left.pos
        if kind == "COLLATE":
            self._set_height(height + 1)
            return Collate(left, self.id_or_string(), pos)
        if kind == "ISNULL" or kind == "NOTNULL":
            self._set_height(height + 1)
            return IsNull(left, kind == "NOTNULL", pos)
        if kind == "IS":
            op = "is not" if self.accept("NOT") else "is"
            if self.accept("DISTINCT"):
                self.expect("FROM")
                op = "is" if op == "is not" else "is not"
            right = self._expr(EQUALITY + 1)
            self._set_height(max(height, self.height) + 1)
            return Binary(op, left, right, pos)
        negated = kind == "NOT"
        if negated:
            kind = self.kinds[self.i]
            if kind == "NULL":
                self.i += 1
                self._set_height(height + 1)
                return IsNull(left, True, pos)
            if kind not in _LIKE_KINDS and kind != "BETWEEN" and kind != "IN":
                self.fail()
            self.i += 1
        if kind in _LIKE_KINDS:
            op = self.texts[self.i - 1]
            pattern = self._expr(EQUALITY + 1)
            height = max(height, self.height)
            escape = None
            if self.accept("ESCAPE"):
                escape = self._expr(EQUALITY + 1)
                height = max(height, self.height)
            self._set_height(height + 1 + negated)
            return Like(op, left, pattern, escape, negated, pos)
        if kind == "BETWEEN":
            low = self._expr(OR, stop_at_and=True)
            height = max(height, self.height)
            self.expect("AND")
            high = self._expr(EQUALITY + 1)
            self._set_height(max(height, self.height) + 1 + negated)
            return Between(left, low, high, negated, pos)
        return self._in(left, height, negated)

    def _in(self, left: Expr, height: int, negated: bool) -> Expr:
        """The right side of IN; the current token follows it."""
        outer, self.max_height = self.max_height, height
        result: Expr
        if self.accept("("):
            if self.kinds[self.i] in _SELECT_START:
                result = InSelect(left, self.select(), negated, left.pos)
            else:
                items = () if self.kinds[self.i] == ")" else self.expr_list()
                result = InList(left, items, negated, left.pos)
            self.expect(")")
        else:
            start = self.pos()
            schema, name = self.qualified_name()
            if self.accept("("):
                args = () if self.kinds[self.i] == ")" else self.expr_list()
                self.expect(")")
                source: TableFunction | TableName = TableFunction(name, args, schema, pos=start)
            else:
                source = TableName(name, schema, pos=start)
            result = InTable(left, source, negated, left.pos)
        height, self.max_height = self.max_height, outer
        self._set_height(height + 1 + negated)
        return result

    def _operand(self) -> Expr:
        """Prefix operators and the operand behind them."""
        kind = self.kinds[self.i]
        if kind in _REFERENCE:
            return self._reference()
        if kind != "-" and kind != "+" and kind != "~" and kind != "NOT":
            return self._primary(kind)
        first = self.i
        while kind == "-" or kind == "+" or kind == "~":
            self.i += 1
            kind = self.kinds[self.i]
        last = self.i
        if kind == "NOT":
            while self.accept("NOT"):
                pass
            end = self.i
            operand = self._expr(NOT)
            for i in range(end - 1, last - 1, -1):
                operand = Unary("not", operand, self.starts[i])
                self._set_height(self.height + 1)
        elif kind in _REFERENCE:
            operand = self._reference()
        else:
            operand = self._primary(kind)
        for i in range(last - 1, first - 1, -1):
            op = self.kinds[i]
            if op == "-" and operand is self.int_min:
                operand = Literal(-(2**63), self.starts[i])
            elif type(operand) is Unary and operand.op == "+":
                # As SQLite does: `-+x` is `-x`.
                operand = self._negate_int_min(op, operand.operand, self.starts[i])
            else:
                operand = Unary(op, operand, self.starts[i])
                self._set_height(self.height + 1)
        return operand

    def _negate_int_min(self, op: str, operand: Expr, pos: int) -> Expr:
        if op == "-" and operand is self.int_min:
            return Literal(-(2**63), pos)
        return Unary(op, operand, pos)

    def _reference(self) -> Expr:
        """A column reference or a function call."""
        i = self.i
        text = self.texts[i]
        start = self.starts[i]
        self.i = i + 1
        following = self.kinds[i + 1]
        if following == ".":
            return self._dotted(dequote(text), start)
        if following == "(":
            return self._call(dequote(text), start)
        self.height = 1
        char = text[0]
        if char == '"' or char == "[" or char == "`":
            return Name(dequote(text), None, None, char, start)
        return Name(text, None, None, "", start)

    def _dotted(self, first: str, start: int) -> Name:
        """The rest of `a.b` or `a.b.c`; the current token is the first dot."""
        self.i += 1
        second = self.name()
        if self.accept("."):
            self.height = 3
            return Name(self.name(), second, first, "", start)
        self.height = 2
        return Name(second, first, None, "", start)

    def _primary(self, kind: str) -> Expr:
        i = self.i
        start = self.starts[i]
        if kind == "INTEGER" or kind == "FLOAT" or kind == "QNUMBER":
            self.i = i + 1
            self.height = 1
            return self._number(kind, self.texts[i], start)
        if kind == "STRING":
            self.i = i + 1
            self.height = 1
            if self.kinds[i + 1] == ".":
                return self._dotted(dequote(self.texts[i]), start)
            return Literal(dequote(self.texts[i]), start)
        if kind == "VARIABLE":
            text = self.texts[i]
            if text[0] == "#" and text[1].isdigit():
                self.fail()
            self.i = i + 1
            self.height = 1
            return Param(text, self.assign_param(text, start), start)
        if kind == "(":
            return self._parenthesis(start)
        if kind == "SLOT":
            self.i = i + 1
            self.height = 2         # it may have a sign; the real height counts where this one is too large
            which, number = divmod(ord(self.texts[i]) - FIRST_SLOT, SLOT_RANGE)
            return Slot(number, SLOT_TYPES[which], start)
        self.height = 1
        if kind == "NULL":
            self.i = i + 1
            return Literal(None, start)
        if kind == "BLOB":
            self.i = i + 1
            return Literal(bytes.fromhex(self.texts[i][2:-1]), start)
        if kind in _TIMES:
            self.i = i + 1
            return CurrentTime(_TIMES[kind], start)
        if kind == "CASE":
            return self._case(start)
        if kind == "CAST":
            self.i = i + 1
            self.expect("(")
            operand = self.expr()
            height = self.height
            self.expect("AS")
            type_name = self.type_name()
            self.expect(")")
            self._set_height(height + 1)
            return Cast(operand, type_name or "", start)
        if kind == "EXISTS":
            self.i = i + 1
            self.expect("(")
            if self.kinds[self.i] not in _SELECT_START:
                self.fail()
            return Exists(self._nested_select(), start)
        if kind == "RAISE":
            return self._raise(start)
        self.fail()

    def _number(self, kind: str, text: str, start: int) -> Literal:
        if kind == "QNUMBER":
            digits = _HEX_DIGITS if text[:2] in ("0x", "0X") else _DIGITS
            parts = text.split("_")
            if any(a[-1:] not in digits or b[:1] not in digits for a, b in zip(parts, parts[1:], strict=False)):
                raise sql_error(f'unrecognized token: "{text}"')
            text = text.replace("_", "")
            kind = "INTEGER" if text.isdigit() or text[:2] in ("0x", "0X") else "FLOAT"
        if kind == "FLOAT":
            return Literal(float(text), start)
        if text[:2] in ("0x", "0X"):
            value = int(text, 16)
            sign = "-" if self.i >= 2 and self.kinds[self.i - 2] == "-" and self._is_prefix(self.i - 2) else ""
            if value >= 2**64 or (value == 2**63 and sign):
                raise sql_error(f"hex literal too big: {sign}{text}", start)
            return Literal(value - 2**64 if value >= 2**63 else value, start)
        # A longer one is no int64; float() is linear where int() is not.
        value = int(text) if len(text) < 20 else 2**63
        if value < 2**63:
            return Literal(value, start)
        literal = Literal(float(text), start)
        if text.lstrip("0") == _INT_MIN_DIGITS:
            self.int_min = literal
        return literal

    def _is_prefix(self, index: int) -> bool:
        """Whether the sign at token `index` is a prefix operator: no operand ends just before it."""
        before = self.kinds[index - 1] if index else ""
        return not (before in NAME_KINDS or before in (")", "INTEGER", "FLOAT", "QNUMBER", "BLOB", "VARIABLE", "NULL"))

    def _parenthesis(self, start: int) -> Expr:
        """`(select)`, `(expr)` or a row value; the current token is the parenthesis."""
        self.i += 1
        if self.kinds[self.i] in _SELECT_START:
            return Subquery(self._nested_select(), start)
        outer, self.max_height = self.max_height, 0
        first = self.expr()
        if self.accept(")"):
            self.max_height = outer
            return first
        if self.kinds[self.i] != ",":
            self.fail()
        self.i += 1
        items = (first, *self.expr_list())
        self.expect(")")
        height, self.max_height = self.max_height, outer
        self._set_height(height + 1)
        return RowValue(items, start)

    def _nested_select(self) -> Select:
        """A SELECT and its closing parenthesis."""
        outer, self.max_height = self.max_height, 0
        select = self.select()
        self.expect(")")
        height, self.max_height = self.max_height, outer
        self._set_height(height + 1)
        return select

    def _case(self, start: int) -> Case:
        self.i += 1
        outer, self.max_height = self.max_height, 0
        operand = None if self.kinds[self.i] == "WHEN" else self.expr()
        whens = []
        self.expect("WHEN")
        while True:
            condition = self.expr()
            self.expect("THEN")
            whens.append((condition, self.expr()))
            if not self.accept("WHEN"):
                break
        otherwise = self.expr() if self.accept("ELSE") else None
        self.expect("END")
        height, self.max_height = self.max_height, outer
        self._set_height(height + 1)
        return Case(operand, tuple(whens), otherwise, start)

    def _raise(self, start: int) -> Raise:
        self.i += 1
        self.expect("(")
        kind = self.kinds[self.i]
        if kind not in ("IGNORE", "ROLLBACK", "ABORT", "FAIL"):
            self.fail()
        self.i += 1
        message = None
        height = 0
        if kind != "IGNORE":
            self.expect(",")
            message = self.expr()
            height = self.height
        self.expect(")")
        self._set_height(height + 1)
        return Raise(kind.lower(), message, start)

    def _call(self, name: str, start: int) -> Call:
        """A function call from its opening parenthesis, the current token."""
        self.i += 1
        outer, self.max_height = self.max_height, 0
        args: tuple[Expr, ...] = ()
        order: tuple[OrderTerm, ...] = ()
        distinct = star = False
        kind = self.kinds[self.i]
        if kind == "*":
            self.i += 1
            star = True
        else:
            if kind == "DISTINCT" or kind == "ALL":
                distinct = kind == "DISTINCT"
                self.i += 1
                kind = self.kinds[self.i]
            if kind != ")" and kind != "ORDER":
                args = self.expr_list()
            if self.accept("ORDER"):
                self.expect("BY")
                order = self.order_terms()
        self.expect(")")
        if len(args) > MAX_FUNCTION_ARGS:
            raise sql_error(f"too many arguments on function {name}")
        height = self.max_height
        self._set_height(height + 1)
        where = over = None
        if self.kinds[self.i] == "FILTER":
            self.i += 1
            self.expect_all("(", "WHERE")
            where = self.expr()
            self.expect(")")
        if self.kinds[self.i] == "OVER":
            self.i += 1
            over = self._over()
            if distinct:
                raise sql_error("DISTINCT is not supported for window functions")
        self.max_height = outer
        self.height = height + 1
        return Call(name, args, distinct, star, order, where, over, start)

    def _over(self) -> WindowSpec:
        start = self.pos()
        if self.accept("("):
            spec = self.window(start)
            self.expect(")")
            return spec
        return WindowSpec(self.name(), bare=True, pos=start)

    def window(self, start: int) -> WindowSpec:
        """The inside of a window's parentheses."""
        kind = self.kinds[self.i]
        base = None
        if kind in NAME_KINDS and kind != "PARTITION" and kind not in _FRAME_UNITS:
            base = self.name()
        partition: tuple[Expr, ...] = ()
        order: tuple[OrderTerm, ...] = ()
        if self.accept("PARTITION"):
            self.expect("BY")
            partition = self.expr_list()
        if self.accept("ORDER"):
            self.expect("BY")
            order = self.order_terms()
        frame = self._frame() if self.kinds[self.i] in _FRAME_UNITS else None
        return WindowSpec(base, partition, order, frame, False, start)

    def _frame(self) -> Frame:
        start = self.pos()
        unit = self.kinds[self.i].lower()
        self.i += 1
        last = None
        if self.accept("BETWEEN"):
            first = self._frame_bound("PRECEDING", "unbounded preceding")
            self.expect("AND")
            last = self._frame_bound("FOLLOWING", "unbounded following")
        else:
            first = self._frame_bound("PRECEDING", "unbounded preceding")
        exclude = None
        if self.accept("EXCLUDE"):
            kind = self.kinds[self.i]
            self.i += 1
            if kind == "NO":
                self.expect("OTHERS")
                exclude = "no others"
            elif kind == "CURRENT":
                self.expect("ROW")
                exclude = "current row"
            elif kind == "GROUP" or kind == "TIES":
                exclude = kind.lower()
            else:
                self.i -= 1
                self.fail()
        end = last.kind if last else "current row"
        if (first.kind == "current row" and end == "preceding") or (
            first.kind == "following" and end in ("preceding", "current row")
        ):
            raise sql_error("unsupported frame specification")
        return Frame(unit, first, last, exclude, start)

    def _frame_bound(self, unbounded_end: str, unbounded: str) -> FrameBound:
        start = self.pos()
        if self.accept("UNBOUNDED"):
            self.expect(unbounded_end)
            return FrameBound(unbounded, None, start)
        if self.accept("CURRENT"):
            self.expect("ROW")
            return FrameBound("current row", None, start)
        offset = self.expr()
        if self.accept("PRECEDING"):
            return FrameBound("preceding", offset, start)
        self.expect("FOLLOWING")
        return FrameBound("following", offset, start)

    def order_terms(self) -> tuple[OrderTerm, ...]:
        """`sortlist`: the terms after ORDER BY."""
        terms = []
        while True:
            expr = self.expr()
            desc, nulls = self.sort_order()
            terms.append(OrderTerm(expr, desc is True, nulls, expr.pos))
            if not self.accept(","):
                return tuple(terms)

    def sort_order(self) -> tuple[bool | None, str | None]:
        """`[ASC | DESC] [NULLS FIRST | NULLS LAST]` as (desc, nulls)."""
        desc = None
        if self.accept("DESC"):
            desc = True
        elif self.accept("ASC"):
            desc = False
        nulls = None
        if self.accept("NULLS"):
            if self.accept("FIRST"):
                nulls = "first"
            else:
                self.expect("LAST")
                nulls = "last"
        return desc, nulls

    def type_name(self) -> str | None:
        """`typetoken`: words with up to two numbers in parentheses, as written; None if there are none."""
        kinds = self.kinds
        first = i = self.i
        while kinds[i] in ID_OR_STRING_KINDS:
            i += 1
        if i == first:
            return None
        self.i = i
        if kinds[i] == "(":
            self.i += 1
            self._signed_number()
            if self.accept(","):
                self._signed_number()
            self.expect(")")
        elif i == first + 1:
            return dequote(self.texts[first])
        return dequote(self.sql[self.starts[first] : self.end_of(self.i - 1)])

    def _signed_number(self) -> None:
        if self.kinds[self.i] in ("+", "-"):
            self.i += 1
        if self.kinds[self.i] not in ("INTEGER", "FLOAT"):
            self.fail()
        self.i += 1
