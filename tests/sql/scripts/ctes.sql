-- Ordinary common table expressions.
CREATE TABLE t(a INT, b INT);
INSERT INTO t VALUES (1, 10), (2, 20), (3, 30);

-- Used once: part of the query. Used twice, or asked for: computed once.
WITH s AS (SELECT a, b FROM t WHERE a > 1) SELECT sum(b) FROM s;
--| SCAN t
--> 50
WITH s(x) AS (SELECT sum(b) FROM t) SELECT p.x, q.x FROM s AS p, s AS q;
--| MATERIALIZE s
--|   SCAN t
--| SCAN s
--| SCAN s
--> 60, 60
WITH s AS MATERIALIZED (SELECT a FROM t WHERE a > 1) SELECT a FROM s WHERE a < 3;
--| MATERIALIZE s
--|   SCAN t
--| SCAN s
--> 2
WITH s AS NOT MATERIALIZED (SELECT a FROM t WHERE a > 1) SELECT p.a FROM s AS p JOIN s AS q ON p.a = q.a ORDER BY p.a;
--| SCAN t
--| SEARCH t USING HASH JOIN (a=?)
--|   SCAN t
--| USE TEMP B-TREE FOR ORDER BY
--> 2
--> 3

-- One that reads another; one that hides a table; columns named; in a subquery; never used.
WITH p AS (SELECT a FROM t), q AS (SELECT a + 1 AS a FROM p) SELECT max(a) FROM q;
--> 4
WITH t AS (SELECT 7 AS a) SELECT a FROM t;
--> 7
SELECT (WITH s(x) AS (VALUES (1), (2)) SELECT sum(x) FROM s);
--> 3
WITH unused AS (SELECT missing FROM nowhere) SELECT 1;
--> 1
WITH s(x, y) AS (SELECT 1) SELECT * FROM s;
--! table s has 1 values for 2 columns

-- Before INSERT, UPDATE and DELETE.
WITH s AS (SELECT max(a) AS m FROM t) INSERT INTO t SELECT m + 1, 40 FROM s;
WITH s AS (SELECT min(a) AS m FROM t) UPDATE t SET b = 11 WHERE a = (SELECT m FROM s);
WITH s AS (SELECT a FROM t WHERE b = 20) DELETE FROM t WHERE a IN (SELECT a FROM s);
SELECT * FROM t ORDER BY a;
--> 1, 11
--> 3, 30
--> 4, 40
