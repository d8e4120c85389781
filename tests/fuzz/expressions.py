"""Random expressions and conditions over the columns in reach."""

from __future__ import annotations

from tests.fuzz.schema import TEXTS, SchemaPart

AGGREGATES = ["count", "sum", "avg", "min", "max", "total"]
FUNCTIONS = [("abs", 1), ("length", 1), ("lower", 1), ("upper", 1), ("typeof", 1), ("coalesce", 2), ("ifnull", 2),
             ("nullif", 2), ("substr", 2), ("substr", 3), ("instr", 2), ("hex", 1), ("quote", 1), ("round", 1),
             ("round", 2), ("trim", 1), ("ltrim", 1), ("rtrim", 2), ("replace", 3), ("min", 2), ("max", 2),
             ("unicode", 1), ("sign", 1), ("iif", 3), ("likely", 1), ("max", 3), ("octet_length", 1), ("coalesce", 3),
             ("unlikely", 1), ("char", 2), ("concat", 2), ("concat_ws", 3), ("ceil", 1), ("floor", 1), ("mod", 2),
             ("unhex", 1)]
PATTERNS = ["'%a%'", "'a*'", "'_'", "'A%'", "'[a-c]*'", "'%'"]
CAST_TYPES = ["INTEGER", "TEXT", "REAL", "NUMERIC", "BLOB", "INT", "VARCHAR(3)", "FLOAT", "DECIMAL(5,2)"]
ARITHMETIC = ["+", "-", "*", "/", "%", "||", "&", "|", "<<", ">>"]
COMPARISONS = ["=", "<", "<=", ">", ">=", "<>", "=", "IS", "IS NOT", "IS DISTINCT FROM", "IS NOT DISTINCT FROM", "=="]


