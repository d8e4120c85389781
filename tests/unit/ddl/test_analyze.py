"""ANALYZE against SQLite's sqlite_stat1."""

SETUP = """create table t(a integer primary key, b, c text collate nocase, d);
    create index i1 on t(b);
    create index i2 on t(c, b, d);
    create unique index i3 on t(d);
    create index i4 on t(b) where d > 50;
    create table w(k text primary key, v) without rowid;
    create index w1 on w(v);
    create table plain(x);
    create table none(x);
    create table part(x);
    create index p on part(x) where x is null;
    with recursive n(x) as (select 1 union all select x + 1 from n where x < 500)
        insert into t select x, x % 7, char(65 + x % 3 + 32 * (x % 2)), x * 3 from n;
    insert into w select 'k' || a, b from t;
    insert into plain select a from t where a < 10;
    insert into part values (1), (2);
    """
STATS = "select tbl, idx, stat from sqlite_stat1 order by tbl, idx"


def test_analyze(pair):
    pair.script(SETUP)
    for sql in ("analyze", "analyze main", "analyze t", "analyze i2", "analyze main.w", "analyze nope",
                "analyze main.nope"):
        pair.both(sql)
        pair.both(STATS)
    pair.script("delete from t where a > 3;\nanalyze t;\n" + STATS + ";\ndrop index i1;\n" + STATS
                + ";\ndrop table t;\n" + STATS)
    # The order of rows follows SQLite's hash table of tables: make it the same before files are compared.
    pair.both("delete from sqlite_stat1")
