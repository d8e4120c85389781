"""parse(unparse(n)) == n, over statements that cover the grammar."""

import pytest
from statements import EXPRESSIONS, STATEMENTS
from test_parser import mutations

from pumice import errors
from pumice.node import Node
from pumice.sql import ast
from pumice.sql.parser import parse, parse_expr, parse_script
from pumice.sql.unparse import _PRINTERS, unparse


@pytest.mark.parametrize("sql", STATEMENTS)
def test_statement_round_trip(sql):
    tree = parse(sql)
    assert parse(unparse(tree)) == tree


@pytest.mark.parametrize("sql", EXPRESSIONS)
def test_expression_round_trip(sql):
    tree = parse_expr(sql)
    assert parse_expr(unparse(tree)) == tree


@pytest.mark.parametrize("seed", range(4))
def test_mutations_round_trip(seed):
    for sql in mutations(seed + 50, 1000):
        try:
            tree, _ = parse_script(sql)
        except errors.Error:
            continue
        if tree is not None:
            assert parse(unparse(tree)) == tree, sql


def test_every_node_has_a_printer():
    abstract = {Node, ast.Expr, ast.FromItem, ast.SelectBody, ast.Statement, ast.AlterTable}
    abstract |= {ast.ColumnConstraint, ast.TableConstraint}
    nodes = {c for c in vars(ast).values() if isinstance(c, type) and issubclass(c, Node)}
    assert nodes - abstract == set(_PRINTERS)
