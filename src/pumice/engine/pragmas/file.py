"""Pragmas about the database file: header fields, sizes, cache, journal and locking."""

from __future__ import annotations

from typing import Any

from pumice import errors
from pumice.engine.pragmas.call import PragmaCall

Result = tuple[tuple[str, ...], list[tuple]]
_META = {"schema_version": 1, "user_version": 6, "application_id": 8}
_ENCODINGS = {1: "UTF-8", 2: "UTF-16le", 3: "UTF-16be"}
_SYNCHRONOUS = {"off": 0, "normal": 1, "full": 2, "extra": 3}


def _header_field(session: Any, call: PragmaCall) -> Result:
    tree = session.btrees[call.db]
    field = _META[call.name]
    if call.value is None:
        value = tree.py_get_meta(field)
        return (call.name,), [(value - (1 << 32) if value >= 1 << 31 else value,)]
    session.transaction.begin_write(call.db)
    tree.py_set_meta(field, call.integer() & 0xFFFFFFFF)
    if field == _META["schema_version"]:
        session.forget_schema()
    return (), []


def _page_size(session: Any, call: PragmaCall) -> Result:
    pager = session.btrees[call.db].pager
    if call.value is None:
        return ("page_size",), [(pager.page_size,)]
    size = call.integer()
    if 512 <= size <= 65536 and size & (size - 1) == 0 and pager.n_pages == 0:
        pager.set_page_size(size, pager.page_size - pager.usable)
    return (), []


def _page_count(session: Any, call: PragmaCall) -> Result:
    return ("page_count",), [(session.btrees[call.db].pager.n_pages,)]


def _freelist_count(session: Any, call: PragmaCall) -> Result:
    return ("freelist_count",), [(session.btrees[call.db].py_get_meta(0),)]


def _max_page_count(session: Any, call: PragmaCall) -> Result:
    return ("max_page_count",), [(4294967294,)]


def _cache_size(session: Any, call: PragmaCall) -> Result:
    pager = session.btrees[call.db].pager
    if call.value is None:
        return ("cache_size",), [(pager.cache_size,)]
    pager.cache_size = call.integer()
    return (), []


def _journal_mode(session: Any, call: PragmaCall) -> Result:
    pager = session.btrees[call.db].pager
    if call.value is not None and session.transaction.autocommit:
        mode = str(call.value).lower()
        if mode == "wal" and pager.journal_mode != "memory":
            raise errors.not_supported("journal_mode=WAL")
        if mode in ("delete", "truncate", "persist", "memory", "off"):
            pager.journal_mode = mode
    return ("journal_mode",), [(pager.journal_mode,)]


def _synchronous(session: Any, call: PragmaCall) -> Result:
    pager = session.btrees[call.db].pager
    if call.value is None:
        return ("synchronous",), [(pager.synchronous,)]
    if not session.transaction.autocommit:
        raise errors.sql_error("Safety level may not be changed inside a transaction")
    level = _SYNCHRONOUS.get(str(call.value).lower())
    pager.synchronous = level if level is not None else max(0, min(3, call.integer()))
    return (), []


def _encoding(session: Any, call: PragmaCall) -> Result:
    tree = session.btrees[0]
    if call.value is None:
        return ("encoding",), [(_ENCODINGS[tree.encoding or 1],)]
    wanted = {"utf8": 1, "utf-8": 1, "utf16": 2, "utf-16": 2, "utf16le": 2, "utf-16le": 2, "utf16be": 3, "utf-16be": 3}
    code = wanted.get(str(call.value).lower())
    if code is None:
        raise errors.sql_error(f"unsupported encoding: {call.value}")
    if tree.pager.n_pages == 0:
        for each in session.btrees:
            each.encoding = code
        session.forget_schema()
    return (), []


def _auto_vacuum(session: Any, call: PragmaCall) -> Result:
    tree = session.btrees[call.db]
    if call.value is None:
        mode = tree.auto_vacuum_mode if tree.pager.n_pages == 0 else (
            0 if not tree.auto_vacuum else 2 if tree.py_get_meta(7) else 1)
        return ("auto_vacuum",), [(mode,)]
    if tree.pager.n_pages == 0:
        names = {"none": 0, "full": 1, "incremental": 2}
        tree.auto_vacuum_mode = names.get(str(call.value).lower(), call.integer() if call.integer() in (0, 1, 2) else 0)
    return (), []


def _incremental_vacuum(session: Any, call: PragmaCall) -> Result:
    tree = session.btrees[call.db]
    if tree.auto_vacuum:
        session.transaction.begin_write(call.db)
        tree.incremental_vacuum(call.integer() if call.value is not None else 0)
    return (), []


def _data_version(session: Any, call: PragmaCall) -> Result:
    return ("data_version",), [(session.btrees[call.db].pager.data_version,)]


def _locking_mode(session: Any, call: PragmaCall) -> Result:
    pager = session.btrees[call.db].pager
    if call.value is not None and str(call.value).lower() in ("normal", "exclusive"):
        pager.locking_mode = str(call.value).lower()
    return ("locking_mode",), [(pager.locking_mode,)]


def _busy_timeout(session: Any, call: PragmaCall) -> Result:
    if call.value is not None:
        session.set_timeout(call.integer() / 1000)
    return ("timeout",), [(session.btrees[0].pager.timeout_ms,)]


def _database_list(session: Any, call: PragmaCall) -> Result:
    rows = [(0, "main", session.file_name())]
    if session.catalog.schemas[1].tables.keys() - {"sqlite_temp_master"}:
        rows.append((1, "temp", ""))
    return ("seq", "name", "file"), rows


FILE_PRAGMAS = {
    "schema_version": _header_field, "user_version": _header_field, "application_id": _header_field,
    "page_size": _page_size, "page_count": _page_count, "freelist_count": _freelist_count, "max_page_count": _max_page_count,
    "cache_size": _cache_size, "journal_mode": _journal_mode, "synchronous": _synchronous, "encoding": _encoding,
    "auto_vacuum": _auto_vacuum, "incremental_vacuum": _incremental_vacuum, "data_version": _data_version,
    "locking_mode": _locking_mode, "busy_timeout": _busy_timeout, "database_list": _database_list,
}
