"""Pragmas about the database file: header fields, sizes, cache, journal and locking."""

from __future__ import annotations

import os

from pumice import errors
from pumice.engine.pragmas.call import Pragma, PragmaCall
from pumice.storage.vfs.temporary import choose_directory, chosen_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_META = {"schema_version": 1, "user_version": 6, "application_id": 8}
_ENCODINGS = {1: "UTF-8", 2: "UTF-16le", 3: "UTF-16be"}
_ENCODING_NAMES = {"utf8": 1, "utf-8": 1, "utf16": 2, "utf-16": 2, "utf16le": 2, "utf-16le": 2, "utf16be": 3,
                   "utf-16be": 3}
_TEMP_STORES = {"file": 1, "memory": 2}
_WIPE_FAST = 2


def _header_field(session: Any, call: PragmaCall) -> list[tuple]:
    tree = session.btrees[call.db]
    field = _META[call.name]
    if call.value is None:
        value = tree.py_get_meta(field)
        return [(value - (1 << 32) if value >= 1 << 31 else value,)]
    session.transaction.begin_write(call.db)
    tree.py_set_meta(field, call.integer() & 0xFFFFFFFF)
    if field == _META["schema_version"]:
        session.forget_schema()
    return []


def _page_size(session: Any, call: PragmaCall) -> list[tuple]:
    pager = session.btrees[call.db].pager
    fixed = pager.page_size_is_fixed()
    if call.value is None:
        return [(pager.page_size,)]
    size = call.integer()
    if 512 <= size <= 65536 and size & (size - 1) == 0 and not fixed:
        pager.set_page_size(size, pager.page_size - pager.usable)
    return []


def _page_count(session: Any, call: PragmaCall) -> list[tuple]:
    return [(session.btrees[call.db].pager.n_pages,)]


def _freelist_count(session: Any, call: PragmaCall) -> list[tuple]:
    return [(session.btrees[call.db].py_get_meta(0),)]


def _max_page_count(session: Any, call: PragmaCall) -> list[tuple]:
    pager = session.btrees[call.db].pager
    if call.value is not None and call.integer() > 0:
        pager.max_page_count = call.integer()
    return [(pager.max_page_count,)]


def _cache_size(session: Any, call: PragmaCall) -> list[tuple]:
    pager = session.btrees[call.db].pager
    if call.value is None:
        return [(pager.cache_size,)]
    pager.cache_size = call.integer()
    return []


def _cache_spill(session: Any, call: PragmaCall) -> list[tuple]:
    pager = session.btrees[call.db].pager
    if call.value is None:
        return [(pager.cache_spill,)]
    number = call.number()
    pager.set_cache_spill(call.boolean(number != 0), number if number is not None else 1)
    return []


def _mmap_size(session: Any, call: PragmaCall) -> list[tuple]:
    """Files are never mapped, as in a build of SQLite with SQLITE_MAX_MMAP_SIZE=0."""
    return [(0,)] if session.file_name() else []


def _secure_delete(session: Any, call: PragmaCall) -> list[tuple]:
    trees = [session.btrees[call.db]]
    if call.value is not None:
        mode = _WIPE_FAST if str(call.value).lower() == "fast" else int(call.boolean())
        for tree in session.btrees if call.schema is None else trees:
            tree.secure_delete = mode
    return [(trees[0].secure_delete,)]


def _journal_mode(session: Any, call: PragmaCall) -> list[tuple]:
    pager = session.btrees[call.db].pager
    if call.value is not None:
        mode = str(call.value).lower()
        if mode == "wal" and pager.journal_mode != "memory":
            raise errors.not_supported("journal_mode=WAL")
        if mode in ("delete", "truncate", "persist", "memory", "off"):
            pager.journal_mode = mode
    return [(pager.journal_mode,)]


def _journal_size_limit(session: Any, call: PragmaCall) -> list[tuple]:
    pager = session.btrees[call.db].pager
    if call.value is not None:
        pager.journal_size_limit = call.integer()
    return [(pager.journal_size_limit,)]


def _wal_autocheckpoint(session: Any, call: PragmaCall) -> list[tuple]:
    if call.value is not None:
        raise errors.not_supported("PRAGMA wal_autocheckpoint")
    return [(1000,)]


def _wal_checkpoint(session: Any, call: PragmaCall) -> list[tuple]:
    if any(tree.pager.journal_mode == "wal" for tree in session.btrees):
        raise errors.not_supported("PRAGMA wal_checkpoint")
    return [(0, -1, -1)]


def _synchronous(session: Any, call: PragmaCall) -> list[tuple]:
    pager = session.btrees[call.db].pager
    if call.value is None:
        return [(pager.synchronous,)]
    if not session.transaction.autocommit:
        raise errors.sql_error("Safety level may not be changed inside a transaction")
    level = (call.level(1) + 1) & 7          # SQLite keeps it in three bits, of which 0 is no level
    pager.synchronous = (level or 1) - 1
    return []


