-- Where an index's order spares the sort.
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT);
INSERT INTO t VALUES (1, 3, 'z'), (2, 1, 'y'), (3, NULL, 'x'), (4, 3, 'w'), (5, 2, 'v');
CREATE INDEX t_ab ON t(a, b DESC);

SELECT a, b FROM t ORDER BY a, b DESC;
--| SCAN t USING COVERING INDEX t_ab
--> NULL, 'x'
--> 1, 'y'
--> 2, 'v'
--> 3, 'z'
--> 3, 'w'
SELECT a, b FROM t ORDER BY a DESC, b;
--| SCAN t USING COVERING INDEX t_ab
--> 3, 'w'
--> 3, 'z'
--> 2, 'v'
--> 1, 'y'
--> NULL, 'x'
SELECT a, b FROM t ORDER BY a, b;
--| SCAN t USING COVERING INDEX t_ab
--| USE TEMP B-TREE FOR LAST TERM OF ORDER BY
--> NULL, 'x'
--> 1, 'y'
--> 2, 'v'
--> 3, 'w'
--> 3, 'z'
SELECT b FROM t WHERE a = 3 ORDER BY b;
--| SEARCH t USING COVERING INDEX t_ab (a=?)
--> 'w'
--> 'z'
SELECT id FROM t ORDER BY id DESC LIMIT 2;
--| SCAN t
--> 5
--> 4
SELECT a, count(*) FROM t GROUP BY a;
--| SCAN t USING COVERING INDEX t_ab
--> NULL, 1
--> 1, 1
--> 2, 1
--> 3, 2
SELECT DISTINCT a FROM t;
--| SCAN t USING COVERING INDEX t_ab
--> NULL
--> 1
--> 2
--> 3

-- No index: a sort; NULLS FIRST and LAST, COLLATE, an expression, a result column's number and name.
SELECT id, b FROM t ORDER BY b;
--| SCAN t
--| USE TEMP B-TREE FOR ORDER BY
--> 5, 'v'
--> 4, 'w'
--> 3, 'x'
--> 2, 'y'
--> 1, 'z'
SELECT a, id FROM t ORDER BY a NULLS LAST, id;
--> 1, 2
--> 2, 5
--> 3, 1
--> 3, 4
--> NULL, 3
SELECT a, id FROM t ORDER BY a DESC NULLS FIRST, id;
--> NULL, 3
--> 3, 1
--> 3, 4
--> 2, 5
--> 1, 2
SELECT b FROM t ORDER BY b COLLATE NOCASE DESC LIMIT 2 OFFSET 1;
--> 'y'
--> 'x'
SELECT id, -a AS negative FROM t ORDER BY negative, 1 DESC;
--> 3, NULL
--> 4, -3
--> 1, -3
--> 5, -2
--> 2, -1
SELECT id FROM t ORDER BY 2;
--! 1st ORDER BY term out of range - should be between 1 and 1

-- Conditions on an index's columns are checked, and the first rows of a sort found, before rows are fetched.
CREATE TABLE wide(a INT, b INT, c TEXT, d REAL, e);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO wide SELECT i % 50, i * 7 % 300, 'c' || i, i % 11, CASE WHEN i % 3 THEN i END FROM n;
CREATE INDEX wide_abd ON wide(a, b, d);
SELECT count(*), sum(e), min(c) FROM wide WHERE a > 40 AND b IN (7, 14) AND d > 2;
--| SEARCH wide USING INDEX wide_abd (a>?)
--> 0, NULL, NULL
SELECT a, b, c FROM wide WHERE a > 30 AND b <> 7 ORDER BY b, rowid LIMIT 3;
--| SEARCH wide USING INDEX wide_abd (a>?)
--| USE TEMP B-TREE FOR ORDER BY
--> 43, 1, 'c43'
--> 43, 1, 'c343'
--> 43, 1, 'c643'
SELECT a, c, e FROM wide WHERE a > 47 AND b < 9 ORDER BY a DESC, b DESC, rowid LIMIT 4;
--| SEARCH wide USING INDEX wide_abd (a>?)
--| USE TEMP B-TREE FOR LAST TERM OF ORDER BY
SELECT *, rowid FROM wide WHERE e IS NOT NULL ORDER BY d DESC, b, e LIMIT 2 OFFSET 5;
--| SCAN wide
--| USE TEMP B-TREE FOR ORDER BY
--> 44, 8, 'c2144', 10.0, 2144, 2144
--> 30, 10, 'c1330', 10.0, 1330, 1330
SELECT c FROM wide ORDER BY e DESC LIMIT 2;
--> 'c2999'
--> 'c2998'
SELECT upper(c), (SELECT count(*) FROM wide AS x WHERE x.b = wide.b AND x.d > wide.d) FROM wide
WHERE a > 20 AND d = 4.0 ORDER BY b DESC, a LIMIT 3;
--> 'C1071', 6
--> 'C1885', 5
--> 'C642', 5
DELETE FROM wide WHERE rowid IN (SELECT rowid FROM wide WHERE a > 3 ORDER BY b, rowid LIMIT 700);
UPDATE wide SET b = b + 300, d = 1 WHERE a > 10 AND b < 150 AND d < 9;
SELECT count(*), sum(b), sum(a * b), max(c) FROM wide;
--> 2300, 561110, 14526110, 'c999'
