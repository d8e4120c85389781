"""Random statements over a small random schema. Seeded; the same seed gives the same statements.

The generator keeps track of the schema it made, so most statements are valid; a share is wrong on purpose. It avoids
what SQLite leaves open: which row a LIMIT takes of several alike, which of several matches UPDATE FROM uses, in which
order an UPDATE of several rows meets a conflict that it is to ignore or to replace.
"""

from __future__ import annotations

import random

from tests.fuzz.queries import QueryPart, Statement
from tests.fuzz.schema import TableInfo


class Generator(QueryPart):
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.tables = []
        self.indexes = []
        self.n_names = 0

    def start(self) -> list[str]:
        """CREATE and INSERT statements to begin with."""
        r = self.random
        made = [self.create_table() for _ in range(r.randint(2, 3))]
        for table in self.tables:
            for _ in range(r.choice([1, 3, 8])):
                made.append(self.insert(table))
        for _ in range(r.randint(0, 4)):
            made.append(self.create_index())
        if r.random() < 0.3:
            made.append(self.create_view())
        return made

    def settle(self, columns: dict[str, list[str]]) -> None:
        """Forgets what a failed or rolled-back statement did not make: `columns` are those that tables and views have
        now."""
        self.tables = [t for t in self.tables if t.name in columns] or self.tables
        for table in self.tables:
            table.columns = columns.get(table.name, table.columns)

    # ---- changes

    def insert(self, table: TableInfo) -> str:
        r = self.random
        written = table.written
        columns = written if r.random() < 0.8 else r.sample(written, r.randint(1, len(written)))
        # The largest rowid is left out: the next one would be random.
        rows = ", ".join("(" + ", ".join(self.literal().replace("9223372036854775807", "77") for _ in columns) + ")"
                         for _ in range(r.choice([1, 1, 4, 12])))
        conflict = r.choice(["", "OR REPLACE "] if table.strict
                            else ["", "", "", "OR IGNORE ", "OR REPLACE ", "OR FAIL "])
        named = "" if columns is written and r.random() < 0.7 else f"({', '.join(columns)})"
        return f"INSERT {conflict}INTO {table.name}{named} VALUES {rows}"

    def insert_select(self, table: TableInfo) -> str:
        r = self.random
        source = r.choice(self.tables)
        terms = [self.expr(source.columns, 1) for _ in table.written]
        if table.rowid and table.key in table.written:
            terms[table.written.index(table.key)] = str(r.randint(-1000, 1000))     # see `insert`
        conflict = r.choice(["", "OR REPLACE "] if table.strict else ["", "OR IGNORE ", "OR REPLACE "])
        return (f"INSERT {conflict}INTO {table.name}({', '.join(table.written)}) "
                f"SELECT {', '.join(terms)} FROM {source.name} "
                f"ORDER BY {', '.join(self.total_order(source.columns))} LIMIT 5")

    def update(self, table: TableInfo) -> str:
        r = self.random
        columns = r.sample(table.written, r.randint(1, min(2, len(table.written))))
        if r.random() < 0.15:
            source = r.choice(self.tables)
            found = [f"f.{c}" for c in source.columns]
            sets = ", ".join(f"{c} = {self.expr(found + [f'{table.name}.{c}' for c in table.columns], 1)}"
                             for c in columns)
            rows = f"SELECT * FROM {source.name} ORDER BY {', '.join(self.total_order(source.columns))} LIMIT 1"
            return (f"UPDATE {table.name} SET {sets} FROM ({rows}) AS f "
                    f"WHERE {table.name}.{r.choice(table.columns)} >= {r.choice(found)}")
        if len(columns) == 2 and r.random() < 0.2:
            sets = f"({', '.join(columns)}) = ({self.expr(table.columns, 1)}, {self.expr(table.columns, 1)})"
        else:
            sets = ", ".join(f"{c} = {self.expr(table.columns, 2)}" for c in columns)
        if r.random() < 0.5:
            return (f"UPDATE {r.choice(['OR IGNORE ', 'OR REPLACE ', ''])}{table.name} SET {sets} "
                    f"WHERE {table.key} = {self.literal()}")
        return f"UPDATE {table.name} SET {sets} WHERE {self.condition(table.columns)}"

    def change(self) -> str:
        r = self.random
        table = r.choice(self.base_tables())
        pick = r.random()
        if pick < 0.5:
            return self.insert(table)
        if pick < 0.6:
            return self.insert_select(table)
        if pick < 0.8:
            return self.update(table)
        return f"DELETE FROM {table.name} WHERE {self.condition(table.columns)}"

    def define(self) -> str:
        """A change of the schema, or upkeep of it."""
        r = self.random
        pick = r.random()
        if pick < 0.35:
            return self.create_index()
        if pick < 0.5 and len(self.tables) < 6:
            return self.create_table() if r.random() < 0.6 else self.create_table_as()
        if pick < 0.65 and len(self.tables) < 6:
            return self.create_view()
        if pick < 0.75:
            return self.drop()
        if pick < 0.82:
            return self.alter()
        return r.choice(["ANALYZE", "REINDEX", f"REINDEX {r.choice(self.base_tables()).name}", "REINDEX NOCASE"])

    def transaction(self) -> str:
        r = self.random
        return r.choice(["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE s", "ROLLBACK TO s", "SAVEPOINT p",
                         "RELEASE p", "ROLLBACK TO p",
                         "BEGIN IMMEDIATE"])

    # ---- a statement

    def statement(self) -> Statement:
        pick = self.random.random()
        if pick < 0.7:
            return self.select()
        if pick < 0.92:
            return Statement(self.change(), query=False)
        if pick < 0.96:
            return Statement(self.define(), query=False, defines=True)
        if pick < 0.985:
            return Statement(self.transaction(), query=False, defines=True)
        return Statement(self.broken())

    def broken(self) -> str:
        """A statement with something wrong in it."""
        r = self.random
        table = r.choice(self.tables)
        name, column = table.name, table.columns[0]
        return r.choice([
            f"SELECT nothing FROM {name}", "SELECT * FROM absent", f"SELECT {column} FROM {name} WHERE", "SELECT 1 +",
            f"INSERT INTO {name} VALUES (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)", f"SELECT nofunction({column}) FROM {name}",
            f"SELECT count(*) FROM {name} WHERE count(*) > 1", f"SELECT {column} FROM {name} ORDER BY 9",
            f"SELECT abs(1, 2) FROM {name}", f"UPDATE {name} SET missing = 1", "SELEC 1", "SELECT 'abc",
            "SELECT 1 UNION SELECT 1, 2",
            f"CREATE TABLE {name}(a)", "DROP TABLE absent", "SELECT (SELECT 1, 2)", f"SELECT x.a FROM {name}",
            f"SELECT {column} FROM {name} AS a, {name} AS b", f"SELECT sum(sum({column})) FROM {name}",
            f"SELECT * FROM {name} GROUP BY count(*)",
            f"SELECT {column} FROM {name} LIMIT 'x'", f"SELECT ({column}, 1) FROM {name}",
            f"SELECT ({column}, 1) = 1 FROM {name}",
            f"SELECT {column} IN (SELECT 1, 2) FROM {name}", f"SELECT 1 FROM {name} JOIN {name} AS b USING (missing)",
            "SELECT *",
            f"SELECT min({column}, DISTINCT 1) FROM {name}", f"SELECT abs({column}) FILTER (WHERE 1) FROM {name}",
            f"DELETE FROM {name} WHERE nope = 1",
            f"SELECT {column} COLLATE nope FROM {name} ORDER BY 1", f"SELECT 1 FROM {name} ORDER BY 1 UNION SELECT 1",
            "WITH q(x, y) AS (SELECT 1) SELECT * FROM q",
            f"SELECT {column} FROM {name} HAVING 1", f"INSERT INTO {name}({column}, nope) VALUES (1, 2)",
            f"CREATE INDEX ix ON {name}(nope)",
            f"SELECT substr({column}) FROM {name}", f"SELECT total({column}, 1) FROM {name}", "VALUES (1), (1, 2)",
            "ROLLBACK TO nowhere",
        ])
