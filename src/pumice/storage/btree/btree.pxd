"""B-trees over a pager: table trees (rowid -> record) and index trees (records in key order).

    Btree         one open database file: header fields, transactions, freelist, pointer map, making and dropping trees
    BtreeCursor   a position in one tree: a stack of (page, cell index), root first, every page on it pinned

A cursor's pinned pages are immutable snapshots (the pager copies on write), so a cursor whose tree was changed by another cursor can
always read its own current row; `next`/`prev` notice `Btree.write_seq`/`Pager.change_seq` and seek the key again.
Raises through errors.corrupt for an impossible page; never returns a wrong row.
Source: SQLite file format, sections 1.3 to 1.8.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from pumice.memory cimport Arena
from pumice.storage.pager.pager cimport Page, Pager
from pumice.storage.record.key_info cimport KeyInfo
from pumice.values cimport Value

cdef enum:
    MAX_DEPTH = 20                # a tree of 2^31 pages with two children a page is deeper than any valid one

cdef enum:
    # 4-byte fields of the database header, numbered as sqlite3BtreeGetMeta does
    META_FREE_PAGES = 0
    META_SCHEMA_COOKIE = 1
    META_FILE_FORMAT = 2
    META_CACHE_SIZE = 3
    META_LARGEST_ROOT = 4
    META_TEXT_ENCODING = 5
    META_USER_VERSION = 6
    META_INCR_VACUUM = 7
    META_APPLICATION_ID = 8

cdef struct CellInfo:
    int64_t rowid                 # table trees
    const uint8_t* payload        # local part, in the pinned page
    uint32_t n_payload            # total bytes
    uint32_t n_local              # bytes in the page; less than n_payload when the rest is on overflow pages
    uint32_t overflow             # first overflow page, 0 if none
    uint32_t size                 # bytes of the whole cell in the page

cdef class Btree:
    cdef readonly Pager pager
    cdef readonly int64_t write_seq       # grows with every change to any tree of this file by this connection
    cdef readonly bint auto_vacuum        # the file keeps pointer-map pages

    # Transactions: thin over the pager; a read transaction is needed to hold a cursor, a write one to change.
    cdef int begin_read(self) except -1 nogil
    cdef int end_read(self) except -1 nogil
    cdef int begin_write(self, bint exclusive) except -1 nogil      # also makes page 1 of an empty file
    cdef int commit(self) except -1 nogil
    cdef int rollback(self) except -1 nogil
    cdef int savepoint_open(self) except -1 nogil
    cdef int savepoint_release(self, int index) except -1 nogil
    cdef int savepoint_rollback(self, int index) except -1 nogil

    cdef int64_t get_meta(self, int which) except? -1 nogil
    cdef int set_meta(self, int which, uint32_t value) except -1 nogil
    cdef int64_t create_tree(self, bint is_table) except -1 nogil       # root page of a new empty tree
    cdef int64_t drop_tree(self, uint32_t root) except -1 nogil         # frees it; returns the old root page number that was moved to `root` (auto-vacuum), else 0
    cdef int clear_tree(self, uint32_t root, int64_t* n_rows) except -1 nogil
    cdef int64_t count_rows(self, uint32_t root) except -1 nogil        # COUNT(*) by leaf pages' cell counts
    cdef double estimate_rows(self, uint32_t root) except -1 nogil      # cheap: root fan-out and depth along one path

    cpdef BtreeCursor cursor(self, uint32_t root, KeyInfo key_info=*)   # key_info None: a table tree
    # Python-visible: integrity_check(roots, max_errors) -> list[str]; properties and transaction calls as def wrappers.

cdef class BtreeCursor:
    cdef readonly Btree tree
    cdef readonly KeyInfo key_info        # None for a table tree
    cdef bint is_table
    cdef readonly uint32_t root
    cdef int depth                        # index of the leaf in the stack; -1: not positioned
    cdef Page* pages[20]                  # pinned
    cdef uint16_t idx[20]                 # cell index in each; on inner pages the child that was followed
    cdef uint16_t n_cells                 # of the current (top) page
    cdef bint at_end                      # past the last (or before the first) entry, or tree empty
    cdef int64_t seen_write_seq
    cdef int64_t seen_change_seq

    # Positioning. Return 1 when on an entry, 0 when there is none.
    cdef int first(self) except -1 nogil
    cdef int last(self) except -1 nogil
    cdef int next(self) except -1 nogil
    cdef int prev(self) except -1 nogil
    # Table trees: `cmp` gets the sign of (entry - key) for the entry landed on: 0 exact, <0 the largest smaller, >0 the smallest larger.
    # Returns 0 only when the tree is empty.
    cdef int seek_rowid(self, int64_t rowid, int* cmp) except -1 nogil
    # Index trees: key is n_key values (a prefix is fine; UTF-8 text). `bias`: how an entry equal on the whole prefix counts:
    # 0 land on any (exact key), -1 land on the first entry >= key, +1 land on the last entry <= key. `cmp` as above (sign on the prefix).
    cdef int seek_key(self, const Value* key, uint32_t n_key, int bias, int* cmp) except -1 nogil
    # Sign of (current entry - key) on the first n_key columns.
    cdef int compare_key(self, const Value* key, uint32_t n_key, int* cmp) except -1 nogil

    # The current entry.
    cdef int cell(self, CellInfo* out) except -1 nogil
    # All payload bytes of `info`: in the page when local, else copied into the arena.
    cdef const uint8_t* payload(self, const CellInfo* info, Arena* arena) except NULL nogil
    cdef int read_payload(self, const CellInfo* info, uint32_t offset, uint32_t n, uint8_t* out) except -1 nogil
    # Scans take a leaf at a time: with the cursor on a leaf (table trees: always), cells [idx[depth], n_cells) follow in key order;
    # leaf_cell parses the i-th cell of the current leaf, next_leaf steps to the first cell of the next leaf (1) or the end (0).
    # Index trees hold entries on inner pages too: use next() there.
    cdef int leaf_cell(self, uint16_t i, CellInfo* out) except -1 nogil
    cdef int next_leaf(self) except -1 nogil
    cdef Page* pin_leaf(self) noexcept nogil            # one more pin on the current page for text that points into it; give back by tree.pager.unpin

    # Changes (write transaction open). After a change the cursor stands on the new entry, or for erase on the next entry's place.
    cdef int insert_row(self, int64_t rowid, const uint8_t* payload, uint32_t n, bint append_hint) except -1 nogil   # replaces an equal rowid
    cdef int insert_key(self, const uint8_t* record, uint32_t n, const Value* key, uint32_t n_key) except -1 nogil   # key = the record's values, for the seek; entry must be new
    cdef int erase(self) except -1 nogil                # the current entry
    cdef int close(self) except -1 nogil                # unpins everything; the cursor can be positioned again
