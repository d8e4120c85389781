"""Storage classes and affinities, as Python sees them (values.pxd holds the same numbers for C).

Source: "Datatypes In SQLite", sections 2 and 3.
"""

from functools import lru_cache

TAG_NULL, TAG_INT, TAG_REAL, TAG_TEXT, TAG_BLOB = range(5)
AFF_NONE, AFF_BLOB, AFF_TEXT, AFF_NUMERIC, AFF_INTEGER, AFF_REAL = range(6)

ENC_UTF8, ENC_UTF16LE, ENC_UTF16BE = 1, 2, 3      # text encodings of a database

AFFINITY_NAMES = ("NONE", "BLOB", "TEXT", "NUMERIC", "INTEGER", "REAL")


@lru_cache(maxsize=1024)
def affinity_of_type(type_name: str | None) -> int:
    """Affinity of a declared type; an empty one in quotes is one. Source: Datatypes In SQLite, 3.1 (the rules in their
    order)."""
    if type_name is None:
        return AFF_BLOB
    upper = type_name.upper()
    if "INT" in upper:
        return AFF_INTEGER
    if "CHAR" in upper or "CLOB" in upper or "TEXT" in upper:
        return AFF_TEXT
    if "BLOB" in upper:
        return AFF_BLOB
    if "REAL" in upper or "FLOA" in upper or "DOUB" in upper:
        return AFF_REAL
    return AFF_NUMERIC