class ExpressionPart(SchemaPart):
    def expr(self, columns: list[str], depth: int = 3) -> str:
        r = self.random
        if depth <= 0 or r.random() < 0.3:
            return r.choice(columns) if columns and r.random() < 0.7 else self.literal()
        kind = r.randrange(16)
        sub = lambda: self.expr(columns, depth - 1)  # noqa: E731
        if kind < 4:
            return f"({sub()} {r.choice(ARITHMETIC)} {sub()})"
        if kind < 6:
            return self.condition(columns, depth - 1)
        if kind < 9:
            name, n = r.choice(FUNCTIONS)
            return f"{name}({', '.join(sub() for _ in range(n))})"
        if kind == 9:
            return f"CAST({sub()} AS {r.choice(CAST_TYPES)})"
        if kind == 10:
            otherwise = f" ELSE {sub()}" if r.random() < 0.6 else ""
            return f"CASE WHEN {self.condition(columns, depth - 1)} THEN {sub()}{otherwise} END"
        if kind == 11:
            return f"CASE {sub()} WHEN {sub()} THEN {sub()} WHEN {sub()} THEN {sub()} END"
        if kind == 12:
            return f"{r.choice(['-', '+', '~', 'NOT '])}{sub()}"
        if kind == 13:
            return f"({sub()} COLLATE {r.choice(['NOCASE', 'RTRIM', 'BINARY'])})"
        if self.tables and depth > 1:
            return self.scalar_subquery(columns, depth - 2)
        return sub()

    def scalar_subquery(self, outer: list[str], depth: int) -> str:
        """One row at most, and which one is fixed."""
        r = self.random
        table = r.choice(self.tables)
        alias = f"s{r.randint(1, 99)}"
        inner = [f"{alias}.{c}" for c in table.columns]
        where = f" WHERE {self.condition(inner + outer, max(1, depth))}" if r.random() < 0.8 else ""
        pick = r.random()
        if pick < 0.6:
            aggregate = r.choice(["count(*)", *(f"{name}({r.choice(inner)})" for name in AGGREGATES)])
            return f"(SELECT {aggregate} FROM {table.name} AS {alias}{where})"
        order = f"ORDER BY {', '.join(self.total_order(inner))} LIMIT 1"
        if pick < 0.7:
            other = self.expr(outer, 1)
            return (f"(SELECT x FROM (SELECT +{r.choice(inner)} AS x FROM {table.name} AS {alias}{where} "
                    f"UNION ALL SELECT {other}) ORDER BY {', '.join(self.total_order(['x']))} LIMIT 1)")
        term = r.choice(inner) if pick < 0.9 else self.expr(inner + outer, 1)
        return f"(SELECT {term} FROM {table.name} AS {alias}{where} {order})"

    def row_condition(self, columns: list[str], depth: int) -> str:
        """Row values compared, or looked up."""
        r = self.random
        sub = lambda: self.expr(columns, depth - 1)  # noqa: E731
        n = r.choice([2, 2, 3])
        left = "(" + ", ".join(r.choice(columns) if columns and r.random() < 0.7 else sub() for _ in range(n)) + ")"
        row = lambda: "(" + ", ".join(sub() for _ in range(n)) + ")"  # noqa: E731
        pick = r.random()
        if pick < 0.4 or not self.tables:
            return f"{left} {r.choice(COMPARISONS)} {row()}"
        if pick < 0.5:
            return f"{left} {r.choice(['', 'NOT '])}BETWEEN {row()} AND {row()}"
        if pick < 0.6:
            return f"{left} {r.choice(['', 'NOT '])}IN (VALUES {', '.join(row() for _ in range(r.randint(1, 3)))})"
        table = r.choice(self.tables)
        inner = [f"w.{c}" for c in table.columns]
        terms = ", ".join(r.choice(inner) for _ in range(n))
        where = f" WHERE {self.condition(inner + columns, depth - 1)}" if r.random() < 0.6 else ""
        if pick < 0.9:
            # With a WHERE SQLite takes no index for the set, which would overlook rows of NULLs (COMPAT.md).
            return f"{left} {r.choice(['', 'NOT '])}IN (SELECT {terms} FROM {table.name} AS w{where or ' WHERE 1'})"
        return (f"{left} {r.choice(['=', '<', 'IS', '>='])} (SELECT {terms} FROM {table.name} AS w{where} "
                f"ORDER BY {', '.join(self.total_order(inner))} LIMIT 1)")

    def condition(self, columns: list[str], depth: int = 2) -> str:
        r = self.random
        sub = lambda: self.expr(columns, depth - 1)  # noqa: E731
        if depth > 0 and r.random() < 0.3:
            return (f"({self.condition(columns, depth - 1)} {r.choice(['AND', 'OR'])} "
                    f"{self.condition(columns, depth - 1)})")
        kind = r.randrange(14)
        negated = r.choice(["", "NOT "])
        if kind < 5:
            left = r.choice(columns) if columns else sub()
            return f"{left} {r.choice(COMPARISONS)} {sub()}"
        if kind == 5:
            return f"{sub()} {r.choice(['IS NULL', 'IS NOT NULL', 'ISNULL', 'NOTNULL', 'IS TRUE', 'IS NOT FALSE'])}"
        if kind == 6:
            return f"{sub()} {negated}BETWEEN {sub()} AND {sub()}"
        if kind == 7:
            left = sub()
            items = [self.literal() if r.random() < 0.8 else sub() for _ in range(r.randint(0, 4))]
            return f"{left} {negated}IN ({', '.join(items)})"
        if kind == 8:
            return f"{sub()} {negated}{r.choice(['LIKE', 'GLOB'])} {r.choice(TEXTS + PATTERNS)}"
        if kind == 9 and self.tables and depth > 0:
            table = r.choice(self.tables)
            where = ""
            if r.random() < 0.6:
                where = f" WHERE {self.condition([f'x.{c}' for c in table.columns] + columns, depth - 1)}"
            return f"{sub()} {negated}IN (SELECT x.{r.choice(table.columns)} FROM {table.name} AS x{where})"
        if kind == 10 and self.tables and depth > 0:
            table = r.choice(self.tables)
            where = self.condition([f"y.{c}" for c in table.columns] + columns, depth - 1)
            return f"{negated}EXISTS (SELECT 1 FROM {table.name} AS y WHERE {where})"
        if kind == 11 and depth > 0:
            return f"({self.row_condition(columns, depth)})"
        if kind == 12 and self.tables and depth > 0:
            one, two = r.choice(self.tables), r.choice(self.tables)
            word = r.choice(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"])
            # Which of 1 and 1.0 a compound keeps is open (COMPAT.md), and so may be what text of it is found.
            shown = str if word == "UNION ALL" else "quote({})".format
            return (f"{shown(sub())} {negated}IN (SELECT {shown(r.choice(one.columns))} FROM {one.name} {word} "
                    f"SELECT {shown(r.choice(two.columns))} FROM {two.name})")
        return f"NOT ({self.condition(columns, depth - 1)})" if depth > 0 else f"{sub()} > {sub()}"
