"""Mismatches that the fuzzer found, each as the statements that show it; Pumice and SQLite must agree."""

import time

import pytest

import pumice
from tests.oracle.engines import Pumice, Sqlite, difference

CASES = {
    # A unique index orders its own table's rows, not those of a table joined to it.
    "group_by_over_a_unique_index_and_a_joined_table": """
        CREATE TABLE a(x NOT NULL); CREATE UNIQUE INDEX ax ON a(x); CREATE TABLE b(y);
        INSERT INTO a VALUES (1), (2), (3); INSERT INTO b VALUES ('p'), ('q'), ('p');
        SELECT a.x, b.y, count(*) FROM a CROSS JOIN a AS other CROSS JOIN b GROUP BY a.x, b.y;
        SELECT a.x, b.y FROM a CROSS JOIN b ORDER BY a.x, b.y""",
    # The source of an INSERT is read by column ids.
    "insert_from_a_reversed_scan": """
        CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); CREATE TABLE u(a INT, b TEXT);
        INSERT INTO t VALUES (1, 'x'), (7, 'y'), (8, 'z');
        INSERT INTO u SELECT * FROM t WHERE a > 5 ORDER BY a DESC;
        SELECT rowid, * FROM u""",
    # likely() gives its argument neither affinity nor collation.
    "likely_has_no_affinity": """
        CREATE TABLE t(a, b VARCHAR(10), c TEXT COLLATE NOCASE); INSERT INTO t VALUES (5, '1000.0', 'A');
        SELECT b >= likely(a), b >= a, likely(c) = 'a', likely(b) = 1000.0, b = 1000.0 FROM t""",
    # The rowid after a largest one that is negative.
    "rowid_after_negative_rowids": """
        CREATE TABLE t(a INTEGER PRIMARY KEY); INSERT INTO t VALUES (-46), (-5), (NULL), (1);
        SELECT a FROM t""",
    # An operand takes affinity and collation from the last SELECT of a compound, a FROM item from all.
    "affinity_of_compound_operands": """
        CREATE TABLE t(a TEXT, b INT, c); INSERT INTO t VALUES ('1', 1, '1'), ('2', 2, 2);
        SELECT '1' IN (SELECT 1 UNION SELECT b FROM t), '1' IN (SELECT b FROM t UNION SELECT 1),
            '1' = (SELECT CAST(1 AS INT) UNION ALL SELECT 2);
        SELECT 'a' IN (SELECT 'A' UNION SELECT 'B' COLLATE NOCASE), 'a' IN (SELECT 'A' COLLATE NOCASE UNION SELECT 'B');
        SELECT c IN (VALUES (1), (b)), c IN (VALUES (b), (1)), (c, 1) IN ((1, 1), (b, 1)),
            (c, 1) IN ((b, 1), (5, 1)) FROM t;
        SELECT '1' IN (VALUES (1), (CAST('2' AS INT))), '1' IN (VALUES (CAST('1' AS INT)), (2)),
            1 IN (VALUES (CAST('1' AS TEXT)), ('2'));
        SELECT x, x = '1', x < '5' FROM (SELECT b AS x FROM t UNION ALL VALUES (1), (2));
        SELECT x, x = '1', x < '5' FROM (SELECT b AS x FROM t UNION ALL VALUES (1))""",
    "affinity_of_recursive_columns": """
        CREATE TABLE t(a TEXT, b INT, c, d REAL);
        INSERT INTO t VALUES ('1', 1, '1', 2.0), ('2', '2', 2, 3), ('5', 7, x'61', 1);
        WITH RECURSIVE q(x, y) AS (SELECT 1, b FROM t UNION ALL SELECT x + 1, x FROM q WHERE x < 3)
            SELECT *, y = '1', x = '1' FROM q;
        WITH RECURSIVE q(x, y) AS (SELECT 1, b FROM t UNION ALL SELECT x + 1, x || '' FROM q WHERE x < 3)
            SELECT *, y = '1', x = '1' FROM q;
        WITH RECURSIVE q(x, y) AS (SELECT a, b FROM t UNION ALL SELECT y, x FROM q LIMIT 10)
            SELECT *, y = 1, x = '1', x=1, y='1' FROM q;
        WITH RECURSIVE q(x, y) AS (SELECT 1, c FROM t UNION ALL SELECT x+1, t.a FROM q JOIN t ON t.b=q.y LIMIT 10)
            SELECT *, y = 1, x = '1' FROM q""",
    # The affinity of a compound or a merged USING column does not say what its values are.
    "affinity_of_mixed_operands": """
        CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); CREATE TABLE u(a TEXT, c INT);
        INSERT INTO u VALUES ('1e2', 2); INSERT INTO t VALUES (1, 'x');
        SELECT (SELECT '1' UNION ALL SELECT c FROM u) = 1, (SELECT '1' UNION ALL SELECT c FROM u) IN (1, 2),
            (SELECT 1 UNION ALL SELECT a FROM u) = '1';
        SELECT * FROM t NATURAL RIGHT JOIN u JOIN u AS v USING (a)""",
    # With COLLATE in its ORDER BY a compound is read like a subquery.
    "compound_ordered_with_collate": """
        CREATE TABLE t(r REAL); INSERT INTO t VALUES (2.5);
        SELECT r FROM t UNION SELECT 9007199254740993 ORDER BY 1 COLLATE NOCASE;
        SELECT r FROM t UNION ALL SELECT 9007199254740993 ORDER BY 1 COLLATE NOCASE""",
    "is_true_with_collate": """
        SELECT 0.5 IS TRUE COLLATE BINARY, 2 IS NOT TRUE COLLATE NOCASE, 0 IS FALSE COLLATE BINARY,
            2 IS (TRUE COLLATE BINARY), 2 IS +TRUE""",
    # What FROM reads of a compound's REAL column is real; unless the first SELECT has a CAST.
    "integers_in_real_columns_of_compounds": """
        CREATE TABLE t(r REAL, i INT); INSERT INTO t VALUES (2.5, 7);
        SELECT typeof(y), y || '' FROM (SELECT 1 AS y UNION SELECT r FROM t);
        SELECT typeof(y), y || '' FROM (SELECT r AS y FROM t UNION ALL SELECT i FROM t);
        SELECT typeof(y) FROM (SELECT CAST(1 AS REAL) AS y UNION ALL SELECT 9007199254740993);
        WITH RECURSIVE q(y) AS (SELECT r FROM t UNION ALL SELECT CAST(y AS INT)+1 FROM q WHERE y < 6)
            SELECT y, typeof(y) FROM q""",
    # Blanks before ALTER TABLE do not shift the text of the column.
    "blanks_before_add_column": """
        CREATE TABLE t(a);
          ALTER TABLE t ADD COLUMN f INT DEFAULT 'd';
        SELECT sql FROM sqlite_master""",
    # The parser makes 0 of these, so names in them need not exist and ORDER BY takes them for a column's number.
    "integers_made_by_the_parser": """
        CREATE TABLE t(a); INSERT INTO t VALUES (1);
        SELECT 0 AND nothing, nothing AND 'x' IS NULL; SELECT a FROM t ORDER BY 'x' ISNULL;
        SELECT a FROM t GROUP BY 5 IS NULL;
        SELECT a FROM t ORDER BY 5 NOTNULL; SELECT a FROM t GROUP BY a AND 0 AND a;
        SELECT a FROM t GROUP BY a IN () AND a;
        SELECT a FROM t GROUP BY a IN (); SELECT nothing AND a IN (); SELECT a FROM t UNION SELECT 2 ORDER BY 5 IS NULL;
        SELECT count(*) FROM t GROUP BY 1 COLLATE NOCASE""",
    # But not where a function is called.
    "no_integer_beside_a_function": """
        CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'ab'), (2, 'b');
        SELECT abs(nothing) AND 0; SELECT 0 AND abs(nothing); SELECT abs(1) AND 0 AND nothing;
        SELECT (0 AND nothing) AND abs(1); SELECT a FROM t GROUP BY (a IN () AND b GLOB 'a*');
        SELECT a FROM t GROUP BY (a IN () AND b); SELECT a FROM t GROUP BY 0 AND abs(b);
        SELECT a FROM t GROUP BY a AND (abs(b) AND 0); SELECT a FROM t GROUP BY a AND (b AND 0);
        SELECT a FROM t GROUP BY 0 AND a IN (SELECT abs(1)); SELECT a FROM t GROUP BY 0 AND a IN (abs(1), 2);
        SELECT a FROM t ORDER BY 0 AND b LIKE 'x'; SELECT a FROM t ORDER BY 0 AND current_time""",
    # To the left of a RIGHT or FULL JOIN `*` stands for bare names where USING names the column.
    "star_left_of_a_full_join": """
        CREATE TABLE t(a, b); CREATE TABLE u(a, d); INSERT INTO t VALUES (1, 2), (3, 4);
        INSERT INTO u VALUES (1, 5), (6, 7);
        SELECT * FROM t AS x JOIN u AS y USING (a) FULL JOIN u AS z ON x.b = z.d;
        SELECT * FROM t AS x LEFT JOIN u AS y USING (a) RIGHT JOIN (SELECT 2 AS q) AS z ON x.b = z.q""",
    # The default of an added column is read from its text.
    "default_of_an_added_column": """
        CREATE TABLE t(a TEXT); INSERT INTO t VALUES (1); ALTER TABLE t ADD COLUMN b TEXT DEFAULT 1e300;
        ALTER TABLE t ADD COLUMN c TEXT DEFAULT -1.50;
        ALTER TABLE t ADD COLUMN d TEXT DEFAULT 9223372036854775808;
        ALTER TABLE t ADD COLUMN e TEXT DEFAULT -'5.0'; ALTER TABLE t ADD COLUMN f INT DEFAULT -x'31';
        INSERT INTO t(a) VALUES (2); SELECT * FROM t""",
    "added_column_of_a_strict_table": """
        CREATE TABLE t(a TEXT) STRICT; INSERT INTO t VALUES (2); ALTER TABLE t ADD COLUMN e INT DEFAULT 5.5;
        ALTER TABLE t ADD COLUMN f INT NOT NULL DEFAULT 'd';
        ALTER TABLE t ADD COLUMN g INT DEFAULT 5.0; ALTER TABLE t ADD COLUMN h INT AS (a || 'x'); SELECT * FROM t""",
    # A schema table of a file without pages.
    "schema_table_of_an_empty_file": """
        SELECT * FROM sqlite_master; SELECT count(*) FROM sqlite_master; SELECT * FROM sqlite_temp_master""",
    # A real is a rowid, a LIMIT, wherever it is an int64; a text only where INTEGER affinity makes one of it.
    "smallest_integer_as_a_real": """
        CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (-9223372036854775808.0, 1), (2, 2);
        UPDATE t SET a = -9223372036854775808.0 WHERE a = 2; UPDATE t SET a = -9223372036854775808.0 WHERE a < 0;
        INSERT INTO t VALUES ('-9223372036854775808.0', 1); INSERT INTO t VALUES (9223372036854775807.0, 1);
        INSERT INTO t VALUES ('3.0', 1); INSERT INTO t VALUES (3.5, 1); SELECT * FROM t;
        SELECT 1 LIMIT -9223372036854775808.0; SELECT 1 LIMIT '-9223372036854775808.0'; SELECT 1 LIMIT '1e3';
        SELECT 1 LIMIT 1 OFFSET '-9223372036854775807.0'; SELECT 1 LIMIT '1.5'; SELECT 1 LIMIT x'31'""",
    # Of rows that are equal but not alike: the right SELECT's with UNION, else the first.
    "which_equal_row_a_compound_keeps": """
        CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b); CREATE TABLE u(x TEXT);
        INSERT INTO t(a, b) VALUES ('a', 1), ('A', 1.0), ('b', 2.0), ('B', 2);
        INSERT INTO u VALUES ('a'), ('A'), ('1'), ('1.0');
        SELECT a FROM t UNION SELECT a FROM t; SELECT a FROM t WHERE id <> 1 UNION SELECT a FROM t WHERE id = 1;
        SELECT a FROM t EXCEPT SELECT 'x'; SELECT a FROM t WHERE id > 1 EXCEPT SELECT 'x';
        SELECT a FROM t INTERSECT SELECT a FROM t; SELECT b FROM t UNION SELECT b FROM t;
        SELECT a FROM t WHERE id <> 1 INTERSECT SELECT a FROM t WHERE id = 1;
        SELECT a FROM t WHERE id = 1 UNION ALL SELECT a FROM t WHERE id = 2 UNION SELECT a FROM t;
        SELECT b FROM t WHERE id = 1 UNION SELECT b FROM t WHERE id = 2 ORDER BY 1;
        SELECT b FROM t WHERE id = 2 INTERSECT SELECT b FROM t WHERE id = 1;
        SELECT x, x IN (SELECT a FROM t WHERE id = 1 UNION SELECT a FROM t WHERE id = 2),
            x IN (SELECT b FROM t WHERE id = 2 UNION SELECT b FROM t WHERE id = 1) FROM u;
        SELECT x, x IN (SELECT a FROM t WHERE id < 3 EXCEPT SELECT 'x') FROM u;
        SELECT a FROM t WHERE id = 1 UNION SELECT a FROM t WHERE id = 2 UNION SELECT a FROM t WHERE id = 1
            UNION SELECT a FROM t WHERE id = 3 UNION SELECT a FROM t WHERE id = 4""",
    # LIMIT 1 without ORDER BY and OFFSET, also that of a subquery used as a value, makes UNION ALL of UNION.
    "first_row_of_a_union": """
        SELECT 3 UNION SELECT 1 LIMIT (1); SELECT 3 UNION SELECT 1 LIMIT -(-1); SELECT 3 UNION SELECT 1 LIMIT 1 + 0;
        SELECT 3 UNION SELECT 1 LIMIT 1 OFFSET 0; SELECT 3 UNION SELECT 1 ORDER BY 1 LIMIT 1;
        SELECT x FROM (SELECT 3 AS x UNION SELECT 1) LIMIT 1; SELECT 3 UNION ALL SELECT 1 UNION SELECT 0 LIMIT 1;
        SELECT 5 INTERSECT SELECT 5 UNION SELECT 3 LIMIT 1; SELECT 5 UNION SELECT 3 EXCEPT SELECT 5 LIMIT 1;
        SELECT 5 WHERE 0 UNION SELECT 3 UNION SELECT 1 LIMIT 1; SELECT (SELECT 3 UNION SELECT 1 UNION ALL SELECT 0);
        SELECT (SELECT 3 UNION SELECT 1 ORDER BY 1), (SELECT 3 UNION SELECT 1 LIMIT 2), (SELECT 3 UNION SELECT 1);
        SELECT 1 IN (SELECT 3 UNION SELECT 1 LIMIT 1), (SELECT 3 UNION SELECT abs(-9223372036854775808));
        SELECT 1 WHERE (3, 4) = (SELECT 3, 4 UNION SELECT 1, 2);
        CREATE TABLE t AS SELECT 3 AS c UNION SELECT 1 LIMIT 1; SELECT * FROM t""",
    # Constant rows are a subquery, whose columns have a collation.
    "collation_of_values": """
        CREATE TABLE t(a TEXT COLLATE NOCASE); INSERT INTO t VALUES ('a'), ('A'), ('B'), ('b');
        VALUES ('A'), ('b') UNION SELECT a FROM t; VALUES ('A') UNION SELECT a FROM t;
        VALUES ('A'), ('b') UNION SELECT 'a' COLLATE NOCASE; VALUES ('A'), ('b' COLLATE NOCASE) UNION SELECT 'a';
        VALUES ('A' COLLATE NOCASE), ('b') UNION SELECT 'a'; VALUES (1), ((SELECT 'A')) UNION SELECT a FROM t;
        SELECT * FROM (VALUES ('A' COLLATE NOCASE), ('b'), ('c')) WHERE column1 = 'a';
        SELECT DISTINCT * FROM (VALUES ('b' COLLATE NOCASE), ('B'), ('c')) ORDER BY 1;
        SELECT a IN (VALUES ('A'), ('b') UNION SELECT 'c' COLLATE NOCASE) FROM t""",
    # The rowid has no collation, whatever its column is declared with.
    "collation_of_the_rowid": """
        CREATE TABLE t(id INTEGER PRIMARY KEY COLLATE NOCASE, a TEXT COLLATE NOCASE, b);
        INSERT INTO t VALUES (1, 'a', 'a'), (2, 'A', 'A'), (3, '1', 'x');
        SELECT id FROM t UNION SELECT a FROM t; SELECT id FROM t UNION SELECT b FROM t; SELECT min(id, 'b', a) FROM t;
        SELECT id FROM t UNION ALL SELECT b FROM t ORDER BY 1; SELECT * FROM (SELECT id AS x FROM t) JOIN t ON x = a;
        SELECT DISTINCT x FROM (SELECT id AS x FROM t UNION ALL SELECT 'b' UNION ALL SELECT 'B')""",
    # REAL stays REAL in IN (SELECT ...), and makes reals of large integers.
    "real_affinity_of_looked_up_columns": """
        CREATE TABLE t(r REAL, i INTEGER, x, s TEXT);
        INSERT INTO t VALUES (9223372036854775807, 9223372036854775807, 9223372036854775807, '9223372036854775807'),
            (1, 1, 1, '1'), (1.5, 1.5, 1.5, '1.5'), ('q', 'q', 'q', 'q');
        SELECT '9223372036854775807' IN (SELECT r FROM t), 9223372036854775807 IN (SELECT r FROM t);
        SELECT x IN (SELECT r FROM t), i IN (SELECT r FROM t), r IN (SELECT x FROM t), r IN (SELECT +i FROM t) FROM t;
        SELECT r IN (SELECT 9223372036854775807), r IN (9223372036854775807), r = 9223372036854775807 FROM t;
        SELECT (r, 1) IN ((9223372036854775807, 1)), (9223372036854775807, 1) IN (SELECT r, 1 FROM t) FROM t;
        SELECT r FROM t WHERE r IN (SELECT +i FROM t); SELECT i FROM t WHERE +i IN (SELECT r FROM t);
        CREATE INDEX tr ON t(r); SELECT x FROM t WHERE r IN (SELECT 9223372036854775807);
        SELECT '9223372036854775807' IN (SELECT r FROM t), 9223372036854775807 IN (SELECT r FROM t)""",
    # Before a NUL with more text behind it a text is an integer where it is small, else a real.
    "integers_before_a_nul": """
        CREATE TABLE t(a INTEGER, b NUMERIC, c REAL, d TEXT); CREATE TABLE r(id INTEGER PRIMARY KEY);
        INSERT INTO t SELECT x, x, x, x FROM (SELECT value || char(0) AS x FROM (SELECT '5' AS value
            UNION ALL VALUES ('-9223372036854775807'), ('9007199254740993'), ('5.0'), ('5 x'), (''), ('1e5')));
        SELECT a, typeof(a), b, typeof(b), c, typeof(c), CAST(d AS INTEGER), CAST(d AS NUMERIC), d + 0, -d FROM t;
        SELECT d, sum(d) FROM t GROUP BY d; SELECT 1 LIMIT '1' || char(0);
        INSERT INTO r VALUES ('5' || char(0)), ('9007199254740993' || char(0)); SELECT * FROM r""",
    # A subquery's column takes the affinity of a compound's last SELECT; its values may come from the first.
    "affinity_that_values_have_not_gone_through": """
        CREATE TABLE t(i INTEGER, x TEXT); INSERT INTO t VALUES (1, '1'), (2, '2');
        CREATE VIEW v AS SELECT (SELECT '1' UNION ALL SELECT i FROM t) AS y;
        SELECT y = 1, y IN (1), y BETWEEN 1 AND 1, y < 2 FROM v; SELECT 1 FROM v WHERE y = 1;
        SELECT * FROM t, v WHERE i = y; SELECT * FROM t, v WHERE x = y; SELECT * FROM t WHERE i IN (SELECT y FROM v);
        SELECT y = 1, count(*) FROM v GROUP BY y HAVING y = 1; SELECT (SELECT y FROM v) = 1;
        SELECT y, y = '1' FROM (SELECT y FROM v UNION ALL SELECT 2);
        WITH RECURSIVE c(z) AS (SELECT y FROM v UNION ALL SELECT z + 1 FROM c WHERE z < 3) SELECT z, z = 1 FROM c;
        SELECT * FROM t WHERE (i, x) IN ((1, 1), ('2', 2)); SELECT * FROM v FULL JOIN t ON y = i;
        SELECT y = 1 FROM (SELECT * FROM (SELECT i AS y FROM t WHERE i > 1) FULL JOIN v USING (y));
        CREATE TABLE u(n NUMERIC, i INTEGER, s TEXT, x); INSERT INTO u VALUES (1, 1, '1', '1');
        CREATE VIEW w AS SELECT (SELECT '1' UNION ALL SELECT n) AS n, (SELECT '1' UNION ALL SELECT i) AS i,
            (SELECT 1 UNION ALL SELECT s) AS s FROM u;
        SELECT n IN (SELECT n FROM u), n IN (SELECT i FROM u), n IN (SELECT +i FROM u), n IN (SELECT s FROM u) FROM w;
        SELECT i IN (SELECT n FROM u), i IN (SELECT i FROM u), i IN (SELECT +i FROM u), i IN (SELECT s FROM u) FROM w;
        SELECT s IN (SELECT n FROM u), s IN (SELECT s FROM u), s IN (SELECT '1'), s IN ('1'), n IN (1) FROM w;
        SELECT (n, 1) IN (SELECT n, 1 FROM u), (i, 1) IN (SELECT +i, 1 FROM u), (s, 1) IN (('1', 1)) FROM w;
        CREATE TABLE f(r REAL, i INT); INSERT INTO f VALUES (2.5, 7);
        SELECT z, typeof(z) FROM (SELECT (SELECT '1e3' UNION ALL SELECT r) AS z FROM f UNION ALL SELECT i FROM f);
        SELECT z, typeof(z) FROM (SELECT (SELECT 1 UNION ALL SELECT r) AS z FROM f UNION ALL SELECT i FROM f);
        WITH RECURSIVE q(z) AS (SELECT (SELECT '1e3' UNION ALL SELECT r) FROM f UNION ALL SELECT z FROM q LIMIT 3)
            SELECT z, typeof(z) FROM q""",
    "match_without_a_function_for_it": """
        CREATE TABLE t(a); SELECT a MATCH 1 FROM t; SELECT match(1) FROM t; SELECT CASE WHEN 0 THEN 1 MATCH 2 END;
        CREATE INDEX i ON t(a MATCH 1); CREATE TABLE c(a CHECK (a MATCH 1)); INSERT INTO c VALUES (1);
        SELECT 1 MATCH 2; SELECT match(1, 2); SELECT 1 RegExp 2""",
    "quoted_true_is_a_name": """
        SELECT [TRUE]; SELECT `true`; SELECT "TRUE", 5 IS "true"; SELECT 5 IS [true]; SELECT TRUE IS NOT `true`;
        CREATE TABLE d(a DEFAULT [TRUE], b DEFAULT "true", c DEFAULT TRUE, d DEFAULT (false));
        INSERT INTO d(rowid) VALUES (1); SELECT * FROM d; SELECT a AS [true] FROM d ORDER BY true;
        CREATE TABLE e(a DEFAULT (`true`))""",
    "what_is_wrong_with_a_view_comes_first": """
        CREATE TABLE z(x); CREATE VIEW v AS SELECT * FROM z; CREATE VIEW w(a, b) AS SELECT x FROM z;
        INSERT INTO v VALUES (1); UPDATE w SET a = 1; DROP TABLE z; INSERT INTO v VALUES (1); UPDATE v SET x = 1;
        DELETE FROM v; INSERT INTO v(nope) VALUES (1)""",
    # In the text of an index "x" is a string where no column is called so; ALTER TABLE wants columns.
    "renamed_column_beside_an_index_over_a_string": """
        CREATE TABLE t(a, b); CREATE TABLE z(x); CREATE INDEX i ON t("str", b); CREATE INDEX j ON t("a" || "zz");
        ALTER TABLE t RENAME COLUMN a TO c; ALTER TABLE z RENAME COLUMN x TO y; ALTER TABLE t DROP COLUMN a;
        ALTER TABLE t RENAME COLUMN nope TO c; ALTER TABLE z ADD COLUMN q; DROP INDEX i;
        ALTER TABLE t RENAME COLUMN a TO c; SELECT sql FROM sqlite_schema""",
    "indexed_by_a_without_rowid_key": """
        CREATE TABLE w(k PRIMARY KEY, v UNIQUE, x) WITHOUT ROWID; INSERT INTO w VALUES (2, 1, 'a'), (1, 2, 'b');
        SELECT k FROM w INDEXED BY sqlite_autoindex_w_1; SELECT v FROM w INDEXED BY SQLITE_autoindex_w_1 WHERE v = 1;
        SELECT x FROM w INDEXED BY sqlite_autoindex_w_1 WHERE k = 1;
        SELECT count(*) FROM w INDEXED BY sqlite_autoindex_w_1;
        SELECT x FROM w AS y INDEXED BY sqlite_autoindex_w_1 JOIN w AS z ON y.k = z.v; SELECT max(k) FROM w INDEXED BY
        sqlite_autoindex_w_1; UPDATE w INDEXED BY sqlite_autoindex_w_1 SET x = 'c' WHERE k = 1; SELECT * FROM w;
        DELETE FROM w INDEXED BY sqlite_autoindex_w_1 WHERE k > 1; SELECT * FROM w INDEXED BY sqlite_autoindex_w_3""",
    # Its entries in other indexes hold the column twice too.
    "column_twice_in_a_without_rowid_key": """
        CREATE TABLE t(a, b, c, PRIMARY KEY (c DESC, c COLLATE NOCASE)) WITHOUT ROWID; CREATE INDEX i ON t(a);
        INSERT INTO t VALUES (1, 2, 'x'), (3, 4, 'X'), (5, 6, 7.5); SELECT b FROM t WHERE a = 3; SELECT * FROM t;
        UPDATE t SET b = b + 1 WHERE a > 1; DELETE FROM t WHERE a = 1; SELECT * FROM t ORDER BY a""",
    # Of several names for the rowid the last counts.
    "rowid_given_twice": """
        CREATE TABLE r(a INTEGER PRIMARY KEY, b); INSERT INTO r(rowid, a, b) VALUES (2, NULL, 1);
        INSERT INTO r(a, rowid, b) VALUES (NULL, 7, 1); INSERT INTO r(a, a) VALUES (20, 21);
        INSERT INTO r(oid, rowid, a, _rowid_) VALUES (40, 41, 42, 'x'); INSERT INTO r(rowid, a) VALUES ('x', 50);
        SELECT * FROM r; CREATE TABLE s(b); INSERT INTO s(rowid, b, oid) VALUES (5, 'b', 6); SELECT rowid, b FROM s""",
    # "Full" ends the whole transaction, also when it is the rowids that have run out.
    "no_rowid_left": """
        CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b UNIQUE); INSERT INTO t VALUES (9223372036854775806, 1);
        BEGIN; INSERT INTO t(b) VALUES (2); INSERT INTO t(b) VALUES (3); SELECT * FROM t; COMMIT; SELECT * FROM t;
        INSERT INTO t(b) VALUES (2); BEGIN; DELETE FROM t WHERE b = 1; INSERT INTO t(b) VALUES (4), (5);
        SELECT * FROM t; COMMIT; SELECT * FROM t""",
    # A text that begins with a quote is taken for a quoted name.
    "name_of_a_check": """
        CREATE TABLE c(a CHECK ('b' <> a), b CHECK ("b" > 5), c CONSTRAINT '' CHECK (c > 5), d CHECK (`d` <> 'x'));
        INSERT INTO c(a) VALUES ('b'); INSERT INTO c(b) VALUES (1); INSERT INTO c(c) VALUES (1);
        INSERT INTO c(d) VALUES ('x')""",
    "smallest_integer_negated": """
        SELECT -(-9223372036854775808), - - -9223372036854775808, -(+(-9223372036854775808));
        SELECT -0x8000000000000000;
        SELECT 0x8000000000000000, -0x7fffffffffffffff, 1 IN (-(-9223372036854775808)); SELECT 1 LIMIT
        -(-9223372036854775808); CREATE TABLE t(a DEFAULT (-(-9223372036854775808))); INSERT INTO t DEFAULT VALUES;
        ALTER TABLE t ADD b DEFAULT (-(-9223372036854775808)); SELECT a, b, typeof(b) FROM t""",
    "empty_type_name": """
        SELECT CAST('5' AS ), CAST('5' AS ""), CAST('5x' AS [ ]); CREATE TABLE t(a "", b '', c);
        CREATE TABLE s(a "") STRICT;
        INSERT INTO t VALUES ('5', '5', '5'); SELECT typeof(a), typeof(b), typeof(c) FROM t;
        CREATE TABLE u AS SELECT * FROM t;
        SELECT sql FROM sqlite_schema WHERE name = 'u'""",
    # The parser makes FALSE of x IN (), and TRUE of x NOT IN ().
    "is_in_nothing": """
        SELECT 5 IS (1 IN ()), 5 IS NOT (nope NOT IN ()), NULL IS (1 NOT IN ()), 'a' IS (2 NOT IN ()),
            5 = (1 NOT IN ()),
            (1 IN ()) IS 0, 5 IS ((1 NOT IN ()) COLLATE NOCASE)""",
    "like_of_blobs_with_a_wrong_escape": """
        SELECT x'61' LIKE 'a' ESCAPE 'ab', 'a' LIKE x'61' ESCAPE '', like(x'', 'a', 'xyz');
        SELECT 'a' LIKE 'a' ESCAPE 'ab'""",
    "format_for_json": r"""
        SELECT format('%j', 'a"b\c' || char(1, 8, 9, 10, 12, 13, 31, 127)), format('%10.3j|%-8j|%!5.2j', 'é"', 'x',
            'é€y');
        SELECT format('%j', NULL), format('%j', 1.5)""",
    "weekday_backwards": """
        SELECT date('2024-02-29', 'weekday -1'), date('2024-02-26', 'weekday -1'), date('2024-02-25', 'weekday -0'),
            date('2024-02-26', 'weekday -0'), date('2024-02-29', 'weekday -7'), date('2024-02-29', 'weekday -1.5'),
            date('2024-02-29', 'weekday 1')""",
    "index_of_a_without_rowid_key": """
        CREATE TABLE w(a PRIMARY KEY, b UNIQUE) WITHOUT ROWID; INSERT INTO w VALUES (1, 2), (3, 4);
        DROP INDEX sqlite_autoindex_w_1; DROP INDEX IF EXISTS main.SQLITE_AUTOINDEX_W_1;
        DROP INDEX sqlite_autoindex_w_2; DROP INDEX sqlite_autoindex_w_3; REINDEX sqlite_autoindex_w_1;
        ANALYZE sqlite_autoindex_w_1; SELECT * FROM sqlite_stat1""",
}

