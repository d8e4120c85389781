-- How one table's rows are reached.
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b INT, c TEXT, d);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
INSERT INTO t SELECT i, i % 40, i % 7, 'c' || (i % 90), CASE WHEN i % 50 = 0 THEN i END FROM n;
CREATE INDEX t_ab ON t(a, b);
CREATE INDEX t_c ON t(c);
CREATE INDEX t_partial ON t(d) WHERE d IS NOT NULL;
CREATE INDEX t_expr ON t(a * 10 + b);

-- Every row, where no index helps.
SELECT count(*) FROM t WHERE d + 0 = 100;
--| SCAN t
--> 1

-- One rowid, ranges of rowids in either direction, a list of them.
SELECT id, a FROM t WHERE id = 42;
--| SEARCH t USING INTEGER PRIMARY KEY (rowid=?)
--> 42, 2
SELECT id FROM t WHERE id BETWEEN 396 AND 398;
--| SEARCH t USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)
--> 396
--> 397
--> 398
SELECT id FROM t WHERE id > 397 ORDER BY id DESC;
--| SEARCH t USING INTEGER PRIMARY KEY (rowid>?)
--> 400
--> 399
--> 398
SELECT id FROM t WHERE id IN (5, 3, 999, 4);
--| SEARCH t USING INTEGER PRIMARY KEY (rowid=?)
--> 3
--> 4
--> 5

-- An index: equality, a range behind equality, a range, IN, a prefix of LIKE.
SELECT id, c FROM t WHERE a = 7 AND b = 5 AND c > '';
--| SEARCH t USING INDEX t_ab (a=? AND b=?)
--> 47, 'c47'
--> 327, 'c57'
SELECT id, d FROM t WHERE a = 7 AND b > 4;
--| SEARCH t USING INDEX t_ab (a=? AND b>?)
--> 47, NULL
--> 327, NULL
--> 167, NULL
SELECT id, d FROM t WHERE c > 'c88';
--| SEARCH t USING INDEX t_c (c>?)
--> 89, NULL
--> 179, NULL
--> 269, NULL
--> 359, NULL
--> 9, NULL
--> 99, NULL
--> 189, NULL
--> 279, NULL
--> 369, NULL
SELECT id, b FROM t WHERE c IN ('c11', 'c12', 'none');
--| SEARCH t USING INDEX t_c (c=?)
--> 11, 4
--> 101, 3
--> 191, 2
--> 281, 1
--> 371, 0
--> 12, 5
--> 102, 4
--> 192, 3
--> 282, 2
--> 372, 1
SELECT id, b FROM t WHERE c GLOB 'c8[12]';
--| SEARCH t USING INDEX t_c (c>? AND c<?)
--> 81, 4
--> 171, 3
--> 261, 2
--> 351, 1
--> 82, 5
--> 172, 4
--> 262, 3
--> 352, 2

-- An index that holds all that is asked for is read alone.
SELECT b FROM t WHERE a = 7;
--| SEARCH t USING COVERING INDEX t_ab (a=?)
--> 0
--> 0
--> 1
--> 2
--> 3
--> 3
--> 4
--> 5
--> 5
--> 6
SELECT count(*) FROM t;
--| SCAN t USING COVERING INDEX t_expr
--> 400

-- A partial index serves where its condition is implied; an index of an expression serves the same expression.
SELECT id, a FROM t WHERE d > 300;
--| SEARCH t USING INDEX t_partial (d>?)
--> 350, 30
--> 400, 0
SELECT id FROM t WHERE a * 10 + b = 26;
--| SEARCH t USING COVERING INDEX t_expr (<expr>=?)
--> 202

-- The least and the greatest value are at an end of the index.
SELECT min(c) FROM t;
--| SEARCH t USING COVERING INDEX t_c
--> 'c0'
SELECT max(a) FROM t WHERE a < 30;
--| SEARCH t USING COVERING INDEX t_ab (a<?)
--> 29

