"""Pragmas that hold a connection's settings. A setting that asks for something that is not built is refused by name."""

from __future__ import annotations

from pumice import errors
from pumice.engine.pragmas.call import Pragma, PragmaCall
from pumice.engine.settings import FLAGS
from pumice.plan.parallel import MAX_THREADS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Only these values are built.
_BUILT: dict[str, int] = {
    "foreign_keys": 0, "defer_foreign_keys": 0, "recursive_triggers": 0, "count_changes": 0, "legacy_alter_table": 0,
    "trusted_schema": 1, "reverse_unordered_selects": 0,
}


def _flag(session: Any, call: PragmaCall) -> list[tuple]:
    if call.value is None:
        return [(session.settings[call.name],)]
    value = int(call.boolean())
    if value != session.settings[call.name]:
        session.set_flag(call.name, value)
    return []


def _writable_schema(session: Any, call: PragmaCall) -> list[tuple]:
    if call.value is not None and str(call.value).lower() == "reset":
        session.set_flag(call.name, 0)
        session.forget_schema()
        return []
    return _flag(session, call)


def _built(session: Any, call: PragmaCall) -> list[tuple]:
    if call.value is None:
        return [(_BUILT[call.name],)]
    if int(call.boolean()) != _BUILT[call.name]:
        raise errors.not_supported(f"PRAGMA {call.name}={'OFF' if _BUILT[call.name] else 'ON'}")
    return []


def _case_sensitive_like(session: Any, call: PragmaCall) -> list[tuple]:
    if call.value is not None:
        session.set_flag(call.name, int(call.boolean()))
    return []


def _limit(session: Any, call: PragmaCall) -> list[tuple]:
    """soft_heap_limit, hard_heap_limit: the process's memory is not counted, so only 0, no limit, can be had."""
    if call.value is not None and call.integer() > 0:
        raise errors.not_supported(f"PRAGMA {call.name}")
    return [(0,)]


def _threads(session: Any, call: PragmaCall) -> list[tuple]:
    """How many threads a query may use (SQLite: how many helpers its sorter may use); 0 and 1 switch that off."""
    number = None if call.value is None else call.whole_number()
    if number is not None and number >= 0:
        session.threads = min(number, MAX_THREADS)
        session.generation += 1
    return [(session.threads,)]


def _analysis_limit(session: Any, call: PragmaCall) -> list[tuple]:
    number = None if call.value is None else call.whole_number()
    if number is not None and number >= 0:
        session.settings["analysis_limit"] = min(number, 0x7FFFFFFF)
    return [(session.settings["analysis_limit"],)]


def _busy_timeout(session: Any, call: PragmaCall) -> list[tuple]:
    number = None if call.value is None else call.whole_number()
    if number is not None:
        session.set_timeout(number / 1000)
    return [(session.btrees[0].pager.timeout_ms,)]


def _compile_options(session: Any, call: PragmaCall) -> list[tuple]:
    return [("THREADSAFE=1",)]


SETTING_PRAGMAS: dict[str, Pragma] = {
    **{name: Pragma(_flag, (name,), quiet=True, reads="") for name in FLAGS},
    **{name: Pragma(_built, (name,), quiet=True, reads="") for name in _BUILT},
    "writable_schema": Pragma(_writable_schema, ("writable_schema",), quiet=True, reads=""),
    "case_sensitive_like": Pragma(_case_sensitive_like, reads=""),
    "soft_heap_limit": Pragma(_limit, ("soft_heap_limit",), reads=""),
    "hard_heap_limit": Pragma(_limit, ("hard_heap_limit",), reads=""),
    "threads": Pragma(_threads, ("threads",), reads=""),
    "analysis_limit": Pragma(_analysis_limit, ("analysis_limit",), reads=""),
    "busy_timeout": Pragma(_busy_timeout, ("timeout",), reads=""),
    "compile_options": Pragma(_compile_options, ("compile_options",), reads=""),
}
