-- Where counts decide: of two indexes neither is narrow alone, an index's first column is not asked for, an index is no use.
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b INT, filler TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
INSERT INTO t SELECT i, i % 60, i % 59, printf('%.300c', 'x') FROM n;
CREATE INDEX t_a ON t(a);
CREATE INDEX t_b ON t(b);
ANALYZE;
SELECT id, length(filler) FROM t WHERE a = 3 AND b = 4;
--| MULTI-INDEX AND
--|   INDEX 1
--|     SEARCH t USING INDEX t_a (a=?)
--|   INDEX 2
--|     SEARCH t USING INDEX t_b (b=?)
--> 63, 300
--> 3603, 300

CREATE TABLE s(kind INT, number INT, filler TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
INSERT INTO s SELECT i % 3, i, printf('%.300c', 'x') FROM n;
CREATE INDEX s_kind_number ON s(kind, number);
ANALYZE;
SELECT kind, length(filler) FROM s WHERE number = 4711;
--| SEARCH s USING INDEX s_kind_number (ANY(kind) AND number=?)
--> 1, 300
SELECT count(filler) FROM s WHERE kind = 1;
--| SEARCH s USING INDEX s_kind_number (kind=?)
--> 2000
SELECT count(filler) FROM s WHERE kind = 1 AND number > 5900;
--| SEARCH s USING INDEX s_kind_number (kind=? AND number>?)
--> 33
