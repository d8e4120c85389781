-- $scale orders of $scale/10 customers, ten each.
CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, city INTEGER, credit REAL);
CREATE TABLE orders(id INTEGER PRIMARY KEY, cust INTEGER, day INTEGER, total REAL);
WITH RECURSIVE seq(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM seq WHERE i < $scale / 10)
INSERT INTO customers SELECT i, 'customer ' || i, (i * 31) % 50, ((i * 7919) % 10000) / 10.0 FROM seq;
WITH RECURSIVE seq(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM seq WHERE i < $scale)
INSERT INTO orders SELECT i, (i * 7907) % ($scale / 10) + 1, (i * 613) % 365, ((i * 104729) % 100000) / 100.0 FROM seq;
