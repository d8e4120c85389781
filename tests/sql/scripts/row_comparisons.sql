-- Row values as the ends of an index range: the walk begins, or ends, at all of its columns.
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT, c REAL, d);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
INSERT INTO t SELECT i, i % 3, nullif('b' || (i % 10), 'b4'), i % 7, i FROM n;
CREATE INDEX t_abc ON t(a, b, c);
CREATE INDEX t_dc ON t(d DESC, c DESC);
CREATE TABLE k(p TEXT COLLATE NOCASE, q INT, r, PRIMARY KEY(p, q)) WITHOUT ROWID;
INSERT INTO k VALUES ('a', 1, 1), ('B', 1, 2), ('b', 2, 3), ('B', 3, 4), ('c', 0, 5);

-- The next rows of a listing.
SELECT a, b, c FROM t WHERE (a, b, c) > (1, 'b5', 5) ORDER BY a, b, c LIMIT 4;
--| SEARCH t USING COVERING INDEX t_abc ((a,b,c)>(?,?,?))
--> 1, 'b5', 6.0
--> 1, 'b5', 6.0
--> 1, 'b5', 6.0
--> 1, 'b6', 0.0
SELECT a, b, c FROM t WHERE (a, b, c) < (1, 'b5', 5) ORDER BY a DESC, b DESC, c DESC LIMIT 4;
--| SEARCH t USING COVERING INDEX t_abc ((a,b,c)<(?,?,?))
--> 1, 'b5', 4.0
--> 1, 'b5', 4.0
--> 1, 'b5', 4.0
--> 1, 'b5', 3.0
SELECT a, b, count(*) FROM t WHERE (a, b) BETWEEN (0, 'b8') AND (1, 'b1') GROUP BY a, b;
--| SEARCH t USING COVERING INDEX t_abc ((a,b)>(?,?) AND (a,b)<(?,?))
--> 0, 'b8', 20
--> 0, 'b9', 20
--> 1, 'b0', 20
--> 1, 'b1', 20
SELECT d, c FROM t WHERE (d, c) >= (599, 3) ORDER BY d, c;
--| SEARCH t USING COVERING INDEX t_dc ((d,c)>(?,?))
--> 599, 4.0
--> 600, 5.0
SELECT d, c FROM t WHERE (d, c) < (4, 3) ORDER BY d DESC;
--| SEARCH t USING COVERING INDEX t_dc ((d,c)<(?,?))
--> 3, 3.0
--> 2, 2.0
--> 1, 1.0
SELECT count(*), min(c) FROM t WHERE a = 2 AND (b, c) > ('b8', 4);
--| SEARCH t USING COVERING INDEX t_abc (a=? AND (b,c)>(?,?))
--> 25, 0.0
SELECT p, q FROM k WHERE (p, q) > ('b', 1);
--| SEARCH k USING PRIMARY KEY ((p,q)>(?,?))
--> 'b', 2
--> 'B', 3
--> 'c', 0
SELECT p, q FROM k WHERE ('b', 2) >= (p, q);
--| SEARCH k USING PRIMARY KEY ((p,q)<(?,?))
--> 'a', 1
--> 'B', 1
--> 'b', 2

-- Fewer columns where the index has others there; NULLs; values of other types.
SELECT count(*) FROM t WHERE (a, b, id) > (1, 'b5', 500);
--| SEARCH t USING COVERING INDEX t_abc ((a,b)>(?,?))
--> 284
SELECT count(*) FROM t WHERE (a, d) > (1, 500);
--| SEARCH t USING INDEX t_abc (a>?)
--> 233
SELECT count(*) FROM t WHERE (b, a) > ('b5', 1);
--| SCAN t USING COVERING INDEX t_abc
--> 260
SELECT count(*) FROM t WHERE (a, b) > (1, NULL);
--| SEARCH t USING COVERING INDEX t_abc ((a,b)>(?,?))
--> 200
SELECT count(*) FROM t WHERE (a, b) <= (1, NULL);
--| SEARCH t USING COVERING INDEX t_abc ((a,b)<(?,?))
--> 200
SELECT count(*) FROM t WHERE (a, b) > (NULL, 'b5');
--| SEARCH t USING COVERING INDEX t_abc ((a,b)>(?,?))
--> 0
SELECT count(*) FROM t WHERE (a, b) < (0, 'b1');
--| SEARCH t USING COVERING INDEX t_abc ((a,b)<(?,?))
--> 20
SELECT count(*) FROM t WHERE (a, b) > ('1', 7);
--| SEARCH t USING COVERING INDEX t_abc ((a,b)>(?,?))
--> 380
SELECT p, q FROM k WHERE (p, q) > ('b' COLLATE BINARY, 1) ORDER BY p, q;
--| SCAN k
--> 'b', 2
--> 'c', 0
EXPLAIN SELECT a FROM t WHERE (a, b, c) > (1, 'b5', 5) AND (a, b) <= (2, 'b1');
--: 'Project (a#6 = a#1)  [rows 12.05, cost 22.53]'
--: '  IndexAccess t by t_abc covering ((a, b, c) > (1, ''b5'', 5), (a, b) <= (2, ''b1'')) filter ((a#1 > 1 or (a#1 = 1 and (b#2 > ''b5'' or (b#2 = ''b5'' and c#3 > 5)))) and (a#1 < 2 or (a#1 = 2 and b#2 <= ''b1'')))  [rows 12.05, cost 21.32]'

-- Ends from another table; changes.
SELECT k.r, (SELECT count(*) FROM t WHERE (a, b) > (k.q, 'b7')) FROM k;
--| SCAN k
--| CORRELATED SCALAR SUBQUERY 1
--|   SEARCH t USING COVERING INDEX t_abc ((a,b)>(?,?))
--> 1, 240
--> 2, 240
--> 3, 40
--> 4, 0
--> 5, 440
DELETE FROM t WHERE (a, b) > (2, 'b8');
--| SEARCH t USING INDEX t_abc ((a,b)>(?,?))
SELECT count(*), sum(d) FROM t;
--> 580, 174020
