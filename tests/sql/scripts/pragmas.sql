-- Pragmas: what the schema is, what the file is, what this connection does.
PRAGMA page_size = 1024;
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA encoding = 'UTF-16le';
CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT NOT NULL DEFAULT 'x', c AS (a + 1));
CREATE TABLE child(t REFERENCES t(a) ON UPDATE CASCADE);
CREATE INDEX t_b ON t(b DESC);

PRAGMA table_info(t);
--> 0, 'a', 'INTEGER', 0, NULL, 1
--> 1, 'b', 'TEXT', 1, '''x''', 0
PRAGMA table_xinfo = 't';
--> 0, 'a', 'INTEGER', 0, NULL, 1, 0
--> 1, 'b', 'TEXT', 1, '''x''', 0, 0
--> 2, 'c', '', 0, NULL, 0, 2
PRAGMA index_list(t);
--> 0, 't_b', 0, 'c', 0
PRAGMA index_xinfo(t_b);
--> 0, 1, 'b', 1, 'BINARY', 1
--> 1, -1, NULL, 0, 'BINARY', 0
PRAGMA foreign_key_list(child);
--> 0, 0, 't', 't', 'a', 'CASCADE', 'NO ACTION', 'NONE'
PRAGMA page_size;
--> 1024
PRAGMA page_count;
--> 5
PRAGMA encoding;
--> 'UTF-16le'
PRAGMA auto_vacuum;
--> 2

PRAGMA user_version = 12;
PRAGMA main.user_version;
--> 12
PRAGMA application_id = 0x50756d69;
PRAGMA application_id;
--> 1349873001

-- Rows that break a foreign key are found, not refused.
INSERT INTO child VALUES (1);
PRAGMA foreign_keys;
--> 0
PRAGMA foreign_key_check;
--> 'child', 1, 't', 0

-- Free pages, and giving them back.
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO t(a, b) SELECT i, hex(i)
    FROM n;
DELETE FROM t;
PRAGMA freelist_count;
--> 14
PRAGMA incremental_vacuum(5);
PRAGMA freelist_count;
--> 9
PRAGMA integrity_check;
--> 'ok'
PRAGMA quick_check(t);
--> 'ok'

PRAGMA query_only = ON;
INSERT INTO t(a) VALUES (1);
--! attempt to write a readonly database
PRAGMA query_only = 0;
PRAGMA case_sensitive_like = 1;
SELECT 'a' LIKE 'A';
--> 0
PRAGMA cache_size = -500;
PRAGMA cache_size;
--> -500
PRAGMA journal_mode = TRUNCATE;
--> 'truncate'
PRAGMA journal_mode;
--> 'truncate'
PRAGMA synchronous;
--> 0
PRAGMA no_such_pragma;
