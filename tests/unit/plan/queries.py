"""Random data and queries: joins of every kind, conditions of every form, subqueries, groups. Seeded by the caller's
generator."""

SCHEMA = """
create table a(id integer primary key, x int, y text, z real, n);
create table b(k text, v int not null, w text collate nocase, r);
create table c(p int, q text, s, primary key(p,q)) without rowid;
create table d(u int unique, m text);
create index ax on a(x,y); create index ay on a(y); create index an on a(n) where n is not null;
create index bk on b(k, v desc); create index bw on b(w); create index bv on b(v); create index cs on c(s); create
index al on a(lower(y));
"""


def rows_of(rng):
    out = []

    def iv():
        return rng.choice(["null", *map(str, range(-2, 6)), "2.0", "'3'", "'a'"])

    def tv():
        return rng.choice(["null", "'a'", "'A'", "'ab'", "'b'", "'1'", "'2'", "'AB'", "x'61'", "'abc'"])

    for i in range(rng.choice([0, 3, 12, 30])):
        out.append(
            f"insert or ignore into a values({rng.choice(['null', rng.randrange(-3, 30)])},{iv()},{tv()},{iv()},{rng.choice([iv(), tv()])});"
        )
    for i in range(rng.choice([0, 3, 12, 30])):
        out.append(f"insert or ignore into b values({tv()},{rng.randrange(-2, 6)},{tv()},{rng.choice([iv(), tv()])});")
    for i in range(rng.choice([0, 3, 12, 30])):
        out.append(
            f"insert or ignore into c values({rng.randrange(-2, 6)},{rng.choice(['1', '2'])}||{rng.choice(['1', '2'])},{rng.choice([iv(), tv()])});"
        )
    for i in range(rng.choice([0, 3, 12, 30])):
        out.append(f"insert or ignore into d values({iv()},{tv()});")
    return "".join(out)


COLS = {"a": ["id", "x", "y", "z", "n"], "b": ["k", "v", "w", "r"], "c": ["p", "q", "s"], "d": ["u", "m"]}


