"""CREATE, DROP, REINDEX and ALTER against SQLite: messages, stored text, rows, and the file that is left."""

import pytest

CREATE = """create table t(a);
    create temp table main.t(a);
    create table temp.tt(a);
    create table nope.t(a);
    create table sqlite_x(a);
    create table "t"(a);
    create view t as select 1;
    create index i on t(a);
    create table i(a);
    create index i on t(a);
    create index t on t(a);
    create index j on nope(a);
    create index main.j on nope(a);
    create index nope.j on t(a);
    create view v as select 1 AS one;
    create table v(a);
    create view [v] as select 2;
    create index k on v(a);
    create index q on sqlite_master(name);
    create index zz on t(nope);
    create temp view main.vv as select 1;
    create trigger tr after insert on nope begin select 1; end;
    create trigger tr after insert on v begin select 1; end;
    create trigger tr instead of insert on t begin select 1; end;
    create trigger tr after insert on t begin select 1; end;
    create trigger tr after insert on t begin select 1; end;
    create trigger if not exists tr after insert on t begin select 1; end;
    create trigger sqlite_tr after insert on t begin select 1; end;
    create trigger tr2 after insert on sqlite_master begin select 1; end;
    create view w as select ?;
    create table if not exists t(zz);
    create index if not exists i on t(zz);
    create view if not exists v as select 3;
    create table d(a, a);
    create table d(a primary key, b primary key);
    create table d(a, b) without rowid;
    create table d(a text primary key autoincrement);
    create table d(a integer primary key autoincrement) without rowid;
    create table d(a check (nope > 1));
    create table d(a, b as (nope));
    create table d(a, unique (nope));
    """


def test_create_messages(pair):
    pair.script(CREATE)


DROP = """create table t(a unique, b);
    create view v as select 1 as x;
    create index i on t(b);
    create trigger tr after insert on t begin select 1; end;
    drop table v;
    drop view t;
    drop table nope;
    drop table main.nope;
    drop table zz.nope;
    drop view nope;
    drop index nope;
    drop index main.nope;
    drop trigger nope;
    drop trigger main.nope;
    drop table sqlite_master;
    drop index sqlite_autoindex_t_1;
    drop table if exists nope;
    drop view if exists nope;
    drop index if exists nope;
    drop trigger if exists nope;
    create table s(id integer primary key autoincrement);
    drop table sqlite_sequence;
    drop trigger tr;
    insert into t values (1, 2), (3, 4);
    insert into s default values;
    drop index main.i;
    create index i on t(a, b);
    drop table t;
    drop table s;
    select * from sqlite_sequence;
    drop view v;
    create table t(x);
    insert into t values (7);
    """


def test_drop(pair):
    pair.script(DROP)


def test_stored_text(pair):
    pair.script("""create table  if not exists   main . [c c] ( a /*x*/ primary key, b) -- hi
 without   rowid;
        CREATE  TABLE  'q' (x, "y z" text default 'a;b') ;
        create   unique index if not exists main.xx on  q (x) where x>1 -- foo
;
        create view  if not exists vv(a, b) as select 1, 2 /* c */;
        create trigger main.[x y] after  insert on main.q begin select 1 ; end;
        create table cc as select 1 as a, 'x' as b, x, "y z" from q;
        create table dd as select 1, 1, x as 'select', cast(x as text) tt from q;
        create table ee as select cast(1 as int) aaaaaaaaaaaaaaaaaaaaaaaaaa, cast(1 as real) bbbbbbbbbbbbbbbbbbbbbbb;
        create table ff as select 1.5 as r, x'00' as b, 'q' || 'r' as s, 1 + 1 as n;
        """)


def test_create_table_as(pair):
    pair.script("""create table t(a integer primary key, b text, c real);
        insert into t values (1, 'x', 1.5), (2, 'y', 2), (3, NULL, NULL);
        create table u as select * from t order by a desc;
        create table w as select c, b, a, a + 1 as n from t where a > 1;
        create temp table x as select count(*) as n from t;
        select * from x;
        create table y as select a, a from t;
        create table z as select 1 as p union all select 'two';
        """)


def test_create_index_over_rows(pair):
    pair.script("""create table t(a integer primary key, b text, c real, d as (b || c));
        insert into t(b, c) values ('x', 1), ('X', 2), ('y', 1.5), (NULL, NULL), (NULL, NULL), (3, 7), (x'61', 5),
            ('', 2);
        insert into t(b, c) select b || a, c + a from t;
        create index i1 on t(b);
        create index i2 on t(b collate nocase desc, c);
        create index i3 on t(lower(b), c desc) where b is not null;
        create index i4 on t(d);
        create index i5 on t(c, b, a);
        create unique index u1 on t(b);
        create unique index u2 on t(b collate nocase);
        create unique index u3 on t(c);
        create unique index u4 on t(c, b);
        create unique index u5 on t(lower(b));
        create table w(k text primary key, v, n int) without rowid;
        insert into w select 'k' || a, b, a % 3 from t;
        create index w1 on w(v desc, n);
        create unique index w2 on w(n);
        select b from t order by b collate nocase desc, c;
        reindex;
        reindex t;
        reindex i1;
        reindex nocase;
        reindex main.w;
        reindex nope;
        """)


