"""AST to SQL text: `parse(unparse(node))` equals `node`.

The text is one line in SQLite's own spelling, with names quoted only where they must be and parentheses only where an
operand binds more weakly than its operator. Each node class has one function, found through `_PRINTERS`.

Tests: tests/unit/sql/test_unparse.py
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pumice.node import Node
from pumice.sql import ast
from pumice.sql.tokenizer import FIRST_SLOT, ID_OR_STRING_KINDS, KEYWORDS, SLOT_RANGE, SLOT_TYPES, tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Binary.op -> level, as in parser/expr.py; what is no operator stands above all of them.
_LEVEL = {
    "or": 1, "and": 2, "=": 4, "<>": 4, "is": 4, "is not": 4, "<": 5, "<=": 5, ">": 5, ">=": 5, "&": 7, "|": 7, "<<": 7,
    ">>": 7, "+": 8, "-": 8, "*": 9, "/": 9, "%": 9, "||": 10, "->": 10, "->>": 10,
}
_INFINITY = float("inf")
_LEVEL_NOT, _LEVEL_EQUALITY, _LEVEL_COLLATE, _LEVEL_UNARY, _LEVEL_ATOM = 3, 4, 11, 12, 13


def unparse(node: Node) -> str:
    """The SQL text of a statement, an expression or any other AST node."""
    return _PRINTERS[type(node)](node)


def quote_name(name: str) -> str:
    """`name` as SQL, in double quotes unless it is a plain word and no keyword."""
    if _PLAIN_NAME.fullmatch(name) and name.upper() not in KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def quote_string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _commas(nodes: Iterable[Node]) -> str:
    return ", ".join([unparse(n) for n in nodes])


def _names(names: Iterable[str]) -> str:
    return ", ".join([quote_name(n) for n in names])


def _qualified(schema: str | None, name: str) -> str:
    return quote_name(name) if schema is None else f"{quote_name(schema)}.{quote_name(name)}"


def _join(*parts: str | None) -> str:
    """The parts that are there, with one space between."""
    return " ".join([p for p in parts if p])


def _if(condition: object, text: str) -> str:
    return text if condition else ""


def _clause(word: str, node: Node | None) -> str:
    return "" if node is None else f"{word} {unparse(node)}"


# Expressions


def _level(node: Node) -> int:
    kind = type(node)
    if kind is ast.Binary:
        return _LEVEL[node.op]  # type: ignore[attr-defined]
    if kind is ast.Unary:
        return _LEVEL_NOT if node.op == "not" else _LEVEL_UNARY  # type: ignore[attr-defined]
    if kind in (ast.IsNull, ast.Between, ast.Like, ast.InList, ast.InSelect, ast.InTable):
        # With NOT before the operator the operand would bind as weakly as NOT itself; parentheses settle it.
        return _LEVEL_EQUALITY if not node.negated else _LEVEL_NOT  # type: ignore[attr-defined]
    if kind is ast.Collate:
        return _LEVEL_COLLATE
    if kind is ast.Literal and isinstance(node.value, (int, float)) and node.value < 0:  # type: ignore[attr-defined]
        return _LEVEL_UNARY
    return _LEVEL_ATOM


def _operand(node: Node, level: int) -> str:
    """`node` as an operand that must bind at `level` or tighter."""
    text = unparse(node)
    return text if _level(node) >= level else f"({text})"


def _literal(node: ast.Literal) -> str:
    value = node.value
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return quote_string(value)
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    if isinstance(value, float):
        # Infinity has no literal of its own, but a large exponent overflows to it.
        return {_INFINITY: "9e999", -_INFINITY: "-9e999"}.get(value) or repr(value)
    # A negative integer is one literal only in hexadecimal, but for the smallest, whose sign the parser folds.
    return str(value) if value >= 0 or value == -(2**63) else hex(value + 2**64)


def _name(node: ast.Name) -> str:
    if node.table is not None:
        prefix = "" if node.schema is None else quote_name(node.schema) + "."
        return f"{prefix}{quote_name(node.table)}.{quote_name(node.column)}"
    quote = node.quoted
    if quote == "[":
        return f"[{node.column}]"
    if not quote:
        if _PLAIN_NAME.fullmatch(node.column):
            return node.column      # also a keyword: the parser took it for a name
        quote = "`"         # in double quotes it might be a string
    return quote + node.column.replace(quote, quote * 2) + quote


def _unary(node: ast.Unary) -> str:
    operand = node.operand
    if node.op == "not":
        return "NOT " + _operand(operand, _LEVEL_NOT)
    text = _operand(operand, _LEVEL_UNARY)
    # Two minus signs would begin a comment.
    return node.op + (" " if text[0] in "+-" else "") + text


def _binary(node: ast.Binary) -> str:
    # The left spine in a loop: a chain of operators of one level is as deep as it is long.
    parts: list[str] = []
    left: Node = node
    level = _LEVEL[node.op]
    while type(left) is ast.Binary and _LEVEL[left.op] == level:
        right = _operand(left.right, level + 1)
        # A NOT on the right is weaker and so in parentheses: `IS NOT x` would be another operator.
        parts.append(f" {left.op.upper()} {right}")
        left = left.left
    parts.append(_operand(left, level))
    return "".join(reversed(parts))


def _is_null(node: ast.IsNull) -> str:
    return _operand(node.operand, _LEVEL_EQUALITY) + (" NOTNULL" if node.negated else " ISNULL")


def _not(node: Any) -> str:
    return "NOT " if node.negated else ""


def _between(node: ast.Between) -> str:
    # The low bound could take the AND for its own.
    low = _operand(node.low, _LEVEL_EQUALITY + 1)
    high = _operand(node.high, _LEVEL_EQUALITY + 1)
    return f"{_operand(node.operand, _LEVEL_EQUALITY)} {_not(node)}BETWEEN {low} AND {high}"


def _like(node: ast.Like) -> str:
    operand = _operand(node.operand, _LEVEL_EQUALITY)
    pattern = _operand(node.pattern, _LEVEL_EQUALITY + 1)
    escape = "" if node.escape is None else f" ESCAPE {_operand(node.escape, _LEVEL_EQUALITY + 1)}"
    return f"{operand} {_not(node)}{node.op} {pattern}{escape}"


def _in(node: Any, right: str) -> str:
    return f"{_operand(node.operand, _LEVEL_EQUALITY)} {_not(node)}IN {right}"


def _case(node: ast.Case) -> str:
    whens = [f"WHEN {unparse(condition)} THEN {unparse(result)}" for condition, result in node.whens]
    return _join("CASE", node.operand and unparse(node.operand), *whens, _clause("ELSE", node.otherwise), "END")


def _type_name(name: str) -> str:
    """A type as it was written, or in quotes where its words would not be read back as they stand."""
    kinds: list[str] = []
    tokenize(name, 0, kinds, [], [])
    words = [k for k in kinds[:-1] if k in ID_OR_STRING_KINDS]
    plain = name != "" and name == name.strip() and kinds[-1] == "EOF" and name[:1] not in ("'", '"', "`", "[")
    if plain and words == kinds[: len(words)] and re.fullmatch(_TYPE_ARGUMENTS, " ".join(kinds[len(words) : -1])):
        return name
    return '"' + name.replace('"', '""') + '"'


_TYPE_NUMBER = r"(?:[-+] )?(?:INTEGER|FLOAT)"
_TYPE_ARGUMENTS = rf"(?:\( {_TYPE_NUMBER}(?: , {_TYPE_NUMBER})? \))?"


def _cast(node: ast.Cast) -> str:
    return f"CAST({unparse(node.operand)} AS {_type_name(node.type_name) if node.type_name else ''})"


def _collate(node: ast.Collate) -> str:
    return f"{_operand(node.operand, _LEVEL_COLLATE)} COLLATE {quote_name(node.collation)}"


def _order_term(node: ast.OrderTerm) -> str:
    return _join(unparse(node.expr), _if(node.desc, "DESC"), node.nulls and f"NULLS {node.nulls.upper()}")


def _order_by(terms: tuple[ast.OrderTerm, ...]) -> str:
    return f"ORDER BY {_commas(terms)}" if terms else ""


def _bound(node: ast.FrameBound) -> str:
    return _join(node.offset and unparse(node.offset), node.kind.upper())


def _frame(node: ast.Frame) -> str:
    start = unparse(node.start)
    bounds = start if node.end is None else f"BETWEEN {start} AND {unparse(node.end)}"
    return _join(node.unit.upper(), bounds, node.exclude and f"EXCLUDE {node.exclude.upper()}")


def _window(node: ast.WindowSpec) -> str:
    base = None if node.base is None else quote_name(node.base)
    if node.bare:
        return base or ""
    partition = _if(node.partition, f"PARTITION BY {_commas(node.partition)}")
    return "(" + _join(base, partition, _order_by(node.order), node.frame and unparse(node.frame)) + ")"


def _call(node: ast.Call) -> str:
    inner = "*" if node.star else _join(_if(node.distinct, "DISTINCT"), _commas(node.args), _order_by(node.order))
    where = "" if node.filter is None else f"FILTER (WHERE {unparse(node.filter)})"
    return _join(f"{quote_name(node.name)}({inner})", where, _clause("OVER", node.over))


def _raise(node: ast.Raise) -> str:
    message = "" if node.message is None else f", {unparse(node.message)}"
    return f"RAISE({node.action.upper()}{message})"


# Queries


def _alias(alias: str | None) -> str:
    return "" if alias is None else f"AS {quote_name(alias)}"


def _indexed(node: ast.TableName) -> str:
    if node.not_indexed:
        return "NOT INDEXED"
    return "" if node.indexed is None else f"INDEXED BY {quote_name(node.indexed)}"


def _table_name(node: ast.TableName) -> str:
    return _join(_qualified(node.schema, node.name), _alias(node.alias), _indexed(node))


def _table_function(node: ast.TableFunction) -> str:
    return _join(f"{_qualified(node.schema, node.name)}({_commas(node.args)})", _alias(node.alias))


def _from_join(node: ast.Join) -> str:
    if node.comma:
        word = ","
    else:
        word = _join(_if(node.natural, "NATURAL"), _if(node.kind != "inner", node.kind.upper()), "JOIN")
    using = "" if node.using is None else f"USING ({_names(node.using)})"
    return _join(unparse(node.left), word, unparse(node.right), _clause("ON", node.on), using)


def _result_column(node: ast.ResultColumn) -> str:
    if node.star:
        return "*" if node.table is None else f"{quote_name(node.table)}.*"
    assert node.expr is not None
    return _join(unparse(node.expr), _alias(node.alias))


def _select_core(node: ast.SelectCore) -> str:
    return _join(
        "SELECT", _if(node.distinct, "DISTINCT"), _commas(node.columns), _clause("FROM", node.source),
        _clause("WHERE", node.where), _if(node.group_by, f"GROUP BY {_commas(node.group_by)}"),
        _clause("HAVING", node.having), _if(node.windows, f"WINDOW {_commas(node.windows)}"),
    )


def _values(node: ast.Values) -> str:
    return "VALUES " + ", ".join([f"({_commas(row)})" for row in node.rows])


def _compound(node: ast.Compound) -> str:
    parts = []
    body: Node = node
    while type(body) is ast.Compound:
        parts.append(f" {body.op.upper()} {unparse(body.right)}")
        body = body.left
    parts.append(unparse(body))
    return "".join(reversed(parts))


def _common_table(node: ast.CommonTable) -> str:
    columns = "" if node.columns is None else f"({_names(node.columns)})"
    how = {None: "", True: "MATERIALIZED ", False: "NOT MATERIALIZED "}[node.materialized]
    return f"{quote_name(node.name)}{columns} AS {how}({unparse(node.select)})"


def _with(node: ast.With) -> str:
    return _join("WITH", _if(node.recursive, "RECURSIVE"), _commas(node.tables))


def _select(node: ast.Select) -> str:
    return _join(node.with_ and unparse(node.with_), unparse(node.body), _tail(node))


def _tail(node: Any) -> str:
    return _join(_order_by(node.order), _clause("LIMIT", node.limit), _clause("OFFSET", node.offset))


# Data changes


def _returning(columns: tuple[ast.ResultColumn, ...]) -> str:
    return f"RETURNING {_commas(columns)}" if columns else ""


def _assignment(node: ast.Assignment) -> str:
    # One column in parentheses means the same as without, and parses to the same node.
    columns = _names(node.columns) if len(node.columns) == 1 else f"({_names(node.columns)})"
    return f"{columns} = {unparse(node.value)}"


def _upsert(node: ast.Upsert) -> str:
    target = "" if node.target is None else f"({_commas(node.target)})"
    if node.assignments is None:
        action = "DO NOTHING"
    else:
        action = _join("DO UPDATE SET", _commas(node.assignments), _clause("WHERE", node.where))
    return _join("ON CONFLICT", target, _clause("WHERE", node.target_where), action)


def _or(conflict: str | None) -> str:
    return "" if conflict is None else f"OR {conflict.upper()}"


def _insert(node: ast.Insert) -> str:
    return _join(
        node.with_ and unparse(node.with_), "INSERT", _or(node.conflict), "INTO", unparse(node.table),
        "" if node.columns is None else f"({_names(node.columns)})",
        "DEFAULT VALUES" if node.select is None else unparse(node.select),
        *[unparse(u) for u in node.upserts], _returning(node.returning),
    )


def _update(node: ast.Update) -> str:
    return _join(
        node.with_ and unparse(node.with_), "UPDATE", _or(node.conflict), unparse(node.table), "SET",
        _commas(node.assignments), _clause("FROM", node.source), _clause("WHERE", node.where),
        _returning(node.returning), _tail(node),
    )


def _delete(node: ast.Delete) -> str:
    return _join(
        node.with_ and unparse(node.with_), "DELETE FROM", unparse(node.table), _clause("WHERE", node.where),
        _returning(node.returning), _tail(node),
    )


# Schema


def _direction(desc: bool | None) -> str:
    return {None: "", True: "DESC", False: "ASC"}[desc]


def _indexed_column(node: ast.IndexedColumn) -> str:
    return _join(unparse(node.expr), _direction(node.desc))


def _label(node: Any) -> str:
    return "" if node.name is None else f"CONSTRAINT {quote_name(node.name)}"


def _on_conflict(conflict: str | None) -> str:
    return "" if conflict is None else f"ON CONFLICT {conflict.upper()}"


def _primary_key_column(node: ast.PrimaryKeyColumn) -> str:
    auto = _if(node.autoincrement, "AUTOINCREMENT")
    return _join(_label(node), "PRIMARY KEY", _direction(node.desc), _on_conflict(node.conflict), auto)


def _not_null(node: ast.NotNullColumn) -> str:
    return _join(_label(node), "NULL" if node.is_null else "NOT NULL", _on_conflict(node.conflict))


def _unique_column(node: ast.UniqueColumn) -> str:
    return _join(_label(node), "UNIQUE", _on_conflict(node.conflict))


def _check(node: ast.CheckColumn | ast.CheckTable) -> str:
    return _join(_label(node), f"CHECK ({unparse(node.expr)})", _on_conflict(node.conflict))


def _default(node: ast.DefaultColumn) -> str:
    value = f"({unparse(node.expr)})" if node.paren else unparse(node.expr)
    return _join(_label(node), "DEFAULT", value)


def _collate_column(node: ast.CollateColumn) -> str:
    return _join(_label(node), "COLLATE", quote_name(node.collation))


def _generated(node: ast.GeneratedColumn) -> str:
    always = _if(node.always, "GENERATED ALWAYS")
    return _join(_label(node), always, f"AS ({unparse(node.expr)})", _if(node.stored, "STORED"))


def _references(node: ast.References) -> str:
    deferrable = {None: "", True: "DEFERRABLE", False: "NOT DEFERRABLE"}[node.deferrable]
    return _join(
        _label(node), "REFERENCES", quote_name(node.table), _if(node.columns, f"({_names(node.columns)})"),
        node.match and f"MATCH {quote_name(node.match)}", node.on_delete and f"ON DELETE {node.on_delete.upper()}",
        node.on_update and f"ON UPDATE {node.on_update.upper()}", deferrable,
        node.initially and f"INITIALLY {node.initially.upper()}",
    )


def _primary_key_table(node: ast.PrimaryKeyTable) -> str:
    inner = _join(_commas(node.columns), _if(node.autoincrement, "AUTOINCREMENT"))
    return _join(_label(node), f"PRIMARY KEY ({inner})", _on_conflict(node.conflict))


def _unique_table(node: ast.UniqueTable) -> str:
    return _join(_label(node), f"UNIQUE ({_commas(node.columns)})", _on_conflict(node.conflict))


def _foreign_key(node: ast.ForeignKey) -> str:
    return _join(_label(node), f"FOREIGN KEY ({_names(node.columns)})", unparse(node.references))


def _column_def(node: ast.ColumnDef) -> str:
    type_name = None if node.type_name is None else _type_name(node.type_name)
    return _join(quote_name(node.name), type_name, *[unparse(c) for c in node.constraints])


def _create(node: Any, words: str) -> str:
    """`CREATE [TEMP] words [IF NOT EXISTS] [schema.]name`."""
    temp = _if(getattr(node, "temp", False), "TEMP")
    exists = _if(node.if_not_exists, "IF NOT EXISTS")
    return _join("CREATE", temp, words, exists, _qualified(node.schema, node.name))


def _create_table(node: ast.CreateTable) -> str:
    head = _create(node, "TABLE")
    if node.select is not None:
        return f"{head} AS {unparse(node.select)}"
    options = [_if(node.without_rowid, "WITHOUT ROWID"), _if(node.strict, "STRICT")]
    body = _commas((*node.columns, *node.constraints))
    return _join(f"{head} ({body})", ", ".join([o for o in options if o]))


def _create_index(node: ast.CreateIndex) -> str:
    head = _create(node, _join(_if(node.unique, "UNIQUE"), "INDEX"))
    return _join(head, f"ON {quote_name(node.table)} ({_commas(node.columns)})", _clause("WHERE", node.where))


def _create_view(node: ast.CreateView) -> str:
    columns = "" if node.columns is None else f"({_names(node.columns)})"
    return _join(_create(node, "VIEW"), columns, "AS", unparse(node.select))


def _create_trigger(node: ast.CreateTrigger) -> str:
    of_columns = "" if node.of_columns is None else f"OF {_names(node.of_columns)}"
    return _join(
        _create(node, "TRIGGER"), node.time and node.time.upper(), node.event.upper(), of_columns, "ON",
        quote_name(node.table), _if(node.for_each_row, "FOR EACH ROW"), _clause("WHEN", node.when), "BEGIN",
        *[unparse(step) + ";" for step in node.body], "END",
    )


def _create_virtual_table(node: ast.CreateVirtualTable) -> str:
    args = f"({', '.join(node.args)})" if node.args else ""
    return f"{_create(node, 'VIRTUAL TABLE')} USING {quote_name(node.module)}{args}"


def _drop(node: ast.Drop) -> str:
    return _join("DROP", node.kind.upper(), _if(node.if_exists, "IF EXISTS"), _qualified(node.schema, node.name))


def _alter(node: Any, *rest: str) -> str:
    return _join("ALTER TABLE", _qualified(node.schema, node.table), *rest)


def _set_not_null(node: ast.SetNotNull) -> str:
    how = "DROP NOT NULL" if node.drop else _join("SET NOT NULL", _on_conflict(node.conflict))
    return _alter(node, "ALTER COLUMN", quote_name(node.column), how)


# The other statements


def _begin(node: ast.Begin) -> str:
    return "BEGIN" if node.kind == "deferred" else f"BEGIN {node.kind.upper()}"


def _rollback(node: ast.Rollback) -> str:
    return "ROLLBACK" if node.savepoint is None else f"ROLLBACK TO {quote_name(node.savepoint)}"


def _attach(node: ast.Attach) -> str:
    return _join("ATTACH", unparse(node.file), "AS", unparse(node.schema), _clause("KEY", node.key))


def _pragma(node: ast.Pragma) -> str:
    head = f"PRAGMA {_qualified(node.schema, node.name)}"
    value = node.value
    if value is None:
        return head
    if isinstance(value, str):
        return f"{head} = {quote_string(value)}"
    sign = "-" if value < 0 else ""
    return f"{head} = {sign}{_literal(ast.Literal(abs(value)))}"


def _vacuum(node: ast.Vacuum) -> str:
    return _join("VACUUM", node.schema and quote_name(node.schema), _clause("INTO", node.into))


def _maintain(word: str, node: Any) -> str:
    return word if node.name is None else f"{word} {_qualified(node.schema, node.name)}"


def _explain(node: ast.Explain) -> str:
    words = {"program": "EXPLAIN", "query plan": "EXPLAIN QUERY PLAN", "analyze": "EXPLAIN ANALYZE"}
    return f"{words[node.mode]} {unparse(node.statement)}"


_PRINTERS: dict[type, Callable[[Any], str]] = {
    ast.Literal: _literal,
    ast.CurrentTime: lambda n: f"CURRENT_{n.which.upper()}",
    ast.Param: lambda n: n.text,
    ast.Slot: lambda n: chr(FIRST_SLOT + SLOT_TYPES.index(n.type) * SLOT_RANGE + n.number),
    ast.Name: _name,
    ast.Unary: _unary,
    ast.Binary: _binary,
    ast.IsNull: _is_null,
    ast.Between: _between,
    ast.Like: _like,
    ast.InList: lambda n: _in(n, f"({_commas(n.items)})"),
    ast.InSelect: lambda n: _in(n, f"({unparse(n.select)})"),
    ast.InTable: lambda n: _in(n, unparse(n.source)),
    ast.Exists: lambda n: f"EXISTS ({unparse(n.select)})",
    ast.Subquery: lambda n: f"({unparse(n.select)})",
    ast.RowValue: lambda n: f"({_commas(n.items)})",
    ast.Case: _case,
    ast.Cast: _cast,
    ast.Collate: _collate,
    ast.OrderTerm: _order_term,
    ast.FrameBound: _bound,
    ast.Frame: _frame,
    ast.WindowSpec: _window,
    ast.Call: _call,
    ast.Raise: _raise,
    ast.TableName: _table_name,
    ast.TableFunction: _table_function,
    ast.SubqueryFrom: lambda n: _join(f"({unparse(n.select)})", _alias(n.alias)),
    ast.Join: _from_join,
    ast.ParenFrom: lambda n: _join(f"({unparse(n.item)})", _alias(n.alias)),
    ast.ResultColumn: _result_column,
    ast.NamedWindow: lambda n: f"{quote_name(n.name)} AS {unparse(n.spec)}",
    ast.SelectCore: _select_core,
    ast.Values: _values,
    ast.Compound: _compound,
    ast.CommonTable: _common_table,
    ast.With: _with,
    ast.Select: _select,
    ast.Assignment: _assignment,
    ast.Upsert: _upsert,
    ast.Insert: _insert,
    ast.Update: _update,
    ast.Delete: _delete,
    ast.IndexedColumn: _indexed_column,
    ast.PrimaryKeyColumn: _primary_key_column,
    ast.NotNullColumn: _not_null,
    ast.UniqueColumn: _unique_column,
    ast.CheckColumn: _check,
    ast.CheckTable: _check,
    ast.DefaultColumn: _default,
    ast.CollateColumn: _collate_column,
    ast.GeneratedColumn: _generated,
    ast.References: _references,
    ast.PrimaryKeyTable: _primary_key_table,
    ast.UniqueTable: _unique_table,
    ast.ForeignKey: _foreign_key,
    ast.ColumnDef: _column_def,
    ast.CreateTable: _create_table,
    ast.CreateIndex: _create_index,
    ast.CreateView: _create_view,
    ast.CreateTrigger: _create_trigger,
    ast.CreateVirtualTable: _create_virtual_table,
    ast.Drop: _drop,
    ast.RenameTable: lambda n: _alter(n, "RENAME TO", quote_name(n.new_name)),
    ast.RenameColumn: lambda n: _alter(n, "RENAME COLUMN", quote_name(n.column), "TO", quote_name(n.new_name)),
    ast.AddColumn: lambda n: _alter(n, "ADD COLUMN", unparse(n.column)),
    ast.DropColumn: lambda n: _alter(n, "DROP COLUMN", quote_name(n.column)),
    ast.AddConstraint: lambda n: _alter(n, "ADD", unparse(n.constraint)),
    ast.DropConstraint: lambda n: _alter(n, "DROP CONSTRAINT", quote_name(n.constraint)),
    ast.SetNotNull: _set_not_null,
    ast.Begin: _begin,
    ast.Commit: lambda n: "COMMIT",
    ast.Rollback: _rollback,
    ast.Savepoint: lambda n: f"SAVEPOINT {quote_name(n.name)}",
    ast.Release: lambda n: f"RELEASE {quote_name(n.name)}",
    ast.Attach: _attach,
    ast.Detach: lambda n: f"DETACH {unparse(n.schema)}",
    ast.Pragma: _pragma,
    ast.Vacuum: _vacuum,
    ast.Analyze: lambda n: _maintain("ANALYZE", n),
    ast.Reindex: lambda n: _maintain("REINDEX", n),
    ast.Explain: _explain,
}
