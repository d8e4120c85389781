"""Binding compared with SQLite: column names of SELECTs, errors of bad statements and of bad definitions."""

from pathlib import Path

import apsw
import pytest

from pumice import errors
from pumice.binder.table_row import check_index, check_table
from pumice.catalog.constraints import index_from_ast, table_from_ast
from pumice.sql import ast
from pumice.sql.parser import parse
from tests.unit.binder.binding import SCHEMA, bind, binder, catalog_of, is_collation, oracle_with

HERE = Path(__file__).parent


def statements(name):
    return [line for line in (HERE / name).read_text().splitlines() if line and not line.startswith("--")]


@pytest.fixture(scope="module")
def oracle():
    return oracle_with()


@pytest.fixture(scope="module")
def catalog(oracle):
    return catalog_of(oracle)


def expected(oracle, sql):
    """Column names, or the error's message. Constraint errors of the run count as success."""
    seen = []

    def trace(cursor, _sql, _bindings):
        seen.append([column[0] for column in cursor.get_description()])
        return False        # prepared is enough

    cursor = oracle.cursor()
    cursor.exec_trace = trace
    try:
        cursor.execute(sql)
    except apsw.ExecTraceAbort:
        pass
    except apsw.Error as error:
        return str(error)
    return seen[-1] if seen else []


@pytest.mark.parametrize("sql", statements("statements.sql"))
def test_same_names_or_same_error(oracle, catalog, sql):
    try:
        ours = list(getattr(bind(catalog, sql), "names", ()))
    except errors.Error as error:
        assert isinstance(error, errors.OperationalError)
        ours = str(error)
    assert ours == expected(oracle, sql)


@pytest.mark.parametrize("sql", statements("definitions.sql"))
def test_definitions(catalog, sql):
    fresh = apsw.Connection(":memory:")
    fresh.execute(SCHEMA)
    try:
        fresh.execute(sql)
        theirs = None
    except apsw.Error as error:
        theirs = str(error)
    try:
        parsed = parse(sql)
        if isinstance(parsed, ast.CreateTable):
            check_table(binder(catalog), table_from_ast(parsed, collation_exists=is_collation).table)
        else:
            table = catalog.find(parsed.table)
            check_index(binder(catalog), table, index_from_ast(parsed, table, collation_exists=is_collation))
        ours = None
    except errors.Error as error:
        ours = str(error)
    assert ours == theirs


def test_offset_of_the_offending_name(catalog):
    with pytest.raises(errors.OperationalError) as caught:
        bind(catalog, "select a, zz from t")
    assert caught.value.offset == 10
