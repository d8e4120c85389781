"""load_schema against SQLite's own view of the same schema (its PRAGMAs), and schemas that make no sense."""

import apsw
import pytest

from pumice import errors
from pumice.catalog.loader import load_schema, statistics_table
from pumice.values import AFF_BLOB, AFF_INTEGER, AFF_NUMERIC, AFF_REAL, AFF_TEXT

TABLES = [
    "create table n(a, b)",
    "create table n(a integer primary key, b text not null default 'x', c real unique)",
    "create table n(a integer primary key desc, b)",
    "create table n(a integer, b, primary key(a desc))",
    "create table n(a int primary key, b unique, unique(b), unique(a, b))",
    "create table n(a unique collate nocase, b, unique(a), unique(a collate binary), primary key(b, a))",
    "create table n(a unique, b unique on conflict replace, c unique, primary key(c))",
    "create table n(a, b, c, primary key(b, a, b)) without rowid",
    "create table n(a integer primary key, b unique, c, unique(c, a)) without rowid",
    "create table n(a text collate rtrim, b, primary key(a collate nocase, a)) without rowid",
    "create table n(a, b as (a + 1), c as (a * 2) stored, d)",
    "create table n(a integer primary key autoincrement, b references n(a), check(b > 0))",
    "create table n(a int, b any, c text, d blob, e real) strict",
    ("create table n(a varchar(10), b double precision, c decimal(1, 2), d datetime, e blob, f charint, "
     "g floating point, h)"),
]
INDEXES = ["create index i1 on n(a)", "create unique index i2 on n(b desc, a collate nocase)",
           "create index i3 on n(a || b, b) where b > 1"]


def load(connection):
    rows = list(connection.execute("select type, name, tbl_name, rootpage, sql from sqlite_master order by rowid"))
    stats = []
    if connection.execute("select 1 from sqlite_master where name = 'sqlite_stat1'").fetchone():
        stats = list(connection.execute("select tbl, idx, stat from sqlite_stat1"))
    return load_schema("main", 0, rows, stats)


@pytest.mark.parametrize("create", TABLES)
def test_table_as_sqlite_sees_it(create):
    connection = apsw.Connection(":memory:")
    connection.execute(create)
    for index in INDEXES:
        connection.execute(index)
    schema = load(connection)
    table = schema.tables["n"]
    ours = [(c.name, c.type_name or "", int(c.not_null is not None), c.default_text, c.primary_key,
             0 if c.generated is None else 3 if c.stored else 2) for c in table.columns]
    theirs = [row[1:] for row in connection.execute("pragma table_xinfo(n)")]
    assert ours == theirs
    key_index = table.without_rowid
    lists = [(i.name, int(i.unique), i.origin, int(i.where is not None)) for i in table.indexes]
    expected = [row[1:] for row in connection.execute("pragma index_list(n)") if not (key_index and row[3] == "pk")]
    assert lists == expected
    roots = dict(connection.execute("select name, rootpage from sqlite_master"))
    for index in table.indexes:
        assert index.root == roots[index.name]
        columns = [(c.column, int(c.desc), c.collation) for c in (*index.columns, *index.suffix)]
        if not table.without_rowid:
            columns.append((-1, 0, "BINARY"))
        wanted = [(row[1], row[3], row[4].upper()) for row in connection.execute(f"pragma index_xinfo('{index.name}')")]
        if table.rowid_alias >= 0:      # an indexed rowid alias: SQLite says -1 only for the suffix
            assert [c[1:] for c in columns] == [w[1:] for w in wanted]
        else:
            assert columns == wanted
    if key_index:
        pk = next(row[1] for row in connection.execute("pragma index_list(n)") if row[3] == "pk")
        wanted = [(row[1], row[3], row[4].upper()) for row in connection.execute(f"pragma index_xinfo('{pk}')")
                  if row[5]]
        assert [(k.column, int(k.desc), k.collation) for k in table.primary_key] == wanted


def test_affinities():
    connection = apsw.Connection(":memory:")
    connection.execute(TABLES[-1])
    affinities = [c.affinity for c in load(connection).tables["n"].columns]
    assert affinities == [AFF_TEXT, AFF_REAL, AFF_NUMERIC, AFF_NUMERIC, AFF_BLOB, AFF_INTEGER, AFF_INTEGER, AFF_BLOB]


def test_storage_order():
    connection = apsw.Connection(":memory:")
    connection.execute("create table a1(x, y as (x), z); "
                       "create table a2(x, y as (x), z, k, primary key(k, x)) without rowid")
    schema = load(connection)
    assert schema.tables["a1"].storage_order == (0, 2)
    assert schema.tables["a2"].storage_order == (3, 0, 2)


def test_other_objects():
    connection = apsw.Connection(":memory:")
    connection.execute("create table n(a, b); create view w(x) as select a from n; "
                       "create trigger r after insert on n begin select 1; end;")
    schema = load(connection)
    assert schema.views["w"].columns == ("x",)
    assert [t.name for t in schema.tables["n"].triggers] == ["r"]
    master = schema.tables["sqlite_master"]
    assert (master.root, master.read_only) == (1, True)
    assert [c.name for c in master.columns] == ["type", "name", "tbl_name", "rootpage", "sql"]
    assert "sqlite_temp_master" in load_schema("temp", 1, ()).tables


def test_statistics():
    connection = apsw.Connection(":memory:")
    connection.execute("create table n(a, b); create index i on n(a, b); "
                       "insert into n values (1, 2), (1, 3), (2, 3); analyze")
    schema = load(connection)
    assert (schema.indexes["i"].stat.n_rows, schema.indexes["i"].stat.per_prefix) == (3.0, (2.0, 1.0))
    assert schema.tables["n"].stat_rows == 3.0


@pytest.mark.parametrize("row, message", [
    (("table", "n", "n", 2, "create table n("), "malformed database schema (n) - "),
    (("table", "n", "n", 2, "select 1"), "malformed database schema (n)"),
    (("table", "n", "n", 2, "create table n(a, a)"), "malformed database schema (n) - duplicate column name: a"),
    (("index", "i", "n", 2, "create index i on n(a)"), "malformed database schema (i) - no such table: main.n"),
    (("index", "sqlite_autoindex_n_1", "n", 2, None),
     "malformed database schema (sqlite_autoindex_n_1) - orphan index"),
    (("table", None, "n", 2, "create table n(a)"), "malformed database schema (?)"),
])
def test_malformed(row, message):
    with pytest.raises(errors.DatabaseError) as caught:
        load_schema("main", 0, [row])
    assert caught.value.sqlite_errorname == "SQLITE_CORRUPT"
    assert str(caught.value).startswith(message)


def test_statistics_table_is_found_ahead_of_the_rest():
    rows = [("table", "t", "t", 2, "create table t(a)"),
            ("table", "sqlite_stat1", "sqlite_stat1", 3, "create table sqlite_stat1(tbl,idx,stat)")]
    assert statistics_table("main", 0, rows).root == 3
    assert statistics_table("main", 0, rows[:1]) is None
    other = ("table", "sqlite_stat1", "sqlite_stat1", 3, "create table sqlite_stat1(tbl,idx)")
    assert statistics_table("main", 0, [other]) is None
