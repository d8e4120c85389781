-- UPDATE and DELETE.
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT UNIQUE, b TEXT NOT NULL);
INSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'y'), (3, 30, 'z'), (4, 40, 'w');
CREATE TABLE price(a INT, b TEXT);
INSERT INTO price VALUES (20, 'twenty'), (40, 'forty');

UPDATE t SET b = upper(b) WHERE a >= 30;
--| SEARCH t USING INDEX sqlite_autoindex_t_1 (a>?)
UPDATE t SET a = a + 1, b = b || a WHERE id = 1;
--| SEARCH t USING INTEGER PRIMARY KEY (rowid=?)
UPDATE t SET (a, b) = (SELECT 21, 'row' ) WHERE id = 2;
UPDATE t SET b = price.b FROM price WHERE price.a = t.a;
SELECT * FROM t ORDER BY id;
--> 1, 11, 'x10'
--> 2, 21, 'row'
--> 3, 30, 'Z'
--> 4, 40, 'forty'

-- A key that moves, and one that is taken.
UPDATE t SET id = id + 100 WHERE id = 4;
UPDATE t SET id = 1 WHERE id = 2;
--! UNIQUE constraint failed: t.id
UPDATE t SET a = 30 WHERE id = 1;
--! UNIQUE constraint failed: t.a
UPDATE t SET b = NULL;
--! NOT NULL constraint failed: t.b
UPDATE OR IGNORE t SET a = 30;
UPDATE OR REPLACE t SET a = 30 WHERE id = 1;
SELECT * FROM t ORDER BY id;
--> 1, 30, 'x10'
--> 2, 21, 'row'
--> 104, 40, 'forty'
UPDATE t SET missing = 1;
--! no such column: missing

-- Each row is changed once, whatever its new key.
UPDATE t SET a = a + 5;
SELECT changes(), group_concat(a) FROM (SELECT a FROM t ORDER BY a);
--> 3, '26,35,45'

DELETE FROM t WHERE a = 35;
--| SEARCH t USING INDEX sqlite_autoindex_t_1 (a=?)
DELETE FROM t WHERE id IN (SELECT id FROM t WHERE b LIKE '%row%') OR b = 'none';
SELECT id, b FROM t;
--> 104, 'forty'
DELETE FROM t;
SELECT changes(), count(*) FROM t;
--> 1, 0
DELETE FROM sqlite_master;
--! table sqlite_master may not be modified
