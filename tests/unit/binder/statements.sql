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
select * from (select 1 as a) as x natural join (select 2 as a) as y
select x.a from (select 1 as a) as x natural join (select 2 as a) as y
select a from t group by 'x'
select t.a from t join t as t2 using (a, b)
select * from t join t as t2 using (a) order by a
select * from t, u order by a
select t.*, t.* from t
select count(*), a from t group by 2 order by 1
select a from t order by (select 1)
select a from t order by (select a from u)
select a x, b y from t order by x+1, y collate nocase
select (a) as "p q" from t
select a as "true" from t
select * from (select a as "true" from t)
select a from t where a in (1,2,(select 1,2))
select a, (b) from t group by a, (b)
select b as a, a as b from t order by a, b
select b as a, a as b from t where a = 1 group by a
select a from t union select b from t order by b
select a from t union select b from t order by t.b
select a as q from t union select b from t order by q collate nocase
select a as q from t union select b from t order by q+1
select 1 as q union select 2 as r order by r
select * from t where rowid = 1 and oid = 1 and _rowid_ = 1
select rowid as r from t order by r
select rowid+1 from t
select t.oid from t
select "rowid" from t
select 'a' from t order by 'a'
select v.rowid, v.id from v
select * from v where v.ROWID = 1
select ID from v
select V.ID from v
select a AS from1 from t
select null, NULL is null
select x from (select a as x from t union all select d from u)
select d from (select a as x from t union all select d from u)
select a, a from t order by a
select sum(a) from t having sum(a) > 1
select sum(a) as s from t having s > 1
select 1 from t having count(*) > 1
select a from t having count(*) > 1
select a from t where sum(a) > 1
select a from t join u on sum(t.a)
select (select sum(t.a)) from t
select (select sum(t.a) from u where sum(t.a) > 1) from t
select (select sum(u.a) from u where t.a = 1) from t
select * from t as x, t as x
select x.a from t as x, t as x
select main.t.a, temp.t.a from t
select t.a from main.t
select main.t.a from main.t
select t.nosuch from t
select nosuch.a from t
select a.b.c.d from t
select * from (t)
select * from (t join u using (a)) as z
select z.a from (t join u using (a)) as z
select d from (t join u using (a)) as z where z.d = 1
select * from t cross join u on t.a = u.a
select * from t left join u
select * from t right join u on t.a = u.a
select * from t natural left join u
select * from t natural full join u
select a from t natural full join u
select a from t natural right join u
select t.a, u.a from t natural right join u
select count(a) from t full join u using (a) group by a
select * from x3 right join y3 using (id) left join z3 using (id)
select id from x3 right join y3 using (id) left join z3 using (id)
select k from x3 right join y3 using (id) left join z3 using (id)
select * from x3 full join y3 using (id, k) full join z3 using (k, id)
select * from x3 join y3 using (id) full join z3 using (k)
with a as (select 1), b as (select * from a) select * from b, a
with a(x, x) as (select 1, 2) select * from a
with a as (select 1 as x, 2 as x) select * from a
with t as (select 1 as only) select * from t
with t as (select * from t) select * from main.t
with recursive r(n, s) as (values (1, 'a') union all select n + 1, s || 'b' from r where n < 3) select * from r
with r as (select 1 as n union all select n + 1 from r limit 3) select * from r
with r(n) as (select 1 union all select n + 1 from r union all select n + 2 from r where n < 4 limit 3) select * from r
with r(n) as (select 1 union select 2 union all select n + 1 from r limit 3) select * from r
with r(n) as (select 1 union all select n + 1 from r as a join r as b limit 3) select * from r
with r(n) as (select 1 intersect select n from r) select * from r
with r(n) as (select n from r union all select 1) select * from r
with r(n) as (select 1 union all select sum(n) from r) select * from r
with r(n) as (select 1 union all select n from r group by n) select * from r
with r(n) as (select 1 union all select distinct n from r limit 3) select * from r
with q as (select t.a) select (select a from q) from t
select (with q as (select t.a as z) select z from q) from t
select a from t where a in (with q as (select 1) select * from q)
insert into t with q as (select 1, 2, 3) select * from q
insert into v(a, nosuch) values (1, 2)
insert into w values (1, 2)
insert into w(a) values (1), (2)
insert into t(a, a) values (1, 2)
insert into t(a) values (1, 2)
insert into t() values ()
insert into t(oid, c) values (1, 2)
insert into t(a) values (t.b)
insert into t(a) select b from t where nosuch
insert into t(a) values ((select nosuch from t))
update t set a = b, b = nosuch
update t set a = (select b from u)
update t set (a, rowid) = (1, 2)
update t as q set a = t.b
update t set a = 1 where (select 1, 2)
update t set (a, b) = (1, 2), (b, c) = (select 3, 4)
update t set a = x.d from (select d from u) as x
update t set a = d from u join v on u.a = v.a
update t set a = d from u, v where id = d
update t set a = a from u
delete from t where a in (select d from u where u.a = t.b)
delete from t where nosuch.a
delete from t where t.a = (select a, d from u)
delete from t indexed by i where a > 1
delete from t indexed by nosuch
select a from t order by a nulls first, b desc nulls last
select a from t limit -1
select a from t limit nosuch
select a from t limit 1, 2
select a from (select a from t limit 1) limit 2
select exists (select 1, 2)
select not exists (select a from t)
select (select a from t union select 1, 2)
select 1 where 1
select 1 where a
select 1 group by 1
select 1 order by 1
select count(*)
select max(1, 2), max(1)
select max()
select count(a, b) from t
select sum(distinct a, b) from t
select sum() from t
select coalesce(1)
select nullif(1)
select like('a', 'b'), glob('a', 'b')
select a like b escape c from t
select cast(a as foo), cast(a as varchar(10)) from t
select a isnull, a notnull, a not null from t
select - - a, - 1, -a, ~ a, not a from t
select a between b and c, a not between b and c from t
select a in (), a not in () from t
select nosuch in () from t
select a in (b), a in (1, 2, c) from t
select case when a then b end, case a when b then c else a end from t
select case (1, 2) when (1, 2, 3) then 1 end
select case 1 when (1, 2) then 1 end
select (1, 2) in ((1, 2)), (1, 2) in ((1))
select 1 in ((1, 2))
select (select 1, 2) = (1, 2), (select 1, 2) in (select 3, 4)
select (1, 2) = 1
select (1, 2) + 1
select -(1, 2)
select (1, 2) is not distinct from (1, 2)
select ((1, 2)) = ((1, 2))
select (1, (2, 3)) = (1, (2, 3))
select 1 limit (1, 2)
select a from t group by (a, b)
select a from t where a in nosuch
select a from t where a in main.u
select a from t where (a, b) in main.u
select "a", "nosuch", 'a' from t
select t."a", "t".a, "t"."a" from t
select [a], `b` from t
select a from t where "nosuch" = a
select a from "t" as "T 2" where "T 2".a = 1
