"""INSERT, UPDATE, DELETE, UPSERT and RETURNING."""

from __future__ import annotations

from pumice.errors import sql_error
from pumice.sql.ast.expr import RowValue, Subquery
from pumice.sql.ast.select import ResultColumn, TableName, With
from pumice.sql.ast.statement import Assignment, Delete, IndexedColumn, Insert, Update, Upsert
from pumice.sql.parser.core import MAX_COLUMNS
from pumice.sql.parser.select import SelectParser

_RESOLVE = frozenset(("ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"))


class DmlParser(SelectParser):
    __slots__ = ()

    def resolve_type(self) -> str:
        """The word behind OR or ON CONFLICT, in lower case."""
        kind = self.kinds[self.i]
        if kind not in _RESOLVE:
            self.fail()
        self.i += 1
        return kind.lower()

    def _or_conflict(self) -> str | None:
        return self.resolve_type() if self.accept("OR") else None

    def _target(self, in_trigger: bool, indexed: bool = True) -> TableName:
        """The table of a DML statement: `[schema.]name [AS alias]` and, with `indexed`, INDEXED BY."""
        start = self.pos()
        schema, name = self.qualified_name()
        alias = self.name() if self.accept("AS") else None
        index, not_indexed = self.indexed_by() if indexed else (None, False)
        if in_trigger and (index is not None or not_indexed):
            clause = "NOT INDEXED" if not_indexed else "INDEXED BY"
            raise sql_error(f"the {clause} clause is not allowed on UPDATE or DELETE statements within triggers")
        if in_trigger and schema is not None:
            raise sql_error(
                "qualified table names are not allowed on INSERT, UPDATE, and DELETE statements within triggers"
            )
        return TableName(name, schema, alias, index, not_indexed, start)

    def returning(self) -> tuple[ResultColumn, ...]:
        return self.result_columns() if self.accept("RETURNING") else ()

    def insert(self, with_: With | None, start: int, in_trigger: bool = False) -> Insert:
        """INSERT or REPLACE. In a trigger there is no DEFAULT VALUES."""
        if self.accept("REPLACE"):
            conflict: str | None = "replace"
        else:
            self.expect("INSERT")
            conflict = self._or_conflict()
        self.expect("INTO")
        table = self._target(in_trigger, indexed=False)
        columns = None
        if self.accept("("):
            columns = self.name_list()
            self.expect(")")
        if not in_trigger and self.accept("DEFAULT"):
            self.expect("VALUES")
            return Insert(table, columns, None, conflict, (), self.returning(), with_, start)
        select = self.select()
        upserts = []
        more = True
        while more and self.kinds[self.i] == "ON":
            upsert = self._upsert()
            upserts.append(upsert)
            # A clause without a target catches every conflict, so it is the last one.
            more = upsert.target is not None
        returning = self.returning()
        if in_trigger and returning:
            raise sql_error("cannot use RETURNING in a trigger")
        return Insert(table, columns, select, conflict, tuple(upserts), returning, with_, start)

    def _upsert(self) -> Upsert:
        start = self.pos()
        self.expect_all("ON", "CONFLICT")
        target = target_where = assignments = where = None
        if self.accept("("):
            target = self.indexed_columns()
            self.expect(")")
            target_where = self.expr() if self.accept("WHERE") else None
        self.expect("DO")
        if not self.accept("NOTHING"):
            self.expect_all("UPDATE", "SET")
            assignments = self._assignments()
            where = self.expr() if self.accept("WHERE") else None
        return Upsert(target, target_where, assignments, where, start)

    def indexed_columns(self) -> tuple[IndexedColumn, ...]:
        """The terms of an index; NULLS FIRST/LAST is refused in SQLite's words."""
        columns = []
        while True:
            expr = self.expr()
            desc, nulls = self.sort_order()
            if nulls:
                raise sql_error(f"unsupported use of NULLS {nulls.upper()}")
            columns.append(IndexedColumn(expr, desc, expr.pos))
            if not self.accept(","):
                return tuple(columns)

    def _assignments(self) -> tuple[Assignment, ...]:
        assignments = []
        while True:
            start = self.pos()
            several = self.accept("(")
            if several:
                columns = self.name_list()
                self.expect(")")
            else:
                columns = (self.name(),)
            if not self.accept("=") and not self.accept("=="):
                self.fail()
            value = self.expr()
            if several and type(value) is not Subquery:
                n_values = len(value.items) if type(value) is RowValue else 1
                if n_values != len(columns):
                    raise sql_error(f"{len(columns)} columns assigned {n_values} values")
            assignments.append(Assignment(columns, value, start))
            if not self.accept(","):
                return tuple(assignments)

    def update(self, with_: With | None, start: int, in_trigger: bool = False) -> Update:
        """UPDATE. In a trigger there is no RETURNING."""
        self.expect("UPDATE")
        conflict = self._or_conflict()
        table = self._target(in_trigger)
        self.expect("SET")
        assignments = self._assignments()
        source = self.from_items() if self.accept("FROM") else None
        where = self.expr() if self.accept("WHERE") else None
        returning = () if in_trigger else self.returning()
        if sum(len(assignment.columns) for assignment in assignments) > MAX_COLUMNS:
            raise sql_error("too many columns in set list")
        return Update(table, assignments, source, where, conflict, returning, with_, pos=start)

    def delete(self, with_: With | None, start: int, in_trigger: bool = False) -> Delete:
        """DELETE. In a trigger there is no RETURNING."""
        self.expect_all("DELETE", "FROM")
        table = self._target(in_trigger)
        where = self.expr() if self.accept("WHERE") else None
        returning = () if in_trigger else self.returning()
        return Delete(table, where, returning, with_, pos=start)
