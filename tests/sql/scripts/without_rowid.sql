-- WITHOUT ROWID tables: the primary key's tree is the table, other indexes end with the key.
CREATE TABLE stock(shop TEXT, item TEXT, n INT, note TEXT, PRIMARY KEY (shop, item)) WITHOUT ROWID;
CREATE INDEX stock_n ON stock(n);
INSERT INTO stock VALUES ('b', 'nut', 4, NULL), ('a', 'nut', 9, 'm'), ('a', 'bolt', 4, 'k'), ('c', 'cog', 1, '');

SELECT item, n FROM stock WHERE shop = 'a' ORDER BY item;
--| SEARCH stock USING PRIMARY KEY (shop=?)
--> 'bolt', 4
--> 'nut', 9
SELECT note FROM stock WHERE shop = 'a' AND item = 'nut';
--| SEARCH stock USING PRIMARY KEY (shop=? AND item=?)
--> 'm'
SELECT shop, item FROM stock WHERE n = 4 ORDER BY shop;
--| SEARCH stock USING COVERING INDEX stock_n (n=?)
--> 'a', 'bolt'
--> 'b', 'nut'
SELECT max(shop) FROM stock;
--| SEARCH stock
--> 'c'
UPDATE stock SET item = 'screw' WHERE item = 'nut';
UPDATE stock SET shop = 'a', item = 'bolt' WHERE shop = 'c';
--! UNIQUE constraint failed: stock.shop, stock.item
INSERT OR REPLACE INTO stock VALUES ('a', 'bolt', 5, 'new');
INSERT OR IGNORE INTO stock VALUES ('a', 'bolt', 6, 'newer');
INSERT INTO stock(shop, n) VALUES ('z', 1);
--! NOT NULL constraint failed: stock.item
DELETE FROM stock WHERE n > 8;
SELECT * FROM stock ORDER BY shop, item;
--> 'a', 'bolt', 5, 'new'
--> 'b', 'screw', 4, NULL
--> 'c', 'cog', 1, ''