# Several errors in one statement: SQLite reports one of them, in an order of its own.
ERRORS = """
    SELECT a FROM t ORDER BY ((5)), (-1); SELECT a FROM t ORDER BY 5, nope; SELECT a FROM t ORDER BY -1, nope;
    SELECT a FROM t ORDER BY 65536, nope; SELECT a FROM t ORDER BY 65535, nope; SELECT a FROM t ORDER BY 5, 2;
    SELECT a FROM t GROUP BY count(*), 5; SELECT a FROM t GROUP BY count(*), nope; SELECT a FROM t GROUP BY 5, count(*);
    SELECT count(*) FROM t GROUP BY 1 COLLATE nocase, 2; SELECT count(*) FROM t GROUP BY 1 COLLATE nocase;
    SELECT a FROM t UNION SELECT a FROM t ORDER BY 5, nope; SELECT a FROM t UNION SELECT a FROM t ORDER BY nope, 5;
    SELECT sum(count(*)) FROM t; SELECT a FROM t ORDER BY sum(count(*)); SELECT a FROM t ORDER BY sum(nope);
    SELECT a FROM t ORDER BY count(*); SELECT a FROM t GROUP BY sum(count(*)); SELECT a FROM t WHERE sum(nope);
    SELECT count(*) FROM t ORDER BY sum(count(*)); SELECT a FROM t GROUP BY a ORDER BY sum(count(*));
    SELECT a FROM t WHERE sum(count(*)); SELECT a FROM t WHERE sum(a);
    SELECT (SELECT b FROM t AS u ORDER BY sum(t.a)) FROM t;
    SELECT (SELECT b FROM t AS u ORDER BY sum(t.a + u.b)) FROM t;
    SELECT nofunc(nope) FROM t; SELECT nofunc(nofunc2(1)); SELECT abs(a, nope) FROM t; SELECT sum(a, nope) FROM t;
    SELECT sum(a, count(*)) FROM t; SELECT a FROM t WHERE nofunc(count(*)); SELECT nofunc(a), nope FROM t;
    SELECT abs(nope) FILTER (WHERE 1) FROM t; SELECT abs(a) FILTER (WHERE nope) FROM t;
    SELECT likelihood(nope, a) FROM t; SELECT count(DISTINCT nope, a) FROM t;
    SELECT a REGEXP nope FROM t; SELECT (1, nope) FROM t; SELECT (a, b) = (1, 2, nope) FROM t;
    SELECT (a, b) BETWEEN (1, nope) AND 2 FROM t; SELECT a IN ((1, nope)) FROM t;
    CREATE INDEX i ON t(x.a); CREATE INDEX i ON t(t.a); CREATE INDEX i ON t(random(nope));
    CREATE INDEX i ON t(random()); CREATE TABLE g(a, b AS (x.a));
    CREATE TABLE g(a, b AS (g.a)); CREATE TABLE c(a CHECK (a IN (SELECT nope)));
    UPDATE t SET nope = 1 FROM nope2; UPDATE t SET (a, nope) = (1, 2) FROM nope2; UPDATE t SET a = nope FROM nope2;
    SELECT zip, nope.* FROM t; SELECT zip, *; SELECT nope.*, zip FROM t; CREATE VIEW v(a, b) AS SELECT a FROM t;
    ALTER TABLE t RENAME COLUMN b TO c; CREATE TEMP VIEW w AS SELECT zip FROM nope;
    ALTER TABLE t RENAME COLUMN c TO b; SELECT nope FROM t LIMIT zip; SELECT a FROM t ORDER BY nope LIMIT zip;
    SELECT a FROM nope LIMIT zip; SELECT nope.* FROM t LIMIT zip; SELECT a FROM t LIMIT zip OFFSET zap;
    SELECT nope UNION SELECT zip; SELECT nope FROM t UNION SELECT a FROM zip;
    SELECT zip FROM nope UNION SELECT a FROM t;
    SELECT a FROM nope UNION SELECT zip FROM t; SELECT nope FROM t UNION SELECT a, b FROM t;
    SELECT a FROM t UNION SELECT nope FROM t LIMIT zip; SELECT a FROM t UNION SELECT a FROM t ORDER BY 5 LIMIT zip;
    SELECT nope UNION SELECT zip UNION SELECT zap; SELECT (SELECT nope FROM t LIMIT zip), zap;
    SELECT a FROM t WHERE a IN (SELECT nope UNION SELECT zip LIMIT zap); VALUES (nope), (zip); VALUES (nope), (1, 2);
    VALUES (1, 2), (nope); VALUES (1), (2, 3); INSERT INTO t VALUES (1, nope), (2); INSERT INTO t VALUES (1, 2), (1);
    CREATE TABLE p(a CHECK (a > ?)); CREATE INDEX p ON t(a) WHERE a > ?; CREATE INDEX p ON t(a + ?);
    CREATE VIEW p AS SELECT ?; CREATE TABLE p(a AS (?)); CREATE VIEW p AS VALUES (1), (1, 2); SELECT * FROM p"""


