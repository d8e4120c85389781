-- $scale items; `code` is a permutation of the ids as text, `grp` has 100 values, `cust` $scale/10, `price` cents.
CREATE TABLE items(id INTEGER PRIMARY KEY, code TEXT, grp INTEGER, cust INTEGER, qty INTEGER, price REAL, note TEXT);
WITH RECURSIVE seq(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM seq WHERE i < $scale)
INSERT INTO items
SELECT i, 'C' || ((i * 7919) % $scale), (i * 31) % 100, (i * 7907) % ($scale / 10) + 1, (i * 104729) % 1000,
       ((i * 15485863) % 100000) / 100.0,
       CASE i % 5 WHEN 0 THEN 'red ' WHEN 1 THEN 'green ' WHEN 2 THEN 'blue ' WHEN 3 THEN 'grey ' ELSE 'plain ' END
         || 'item, lot ' || ((i * 613) % 997) || ', shelf ' || (i % 37)
FROM seq;
