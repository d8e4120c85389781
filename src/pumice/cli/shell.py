"""Shell: runs SQL and dot-commands against one connection and prints what comes of them.

A dot-command is a method `dot_<name>`; its docstring is its help line.
"""

from __future__ import annotations

import csv
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import pumice
from pumice.cli.output import MODES, Settings, lines


class Quit(Exception):
    """`.quit`."""


class UsageError(Exception):
    """A dot-command that cannot be carried out; the message is shown."""


class Shell:
    def __init__(self, path: str, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.path = path
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self.settings = Settings()
        self.timer = False
        self.eqp = False
        self.failed = False
        self.echo = self.changes = self.bail = self.once = False
        self.first_out = self.out
        self.connection = pumice.connect(path, isolation_level=None, check_same_thread=False)

    # ---- input

    def run(self, source: Iterator[str]) -> None:
        """Runs all lines of `source`: dot-commands, and statements that may span lines."""
        buffer = ""
        for line in source:
            if self.failed and self.bail:
                raise Quit
            if not buffer and line.lstrip().startswith("."):
                self.command(line.strip())
                continue
            if not buffer and not line.strip():
                continue
            buffer += line if line.endswith("\n") else line + "\n"
            if pumice.complete_statement(buffer):
                self.sql(buffer)
                buffer = ""
        if buffer.strip():
            self.sql(buffer)

    def sql(self, script: str) -> None:
        """Runs each statement of `script` and prints its rows; an error ends the script and shows the place."""
        from pumice.sql.parser import parse_with_params

        at = 0
        while at < len(script):
            try:
                parsed, length, _ = parse_with_params(script[at:])
                if parsed is None:
                    return
                self._statement(script[at:at + length])
            except pumice.Error as error:
                self.failed = True
                self._show_error(error, script, at)
                return
            at += length

    def _statement(self, sql: str) -> None:
        if self.echo:
            print(sql.strip(), file=self.out)
        before = self.connection.total_changes
        started, cpu = time.perf_counter(), time.process_time()
        if self.eqp and sql.lstrip()[:7].upper() != "EXPLAIN":
            self._show_plan(self.connection.execute("EXPLAIN QUERY PLAN " + sql))
        cursor = self.connection.execute(sql)
        if cursor.description is not None:
            if sql.lstrip()[:18].upper() == "EXPLAIN QUERY PLAN":
                self._show_plan(cursor)
            else:
                for line in lines([column[0] for column in cursor.description], cursor, self.settings):
                    print(line, file=self.out)
        if self.changes:
            total = self.connection.total_changes
            print(f"changes: {total - before}   total_changes: {total}", file=self.out)
        if self.once:
            self._end_output()
        if self.timer:
            print(f"Run Time: real {time.perf_counter() - started:.3f} user {time.process_time() - cpu:.6f}",
                  file=self.out)

    def _show_plan(self, rows: Any) -> None:
        children: dict[int, list[tuple[int, str]]] = {}
        for node, parent, _, detail in rows:
            children.setdefault(parent, []).append((node, detail))

        def show(parent: int, indent: str) -> None:
            below = children.get(parent, [])
            for at, (node, detail) in enumerate(below):
                last = at == len(below) - 1
                print(f"{indent}{'`' if last else '|'}--{detail}", file=self.out)
                show(node, indent + ("   " if last else "|  "))

        print("QUERY PLAN", file=self.out)
        show(0, "")

    def _show_error(self, error: Exception, script: str, at: int) -> None:
        print(f"Error: {error}", file=self.err)
        offset = getattr(error, "offset", -1)
        if offset is not None and offset >= 0:
            place = at + offset
            start = script.rfind("\n", 0, place) + 1
            end = script.find("\n", place)
            line = script[start:end if end >= 0 else len(script)]
            left = max(0, place - start - 60)
            print(f"  {line[left:left + 78]}", file=self.err)
            print("  " + " " * (place - start - left) + "^--- error here", file=self.err)

    # ---- dot-commands

    def command(self, line: str) -> None:
        try:
            words = shlex.split(line)
        except ValueError as error:
            words = []
            print(f"Error: {error}", file=self.err)
        if not words:
            return
        name = words[0][1:].lower()
        matches = ([known for known in self.commands() if known == name]
                   or [known for known in self.commands() if known.startswith(name)])
        if len(matches) != 1:
            self.failed = True
            print(f'Error: unknown command or invalid arguments:  "{name}". Enter ".help" for help', file=self.err)
            return
        try:
            self.commands()[matches[0]](*words[1:])
        except (UsageError, pumice.Error, OSError) as error:
            self.failed = True
            print(f"Error: {error}", file=self.err)
        except TypeError:
            self.failed = True
            print(f"Usage: {self.commands()[matches[0]].__doc__}", file=self.err)

    def commands(self) -> dict[str, Callable[..., None]]:
        return {name[4:]: getattr(self, name) for name in sorted(dir(self)) if name.startswith("dot_")}

    def names(self, *kinds: str, pattern: str | None = None) -> list[str]:
        """Names of schema objects of some kinds, in order, internal ones left out."""
        marks = ", ".join("?" for _ in kinds)
        rows = self.connection.execute(
            f"SELECT name FROM sqlite_schema WHERE type IN ({marks}) AND name NOT LIKE 'sqlite_%' AND name LIKE ? "
            "ORDER BY name",
            (*kinds, pattern or "%")).fetchall()
        return [row[0] for row in rows]

    def dot_tables(self, pattern: str | None = None) -> None:
        """.tables ?PATTERN?      names of tables and views"""
        found = self.names("table", "view", pattern=pattern)
        width = max((len(name) for name in found), default=0) + 2
        per_line = max(1, 80 // width)
        n_lines = -(-len(found) // per_line)
        for at in range(n_lines):
            print("".join(name.ljust(width) for name in found[at::n_lines]).rstrip(), file=self.out)

    def dot_indexes(self, table: str | None = None) -> None:
        """.indexes ?TABLE?       names of indexes"""
        rows = self.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index' "
                                       "AND (?1 IS NULL OR tbl_name LIKE ?1) ORDER BY name",
                                       (table,)).fetchall()
        for (name,) in rows:
            print(name, file=self.out)

    def dot_schema(self, pattern: str | None = None) -> None:
        """.schema ?PATTERN?      CREATE statements"""
        rows = self.connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL "
                                       "AND (?1 IS NULL OR tbl_name LIKE ?1 OR name LIKE ?1) ORDER BY rowid",
                                       (pattern,)).fetchall()
        for (sql,) in rows:
            print(f"{sql};", file=self.out)

    def dot_mode(self, mode: str | None = None, table: str = "table") -> None:
        """.mode ?MODE? ?TABLE?   table, column, csv, json, markdown, line, list, box, quote, \
insert (into TABLE), tabs, html"""
        if mode is None:
            print(f"current output mode: {self.settings.mode}", file=self.out)
            return
        if mode not in MODES:
            raise UsageError(f"mode should be one of: {' '.join(MODES)}")
        self.settings.mode = mode
        self.settings.table = table
        if mode == "column":
            self.settings.headers = True

    def dot_headers(self, state: str) -> None:
        """.headers on|off        column names above the rows"""
        self.settings.headers = _on(state)

    def dot_nullvalue(self, shown: str) -> None:
        """.nullvalue STRING      what is shown for NULL"""
        self.settings.null = shown

    def dot_separator(self, separator: str) -> None:
        """.separator STRING      between columns in list mode"""
        self.settings.separator = separator

    def dot_width(self, *widths: str) -> None:
        """.width N ...           least widths of the columns in table, column, box and markdown mode"""
        self.settings.widths = tuple(_integer(word) for word in widths)

    def dot_show(self) -> None:
        """.show                  the settings"""
        shown = {"echo": self.echo, "eqp": self.eqp, "headers": self.settings.headers, "mode": self.settings.mode,
                 "nullvalue": f'"{self.settings.null}"', "output": getattr(self.out, "name", "stdout"),
                 "colseparator": f'"{self.settings.separator}"', "width": " ".join(map(str, self.settings.widths)),
                 "filename": self.path}
        for name, value in shown.items():
            print(f"{name.rjust(12)}: {('off', 'on')[value] if isinstance(value, bool) else value}", file=self.out)

    def dot_databases(self) -> None:
        """.databases             names and files of the databases"""
        for _, name, file in self.connection.execute("PRAGMA database_list"):
            print(f'{name}: {file or chr(34) * 2}', file=self.out)

    def dot_changes(self, state: str) -> None:
        """.changes on|off        rows changed by each statement"""
        self.changes = _on(state)

    def dot_echo(self, state: str) -> None:
        """.echo on|off           each statement before its result"""
        self.echo = _on(state)

    def dot_bail(self, state: str) -> None:
        """.bail on|off           stop at the first error"""
        self.bail = _on(state)

    def dot_print(self, *words: str) -> None:
        """.print STRING ...      that text"""
        print(*words, file=self.out)

    def dot_output(self, file: str | None = None) -> None:
        """.output ?FILE?         results go to FILE, without it to standard output again"""
        self._end_output()
        if file is not None and file != "stdout":
            self.out = open(file, "w", encoding="utf-8")        # noqa: SIM115 (closed by _end_output)

    def dot_once(self, file: str) -> None:
        """.once FILE             the next result goes to FILE"""
        self.dot_output(file)
        self.once = True

    def _end_output(self) -> None:
        if self.out is not self.first_out:
            self.out.close()
            self.out = self.first_out
        self.once = False

    def dot_open(self, file: str = ":memory:") -> None:
        """.open ?FILE?           another database"""
        opened = pumice.connect(file, isolation_level=None, check_same_thread=False)
        self.connection.close()
        self.connection, self.path = opened, file

    def dot_timer(self, state: str) -> None:
        """.timer on|off          time of each statement"""
        self.timer = _on(state)

    def dot_eqp(self, state: str) -> None:
        """.eqp on|off            the query plan before each statement's result"""
        self.eqp = _on(state)

    def dot_read(self, file: str) -> None:
        """.read FILE             runs the SQL and commands in a file"""
        with open(file, encoding="utf-8") as source:
            self.run(source)

    def dot_dump(self) -> None:
        """.dump                  the database as SQL text"""
        for statement in self.connection.iterdump():
            print(statement, file=self.out)

    def dot_import(self, *words: str) -> None:
        """.import ?--skip N? ?--csv? FILE TABLE   rows of a CSV file into a table, \
made from the first row if missing"""
        arguments = list(words)
        skip = 0
        if "--csv" in arguments:
            arguments.remove("--csv")
        if "--skip" in arguments:
            at = arguments.index("--skip")
            skip = int(arguments[at + 1])
            del arguments[at:at + 2]
        if len(arguments) != 2:
            raise UsageError(self.dot_import.__doc__)
        file, table = arguments
        quoted = '"' + table.replace('"', '""') + '"'
        with open(file, encoding="utf-8", newline="") as source, _progress(Path(file).stat().st_size) as bar:
            reader = csv.reader(_counted(source, bar))
            for _ in range(skip):
                next(reader, None)
            if not self.connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE",
                                           (table,)).fetchone():
                header = next(reader)
                columns = ", ".join('"' + name.replace('"', '""') + '" TEXT' for name in header)
                self.connection.execute(f"CREATE TABLE {quoted}({columns})")
            n_columns = len(self.connection.execute(f"SELECT * FROM {quoted} LIMIT 0").description)
            marks = ", ".join("?" * n_columns)
            self.connection.execute("BEGIN")
            try:
                self.connection.executemany(f"INSERT INTO {quoted} VALUES({marks})",
                                            ((row + [None] * n_columns)[:n_columns] for row in reader if row))
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    def dot_help(self) -> None:
        """.help                  this list"""
        for function in self.commands().values():
            print(function.__doc__, file=self.out)

    def dot_quit(self) -> None:
        """.quit                  leave"""
        raise Quit

    dot_exit = dot_quit


def _integer(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise UsageError(f"not a number: {word}") from None


def _on(state: str) -> bool:
    return state.lower() in ("on", "yes", "true", "1")


class _Silent:
    """Stands in for the progress bar where tqdm is absent or standard error is no terminal."""

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, n: int) -> None:
        pass


def _progress(total: int) -> Any:
    if sys.stderr.isatty():
        try:
            from tqdm import tqdm

            return tqdm(total=total, unit="B", unit_scale=True, file=sys.stderr)
        except ImportError:
            pass
    return _Silent()


def _counted(source: TextIO, bar: Any) -> Iterator[str]:
    for line in source:
        bar.update(len(line.encode()))
        yield line
