"""Queries: SELECT, VALUES, compound selects, WITH, and the FROM clause."""

from __future__ import annotations

from pumice.errors import sql_error
from pumice.node import Node
from pumice.sql.ast.expr import Call, Expr, Name, OrderTerm
from pumice.sql.ast.select import (
    CommonTable,
    Compound,
    FromItem,
    Join,
    NamedWindow,
    ParenFrom,
    ResultColumn,
    Select,
    SelectBody,
    SelectCore,
    SubqueryFrom,
    TableFunction,
    TableName,
    Values,
    With,
)
from pumice.sql.parser.core import MAX_COMPOUND_TERMS, MAX_FROM_TERMS
from pumice.sql.parser.expr import _REFERENCE, _SELECT_START, ExprParser
from pumice.sql.tokenizer import ID_OR_STRING_KINDS, JOIN_KEYWORDS

# Kinds of a table in `table.*`: names, but for those that begin an expression of their own.
_STAR_TABLE = _REFERENCE | {"STRING"}

# Bits of a join's type (sqlite3JoinType in select.c).
_INNER, _CROSS, _NATURAL, _LEFT, _RIGHT, _OUTER = 1, 2, 4, 8, 16, 32
_JOIN_BITS = {
    "inner": _INNER, "cross": _INNER | _CROSS, "natural": _NATURAL, "left": _LEFT | _OUTER, "right": _RIGHT | _OUTER,
    "full": _LEFT | _RIGHT | _OUTER, "outer": _OUTER,
}


