-- Each aggregate: plain, DISTINCT, with FILTER, with ORDER BY, over no rows.
CREATE TABLE t(g TEXT, v INT, s TEXT);
INSERT INTO t VALUES ('a', 3, 'x'), ('a', 1, 'y'), ('a', 3, 'x'), ('b', NULL, 'z'), ('b', 7, NULL), ('c', NULL, NULL);

SELECT g, count(*), count(v), sum(v), total(v), avg(v), min(v), max(v) FROM t GROUP BY g ORDER BY g;
--> 'a', 3, 3, 7, 7.0, 2.3333333333333335, 1, 3
--> 'b', 2, 1, 7, 7.0, 7.0, 7, 7
--> 'c', 1, 0, NULL, 0.0, NULL, NULL, NULL
SELECT g, count(DISTINCT v), sum(DISTINCT v), total(DISTINCT v), avg(DISTINCT v), min(DISTINCT v), max(DISTINCT v)
FROM t GROUP BY g ORDER BY g;
--> 'a', 2, 4, 4.0, 2.0, 1, 3
--> 'b', 1, 7, 7.0, 7.0, 7, 7
--> 'c', 0, NULL, 0.0, NULL, NULL, NULL
SELECT g, count(*) FILTER (WHERE v > 1), sum(v) FILTER (WHERE v > 1), total(v) FILTER (WHERE v > 1),
    avg(v) FILTER (WHERE v < 3),
    min(v) FILTER (WHERE v > 1), max(v) FILTER (WHERE v < 3), group_concat(s) FILTER (WHERE s < 'z') FROM t
        GROUP BY g ORDER BY g;
--> 'a', 2, 6, 6.0, 1.0, 3, 1, 'x,y,x'
--> 'b', 1, 7, 7.0, NULL, 7, NULL, NULL
--> 'c', 0, NULL, 0.0, NULL, NULL, NULL, NULL
SELECT g, group_concat(s, '-' ORDER BY s DESC), string_agg(s, '' ORDER BY v), group_concat(DISTINCT s) FROM t
    GROUP BY g ORDER BY g;
--> 'a', 'y-x-x', 'yxx', 'x,y'
--> 'b', 'z', 'z', 'z'
--> 'c', NULL, NULL, NULL
SELECT sum(v ORDER BY s), count(v ORDER BY s), avg(v ORDER BY v), min(s ORDER BY v), max(s ORDER BY v), total(v
    ORDER BY v) FROM t;
--> 14, 4, 3.5, 'x', 'z', 14.0
SELECT count(*), count(v), sum(v), total(v), avg(v), min(v), max(v), group_concat(s) FROM t WHERE 0;
--> 0, 0, NULL, 0.0, NULL, NULL, NULL, NULL

-- No rows and GROUP BY: no group.
SELECT g, count(*) FROM t WHERE 0 GROUP BY g;

-- A bare column beside min() or max() is of the row that has it.
SELECT g, max(v), s FROM t GROUP BY g ORDER BY g;
--> 'a', 3, 'x'
--> 'b', 7, NULL
--> 'c', NULL, NULL

-- HAVING, with and without GROUP BY; groups by an expression, by a number.
SELECT g, sum(v) AS total FROM t GROUP BY g HAVING total > 5 ORDER BY g;
--> 'a', 7
--> 'b', 7
SELECT count(*) FROM t HAVING count(*) > 100;
SELECT v IS NULL, count(*) FROM t GROUP BY v IS NULL ORDER BY 1;
--> 0, 4
--> 1, 2
SELECT g, count(*) FROM t GROUP BY 1 ORDER BY 2, 1;
--> 'c', 1
--> 'b', 2
--> 'a', 3

-- Integers overflow in sum(), total() is real from the start; min() and max() of several arguments are no aggregates.
SELECT sum(x) FROM (SELECT 9223372036854775807 AS x UNION ALL SELECT 1);
--! integer overflow
SELECT total(x) FROM (SELECT 9223372036854775807 AS x UNION ALL SELECT 1);
--> 9.223372036854776e+18
SELECT min(3, 1, 2), max('a', 5), min(1, NULL);
--> 1, 'a', NULL
SELECT sum(count(*)) FROM t;
--! misuse of aggregate function count()
SELECT g FROM t WHERE count(*) > 1;
--! misuse of aggregate function count()

-- min() and max() beside bare columns take their row from an index, also where all values are NULL.
CREATE TABLE bare(x INT, y INT);
CREATE INDEX bare_x ON bare(x);
INSERT INTO bare VALUES (NULL, 1), (NULL, 2), (NULL, 3);
SELECT min(x), y FROM bare;
--| SEARCH bare USING INDEX bare_x
--> NULL, 1
SELECT min(x), y FROM bare WHERE y > 1;
--> NULL, 2
SELECT min(x), y FROM bare WHERE y > 3;
--> NULL, NULL
INSERT INTO bare VALUES (5, 4), (3, 5), (3, 6);
SELECT min(x), y FROM bare;
--> 3, 5
SELECT max(x), y FROM bare;
--| SEARCH bare USING INDEX bare_x
--> 5, 4
SELECT min(x), y + x FROM bare WHERE y <> 5;
--> 3, 9
SELECT min(x) + 1 FROM bare WHERE y < 3;
--> NULL
