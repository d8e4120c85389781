"""Names that are missing, ambiguous or used for what they are not: class, code and message are SQLite's, nothing is
changed.
"""

import pytest

from tests.badinput.both import Three, in_transaction, run

SETUP = """
CREATE TABLE t(a INTEGER PRIMARY KEY, b, c);
CREATE TABLE u(a, b);
CREATE TABLE g(a, b AS (a + 1), c AS (a * 2) STORED);
CREATE TABLE w(k PRIMARY KEY, v) WITHOUT ROWID;
CREATE TABLE s(a INT, b TEXT) STRICT;
CREATE INDEX t_b ON t(b);
CREATE VIEW v AS SELECT a, b FROM t;
INSERT INTO t VALUES (1, 'one', 1.5), (2, 'two', NULL);
INSERT INTO g(a) VALUES (1);
"""

# Views that cannot be used; DDL looks at all of them, so they are there only for their own tests.
BROKEN = """
CREATE TABLE gone(x);
CREATE VIEW over_gone AS SELECT x FROM gone;
CREATE VIEW over_view AS SELECT * FROM over_gone;
CREATE VIEW over_column AS SELECT nosuch FROM t;
CREATE VIEW over_function AS SELECT nosuch(a) FROM t;
CREATE VIEW narrow(p, q) AS SELECT a, b, c FROM t;
CREATE VIEW one AS SELECT * FROM two;
CREATE VIEW two AS SELECT * FROM one;
DROP TABLE gone;
"""

OF_BROKEN = [
    line
    for line in """
select * from over_gone
select x from over_gone where x = 1
select * from over_view
select * from over_column
select * from over_function
select * from narrow
select * from one
select a from t, over_gone
select (select x from over_gone)
delete from t where a in (select x from over_gone)
insert into t select x, 1, 2 from over_gone
create table x as select * from over_gone
create view x as select * from over_gone
alter table t rename column b to x
alter table t rename column a to b
alter table t rename column nosuch to x
alter table t drop column b
alter table t drop column c
alter table t drop column a
alter table t add column x as (nosuch)
alter table t add column x
drop view over_gone
""".split("\n")
    if line
]

