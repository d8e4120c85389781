"""ALTER TABLE ADD COLUMN and DROP COLUMN; the renames are in ddl_rename.py.

A change is one of the stored text, which is parsed and checked again; only DROP COLUMN also rewrites rows.
Source: alter.c.
"""

from __future__ import annotations

from pumice import errors
from pumice.binder.from_clause import view_query
from pumice.binder.table_row import check_index, check_table
from pumice.catalog.constraints import check_column
from pumice.catalog.loader import index_from_ast, table_from_ast
from pumice.catalog.objects import Table, View
from pumice.engine.ddl_drop import drop_trees
from pumice.engine.ddl_quotes import settle_quotes
from pumice.engine.ddl_schema import binder, collation_exists, find_table, is_system_table, schema_source
from pumice.engine.ddl_text import Tokens
from pumice.exec.context import ExecContext
from pumice.exec.dml.build import key_info
from pumice.exec.dml.trees import copy_without_field, create_tree
from pumice.sql import ast
from pumice.sql.parser import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STRICT_KINDS = {"INT": "integer", "INTEGER": "integer", "REAL": "real", "TEXT": "text", "BLOB": "blob"}
_CONSTRAINT_WORDS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


def alterable_table(session: Any, name: str, schema: str | None) -> Table:
    """The table to alter. Raises: no such table, view v may not be altered, table t may not be altered."""
    found = find_table(session, name, schema)
    if isinstance(found, Table) and is_system_table(found):
        raise errors.sql_error(f"table {found.name} may not be altered")
    if isinstance(found, View):
        raise errors.sql_error(f"view {found.name} may not be altered")
    return found


def set_sql(session: Any, db: int, kind: str, name: str, sql: str) -> None:
    session.execute_internal(f"UPDATE {schema_source(session, db)} SET sql=? WHERE type=? AND name=?",
                             (sql, kind, name))


def checked_definition(session: Any, table: Table, sql: str, what: str, quoted_strings: bool = True) -> Table:
    """The table that `sql` defines. Raises: error in table t after `what`: reason."""
    try:
        create = parse(sql)
        assert isinstance(create, ast.CreateTable)
        made = table_from_ast(create, table.schema, table.db, table.root, sql).table
        check_table(binder(session, quoted_strings), made)
    except errors.OperationalError as error:
        raise errors.sql_error(f"error in table {table.name} after {what}: {error}") from None
    return made


# ---- ADD COLUMN


def add_column(statement: ast.AddColumn, session: Any) -> None:
    found = find_table(session, statement.table, statement.schema)
    if isinstance(found, View):
        raise errors.sql_error("Cannot add a column to a view")
    table = alterable_table(session, statement.table, statement.schema)
    definition = statement.column
    if any(c.name.lower() == definition.name.lower() for c in table.columns):
        raise errors.sql_error(f"duplicate column name: {definition.name}")
    check_column(table.name, definition, collation_exists(session))
    constraints = definition.constraints
    if any(isinstance(c, ast.PrimaryKeyColumn) for c in constraints):
        raise errors.sql_error("Cannot add a PRIMARY KEY column")
    if any(isinstance(c, ast.UniqueColumn) for c in constraints):
        raise errors.sql_error("Cannot add a UNIQUE column")
    session.begin_change(table.db)
    reason = _refused_when_rows(definition, session)
    if reason is not None and _has_rows(session, table):
        raise errors.sql_error(reason)
    assert table.sql is not None
    sql = _insert_column(table.sql, _column_text(session.sql_text, definition))
    made = checked_definition(session, table, sql, "add column")
    set_sql(session, table.db, "table", table.name, sql)
    session.schema_changed(table.db)
    _check_rows(session, made, definition)


