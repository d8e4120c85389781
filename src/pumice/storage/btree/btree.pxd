"""B-trees over a pager: table trees (rowid -> record) and index trees (records in key order).

    Btree         one open database file: header fields, transactions, freelist, pointer map, making and dropping trees
    BtreeCursor   a position in one tree: a stack of (page, cell index), root first, every page on it pinned

A cursor's pinned pages are immutable snapshots (the pager copies on write), so a cursor whose tree was changed by another cursor can
always read its own current row; `next`/`prev` notice `Btree.write_seq`/`Pager.change_seq` and seek the key again.
Raises through errors.corrupt for an impossible page; never returns a wrong row.
Source: SQLite file format, sections 1.3 to 1.8.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from pumice.memory cimport Arena
from pumice.storage.btree.layout cimport CellInfo      # part of this contract: what a cell holds
from pumice.storage.btree.page_store cimport PageStore
from pumice.storage.btree.payload cimport NewCell
from pumice.storage.pager.pager cimport Page, Pager
from pumice.storage.record.compare cimport RecordKey
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

cdef class Btree(PageStore):
    # From PageStore: pager, write_seq (grows with every change to any tree of this file by this connection), auto_vacuum.
    cdef public int encoding              # ENC_*; may be set before the file has pages
    cdef public int auto_vacuum_mode      # 0 none, 1 full, 2 incremental: for a file that has no pages yet
    cdef PyObject* cursors                # borrowed: head of the list of this file's cursors (BtreeCursor.link_next)
    cdef int64_t refreshed_seq            # Pager.change_seq at the last refresh

    # Transactions: thin over the pager; a read transaction is needed to hold a cursor, a write one to change.
    cdef int renew(self, Btree origin) except -1                    # for a tree over a SnapshotPager, after its renewal
    cdef int begin_read(self) except -1 nogil
    cdef int end_read(self) except -1 nogil
    cdef int begin_write(self, bint exclusive, bint keep_read) except -1 nogil      # also makes page 1 of an empty file
    cdef int commit(self, bint keep_read) except -1 nogil
    cdef int rollback(self, bint keep_read) except -1 nogil
    cdef int savepoint_open(self) except -1 nogil
    cdef int savepoint_release(self, int index) except -1 nogil
    cdef int savepoint_rollback(self, int index) except -1 nogil

    cdef int64_t get_meta(self, int which) except? -1 nogil
    cdef int set_meta(self, int which, uint32_t value) except -1 nogil
    cdef int64_t create_tree(self, bint is_table) except -1 nogil       # root page of a new empty tree
    cdef int64_t drop_tree(self, uint32_t root) except -1 nogil         # frees it; returns the old root page number that was moved to `root` (auto-vacuum), else 0
    cdef int clear_tree(self, uint32_t root, int64_t* n_rows) except -1 nogil

    cdef int make_first_page(self) except -1 nogil
    cdef int protect(self, uint32_t root, PyObject* writer) except -1 nogil

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
    cdef int64_t last_rowid               # a table's: entries after it will not be asked for (next, next_leaf); set by who knows

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

    # ---- private from here on
    cdef bint on_leaf                     # the current page is a leaf
    cdef int8_t skip                      # +1: the entry is already the one after the position (next() stays); -1: the one before
    cdef bint lost                        # no page position: it is held as `saved_rowid` or `saved`
    cdef int n_held                       # levels of `pages` that hold a pin; those above `depth` serve the next seek
    cdef int64_t n_steps                  # pages stepped to since the last seek: more than the file has is a cycle
    cdef int64_t saved_rowid
    cdef uint8_t* saved                   # owned: an index entry's record
    cdef uint32_t n_saved
    cdef uint32_t saved_capacity
    cdef uint8_t* whole                   # owned: an overflowing record under comparison
    cdef uint32_t whole_capacity
    cdef Arena key_arena                  # the prepared key
    cdef Arena scratch                    # conversions during one comparison
    cdef PyObject* link_prev              # borrowed: list of the tree's cursors
    cdef PyObject* link_next

    cdef bint sought                      # the position comes from seek_key or erase: the next insert looks here first

    cdef void release(self) noexcept nogil
    cdef int fresh(self) noexcept nogil
    cdef int hold(self, int level, uint32_t pgno) except -1 nogil
    cdef int enter_root(self) except -1 nogil
    cdef int enter_child(self, uint32_t i) except -1 nogil
    cdef int leftmost(self) except -1 nogil
    cdef int rightmost(self) except -1 nogil
    cdef int step_up_next(self) except -1 nogil
    cdef int read_ahead(self, uint32_t i) except -1 nogil
    cdef int end_of_walk(self) noexcept nogil
    cdef int save_position(self) except -1 nogil
    cdef int restore(self) except -1 nogil
    cdef int settle(self) except -1 nogil
    cdef int search_leaf(self, int64_t rowid, int* cmp) noexcept nogil
    cdef int search_near(self, int64_t rowid, int* cmp) noexcept nogil
    cdef int seek_prepared(self, const RecordKey* key, int bias, int* cmp) except -1 nogil
    cdef int land(self, int level, int i, int sign, int* cmp) noexcept nogil
    cdef int raise_unpositioned(self) except -1 nogil
    cdef int compare_cell(self, const RecordKey* key, Page* page, uint32_t i) except -2 nogil
    cdef int compare_entry(self, const RecordKey* key, Page* page, const uint8_t* p) except -2 nogil
    cdef int compare_long(self, const RecordKey* key, Page* page, const uint8_t* p) except -2 nogil
    cdef int copy_chain(self, uint32_t pgno, uint32_t skip_bytes, uint32_t n, uint8_t* out) except -1 nogil
    cdef int read_whole(self, const CellInfo* info, uint8_t** buffer, uint32_t* capacity) except -1 nogil
    cdef uint32_t grow(self, uint8_t** buffer, uint32_t capacity, uint32_t n) except? 0 nogil
    cdef int save_overflow(self) except -1 nogil
    cdef bint at_right_edge(self) noexcept nogil
    cdef void release_above(self, int level) noexcept nogil
    cdef int put_cell(self, uint32_t i, const NewCell* cell, bint append) except -1 nogil
    cdef int find_place(self, const RecordKey* key, uint32_t* i) except -2 nogil
    cdef int find_near(self, const RecordKey* key, uint32_t at, uint32_t* i) except -2 nogil
    cdef int keep_record(self, const uint8_t* record, uint32_t n) except -1 nogil
    cdef int erase_inner(self) except -1 nogil
