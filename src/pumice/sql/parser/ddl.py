"""CREATE, DROP and ALTER."""

from __future__ import annotations

from pumice.errors import sql_error
from pumice.node import replace
from pumice.sql.ast.expr import CurrentTime, Expr, Literal, Name, Unary
from pumice.sql.ast.statement import (
    AddColumn,
    AddConstraint,
    CheckColumn,
    CheckTable,
    CollateColumn,
    ColumnConstraint,
    ColumnDef,
    CreateIndex,
    CreateTable,
    CreateTrigger,
    CreateView,
    CreateVirtualTable,
    DefaultColumn,
    Drop,
    DropColumn,
    DropConstraint,
    ForeignKey,
    GeneratedColumn,
    NotNullColumn,
    PrimaryKeyColumn,
    PrimaryKeyTable,
    References,
    RenameColumn,
    RenameTable,
    SetNotNull,
    Statement,
    TableConstraint,
    UniqueColumn,
    UniqueTable,
)
from pumice.sql.parser.core import SPACE
from pumice.sql.parser.dml import DmlParser
from pumice.sql.tokenizer import FALLBACK, ID_KINDS, NAME_KINDS, dequote

# Kinds that start a `term`, the value of a DEFAULT without parentheses.
_TERMS = frozenset(w for w in FALLBACK if w[:8] == "CURRENT_")
_TERMS |= {"NULL", "INTEGER", "FLOAT", "QNUMBER", "BLOB", "STRING"}

# Types that SQLite stores by number and gives back in upper case, however they were written (sqlite3StdType).
_STANDARD_TYPES = frozenset(("ANY", "BLOB", "INT", "INTEGER", "REAL", "TEXT"))


# Kinds that a column constraint begins with.
_CONSTRAINTS = frozenset(("CONSTRAINT", "NOT", "NULL", "PRIMARY", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES",
                          "DEFERRABLE", "AS", "GENERATED"))


