"""The parser against SQLite: what is accepted, the messages and offsets of what is not, positions and source texts."""

import random
import re

import apsw
import pytest
from bad_statements import BAD, SCHEMA
from pumice.sql.tokenizer import tokenize
from statements import EXPRESSIONS, STATEMENTS

from pumice import errors
from pumice.sql import ast
from pumice.sql.parser import complete_statement, parse, parse_expr, parse_script, parse_with_params

# What the grammar itself (with the actions that this parser takes over) says; other messages are of later stages.
GRAMMAR_MESSAGE = re.compile(
    r'near ".*": syntax error|incomplete input|unrecognized token: .*|variable number must be .*'
    r"|a JOIN clause is required before .*|unknown join type: .*|.* clause should come after .* not before"
    r"|all VALUES must have the same number of terms|unsupported frame specification|unknown table option: .*"
    r'|syntax error after column name ".*"|duplicate WITH table name: .*|hex literal too big: .*',
    re.DOTALL,
)
SYNTAX_MESSAGE = re.compile(r'near ".*": syntax error|incomplete input', re.DOTALL)


def oracle_error(sql):
    """(message, offset) that SQLite gives for the first statement of `sql`, or None."""
    db = apsw.Connection(":memory:")
    db.execute(SCHEMA)
    cursor = db.cursor()
    # Prepares the statement and runs nothing of it.
    cursor.exec_trace = lambda *_: False
    try:
        cursor.execute(sql)
    except (apsw.BindingsError, apsw.ExecTraceAbort):
        return None
    except apsw.Error as error:
        offset = error.error_offset
        if offset > 0:
            offset = len(sql.encode()[:offset].decode(errors="replace"))
        return str(error), offset
    return None


def own_error(sql):
    try:
        parse_script(sql)
    except errors.OperationalError as error:
        assert error.sqlite_errorcode == 1
        return str(error), error.offset
    return None


@pytest.mark.parametrize("sql", BAD)
def test_error_is_sqlites(sql):
    assert own_error(sql) == oracle_error(sql)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_accepts_what_sqlite_accepts(expression):
    sql = f"SELECT {expression}"
    error = oracle_error(sql)
    assert error is None or not GRAMMAR_MESSAGE.fullmatch(error[0])
    assert own_error(sql) is None


@pytest.mark.parametrize("sql", [s for s in STATEMENTS if not s.startswith("EXPLAIN ANALYZE ")])
def test_accepts_statements_sqlite_accepts(sql):
    error = oracle_error(sql)
    assert error is None or not GRAMMAR_MESSAGE.fullmatch(error[0])
    assert own_error(sql) is None


def mutations(seed, count):
    """Statements with tokens dropped, doubled, swapped and taken from other statements."""
    rng = random.Random(seed)
    pool = []
    split = []
    for sql in STATEMENTS + [f"SELECT {e}" for e in EXPRESSIONS]:
        texts, kinds, end = [], [], 0
        while end < len(sql):
            end = tokenize(sql, end, kinds, texts, [])
        texts = [t for t in texts if t]
        split.append(texts)
        pool.extend(texts)
    for _ in range(count):
        texts = list(rng.choice(split))
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            i = rng.randrange(len(texts)) if texts else 0
            action = rng.randrange(5)
            if action == 0:
                del texts[i : i + 1]
            elif action == 1:
                texts.insert(i, rng.choice(pool))
            elif action == 2 and texts:
                texts[i] = rng.choice(pool)
            elif action == 3 and texts:
                j = rng.randrange(len(texts))
                texts[i], texts[j] = texts[j], texts[i]
            elif texts:
                texts[i] = texts[i][: rng.randrange(len(texts[i]) + 1)]
        yield " ".join(texts)


@pytest.mark.parametrize("seed", range(8))
def test_mutations_give_only_sql_errors(seed):
    for sql in mutations(seed, 1000):
        own_error(sql)


@pytest.mark.parametrize("seed", range(4))
def test_mutations_fail_as_in_sqlite(seed):
    """Where SQLite says that the syntax is wrong, so does the parser, at the same token; and the other way round."""
    for sql in mutations(100 + seed, 800):
        if "ANALYZE" in sql or "CONCURRENT" in sql.upper() or "\0" in sql or ";" in sql:
            continue
        theirs, mine = oracle_error(sql), own_error(sql)
        theirs_is_syntax = theirs is not None and SYNTAX_MESSAGE.fullmatch(theirs[0])
        mine_is_syntax = mine is not None and SYNTAX_MESSAGE.fullmatch(mine[0])
        if theirs_is_syntax and (mine is None or mine_is_syntax):
            assert mine == theirs, sql
        if mine_is_syntax and (theirs is None or theirs_is_syntax):
            assert mine == theirs, sql


def test_nothing_to_parse():
    for sql in ("", "  \n", "-- x", "/* x */ ; ;; -- y", "\ufeff"):
        assert parse(sql) is None


def test_second_statement_is_refused():
    with pytest.raises(errors.ProgrammingError, match="one statement at a time"):
        parse("SELECT 1; SELECT 2")
    assert parse("SELECT 1;; -- x\n ; /* y */") == parse("SELECT 1")