STATEMENTS = [
    line
    for line in """
select * from nosuch
select * from main.nosuch
select * from temp.t
select * from nosuch.t
select nosuch from t
select t.nosuch from t
select nosuch.a from t
select main.nosuch.a from t
select temp.t.a from t
select nosuch.* from t
select *
select t.*
select a from t, u
select a from t join u on t.a = u.a
select * from t join u using (nosuch)
select * from t join u using (c)
select * from t natural join u where a = b and c = nosuch
select * from t x where t.a = 1
select x.a from t x, u x
select a from t as x join t as x
select a from t where x = 1 and a as x
select a as x from t where nosuch = 1
select a as x from t group by nosuch
select a as x from t having a = 1
select a as x from t order by nosuch
select a from t order by 0
select a from t order by 2
select a from t order by -1
select a, b from t group by 3
select a, b from t group by 0
select a from t union select b from t order by c
select a from t union select b from t order by 2
select a from t union select a, b from t
select a, b from t intersect select a from t
select a from t except select a, b, c from t
select (select a, b from t)
select 1 where (1, 2)
select (1, 2)
select (1, 2) = 1
select (1, 2) = (1, 2, 3)
select a in (select a, b from t) from t
select (a, b) in (select a from t) from t
select (a, b) in (1, 2) from t
select 1 in t
select 1 in nosuch
select exists (select nosuch)
select "nosuch".a from t
select [nosuch] from t
select `nosuch` from t
select rowid from w
select rowid from v
select oid from (select 1)
select nosuch(1)
select nosuch()
select nosuch(*)
select abs()
select abs(1, 2)
select abs(*)
select substr('a')
select substr('a', 1, 2, 3)
select coalesce(1)
select coalesce()
select ifnull(1)
select nullif(1, 2, 3)
select max()
select min()
select count(1, 2)
select sum()
select sum(*)
select sum(1, 2)
select group_concat()
select group_concat(1, 2, 3)
select group_concat(distinct 1, 2)
select count(distinct)
select count(distinct *) from t
select max(distinct a, b) from t
select abs(distinct 1)
select abs(1) filter (where 1)
select length(1 order by 1)
select like(1)
select like('a', 'b', 'cc')
select 'a' like 'b' escape 'cc'
select 'a' like 'b' escape ''
select 'a' REGEXP 'b'
select printf()
select char('a', 'b')
select replace('a', 'b')
select random(1)
select date('now', 'a', nosuch)
select current_time()
select sum(a) from t where sum(a) > 1
select a from t where count(*) > 1
select a from t group by sum(a)
select sum(sum(a)) from t
select max(count(*)) from t
select sum(a) s from t where s > 1
select count(*) c from t group by c
select a from t having count(*) > 1 and nosuch
select a from t limit a
select a from t limit nosuch
select a from t limit 'x'
select a from t limit 1 offset 'x'
select a from t limit 1.5
select a from t limit (select nosuch)
select a from t limit sum(1)
select raise(ignore)
select raise(abort, 'x')
select a from t order by b collate nosuch
select a from t where b = 'x' collate nosuch
select b collate nosuch from t group by 1
select distinct b collate nosuch from t
select max(b collate nosuch) from t
select b from t union select b collate nosuch from t order by 1 collate nosuch
select * from t indexed by nosuch
select * from u indexed by t_b
select * from t indexed by t_b where a = 1
select * from v indexed by t_b
with x as (select 1) select * from y
with x(a, b) as (select 1) select * from x
with x as (select * from x) select * from x
with x as (select * from y), y as (select * from x) select * from x
with x as (select 1), x as (select 2) select * from x
with recursive x(a) as (select 1 union all select sum(a) from x) select * from x
with recursive x(a) as (select 1 union all select x.a from x, x y) select * from x limit 1
with recursive x(a) as (select 1 union all select (select max(a) from x)) select * from x limit 1
insert into nosuch values (1)
insert into t values (1)
insert into t values (1, 2, 3, 4)
insert into t(a) values (1, 2)
insert into t(a, b) values (1)
insert into t(a, b) select 1
insert into t select 1
insert into t(nosuch) values (1)
insert into t(a, a) values (7, 8)
insert into t(a, nosuch) select 1, 2
insert into t values (nosuch, 1, 2)
insert into t values (b, 1, 2)
insert into t values ("nosuch", 1, 2)
insert into t(rowid, a) values (5, 6)
insert into v values (1, 2)
insert into g values (1, 2, 3)
insert into g(b) values (1)
insert into g(a, c) values (1, 2)
insert into t values (1, 2, 3), (1, 2)
insert into sqlite_master values (1, 2, 3, 4, 5)
insert into sqlite_schema(name) values ('x')
update nosuch set a = 1
update t set nosuch = 1
update t set a = nosuch
update t set a = 1 where nosuch = 1
update t set a = sum(a)
update t set a = (select nosuch from u)
update t set (a, b) = (1, 2, 3)
update t set (a, b) = (select 1)
update t set (a, b) = 1
update t set (a, nosuch) = (1, 2)
update t set b = 1 from nosuch
update t set b = a from u
update t set c = 1, nosuch = 2
update v set a = 1
update g set b = 1
update g set c = 1
update w set rowid = 1
update sqlite_master set sql = ''
delete from nosuch
delete from t where nosuch = 1
delete from t where count(*) = 1
delete from v
delete from sqlite_master
delete from t where a in (select nosuch from u)
create table t(a)
create table v(a)
create table t_b(a)
create table sqlite_x(a)
create table x(a, a)
create table x(a, A)
create table x(a, b as (nosuch))
create table x(a, b as (sum(a)))
create table x(a, b as (select 1))
create table x(a, b as ((select 1)))
create table x(a as (1))
create table x(a, b as (1) default 2)
create table x(a default (a))
create table x(a default (nosuch))
create table x(a default nosuch)
create table x(a check (nosuch = 1))
create table x(a check (nosuch(a)))
create table x(a check (sum(a)))
create table x(a check ((select 1)))
create table x(a check (t.a))
create table x(a collate nosuch)
create table x(a, primary key (nosuch))
create table x(a, unique (nosuch))
create table x(a, unique (a collate nosuch))
create table x(a, unique (a + 1))
create table x(a primary key, b primary key)
create table x(a primary key, primary key (a))
create table x(a text primary key autoincrement)
create table x(a integer primary key autoincrement) without rowid
create table x(a) without rowid
create table x(a) without nosuch
create table x(a) nosuch
create table x(a) strict
create table x(a nosuch) strict
create table x(a varchar(10)) strict
create table x(a references t(b, c))
create table x(a, foreign key (nosuch) references t)
create table x(a, foreign key (a) references t(a, b))
create table x as select nosuch
create table nosuch.x(a)
create temp table main.x(a)
create index t_b on t(c)
create index x on nosuch(a)
create index x on t(nosuch)
create index x on t(b collate nosuch)
create index x on v(a)
create index x on sqlite_master(name)
create index x on t(random())
create index x on t(sum(a))
create index x on t((select 1))
create index x on t(a) where nosuch
create index x on t(a) where (select 1)
create index x on t(a) where random()
create index t on t(b)
create index sqlite_x on t(b)
create index temp.x on t(b)
create view t as select 1
create view v as select 1
create view x as select ?
create view temp.t_b as select nosuch from nosuch
create trigger x after insert on nosuch begin select 1; end
create trigger x before insert on v begin select 1; end
create trigger x instead of insert on t begin select 1; end
create trigger x after update of nosuch on t begin select 1; end
drop table nosuch
drop table v
drop view t
drop view nosuch
drop index nosuch
drop index t
drop trigger nosuch
drop table sqlite_master
drop table main.nosuch
drop table nosuch.t
drop table if exists v
alter table nosuch rename to x
alter table v rename to x
alter table t rename to u
alter table t rename to t_b
alter table t rename to sqlite_x
alter table sqlite_master rename to x
alter table t rename column nosuch to x
alter table t rename column a to b
alter table v rename column a to x
alter table nosuch rename column a to x
alter table t add column a
alter table nosuch add column x
alter table v add column x
alter table t add column x primary key
alter table t add column x unique
alter table t add column x not null
alter table t add column x not null default null
alter table t add column x default (random())
alter table t add column x default (a)
alter table t add column x default (nosuch)
alter table t add column x default current_time
alter table t add column x as (1) stored
alter table t add column x as (1) default 2
alter table t add column x default 2 as (1)
alter table t add column x as (1) as (2)
alter table t add column x as (1) primary key
alter table t add column x as (nosuch)
alter table t add column x as (sum(a))
alter table t add column x check (nosuch)
alter table t add column x check ((select 1))
alter table t add column x check (0)
alter table t add column x collate nosuch
alter table t add column x collate nosuch collate nocase
alter table t add column x collate nocase collate nosuch
alter table t add column x references u(a, b)
alter table s add column x
alter table s add column x nosuch
alter table s add column x int collate nosuch
alter table s add column x int default 'text' not null
alter table t drop column nosuch
alter table t drop column a
alter table t drop column b
alter table g drop column a
alter table v drop column a
alter table nosuch drop column a
reindex nosuch
reindex nosuch.t
analyze nosuch
analyze nosuch.t
pragma nosuch.table_info(t)
pragma nosuch
pragma table_info(nosuch)
savepoint a b
release nosuch
rollback to nosuch
rollback
commit
begin immediate exclusive
""".split("\n")
    if line
]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_statement(three, sql):
    in_transaction(three, sql)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_alone(three, sql):
    """What fails in autocommit mode leaves no transaction open and no lock."""
    if isinstance(three.same("SAVEPOINT outer"), list) and isinstance(in_savepoint(three, sql), tuple):
        three.same(sql)
        assert not three.pumice.in_transaction
        for connection in (three.pumice, three.sqlite3):
            assert run(connection, "BEGIN EXCLUSIVE") == run(connection, "ROLLBACK") == []


