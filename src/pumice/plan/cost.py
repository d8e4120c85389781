"""The cost model: what each operator costs, in units of one row of a sequential table scan (some tens of nanoseconds).

The figures are ratios measured on this executor's kind of operator (vectorised scans, per-row seeks), not SQLite's.
"""

from __future__ import annotations

from math import log2

SCAN_ROW = 1.0  # decoding one row of a table tree in order
INDEX_ROW = 0.8  # one entry of an index tree (its records are smaller)
INDEX_WIDTH = 0.001  # ... and per unit of its width (stats/width.py): of two indexes alike the narrower one
FETCH_ROW = 3.2  # from an index entry to its row, in cached pages: a seek is more, but neighbours share pages
MISS = 20.0  # a page that is not in the page cache: read from the file and checked
SEEK = 4.0  # descending a tree of cached pages: fixed part
SEEK_LEVEL = 0.4  # ... and per doubling of the rows
OPEN = 3.0  # re-opening an access path for one outer row
BUILD_ROW = 2.0  # putting a row into a hash table
PROBE_ROW = 0.8  # looking up a row there
PROBE_MISS = 1.0  # ... when the place in the table is not in the processor's caches
CACHED_BUILD = 16_000.0  # rows of a hash table that fit these
MEMORY_BUILD = 600_000.0  # rows of a hash table that fit the usual work memory
SPILL_ROW = 3.0  # a row of either side by way of a temporary file
PAIR = 0.2  # one pair of rows in a nested loop over a buffer
EMIT_ROW = 0.3  # a joined row
SORT_ROW = 1.5  # one row through a sorter: fixed part
SORT_LEVEL = 0.35  # ... and per doubling of the rows
SORT_RUN = 10.0  # one more run of rows to sort
HASH_GROUP_ROW = 2.5  # one row into hashed groups
SORTED_GROUP_ROW = 0.8  # ... into sorted groups
CONDITION = 0.1  # one condition on one row
CORRELATED = 30.0  # opening a correlated subquery once


def seek(rows: float) -> float:
    """Descending a tree of `rows` entries."""
    return SEEK + SEEK_LEVEL * log2(rows) if rows > 1.0 else SEEK


def misses(size_bytes: float, cache_bytes: float) -> float:
    """Fraction of the accesses to random pages of a tree that find their page outside the cache."""
    return 1.0 - cache_bytes / size_bytes if size_bytes > cache_bytes else 0.0


def hash_join(build_rows: float, probe_rows: float) -> float:
    """Hashing one side and looking up the rows of the other."""
    probe = PROBE_ROW + PROBE_MISS * misses(build_rows, CACHED_BUILD)
    spilled = (build_rows + probe_rows) * SPILL_ROW if build_rows > MEMORY_BUILD else 0.0
    return build_rows * BUILD_ROW + probe_rows * probe + spilled


def sort(rows: float, limit: float | None = None) -> float:
    """Sorting `rows`; with a limit only the first `limit` are kept."""
    kept = rows if limit is None else min(rows, limit)
    return rows * (SORT_ROW + SORT_LEVEL * log2(kept)) if kept > 1.0 else rows * SORT_ROW
