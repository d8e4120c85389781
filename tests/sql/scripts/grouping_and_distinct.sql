-- GROUP BY and DISTINCT with and without an index, over joins, with LIMIT.
CREATE TABLE sale(id INTEGER PRIMARY KEY, shop TEXT, item TEXT COLLATE NOCASE, n INT);
CREATE INDEX sale_shop ON sale(shop, n);
INSERT INTO sale VALUES (1, 'a', 'Nut', 3), (2, 'b', 'nut', 1), (3, 'a', 'bolt', 2), (4, 'c', NULL, 5), (5, 'b', 'BOLT', 4);

SELECT shop, sum(n), max(n) FROM sale GROUP BY shop ORDER BY shop;
--| SCAN sale USING COVERING INDEX sale_shop
--> 'a', 5, 3
--> 'b', 5, 4
--> 'c', 5, 5
SELECT item, sum(n) FROM sale GROUP BY item ORDER BY sum(n);
--| SCAN sale
--| USE TEMP B-TREE FOR GROUP BY
--| USE TEMP B-TREE FOR ORDER BY
--> 'Nut', 4
--> NULL, 5
--> 'bolt', 6
SELECT shop, lower(item), count(*) FROM sale GROUP BY 1, 2 ORDER BY 1, 2;
--| SCAN sale
--| USE TEMP B-TREE FOR GROUP BY
--> 'a', 'bolt', 1
--> 'a', 'nut', 1
--> 'b', 'bolt', 1
--> 'b', 'nut', 1
--> 'c', NULL, 1
SELECT DISTINCT shop FROM sale ORDER BY shop LIMIT 2;
--| SCAN sale USING COVERING INDEX sale_shop
--> 'a'
--> 'b'
SELECT DISTINCT lower(item) FROM sale ORDER BY 1;
--| SCAN sale
--| USE TEMP B-TREE FOR DISTINCT
--| USE TEMP B-TREE FOR ORDER BY
--> NULL
--> 'bolt'
--> 'nut'
SELECT count(DISTINCT shop), count(DISTINCT item) FROM sale;
--| USE TEMP B-TREE FOR count(DISTINCT)
--| USE TEMP B-TREE FOR count(DISTINCT)
--| SCAN sale
--> 3, 2
SELECT x.shop, count(*) FROM sale AS x JOIN sale AS y ON x.item = y.item GROUP BY x.shop HAVING count(*) > 1 ORDER BY 2, 1;
--> 'a', 4
--> 'b', 4
SELECT DISTINCT count(*) FROM sale GROUP BY shop ORDER BY 1;
--> 1
--> 2
SELECT shop, item FROM sale GROUP BY shop ORDER BY max(n) DESC LIMIT 1;
--> 'c', NULL

-- DISTINCT over an index that puts equal rows side by side needs no table of its own, in any order of the columns.
CREATE TABLE o(a INT, b TEXT, c, n INT NOT NULL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO o SELECT nullif(i % 4, 2), 'b' || (i % 3), i % 5, i * 7 % 11 FROM n;
CREATE INDEX o_abc ON o(a, b DESC, c);
CREATE INDEX o_n ON o(n);
SELECT DISTINCT a FROM o ORDER BY a;
--| SCAN o USING COVERING INDEX o_abc
--> NULL
--> 0
--> 1
--> 3
SELECT DISTINCT a FROM o ORDER BY a DESC LIMIT 2;
--| SCAN o USING COVERING INDEX o_abc
--> 3
--> 1
SELECT DISTINCT a, b FROM o WHERE a > 0 ORDER BY a;
--| SEARCH o USING COVERING INDEX o_abc (a>?)
--| USE TEMP B-TREE FOR DISTINCT
--> 1, 'b2'
--> 1, 'b1'
--> 1, 'b0'
--> 3, 'b2'
--> 3, 'b1'
--> 3, 'b0'
SELECT DISTINCT b, a FROM o WHERE a > 1;
--| SEARCH o USING COVERING INDEX o_abc (a>?)
--> 'b2', 3
--> 'b1', 3
--> 'b0', 3
SELECT DISTINCT c FROM o WHERE a = 3 AND b = 'b0' ORDER BY c DESC;
--| SEARCH o USING COVERING INDEX o_abc (a=? AND b=?)
--> 4
--> 3
--> 2
--> 1
--> 0
SELECT DISTINCT a, c FROM o WHERE a > 1 ORDER BY a, c;
--| SEARCH o USING COVERING INDEX o_abc (a>?)
--| USE TEMP B-TREE FOR DISTINCT
--| USE TEMP B-TREE FOR LAST TERM OF ORDER BY
--> 3, 0
--> 3, 1
--> 3, 2
--> 3, 3
--> 3, 4
SELECT DISTINCT a, b FROM o WHERE a > 1 ORDER BY b, a;
--| SEARCH o USING COVERING INDEX o_abc (a>?)
--| USE TEMP B-TREE FOR DISTINCT
--| USE TEMP B-TREE FOR ORDER BY
--> 3, 'b0'
--> 3, 'b1'
--> 3, 'b2'
SELECT DISTINCT x.a FROM o AS x JOIN o AS y ON y.a = x.a ORDER BY x.a;
--| SCAN x USING COVERING INDEX o_abc
--| SEARCH y USING HASH JOIN (a=?)
--|   SCAN y USING COVERING INDEX o_abc
--> 0
--> 1
--> 3

-- min and max as the first row of an index, with columns of that row.
SELECT max(n), a, b FROM o;
--| SEARCH o USING INDEX o_n
--> 10, NULL, 'b1'
SELECT min(n), c FROM o WHERE c > 2;
--| SEARCH o USING INDEX o_n
--> 0, 3
SELECT min(rowid), b FROM o WHERE rowid > 5;
--| SEARCH o USING INTEGER PRIMARY KEY (rowid>?)
--> 6, 'b0'
SELECT min(a), n > 0 FROM o WHERE a IS NULL;
--> NULL, 1
SELECT min(n), a FROM o WHERE n > 100;
--| SEARCH o USING INDEX o_n (n>?)
--> NULL, NULL

-- GROUP BY takes an index in any order of its terms; groups come in that order.
SELECT b, a, count(*) FROM o WHERE a IS NOT NULL GROUP BY b, a LIMIT 3;
--| SEARCH o USING COVERING INDEX o_abc (a>?)
--> 'b2', 0, 5
--> 'b1', 0, 5
--> 'b0', 0, 5
SELECT a, b, count(*) FROM o GROUP BY a, b ORDER BY b, a LIMIT 3;
--| SCAN o USING COVERING INDEX o_abc
--| USE TEMP B-TREE FOR ORDER BY
--> NULL, 'b0', 5
--> 0, 'b0', 5
--> 1, 'b0', 5
SELECT b, a, count(*) FROM o GROUP BY b, a ORDER BY a, b DESC LIMIT 3;
--| SCAN o USING COVERING INDEX o_abc
--> 'b2', NULL, 5
--> 'b1', NULL, 5
--> 'b0', NULL, 5
