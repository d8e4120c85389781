-- AND as an intersection of indexes: each condition leaves hundreds of rows scattered over the table, both together few.
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b INT, c TEXT, filler TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
INSERT INTO t SELECT i, nullif((i * 7919 + i * i * 31) % 10007 % 30, 29), (i * 104729 + i * i * 17) % 10009 % 35,
    'c' || (i * i * 13 % 10037 % 28), printf('%.300c', 'x') FROM n;
CREATE INDEX t_a ON t(a);
CREATE INDEX t_b ON t(b);
CREATE INDEX t_c ON t(c);
ANALYZE;
SELECT id, length(filler) FROM t WHERE a = 7 AND b = 11;
--| MULTI-INDEX AND
--|   INDEX 1
--|     SEARCH t USING INDEX t_b (b=?)
--|   INDEX 2
--|     SEARCH t USING INDEX t_a (a=?)
--> 1818, 300
--> 2057, 300
--> 2091, 300
--> 4635, 300
--> 5714, 300
--> 5765, 300
--> 7485, 300
--> 8450, 300
SELECT id FROM t WHERE a = 7 AND b = 11 AND filler > 'xx' AND length(filler) + id % 2 = 300;
--| MULTI-INDEX AND
--|   INDEX 1
--|     SEARCH t USING INDEX t_b (b=?)
--|   INDEX 2
--|     SEARCH t USING INDEX t_a (a=?)
--> 1818
--> 5714
--> 8450
SELECT id, filler = '' FROM t WHERE a IN (7, 8) AND b = 11 AND c = 'c5';
--| MULTI-INDEX AND
--|   INDEX 1
--|     SEARCH t USING INDEX t_b (b=?)
--|   INDEX 2
--|     SEARCH t USING INDEX t_c (c=?)
--> 2057, 0
--> 7485, 0
SELECT id, filler = '' FROM t WHERE a IS NULL AND b = 3 ORDER BY id;
--| MULTI-INDEX AND
--|   INDEX 1
--|     SEARCH t USING INDEX t_a (a=?)
--|   INDEX 2
--|     SEARCH t USING INDEX t_b (b=?)
--> 227, 0
--> 1610, 0
--> 2448, 0
--> 2522, 0
--> 3401, 0
--> 3524, 0
--> 4707, 0
--> 5156, 0
--> 5411, 0
--> 6598, 0
--> 7801, 0
--> 8287, 0
--> 8437, 0
--> 9781, 0
--> 11749, 0
SELECT id, filler = '' FROM t WHERE a IS NULL AND b = 3 ORDER BY id DESC LIMIT 2;
--| SEARCH t USING INDEX t_a (a=?)
--> 11749, 0
--> 9781, 0
SELECT id, filler = '' FROM t WHERE a = 7 AND b = NULL;
--| MULTI-INDEX AND
--|   INDEX 1
--|     SEARCH t USING INDEX t_b (b=?)
--|   INDEX 2
--|     SEARCH t USING INDEX t_a (a=?)
EXPLAIN SELECT id FROM t WHERE a = 7 AND b = 11 AND length(filler) = 300;
--: 'Project (id#6 = id#0)  [rows 1.143, cost 2193]'
--: '  MultiIndex and t filter (length(filler#4) = 300)  [rows 1.143, cost 2193]'
--: '    IndexAccess t by t_b covering (b = 11)  [rows 343, cost 295.6]'
--: '    IndexAccess t by t_a covering (a = 7)  [rows 400, cost 341.2]'

-- Not where one index is narrow or covers the query, nor where the query says otherwise.
SELECT id FROM t WHERE a = 7 AND b = 11 AND id > 11900 AND length(filler) > 0;
--| SEARCH t USING INDEX t_b (b=? AND rowid>?)
SELECT id, length(filler) FROM t WHERE a = 7 AND +b = 11 AND id < 1000;
--| SEARCH t USING INDEX t_a (a=? AND rowid<?)
SELECT count(length(filler)) FROM t INDEXED BY t_b WHERE a = 7 AND b = 11;
--| SEARCH t USING INDEX t_b (b=?)
--> 8
SELECT count(length(filler)) FROM t NOT INDEXED WHERE a = 7 AND b = 11;
--| SCAN t
--> 8

-- Keys of an outer query; changes.
SELECT x.column1, (SELECT sum(id) FROM t WHERE a = x.column1 AND b = x.column2 AND filler <> '')
FROM (VALUES (7, 11), (8, 12), (NULL, 1)) AS x;
--| SCAN 3-ROW VALUES CLAUSE
--| CORRELATED SCALAR SUBQUERY 1
--|   MULTI-INDEX AND
--|     INDEX 1
--|       SEARCH t USING INDEX t_b (b=?)
--|     INDEX 2
--|       SEARCH t USING INDEX t_a (a=?)
--> 7, 38015
--> 8, 60629
--> NULL, NULL
SELECT x.column1, t.id FROM (VALUES (7, 11), (8, 12), (NULL, 1)) AS x JOIN t ON a = x.column1 AND b = x.column2
WHERE filler <> '' ORDER BY 1, 2;
--| SCAN 3-ROW VALUES CLAUSE
--| MULTI-INDEX AND
--|   INDEX 1
--|     SEARCH t USING INDEX t_b (b=?)
--|   INDEX 2
--|     SEARCH t USING INDEX t_a (a=?)
--| USE TEMP B-TREE FOR ORDER BY
--> 7, 1818
--> 7, 2057
--> 7, 2091
--> 7, 4635
--> 7, 5714
--> 7, 5765
--> 7, 7485
--> 7, 8450
--> 8, 1900
--> 8, 3580
--> 8, 3880
--> 8, 4303
--> 8, 8075
--> 8, 8611
--> 8, 8980
--> 8, 10451
--> 8, 10849
UPDATE t SET b = a, filler = '' WHERE a = 7 AND b = 11;
--| MULTI-INDEX AND
--|   INDEX 1
--|     SEARCH t USING INDEX t_b (b=?)
--|   INDEX 2
--|     SEARCH t USING INDEX t_a (a=?)
DELETE FROM t WHERE a = 8 AND b = 12 AND filler <> '';
--| MULTI-INDEX AND
--|   INDEX 1
--|     SEARCH t USING INDEX t_b (b=?)
--|   INDEX 2
--|     SEARCH t USING INDEX t_a (a=?)
SELECT count(*), sum(a), sum(b), sum(length(filler)) FROM t;
--> 11991, 163759, 202276, 3594900
