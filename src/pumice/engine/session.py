"""Session: one connection's engine. Opens the databases, holds the catalog, prepares statements and runs them.

    text -> prepare (cache, parse, bind, plan) -> Statement -> start -> rows -> finish

A prepared statement is valid for the schema cookies and the function set it was made with; `start` prepares again when
they have changed. One thread at a time uses a session; the DB-API layer holds the lock.
"""

from __future__ import annotations

import os

from pumice import errors
from pumice.binder import Binder, BindOptions
from pumice.binder.dml import table_write
from pumice.catalog.loader import check_roots, load_schema, statistics_table
from pumice.catalog.objects import Catalog, Schema, Table
from pumice.engine.look import TreeLook
from pumice.engine.settings import FLAGS
from pumice.engine.shared_plans import Questions, find_plan, keep_plan
from pumice.engine.state import SessionState
from pumice.engine.statement import Statement
from pumice.engine.statement_cache import StatementCache
from pumice.engine.template import TemplateCache
from pumice.exec.build import build_plan
from pumice.exec.context import DEFAULT_WORK_MEM, ExecContext
from pumice.exec.dml.build import build_dml, build_writer
from pumice.exec.operators.result import ResultReader
from pumice.functions.builtins import builtin_functions
from pumice.functions.registry import FunctionDef, FunctionSet
from pumice.plan.logical import nodes as logical
from pumice.plan.parallel import default_threads, parallel_scale
from pumice.plan.planner import plan_statement, plan_write
from pumice.sql import ast
from pumice.sql.parser import parse_with_params, remembered
from pumice.storage.btree.btree import Btree
from pumice.storage.pager.pager import Pager
from pumice.storage.record.key_info import Collation, builtin_collations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pumice.exec.dml.writer import TableWriter


_parsed = remembered(parse_with_params)

MAX_FILE_FORMAT = 4     # of the schema, the header's field at offset 44


def _is_trivia(sql: str, i: int) -> bool:
    """Are there only white space and comments from `i` on? They may follow the one statement of a text, as in the
    sqlite3 module."""
    while i < len(sql):
        if sql[i] in " \t\n\f\r":
            i += 1
            continue
        end = {"--": "\n", "/*": "*/"}.get(sql[i : i + 2])
        if end is None:
            return False
        i = sql.find(end, i + 2)
        if i < 0:
            return True
        i += len(end)
    return True


def _decoded(text: bytes) -> str:
    """A text of the schema table; one that is no UTF-8 is to be seen by the parser, who refuses it."""
    return text.decode("utf-8", "replace")


