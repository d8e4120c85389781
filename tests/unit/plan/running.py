"""Planned queries run by the executor over a file that sqlite3 wrote, and the oracle's answer to the same query."""

from __future__ import annotations

import apsw
from pumice.exec.context import ExecContext
from pumice.exec.operators.result import ResultReader
from pumice.storage.btree.btree import Btree
from pumice.storage.record.key_info import builtin_collations

from planning import Rows

from pumice.binder import Binder
from pumice.catalog.loader import load_schema
from pumice.catalog.objects import Catalog
from pumice.exec.build import build_plan
from pumice.functions.builtins import builtin_functions
from pumice.functions.registry import FunctionSet
from pumice.plan.planner import plan_statement
from pumice.sql.parser import parse
from pumice.storage.pager.pager import Pager

COLLATIONS = builtin_collations()
FUNCTIONS = FunctionSet(builtin_functions())


class Engine:
    """`script` makes the file; `run` answers by this engine, `ask` by the oracle."""

    def __init__(self, path, script):
        self.oracle = apsw.Connection(str(path))
        self.oracle.execute(script)
        schema = list(
            self.oracle.execute("select type, name, tbl_name, rootpage, sql from sqlite_master order by rowid")
        )
        self.catalog = Catalog([load_schema("main", 0, schema, 1), load_schema("temp", 1, [], 1)])
        self.pager = Pager(str(path))
        self.btree = Btree(self.pager)
        self.btree.py_begin_read()

    def plan(self, sql, rows, disabled=frozenset()):
        binder = Binder(self.catalog, FUNCTIONS, lambda name: name.upper() in COLLATIONS)
        return plan_statement(binder.bind(parse(sql), ()), Rows({}, rows), disabled)

    def run(self, sql, rows=1000.0, disabled=frozenset()):
        plan = self.plan(sql, rows, disabled).plan
        context = ExecContext([self.btree, self.btree], COLLATIONS, 0, None, self.btree.encoding)
        reader = ResultReader(build_plan(plan, context))
        context.restart()
        context.bind(())
        reader.start()
        result = reader.fetch_all()
        reader.close()
        return result

    def ask(self, sql):
        return [tuple(row) for row in self.oracle.execute(sql)]


def typed(rows, ordered):
    found = [tuple((type(v).__name__, v) for v in row) for row in rows]
    return found if ordered else sorted(found, key=repr)
