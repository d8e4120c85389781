-- Scalar functions by family; tests/unit/functions has the edges.
SELECT abs(-3), sign(-2.5), round(2.567, 1), ceil(1.2), floor(-1.2), trunc(-1.7), mod(7, 3), pow(2, 10), sqrt(16),
    exp(0), ln(1), log10(1000);
--> 3, -1, 2.6, 2.0, -2.0, -1.0, 1.0, 1024.0, 4.0, 1.0, 0.0, 3.0
SELECT length('héllo'), length(x'0102'), octet_length('é'), upper('aé'), lower('ÀB'), substr('hello', 2, 3),
    substr('hello', -3), instr('hello', 'l');
--> 5, 2, 2, 'Aé', 'Àb', 'ell', 'llo', 3
SELECT trim('  x '), ltrim('xxy', 'x'), rtrim('yxx', 'x'), replace('aXbX', 'X', '--'), hex('az'), unhex('617A'),
    char(72, 105), unicode('A');
--> 'x', 'y', 'y', 'a--b--', '617A', x'617a', 'Hi', 65
SELECT quote('it''s'), quote(x'00'), quote(NULL), quote(1.5), typeof(1), typeof(1.0), typeof('1'), typeof(x''),
    typeof(NULL);
--> '''it''''s''', 'X''00''', 'NULL', '1.5', 'integer', 'real', 'text', 'blob', 'null'
SELECT coalesce(NULL, NULL, 3), ifnull(NULL, 2), nullif(1, 1), iif(1 > 2, 'yes', 'no'), concat('a', NULL, 1),
    concat_ws('-', 'a', NULL, 'b');
--> 3, 2, NULL, 'no', 'a1', 'a-b'
SELECT printf('%05d|%-5s|%.2f|%x|%q', 42, 'ab', 3.14159, 255, 'it''s'), format('%,d', 1234567);
--> '00042|ab   |3.14|ff|it''''s', '1,234,567'
SELECT date('2024-02-29', '+1 year'), time('12:30', '-45 minutes'), datetime(0, 'unixepoch'),
    julianday('2000-01-01'), strftime('%Y week %W', '2024-05-05');
--> '2025-03-01', '11:45:00', '1970-01-01 00:00:00', 2451544.5, '2024 week 18'
SELECT likely(1), unlikely(0), likelihood(1, 0.5), zeroblob(2), glob('a*', 'abc'), like('a%', 'ABC'),
    length(randomblob(4)), typeof(random());
--> 1, 0, 1, x'0000', 1, 1, 4, 'integer'
SELECT missing(1);
--! no such function: missing
SELECT abs();
--! wrong number of arguments to function abs()
SELECT abs(1, 2);
--! wrong number of arguments to function abs()