def test_script():
    sql = "SELECT 1; CREATE TRIGGER r INSERT ON t BEGIN SELECT 1; SELECT 2; END; ; SELECT ';' -- ;\n"
    statements, pos = [], 0
    while True:
        statement, pos = parse_script(sql, pos)
        if statement is None:
            break
        statements.append(type(statement).__name__)
    assert statements == ["Select", "CreateTrigger", "Select"]
    assert pos == len(sql)


def test_script_offsets_are_of_the_whole_text():
    sql = "SELECT 1; SELECT 2 3"
    _, pos = parse_script(sql)
    with pytest.raises(errors.OperationalError) as caught:
        parse_script(sql, pos)
    assert caught.value.offset == sql.index("3")


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT ?, ?", (None, None)),
        ("SELECT :a, @b, $c, :a", (":a", "@b", "$c")),
        ("SELECT ?3, ?, :x, ?2", (None, "?2", "?3", None, ":x")),
        ("SELECT $a::b(c)", ("$a::b(c)",)),
    ],
)
def test_parameters(sql, names):
    statement, tail, params = parse_with_params(sql)
    assert params == names
    assert tail == len(sql)
    cursor = apsw.Connection(":memory:").cursor()
    cursor.execute(sql, [0] * len(params))
    assert cursor.bindings_count == len(params)


def test_column_text_is_the_source():
    sql = "SELECT 1+2, 1 + /* x */ 2 , (3)AS d, 5 /* y */, abs( 1 ) -- z\n FROM t"
    db = apsw.Connection(":memory:")
    db.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
    theirs = [column[0] for column in db.execute(sql).description]
    assert [c.alias or c.text for c in parse(sql).body.columns] == theirs


def test_declared_types_and_defaults_are_sqlites():
    sql = """CREATE TABLE x(a VARCHAR( 10 ), b  UNSIGNED   BIG  INT, c "foo bar" baz, d 'q r', e [s],
        f GENERATED ALWAYS AS (1), g INT GENERATED ALWAYS AS (1) STORED, h, i text DEFAULT - 5, j DEFAULT ( 1 + 2 ),
        k DEFAULT foo, l DEFAULT 'it''s', m DEFAULT TRUE, n DEFAULT current_time, o DEFAULT "q",
        p DEFAULT (/* c */ 1))"""
    db = apsw.Connection(":memory:")
    db.execute(sql)
    theirs = [(name, kind or None, default) for _, name, kind, _, default, *_ in db.execute("PRAGMA table_xinfo(x)")]
    mine = []
    for column in parse(sql).columns:
        default = [c.text for c in column.constraints if type(c) is ast.DefaultColumn]
        mine.append((column.name, column.type_name, default[0] if default else None))
    assert mine == theirs


def test_check_text():
    table = parse("CREATE TABLE t(a CHECK ( a > /* x */ 1 ), CHECK(b))")
    assert table.columns[0].constraints[0].text == "a > /* x */ 1"
    assert table.constraints[0].text == "b"


def test_virtual_table_arguments_are_source_texts():
    table = parse("CREATE VIRTUAL TABLE t USING m( a  b , c('x, y' (z)) -- n\n ,, d=';' )")
    assert table.args == ("a  b", "c('x, y' (z))", "d=';'")


@pytest.mark.parametrize(
    ("depth", "accepted"), [(500, True), (999, True), (1001, False), (20_000, False)]
)
def test_expression_depth(depth, accepted):
    chains = ["+".join(["1"] * depth), " AND ".join(["1"] * depth)]
    nests = ["- " * (depth - 1) + "1", "f(" * depth + ")" * depth]
    for sql in chains + nests:
        if accepted:
            parse_expr(sql)
        else:
            with pytest.raises(errors.OperationalError, match="maximum depth 1000|Recursion limit"):
                parse_expr(sql)


def test_deep_nesting_raises_no_recursion_error():
    for n in (1000, 50_000):
        for sql in ("(" * n + "1" + ")" * n, "(SELECT " * n + "1" + ")" * n, "CASE " * n, "1 IN (" * n):
            own_error(f"SELECT {sql}")
        own_error("SELECT * FROM " + "(" * n)
        own_error("SELECT 1" + " UNION SELECT 1" * n)


COMPLETE = [
    "", ";", "SELECT 1", "SELECT 1;", "SELECT 1; ", "SELECT 1; -- x", "SELECT 1 -- ;", "SELECT ';", "SELECT ';';",
    "/* ; */", "SELECT 1 /* ;", "SELECT 1; /* x */", "CREATE TRIGGER r INSERT ON t BEGIN SELECT 1;",
    "CREATE TRIGGER r INSERT ON t BEGIN SELECT 1; END;", "CREATE TEMP TRIGGER r BEGIN ; END ;",
    "EXPLAIN CREATE TRIGGER x ; END", "EXPLAIN CREATE TRIGGER x ; END;", "CREATE TABLE t(a);", "SELECT \"a;",
    "[;];", "`;`;",
    "EXPLAIN QUERY PLAN CREATE TRIGGER x ;", "create temporary trigger x; end; ;", "-- x", "-- x\n;",
]


@pytest.mark.parametrize("sql", COMPLETE)
def test_complete_statement(sql):
    assert complete_statement(sql) == apsw.complete(sql)