def _encoding(session: Any, call: PragmaCall) -> list[tuple]:
    tree = session.btrees[0]
    if call.value is None:
        session.ensure_schema()
        return [(_ENCODINGS[tree.encoding or 1],)]
    if tree.pager.n_pages:
        return []
    code = _ENCODING_NAMES.get(str(call.value).lower())
    if code is None:
        raise errors.sql_error(f"unsupported encoding: {call.value}")
    for each in session.btrees:
        each.encoding = code
    session.forget_schema()
    return []


def _auto_vacuum(session: Any, call: PragmaCall) -> list[tuple]:
    tree = session.btrees[call.db]
    if call.value is None:
        mode = tree.auto_vacuum_mode if tree.pager.n_pages == 0 else (
            0 if not tree.auto_vacuum else 2 if tree.py_get_meta(7) else 1)
        return [(mode,)]
    if tree.pager.n_pages == 0:
        names = {"none": 0, "full": 1, "incremental": 2}
        tree.auto_vacuum_mode = names.get(str(call.value).lower(), call.integer() if call.integer() in (0, 1, 2) else 0)
    return []


def _incremental_vacuum(session: Any, call: PragmaCall) -> list[tuple]:
    tree = session.btrees[call.db]
    session.transaction.begin_write(call.db)
    if tree.auto_vacuum:
        tree.incremental_vacuum(call.integer() if call.value is not None else 0)
    return []


def _data_version(session: Any, call: PragmaCall) -> list[tuple]:
    return [(session.btrees[call.db].pager.data_version,)]


def _locking_mode(session: Any, call: PragmaCall) -> list[tuple]:
    """Without a schema name: of every database, and of those attached later."""
    mode = str(call.value).lower()
    if mode in ("normal", "exclusive"):
        for tree in session.btrees if call.schema is None else [session.btrees[call.db]]:
            tree.pager.locking_mode = mode
        if call.schema is None:
            session.settings["locking_mode"] = mode
    return [(session.settings["locking_mode"] if call.schema is None else session.btrees[call.db].pager.locking_mode,)]


def _temp_store(session: Any, call: PragmaCall) -> list[tuple]:
    """0 and 2: temporary tables live in memory; 1: in a file. A change drops them."""
    if call.value is None:
        return [(session.settings["temp_store"],)]
    text = str(call.value)
    store = int(text[0]) if text[:1] in ("0", "1", "2") else _TEMP_STORES.get(text.lower(), 0)
    if store != session.settings["temp_store"]:
        if not session.transaction.autocommit:
            raise errors.sql_error("temporary storage cannot be changed from within a transaction")
        session.settings["temp_store"] = store
        session.replace_temp()
    return []


def _temp_store_directory(session: Any, call: PragmaCall) -> list[tuple]:
    """Where temporary files are made, for the whole process as in SQLite."""
    if call.value is None:
        return [(chosen_directory(),)] if chosen_directory() else []
    directory = str(call.value)
    if directory and not (os.path.isdir(directory) and os.access(directory, os.W_OK)):
        raise errors.sql_error("not a writable directory")
    choose_directory(directory or None)
    return []


def _database_list(session: Any, call: PragmaCall) -> list[tuple]:
    rows = [(0, "main", session.file_name())]
    if session.catalog.schemas[1].tables.keys() - {"sqlite_temp_master"}:
        rows.append((1, "temp", ""))
    return rows


FILE_PRAGMAS: dict[str, Pragma] = {
    **{name: Pragma(_header_field, (name,), quiet=True, reads="file") for name in _META},
    "page_size": Pragma(_page_size, ("page_size",), quiet=True, reads=""),
    "page_count": Pragma(_page_count, ("page_count",)),
    "freelist_count": Pragma(_freelist_count, ("freelist_count",), reads="file"),
    "max_page_count": Pragma(_max_page_count, ("max_page_count",)),
    "cache_size": Pragma(_cache_size, ("cache_size",), quiet=True),
    "cache_spill": Pragma(_cache_spill, ("cache_spill",), quiet=True, reads=""),
    "mmap_size": Pragma(_mmap_size, ("mmap_size",), reads=""),
    "secure_delete": Pragma(_secure_delete, ("secure_delete",), reads=""),
    "journal_mode": Pragma(_journal_mode, ("journal_mode",)),
    "journal_size_limit": Pragma(_journal_size_limit, ("journal_size_limit",), reads=""),
    "wal_autocheckpoint": Pragma(_wal_autocheckpoint, ("wal_autocheckpoint",), reads=""),
    "wal_checkpoint": Pragma(_wal_checkpoint, ("busy", "log", "checkpointed")),
    "synchronous": Pragma(_synchronous, ("synchronous",), quiet=True),
    "encoding": Pragma(_encoding, ("encoding",), quiet=True, reads="file"),
    "auto_vacuum": Pragma(_auto_vacuum, ("auto_vacuum",), quiet=True),
    "incremental_vacuum": Pragma(_incremental_vacuum),
    "data_version": Pragma(_data_version, ("data_version",), reads="file"),
    "locking_mode": Pragma(_locking_mode, ("locking_mode",), reads=""),
    "temp_store": Pragma(_temp_store, ("temp_store",), quiet=True, reads=""),
    "temp_store_directory": Pragma(_temp_store_directory, ("temp_store_directory",), quiet=True, reads=""),
    "database_list": Pragma(_database_list, ("seq", "name", "file"), reads=""),
}