def test_larger_index(pair):
    pair.script("""create table t(a integer primary key, b, c);
        with recursive n(x) as (select 1 union all select x + 1 from n where x < 20000)
            insert into t select x, x * 7919 % 20011, 'v' || x from n;
        create index i on t(b);
        create unique index u on t(c, b);
        select a from t where b = 77;
        """)


def test_rollback_of_ddl(pair):
    pair.script("""begin;
        create table t(a primary key);
        insert into t values (1);
        create index i on t(a);
        rollback;
        create table t(b);
        begin;
        insert into t values (2), (2);
        savepoint s;
        create unique index i on t(b);
        create table u(c);
        rollback to s;
        create index i on t(b);
        drop table t;
        create table t(d);
        commit;
        """)


ALTER = """create table t(a, b, primary key(a), check(t.a<>'t'));
    insert into t values(1,2);
    create view v as select t.a, x.b from t, t x;
    create view vv as select t.* from main.t;
    create index i on t(b) where t.a>1;
    create table c(x references t(a), y, foreign key(y) references t(a));
    create table d(t, z);
    create table s(id integer primary key autoincrement, q);
    insert into s(q) values (1);
    alter table s rename to s2;
    select * from sqlite_sequence;
    alter table t rename to 'u v';
    alter table 'u v' add c int not null;
    alter table 'u v' add c int default current_time;
    alter table 'u v' add c int default (1+1);
    alter table 'u v' add c as (a) stored;
    alter table 'u v' add c int check(c>1) default 0;
    alter table 'u v' add c int not null default 7 check(c>1);
    select * from 'u v';
    alter table 'u v' add column d as (a+1);
    alter table 'u v' add e real default 3;
    select * from 'u v';
    insert into 'u v'(a) values (5);
    select * from 'u v';
    alter table v add x;
    alter table sqlite_master add x;
    alter table v rename to y;
    alter table sqlite_master rename to y;
    alter table nope rename to z;
    alter table nope add z;
    alter table d rename to c;
    alter table d rename to i;
    alter table d rename to d;
    alter table d rename to sqlite_d;
    alter table d add t;
    alter table d add u unique;
    alter table d add u primary key;
    alter table d rename t to tt;
    alter table d rename nope to q;
    alter table d rename z to tt;
    alter table c rename x to "x x";
    alter table 'u v' rename b to bb;
    alter table d drop column nope;
    insert into d values (1, 2), (3, 4);
    alter table d add w default 'w';
    insert into d values (5, 6, 7);
    alter table d drop z;
    select * from d;
    alter table d drop w;
    alter table d drop tt;
    alter table "u v" drop a;
    alter table "u v" drop bb;
    alter table "u v" drop c;
    alter table "u v" drop d;
    select * from 'u v';
    alter table v drop a;
    alter table v rename a to b;
    """


def test_alter_table(pair):
    pair.script(ALTER)


def test_rename_in_triggers(pair):
    pair.script("""create table t(a, b);
        create table o(x);
        create trigger tr after update of a on t
            begin insert into t select * from t; update t set b=t.b; delete from t where t.a=1; end;
        create trigger ot after insert on o begin insert into t values (new.x, 1); end;
        alter table t rename to u;
        """)


def test_drop_column_without_rowid(pair):
    pair.script("""create table t(a, k text primary key desc, b, c real) without rowid;
        insert into t values (1, 'x', 2, 3), (4, 'y', 5, 6.5), (7, 'z', NULL, 9);
        create index i on t(c);
        alter table t drop b;
        select * from t;
        insert into t values (0, 'w', 1);
        """)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_encodings(pair, encoding):
    pair.both(f"PRAGMA encoding = '{encoding}'")
    pair.script("""create table t(a text primary key, b);
        insert into t values ('aé', 1), ('中', 2), ('\U0001f600', 3), ('', 4);
        create index i on t(b, a);
        insert or replace into t values ('中', 'x');
        update t set a = a || 'z' where b = 1;
        delete from t where a = '';
        alter table t add c text default 'é';
        select * from t order by a;
        """)


@pytest.mark.parametrize("mode", [1, 2])
def test_auto_vacuum_moves_roots(pair, mode):
    pair.both(f"PRAGMA auto_vacuum = {mode}")
    for name in "abcdef":
        pair.script(f"create table {name}(x unique, y);\ncreate index {name}_y on {name}(y);\n"
                    f"insert into {name} values (1, 2), (3, 4);\n")
    pair.script("""drop table b;
        insert into f values (5, 6);
        drop index d_y;
        drop table a;
        create table g(z);
        insert into g values (1);
        select * from e;
        """)