-- Either of two indexes.
SELECT id FROM t WHERE c = 'c11' OR a = 39;
--| MULTI-INDEX OR
--|   INDEX 1
--|     SEARCH t USING INDEX t_c (c=?)
--|   INDEX 2
--|     SEARCH t USING INDEX t_ab (a=?)
--> 11
--> 101
--> 191
--> 281
--> 371
--> 119
--> 399
--> 239
--> 79
--> 359
--> 199
--> 39
--> 319
--> 159
--> 279
SELECT id FROM t WHERE (a = 1 AND c = 'c1') OR id = 7;
--| MULTI-INDEX OR
--|   INDEX 1
--|     SEARCH t USING INDEX t_c (c=?)
--|   INDEX 2
--|     SEARCH t USING INTEGER PRIMARY KEY (rowid=?)
--> 1
--> 361
--> 7

-- A unary plus or NOT INDEXED keeps indexes away, INDEXED BY insists.
SELECT count(d) FROM t WHERE +c = 'c11';
--| SCAN t
--> 0
SELECT count(d) FROM t NOT INDEXED WHERE c = 'c11';
--| SCAN t
--> 0
SELECT count(d) FROM t INDEXED BY t_c WHERE c > 'c';
--| SEARCH t USING INDEX t_c (c>?)
--> 8
SELECT * FROM t INDEXED BY t_partial WHERE c = 'c11';
--! no query solution

-- A prefix of a later column of an index, and keys that the rest of the query lends to an OR's alternatives.
CREATE TABLE word(lang INT, w TEXT, n INT, m INT, PRIMARY KEY(lang, w));
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
INSERT INTO word SELECT i % 3, 'w' || i, i % 10, i % 11 FROM n;
INSERT INTO word VALUES (1, x'773130', 0, 0);
CREATE INDEX word_n ON word(lang, n);
CREATE INDEX word_m ON word(lang, m);
SELECT w, n FROM word WHERE lang = 1 AND w GLOB 'w10*' ORDER BY w;
--| SEARCH word USING INDEX sqlite_autoindex_word_1 (lang=? AND w>? AND w<?)
--| USE TEMP B-TREE FOR ORDER BY
--> 'w10', 0
--> 'w100', 0
--> 'w103', 3
--> 'w106', 6
--> 'w109', 9
SELECT count(*), max(w) FROM word WHERE lang = 2 AND (n = 3 OR m = 5);
--| SEARCH word USING INDEX word_n (lang=?)
--> 37, 'w83'

-- A partial index whose condition the query repeats needs no look at the condition's columns.
CREATE TABLE job(id INTEGER PRIMARY KEY, state TEXT, at INT, note TEXT);
INSERT INTO job SELECT id, CASE WHEN id % 20 = 0 THEN 'open' ELSE 'done' END, id * 7 % 400, 'n' || id FROM t;
CREATE INDEX job_state ON job(state);
CREATE INDEX job_open ON job(at) WHERE state = 'open';
SELECT id, at FROM job WHERE state = 'open' ORDER BY at DESC LIMIT 2;
--| SCAN job USING COVERING INDEX job_open
--> 340, 380
--> 280, 360
SELECT max(at) FROM job WHERE state = 'open';
--| SEARCH job USING COVERING INDEX job_open
--> 380
SELECT id, state FROM job WHERE state = 'open' ORDER BY at LIMIT 1;
--| SCAN job USING INDEX job_open
--> 400, 'open'
SELECT id FROM job WHERE state = 'open' AND random() IS NOT NULL AND length(note) = 3 ORDER BY at LIMIT 2;
--| SCAN job USING INDEX job_open
--> 60
--> 20
SELECT count(*) FROM t JOIN job ON job.at = t.a AND job.state = 'open' WHERE t.b = 3;
--| SEARCH job USING INDEX job_state (state=?)
--| SEARCH t USING COVERING INDEX t_ab (a=? AND b=?)
--> 3