class Queries:
    def __init__(self, rng):
        self.rng = rng
        self.n = 0

    def const(self):
        return self.rng.choice(["1", "2", "0", "3", "'a'", "'A'", "'1'", "'ab'", "null", "2.0", "-1", "5"])

    def col(self, scope):
        al, cols = self.rng.choice(scope)
        return f"{al}.{self.rng.choice(cols)}"

    def term(self, scope, depth=0):
        r = self.rng
        k = r.randrange(22)
        c = self.col(scope)
        if k < 6:
            return f"{c} {r.choice(['=', '=', '=', '<', '<=', '>', '>=', '<>', 'is', 'is not'])} {self.const()}"
        if k < 11:
            return f"{c} {r.choice(['=', '=', '=', '<', '>', 'is'])} {self.col(scope)}"
        if k == 11:
            return f"{c} in ({self.const()},{self.const()},{self.const()})"
        if k == 12:
            return f"({self.term(scope, depth)} or {self.term(scope, depth)})"
        if k == 13:
            return f"({c} = {self.const()} or {c} = {self.const()})"
        if k == 14:
            return f"{c} is {r.choice(['', 'not '])}null"
        if k == 15:
            return f"{c} {r.choice(['like', 'glob'])} {r.choice([chr(39) + x + chr(39) for x in ('a%', 'A%', 'a*', 'ab*', '1%', '%b', 'a')])}"
        if k == 16:
            return f"not ({self.term(scope, depth)})"
        if k == 17:
            return f"{c} between {self.const()} and {self.const()}"
        if k == 18:
            return f"lower({c}) = 'a'"
        if depth < 2:
            if k == 19:
                al, src, cols = self.table()
                inner = scope + [(al, cols)]
                return f"{r.choice(['', 'not '])}exists (select {r.choice(['1', '*'])} from {src} where {self.conj(inner, [(al, cols)], depth + 1)})"
            if k == 20:
                al, src, cols = self.table()
                inner = scope + [(al, cols)]
                w = (
                    self.conj(inner, [(al, cols)], depth + 1)
                    if r.random() < 0.5
                    else self.conj([(al, cols)], [(al, cols)], depth + 1)
                )
                return f"{c} {r.choice(['', 'not '])}in (select {self.col([(al, cols)])} from {src} where {w})"
            al, src, cols = self.table()
            inner = scope + [(al, cols)]
            agg = r.choice(["count(*)", "max({})", "min({})", "total({})", "sum({})+1", "count({})"]).format(
                self.col([(al, cols)])
            )
            return f"{c} {r.choice(['=', '<', '>'])} (select {agg} from {src} where {self.conj(inner, [(al, cols)], depth + 1)})"
        return f"{c} = {self.const()}"

    def conj(self, scope, own, depth):
        ts = [self.term(own, depth) for _ in range(self.rng.randrange(0, 2))]
        if scope != own:
            ts += [f"{self.col(own)} = {self.col(scope)}" if self.rng.random() < 0.7 else self.term(scope, depth)]
        else:
            ts += [self.term(own, depth) for _ in range(self.rng.randrange(0, 3))]
        return " and ".join(ts) or "1"

    def table(self, sub=True):
        self.n += 1
        al = f"t{self.n}"
        t = self.rng.choice(list(COLS))
        k = self.rng.random()
        if sub and k < 0.12:
            cols = self.rng.sample(COLS[t], 2)
            w = self.conj([("i", COLS[t])], [("i", COLS[t])], 2)
            return (
                al,
                f"(select {cols[0]} as o1, {self.rng.choice(['i.' + cols[1], 'i.' + cols[1] + ' + 1', '1', 'coalesce(i.' + cols[1] + ',7)'])} as o2 from {t} i where {w}) as {al}",
                ["o1", "o2"],
            )
        if sub and k < 0.2:
            g = self.rng.choice(COLS[t])
            o = self.rng.choice(COLS[t])
            return (
                al,
                f"(select {g} as o1, {self.rng.choice(['count(*)', 'max(' + o + ')', 'min(' + o + ')'])} as o2 from {t} group by {g}) as {al}",
                ["o1", "o2"],
            )
        if sub and k < 0.25:
            g = self.rng.choice(COLS[t])
            t2 = self.rng.choice(list(COLS))
            o = self.rng.choice(COLS[t2])
            return (
                al,
                f"(select {g} as o1 from {t} {self.rng.choice(['union', 'union all', 'except', 'intersect'])} select {o} from {t2}) as {al}",
                ["o1"],
            )
        if sub and k < 0.28:
            g = self.rng.choice(COLS[t])
            return al, f"(select distinct {g} as o1 from {t}) as {al}", ["o1"]
        return al, f"{t} as {al}", COLS[t]

    def query(self):
        r = self.rng
        scope = []
        frm = ""
        for i in range(r.choice([1, 1, 2, 2, 3, 4])):
            al, src, cols = self.table()
            own = [(al, cols)]
            if not frm:
                frm = src
                scope = own
                continue
            kind = r.choice([",", "join", "join", "left join", "left join", "cross join", "right join", "full join"])
            if kind in (",",):
                frm += f", {src}"
                scope = scope + own
            else:
                new = scope + own
                on = " and ".join(
                    [f"{self.col(scope)} = {self.col(own)}"] * (r.random() < 0.8)
                    + [self.term(new, 1) for _ in range(r.randrange(0, 2))]
                )
                frm += f" {kind} {src}" + (f" on {on}" if on and kind != "cross join" else "")
                scope = new
        where = [f"{self.col(scope)} = {self.col(scope)}" for _ in range(len(scope) - 1) if r.random() < 0.5] + [
            self.term(scope) for _ in range(r.randrange(0, 4))
        ]
        w = " where " + " and ".join(where) if where else ""
        k = r.random()
        ordered = False
        if k < 0.2:
            g = self.col(scope)
            return f"select {g}, count(*), max({self.col(scope)}) from {frm}{w} group by {g}" + r.choice(
                ["", " having count(*) > 1", f" having {g} > 1", f" order by {g} desc"]
            ), False
        if k < 0.3:
            return f"select {r.choice(['min', 'max', 'count', 'total'])}({self.col(scope)}) from {frm}{w}", False
        if k < 0.35:
            return f"select count(*) from {frm}{w}", False
        if k < 0.45:
            return f"select distinct {self.col(scope)} from {frm}{w}", False
        outs = [self.col(scope) for _ in range(r.randrange(1, 4))]
        if k < 0.6:
            al, src, cols = self.table(False)
            inner = scope + [(al, cols)]
            outs.append(
                f"(select {r.choice(['count(*)', 'max({})', 'min({})+1', 'total({})', 'sum({})', 'coalesce(max({}),9)']).format(self.col([(al, cols)]))} from {src} where {self.conj(inner, [(al, cols)], 1)})"
            )
        if k > 0.75:
            ks = r.sample(range(1, len(outs) + 1), r.randrange(1, len(outs) + 1))
            if r.random() < 0.5:
                return f"select {','.join(outs)} from {frm}{w} order by " + ",".join(
                    f"{i}{r.choice(['', ' desc'])}" for i in range(1, len(outs) + 1)
                ) + r.choice(["", " limit 3"]), True
            return f"select {','.join(outs)} from {frm}{w} order by " + ",".join(
                f"{i}{r.choice(['', ' desc'])}" for i in ks
            ), False
        return f"select {','.join(outs)} from {frm}{w}", False