class DdlParser(DmlParser):
    __slots__ = ()

    def create(self) -> Statement:
        start = self.pos()
        self.expect("CREATE")
        kind = self.kinds[self.i]
        if kind == "UNIQUE":
            self.i += 1
            self.expect("INDEX")
            return self._create_index(True, start)
        if kind == "INDEX":
            self.i += 1
            return self._create_index(False, start)
        if kind == "VIRTUAL":
            self.i += 1
            self.expect("TABLE")
            return self._create_virtual_table(start)
        temp = self.accept("TEMP") or self.accept("TEMPORARY")
        if self.accept("TABLE"):
            return self._create_table(temp, start)
        if self.accept("VIEW"):
            return self._create_view(temp, start)
        if self.accept("TRIGGER"):
            return self._create_trigger(temp, start)
        self.fail()

    # Tables

    def _create_table(self, temp: bool, start: int) -> CreateTable:
        if_not_exists = self.if_not_exists()
        schema, name = self.qualified_name()
        if self.accept("AS"):
            select = self.select()
            return CreateTable(name, schema, temp, if_not_exists, select=select, pos=start)
        self.expect("(")
        columns = [self._column_def()]
        constraints: tuple[TableConstraint, ...] = ()
        while self.accept(","):
            if self.kinds[self.i] in ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"):
                constraints = self._table_constraints()
                break
            columns.append(self._column_def())
        self.expect(")")
        without_rowid, strict = self._table_options()
        return CreateTable(
            name, schema, temp, if_not_exists, tuple(columns), constraints, without_rowid, strict, None, start
        )

    def _table_options(self) -> tuple[bool, bool]:
        without_rowid = strict = False
        # The list of options may begin with a comma, since an empty list is one.
        comma = self.accept(",")
        while comma or self.kinds[self.i] in NAME_KINDS:
            without = self.accept("WITHOUT")
            word = self.texts[self.i]
            self.name()
            if without and word.lower() == "rowid":
                without_rowid = True
            elif not without and word.lower() == "strict":
                strict = True
            else:
                raise sql_error(f"unknown table option: {word}")
            comma = self.accept(",")
            if not comma:
                break
        return without_rowid, strict

    def _column_def(self) -> ColumnDef:
        start = self.pos()
        name = self.name()
        type_name = self.type_name()
        always = False
        if type_name is not None and type_name[-6:].lower() == "always":
            # SQLite takes GENERATED ALWAYS for words of the type and cuts it off again (sqlite3AddColumn).
            shorter = type_name[:-6].rstrip(SPACE)
            if shorter[-9:].lower() == "generated":
                always = True
                type_name = shorter[:-9].rstrip(SPACE) or None
        if type_name is not None and type_name.upper() in _STANDARD_TYPES:
            type_name = type_name.upper()
        self.label = None
        constraints = self._column_constraints(name, always) if self.kinds[self.i] in _CONSTRAINTS else ()
        return ColumnDef(name, type_name, constraints, start)

    def _column_constraints(self, column: str, always: bool) -> tuple[ColumnConstraint, ...]:
        """`carglist`. `always` tells that GENERATED ALWAYS was read with the type.
        A CONSTRAINT name stands for all that follow it."""
        constraints: list[ColumnConstraint] = []
        label = None
        while True:
            kind = self.kinds[self.i]
            if kind not in _CONSTRAINTS:
                return tuple(constraints)
            start = self.pos()
            constraint: ColumnConstraint
            if kind == "CONSTRAINT":
                self.i += 1
                self.label = label = self.name()
                continue
            if kind == "NOT":
                self.i += 1
                if self.kinds[self.i] == "DEFERRABLE":
                    self.i -= 1
                    self._defer(constraints)
                    continue
                self.expect("NULL")
                constraint = NotNullColumn(self._on_conflict(), False, label, start)
            elif kind == "NULL":
                self.i += 1
                constraint = NotNullColumn(self._on_conflict(), True, label, start)
            elif kind == "PRIMARY":
                self.i += 1
                self.expect("KEY")
                desc = True if self.accept("DESC") else False if self.accept("ASC") else None
                conflict = self._on_conflict()
                constraint = PrimaryKeyColumn(desc, conflict, self.accept("AUTOINCREMENT"), label, start)
            elif kind == "UNIQUE":
                self.i += 1
                constraint = UniqueColumn(self._on_conflict(), label, start)
            elif kind == "CHECK":
                self.i += 1
                expr, text = self._parenthesised()
                constraint = CheckColumn(expr, None, label, text, start)
            elif kind == "DEFAULT":
                self.i += 1
                constraint = self._default(label, start)
            elif kind == "COLLATE":
                self.i += 1
                constraint = CollateColumn(self.id_or_string(), label, start)
            elif kind == "REFERENCES":
                constraint = self._references(label)
            elif kind == "DEFERRABLE":
                self._defer(constraints)
                continue
            else:
                if self.accept("GENERATED"):
                    self.expect("ALWAYS")
                    always = True
                self.expect("AS")
                expr, _ = self._parenthesised()
                stored = False
                if self.kinds[self.i] in ID_KINDS:
                    word = self.texts[self.i].lower()
                    if word != "virtual" and word != "stored":
                        raise sql_error(f'error in generated column "{column}"')
                    stored = word == "stored"
                    self.i += 1
                constraint = GeneratedColumn(expr, stored, always, label, start)
            constraints.append(constraint)

    def _parenthesised(self) -> tuple[Expr, str]:
        """`(expr)` and the text between the parentheses."""
        self.expect("(")
        first = self.i
        expr = self.expr()
        text = self.sql[self.end_of(first - 1) : self.starts[self.i]].strip(SPACE)
        self.expect(")")
        return expr, text

    def _default(self, label: str | None, start: int) -> DefaultColumn:
        kind = self.kinds[self.i]
        if kind == "(":
            expr, text = self._parenthesised()
            return DefaultColumn(expr, True, label, text, start)
        first = self.i
        if kind == "+" or kind == "-":
            self.i += 1
            expr = self._term()
            if kind == "-":
                minimum = expr is self.int_min
                expr = Literal(-(2**63), self.starts[first]) if minimum else Unary("-", expr, self.starts[first])
        elif kind in _TERMS:
            expr = self._term()
        elif kind in ID_KINDS or kind == "INDEXED":
            text = self.texts[first]
            self.i += 1
            # A word is its own text, but TRUE and FALSE are what they say.
            truth = text.lower() in ("true", "false")
            expr = Name(text, pos=self.starts[first]) if truth else Literal(dequote(text), self.starts[first])
        else:
            self.fail()
        return DefaultColumn(expr, False, label, self.sql[self.starts[first] : self.end_of(self.i - 1)], start)

    def _term(self) -> Expr:
        """`term`: a literal, or a CURRENT_ word."""
        kind = self.kinds[self.i]
        start = self.pos()
        if kind not in _TERMS:
            self.fail()
        if kind == "STRING":
            text = self.texts[self.i]
            self.i += 1
            return Literal(dequote(text), start)
        if kind[:8] == "CURRENT_":
            self.i += 1
            return CurrentTime(kind[8:].lower(), start)
        return self._primary(kind)

    def _on_conflict(self) -> str | None:
        if self.kinds[self.i] == "ON":
            self.i += 1
            self.expect("CONFLICT")
            return self.resolve_type()
        return None

    def _references(self, label: str | None) -> References:
        start = self.pos()
        self.expect("REFERENCES")
        table = self.name()
        columns = self.plain_columns() if self.kinds[self.i] == "(" else ()
        actions: dict[str, str] = {}
        match = None
        while True:
            if self.accept("MATCH"):
                match = self.name()
            elif self.accept("ON"):
                event = self.kinds[self.i]
                if event not in ("INSERT", "DELETE", "UPDATE"):
                    self.fail()
                self.i += 1
                actions[event] = self._reference_action()
            else:
                break
        return References(table, columns, actions.get("DELETE"), actions.get("UPDATE"), match, name=label, pos=start)

    def _reference_action(self) -> str:
        if self.accept("SET"):
            if self.accept("NULL"):
                return "set null"
            self.expect("DEFAULT")
            return "set default"
        if self.accept("NO"):
            self.expect("ACTION")
            return "no action"
        if self.accept("CASCADE"):
            return "cascade"
        self.expect("RESTRICT")
        return "restrict"

    def _deferral(self) -> tuple[bool, str | None]:
        """`[NOT] DEFERRABLE [INITIALLY ...]` as (deferrable, initially)."""
        deferrable = not self.accept("NOT")
        self.expect("DEFERRABLE")
        initially = None
        if self.accept("INITIALLY"):
            if self.accept("DEFERRED"):
                initially = "deferred"
            else:
                self.expect("IMMEDIATE")
                initially = "immediate"
        return deferrable, initially

    def _defer(self, constraints: list[ColumnConstraint]) -> None:
        """A deferral among column constraints: it belongs to the last REFERENCES; without one it says nothing."""
        deferrable, initially = self._deferral()
        for i in range(len(constraints) - 1, -1, -1):
            last = constraints[i]
            if type(last) is References:
                constraints[i] = replace(last, deferrable=deferrable, initially=initially)
                return

    def _table_constraints(self) -> tuple[TableConstraint, ...]:
        """`conslist`: the commas between are optional, and a comma ends a CONSTRAINT name's reach, but for the one
        behind the last column."""
        constraints: list[TableConstraint] = []
        label = self.label
        while True:
            start = self.pos()
            kind = self.kinds[self.i]
            if kind == "CONSTRAINT":
                self.i += 1
                label = self.name()
            else:
                constraints.append(self._table_constraint(kind, label, start))
            if self.accept(","):
                label = None
            elif self.kinds[self.i] == ")":
                return tuple(constraints)

    def _table_constraint(self, kind: str, label: str | None, start: int) -> TableConstraint:
        if kind == "PRIMARY" or kind == "UNIQUE":
            self.i += 1
            if kind == "PRIMARY":
                self.expect("KEY")
            self.expect("(")
            columns = self.indexed_columns()
            autoincrement = kind == "PRIMARY" and self.accept("AUTOINCREMENT")
            self.expect(")")
            conflict = self._on_conflict()
            if kind == "PRIMARY":
                return PrimaryKeyTable(columns, autoincrement, conflict, label, start)
            return UniqueTable(columns, conflict, label, start)
        if kind == "CHECK":
            self.i += 1
            expr, text = self._parenthesised()
            return CheckTable(expr, self._on_conflict(), label, text, start)
        self.expect("FOREIGN")
        self.expect("KEY")
        names = self.plain_columns()
        references = self._references(None)
        if self.kinds[self.i] == "DEFERRABLE" or self.kinds[self.i] == "NOT":
            deferrable, initially = self._deferral()
            references = replace(references, deferrable=deferrable, initially=initially)
        return ForeignKey(names, references, label, start)

    def _create_virtual_table(self, start: int) -> CreateVirtualTable:
        if_not_exists = self.if_not_exists()
        schema, name = self.qualified_name()
        self.expect("USING")
        module = self.name()
        args: list[str] = []
        if self.accept("("):
            depth = 0
            first = self.i
            while True:
                kind = self.kinds[self.i]
                if kind == "EOF" or kind == "ILLEGAL":
                    self.fail()
                if depth == 0 and kind in (",", ")"):
                    if self.i > first:
                        args.append(self.sql[self.starts[first] : self.end_of(self.i - 1)])
                    first = self.i + 1
                    if kind == ")":
                        break
                elif kind == "(":
                    depth += 1
                elif kind == ")":
                    depth -= 1
                elif kind == ";":
                    self.extend()
                self.i += 1
            self.i += 1
        return CreateVirtualTable(name, module, tuple(args), schema, if_not_exists, start)

    # Indexes, views, triggers

    def _create_index(self, unique: bool, start: int) -> CreateIndex:
        if_not_exists = self.if_not_exists()
        schema, name = self.qualified_name()
        self.expect("ON")
        table = self.name()
        self.expect("(")
        columns = self.indexed_columns()
        self.expect(")")
        where = self.expr() if self.accept("WHERE") else None
        return CreateIndex(name, table, columns, schema, unique, if_not_exists, where, start)

    def _create_view(self, temp: bool, start: int) -> CreateView:
        if_not_exists = self.if_not_exists()
        schema, name = self.qualified_name()
        columns = self.plain_columns() if self.kinds[self.i] == "(" else None
        self.expect("AS")
        select = self.select()
        if self.kinds[self.i] not in (";", "EOF"):
            self.fail()
        if self.params:
            raise sql_error("parameters are not allowed in views")
        return CreateView(name, select, schema, columns, temp, if_not_exists, start)

    def _create_trigger(self, temp: bool, start: int) -> CreateTrigger:
        if_not_exists = self.if_not_exists()
        schema, name = self.qualified_name()
        time = None
        if self.accept("BEFORE"):
            time = "before"
        elif self.accept("AFTER"):
            time = "after"
        elif self.accept("INSTEAD"):
            self.expect("OF")
            time = "instead of"
        event = self.kinds[self.i]
        if event not in ("DELETE", "INSERT", "UPDATE"):
            self.fail()
        self.i += 1
        of_columns = self.name_list() if event == "UPDATE" and self.accept("OF") else None
        self.expect("ON")
        # SQLite takes a schema before the table and ignores it: the trigger's own schema counts.
        _, table = self.qualified_name()
        for_each_row = self.accept("FOR")
        if for_each_row:
            self.expect_all("EACH", "ROW")
        when = self.expr() if self.accept("WHEN") else None
        self.expect("BEGIN")
        body: list[object] = []
        while True:
            body.append(self._trigger_step())
            if self.kinds[self.i] != ";":
                self.fail()
            self.extend()
            self.i += 1
            if self.accept("END"):
                break
        if self.kinds[self.i] not in (";", "EOF"):
            self.fail()
        if self.params:
            raise sql_error("trigger cannot use variables")
        return CreateTrigger(
            name, table, event.lower(), tuple(body), schema, time, of_columns, for_each_row, when, temp, if_not_exists,
            start,
        )

    def _trigger_step(self) -> Statement:
        kind = self.kinds[self.i]
        start = self.pos()
        if kind == "UPDATE":
            return self.update(None, start, in_trigger=True)
        if kind == "DELETE":
            return self.delete(None, start, in_trigger=True)
        if kind == "INSERT" or kind == "REPLACE":
            return self.insert(None, start, in_trigger=True)
        return self.select()

    # DROP and ALTER

    def drop(self) -> Drop:
        start = self.pos()
        self.expect("DROP")
        kind = self.kinds[self.i]
        if kind not in ("TABLE", "INDEX", "VIEW", "TRIGGER"):
            self.fail()
        self.i += 1
        if_exists = self.if_exists()
        schema, name = self.qualified_name()
        return Drop(kind.lower(), name, schema, if_exists, start)

    def alter(self) -> Statement:
        start = self.pos()
        self.expect_all("ALTER", "TABLE")
        schema, table = self.qualified_name()
        if self.accept("RENAME"):
            if self.accept("TO"):
                return RenameTable(table, self.name(), schema, start)
            self.accept("COLUMN")
            column = self.name()
            self.expect("TO")
            return RenameColumn(table, column, self.name(), schema, start)
        if self.accept("ADD"):
            pos = self.pos()
            label = self.name() if self.accept("CONSTRAINT") else None
            if label is not None or self.kinds[self.i] == "CHECK":
                self.expect("CHECK")
                expr, text = self._parenthesised()
                check = CheckTable(expr, self._on_conflict(), label, text, pos)
                return AddConstraint(table, check, schema, start)
            self.accept("COLUMN")
            return AddColumn(table, self._column_def(), schema, start)
        if self.accept("DROP"):
            if self.accept("CONSTRAINT"):
                return DropConstraint(table, self.name(), schema, start)
            self.accept("COLUMN")
            return DropColumn(table, self.name(), schema, start)
        self.expect("ALTER")
        self.accept("COLUMN")
        column = self.name()
        if self.accept("DROP"):
            self.expect_all("NOT", "NULL")
            return SetNotNull(table, column, True, None, schema, start)
        self.expect_all("SET", "NOT", "NULL")
        return SetNotNull(table, column, False, self._on_conflict(), schema, start)
