"""The switches of a connection that pragmas turn (pragmas/setting.py), with SQLite's defaults."""

# Switches and SQLite's defaults. Who acts on one is said here; for the rest there is nothing that could differ.
FLAGS: dict[str, int] = {
    "query_only": 0,                    # engine/transaction.pyx begin_write
    "ignore_check_constraints": 0,      # binder/dml.py, pragmas/check.py
    "full_column_names": 0,             # binder/result.py
    "short_column_names": 1,            # the same
    "writable_schema": 0,               # Session._bind
    "automatic_index": 1,               # SQLite builds an index for one query with it;
                                        # the planner here has hash joins instead
    "cell_size_check": 0,               # storage/btree checks every cell of a page when it is read, whatever this says
    "fullfsync": 0,                     # F_FULLFSYNC exists on macOS only
    "checkpoint_fullfsync": 0,          # the same
    "read_uncommitted": 0,              # only connections with a shared cache could read each other's changes
    "empty_result_callbacks": 0,        # concerns the callback of sqlite3_exec()
}
