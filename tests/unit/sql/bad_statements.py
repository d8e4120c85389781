"""Statements that SQLite's grammar refuses, one a line; what SQLite says is asked of the oracle."""

# The tables they may name, so that no error of the schema comes first.
SCHEMA = "CREATE TABLE t(a, b, c); CREATE TABLE u(a, b)"

BAD = r"""
select 1_000, 0x1_0, 1_.5, 1__0
select 123abc
select 1_0a
select 1_
select 1__0
select 1e
select 0x
select 0x12345678901234567
select -0x12345678901234567
select 'abc
select "abc
select [abc
select x'12
select x'123'
select x'1g'
select #1
select @
select :
select $
select ?0
select ?32767
select ?99999999999999999999
select $a(
select $a(b c)
select 5 !
select \
select a from t on a
select * from t join u on 1 on 2
select * from t natural foo join u
select * from t left foo join u
select * from t cross left join u
select * from t outer join u
select * from t left inner join u
select * from t join
select * from t on a=1
select * from (t) on a=1
select * from t using(a)
select * from t join u using(a) on 1
select 1 order by 1 union select 2
select 1 limit 1 union select 2
select 1 limit 1 intersect select 2
select 1 order by 1 limit 1 union all select 2
select (select 1 limit 1 union all select 2)
values(1),(2,3)
values(1,2),(2)
values(1,2),(2) union select 1
delete from t order by a limit 1
delete from t limit 1
update t set a=1 order by a limit 1
update t set a=1 limit 1
delete from t where 1 returning a order by a
select count(distinct *)
select sum(a) over (rows unbounded following) from t
select sum(a) over (rows between unbounded following and current row) from t
select sum(a) over (rows between current row and 1 preceding) from t
select sum(a) over (rows between 1 following and 1 preceding) from t
select sum(a) over (rows between 1 following and current row) from t
select sum(a) over (rows between unbounded preceding and unbounded preceding) from t
select sum(a) over (rows 1 following) from t
select sum(a) over (rows current row exclude foo) from t
create table x(a) foo
create table x(a) without foo
create table x(a primary key) without rowid strict
create table x(a generated always as (1) foo)
create table x(a references t(a asc))
create table x(a references t(a collate nocase))
create table x(a, foreign key(a desc) references t)
create table x(a, primary key(a) a)
create table x(a int(1,2,3))
create table x(a int(a))
create table x()
create table x(a default)
create table x(a default (1)
create table x(a default a.b)
create table x(a default -a)
create table x(a check (1) on conflict ignore)
create table x(a not deferrable initially)
create view v as select ?
create view v(a asc) as select 1
create trigger tr after insert on t begin select 1 end
create trigger tr after insert on t begin end
create trigger tr after insert on t begin update t indexed by foo set a=1; end
create trigger tr after insert on t begin delete from t not indexed; end
create trigger tr after insert on t begin update main.t set a=1; end
create trigger tr after insert on t begin insert into t default values; end
create trigger tr after insert on t for each statement begin select 1; end
create trigger tr after update of a on t for each row when 1 begin select ?; end
create trigger tr after insert on t begin with x as (select 1) delete from t; end
create trigger tr after insert on t begin insert into t values(1) returning a; end
create trigger tr after insert on t begin delete from t returning a; end
explain explain select 1
explain query select 1
begin foo
rollback to
commit foo
release
pragma a=select
pragma a=-x
pragma a(1,2)
vacuum main into
attach 'x'
attach 'x' as
detach
analyze a.b.c
reindex a.b.c
alter table t rename a to
alter table t add
alter table t rename to t2.x
drop table a.b.c
drop foo x
create unique table x(a)
create temp index x on t(a)
create temp virtual table x using foo
create virtual table x using
create virtual table x using foo(
create virtual table x using foo(a,(b,c
insert into t values(1) on conflict do nothing on conflict do nothing
insert into t values(1) on conflict do update set a=1 on conflict do nothing
insert into t select 1,2,3 from t on conflict do nothing
insert into t default values on conflict do nothing
insert or foo into t values(1)
replace or ignore into t values(1)
update t set (a,b)=(1)
update t set a.b=1
update t x set a=1
select case end
select case when 1 then 2
select case 1 else 2 end
select cast(1)
select 1 collate
select 'a' collate left
select 1 left
select 1 x'
select 1 x'00'
select a indexed from t
select exists(1)
select exists select 1
select raise(foo)
select raise(abort)
select a from t where a in
select a from t where a in (
select a in t.b.c
select 1 is distinct
select 1 not 2
select 1 between 2
select 1 between 2 or 3
select ()
select (1,)
select (,1)
select *,
select * from
select t.* x from t
select * x from t
select x.t.* from t
select from t
select 1 from t where
select 1 from t group by
select 1 limit 1,2,3
select 1 limit
select 1 offset 1
select distinct all 1
select 1 union
select 1 union distinct select 1
select 1 intersect all select 1
with x select 1
with x as select 1
with x as (select 1)
with x as not (select 1) select 1
with x as (delete from t) select 1
with x(a) as (values(1)), select 1
with recursive x as (select 1), x as (select 2) select 1
with recursive select 1
with x as (select 1) with y as (select 1) select 1
/*
select /*
select /
select --
select 1 select 2
foo
"foo"
é
(select 1)
(select 1) union select 2
select 1 union (select 2)
select sum(a) filter (where) from t
select a over (order by a) from t
select a nulls first from t
select a from t order by a nulls
select a from t order by a nulls foo
select a from t order by a asc desc
create index i on t(a nulls first)
create index i on t(a nulls last)
create table x(a, unique(a nulls first))
create table x(a, primary key(a desc nulls first))
insert into t values(1,2,3) on conflict(a nulls first) do nothing
create index i on t(a) where
create index i on main.t(a)
create index i on t()
create table x(a, b, check(a), c)
create table "x" as select 1 as a)
create table if exists x(a)
create table if(a)
create table a.b.c(x)
create table select(a)
create table x(select)
create table x(a integer primary key on conflict foo)
create table x(a, foreign key(a) references t(a) on delete foo)
create table x(a references t match)
select 1 from t indexed by
select 1 from t(1) indexed by foo
select 1 from ()
select current_date()
""".strip().split("\n")
