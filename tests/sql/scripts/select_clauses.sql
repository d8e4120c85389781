-- SELECT's clauses, each alone.
CREATE TABLE t(a INT, b TEXT);
INSERT INTO t VALUES (1, 'x'), (2, 'y'), (2, 'x'), (NULL, 'z');

SELECT 1 + 1 AS two, 'text', x'00ff', NULL, 1.5e3;
--> 2, 'text', x'00ff', NULL, 1500.0
SELECT *, t.*, rowid FROM t WHERE a = 1;
--> 1, 'x', 1, 'x', 1
SELECT ALL b FROM t WHERE a = 2 ORDER BY b;
--> 'x'
--> 'y'
SELECT DISTINCT b FROM t ORDER BY b;
--> 'x'
--> 'y'
--> 'z'
SELECT DISTINCT a, b FROM t WHERE a IS NULL OR b = 'x' ORDER BY a;
--> NULL, 'z'
--> 1, 'x'
--> 2, 'x'
SELECT a FROM t ORDER BY a LIMIT 1 OFFSET 1;
--> 1
SELECT a FROM t ORDER BY a LIMIT 1, 2;
--> 1
--> 2
SELECT a FROM t ORDER BY a DESC LIMIT -1 OFFSET 3;
--> NULL
SELECT a FROM t LIMIT 0;
SELECT a AS "the a", b [the b] FROM t AS tt WHERE tt.a IS 1;
--> 1, 'x'
VALUES (1, 'one'), (2, 'two');
--> 1, 'one'
--> 2, 'two'
SELECT column1, column2 FROM (VALUES (1, 'one'), (2, 'two')) ORDER BY column1 DESC;
--> 2, 'two'
--> 1, 'one'

-- Conditions: three-valued logic, BETWEEN, IN, LIKE with ESCAPE, GLOB, IS DISTINCT FROM, CASE, CAST, COLLATE.
SELECT a, a > 1, NOT a > 1, a > 1 OR 1, a > 1 AND 0 FROM t ORDER BY a, b;
--> NULL, NULL, NULL, 1, 0
--> 1, 0, 1, 1, 0
--> 2, 1, 0, 1, 0
--> 2, 1, 0, 1, 0
SELECT b FROM t WHERE a BETWEEN 1 AND 2 AND b NOT IN ('y') ORDER BY a;
--> 'x'
--> 'x'
SELECT 'a%b' LIKE 'a!%b' ESCAPE '!', 'axb' LIKE 'a!%b' ESCAPE '!', 'Abc' LIKE 'a_C', 'Abc' GLOB 'a*';
--> 1, 0, 1, 0
SELECT count(*) FROM t WHERE a IS DISTINCT FROM 2;
--> 2
SELECT CASE a WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'other' END, CASE WHEN a > 1 THEN b END FROM t ORDER BY a, b;
--> 'other', NULL
--> 'one', NULL
--> 'two', 'x'
--> 'two', 'y'
SELECT CAST('12abc' AS INTEGER), CAST(3.99 AS INT), CAST(65 AS TEXT), CAST('x' AS BLOB), CAST('1e2' AS NUMERIC);
--> 12, 3, '65', x'78', 100
SELECT 'a' = 'A' COLLATE NOCASE, 'a' = 'A', 'a' = 'a  ' COLLATE RTRIM;
--> 1, 0, 1
SELECT 7 / 2, 7 % 3, -7 / 2, 7 / 0, 7.0 / 2, 1 << 4, 5 & 3, 5 | 3, ~5, 'a' || 1, -'3x';
--> 3, 1, -3, NULL, 3.5, 16, 1, 7, -6, 'a1', -3

-- What is refused.
SELECT missing FROM t;
--! no such column: missing
SELECT a FROM missing;
--! no such table: missing
SELECT a FROM t AS x, t AS y;
--! ambiguous column name: a
SELECT a b c FROM t;
--! near "c": syntax error
