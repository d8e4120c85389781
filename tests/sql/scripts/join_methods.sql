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
