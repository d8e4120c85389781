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
