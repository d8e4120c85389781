-- CREATE INDEX in its forms, REINDEX, views, triggers as text; DROP of each.
CREATE TABLE t(a INT, b TEXT, c);
INSERT INTO t VALUES (1, 'x', NULL), (2, 'X', 5), (2, 'y', 6);

CREATE UNIQUE INDEX t_ab ON t(a, b COLLATE NOCASE DESC);
CREATE UNIQUE INDEX t_a ON t(a);
--! UNIQUE constraint failed: t.a
CREATE UNIQUE INDEX t_c ON t(c) WHERE c IS NOT NULL;
CREATE INDEX t_lower ON t(lower(b), a + 1);
CREATE INDEX IF NOT EXISTS t_lower ON t(a);
CREATE INDEX t_lower ON t(a);
--! index t_lower already exists
CREATE INDEX t_bad ON t(missing);
--! no such column: missing
CREATE INDEX t_bad ON t((SELECT 1));
--! subqueries prohibited in index expressions
INSERT INTO t VALUES (2, 'Y', 7);
--! UNIQUE constraint failed: t.a, t.b
INSERT INTO t VALUES (3, 'p', 5);
--! UNIQUE constraint failed: t.c
INSERT INTO t VALUES (3, 'p', NULL);
PRAGMA index_list(t);
--> 0, 't_lower', 0, 'c', 0
--> 1, 't_c', 1, 'c', 1
--> 2, 't_ab', 1, 'c', 0
PRAGMA index_info(t_lower);
--> 0, -2, NULL
--> 1, -2, NULL
REINDEX t_ab;
REINDEX t;
REINDEX NOCASE;
REINDEX;
PRAGMA integrity_check;
--> 'ok'
DROP INDEX t_lower;
DROP INDEX t_lower;
--! no such index: t_lower
DROP INDEX IF EXISTS t_lower;

-- Views: with column names, over a view, TEMP; no rows are written to them.
CREATE VIEW v AS SELECT a, b FROM t WHERE a > 1;
CREATE VIEW named(one, two) AS SELECT a * 10, upper(b) FROM v;
CREATE TEMP VIEW temporary AS SELECT max(one) AS most FROM named;
SELECT * FROM named ORDER BY one, two;
--| SEARCH t USING COVERING INDEX t_ab (a>?)
--| USE TEMP B-TREE FOR ORDER BY
--> 20, 'X'
--> 20, 'Y'
--> 30, 'P'
SELECT most FROM temporary;
--> 30
INSERT INTO v VALUES (1, 2);
--! cannot modify v because it is a view
DELETE FROM v;
--! cannot modify v because it is a view
CREATE VIEW broken AS SELECT missing FROM t;
SELECT * FROM broken;
--! no such column: missing
CREATE VIEW v AS SELECT 1;
--! view v already exists
DROP TABLE v;
--! use DROP VIEW to delete view v
DROP VIEW named;
SELECT most FROM temporary;
--! no such table: named
DROP VIEW temporary;
DROP VIEW IF EXISTS named;

-- A trigger is kept with its table.
CREATE TRIGGER note AFTER DELETE ON t BEGIN SELECT 1; END;
SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name;
--> 'index', 't_ab', 't'
--> 'index', 't_c', 't'
--> 'table', 't', 't'
--> 'trigger', 'note', 't'
--> 'view', 'broken', 'broken'
--> 'view', 'v', 'v'
DROP TRIGGER note;
DROP TRIGGER note;
--! no such trigger: note
CREATE TRIGGER note AFTER DELETE ON t BEGIN SELECT 1; END;
DROP TABLE t;
SELECT type, name FROM sqlite_master ORDER BY name;
--> 'view', 'broken'
--> 'view', 'v'
