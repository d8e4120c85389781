-- (a, b) IN (SELECT ...) as keys for an index: each row of the subquery once, in the order of the index.
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT COLLATE NOCASE, c, d);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO t SELECT i, nullif(i % 50, 7), substr('abAB', i % 7 % 4 + 1, 1) || (i / 50 % 30), i / 50 % 5, i FROM n;
CREATE INDEX t_abc ON t(a, b DESC, c);
CREATE TABLE k(p TEXT, q INT, r, PRIMARY KEY(p, q)) WITHOUT ROWID;
INSERT INTO k VALUES ('a', 1, 1), ('b', 1, 2), ('b', 2, 3), ('c', 3, 4);
CREATE TABLE u(x, y, z);
INSERT INTO u VALUES ('3', 'A0', 0), (4, 'b2', 2), (3, 'a0', 3), (NULL, 'a1', 4), (7, NULL, 5), (4.0, 'B1', 1), (4.5, 'b1', 3),
    ('5', 'B20', 0), (103, 'x', 103), (3, 'b', 103);
SELECT id, a, b FROM t WHERE (a, b) IN (SELECT x, y FROM u) ORDER BY a, b DESC, c;
--| SEARCH t USING COVERING INDEX t_abc (a=? AND b=?)
--| LIST SUBQUERY 1
--|   SCAN u
--> 1604, 4, 'b2'
--> 54, 4, 'b1'
SELECT id, a, b FROM t WHERE (a, b) IN (SELECT x, y FROM u) ORDER BY a DESC, b;
--| SEARCH t USING COVERING INDEX t_abc (a=? AND b=?)
--| LIST SUBQUERY 1
--|   SCAN u
--> 54, 4, 'b1'
--> 1604, 4, 'b2'
SELECT id, a, b FROM t WHERE (b, a) IN (SELECT y, x FROM u) AND c > 2;
--| SEARCH t USING COVERING INDEX t_abc (a=? AND b=? AND c>?)
--| LIST SUBQUERY 1
--|   SCAN u
SELECT id, a, b, c FROM t WHERE (c, a, b) IN (SELECT z, x, y FROM u);
--| SEARCH t USING COVERING INDEX t_abc (a=? AND b=? AND c=?)
--| LIST SUBQUERY 1
--|   SCAN u
--> 1604, 4, 'b2', 2
--> 54, 4, 'b1', 1
SELECT id, a, b FROM t WHERE a = 4 AND (c, b) IN (SELECT z, y FROM u);
--| SEARCH t USING COVERING INDEX t_abc (a=? AND b=? AND c=?)
--| LIST SUBQUERY 1
--|   SCAN u
--> 1004, 4, 'B20'
--> 2504, 4, 'b20'
--> 1604, 4, 'b2'
--> 54, 4, 'b1'
--> 4, 4, 'a0'
--> 1504, 4, 'A0'
SELECT count(*) FROM t WHERE (a, b) IN (VALUES (3, 'a0'), (3, 'b0'), (3, 'A0'), (4, 'b2'), (4, NULL));
--| SEARCH t USING COVERING INDEX t_abc (a=? AND b=?)
--| LIST SUBQUERY 1
--|   SCAN 5-ROW VALUES CLAUSE
--> 3
SELECT p, q, r FROM k WHERE (p, q) IN (SELECT lower(substr(y, 1, 1)), z FROM u);
--| SEARCH k USING PRIMARY KEY (p=? AND q=?)
--| LIST SUBQUERY 1
--|   SCAN u
--> 'b', 1, 2
--> 'b', 2, 3

-- Some of the columns: the rest is checked on the row.
SELECT id, a FROM t WHERE (a, d) IN (SELECT x, z FROM u);
--| SCAN t
--| LIST SUBQUERY 1
--|   SCAN u
--> 3, 3
--> 103, 3
SELECT id, a FROM t WHERE (a, b COLLATE BINARY) IN (SELECT x, y FROM u);
--| SEARCH t USING COVERING INDEX t_abc (a=?)
--| LIST SUBQUERY 1
--|   SCAN u
--> 1604, 4
SELECT id, a FROM t WHERE (id, a) IN (SELECT z, x FROM u);
--| SEARCH t USING INTEGER PRIMARY KEY (rowid=?)
--| LIST SUBQUERY 1
--|   SCAN u
--> 3, 3
--> 103, 3
SELECT id, a, c FROM t WHERE (a, c) IN (SELECT x, z FROM u) AND b = 'a0';
--| SEARCH t USING COVERING INDEX t_abc (a=? AND b=?)
--| LIST SUBQUERY 1
--|   SCAN u
--> 1505, 5, 0
SELECT id FROM t WHERE (a, b) IN (SELECT x, y FROM u) AND (b, c) IN (SELECT y, z FROM u);
--| SCAN t
--| LIST SUBQUERY 1
--|   SCAN u
--| LIST SUBQUERY 2
--|   SCAN u
--> 54
--> 1604

-- Not these.
SELECT count(*) FROM t WHERE (a, b) NOT IN (SELECT x, y FROM u WHERE x > 2 AND y <> '');
--| SCAN t USING COVERING INDEX t_abc
--| LIST SUBQUERY 1
--|   SCAN u
--> 2993
SELECT count(*) FROM t WHERE (+a, +b) IN (SELECT x, y FROM u);
--| SCAN t USING COVERING INDEX t_abc
--| LIST SUBQUERY 1
--|   SCAN u
--> 2

UPDATE t SET d = -1 WHERE (a, b) IN (SELECT x, y FROM u);
--| SEARCH t USING INDEX t_abc (a=? AND b=?)
--| LIST SUBQUERY 1
--|   SCAN u
DELETE FROM t WHERE (a, b, d) IN (SELECT x, y, -1 FROM u);
--| SEARCH t USING INDEX t_abc (a=? AND b=?)
--| LIST SUBQUERY 1
--|   SCAN u
SELECT count(*), sum(d) FROM t;
--> 2998, 4499842
