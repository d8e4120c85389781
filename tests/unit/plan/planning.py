"""Planning for tests: SQL over a schema that the oracle holds, with functions that have no kernels."""

import apsw

from pumice.binder import Binder
from pumice.catalog.loader import load_schema
from pumice.catalog.objects import Catalog
from pumice.plan.explain_tree import format_plan
from pumice.plan.planner import plan_statement
from pumice.plan.stats.look import Look
from pumice.sql.parser import parse
from tests.unit.kernelless import FUNCTIONS


class Rows(Look):
    """`local`: locality of each index; 1.0 for others. `runs`: entries of the same first column, by index."""

    def __init__(self, by_name, default, cache_bytes=float("inf"), local=None):
        self.by_name = by_name
        self.default = default
        self.cache_bytes = cache_bytes
        self.local = local or {}
        self.widths = {}
        self.runs = {}

    def same_keys(self, table, index, n):
        return self.runs.get(index.name, 0.0) if n == 1 else 0.0

    def locality(self, table, index, near):
        return self.local.get(index.name, 1.0)

    def row_bytes(self, table):
        return self.widths.get(table.name) or super().row_bytes(table)

    def rows(self, table):
        return self.by_name.get(table.name, self.default)


class Database:
    """`rows`: estimates by table name (default 1000), or None for SQLite's. `stats`: rows of sqlite_stat1."""

    def __init__(self, schema, rows=None, default=1000.0, cache_bytes=float("inf"), local=None, stats=()):
        self.oracle = apsw.Connection(":memory:")
        self.oracle.execute(schema)
        rows_of_schema = list(self.oracle.execute("select type, name, tbl_name, rootpage, sql from sqlite_master"))
        self.catalog = Catalog([load_schema("main", 0, rows_of_schema, stats), load_schema("temp", 1, [])])
        self.look = Look() if default is None else Rows(rows or {}, default, cache_bytes, local)

    def bind(self, sql):
        parsed = parse(sql)
        return Binder(self.catalog, FUNCTIONS, lambda name: True).bind(parsed, ())

    def plan(self, sql):
        return plan_statement(self.bind(sql), self.look)

    def tree(self, sql):
        planned = self.plan(sql)
        return "\n".join(format_plan(planned.plan if hasattr(planned, "plan") else planned.source, _metas(planned)))


def _metas(planned):
    return (planned.all_columns if hasattr(planned, "all_columns") else planned.write.all_columns).metas
