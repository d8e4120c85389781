-- Skip scan: an index whose first columns have few values, by what ANALYZE says, and no condition.
PRAGMA encoding = 'UTF-16le';
CREATE TABLE t(a, b INT, c INT, filler TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO t SELECT CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN 7.5 WHEN 2 THEN 'text' ELSE printf('%.3000c', 'é') END,
    i, i % 11, 'f' || i FROM n;
CREATE INDEX t_abc ON t(a, b, c);
CREATE TABLE k(p TEXT COLLATE NOCASE, q INT, r, PRIMARY KEY(p, q)) WITHOUT ROWID;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO k SELECT substr('abABcC', i % 6 + 1, 1), i, i % 5 FROM n;
CREATE TABLE d(x INT, y TEXT, z INT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO d SELECT nullif(i % 3, 1), substr('abAB', i % 4 + 1, 1), i / 2 FROM n;
CREATE INDEX d_xyz ON d(x DESC, y COLLATE NOCASE, z DESC);
SELECT b FROM t WHERE b = 17;
--| SCAN t USING COVERING INDEX t_abc
--> 17
ANALYZE;
SELECT length(a), b, c, filler FROM t WHERE b = 17;
--| SEARCH t USING INDEX t_abc (ANY(a) AND b=?)
--> 3, 17, 6, 'f17'
SELECT length(a), b, filler FROM t WHERE b IN (2999, 4, 3, 5, 6, 3) AND c > 0;
--| SEARCH t USING INDEX t_abc (ANY(a) AND b=? AND c>?)
--> NULL, 4, 'f4'
--> 3, 5, 'f5'
--> 4, 6, 'f6'
--> 3000, 3, 'f3'
--> 3000, 2999, 'f2999'
SELECT length(a), b FROM t WHERE b BETWEEN 10 AND 17 AND c = 3;
--| SEARCH t USING COVERING INDEX t_abc (ANY(a) AND b>? AND b<?)
--> 4, 14
SELECT length(a), b FROM t WHERE b > 2993 ORDER BY a DESC, b DESC;
--| SEARCH t USING COVERING INDEX t_abc (ANY(a) AND b>?)
--> 3000, 2999
--> 3000, 2995
--> 4, 2998
--> 4, 2994
--> 3, 2997
--> NULL, 3000
--> NULL, 2996
SELECT length(a), filler FROM t WHERE b < 5 ORDER BY a, b LIMIT 3;
--| SEARCH t USING INDEX t_abc (ANY(a) AND b<?)
--> NULL, 'f4'
--> 3, 'f1'
--> 4, 'f2'
SELECT count(*) FROM t WHERE b IS NULL;
--| SEARCH t USING COVERING INDEX t_abc (ANY(a) AND b=?)
--> 0
SELECT count(*) FROM t WHERE b > NULL;
--| SEARCH t USING COVERING INDEX t_abc (ANY(a) AND b>?)
--> 0
SELECT length(a), b, filler FROM t WHERE a > 'a' AND b = 18;
--| SEARCH t USING INDEX t_abc (ANY(a) AND b=?)
--> 4, 18, 'f18'
SELECT length(a), count(*) FROM t WHERE b < 9 GROUP BY a;
--| SEARCH t USING COVERING INDEX t_abc (ANY(a) AND b<?)
--> NULL, 2
--> 3, 2
--> 4, 2
--> 3000, 2
SELECT p, q, r FROM k WHERE q = 100;
--| SEARCH k USING PRIMARY KEY (ANY(p) AND q=?)
--> 'c', 100, 0
SELECT p, q FROM k WHERE q > 2995;
--| SEARCH k USING PRIMARY KEY (ANY(p) AND q>?)
--> 'A', 2996
--> 'a', 3000
--> 'B', 2997
--> 'c', 2998
--> 'C', 2999
SELECT p, q FROM k WHERE q > 2995 ORDER BY p DESC, q DESC;
--| SEARCH k USING PRIMARY KEY (ANY(p) AND q>?)
--> 'C', 2999
--> 'c', 2998
--> 'B', 2997
--> 'a', 3000
--> 'A', 2996
SELECT x, y, z FROM d WHERE z = 5 ORDER BY rowid;
--| SEARCH d USING COVERING INDEX d_xyz (ANY(x) AND ANY(y) AND z=?)
--| USE TEMP B-TREE FOR ORDER BY
--> NULL, 'A', 5
--> 2, 'B', 5
SELECT x, y, z FROM d WHERE y = 'a' COLLATE NOCASE AND z IN (5, 6, 7);
--| SEARCH d USING COVERING INDEX d_xyz (ANY(x) AND y=? AND z=?)
--> 2, 'A', 7
--> 0, 'a', 6
--> NULL, 'A', 5
SELECT x, y, z FROM d WHERE z > 1497;
--| SEARCH d USING COVERING INDEX d_xyz (ANY(x) AND ANY(y) AND z>?)
--> 2, 'a', 1498
--> 2, 'B', 1499
--> 0, 'a', 1500
--> 0, 'b', 1498
--> NULL, 'A', 1499
SELECT x, y, z FROM d WHERE z < 3 ORDER BY x, y COLLATE NOCASE DESC, z;
--| SEARCH d USING COVERING INDEX d_xyz (ANY(x) AND ANY(y) AND z<?)
--> NULL, 'b', 0
--> NULL, 'a', 2
--> 0, 'B', 1
--> 2, 'b', 2
--> 2, 'A', 1
-- Keys from another table; changes.
SELECT (SELECT max(filler) FROM t WHERE b = z) FROM d WHERE d.rowid < 6;
--| SEARCH d USING INTEGER PRIMARY KEY (rowid<?)
--| SEARCH t USING HASH JOIN (key=?) LEFT-JOIN
--|   SCAN t
--|   USE TEMP B-TREE FOR GROUP BY
--> NULL
--> 'f1'
--> 'f1'
--> 'f2'
--> 'f2'
UPDATE t SET b = b + 10000 WHERE b BETWEEN 20 AND 25;
--| SEARCH t USING INDEX t_abc (ANY(a) AND b>? AND b<?)
DELETE FROM t WHERE b >= 10000;
--| SEARCH t USING INDEX t_abc (ANY(a) AND b>?)
DELETE FROM k WHERE q < 30 AND r = 1;
--| SEARCH k USING PRIMARY KEY (ANY(p) AND q<?)
SELECT count(*), sum(b) FROM t;
--> 2994, 4501365
SELECT count(*), sum(q) FROM k;
--> 2994, 4501419

-- Not where each value has few rows, nor over a column with an equality of another collation, nor an index told not to.
CREATE INDEX t_cb ON t(filler, c);
ANALYZE;
SELECT length(a), b FROM t WHERE c = 100;
--| SCAN t USING COVERING INDEX t_abc
UPDATE sqlite_stat1 SET stat = stat || ' noskipscan' WHERE idx = 't_abc';
ANALYZE sqlite_schema;
SELECT length(a), b, c FROM t WHERE b = 17;
--| SCAN t USING COVERING INDEX t_abc
--> 3, 17, 6

-- DISTINCT over few values reads one entry of each; aggregates over distinct values take them in an index's order.
CREATE TABLE log(kind TEXT COLLATE NOCASE, level INT, at INT, v);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO log SELECT CASE i % 4 WHEN 0 THEN 'View' WHEN 1 THEN 'view' WHEN 2 THEN 'buy' END, i % 3, i, i % 97 FROM n;
CREATE INDEX log_kind ON log(kind, level DESC, at);
CREATE INDEX log_v ON log(v);
ANALYZE;
SELECT DISTINCT lower(kind) FROM (SELECT DISTINCT kind FROM log) ORDER BY 1;
--> NULL
--> 'buy'
--> 'view'
SELECT DISTINCT kind, level FROM log ORDER BY kind, level DESC LIMIT 2 OFFSET 1;
--| SCAN log USING COVERING INDEX log_kind
--> NULL, 1
--> NULL, 0
SELECT DISTINCT level, lower(kind) FROM log WHERE level <> 1 ORDER BY 1, 2;
--> 0, NULL
--> 0, 'buy'
--> 0, 'view'
--> 2, NULL
--> 2, 'buy'
--> 2, 'view'
SELECT count(*) FROM (SELECT DISTINCT level, kind FROM log);
--| SCAN log USING COVERING INDEX log_kind
--> 9
SELECT DISTINCT kind FROM log ORDER BY kind DESC LIMIT 1 OFFSET 1;
--> 'buy'
SELECT count(DISTINCT kind), count(DISTINCT kind) + 1 FROM log;
--| SCAN log USING COVERING INDEX log_kind
--> 2, 3
SELECT count(DISTINCT kind COLLATE BINARY) FROM log;
--> 3
SELECT count(DISTINCT v), sum(DISTINCT v), avg(DISTINCT v) FROM log;
--| SCAN log USING COVERING INDEX log_v
--> 97, 4656, 48.0
SELECT count(DISTINCT v) FROM log WHERE v > 90;
--| SEARCH log USING COVERING INDEX log_v (v>?)
--> 6
SELECT max(DISTINCT v) FROM log;
--| SEARCH log USING COVERING INDEX log_v
--> 96
SELECT count(DISTINCT v), count(v) FROM log;
--| USE TEMP B-TREE FOR count(DISTINCT)
--| SCAN log USING COVERING INDEX log_v
--> 97, 2000
