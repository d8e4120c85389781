"""Random statements over a small random schema. Seeded; the same seed gives the same statements.

The generator keeps track of the schema it made, so most statements are valid; a share is wrong on purpose.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

TYPES = ["INTEGER", "TEXT", "REAL", "NUMERIC", "BLOB", "", "INT", "VARCHAR(10)"]
COLLATIONS = ["", "", "", "", " COLLATE NOCASE", " COLLATE RTRIM"]
TEXTS = ["''", "'a'", "'A'", "'ab'", "'abc'", "'b'", "'B '", "'1'", "'1.0'", "'12x'", "' 5'", "'z%'", "'a_c'", "'-3'", "'1e2'", "'é'"]
BLOBS = ["x''", "x'00'", "x'61'", "x'616263'", "x'ff'"]
AGGREGATES = ["count", "sum", "avg", "min", "max", "total"]
FUNCTIONS = [("abs", 1), ("length", 1), ("lower", 1), ("upper", 1), ("typeof", 1), ("coalesce", 2), ("ifnull", 2), ("nullif", 2), ("substr", 2),
             ("substr", 3), ("instr", 2), ("hex", 1), ("quote", 1), ("round", 1), ("round", 2), ("trim", 1), ("ltrim", 1), ("rtrim", 2),
             ("replace", 3), ("min", 2), ("max", 2), ("unicode", 1), ("sign", 1), ("iif", 3), ("likely", 1), ("max", 3), ("octet_length", 1)]


@dataclass
class TableInfo:
    name: str
    columns: list[str]
    rowid: bool = True
    view: bool = False


@dataclass
class Statement:
    sql: str
    ordered: bool = False       # the row order is fixed by the statement
    query: bool = True


@dataclass
class Generator:
    seed: int
    random: random.Random = field(init=False)
    tables: list[TableInfo] = field(default_factory=list)
    n_indexes: int = 0
    n_names: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    # ---- schema and data

    def start(self) -> list[str]:
        """CREATE and INSERT statements to begin with."""
        made = []
        for _ in range(self.random.randint(2, 3)):
            made.append(self.create_table())
        for table in self.tables:
            for _ in range(self.random.choice([1, 3, 8])):
                made.append(self.insert(table))
        for _ in range(self.random.randint(0, 3)):
            made.append(self.create_index())
        return made

    def create_table(self) -> str:
        r = self.random
        self.n_names += 1
        name = f"t{self.n_names}"
        n = r.randint(1, 5)
        columns = [f"c{i}" for i in range(n)]
        without_rowid = r.random() < 0.15
        key = r.randrange(n) if r.random() < 0.4 or without_rowid else -1
        parts = []
        for i, column in enumerate(columns):
            text = f"{column} {r.choice(TYPES)}{r.choice(COLLATIONS)}"
            if i == key:
                text = f"{column} {'INTEGER' if r.random() < 0.7 else r.choice(TYPES)} PRIMARY KEY"
            elif r.random() < 0.1:
                text += " NOT NULL"
            elif r.random() < 0.1:
                text += " UNIQUE"
            if r.random() < 0.1:
                text += f" DEFAULT {self.literal()}"
            if r.random() < 0.05:
                text += f" CHECK ({column} IS NULL OR {column} <> 'bad')"
            parts.append(text)
        if n > 1 and r.random() < 0.1:
            parts.append(f"UNIQUE ({', '.join(r.sample(columns, 2))})")
        self.tables.append(TableInfo(name, columns, not without_rowid))
        return f"CREATE TABLE {name}({', '.join(parts)}){' WITHOUT ROWID' if without_rowid else ''}"

    def create_index(self) -> str:
        r = self.random
        table = r.choice([t for t in self.tables if not t.view])
        self.n_indexes += 1
        columns = [c + r.choice(["", "", "", " DESC", " COLLATE NOCASE"]) for c in r.sample(table.columns, r.randint(1, min(3, len(table.columns))))]
        if r.random() < 0.1:
            columns[0] = f"{r.choice(['lower', 'abs', 'length'])}({r.choice(table.columns)})"
        where = f" WHERE {r.choice(table.columns)} {r.choice(['IS NOT NULL', '> 1', '= 1'])}" if r.random() < 0.15 else ""
        unique = "UNIQUE " if r.random() < 0.08 else ""
        return f"CREATE {unique}INDEX i{self.n_indexes} ON {table.name}({', '.join(columns)}){where}"

    def insert(self, table: TableInfo) -> str:
        r = self.random
        columns = table.columns if r.random() < 0.8 else r.sample(table.columns, r.randint(1, len(table.columns)))
        # The largest rowid is left out: the next one would be random.
        rows = ", ".join("(" + ", ".join(self.literal().replace("9223372036854775807", "77") for _ in columns) + ")" for _ in range(r.choice([1, 1, 4, 12])))
        conflict = r.choice(["", "", "", "OR IGNORE ", "OR REPLACE "])
        named = "" if columns is table.columns and r.random() < 0.7 else f"({', '.join(columns)})"
        return f"INSERT {conflict}INTO {table.name}{named} VALUES {rows}"

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
            return r.choice(["9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e300", "-1e300"])
        if pick < 0.95:
            return r.choice(TEXTS)
        return r.choice(BLOBS)

    # ---- expressions

    def expr(self, columns: list[str], depth: int = 3) -> str:
        r = self.random
        if depth <= 0 or r.random() < 0.3:
            return r.choice(columns) if columns and r.random() < 0.7 else self.literal()
        kind = r.randrange(14)
        sub = lambda: self.expr(columns, depth - 1)  # noqa: E731
        if kind < 4:
            return f"({sub()} {r.choice(['+', '-', '*', '/', '%', '||', '&', '|', '<<', '>>'])} {sub()})"
        if kind < 6:
            return self.condition(columns, depth - 1)
        if kind < 9:
            name, n = r.choice(FUNCTIONS)
            return f"{name}({', '.join(sub() for _ in range(n))})"
        if kind == 9:
            return f"CAST({sub()} AS {r.choice(['INTEGER', 'TEXT', 'REAL', 'NUMERIC', 'BLOB'])})"
        if kind == 10:
            otherwise = f" ELSE {sub()}" if r.random() < 0.6 else ""
            return f"CASE WHEN {self.condition(columns, depth - 1)} THEN {sub()}{otherwise} END"
        if kind == 11:
            return f"CASE {sub()} WHEN {sub()} THEN {sub()} WHEN {sub()} THEN {sub()} END"
        if kind == 12:
            return f"{r.choice(['-', '+', '~', 'NOT '])}{sub()}"
        if self.tables and depth > 1:
            return self.scalar_subquery(columns, depth - 2)
        return sub()

    def scalar_subquery(self, outer: list[str], depth: int) -> str:
        r = self.random
        table = r.choice(self.tables)
        alias = f"s{r.randint(1, 99)}"
        inner = [f"{alias}.{c}" for c in table.columns]
        where = f" WHERE {self.condition(inner + outer, max(1, depth))}" if r.random() < 0.8 else ""
        if r.random() < 0.7:
            aggregate = r.choice(["count(*)", *(f"{name}({r.choice(inner)})" for name in AGGREGATES)])
            return f"(SELECT {aggregate} FROM {table.name} AS {alias}{where})"
        term = r.choice(inner)
        return f"(SELECT {term} FROM {table.name} AS {alias}{where} ORDER BY {', '.join(inner)} LIMIT 1)"

    def condition(self, columns: list[str], depth: int = 2) -> str:
        r = self.random
        sub = lambda: self.expr(columns, depth - 1)  # noqa: E731
        if depth > 0 and r.random() < 0.3:
            return f"({self.condition(columns, depth - 1)} {r.choice(['AND', 'OR'])} {self.condition(columns, depth - 1)})"
        kind = r.randrange(12)
        if kind < 5:
            left = r.choice(columns) if columns else sub()
            return f"{left} {r.choice(['=', '<', '<=', '>', '>=', '<>', '=', 'IS', 'IS NOT'])} {sub()}"
        if kind == 5:
            return f"{sub()} {r.choice(['IS NULL', 'IS NOT NULL', 'ISNULL', 'NOTNULL'])}"
        if kind == 6:
            return f"{sub()} {r.choice(['', 'NOT '])}BETWEEN {sub()} AND {sub()}"
        if kind == 7:
            return f"{sub()} {r.choice(['', 'NOT '])}IN ({', '.join(self.literal() for _ in range(r.randint(0, 4)))})"
        if kind == 8:
            return f"{sub()} {r.choice(['', 'NOT '])}{r.choice(['LIKE', 'GLOB'])} {r.choice(TEXTS + ['''%a%''' and chr(39) + '%a%' + chr(39), chr(39) + 'a*' + chr(39)])}"
        if kind == 9 and self.tables and depth > 0:
            table = r.choice(self.tables)
            where = f" WHERE {self.condition([f'x.{c}' for c in table.columns] + columns, depth - 1)}" if r.random() < 0.6 else ""
            return f"{sub()} {r.choice(['', 'NOT '])}IN (SELECT x.{r.choice(table.columns)} FROM {table.name} AS x{where})"
        if kind == 10 and self.tables and depth > 0:
            table = r.choice(self.tables)
            where = self.condition([f"y.{c}" for c in table.columns] + columns, depth - 1)
            return f"{r.choice(['', 'NOT '])}EXISTS (SELECT 1 FROM {table.name} AS y WHERE {where})"
        return f"NOT ({self.condition(columns, depth - 1)})" if depth > 0 else f"{sub()} > {sub()}"

    # ---- statements

    def select(self) -> Statement:
        r = self.random
        if r.random() < 0.12:
            return self.compound()
        n = r.choice([1, 1, 1, 2, 2, 3])
        tables = [r.choice(self.tables) for _ in range(n)]
        aliases = [f"a{i}" for i in range(n)]
        columns: list[str] = []
        source = ""
        for i, (table, alias) in enumerate(zip(tables, aliases, strict=True)):
            own = [f"{alias}.{c}" for c in table.columns]
            item = f"{table.name} AS {alias}"
            if r.random() < 0.12:
                condition = f" WHERE {self.condition(table.columns, 1)}" if r.random() < 0.5 else ""
                item = f"(SELECT * FROM {table.name}{condition}) AS {alias}"
            if i == 0:
                source = item
            else:
                kind = r.choice([", ", " JOIN ", " LEFT JOIN ", " INNER JOIN ", " CROSS JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN "])
                source += kind + item
                if kind not in (", ", " CROSS JOIN ") or r.random() < 0.2 and kind != ", ":
                    on = f"{r.choice(columns)} = {r.choice(own)}" if r.random() < 0.75 else self.condition(columns + own, 1)
                    source += f" ON {on}"
            columns += own
        where = f" WHERE {self.condition(columns)}" if r.random() < 0.7 else ""
        if r.random() < 0.3:
            return self.grouped(source, columns, where)
        terms = ["*"] if r.random() < 0.2 else [self.expr(columns) for _ in range(r.randint(1, 3))]
        distinct = "DISTINCT " if r.random() < 0.15 else ""
        sql = f"SELECT {distinct}{', '.join(terms)} FROM {source}{where}"
        if terms != ["*"] and r.random() < 0.4:
            order = ", ".join(f"{i + 1}{r.choice(['', ' DESC', ' NULLS LAST', ' ASC'])}" for i in range(len(terms)))
            sql += f" ORDER BY {order}"
            if r.random() < 0.5:
                sql += f" LIMIT {r.randint(0, 6)}" + (f" OFFSET {r.randint(0, 3)}" if r.random() < 0.4 else "")
        return Statement(sql)

    def grouped(self, source: str, columns: list[str], where: str) -> Statement:
        r = self.random
        calls = []
        for _ in range(r.randint(1, 3)):
            if r.random() < 0.3:
                calls.append("count(*)")
            else:
                distinct = "DISTINCT " if r.random() < 0.2 else ""
                filtered = f" FILTER (WHERE {self.condition(columns, 1)})" if r.random() < 0.1 else ""
                calls.append(f"{r.choice(AGGREGATES)}({distinct}{self.expr(columns, 1)}){filtered}")
        if r.random() < 0.3:
            return Statement(f"SELECT {', '.join(calls)} FROM {source}{where}")
        keys = [r.choice(columns) if r.random() < 0.7 else self.expr(columns, 1) for _ in range(r.randint(1, 2))]
        keys = [key for key in keys if not key.lstrip("-+").replace(".", "").isdigit()] or [columns[0]]
        having = f" HAVING {r.choice(calls)} {r.choice(['>', '<', 'IS NOT'])} {self.literal()}" if r.random() < 0.25 else ""
        return Statement(f"SELECT {', '.join(keys + calls)} FROM {source}{where} GROUP BY {', '.join(keys)}{having}")

    def compound(self) -> Statement:
        r = self.random
        n = r.randint(1, 2)
        parts = []
        for _ in range(r.randint(2, 3)):
            table = r.choice(self.tables)
            terms = ", ".join(self.expr(table.columns, 1) for _ in range(n))
            where = f" WHERE {self.condition(table.columns, 1)}" if r.random() < 0.5 else ""
            parts.append(f"SELECT {terms} FROM {table.name}{where}")
        sql = parts[0]
        for part in parts[1:]:
            sql += f" {r.choice(['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT'])} {part}"
        if r.random() < 0.4:
            sql += " ORDER BY " + ", ".join(str(i + 1) for i in range(n))
        return Statement(sql)

    def change(self) -> Statement:
        r = self.random
        table = r.choice([t for t in self.tables if not t.view])
        pick = r.random()
        if pick < 0.5:
            sql = self.insert(table)
        elif pick < 0.6:
            source = r.choice(self.tables)
            terms = ", ".join(self.expr(source.columns, 1) for _ in table.columns)
            sql = f"INSERT {r.choice(['', 'OR IGNORE ', 'OR REPLACE '])}INTO {table.name} SELECT {terms} FROM {source.name} ORDER BY {', '.join(source.columns)} LIMIT 5"
        elif pick < 0.8:
            sets = ", ".join(f"{c} = {self.expr(table.columns, 2)}" for c in r.sample(table.columns, r.randint(1, min(2, len(table.columns)))))
            conflict = r.choice(["", "", "OR IGNORE ", "OR REPLACE "])
            sql = f"UPDATE {conflict}{table.name} SET {sets} WHERE {self.condition(table.columns)}"
        else:
            sql = f"DELETE FROM {table.name} WHERE {self.condition(table.columns)}"
        return Statement(sql, query=False)

    def statement(self) -> Statement:
        r = self.random
        pick = r.random()
        if pick < 0.72:
            return self.select()
        if pick < 0.94:
            return self.change()
        if pick < 0.955:
            return Statement(self.create_index(), query=False)
        if pick < 0.96 and len(self.tables) < 5:
            return Statement(self.create_table(), query=False)
        if pick < 0.965:
            return Statement("ANALYZE", query=False)
        if pick < 0.985:
            return Statement(r.choice(["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE s", "ROLLBACK TO s"]), query=False)
        return Statement(self.broken())

    def broken(self) -> str:
        """A statement with something wrong in it."""
        r = self.random
        table = r.choice(self.tables)
        return r.choice([
            f"SELECT nothing FROM {table.name}", "SELECT * FROM absent", f"SELECT {table.columns[0]} FROM {table.name} WHERE", "SELECT 1 +",
            f"INSERT INTO {table.name} VALUES (1, 2, 3, 4, 5, 6, 7)", f"SELECT nofunction({table.columns[0]}) FROM {table.name}",
            f"SELECT count(*) FROM {table.name} WHERE count(*) > 1", f"SELECT {table.columns[0]} FROM {table.name} ORDER BY 9",
            f"SELECT abs(1, 2) FROM {table.name}", f"UPDATE {table.name} SET missing = 1", "SELEC 1", "SELECT 'abc", "SELECT 1 UNION SELECT 1, 2",
            f"CREATE TABLE {table.name}(a)", "DROP TABLE absent", "SELECT (SELECT 1, 2)", f"SELECT x.a FROM {table.name}",
        ])
