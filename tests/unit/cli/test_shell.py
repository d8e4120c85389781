"""The shell: SQL and dot-commands from arguments and standard input, output modes, errors with a caret."""

import io
import sqlite3

import pytest

from examples import demo
from pumice.cli.main import main
from pumice.cli.shell import Shell


@pytest.fixture
def shell():
    made = Shell(":memory:", io.StringIO(), io.StringIO())
    made.run(iter(["CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);\n", "INSERT INTO t VALUES (1, 'x'), (2, NULL);\n"]))
    yield made
    made.connection.close()


def output(shell, *lines):
    shell.out.seek(0)
    shell.out.truncate()
    shell.run(iter(line + "\n" for line in lines))
    return shell.out.getvalue()


@pytest.mark.parametrize(("mode", "expected"), [
    ("list", "1|x\n2|\n"),
    ("csv", "1,x\n2,\n"),
    ("json", '[{"a": 1, "b": "x"},\n{"a": 2, "b": null}]\n'),
    ("line", "a = 1\nb = x\n\na = 2\nb = \n"),
    ("column", "a  b\n-  -\n1  x\n2\n"),
    ("markdown", "| a | b |\n|---|---|\n| 1 | x |\n| 2 |   |\n"),
    ("box", "┌───┬───┐\n│ a │ b │\n├───┼───┤\n│ 1 │ x │\n│ 2 │   │\n└───┴───┘\n"),
    ("quote", "1,'x'\n2,NULL\n"),
    ("insert x", "INSERT INTO x VALUES(1,'x');\nINSERT INTO x VALUES(2,NULL);\n"),
    ("tabs", "1\tx\n2\t\n"),
    ("html", "<TR><TD>1</TD>\n<TD>x</TD>\n</TR>\n<TR><TD>2</TD>\n<TD></TD>\n</TR>\n"),
    ("table", "+---+---+\n| a | b |\n+---+---+\n| 1 | x |\n| 2 |   |\n+---+---+\n"),
])
def test_modes(shell, mode, expected):
    assert output(shell, f".mode {mode}", "SELECT * FROM t;") == expected


def test_statement_over_several_lines(shell):
    assert output(shell, "SELECT a", "FROM t", "WHERE b = 'x';") == "1\n"


def test_commands(shell):
    assert output(shell, ".tables") == "t\n"
    assert output(shell, ".schema") == "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);\n"
    assert "INSERT INTO \"t\" VALUES(1,'x');" in output(shell, ".dump")
    assert ".import" in output(shell, ".help")


def test_error_has_a_caret(shell):
    output(shell, "SELECT a, nope FROM t;")
    text = shell.err.getvalue().splitlines()
    assert text[0] == "Error: no such column: nope"
    assert text[2].index("^") == text[1].index("nope")
    assert shell.failed


def test_import(shell, tmp_path):
    file = tmp_path / "in.csv"
    file.write_text('name,n\n"a, b",1\nc,2\n')
    assert output(shell, f".import {file} made", "SELECT * FROM made;") == "a, b|1\nc|2\n"


def test_main_runs_sql_from_arguments(tmp_path, capsys):
    path = str(tmp_path / "x.db")
    assert main([path, "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2);", "SELECT sum(a) FROM t"]) == 0
    assert capsys.readouterr().out == "3\n"
    assert main([path, "SELEC 1"]) == 1
    assert sqlite3.connect(path).execute("SELECT count(*) FROM t").fetchone() == (2,)


def test_demo_on_a_few_modules(tmp_path, capsys):
    assert demo.run(tmp_path / "demo.db", tmp_path / "other.db", 25) == 0
    assert "Same answers from both engines." in capsys.readouterr().out


def test_output_goes_to_files(shell, tmp_path):
    once, rest = tmp_path / "once", tmp_path / "rest"
    assert output(shell, f".once {once}", "SELECT 1;", "SELECT 2;", f".output {rest}", "SELECT 3;", "SELECT 4;",
                  ".output", "SELECT 5;") == "2\n5\n"
    assert once.read_text() == "1\n" and rest.read_text() == "3\n4\n"


def test_echo_changes_width_and_show(shell):
    printed = output(shell, ".echo on", ".changes on", "UPDATE t SET b = b;")
    assert printed == "UPDATE t SET b = b;\nchanges: 2   total_changes: 4\n"
    output(shell, ".echo off", ".changes off")
    assert output(shell, ".mode column", ".width 4", "SELECT a, b FROM t WHERE a = 1;") == "a     b\n----  -\n1     x\n"
    assert "        mode: column\n" in output(shell, ".show")
    assert output(shell, ".mode") == "current output mode: column\n"


def test_open_and_databases(shell, tmp_path):
    printed = output(shell, f".open {tmp_path}/o.db", "CREATE TABLE z(a);", ".tables", ".databases")
    assert printed == f"z\nmain: {tmp_path}/o.db\n"


def test_bail_stops_at_the_first_error(tmp_path, capsys):
    file = tmp_path / "s.sql"
    file.write_text("SELECT 1;\n.bail on\nSELEC;\nSELECT 2;\n")
    assert main([":memory:", f".read {file}"]) == 1
    assert capsys.readouterr().out == "1\n"