def _refused_when_rows(definition: ast.ColumnDef, session: Any) -> str | None:
    """Why the column cannot be given to rows that are there, or None."""
    constraints = definition.constraints
    generated = next((c for c in constraints if isinstance(c, ast.GeneratedColumn)), None)
    if generated is not None:
        return "cannot add a STORED column" if generated.stored else None
    default = next((c.expr for c in reversed(constraints) if isinstance(c, ast.DefaultColumn)), None)
    if default == ast.Literal(None):
        default = None
    if default is None:
        if any(isinstance(c, ast.NotNullColumn) and not c.is_null for c in constraints):
            return "Cannot add a NOT NULL column with default value NULL"
        return None
    return None if _is_literal(default) else "Cannot add a column with non-constant default"


def _is_literal(expr: ast.Expr) -> bool:
    while isinstance(expr, ast.Unary) and expr.op in "+-":
        expr = expr.operand
    return isinstance(expr, (ast.Literal, ast.Name))


def _has_rows(session: Any, table: Table) -> bool:
    return bool(session.execute_plan(_probe(table, None)))


def _probe(table: Table, where: ast.Expr | None) -> ast.Select:
    """SELECT 1 FROM table WHERE ... LIMIT 1."""
    one = ast.Literal(1)
    return ast.Select(ast.SelectCore((ast.ResultColumn(one),), source=ast.TableName(table.name, table.schema),
                                     where=where), limit=one)


def _check_rows(session: Any, table: Table, definition: ast.ColumnDef) -> None:
    generated = any(isinstance(c, ast.GeneratedColumn) for c in definition.constraints)
    kind = _STRICT_KINDS.get((definition.type_name or "").upper()) if table.strict else None
    if kind is not None:
        named = ast.Call("typeof", (ast.Name(definition.name),))
        if session.execute_plan(_probe(table, ast.InList(named, (ast.Literal(kind), ast.Literal("null")), True))):
            if generated:
                raise errors.make("SQLITE_CONSTRAINT_DATATYPE", "constraint failed")
            raise errors.sql_error("type mismatch on DEFAULT")
    for constraint in definition.constraints:
        if (isinstance(constraint, ast.CheckColumn)
                and session.execute_plan(_probe(table, ast.Unary("not", constraint.expr)))):
            raise errors.sql_error("CHECK constraint failed")
        if generated and isinstance(constraint, ast.NotNullColumn) and not constraint.is_null \
                and session.execute_plan(_probe(table, ast.IsNull(ast.Name(definition.name)))):
            raise errors.sql_error("NOT NULL constraint failed")


def _column_text(sql: str, definition: ast.ColumnDef) -> str:
    """The column's definition as written in ALTER TABLE ... ADD [COLUMN] definition."""
    tokens = Tokens(sql)
    last = len(tokens.kinds) - 2
    while tokens.kinds[last] == ";":
        last -= 1
    return sql[definition.pos:tokens.end(last)]


def _columns_end(tokens: Tokens) -> int:
    """Offset at which another column goes into a CREATE TABLE: before the table constraints,
    or before the parenthesis."""
    depth = 0
    for i, kind in enumerate(tokens.kinds):
        if kind == "(":
            depth += 1
        elif kind == ")":
            depth -= 1
            if depth == 0:
                return tokens.starts[i]
        elif kind == "," and depth == 1 and tokens.kinds[i + 1] in _CONSTRAINT_WORDS:
            return tokens.starts[i]
    raise errors.corrupt("CREATE TABLE without columns")


def _insert_column(sql: str, column: str) -> str:
    at = _columns_end(Tokens(sql))
    return f"{sql[:at]}, {column}{sql[at:]}"


# ---- DROP COLUMN


