"""The choice of statement, and the small ones: transactions, PRAGMA, ATTACH, VACUUM, ANALYZE, REINDEX, EXPLAIN."""

from __future__ import annotations

from pumice.sql.ast.select import Select
from pumice.sql.ast.statement import (
    Analyze,
    Attach,
    Begin,
    Commit,
    Detach,
    Explain,
    Pragma,
    Reindex,
    Release,
    Rollback,
    Savepoint,
    Statement,
    Vacuum,
)
from pumice.sql.parser.ddl import DdlParser
from pumice.sql.tokenizer import NAME_KINDS

# What may follow EXPLAIN ANALYZE as a statement of its own. WITH and REPLACE may also name a table to ANALYZE.
_ANALYZED = frozenset(("SELECT", "VALUES", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE"))


class Parser(DdlParser):
    __slots__ = ()

    def statement(self) -> Statement | Select | None:
        """One statement through its semicolon, or None when there is none before the end of the text."""
        while self.kinds[self.i] == ";":
            self.extend()
            self.i += 1
        if self.kinds[self.i] == "EOF":
            return None
        result = self._explained()
        if self.kinds[self.i] != ";" and self.kinds[self.i] != "EOF":
            self.fail()
        return result

    def _explained(self) -> Statement | Select:
        start = self.pos()
        if not self.accept("EXPLAIN"):
            return self._command()
        mode = "program"
        if self.accept("QUERY"):
            self.expect("PLAN")
            mode = "query plan"
        elif self.kinds[self.i] == "ANALYZE" and self.kinds[self.i + 1] in _ANALYZED:
            if self.kinds[self.i + 2] not in (";", "EOF", "."):
                self.i += 1
                mode = "analyze"
        return Explain(mode, self._command(), start)

    def _command(self) -> Statement | Select:
        kind = self.kinds[self.i]
        start = self.pos()
        if kind == "SELECT" or kind == "VALUES":
            return self.select()
        if kind == "INSERT" or kind == "REPLACE":
            return self.insert(None, start)
        if kind == "UPDATE":
            return self.update(None, start)
        if kind == "DELETE":
            return self.delete(None, start)
        if kind == "WITH":
            return self._with_statement(start)
        method = _COMMANDS.get(kind)
        if method is None:
            self.fail()
        return method(self)

    def _with_statement(self, start: int) -> Statement | Select:
        with_ = self.with_clause()
        kind = self.kinds[self.i]
        if kind == "INSERT" or kind == "REPLACE":
            return self.insert(with_, start)
        if kind == "UPDATE":
            return self.update(with_, start)
        if kind == "DELETE":
            return self.delete(with_, start)
        if kind == "WITH":
            self.fail()
        select = self.select()
        return Select(select.body, with_, select.order, select.limit, select.offset, start)

    def _transaction_word(self) -> None:
        """`[TRANSACTION [name]]`; the name says nothing."""
        if self.accept("TRANSACTION") and self.kinds[self.i] in NAME_KINDS:
            self.i += 1

    def _begin(self) -> Begin:
        start = self.pos()
        self.i += 1
        kind = "deferred"
        word = self.kinds[self.i]
        if word in ("DEFERRED", "IMMEDIATE", "EXCLUSIVE"):
            self.i += 1
            kind = word.lower()
        elif word == "ID" and self.texts[self.i].lower() == "concurrent":
            # Of SQLite's begin-concurrent branch.
            self.i += 1
            kind = "concurrent"
        self._transaction_word()
        return Begin(kind, start)

    def _commit(self) -> Commit:
        start = self.pos()
        self.i += 1
        self._transaction_word()
        return Commit(start)

    def _rollback(self) -> Rollback:
        start = self.pos()
        self.i += 1
        self._transaction_word()
        name = None
        if self.accept("TO"):
            self.accept("SAVEPOINT")
            name = self.name()
        return Rollback(name, start)

    def _savepoint(self) -> Savepoint:
        start = self.pos()
        self.i += 1
        return Savepoint(self.name(), start)

    def _release(self) -> Release:
        start = self.pos()
        self.i += 1
        self.accept("SAVEPOINT")
        return Release(self.name(), start)

    def _attach(self) -> Attach:
        start = self.pos()
        self.i += 1
        self.accept("DATABASE")
        file = self.expr()
        self.expect("AS")
        schema = self.expr()
        key = self.expr() if self.accept("KEY") else None
        return Attach(file, schema, key, start)

    def _detach(self) -> Detach:
        start = self.pos()
        self.i += 1
        self.accept("DATABASE")
        return Detach(self.expr(), start)

    def _vacuum(self) -> Vacuum:
        start = self.pos()
        self.i += 1
        schema = self.name() if self.kinds[self.i] in NAME_KINDS else None
        into = self.expr() if self.accept("INTO") else None
        return Vacuum(schema, into, start)

    def _optional_name(self) -> tuple[str | None, str | None]:
        return self.qualified_name() if self.kinds[self.i] in NAME_KINDS else (None, None)

    def _analyze(self) -> Analyze:
        start = self.pos()
        self.i += 1
        schema, name = self._optional_name()
        return Analyze(name, schema, start)

    def _reindex(self) -> Reindex:
        start = self.pos()
        self.i += 1
        schema, name = self._optional_name()
        return Reindex(name, schema, start)

    def _pragma(self) -> Pragma:
        start = self.pos()
        self.i += 1
        schema, name = self.qualified_name()
        value = None
        if self.accept("=") or self.accept("=="):
            value = self._pragma_value()
        elif self.accept("("):
            value = self._pragma_value()
            self.expect(")")
        return Pragma(name, schema, value, start)

    def _pragma_value(self) -> int | float | str:
        kind = self.kinds[self.i]
        if kind in NAME_KINDS:
            return self.name()
        if kind in ("ON", "DELETE", "DEFAULT"):
            self.i += 1
            return self.texts[self.i - 1]
        negative = kind == "-"
        if negative or kind == "+":
            self.i += 1
            kind = self.kinds[self.i]
        if kind != "INTEGER" and kind != "FLOAT":
            self.fail()
        literal = self._primary(kind)
        if negative and literal is self.int_min:
            return -(2**63)
        value = literal.value  # type: ignore[attr-defined]
        return -value if negative else value


_COMMANDS = {
    "CREATE": Parser.create, "DROP": Parser.drop, "ALTER": Parser.alter, "BEGIN": Parser._begin,
    "COMMIT": Parser._commit, "END": Parser._commit, "ROLLBACK": Parser._rollback, "SAVEPOINT": Parser._savepoint,
    "RELEASE": Parser._release, "ATTACH": Parser._attach, "DETACH": Parser._detach, "VACUUM": Parser._vacuum,
    "ANALYZE": Parser._analyze, "REINDEX": Parser._reindex, "PRAGMA": Parser._pragma,
}
