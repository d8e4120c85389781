"""What a random schema is made of: tables, indexes and views, and the generator's memory of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

TYPES = ["INTEGER", "TEXT", "REAL", "NUMERIC", "BLOB", "", "INT", "VARCHAR(10)"]
STRICT_TYPES = ["INT", "INTEGER", "TEXT", "REAL", "ANY", "BLOB"]
COLLATIONS = ["", "", "", "", " COLLATE NOCASE", " COLLATE RTRIM"]
TEXTS = ["''", "'a'", "'A'", "'ab'", "'abc'", "'b'", "'B '", "'1'", "'1.0'", "'12x'", "' 5'", "'z%'", "'a_c'", "'-3'",
         "'1e2'", "'é'", "'9223372036854775807'"]
BLOBS = ["x''", "x'00'", "x'61'", "x'616263'", "x'ff'"]


@dataclass
class TableInfo:
    name: str
    columns: list[str]
    computed: list[str] = field(default_factory=list)       # those of `columns` that are generated
    key: str = "rowid"                                      # a column with one row per value; views have none
    rowid: bool = True
    view: bool = False
    strict: bool = False
    folds: bool = False                                     # some column or index has a collation

    @property
    def written(self) -> list[str]:
        return [c for c in self.columns if c not in self.computed]


class SchemaPart:
    """Literals and DDL."""

    random: random.Random
    tables: list[TableInfo]
    indexes: list[str]
    n_names: int

    def name(self, prefix: str) -> str:
        self.n_names += 1
        return f"{prefix}{self.n_names}"

    def base_tables(self) -> list[TableInfo]:
        return [t for t in self.tables if not t.view]

    def literal(self) -> str:
        r = self.random
        pick = r.random()
        if pick < 0.15:
            return "NULL"
        if pick < 0.55:
            return str(r.choice([0, 1, 2, 3, 5, 7, 10, -1, -5, 100, r.randint(-50, 50), r.randint(-10**6, 10**6)]))
        if pick < 0.7:
            return r.choice(["0.5", "1.0", "2.5", "-1.5", "1e3", "3.25", "0.1", f"{r.uniform(-9, 9):.3f}"])
        if pick < 0.73:
            return r.choice(["9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e300", "-1e300",
                             "4611686018427387904", "9007199254740993", "-9223372036854775807"])
        if pick < 0.95:
            return r.choice(TEXTS)
        return r.choice(BLOBS)

    def folds(self) -> bool:
        """Whether unlike texts may be equal."""
        return any(t.folds for t in self.tables)

    # ---- tables

    def create_table(self) -> str:
        r = self.random
        name = self.name("t")
        n = r.randint(1, 5)
        columns = [f"c{i}" for i in range(n)]
        without_rowid = r.random() < 0.2
        strict = r.random() < 0.12
        key = r.randrange(n) if r.random() < 0.4 or without_rowid else -1
        types = STRICT_TYPES if strict else TYPES
        table = TableInfo(name, columns, rowid=not without_rowid, strict=strict)
        parts = []
        for i, column in enumerate(columns):
            collation = r.choice(COLLATIONS)
            text = f"{column} {r.choice(types)}"
            if i == key:
                text = (f"{column} {'INTEGER' if r.random() < 0.7 else r.choice(types)} "
                        f"PRIMARY KEY{r.choice(['', '', '', ' DESC'])}")
                table.key = column
            elif r.random() < 0.1:
                text += " NOT NULL"
            elif r.random() < 0.1:
                text += " UNIQUE"
            text += collation
            table.folds = table.folds or collation != ""
            if r.random() < 0.1:
                text += f" DEFAULT {self.literal()}"
            if r.random() < 0.05:
                text += f" CHECK ({column} IS NULL OR {column} <> 'bad')"
            parts.append(text)
        if strict:
            # Without a constraint that may fail SQLite keeps the rows before one of a wrong type.
            parts.append(f"CHECK (coalesce({', '.join(columns)}, NULL) IS NOT 'bad')")
        if n > 1 and r.random() < 0.1:
            parts.append(f"UNIQUE ({', '.join(r.sample(columns, 2))})")
        if r.random() < 0.15:
            # SQLite may read an integer from a VIRTUAL REAL column of a STRICT table.
            parts.insert(n, f"g {'ANY' if strict else r.choice(types)} AS ({self.generated(columns)}) "
                            f"{r.choice(['STORED', 'VIRTUAL', ''])}")
            table.computed.append("g")
            table.columns = [*columns, "g"]
        self.tables.append(table)
        options = ["WITHOUT ROWID"] * without_rowid + ["STRICT"] * strict
        return f"CREATE TABLE {name}({', '.join(parts)}) {', '.join(options)}"

    def generated(self, columns: list[str]) -> str:
        r = self.random
        a, b = r.choice(columns), r.choice(columns)
        return r.choice([f"{a} + 1", f"{a} || {b}", f"length({a})", f"{a} = {b}", f"coalesce({a}, {b})",
                         f"CAST({a} AS TEXT)", f"-{a}", f"{a} * {b}"])

    def create_index(self) -> str:
        r = self.random
        table = r.choice(self.base_tables())
        name = self.name("i")
        self.indexes.append(name)
        columns = [c + r.choice(["", "", "", " DESC", " COLLATE NOCASE", " COLLATE RTRIM DESC"])
                   for c in r.sample(table.columns, r.randint(1, min(3, len(table.columns))))]
        if r.random() < 0.2:
            columns[0] = self.generated(table.columns) + r.choice(["", " DESC"])
        table.folds = table.folds or any("COLLATE" in c for c in columns)
        where = ""
        if r.random() < 0.2:
            where = (f" WHERE {r.choice(table.columns)} "
                     f"{r.choice(['IS NOT NULL', '> 1', '= 1', 'IN (1, 2)', '<> 5', 'IS NULL'])}")
        unique = "UNIQUE " if r.random() < 0.08 else ""
        return f"CREATE {unique}INDEX {name} ON {table.name}({', '.join(columns)}){where}"

    def create_table_as(self) -> str:
        source = self.random.choice(self.tables)
        name = self.name("t")
        terms = [f"c{i}" for i in range(len(source.columns))]
        shown = ", ".join(f"{column} AS {term}" for column, term in zip(source.columns, terms, strict=True))
        self.tables.append(TableInfo(name, terms, folds=source.folds))
        return (f"CREATE TABLE {name} AS SELECT {shown} FROM {source.name} "
                f"ORDER BY {', '.join(self.total_order(source.columns))}")

    def total_order(self, columns: list[str]) -> list[str]:
        """ORDER BY terms under which only rows that are alike in every bit are equal."""
        return [*columns, *(f"{call}({c})" for c in columns for call in ("typeof", "hex"))]

    def drop(self) -> str:
        r = self.random
        if self.indexes and r.random() < 0.5:
            return f"DROP INDEX {self.indexes.pop(r.randrange(len(self.indexes)))}"
        views = [t for t in self.tables if t.view]
        if views:
            view = r.choice(views)
            self.tables.remove(view)
            return f"DROP VIEW {view.name}"
        return "DROP INDEX absent"

    def alter(self) -> str:
        """ALTER TABLE ADD COLUMN: the rows that are there read as its default."""
        r = self.random
        table = r.choice(self.base_tables())
        if len(table.columns) > 7:
            return "ALTER TABLE absent RENAME TO present"
        column = self.name("n")
        table.columns = [*table.columns, column]
        default = r.choice(["", f" DEFAULT {self.literal()}", " NOT NULL DEFAULT 'd'", " NOT NULL DEFAULT 7"])
        return f"ALTER TABLE {table.name} ADD COLUMN {column} {r.choice(['INT', 'TEXT', 'REAL'])}{default}"
