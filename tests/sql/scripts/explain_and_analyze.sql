-- EXPLAIN shows the physical plan, EXPLAIN QUERY PLAN speaks as SQLite does; ANALYZE counts for the planner.
CREATE TABLE t(a INTEGER PRIMARY KEY, b INT, c TEXT);
CREATE INDEX t_b ON t(b);
INSERT INTO t VALUES (1, 5, 'x'), (2, 5, 'y'), (3, 6, 'z');
EXPLAIN QUERY PLAN SELECT c FROM t WHERE b = 5;
--: 1, 0, 0, 'SEARCH t USING INDEX t_b (b=?)'
EXPLAIN QUERY PLAN DELETE FROM t WHERE a < 2;
--: 1, 0, 0, 'SEARCH t USING INTEGER PRIMARY KEY (rowid<?)'
EXPLAIN SELECT b FROM t WHERE b = 5 ORDER BY -a;
--: 'Keep (b#4)  [rows 10, cost 52.72]'
--: '  Sort by (#5)  [rows 10, cost 52.72]'
--: '    Project (b#4 = b#1, #5 = neg a#0)  [rows 10, cost 26.09]'
--: '      IndexAccess t by t_b covering (b = 5)  [rows 10, cost 25.09]'
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
