-- UNION, UNION ALL, INTERSECT and EXCEPT, applied from left to right.
CREATE TABLE l(a INT, b TEXT);
CREATE TABLE r(a INT, b TEXT);
INSERT INTO l VALUES (1, 'x'), (2, 'y'), (2, 'y'), (NULL, 'n');
INSERT INTO r VALUES (2, 'y'), (3, 'z'), (NULL, 'n');

SELECT a, b FROM l UNION ALL SELECT a, b FROM r ORDER BY 1, 2;
--| COMPOUND QUERY
--|   LEFT-MOST SUBQUERY
--|     SCAN l
--|   UNION ALL
--|     SCAN r
--| USE TEMP B-TREE FOR ORDER BY
--> NULL, 'n'
--> NULL, 'n'
--> 1, 'x'
--> 2, 'y'
--> 2, 'y'
--> 2, 'y'
--> 3, 'z'
SELECT a, b FROM l UNION SELECT a, b FROM r ORDER BY 1;
--| COMPOUND QUERY
--|   LEFT-MOST SUBQUERY
--|     SCAN l
--|   UNION USING TEMP B-TREE
--|     SCAN r
--> NULL, 'n'
--> 1, 'x'
--> 2, 'y'
--> 3, 'z'
SELECT a, b FROM l INTERSECT SELECT a, b FROM r ORDER BY 1;
--> NULL, 'n'
--> 2, 'y'
SELECT a, b FROM l EXCEPT SELECT a, b FROM r;
--> 1, 'x'
SELECT a FROM l EXCEPT SELECT a FROM r UNION ALL VALUES (9) INTERSECT SELECT a * 9 FROM l ORDER BY a;
--> 9

-- ORDER BY and LIMIT are the whole's; names are the first SELECT's.
SELECT a AS first FROM l UNION ALL SELECT a FROM r ORDER BY first DESC LIMIT 2 OFFSET 1;
--> 2
--> 2
SELECT count(*), max(a) FROM (SELECT a FROM l UNION SELECT a FROM r);
--> 4, 3
SELECT a FROM (SELECT a FROM l UNION ALL SELECT a FROM r) WHERE a > 1 ORDER BY a;
--| COMPOUND QUERY
--|   LEFT-MOST SUBQUERY
--|     SCAN l
--|   UNION ALL
--|     SCAN r
--| USE TEMP B-TREE FOR ORDER BY
--> 2
--> 2
--> 2
--> 3
SELECT a FROM l UNION SELECT a, b FROM r;
--! SELECTs to the left and right of UNION do not have the same number of result columns
SELECT a FROM l UNION SELECT a FROM r ORDER BY b;
--! 1st ORDER BY term does not match any column in the result set
SELECT a FROM l LIMIT 1 UNION SELECT a FROM r;
--! LIMIT clause should come after UNION not before

-- ORDER BY with LIMIT over UNION ALL reads of each SELECT what it may need, by an index if there is one.
CREATE TABLE old(id INTEGER PRIMARY KEY, at INT, v TEXT);
CREATE TABLE new(id INTEGER PRIMARY KEY, at INT, v TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
INSERT INTO old SELECT i, i * 7 % 100, 'old' || i FROM n;
INSERT INTO new SELECT id, at + 50, 'new' || id FROM old WHERE id % 3 = 0;
CREATE INDEX old_at ON old(at);
CREATE INDEX new_at ON new(at);
SELECT * FROM (SELECT id, at FROM old UNION ALL SELECT id, at FROM new) ORDER BY at DESC, id LIMIT 3 OFFSET 8;
--| COMPOUND QUERY
--|   LEFT-MOST SUBQUERY
--|     SCAN old USING COVERING INDEX old_at
--|     USE TEMP B-TREE FOR LAST TERM OF ORDER BY
--|   UNION ALL
--|     SCAN new USING COVERING INDEX new_at
--|     USE TEMP B-TREE FOR LAST TERM OF ORDER BY
--| USE TEMP B-TREE FOR ORDER BY
--> 771, 147
--> 228, 146
--> 528, 146
SELECT id FROM old UNION ALL SELECT at FROM new UNION ALL SELECT 5 ORDER BY 1 LIMIT 4 OFFSET 3;
--> 4
--> 5
--> 5
--> 6
SELECT v FROM (SELECT * FROM old UNION ALL SELECT * FROM new) WHERE at > 90 ORDER BY at, v LIMIT -1 OFFSET 230;
--> 'new870'
--> 'new213'
--> 'new513'
--> 'new813'
--> 'new156'
--> 'new456'
--> 'new756'
--> 'new399'
--> 'new699'
--> 'new99'
--> 'new342'
--> 'new42'
--> 'new642'
--> 'new285'
--> 'new585'
--> 'new885'
--> 'new228'
--> 'new528'
--> 'new828'
--> 'new171'
--> 'new471'
--> 'new771'
--> 'new114'
--> 'new414'
--> 'new714'
--> 'new357'
--> 'new57'
--> 'new657'
SELECT v FROM (SELECT * FROM old UNION ALL SELECT * FROM new) ORDER BY at, v LIMIT 2 OFFSET -4;
--> 'old100'
--> 'old200'
SELECT v FROM (SELECT * FROM old UNION ALL SELECT * FROM new) ORDER BY at, v LIMIT 1 + 1 OFFSET 1;
--> 'old200'
--> 'old300'
SELECT v FROM (SELECT * FROM old UNION ALL SELECT * FROM new) ORDER BY at, v LIMIT 9223372036854775807 OFFSET 1198;
--> 'new57'
--> 'new657'
SELECT v FROM (SELECT * FROM old UNION ALL SELECT * FROM new) ORDER BY at, v LIMIT 'x';
--! datatype mismatch