class SelectParser(ExprParser):
    __slots__ = ()

    def with_clause(self) -> With:
        start = self.pos()
        self.expect("WITH")
        recursive = self.accept("RECURSIVE")
        tables: list[CommonTable] = []
        seen = set()
        while True:
            pos = self.pos()
            name = self.name()
            columns = self.plain_columns() if self.kinds[self.i] == "(" else None
            self.expect("AS")
            materialized = None
            if self.accept("MATERIALIZED"):
                materialized = True
            elif self.accept("NOT"):
                self.expect("MATERIALIZED")
                materialized = False
            self.expect("(")
            select = self.select()
            self.expect(")")
            if name.lower() in seen:
                raise sql_error(f"duplicate WITH table name: {name}")
            seen.add(name.lower())
            tables.append(CommonTable(name, columns, select, materialized, pos))
            if not self.accept(","):
                return With(tuple(tables), recursive, start)

    def select(self) -> Select:
        """A whole query, with its WITH clause."""
        start = self.pos()
        with_ = self.with_clause() if self.kinds[self.i] == "WITH" else None
        body, order, limit, offset = self._one_select()
        n_terms = 1
        early = ""
        while (op := self._compound_op()) is not None:
            # SQLite looks through the terms from the last to the first, so the last misplaced clause is the one named.
            if order or limit is not None:
                clause = "ORDER BY" if order else "LIMIT"
                early = f"{clause} clause should come after {op.upper()} not before"
            right, order, limit, offset = self._one_select()
            body = Compound(op, body, right, body.pos)
            n_terms += 1
        if early:
            raise sql_error(early)
        if n_terms > MAX_COMPOUND_TERMS and type(right) is not Values:
            raise sql_error("too many terms in compound SELECT")
        return Select(body, with_, order, limit, offset, start)

    def _compound_op(self) -> str | None:
        kind = self.kinds[self.i]
        if kind == "UNION":
            self.i += 1
            return "union all" if self.accept("ALL") else "union"
        if kind == "EXCEPT" or kind == "INTERSECT":
            self.i += 1
            return kind.lower()
        return None

    def _one_select(self) -> tuple[SelectBody, tuple[OrderTerm, ...], Expr | None, Expr | None]:
        """One term of a compound, with the ORDER BY and LIMIT that stand behind it."""
        start = self.pos()
        if self.accept("VALUES"):
            return self._values(start), (), None, None
        self.expect("SELECT")
        distinct = self.accept("DISTINCT")
        if not distinct:
            self.accept("ALL")
        columns = self.result_columns()
        source = self.from_items() if self.accept("FROM") else None
        where = self.expr() if self.accept("WHERE") else None
        group_by: tuple[Expr, ...] = ()
        if self.accept("GROUP"):
            self.expect("BY")
            group_by = self.expr_list()
        having = self.expr() if self.accept("HAVING") else None
        windows = self._window_clause() if self.accept("WINDOW") else ()
        order: tuple[OrderTerm, ...] = ()
        if self.accept("ORDER"):
            self.expect("BY")
            order = self.order_terms()
        limit = offset = None
        if self.accept("LIMIT"):
            limit = self.expr()
            if self.accept("OFFSET"):
                offset = self.expr()
            elif self.accept(","):
                offset, limit = limit, self.expr()
        return SelectCore(columns, distinct, source, where, group_by, having, windows, start), order, limit, offset

    def _values(self, start: int) -> Values:
        rows = []
        while True:
            self.expect("(")
            rows.append(self.expr_list())
            self.expect(")")
            # Of constant rows SQLite counts the terms while it parses, of others when it has resolved their names.
            if len(rows[-1]) != len(rows[0]) and _is_constant(rows[-1]) and _is_constant(rows[0]):
                raise sql_error("all VALUES must have the same number of terms")
            if not self.accept(","):
                return Values(tuple(rows), start)

    def _window_clause(self) -> tuple[NamedWindow, ...]:
        windows = []
        while True:
            start = self.pos()
            name = self.name()
            self.expect_all("AS", "(")
            spec = self.window(self.pos())
            self.expect(")")
            windows.append(NamedWindow(name, spec, start))
            if not self.accept(","):
                return tuple(windows)

    def result_columns(self) -> tuple[ResultColumn, ...]:
        """`selcollist`: what follows SELECT or RETURNING."""
        columns = []
        kinds = self.kinds
        while True:
            first = self.i
            kind = kinds[first]
            start = self.starts[first]
            if kind == "*":
                self.i += 1
                columns.append(ResultColumn(None, None, True, None, "", start))
            elif kind in _STAR_TABLE and kinds[first + 1] == "." and kinds[first + 2] == "*":
                table = self.name()
                self.i += 2
                columns.append(ResultColumn(None, None, True, table, "", start))
            else:
                expr = self.expr()
                text = self.source_text(first)
                columns.append(ResultColumn(expr, self.alias(), False, None, text, start))
            if kinds[self.i] != ",":
                return tuple(columns)
            self.i += 1

    def alias(self) -> str | None:
        """`[AS] name`; without AS, not a join keyword."""
        kind = self.kinds[self.i]
        if kind == "AS":
            self.i += 1
            return self.name()
        if kind in ID_OR_STRING_KINDS:
            return self.id_or_string()
        return None

    def from_items(self) -> FromItem:
        """`seltablist`: the FROM clause without the word, joins associated to the left."""
        left: FromItem | None = None
        start = self.pos()
        kind, natural, comma = "inner", False, False
        n_terms = 0
        while True:
            item = self._from_item()
            n_terms += 1
            if n_terms > MAX_FROM_TERMS:
                raise sql_error(f"too many FROM clause terms, max: {MAX_FROM_TERMS}")
            on = using = None
            if self.accept("ON"):
                on = self.expr()
            elif self.accept("USING"):
                self.expect("(")
                using = self.name_list()
                self.expect(")")
            if left is not None:
                left = Join(left, item, kind, natural, comma, on, using, start)
            elif on is not None or using is not None:
                if self.kinds[self.i] == "DO":
                    # `INSERT ... SELECT ... FROM t ON CONFLICT DO`: what was meant for an upsert, read as ON expr.
                    self.fail()
                raise sql_error(f"a JOIN clause is required before {'ON' if using is None else 'USING'}")
            else:
                left = item
            token = self.kinds[self.i]
            comma = token == ","
            if comma or token == "JOIN":
                self.i += 1
                kind, natural = "inner", False
            elif token in JOIN_KEYWORDS:
                kind, natural = self._join_type()
            else:
                return left

    def _join_type(self) -> tuple[str, bool]:
        """The words before JOIN, and JOIN, as (kind, natural)."""
        first = self.i
        self.i += 1
        while self.kinds[self.i] != "JOIN":
            if self.i - first >= 3:
                self.fail()
            self.name()
        words = self.texts[first : self.i]
        self.i += 1
        bits = 0
        for word in words:
            bit = _JOIN_BITS.get(word.lower())
            if bit is None:
                bits = _INNER | _OUTER
                break
            bits |= bit
        outer = bits & _OUTER
        if outer and (bits & _INNER or not bits & (_LEFT | _RIGHT)):
            raise sql_error(f"unknown join type: {' '.join(words)}", self.starts[first])
        natural = bool(bits & _NATURAL)
        if bits & _CROSS:
            return "cross", natural
        if bits & _LEFT:
            return ("full" if bits & _RIGHT else "left"), natural
        return ("right" if bits & _RIGHT else "inner"), natural

    def _from_item(self) -> FromItem:
        start = self.pos()
        if self.accept("("):
            if self.kinds[self.i] in _SELECT_START:
                select = self.select()
                self.expect(")")
                return SubqueryFrom(select, self.alias(), start)
            item = self.from_items()
            self.expect(")")
            return ParenFrom(item, self.alias(), start)
        schema, name = self.qualified_name()
        if self.accept("("):
            args = () if self.kinds[self.i] == ")" else self.expr_list()
            self.expect(")")
            return TableFunction(name, args, schema, self.alias(), start)
        alias = self.alias()
        indexed, not_indexed = self.indexed_by()
        return TableName(name, schema, alias, indexed, not_indexed, start)

    def indexed_by(self) -> tuple[str | None, bool]:
        """`[INDEXED BY name | NOT INDEXED]` as (index name, not indexed)."""
        if self.accept("INDEXED"):
            self.expect("BY")
            return self.name(), False
        if self.accept("NOT"):
            self.expect("INDEXED")
            return None, True
        return None, False


def _is_constant(row: tuple[Expr, ...]) -> bool:
    stack: list[object] = list(row)
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, (Name, Call, Select)):
            return False
        elif isinstance(item, Node):
            stack.extend(getattr(item, name) for name in item.__match_args__)
    return True
