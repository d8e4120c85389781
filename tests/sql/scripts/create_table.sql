-- CREATE TABLE: constraints, generated columns, WITHOUT ROWID, STRICT, AS SELECT, TEMP; DROP TABLE.
CREATE TABLE all_constraints(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    a TEXT NOT NULL COLLATE NOCASE UNIQUE,
    b INT DEFAULT (1 + 1) CHECK (b > 0),
    c REFERENCES other(x) ON DELETE CASCADE,
    d INT GENERATED ALWAYS AS (b * 2) STORED,
    e TEXT AS (a || b) VIRTUAL,
    CONSTRAINT b_and_a UNIQUE (b, a),
    CONSTRAINT small CHECK (b < 1000));
INSERT INTO all_constraints(a) VALUES ('x');
INSERT INTO all_constraints(a) VALUES ('X');
--! UNIQUE constraint failed: all_constraints.b, all_constraints.a
INSERT INTO all_constraints(a, b) VALUES ('y', 0);
--! CHECK constraint failed: b > 0
INSERT INTO all_constraints(a, b) VALUES ('y', 1000);
--! CHECK constraint failed: small
INSERT INTO all_constraints(a, d) VALUES ('y', 1);
--! cannot INSERT into generated column "d"
SELECT *, typeof(c) FROM all_constraints;
--> 1, 'x', 2, NULL, 4, 'x2', 'null'
PRAGMA table_xinfo(all_constraints);
--> 0, 'id', 'INTEGER', 0, NULL, 1, 0
--> 1, 'a', 'TEXT', 1, NULL, 0, 0
--> 2, 'b', 'INT', 0, '1 + 1', 0, 0
--> 3, 'c', '', 0, NULL, 0, 0
--> 4, 'd', 'INT', 0, NULL, 0, 3
--> 5, 'e', 'TEXT', 0, NULL, 0, 2
SELECT type, name, tbl_name FROM sqlite_master ORDER BY rowid;
--> 'table', 'all_constraints', 'all_constraints'
--> 'index', 'sqlite_autoindex_all_constraints_1', 'all_constraints'
--> 'index', 'sqlite_autoindex_all_constraints_2', 'all_constraints'
--> 'table', 'sqlite_sequence', 'sqlite_sequence'

-- AUTOINCREMENT never gives a rowid twice.
DELETE FROM all_constraints;
INSERT INTO all_constraints(a) VALUES ('z');
SELECT id FROM all_constraints;
--> 2
SELECT * FROM sqlite_sequence;
--> 'all_constraints', 2

-- WITHOUT ROWID: the primary key orders the rows.
CREATE TABLE pairs(x INT, y TEXT, z, PRIMARY KEY (y, x DESC)) WITHOUT ROWID;
INSERT INTO pairs VALUES (1, 'b', 'p'), (2, 'a', 'q'), (3, 'a', 'r');
INSERT INTO pairs VALUES (1, 'b', 's');
--! UNIQUE constraint failed: pairs.y, pairs.x
SELECT * FROM pairs ORDER BY y, x DESC;
--| SCAN pairs
--> 3, 'a', 'r'
--> 2, 'a', 'q'
--> 1, 'b', 'p'
SELECT rowid FROM pairs;
--! no such column: rowid

-- STRICT: a column's type is enforced.
CREATE TABLE strict_one(i INT, r REAL, t TEXT, b BLOB, a ANY) STRICT;
INSERT INTO strict_one VALUES ('12', 1, 5, x'01', '12');
INSERT INTO strict_one(i) VALUES ('twelve');
--! cannot store TEXT value in INT column strict_one.i
SELECT typeof(i), typeof(r), typeof(t), typeof(b), typeof(a) FROM strict_one;
--> 'integer', 'real', 'text', 'blob', 'text'
CREATE TABLE strict_two(a VARCHAR(10)) STRICT;
--! unknown datatype for strict_two.a: "VARCHAR(10)"

-- AS SELECT, TEMP, IF NOT EXISTS.
CREATE TABLE copy AS SELECT id, a || '!' AS "a!" FROM all_constraints;
SELECT sql FROM sqlite_master WHERE name = 'copy';
--> 'CREATE TABLE copy(id INT,"a!")'
CREATE TEMP TABLE scratch(a);
INSERT INTO temp.scratch VALUES (1);
SELECT name FROM sqlite_temp_master;
--> 'scratch'
CREATE TABLE IF NOT EXISTS copy(different);
CREATE TABLE copy(different);
--! table copy already exists
CREATE TABLE sqlite_reserved(a);
--! object name reserved for internal use: sqlite_reserved
CREATE TABLE twice(a, a);
--! duplicate column name: a

DROP TABLE copy;
DROP TABLE IF EXISTS copy;
DROP TABLE copy;
--! no such table: copy
DROP TABLE scratch;
SELECT count(*) FROM sqlite_temp_master;
--> 0
