"""The cost model: what each step of the executor costs, in units of one row of 35 bytes of a sequential table scan.

Measured by `python -m bench.costs 100000` (one thread, in memory; a unit was 12 ns), and with 1,000, 10,000 and
1,000,000 rows where the size of the tree decides, as caches of the processor do:

    step                                      1,000   10,000   100,000   1,000,000   here
    row of 140 bytes, of table lineitem                  3         3        scan_row
    entry of an index                           0.7      0.8       0.7         0.7   INDEX_ROW
    its row, the next on the page               1.8      1.9       2.1         2.1   FETCH_NEAR
    its row, somewhere                          4.0      5.4      10           23    far_row
    join: row by rowid                          9       12        16           25    OPEN + seek + SCAN_ROW
    join: entry by index                       20       24        28           31    OPEN + index_seek + INDEX_ROW
    correlated subquery of nothing              9        9         8            7    CORRELATED
    row into one of 50 groups                   0.4      0.3       0.3         0.3   group_row
    row into one of n / 10 groups               0.6      0.7       4.7         5.9
    row into n groups                           2.2      4.9       6.4         7.7
    row into sorted groups                      0.3      0.3       0.3         0.4   SORTED_GROUP_ROW
    row into a hash table                       0.2      1.2       3.5         2.3   BUILD_ROW
    row looked up there                                            0.4         1.5   PROBE_ROW
    pair of rows, condition on a row            0.2      0.2       0.2         0.1   PAIR, CONDITION
    row sorted by a number                      0.9      0.9       2.6         2.5   sort (texts cost more)

A page from outside the page cache, in the system's: 800 ns at random, 300 in sequence (a file of 75 MB, cache_size
2 MB against 200 MB).
"""

from __future__ import annotations

from math import log2

SCAN_ROW = 1.0  # decoding one row of a table tree
SCAN_FIXED = 0.3  # ... in order
SCAN_BYTE = 0.02  # ... and per byte of it
INDEX_ROW = 0.8  # one entry of an index tree (its records are smaller)
INDEX_WIDTH = 0.001  # ... and per unit of its width (stats/width.py): of two indexes alike the narrower one
FETCH_NEAR = 2.0  # from an index entry to its row, on the page of the row before
FETCH_FAR = 5.0  # ... and on any page of a tree of FAR_ROWS rows; grows with the tree's cube root
FAR_ROWS = 10_000.0
FETCH_FARTHEST = 25.0  # whatever the tree's size
DOUBT = 0.5  # of the rows that a range is taken for are charged: the guess is on the high side
MISS = 50.0  # a page that is not in the page cache: read from the file and checked
NEXT_MISS = 20.0  # ... the one after the last read
SEEK_LEVEL = 0.9  # descending a table tree of cached pages: per doubling of the rows
SEEK_KEY = 9.0  # ... an index tree: its records are compared
OPEN = 1.0  # re-opening an access path for one outer row
BUILD_ROW = 2.5  # putting a row into a hash table
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
GROUP_ROW = 0.3  # one row into hashed groups that the processor's cache holds
GROUP_LEVEL = 0.4  # ... and per doubling of their number above CACHED_GROUPS
CACHED_GROUPS = 32.0
SORTED_GROUP_ROW = 0.3  # ... into sorted groups
CONDITION = 0.1  # one condition on one row
CORRELATED = 10.0  # opening a correlated subquery once


def scan_row(n_bytes: float) -> float:
    """One row of `n_bytes` of a table tree in order."""
    return SCAN_FIXED + SCAN_BYTE * n_bytes


def seek(rows: float) -> float:
    """Descending a table tree of `rows`."""
    return SEEK_LEVEL * log2(rows) if rows > 1.0 else 0.0


def index_seek(entries: float) -> float:
    """Descending an index tree."""
    return SEEK_KEY + seek(entries)


def far_row(rows: float) -> float:
    """From an index entry to its row, anywhere in a table tree of `rows`, in cached pages."""
    return min(max(FETCH_FAR * (rows / FAR_ROWS) ** (1 / 3), FETCH_NEAR), FETCH_FARTHEST)


def entries_part(early: float) -> float:
    """Of the cost of reading rows by an index, what its entries may take: the rows of a part `early` of them, near each
    other, are fetched."""
    return INDEX_ROW / (INDEX_ROW + early * FETCH_NEAR)


def misses(size_bytes: float, cache_bytes: float) -> float:
    """Fraction of the accesses to random pages of a tree that find their page outside the cache."""
    return 1.0 - cache_bytes / size_bytes if size_bytes > cache_bytes else 0.0


def hash_join(build_rows: float, probe_rows: float) -> float:
    """Hashing one side and looking up the rows of the other."""
    probe = PROBE_ROW + PROBE_MISS * misses(build_rows, CACHED_BUILD)
    spilled = (build_rows + probe_rows) * SPILL_ROW if build_rows > MEMORY_BUILD else 0.0
    return build_rows * BUILD_ROW + probe_rows * probe + spilled


def group_row(groups: float) -> float:
    """One row into one of `groups` in a hash table."""
    return GROUP_ROW + GROUP_LEVEL * log2(groups / CACHED_GROUPS) if groups > CACHED_GROUPS else GROUP_ROW


def sort(rows: float, limit: float | None = None) -> float:
    """Sorting `rows`; with a limit only the first `limit` are kept."""
    kept = rows if limit is None else min(rows, limit)
    return rows * (SORT_ROW + SORT_LEVEL * log2(kept)) if kept > 1.0 else rows * SORT_ROW
