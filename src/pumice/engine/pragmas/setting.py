"""Pragmas that hold a connection's settings. Those that the engine does not act on keep SQLite's default and are read-only here."""

from __future__ import annotations

from typing import Any

from pumice.engine.pragmas.call import PragmaCall

Result = tuple[tuple[str, ...], list[tuple]]

# name -> the value that SQLite's default build reports. The engine behaves as this value says; setting another has no effect.
_FIXED: dict[str, int] = {
    "automatic_index": 1, "cell_size_check": 0, "checkpoint_fullfsync": 0, "count_changes": 0, "defer_foreign_keys": 0,
    "empty_result_callbacks": 0, "foreign_keys": 0, "full_column_names": 0, "fullfsync": 0, "ignore_check_constraints": 0,
    "legacy_alter_table": 0, "mmap_size": 0, "query_only": 0, "read_uncommitted": 0, "recursive_triggers": 0,
    "reverse_unordered_selects": 0, "secure_delete": 0, "short_column_names": 1, "soft_heap_limit": 0, "hard_heap_limit": 0,
    "temp_store": 0, "threads": 0, "trusted_schema": 1, "wal_autocheckpoint": 1000, "writable_schema": 0, "analysis_limit": 0,
}


def _fixed(session: Any, call: PragmaCall) -> Result:
    if call.value is None:
        return (call.name,), [(_FIXED[call.name],)]
    return (), []


def _optimize(session: Any, call: PragmaCall) -> Result:
    return (), []


def _compile_options(session: Any, call: PragmaCall) -> Result:
    return ("compile_options",), [("THREADSAFE=1",)]


SETTING_PRAGMAS = {**dict.fromkeys(_FIXED, _fixed), "optimize": _optimize, "compile_options": _compile_options}