def in_savepoint(engines, sql):
    result = engines.same(sql)
    engines.same("ROLLBACK")
    return result


def test_broken_views(tmp_path):
    engines = Three(tmp_path, SETUP)
    for connection in (engines.pumice, engines.sqlite3, engines.apsw):
        for sql in BROKEN.strip().split("\n"):
            connection.execute(sql)
    for sql in OF_BROKEN:
        in_transaction(engines, sql)
    engines.close()


def test_a_collation_that_went_away(tmp_path):
    """Made with a collation that a later connection does not define."""
    setup = (
        "CREATE TABLE t(a, b COLLATE GONE); CREATE INDEX i ON t(b); "
        "CREATE TABLE k(a COLLATE GONE PRIMARY KEY) WITHOUT ROWID; CREATE VIEW v AS SELECT b FROM t;"
    )
    engines = Three(tmp_path, "CREATE TABLE u(a, b)")
    for connection in (engines.pumice, engines.sqlite3, engines.apsw):
        connection.create_collation("GONE", lambda x, y: (x > y) - (x < y))
        for sql in setup.strip(";").split(";"):
            connection.execute(sql)
        connection.execute("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    for connection in (engines.pumice, engines.sqlite3, engines.apsw):
        connection.create_collation("GONE", None)
    for sql in (
        "SELECT * FROM t ORDER BY a",
        "SELECT b FROM t ORDER BY b",
        "SELECT * FROM t WHERE b = 'x'",
        "INSERT INTO t VALUES (3, 'z')",
        "DELETE FROM t WHERE a = 1",
        "UPDATE t SET b = 'q'",
        "SELECT DISTINCT b FROM t",
        "SELECT max(b) FROM t",
        "SELECT * FROM v WHERE b > 'a'",
        "SELECT * FROM k WHERE a = 'x'",
        "INSERT INTO k VALUES ('x')",
        "REINDEX t",
        "REINDEX",
        "ALTER TABLE t ADD COLUMN c",
        "CREATE INDEX j ON t(b)",
        "SELECT * FROM t JOIN u ON t.b = u.b",
        "DROP INDEX i",
        "DROP TABLE t",
    ):
        engines.same("BEGIN")
        engines.same(sql)
        engines.state()
        engines.same("ROLLBACK")
    engines.close()
