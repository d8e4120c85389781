"""Statements that are not plans: transaction control, DDL, ANALYZE, PRAGMA, EXPLAIN.

    run_command(session, statement, values)  ->  rows, or None for a statement that has none

A change of the schema runs inside a write transaction and a savepoint of its own,
so that it happens whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pumice import errors
from pumice.engine.analyze import run_analyze
from pumice.engine.ddl import run_ddl
from pumice.engine.pragmas import run_pragma
from pumice.engine.session import SchemaMoved
from pumice.plan.explain import explain_query_plan, explain_tree
from pumice.sql import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pumice.engine.session import Session
    from pumice.engine.statement import Statement

Rows = list[tuple] | None



def run_command(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    """Raises NotSupportedError for what is missing, and what the statement raises.
    Sets the statement's column names when it has rows."""
    if statement.ast is None:
        return None
    run = _COMMANDS.get(type(statement.ast))
    if run is None:
        raise errors.not_supported(type(statement.ast).__name__)
    return run(session, statement, values)


# ---- transaction control


def _begin(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    session.transaction.begin(statement.ast.kind)
    return None


def _commit(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    session.commit()
    return None


def _rollback(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    if statement.ast.savepoint is None:
        session.transaction.rollback()
    else:
        session.transaction.rollback_to(statement.ast.savepoint)
    session.forget_schema()
    return None


def _savepoint(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    session.transaction.open_savepoint(statement.ast.name)
    return None


def _release(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    session.release(statement.ast.name)
    return None


# ---- changes of the schema


def _ddl(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    session.sql_params = statement.param_names, values
    _write_schema(session, statement, run_ddl)
    if isinstance(values, Exception):       # it had nothing to do
        raise values
    return None


def _analyze(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    session.sql_params = (), values
    _write_schema(session, statement, run_analyze)
    return None


def _write_schema(session: Session, statement: Statement, work: Callable[[Any, Session], None]) -> None:
    """`work` checks what SQLite checks when it prepares a statement, then calls `begin_change` and changes."""
    transaction = session.transaction
    session.sql_text = statement.sql.rstrip().rstrip(";").rstrip()
    session.ensure_schema()
    session.change_savepoint = -1
    transaction.holding += 1
    try:
        while True:
            try:
                work(statement.ast, session)
                break
            except SchemaMoved:
                pass        # what was checked is to be checked again
        transaction.holding -= 1
    except BaseException:
        transaction.holding -= 1
        at = session.change_savepoint
        if at < 0:
            transaction.settle(False)
            raise
        if transaction.autocommit:
            transaction.rollback_all()
        else:
            transaction.rollback_at(at)
            transaction.release_at(at)
        session.forget_schema()
        raise
    try:
        if session.change_savepoint >= 0:
            transaction.release_at(session.change_savepoint)
        transaction.settle()
    except BaseException:
        session.forget_schema()
        raise


# ---- PRAGMA, EXPLAIN


def _pragma(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    names, rows = run_pragma(session, statement.ast)
    statement.set_rows(names)
    return rows


def _explain(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    inner = statement.ast.statement
    if not isinstance(inner, (ast.Select, ast.Insert, ast.Update, ast.Delete)):
        return []
    target = session.prepare_ast(inner, statement.sql, statement.param_names)
    if statement.ast.mode == "query plan":
        return [tuple(row) for row in explain_query_plan(target.bound)]
    if statement.ast.mode == "analyze":
        return [(line,) for line in target.explain_analyze(values, explain_tree)]
    return [(line,) for line in explain_tree(target.bound)]


# ---- what is missing


def _vacuum(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    raise errors.not_supported("VACUUM")


def _attach(session: Session, statement: Statement, values: Sequence[Any]) -> Rows:
    raise errors.not_supported("ATTACH")


_COMMANDS: dict[type, Callable[[Any, Any, Sequence[Any]], Rows]] = {
    ast.Begin: _begin,
    ast.Commit: _commit,
    ast.Rollback: _rollback,
    ast.Savepoint: _savepoint,
    ast.Release: _release,
    ast.CreateTable: _ddl,
    ast.CreateIndex: _ddl,
    ast.CreateView: _ddl,
    ast.CreateTrigger: _ddl,
    ast.CreateVirtualTable: _ddl,
    ast.Drop: _ddl,
    ast.RenameTable: _ddl,
    ast.RenameColumn: _ddl,
    ast.AddColumn: _ddl,
    ast.DropColumn: _ddl,
    ast.AddConstraint: _ddl,
    ast.DropConstraint: _ddl,
    ast.SetNotNull: _ddl,
    ast.Reindex: _ddl,
    ast.Analyze: _analyze,
    ast.Pragma: _pragma,
    ast.Explain: _explain,
    ast.Vacuum: _vacuum,
    ast.Attach: _attach,
    ast.Detach: _attach,
}
