"""ALTER TABLE RENAME TO and RENAME COLUMN: names replaced, token by token,
in every stored text that refers to the table or column.

A text is parsed, the nodes that name the object are found, and their tokens (by the nodes' positions) are replaced; the
rest stays as written. Raises NotSupportedError where a view or trigger makes it unclear which table a name belongs to.
Source: alter.c; messages as SQLite's.
"""

from __future__ import annotations

from pumice import errors
from pumice.catalog.objects import Table, View
from pumice.engine.ddl_alter import alterable_table, check_indexes, check_views
from pumice.engine.ddl_quotes import settle_quotes
from pumice.engine.ddl_schema import check_object_name, find_table, schema_source
from pumice.engine.ddl_text import Tokens
from pumice.node import Node, descendants
from pumice.sql import ast
from pumice.sql.parser import parse
from pumice.sql.tokenizer import dequote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_AUTO_INDEX = "sqlite_autoindex_"


class _Text:
    """A stored text with tokens to replace."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens = Tokens(sql)
        self.parsed = parse(sql)
        self.at = {start: i for i, start in enumerate(self.tokens.starts)}
        self.chosen: set[int] = set()

    def choose(self, pos: int, dots: int = 0) -> None:
        """The token at `pos`, or the one behind `dots` dots."""
        i = self.at.get(pos)
        if i is not None:
            self.chosen.add(i + 2 * dots)

    def choose_in_parens(self, i: int, name: str) -> None:
        """Tokens equal to `name` in the first parentheses after token i."""
        while self.tokens.kinds[i] != "(":
            i += 1
        while self.tokens.kinds[i] != ")":
            if dequote(self.tokens.texts[i]).lower() == name:
                self.chosen.add(i)
            i += 1

    def replaced(self, new: str, bare: str | None = None) -> str:
        """The text with every chosen token replaced by `new`; by `bare`, if given, where the old one was not quoted."""
        sql = self.sql
        for i in sorted(self.chosen, reverse=True):
            old = self.tokens.texts[i]
            value = bare if bare is not None and old[:1] not in ("'", '"', "`", "[") else new
            sql = sql[:self.tokens.starts[i]] + value + sql[self.tokens.end(i):]
        return sql


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _rows(session: Any, db: int) -> list[tuple]:
    return session.execute_internal(f"SELECT rowid, type, name, tbl_name, sql FROM {schema_source(session, db)}")


def _schemas(session: Any, table: Table) -> list[int]:
    """Databases whose texts may name the table: its own, and temp when no temporary table hides it."""
    if table.db == 1 or table.name.lower() in session.catalog.schemas[1].tables or not _rows(session, 1):
        return [table.db]
    session.transaction.begin_write(1)
    return [table.db, 1]


# ---- RENAME TO


def rename_table(statement: ast.RenameTable, session: Any) -> None:
    table = alterable_table(session, statement.table, statement.schema)
    schema = session.catalog.schemas[table.db]
    new = statement.new_name
    key = new.lower()
    if key in schema.tables or key in schema.views or key in schema.indexes:
        raise errors.sql_error(f"there is already another table or index with this name: {new}")
    check_object_name(session, new)
    old = table.name.lower()
    session.begin_change(table.db)
    changed = _schemas(session, table)
    for db in changed:
        source = schema_source(session, db)
        for rowid, kind, name, owner, sql in _rows(session, db):
            own = db == table.db and owner.lower() == old
            row = [name, owner, sql]
            if own or (kind == "trigger" and owner.lower() == old):
                row[1] = new
                if kind == "table":
                    row[0] = new
                elif kind == "index" and name.startswith(_AUTO_INDEX):
                    row[0] = _AUTO_INDEX + new + name[len(_AUTO_INDEX) + len(table.name):]
            if sql:
                row[2] = _with_table(sql, old, new, schema.name)
            if row != [name, owner, sql]:
                session.execute_internal(f"UPDATE {source} SET name=?, tbl_name=?, sql=? WHERE rowid=?", (*row, rowid))
    if "sqlite_sequence" in schema.tables:
        session.execute_internal(f"UPDATE {_quoted(schema.name)}.sqlite_sequence SET name=? WHERE name=?",
                                 (new, table.name))
    for db in changed:
        session.schema_changed(db)


def _with_table(sql: str, old: str, new: str, schema: str) -> str:
    """A stored text in which table `old` (lower case) is called `new`."""
    text = _Text(sql)
    parsed = text.parsed
    nodes = descendants(parsed)
    aliased = any((getattr(n, "alias", None) or "").lower() == old for n in nodes)
    for node in nodes:
        if isinstance(node, ast.TableName):
            if node.name.lower() == old and (node.schema is None or node.schema.lower() == schema.lower()):
                text.choose(node.pos, 0 if node.schema is None else 1)
        elif isinstance(node, ast.Name):
            if node.table is not None and node.table.lower() == old and not aliased:
                text.choose(node.pos, 0 if node.schema is None else 1)
        elif isinstance(node, ast.ResultColumn):
            if node.star and node.table is not None and node.table.lower() == old and not aliased:
                text.choose(node.pos)
        elif isinstance(node, ast.References) and node.table.lower() == old:
            text.chosen.add(text.at[node.pos] + 1)
        elif isinstance(node, ast.With) and any(cte.name.lower() == old for cte in node.tables):
            raise errors.not_supported("ALTER TABLE RENAME with a common table expression of the same name")
    if isinstance(parsed, ast.CreateTable) and parsed.name.lower() == old:
        text.chosen.add(text.tokens.name_at())
    elif isinstance(parsed, (ast.CreateIndex, ast.CreateTrigger)) and parsed.table.lower() == old:
        i = text.tokens.kinds.index("ON") + 1
        text.chosen.add(i + 2 if text.tokens.kinds[i + 1] == "." else i)
    return text.replaced(_quoted(new)) if text.chosen else sql


# ---- RENAME COLUMN


def rename_column(statement: ast.RenameColumn, session: Any) -> None:
    found = find_table(session, statement.table, statement.schema)
    if isinstance(found, View):
        raise errors.sql_error(f'cannot rename columns of view "{found.name}"')
    table = alterable_table(session, statement.table, statement.schema)
    old = statement.column.lower()
    if not any(c.name.lower() == old for c in table.columns):
        raise errors.sql_error(f'no such column: "{statement.column}"', _column_start(session.sql_text))
    session.begin_change(table.db)
    settle_quotes(session, table.db)
    table = alterable_table(session, statement.table, statement.schema)
    check_views(session, table.db, "")
    for other in session.catalog.schemas[table.db].tables.values():
        check_indexes(session, other, other, "" if other is table else " after rename")
    new = statement.new_name
    if old != new.lower() and any(c.name.lower() == new.lower() for c in table.columns):
        raise errors.sql_error(f"error in table {table.name} after rename: duplicate column name: {new}")
    tokens = Tokens(session.sql_text)
    last = len(tokens.kinds) - 2
    while tokens.kinds[last] == ";":
        last -= 1
    # An unquoted new name stays so where the old one was not quoted.
    bare = tokens.texts[last] if tokens.texts[last][:1] not in ("'", '"', "`", "[") else None
    changed = _schemas(session, table)
    for db in changed:
        source = schema_source(session, db)
        for rowid, _, _, _, sql in _rows(session, db):
            if not sql:
                continue
            text = _with_column(session, sql, table, old)
            if text.chosen:
                session.execute_internal(f"UPDATE {source} SET sql=? WHERE rowid=?",
                                         (text.replaced(_quoted(new), bare), rowid))
    for db in changed:
        session.schema_changed(db)


def _column_start(sql: str) -> int:
    """Offset of the old name in ... RENAME [COLUMN] old TO new."""
    tokens = Tokens(sql)
    i = tokens.kinds.index("RENAME") + 1
    return tokens.starts[i + 1 if tokens.kinds[i] == "COLUMN" else i]


def _with_column(session: Any, sql: str, table: Table, old: str) -> _Text:
    """The tokens of a stored text that name column `old` (lower case) of `table`."""
    text = _Text(sql)
    parsed = text.parsed
    key = table.name.lower()
    if isinstance(parsed, ast.CreateTable):
        own = parsed.name.lower() == key
        for node in descendants(parsed):
            if isinstance(node, ast.References):
                if node.table.lower() == key and node.columns:
                    text.choose_in_parens(text.at[node.pos], old)
            elif own:
                _choose_in_table(text, node, old)
    elif isinstance(parsed, ast.CreateIndex):
        if parsed.table.lower() == key:
            for term in parsed.columns:
                _choose_term(text, term, old)
            _choose_names(text, parsed, old)
    elif parsed is not None:
        _choose_in_query(session, text, parsed, table, old)
    return text


def _choose_in_table(text: _Text, node: Node, old: str) -> None:
    if isinstance(node, ast.ColumnDef):
        if node.name.lower() == old:
            text.choose(node.pos)
    elif isinstance(node, ast.IndexedColumn):
        _choose_term(text, node, old)
    elif isinstance(node, ast.ForeignKey):
        if any(c.lower() == old for c in node.columns):
            i = text.at.get(node.pos, 0)
            while text.tokens.kinds[i] != "FOREIGN":
                i += 1
            text.choose_in_parens(i, old)
    elif isinstance(node, (ast.CheckColumn, ast.CheckTable, ast.GeneratedColumn)):
        _choose_names(text, node, old)


def _choose_term(text: _Text, term: ast.IndexedColumn, old: str) -> None:
    """A key term; a string literal counts as a name."""
    expr = term.expr
    while isinstance(expr, ast.Collate):
        expr = expr.operand
    if isinstance(expr, ast.Literal) and isinstance(expr.value, str) and expr.value.lower() == old:
        text.choose(expr.pos)
    _choose_names(text, term, old)


def _choose_names(text: _Text, root: Any, old: str, tables: set[str] | None = None) -> None:
    """Column references in `root` to `old`; with `tables`, only the ones qualified by one of these."""
    for node in descendants(root):
        if isinstance(node, ast.Name) and node.column.lower() == old and (
                tables is None or (node.table is not None and node.table.lower() in tables)):
            text.choose(node.pos, (node.table is not None) + (node.schema is not None))


def _choose_in_query(session: Any, text: _Text, parsed: Node, table: Table, old: str) -> None:
    """References in a view or trigger. A name that could belong to several tables is refused."""
    key = table.name.lower()
    nodes = descendants(parsed)
    sources = [n for n in nodes if isinstance(n, ast.TableName)]
    of_trigger = isinstance(parsed, ast.CreateTrigger) and parsed.table.lower() == key
    if not of_trigger and not any(n.name.lower() == key for n in sources):
        return
    listed = [c for n in nodes if isinstance(n, (ast.Assignment, ast.Insert)) for c in n.columns or ()]
    if isinstance(parsed, ast.CreateTrigger):
        listed += parsed.of_columns or ()
    if any(c.lower() == old for c in listed):
        raise errors.not_supported("ALTER TABLE RENAME COLUMN with a trigger that lists the column")
    names = [n for n in nodes if isinstance(n, ast.Name) and n.column.lower() == old]
    if not names:
        return
    qualifiers = {(n.alias or n.name).lower() for n in sources if n.name.lower() == key}
    if of_trigger:
        qualifiers |= {"new", "old"}
    others = {n.name.lower() for n in sources} - {key}
    _choose_names(text, parsed, old, qualifiers)
    if all(n.table is not None for n in names):
        return
    if (any(isinstance(n, (ast.SubqueryFrom, ast.With)) for n in nodes)
            or any(_has_column(session, name, old) for name in others)):
        raise errors.not_supported("ALTER TABLE RENAME COLUMN with a view or trigger in which the name is ambiguous")
    for node in names:
        if node.table is None:
            text.choose(node.pos)


def _has_column(session: Any, name: str, column: str) -> bool:
    found = session.catalog.find(name)
    return not isinstance(found, Table) or any(c.name.lower() == column for c in found.columns)
