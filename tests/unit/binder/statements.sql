-- Statements bound by Pumice and prepared by SQLite: same column names, or same error. One a line.
select a from t where count(*)>1
select a from t order by count(*)
select a from t having 1
select count(*) from t having 1
select a from t group by count(*)
select * from v2
select * from (t as y)
select y.a from u,(t as y)
select t.a from u,(t as y)
select * from u join (t join v on t.a=v.a) on 1
select (select 1 from u order by t.a) from t
select * from foo(1)
select * from t(1)
select t.* from t as x
select *
select 1 limit a
select 1 from t union select 1,2 from t
select count(distinct a,b) from t
select group_concat(distinct a,b) from t
insert into main.t(zz) values(1)
select 1 in (1,2) from (select 1,2) where (1,2) in ((1,2),3)
select max(a) from t where (select max(t.a) from u)>0
select a as x, count(*) as n from t where n>1
select a as x, count(*) as n from t group by n
select sum(count(*)) from t
update t set (a,b)=1
update t set (a,b)=(select 1)
select (1,2)
select (select 1,2)
select case (1,2) when (1,2) then 1 end
select 1 between (1,2) and 3
select abs(*) from t
select w.a from w, t as w
select "zz" from t
select t."zz" from t
select `zz` from t
select [zz] from t
select x.rowid from (select * from t) x
select rowid from vv
select rowid from v3
select rowid from v
select _rowid_, oid from t
select t.rowid from t
select id from v
select rowid from w
select * from t join u using(zz)
select * from t natural join u using(a)
select * from t natural join u on 1
insert into t values(1,2)
insert into t(a,b) values(1)
insert into t(a,b) values(1,2,3),(1,2,3)
insert into t values(1,2,3),(1,2)
insert into t(a) select 1,2
insert into vv values(1)
insert into zz values(1)
insert into main.zz values(1)
insert into sqlite_master values(1,1,1,1,1)
insert into t(zz) values(1)
insert into g(b) values(1)
insert into g values(1,2)
update g set b=1
update t set zz=1
update vv set a=1
delete from vv
delete from sqlite_master
update t set a=1 where zz=1
insert into t(a) values(a)
insert into t(a) values("a")
update t set rowid=5,a=1,a=2
insert into t(rowid,a,a) values(1,2,3)
insert into v(rowid,id) values(1,2)
delete from t as x where t.a=1
delete from t as x where x.a=1
update t as x set a=x.b
update t set a=(select 1,2)
update t set a=(1,2)
update t set (a,b)=(1,2,3)
update t set a=1 from t
update t set a=u.d from u where u.a=t.a
update t set a=1 from u as t
update t indexed by zz set a=1
insert into t(a) values((1,2))
insert into t select * from t order by 4
update t set a=count(*)
delete from t where count(*)>1
insert into t(a) values(count(*))
insert into t(a,b) default values
select a from t, u
select t.a, u.a from t, u
select * from t, u
select * from t join u using(a)
select a from t join u using(a)
select * from t natural join u
select * from t full join u using(a)
select a from t full join u using(a)
select a, t.a, u.a from t full join u using(a)
select * from t right join u using(a)
select * from x3 join y3 using(id) join z3 using(id)
select * from x3 join y3 using(id,k) join z3 using(k)
select * from x3 natural join y3 natural join z3
select * from x3 full join y3 using(id) full join z3 using(id)
select k from x3 join y3 using(id)
select * from x3 left join (y3 join z3 using(id)) using(id)
select * from x3 left join (y3 join z3 using(id)) on x3.id=y3.id
select y3.k from x3 left join (y3 join z3 using(id)) on x3.id=y3.id
select k from x3 left join (y3 join z3 using(k)) on x3.id=y3.id
select n.k from x3 left join (y3 join z3 using(k)) as n on x3.id=y3.id
select n.* from x3 left join (y3 join z3 using(k)) as n on x3.id=y3.id
select y3.* from x3 left join (y3 join z3 using(k)) as n on x3.id=y3.id
select * from x3, (y3 join z3)
select * from x3, (y3, z3)
select * from (x3 join y3 using(id)), z3
select x3.*, 1 from x3
select a+1, a + 1 as q, 'x', "b", -a, +a, a collate nocase, (a), (a+1), cast(a as int), A, t.A, main.t.A from t
select main.t.a from t
select temp.t.a from t
select nosuch.t.a from t
select * from nosuch.t
select x.* from t
select a from t order by 2
select a from t order by 0
select a from t order by -1
select a,b from t order by 1,3
select a,b from t group by 3
select a,b from t group by 0
select a from t order by 1.5
select a from t order by 'x'
select a as b from t order by b
select a as q from t where q=1
select a as q from t group by q having q=1
select a from t union select d from u order by a
select a from t union select d from u order by d
select a from t union select d from u order by zz
select a from t union select d from u order by 2
select a from t union select d from u order by a+1
select a from t union all select d from u order by 1 desc limit 2 offset 1
select a,b from t except select 1
select 1 intersect select 1,2
select 1 union all select 1,2
values(1,2),(1)
values(1,2)
values(1,2),(3,4)
select * from (values(1,2))
select column1 from (values(1,2))
select * from (select 1, 1, 1)
select * from (select a, a, a as b from t)
select * from (select a+1 from t)
select "a+1" from (select a+1 from t)
select * from (select A from t)
select * from (select t.A from t)
select * from (select rowid from v)
select * from (select rowid from t)
select * from vv
select * from v3
select x from v3
select z from v3
select * from vbad
with q as (select 1) select * from q
with q(z) as (select 1) select * from q
with q(z,y) as (select 1) select * from q
with q as (select 1), q as (select 2) select 1
with q as (select * from r), r as (select * from q) select * from q
with q as (select * from q) select * from q
with q(n) as (select 1 union all select n+1 from q where n<3) select * from q
with q(n) as (select 1 union all select n+1 from q, q as r where n<3) select * from q
with q(n) as (select 1 union all select (select max(n) from q)) select * from q
with q(n) as (select 1 union all select count(*) from q) select * from q
with q(n) as (select 1 union all select n+1 from q where n in (select n from q)) select * from q
with q(n) as (select 1 union select n+1 from q where n<3 order by 1 desc limit 3) select n as z from q
with q(n) as (select 1 union all select 1,2 from q) select * from q
with q(n) as (select 1 union all select n+1 from (select * from q) where n<3) select * from q
with q as materialized (select a from t) select * from q, q as r
with q as not materialized (select a from t) select * from q
select nosuch(1)
select abs(1,2)
select abs()
select count(1,2)
select a from t where a in (select a,b from t)
select a from t where (a,b) in (select a from t)
select a from t where (a,b) in (select a,b from t)
select a from t where a in u
select a from t where (a,b) in u
select a from t where a in v
select a from t where (a,b) = (1,2)
select a from t where (a,b) < (1,2,3)
select a from t where (a,b) = (select a,b from t)
select a from t where a = (select a,b from t)
select a from t where (a,b) is (1,2)
select a from t where (a,b) is null
select a from t where (a,b)
select a from t where not (a,b)
select a from t where (a,b) between (1,2) and (3,4)
select a from t where a between 1 and (3,4)
select abs((1,2))
select a from t order by a collate zz
select 'a' collate nocase = 'A'
select a is true, a is not false from t
select max(a), b from t
select count(*) filter (where a>1) from t
select abs(a) filter (where a>1) from t
select max(a) as m from t order by m
select a, count(*) from t order by count(*)
select a, count(*) from t group by a order by sum(c)
select distinct a from t order by b
select distinct a, b from t order by b, a+1
select a from t where exists (select 1 from u where u.a=t.a)
select a from t where exists (select 1 from u where u.a=t.zz)
select (select count(t.a) from u) from t
select (select count(t.a + u.a) from u) from t
select (select count(*) from u where u.a = t.a) from t
select * from t as t1 join t as t2 on t1.a=t2.a
select a from t as t1 join t as t2 on t1.a=t2.a
select * from t indexed by i where a>1
select * from t indexed by nosuch
select * from t not indexed
select * from sqlite_master
select name from sqlite_schema
select sqlite_master.name from sqlite_schema
select * from sqlite_temp_master
select current_timestamp, CURRENT_DATE
select true, false, null
select a true from t
select 1 as "x y", 2 [z], 3 as 'q'
select * from g
select c from g where b=1
select raise(abort,'x')
select x'00', 1.5, 1e10, 'it''s', -5, +5, ~5, not 5
select case a when 1 then 2 else 3 end from t
select a /* c */ + 1 from t
select   a   from   t
select (select a from t), (select 1)
select a -> 'x', a ->> 'y' from t
select a like 'x', a not like 'x' escape 'y', a glob 'z' from t
select a REGEXP 'x' from t
select count(*), count(a), COUNT(*) from t
select min(a,b), max(a) from t
select t.* , u.* from t, u
select * from t left join u on t.a=u.a right join v on v.a=u.a
select * from t join u on t.a=v.a join v on 1
select * from t left join u on t.a=v.a join v on 1
select a from (select a from t) as q where q.b = 1
select q.a from (select a from t) as q, (select a from u) as r
select * from (select a from t) as q, (select q.a)
select a from t limit 1 offset 2
select a from t limit (select 1)
select a from t limit count(*)
select b.a from t as b
select sum(distinct a) from t
select likely(a), unlikely(a), likelihood(a,0.5) from t
select likelihood(a,2) from t
select a as x from t where x > 1 and t.x = 1
select a as x from t group by x order by x
select a, max(b) as m from t where m > 1 group by a
select a from t group by a having max(m) > 1
select count(*) as n, n from t
select a as n, n from t
update t set a=1 where a in (select a from u) 
update t set (a,b)=(select 1,2)
update t set a=1, zz=2
update w set b=1
update nosuch set a=1
delete from nosuch
delete from t where zz
delete from t where rowid=1
delete from w where rowid=1
insert into w(rowid) values(1)
insert into t select a,b,c from t
insert into t select * from u
insert into t(a,b) select * from u
insert or replace into v(id,a) values(1,2)
insert into v values(1,2)
with q as (select 1 as z) insert into t(a) select z from q
with q as (select 1 as z) update t set a=(select z from q)
with q as (select 1 as z) delete from t where a in q
