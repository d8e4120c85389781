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
--| USE TEMP B-TREE FOR DISTINCT
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
--| SCAN sale
--| USE TEMP B-TREE FOR count(DISTINCT)
--| USE TEMP B-TREE FOR count(DISTINCT)
--> 3, 2
SELECT x.shop, count(*) FROM sale AS x JOIN sale AS y ON x.item = y.item GROUP BY x.shop HAVING count(*) > 1 ORDER BY 2, 1;
--> 'a', 4
--> 'b', 4
SELECT DISTINCT count(*) FROM sale GROUP BY shop ORDER BY 1;
--> 1
--> 2
SELECT shop, item FROM sale GROUP BY shop ORDER BY max(n) DESC LIMIT 1;
--> 'c', NULL
