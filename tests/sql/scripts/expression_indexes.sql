-- An index of an expression serves what is written the same way.
CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, born TEXT);
INSERT INTO person VALUES (1, 'Ada', '1815-12-10'), (2, 'alan', '1912-06-23'), (3, 'Grace', '1906-12-09'), (4,
    NULL, NULL);
CREATE INDEX person_lower ON person(lower(name));
CREATE INDEX person_year ON person(substr(born, 1, 4), name);

SELECT id FROM person WHERE lower(name) = 'alan';
--| SEARCH person USING COVERING INDEX person_lower (<expr>=?)
--> 2
SELECT id, name FROM person WHERE substr(born, 1, 4) BETWEEN '1900' AND '1999' ORDER BY substr(born, 1, 4);
--| SEARCH person USING COVERING INDEX person_year (<expr>>? AND <expr><?)
--> 3, 'Grace'
--> 2, 'alan'
SELECT lower(name), count(*) FROM person GROUP BY lower(name) ORDER BY lower(name);
--| SCAN person USING COVERING INDEX person_lower
--> NULL, 1
--> 'ada', 1
--> 'alan', 1
--> 'grace', 1
SELECT min(lower(name)) FROM person;
--| SEARCH person USING COVERING INDEX person_lower
--> 'ada'
SELECT p.id, q.id FROM person AS p JOIN person AS q ON lower(p.name) = lower(q.name) ORDER BY p.id;
--> 1, 1
--> 2, 2
--> 3, 3

-- Another spelling of the same value does not use it.
SELECT id FROM person WHERE upper(name) = 'ALAN';
--| SCAN person USING COVERING INDEX person_year
--> 2

-- It follows changes, and can be unique.
UPDATE person SET name = 'ADA L.' WHERE lower(name) = 'ada';
DELETE FROM person WHERE lower(name) = 'grace';
SELECT lower(name) FROM person ORDER BY lower(name);
--> NULL
--> 'ada l.'
--> 'alan'
CREATE UNIQUE INDEX person_one_name ON person(lower(name));
INSERT INTO person(name) VALUES ('ALAN');
--! UNIQUE constraint failed: index 'person_one_name'
CREATE INDEX person_random ON person(random());
--! non-deterministic functions prohibited in index expressions
