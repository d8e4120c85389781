-- Rows that have, or lack, a partner elsewhere: EXISTS, IN and their negations.
CREATE TABLE author(id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE book(author INT, title TEXT, pages INT);
INSERT INTO author VALUES (1, 'Ada'), (2, 'Bob'), (3, 'Cleo');
INSERT INTO book VALUES (1, 'First', 100), (1, 'Second', 300), (3, 'Third', 50), (NULL, 'Unsigned', 10);

SELECT name FROM author WHERE EXISTS (SELECT 1 FROM book WHERE book.author = author.id) ORDER BY name;
--| SCAN author
--| SEARCH book USING HASH JOIN (author=?) SEMI-JOIN
--|   SCAN book
--| USE TEMP B-TREE FOR ORDER BY
--> 'Ada'
--> 'Cleo'
SELECT name FROM author WHERE NOT EXISTS (SELECT 1 FROM book WHERE book.author = author.id);
--| SCAN author
--| SEARCH book USING HASH JOIN (author=?) ANTI-JOIN
--|   SCAN book
--> 'Bob'
SELECT name FROM author WHERE id IN (SELECT author FROM book WHERE pages > 60);
--| SEARCH author USING INTEGER PRIMARY KEY (rowid=?)
--| LIST SUBQUERY 1
--|   SCAN book
--> 'Ada'

-- NOT IN is never true where the list has a NULL.
SELECT name FROM author WHERE id NOT IN (SELECT author FROM book);
--| SCAN author
--| LIST SUBQUERY 1
--|   SCAN book
SELECT name FROM author WHERE id NOT IN (SELECT author FROM book WHERE author IS NOT NULL);
--> 'Bob'
SELECT name FROM author WHERE id NOT IN ();
--> 'Ada'
--> 'Bob'
--> 'Cleo'

-- An inequality in EXISTS; row values in IN; either one or the other.
SELECT name FROM author AS a WHERE EXISTS (SELECT 1 FROM book WHERE author = a.id AND pages > 100 * a.id);
--> 'Ada'
SELECT title FROM book WHERE (author, pages) IN (SELECT id, 100 FROM author);
--> 'First'
SELECT name FROM author WHERE id = 2 OR id IN (SELECT author FROM book WHERE pages = 50) ORDER BY name;
--> 'Bob'
--> 'Cleo'