class Session(SessionState):
    def __init__(self, path: str | bytes, *, read_only: bool = False, create: bool = True, timeout: float = 5.0,
                 cached_statements: int = 128, vfs: Any = None) -> None:
        self.path = path
        super().__init__([Btree(Pager(path, read_only=read_only, create=create, vfs=vfs)), Btree(Pager(":memory:"))])
        self.look = TreeLook(self.btrees, is_memory(path))
        self.functions = FunctionSet(builtin_functions())
        self.collations = builtin_collations()
        self.catalog = Catalog([Schema("main", 0), Schema("temp", 1)])
        self.settings: dict[str, Any] = {**FLAGS, "case_sensitive_like": 0, "analysis_limit": 0,
                                         "locking_mode": "normal", "temp_store": 0}
        self.bind_options = BindOptions()
        self.work_mem = DEFAULT_WORK_MEM
        self.sql_text = ""                  # of the DDL statement that is running
        self.change_savepoint = -1          # where it goes back to when it fails, -1: it has changed nothing
        self.sql_params: tuple[Sequence[str | None], Sequence[Any]] = (), ()    # its parameters' names and values
        self.schema_writable = False        # DDL is at work on the schema tables
        self.threads = default_threads()    # PRAGMA threads: how many one query may use
        self.cache = StatementCache(cached_statements)
        self.templates = TemplateCache(cached_statements)
        self.set_timeout(timeout)

    def set_timeout(self, seconds: float) -> None:
        for tree in self.btrees:
            tree.pager.timeout_ms = max(0, int(seconds * 1000))

    def set_flag(self, name: str, value: int) -> None:
        """A pragma's switch. Statements are prepared again, since it may change what they mean."""
        self.settings[name] = value
        self.generation += 1
        self.transaction.query_only = bool(self.settings["query_only"])
        self.bind_options = BindOptions(not self.settings["ignore_check_constraints"],
                                        bool(self.settings["short_column_names"]),
                                        bool(self.settings["full_column_names"]))

    def replace_temp(self) -> None:
        """A new, empty database for temporary objects, in a file or in memory as PRAGMA temp_store says."""
        old = self.btrees[1]
        tree = Btree(Pager("" if self.settings["temp_store"] == 1 else ":memory:"))
        tree.encoding = old.encoding
        tree.secure_delete = old.secure_delete
        self.transaction.replace(1, tree)
        self.btrees[1] = tree
        old.pager.close()
        self.cache.clear()
        self.templates.clear()
        self.forget_schema()

    @property
    def in_transaction(self) -> bool:
        return not self.transaction.autocommit

    # ---- schema

    def load_schema(self, db: int) -> None:
        name = self.catalog.schemas[db].name
        file_format = self.btrees[db].py_get_meta(2) or MAX_FILE_FORMAT
        if file_format > MAX_FILE_FORMAT:
            raise errors.sql_error("unsupported file format")
        rows = self._scan(load_schema(name, db, ()).tables["sqlite_temp_master" if db == 1 else "sqlite_master"])
        check_roots(rows, self.btrees[db].pager.n_pages)
        stats = statistics_table(name, db, rows)
        schema = load_schema(name, db, rows, () if stats is None else self._scan(stats), file_format)
        schemas = list(self.catalog.schemas)
        schemas[db] = schema
        self.catalog = Catalog(schemas)
        self.schema_loaded(db, self.transaction.schema_cookie(db))

    def _scan(self, table: Any) -> list[tuple]:
        """All rows of a table, its columns in order, without going through SQL (which needs the schema)."""
        from pumice.plan.physical.nodes import TableScan

        if self.btrees[table.db].pager.n_pages == 0:
            return []
        n = len(table.columns)
        plan = TableScan(table, table.name, tuple(range(n)), tuple(range(n)))
        context = ExecContext(self.btrees, self.collations, 0, self, self.btrees[0].encoding)
        reader = ResultReader(build_plan(plan, context))
        reader.text_factory = _decoded
        reader.start()
        try:
            return reader.fetch_all()
        finally:
            reader.close()

    def begin_change(self, db: int) -> None:
        """Before the first change of a DDL statement: waits for the write lock, and opens the savepoint that the
        statement goes back to when it fails.

        Raises SchemaMoved where another connection has changed the schema before the lock was there."""
        if isinstance(self.sql_params[1], Exception):
            raise self.sql_params[1]        # the values do not fit the statement, which is as it should be
        self.transaction.begin_write(db)
        if self.change_savepoint < 0:
            generation = self.generation
            self.ensure_schema()
            if self.generation != generation:
                raise SchemaMoved
            self.change_savepoint = self.transaction.open_savepoint(None)

    def schema_changed(self, db: int) -> None:
        """DDL's last step: a new schema cookie, and the schema loaded again."""
        tree = self.btrees[db]
        self.transaction.schema_changed = True
        tree.py_set_meta(1, (self.transaction.schema_cookie(db) + 1) & 0xFFFFFFFF)
        if tree.py_get_meta(2) == 0:
            tree.py_set_meta(2, 4)
        self.load_schema(db)

    # ---- functions and collations

    def define_function(self, function: FunctionDef | None, name: str, n_args: int) -> None:
        """As FunctionSet.define. Statements are planned again."""
        self.functions.define(function, name, n_args)
        self.generation += 1

    def define_collation(self, name: str, collation: Collation | None) -> None:
        if collation is None:
            self.collations.pop(name.upper(), None)
        else:
            self.collations[name.upper()] = collation
        self.forget_schema()

    # ---- preparing

    def prepare(self, sql: str) -> Statement:
        """A new statement, kept in the cache, for a text that holds one statement.
        Raises MultipleStatements when there is more."""
        statement = self.templates.find(self, sql) or self._prepare(sql)
        self.cache.add(sql, statement)
        return statement

    def _prepare(self, sql: str) -> Statement:
        parsed, tail, params = _parsed(sql)
        if parsed is not None and not _is_trivia(sql, tail):
            raise MultipleStatements
        return self.prepare_ast(parsed, sql[:tail], params, True)

    def prepare_ast(self, parsed: Any, sql: str, params: Sequence[str | None], shared: bool = False) -> Statement:
        """`shared` as for plan."""
        statement = Statement(self, sql, parsed, tuple(params))
        self.plan(statement, shared)
        return statement

    def plan(self, statement: Statement, shared: bool = False) -> None:
        """Binds and plans `statement` for the schema as it is now. `shared`: its text says all about it, so the plan
        may be another connection's."""
        parsed = statement.ast
        self.forget_interrupt()
        statement.generation = self.generation
        if isinstance(parsed, (ast.Select, ast.Insert, ast.Update, ast.Delete)):
            self.ensure_schema()
            try:
                bound = self._shared_plan(statement) if shared else self._own_plan(statement)
            finally:
                self.transaction.settle(False)
            statement.generation = self.generation
            statement.set_plan(bound)
        elif isinstance(parsed, ast.Explain):
            statement.set_rows(("id", "parent", "notused", "detail") if parsed.mode == "query plan" else ("plan",))

    def _own_plan(self, statement: Statement) -> Any:
        bound = self._binder().bind(statement.ast, statement.param_names)
        return plan_statement(bound, self.look, threads=self.threads)

    def _shared_plan(self, statement: Statement) -> Any:
        if self.schema_writable or self.settings["writable_schema"]:
            return self._own_plan(statement)
        # The numbers of parameters tell a template from a text that has its slots' characters in a name.
        key = (statement.sql, statement.n_params, len(statement.param_names), self.threads, parallel_scale(),
               self.btrees[0].encoding, *self.settings.values(), *self.catalog.schemas)
        bound = find_plan(key, self.functions, self._has_collation, self.look)
        if bound is None:
            asked = Questions(self.functions, self._has_collation, self.look)
            binder = Binder(self.catalog, asked, asked.collation_exists, self.bind_options)
            bound = plan_statement(binder.bind(statement.ast, statement.param_names), asked.look, threads=self.threads)
            keep_plan(key, asked, bound, self.functions)
        return bound

    def _has_collation(self, name: str) -> bool:
        return name.upper() in self.collations

    def _binder(self) -> Binder:
        options = self.bind_options
        if self.schema_writable or self.settings["writable_schema"]:
            options = BindOptions(options.check_constraints, options.short_names, options.full_names, True)
        return Binder(self.catalog, self.functions, self._has_collation, options)

    def _context(self, n_params: int) -> ExecContext:
        context = ExecContext(self.btrees, self.collations, n_params, self, self.btrees[0].encoding)
        context.case_sensitive_like = self.settings["case_sensitive_like"]
        return context

    def table_writer(self, table: Table) -> TableWriter:
        """What keeps `table` and its indexes true, for those that look whether they are."""
        return build_writer(plan_write(table_write(self._binder(), table, None), self.look), self._context(0))

    def build(self, statement: Statement, measured: dict[int, Any] | None = None) -> None:
        """Makes the run state (operators, writers) of a planned statement; `measured` as for build_plan."""
        context = self._context(statement.n_params)
        if statement.is_query:
            statement.set_reader(context,
                                 ResultReader(build_plan(statement.bound.plan, context, measured), statement.names))
        else:
            statement.set_writer(context, build_dml(statement.bound, context))

    def run_script(self, script: str) -> None:
        """Runs every statement of a text; rows are dropped. The first error ends it."""
        at = 0
        while at < len(script):
            found = self.templates.find_next(self, script, at)
            if found is not None:
                statement, at = found
            else:
                parsed, end, params = parse_with_params(script, at)
                if parsed is None:
                    return
                statement = self.prepare_ast(parsed, script[at:end], params)
                at = end
            statement.start((None,) * len(statement.param_names))
            if statement.busy:
                statement.all_rows()

    def run_other(self, statement: Statement, values: Sequence[Any]) -> list[tuple] | None:
        """Runs a statement that is not a plan: see command.py."""
        from pumice.engine.command import run_command  # here, so that a program that needs no DDL does not load it

        return run_command(self, statement, values)

    # ---- internal SQL

    def execute_internal(self, sql: str, params: Sequence[Any] = ()) -> list[tuple]:
        """Runs SQL inside the current write transaction, the schema tables being writable. For DDL and ANALYZE."""
        before, self.schema_writable = self.schema_writable, True
        try:
            parsed, tail, names = parse_with_params(sql)
            return self._run_nested(self.prepare_ast(parsed, sql, names), params)
        finally:
            self.schema_writable = before

    def execute_plan(self, parsed: Any) -> list[tuple]:
        """As execute_internal, for a parsed statement."""
        return self._run_nested(self.prepare_ast(parsed, self.sql_text, ()), ())

    def _run_nested(self, statement: Statement, params: Sequence[Any]) -> list[tuple]:
        saved = self.changes, self.total_changes, self.last_insert_rowid
        try:
            return statement.run_nested(params)
        finally:
            self.changes, self.total_changes, self.last_insert_rowid = saved

    def commit(self) -> None:
        """COMMIT; an error, unless it is a lock, has undone the transaction."""
        self._end(self.transaction.commit)

    def release(self, savepoint: str) -> None:
        """RELEASE, which may be a COMMIT."""
        self._end(lambda: self.transaction.release(savepoint))

    def _end(self, act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException:
            if self.transaction.autocommit:
                self.forget_schema()
            raise

    def file_name(self) -> str:
        """Absolute path of the main database, "" for one in memory."""
        return "" if is_memory(self.path) else os.path.abspath(os.fsdecode(self.path))

    def close(self) -> None:
        self.cache.clear()
        self.templates.clear()
        if self.btrees:
            try:
                self.transaction.rollback_all()
            finally:
                for tree in self.btrees:
                    tree.pager.close()
                self.btrees.clear()


class SchemaMoved(Exception):
    """The schema is no longer the one that a DDL statement was checked against."""


class MultipleStatements(Exception):
    """The text given to execute() holds more than one statement."""


def is_memory(path: str | bytes) -> bool:
    return os.fsdecode(path) in (":memory:", "")


__all__ = ["MultipleStatements", "SchemaMoved", "Session", "is_memory", "logical"]
