-- How a join finds its matches: by rowid, by index, by hashing, in a loop.
CREATE TABLE big(id INTEGER PRIMARY KEY, a INT, b INT);
CREATE TABLE small(id INTEGER PRIMARY KEY, a INT, b INT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO big SELECT i, i % 500, i % 11 FROM n;
INSERT INTO small SELECT id, a, b FROM big WHERE id % 100 = 1;
CREATE INDEX big_a ON big(a);
ANALYZE;

SELECT count(*), sum(big.b) FROM small JOIN big ON big.id = small.a;
--| SCAN small
--| SEARCH big USING INTEGER PRIMARY KEY (rowid=?)
--> 20, 60
SELECT count(*), sum(big.b) FROM small JOIN big ON big.a = small.a;
--| SCAN small
--| SEARCH big USING INDEX big_a (a=?)
--> 80, 400
SELECT count(*) FROM small JOIN big ON big.b = small.b;
--| SCAN big
--| SEARCH small USING HASH JOIN (b=?)
--|   SCAN small
--> 3638
SELECT count(*) FROM small JOIN big ON big.b < small.b - 8;
--| SCAN big
--| SCAN small
--> 725

-- CROSS JOIN keeps the order that is written.
SELECT count(*) FROM big CROSS JOIN small ON big.id = small.id;
--| SCAN big USING COVERING INDEX big_a
--| SEARCH small USING HASH JOIN (id=?)
--|   SCAN small
--> 20

-- Three tables: the narrowest first.
SELECT count(*) FROM big AS x JOIN big AS y ON x.id = y.a JOIN small ON small.id = x.id WHERE small.b = 2;
--| SCAN small
--| SEARCH x USING INTEGER PRIMARY KEY (rowid=?)
--| SEARCH y USING COVERING INDEX big_a (a=?)
--> 4

-- A join of two small tables that leaves few rows is made first and hashed as a whole: one look-up a row of the big one.
CREATE TABLE sales(id INTEGER PRIMARY KEY, shop INT, price INT);
CREATE TABLE shop(id INTEGER PRIMARY KEY, town INT, name TEXT);
CREATE TABLE town(id INTEGER PRIMARY KEY, country TEXT);
INSERT INTO town SELECT id, CASE WHEN id % 7 = 0 THEN 'FR' ELSE 'DE' END FROM big WHERE id <= 40;
INSERT INTO shop SELECT id, id % 40, 'shop ' || id FROM big WHERE id <= 400;
INSERT INTO sales SELECT x.id * 10 + y.a, (x.id * 7 + y.a * 3) % 420, x.id % 13 FROM big AS x, big AS y WHERE y.id < 10;
ANALYZE;
SELECT count(*), sum(price), min(shop.name), max(town.id) FROM sales, shop, town
WHERE sales.shop = shop.id AND shop.town = town.id AND town.country = 'FR';
--| SCAN sales
--| SEARCH (join) USING HASH JOIN (id=?)
--|   SCAN shop
--|   SEARCH town USING HASH JOIN (id=?)
--|     SCAN town
--> 2168, 13040, 'shop 101', 35
SELECT count(*), sum(price + shop.id), count(DISTINCT town.id) FROM sales, shop, town
WHERE sales.shop = shop.id AND shop.town = town.id AND town.country = 'FR' AND sales.price > town.id
  AND sales.price + shop.town < 20;
--| USE TEMP B-TREE FOR count(DISTINCT)
--| SCAN sales
--| SEARCH (join) USING HASH JOIN (id=?)
--|   SCAN shop
--|   SEARCH town USING HASH JOIN (id=?)
--|     SCAN town
--> 167, 33716, 1
-- Equal columns in all three: each is tied once.
SELECT count(*), sum(price) FROM sales, shop, town
WHERE sales.price = shop.town AND shop.town = town.id AND town.country = 'FR' AND shop.name <> 'shop 7';
--| SCAN sales
--| SEARCH (join) USING HASH JOIN (town=?)
--|   SCAN shop
--|   SEARCH town USING HASH JOIN (id=?)
--|     SCAN town
--> 12474, 87318
