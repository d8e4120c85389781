-- Storage classes, the affinity of columns, and comparisons between them.
CREATE TABLE t(i INTEGER, r REAL, n NUMERIC, x TEXT, b BLOB, none);
INSERT INTO t VALUES ('12', '12', '12', 12, 12, '12'), ('a', 'a', '1e3', 1.5, '12', 12), (1.0, 1, '0x10', x'61',
    x'61', 1.0), (1.5, NULL, 3.0, NULL, 1.5, NULL);
SELECT i, r, n, x, b, none FROM t ORDER BY rowid;
--> 12, 12.0, 12, '12', 12, '12'
--> 'a', 'a', 1000, '1.5', '12', 12
--> 1, 1.0, '0x10', x'61', x'61', 1.0
--> 1.5, NULL, 3, NULL, 1.5, NULL
SELECT typeof(i), typeof(r), typeof(n), typeof(x), typeof(b), typeof(none) FROM t ORDER BY rowid;
--> 'integer', 'real', 'integer', 'text', 'integer', 'text'
--> 'text', 'text', 'integer', 'text', 'text', 'integer'
--> 'integer', 'real', 'text', 'blob', 'blob', 'real'
--> 'real', 'null', 'integer', 'null', 'real', 'null'

-- NULL < numbers < text < blobs.
SELECT none FROM (SELECT 'text' AS none UNION ALL SELECT x'00' UNION ALL SELECT 2 UNION ALL SELECT NULL UNION ALL
    SELECT 1.5) ORDER BY none;
--> NULL
--> 1.5
--> 2
--> 'text'
--> x'00'

-- A column's affinity is applied to what it is compared with.
SELECT count(*) FROM t WHERE i = '12';
--> 1
SELECT count(*) FROM t WHERE x = 12;
--> 1
SELECT count(*) FROM t WHERE none = 12;
--> 1
SELECT count(*) FROM t WHERE +i = '12';
--> 0
SELECT 1 = '1', 1 = CAST('1' AS INT), '10' < '9', 10 < '9', 1 = 1.0, 9007199254740993 = 9007199254740992.0;
--> 0, 1, 1, 1, 1, 0
SELECT 9223372036854775807 + 1, -9223372036854775808, 1e400, -1e400, 0x7fffffffffffffff;
--> 9.223372036854776e+18, -9223372036854775808, inf, -inf, 9223372036854775807
SELECT NULL = NULL, NULL IS NULL, NULL AND 0, NULL OR 1, NOT NULL, 'abc' AND 1, '1x' + 1;
--> NULL, 1, 0, 1, NULL, 0, 2
