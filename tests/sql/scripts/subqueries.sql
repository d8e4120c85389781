-- Subqueries as values, as row values, as conditions and as tables.
CREATE TABLE t(g TEXT, v INT);
INSERT INTO t VALUES ('a', 1), ('a', 5), ('b', 2), ('b', 2), ('c', NULL);

-- A scalar subquery: its first row, NULL without one.
SELECT (SELECT max(v) FROM t), (SELECT v FROM t WHERE g = 'z');
--| SCAN CONSTANT ROW
--| SCALAR SUBQUERY 1
--|   SCAN t
--| SCALAR SUBQUERY 2
--|   SCAN t
--> 5, NULL
SELECT (SELECT v FROM t ORDER BY v DESC);
--> 5
SELECT (SELECT g, v FROM t);
--! sub-select returns 2 columns - expected 1

-- Correlated: run for each outer row, or as often as needed.
SELECT g, v FROM t AS o WHERE v = (SELECT max(v) FROM t AS i WHERE i.g = o.g) ORDER BY g, v;
--> 'a', 5
--> 'b', 2
--> 'b', 2
SELECT DISTINCT g, (SELECT count(*) FROM t AS i WHERE i.g < o.g) FROM t AS o ORDER BY g;
--> 'a', 0
--> 'b', 2
--> 'c', 4

-- Row values.
SELECT g, v FROM t WHERE (g, v) = (SELECT 'a', 5);
--> 'a', 5
SELECT g, v FROM t WHERE (g, v) > ('a', 3) ORDER BY g, v;
--> 'a', 5
--> 'b', 2
--> 'b', 2
--> 'c', NULL

-- In FROM: flattened into the outer query where that changes nothing, otherwise computed first.
SELECT s.g, s.w FROM (SELECT g, v + 1 AS w FROM t WHERE v > 1) AS s WHERE w < 5 ORDER BY s.g;
--| SCAN t
--| USE TEMP B-TREE FOR ORDER BY
--> 'b', 3
--> 'b', 3
SELECT s.g, s.n, t.v FROM (SELECT g, count(*) AS n FROM t GROUP BY g) AS s JOIN t ON t.g = s.g WHERE s.n = 2
    ORDER BY 1, 3;
--| SCAN t
--| SEARCH t USING HASH JOIN (g=?)
--|   SCAN t
--|   USE TEMP B-TREE FOR GROUP BY
--| USE TEMP B-TREE FOR ORDER BY
--> 'a', 2, 1
--> 'a', 2, 5
--> 'b', 2, 2
--> 'b', 2, 2
SELECT sum(v) FROM (SELECT v FROM t ORDER BY v DESC LIMIT 2);
--> 7

-- EXISTS as a value; subqueries in HAVING and ORDER BY.
SELECT EXISTS (SELECT 1 FROM t WHERE v > 4), NOT EXISTS (SELECT 1 FROM t WHERE v > 4);
--> 1, 0
SELECT g FROM t GROUP BY g HAVING sum(v) >= (SELECT avg(v) FROM (SELECT v FROM t))
ORDER BY (SELECT -count(*) FROM t AS i WHERE i.g > t.g);
--> 'a'
--> 'b'

-- A correlated aggregate: for every customer the orders are grouped once, for a few they are sought.
CREATE TABLE customer(id INTEGER PRIMARY KEY, city INT);
CREATE TABLE purchase(id INTEGER PRIMARY KEY, customer INT, total INT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO customer SELECT i, i % 50 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
INSERT INTO purchase SELECT i, i * 7907 % 3100, i * 613 % 1000 FROM n;
CREATE INDEX purchase_customer ON purchase(customer);
SELECT count(best), sum(best), sum(n) FROM (SELECT id,
  (SELECT max(total) FROM purchase WHERE customer = c.id) AS best,
  (SELECT count(*) FROM purchase WHERE customer = c.id) AS n FROM customer AS c);
--| SCAN c
--| SEARCH purchase USING HASH JOIN (key=?) LEFT-JOIN
--|   SCAN purchase
--|   USE TEMP B-TREE FOR GROUP BY
--| SEARCH purchase USING HASH JOIN (key=?) LEFT-JOIN
--|   SCAN purchase USING COVERING INDEX purchase_customer
--> 3000, 2455200, 8710
SELECT id, (SELECT max(total) FROM purchase WHERE customer = c.id) FROM customer AS c WHERE id IN (17, 2999);
--| SEARCH c USING INTEGER PRIMARY KEY (rowid=?)
--| CORRELATED SCALAR SUBQUERY 1
--|   SEARCH purchase USING INDEX purchase_customer (customer=?)
--> 17, 303
--> 2999, 941
