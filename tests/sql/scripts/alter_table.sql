-- ALTER TABLE changes the schema's text and, where it must, the rows.
CREATE TABLE t(a INT, b TEXT CHECK (b <> ''), UNIQUE (b));
CREATE INDEX t_a ON t(a) WHERE a > 0;
CREATE VIEW v AS SELECT t.a, b FROM t;
INSERT INTO t VALUES (1, 'x'), (2, 'y');

ALTER TABLE t ADD COLUMN c REAL DEFAULT 5;
ALTER TABLE t ADD d TEXT NOT NULL DEFAULT 'd' CHECK (d <> 'e');
SELECT *, typeof(c) FROM t ORDER BY a;
--> 1, 'x', 5.0, 'd', 'real'
--> 2, 'y', 5.0, 'd', 'real'
ALTER TABLE t ADD COLUMN e UNIQUE;
--! Cannot add a UNIQUE column
ALTER TABLE t ADD COLUMN e NOT NULL;
--! Cannot add a NOT NULL column with default value NULL
ALTER TABLE t ADD COLUMN a;
--! duplicate column name: a

ALTER TABLE t RENAME COLUMN b TO renamed;
ALTER TABLE t RENAME a TO "a b";
ALTER TABLE t RENAME TO u;
SELECT sql FROM sqlite_master ORDER BY name;
--> NULL
--> 'CREATE INDEX t_a ON "u"("a b") WHERE "a b" > 0'
--> 'CREATE TABLE "u"("a b" INT, renamed TEXT CHECK (renamed <> ''''), c REAL DEFAULT 5, d TEXT NOT NULL DEFAULT ''d'' CHECK (d <> ''e''), UNIQUE (renamed))'
--> 'CREATE VIEW v AS SELECT "u"."a b", renamed FROM "u"'
SELECT * FROM v ORDER BY 1;
--> 1, 'x'
--> 2, 'y'

DROP VIEW v;
ALTER TABLE u DROP COLUMN c;
ALTER TABLE u DROP COLUMN renamed;
--! error in table u after drop column: no such column: renamed

ALTER TABLE u DROP COLUMN "a b";
--! error in index t_a after drop column: no such column: "a b" - should this be a string literal in single-quotes?
ALTER TABLE u DROP COLUMN missing;
--! no such column: "missing"
SELECT * FROM u ORDER BY 1;
--> 1, 'x', 'd'
--> 2, 'y', 'd'
INSERT INTO u VALUES (3, 'z', 'e');
--! CHECK constraint failed: d <> 'e'
ALTER TABLE missing RENAME TO something;
--! no such table: missing
ALTER TABLE u RENAME TO sqlite_u;
--! object name reserved for internal use: sqlite_u
PRAGMA integrity_check;
--> 'ok'

-- A string in double quotes is put into single quotes first; then a name in double quotes that goes is missed.
CREATE TABLE q(a, b CHECK (b <> "text"), c);
CREATE INDEX q_c ON q("c");
CREATE INDEX q_b ON q(b) WHERE "b" > 0;
CREATE VIEW w AS SELECT a, "string" FROM q;
ALTER TABLE q RENAME a TO z;
SELECT sql FROM sqlite_master WHERE tbl_name IN ('q', 'w') ORDER BY name;
--> 'CREATE TABLE q(z, b CHECK (b <> ''text''), c)'
--> 'CREATE INDEX q_b ON q(b) WHERE "b" > 0'
--> 'CREATE INDEX q_c ON q("c")'
--> 'CREATE VIEW w AS SELECT z, ''string'' FROM q'
ALTER TABLE q DROP COLUMN c;
--! error in index q_c after drop column: no such column: "c" - should this be a string literal in single-quotes?
ALTER TABLE q DROP COLUMN b;
--! error in index q_b after drop column: no such column: b
DROP INDEX q_c;
ALTER TABLE q DROP COLUMN c;
PRAGMA table_info(q);
--> 0, 'z', '', 0, NULL, 0
--> 1, 'b', '', 0, NULL, 0
