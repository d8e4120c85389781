-- EXPLAIN shows the physical plan, EXPLAIN QUERY PLAN speaks as SQLite does; ANALYZE counts for the planner.
CREATE TABLE t(a INTEGER PRIMARY KEY, b INT, c TEXT);
CREATE INDEX t_b ON t(b);
INSERT INTO t VALUES (1, 5, 'x'), (2, 5, 'y'), (3, 6, 'z');
EXPLAIN QUERY PLAN SELECT c FROM t WHERE b = 5;
--: 1, 0, 0, 'SEARCH t USING INDEX t_b (b=?)'
EXPLAIN QUERY PLAN DELETE FROM t WHERE a < 2;
--: 1, 0, 0, 'SEARCH t USING INTEGER PRIMARY KEY (rowid<?)'
EXPLAIN SELECT c FROM t WHERE b = 5 ORDER BY c;
--: 'Sort by (c#4)  [rows 10, cost 72.72]'
--: '  Project (c#4 = c#2)  [rows 10, cost 46.09]'
--: '    IndexAccess t by t_b (b = 5)  [rows 10, cost 45.09]'
ANALYZE;
SELECT * FROM sqlite_stat1;
--> 't', 't_b', '3 2'
ANALYZE t;
ANALYZE t_b;
ANALYZE main;
ANALYZE missing;
--! no such table: missing
SELECT tbl, idx, stat FROM sqlite_stat1;
--> 't', 't_b', '3 2'
