"""Statements that SQLite does not understand or that pass its limits: class, code and message are its, and the open
transaction goes on.
"""

import pytest

from tests.badinput.both import in_transaction, outcome, run

SETUP = (
    "CREATE TABLE t(a INTEGER PRIMARY KEY, b, c); CREATE TABLE u(a, b); "
    "INSERT INTO t VALUES (1, 'one', 1.5), (2, 'two', NULL)"
)

STATEMENTS = [
    line
    for line in r"""
selec 1
select
select from t
select a from
select a,, b from t
select * from t where
select * from t where a =
select * from t where a = = 1
select * from t order by
select * from t group by
select * from t limit
select * from t where a in (1,
select * from t where a between 1
select (1
select 1)
select 1 2 3
select a b c from t
select case when 1 then 2
select case else 1 end
select cast(1 as
select cast(1)
select * from t join
select * from t left u
select * from (select 1
select 1 union
select 1 union select
with x select 1
with x as select 1
with x(a) as (select 1
insert
insert into
insert into t
insert into t values
insert into t values (1, 2
insert into t(a b) values (1, 2)
insert into t (a) select
insert t values (1)
insert or nothing into t values (1)
update
update t
update t set
update t set a
update t set a = 1,
update t a = 1
update set a = 1
delete
delete t
delete from
delete from t where
create
create table
create table x
create table x(
create table x()
create table x(a,)
create table x(a b c, primary)
create table x(a primary)
create table x(a not)
create table x(a default)
create table x(a) without
create index
create index i on
create index i on t
create unique table x(a)
create view v
create view v as
create trigger r
create trigger r on t begin
create virtual x
drop
drop t
drop table
drop table if t
alter t
alter table t
alter table t rename
alter table t add
alter table t drop
begin begin
begin fast
commit work
rollback to
savepoint
release
attach
detach
explain
explain explain select 1
pragma
pragma =
pragma a.b.c
vacuum now here
reindex 1 2
analyze 5
select 'abc
select 'it''s
select "abc
select [abc
select `abc
select x'1
select x'1g'
select x'123'
select 1e
select 1e+
select 0x
select 0xg
select 1abc
select 12_
select @
select #
select :
select $
select ?0
select ?32767
select ?a
select !
select ! 1
select 1 !
select a ! b
select ^
select 1 & & 2
select \
select 'a' \ 'b'
select {a}
select é, §
select 1 /* open /* and closed */ */
select 1 -- comment ' with quote" ,
/* only a comment
/* closed */ selec
-- comment
;
;;
""".split("\n")
    if line
]

OTHER = [
    "",
    " ",
    "\n\t",
    "\ufeff",
    "\ufeffselec",
    "select 1;;",
    "select 1 from t;\n--x\n/* y",
    "select 'a\nb",
    "select\n\n*\nfrom\n\nwhere",
    "\u3000select 1",
    "select \u2028 1",
    "select 1\v",
    "sel\u0435ct 1",
    "\x7f",
    "\x01",
    "select \x01",
]

LIMITS = {
    "nested": "select " + "(" * 2000 + "1" + ")" * 2000,
    "deep sum": "select 1" + "+1" * 1001,
    "deep and": "select 1" + " and 1" * 1001,
    "deep not": "select " + "not " * 1001 + "1",
    "deep minus": "select " + "- " * 1001 + "1",
    "result columns": "select " + ",".join(["1"] * 2001),
    "columns of a table": "create table x(" + ",".join(f"c{i}" for i in range(2001)) + ")",
    "columns of a key": "create table x(a, unique (" + ",".join(["a"] * 2001) + "))",
    "columns of a primary key": "create table x(a, primary key (" + ",".join(["a"] * 2001) + "))",
    "columns of an index": "create index x on t(" + ",".join(["a"] * 2001) + ")",
    "GROUP BY terms": "select 1 from t group by " + ",".join(["a"] * 2001),
    "ORDER BY terms": "select 1 from t order by " + ",".join(["a"] * 2001),
    "ORDER BY terms of a compound": "select a from t union select b from t order by " + ",".join(["1"] * 2001),
    "VALUES terms": "insert into u values (" + ",".join(["1"] * 2001) + ")",
    "SET terms": "update t set " + ",".join(["b = 1"] * 2001),
    "compound terms": "select 1" + " union all select 1" * 500,
    "arguments": "select max(" + ",".join(["1"] * 1001) + ")",
    "parameters": "select ?32766, ?",
    "tables": "select 1 from " + ",".join(f"u u{i}" for i in range(65)),
    "FROM terms": "select 1 from " + ",".join(["u"] * 201),
    "LIKE pattern": "select 'a' like hex(zeroblob(25001))",
    "GLOB pattern": "select 'a' glob hex(zeroblob(25001))",
    "length of a value": "select zeroblob(1000000001)",
    "length of a text": "select length(hex(zeroblob(600000000)))",
    "hex literal": "select 0x1ffffffffffffffff",
    "printf width": "select length(printf('%2000000000d', 1))",
}


@pytest.mark.parametrize("sql", STATEMENTS + OTHER, ids=ascii)
def test_statement(three, sql):
    in_transaction(three, sql)


@pytest.mark.parametrize("name", LIMITS)
def test_limit(three, name):
    in_transaction(three, LIMITS[name])


def test_these_are_mostly_errors(three):
    """So that the table above does not quietly become one of valid statements."""
    failed = [run for sql in STATEMENTS if isinstance(run := three.same(sql), tuple)]
    assert len(failed) > 115
    assert {message.split('"')[-1] for *_, message in failed} >= {": syntax error", "incomplete input"}


@pytest.mark.parametrize(
    "sql",
    [
        "select 1; select 2",
        "selec 1; select 2",
        "select 1; selec 2",
        "; select 1; select 2",
        "select 1\0",
        "select 1\0 2",
        "\0",
        "select '\0'",
        "select 1; \0",
        5,
        None,
        b"select 1",
    ],
    ids=ascii,
)
def test_the_module_itself_refuses(three, sql):
    """Several statements, NUL characters, what is no text: SQLite never sees them."""
    mine, theirs = run(three.pumice, sql), run(three.sqlite3, sql)
    assert mine == theirs


@pytest.mark.parametrize(
    "script",
    [
        "select 1; selec 2; select 3",
        "insert into u values (7, 7); insert into u values (8",
        "begin; insert into u values(1, 1); oops",
        "select 1; /* open",
        "select 'open",
        "select 1\0;",
        "\ud800",
        5,
    ],
)
def test_script_stops_at_the_error(three, script):
    """What came before is done."""

    def call(connection):
        failed = outcome(lambda: connection.executescript(script) and None)
        left = connection.in_transaction, connection.execute("select * from u").fetchall()
        connection.rollback()
        connection.execute("delete from u")
        return failed, left

    assert call(three.pumice) == call(three.sqlite3)
