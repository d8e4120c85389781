"""Random queries: joins, groups, compound selects, common table expressions."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fuzz.expressions import AGGREGATES, ExpressionPart
from tests.fuzz.schema import TableInfo

JOINS = [", ", " JOIN ", " LEFT JOIN ", " INNER JOIN ", " CROSS JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN "]


@dataclass
class Statement:
    sql: str
    query: bool = True
    defines: bool = False       # it may change the schema


class QueryPart(ExpressionPart):
    def source(self) -> tuple[str, list[str]]:
        """A FROM clause and its columns."""
        r = self.random
        n = r.choice([1, 1, 1, 2, 2, 3])
        tables = [r.choice(self.tables) for _ in range(n)]
        columns: list[str] = []
        source = ""
        for i, table in enumerate(tables):
            own = [f"a{i}.{c}" for c in table.columns]
            item = self.from_item(table, f"a{i}")
            if i == 0:
                source = item
                columns += own
                continue
            kind = r.choice(JOINS)
            shared = [c for c in table.columns if any(c in t.columns for t in tables[:i])]
            if kind not in (", ", " CROSS JOIN ") and shared and r.random() < 0.25:
                if r.random() < 0.2:
                    source += f" NATURAL{kind}{item}"
                else:
                    source += f"{kind}{item} USING ({', '.join(r.sample(shared, r.randint(1, min(2, len(shared)))))})"
            else:
                source += kind + item
                if kind not in (", ", " CROSS JOIN ") or r.random() < 0.2 and kind != ", ":
                    equal = r.random() < 0.75
                    on = f"{r.choice(columns)} = {r.choice(own)}" if equal else self.condition(columns + own, 1)
                    source += f" ON {on}"
            columns += own
        return source, columns

    def from_item(self, table: TableInfo, alias: str) -> str:
        r = self.random
        pick = r.random()
        if pick < 0.84:
            return f"{table.name} AS {alias}"
        where = f" WHERE {self.condition(table.columns, 1)}" if r.random() < 0.5 else ""
        if pick < 0.94:
            return f"(SELECT * FROM {table.name}{where}) AS {alias}"
        if pick < 0.97:
            return (f"(SELECT DISTINCT {', '.join(f'quote({c}) AS {c}' for c in table.columns)} "
                    f"FROM {table.name}{where}) AS {alias}")
        return (f"(SELECT * FROM {table.name}{where} ORDER BY {', '.join(self.total_order(table.columns))} "
                f"LIMIT {r.randint(1, 5)}) AS {alias}")

    def select(self) -> Statement:
        r = self.random
        pick = r.random()
        if pick < 0.12:
            return self.compound()
        if pick < 0.2:
            return self.with_query()
        source, columns = self.source()
        where = f" WHERE {self.condition(columns)}" if r.random() < 0.7 else ""
        if r.random() < 0.3:
            return self.grouped(source, columns, where)
        terms = ["*"] if r.random() < 0.2 else [self.expr(columns) for _ in range(r.randint(1, 3))]
        distinct = "DISTINCT " if r.random() < 0.15 else ""
        sql = f"SELECT {distinct}{', '.join(terms)} FROM {source}{where}"
        if terms != ["*"] and r.random() < 0.4:
            order = [f"{i + 1}{r.choice(['', ' DESC', ' NULLS LAST', ' ASC', ' DESC NULLS FIRST', ' COLLATE BINARY'])}"
                     for i in range(len(terms))]
            if r.random() < 0.3 and not distinct:
                order.insert(r.randrange(len(order)), self.not_a_position(self.expr(columns, 2), columns))
            sql += f" ORDER BY {', '.join(order)}"
            if r.random() < 0.5:
                sql += self.limit()
        return Statement(sql)

    def limit(self) -> str:
        r = self.random
        count = str(r.randint(0, 6)) if r.random() < 0.9 else f"(SELECT count(*) FROM {r.choice(self.tables).name})"
        return f" LIMIT {count}" + (f" OFFSET {r.randint(0, 3)}" if r.random() < 0.4 else "")

    def not_a_position(self, key: str, columns: list[str]) -> str:
        """A number alone names a result column in GROUP BY and ORDER BY."""
        return columns[0] if key.lstrip("-+").replace(".", "").isdigit() else key

    def call(self, columns: list[str]) -> str:
        """An aggregate."""
        r = self.random
        pick = r.random()
        filtered = f" FILTER (WHERE {self.condition(columns, 1)})" if r.random() < 0.15 else ""
        if pick < 0.3:
            return f"count(*){filtered}"
        arg = self.expr(columns, 1)
        if pick < 0.45:
            order = ", ".join(self.total_order([arg]))
            return f"group_concat({arg}, '-' ORDER BY {order}){filtered}"
        distinct = "DISTINCT " if r.random() < 0.25 else ""
        return f"{r.choice(AGGREGATES)}({distinct}{arg}){filtered}"

    def grouped(self, source: str, columns: list[str], where: str) -> Statement:
        r = self.random
        calls = [self.call(columns) for _ in range(r.randint(1, 3))]
        if r.random() < 0.3:
            having = f" HAVING {r.choice(calls)} IS NOT {self.literal()}" if r.random() < 0.1 else ""
            return Statement(f"SELECT {', '.join(calls)} FROM {source}{where}{having}")
        keys = [r.choice(columns) if r.random() < 0.7 else self.expr(columns, r.choice([1, 1, 2]))
                for _ in range(r.randint(1, 2))]
        keys = [self.not_a_position(key, columns) for key in keys]
        having = ""
        if r.random() < 0.3:
            having = (f" HAVING {r.choice([*calls, *keys])} {r.choice(['>', '<', 'IS NOT', '<>'])} "
                      f"{self.expr([*calls, *keys], 1)}")
        order = ""
        if r.random() < 0.3:
            order = " ORDER BY " + ", ".join(f"{i + 1}{r.choice(['', ' DESC'])}" for i in range(len(keys) + len(calls)))
            if r.random() < 0.4:
                order += self.limit()
        return Statement(f"SELECT {', '.join(keys + calls)} FROM {source}{where} "
                         f"GROUP BY {', '.join(keys)}{having}{order}")

    def compound_parts(self, n: int, plain: bool = False) -> str:
        """SELECTs of `n` columns. `plain`, for FROM: without affinities, since SQLite evaluates conditions on a
        compound inside its SELECTs, where the columns have others; and where rows are compared, as quoted text, since
        which of 1 and 1.0 is kept is open."""
        r = self.random
        all_kept = r.random() < 0.5
        shown = str if not plain else (lambda text: f"+({text})") if all_kept else (lambda text: f"quote({text})")
        parts = []
        for _ in range(r.randint(2, 3)):
            table = r.choice(self.tables)
            terms = ", ".join(shown(self.expr(table.columns, 1)) for _ in range(n))
            where = f" WHERE {self.condition(table.columns, 1)}" if r.random() < 0.5 else ""
            pick = r.random()
            if pick < 0.08:
                parts.append("VALUES " + ", ".join("(" + ", ".join(shown(self.literal()) for _ in range(n)) + ")"
                                                   for _ in range(r.randint(1, 3))))
            elif pick < 0.16:
                keys = [r.choice(table.columns) for _ in range(n)]
                parts.append(f"SELECT {', '.join(map(shown, keys))} FROM {table.name}{where} "
                             f"GROUP BY {', '.join(keys)}")
            else:
                parts.append(f"SELECT {terms} FROM {table.name}{where}")
        sql = parts[0]
        for part in parts[1:]:
            word = "UNION ALL" if plain and all_kept else r.choice(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"])
            sql += f" {word} {part}"
        return sql

    def compound(self) -> Statement:
        r = self.random
        n = r.randint(1, 2)
        sql = self.compound_parts(n)
        if r.random() < 0.5:
            sql += " ORDER BY " + ", ".join(f"{i + 1}{r.choice(['', ' DESC', ' COLLATE NOCASE', ' NULLS LAST'])}"
                                            for i in range(n))
            # With COLLATE here SQLite gives the last part's GROUP BY to the whole.
            if " GROUP BY " in sql:
                sql = sql.replace(" COLLATE NOCASE", "")
            if "NOCASE" not in sql and r.random() < 0.5:
                sql += self.limit()
        return Statement(sql)

    def with_query(self) -> Statement:
        """Common table expressions, plain or recursive, used once or twice."""
        r = self.random
        table = r.choice(self.tables)
        if r.random() < 0.5:
            hint = r.choice(["", "", "MATERIALIZED ", "NOT MATERIALIZED "])
            if r.random() < 0.4:
                body = self.compound_parts(2, plain=True)
            else:
                body = f"SELECT {self.expr(table.columns, 2)}, {self.expr(table.columns, 2)} FROM {table.name}"
            clause = f"WITH q(x, y) AS {hint}({body})"
        else:
            word = r.choice(["UNION ALL", "UNION ALL", "UNION"])
            base = f"SELECT 1, {self.expr(table.columns, 1)} FROM {table.name}"
            step = f"SELECT q.x + 1, {self.expr(['q.x', 'q.y'], 1)} FROM q WHERE q.x < {r.randint(1, 4)}"
            if r.random() < 0.2:
                step = (f"SELECT q.x + 1, {r.choice([f'b.{c}' for c in table.columns])} "
                        f"FROM q JOIN {table.name} AS b ON b.{table.columns[0]} = q.y WHERE q.x < 3")
            clause = f"WITH RECURSIVE q(x, y) AS ({base} {word} {step})"
        columns = ["q.x", "q.y"]
        source = "q"
        pick = r.random()
        if pick < 0.25:
            source = f"q JOIN q AS p ON {self.condition(['q.x', 'q.y', 'p.x', 'p.y'], 1)}"
            columns += ["p.x", "p.y"]
        elif pick < 0.5:
            source = (f"{table.name} AS a {r.choice(['LEFT ', ''])}JOIN q "
                      f"ON a.{r.choice(table.columns)} = q.{r.choice('xy')}")
            columns += [f"a.{c}" for c in table.columns]
        where = f" WHERE {self.condition(columns)}" if r.random() < 0.5 else ""
        if r.random() < 0.3:
            return Statement(f"{clause} {self.grouped(source, columns, where).sql}")
        return Statement(f"{clause} SELECT {', '.join(self.expr(columns, 2) for _ in range(r.randint(1, 2)))} "
                         f"FROM {source}{where}")

    def create_view(self) -> str:
        r = self.random
        pick = r.random()
        name = self.name("v")
        if pick < 0.3:
            sql = f"CREATE VIEW {name}(c0, c1) AS {self.compound_parts(2, plain=True)}"
        else:
            source, columns = self.source()
            where = f" WHERE {self.condition(columns)}" if r.random() < 0.5 else ""
            key = r.choice(columns)
            if pick < 0.6:
                sql = (f"CREATE VIEW {name} AS SELECT quote({key}) AS c0, count(*) AS c1 FROM {source}{where} "
                       f"GROUP BY quote({key})")
            else:
                sql = f"CREATE VIEW {name} AS SELECT {key} AS c0, {self.expr(columns, 2)} AS c1 FROM {source}{where}"
        self.tables.append(TableInfo(name, ["c0", "c1"], view=True, folds=any(t.folds for t in self.tables)))
        return sql
