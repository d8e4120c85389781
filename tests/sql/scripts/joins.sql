-- Join kinds over two tables that match in part.
CREATE TABLE l(k INT, a TEXT);
CREATE TABLE r(k INT, b TEXT);
INSERT INTO l VALUES (1, 'l1'), (2, 'l2'), (2, 'l2b'), (NULL, 'l0');
INSERT INTO r VALUES (2, 'r2'), (3, 'r3'), (NULL, 'r0');

SELECT l.a, r.b FROM l JOIN r ON l.k = r.k ORDER BY a;
--| SCAN l
--| SEARCH r USING HASH JOIN (k=?)
--|   SCAN r
--| USE TEMP B-TREE FOR ORDER BY
--> 'l2', 'r2'
--> 'l2b', 'r2'
SELECT l.a, r.b FROM l, r WHERE l.k < r.k ORDER BY a, b;
--| SCAN l
--| SCAN r
--| USE TEMP B-TREE FOR ORDER BY
--> 'l1', 'r2'
--> 'l1', 'r3'
--> 'l2', 'r3'
--> 'l2b', 'r3'
SELECT l.a, r.b FROM l LEFT JOIN r ON l.k = r.k ORDER BY a;
--| SCAN l
--| SEARCH r USING HASH JOIN (k=?) LEFT-JOIN
--|   SCAN r
--| USE TEMP B-TREE FOR ORDER BY
--> 'l0', NULL
--> 'l1', NULL
--> 'l2', 'r2'
--> 'l2b', 'r2'
SELECT l.a, r.b FROM l RIGHT JOIN r ON l.k = r.k ORDER BY b, a;
--| SCAN l
--| SEARCH r USING HASH JOIN (k=?) RIGHT-JOIN
--|   SCAN r
--| USE TEMP B-TREE FOR ORDER BY
--> NULL, 'r0'
--> 'l2', 'r2'
--> 'l2b', 'r2'
--> NULL, 'r3'
SELECT l.a, r.b FROM l FULL JOIN r ON l.k = r.k ORDER BY a, b;
--| SCAN l
--| SEARCH r USING HASH JOIN (k=?) FULL-JOIN
--|   SCAN r
--| USE TEMP B-TREE FOR ORDER BY
--> NULL, 'r0'
--> NULL, 'r3'
--> 'l0', NULL
--> 'l1', NULL
--> 'l2', 'r2'
--> 'l2b', 'r2'
SELECT l.a, r.b FROM l CROSS JOIN r WHERE r.k = 3 ORDER BY a;
--| SCAN l
--| SCAN r
--| USE TEMP B-TREE FOR ORDER BY
--> 'l0', 'r3'
--> 'l1', 'r3'
--> 'l2', 'r3'
--> 'l2b', 'r3'

-- NATURAL and USING show the common column once.
SELECT * FROM l NATURAL JOIN r ORDER BY a;
--> 2, 'l2', 'r2'
--> 2, 'l2b', 'r2'
SELECT * FROM l NATURAL FULL OUTER JOIN r ORDER BY k, a, b;
--> NULL, NULL, 'r0'
--> NULL, 'l0', NULL
--> 1, 'l1', NULL
--> 2, 'l2', 'r2'
--> 2, 'l2b', 'r2'
--> 3, NULL, 'r3'
SELECT k, a, b FROM l LEFT JOIN r USING (k) ORDER BY a;
--> NULL, 'l0', NULL
--> 1, 'l1', NULL
--> 2, 'l2', 'r2'
--> 2, 'l2b', 'r2'

-- ON decides what matches, WHERE what remains.
SELECT l.a, r.b FROM l LEFT JOIN r ON l.k = r.k AND l.a = 'l2' ORDER BY a;
--> 'l0', NULL
--> 'l1', NULL
--> 'l2', 'r2'
--> 'l2b', NULL
SELECT l.a, r.b FROM l LEFT JOIN r ON l.k = r.k WHERE r.b IS NULL ORDER BY a;
--> 'l0', NULL
--> 'l1', NULL

-- IS joins NULLs too.
SELECT l.a, r.b FROM l JOIN r ON l.k IS r.k ORDER BY a;
--> 'l0', 'r0'
--> 'l2', 'r2'
--> 'l2b', 'r2'

-- A table with itself; a join in parentheses; a column that only one side has.
SELECT x.a, y.a FROM l AS x JOIN l AS y ON x.k = y.k AND x.a < y.a;
--> 'l2', 'l2b'
SELECT l.a, x.b, y.b FROM l LEFT JOIN (r AS x JOIN r AS y ON x.k = y.k) ON l.k = x.k ORDER BY l.a;
--> 'l0', NULL, NULL
--> 'l1', NULL, NULL
--> 'l2', 'r2', 'r2'
--> 'l2b', 'r2', 'r2'
SELECT * FROM l JOIN r USING (missing);
--! cannot join using column missing - column not present in both tables