def drop_column(statement: ast.DropColumn, session: Any) -> None:
    found = find_table(session, statement.table, statement.schema)
    if isinstance(found, View):
        raise errors.sql_error(f'cannot drop column from view "{found.name}"')
    table = alterable_table(session, statement.table, statement.schema)
    at = next((i for i, c in enumerate(table.columns) if c.name.lower() == statement.column.lower()), -1)
    if at < 0:
        raise errors.sql_error(f'no such column: "{statement.column}"', _last_token_start(session.sql_text))
    column = table.columns[at]
    create = _parsed(table)
    if column.primary_key:
        raise errors.sql_error(f'cannot drop PRIMARY KEY column: "{column.name}"')
    if any(isinstance(c, ast.UniqueColumn) for c in create.columns[at].constraints):
        raise errors.sql_error(f'cannot drop UNIQUE column: "{column.name}"')
    if len(table.columns) == 1:
        raise errors.sql_error(f'cannot drop column "{column.name}": no other columns exist')
    session.begin_change(table.db)
    settle_quotes(session, table.db)
    table = alterable_table(session, statement.table, statement.schema)
    check_views(session, table.db, "")
    sql = _without_column(table, at)
    made = checked_definition(session, table, sql, "drop column", quoted_strings=False)
    check_indexes(session, table, made, " after drop column")
    set_sql(session, table.db, "table", table.name, sql)
    if column.generated is None or column.stored:
        _rewrite_rows(session, table, at)
    session.schema_changed(table.db)
    check_views(session, table.db, " after drop column")


def _last_token_start(sql: str) -> int:
    tokens = Tokens(sql)
    return tokens.starts[-2]


def _parsed(table: Table) -> ast.CreateTable:
    assert table.sql is not None
    create = parse(table.sql)
    assert isinstance(create, ast.CreateTable)
    return create


def _without_column(table: Table, at: int) -> str:
    create, sql = _parsed(table), table.sql
    assert sql is not None
    start = create.columns[at].pos
    if at + 1 < len(create.columns):
        return sql[:start] + sql[create.columns[at + 1].pos:]
    return sql[:sql.rindex(",", 0, start)] + sql[_columns_end(Tokens(sql)):]


def check_indexes(session: Any, table: Table, made: Table, when: str) -> None:
    """Raises for an index of `table` that makes no sense over `made`, what is in double quotes being columns: error in
    index i `when`: reason."""
    for index in reversed(table.indexes):       # the oldest first
        if index.sql is None:
            continue
        try:
            for column in index.columns:
                if isinstance(column.expr, ast.Literal) and isinstance(column.expr.value, str):
                    raise errors.sql_error(f"no such column: {column.expr.value}")
            create = parse(index.sql)
            assert isinstance(create, ast.CreateIndex)
            without = index_from_ast(create, made, index.root, index.sql, quoted_strings=False)
            check_index(binder(session, quoted_strings=False), made, without)
        except errors.OperationalError as error:
            raise errors.sql_error(f"error in index {index.name}{when}: {error}") from None


def check_views(session: Any, db: int, when: str) -> None:
    """Raises for a view, also a temporary one, that makes no sense (any more): error in view v `when`: reason."""
    schemas = session.catalog.schemas
    for view in [view for number in dict.fromkeys((db, 1)) for view in schemas[number].views.values()]:
        try:
            view_query(binder(session), view, -1)
        except errors.OperationalError as error:
            raise errors.sql_error(f"error in view {view.name}{when}: {error}") from None


def _rewrite_rows(session: Any, table: Table, at: int) -> None:
    """Moves the rows, without a column, to a new tree."""
    tree = session.btrees[table.db]
    context = ExecContext(session.btrees, session.collations, 0, session, session.btrees[0].encoding)
    keys = key_info(table.primary_key, context, table.db) if table.without_rowid else None
    fields = list(table.storage_order or range(len(table.columns)))
    root = create_tree(tree, not table.without_rowid)
    copy_without_field(tree.cursor(table.root, keys), tree.cursor(root, keys), fields.index(at), len(fields),
                       tree.encoding)
    source = schema_source(session, table.db)
    session.execute_internal(f"UPDATE {source} SET rootpage=? WHERE type='table' AND name=?", (root, table.name))
    drop_trees(session, table.db, [table.root])