def test_which_error_is_reported():
    mine, theirs = Pumice(), Sqlite()
    for engine in (mine, theirs):
        engine.run("CREATE TABLE t(a, b)")
        engine.run("INSERT INTO t VALUES (1, 2), (3, 4)")
    for sql in ERRORS.split(";"):
        problem = difference(mine.run(sql), theirs.run(sql))
        assert problem is None, f"{sql.strip()}\n  {problem}"
    mine.close()
    theirs.close()


@pytest.mark.parametrize("name", CASES)
def test_same_as_sqlite(name):
    mine, theirs = Pumice(), Sqlite()
    try:
        for sql in CASES[name].split(";"):
            problem = difference(mine.run(sql), theirs.run(sql), "ORDER BY" in sql)
            assert problem is None, f"{sql.strip()}\n  {problem}"
    finally:
        mine.close()
        theirs.close()



# Files that Pumice writes and SQLite checks.
FILES = {
    # The suffix of an automatic index ascends even where the key descends.
    "automatic_index_beside_a_descending_key": """
        CREATE TABLE t(a, b UNIQUE, c PRIMARY KEY DESC) WITHOUT ROWID; CREATE INDEX i ON t(a);
        INSERT INTO t VALUES (1, NULL, 1), (2, NULL, 5), (1, NULL, 3), (1, 'x', 9); DELETE FROM t WHERE c = 5""",
    # A number in an index is no column's.
    "index_over_a_number": """
        CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 9), (2, 7), (3, 8); CREATE INDEX i ON t(3, b);
        CREATE INDEX j ON t(-1, a DESC); CREATE INDEX k ON t(2); REINDEX""",
}


@pytest.mark.parametrize("name", FILES)
def test_sqlite_finds_the_file_in_order(name, tmp_path):
    path = str(tmp_path / "made.db")
    mine = Pumice(path)
    for sql in FILES[name].split(";"):
        assert mine.run(sql).rows is not None
    mine.close()
    theirs = Sqlite(path)
    assert theirs.run("PRAGMA integrity_check").rows == [("ok",)]
    theirs.close()


def test_a_cached_query_reads_its_parameters_anew():
    connection = pumice.connect(":memory:")
    connection.execute("CREATE TABLE t(a)")
    connection.executemany("INSERT INTO t VALUES (?)", [(i,) for i in range(100)])
    sql = f"SELECT a FROM t WHERE a IN ({', '.join('?' * 20)})"
    assert connection.execute(sql, range(20)).fetchall() == [(i,) for i in range(20)]
    assert connection.execute(sql, range(50, 70)).fetchall() == [(i,) for i in range(50, 70)]
    sql = "SELECT strftime('%s', current_timestamp) = strftime('%s', 'now')"
    assert connection.execute(sql).fetchone() == (1,)
    time.sleep(1.1)
    assert connection.execute(sql).fetchone() == (1,)
