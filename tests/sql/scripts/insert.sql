-- INSERT and REPLACE in all their forms.
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INT NOT NULL DEFAULT 7, c REAL CHECK (c < 100));

INSERT INTO t VALUES (1, 'one', 1, 1);
INSERT INTO t(a) VALUES ('two');
INSERT INTO t(c, a) VALUES (3, 'three'), (4.5, 'four');
INSERT INTO t(id, a) SELECT id + 10, a || '!' FROM t WHERE id < 3;
INSERT INTO t(id, a) VALUES (NULL, 'rowid after the largest');
INSERT INTO t DEFAULT VALUES;
SELECT * FROM t ORDER BY id;
--> 1, 'one', 1, 1.0
--> 2, 'two', 7, NULL
--> 3, 'three', 7, 3.0
--> 4, 'four', 7, 4.5
--> 11, 'one!', 7, NULL
--> 12, 'two!', 7, NULL
--> 13, 'rowid after the largest', 7, NULL
--> 14, NULL, 7, NULL

-- What a constraint does, and what OR makes of it.
INSERT INTO t(a) VALUES ('one');
--! UNIQUE constraint failed: t.a
INSERT INTO t(id) VALUES (1);
--! UNIQUE constraint failed: t.id
INSERT INTO t(b) VALUES (NULL);
--! NOT NULL constraint failed: t.b
INSERT INTO t(c) VALUES (1000);
--! CHECK constraint failed: c < 100
INSERT OR IGNORE INTO t(a) VALUES ('one'), ('five');
INSERT OR REPLACE INTO t(id, a) VALUES (100, 'one');
REPLACE INTO t(id, a, b) VALUES (100, 'two', NULL);
INSERT OR FAIL INTO t(a) VALUES ('six'), ('two'), ('seven');
--! UNIQUE constraint failed: t.a
INSERT OR ABORT INTO t(a) VALUES ('eight'), ('two');
--! UNIQUE constraint failed: t.a
SELECT id, a, b FROM t WHERE id > 12 OR a < 'p' ORDER BY id;
--> 4, 'four', 7
--> 11, 'one!', 7
--> 13, 'rowid after the largest', 7
--> 14, NULL, 7
--> 15, 'five', 7
--> 100, 'two', 7
--> 101, 'six', 7

-- OR ROLLBACK ends the transaction.
BEGIN;
INSERT INTO t(a) VALUES ('nine');
INSERT OR ROLLBACK INTO t(a) VALUES ('two');
--! UNIQUE constraint failed: t.a
COMMIT;
--! cannot commit - no transaction is active
SELECT count(*) FROM t WHERE a = 'nine';
--> 0

-- What is refused, and what was counted.
INSERT INTO t VALUES (1, 2);
--! table t has 4 columns but 2 values were supplied
INSERT INTO t(missing) VALUES (1);
--! table t has no column named missing
INSERT INTO t(a, b) VALUES (1);
--! 1 values for 2 columns
INSERT INTO missing VALUES (1);
--! no such table: missing
INSERT INTO t(a) VALUES ('p'), ('q');
SELECT changes(), last_insert_rowid();
--> 2, 103
