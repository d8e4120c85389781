"""Imports point one way: every `import` and `cimport` in the package against the table in docs/architecture.md."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "pumice"
_IMPORT = re.compile(r"^\s*(?:from\s+(pumice[\w.]*)\s+c?import\s+\(?\s*(\w+)|c?import\s+(pumice[\w.]*))", re.M)
# TYPE_CHECKING blocks name types only; the whole block is indented below its `if`.
_TYPING = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+.*\n|\n)+", re.M)


def allowed() -> dict[str, list[str]]:
    text = (ROOT / "docs" / "architecture.md").read_text()
    section = text.split("## Allowed imports")[1].split("## ")[0]
    rows = re.findall(r"^\| ([\w.]+) \|(.*)\|$", section, re.M)
    return {name: [item.strip() for item in items.split(",") if item.strip()] for name, items in rows
            if name != "package"}


def package_of(module: str, table: dict[str, list[str]]) -> str | None:
    """The longest entry of the table that is `module` or a parent of it."""
    parts = module.split(".")
    for n in range(len(parts), 0, -1):
        if ".".join(parts[:n]) in table:
            return ".".join(parts[:n])
    return None


def violations() -> list[str]:
    table = allowed()
    found = []
    for path in sorted(SOURCE.rglob("*.py*")):
        if path.suffix not in (".py", ".pyx", ".pxd"):
            continue
        module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        own = package_of(module, table)
        if own is None:
            continue
        for match in _IMPORT.finditer(_TYPING.sub("", path.read_text())):
            target = (match.group(1) or match.group(3)).removeprefix("pumice").lstrip(".")
            if not target and match.group(2):       # `from pumice import errors`
                target = match.group(2)
            target = target or "dbapi"         # `import pumice`: the public face
            target_package = package_of(target, table)
            fits = target_package == own or any(target == item or target.startswith(item + ".") for item in table[own])
            # A package may use its own parts although the table lists them apart (exec and exec.vector).
            fits = fits or (target_package is not None and target_package.startswith(own + "."))
            if not fits:
                found.append(f"{path.relative_to(ROOT)}: {own} imports {target}")
    return found


def test_no_import_against_the_table():
    assert violations() == []


def test_no_other_sql_engine_in_the_product():
    bad = []
    for path in SOURCE.rglob("*.py*"):
        if path.suffix in (".py", ".pyx") and path.name != "errors.py":
            if re.search(r"^\s*(?:import|from|cimport)\s+(?:sqlite3|apsw|_sqlite3)\b", path.read_text(), re.M):
                bad.append(str(path))
    assert bad == []
