-- Common table expressions that read themselves.
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i, i * i FROM n;
--| CO-ROUTINE n
--|   SETUP
--|     SCAN CONSTANT ROW
--|   RECURSIVE STEP
--|     SCAN n
--| SCAN n
--> 1, 1
--> 2, 4
--> 3, 9
--> 4, 16
--> 5, 25

-- LIMIT ends one that would go on; UNION drops what was there before, so a cycle ends.
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i * 2 FROM n LIMIT 6) SELECT group_concat(i) FROM n;
--> '1,2,4,8,16,32'
WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT (i * 3) % 7 FROM n) SELECT count(*) FROM n;
--> 6

-- A tree: breadth first by default; ORDER BY makes of the queue a stack.
CREATE TABLE node(id INTEGER PRIMARY KEY, parent INT, name TEXT);
INSERT INTO node VALUES (1, NULL, 'root'), (2, 1, 'left'), (3, 1, 'right'), (4, 2, 'left.a'), (5, 3, 'right.a'),
    (6, 2, 'left.b');
WITH RECURSIVE tree(id, name, depth) AS (
    SELECT id, name, 0 FROM node WHERE parent IS NULL
    UNION ALL SELECT node.id, node.name, depth + 1 FROM tree JOIN node ON node.parent = tree.id ORDER BY 3, 1)
SELECT depth, name FROM tree;
--> 0, 'root'
--> 1, 'left'
--> 1, 'right'
--> 2, 'left.a'
--> 2, 'right.a'
--> 2, 'left.b'
WITH RECURSIVE tree(id, name, depth) AS (
    SELECT id, name, 0 FROM node WHERE parent IS NULL
    UNION ALL SELECT node.id, node.name, depth + 1 FROM tree JOIN node ON node.parent = tree.id ORDER BY 3 DESC, 1)
SELECT substr('......', 1, depth * 2) || name FROM tree;
--| CO-ROUTINE tree
--|   SETUP
--|     SCAN node
--|   RECURSIVE STEP
--|     SCAN node
--|     SEARCH tree USING HASH JOIN (id=?)
--|       SCAN tree
--| SCAN tree
--> 'root'
--> '..left'
--> '....left.a'
--> '....left.b'
--> '..right'
--> '....right.a'

-- Two recursive parts; the way up a tree; what is refused.
WITH RECURSIVE n(i) AS (SELECT 3 UNION SELECT i + 3 FROM n WHERE i < 9 UNION SELECT i + 5 FROM n WHERE i < 9)
    SELECT i FROM n ORDER BY i;
--> 3
--> 6
--> 8
--> 9
--> 11
--> 13
WITH RECURSIVE up(id, parent) AS (SELECT id, parent FROM node WHERE name = 'left.b'
    UNION ALL SELECT node.id, node.parent FROM node, up WHERE node.id = up.parent)
SELECT group_concat(id, ' < ') FROM up;
--> '6 < 2 < 1'
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT max(i) FROM n) SELECT i FROM n;
--! recursive aggregate queries not supported
