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
