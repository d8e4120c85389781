"""`pumice FILE [SQL]`: SQL from the arguments, from standard input, or from a prompt with history and completion."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import pumice
from pumice.cli.output import MODES
from pumice.cli.shell import Quit, Shell

_HISTORY = Path.home() / ".pumice_history"
_KEYWORDS = ("SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET JOIN LEFT INNER CROSS ON USING INSERT INTO "
             "VALUES UPDATE SET DELETE CREATE TABLE INDEX VIEW UNIQUE DROP ALTER BEGIN COMMIT ROLLBACK SAVEPOINT "
             "RELEASE PRAGMA EXPLAIN QUERY PLAN ANALYZE WITH RECURSIVE UNION ALL EXCEPT INTERSECT DISTINCT CASE "
             "WHEN THEN ELSE END AND OR NOT NULL IS IN EXISTS BETWEEN LIKE GLOB AS ASC DESC PRIMARY KEY DEFAULT "
             "CHECK COLLATE REFERENCES").split()


def _prompt_lines(shell: Shell) -> Iterator[str]:
    """Lines from a prompt_toolkit prompt where it is installed, else from input()
    (with readline's history if there is one)."""
    try:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
        from prompt_toolkit.history import FileHistory
    except ImportError:
        try:
            import readline  # noqa: F401
        except ImportError:
            pass
        ask = input
    else:
        def words() -> list[str]:
            return [*_KEYWORDS, *shell.names("table", "view", "index"), *(f".{name}" for name in shell.commands())]

        session: PromptSession = PromptSession(history=FileHistory(str(_HISTORY)),
                                               completer=WordCompleter(words, ignore_case=True),
                                               complete_while_typing=False)
        ask = session.prompt
    pending = ""
    while True:
        try:
            line = ask("   ...> " if pending else "pumice> ")
        except KeyboardInterrupt:
            pending = ""
            continue
        except EOFError:
            return
        pending = "" if line.startswith(".") or pumice.complete_statement(pending + line) else pending + line + "\n"
        yield line + "\n"


def main(argv: list[str] | None = None) -> int:
    """Exit code 1 when a statement failed."""
    parser = argparse.ArgumentParser(prog="pumice", description="Shell of the Pumice database engine.")
    parser.add_argument("file", nargs="?", default=":memory:", help="database file; a database in memory when left out")
    parser.add_argument("sql", nargs="*", help="SQL or dot-commands to run; then the shell ends")
    parser.add_argument("--mode", choices=tuple(MODES), help="output mode")
    parser.add_argument("--headers", action="store_true", help="column names above the rows")
    parser.add_argument("--version", action="version",
                        version=f"pumice {pumice.__version__} (SQLite {pumice.sqlite_version})")
    options = parser.parse_args(argv)
    try:
        shell = Shell(options.file)
    except pumice.Error as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    interactive = not options.sql and sys.stdin.isatty()
    if options.mode:
        shell.settings.mode = options.mode
    elif interactive:
        shell.settings.mode = "table"
    shell.settings.headers = options.headers or interactive
    try:
        if options.sql:
            for text in options.sql:
                shell.run(iter(text.splitlines(keepends=True)))
        elif interactive:
            print(f"Pumice {pumice.__version__}. \".help\" lists the commands.")
            shell.run(_prompt_lines(shell))
        else:
            shell.run(sys.stdin)
    except Quit:
        pass
    except BrokenPipeError:
        return 1
    finally:
        shell.connection.close()
    return 1 if shell.failed else 0
