-- Transactions and savepoints.
CREATE TABLE t(a INTEGER PRIMARY KEY);

BEGIN;
INSERT INTO t VALUES (1);
ROLLBACK;
SELECT count(*) FROM t;
--> 0
BEGIN IMMEDIATE TRANSACTION;
INSERT INTO t VALUES (2);
END;
BEGIN EXCLUSIVE;
INSERT INTO t VALUES (3);
COMMIT TRANSACTION;
SELECT a FROM t ORDER BY a;
--> 2
--> 3

-- A statement that fails undoes itself alone.
BEGIN DEFERRED;
INSERT INTO t VALUES (4);
INSERT INTO t VALUES (5), (4);
--! UNIQUE constraint failed: t.a
COMMIT;
SELECT a FROM t ORDER BY a;
--> 2
--> 3
--> 4

-- Savepoints: nested, rolled back to and still open, released; the name that is innermost counts.
SAVEPOINT outer;
INSERT INTO t VALUES (10);
SAVEPOINT inner;
INSERT INTO t VALUES (11);
ROLLBACK TO inner;
INSERT INTO t VALUES (12);
RELEASE SAVEPOINT inner;
SAVEPOINT OUTER;
DELETE FROM t;
ROLLBACK TRANSACTION TO SAVEPOINT outer;
RELEASE outer;
SELECT a FROM t ORDER BY a;
--> 2
--> 3
--> 4
--> 10
--> 12
ROLLBACK TO outer;
RELEASE outer;
SELECT a FROM t ORDER BY a;
--> 2
--> 3
--> 4

-- What DDL does is undone like everything else.
BEGIN;
CREATE TABLE u(b);
CREATE INDEX ub ON u(b);
ALTER TABLE t RENAME TO renamed;
ROLLBACK;
SELECT name FROM sqlite_master;
--> 't'

-- What is refused.
COMMIT;
--! cannot commit - no transaction is active
ROLLBACK;
--! cannot rollback - no transaction is active
RELEASE missing;
--! no such savepoint: missing
BEGIN;
BEGIN;
--! cannot start a transaction within a transaction
ROLLBACK TO missing;
--! no such savepoint: missing
ROLLBACK;
